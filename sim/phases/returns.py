"""Returns and reviews: what arrived is kept or sent back, and some buyers say what they think of it.

Reviews move a product's rating and its brand's sentiment; a return gives the money back on every account that
took part in the sale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.levers import mechanisms as lv
from sim.numerics import expm1, log, logit, norm_ppf, sigmoid
from sim.phases.base import Phase
from sim.phases.orders import commission, goods_cost, sellers, shipping
from sim.phases.orders.decisions import words
from sim.randomness import S_RETURN, S_REVIEW, blocks, normal, uniform, uniforms_of
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
Array = npt.NDArray[Any]

FREE_DAYS = 7
"""Days after delivery within which a return is free."""
CALM = 0.6
"""Share of a livestream's pull to return that is missing where the buyer has bought before: the heat of the moment misleads
those who do not know what they will get (assumption, 0.3 to 0.9; K8: buyers who come again return little)."""
QUALITY_PULL = 0.35
"""Log-odds of keeping a unit a standard deviation of quality (assumption, 0.1 to 0.7)."""
LATE_PULL = 0.10
"""Log-odds of a return a day of delay beyond the usual (assumption, 0 to 0.3)."""
RESOLD = 0.8
"""Share of returned orders that can be sold again (assumption, 0.5 to 0.95)."""
SORRY = 0.03
"""Satisfaction lost by a return (assumption, 0.005 to 0.08)."""
STARS = 4.55
STARS_QUALITY = 0.30
STARS_SD = 0.8
"""Stars: level, effect of a standard deviation of quality, spread between buyers (assumptions)."""
UNHAPPY = 2
"""Stars at which a review is a complaint (definition)."""
MADE_GOOD = 2
"""Stars that a buyer adds whose trouble was put right (assumption, 1 to 3; E17 gives what stars do)."""
RATING_DAYS = 60.0
"""Days of usual reviews after which a rating is two thirds new (assumption, 30 to 180)."""

# What judging counts, in this order.
RETURNS, REVIEWS, SUM_STARS, COMPLAINTS, N_TALLIES = range(5)


@njit
def stars_of(quality, late, z):  # type: ignore[no-untyped-def]
    """Stars, 1 to 5, from quality, days beyond the usual, and a standard normal mood."""
    x = STARS + STARS_QUALITY * quality - 0.1 * late + STARS_SD * z
    return np.int64(max(1.0, min(5.0, x)) + 0.5)


@njit([(nb.float64,)])
def mean_stars(quality):  # type: ignore[no-untyped-def]
    """Stars that a product of this quality gets on average, delivered as usual."""
    total = 0.0
    for k in range(64):
        total += stars_of(quality, 0.0, norm_ppf((k + 0.5) / 64.0))
    return total / 64.0


@njit
def return_logit(members, products, levers, platform, order):  # type: ignore[no-untyped-def]
    """Log-odds that an order comes back: usual hazard of the product, livestream, discount, quality, delay
    (K6, K7).

    Bought at a discount, or in the heat of a livestream, more comes back; the latter above all from first-time buyers.
    """
    p = order.product
    x = logit(max(1e-6, min(1.0 - 1e-6, np.float64(products[p].return_hazard))))
    if order.live:
        x += log(platform[0].live_return_odds) * (1.0 - CALM * order.repeat)
    listed = max(1.0, np.float64(order.paid) + order.discount)
    x += platform[0].discount_return * order.discount / listed
    x -= QUALITY_PULL * (products[p].quality + levers[0, lv.M_GOODS])
    x += LATE_PULL * max(0.0, (order.due - order.day) - np.float64(products[p].delivery_days))
    return x + log(levers[members[order.member].cohort, lv.M_RETURN])


@njit
def towards(value, target, days):  # type: ignore[no-untyped-def]
    """A running mean after ``days`` usual days of news, with memory `RATING_DAYS`."""
    return value - (target - value) * expm1(-days / RATING_DAYS)


@njit
def review(products, brands, platform, p, stars):  # type: ignore[no-untyped-def]
    """Let one review move rating and sentiment by its share of the usual reviews, the same at any size of
    sample."""
    usual = max(1e-4, np.float64(products[p].sales) * platform[0].review_share)
    days = min(RATING_DAYS, 1.0 / usual)
    products[p].reviews += 1
    products[p].rating = towards(np.float64(products[p].rating), np.float64(stars), days)
    b = products[p].brand
    valence = max(-1.0, min(1.0, (stars - 4.5) / 1.5))
    brands[b].sentiment = towards(np.float64(brands[b].sentiment), valence, days)


_JUDGE = (
    t.ORDERS,
    t.MEMBERS,
    t.PROFILES,
    t.PRODUCTS,
    t.BRANDS,
    t.LEVERS,
    t.PLATFORM,
    t.CLOCK,
    nb.int64[::1],
    nb.int64[::1],
    nb.int64[::1],
)


@njit([_JUDGE])
def judge(orders, members, profiles, products, brands, levers, platform, clock, queue, returned, tally):  # type: ignore[no-untyped-def]
    """Returns and reviews of delivered orders, taken in the order of ``queue``; settles those whose time is
    over.

    Writes the rows that come back to ``returned`` and gives their number.
    """
    day = clock[0].day
    seed = clock[0].seed
    count = np.int64(0)
    for place in range(len(queue)):
        row = queue[place]
        order = orders[row]
        if order.status != s.DELIVERED and order.status != s.RETURNED:
            continue
        age = np.int64(day) - np.int64(order.due)
        if age >= np.int64(order.closes) - np.int64(order.due):
            orders[row].status = s.SETTLED
            continue
        low = np.int64(order.key & np.uint64(0xFFFFFFFF))
        high = np.int64(order.key >> np.uint64(32))
        i = order.member
        p = order.product
        r0, r1, r2, _ = words(seed, S_RETURN, low, high, 0, 0)
        back = order.status == s.DELIVERED and age == 1 + np.int64(uniform(r1) * FREE_DAYS)
        if back and uniform(r0) < sigmoid(return_logit(members, products, levers, platform, order)):
            orders[row].status = s.RETURNED
            returned[count] = row
            count += 1
            tally[RETURNS] += 1
            profiles[i].spend -= min(profiles[i].spend, np.uint32(order.paid))
            if order.on_platform:
                sorry = SORRY * (1.0 - levers[0, lv.M_CARE])
                profiles[i].satisfaction = max(0.0, profiles[i].satisfaction - sorry)
                if uniform(r2) < RESOLD:
                    products[p].stock += order.units
        v0, v1, v2, v3 = words(seed, S_REVIEW, low, high, 0, 0)
        if (
            order.on_platform
            and age == 1 + np.int64(uniform(v2) * 9.0)
            and uniform(v0) < platform[0].review_share
        ):
            late = max(0.0, (order.due - order.day) - np.float64(products[p].delivery_days))
            quality = np.float64(products[p].quality) + levers[0, lv.M_GOODS]
            stars = stars_of(quality, late, normal(v1, v3))
            if orders[row].status == s.RETURNED:
                stars = max(1, stars - 1)
            if stars <= UNHAPPY and levers[0, lv.M_CARE] > 0.0:
                r3, _, _, _ = words(seed, S_REVIEW, low, high, 0, 1)
                if uniform(r3) < levers[0, lv.M_CARE]:
                    stars += MADE_GOOD
            review(products, brands, platform, p, stars)
            tally[REVIEWS] += 1
            tally[SUM_STARS] += stars
            tally[COMPLAINTS] += stars <= UNHAPPY
    return count


def run(community: Community) -> None:
    """Returns and reviews of the day; orders whose time is over leave the table."""
    state = community.state
    orders = state.orders
    queue = np.flatnonzero((orders["status"] == s.DELIVERED) | (orders["status"] == s.RETURNED))
    queue = queue[np.argsort(orders["key"][queue], kind="stable")]
    returned = np.zeros(len(queue), np.int64)
    tally = np.zeros(N_TALLIES, np.int64)
    count = judge(
        orders.rows,
        state.members.rows,
        state.profiles.rows,
        state.products.rows,
        state.brands.rows,
        community.levers.table,
        community.platform,
        community.clock,
        queue,
        returned,
        tally,
    )
    community.count("reviews", int(tally[REVIEWS]))
    community.count("stars", int(tally[SUM_STARS]))
    community.count("complaints", int(tally[COMPLAINTS]))
    back = orders.array[returned[:count]]
    book_returns(community, back)
    settled = np.flatnonzero(orders["status"] == s.SETTLED)
    if len(settled):
        orders.release(settled)


def book_returns(community: Community, orders: Array) -> None:
    """Book the reverse of what was booked for these orders, but for the carriage; count returns and
    refunds."""
    ledger, day = community.ledger, community.world_day
    here, there = orders[orders["on_platform"] == 1], orders[orders["on_platform"] == 0]
    value = here["paid"].astype(np.int64) + here["subsidy"]
    community.count("returns", len(here))
    community.count("refunds", int(value.sum()))
    if len(here):
        seller = sellers(community, here)
        ledger.book_many(day, seller, "members", "refund", value)
        ledger.book_many(day, "platform", seller, "commission_back", commission(community, value))
        low = (here["key"] & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        high = (here["key"] >> np.uint64(32)).astype(np.uint32)
        resold = _resold(community, low, high)
        ledger.book_many(day, "suppliers", seller, "restock", goods_cost(community, here) * resold)
        carriage = np.full(len(here), shipping(community), np.int64)
        ledger.book_many(day, seller, "carriers", "return_delivery", carriage)
        used = here[here["coupon"] >= 0]
        if len(used):
            coupon = community.state.coupons.rows[used["coupon"]]
            subsidy = used["subsidy"].astype(np.int64)
            ledger.book_many(day, "members", coupon["payer"], "subsidy_back", subsidy, coupon["action"])
    if len(there):
        seller = sellers(community, there)
        ledger.book_many(day, seller, "members", "refund_elsewhere", there["paid"].astype(np.int64))
        ledger.book_many(day, "suppliers", seller, "restock_elsewhere", goods_cost(community, there))


def _resold(community: Community, low: Array, high: Array) -> npt.NDArray[np.int64]:
    """1 where a returned order can be sold again, 0 elsewhere: the draw that also fills the stock."""
    third = blocks(community.seed, S_RETURN, low, high)[:, 2]
    resold = uniforms_of(third) < RESOLD
    return resold.astype(np.int64)


PHASE = Phase(
    name="returns",
    when="dusk",
    reads=("orders", "members", "products", "coupons", "levers", "clock"),
    writes=(
        "orders",
        "profiles.spend",
        "profiles.satisfaction",
        "products.stock",
        "products.reviews",
        "products.rating",
        "brands.sentiment",
        "ledger",
    ),
    run=run,
    equation=(
        "logit P(return) = logit(usual) + livestream + 0.5 x discount - 0.35 x quality + 0.1 x days late"
        " + ln return.odds; stars = round(4.55 + 0.3 x quality - 0.1 x days late + mood)"
    ),
    facts=("K2", "K6", "K7", "E17", "assumption"),
    test="tests/sim/test_trade.py::test_each_phase_of_trade_is_missed",
    en="Returns and reviews",
    zh="退货与评价",
)
