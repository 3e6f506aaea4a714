"""Trade and its figures in a whole world: each phase is missed when it is gone, every breakdown adds up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.kpis import BREAKDOWNS, MEASURES
from sim.kpis.measures import MEASURE
from sim.levers import CouponOffer
from tests.sim.worlds import SMALL, Speaker, small, without

LIVELY = {"platform": replace(SMALL.platform, order_logit=-0.5)}
"""Nearly half of the clicks end in an order, so that a few hundred members trade enough."""


def test_every_breakdown_adds_up_to_the_whole() -> None:
    community = small(members=2_000, days=8, **LIVELY)
    whole = community.kpis._table("all")[:, 0]
    assert (whole[:, MEASURE["orders"]] > 0).any() and (whole[:, MEASURE["returns"]] > 0).any()
    for measure in MEASURES:
        for breakdown in measure.breakdowns:
            parts = community.kpis._table(breakdown)[:, :, MEASURE[measure.key]].sum(axis=1)
            total = whole[:, MEASURE[measure.key]]
            if measure.key == "seconds" and breakdown in ("topic", "format", "stage", "fan_class"):
                assert np.all(parts <= total + 1e-6) and parts.sum() > 0
            elif measure.source == "orders" and breakdown == "surface":
                assert np.all(parts <= total)  # needs that come back have no surface
            else:
                np.testing.assert_allclose(parts, total, rtol=1e-9, err_msg=f"{measure.key} by {breakdown}")
    assert set(BREAKDOWNS) > {"all", "tier", "topic"}


@pytest.mark.parametrize(
    ("phase", "missed"),
    [
        ("orders", "orders"),
        ("deliveries", "delivery_days"),
        ("returns", "return_rate"),
        ("coupons", "coupon_share"),
    ],
)
def test_each_phase_of_trade_is_missed(phase: str, missed: str) -> None:
    def say(desk):  # type: ignore[no-untyped-def]
        everybody = np.ones(len(desk.visible("members.tier")), bool)
        desk.offer(CouponOffer(0, everybody, 0.2, 0, 3, 10**10, "platform"))

    key = {"coupons": "offers"}.get(phase, phase)
    full = small(members=1_500, policy=Speaker(say), days=12, **LIVELY).kpis.totals(keys=[missed])
    less = without(small(members=1_500, policy=Speaker(say), **LIVELY), key)
    less.run_days(12)
    figure = less.kpis.totals(keys=[missed])[missed]
    assert full[missed] > 0
    assert np.isnan(figure) or figure == 0


def test_without_books_nothing_is_reported() -> None:
    community = without(small(), "books")
    community.run_days(1)
    assert len(community.kpis.days) == 0
    assert len(small(days=1).kpis.days) == 1


def test_money_comes_from_somewhere_every_day() -> None:
    community = small(members=1_500, days=15, **LIVELY)
    assert int(community.ledger.balances.sum()) == 0
    frame = community.ledger.frame()
    assert set(frame["what"]) >= {"sale", "commission", "goods", "delivery", "refund", "sale_elsewhere"}
    by_day = frame.groupby("day")["amount"].sum()
    assert len(by_day) == 15 and (by_day > 0).all()
    gmv = community.kpis.totals(keys=["gmv"], real=False)["gmv"]
    assert gmv == frame.loc[frame["what"] == "sale", "amount"].sum()
