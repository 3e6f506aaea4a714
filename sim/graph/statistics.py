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
from sim.graph.csr import Csr, Int32, Int64, find
from sim.graph.follower_graph import FollowerGraph
from sim.graph.parallel import run_in_threads

__all__ = [
    "Components",
    "Distances",
    "GraphStatistics",
    "PowerLaw",
    "assortativity",
    "clustering",
    "components",
    "describe",
    "distances",
    "gini",
    "power_law_fit",
    "reciprocity",
]

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
def _mutual(out: Csr) -> int:
    """Number of arcs, self-loops aside, whose opposite exists too."""
    offsets, targets = out
    count = 0
    for u in range(len(offsets) - 1):
        for i in range(offsets[u], offsets[u + 1]):
            v = targets[i]
            if v != u and find(targets, offsets[v], offsets[v + 1], u) >= 0:
                count += 1
    return count


def reciprocity(graph: FollowerGraph) -> float:
    """Share of arcs that are answered; nan without arcs."""
    return _mutual(graph.out) / len(graph.followees) if len(graph.followees) else float("nan")


@njit
def _local_clustering(out: Csr, into: Csr, members: Int32) -> npt.NDArray[np.float64]:
    """Share of the pairs of a member's neighbours, either way round, that are joined in either direction."""
    offsets, targets = out
    in_offsets, sources = into
    near = np.full(len(offsets) - 1, -1, np.int32)
    result = np.zeros(len(members))
    for m in range(len(members)):
        v = members[m]
        neighbours = 0
        for side in range(2):
            ends, others = (offsets, targets) if side == 0 else (in_offsets, sources)
            for i in range(ends[v], ends[v + 1]):
                if others[i] != v and near[others[i]] != m:
                    near[others[i]] = m
                    neighbours += 1
        joined = 0
        for side in range(2):
            ends, others = (offsets, targets) if side == 0 else (in_offsets, sources)
            for i in range(ends[v], ends[v + 1]):
                w = others[i]
                # Who is a neighbour both ways is visited once.
                if w == v or (side == 1 and find(targets, offsets[v], offsets[v + 1], w) >= 0):
                    continue
                for j in range(offsets[w], offsets[w + 1]):
                    x = targets[j]
                    if x != w and x != v and near[x] == m:
                        joined += 1 if find(targets, offsets[x], offsets[x + 1], w) >= 0 else 2
        if neighbours > 1:
            result[m] = joined / (neighbours * (neighbours - 1))
    return result


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
    return float(_local_clustering(graph.out, graph.into, members).mean()) if len(members) else 0.0


def assortativity(graph: FollowerGraph) -> float:
    """Correlation over arcs of the follower's number of followees with the followee's number of followers."""
    if not len(graph.followees):
        return float("nan")
    x, y = graph.followees_count().astype(np.float64), graph.followers_count().astype(np.float64)
    arcs = len(graph.followees)
    along = np.concatenate([[0.0], np.cumsum(y[graph.followees])])
    products = x * (along[graph.followees_offsets[1:]] - along[graph.followees_offsets[:-1]])
    mean_x, mean_y = (x * x).sum() / arcs, (y * y).sum() / arcs
    spread = ((x**3).sum() / arcs - mean_x**2) * ((y**3).sum() / arcs - mean_y**2)
    return float((products.sum() / arcs - mean_x * mean_y) / np.sqrt(spread)) if spread > 0 else float("nan")


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
    from scipy.sparse import csgraph

    if not len(graph):
        return Components(0, 0)
    number, labels = csgraph.connected_components(
        graph.to_scipy(), directed=True, connection="strong" if strong else "weak"
    )
    return Components(int(number), int(np.bincount(labels).max()))


@njit
def _distances(out: Csr, source: int, counts: Int64) -> None:
    """Add how many members lie at each distance along arcs from a source."""
    offsets, targets = out
    size = len(offsets) - 1
    seen = np.zeros(size, np.bool_)
    queue = np.empty(size, np.int32)
    queue[0] = source
    seen[source] = True
    head, tail, distance = 0, 1, 0
    while head < tail:
        ring = tail
        for q in range(head, ring):
            u = queue[q]
            for i in range(offsets[u], offsets[u + 1]):
                v = targets[i]
                if not seen[v]:
                    seen[v] = True
                    queue[tail] = v
                    tail += 1
        head = ring
        distance += 1
        counts[min(distance, len(counts) - 1)] += tail - ring


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
    """Sampled breadth-first searches; see `Distances`."""
    sources = _sample(graph, sample, seed)
    counts = np.zeros((len(sources), 1024), np.int64)

    def search(i: int) -> None:
        _distances(graph.out, sources[i], counts[i])

    run_in_threads(search, range(len(sources)))
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
