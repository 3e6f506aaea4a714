"""Sharing: without it there are no cascades; a cascade is a tree over arcs of the follower graph."""

from __future__ import annotations

import numpy as np
import pytest

from sim.diffusion import independent_cascade
from sim.diffusion.arc import passes, topic_chance
from sim.graph.arrays import follows
from sim.phases import sharing
from sim.randomness import S_PASS, subkey
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, without


def eager(desk):
    """Make sharing common enough for a small world."""
    desk.modify("action.share", 10.0)


def test_without_sharing_there_are_no_cascades():
    assert len(small(members=2000, days=3, policy=Speaker(eager)).cascades_frame()) > 10
    silent = without(small(members=2000, policy=Speaker(eager)), "sharing")
    silent.run_days(3)
    assert len(silent.cascades_frame()) == 0


def test_a_cascade_is_a_tree_along_arcs():
    community = small(members=2000, policy=Speaker(eager))
    arcs = {}
    for day in range(2):  # follows and unfollows of a day count from the next one on
        arcs[day] = tuple(array.copy() for array in community.delta.arrays())
        community.step()
    frame = community.cascades_frame()
    rows = {int(i): r for r, i in enumerate(community.state.members["id"])}
    ends = zip(frame["day"], frame["target"], frame["source"], strict=True)
    assert len(frame) and all(follows(arcs[day], rows[t], rows[v]) for day, t, v in ends)
    for _, tree in frame.groupby(["note", "day", "slot"]):
        assert tree["target"].is_unique
        assert not set(tree["target"]) & set(tree["root"])
        first = tree[tree["generation"] == 1]
        assert (first["source"] == first["root"]).all()
        later = tree[tree["generation"] > 1]
        assert set(later["source"]) <= set(tree.loc[tree["passed_on"] == 1, "target"])
        assert (later["minutes"].values >= 0).all()
    assert frame["generation"].max() <= 4


def test_the_draw_of_an_arc_has_its_probability_and_a_delay():
    hits = [passes(np.uint64(3), 9, follower, 5, 0.3) for follower in range(20_000)]
    assert abs(np.mean([h for h, _ in hits]) - 0.3) < 0.012
    minutes = np.array([m for h, m in hits if h])
    assert minutes.min() >= 0 and 10 < np.median(minutes) < 60


@pytest.mark.parametrize("seed", [1, 2])
def test_where_only_arcs_decide_sharing_is_the_library_cascade(seed):
    """Everybody on, everybody passing on, no discovery, one probability: equal to the bit, arc by arc and in order."""
    community = small(seed=seed, members=2000, days=1)
    community.delta.merge_if_due(week_ends=True)
    before = len(community.cascades_frame())
    members, notes, shown = community.state.members, community.state.notes, community.state.shown.array
    members["flags"] |= s.ON_PLATFORM | s.ON_TODAY
    members["interest"] = 51
    platform = community.platform[0]
    platform["sessions_mean"] = 1e9
    platform["read_following"] = platform["share_logit"] = 60.0
    platform["pass_on"] = 0.12
    chance = float(topic_chance(0.12, 51 * (1.0 / 255.0)))
    keys = notes["key"]
    usable = (notes["status"] == s.LIVE_NOTE) & (notes["listing"] >= 0) & ((keys & 0xFFFFFFFF) < 2**31)
    usable[usable] = (shown["key"][notes["listing"][usable]] == keys[usable]) & (
        shown["flags"][notes["listing"][usable]] & s.CRITICAL == 0
    )
    rows = np.flatnonzero(usable)[:40]
    shares = np.zeros(len(rows) + 1, s.EVENTS.dtype)
    shares["kind"], shares["order"] = s.E_SHARE, np.arange(len(shares))
    shares["note"] = [*rows, rows[0]]
    # Authors begin, since nobody is shown a note of its own; the first note has a second root.
    shares["member"] = [*notes["author"][rows], (int(notes["author"][rows[0]]) + 1) % 1500]
    community.events = shares
    sharing.run(community)
    frame = community.cascades_frame()[before:]
    graph, ids = community.delta.graph_view(), members["id"]
    reached = 0
    for note in rows:
        key = np.uint64(keys[note])
        word = subkey(np.uint64(community.seed), S_PASS, int(key >> np.uint64(32)))
        spread = independent_cascade(
            graph, np.sort(shares["member"][shares["note"] == note]), probability=chance, draws="arc", ids=ids,
            seed=int(word), first_run=int(key & np.uint64(0xFFFFFFFF)), runs=1, max_steps=sharing.GENERATIONS,
            trees=True,
        )  # fmt: skip
        tree = spread.cascades
        later = tree.parent >= 0
        mine = frame[frame["note"] == key]
        assert mine["target"].tolist() == ids[tree.member[later]].tolist()
        assert mine["source"].tolist() == ids[tree.parent[later]].tolist()
        assert mine["generation"].tolist() == tree.step[later].tolist()
        reached += len(mine)
    assert reached > 200 and frame["generation"].max() == sharing.GENERATIONS
