"""Deliveries, returns and reviews: days, what comes back, whose money it was, what is said."""

from __future__ import annotations

import numpy as np
import pytest

from sim.accounts import ACCOUNT_CODES
from sim.levers import INDEX, CouponOffer
from sim.phases import coupons, deliveries, returns
from sim.phases.returns import RESOLD
from tests.sim.phases.test_orders import shop
from tests.sim.trade_world import TradeWorld, trade_world


def busy_world(**platform: float) -> TradeWorld:
    """A world in which many order on day 1."""
    world = trade_world(**platform)
    world.set_day(1)
    world.levers.table[:, INDEX["buy.odds"]] = 5.0
    shop(world)
    world.ledger.close(1)
    return world


def days_pass(world: TradeWorld, days: int) -> None:
    """Deliveries and returns of the next days, nothing else."""
    for day in range(world.world_day + 1, world.world_day + 1 + days):
        world.set_day(day)
        deliveries.run(world)
        returns.run(world)
        world.ledger.close(day)


def test_parcels_arrive_and_slow_ones_annoy() -> None:
    satisfaction = []
    for factor in (1.0, 2.5):
        world = trade_world()
        world.set_day(1)
        world.levers.table[:, INDEX["delivery.days"]] = factor
        sold = shop(world)
        buyers = np.unique(sold["member"][sold["on_platform"] == 1])
        delivered = days = 0
        for day in range(2, 30):
            world.set_day(day)
            deliveries.run(world)
            delivered += world.today["deliveries"]
            days += world.today["delivery_days"]
        assert delivered == (sold["on_platform"] == 1).sum()
        assert 2.0 * factor < days / delivered < 3.2 * factor
        satisfaction.append(world.state.profiles["satisfaction"][buyers].mean())
    assert satisfaction[1] < satisfaction[0] - 0.005
    assert abs(satisfaction[0] - 0.6) < 0.005


def test_some_orders_come_back_and_money_with_them() -> None:
    world = busy_world()
    sold = world.state.orders.rows.copy()
    here = sold[sold["on_platform"] == 1]
    spend = world.state.profiles["spend"].astype(np.int64).sum()
    stock = world.state.products["stock"].astype(np.int64).sum()
    world.state.products["restock"] = 0
    days_pass(world, 70)
    assert len(world.state.orders.free) == len(world.state.orders)  # all are closed
    amount = world.ledger.amount
    refunds = amount(1, 99, what="refund")
    value = here["paid"].astype(np.int64).sum()
    assert 0.04 < refunds / value < 0.16  # K6, less for food and home
    elsewhere = amount(1, 99, what="refund_elsewhere")
    assert spend - world.state.profiles["spend"].astype(np.int64).sum() == refunds + elsewhere
    assert amount(1, 99, what="commission_back") == pytest.approx(0.05 * refunds, rel=1e-3)
    assert amount(1, 99, what="restock") < amount(1, 99, what="goods")
    back = world.state.products["stock"].astype(np.int64).sum() - stock
    returned = amount(1, 99, what="return_delivery") / 600
    assert 0.6 * RESOLD * returned < back < 1.5 * returned


def test_a_full_return_leaves_nobody_richer_but_the_carrier() -> None:
    world = trade_world(off_platform=0.0, need_median=0.0)
    world.set_day(1)
    segment = np.ones(len(world.state.members), bool)
    world.levers.offers.append(CouponOffer(0, segment, 0.2, 0, 7, 10**12, "brands"))
    coupons.issue_coupons(world)
    shop(world)
    world.ledger.close(1)
    world.state.products["return_hazard"] = 1.0
    world.levers.table[:, INDEX["return.odds"]] = 10.0
    days_pass(world, 70)
    balance = dict(zip(ACCOUNT_CODES, world.ledger.balances.tolist(), strict=True))
    assert balance["members"] == balance["brands"] == balance["platform"] == 0
    assert balance["carriers"] > 0 and balance["suppliers"] > 0  # what cannot be sold again
    assert -balance["merchants"] - balance["brand"] == balance["carriers"] + balance["suppliers"]
    assert world.state.profiles["spend"].astype(np.int64).sum() >= 0


def test_livestreams_discounts_and_bad_quality_send_more_back() -> None:
    def share(**change: float) -> float:
        world = busy_world(off_platform=0.0)
        orders_table = world.state.orders
        for column, value in change.items():
            if column == "quality":
                world.state.products["quality"] = value
            else:
                orders_table[column] = (orders_table["paid"] * value).astype(np.int64) if value < 1 else value
        count = len(orders_table)
        back = 0.0
        for day in range(2, 40):
            world.set_day(day)
            deliveries.run(world)
            returns.run(world)
            world.ledger.close(day)
            back += world.today["returns"]
        return back / count

    usual = share()
    assert 2.0 < share(live=1, repeat=0) / usual < 4.5  # K6: 0.40 against 0.12
    assert usual < share(live=1, repeat=1) < 0.8 * share(live=1, repeat=0)  # K8
    assert 1.0 < share(discount=0.5) / usual < 1.5  # K2
    assert share(quality=-1.5) > 1.3 * usual


def test_reviews_move_rating_and_sentiment() -> None:
    worlds = {}
    for quality in (-1.5, 1.5):
        world = busy_world()
        world.state.products["quality"] = quality
        reviews = world.state.products["reviews"].sum()
        days_pass(world, 20)
        worlds[quality] = world
        assert world.state.products["reviews"].sum() > reviews
    good, bad = worlds[1.5].state, worlds[-1.5].state
    assert good.products["rating"].mean() > bad.products["rating"].mean() + 0.05
    assert good.brands["sentiment"].mean() > bad.brands["sentiment"].mean() + 0.03
