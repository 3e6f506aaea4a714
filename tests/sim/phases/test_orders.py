"""Orders and coupons: level, elasticities, scarcity, money, and draws that hang on keys and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.accounts import account_code
from sim.errors import ConfigError
from sim.levers import INDEX, CouponOffer
from sim.phases import coupons, orders
from sim.state import schema as s
from tests.sim.trade_world import TradeWorld, trade_world

PLAIN = {"off_platform": 0.0, "need_median": 0.0, "coupon_remembered": 1.0}
"""A world without sales elsewhere and without needs that come back, where nobody forgets a coupon."""


def shop(world: TradeWorld, slots: int = 6, surface: int = s.DISCOVERY, first: int = 0) -> Any:
    """Everybody clicks once a slot on the note of a product of their own; returns the orders that
    followed."""
    members = np.arange(world.config.world.members)
    usual = np.flatnonzero(world.state.products["live_only"] == 0)
    world.state.products["stock"] = 1_000_000
    for slot in range(first, first + slots):
        world.set_slot(slot % 6)
        world.click(members, usual[(members + slot) % len(usual)], surface)
        orders.run(world)
    table = world.state.orders.rows
    return table[table["status"] > 0]


def offer(world: TradeWorld, **changes: Any) -> CouponOffer:
    """A coupon for everybody, 13 % off, paid by the platform."""
    segment = np.ones(len(world.state.members), bool)
    values: dict[str, Any] = {
        "action": 3,
        "segment": segment,
        "depth": 0.13,
        "threshold": 0,
        "days": 7,
        "budget": 10**12,
        "payer": "platform",
    }
    return CouponOffer(**(values | changes))


def test_clicks_become_orders_at_the_usual_rate() -> None:
    world = trade_world()
    world.set_day(5)
    before = world.state.products["sold_today"].sum()
    sold = shop(world)
    here = sold[sold["on_platform"] == 1]
    led = here[here["note"] != 0]
    assert 0.01 < len(led) / world.totals[:, :, s.C_CLICKS].sum() < 0.05  # K10: 2 to 4 %
    assert 0.25 < 1 - len(here) / len(sold) < 0.45
    assert world.totals[:, :, s.C_ORDERS].sum() == (sold["note"] != 0).sum()
    assert world.state.note_history["totals"][:, s.C_ORDERS].sum() == (sold["note"] != 0).sum()
    assert len(np.unique(sold["key"])) == len(sold)
    assert before == 0 and world.state.products["sold_today"].sum() == sold["units"].sum()
    assert np.all(world.state.profiles["last_order"][sold["member"]] == 5)
    assert np.all(sold["due"] > sold["day"])
    # money: what buyers paid reached the sellers, and the books balance
    paid = here["paid"].astype(np.int64).sum()
    assert world.ledger.amount(5, 5, debit="members", what="sale") == paid
    assert world.ledger.amount(5, 5, what="delivery") == 600 * len(here)
    world.ledger.close(5)


def test_a_lower_price_sells_by_the_elasticity() -> None:
    sold = {}
    for price in (1.0, 0.96):
        world = trade_world(8_000, **PLAIN)
        world.set_day(1)
        world.levers.table[:, INDEX["price.effective"]] = price
        sold[price] = len(shop(world, 12))
    # K1: -2.62, at a price cut too small to be taken for a sale
    measured = np.log(sold[0.96] / sold[1.0]) / np.log(0.96)
    assert -3.4 < measured < -1.8


@pytest.mark.parametrize(("surface", "least"), [(s.SEARCH, 1.4), (s.LIVE_SURFACE, 1.6)])
def test_who_searches_or_watches_live_buys_more(surface: int, least: float) -> None:
    usual, other = (trade_world(**PLAIN) for _ in range(2))
    usual.set_day(1)
    other.set_day(1)
    assert len(shop(other, surface=surface)) > least * len(shop(usual))


def test_an_ad_sells_less_of_what_is_known_and_in_the_feed_of_what_is_dear() -> None:
    def sold(surface: int, known: int = 0, price: int = 16_000, **platform: float) -> int:
        world = trade_world(8_000, **PLAIN, **platform)
        world.set_day(1)
        world.state.products["stock"] = 1_000_000
        world.state.products["price"][0] = world.state.products["reference_price"][0] = price
        world.state.profiles["aips"] = known
        members = np.arange(8_000)
        for slot in range(6):
            world.set_slot(slot)
            world.click(members, np.zeros(8_000, int), surface)
            orders.run(world)
        return int((world.state.orders["status"] > 0).sum())

    for surface in (s.ADS, s.SEARCH_ADS):
        assert sold(surface, known=1) < 0.7 * sold(surface)
        assert sold(surface, known=1, ad_known=0.0) >= sold(surface, ad_known=0.0)
    assert sold(s.ADS, price=48_000) < 0.75 * sold(s.ADS)
    assert sold(s.SEARCH_ADS, price=48_000) == sold(s.SEARCH_ADS)
    assert sold(s.DISCOVERY, price=48_000) == sold(s.DISCOVERY)


def test_holders_forget_coupons_for_everything_and_buy_more_all_the_same() -> None:
    used, bought, others = {}, {}, {}
    for name, remembered, reminder, topic in (
        ("never", 0.0, 0.0, -1), ("reminded", 0.0, 0.3, -1), ("often", 0.3, 0.0, -1), ("shown", 0.3, 0.0, 0),
        ("always", 1.0, 0.0, 0), ("of one topic", 0.0, 0.3, 15),
    ):  # fmt: skip
        world = trade_world(8_000, **PLAIN | {"coupon_remembered": remembered}, coupon_reminder=reminder)
        world.set_day(1)
        world.state.profiles["orders"] = 0
        world.levers.offers.append(offer(world, topic=topic))
        coupons.issue_coupons(world)
        sold = shop(world)
        used[name], bought[name] = int((sold["coupon"] >= 0).sum()), len(sold)
        others[name] = int((world.state.products["topic"][sold["product"]] != 15).sum())
    assert used["never"] == used["reminded"] == 0 < used["often"]
    assert bought["reminded"] > 1.05 * bought["never"]
    assert bought["of one topic"] > bought["never"] and others["of one topic"] == others["never"]
    assert used["shown"] == used["always"]


def test_the_mechanism_reaches_the_decision() -> None:
    usual, pushed = (trade_world(**PLAIN) for _ in range(2))
    usual.set_day(1)
    pushed.set_day(1)
    pushed.levers.table[:, INDEX["buy.odds"]] = 2.0
    assert 1.7 < len(shop(pushed)) / len(shop(usual)) < 2.2


def test_scarce_stock_is_never_oversold_and_rows_do_not_matter() -> None:
    buyers = []
    for order in (1, -1):
        world = trade_world(**PLAIN)
        world.set_day(2)
        members = np.arange(world.config.world.members)[::order]
        world.state.products["stock"] = 7
        world.levers.table[:, INDEX["buy.odds"]] = 10.0
        world.click(members, np.zeros(len(members), int))
        orders.run(world)
        sold = world.state.orders.rows
        sold = sold[sold["status"] > 0]
        assert sold["units"].sum() == 7
        assert world.state.products["stock"][0] == 0
        assert world.today["stock_outs"] > 100
        buyers.append(set(sold["key"].tolist()))
    assert buyers[0] == buyers[1]
    assert max(key >> 33 for key in buyers[0]) > 1_000  # not the first rows


def test_another_click_leaves_the_others_decisions_alone() -> None:
    keys = []
    for leave_out in (0, 1):
        world = trade_world(**PLAIN)
        world.set_day(2)
        world.state.products["stock"] = 1_000_000
        members = np.arange(leave_out, world.config.world.members)
        world.click(members, members % 5)
        orders.run(world)
        sold = world.state.orders.rows
        keys.append(set(sold["key"][(sold["status"] > 0) & (sold["member"] > 0)].tolist()))
    assert keys[0] == keys[1]


def test_a_coupon_sells_more_costs_its_payer_and_teaches_to_wait() -> None:
    usual, dealt = (trade_world(**PLAIN) for _ in range(2))
    usual.set_day(1)
    dealt.set_day(1)
    dealt.levers.offers.append(offer(dealt))
    for world in (usual, dealt):
        coupons.issue_coupons(world)
    issued = int(dealt.today["coupons_issued"])
    assert 0.5 < issued / 4_000 < 0.7
    waiting = dealt.state.profiles["wait"].mean()
    assert waiting > usual.state.profiles["wait"].mean()
    without, sold = shop(usual), shop(dealt)
    used = sold[sold["coupon"] >= 0]
    assert len(used) > 20 and len(sold) > 1.1 * len(without)
    assert dealt.state.coupons["used"][0] == len(used)
    assert (dealt.state.profiles["coupon"] >= 0).sum() == issued - len(used)  # one coupon, one order
    subsidy = int(used["subsidy"].astype(np.int64).sum())
    assert dealt.ledger.amount(1, 1, debit="platform", credit="members") == subsidy
    entries = dealt.ledger.entries
    assert set(entries["action"][entries["debit"] == account_code("platform")]) == {3}
    assert abs(subsidy / (used["paid"].astype(np.int64).sum() + subsidy) - 0.13) < 0.001
    assert dealt.state.profiles["wait"][used["member"]].mean() > waiting
    dealt.ledger.close(1)


def test_coupon_money_is_finite_and_the_rest_think_again() -> None:
    world = trade_world(**PLAIN)
    world.set_day(1)
    world.levers.offers.append(offer(world, budget=20_000, depth=0.3))
    coupons.issue_coupons(world)
    sold = shop(world, 1)
    assert 0 <= world.state.coupons["budget"][0] < 20_000
    assert sold["subsidy"].astype(np.int64).sum() == 20_000 - world.state.coupons["budget"][0]
    assert world.today["coupons_lapsed"] > 10
    assert (sold["coupon"] < 0).sum() > 10


def test_a_threshold_fills_baskets() -> None:
    world = trade_world(**PLAIN)
    world.set_day(1)
    world.levers.offers.append(offer(world, threshold=25_000))
    coupons.issue_coupons(world)
    sold = shop(world)
    used = sold[sold["coupon"] >= 0]
    assert np.all(used["paid"].astype(np.int64) + used["subsidy"] >= 25_000)
    cheap = world.state.products["price"][used["product"]] < 25_000
    assert np.all(used["units"][cheap] > 1) and cheap.sum() > 3


def test_a_plan_of_no_strength_changes_nothing() -> None:
    usual, idle = (trade_world() for _ in range(2))
    for world, depth in ((usual, None), (idle, 0.0)):
        world.set_day(1)
        if depth is not None:
            world.levers.offers += [offer(world, depth=depth), offer(world, budget=0)]
        coupons.issue_coupons(world)
        shop(world)
    assert np.array_equal(usual.state.orders.rows, idle.state.orders.rows)
    assert np.array_equal(usual.state.profiles.rows, idle.state.profiles.rows)


def test_coupons_run_out_and_expectations_fade() -> None:
    world = trade_world()
    world.set_day(1)
    world.levers.offers.append(offer(world, days=2))
    coupons.issue_coupons(world)
    taught = world.state.profiles["wait"].max()
    world.set_day(2)
    coupons.issue_coupons(world)
    assert (world.state.profiles["coupon"] >= 0).any()
    world.set_day(7)
    coupons.issue_coupons(world)
    assert not (world.state.profiles["coupon"] >= 0).any()
    assert world.config.platform.wait_base < world.state.profiles["wait"].max() < taught


@pytest.mark.parametrize("wrong", [{"depth": 1.0}, {"budget": -1}, {"days": 0}, {"payer": "nobody"}])
def test_impossible_coupons_are_refused(wrong: dict[str, Any]) -> None:
    world = trade_world(200)
    world.set_day(1)
    world.levers.offers.append(offer(world, **wrong))
    with pytest.raises(ConfigError, match="nobody" if "payer" in wrong else "coupon of action 3"):
        coupons.issue_coupons(world)


def test_needs_come_back_to_those_who_bought_and_fade() -> None:
    world = trade_world(20_000)
    world.state.profiles["orders"] = 0
    world.set_day(100)
    assert len(orders._needs(world)) == 0
    came = []
    for age in (5, 80):
        world.state.profiles["orders"] = 1
        world.state.profiles["last_order"] = 100 - age
        came.append(len(orders._needs(world)))
    assert came[0] > 2 * came[1] > 20
    # a need becomes an order without a note
    world.set_slot(0)
    world.state.profiles["last_order"] = 99
    orders.run(world)
    sold = world.state.orders.rows
    assert (sold["status"] > 0).any() and np.all(sold["note"][sold["status"] > 0] == 0)
    assert np.all(sold["repeat"][sold["status"] > 0] == 1)


def test_clicks_on_shared_notes_draw_apart() -> None:
    world = trade_world(500, **PLAIN)
    world.set_day(2)
    world.state.products["stock"] = 1_000_000
    world.levers.table[:, INDEX["buy.odds"]] = 10.0
    members = np.repeat(np.arange(500), 3)
    world.click(members, np.tile([0, 1, 2], 500), s.SHARED)
    world.events["order"] = 65_535
    orders.run(world)
    sold = world.state.orders.rows
    sold = sold[sold["status"] > 0]
    assert len(np.unique(sold["key"])) == len(sold)
    several = np.bincount(sold["member"], minlength=500)
    assert (several == 1).sum() > 20 and (several >= 1).sum() < 450  # not one draw for all three
