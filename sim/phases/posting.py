"""Posting: who writes what today, organic notes and those that a contract asks for.

Every tier may post and most rarely do. A note's key, and with it every later draw about it, comes from its author, day,
slot and ordinal, or from its contract and deliverable, so that a plan's notes never shift anybody's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.accounts import account_code, kind_code
from sim.levers import ContractOffer, GrantOffer
from sim.levers import mechanisms as lv
from sim.numerics import exp, power
from sim.phases.base import Phase
from sim.phases.draws import slot_of_day
from sim.phases.writing import add_notes, note_keys
from sim.randomness import S_CONTRACT, S_POST, block, uniform, uniforms
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
FAILURE = 7
"""Block of the stream of contracts that says whether a note is delivered."""
CONTRACT_BIT = np.uint64(1) << np.uint64(63)
ATTENDANCE = 0.25
"""Share of members on a usual day; a rate per day becomes one per visit by it (R5 and the share of dormant members)."""


@njit(_nrt=False)
def _hour(clock, u, exponent):  # type: ignore[no-untyped-def]
    """Slot in which a note appears: as readers come, or more in their busy hours (shares to a power)."""
    if exponent == 1.0:
        return slot_of_day(clock, u)
    total = 0.0
    for slot in range(clock[0].slots):
        total += power(clock[0].hour_share[slot], exponent)
    running = 0.0
    for slot in range(clock[0].slots - 1):
        running += power(clock[0].hour_share[slot], exponent) / total
        if u < running:
            return np.int64(slot)
    return np.int64(clock[0].slots - 1)


@njit([(t.MEMBERS, t.PROFILES, t.CREATORS, t.LEVERS, t.CLOCK, nb.int64)], _nrt=False)
def plan_posts(members, profiles, creators, levers, clock, c):  # type: ignore[no-untyped-def]
    """Notes that creator ``c`` writes today (0, 1 or 2), and the slots, packed: count | slot << 4 | second slot << 8.

    The odds follow the author's own rate, effort and the mechanism ``post.odds``; an author who is not here today
    publishes only what was planned ahead (``post.planned``). Hours follow those at which people read, the busier ones more
    with ``post.hours``.
    """
    i = creators[c].member
    cohort = members[i].cohort
    if not members[i].flags & s.ON_PLATFORM or creators[c].left:
        return 0
    rate = creators[c].post_rate * creators[c].effort
    if members[i].flags & s.ON_TODAY:
        rate /= ATTENDANCE
    else:
        rate *= levers[cohort, lv.M_PLANNED]
        if rate <= 0.0:
            return 0
    rate = min(rate, 1.6)
    w0, w1, w2, w3 = block(clock[0].seed, S_POST, members[i].id, clock[0].day, 0, 0)
    if (
        rate < 0.1 and uniform(w0) >= 1.1 * rate * levers[cohort, lv.M_POST]
    ):  # odds below 1.1 times the rate: e^x - 1
        return 0
    chance = 1.0 - exp(-rate)
    odds = chance / (1.0 - chance) * levers[cohort, lv.M_POST]
    count = 0
    if uniform(w0) * (1.0 + odds) < odds:
        count = 1
        if uniform(w1) * (1.0 + odds) < odds * 0.5:
            count = 2
    out = np.int64(count)
    for k in range(count):
        u = uniform(w2 if k == 0 else w3)
        out |= _hour(clock, u, levers[cohort, lv.M_HOURS]) << (4 + 4 * k)
    return out


@njit([(t.MEMBERS, t.PROFILES, t.CREATORS, t.LEVERS, t.CLOCK, nb.int64[::1], nb.int64, nb.int64)], _nrt=False)
def plan_all(members, profiles, creators, levers, clock, plans, first, last):  # type: ignore[no-untyped-def]
    """`plan_posts` for a range of creators, those not decided in Python; writes int64 [creators]."""
    for c in range(first, last):
        if members[creators[c].member].flags & s.PYTHON:
            plans[c] = 0
        else:
            plans[c] = plan_posts(members, profiles, creators, levers, clock, c)


def pay_grants(community: Community) -> None:
    """Pay today's `GrantOffer` records to authors who write, and count them as income."""
    state = community.state
    for offer in sorted(
        (o for o in community.levers.offers if isinstance(o, GrantOffer)), key=lambda o: o.action
    ):
        creators = state.creators
        rows = np.flatnonzero(offer.authors[creators["member"]] & (creators["left"] == 0))
        total = offer.amount * len(rows)
        if total:
            day = community.world_day
            community.ledger.book(day, offer.payer, "creators", "reward", total, offer.action)
            creators.array["income"][rows] += offer.amount
            community.count("grants", len(rows))


def take_contracts(community: Community) -> None:
    """Creators accept or refuse today's `ContractOffer` records; each accepted deliverable becomes a contract row.

    A creator accepts when the price per note, set against what an average creator of that following asks, outweighs a bad
    fit and a heavy commercial load (E16: fit has a peak; G8: load tires followers, and creators know).
    """
    state = community.state
    creators, members, contracts = state.creators, state.members, state.contracts
    offers = sorted(
        (o for o in community.levers.offers if isinstance(o, ContractOffer)), key=lambda offer: offer.id
    )
    if not offers:
        return

    def of_each(name: str) -> npt.NDArray[Any]:
        return np.array([getattr(offer, name) for offer in offers])

    creator, product, ids = of_each("creator"), of_each("product"), of_each("id")
    who, topic = creators["member"][creator], state.products["topic"][product]
    vertical = (creators["verticals"][creator] == topic[:, None]).any(axis=1)
    fit = np.minimum(1.0, 0.35 + 0.4 * vertical + members["interest"][who, topic] / 255.0)
    here = ((members["flags"][who] & s.ON_PLATFORM) > 0) & (creators["left"][creator] == 0)
    load = creators["commercial_load"][creator].astype(float)
    chance = _accept(fit, load, float(community.levers.table[0, lv.M_CONTRACT_ACCEPTANCE]))
    accepted = np.flatnonzero(here & (uniforms(community.seed, S_CONTRACT, ids, 0xFFFF) < chance))
    # counted as notes are: in the people whom a member stands for
    share = of_each("share").astype(float)
    taken = float(share[accepted].sum())
    for name, number in (("offered", share.sum()), ("refused", share.sum() - taken), ("accepted", taken)):
        community.count(f"contracts_{name}", float(number))
    notes, price = of_each("notes"), of_each("price")
    at = np.repeat(accepted, notes[accepted])
    deliverable = np.arange(len(at)) - np.searchsorted(at, at)
    rows = contracts.take(len(at))
    for name in (
        "id",
        "creator",
        "product",
        "action",
        "format",
        "purpose",
        "disclosed",
        "production",
        "share",
    ):
        contracts.array[name][rows] = of_each(name)[at]
    contracts.array["status"][rows] = 1
    contracts.array["day"][rows] = of_each("day")[at] + deliverable * of_each("gap")[at]
    rest = price - price // notes * notes
    contracts.array["price"][rows] = (price // notes)[at] + np.where(deliverable == 0, rest[at], 0)
    contracts.array["fit"][rows] = fit[at]
    contracts.array["deliverable"][rows] = deliverable


@njit([nb.float64[::1](nb.float64[::1], nb.float64[::1], nb.float64)])
def _accept(fits, loads, odds):  # type: ignore[no-untyped-def]
    """Chance that creators take an offer at the asked price (assumption: 0.9 at full fit, no load)."""
    out = np.empty(len(fits))
    for at in range(len(fits)):
        x = 0.4 + 2.0 * fits[at] - 3.0 * max(0.0, loads[at] - 0.3)
        out[at] = 1.0 / (1.0 + exp(-x) / odds)
    return out


def deliver_contracts(community: Community) -> None:
    """Write the commissioned notes that are due today, and pay for them."""
    state = community.state
    contracts = state.contracts
    due = np.flatnonzero((contracts["status"] == 1) & (contracts["day"] <= community.world_day))
    if not len(due):
        return
    due = due[np.lexsort((contracts["deliverable"][due], contracts["id"][due]))]
    creators = contracts["creator"][due].astype(np.int64)
    here = (state.creators["left"][creators] == 0) & (
        (state.members["flags"][state.creators["member"][creators]] & s.ON_PLATFORM) > 0
    )
    u = uniforms(community.seed, S_CONTRACT, contracts["id"][due], contracts["deliverable"][due], 0, FAILURE)
    here &= u >= community.levers.table[0, lv.M_CONTRACT_FAILURE]
    contracts.array["status"][due[~here]] = 3
    share = contracts["share"][due].astype(float)
    community.count("contracts_failed", float(share[~here].sum()))
    community.count("contracts_delivered", float(share[here].sum()))
    due, creators = due[here], creators[here]
    if not len(due):
        return
    ids = contracts["id"][due].astype(np.uint64)
    keys = CONTRACT_BIT | ids << np.uint64(32) | contracts["deliverable"][due].astype(np.uint64)
    slot = np.full(len(due), community.config.world.slots // 2, np.int64)
    rows = add_notes(community, creators, community.world_day, slot, keys, organic=False)
    notes = state.notes.array
    products = contracts["product"][due]
    notes["topic"][rows] = state.products["topic"][products]
    notes["product"][rows] = products
    notes["contract"][rows] = due
    notes["share"][rows] = contracts["share"][due]
    notes["format"][rows] = contracts["format"][due]
    notes["purpose"][rows] = contracts["purpose"][due]
    # E16: brand fit has a peak; a perfect copy of the advertiser's words persuades less
    fit = contracts["fit"][due]
    notes["quality"][rows] += (
        contracts["production"][due] + 0.8 * (fit - 0.5) - 0.9 * np.maximum(0.0, fit - 0.9)
    )
    flags = s.SPONSORED | s.LINKED | s.ORIGINAL | s.REVIEWED
    notes["flags"][rows] = flags + s.DISCLOSED * (contracts["disclosed"][due] > 0)
    contracts.array["status"][due] = 2
    state.creators.array["commercial_load"][creators] += np.float32(0.12) * (
        1.0 - state.creators["commercial_load"][creators]
    )
    pay_contracts(community, due)


def pay_contracts(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Pay creators for delivered notes, and count it as their income."""
    due = community.state.contracts.array[rows]
    price, action = due["price"].astype(np.int64), due["action"].astype(np.int64)
    names = ["brand"] if community.policy is None else [*community.policy.payers, "brand"]
    payer = np.array([account_code(name) for name in names])[np.minimum(action, len(names) - 1)]
    credit, kind = account_code("creators"), kind_code("creator_fee")
    community.ledger.book_many(community.world_day, payer, credit, kind, price, action)
    np.add.at(community.state.creators.array["income"], due["creator"], due["price"])


def run(community: Community) -> None:
    """Plan and write today's notes."""
    state = community.state
    pay_grants(community)
    take_contracts(community)
    size = len(state.creators)
    plans = np.zeros(size, np.int64)
    if size:
        if community.config.run.engine == "kernels":
            by_rows(
                community.threads,
                size,
                lambda first, last: plan_all(
                    state.members.array,
                    state.profiles.array,
                    state.creators.array,
                    community.levers.table,
                    community.clock,
                    plans,
                    first,
                    last,
                ),
            )
        community.plan_in_python(plans)
    posting = np.flatnonzero(plans & 3)
    count = plans[posting] & 3
    creators = np.concatenate([posting, posting[count == 2]])
    ordinal = np.concatenate([np.zeros(len(posting), np.int64), np.ones(int((count == 2).sum()), np.int64)])
    slot = plans[creators] >> (4 + 4 * ordinal) & 0xF
    first = int(np.count_nonzero(state.creators["notes_month"][posting] == 0))
    if len(creators):
        ids = state.members["id"][state.creators["member"][creators]]
        keys = note_keys(ids, community.world_day, slot, ordinal)
        add_notes(community, creators, community.world_day, slot, keys)
    deliver_contracts(community)
    community.count("first_notes", first)
    community.count("notes_written", len(creators))
    community.count("posters", len(posting))


PHASE = Phase(
    name="posting",
    when="dawn",
    reads=("members", "profiles", "creators", "products", "contracts"),
    writes=(
        "notes",
        "note_history",
        "contracts",
        "creators.commercial_load",
        "creators.notes_month",
        "creators.income",
        "ledger",
    ),
    run=run,
    equation=(
        "odds(post) = odds(1 - exp(-rate x effort / attendance)) x post.odds; "
        "quality = 0.8 skill + 0.6 luck + 0.4 (effort - 1) - 3 max(0, share of sponsored notes - 0.3)"
    ),
    facts=("N7", "N9", "N10", "G2", "G8", "E16", "I2", "R10"),
    test="tests/sim/phases/test_posting.py::test_without_posting_there_are_no_new_notes",
    en="Posting",
    zh="发布",
)
