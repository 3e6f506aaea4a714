"""Compiled work in plain threads: a kernel that frees the interpreter lock needs no parallel compilation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numba

__all__ = ["run_in_threads"]

T = TypeVar("T")


def run_in_threads(work: Callable[[T], None], parts: Iterable[T]) -> None:
    """Call `work` on every part, on as many threads as parallel kernels use at present.

    Parts must write to places of their own, so that nothing depends on the number of threads.
    """
    todo = list(parts)
    threads = min(numba.get_num_threads(), len(todo))
    if threads <= 1:
        for part in todo:
            work(part)
        return
    # Compiling in several threads at once would compile several times.
    work(todo[0])
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, todo[1:]):
            pass
