"""Follows and unfollows against a set of pairs, whatever the order, repetition and merging."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import GraphError
from sim.graph import FollowerGraph, GraphDelta, followee_at, follower_at, follows, in_degree, out_degree

SIZE = 6
PAIRS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=14)
DAYS = st.lists(st.tuples(PAIRS, PAIRS, st.booleans(), st.booleans()), max_size=6)


def columns(pairs):
    return np.array(pairs, np.int32).reshape(-1, 2).T


def built(pairs):
    return FollowerGraph.from_edges(*columns(pairs), size=SIZE)


def read(delta):
    """The arcs that kernels see, asked in three ways that must agree."""
    out, into = delta.arrays(), delta.arrays_in()
    by_row = {(u, followee_at(out, u, j)) for u in range(SIZE) for j in range(out_degree(out, u))}
    by_column = {(follower_at(into, v, j), v) for v in range(SIZE) for j in range(in_degree(into, v))}
    asked = {(u, v) for u in range(SIZE) for v in range(SIZE) if follows(out, u, v)}
    forward, backward = ({arc for arc in arcs if -1 not in arc} for arcs in (by_row, by_column))
    assert forward == backward == asked
    return asked


@settings(max_examples=150, deadline=None)
@given(PAIRS, DAYS)
def test_every_day_equals_a_set_of_pairs(start, days):
    delta = GraphDelta(built(start))
    truth = {(u, v) for u, v in start if u != v}
    versions = []
    for come, leave, merges, lends in days:  # rows that were lent are not written to
        changes = delta.apply(*columns(come), *columns(leave))
        for arc, changed in zip(leave, changes.unfollowed, strict=True):
            assert changed == (arc in truth)
            truth.discard(arc)
        for (u, v), changed in zip(come, changes.followed, strict=True):
            assert changed == (u != v and (u, v) not in truth)
            truth |= {(u, v)} if u != v else set()
        if merges:
            delta.merge()
            assert delta.pending == 0
        assert read(delta) == truth
        assert delta.arcs == len(truth)
        for v in range(SIZE):
            assert delta.followers_count[v] == sum(b == v for _, b in truth)
            assert delta.followees_count[v] == sum(a == v for a, _ in truth)
        if not lends:
            continue
        restored = GraphDelta.from_state(delta.state_dict())
        assert read(restored) == truth
        assert restored.pending == delta.pending
        assert np.array_equal(restored.followers_count, delta.followers_count)
        versions.append((delta.graph_view(), set(truth)))
    for view, then in versions:
        assert set(view.edges) == then
        assert {(u, v) for v in view for u in view.pred[v]} == then


def test_merge_is_due_at_a_share_of_arcs_or_a_week_s_end():
    ring = np.arange(1000)
    delta = GraphDelta(FollowerGraph.from_edges(ring, (ring + 1) % 1000, size=1000))
    assert not delta.merge_if_due(week_ends=True)
    delta.apply([0, 0, 0], [5, 6, 7])
    assert not delta.merge_if_due()
    delta.apply([0], [8])
    assert delta.merge_if_due()
    delta.apply([], [], [0], [8])
    assert delta.merge_if_due(week_ends=True)
    assert delta.graph_view().number_of_edges() == 1003


def test_a_row_out_of_range_is_refused_and_nothing_changes():
    delta = GraphDelta(built([(0, 1)]))
    with pytest.raises(GraphError, match="from 0 to 5"):
        delta.apply([0], [SIZE], [0], [1])
    with pytest.raises(GraphError, match="2 followers but 1"):
        delta.apply([0, 1], [2])
    assert read(delta) == {(0, 1)}


def test_arc_attributes_are_refused():
    with pytest.raises(GraphError, match="weight"):
        GraphDelta(FollowerGraph.from_edges([0], [1], arc_data={"weight": [2.0]}))
