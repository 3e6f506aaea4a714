"""Sharing: without it there are no cascades; a cascade is a tree over arcs of the follower graph."""

from __future__ import annotations

import numpy as np

from sim.diffusion.arc import passes
from sim.graph.arrays import follows
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
    community.run_days(2)
    frame = community.cascades_frame()
    # the last day's arcs of the graph include all those a share went along, but for later unfollows
    rows = {int(i): r for r, i in enumerate(community.state.members["id"])}
    arcs = community.delta.arrays()
    along = [follows(arcs, rows[t], rows[v]) for t, v in zip(frame["target"], frame["source"], strict=True)]
    assert np.mean(along) > 0.98
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
