"""The rewards phase: points for reactions, levels, and their value in the books."""

from __future__ import annotations

import numpy as np

from sim.phases import rewards
from sim.phases.rewards import CARING, cares, nearness
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, speak, without


def test_without_rewards_nobody_earns_points():
    community = without(small(), "rewards")
    points = community.state.profiles["points"].copy()
    community.run_days(3)
    assert np.array_equal(community.state.profiles["points"], points)
    assert small(days=3).today["points_given"] > 0


def active(rate=None, points=0, level=0, reactions=10, action=-1, payer="platform"):
    def say(desk):
        if rate is not None:
            desk.modify("points.rate", rate, action=action)

    community = small(policy=Speaker(say, payer))
    speak(community)
    state = community.state
    state.members["flags"][:600] |= s.ON_TODAY
    state.profiles["day_reactions"][:600] = reactions
    state.profiles["points"] = points
    state.profiles["level"] = level
    rewards.run(community)
    return community


def test_points_follow_the_rate_and_are_paid_for():
    base, double = active(), active(rate=2.0, action=0, payer="brand")
    given = base.today["points_given"]
    assert given == 600 * 2 and double.today["points_given"] == 2 * given  # 0.2 a reaction
    books = base.ledger.entries
    assert books["amount"].sum() == 5 * given and len(books) == 1
    books = double.ledger.entries
    assert sorted(books["amount"].tolist()) == [5 * given, 5 * given] and set(books["action"]) == {-1, 0}


def test_a_level_is_reached_and_the_way_to_the_next_begins():
    community = active(points=19)
    profiles = community.state.profiles
    assert (profiles["level"][:600] == 1).all() and (profiles["points"][:600] == 1).all()
    assert community.today["level_ups"] == 600
    near = nearness(profiles.array, community.platform, 0)
    profiles["points"] = 30
    assert near < 0.01 < nearness(profiles.array, community.platform, 0)
    top = active(points=60_000, level=10)
    assert (top.state.profiles["level"][:600] == 10).all()


def test_some_people_do_not_care():
    share = np.mean([cares(np.uint64(3), member) for member in range(4000)])
    assert abs(share - CARING) < 0.03
