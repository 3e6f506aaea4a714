"""Writing: what new notes are like, whoever asked for them.

Quality, title, topic, format, purpose and product of a note are drawn from its key alone, so that a note is the same
note in every scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.levers import TrendOffer
from sim.levers import mechanisms as lv
from sim.numerics import exp, log, norm_ppf, power
from sim.phases.activities import on_topic
from sim.phases.draws import topic_of_interest
from sim.randomness import S_NOTE, block, uniform, uniforms
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
DAY_OFFSET = 512
"""Added to a note's day in its key, so that the notes of before the world began have keys too."""
TREND_BLOCK = 6
"""Block of a note's attributes that says whether it rides a trend."""
TREND_THEME = 31
"""Theme of notes that ride a trend: all are about the same."""
VIDEO_SHARE = 0.35
"""Share of organic notes that are videos (assumption, 0.2 to 0.5)."""
LIVE_SHARE = 0.004
"""Share of organic notes that are livestreams (assumption, 0.001 to 0.02)."""
PURPOSE_SHARES = (0.22, 0.26, 0.14, 0.16, 0.22)
"""Product, educational, interactive, emotional, entertaining (assumption: S4 names them, no document counts them)."""
SECOND_TOPIC = 4.0 / 7.0
"""Share of the notes beside the main topic that are on the second one (assumption: 0.20 of 0.35)."""
EXPERTISE = 0.12
"""Quality, in sd, gained on the author's main topic (assumption, 0 to 0.4; E16: fit matters)."""
OFF_TOPIC = 0.65 / 0.35
"""What is lost beside it, so that the usual mix of topics gains nothing (definition)."""
KEPT = 2.0
"""Log-odds of keeping to the main topic for each unit of effort above the usual (assumption, 0 to 4; I2: who is recognised
writes closer to what was)."""
SELLING = 0.3
"""Share of sponsored notes from which an author's notes read like those of a shop (G8, weak: 30 to 40 %)."""
SELLS = 3.0
"""Quality, in sd, that they lose with each unit of the share beyond it (assumption, 1 to 6; G8: fans interact less)."""
SKILL, LUCK = 0.8, 0.6
"""Weights of the author's skill and of a note's own luck in quality (assumption; squares sum to 1; O2)."""
COVER = 0.69
"""Spread of the execution of title and cover, sd; times 0.35 the 0.24 log-odds between headlines of one text (O12)."""
SUBJECT = 0.62
"""Spread of what a note is about in its appeal, in sd of a cover; with `FLAIR` 0.6 of the 0.7 log-odds between texts (O12)."""
FLAIR = 1.32
"""What a standard deviation of skill adds to cover and subject, in sd of a cover (assumption, 0.3 to 1.5; O2, O7)."""
POOR = -1.0
"""Quality, in sd, below which a note is poor (definition)."""


@njit(_nrt=False)
def _purpose(levers, cohort, u):  # type: ignore[no-untyped-def]
    """Purpose of a note: usual shares, each times its mechanism."""
    total = 0.0
    for purpose in range(len(PURPOSE_SHARES)):
        total += PURPOSE_SHARES[purpose] * levers[cohort, lv.M_PRODUCT + purpose]
    running = 0.0
    for purpose in range(len(PURPOSE_SHARES) - 1):
        running += PURPOSE_SHARES[purpose] * levers[cohort, lv.M_PRODUCT + purpose] / total
        if u < running:
            return purpose
    return len(PURPOSE_SHARES) - 1


@njit
def _at_odds(chance, factor):  # type: ignore[no-untyped-def]
    """A chance at so many times its odds."""
    if factor == 1.0:
        return chance
    odds = chance / (1.0 - chance) * factor
    return odds / (1.0 + odds)


@njit
def _theme(u, crowding):  # type: ignore[no-untyped-def]
    """Theme of a note, 0 to 31, the first far more common than the last; ``crowding`` 1 is usual."""
    return np.int64(32.0 * (u * u if crowding == 1.0 else power(u, 2.0 * crowding)))


@njit([(t.MEMBERS, t.CREATORS, t.NOTES, t.NOTE_HISTORY, t.LEVERS, t.CLOCK, nb.int64[::1])], _nrt=False)
def write_notes(members, creators, notes, history, levers, clock, rows):  # type: ignore[no-untyped-def]
    """Draw what the notes of ``rows`` are like; key, author, creator, day and slot stand there already.

    Quality has the author's skill (0.8) and the note's own luck (0.6), plus effort and ``post.quality``; what is poor
    (below -1 sd) may be lifted (``post.lift``). Subjects, titles and covers follow skill too. Topic follows the author's
    verticals, else interests, but for what is led to any of the sixteen (``post.thin``).
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
        c0, c1, c2, c3 = block(seed, S_NOTE, high, low, 0, 2)
        cohort = members[i].cohort
        u = uniform(a0)
        focus = _at_odds(levers[cohort, lv.M_FOCUS], exp(KEPT * (creators[c].effort - 1.0)))
        if u < focus:
            topic = np.int64(creators[c].verticals[0])
        elif u < focus + (1.0 - focus) * SECOND_TOPIC:
            topic = np.int64(creators[c].verticals[1])
        else:
            topic = topic_of_interest(members, i, a1)
        thin = levers[cohort, lv.M_THIN]
        if uniform(c2) < thin:
            topic = np.int64(s.N_TOPICS * uniform(c2) / thin)
        notes[n].topic = topic
        u = uniform(a2)
        video = _at_odds(VIDEO_SHARE, levers[cohort, lv.M_VIDEO])
        notes[n].format = s.LIVE if u < LIVE_SHARE else (s.VIDEO if u < LIVE_SHARE + video else s.IMAGE_TEXT)
        notes[n].purpose = _purpose(levers, cohort, uniform(a3))
        bot = members[i].flags & s.BOT
        flags = np.int64(0)
        if uniform(b0) < levers[cohort, lv.M_ORIGINAL]:
            flags |= s.ORIGINAL
        # G2: 2.5 % of notes are fake marketing, many from inauthentic accounts
        if uniform(b1) < _at_odds(0.30 if bot else 0.014, levers[cohort, lv.M_FAKE]):
            flags |= s.FAKE
        quality = SKILL * creators[c].skill + LUCK * norm_ppf(uniform(b2)) + 0.4 * (creators[c].effort - 1.0)
        quality += EXPERTISE if topic == creators[c].verticals[0] else -EXPERTISE * OFF_TOPIC
        quality += levers[cohort, lv.M_POST_QUALITY]
        quality -= SELLS * max(0.0, creators[c].commercial_load - SELLING)
        if flags & s.FAKE:
            quality -= 1.0
        if quality < POOR:
            quality += levers[cohort, lv.M_LIFT] * (POOR - quality)
        notes[n].quality = quality
        notes[n].cover = (
            FLAIR * creators[c].skill
            + COVER * norm_ppf(uniform(b3))
            + SUBJECT * norm_ppf(uniform(c3))
            + (0.8 if flags & s.FAKE else 0.0)
            + levers[cohort, lv.M_COVER]
        )
        notes[n].theme = _theme(uniform(c0), levers[cohort, lv.M_THEMES])
        # editors see quality with an error as large as half its spread (assumption)
        history[n].shown_quality = quality + 0.5 * norm_ppf(uniform(c1))
        notes[n].flags = flags
        notes[n].product = -1
        notes[n].contract = -1
        notes[n].status = s.PLANNED
        notes[n].boost = 1.0
        notes[n].share = 1.0
        notes[n].novelty = 1.0
        creators[c].notes_month = min(255, creators[c].notes_month + 1)
        creators[c].written = min(255, creators[c].written + 1)


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
    organic: bool = True,
) -> npt.NDArray[np.int64]:
    """Rows of new notes by ``creators``, drawn and waiting for review; product links by a keyed draw.

    Only ``organic`` notes take up what their authors take part in, or what everybody talks of.
    """
    state = community.state
    rows = state.notes.take(len(keys))
    history_rows = state.note_history.take(len(keys))
    assert np.array_equal(rows, history_rows)
    notes = state.notes.array
    notes["key"][rows] = keys
    notes["creator"][rows] = creators
    notes["author"][rows] = state.creators["member"][creators]
    notes["day"][rows] = day
    notes["slot"][rows] = slot
    notes["listing"][rows] = -1
    write_notes(
        state.members.array,
        state.creators.array,
        notes,
        state.note_history.array,
        community.levers.table,
        community.clock,
        rows,
    )
    if organic:
        on_topic(community, rows)
        ride_trends(community, rows)
    link_products(community, rows)
    return rows


def ride_trends(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Let authors who ride a trend write about it: new notes of ``rows`` may change their topic."""
    trends = [o for o in community.levers.offers if isinstance(o, TrendOffer)]
    notes = community.state.notes.array
    for trend in sorted(trends, key=lambda o: o.action):
        keys = notes["key"][rows]
        low, high = (
            (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32),
            (keys >> np.uint64(32)).astype(np.uint32),
        )
        u = uniforms(community.seed, S_NOTE, high, low, 0, TREND_BLOCK)
        rides = trend.authors[notes["author"][rows]] & (u < trend.share)
        notes["topic"][rows[rides]] = trend.topic
        notes["theme"][rows[rides]] = TREND_THEME


def link_products(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Give product notes, and a few others, a link to a product of their topic, chosen by attraction."""
    notes, products = community.state.notes.array, community.state.products
    if not len(products) or not len(rows):
        return
    keys = notes["key"][rows]
    low, high = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)
    chance = np.where(notes["purpose"][rows] == s.PRODUCT, 0.7, 0.08)
    cohort = community.state.members["cohort"][notes["author"][rows]]
    odds = chance / (1.0 - chance) * community.levers.table[cohort, lv.M_LINK]
    chance = np.where(community.levers.table[cohort, lv.M_LINK] == 1.0, chance, odds / (1.0 + odds))
    linked = uniforms(community.seed, S_NOTE, high, low, 0, 3) < chance
    rows, low, high = rows[linked], low[linked], high[linked]
    choice = np.full(len(rows), -1, np.int64)
    choose_products(notes, products.rows, np.uint64(community.seed), high, low, rows, choice)
    found = choice >= 0
    notes["product"][rows[found]] = choice[found]
    notes["flags"][rows[found]] |= s.LINKED


@njit(
    [(t.NOTES, t.PRODUCTS, nb.uint64, nb.uint32[::1], nb.uint32[::1], nb.int64[::1], nb.int64[::1])],
    _nrt=False,
)
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
