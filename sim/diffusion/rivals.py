"""Two notes at once: a rival's and ours spread over the same live arcs, and everybody keeps the one that arrives first.

Of two in one step the rival's counts. Ours wins exactly those to whom one of our seed members is nearer than every one
of the rival's, which keeps the gain submodular (Bharathi, Kempe and Salek, WINE 2007, study such first-arrival games).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim._numba import njit
from sim.diffusion.cascade import is_seen, parts_of, see
from sim.diffusion.live import LiveArcs, live
from sim.graph.csr import Int32, Int64
from sim.graph.parallel import run_in_threads

__all__ = ["contested_sizes"]


@njit
def _contested_runs(arcs, size, longest, ours, rivals, seed, first, last, sizes):  # type: ignore[no-untyped-def]
    seen = np.zeros((size >> 6) + 1, np.uint64)
    queue = np.empty(size, np.int32)
    mine = np.empty(size, np.bool_)
    out = np.empty(longest + 1, np.int32)
    for run in range(first, last):
        end, won = 0, 0
        # The rival's come first in the queue, and so in every step after it.
        for v in rivals:
            see(seen, v)
            queue[end] = v
            mine[end] = False
            end += 1
        for v in ours:
            if not is_seen(seen, v):
                see(seen, v)
                queue[end] = v
                mine[end] = True
                end += 1
                won += 1
        head = 0
        while head < end:
            count = live(arcs, np.int64(queue[head]), seed, run, out)
            for i in range(count):
                u = out[i]
                if not is_seen(seen, u):
                    see(seen, u)
                    queue[end] = u
                    mine[end] = mine[head]
                    won += mine[head]
                    end += 1
            head += 1
        sizes[run - first] = won
        for i in range(end):
            seen[queue[i] >> 6] = 0


def contested_sizes(
    arcs: LiveArcs, size: int, longest: int, ours: Int32, rivals: Int32, seed: Any, runs: int
) -> Int64:
    """Members that our note wins in each run, int64[runs]."""
    sizes = np.zeros(runs, np.int64)

    def part(stretch: tuple[int, int]) -> None:
        a, b = stretch
        _contested_runs(arcs, size, longest, ours, rivals, seed, a, b, sizes[a:b])

    run_in_threads(part, parts_of(0, runs))
    return sizes
