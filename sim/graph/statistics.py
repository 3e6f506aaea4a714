"""What a follower graph looks like: tail exponents, inequality, reciprocity, clustering, components,
distances.

Exact where that is cheap; clustering and distances come from a sample of members where the graph is large,
and the sample is drawn by seed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.graph.components import strong_components, weak_components
from sim.graph.csr import Csr, Float64, Int32, Int64
from sim.graph.follower_graph import FollowerGraph
from sim.graph.parallel import run_in_threads
from sim.graph.triangles import closed_pairs, closed_pairs_of, ties

__all__ = [
    "Components",
    "Distances",
    "GraphStatistics",
    "PowerLaw",
    "assortativity",
    "clustering",
    "components",
    "correlation_over_arcs",
    "describe",
    "distances",
    "gini",
    "mutual_counts",
    "power_law_fit",
    "reciprocity",
]

Mask = npt.NDArray[np.bool_]

CANDIDATES = 60
"""Starting points of the tail that `power_law_fit` tries, evenly on a logarithmic scale."""


class PowerLaw(NamedTuple):
    """A discrete power law fitted to a tail.

    Attributes
    ----------
    exponent
        Of the probability function, x ** -exponent.
    start
        Smallest value of the tail.
    distance
        Kolmogorov-Smirnov distance between the tail and the fit.
    tail
        Number of values in the tail.
    """

    exponent: float
    start: int
    distance: float
    tail: int


def power_law_fit(values: Any, least_tail: int = 50) -> PowerLaw:
    """Fit a discrete power law to the tail of positive integers, and choose where the tail begins.

    Maximum likelihood for every candidate start, then the start with the least Kolmogorov-Smirnov distance
    (Clauset, Shalizi and Newman, "Power-law distributions in empirical data", SIAM Review 51, 2009, equations
    3.5 and 3.9).

    Parameters
    ----------
    values
        Integers; those below 1 are left out.
    least_tail
        Smallest number of values that a tail may have.

    Raises
    ------
    GraphError
        If there are fewer values, or all are equal.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import zeta

    positive = np.asarray(values)
    positive = positive[positive >= 1]
    support, counts = np.unique(positive, return_counts=True)
    at_least = np.cumsum(counts[::-1])[::-1]
    possible = np.flatnonzero(at_least >= least_tail)
    possible = possible[possible < len(support) - 1]
    if not len(possible):
        raise GraphError(
            f"a tail needs {least_tail} values above 0 that are not all equal; there are {len(positive)}"
        )
    steps = np.geomspace(1, support[possible[-1]], CANDIDATES)
    best: PowerLaw | None = None
    for k in np.unique(np.searchsorted(support, steps).clip(0, possible[-1])):
        start, tail = int(support[k]), int(at_least[k])
        logs = float((counts[k:] * np.log(support[k:])).sum())

        def cost(alpha: float, start: int = start, tail: int = tail, logs: float = logs) -> float:
            return float(tail * np.log(zeta(alpha, start)) + alpha * logs)

        alpha = float(minimize_scalar(cost, bounds=(1.01, 8.0), method="bounded").x)
        above = zeta(alpha, support[k:] + 1) / zeta(alpha, start)
        distance = float(np.abs((at_least[k:] - counts[k:]) / tail - above).max())
        if best is None or distance < best.distance:
            best = PowerLaw(alpha, start, distance, tail)
    assert best is not None
    return best


def gini(values: Any) -> float:
    """Gini coefficient of non-negative numbers: 0 if all have the same, near 1 if one has everything."""
    ascending = np.sort(np.asarray(values, np.float64))
    count, total = len(ascending), float(ascending.sum())
    if not count or total == 0.0:
        return 0.0
    return float(2.0 * (np.arange(1, count + 1) * ascending).sum() / (count * total) - (count + 1) / count)


@njit
def mutual_counts(out: Csr, into: Csr, rows: Int32, loops: bool = False) -> Int64:
    """How many members each of the given rows both follows and is followed by, int64[len(rows)].

    `loops` says whether who follows itself is one of them.
    """
    offsets, followees = out
    in_offsets, followers = into
    counts = np.zeros(len(rows), np.int64)
    for r in range(len(rows)):
        u = rows[r]
        i, j = offsets[u], in_offsets[u]
        while i < offsets[u + 1] and j < in_offsets[u + 1]:
            if followees[i] < followers[j]:
                i += 1
            elif followees[i] > followers[j]:
                j += 1
            else:
                counts[r] += loops or followees[i] != u
                i += 1
                j += 1
    return counts


def reciprocity(graph: FollowerGraph) -> float:
    """Share of arcs that are answered; nan without arcs."""
    if not len(graph.followees):
        return float("nan")
    rows = np.arange(len(graph), dtype=np.int32)
    return int(mutual_counts(graph.out, graph.into, rows, False).sum()) / len(graph.followees)


def _sample(graph: FollowerGraph, size: int | None, seed: int) -> Int32:
    """Rows drawn without replacement, or all."""
    if size is None or size >= len(graph):
        return np.arange(len(graph), dtype=np.int32)
    return np.sort(np.random.default_rng(seed).choice(len(graph), size, replace=False)).astype(np.int32)


def clustering(graph: FollowerGraph, sample: int | None = 5000, seed: int = 0) -> float:
    """Mean local clustering, directions forgotten (Watts and Strogatz 1998); fewer than two neighbours count
    as 0.

    Parameters
    ----------
    sample
        Members to average over; all if None.
    seed
        Draws the sample.
    """
    members = _sample(graph, sample, seed)
    if not len(members):
        return 0.0
    pairs = ties(graph, simple=True)
    degrees = np.diff(pairs.offsets)[members]
    possible = degrees * (degrees - 1)
    closed = closed_pairs(pairs) if len(members) == len(graph) else closed_pairs_of(pairs, members)
    return float(np.divide(closed, possible, out=np.zeros(len(members)), where=possible > 0).mean())


@njit
def _correlation(out: Csr, first: Float64, second: Float64, chosen: Mask) -> float:
    """Pearson's, in two passes; nan if one side does not vary."""
    offsets, followees = out
    arcs, mean_x, mean_y = 0, 0.0, 0.0
    for u in range(len(offsets) - 1):
        if chosen[u]:
            for i in range(offsets[u], offsets[u + 1]):
                if chosen[followees[i]]:
                    arcs += 1
                    mean_x += first[u]
                    mean_y += second[followees[i]]
    mean_x /= arcs
    mean_y /= arcs
    xx, yy, xy = 0.0, 0.0, 0.0
    for u in range(len(offsets) - 1):
        if chosen[u]:
            x = first[u] - mean_x
            for i in range(offsets[u], offsets[u + 1]):
                if chosen[followees[i]]:
                    y = second[followees[i]] - mean_y
                    xx += x * x
                    yy += y * y
                    xy += x * y
    return xy / np.sqrt(xx * yy)  # type: ignore[no-any-return]


def correlation_over_arcs(
    graph: FollowerGraph, first: Float64, second: Float64, members: Int32 | None = None
) -> float:
    """Correlation over arcs of a number of the follower with a number of the followee.

    Parameters
    ----------
    first, second
        float64[n]: the number of each as a follower, and as a followee.
    members
        Rows among whom arcs count; all if None.

    Returns
    -------
    float
        nan without arcs, or where one of the two does not vary.
    """
    chosen = np.full(len(graph), members is None)
    if members is not None:
        chosen[members] = True
    return float(_correlation(graph.out, first, second, chosen))


def assortativity(graph: FollowerGraph) -> float:
    """Correlation over arcs of the follower's number of followees with the followee's number of followers."""
    return correlation_over_arcs(
        graph, graph.followees_count().astype(np.float64), graph.followers_count().astype(np.float64)
    )


class Components(NamedTuple):
    """How a graph hangs together.

    Attributes
    ----------
    number
        Number of components.
    largest
        Members of the largest.
    """

    number: int
    largest: int


def components(graph: FollowerGraph, strong: bool = False) -> Components:
    """Weakly or strongly connected components."""
    component, number = (strong_components if strong else weak_components)(graph)
    return Components(number, int(np.bincount(component).max(initial=0)))


@njit
def _spread_together(out: Csr, sources: Int32, counts: Int64) -> None:
    """Add how many members lie at each distance along arcs from up to 64 sources, a bit for each source.

    One pass over the arcs of a ring serves all searches (Then et al., "The more the merrier: efficient multi-source
    graph traversal", VLDB 2014).
    """
    offsets, targets = out
    size = len(offsets) - 1
    seen = np.zeros(size, np.uint64)
    ring = np.zeros(size, np.uint64)
    nearest = np.zeros(size, np.uint64)
    for s in range(len(sources)):
        ring[sources[s]] |= np.uint64(1) << np.uint64(s)
        seen[sources[s]] |= np.uint64(1) << np.uint64(s)
    distance, alive = 0, True
    while alive:
        nearest[:] = 0
        for u in range(size):
            if ring[u]:
                for i in range(offsets[u], offsets[u + 1]):
                    nearest[targets[i]] |= ring[u]
        distance, alive, reached = distance + 1, False, 0
        for v in range(size):
            new = nearest[v] & ~seen[v]
            ring[v] = new
            if new:
                alive = True
                seen[v] |= new
                while new:
                    new &= new - np.uint64(1)
                    reached += 1
        counts[min(distance, len(counts) - 1)] += reached


class Distances(NamedTuple):
    """Lengths of shortest paths from a sample of members along the arcs, to whom they reach.

    Attributes
    ----------
    mean
        Mean length.
    effective_diameter
        Length within which 90 % of the pairs lie, interpolated between whole lengths.
    reached
        Mean share of the other members that are reached.
    """

    mean: float
    effective_diameter: float
    reached: float


def distances(graph: FollowerGraph, sample: int | None = 100, seed: int = 0) -> Distances:
    """Breadth-first searches from a sample of members, or from all if None; see `Distances`."""
    sources = _sample(graph, sample, seed)
    batches = [sources[first : first + 64] for first in range(0, len(sources), 64)]
    counts = np.zeros((len(batches), 1024), np.int64)

    def search(batch: int) -> None:
        _spread_together(graph.out, batches[batch], counts[batch])

    run_in_threads(search, range(len(batches)))
    pairs = counts.sum(axis=0)
    total = int(pairs.sum())
    if not total:
        return Distances(float("nan"), float("nan"), 0.0)
    share = np.cumsum(pairs) / total
    above = int(np.searchsorted(share, 0.9))
    diameter = above - 1 + (0.9 - share[above - 1]) / (share[above] - share[above - 1])
    mean = float((pairs * np.arange(len(pairs))).sum() / total)
    return Distances(mean, float(diameter), total / (len(sources) * max(len(graph) - 1, 1)))


@dataclass(frozen=True)
class GraphStatistics:
    """A follower graph in numbers, as `describe` makes them.

    Attributes
    ----------
    members, arcs
        Counts.
    mean_followees
        Arcs a member.
    follower_exponent, followee_exponent
        Of fitted tails (`power_law_fit`); nan where there is no tail.
    follower_gini
        Inequality of follower numbers.
    most_followers, without_followers
        Of the greatest account; share of members that nobody follows.
    reciprocity, clustering, assortativity
        As the functions of these names.
    largest_weak, largest_strong
        Share of members in the largest component.
    mean_distance, effective_diameter, reached
        As in `Distances`.
    """

    members: int
    arcs: int
    mean_followees: float
    follower_exponent: float
    followee_exponent: float
    follower_gini: float
    most_followers: int
    without_followers: float
    reciprocity: float
    clustering: float
    assortativity: float
    largest_weak: float
    largest_strong: float
    mean_distance: float
    effective_diameter: float
    reached: float

    def __str__(self) -> str:
        rows = []
        for field in fields(self):
            value = getattr(self, field.name)
            text = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
            rows.append(f"{field.name.replace('_', ' '):<20} {text:>12}")
        return "\n".join(rows)


def _exponent(counts: Int64) -> float:
    try:
        return power_law_fit(counts).exponent
    except GraphError:
        return float("nan")


def describe(graph: FollowerGraph, sources: int = 100, sample: int = 5000, seed: int = 0) -> GraphStatistics:
    """All statistics of a graph; seconds for a million members.

    Parameters
    ----------
    sources
        Searches for distances.
    sample
        Members for clustering.
    seed
        Draws both.
    """
    size, arcs = len(graph), len(graph.followees)
    followers, followees = graph.followers_count(), graph.followees_count()
    length = distances(graph, sources, seed)
    return GraphStatistics(
        members=size,
        arcs=arcs,
        mean_followees=arcs / size if size else float("nan"),
        follower_exponent=_exponent(followers),
        followee_exponent=_exponent(followees),
        follower_gini=gini(followers),
        most_followers=int(followers.max(initial=0)),
        without_followers=float((followers == 0).mean()) if size else float("nan"),
        reciprocity=reciprocity(graph),
        clustering=clustering(graph, sample, seed),
        assortativity=assortativity(graph),
        largest_weak=components(graph).largest / max(size, 1),
        largest_strong=components(graph, strong=True).largest / max(size, 1),
        mean_distance=length.mean,
        effective_diameter=length.effective_diameter,
        reached=length.reached,
    )
