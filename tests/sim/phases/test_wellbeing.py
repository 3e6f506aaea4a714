"""The wellbeing phase: what a day leaves behind, soon and over months."""

from __future__ import annotations

import numpy as np
import pytest

from sim.phases import attendance, wellbeing
from sim.state import schema as s
from tests.sim.worlds import small, without


def test_without_wellbeing_nothing_is_felt():
    community = without(small(), "wellbeing")
    state = community.state
    before = state.members["fatigue"].copy(), state.members["trust"].copy()
    community.run_days(3)
    assert np.array_equal(state.members["fatigue"], before[0])
    assert np.array_equal(state.members["trust"], before[1])
    played = small(days=3).state
    here = (state.members["flags"] & s.ON_PLATFORM) > 0
    assert (played.members["fatigue"] != before[0])[here].mean() > 0.4
    assert (played.members["trust"] != before[1])[here].mean() > 0.9


def day(impressions=80, reads=10, reactions=1, seconds=3000, paid=6, days=1):
    """Everybody here spends such days."""
    community = small()
    state = community.state
    on = (state.members["flags"] & s.ON_PLATFORM) > 0
    state.members["flags"][on] |= s.ON_TODAY
    state.profiles["satisfaction"] = 0.6
    for column, value in (
        ("day_impressions", impressions),
        ("day_reads", reads),
        ("day_reactions", reactions),
        ("day_seconds", seconds),
        ("day_paid", paid),
    ):
        state.profiles[column][on] = value
    for _ in range(days):
        wellbeing.run(community)
    return {
        "satisfaction": float(state.profiles["satisfaction"][on].mean()),
        "fatigue": float(state.members["fatigue"][on].mean()),
        "trust": float(state.members["trust"][on].mean()),
    }


def test_each_part_of_a_day_moves_what_it_should():
    base = day(days=10)
    assert day(reads=20, days=10)["satisfaction"] > base["satisfaction"]
    assert day(reactions=5, days=10)["satisfaction"] > base["satisfaction"]
    assert day(paid=30, days=10)["satisfaction"] < base["satisfaction"]
    assert day(paid=30, days=10)["trust"] < base["trust"] - 0.01  # P7
    assert day(seconds=10_000, days=10)["fatigue"] > base["fatigue"] + 0.2
    for values in (base, day(0, 0, 0, 0, 0), day(60_000, 255, 255, 65_535, 255, days=200)):
        assert all(0 <= value <= 1 for value in values.values())


def test_a_usual_day_keeps_satisfaction_where_it_is():
    assert day(impressions=100, reads=15, reactions=0, days=60)["satisfaction"] == pytest.approx(
        0.57, abs=0.04
    )


def test_weariness_passes_and_trust_comes_back_slowly():
    community = small()
    members = community.state.members
    members["fatigue"], members["trust"] = 0.8, 0.2
    for _ in range(7):
        wellbeing.run(community)
    on = (members["flags"] & s.ON_PLATFORM) > 0
    assert members["fatigue"][on].max() < 0.1
    assert 0.2 < members["trust"][on].mean() < 0.25


def time_spent(paid, days):
    """Time spent a day when, from day 60 on, so many of four hundred impressions are paid, and opened half as often.

    Half of a usual visit's time is reading.
    """
    community = small(members=1500)
    state, out = community.state, []
    for number in range(days):
        community.world_day = number
        community.clock["day"] = number
        attendance.run(community)
        on = (state.members["flags"] & 3) == 3
        shown = paid if number >= 60 else 32
        reads = round(52 * (400 - 0.5 * shown) / (400 - 0.5 * 32))
        seconds = round(1250 * (1 + reads / 52))
        for column, value in (("impressions", 400), ("reads", reads), ("reactions", 4), ("seconds", seconds)):
            state.profiles[f"day_{column}"] = np.where(on, value, 0)
        state.profiles["day_paid"] = np.where(on, shown, 0)
        wellbeing.run(community)
        out.append(int(on.sum()) * seconds)
    return np.array(out, float)


def test_the_long_run_harm_of_ads_is_about_three_times_that_of_the_first_month():
    days = 480
    usual, doubled = time_spent(32, days), time_spent(64, days)
    month = 1 - doubled[60:90].sum() / usual[60:90].sum()
    later = 1 - doubled[-90:].sum() / usual[-90:].sum()
    assert month > 0.005
    assert 2.0 < later / month < 4.5  # R12
