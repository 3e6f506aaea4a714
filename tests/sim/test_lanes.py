"""Loops over vector registers against plain ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim._numba import njit
from sim.keyed_tree import tree_choose
from sim.lanes import LANES, count_edges, descend, descend_plainly


@njit("void(u8[::1],u8[:,::1],i8,i8)")
def descend_compiled(pairs, words, level, until):
    descend(pairs, words, level, until)


@njit(["void(i8[::1],i8[::1],i8[::1])", "void(f8[::1],f8[::1],i8[::1])"])
def count_compiled(values, edges, out):
    count_edges(values, edges, out)


@given(levels=st.integers(1, 12), seed=st.integers(0, 2**32 - 1))
def test_eight_descents_are_those_of_one_tree_each(levels, seed):
    rng = np.random.default_rng(seed)
    leaves = 1 << levels
    trees = np.zeros((3, 2 * leaves), np.uint32)
    trees[:, leaves:] = rng.integers(0, 1 << 19, (3, leaves)) * (rng.random((3, leaves)) < 0.5)
    trees[:, leaves + rng.integers(leaves)] = 1
    for node in range(leaves - 1, 0, -1):
        trees[:, node] = trees[:, 2 * node] + trees[:, 2 * node + 1]
    words = rng.integers(0, 2**64, (6, LANES), dtype=np.uint64)
    row = rng.integers(0, 3, LANES)
    words[4], words[5] = 1, row * leaves
    pairs = trees.reshape(-1).view(np.uint64)
    plain = words.copy()
    descend_plainly(pairs, plain, 0, levels)
    descend_compiled(pairs, words, 0, levels // 2)
    descend_compiled(pairs, words, levels // 2, levels)
    assert (words == plain).all()
    for lane in range(LANES):
        drawn = np.ascontiguousarray(words[:4, lane])
        assert words[4, lane] - leaves == tree_choose(trees[row[lane]], *drawn.view(np.uint32).tolist())


@given(seed=st.integers(0, 2**32 - 1))
def test_edges_are_counted_as_a_comparison_counts_them(seed):
    rng = np.random.default_rng(seed)
    for values, edges in (
        (rng.integers(0, 20, LANES), np.sort(rng.integers(0, 20, 16))),
        (rng.random(LANES), np.sort(rng.random(16))),
    ):
        out = np.zeros(LANES, np.int64)
        count_compiled(values, edges, out)
        assert (out == (values[:, None] >= edges).sum(axis=1)).all()
