"""Keyed trees: choices by weight, that another item hardly changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim._numba import njit
from sim.randomness import (
    MAX_LEAVES,
    MAX_WEIGHT,
    S_SESSION,
    block,
    leaf_for,
    tree_build,
    tree_build_row,
    tree_choose,
    tree_choose_row,
    tree_draw,
    tree_draw_row,
    tree_empty,
    tree_set,
    tree_set_row,
)

WORD = st.integers(0, 2**32 - 1)
WEIGHTS = st.integers(1, 6).flatmap(
    lambda level: st.lists(
        st.integers(0, 9) | st.integers(0, MAX_WEIGHT), min_size=2**level, max_size=2**level
    )
)


def planted(weights) -> np.ndarray:
    tree = tree_empty(len(weights))
    tree[len(weights) :] = weights
    tree_build(tree)
    return tree


def choose_in_words(weights: list[int], words: list[int]) -> int:
    """The rule in plain integers: halve the list, level by level, by 21 bits each."""
    if sum(weights) == 0:
        return -1
    pairs = [low | high << 32 for low, high in zip(words[::2], words[1::2], strict=True)]
    first, size, level = 0, len(weights), 0
    while size > 1:
        size //= 2
        left, right = sum(weights[first : first + size]), sum(weights[first + size : first + 2 * size])
        bits = pairs[level // 3] >> 21 * (level % 3) & (1 << 21) - 1
        if not bits * (left + right) < left << 21:
            first += size
        level += 1
    return first


@given(WEIGHTS, st.lists(WORD, min_size=8, max_size=8))
def test_the_choice_is_the_rule(weights, words):
    expected = choose_in_words(weights, words)
    tree = planted(weights)
    assert tree_choose(tree, *words) == expected
    assert tree_choose_row(np.stack([np.zeros_like(tree), tree]), 1, *words) == expected
    assert expected == -1 or weights[expected] > 0


def test_the_choice_is_the_rule_in_the_largest_tree():
    source = np.random.default_rng(1)
    weights = source.integers(0, MAX_WEIGHT + 1, MAX_LEAVES)
    tree = planted(weights)
    words = source.integers(0, 2**32, (50, 8)).tolist()
    words += [[0] * 8, [2**32 - 1] * 8]
    assert [tree_choose(tree, *w) for w in words] == [choose_in_words(weights.tolist(), w) for w in words]


def test_the_heaviest_tree_does_not_overflow():
    tree = planted(np.full(MAX_LEAVES, MAX_WEIGHT))
    assert tree[1] == MAX_LEAVES * MAX_WEIGHT < 2**32
    assert tree_choose(tree, *[0] * 8) == 0
    assert tree_choose(tree, *[2**32 - 1] * 8) == MAX_LEAVES - 1


@given(WEIGHTS, st.data())
def test_setting_a_leaf_is_building_anew(weights, data):
    leaf = data.draw(st.integers(0, len(weights) - 1))
    weight = data.draw(st.integers(0, MAX_WEIGHT))
    tree = planted(weights)
    trees = np.stack([tree, tree])
    weights[leaf] = weight
    tree_set(tree, leaf, weight)
    tree_set_row(trees, 0, leaf, weight)
    assert np.array_equal(tree, planted(weights))
    assert np.array_equal(trees[0], tree)
    trees[1, len(weights) + leaf] = weight
    tree_build_row(trees, 1)
    assert np.array_equal(trees[1], tree)


@given(st.integers(0, 2**64 - 1), WORD, st.integers(0, 1000))
def test_a_draw_takes_two_blocks_at_its_address(seed, viewer, n):
    tree, seed = planted(range(64)), np.uint64(seed)
    words = [*block(seed, S_SESSION, viewer, 5, 6, n), *block(seed, S_SESSION, viewer, 5, 6, n + 1)]
    assert tree_draw(tree, seed, S_SESSION, viewer, 5, 6, n) == tree_choose(tree, *words)
    assert tree_draw_row(tree[None], 0, seed, S_SESSION, viewer, 5, 6, n) == tree_choose(tree, *words)


@pytest.mark.parametrize("leaves", [0, 1, 3, 100, 2 * MAX_LEAVES])
def test_a_wrong_number_of_leaves_is_refused(leaves):
    with pytest.raises(ValueError, match="power of two"):
        tree_empty(leaves)


def test_an_empty_tree_offers_nothing():
    trees = tree_empty(4, trees=3)
    assert trees.shape == (3, 8)
    assert tree_choose(trees[0], *[7] * 8) == tree_choose_row(trees, 2, *[7] * 8) == -1


@njit("void(u4[::1],u8,i4[::1])")
def draw_all(tree, seed, out):
    for i in range(len(out)):
        out[i] = tree_draw(tree, seed, S_SESSION, i, 0, 0, 0)


def choices(weights: np.ndarray, seed: int, count: int) -> np.ndarray:
    out = np.empty(count, np.int32)
    draw_all(planted(weights), seed, out)
    return out


def test_an_item_is_chosen_as_often_as_its_weight():
    weights = np.random.default_rng(2).integers(0, 2000, 256)
    weights[:40] = 0
    counts = np.bincount(choices(weights, 3, 400_000), minlength=256)
    assert counts[weights == 0].sum() == 0
    offered = weights > 0
    expected = weights[offered] / weights.sum() * 400_000
    assert stats.chisquare(counts[offered], expected).pvalue > 0.001


def pool_of_notes(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """4,096 leaves with 2,000 notes of roughly equal weight, the same with one more note, and its leaf."""
    source = np.random.default_rng(seed)
    occupied = np.zeros(MAX_LEAVES, np.bool_)
    weights = np.zeros(MAX_LEAVES, np.int64)
    for key in source.integers(0, 2**32, (2_000, 2)).tolist():
        leaf = leaf_for(*key, occupied)
        occupied[leaf] = True
        weights[leaf] = source.integers(500, 1500)
    one_more = weights.copy()
    added = leaf_for(seed, 12345, occupied)
    one_more[added] = 1000
    return weights, one_more, added


def test_one_more_item_hardly_changes_the_choices():
    """At least w / (W + w) of them must. The inverse of a running sum changes hundreds of times that."""
    changed = ideal = by_running_sum = 0.0
    u = (np.arange(100_000) + 0.5) / 100_000
    for seed in range(5):
        weights, one_more, added = pool_of_notes(seed)
        before, after = choices(weights, seed, 200_000), choices(one_more, seed, 200_000)
        changed += np.mean(before != after)
        ideal += one_more[added] / one_more.sum()
        assert np.mean(after == added) == pytest.approx(one_more[added] / one_more.sum(), rel=0.5)
        before, after = (
            np.searchsorted(np.cumsum(w), u * w.sum(), side="right") for w in (weights, one_more)
        )
        by_running_sum += np.mean(before != after)
    assert ideal <= changed <= 10 * ideal
    assert by_running_sum > 100 * ideal


def test_an_item_of_no_weight_changes_nothing():
    weights, one_more, added = pool_of_notes(9)
    one_more[added] = 0
    assert np.array_equal(choices(weights, 1, 10_000), choices(one_more, 1, 10_000))


def test_leaves_are_given_once_and_run_out():
    occupied = np.zeros((2, 64), np.bool_)
    given_out = []
    for key in range(64):
        given_out.append(leaf_for(key, 7, occupied[1]))
        occupied[1, given_out[-1]] = True
    assert sorted(given_out) == list(range(64))
    assert leaf_for(64, 7, occupied[1]) == -1
    assert not occupied[0].any()
    # A leaf that has become free serves again, whatever the key.
    occupied[1, 17] = False
    assert leaf_for(64, 7, occupied[1]) == 17


def test_a_leaf_follows_from_the_key_alone_where_it_is_free():
    free = np.zeros(MAX_LEAVES, np.bool_)
    alone = np.array([leaf_for(key, 0, free) for key in range(4_000)])
    assert leaf_for(0, 1, free) != alone[0]
    counts = np.bincount(alone >> 6, minlength=64)
    assert stats.chisquare(counts).pvalue > 0.001
    occupied = free.copy()
    occupied[alone[:100]] = True
    for key in range(100, 200):
        expected = alone[key]
        while occupied[expected]:
            expected = (expected + 1) % MAX_LEAVES
        assert leaf_for(key, 0, occupied) == expected
