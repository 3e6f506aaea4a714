"""Tiers recovered from what can be seen, against known divisions and in a world."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.cli import main
from experiments.recovery import METHODS, adjusted_rand, matched


def test_agreement_beyond_chance() -> None:
    # Hubert and Arabie's index of a small table, by hand: pairs 2, rows 4, columns 6, of 15 pairs.
    a, b = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 1])
    pairs, rows, columns, n = 1 + 0 + 1 + 0, 3 + 1, 1 + 6, 15
    expected = rows * columns / n
    assert adjusted_rand(a, b) == pytest.approx((pairs - expected) / ((rows + columns) / 2 - expected))
    assert adjusted_rand(a, np.array([2, 2, 2, 0, 0, 1])) == 1.0
    rng = np.random.default_rng(1)
    assert abs(adjusted_rand(rng.integers(0, 4, 5_000), rng.integers(0, 4, 5_000))) < 0.01
    assert np.array_equal(matched(np.array([2, 2, 0, 1]), np.array([0, 0, 1, 2])), [0, 0, 1, 2])


def test_clusters_far_apart_are_found_and_rows_may_come_in_any_order() -> None:
    rng = np.random.default_rng(2)
    true = np.repeat(np.arange(4), 200)
    features = np.exp(3.0 * true[:, None] + rng.normal(0, 0.2, (800, 6)))
    for name in ("kmeans", "ward"):
        assert adjusted_rand(METHODS[name](features), true) > 0.99
    order = rng.permutation(800)
    for name in ("rules", "scores"):
        assert np.array_equal(METHODS[name](features)[order], METHODS[name](features[order]))


def test_in_a_world(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiers", "world=small", "world.members=600", "warmup_days=7", "seeds=0:1", "lang=en"]) == 0
    said = capsys.readouterr().out
    assert "Tiers recovered from 6 visible figures of" in said and "k-means" in said
