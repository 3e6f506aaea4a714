"""The relations phase: follows become arcs, arcs end, groups live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.model import Community
from sim.phases import relations
from sim.state import schema as s
from tests.sim.worlds import SMALL, Speaker, small, without


def test_without_relations_the_graph_stands_still():
    community = without(small(), "relations")
    arcs = community.delta.arcs
    community.run_days(3)
    assert community.delta.arcs == arcs and sum(len(u) for u, _ in community.follows_today) > 0
    played = small(days=3)
    assert played.today["follows_made"] > 0 and played.delta.version > 0


def test_follows_and_unfollows_are_counted_exactly():
    community = small()
    before = community.delta.arcs
    attending = np.flatnonzero(community.state.members["flags"] & s.ON_PLATFORM)
    community.state.members["flags"][attending] |= s.ON_TODAY
    new = [(np.array([1, 1, 2]), np.array([599, 599, 2]))]  # one twice, one oneself
    known = community.delta.followees_count.copy()
    community.follows_today = new
    relations.run(community)
    today = community.today
    assert today["follows_made"] == 1 or 599 in community.graph.adj[1]
    assert community.delta.arcs == before + today["follows_made"] - today["unfollows"]
    assert today["unfollows"] > 0 and (known - community.delta.followees_count).max() <= 1
    creators = community.state.creators
    assert np.array_equal(creators["followers"], community.delta.followers_count[creators["member"]])
    assert community.follows_today == []


def test_a_forgotten_account_follows_nobody():
    community = small()
    row = int(np.argmax(community.delta.followees_count))
    members, profiles = community.state.members, community.state.profiles
    members["flags"][row] = 0
    profiles["stage"][row] = s.PROSPECT
    before, number = community.delta.arcs, int(community.delta.followees_count[row])
    relations.run(community)
    today = community.today
    assert community.delta.followees_count[row] == 0 < number
    assert community.delta.arcs == before + today["follows_made"] - today["unfollows"] - number


def unfollows(change=None, say=None):
    community = small(members=2000, days=1, policy=Speaker(say) if say else None)
    if change:
        change(community.state.creators)
    community.today = {}
    relations.run(community)
    return community.today["unfollows"]


def test_heavy_advertising_and_silence_cost_followers():
    base = unfollows()
    assert base > 10
    assert (
        unfollows(lambda c: c.__setitem__("commercial_load", 0.3)) == base
    )  # G8: up to 0.30 nothing happens
    assert unfollows(lambda c: c.__setitem__("commercial_load", 0.9)) > 2.5 * base
    assert unfollows(lambda c: c.__setitem__("left", 1)) > 1.3 * base


def test_the_mechanism_scales_unfollowing():
    base = unfollows()
    assert unfollows(say=lambda desk: desk.modify("follow.odds_dusk", 4.0)) > 2.5 * base


def test_groups_are_joined_left_counted_and_written_in():
    config = replace(SMALL, world=replace(SMALL.world, members=3000, groups_per_1000=20.0))
    community = Community(config, seed=1)
    share = (community.state.profiles["group"][:3000] >= 0).mean()
    assert share == pytest.approx(community.config.platform.group_share, abs=0.02)
    joins = leaves = 0
    for _ in range(5):
        community.step()
        joins += community.today["group_joins"]
        leaves += community.today["group_leaves"]
    assert joins > 0 and leaves > 0
    state = community.state
    group, groups = state.profiles["group"].astype(int), state.groups
    inside = group >= 0
    assert (state.members["flags"][inside] & s.ON_PLATFORM).mean() > 0.95
    ring = np.where(groups["notes"] < 0, -1, community.feeds.rows(groups["notes"]))
    shown = ring[ring >= 0]
    assert len(shown) > 0
    topic = state.notes["topic"][ring]
    fits = (topic == groups["topic"][:, None]) | (groups["region"] != 255)[:, None]
    assert fits[(ring >= 0) & (state.notes["status"][ring] == s.LIVE_NOTE)].all()
    admin = groups["admin"].astype(int)
    assert (group[admin[admin >= 0]] == np.flatnonzero(admin >= 0)).mean() > 0.9


def test_people_join_groups_of_their_interests():
    community = small(members=3000, days=0)
    state = community.state
    inside = np.flatnonzero(state.profiles["group"] >= 0)
    topic = state.groups["topic"][state.profiles["group"][inside]]
    own = state.members["interest"][inside, topic].astype(float) / 255
    assert own.mean() > 2 * (state.members["interest"][inside].astype(float) / 255).mean()
