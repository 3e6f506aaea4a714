"""Who gets what: intents of a slot in the order of a keyed priority, against finite stock and coupon money.

Nothing is oversold, and neither the order of rows nor the number of threads matters. Compiled loops over the
intents of one slot, which are few.
"""

from __future__ import annotations

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.levers import mechanisms as lv
from sim.numerics import exp
from sim.phases.orders.decisions import (
    INTENTS,
    NEED_ITEM,
    NEEDS,
    NO_SURFACE,
    PURCHASED,
    SHELF,
    TYPICAL_DISCOUNT,
    buy,
    lost_in_the_rush,
    need,
    need_topic,
    preferred,
    priority,
    redirected,
    words,
)
from sim.randomness import S_DELIVERY, normal
from sim.state import schema as s

nb = t.numba
DELIVERY_SD = 0.35
"""Spread of the log of delivery days (assumption, 0.2 to 0.6)."""
MOST_SPEND = 4_000_000_000
AHEAD = 8
"""Clicks ahead whose rows are fetched."""
SHARED_ITEM = 256
SHARED_ITEMS = 65_269
"""Items of clicks on shared notes follow those of sessions; a prime number of them, below the item of needs."""

# What settling counts, in this order.
STOCK_OUTS, LAPSED, BASKETS, WON, RUSH, N_TALLIES = range(6)

_WANT = (
    t.MEMBERS,
    t.PROFILES,
    t.NOTES,
    t.PRODUCTS,
    t.MERCHANTS,
    t.BRANDS,
    t.COUPONS,
    SHELF,
    t.LEVERS,
    t.PLATFORM,
    t.CLOCK,
    t.EVENTS,
    NEEDS,
    INTENTS,
)


@njit([_WANT], _nrt=False)
def want(  # type: ignore[no-untyped-def]
    members,
    profiles,
    notes,
    products,
    merchants,
    brands,
    coupons,
    shelf,
    levers,
    platform,
    clock,
    clicks,
    needs,
    out,
):
    """Intents of a slot, from its product clicks and from needs that came back; returns their number.

    ``out`` has room for every click and need. A click on a note without a product, or whose shop has closed,
    looks at the product of the note's topic that the member likes best.
    """
    count = np.int64(0)
    for e in range(len(clicks) + len(needs)):
        if e + AHEAD < len(clicks):
            prefetch(members, clicks[e + AHEAD].member)
            prefetch(profiles, clicks[e + AHEAD].member)
            prefetch(notes, clicks[e + AHEAD].note)
        if e < len(clicks):
            i = np.int64(clicks[e].member)
            note = np.int64(clicks[e].note)
            item = np.int64(clicks[e].order)
            if item >= SHARED_ITEM:  # no place of a session: the note tells such clicks apart
                item = np.int64(SHARED_ITEM) + np.int64(notes[note].key % np.uint64(SHARED_ITEMS))
            surface = np.int64(clicks[e].surface)
            live = notes[note].format == s.LIVE or surface == s.LIVE_SURFACE
            p = np.int64(notes[note].product)
            topic = np.int64(notes[note].topic)
            if p >= 0 and (not merchants[products[p].merchant].open or (products[p].live_only and not live)):
                p = np.int64(-1)
            if p >= 0 and (products[p].delisted or redirected(members, levers, clock, i, item)):
                topic = np.int64(products[p].topic)
                p = np.int64(-1)
            base = platform[0].order_logit
        else:
            i = np.int64(needs[e - len(clicks)].member)
            note = np.int64(-1)
            item = np.int64(NEED_ITEM)
            surface = np.int64(NO_SURFACE)
            live = False
            p = np.int64(-1)
            topic = need_topic(members, clock, i)
            base = platform[0].need_logit
        if p < 0:
            p = preferred(members, profiles, products, shelf, clock, i, topic)
        if p < 0 or not members[i].flags & s.ON_PLATFORM:
            continue
        bits, price, units, plain_units, coupon = buy(
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
        )
        if not bits & 1:
            continue
        out[count].priority = priority(members, products, clock, i, p)
        out[count].price = price
        out[count].member = i
        out[count].note = note
        out[count].product = p
        out[count].coupon = coupon
        out[count].units = units
        out[count].plain_units = plain_units
        out[count].item = item
        out[count].surface = surface
        out[count].live = live
        out[count].plain = (bits >> 1) & 1
        out[count].here = (bits >> 2) & 1
        out[count].plain_here = (bits >> 3) & 1
        count += 1
    return count


@njit
def delivery_days(seed, low, high, usual, spread):  # type: ignore[no-untyped-def]
    """Days until an order arrives, at least 1: lognormal about the usual days, ``spread`` times the usual spread."""
    w0, w1, _, _ = words(seed, S_DELIVERY, low, high, 0, 0)
    sd = DELIVERY_SD * spread
    days = usual * exp(sd * normal(w0, w1) - 0.5 * sd * sd)
    return max(np.int64(1), min(np.int64(60), np.int64(days + 0.5)))


@njit(_nrt=False)
def lesson(profiles, platform, i, share):  # type: ignore[no-untyped-def]
    """What a purchase at a discount of ``share`` teaches about waiting: expectation rises, or fades at full
    price (K2)."""
    wait = np.float64(profiles[i].wait)
    if share > 0.02:
        wait += platform[0].wait_learning * min(1.0, share / TYPICAL_DISCOUNT) * (1.0 - wait)
    else:
        wait -= 0.25 * platform[0].wait_learning * wait
    profiles[i].wait = wait


_SETTLE = (
    t.MEMBERS,
    t.PROFILES,
    t.NOTES,
    t.PRODUCTS,
    t.BRANDS,
    t.COUPONS,
    t.LEVERS,
    t.PLATFORM,
    t.CLOCK,
    INTENTS,
    nb.int64[::1],
    t.ORDERS,
    nb.int64[::1],
)


@njit([_SETTLE], _nrt=False)
def settle(  # type: ignore[no-untyped-def]
    members, profiles, notes, products, brands, coupons, levers, platform, clock, intents, queue, out, tally
):
    """Turn intents into orders, in the order of ``queue``; returns the number of rows written to ``out``.

    A coupon whose money has run out is refused and the buyer thinks again; an order for more than is in stock
    shrinks to what there is; a second wish for the same product in one slot is the same wish. Writes stock,
    coupons and the buyers' profiles; ``tally`` int64 [4] counts stock-outs, lapsed coupons, baskets, wishes lost in a rush.
    """
    count = np.int64(0)
    day = np.int64(clock[0].day)
    for place in range(len(queue)):
        j = queue[place]
        if place > 0 and intents[queue[place - 1]].priority == intents[j].priority:
            continue
        tally[BASKETS] += 1
        i = np.int64(intents[j].member)
        if lost_in_the_rush(members, levers, clock, i, np.int64(intents[j].item)):
            tally[RUSH] += 1
            continue
        p = np.int64(intents[j].product)
        coupon = np.int64(intents[j].coupon)
        units = np.int64(intents[j].units)
        here = np.int64(intents[j].here)
        price = np.int64(intents[j].price)
        subsidy = np.int64(0)
        if here:
            units = min(units, np.int64(products[p].stock))
        if coupon >= 0:
            subsidy = np.int64(coupons[coupon].depth * price * units + 0.5)
            short = price * units < coupons[coupon].threshold
            if short or profiles[i].coupon != coupon or coupons[coupon].budget < subsidy:
                tally[LAPSED] += 1
                if not intents[j].plain:
                    continue
                coupon = np.int64(-1)
                subsidy = np.int64(0)
                here = np.int64(intents[j].plain_here)
                units = np.int64(intents[j].plain_units)
                if here:
                    units = min(units, np.int64(products[p].stock))
                else:
                    price = np.int64(products[p].price)
        if units <= 0:
            tally[STOCK_OUTS] += 1
            continue
        if here:
            products[p].stock -= units
        if coupon >= 0:
            coupons[coupon].budget -= subsidy
            coupons[coupon].used += 1
            profiles[i].coupon = -1
        paid = price * units - subsidy
        listed = np.int64(products[p].price) * units
        key = np.uint64(members[i].id) << np.uint64(33) | np.uint64(day) << np.uint64(19)
        key |= np.uint64(clock[0].slot) << np.uint64(16) | np.uint64(intents[j].item)
        usual = products[p].delivery_days * levers[0, lv.M_DELIVERY] * (1.0 + clock[0].delay)
        low = np.int64(key & np.uint64(0xFFFFFFFF))
        due = day + delivery_days(
            clock[0].seed, low, np.int64(key >> np.uint64(32)), usual, levers[0, lv.M_SPREAD]
        )
        note = np.int64(intents[j].note)
        out[count].key = key
        out[count].member = i
        out[count].product = p
        out[count].note = notes[note].key if note >= 0 else np.uint64(0)
        out[count].creator = notes[note].creator if note >= 0 else -1
        out[count].contract = notes[note].contract if note >= 0 else -1
        out[count].coupon = coupon
        out[count].units = units
        out[count].paid = paid
        out[count].discount = listed - paid
        out[count].subsidy = subsidy
        out[count].day = day
        out[count].due = due
        out[count].closes = due
        out[count].status = s.ORDERED
        out[count].on_platform = here
        out[count].surface = intents[j].surface
        out[count].live = intents[j].live
        out[count].repeat = profiles[i].orders > 0
        count += 1
        products[p].sold_today += units
        products[p].value_today += paid
        profiles[i].spend = min(np.int64(MOST_SPEND), np.int64(profiles[i].spend) + paid)
        profiles[i].last_order = day
        if profiles[i].orders < 65535:
            profiles[i].orders += 1
        if brands[products[p].brand].focal and profiles[i].aips < PURCHASED:
            profiles[i].aips = PURCHASED
            tally[WON] += 1
        lesson(profiles, platform, i, 1.0 - paid / max(np.int64(1), listed))
    return count


@njit([(t.MEMBERS, t.PROFILES, t.COUPONS, t.PLATFORM, t.CLOCK, NEEDS)], _nrt=False)
def needs_of_day(members, profiles, coupons, platform, clock, out):  # type: ignore[no-untyped-def]
    """Needs that come back today to buyers who are here; returns their number, or -1 if ``out`` is too
    short."""
    count = np.int64(0)
    here = s.ON_PLATFORM | s.ON_TODAY
    for i in range(len(members)):
        if (members[i].flags & (here | s.BOT)) != here or profiles[i].orders == 0:
            continue
        slot = need(members, profiles, coupons, platform, clock, i)
        if slot < 0:
            continue
        if count == len(out):
            return np.int64(-1)
        out[count].member = i
        out[count].slot = slot
        count += 1
    return count
