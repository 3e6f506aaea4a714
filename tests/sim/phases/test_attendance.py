"""The attendance phase: who visits, and what visiting makes of a habit."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import PlatformConfig
from sim.phases import attendance
from sim.phases.attendance import attends, revise
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, without


def here(community):
    return (community.state.members["flags"] & 3) == 3


def test_without_attendance_nobody_comes():
    community = without(small(), "attendance")
    community.run_days(2)
    assert not here(community).any()
    assert small(days=1).totals.sum() > 0 == community.totals.sum()


def test_a_third_of_monthly_users_comes_on_a_day():
    community = small(members=4000, days=1)
    month = (community.state.profiles["active_days"] & 0x0FFFFFFF) > 0
    assert here(community).sum() / month.sum() == pytest.approx(0.33, abs=0.025)  # R5


def test_higher_odds_add_visitors_and_take_none_away():
    base = small(days=1)
    more = small(days=1, policy=Speaker(lambda desk: desk.modify("visit.odds", 2.0)))
    assert (here(more) | ~here(base)).all() and here(more).sum() > 1.2 * here(base).sum()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("profiles", "satisfaction", 0.2),
        ("profiles", "habit", 0.0),
        ("members", "trust", 0.1),
        ("members", "fatigue", 0.9),
        ("profiles", "wait", 1.0),
        ("clock", "outside", 1.0),
        ("clock", "crisis", 1.0),
    ],
)
def test_what_members_feel_decides_whether_they_come(table, column, value):
    base, moved = small(members=2000), small(members=2000)
    moved.state[table][column] = value
    for community in (base, moved):
        attendance.run(community)
    assert (here(base) | ~here(moved)).all()
    assert here(moved).sum() < 0.95 * here(base).sum()


def test_a_coupon_brings_holders_in_and_its_end_takes_the_waiting_further_away():
    def visits(held, wait):
        community = small(members=3000)
        state = community.state
        state.coupons.take(1)
        state.coupons["end"] = 10
        state.profiles["wait"] = wait
        state.profiles["coupon"] = 0 if held else -1
        state.profiles["coupon_until"] = 10
        attendance.run(community)
        return here(community).sum()

    base = community_wait = PlatformConfig().wait_base
    assert visits(True, base) > visits(False, community_wait) > visits(False, 0.8)  # K3; I4


def test_visits_for_a_coupon_alone_build_no_habit():
    def played(odds):
        community = small(members=3000, platform=PlatformConfig(coupon_visit_odds=odds))
        state = community.state
        state.coupons.take(1)
        state.coupons["end"] = 10
        state.profiles["coupon"] = 0
        state.profiles["coupon_until"] = 10
        attendance.run(community)
        return here(community), state.profiles["habit"].copy()

    (usual, habit), (lured, same) = played(1.0), played(3.0)
    assert lured.sum() > 1.1 * usual.sum()
    assert np.array_equal(habit, same)


def test_a_near_level_pulls_and_a_reached_one_no_longer_does():
    def visits(points):
        community = small(members=3000, policy=Speaker(lambda desk: desk.modify("points.rate", 20.0)))
        community.state.profiles["points"] = points
        community.run_days(1)
        return here(community).sum()

    assert visits(19) > visits(0)  # I3: effort rises before the threshold, which is at 20


def test_history_and_habit_follow_the_visits():
    community = small()
    profiles = community.state.profiles
    bits, habit = profiles["active_days"].copy(), profiles["habit"].copy()
    attendance.run(community)
    came, on = here(community), (community.state.members["flags"] & s.ON_PLATFORM) > 0
    assert np.array_equal(profiles["active_days"][on], (bits[on] << np.uint32(1)) | came[on])
    grown = habit + 0.05 * (came - habit)
    assert profiles["habit"][on] == pytest.approx(grown[on], abs=1e-6)
    assert np.array_equal(profiles["habit"][~on], habit[~on])


def test_a_decision_in_python_takes_the_place_of_the_compiled_one():
    community = small()
    attendance.run(community)
    state = community.state
    row = int(np.flatnonzero(here(community))[0])
    world = (state.members.array, state.profiles.array, state.coupons.array)
    assert attends(*world, community.levers.table, community.platform, community.clock, row)
    habit, bits = float(state.profiles["habit"][row]), int(state.profiles["active_days"][row])
    revise(community, row, False)
    assert not here(community)[row] and int(state.profiles["active_days"][row]) == bits - 1
    assert float(state.profiles["habit"][row]) == pytest.approx(habit - 0.05, abs=1e-6)
