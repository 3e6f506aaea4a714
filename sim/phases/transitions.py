"""Transitions: where each member stands on the four axes tonight, and who has left.

Tier is capability, stage the relation to the platform, fan class commercial value, AIPS the relation to the
focal brand. Each moves by its own rule, up and down at different thresholds, in one pass.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.lanes import LANES
from sim.levers import mechanisms as lv
from sim.numerics import exp
from sim.phases.base import Phase
from sim.phases.orders.decisions import words
from sim.population import USUAL_TRUST
from sim.randomness import S_TRANSITION, block, uniform
from sim.scale import real_followers
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba

KOC_FOLLOWERS = 1_000.0
TOP_FOLLOWERS = 500_000.0
"""Real followers from which an author is a KOC, a top creator (S1 and S3 name the tiers; the numbers are
assumptions)."""
KEEP = 0.8
"""Share of a threshold below which a tier is lost again (assumption)."""
ACTIVE_FROM, ACTIVE_KEEP = 12, 8
"""Visits in 28 days that make an active user, and that keep one (assumption)."""
POSTING_RATE = 0.5 / 28.0
"""Notes a day from which an author counts as posting when a world begins (assumption)."""
LEAST_SKILL = -1.0
CALM = 0.4
"""Satisfaction and trust from which on hardly anybody quits, so that a look at the draw is enough."""
WARNED_AFTER = 10
"""Days away from which a member is in danger of leaving (assumption, 7 to 14)."""
HIGH_SPEND = 300_000
"""Lifetime spend in fen of a high-value fan (assumption: 3,000 yuan)."""
FORGET = 0.01
"""Daily chance of falling back one step in the relation to a brand without new contact (assumption, 0.003 to
0.03)."""
BRAND_STEPS = (0.65, 0.25, 0.10)
"""Aware, interested and truly interested among those aware of a brand that does nothing (assumption)."""

SEARCHERS = 0.70
"""Share of members who use search (E5, official)."""
BRAND_SEARCH = (0.0, 0.02, 0.06, 0.12, 0.03, 0.03)
"""Chance on a day of visit that a searcher who remembers a placement looks for the brand, by AIPS step (assumption, a
third to three times)."""

# What a pass counts: moves by tier reached and by tier left, then the rest.
PROMOTED, DEMOTED = 0, s.N_TIERS
LEFT, AWARE, HERE, AIPS_NEW, AIPS_UP, AIPS_DOWN, REACHED, EXPOSURES, SEARCHED, N_COUNTS = range(
    2 * s.N_TIERS, 2 * s.N_TIERS + 10
)


def recent_days(active_days: npt.NDArray[np.uint32]) -> npt.NDArray[Any]:
    """Days with a visit among the last 28, of a column ``active_days``."""
    count: npt.NDArray[Any] = np.bitwise_count(active_days & np.uint32(0x0FFFFFFF))
    return count


@njit
def _set_bits(x):  # type: ignore[no-untyped-def]
    """Set bits among the lowest 32 of a number below 2**32."""
    x -= (x >> 1) & 0x55555555
    x = (x & 0x33333333) + ((x >> 2) & 0x33333333)
    x = (x + (x >> 4)) & 0x0F0F0F0F
    return ((x * 0x01010101) >> 24) & 0xFF


@njit
def visits_of(bits):  # type: ignore[no-untyped-def]
    """Set bits among the lowest 28."""
    return _set_bits(np.int64(bits) & 0x0FFFFFFF)


@njit
def _away(bits):  # type: ignore[no-untyped-def]
    """Days since the last visit, 32 if none is remembered: the zeros below the lowest set bit."""
    x = np.int64(bits)
    return _set_bits(((x & -x) - 1) & 0xFFFFFFFF)


@njit(_nrt=False)
def first_stage(profiles, i):  # type: ignore[no-untyped-def]
    """Stage of a member when a world begins, from visits and time away alone."""
    bits = profiles[i].active_days
    visits = visits_of(bits)
    if _away(bits) >= WARNED_AFTER:
        return s.CHURN_WARNING
    if visits < 4:
        return s.EXPLORATION
    if visits < 10:
        return s.CULTIVATION
    return s.PARTICIPATION if visits < 20 else s.ADVOCACY


@njit(_nrt=False)
def _stage(profiles, i, trust, visits, away, word):  # type: ignore[no-untyped-def]
    """Next stage of a member who stays."""
    stage = profiles[i].stage
    mood = profiles[i].satisfaction
    reacts = profiles[i].day_reactions > 0 and away == 0
    if away >= WARNED_AFTER:
        return s.CHURN_WARNING
    if stage == s.CHURN_WARNING:
        if away > 0:
            return stage
        return s.CULTIVATION if visits >= 4 else s.EXPLORATION
    if stage == s.EXPLORATION:
        return s.CULTIVATION if visits >= 4 else stage
    if stage == s.CULTIVATION:
        return s.PARTICIPATION if visits >= 10 and reacts else stage
    if stage == s.PARTICIPATION:
        if visits < 6:
            return s.CULTIVATION
        return s.ADVOCACY if visits >= 18 and mood >= 0.58 and trust >= 0.5 and reacts else stage
    if stage == s.ADVOCACY:
        if visits < 13 or mood < 0.45:
            return s.PARTICIPATION
        return s.REFERRAL if mood >= 0.6 and trust >= 0.5 and uniform(word) < 0.01 else stage
    if stage == s.REFERRAL:
        return s.ADVOCACY if mood < 0.5 or uniform(word) < 0.05 else stage
    return s.EXPLORATION


@njit(_nrt=False)
def _tier(members, profiles, creators, i, visits, koc, top):  # type: ignore[no-untyped-def]
    """Next tier: followers in real units and posting for authors, visits and reactions for everybody."""
    tier = members[i].tier
    c = profiles[i].creator
    if c >= 0 and not creators[c].left:
        followers = np.float64(creators[c].followers)
        if followers >= top or (tier == s.TOP and followers >= KEEP * top):
            return s.TOP
        if tier >= s.KOC and followers >= KEEP * koc:
            return s.KOC
        if followers >= koc and creators[c].notes_month > 0 and creators[c].skill > LEAST_SKILL:
            return s.KOC
    if visits >= ACTIVE_FROM and (tier >= s.ACTIVE or profiles[i].day_reactions > 0):
        return s.ACTIVE
    return s.ACTIVE if tier >= s.ACTIVE and visits >= ACTIVE_KEEP else s.ORDINARY


@njit(_nrt=False)
def _fan_class(profiles, i, trust, visits, day):  # type: ignore[no-untyped-def]
    """Next fan class, by repeat purchase and spend with trust, or by interaction."""
    since = day - np.int64(profiles[i].last_order)
    orders = profiles[i].orders
    if orders >= 3 and profiles[i].spend >= HIGH_SPEND and since <= 180 and trust >= 0.5:
        return 3
    if orders >= 2 and since <= 120 and trust >= 0.45:
        return 2
    before = profiles[i].fan_class
    if visits >= 8 and (before > 0 or profiles[i].day_reactions > 0):
        return 1
    return 1 if before > 0 and visits >= 5 else 0


@njit(_nrt=False)
def _aips(profiles, i, trust, here, word, spontaneous, forget, day):  # type: ignore[no-untyped-def]
    """Next step in the relation to the focal brand: contact and interaction lead up, time leads down.

    Without a plan the steps keep the shares of `BRAND_STEPS`. Exposures fade with a mean life of two weeks.
    """
    step = profiles[i].aips
    seen = np.int64(profiles[i].brand_exposures)
    u = uniform(word)
    reactions = profiles[i].day_reactions if here else 0
    up = 0.0
    down = forget
    if step == 0:
        down = 0.0
        up = 0.5 if here and seen >= 1 else spontaneous
    elif step == 1:
        up = FORGET * BRAND_STEPS[1] / BRAND_STEPS[0]
        if seen >= 3 and reactions >= 1:
            up = 0.25
    elif step == 2:
        up = FORGET * BRAND_STEPS[2] / BRAND_STEPS[1]
        if seen >= 5 and reactions >= 2:
            up = 0.2
    elif step == 3:
        up = 0.0  # a purchase is made in the orders phase
    elif step == 4:
        up = 0.005 if reactions >= 1 and trust >= 0.6 else 0.0
        down = forget if day - np.int64(profiles[i].last_order) > 180 else 0.0
    else:
        down = 0.02
        up = 0.0
    if seen > 0 and (np.int64(word) & 0xFFFF) * 14 < seen << 16:
        profiles[i].brand_exposures = seen - 1
    if u < up:
        return step + 1
    if u >= 1.0 - down:
        return 2 if step == 4 else step - 1
    return step


@njit([(t.MEMBERS, t.PROFILES, nb.int64)], _nrt=False)
def leave(members, profiles, i):  # type: ignore[no-untyped-def]
    """Take member ``i`` off the platform, with tier, coupon and group; a visit that is under way is not ended."""
    members[i].flags &= 0xFF ^ s.ON_PLATFORM
    members[i].tier = s.ORDINARY
    profiles[i].stage = s.GONE
    profiles[i].coupon = -1
    profiles[i].group = -1


@njit(_nrt=False)
def _transit(members, profiles, creators, levers, platform, clock, settings, counts, ids, drawn, first, last):  # type: ignore[no-untyped-def]
    """`transition_rows`, counted in ``counts``, with room for the ids and words of eight."""
    day = np.int64(clock[0].day)
    worse = 1.0 + 2.0 * clock[0].crisis + clock[0].outside
    # what quitting cannot exceed for the calm; far above what it is for most, and few are left to be looked at closely
    sorrow = 0.6 / CALM
    calm = (
        platform[0].quit_rate * sorrow * sorrow * sorrow * exp(platform[0].quit_trust * (USUAL_TRUST - CALM))
    )
    calm *= worse * (1.0 + 1e-9)
    for i in range(first, last):
        lane = (i - first) % LANES
        if lane == 0:
            for j in range(min(LANES, last - i)):
                ids[j] = members[i + j].id
            for j in range(len(ids)):  # of unknown length, so that it is vectorised
                w0, _, w2, w3 = block(clock[0].seed, S_TRANSITION, ids[j], day, 0, 0)
                drawn[0, j], drawn[1, j], drawn[2, j] = w0, w2, w3
        if not members[i].flags & s.ON_PLATFORM:
            continue
        w0, w2, w3 = drawn[0, lane], drawn[1, lane], drawn[2, lane]
        bits = profiles[i].active_days
        visits = visits_of(bits)
        away = _away(bits)
        trust = np.float64(members[i].trust)
        here = away == 0
        cohort = members[i].cohort
        mood = np.float64(profiles[i].satisfaction)
        quitting = mood < CALM or trust < CALM or uniform(w3) < calm * levers[cohort, lv.M_QUIT]
        if quitting:
            sorrow = 0.6 / max(0.2, mood)
            quits = platform[0].quit_rate * sorrow * sorrow * sorrow
            quits *= exp(platform[0].quit_trust * (USUAL_TRUST - trust))
            quits *= worse
            quits *= levers[cohort, lv.M_QUIT]
            quitting = uniform(w3) < quits
        if quitting or away >= settings[2]:
            leave(members, profiles, i)
            counts[LEFT] += 1
            continue
        tier = _tier(members, profiles, creators, i, visits, settings[0], settings[1])
        before = members[i].tier
        if tier > before:
            counts[PROMOTED + tier] += 1
        elif tier < before:
            counts[DEMOTED + before] += 1
        if tier != before:  # a row that stays as it is need not go back to memory
            members[i].tier = tier
        stage = _stage(profiles, i, trust, visits, away, w0)
        if stage != profiles[i].stage:
            profiles[i].stage = stage
        fan_class = _fan_class(profiles, i, trust, visits, day)
        if fan_class != profiles[i].fan_class:
            profiles[i].fan_class = fan_class
        seen = np.int64(profiles[i].brand_exposures)
        step = profiles[i].aips
        spontaneous = settings[3] * levers[cohort, lv.M_HEARD]
        forget = FORGET * levers[cohort, lv.M_FORGET]
        after = _aips(profiles, i, trust, here, w2, spontaneous, forget, day)
        if after != step:
            profiles[i].aips = after
        counts[AIPS_NEW] += step == 0 and after > 0
        counts[AIPS_UP] += 0 < step < after
        counts[AIPS_DOWN] += after < step
        counts[AWARE] += after > 0
        if seen > 0:
            counts[REACHED] += 1
            counts[EXPOSURES] += seen
            again, _, _, _ = words(clock[0].seed, S_TRANSITION, members[i].id, day, 0, 1)
            if here and uniform(again) < SEARCHERS * BRAND_SEARCH[after]:
                counts[SEARCHED] += 1
                profiles[i].brand_exposures = min(255, np.int64(profiles[i].brand_exposures) + 1)
        counts[HERE] += 1


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.CREATORS,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            nb.float64[::1],
            nb.int64,
            nb.int64,
        )
    ]
)
def transition_rows(members, profiles, creators, levers, platform, clock, settings, first, last):  # type: ignore[no-untyped-def]
    """Move a range of rows; returns counts, int64 [N_COUNTS].

    Who remembers a placement of the focal brand may search for it, and what is found there is one more exposure.

    Parameters
    ----------
    settings
        float64: followers of a KOC and of a top creator in the sample, days until gone, daily chance of
        hearing of the focal brand without its doing.
    """
    counts = np.zeros(N_COUNTS, np.int64)
    ids, drawn = np.zeros(LANES, np.int64), np.zeros((3, LANES), np.uint64)
    _transit(members, profiles, creators, levers, platform, clock, settings, counts, ids, drawn, first, last)
    return counts


COUNTED = {
    "churned": LEFT,
    "aips_new": AIPS_NEW,
    "aips_up": AIPS_UP,
    "aips_down": AIPS_DOWN,
    "brand_reached": REACHED,
    "brand_exposures": EXPOSURES,
    "brand_searches": SEARCHED,
}
"""Figures of the day, and which count each is."""


def limits(community: Community) -> tuple[int, int]:
    """Followers in the sample that make a KOC and a top creator: the least that stand for enough real ones.

    Where the sample is too small for any, the number exceeds all members and the tier stays empty.
    """
    return _limits(community.config.world.members, community.config.world.weight)


@lru_cache
def _limits(members: int, weight: float) -> tuple[int, int]:
    real = real_followers(np.arange(members + 1), members, weight)
    koc, top = np.searchsorted(real, [KOC_FOLLOWERS, TOP_FOLLOWERS])
    return int(koc), int(top)


def run(community: Community) -> None:
    """Move everybody on the platform."""
    state = community.state
    known = min(0.99, community.config.brand.awareness)
    koc, top = limits(community)
    away = community.config.platform.gone_after
    settings = np.array([koc, top, away, FORGET * BRAND_STEPS[0] * known / (1.0 - known)], float)
    parts = by_rows(
        community.threads,
        len(state.members),
        lambda first, last: transition_rows(
            state.members.array,
            state.profiles.array,
            state.creators.array,
            community.levers.table,
            community.platform,
            community.clock,
            settings,
            first,
            last,
        ),
    )
    counts = np.sum(parts, axis=0)
    community.count("tier_up", counts[PROMOTED : PROMOTED + s.N_TIERS])
    community.count("tier_down", counts[DEMOTED : DEMOTED + s.N_TIERS])
    for name, code in COUNTED.items():
        community.count(name, int(counts[code]))
    focal = state.brands["focal"] == 1
    if focal.any() and counts[HERE]:
        state.brands["awareness"][focal] = counts[AWARE] / counts[HERE]


PHASE = Phase(
    name="transitions",
    when="dusk",
    reads=("members", "profiles", "creators", "levers", "clock"),
    writes=("members.tier", "members.flags", "profiles", "brands.awareness"),
    run=run,
    equation=(
        "tier by real followers (1,000; 500,000), posting and visits; stage by visits in 28 days,"
        " satisfaction, trust, days away; fan class by repeat orders and spend; AIPS by contact; gone after"
        " 30 days away, or by quitting at quit_rate (0.6 / satisfaction)^3 exp(6 (0.6 - trust)) x quit.odds"
    ),
    facts=("H23", "H24", "P9", "R2", "R4", "assumption"),
    test="tests/sim/phases/test_transitions.py::test_without_transitions_nobody_moves_or_leaves",
    en="Transitions",
    zh="分层流转",
)
