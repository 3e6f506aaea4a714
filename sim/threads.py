"""Threads that stay: compiled work is divided among a few that live as long as the process.

Kernels release Python's lock, so plain threads are enough, and compile several times faster than parallel kernels. Starting
them anew for each slot of a day took longer than what they did there in a small world.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["WORTHWHILE", "by_rows", "in_threads", "rows_where"]

T = TypeVar("T")

WORTHWHILE = 50_000
"""Rows below which one thread is as fast, and a range on its own is not worth handing over."""
RANGES = 8
"""Ranges a thread at most. Rows differ in what they cost, people outside little, so whoever is done takes the next range."""

_here = threading.local()
_pools: dict[int, ThreadPoolExecutor] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # threads do not survive a fork


def in_threads(threads: int, work: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
    """Results of ``work`` for arguments taken together, as `map` does, in their order.

    Parameters
    ----------
    threads
        How many calls at most are worked on at once; with one, the calling thread does all.
    work
        What releases Python's lock most of the time. Where it divides its own work again, it does all of it itself: it
        would wait for the threads that wait for it.
    """
    if threads <= 1 or getattr(_here, "busy", False):
        return list(map(work, *arguments))
    if threads not in _pools:
        _pools[threads] = ThreadPoolExecutor(threads, "seedbed", lambda: setattr(_here, "busy", True))
    return list(_pools[threads].map(work, *arguments))


def by_rows(threads: int, rows: int, work: Callable[[int, int], T], weight: int = 1) -> list[T]:
    """Call ``work(first, last)`` for consecutive ranges that cover all rows, several a thread where there are enough.

    Parameters
    ----------
    threads
        How many ranges at most are worked on at once.
    rows
        Number of rows.
    work
        A compiled pass over a range; it may write to the rows of its range only, and each row's result depends on that
        row alone, so that the division changes nothing.
    weight
        How many usual rows, a person or a note, a row here takes as long as.

    Returns
    -------
    list
        Results in the order of the rows.
    """
    if threads <= 1 or rows * weight < WORTHWHILE:
        return [work(0, rows)]
    ranges = max(threads, min(RANGES * threads, rows * weight // WORTHWHILE))
    edges = [rows * k // ranges for k in range(ranges + 1)]
    return in_threads(threads, work, edges[:-1], edges[1:])


def rows_where(
    threads: int, rows: int, test: Callable[[int, int], npt.NDArray[np.bool_]]
) -> npt.NDArray[np.int64]:
    """Rows for which ``test(first, last)``, a mask of a range of rows, is true, ascending: a look at columns of a whole
    table, each value of which comes with all of its row.
    """
    return np.concatenate(by_rows(threads, rows, lambda a, b: a + np.flatnonzero(test(a, b))))
