"""Cost, contribution and ROI from ledgers that can be added up by hand."""

from __future__ import annotations

import math

import pytest

from experiments.economics import Books, economics, flow, outlays


def _books(sales: int, subsidy: int = 0, back: int = 0, fees: int = 0) -> Books:
    """A brand that sells at half margin, a platform that takes five per cent and subsidises coupons."""
    return {
        ("members", "brand", "sale", -1): sales,
        ("brand", "suppliers", "goods", -1): sales // 2,
        ("brand", "platform", "commission", -1): sales // 20,
        ("platform", "brand", "discount_subsidy", 0): subsidy,
        ("brand", "platform", "subsidy_back", 0): back,
        ("brand", "creators", "creator_fee", 1): fees,
    }


def test_outlays_count_what_actions_spend_less_what_comes_back() -> None:
    assert outlays(_books(1_000, subsidy=300, back=100, fees=50)) == {("platform", 0): 200, ("brand", 1): 50}


def test_flows_of_all_accounts_sum_to_zero() -> None:
    books = _books(1_000, subsidy=300, back=100, fees=50)
    accounts = {a for key in books for a in key[:2]}
    assert sum(flow(books, a) for a in accounts) == 0


def test_the_books_of_the_platform_and_of_the_brand() -> None:
    before = [_books(100_000), _books(200_000)]
    after = [_books(140_000, 10_000, 2_000, 5_000), _books(240_000, 10_000, 2_000, 5_000)]
    platform = economics(before, after, "platform", weight=100.0, actions=["coupons", "kols"])
    # Fen of the sample times 100 people a member is yuan of the real world. Commission: 40,000 / 20 = 2,000.
    assert platform.cost.mean == 8_000
    assert platform.contribution.mean == 2_000
    assert platform.roi == pytest.approx(0.25)
    assert (platform.roi_low, platform.roi_high) == pytest.approx((0.25, 0.25))
    assert platform.net.mean == -6_000
    assert platform.by_action == {"coupons": 8_000}
    assert platform.others == {"brand": 5_000}
    # The brand also keeps the subsidy: sales 40,000 less goods 20,000 less commission 2,000 plus 8,000.
    brand = economics(before, after, "brand", weight=100.0, actions=["coupons", "kols"])
    assert brand.cost.mean == 5_000
    assert brand.contribution.mean == 26_000
    assert brand.roi == pytest.approx(5.2)


def test_a_plan_that_costs_nothing_has_no_roi() -> None:
    free = economics([_books(100)], [_books(200)], "platform", weight=1.0)
    assert free.cost.mean == 0
    assert math.isnan(free.roi)
    with pytest.raises(ValueError, match="paired"):
        economics([], [_books(1)], "brand", 1.0)
