"""Compiled work in plain threads: a kernel that frees the interpreter lock needs no parallel compilation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TypeVar

import numba
import numpy as np
import numpy.typing as npt

from sim.threads import in_threads

__all__ = ["row_blocks", "run_in_threads"]

T = TypeVar("T")

CHUNK = 4096
"""Members that one thread takes at a time in drawing a graph."""

BLOCK = 1 << 20
"""Arcs and rows that `row_blocks` puts into one block."""


def row_blocks(offsets: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Rows in blocks (begin, end) of about as much work each; they depend on the graph alone."""
    size = len(offsets) - 1
    work = offsets + np.arange(size + 1)
    ends = np.searchsorted(work, np.arange(BLOCK, work[-1] + BLOCK, BLOCK)).clip(max=size)
    bounds = np.unique(np.concatenate([[0], ends])).tolist()
    return list(pairwise(bounds))


def run_in_threads(work: Callable[[T], None], parts: Iterable[T]) -> None:
    """Call `work` on every part, on as many threads as parallel kernels use at present.

    Parts must write to places of their own, so that nothing depends on the number of threads.
    """
    todo = list(parts)
    threads = min(numba.get_num_threads(), len(todo))
    if todo:
        # Compiling in several threads at once would compile several times.
        work(todo[0])
        in_threads(threads, work, todo[1:])
