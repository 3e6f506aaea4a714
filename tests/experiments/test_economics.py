"""Cost, contribution and ROI from ledgers that can be added up by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from experiments.economics import COLUMNS, Economics, Flows, economics

Row = tuple[int, str, str, str, str, int]


def _ledger(*runs: list[Row]) -> pd.DataFrame:
    """A ledger of seeds 0, 1, ...; a row is (day, payer, payee, kind, action, fen)."""
    rows = [(seed, *row) for seed, run in enumerate(runs) for row in run]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _books(sales: int, subsidy: int = 0, back: int = 0, fees: int = 0, day: int = 0) -> list[Row]:
    """A brand that sells at half margin, a platform that takes five per cent and subsidises coupons."""
    return [
        (day, "members", "brand", "sale", "", sales),
        (day, "brand", "suppliers", "goods", "", sales // 2),
        (day, "brand", "platform", "commission", "", sales // 20),
        (day, "platform", "brand", "discount_subsidy", "coupons", subsidy),
        (day, "brand", "platform", "subsidy_back", "coupons", back),
        (day, "brand", "creators", "creator_fee", "kols", fees),
    ]


def _found(
    before: pd.DataFrame, after: pd.DataFrame, seeds: list[int], payer: str, weight: float, **more: Any
) -> Economics:
    return economics(Flows(before, seeds, payer), Flows(after, seeds, payer), weight, **more)


def test_the_books_of_the_platform_and_of_the_brand() -> None:
    before = _ledger(_books(100_000), _books(200_000))
    after = _ledger(_books(140_000, 10_000, 2_000, 5_000), _books(240_000, 10_000, 2_000, 5_000))
    platform = _found(before, after, [0, 1], "platform", weight=100.0)
    # Fen of the sample times 100 people a member is yuan of the real world. Commission: 40,000 / 20 = 2,000.
    assert platform.cost.mean == 8_000
    assert platform.contribution.mean == 2_000
    assert platform.roi == pytest.approx(0.25)
    assert (platform.roi_low, platform.roi_high) == pytest.approx((0.25, 0.25))
    assert platform.net.mean == -6_000
    assert platform.nets == pytest.approx([-6_000, -6_000])
    assert platform.by_action == {"coupons": 8_000}
    assert platform.others == {"brand": 5_000}
    # The brand also keeps the subsidy: sales 40,000 less goods 20,000 less commission 2,000 plus 8,000.
    brand = _found(before, after, [0, 1], "brand", weight=100.0)
    assert brand.cost.mean == 5_000
    assert brand.contribution.mean == 26_000
    assert brand.roi == pytest.approx(5.2)


def test_a_horizon_counts_from_the_first_action_and_stays_within_the_run() -> None:
    before = _ledger(_books(0))
    after = _ledger([*_books(100_000, fees=10_000, day=3), *_books(100_000, day=12)])
    found = _found(before, after, [0], "brand", weight=100.0, first=3, days=40)
    assert list(found.horizons) == [7, 29]
    assert found.horizons[7].value == pytest.approx(4.5)
    assert found.horizons[29].value == found.roi == pytest.approx(9.0)


def test_a_plan_that_costs_nothing_has_no_roi() -> None:
    free = _found(_ledger(_books(100)), _ledger(_books(200)), [0], "platform", weight=1.0)
    assert free.cost.mean == 0
    assert math.isnan(free.roi)
    with pytest.raises(ValueError, match="seeds"):
        _found(_ledger(_books(1)), _ledger(_books(1)), [], "brand", 1.0)
    with pytest.raises(ValueError, match="not compared"):
        _found(_ledger(_books(1)), _ledger(_books(1)), [7], "brand", 1.0)
