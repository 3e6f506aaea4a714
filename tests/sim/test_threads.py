"""Threads that stay: results in order, work that divides its own, and what a fork inherits."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from sim import threads
from sim.threads import by_rows, in_threads
from tests.sim.worlds import same, small


def halves(k: int) -> list[int]:
    return in_threads(2, lambda part: 10 * k + part, range(2))


def test_results_keep_their_order_and_divided_work_may_divide_again() -> None:
    assert in_threads(2, halves, range(40)) == [[10 * k, 10 * k + 1] for k in range(40)]


def test_ranges_cover_all_rows_once_and_in_order() -> None:
    for rows, count, ranges in (
        (100_003, 1, 1),
        (49_999, 2, 1),
        (100_003, 2, 2),
        (200_003, 2, 4),
        (100_003, 7, 7),
    ):
        parts = by_rows(count, rows, lambda first, last: list(range(first, last)))
        assert [row for part in parts for row in part] == list(range(rows)) and len(parts) == ranges
    assert len(by_rows(2, 2, lambda first, last: last, weight=threads.WORTHWHILE)) == 2
    assert len(by_rows(2, 10**7, lambda first, last: last)) == 2 * threads.RANGES


@pytest.mark.parametrize("count", [2, 3])
def test_any_number_of_ranges_gives_the_same_world(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = small(days=8)
    monkeypatch.setattr(threads, "WORTHWHILE", 10)
    same(whole, small(days=8, threads=count))


def _child() -> None:
    os._exit(in_threads(2, int, "42") != [4, 2])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    assert in_threads(2, int, "12") == [1, 2]
    child = multiprocessing.get_context("fork").Process(target=_child)
    child.start()
    child.join(20)
    assert child.exitcode == 0
