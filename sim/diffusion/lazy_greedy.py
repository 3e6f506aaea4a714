"""CELF++: greedy choice on common worlds, where gains are looked up again only as far as they may matter.

In a world the gain of a member is the number of those it reaches and nobody chosen before does; the sum over worlds is
monotone and submodular, so an old gain is an upper bound. While a gain is found, that after the best candidate so far
is found with it, and saves a search if that one is chosen (Goyal, Lu and Lakshmanan, WWW 2011).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim._numba import njit
from sim.diffusion.cascade import append_unseen, is_seen, see
from sim.diffusion.live import LiveArcs, live
from sim.errors import GraphError
from sim.graph.csr import Float64, Int32

__all__ = ["lazy_greedy", "marginal_gains"]

MOST_BYTES = 4 << 30


@njit(_nrt=False)
def _reach(arcs, member, seed, run, seen, queue, end, out):  # type: ignore[no-untyped-def]
    """Mark whom a member reaches in a world beyond those marked, append them to ``queue``; its new end."""
    if is_seen(seen, member):
        return end
    head = end
    queue[end] = member
    end += 1
    see(seen, member)
    while head < end:
        count = live(arcs, np.int64(queue[head]), seed, run, out)
        head += 1
        end = append_unseen(out, count, seen, queue, end)
    return end


@njit(_nrt=False)
def _unmark(seen, queue, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        seen[queue[i] >> 6] &= ~(np.uint64(1) << np.uint64(queue[i] & 63))


@njit
def _gains(arcs, longest, member, best, seed, covered, queue):  # type: ignore[no-untyped-def]
    """Summed over worlds: whom a member adds to what is covered, and to that and what ``best`` (or -1) reaches."""
    out = np.empty(longest + 1, np.int32)
    alone, after = 0, 0
    for run in range(len(covered)):
        seen = covered[run]
        end = _reach(arcs, member, seed, run, seen, queue, 0, out)
        _unmark(seen, queue, 0, end)
        alone += end
        if best >= 0:
            begin = _reach(arcs, best, seed, run, seen, queue, 0, out)
            end = _reach(arcs, member, seed, run, seen, queue, begin, out)
            _unmark(seen, queue, 0, end)
            after += end - begin
    return alone, after


@njit
def _take(arcs, longest, member, seed, covered, queue):  # type: ignore[no-untyped-def]
    """Cover whom a member reaches in every world."""
    out = np.empty(longest + 1, np.int32)
    for run in range(len(covered)):
        _reach(arcs, member, seed, run, covered[run], queue, 0, out)


@njit
def _marginals(arcs, size, longest, rows, seed, first, last, gains):  # type: ignore[no-untyped-def]
    """Whom each row adds to those before it, in each run."""
    seen = np.zeros((size >> 6) + 1, np.uint64)
    queue = np.empty(size + 1, np.int32)
    out = np.empty(longest + 1, np.int32)
    for run in range(first, last):
        end = 0
        for j in range(len(rows)):
            before = end
            end = _reach(arcs, np.int64(rows[j]), seed, run, seen, queue, end, out)
            gains[run - first, j] = end - before
        for i in range(end):
            seen[queue[i] >> 6] = 0


def marginal_gains(
    arcs: LiveArcs, size: int, longest: int, rows: Int32, seed: Any, first: int, runs: int
) -> np.typing.NDArray[np.int32]:
    """Members that each row adds to those before it, int32[runs, rows]; a run's sum is its spread.

    One search a run serves all rows: whoever an earlier one reaches is not entered again.
    """
    from sim.diffusion.cascade import parts_of
    from sim.graph.parallel import run_in_threads

    gains = np.zeros((runs, len(rows)), np.int32)

    def part(stretch: tuple[int, int]) -> None:
        a, b = stretch
        _marginals(arcs, size, longest, rows, seed, a, b, gains[a - first : b - first])

    run_in_threads(part, parts_of(first, first + runs))
    return gains


def lazy_greedy(
    arcs: LiveArcs,
    size: int,
    longest: int,
    candidates: Sequence[int],
    k: int,
    seed: Any,
    worlds: int,
    prices: Float64 | None = None,
    budget: float = 0.0,
) -> tuple[Int32, Float64]:
    """Choose greedily by CELF++ on worlds 0 to ``worlds`` - 1.

    Parameters
    ----------
    prices, budget
        Price of each member (by row) and what all may cost together; gains are then compared per price.

    Returns
    -------
    rows : int32
        In the order of choice.
    gains : float64
        Mean gain of each on these worlds.
    """
    words = (size >> 6) + 1
    if worlds * words * 8 > MOST_BYTES:
        raise GraphError(
            f"{worlds:,} worlds of {size:,} members take {worlds * words * 8 / 2**30:.1f} GiB; "
            f"at most {MOST_BYTES // (words * 8):,} worlds fit"
        )
    covered = np.zeros((worlds, words), np.uint64)
    queue = np.empty(2 * size, np.int32)
    cost = np.ones(size) if prices is None else prices
    left = budget if prices is not None else float(k)
    heap: list[tuple[float, int]] = []
    alone: dict[int, float] = {}
    after: dict[int, float] = {}
    partner: dict[int, int] = {}
    known: dict[int, int] = {}
    best = -1
    for u in candidates:
        if cost[u] > left:
            continue
        alone[u], after[u] = _gains(arcs, longest, u, best, seed, covered, queue)
        partner[u], known[u] = best, 0
        heap.append((-alone[u] / cost[u], u))
        if best < 0 or alone[u] / cost[u] > alone[best] / cost[best]:
            best = u
    heapq.heapify(heap)
    rows: list[int] = []
    gains: list[float] = []
    last, best = -1, -1
    while heap and len(rows) < k:
        _, u = heapq.heappop(heap)
        if cost[u] > left:
            continue
        if known[u] == len(rows):
            rows.append(u)
            gains.append(alone[u] / worlds)
            _take(arcs, longest, u, seed, covered, queue)
            left -= cost[u]
            last, best = u, -1
            continue
        if partner[u] == last and known[u] == len(rows) - 1:
            alone[u] = after[u]
            partner[u] = -1
        else:
            alone[u], after[u] = _gains(arcs, longest, u, best, seed, covered, queue)
            partner[u] = best
        known[u] = len(rows)
        if best < 0 or alone[u] / cost[u] > alone[best] / cost[best]:
            best = u
        heapq.heappush(heap, (-alone[u] / cost[u], u))
    return np.array(rows, np.int32), np.array(gains)
