"""Coupons: today's offers reach their segment, those who care claim them, and what has run out is taken back.

A coupon works three ways: holders look in more often, buy at a lower price, and learn to wait for the next
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.accounts import account_code
from sim.errors import ConfigError
from sim.levers import CouponOffer
from sim.numerics import exp
from sim.phases.base import Phase
from sim.phases.orders.decisions import TYPICAL_DISCOUNT, words
from sim.randomness import S_COUPON, uniform
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
KEPT_DAYS = 60
"""Days for which a coupon's row is kept after its last day, for the returns of what was bought with it."""
USUAL_ELASTICITY = -2.62
"""Mean own price elasticity (K1)."""
SIGHT = 0.3
"""What seeing a discount teaches about waiting, against buying at one (assumption, 0.1 to 0.6)."""
FADES = 0.9
"""Share of the learnt expectation that is left after a week without a lesson (assumption, 0.8 to 0.97)."""
NO_ACTION = 0xFFFF


@njit([(t.MEMBERS, t.PROFILES, t.COUPONS, t.PLATFORM, t.CLOCK, nb.boolean[::1], nb.int64, nb.int64)])
def hand_out(members, profiles, coupons, platform, clock, segment, c, days):  # type: ignore[no-untyped-def]
    """Give coupon ``c`` to the members of ``segment`` who claim it and hold none that is as deep; returns how
    many.

    Odds of a claim: `coupon_claim`, times e^0.5 for each point of price elasticity beyond the mean. To see a
    discount teaches a little of what buying at one teaches.
    """
    issued = np.int64(0)
    day = np.int64(clock[0].day)
    until = min(day + days - 1, np.int64(coupons[c].end))
    action = np.int64(coupons[c].action) if coupons[c].action >= 0 else np.int64(NO_ACTION)
    odds = platform[0].coupon_claim / (1.0 - platform[0].coupon_claim)
    lesson = SIGHT * platform[0].wait_learning * min(1.0, coupons[c].depth / TYPICAL_DISCOUNT)
    for i in range(len(segment)):
        if not segment[i] or (members[i].flags & (s.ON_PLATFORM | s.BOT)) != s.ON_PLATFORM:
            continue
        held = np.int64(profiles[i].coupon)
        if held >= 0 and profiles[i].coupon_until >= day and coupons[held].depth >= coupons[c].depth:
            continue
        w0, _, _, _ = words(clock[0].seed, S_COUPON, members[i].id, action, day, 0)
        own = odds * exp(0.5 * (USUAL_ELASTICITY - profiles[i].price_sensitivity))
        if uniform(w0) * (1.0 + own) >= own:
            continue
        profiles[i].coupon = c
        profiles[i].coupon_until = until
        profiles[i].wait += lesson * (1.0 - profiles[i].wait)
        issued += 1
    return issued


@njit([(t.PROFILES, t.COUPONS, t.PLATFORM, t.CLOCK, nb.boolean)])
def expire(profiles, coupons, platform, clock, weekly):  # type: ignore[no-untyped-def]
    """Take back coupons that are over or out of money; once a week let expectations of a discount fade."""
    day = clock[0].day
    base = platform[0].wait_base
    for i in range(len(profiles)):
        c = profiles[i].coupon
        if c >= 0 and (profiles[i].coupon_until < day or coupons[c].end < day or coupons[c].budget <= 0):
            profiles[i].coupon = -1
        if weekly:
            profiles[i].wait = base + FADES * (profiles[i].wait - base)


def issue_coupons(community: Community) -> None:
    """Take back what is over, then hand out today's `CouponOffer` records, the deepest first.

    Raises
    ------
    ConfigError
        If a coupon's depth or budget is impossible or its payer is no account.
    """
    state, day = community.state, community.world_day
    coupons = state.coupons
    live = np.flatnonzero(coupons.taken)
    over = (coupons["end"][live] < day) | (coupons["budget"][live] <= 0)
    weekly = day % 7 == 0
    if weekly or over.any():
        profiles = state.profiles.rows
        expire(profiles, coupons.array, community.platform, community.clock, weekly)
        old = live[coupons["end"][live] < day - KEPT_DAYS]
        if len(old):
            coupons.release(old)
    offers = [offer for offer in community.levers.offers if isinstance(offer, CouponOffer)]
    for offer in sorted(offers, key=lambda o: (-o.depth, o.threshold, o.action, o.topic, o.brand)):
        if not (0.0 <= offer.depth < 1.0 and offer.budget >= 0 and offer.days >= 1):
            raise ConfigError(
                f"coupon of action {offer.action}: depth={offer.depth:g} must be from 0 to below 1, "
                f"budget={offer.budget} must not be negative, days={offer.days} must be at least 1"
            )
        if not offer.budget or not offer.depth:
            continue
        row = int(coupons.take(1)[0])
        record = coupons.array[row]
        record["action"] = offer.action
        record["payer"] = account_code(offer.payer)
        record["depth"] = offer.depth
        record["threshold"] = offer.threshold
        record["topic"] = offer.topic
        record["brand"] = offer.brand
        record["start"] = day
        record["end"] = min(day + offer.days - 1, np.iinfo(np.int16).max)
        record["budget"] = offer.budget
        segment = np.ascontiguousarray(offer.segment, dtype=np.bool_)
        issued = hand_out(
            state.members.rows,
            state.profiles.rows,
            coupons.array,
            community.platform,
            community.clock,
            segment,
            row,
            offer.days,
        )
        coupons.array["issued"][row] = issued
        community.count("coupons_issued", int(issued))


PHASE = Phase(
    name="offers",
    when="dawn",
    reads=("members", "profiles", "levers", "clock"),
    writes=("coupons", "profiles.coupon", "profiles.coupon_until", "profiles.wait"),
    run=issue_coupons,
    equation=(
        "odds of a claim = coupon_claim / (1 - coupon_claim) x e^(0.5 x (mean elasticity - own));"
        " waiting fades by a tenth of its excess each week"
    ),
    facts=("K1", "K2", "K3", "assumption"),
    test="tests/sim/test_trade.py::test_each_phase_of_trade_is_missed",
    en="Coupons",
    zh="优惠券发放",
)
