"""Dividing rows among threads changes nothing."""

from __future__ import annotations

import pytest

from sim.phases import rows
from tests.sim.worlds import same, small


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_ranges_gives_the_same_world(monkeypatch, threads):
    whole = small(days=8)
    monkeypatch.setattr(rows, "WORTHWHILE", 10)
    same(whole, small(days=8, threads=threads))


def test_ranges_cover_all_rows_once_and_in_order():
    for threads in (1, 2, 7):
        parts = rows.by_rows(threads, 100_003, lambda first, last: list(range(first, last)))
        assert [row for part in parts for row in part] == list(range(100_003)) and len(parts) == threads
