"""Choosing members by weight so that one more member, or a changed weight, leaves nearly all other choices
alone.

A member's place is 64 bits, made of the order of magnitude of its weight and a permanent hash of its id; the
members of a topic, sorted by it, form a binary tree by these bits. A choice descends the tree, every level
with a random word of its own (the rule of the keyed tree, without its limit of 4,096 leaves): a new member
changes one path, wherever its row stands. The heavy ones part from the rest first, as in a Huffman code, so
that most choices see few nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.graph.csr import Float64, Int32, Int64
from sim.philox import block, blocks
from sim.streams import S_LEAF

__all__ = ["Nodes", "Trees", "UInt32", "build_trees", "choose_all"]

UInt32: TypeAlias = npt.NDArray[np.uint32]
UInt64: TypeAlias = npt.NDArray[np.uint64]
Nodes: TypeAlias = npt.NDArray[np.int64]

TOP_BIT = 63
QUANTUM_BITS = 20
"""The mean weight becomes an integer of about this many bits, so that sums of float64 are exact in any
order.
"""

HEAVIEST = 16
"""Weights from 2**16 on stand in the first class, those four times smaller in the next, and so on."""
CLASSES = 25

_LOW = np.int64(0xFFFFFFFF)


class Trees(NamedTuple):
    """The trees of all topics.

    Attributes
    ----------
    nodes
        int64[k, 2], a node where two or more members part. First word: chance of going left as an integer
        below 2**32, and above it the bit of the place (0 the highest) that parts them. Second word: left
        branch in the low half, right branch in the high half; a branch is a node's number, or ~row for a
        single member.
    roots
        int64[topics]: a branch.
    totals
        float64[topics]: sum of the weights; 0 for a topic without members.
    """

    nodes: Nodes
    roots: Int64
    totals: Float64


def integer_weights(weights: Float64) -> Float64:
    """Weights as whole numbers, scaled by a power of two; what is above zero stays above zero."""
    mean = float(weights.mean()) if len(weights) else 0.0
    if mean <= 0.0:
        return np.zeros(len(weights))
    _, exponent = np.frexp(mean)
    scaled = np.floor(np.ldexp(weights, QUANTUM_BITS - int(exponent)))
    return np.where(weights > 0, np.maximum(scaled, 1.0), 0.0)


@njit
def _parting_bit(one: int, other: int) -> int:
    """The highest bit in which two places differ, counted from the top."""
    difference = np.uint64(one) ^ np.uint64(other)
    level = 0
    for step in (32, 16, 8, 4, 2, 1):
        if difference >> np.uint64(64 - step) == 0:
            level += step
            difference = difference << np.uint64(step)
    return level


@njit
def _grow(places: UInt64, rows: Int32, weights: Float64, nodes: Nodes, used: int) -> tuple[int, int, float]:
    """Write the tree of members in ascending order of place behind the used nodes.

    Returns
    -------
    root, used, total
    """
    count = len(places)
    before = np.zeros(count + 1)
    for i in range(count):
        before[i + 1] = before[i] + weights[i]
    if count == 0:
        return -1, used, 0.0
    if count == 1:
        return ~int(rows[0]), used, before[1]
    # Node i parts member i from member i + 1; of two neighbouring nodes the one with the higher bit is above.
    level = np.empty(count - 1, np.int64)
    left = np.full(count - 1, -1, np.int64)
    right = np.full(count - 1, -1, np.int64)
    first = np.empty(count - 1, np.int64)
    last = np.empty(count - 1, np.int64)
    stack = np.empty(TOP_BIT + 2, np.int64)
    height = 0
    for i in range(count - 1):
        level[i] = _parting_bit(places[i], places[i + 1])
        below = -1
        while height > 0 and level[stack[height - 1]] >= level[i]:
            height -= 1
            below = stack[height]
            last[below] = i
        left[i] = below
        first[i] = stack[height - 1] + 1 if height > 0 else 0
        if height > 0:
            right[stack[height - 1]] = i
        stack[height] = i
        height += 1
    for h in range(height):
        last[stack[h]] = count - 1
    # Breadth first, so that the upper levels, which every choice visits, lie together.
    queue = np.empty(count - 1, np.int64)
    queue[0] = stack[0]
    tail = 1
    for head in range(count - 1):
        i = queue[head]
        part = (before[i + 1] - before[first[i]]) / (before[last[i] + 1] - before[first[i]])
        threshold = min(max(int(part * 4294967296.0), 1), 4294967295)
        nodes[used + head, 0] = level[i] << 32 | threshold
        branch_left = ~int(rows[i])
        if left[i] >= 0:
            queue[tail] = left[i]
            branch_left = used + tail
            tail += 1
        branch_right = ~int(rows[i + 1])
        if right[i] >= 0:
            queue[tail] = right[i]
            branch_right = used + tail
            tail += 1
        nodes[used + head, 1] = branch_right << 32 | branch_left & _LOW
    return used, used + count - 1, before[count]


def places_of(weights: Float64, ids: UInt32) -> UInt64:
    """Place of each member: its class as so many ones and a zero, then bits of its hash."""
    _, exponent = np.frexp(weights)
    ones = np.clip((HEAVIEST - exponent) >> 1, 0, CLASSES - 1).astype(np.uint64)
    words = blocks(0, S_LEAF, ids)
    digits = words[:, 0].astype(np.uint64) << np.uint64(32) | words[:, 1]
    full = np.uint64(TOP_BIT + 1)
    prefix = np.where(ones > 0, ~np.uint64(0) << (full - np.maximum(ones, np.uint64(1))), np.uint64(0))
    places: UInt64 = prefix | digits >> np.uint64(1) >> ones
    return places


def build_trees(groups: Sequence[Int32], counts: Sequence[int], weights: Float64, ids: UInt32) -> Trees:
    """Trees over the members of each group, for one or more divisions of all members into groups.

    Parameters
    ----------
    groups
        For each division int32[n]: the group of each member.
    counts
        Number of groups in each division. Roots and totals stand one division after the other.
    weights
        float64[n], at least 0; who has 0 is never chosen.
    ids
        uint32[n], distinct.
    """
    candidates = np.flatnonzero(weights > 0).astype(np.int32)
    places = places_of(weights[candidates], ids[candidates])
    scaled = integer_weights(weights)
    nodes = np.empty((max(len(candidates) * len(groups), 1), 2), np.int64)
    roots, totals = np.full(sum(counts), -1, np.int64), np.zeros(sum(counts))
    used, tree = 0, 0
    for group, count in zip(groups, counts, strict=True):
        order = np.lexsort((places, group[candidates]))
        rows, along = candidates[order], places[order]
        ends = np.searchsorted(group[rows], np.arange(count + 1))
        for g in range(count):
            own = slice(ends[g], ends[g + 1])
            root, used, total = _grow(along[own], rows[own], scaled[rows[own]], nodes, used)
            roots[tree], totals[tree] = root, total
            tree += 1
    return Trees(nodes[: max(used, 1)], roots, totals)


@njit
def choose_all(
    nodes: Nodes, lanes: Int64, words: UInt32, count: int, seed: int, stream: int, found: Int32
) -> None:
    """Descend from several roots at once, which hides most of the waiting for memory.

    The node that parts by bit l of the place uses word l mod 4 of block 1 + l // 4; block 0 is the caller's.

    Parameters
    ----------
    lanes
        int64[>= count, 5]: branch to start from, a and b of the address, place of the result in `found`, and
        one column of its own. They are overwritten.
    words
        uint32[>= count, 4], working space.
    count
        Number of choices.
    seed, stream
        The rest of the address.
    found
        int32: takes the rows chosen.
    """
    for i in range(count):
        lanes[i, 4] = -1
    while count > 0:
        i = 0
        while i < count:
            branch = lanes[i, 0]
            if branch < 0:
                found[lanes[i, 3]] = ~branch
                count -= 1
                for k in range(5):
                    lanes[i, k] = lanes[count, k]
                for k in range(4):
                    words[i, k] = words[count, k]
                continue
            parting = nodes[branch, 0]
            level = parting >> 32
            if lanes[i, 4] != level >> 2:
                lanes[i, 4] = level >> 2
                w0, w1, w2, w3 = block(seed, stream, lanes[i, 1], lanes[i, 2], 0, 1 + (level >> 2))
                words[i, 0] = w0
                words[i, 1] = w1
                words[i, 2] = w2
                words[i, 3] = w3
            # The left branch is in the low half, the right one in the high half.
            shift = 32 * int(int(words[i, level & 3]) >= parting & _LOW)
            lanes[i, 0] = int(np.int32(nodes[branch, 1] >> shift & _LOW))
            i += 1
