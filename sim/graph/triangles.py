"""Closed triangles: how many of a member's neighbours are neighbours of each other.

A pair of members counts by the strength of its tie, the same in both directions: 1 for any arc, the number of arcs
between them, or what a weight gives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim._numba import njit
from sim.graph.csr import Csr, Float64, Int32, Int64, find
from sim.graph.follower_graph import FollowerGraph

__all__ = ["Ties", "closed_pairs", "closed_pairs_of", "ties"]


class Ties(NamedTuple):
    """Pairs of members, self-loops aside: each stands in the rows of both.

    Attributes
    ----------
    offsets, others
        int64[n + 1], int32[k], rows ascending.
    strength
        float64[k].
    """

    offsets: Int64
    others: Int32
    strength: Float64


@njit
def _ties(out: Csr, into: Csr, along: Float64, against: Float64, simple: bool) -> Ties:
    """Both directions of every row merged."""
    offsets, followees = out
    in_offsets, followers = into
    size = len(offsets) - 1
    both = np.zeros(size + 1, np.int64)
    others = np.empty(len(followees) + len(followers), np.int32)
    strength = np.empty(len(others))
    write = 0
    for v in range(size):
        i, j = offsets[v], in_offsets[v]
        while i < offsets[v + 1] or j < in_offsets[v + 1]:
            left = np.int64(followees[i]) if i < offsets[v + 1] else np.int64(size)
            right = np.int64(followers[j]) if j < in_offsets[v + 1] else np.int64(size)
            other = min(left, right)
            tie = 0.0
            if left == other:
                tie += along[i] if len(along) else 1.0
                i += 1
            if right == other:
                tie += against[j] if len(against) else 1.0
                j += 1
            if other != v:
                others[write] = other
                strength[write] = 1.0 if simple else tie
                write += 1
        both[v + 1] = write
    return Ties(both, others[:write].copy(), strength[:write].copy())


def ties(
    graph: FollowerGraph, along: Float64 | None = None, against: Float64 | None = None, simple: bool = False
) -> Ties:
    """Who is tied to whom, by an arc in either direction.

    Parameters
    ----------
    along, against
        What each arc adds to a tie's strength, in the order of `followees` and of `followers`; 1 if None.
    simple
        Whether every tie has strength 1.
    """
    nothing = np.empty(0)
    return _ties(
        graph.out,
        graph.into,
        nothing if along is None else along,
        nothing if against is None else against,
        simple,
    )


@njit
def closed_pairs(pairs: Ties) -> Float64:
    """For every member, the sum over ordered pairs of others of the product of the three ties among them, float64[n].

    Every triangle is found once, at the member with the fewest ties, so that accounts with many followers cost
    little (Latapy, "Main-memory triangle computations for very large (sparse (power-law)) graphs", Theoretical
    Computer Science 407, 2008).
    """
    offsets, others, strength = pairs
    size = len(offsets) - 1
    # Ties lead to the member with more of them; of two with as many, to the higher row.
    up = np.zeros(size + 1, np.int64)
    for v in range(size):
        degree = offsets[v + 1] - offsets[v]
        count = 0
        for i in range(offsets[v], offsets[v + 1]):
            w = others[i]
            other = offsets[w + 1] - offsets[w]
            count += other > degree or (other == degree and w > v)
        up[v + 1] = up[v] + count
    above = np.empty(up[size], np.int32)
    tie = np.empty(up[size])
    write = 0
    for v in range(size):
        degree = offsets[v + 1] - offsets[v]
        for i in range(offsets[v], offsets[v + 1]):
            w = others[i]
            other = offsets[w + 1] - offsets[w]
            if other > degree or (other == degree and w > v):
                above[write] = w
                tie[write] = strength[i]
                write += 1
    found = np.zeros(size)
    near = np.zeros(size)
    for u in range(size):
        for i in range(up[u], up[u + 1]):
            near[above[i]] = tie[i]
        for i in range(up[u], up[u + 1]):
            v = above[i]
            for j in range(up[v], up[v + 1]):
                w = above[j]
                if near[w] != 0.0:
                    product = 2.0 * tie[i] * tie[j] * near[w]
                    found[u] += product
                    found[v] += product
                    found[w] += product
        for i in range(up[u], up[u + 1]):
            near[above[i]] = 0.0
    return found


@njit
def closed_pairs_of(pairs: Ties, members: Int32) -> Float64:
    """The same for some members, float64[len(members)], without a look at all the others."""
    offsets, others, strength = pairs
    near = np.zeros(len(offsets) - 1)
    found = np.zeros(len(members))
    for m in range(len(members)):
        u = members[m]
        start, stop = offsets[u], offsets[u + 1]
        for i in range(start, stop):
            near[others[i]] = strength[i]
        for i in range(start, stop):
            v = others[i]
            total = 0.0
            if offsets[v + 1] - offsets[v] <= 16 * (stop - start):
                for j in range(offsets[v], offsets[v + 1]):
                    total += strength[j] * near[others[j]]
            else:
                # An account with very many ties: look one's own few up among them.
                for k in range(start, stop):
                    place = find(others, offsets[v], offsets[v + 1], others[k])
                    if place >= 0:
                        total += strength[place] * strength[k]
            found[m] += strength[i] * total
        for i in range(start, stop):
            near[others[i]] = 0.0
    return found
