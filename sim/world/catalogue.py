"""The back catalogue: notes written before the world began, so that search and discovery are not empty on day 0.

Their counters are plausible beginnings, drawn by quality and age; the warm-up replaces them by lived ones.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.numerics import exp, norm_ppf
from sim.phases.distribution.feeds import list_notes
from sim.phases.distribution.ranking import DISCOVERY_DAYS, search_life
from sim.phases.writing import add_notes, note_keys
from sim.population import ATTENDANCE
from sim.randomness import S_NOTE, block, poisson, uniform, uniforms
from sim.scale import real_followers
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
OLDEST = 90
"""Age in days of the oldest notes (C7: a search tail of months)."""


SEARCH_READS = 1.2
"""Reads a day that search brings to an old note of mean quality (found by playing)."""
MOST_A_VISIT = 1.6
"""Most notes that an author's rate may come to on a day of visit (as in `sim.phases.posting`)."""
WRITTEN = 1.18
"""Notes of an author against rate times visits, with those of the effort that is made (found by playing)."""
USUAL_NOTES = 0.33
"""Notes a member that are live where as many are written as leave (found by playing; it scales ``world.initial_notes``)."""
POOL_DAYS = 2.5
"""Days in which a note is shown to most of those that it is going to be shown to (C7: half-life of 36 hours)."""


@njit([(t.NOTES, t.NOTE_HISTORY, t.CLOCK, nb.int64[::1], nb.int64)])
def begin_counters(notes, history, clock, rows, members):  # type: ignore[no-untyped-def]
    """Counters of old notes, near to those that lived notes of the same age and quality have.

    Impressions are lognormal about the first pool and far more for the few that leave it; reactions come at the usual rates,
    and search goes on bringing readers. A note whose search life is over by now is marked removed.
    """
    for at in range(len(rows)):
        n = rows[at]
        key = notes[n].key
        low = np.int64(key & np.uint64(0xFFFFFFFF))
        high = np.int64(key >> np.uint64(32))
        w0, w1, w2, w3 = block(clock[0].seed, S_NOTE, high, low, 0, 5)
        v0, v1, v2, _ = block(clock[0].seed, S_NOTE, high, low, 0, 9)
        quality = np.float64(notes[n].quality)
        age = -np.float64(notes[n].day)
        impressions = (
            500.0 * exp(0.5 * norm_ppf(uniform(w0)) + 0.12 * quality) * (1.0 - exp(-age / POOL_DAYS))
        )
        if uniform(w1) < 0.08 * exp(0.9 * quality):
            impressions *= 3.0 / math.sqrt(1.0 - uniform(v0))
        impressions = min(2.0 * members, impressions)
        searched = SEARCH_READS * exp(0.5 * quality) * age
        reads = 0.085 * impressions + searched
        liked = exp(0.75 * quality) * reads
        totals = history[n].totals
        totals[s.C_IMPRESSIONS] = np.int32(impressions + searched / 0.32)
        totals[s.C_READS] = np.int32(reads)
        totals[s.C_LIKES] = np.int32(poisson(w2, v1, 0.0065 * liked))
        kept = (
            0.45 if notes[n].format == s.IMAGE_TEXT else -0.55
        )  # what is kept stays in search, as in sessions
        if notes[n].purpose == s.EDUCATIONAL or notes[n].purpose == s.PRODUCT:
            kept += 0.5
        elif notes[n].purpose == s.ENTERTAINING:
            kept -= 0.8
        totals[s.C_COLLECTS] = np.int32(poisson(w3, v2, 0.0021 * exp(kept) * liked))
        notes[n].status = s.SEARCH_ONLY if age >= DISCOVERY_DAYS else s.LIVE_NOTE
        notes[n].novelty = 0.8
        notes[n].flags |= s.REVIEWED
        if age >= DISCOVERY_DAYS and age > search_life(totals):
            notes[n].status = s.REMOVED


def build_catalogue(community: Community) -> None:
    """Write the notes that exist when the world begins, by their authors' rates."""
    state, config = community.state, community.config
    creators = state.creators
    member = creators["member"]
    writes = (state.members["flags"][member] & s.ON_PLATFORM > 0) & (creators["left"] == 0)
    if not writes.any() or config.world.initial_notes == 0:
        return
    # an author's own rate: one author more or fewer leaves what the others wrote as it is
    rate = np.minimum(creators["post_rate"] / ATTENDANCE, MOST_A_VISIT) * state.profiles["habit"][member]
    expected = WRITTEN * OLDEST * rate.astype(float) * writes * config.world.initial_notes / USUAL_NOTES
    ids = state.members["id"][member]
    count = np.minimum(np.floor(expected + uniforms(community.seed, S_NOTE, ids, 0, 0, 6)), 250).astype(
        np.int64
    )
    author = np.repeat(np.arange(len(creators)), count)
    k = np.arange(len(author)) - np.repeat(np.cumsum(count) - count, count)
    u = uniforms(community.seed, S_NOTE, ids[author], k, 0, 7)
    age = 1 + np.floor(u * (OLDEST - 1)).astype(np.int64)
    since = age <= -state.profiles["joined"][member[author]]
    author, k, age = author[since], k[since], age[since]
    slot = (k % config.world.slots).astype(np.int64)
    rows = add_notes(community, author, -age, slot, note_keys(ids[author], -age, slot, k))
    world = config.world
    followers = real_followers(creators["followers"][author], world.members, world.weight)
    state.notes.array["followers"][rows] = followers
    creators["notes_month"] = np.minimum(255, np.bincount(author[age <= 28], minlength=len(creators)))
    tenure = np.maximum(0, -state.profiles["joined"][member].astype(np.int64)) * writes
    before = np.minimum(255, np.floor(rate * tenure + 0.5)).astype(np.uint8)  # most of them gone by now
    creators["written"] = np.maximum(creators["written"], before)
    begin_counters(state.notes.array, state.note_history.array, community.clock, rows, config.world.members)
    lives = rows[state.notes["status"][rows] != s.REMOVED]
    for table in (state.notes, state.note_history):
        table.keep(lives)
    listed = np.argsort(state.notes["key"])
    feeds = community.feeds
    list_notes(state.notes.array, feeds.listed, feeds.first, feeds.mask, listed)
    newest = listed[np.argsort(state.notes["day"][listed], kind="stable")]
    state.latest.array["listing"][state.notes["author"][newest]] = state.notes["listing"][newest]
