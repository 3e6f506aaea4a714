"""Threads that stay: results in order, work that divides its own, and what a fork inherits."""

from __future__ import annotations

import multiprocessing
import os

import numpy as np
import pytest

from sim.threads import WORTHWHILE, by_rows, in_threads


def halves(k: int) -> list[int]:
    return in_threads(2, lambda part: 10 * k + part, range(2))


def test_results_keep_their_order_and_divided_work_may_divide_again() -> None:
    assert in_threads(2, halves, range(40)) == [[10 * k, 10 * k + 1] for k in range(40)]
    rows = np.zeros(WORTHWHILE + 1, np.int64)

    def mark(first: int, last: int) -> int:
        rows[first:last] += 1
        return last - first

    assert sum(by_rows(3, len(rows), mark)) == len(rows)
    assert (rows == 1).all()


def _child() -> None:
    os._exit(in_threads(2, int, "42") != [4, 2])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    assert in_threads(2, int, "12") == [1, 2]
    child = multiprocessing.get_context("fork").Process(target=_child)
    child.start()
    child.join(20)
    assert child.exitcode == 0
