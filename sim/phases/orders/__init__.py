"""Orders: product clicks of the slot and needs that come back become orders, within finite stock and coupon
money.

All wishes of the slot are known before anything is given out; the queue is a keyed priority. What is sold is
booked at once: the buyer pays, the coupon's payer pays its part, the platform keeps its commission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.accounts import account_code
from sim.levers.mechanisms import M_DELISTED
from sim.phases.base import Phase
from sim.phases.orders.decisions import INTENT_DTYPE, NEED_DTYPE, weigh_shelf
from sim.phases.orders.settle import (
    BASKETS,
    LAPSED,
    N_TALLIES,
    RUSH,
    STOCK_OUTS,
    WON,
    needs_of_day,
    settle,
    want,
)
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

Array = npt.NDArray[Any]
WEIGHT = 32
"""Usual rows that considering one intent takes as long as."""


def shelf_of(community: Community) -> tuple[Array, Array, Array, Array]:
    """Products on sale today, by topic, as `sim.phases.orders.decisions.SHELF` says."""
    products, merchants = community.state.products, community.state.merchants
    delist(community)
    topic = products["topic"].astype(np.int64)
    sold = (merchants["open"][products["merchant"]] > 0) & (products["delisted"] == 0)
    rows = np.flatnonzero(sold)
    rows = rows[np.lexsort((products["id"][rows], topic[rows]))]
    count = np.bincount(topic[rows], minlength=s.N_TOPICS)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    reviews = np.bincount(topic[rows], weights=products["reviews"][rows], minlength=s.N_TOPICS)
    shelf = first, rows.astype(np.int32), reviews / np.maximum(count, 1), np.zeros((len(products), 2))
    weigh_shelf(products.rows, community.state.brands.rows, shelf, community.platform)
    return shelf


def delist(community: Community) -> None:
    """Take the worst goods of other brands off the shelf, a share ``goods.delisted`` of all, for the day."""
    state = community.state
    products = state.products
    share = float(community.levers.table[0, M_DELISTED])
    products["delisted"] = 0
    rivals = np.flatnonzero(state.brands["focal"][products["brand"]] == 0)
    worst = rivals[np.lexsort((products["id"][rivals], products["quality"][rivals]))]
    products.array["delisted"][worst[: int(share * len(products))]] = 1


def run(community: Community) -> None:
    """Settle the slot's wishes to buy."""
    state, today = community.state, community.today
    if "_shelf" not in today or community.slot == 0:
        today["_shelf"] = shelf_of(community)
        today["_needs"] = _needs(community)
    clicks = np.ascontiguousarray(community.events[community.events["kind"] == s.E_CLICK])
    needs = today["_needs"]
    needs = np.ascontiguousarray(needs[needs["slot"] == community.slot])
    if not len(clicks) + len(needs) or not len(state.products):
        return
    world = (state.members.rows, state.profiles.rows, state.notes.array, state.products.rows)
    room = np.zeros(len(clicks) + len(needs), INTENT_DTYPE)

    def consider(first: int, last: int) -> Array:
        """Intents from a range of the clicks and then the needs."""
        size = want(
            *world,
            state.merchants.rows,
            state.brands.rows,
            state.coupons.array,
            today["_shelf"],
            community.levers.table,
            community.platform,
            community.clock,
            clicks[first:last],
            needs[max(0, first - len(clicks)) : max(0, last - len(clicks))],
            room[first:last],
        )
        return room[first : first + size]

    intents = np.concatenate(by_rows(community.threads, len(room), consider, weight=WEIGHT))
    queue = np.lexsort((intents["item"], intents["priority"]))
    orders = np.zeros(len(intents), s.ORDERS.dtype)
    tally = np.zeros(N_TALLIES, np.int64)
    sold = settle(
        *world,
        state.brands.rows,
        state.coupons.array,
        community.levers.table,
        community.platform,
        community.clock,
        intents,
        queue,
        orders,
        tally,
    )
    community.count("baskets", int(tally[BASKETS]))
    community.count("stock_outs", int(tally[STOCK_OUTS]))
    community.count("coupons_lapsed", int(tally[LAPSED]))
    community.count("aips_bought", int(tally[WON]))
    community.count("rush_losses", int(tally[RUSH]))
    orders = orders[:sold]
    rows = state.orders.take(sold)
    state.orders.array[rows] = orders
    _credit(community, orders)
    book_sales(community, orders)


def _needs(community: Community) -> Array:
    """Needs that come back today, of dtype `NEED_DTYPE`."""
    members, profiles = community.state.members.rows, community.state.profiles.rows

    def find(first: int, last: int) -> Array:
        room = 1024 + (last - first) // 32
        while True:
            out = np.zeros(room, NEED_DTYPE)
            count = needs_of_day(
                members[first:last],
                profiles[first:last],
                community.state.coupons.array,
                community.platform,
                community.clock,
                out,
            )
            if count >= 0:
                out["member"] += first
                return out[:count]
            room *= 8

    return np.concatenate(by_rows(community.threads, len(members), find))


def _credit(community: Community, orders: Array) -> None:
    """Credit orders to the notes that led to them, to surfaces, and to paid traffic as brands observe it."""
    state = community.state
    led = orders[orders["note"] != 0]
    if len(led):
        clicked = community.events[community.events["kind"] == s.E_CLICK]
        keys = state.notes.array["key"][clicked["note"]]
        by_key = np.argsort(keys)
        found = clicked["note"][by_key[np.searchsorted(keys, led["note"], sorter=by_key)]]
        history = state.note_history.array
        for column in ("totals", "day_totals"):
            np.add.at(history[column], (found, s.C_ORDERS), 1)
        tier = state.members["tier"][led["member"]]
        np.add.at(community.totals, (led["surface"].astype(np.int64), tier, s.C_ORDERS), 1)
    here = orders[orders["on_platform"] == 1]
    merchant = state.products["merchant"][here["product"]]
    np.add.at(state.merchants.array["weekly_gmv"], merchant, here["paid"].astype(np.int64) + here["subsidy"])
    paid = here[np.isin(here["surface"], s.PAID) | (here["contract"] >= 0)]
    if len(paid):
        products = state.products.rows[paid["product"]]
        value = paid["paid"].astype(np.int64) + paid["subsidy"]
        earned = value - goods_cost(community, paid) - commission(community, value)
        np.add.at(state.brands.array["earned_week"], products["brand"], earned)


def goods_cost(community: Community, orders: Array) -> npt.NDArray[np.int64]:
    """What the units of these orders cost their sellers, int64 fen."""
    products = community.state.products.rows[orders["product"]]
    cost = (1.0 - products["margin"].astype(float)) * products["price"] * orders["units"]
    fen: npt.NDArray[np.int64] = np.floor(cost + 0.5).astype(np.int64)
    return fen


def commission(community: Community, value: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The platform's share of sales of ``value`` fen, int64 fen."""
    fen: npt.NDArray[np.int64] = np.floor(community.config.platform.commission * value + 0.5).astype(np.int64)
    return fen


def shipping(community: Community) -> int:
    """Carriage of one order, fen."""
    return round(100 * community.config.platform.shipping)


def sellers(community: Community, orders: Array) -> npt.NDArray[np.uint8]:
    """Account of the seller of each order: the focal brand has its own."""
    state = community.state
    focal = state.brands["focal"][state.products["brand"][orders["product"]]] > 0
    brand, merchants = account_code("brand"), account_code("merchants")
    return np.where(focal, brand, merchants).astype(np.uint8)


def book_sales(community: Community, orders: Array) -> None:
    """Book orders: sale, subsidy, commission, goods and delivery here; sale and goods elsewhere.

    A sale is booked at its value, coupon included, and the coupon's payer gives the buyer that part back; so
    a brand that bears its own coupon sees the sale and the cost apart.
    """
    ledger, day = community.ledger, community.world_day
    here, there = orders[orders["on_platform"] == 1], orders[orders["on_platform"] == 0]
    if len(here):
        seller = sellers(community, here)
        value = here["paid"].astype(np.int64) + here["subsidy"]
        ledger.book_many(day, "members", seller, "sale", value)
        ledger.book_many(day, seller, "platform", "commission", commission(community, value))
        ledger.book_many(day, seller, "suppliers", "goods", goods_cost(community, here))
        carriage = np.full(len(here), shipping(community), np.int64)
        ledger.book_many(day, seller, "carriers", "delivery", carriage)
        used = here[here["coupon"] >= 0]
        if len(used):
            coupon = community.state.coupons.rows[used["coupon"]]
            subsidy = used["subsidy"].astype(np.int64)
            ledger.book_many(day, coupon["payer"], "members", "discount_subsidy", subsidy, coupon["action"])
    if len(there):
        seller = sellers(community, there)
        cost = goods_cost(community, there) + shipping(community)
        ledger.book_many(day, "members", seller, "sale_elsewhere", there["paid"].astype(np.int64))
        ledger.book_many(day, seller, "suppliers", "goods_elsewhere", cost)


PHASE = Phase(
    name="orders",
    when="slot",
    reads=("members", "profiles", "notes", "products", "merchants", "brands", "coupons", "levers", "clock"),
    writes=(
        "orders",
        "profiles.orders",
        "profiles.spend",
        "profiles.last_order",
        "profiles.wait",
        "profiles.coupon",
        "profiles.aips",
        "products.stock",
        "products.delisted",
        "products.sold_today",
        "products.value_today",
        "coupons.budget",
        "coupons.used",
        "merchants.weekly_gmv",
        "brands.earned_week",
        "note_history.totals",
        "note_history.day_totals",
        "totals",
        "ledger",
    ),
    run=run,
    equation=(
        "logit P(order | click) = level + liking + trust + match + habit + elasticity x ln(price / expected"
        " price) - waiting - delivery + ln(situation x season x buy.odds) + reminder of a valid coupon for them; less, if"
        " paid for, ad_known x brand known and, in the feed, ad_risk x ln(price / usual); a coupon for everything is thought of"
        " with P = coupon_remembered; P(lost) = peak.loss x log2(demand); a need comes back at own rate x"
        " e^(reminder - days since / need_days)"
    ),
    facts=("K1", "K2", "K3", "K10", "E6", "E17", "E19", "P9", "O11", "assumption"),
    test="tests/sim/test_trade.py::test_each_phase_of_trade_is_missed",
    en="Orders",
    zh="下单",
)
