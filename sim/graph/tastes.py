"""Where a member looks for accounts to follow: in topics of its own, in its circle within a topic, or
anywhere.

A circle is a small part of a topic, such as people of one city or age, among whom an account of some
popularity is known to most. Circles make a graph local: without them the most followed accounts would reach
whoever can be reached.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.graph.choice import UInt32
from sim.graph.csr import Float64, Int32
from sim.philox import blocks
from sim.streams import S_LEAF, S_PICK

__all__ = ["Tastes", "UInt8Matrix", "circle_activity", "circles_of", "interests_of", "tree_of_choice"]

UInt8Matrix = npt.NDArray[np.uint8]

MAX_COMMUNITIES = 4096

LEAST_ACTIVE = 0.2
"""Followees in the least active circles as a share of the mean; an assumption, from 0.1 to 0.5. In a network
where all circles are alike the most followed accounts are as good first spreaders as the best choice; in no
real one."""

CIRCLE_ORDINAL = 2**32 - 3
"""The ordinal under which the activity of a circle is drawn."""

TOPIC_ORDINAL = 2**32 - 2
"""The ordinal under which a member's interests are drawn, where none are given."""

DEFAULT_TOPICS = 1.0 / np.arange(2, 18)
"""Shares of sixteen topics, where nothing is said of them."""


class Tastes(NamedTuple):
    """Where members look for accounts.

    Attributes
    ----------
    interests
        uint8[n, topics], or [n, 0] if everybody looks into the own topic only.
    own
        int32[n]: the topic each stands for as an account.
    circles
        int32[n]: the circle of each.
    topics
        Number of topics; trees of circles stand behind those of topics.
    mixing, circle, closure
        Shares of choices: among all topics; of the others, in one's own circle; by acquaintance.
    """

    interests: UInt8Matrix
    own: Int32
    circles: Int32
    topics: int
    mixing: float
    circle: float
    closure: float


@njit
def tree_of_choice(u: int, chance: float, tastes: Tastes, totals: Float64) -> int:
    """The tree that follower u looks into: any topic's, its circle's or one by interest; -1 if all are empty.

    Parameters
    ----------
    chance
        Uniform number.
    totals
        Weight of each tree.
    """
    topics = tastes.topics
    if chance >= tastes.mixing:
        chance -= tastes.mixing
        if chance < tastes.circle:
            near = topics + tastes.circles[u]
            if totals[near] > 0.0:
                return int(near)
            chance /= tastes.circle
        else:
            chance = (chance - tastes.circle) / (1.0 - tastes.mixing - tastes.circle)
        if tastes.interests.shape[1] == 0:
            return tastes.own[u] if totals[tastes.own[u]] > 0.0 else -1
        interest = 0
        for t in range(topics):
            if totals[t] > 0.0:
                interest += tastes.interests[u, t]
        rest = chance * interest
        for t in range(topics):
            if totals[t] > 0.0:
                rest -= tastes.interests[u, t]
                if rest < 0.0:
                    return t
    else:
        chance /= tastes.mixing
    rest = chance * totals[:topics].sum()
    for t in range(topics):
        rest -= totals[t]
        if rest < 0.0:
            return t
    return -1


def interests_of(topics: Any, size: int, ids: UInt32, seed: int) -> tuple[UInt8Matrix, Int32, int]:
    """Interests uint8[n, topics] (or [n, 0]: only the own topic), the topic each stands for, number of topics.

    From shares, float64[topics], two topics are drawn for each member, of which the first means three times as much.
    """
    given = np.asarray(DEFAULT_TOPICS if topics is None else topics)
    if given.ndim == 1 and given.dtype.kind == "f":
        count = len(given)
        if not (count and (given >= 0.0).all() and 0.0 < given.sum() < np.inf):
            raise GraphError("shares of topics are numbers of at least 0, not all of them 0")
        words = blocks(seed, S_PICK, ids, TOPIC_ORDINAL)
        share = given.astype(np.float64)
        edges = np.cumsum(share / share.sum())
        edges[-1] = 1.0
        first = np.searchsorted(edges, (words[:, 0] + 0.5) * 2.0**-32).astype(np.int32)
        second = np.searchsorted(edges, (words[:, 1] + 0.5) * 2.0**-32)
        matrix = np.zeros((size, count), np.uint8)
        matrix[np.arange(size), second] = 64
        matrix[np.arange(size), first] = 191
        return matrix, first, count
    if (
        given.ndim == 1
        and len(given) == size
        and given.dtype.kind in "iu"
        and (size == 0 or given.min() >= 0)
    ):
        count = int(given.max()) + 1 if size else 1
        if count > MAX_COMMUNITIES:
            raise GraphError(f"community labels run from 0 to 4095, not to {count - 1:,}")
        return np.empty((size, 0), np.uint8), given.astype(np.int32), count
    if given.ndim == 2 and len(given) == size and given.dtype == np.uint8 and given.shape[1]:
        return np.ascontiguousarray(given), given.argmax(axis=1).astype(np.int32), given.shape[1]
    raise GraphError(
        f"topics are interests, uint8 of shape ({size:,}, topics), labels, one integer a member, or their shares; "
        f"not {given.dtype} of shape {given.shape}"
    )


def circles_of(own: Int32, topics: int, ids: UInt32, candidates: int, size: int) -> tuple[Int32, int]:
    """Circle of each member, and their number: each topic is halved by hashes of ids until circles have about
    `size`.

    The number of halvings changes only when the number of candidates doubles.
    """
    halvings = max(candidates // (topics * size), 1).bit_length() - 1
    words = blocks(0, S_LEAF, ids)[:, 2].astype(np.int64)
    return ((own.astype(np.int64) << halvings) | words >> 32 - halvings).astype(np.int32), topics << halvings


def circle_activity(circles: Int32, count: int, means: Float64, seed: int) -> Float64:
    """Factor on each member's number of followees: circles differ in how much they follow; the mean is
    kept.
    """
    words = blocks(seed, S_PICK, np.arange(max(count, 1)), CIRCLE_ORDINAL)
    chances = (words[:, 0] + 0.5) * 2.0**-32
    # Skew and of mean 1: most circles are below it, a few far above.
    factors = LEAST_ACTIVE + 4.0 * (1.0 - LEAST_ACTIVE) * (chances * chances * chances)
    total = float((means * factors[circles]).sum())
    activity: Float64 = factors[circles] * (float(means.sum()) / total if total > 0.0 else 1.0)
    return activity
