"""How central members are: PageRank and core numbers of all rows, from the arrays.

The results are those of `networkx.pagerank` and `networkx.core_number`; `sim.graph.backend` serves these from here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.graph import csr
from sim.graph.csr import Csr, Float64, Int32
from sim.graph.follower_graph import FollowerGraph
from sim.graph.parallel import row_blocks, run_in_threads

__all__ = ["core_numbers", "pagerank_scores"]


@njit
def _pull(
    into: Csr,
    weights: Float64,
    passed_on: Float64,
    scale: float,
    rest: Float64,
    begin: int,
    end: int,
    new: Float64,
) -> None:
    """``new[v] = scale * sum over followers u of weights * passed_on[u] + rest[v]`` for rows begin to end - 1;
    weights may be empty for ones.
    """
    offsets, followers = into
    for v in range(begin, end):
        total = 0.0
        if len(weights):
            for i in range(offsets[v], offsets[v + 1]):
                total += passed_on[followers[i]] * weights[i]
        else:
            for i in range(offsets[v], offsets[v + 1]):
                total += passed_on[followers[i]]
        new[v] = scale * total + rest[v]


def _shares(size: int, values: Float64 | None) -> Float64:
    """Values as shares of their sum; equal shares if None."""
    return np.full(size, 1.0 / size) if values is None else values / values.sum()


def pagerank_scores(
    graph: FollowerGraph,
    alpha: float = 0.85,
    *,
    weights: Float64 | None = None,
    personalization: Float64 | None = None,
    dangling: Float64 | None = None,
    start: Float64 | None = None,
    max_iterations: int = 100,
    tolerance: float = 1e-6,
) -> Float64:
    """PageRank by power iteration: a reader goes from a member to one of its followees, or starts anew.

    Parameters
    ----------
    alpha
        Chance of going on along an arc.
    weights
        Weight of each arc in the order of `followees`, float64[m]; equal if None.
    personalization
        Weight of each member as a place to start anew, float64[n]; equal if None.
    dangling
        Weight of each member as the next place after one who follows nobody; `personalization` if None.
    start
        Scores to begin with, up to their sum.
    max_iterations, tolerance
        The iteration ends when scores change by less than ``tolerance * n`` in all.

    Returns
    -------
    float64[n]
        Of sum 1.

    Raises
    ------
    GraphError
        If the scores have not settled after `max_iterations`.
    """
    size = len(graph)
    if not size:
        return np.empty(0)
    offsets = graph.followees_offsets
    out = np.diff(offsets).astype(np.float64) if weights is None else csr.row_sums(offsets, weights)
    along = np.empty(0) if weights is None else graph.turned(weights)
    share = np.divide(1.0, out, out=np.zeros(size), where=out != 0.0)
    stuck = np.flatnonzero(share == 0.0)
    anew = _shares(size, personalization)
    after = anew if dangling is None else _shares(size, dangling)
    scores = _shares(size, start)
    blocks = row_blocks(graph.followers_offsets)
    for _ in range(max_iterations):
        rest = alpha * scores[stuck].sum() * after + (1.0 - alpha) * anew
        passed_on = scores * share
        new = np.empty(size)

        def pull(
            block: tuple[int, int], passed_on: Float64 = passed_on, rest: Float64 = rest, new: Float64 = new
        ) -> None:
            _pull(graph.into, along, passed_on, float(alpha), rest, *block, new)

        run_in_threads(pull, blocks)
        change = float(np.abs(new - scores).sum())
        scores = new
        if change < tolerance * size:
            return scores
    raise GraphError(
        f"PageRank has not settled to {tolerance:g} a member after {max_iterations} iterations; "
        "allow more of them or a larger tolerance"
    )


@njit
def _peel(out: Csr, into: Csr) -> Int32:
    """Core numbers by removing members in ascending order of what degree they have left."""
    offsets, followees = out
    in_offsets, followers = into
    size = len(offsets) - 1
    core = np.empty(size, np.int32)
    most = 0
    for v in range(size):
        core[v] = offsets[v + 1] - offsets[v] + in_offsets[v + 1] - in_offsets[v]
        most = max(most, core[v])
    # Members sorted by degree; first[d] is where those of degree d or more begin.
    first = np.zeros(most + 2, np.int64)
    for v in range(size):
        first[core[v] + 1] += 1
    for d in range(most + 1):
        first[d + 1] += first[d]
    cursor = first[:-1].copy()
    sorted_rows = np.empty(size, np.int32)
    place = np.empty(size, np.int32)
    for v in range(size):
        place[v] = cursor[core[v]]
        cursor[core[v]] += 1
        sorted_rows[place[v]] = v
    for i in range(size):
        v = sorted_rows[i]
        for side in range(2):
            ends, others = (offsets, followees) if side == 0 else (in_offsets, followers)
            for j in range(ends[v], ends[v + 1]):
                u = others[j]
                if core[u] > core[v]:
                    # Swap u with the first of its degree, which thereby moves down by one.
                    head = max(first[core[u]], i + 1)
                    w = sorted_rows[head]
                    sorted_rows[place[u]], place[w] = w, place[u]
                    sorted_rows[head], place[u] = u, head
                    first[core[u]] = head + 1
                    core[u] -= 1
    return core


def core_numbers(graph: FollowerGraph) -> npt.NDArray[np.int32]:
    """The greatest k for each member such that it belongs to a group in which everybody has k arcs to and from others.

    An arc answered counts twice (Batagelj and Zaveršnik, "An O(m) algorithm for cores decomposition of networks",
    2003).

    Returns
    -------
    int32[n]

    Raises
    ------
    GraphError
        If somebody follows himself.
    """
    loops = graph.self_loops()
    if len(loops):
        raise GraphError(f"core numbers are not defined with self-loops, of which there are {len(loops):,}")
    return _peel(graph.out, graph.into)
