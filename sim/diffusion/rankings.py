"""Rules of thumb for first spreaders: a score for each member, taken from the top; quick, and without a guarantee."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.csr import Float64, Int32
from sim.randomness import S_CHOOSE, blocks

__all__ = ["RANKINGS", "by_bands", "degree_discount", "scores", "take"]

Mask: TypeAlias = npt.NDArray[np.bool_]


def _followers(graph: FollowerGraph, seed: int) -> Float64:
    return graph.followers_count().astype(np.float64)


def _random(graph: FollowerGraph, seed: int) -> Float64:
    words = blocks(seed, S_CHOOSE, np.arange(len(graph), dtype=np.uint32)).astype(np.float64)
    return (words[:, 0] * 2.0**32 + words[:, 1]) * 2.0**-64


def _pagerank(graph: FollowerGraph, seed: int) -> Float64:
    """PageRank along follows, damping 0.85 (Brin and Page 1998), to 1e-10 in the sum of changes."""
    size = len(graph)
    counts = graph.followees_count()
    towards = graph.to_scipy(dtype=np.float64).T.tocsr()
    share = 1.0 / np.maximum(counts, 1)
    rank = np.full(size, 1.0 / size)
    for _ in range(200):
        lost = rank[counts == 0].sum()
        new = 0.85 * (towards @ (rank * share) + lost / size) + 0.15 / size
        change = np.abs(new - rank).sum()
        rank = new
        if change < 1e-10:
            break
    return cast(Float64, rank)


def _core(graph: FollowerGraph, seed: int) -> Float64:
    """Core number, follows in either direction counted (Kitsak and others, Nature Physics 2010); ties by followers."""
    import networkx as nx

    core = nx.core_number(graph)
    numbers = np.array([core[label] for label in graph], np.float64)
    followers = graph.followers_count()
    return cast(Float64, numbers + followers / (followers.max() + 1.0))


RANKINGS: dict[str, Any] = {"degree": _followers, "pagerank": _pagerank, "k-core": _core, "random": _random}
"""Rule -> function (graph, seed) that scores every member."""


def scores(rule: str, graph: FollowerGraph, seed: int) -> Float64:
    """Score of every member by a rule of `RANKINGS`."""
    found: Float64 = RANKINGS[rule](graph, seed)
    return found


def take(score: Float64, allowed: Mask, k: int, prices: Float64 | None, budget: float) -> Int32:
    """Members from the top of a ranking, ties by row: k of them; or, with prices, by score per price what fits."""
    rows = np.flatnonzero(allowed)
    value = score[rows] if prices is None else score[rows] / prices[rows]
    rows = rows[np.argsort(-value, kind="stable")]
    if prices is None:
        return rows[:k].astype(np.int32)
    chosen: list[int] = []
    left = budget
    for row in rows.tolist():
        if prices[row] <= left and len(chosen) < k:
            chosen.append(row)
            left -= float(prices[row])
    return np.array(chosen, np.int32)


def degree_discount(
    graph: FollowerGraph,
    allowed: Mask,
    k: int,
    probability: float | None,
    prices: Float64 | None,
    budget: float,
) -> Int32:
    """Degree discount (Chen, Wang and Yang, KDD 2009) on directed arcs.

    With t chosen accounts among its followees and s among its followers, an account with d followers scores
    (1 - p)**t (d - s): new followers, if it is not reached anyway. p is the probability of an arc, or where that is None
    1 / number of its followees.
    """
    size = len(graph)
    own = 1.0 / np.maximum(graph.followees_count(), 1) if probability is None else np.full(size, probability)
    left_followers = graph.followers_count().astype(np.float64)
    unreached = np.ones(size)
    open_ = allowed.copy()
    cost = np.ones(size) if prices is None else prices
    left = budget if prices is not None else float(k)
    chosen: list[int] = []
    while len(chosen) < k:
        fits = open_ & (cost <= left)
        if not fits.any():
            break
        row = int(np.argmax(np.where(fits, unreached * left_followers / cost, -1.0)))
        chosen.append(row)
        open_[row] = False
        left -= float(cost[row])
        followers = graph.followers[graph.followers_offsets[row] : graph.followers_offsets[row + 1]]
        unreached[followers] *= 1.0 - own[followers]
        left_followers[graph.followees[graph.followees_offsets[row] : graph.followees_offsets[row + 1]]] -= (
            1.0
        )
    return np.array(chosen, np.int32)


def by_bands(graph: FollowerGraph, allowed: Mask, bands: Sequence[tuple[int, int]], seed: int) -> Int32:
    """So many members from each band of followers, at random within the band.

    Parameters
    ----------
    bands
        Pairs (least followers, how many), such as ``[(500_000, 2), (50_000, 8), (1_000, 40)]``.

    Raises
    ------
    GraphError
        If a band has fewer members than wanted.
    """
    followers = graph.followers_count()
    priority = _random(graph, seed)
    chosen: list[Int32] = []
    above = np.iinfo(np.int64).max
    for least, wanted in sorted(bands, reverse=True):
        rows = np.flatnonzero(allowed & (followers >= least) & (followers < above))
        if len(rows) < wanted:
            raise GraphError(
                f"{wanted} members with {least:,} followers or more were asked for; there are {len(rows)}"
            )
        chosen.append(rows[np.argsort(-priority[rows], kind="stable")][:wanted].astype(np.int32))
        above = least
    return np.concatenate(chosen) if chosen else np.empty(0, np.int32)
