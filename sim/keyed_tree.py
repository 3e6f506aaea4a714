"""The keyed tree: choosing from a weighted list so that a change to the list hardly changes the choices.

A tree of sums over leaves is descended from the root, and each level has random bits of its own. Another
item, or another weight, moves a choice only where it tips a comparison on the way to it, unlike the inverse
of a cumulative sum, where it shifts everything behind it. An item therefore keeps its leaf for life.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.philox import block
from sim.streams import S_LEAF

__all__ = [
    "MAX_LEAVES",
    "MAX_WEIGHT",
    "leaf_for",
    "tree_build",
    "tree_build_row",
    "tree_choose",
    "tree_choose_row",
    "tree_draw",
    "tree_draw_row",
    "tree_empty",
    "tree_set",
    "tree_set_row",
]

MAX_LEAVES = 4096
"""Twelve levels of 21 bits fit into the 256 bits of two Philox blocks."""
MAX_WEIGHT = 1 << 19
"""The largest weight of a leaf; 4096 of them still sum to less than 2**32."""

_LEVEL_BITS = np.uint64(21)
_LEVEL_MASK = np.uint64((1 << 21) - 1)
_HALF = np.uint64(32)
_ONE = np.uint64(1)

Tree = npt.NDArray[np.uint32]
"""Heap order, length 2 * leaves with leaves a power of two: node 1 is the root, 2 i and 2 i + 1 follow i."""


def tree_empty(leaves: int, trees: int | None = None) -> Tree:
    """Trees without weights.

    Parameters
    ----------
    leaves
        Power of two, from 2 to `MAX_LEAVES`.
    trees
        Number of trees; one tree as a vector if None.

    Returns
    -------
    ndarray of uint32, shape (2 * leaves,) or (trees, 2 * leaves)

    Raises
    ------
    ValueError
        If the number of leaves is not such a power.
    """
    if not 2 <= leaves <= MAX_LEAVES or leaves & (leaves - 1):
        raise ValueError(f"leaves must be a power of two from 2 to {MAX_LEAVES}, not {leaves}")
    return np.zeros(2 * leaves if trees is None else (trees, 2 * leaves), np.uint32)


@njit
def tree_build(tree: Tree) -> None:
    """Recompute the sums of a tree from its leaves, ``tree[leaves:]``, each at most `MAX_WEIGHT`."""
    for node in range(len(tree) // 2 - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]
    tree[0] = 0


@njit
def tree_build_row(trees: Tree, row: int) -> None:
    """`tree_build` for one row of a matrix of trees."""
    for node in range(trees.shape[1] // 2 - 1, 0, -1):
        trees[row, node] = trees[row, 2 * node] + trees[row, 2 * node + 1]
    trees[row, 0] = 0


@njit
def tree_set(tree: Tree, leaf: int, weight: int) -> None:
    """Give one leaf a weight, from 0 to `MAX_WEIGHT`, and correct the sums above it."""
    node = len(tree) // 2 + leaf
    tree[node] = weight
    node >>= 1
    while node > 0:
        tree[node] = tree[2 * node] + tree[2 * node + 1]
        node >>= 1


@njit
def tree_set_row(trees: Tree, row: int, leaf: int, weight: int) -> None:
    """`tree_set` for one row of a matrix of trees."""
    node = trees.shape[1] // 2 + leaf
    trees[row, node] = weight
    node >>= 1
    while node > 0:
        trees[row, node] = trees[row, 2 * node] + trees[row, 2 * node + 1]
        node >>= 1


@njit
def _joined(low: int, high: int) -> np.uint64:
    return np.uint64(low) | (np.uint64(high) << _HALF)


@njit(forceinline=True)
def tree_choose(tree: Tree, w0: int, w1: int, w2: int, w3: int, w4: int, w5: int, w6: int, w7: int) -> int:
    """A leaf with probability proportional to its weight.

    Level l (0 at the root) takes bits 21 (l mod 3) and following of the l // 3-th pair of words, the first
    word of a pair being the lower half, and goes left iff ``bits * (left + right) < left * 2**21``. A level's
    probability is thus exact to 2**-21.

    Parameters
    ----------
    tree
        uint32, one tree whose sums are up to date.
    w0, ..., w7
        uint32, the words of two Philox blocks.

    Returns
    -------
    int
        Leaf, from 0 to leaves - 1, or -1 if all weights are 0.
    """
    q0, q1, q2, q3 = _joined(w0, w1), _joined(w2, w3), _joined(w4, w5), _joined(w6, w7)
    leaves = np.uint64(len(tree) // 2)
    if tree[1] == 0:
        return -1
    node = _ONE  # unsigned, because an index that may be negative costs a comparison
    while True:
        bits = q0
        for _ in range(3):
            node <<= _ONE
            left = np.uint64(tree[node])
            total = left + np.uint64(tree[node | _ONE])
            node |= np.uint64((bits & _LEVEL_MASK) * total >= left << _LEVEL_BITS)
            if node >= leaves:
                return int(node - leaves)
            bits >>= _LEVEL_BITS
        q0, q1, q2 = q1, q2, q3


@njit(forceinline=True, _nrt=False)
def tree_choose_row(
    trees: Tree, row: int, w0: int, w1: int, w2: int, w3: int, w4: int, w5: int, w6: int, w7: int
) -> int:
    """`tree_choose` in one row of a matrix of trees."""
    # Written out once more, because a view of the row would cost more than the descent.
    q0, q1, q2, q3 = _joined(w0, w1), _joined(w2, w3), _joined(w4, w5), _joined(w6, w7)
    line = np.uint64(row)
    leaves = np.uint64(trees.shape[1] // 2)
    if trees[row, 1] == 0:
        return -1
    node = _ONE  # unsigned, because an index that may be negative costs a comparison
    while True:
        bits = q0
        for _ in range(3):
            node <<= _ONE
            left = np.uint64(trees[line, node])
            total = left + np.uint64(trees[line, node | _ONE])
            node |= np.uint64((bits & _LEVEL_MASK) * total >= left << _LEVEL_BITS)
            if node >= leaves:
                return int(node - leaves)
            bits >>= _LEVEL_BITS
        q0, q1, q2 = q1, q2, q3


@njit
def tree_draw(tree: Tree, seed: int, stream: int, a: int, b: int, c: int, n: int) -> int:
    """`tree_choose` by the blocks n and n + 1 at an address; parameters as for `block`."""
    w0, w1, w2, w3 = block(seed, stream, a, b, c, n)
    w4, w5, w6, w7 = block(seed, stream, a, b, c, n + 1)
    return tree_choose(tree, w0, w1, w2, w3, w4, w5, w6, w7)


@njit
def tree_draw_row(trees: Tree, row: int, seed: int, stream: int, a: int, b: int, c: int, n: int) -> int:
    """`tree_draw` in one row of a matrix of trees."""
    w0, w1, w2, w3 = block(seed, stream, a, b, c, n)
    w4, w5, w6, w7 = block(seed, stream, a, b, c, n + 1)
    return tree_choose_row(trees, row, w0, w1, w2, w3, w4, w5, w6, w7)


@njit
def leaf_for(key_low: int, key_high: int, occupied: npt.NDArray[np.bool_]) -> int:
    """A free leaf for a new item: hashed from its permanent key, then the next free one.

    The hash makes the leaf nearly independent of the other items, and a neighbour of a taken leaf shares most
    of the way from the root. The caller marks the leaf as occupied, and frees it when the item leaves.

    Parameters
    ----------
    key_low, key_high
        uint32, the item's key.
    occupied
        bool or uint8, shape (leaves,), leaves a power of two: which leaves have an item.

    Returns
    -------
    int
        Leaf, or -1 if all are occupied.
    """
    leaves = len(occupied)
    word, _, _, _ = block(0, S_LEAF, key_low, key_high, 0, 0)
    start = int(word) & (leaves - 1)
    for step in range(leaves):
        leaf = (start + step) & (leaves - 1)
        if not occupied[leaf]:
            return leaf
    return -1
