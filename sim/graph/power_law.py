"""The default synthetic follower graph: followers by a power law, topics, follow-backs and closed triangles.

Every follower chooses followees one after the other. A choice goes to a topic of the follower's own
(sometimes to any), there to an account in proportion to its popularity; or to an account that somebody
followed already follows. Then some of those who were followed follow back, small accounts more readily than
large ones. All draws are keyed by the ids of the members, and rows are written straight into compressed form,
the same on any number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.graph.arrays import merged
from sim.graph.choice import Trees, UInt32, build_trees, choose_all
from sim.graph.csr import Csr, Float64, Int32, Int64, close_gaps, find, transpose
from sim.graph.follower_graph import FollowerGraph
from sim.graph.parallel import CHUNK, run_in_threads
from sim.graph.popularity import draw_followee_counts, draw_popularity
from sim.graph.tastes import Tastes, circle_activity, circles_of, interests_of, tree_of_choice
from sim.philox import block, seed_word
from sim.streams import S_ARC, S_PICK

__all__ = ["power_law_communities"]

Mask = npt.NDArray[np.bool_]

MAX_FOLLOWEES = 2000
"""Nobody chooses more accounts than this; platforms set such a limit."""

ANSWERING = 0.5
"""Share of its followers that a small account follows back; an assumption, from 0.3 to 1."""


@njit(inline="always")
def _chance(word: int) -> float:
    return (word + 0.5) * 2.0**-32


@njit
def _insert(targets: Int32, start: int, stop: int, value: int) -> int:
    """Put a value into the ascending ``targets[start:stop]`` unless it is there; the new end."""
    place = stop
    while place > start and targets[place - 1] >= value:
        place -= 1
    if place < stop and targets[place] == value:
        return stop
    for i in range(stop, place, -1):
        targets[i] = targets[i - 1]
    targets[place] = value
    return stop + 1


@njit
def _choose_followees(
    trees: Trees,
    tastes: Tastes,
    ids: UInt32,
    counts: Int32,
    seed: int,
    room: Int64,
    targets: Int32,
    found: Int32,
    begin: int,
    end: int,
) -> None:
    """The followees of rows begin to end - 1, ascending from ``targets[room[u]]`` on; how many goes to
    found[u].

    Block 0 of choice j: w0 whether it closes a triangle, w1 topic, w2 through which earlier choice of one's
    own, w3 which choice of that account. A choice that repeats an earlier one is replaced by the next
    ordinal's.
    """
    nodes, roots, totals = trees
    closure = tastes.closure
    most = 0
    for u in range(begin, end):
        most = max(most, 2 * counts[u] + 8)
    picks = np.empty(most, np.int32)
    lanes = np.empty((most, 5), np.int64)
    words = np.empty((most, 4), np.uint32)
    for u in range(begin, end):
        wanted, stop, last = room[u] + counts[u], room[u], 0
        while stop < wanted and last < 2 * counts[u] + 8:
            first, last = last, min(last + wanted - stop, 2 * counts[u] + 8)
            picks[first:last] = -1
            for closing in range(2):
                lane = 0
                for j in range(first, last):
                    w0, w1, w2, w3 = block(seed, S_PICK, ids[u], j, 0, 0)
                    if (j > 0 and _chance(w0) < closure) != (closing == 1):
                        continue
                    who, which = int(u), int(j)
                    if closing == 1:
                        through = picks[int(_chance(w2) * j)]
                        if through >= 0 and through != u and counts[through] > 0:
                            # From a random place on, the first that this account has chosen by itself.
                            who, which = int(through), int(_chance(w3) * counts[through])
                            for _ in range(counts[who]):
                                w0, w1, w2, w3 = block(seed, S_PICK, ids[who], which, 0, 0)
                                if which == 0 or _chance(w0) >= closure:
                                    break
                                which = which + 1 if which + 1 < counts[who] else 0
                    tree = tree_of_choice(who, _chance(w1), tastes, totals)
                    if tree >= 0:
                        lanes[lane, 0] = roots[tree]
                        lanes[lane, 1] = ids[who]
                        lanes[lane, 2] = which
                        lanes[lane, 3] = j
                        lane += 1
                choose_all(nodes, lanes, words, lane, seed, S_PICK, picks)
            for j in range(first, last):
                if picks[j] >= 0 and picks[j] != u and stop < wanted:
                    stop = _insert(targets, room[u], stop, picks[j])
        found[u] = stop - room[u]


def _choices(
    trees: Trees,
    tastes: Tastes,
    ids: UInt32,
    counts: Int32,
    seed: int,
) -> Csr:
    """Everybody's followees, on as many threads as kernels use."""
    size = len(counts)
    room = np.zeros(size + 1, np.int64)
    np.cumsum(counts, out=room[1:])
    targets, found = np.empty(room[size], np.int32), np.zeros(size, np.int32)

    def part(begin: int) -> None:
        _choose_followees(
            trees, tastes, ids, counts, seed, room, targets, found, begin, min(begin + CHUNK, size)
        )  # fmt: skip

    run_in_threads(part, range(0, size, CHUNK))
    offsets = close_gaps(room, targets, found)
    return offsets, targets[: offsets[size]].copy() if offsets[size] < room[size] else targets


@njit
def _unanswered(out: Csr, into: Csr) -> tuple[Int32, Mask]:
    """Followers whom a member does not follow: how many, int32[n], and which of its arcs they are,
    bool[m].
    """
    offsets, targets = out
    in_offsets, sources = into
    size = len(offsets) - 1
    numbers = np.zeros(size, np.int32)
    waiting = np.zeros(len(sources), np.bool_)
    for v in range(size):
        for i in range(in_offsets[v], in_offsets[v + 1]):
            if find(targets, offsets[v], offsets[v + 1], sources[i]) < 0:
                numbers[v] += 1
                waiting[i] = True
    return numbers, waiting


@njit
def _answer(into: Csr, waiting: Mask, chances: Float64, ids: UInt32, seed: int) -> None:
    """Leave only those waiting who are followed back."""
    offsets, sources = into
    for v in range(len(chances)):
        for i in range(offsets[v], offsets[v + 1]):
            if waiting[i]:
                _, word, _, _ = block(seed, S_ARC, ids[sources[i]], ids[v], 0, 0)
                waiting[i] = _chance(word) < chances[v]


def _follow_back(out: Csr, reciprocity: float, ids: UInt32, seed: int) -> Csr:
    """Followees and those whom members follow back."""
    size = len(out[0]) - 1
    into = transpose(*out, size)
    unanswered, waiting = _unanswered(out, into)
    _answer(into, waiting, _back_chances(unanswered, len(out[1]), reciprocity), ids, seed)
    answered = np.flatnonzero(waiting)
    del waiting
    extra = np.searchsorted(answered, into[0]).astype(np.int32), into[1][answered]
    del into
    return merged((*out, np.zeros((len(out[1]) + 7) // 8, np.uint8), *extra))


def _back_chances(unanswered: Int32, arcs: int, reciprocity: float) -> Float64:
    """Each member's chance of following a follower back, so that the graph's reciprocity is as asked.

    Who has few followers answers about half of them, and whoever has many about as many as everybody else at
    most: the chance is share * min(1, b / unanswered), b the same for all.
    """
    # With B answers among m arcs of which M are mutual, reciprocity is (M + 2 B) / (m + B).
    mutual = arcs - int(unanswered.sum())
    wanted = (reciprocity * arcs - mutual) / (2.0 - reciprocity)
    if wanted <= 0.0:
        return np.zeros(len(unanswered), np.float64)
    share = min(1.0, max(ANSWERING, 2.0 * wanted / max(arcs - mutual, 1)))
    ascending = np.sort(unanswered).astype(np.float64)
    below = np.concatenate([[0.0], np.cumsum(ascending)])
    above = len(ascending) - np.arange(len(ascending))
    # The sum of min(b, unanswered) where b equals the k-th number; it is linear in between.
    k = int(np.searchsorted(below[:-1] + above * ascending, wanted / share))
    most = ascending[-1] if k == len(ascending) else (wanted / share - below[k]) / above[k]
    chances: Float64 = share * np.minimum(1.0, most / np.maximum(unanswered, 1))
    return chances


def _capped(weights: Float64, share: float) -> Float64:
    """Weights of which none exceeds a share of their sum (nearly: the sum is taken anew three times)."""
    for _ in range(3):
        weights = np.minimum(weights, share * weights.sum())
    return weights


def power_law_communities(
    n: int,
    mean_followees: float | npt.NDArray[np.float64] = 15.0,
    exponent: float = 2.3,
    reciprocity: float = 0.08,
    *,
    closure: float = 0.25,
    mixing: float = 0.15,
    circle: float = 0.6,
    circle_size: int = 200,
    most_followed: float = 0.15,
    topics: Any = None,
    communities: npt.NDArray[Any] | None = None,
    popularity: npt.NDArray[np.float64] | None = None,
    seed: int = 0,
    ids: npt.NDArray[np.uint32] | None = None,
) -> FollowerGraph:
    """A directed graph with power-law followers, topic communities, follow-backs and closed triangles.

    Parameters
    ----------
    n
        Number of members.
    mean_followees
        Mean number of followees, or the expected number of each member, float64[n]; 0 for who follows nobody.
    exponent
        Exponent of the density of follower numbers in the tail; used where `popularity` is drawn.
    reciprocity
        Share of arcs that are answered, from 0 to 1. What the choices alone yield is the least there can be.
    closure
        Share of choices that go to a followee of a followee.
    mixing
        Share of choices made among all topics instead of one's own.
    circle
        Share of the other choices made in one's own circle; circles also differ in how much they follow.
    circle_size
        Candidates that a circle has on average, to a factor of two.
    most_followed
        Share of all members that the most popular account can expect as followers: popularity is cut off
        there.
    topics
        Interests, uint8[n, T]; or community labels, integers [n]; or shares, float64[T], by which interests are drawn;
        drawn among 16 topics if None.
    communities
        Topic that each member stands for as an account, integers [n]; that of its greatest interest if None.
    popularity
        Attractiveness of each member, float64[n], at least 0; drawn by `draw_popularity` if None. Who has 0
        is followed only as an answer.
    seed
        Random seed, uint64.
    ids
        Permanent ids, distinct uint32[n], which all draws are keyed by; 0 to n - 1 if None.

    Returns
    -------
    FollowerGraph
        Members are rows 0 to n - 1.

    Raises
    ------
    GraphError
        If a parameter is out of its bounds or an array has the wrong shape.
    """
    shares = {"reciprocity": reciprocity, "closure": closure, "mixing": mixing, "circle": circle}
    for name, share in shares.items():
        if not 0.0 <= share <= 1.0:
            raise GraphError(f"{name} is a share from 0 to 1, not {share}")
    if n < 0 or circle_size < 1 or not most_followed > 0.0:
        raise GraphError(
            "a graph needs n of at least 0, circle_size of at least 1, most_followed above 0; "
            f"not {n}, {circle_size}, {most_followed}"
        )
    keys = np.arange(n, dtype=np.uint32) if ids is None else np.ascontiguousarray(ids, np.uint32)
    if popularity is None:
        popularity = draw_popularity(keys, exponent, seed=seed)
    weights = np.ascontiguousarray(popularity, np.float64)
    if keys.shape != (n,) or weights.shape != (n,):
        raise GraphError(f"ids and popularity need one value for each of {n:,} members")
    if n and not (weights.min() >= 0.0 and np.isfinite(weights).all()):
        raise GraphError("popularity is a finite number, at least 0, for every member")
    interests, own, topic_count = interests_of(topics, n, keys, seed)
    if communities is not None:
        own = np.asarray(communities).astype(np.int32)
        if own.shape != (n,) or (n and not 0 <= own.min() <= own.max() < topic_count):
            raise GraphError(
                f"communities are one number from 0 to {topic_count - 1} for each of {n:,} members"
            )
    candidates = int(np.count_nonzero(weights))
    circles, circle_count = circles_of(own, topic_count, keys, candidates, circle_size)
    means = np.asarray(mean_followees, np.float64)
    if means.shape not in ((), (n,)):
        raise GraphError(f"mean_followees is one number or one for each of {n:,} members, not {means.shape}")
    means = np.broadcast_to(means, (n,))
    if circle > 0.0:
        means = means * circle_activity(circles, circle_count, means, seed)
    # Follow-backs come on top of the choices: with B of them, m = A + B and reciprocity is about 2 B / m.
    counts = draw_followee_counts(keys, means * (1.0 - reciprocity / 2.0), seed=seed)
    choices = np.minimum(counts, min(MAX_FOLLOWEES, max(n - 1, 0))).astype(np.int32)
    weights = _capped(weights, most_followed * n / max(int(choices.sum()), 1))
    trees = build_trees((own, circles), (topic_count, circle_count), weights, keys)
    tastes = Tastes(interests, own, circles, topic_count, float(mixing), float(circle), float(closure))
    out = _choices(trees, tastes, keys, choices, seed_word(seed))
    del trees
    if reciprocity > 0.0 and len(out[1]):
        out = _follow_back(out, reciprocity, keys, seed_word(seed))
    return FollowerGraph.from_csr(out)
