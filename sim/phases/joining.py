"""Joining: prospects become members, people who left come back, and everybody who is new gets accounts to
follow.

Membership is level in the baseline because inflow is balanced against leaving when a world is made: the daily
hazard is the one at which, at every inclination to visit, as many come as go (`sim.population`). Those who
left are forgotten after a month or so and are prospects again, so that the pool is not used up.
``platform.growth`` tips the balance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.levers import InviteOffer
from sim.levers import mechanisms as lv
from sim.numerics import expm1, log
from sim.phases.base import Phase
from sim.phases.draws import too_late
from sim.phases.orders.decisions import words
from sim.population import USUAL_HABIT, USUAL_SATISFACTION, balance
from sim.randomness import S_CHANNEL, S_FOLLOW, S_JOIN, S_REWARD, block, blocks, uniform, uniforms
from sim.state import schema as s
from sim.threads import by_rows, rows_where

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba

ORGANIC, PAID, REFERRED, CROSS, CAME_BACK = 1, 2, 3, 4, 5
"""Marks of a person who has come today: the codes of the channels, and one more."""
BAD_FIT = 0.5
"""Satisfaction and habit of newcomers who came for a reward, against others' (assumption, 0.2 to 0.8)."""
USUAL_REFERRERS = 0.015
"""Share of members in the referral stage at which referral brings its usual share (assumption)."""
RIVALS_TAKE = 0.5
"""Share of new members that rivals at full pull keep away (assumption, 0.2 to 0.8; X1)."""
SUGGESTED = 16
"""Accounts in the list of suggestions, per topic."""
MANY = 1 << 12
"""Followers from which on creators are not told apart when those with the most are looked for."""
_CHANNEL_BITS, _CHANNEL_MASK = 11, 0xFFFF ^ (7 << 11)


@njit(
    [(t.MEMBERS, t.PROFILES, t.LEVERS, t.CLOCK, nb.float64[::1], nb.uint8[::1], nb.int64, nb.int64)],
    _nrt=False,
)
def join_rows(members, profiles, levers, clock, settings, came, first, last):  # type: ignore[no-untyped-def]
    """Decide for everybody outside in a range of rows; ``came`` gets a mark (a channel, or `CAME_BACK`).

    Parameters
    ----------
    settings
        float64: daily hazards by organic, paid, referral and other platforms' channels, hazard of coming
        back, chance of being forgotten.
    """
    day = np.int64(clock[0].day)
    rivals = 1.0 - RIVALS_TAKE * clock[0].outside
    for i in range(first, last):
        if members[i].flags & s.ON_PLATFORM:
            continue
        me = np.int64(members[i].id)
        cohort = members[i].cohort
        w0, w1, _, _ = words(clock[0].seed, S_JOIN, me, day, 0, 0)
        if profiles[i].stage == s.GONE:
            mood = np.float64(profiles[i].satisfaction)
            hazard = settings[4] * rivals * 2.0 * mood / (mood + USUAL_SATISFACTION)
            chance = -expm1(-hazard)
            odds = chance / (1.0 - chance) * levers[cohort, lv.M_JOIN_AGAIN]
            if uniform(w0) * (1.0 + odds) < odds:
                came[i] = CAME_BACK
            elif uniform(w1) < settings[5]:
                profiles[i].stage = s.PROSPECT
            continue
        organic = settings[0]
        paid = organic + settings[1] * levers[cohort, lv.M_JOIN_PAID]
        referred = paid + settings[2] * levers[cohort, lv.M_JOIN_REFERRAL]
        total = referred + settings[3] * levers[cohort, lv.M_JOIN_CROSS]
        chance = -expm1(-total * rivals)
        odds = chance / (1.0 - chance) * levers[cohort, lv.M_JOIN]
        if uniform(w0) * (1.0 + odds) < odds:
            w0, _, _, _ = words(clock[0].seed, S_CHANNEL, me, day, 0, 0)
            at = uniform(w0) * total
            came[i] = ORGANIC if at < organic else PAID if at < paid else REFERRED if at < referred else CROSS


@njit([(t.MEMBERS, t.CLOCK, nb.int64[::1], nb.int64[::1], nb.int64[::1], nb.float64[::1], nb.int64[:, ::1])])
def suggest(members, clock, joiners, accounts, topics, attraction, out):  # type: ignore[no-untyped-def]
    """Accounts that new members follow at once, int64 [joiners, number], -1 where there are too few.

    The shortest of keyed waiting times at rates (interest in the account's topic + 0.02) x attraction, so
    that one more account changes only the choices that it wins.
    """
    number = out.shape[1]
    times = np.empty(number)
    ids, drawn = np.empty(len(accounts), np.int64), np.empty(len(accounts), np.uint64)
    for k in range(len(accounts)):
        ids[k] = members[accounts[k]].id
    for at in range(len(joiners)):
        i = joiners[at]
        me = np.int64(members[i].id)
        times[:] = np.inf
        for k in range(len(accounts)):  # apart, since several are drawn at once
            w0, _, _, _ = block(clock[0].seed, S_FOLLOW, me, ids[k], clock[0].day, 0)
            drawn[k] = np.uint64(w0)
        for k in range(len(accounts)):
            v = accounts[k]
            if v == i:
                continue
            rate = (members[i].interest[topics[k]] / 255.0 + 0.02) * attraction[k]
            if too_late(drawn[k], rate, times[number - 1]):
                continue
            wait = -log(uniform(drawn[k])) / rate
            place = number
            while place > 0 and times[place - 1] > wait:
                place -= 1
            if place < number:
                for j in range(number - 1, place, -1):
                    times[j] = times[j - 1]
                    out[at, j] = out[at, j - 1]
                times[place] = wait
                out[at, place] = v


def _most_followed(community: Community, wanted: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Creators among whom the ``wanted`` most followed are, and the followers of those who are here and writing, else 0.

    Most have few followers, so the number of those with more is looked up first, and people are looked at last.
    """
    creators, flags = community.state.creators, community.state.members["flags"]
    followers = creators["followers"]
    parts = by_rows(
        community.threads,
        len(followers),
        lambda a, b: np.bincount(np.minimum(followers[a:b], MANY), minlength=MANY + 1),
    )
    with_more = np.cumsum(np.sum(parts, axis=0)[::-1])[::-1]  # by number: creators with at least so many
    asked = 2 * wanted
    while True:
        least = max(1, int(np.count_nonzero(with_more >= asked)) - 1)
        rows = rows_where(community.threads, len(followers), lambda a, b: followers[a:b] >= least)  # noqa: B023
        here = (flags[creators["member"][rows]] & (s.ON_PLATFORM | s.BOT)) == s.ON_PLATFORM
        known: npt.NDArray[np.int32] = followers[rows] * (here & (creators["left"][rows] == 0))
        if least == 1 or np.count_nonzero(known) >= wanted:
            return rows, known
        asked *= 4


def _accounts(community: Community) -> npt.NDArray[np.int64]:
    """Rows of creators suggested to newcomers: in each main topic the most followed who are here and
    writing."""
    state = community.state
    creators = state.creators
    wanted = min(len(creators), 8 * SUGGESTED * s.N_TOPICS)
    if not wanted:
        return np.zeros(0, np.int64)
    rows, known = _most_followed(community, wanted)
    least = (
        max(1, int(np.partition(known, len(known) - wanted)[len(known) - wanted]))
        if len(known) >= wanted
        else 1
    )
    rows, known = rows[known >= least], known[known >= least]
    topic = creators["verticals"][rows, 0]
    rows = rows[np.lexsort((rows, -known.astype(np.int64), topic))]
    topic = creators["verticals"][rows, 0]
    rank = np.arange(len(rows)) - np.searchsorted(topic, topic)
    best: npt.NDArray[np.int64] = rows[rank < SUGGESTED]
    return best


def follow_suggestions(community: Community, joiners: npt.NDArray[np.int64]) -> None:
    """Let new members follow a handful of well-known accounts of their topics, from tonight on."""
    state = community.state
    number = int(community.config.platform.suggested_follows)
    rows = _accounts(community)
    if not number or not len(joiners) or not len(rows):
        return
    creators = state.creators
    out = np.full((len(joiners), number), -1, np.int64)
    accounts = (
        creators["member"][rows].astype(np.int64),
        creators["verticals"][rows, 0].astype(np.int64),
        np.sqrt(creators["followers"][rows].astype(np.float64)),
    )
    by_rows(
        community.threads,
        len(joiners),
        lambda first, last: suggest(
            state.members.array, community.clock, joiners[first:last], *accounts, out[first:last]
        ),
        weight=len(rows),
    )
    follower = np.repeat(joiners, number)
    known = out.reshape(-1) >= 0
    community.follows_today.append((follower[known], out.reshape(-1)[known]))


def _inviters(community: Community, offer: InviteOffer) -> npt.NDArray[np.int64]:
    """Rows of members who invite others today for the sake of an offer."""
    members = community.state.members
    here = (members["flags"] & (s.ON_PLATFORM | s.BOT)) == s.ON_PLATFORM
    asked = np.flatnonzero(offer.segment & here & ((community.state.profiles["active_days"] & 1) > 0))
    u = uniforms(community.seed, S_REWARD, members["id"][asked], offer.action & 0xFFFF, community.world_day)
    return asked[u < offer.accepts]


def _reward(
    community: Community,
    offers: list[tuple[InviteOffer, npt.NDArray[np.int64]]],
    invited: npt.NDArray[np.int64],
    hosts: npt.NDArray[np.int64],
) -> None:
    """Pay for newcomers whom inviters brought; a share of them came for the reward's sake alone and fits badly."""
    profiles = community.state.profiles.array
    for offer, inviters in offers:
        mine = invited[np.isin(hosts, inviters)]
        if not len(mine):
            continue
        paid = offer.reward * len(mine)
        if paid:
            community.ledger.book(community.world_day, offer.payer, "members", "referral", paid, offer.action)
        ids = community.state.members["id"][mine]
        badly = uniforms(community.seed, S_CHANNEL, ids, community.world_day, 1) < offer.fake
        for column in ("satisfaction", "habit"):
            profiles[column][mine[badly]] *= np.float32(BAD_FIT)
        community.count("referred_by_plan", len(mine))


def _befriend(
    community: Community, invited: npt.NDArray[np.int64], hosts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Tie those who were invited to their hosts, both ways; the host, returned, is the one next to a keyed point."""
    if not len(invited) or not len(hosts):
        return np.zeros(0, np.int64)
    ids = community.state.members["id"][invited]
    word = blocks(community.seed, S_CHANNEL, ids, community.world_day)[:, 1].astype(np.uint64)
    point = (word * np.uint64(len(community.state.members))) >> np.uint64(32)
    host = hosts[np.searchsorted(hosts, point.astype(np.int64)) % len(hosts)]
    community.follows_today += [(invited, host), (host, invited)]
    return host


def _welcome(community: Community, rows: npt.NDArray[np.int64], channel: npt.NDArray[np.uint8]) -> None:
    """Write what a newcomer begins with."""
    members, profiles = community.state.members.array, community.state.profiles.array
    new = channel != CAME_BACK
    members["flags"][rows] |= s.ON_PLATFORM
    profiles["stage"][rows] = s.EXPLORATION
    profiles["active_days"][rows] = 0
    fit = community.levers.table[members["cohort"][rows], lv.M_JOIN_MATCH]
    profiles["habit"][rows] = USUAL_HABIT * fit
    profiles["satisfaction"][rows[new]] = np.minimum(1.0, USUAL_SATISFACTION * fit[new])
    profiles["joined"][rows[new]] = community.world_day
    packed = profiles["demographics"][rows[new]].astype(np.int64) & _CHANNEL_MASK
    profiles["demographics"][rows[new]] = packed | channel[new].astype(np.int64) << _CHANNEL_BITS


def _book(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Book what paid channels cost: what a plan added to its payer, the rest to the platform."""
    platform, ledger = community.config.platform, community.ledger
    dearer = 1.0 + float(community.clock["outside"][0])
    price = 100.0 * platform.join_cost * dearer
    factor = community.levers.table[community.state.members["cohort"][rows], lv.M_JOIN_PAID]
    total = round(price * len(rows))
    actions = [c.action for c in community.levers.changes if c.mechanism == lv.M_JOIN_PAID and c.action >= 0]
    if actions and community.policy is not None:
        extra = min(total, round(price * float(np.sum(1.0 - 1.0 / np.maximum(1.0, factor)))))
        if extra:
            payer = community.policy.payers[actions[0]]
            ledger.book(community.world_day, payer, "outside", "join_cost", extra, actions[0])
            total -= extra
    if total:
        ledger.book(community.world_day, "platform", "outside", "join_cost", total)


def run(community: Community) -> None:
    """Decide who comes today, and receive them."""
    state, config = community.state, community.config
    platform = config.platform
    hazard = platform.growth * balance(platform, config.world.prospects).hazard
    stage = state.profiles["stage"]
    # Offers of yesterday's plan: joining is the day's first phase after the calendar.
    invites = [o for o in community.levers.offers if isinstance(o, InviteOffer)]
    inviting = [(o, _inviters(community, o)) for o in sorted(invites, key=lambda o: o.action)]
    referring = rows_where(community.threads, len(stage), lambda a, b: stage[a:b] == s.REFERRAL)
    hosts = np.unique(np.concatenate([referring, *(rows for _, rows in inviting)]))
    eager = len(hosts) / max(1.0, USUAL_REFERRERS * community.audience)
    organic = 1.0 - platform.join_paid - platform.join_referral - platform.join_cross
    settings = hazard * np.array(
        [organic, platform.join_paid, platform.join_referral * eager, platform.join_cross, 1.0, 0.0]
    )
    settings[5] = platform.lapse_rate
    came = np.zeros(len(state.members), np.uint8)
    by_rows(
        community.threads,
        len(came),
        lambda first, last: join_rows(
            state.members.array,
            state.profiles.array,
            community.levers.table,
            community.clock,
            settings,
            came,
            first,
            last,
        ),
    )
    rows = np.flatnonzero(came)
    marks = came[rows]
    _welcome(community, rows, marks)
    new = rows[marks != CAME_BACK]
    follow_suggestions(community, new)
    invited = rows[marks == REFERRED]
    _reward(community, inviting, invited, _befriend(community, invited, hosts))
    _book(community, rows[marks == PAID])
    community.count("returned", len(rows) - len(new))


PHASE = Phase(
    name="joining",
    when="dawn",
    reads=("members", "profiles", "creators", "levers", "clock"),
    writes=("members.flags", "profiles", "follows", "ledger"),
    run=run,
    equation=(
        "odds(join) = odds(1 - exp(-(organic + paid + referral + other platforms) x (1 - rivals / 2)))"
        " x join.odds; a second draw credits the channel; the hazard balances leaving (times growth)"
    ),
    facts=("R2", "X1", "H27", "assumption"),
    test="tests/sim/phases/test_joining.py::test_without_joining_nobody_is_new",
    en="Joining",
    zh="新用户加入",
)
