"""The transitions phase: four axes that move apart from each other, leaving and quitting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sim.phases import transitions
from sim.phases.transitions import limits, recent_days, visits_of
from sim.state import schema as s
from tests.sim.worlds import small, without

LATELY = 0xFFFFFFFF  # a visit on each of the last 32 days


def test_without_transitions_nobody_moves_or_leaves():
    community = without(without(small(members=1500), "transitions"), "moderation")  # which closes accounts
    before = [community.state.profiles[c].copy() for c in ("fan_class",)]
    tier = community.state.members["tier"].copy()
    community.run_days(3)
    assert np.array_equal(community.state.members["tier"], tier)
    assert np.array_equal(community.state.profiles["fan_class"], before[0])
    assert "churned" not in community.today
    assert small(members=1500, days=3).today["churned"] > 0


def moved(members=600, **columns):
    """A world whose profiles all have these values, after one pass; the rows are those of usual members."""
    community = small(members=members)
    profiles = community.state.profiles
    creators = community.state.creators
    creators["left"] = 1
    for column, value in columns.items():
        table = community.state.members if column in ("trust", "tier") else profiles
        table[column] = value
    transitions.run(community)
    on = (community.state.members["flags"][:members] & s.ON_PLATFORM) > 0
    return community, on


def share(community, on, table, column, code):
    return float((community.state[table][column][: len(on)][on] == code).mean())


def test_days_away_lead_to_a_warning_and_to_leaving():
    for away, stage in ((9, s.EXPLORATION), (10, s.CHURN_WARNING), (29, s.CHURN_WARNING)):
        community, on = moved(active_days=1 << away, stage=s.EXPLORATION)
        assert on.mean() > 0.97 and share(community, on, "profiles", "stage", stage) == 1
    community, on = moved(active_days=1 << 30, stage=s.CHURN_WARNING, coupon=0)
    assert not on.any() and (community.state.profiles["stage"][:600] == s.GONE).all()
    assert (community.state.profiles["coupon"][:600] == -1).all()
    assert community.today["churned"] == 600


def test_the_dissatisfied_and_the_wary_quit_and_a_crisis_drives_more_away():
    def stay(satisfaction, crisis=0.0, trust=0.6):
        community = small(members=3000)
        community.clock["crisis"] = crisis
        community.state.profiles["satisfaction"] = satisfaction
        community.state.members["trust"] = trust
        community.state.profiles["active_days"] = LATELY
        transitions.run(community)
        return (community.state.members["flags"][:3000] & s.ON_PLATFORM) > 0

    happy, usual, sad, crisis = stay(0.9), stay(0.6), stay(0.3), stay(0.3, 1.0)
    assert (happy | ~usual).all() and (usual | ~sad).all() and (sad | ~crisis).all()
    assert 1 - usual.mean() == pytest.approx(0.002, abs=0.002)
    wary = stay(0.3, trust=0.3)
    assert (sad | ~wary).all() and (~wary).sum() > 2 * (~sad).sum()  # R12
    assert (~crisis).sum() > 2 * (~sad).sum() > 4 * (~usual).sum()


def test_stages_go_up_with_visits_reactions_and_satisfaction_and_down_again():
    up = dict(active_days=LATELY, day_reactions=1, satisfaction=0.8, trust=0.8)
    chain = (s.EXPLORATION, s.CULTIVATION, s.PARTICIPATION, s.ADVOCACY)
    for stage, then in itertools.pairwise(chain):
        assert share(*moved(stage=stage, **up), "profiles", "stage", then) == 1
    assert 0 < share(*moved(stage=s.ADVOCACY, **up), "profiles", "stage", s.REFERRAL) < 0.05
    few = dict(active_days=0b11, day_reactions=1, satisfaction=0.8, trust=0.8)
    assert share(*moved(stage=s.ADVOCACY, **few), "profiles", "stage", s.PARTICIPATION) == 1
    assert share(*moved(stage=s.PARTICIPATION, **few), "profiles", "stage", s.CULTIVATION) == 1
    assert (
        share(*moved(stage=s.REFERRAL, **(up | {"satisfaction": 0.3})), "profiles", "stage", s.ADVOCACY) == 1
    )


def test_tiers_rise_and_fall_at_different_thresholds():
    busy, some, few = (1 << 13) - 1, (1 << 9) - 1, (1 << 5) - 1
    quiet = dict(day_reactions=0, tier=s.ORDINARY)
    assert share(*moved(active_days=busy, **(quiet | {"day_reactions": 1})), "members", "tier", s.ACTIVE) == 1
    assert share(*moved(active_days=busy, **quiet), "members", "tier", s.ORDINARY) == 1
    assert share(*moved(active_days=some, tier=s.ACTIVE, day_reactions=0), "members", "tier", s.ACTIVE) == 1
    assert share(*moved(active_days=few, tier=s.ACTIVE, day_reactions=0), "members", "tier", s.ORDINARY) == 1


def test_an_author_becomes_a_koc_and_a_star_by_followers():
    community = small(members=2000)
    koc, top = limits(community)
    creators, members = community.state.creators, community.state.members
    rows = np.flatnonzero((creators["member"] < 2000) & (members["tier"][creators["member"]] <= s.ACTIVE))[:4]
    creators["left"][rows] = 0
    creators["skill"][rows] = 0.0
    creators["notes_month"][rows] = (2, 2, 0, 2)
    creators["followers"][rows] = (koc, top, koc, koc - 1)
    transitions.run(community)
    tier = members["tier"][creators["member"][rows]]
    assert tier[0] == s.KOC and tier[1] == s.TOP and max(tier[2], tier[3]) <= s.ACTIVE
    creators["followers"][rows[:2]] = int(0.85 * koc), int(0.5 * top)
    transitions.run(community)
    after = members["tier"][creators["member"][rows]]
    assert after[0] == s.KOC and after[1] == s.KOC and community.today["tier_down"][s.TOP] == 1


def test_fan_classes_follow_purchases_or_interaction():
    lately = dict(active_days=LATELY, trust=0.7, day_reactions=0, fan_class=0)
    cases = (
        (dict(orders=3, spend=400_000, last_order=-5), 3),
        (dict(orders=2, spend=20_000, last_order=-5), 2),
        (dict(orders=2, spend=20_000, last_order=-500), 0),
        (dict(orders=0, last_order=-32768, day_reactions=1), 1),
        (dict(orders=3, spend=400_000, last_order=-5, trust=0.2), 0),
    )
    for columns, code in cases:
        assert share(*moved(**(lately | columns)), "profiles", "fan_class", code) == 1, columns


def test_contact_leads_to_the_brand_and_time_away_from_it():
    seen = dict(active_days=LATELY, day_reactions=3)
    assert share(*moved(aips=0, brand_exposures=1, **seen), "profiles", "aips", 1) > 0.4
    assert share(*moved(aips=0, brand_exposures=0, **seen), "profiles", "aips", 1) < 0.02
    assert share(*moved(aips=1, brand_exposures=6, **seen), "profiles", "aips", 2) > 0.15
    community, on = moved(members=3000, aips=3, brand_exposures=0, **seen)
    assert 0.002 < share(community, on, "profiles", "aips", 2) < 0.03
    focal = community.state.brands["focal"] == 1
    assert community.state.brands["awareness"][focal] == pytest.approx(1.0)


def test_without_a_plan_the_relation_to_the_brand_stays_as_configured():
    community = small(members=3000)
    profiles = community.state.profiles
    before = np.bincount(profiles["aips"][:3000], minlength=6) / 3000
    for day in range(60):
        community.clock["day"] = day
        profiles["active_days"] = LATELY
        transitions.run(community)
    after = np.bincount(profiles["aips"][:3000], minlength=6) / 3000
    assert after[:4] == pytest.approx(before[:4], abs=0.03)


def test_visits_are_counted_over_four_weeks():
    bits = np.array([0, 1, 0xFFFFFFFF, 0x0FFFFFFF, 0xF0000000, 0b1011], np.uint32)
    assert recent_days(bits).tolist() == [visits_of(b) for b in bits] == [0, 1, 28, 28, 0, 3]
