"""Posting: who writes what today, organic notes and those that a contract asks for.

Every tier may post and most rarely do. A note's key, and with it every later draw about it, comes from its author, day,
slot and ordinal, or from its contract and deliverable, so that a plan's notes never shift anybody's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.accounts import account_code, kind_code
from sim.levers import ContractOffer
from sim.levers import mechanisms as lv
from sim.numerics import exp, log, norm_ppf
from sim.phases.base import Phase
from sim.phases.draws import slot_of_day, topic_of_interest
from sim.phases.rows import by_rows
from sim.randomness import S_CONTRACT, S_NOTE, S_POST, block, uniform, uniforms
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
DAY_OFFSET = 512
"""Added to a note's day in its key, so that the notes of before the world began have keys too."""
CONTRACT_BIT = np.uint64(1) << np.uint64(63)
VIDEO_SHARE = 0.35
"""Share of organic notes that are videos (assumption, 0.2 to 0.5)."""
LIVE_SHARE = 0.004
"""Share of organic notes that are livestreams (assumption, 0.001 to 0.02)."""
ATTENDANCE = 0.25
"""Share of members on a usual day; a rate per day becomes one per visit by it (R5 and the share of dormant members)."""


@njit([(t.MEMBERS, t.PROFILES, t.CREATORS, t.LEVERS, t.CLOCK, nb.int64)])
def plan_posts(members, profiles, creators, levers, clock, c):  # type: ignore[no-untyped-def]
    """Notes that creator ``c`` writes today (0, 1 or 2), and the slots, packed: count | slot << 4 | second slot << 8.

    The odds follow the author's own rate, effort and the mechanism ``post.odds``; an author who is not here today writes
    nothing. Hours follow those at which people read.
    """
    i = creators[c].member
    if (members[i].flags & (s.ON_TODAY | s.ON_PLATFORM)) != (s.ON_TODAY | s.ON_PLATFORM) or creators[c].left:
        return 0
    rate = creators[c].post_rate * creators[c].effort / ATTENDANCE
    rate = min(rate, 1.6)
    w0, w1, w2, w3 = block(clock[0].seed, S_POST, members[i].id, clock[0].day, 0, 0)
    chance = 1.0 - exp(-rate)
    odds = chance / (1.0 - chance) * levers[members[i].cohort, lv.M_POST]
    count = 0
    if uniform(w0) * (1.0 + odds) < odds:
        count = 1
        if uniform(w1) * (1.0 + odds) < odds * 0.5:
            count = 2
    out = np.int64(count)
    for k in range(2):
        out |= slot_of_day(clock, uniform(w2 if k == 0 else w3)) << (4 + 4 * k)
    return out


@njit([(t.MEMBERS, t.PROFILES, t.CREATORS, t.LEVERS, t.CLOCK, nb.int64[::1], nb.int64, nb.int64)])
def plan_all(members, profiles, creators, levers, clock, plans, first, last):  # type: ignore[no-untyped-def]
    """`plan_posts` for a range of creators, those not decided in Python; writes int64 [creators]."""
    for c in range(first, last):
        if members[creators[c].member].flags & s.PYTHON:
            plans[c] = 0
        else:
            plans[c] = plan_posts(members, profiles, creators, levers, clock, c)


@njit
def _pick(cumulative, u):  # type: ignore[no-untyped-def]
    for at in range(len(cumulative) - 1):
        if u < cumulative[at]:
            return at
    return len(cumulative) - 1


@njit([(t.MEMBERS, t.CREATORS, t.NOTES, t.NOTE_HISTORY, t.LEVERS, t.CLOCK, nb.int64[::1], nb.float64[::1])])
def write_notes(members, creators, notes, history, levers, clock, rows, purposes):  # type: ignore[no-untyped-def]
    """Draw what the notes of ``rows`` are like; key, author, creator, day and slot stand there already.

    Quality has the author's skill (0.6) and the note's own luck (0.8), plus effort and ``post.quality``; titles and covers
    follow skill loosely. Topic follows the author's verticals, else interests. ``purposes``: cumulative shares.
    """
    for at in range(len(rows)):
        n = rows[at]
        i = notes[n].author
        c = notes[n].creator
        key = notes[n].key
        low = np.int64(key & np.uint64(0xFFFFFFFF))
        high = np.int64(key >> np.uint64(32))
        seed = clock[0].seed
        a0, a1, a2, a3 = block(seed, S_NOTE, high, low, 0, 0)
        b0, b1, b2, b3 = block(seed, S_NOTE, high, low, 0, 1)
        c0, c1, _c2, _ = block(seed, S_NOTE, high, low, 0, 2)
        u = uniform(a0)
        if u < 0.65:
            topic = np.int64(creators[c].verticals[0])
        elif u < 0.85:
            topic = np.int64(creators[c].verticals[1])
        else:
            topic = topic_of_interest(members, i, a1)
        notes[n].topic = topic
        u = uniform(a2)
        notes[n].format = (
            s.LIVE if u < LIVE_SHARE else (s.VIDEO if u < LIVE_SHARE + VIDEO_SHARE else s.IMAGE_TEXT)
        )
        notes[n].purpose = _pick(purposes, uniform(a3))
        bot = members[i].flags & s.BOT
        flags = np.int64(0)
        if uniform(b0) < 0.9:  # N10: nine in ten notes are original
            flags |= s.ORIGINAL
        if uniform(b1) < (
            0.30 if bot else 0.014
        ):  # G2: 2.5 % of notes are fake marketing, many from inauthentic accounts
            flags |= s.FAKE
        quality = 0.6 * creators[c].skill + 0.8 * norm_ppf(uniform(b2)) + 0.4 * (creators[c].effort - 1.0)
        quality += levers[members[i].cohort, lv.M_POST_QUALITY]
        if flags & s.FAKE:
            quality -= 1.0
        notes[n].quality = quality
        notes[n].cover = (
            0.3 * creators[c].skill + 0.95 * norm_ppf(uniform(b3)) + (0.8 if flags & s.FAKE else 0.0)
        )
        u = uniform(c0)
        notes[n].theme = np.int64(32.0 * u * u)  # some themes are far more common than others
        # editors see quality with an error as large as half its spread (assumption)
        history[n].shown_quality = quality + 0.5 * norm_ppf(uniform(c1))
        notes[n].flags = flags
        notes[n].product = -1
        notes[n].contract = -1
        notes[n].status = s.PLANNED
        notes[n].boost = 1.0
        notes[n].novelty = 1.0
        creators[c].notes_month = min(255, creators[c].notes_month + 1)


PURPOSE_SHARES = (0.22, 0.26, 0.14, 0.16, 0.22)
"""Product, educational, interactive, emotional, entertaining (assumption: S4 names them, no document counts them)."""


def note_keys(
    ids: npt.NDArray[np.uint32],
    day: npt.NDArray[np.int64] | int,
    slot: npt.NDArray[np.int64],
    k: npt.NDArray[np.int64],
) -> npt.NDArray[np.uint64]:
    """Keys of organic notes: author's id, day, slot, ordinal."""
    low = (
        ((np.asarray(day, np.int64) + DAY_OFFSET) & 0xFFFF) << 16
        | np.asarray(slot, np.int64) << 8
        | np.asarray(k, np.int64)
    )
    return (ids.astype(np.uint64) << np.uint64(32)) | low.astype(np.uint64)


def add_notes(
    community: Community,
    creators: npt.NDArray[np.int64],
    day: npt.NDArray[np.int64] | int,
    slot: npt.NDArray[np.int64],
    keys: npt.NDArray[np.uint64],
) -> npt.NDArray[np.int64]:
    """Rows of new notes by ``creators``, drawn and waiting for review; product links by a keyed draw."""
    state = community.state
    rows = state.notes.take(len(keys))
    history_rows = state.note_history.take(len(keys))
    assert np.array_equal(rows, history_rows)
    community.match_counters()
    notes = state.notes.array
    notes["key"][rows] = keys
    notes["creator"][rows] = creators
    notes["author"][rows] = state.creators["member"][creators]
    notes["day"][rows] = day
    notes["slot"][rows] = slot
    write_notes(
        state.members.array,
        state.creators.array,
        notes,
        state.note_history.array,
        community.levers.table,
        community.clock,
        rows,
        np.cumsum(PURPOSE_SHARES),
    )
    link_products(community, rows)
    return rows


def link_products(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Give product notes, and a few others, a link to a product of their topic, chosen by attraction."""
    notes, products = community.state.notes.array, community.state.products
    if not len(products) or not len(rows):
        return
    keys = notes["key"][rows]
    low, high = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)
    chance = np.where(notes["purpose"][rows] == s.PRODUCT, 0.7, 0.08)
    linked = uniforms(community.seed, S_NOTE, high, low, 0, 3) < chance
    rows, low, high = rows[linked], low[linked], high[linked]
    choice = np.full(len(rows), -1, np.int64)
    choose_products(notes, products.rows, np.uint64(community.seed), high, low, rows, choice)
    found = choice >= 0
    notes["product"][rows[found]] = choice[found]
    notes["flags"][rows[found]] |= s.LINKED


@njit([(t.NOTES, t.PRODUCTS, nb.uint64, nb.uint32[::1], nb.uint32[::1], nb.int64[::1], nb.int64[::1])])
def choose_products(notes, products, seed, high, low, rows, choice):  # type: ignore[no-untyped-def]
    """The product of its topic that each note links, written to ``choice``; untouched where the topic has none.

    A race of keyed exponential waiting times at the rates exp(attraction): one product more moves only its own share.
    """
    for j in range(len(rows)):
        first = np.inf
        for p in range(len(products)):
            if products[p].topic != notes[rows[j]].topic:
                continue
            w0, _, _, _ = block(seed, S_NOTE, high[j], low[j], 1 + p, 4)
            wait = -log(uniform(w0)) / exp(np.float64(products[p].attraction))
            if wait < first:
                first = wait
                choice[j] = p


def take_contracts(community: Community) -> None:
    """Creators accept or refuse today's `ContractOffer` records; each accepted deliverable becomes a contract row.

    A creator accepts when the price per note, set against what an average creator of that following asks, outweighs a bad
    fit and a heavy commercial load (E16: fit has a peak; G8: load tires followers, and creators know).
    """
    state = community.state
    offers = [o for o in community.levers.offers if isinstance(o, ContractOffer)]
    for offer in sorted(offers, key=lambda o: o.id):
        creators, members = state.creators, state.members
        i = int(creators["member"][offer.creator])
        product = state.products.array[offer.product]
        interest = float(members["interest"][i][int(product["topic"])]) / 255.0
        vertical = int(product["topic"]) in [int(v) for v in creators["verticals"][offer.creator]]
        fit = min(1.0, 0.35 + 0.4 * vertical + interest)
        load = float(creators["commercial_load"][offer.creator])
        here = bool(members["flags"][i] & s.ON_PLATFORM) and not creators["left"][offer.creator]
        chance = _accept(fit, load)
        accepted = here and float(uniforms(community.seed, S_CONTRACT, offer.id, 0xFFFF)[0]) < chance
        community.count("contracts_offered", 1)
        if not accepted:
            community.count("contracts_refused", 1)
            continue
        community.count("contracts_accepted", 1)
        rows = state.contracts.take(offer.notes)
        share = offer.price // offer.notes
        for j, row in enumerate(rows):
            record = state.contracts.array[row]
            record["id"] = offer.id
            record["creator"] = offer.creator
            record["product"] = offer.product
            record["action"] = offer.action
            record["format"] = offer.format
            record["purpose"] = offer.purpose
            record["status"] = 1
            record["disclosed"] = offer.disclosed
            record["day"] = offer.day + j * offer.gap
            record["price"] = share + (offer.price - share * offer.notes if j == 0 else 0)
            record["fit"] = fit
            record["production"] = offer.production
            record["deliverable"] = j


@njit([(nb.float64, nb.float64)])
def _accept(fit, load):  # type: ignore[no-untyped-def]
    """Chance that a creator takes an offer at the asked price (assumption: 0.9 at full fit, no load)."""
    x = 0.4 + 2.0 * fit - 3.0 * max(0.0, load - 0.3)
    return 1.0 / (1.0 + exp(-x))


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
    contracts.array["status"][due[~here]] = 3
    community.count("contracts_failed", int((~here).sum()))
    due, creators = due[here], creators[here]
    if not len(due):
        return
    ids = contracts["id"][due].astype(np.uint64)
    keys = CONTRACT_BIT | ids << np.uint64(32) | contracts["deliverable"][due].astype(np.uint64)
    slot = np.full(len(due), community.config.world.slots // 2, np.int64)
    rows = add_notes(community, creators, community.world_day, slot, keys)
    notes = state.notes.array
    products = contracts["product"][due]
    notes["topic"][rows] = state.products["topic"][products]
    notes["product"][rows] = products
    notes["contract"][rows] = due
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
    if len(creators):
        ids = state.members["id"][state.creators["member"][creators]]
        keys = note_keys(ids, community.world_day, slot, ordinal)
        add_notes(community, creators, community.world_day, slot, keys)
    deliver_contracts(community)
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
        "ledger",
    ),
    run=run,
    equation=(
        "odds(post) = odds(1 - exp(-rate x effort / attendance)) x post.odds; "
        "quality = 0.6 skill + 0.8 luck + 0.4 (effort - 1)"
    ),
    facts=("N7", "N9", "N10", "G2", "E16", "R10"),
    test="tests/sim/phases/test_posting.py::test_without_posting_there_are_no_new_notes",
    en="Posting",
    zh="发布",
)
