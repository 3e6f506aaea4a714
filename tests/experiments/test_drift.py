"""The drift of the baseline: a trend is what it says, and tables mention it where it is beyond two per cent a month."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.drift import ALLOWED, FIGURES, MONTH, STORED, drift_lines, trend


def test_a_trend_is_the_change_in_a_month() -> None:
    days = np.arange(2 * MONTH)
    assert trend(500.0 * 1.03 ** (days / MONTH)) == pytest.approx(0.03)
    assert trend(np.full(10, 7.0)) == pytest.approx(0.0)


def test_what_is_level_is_not_mentioned_and_what_moves_is(tmp_path: Path) -> None:
    stored = json.loads(STORED.read_text("utf-8"))
    assert set(stored["trend"]) == set(stored["error"]) == set(FIGURES)
    path = tmp_path / "drift.json"
    level = dict.fromkeys(FIGURES, ALLOWED / 2)
    path.write_text(json.dumps(stored | {"trend": level}))
    assert drift_lines("en", path) == []
    path.write_text(json.dumps(stored | {"trend": level | {"gmv": -0.031}, "error": level}))
    (line,) = drift_lines("en", path)
    assert "GMV -3.1%" in line and "DAU" not in line
    assert "成交额 -3.1%" in drift_lines("zh", path)[0]
