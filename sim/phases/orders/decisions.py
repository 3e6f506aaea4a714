"""Decisions of trade: which product, at what price, here or elsewhere, bought or not, and when a need comes
back.

Small compiled functions that hold all float arithmetic and all draws; `sim.phases.orders.settle` decides who
gets what is scarce. A wish to buy is an *intent*: it becomes an order once stock and coupon money have been
shared out.
"""

from __future__ import annotations

import math

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.levers import mechanisms as lv
from sim.numerics import exp, expm1, log, norm_ppf, sigmoid
from sim.phases.draws import slot_of_day, too_late, topic_of_interest
from sim.randomness import (
    S_BASKET,
    S_PERSON2,
    S_PREFER,
    S_SETTLE,
    block,
    exponential,
    normal,
    uniform,
    uniform53,
)
from sim.state import schema as s

nb = t.numba

INTENT_DTYPE = np.dtype(
    [
        ("priority", "u8"),
        ("price", "i8"),
        ("member", "i4"),
        ("note", "i4"),
        ("product", "i4"),
        ("coupon", "i4"),
        ("units", "i4"),
        ("plain_units", "i4"),
        ("item", "u2"),
        ("surface", "u1"),
        ("live", "u1"),
        ("here", "u1"),
        ("plain", "u1"),
        ("plain_here", "u1"),
    ],
    align=True,
)
"""A wish to buy: unit price in fen before the coupon, and what would be bought, and where, if the coupon
lapsed."""
NEED_DTYPE = np.dtype([("member", "i4"), ("slot", "u1")], align=True)
"""A need that came back: whose, and in which slot of the day."""

INTENTS = nb.from_dtype(INTENT_DTYPE)[::1]
NEEDS = nb.from_dtype(NEED_DTYPE)[::1]
SHELF = nb.types.Tuple((nb.int32[::1], nb.int32[::1], nb.float64[::1], nb.float64[:, ::1]))
"""Products on sale by topic: first place of each topic, rows, mean number of reviews a topic; and by product how long
anybody, and a buyer of the focal brand, waits for it on average in the race of `preferred`."""

NEED_ITEM = 0xFFFF
"""Item of an order that no note led to; items of clicks in sessions are ordinals of impressions, below 256."""
NO_SURFACE = 255
NEED_ATTRIBUTE = 16
"""Attribute number of the lasting need in the stream PERSON2."""
NEED_CAP = 2.5
"""Bound on need rate times `need_days`: nobody's needs come back without end (assumption, 1.5 to 4)."""
USUAL_RATING = 4.5
USUAL_DELIVERY = 2.5
USUAL_TRUST = 0.6
SALE_SHOWS = 0.05
"""A discount below this share is not taken for the one that was waited for (assumption, 0.02 to 0.10)."""
TYPICAL_DISCOUNT = 0.13
"""Depth at which one purchase teaches a full lesson in waiting (K2: median coupon 13 %)."""
FILL_SHARE = 0.35
"""Share of buyers below a coupon's threshold who fill the basket up (assumption, 0.15 to 0.6)."""
SECOND_UNIT = 0.12
THIRD_UNIT = 0.02
"""Chance of at least two and of three units (assumption)."""
RELATION = (0.0, 0.1, 0.3, 0.6, 0.8, 0.9)
"""Log-odds of an order by AIPS stage of the focal brand, none to share (P9 orders them; sizes are
assumptions)."""
HABIT_DAYS = 90.0
"""Days without an order after which a third of the habit of buying is left (assumption, 30 to 180)."""
LOYALTY = 1.5
"""Extra liking of one's own brand when a need comes back (assumption, 0.5 to 2.5)."""
PURCHASED = 4
"""AIPS code of a buyer."""
USUAL_PRICE = 16_000.0
"""Fen of a usual product, at which an advertisement in the feed sells as any (assumption; the categories' prices)."""


@njit("UniTuple(u4,4)(u8,i8,i8,i8,i8,i8)")
def words(seed, stream, a, b, c, n):  # type: ignore[no-untyped-def]
    """`block`, called and not inlined: trade draws little, and what calls it compiles in a third of the
    time."""
    return block(seed, stream, a, b, c, n)


@njit(_nrt=False)
def liking(products, brands, shelf, platform, p):  # type: ignore[no-untyped-def]
    """Log-odds of product ``p`` against its category: attraction, volume and valence of its reviews, its
    brand.

    Volume counts relative to the category's mean, so that it is a matter of shares: elasticities of E17.
    """
    mean = max(1.0, shelf[2][products[p].topic])
    volume = max(np.float64(products[p].reviews), 0.125 * mean) / mean
    valence = max(1.0, np.float64(products[p].rating)) / USUAL_RATING
    x = products[p].attraction + platform[0].elasticity_volume * log(volume)
    x += platform[0].elasticity_valence * log(valence)
    return x + 0.5 * brands[products[p].brand].sentiment


@njit([(t.PRODUCTS, t.BRANDS, SHELF, t.PLATFORM)], _nrt=False)
def weigh_shelf(products, brands, shelf, platform):  # type: ignore[no-untyped-def]
    """Write the waits of a shelf: exp(-liking), which does not change within a day."""
    for p in range(len(products)):
        x = liking(products, brands, shelf, platform, p)
        shelf[3][p, 0] = exp(-x)
        shelf[3][p, 1] = exp(-(x + LOYALTY)) if brands[products[p].brand].focal else shelf[3][p, 0]


@njit(_nrt=False)
def preferred(members, profiles, products, shelf, clock, i, topic):  # type: ignore[no-untyped-def]
    """Product of a topic that member ``i`` likes best, or -1 where the topic sells nothing.

    The shortest of keyed waiting times at rates exp(liking): a lasting taste of the member, and one product
    more or less on the shelf moves only the choices that it wins or loses.
    """
    best = np.int64(-1)
    shortest = np.inf
    loyal = np.int64(profiles[i].aips >= PURCHASED)
    for place in range(shelf[0][topic], shelf[0][topic + 1]):
        p = np.int64(shelf[1][place])
        if products[p].live_only:
            continue
        w0, _, _, _ = words(clock[0].seed, S_PREFER, members[i].id, products[p].id, 0, 0)
        mean = shelf[3][p, loyal]
        if too_late(w0, 1.0, shortest / mean):
            continue
        wait = exponential(w0) * mean
        if wait < shortest:
            shortest = wait
            best = p
    return best


@njit(_nrt=False)
def intent_odds(platform, surface, live):  # type: ignore[no-untyped-def]
    """Odds factor of the situation: who searches or watches a livestream wants to buy (E6, K10)."""
    if live:
        return platform[0].intent_live
    if surface == s.SEARCH:
        return platform[0].intent_search
    if surface == s.ADS:
        return platform[0].intent_ads
    if surface == s.SEARCH_ADS:
        return platform[0].intent_search * platform[0].intent_ads
    if surface == s.DISCOVERY or surface == NO_SURFACE:
        return 1.0
    return platform[0].intent_social


@njit(_nrt=False)
def persuasion(profiles, products, brands, platform, surface, i, p):  # type: ignore[no-untyped-def]
    """Log-odds that a paid place takes from an order of product ``p``: it is no news to those who know the brand, and
    what is dear is not bought on the strength of an ad in the feed (E19).

    Of rivals only the share of members who know them is known: it stands for the chance that member ``i`` does.
    """
    if surface != s.ADS and surface != s.SEARCH_ADS:
        return 0.0
    brand = np.int64(products[p].brand)
    known = np.float64(brands[brand].awareness)
    if brands[brand].focal:
        known = np.float64(profiles[i].aips > 0)
    x = -platform[0].ad_known * known
    if surface == s.ADS:
        x -= platform[0].ad_risk * log(max(1.0, np.float64(products[p].price)) / USUAL_PRICE)
    return x


@njit(_nrt=False)
def inclination(seed, member_id, platform):  # type: ignore[no-untyped-def]
    """Lasting log-odds with which a person buys what was clicked on: normal, the odds having mean 1.

    Most people who look never buy and a few often do, so that who has bought is likelier to buy again (O11).
    """
    _, _, _, w3 = words(seed, S_PERSON2, member_id, NEED_ATTRIBUTE, 0, 0)
    sd = platform[0].order_sd
    return sd * norm_ppf(uniform(w3)) - 0.5 * sd * sd


@njit(_nrt=False)
def leaning(members, profiles, products, brands, shelf, levers, platform, clock, i, p):  # type: ignore[no-untyped-def]
    """Log-odds of an order by member ``i`` of product ``p`` but for price, waiting and situation."""
    x = liking(products, brands, shelf, platform, p)
    x += platform[0].order_trust * (members[i].trust - USUAL_TRUST)
    x += 0.5 * (math.sqrt(members[i].interest[products[p].topic] * (1.0 / 255.0)) - 0.5)
    if brands[products[p].brand].focal:
        x += RELATION[profiles[i].aips] + levers[members[i].cohort, lv.M_BRAND_LIKING]
    since = np.float64(clock[0].day) - np.float64(profiles[i].last_order)
    x += (
        platform[0].order_habit
        * log(1.0 + min(20.0, np.float64(profiles[i].orders)))
        * exp(-since / HABIT_DAYS)
    )
    x -= platform[0].order_delivery * (products[p].delivery_days * levers[0, lv.M_DELIVERY] - USUAL_DELIVERY)
    factor = clock[0].demand * clock[0].topic_demand[products[p].topic] * levers[members[i].cohort, lv.M_BUY]
    return x + log(factor)


@njit(_nrt=False)
def price_pull(profiles, products, platform, i, p, price):  # type: ignore[no-untyped-def]
    """Log-odds of a price in fen: own elasticity against the price one has come to expect (K1), and waiting
    (K2).

    Whoever expects a discount soon holds back while there is none.
    """
    usual = max(1.0, np.float64(products[p].reference_price))
    x = profiles[i].price_sensitivity * log(max(1.0, np.float64(price)) / usual)
    if price > (1.0 - SALE_SHOWS) * products[p].price:
        x -= platform[0].wait_strength * (profiles[i].wait - platform[0].wait_base)
    else:
        x += platform[0].wait_strength * platform[0].wait_base
    return x


@njit(_nrt=False)
def usable(profiles, products, coupons, clock, i, p):  # type: ignore[no-untyped-def]
    """Row of the coupon that member ``i`` can use on product ``p`` today, or -1; the threshold is not looked
    at."""
    c = np.int64(profiles[i].coupon)
    day = clock[0].day
    if c < 0 or profiles[i].coupon_until < day or coupons[c].start > day or coupons[c].end < day:
        return np.int64(-1)
    if coupons[c].budget <= 0:
        return np.int64(-1)
    if coupons[c].topic >= 0 and coupons[c].topic != products[p].topic:
        return np.int64(-1)
    if coupons[c].brand >= 0 and coupons[c].brand != products[p].brand:
        return np.int64(-1)
    return c


@njit(_nrt=False)
def reminded(profiles, coupons, platform, clock, i, topic, brand):  # type: ignore[no-untyped-def]
    """What a valid coupon does as an advertisement of the goods that it is for, redeemed or not: log of a factor on orders of
    a brand's goods in a topic, larger for those who buy a lot (K3)."""
    c = np.int64(profiles[i].coupon)
    if c < 0 or profiles[i].coupon_until < clock[0].day:
        return 0.0
    if coupons[c].topic >= 0 and coupons[c].topic != topic:
        return 0.0
    if coupons[c].brand >= 0 and coupons[c].brand != brand:
        return 0.0
    return platform[0].coupon_reminder * (1.0 + log(1.0 + min(20.0, np.float64(profiles[i].orders))))


@njit(_nrt=False)
def remembered(members, coupons, platform, clock, i, item, c):  # type: ignore[no-untyped-def]
    """Whether member ``i`` thinks of coupon ``c`` when buying; one for some goods alone is shown beside them."""
    if coupons[c].topic >= 0 or coupons[c].brand >= 0:
        return True
    at = np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)
    w0, _, _, _ = words(clock[0].seed, S_BASKET, members[i].id, at, item, 4)
    return uniform(w0) < platform[0].coupon_remembered


@njit(_nrt=False)
def elsewhere(levers, platform, cohort):  # type: ignore[no-untyped-def]
    """Share of buyers of a cohort who order on another marketplace: the usual one at ``order.elsewhere`` its odds."""
    share = platform[0].off_platform
    factor = levers[cohort, lv.M_ELSEWHERE]
    if factor == 1.0:
        return share
    return share * factor / (1.0 - share + share * factor)


@njit(_nrt=False)
def lost_in_the_rush(members, levers, clock, i, item):  # type: ignore[no-untyped-def]
    """Whether a wish to buy is lost because too many want to buy today: ``peak.loss`` for each doubling of demand."""
    rush = clock[0].demand * clock[0].activity
    if rush <= 1.0 or levers[0, lv.M_PEAK_LOSS] <= 0.0:
        return False
    at = np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)
    w0, _, _, _ = words(clock[0].seed, S_BASKET, members[i].id, at, item, 3)
    return uniform(w0) < levers[0, lv.M_PEAK_LOSS] * log(rush) * (1.0 / 0.6931471805599453)


@njit(_nrt=False)
def redirected(members, levers, clock, i, item):  # type: ignore[no-untyped-def]
    """Whether a click is led to the product that suits best (``product.redirect``)."""
    share = levers[members[i].cohort, lv.M_REDIRECT]
    if share <= 0.0:
        return False
    at = np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)
    w0, _, _, _ = words(clock[0].seed, S_BASKET, members[i].id, at, item, 2)
    return uniform(w0) < share


@njit(_nrt=False)
def buy(  # type: ignore[no-untyped-def]
    members,
    profiles,
    products,
    brands,
    coupons,
    shelf,
    levers,
    platform,
    clock,
    i,
    p,
    item,
    surface,
    live,
    base,
):
    """Whether member ``i`` wants product ``p``, with and without the coupon; where; how many units.

    Odds of an order are logistic in inclination, liking, trust, match, habit, price against the expected one,
    waiting and delivery, times the factors of situation, season and ``buy.odds``; ``base`` gives the
    level. The same four words decide in every scenario. Without a coupon a share ``off_platform`` buys
    elsewhere, at list price; a coupon is only good here.

    Returns
    -------
    tuple of int64
        bits (1 wanted, 2 wanted without the coupon, 4 here, 8 here without the coupon), unit price in fen
        before the coupon, units, units without the coupon, coupon row or -1.
    """
    at = np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)
    w0, w1, w2, w3 = words(clock[0].seed, S_BASKET, members[i].id, at, item, 0)
    u = uniform(w0)
    many = uniform(w1)
    plain_units = 1 + (many < SECOND_UNIT) + (many < THIRD_UNIT)
    shown = np.int64(products[p].price * levers[members[i].cohort, lv.M_PRICE] + 0.5)
    x = base + log(intent_odds(platform, surface, live))
    if item != NEED_ITEM:
        x += inclination(clock[0].seed, members[i].id, platform)
        x += persuasion(profiles, products, brands, platform, surface, i, p)
        x += reminded(profiles, coupons, platform, clock, i, products[p].topic, products[p].brand)
    x += leaning(members, profiles, products, brands, shelf, levers, platform, clock, i, p)
    here = uniform(w2) >= elsewhere(levers, platform, members[i].cohort)
    plain_price = shown if here else np.int64(products[p].price)
    plain = u < sigmoid(x + price_pull(profiles, products, platform, i, p, plain_price))
    bits = (1 | 2) * plain + (4 | 8) * here
    coupon = usable(profiles, products, coupons, clock, i, p)
    if coupon >= 0 and not remembered(members, coupons, platform, clock, i, item, coupon):
        coupon = np.int64(-1)
    if coupon < 0:
        return np.int64(bits), plain_price, np.int64(plain_units), np.int64(plain_units), coupon
    units = np.int64(plain_units)
    if shown * units < coupons[coupon].threshold:
        enough = -(-np.int64(coupons[coupon].threshold) // max(np.int64(1), shown))
        if enough > plain_units + 2 or uniform(w3) >= FILL_SHARE:
            return np.int64(bits), plain_price, np.int64(plain_units), np.int64(plain_units), np.int64(-1)
        units = enough
    price = np.int64(shown * (1.0 - coupons[coupon].depth) + 0.5)
    wanted = u < sigmoid(x + price_pull(profiles, products, platform, i, p, price))
    bits = 1 * wanted + 2 * plain + 4 + 8 * here
    return np.int64(bits), shown, np.int64(units), np.int64(plain_units), coupon


@njit(_nrt=False)
def priority(members, products, clock, i, p):  # type: ignore[no-untyped-def]
    """Keyed place in the queue for what is scarce, uint64; the smaller is served first."""
    at = np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)
    w0, w1, _, _ = words(clock[0].seed, S_SETTLE, members[i].id, products[p].id, at, 0)
    return np.uint64(w0) << np.uint64(32) | np.uint64(w1)


@njit(_nrt=False)
def need_rate(seed, member_id, platform):  # type: ignore[no-untyped-def]
    """Lasting rate a day at which a fresh buyer's needs come back: lognormal over members, bounded.

    Few buyers come back soon and most seldom do; so the share with a second purchase grows fast and then
    flattens, and who has bought more often is likelier to buy again (O11).
    """
    w0, w1, _, _ = words(seed, S_PERSON2, member_id, NEED_ATTRIBUTE, 0, 0)
    rate = platform[0].need_median * exp(platform[0].need_sd * normal(w0, w1))
    return min(rate, NEED_CAP / platform[0].need_days)


@njit(_nrt=False)
def need_topic(members, clock, i):  # type: ignore[no-untyped-def]
    """Topic in which member ``i``'s needs come back: a lasting draw from the interests."""
    _, _, w2, _ = words(clock[0].seed, S_PERSON2, members[i].id, NEED_ATTRIBUTE, 0, 0)
    return topic_of_interest(members, i, w2)


@njit(_nrt=False)
def need(members, profiles, coupons, platform, clock, i):  # type: ignore[no-untyped-def]
    """Slot of today in which a need of member ``i`` comes back, or -1.

    Hazard on a day of visit: own rate, fading with the days since the last order, times the season's demand and what a
    coupon reminds of, unless it is for a brand's goods alone.
    """
    day = np.int64(clock[0].day) << 8
    w0, w1, w2, _ = words(clock[0].seed, S_BASKET, members[i].id, day, NEED_ITEM, 1)
    u = uniform53(w0, w1)
    topic = need_topic(members, clock, i) if profiles[i].coupon >= 0 else np.int64(-1)
    reminder = reminded(profiles, coupons, platform, clock, i, topic, -1)
    most = NEED_CAP / platform[0].need_days * clock[0].demand * (1.0 + 1e-9)
    if (
        reminder == 0.0 and u >= most
    ):  # a chance is less than its hazard: for most people that is enough to know
        return np.int64(-1)
    age = max(0.0, np.float64(clock[0].day) - np.float64(profiles[i].last_order))
    hazard = np.float64(need_rate(clock[0].seed, members[i].id, platform) * exp(-age / platform[0].need_days))
    hazard *= exp(reminder)
    if u >= -expm1(-hazard * clock[0].demand):
        return np.int64(-1)
    return slot_of_day(clock, uniform(w2))
