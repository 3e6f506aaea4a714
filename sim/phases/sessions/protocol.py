"""The protocol of a session: control flow and integers over decisions, one source for both engines.

`session` is compiled for the kernels and interpreted for the agents; it holds no float and no draw of its own.
"""

from __future__ import annotations

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.phases.sessions.places import (
    AHEAD,
    LISTING_MASK,
    MAX_PLACES,
    SCRATCH,
    SURFACE_SHIFT,
    VIEWER_BLOCK_BITS,
    choose,
    open_session,
    scratch,
)
from sim.phases.sessions.reactions import (
    CLICK,
    COLLECT,
    COMMENT,
    COMPLETE,
    FOLLOW,
    LIKE,
    NEGATIVE,
    READ,
    RECOGNISED,
    SECONDS_SHIFT,
    SHARE,
    glance,
    respond,
)
from sim.state import schema as s

EVENTS_A_SESSION = 3 * MAX_PLACES
"""Room that must be left in the buffer of events before a session begins."""

BLOCK, BLOCKS = 512, 16
"""Members in the smallest block that a thread takes at a time, and how many blocks each thread should find at least."""


def block_size(members: int, threads: int) -> int:
    """Members in a block: those whom the same recall shards serve, if there are enough of them for all threads.

    What one thread has fetched from a shard then serves all whom the shard serves, and no other thread fetches it too.
    """
    size = 1 << VIEWER_BLOCK_BITS
    while size > BLOCK and size * BLOCKS * threads > members:
        size >>= 1
    return size


_FIELDS = s.NOTE_HISTORY.dtype.fields
assert _FIELDS is not None
LIFE, DAY, SLOT = (_FIELDS[f"{span}totals"][1] // 4 for span in ("", "day_", "slot_"))
"""Words of a row of the notes' history at which its counters begin."""
OF_IMPRESSIONS = np.array([s.C_IMPRESSIONS, s.C_PAID_IMPRESSIONS, s.C_SEARCH_IMPRESSIONS])
"""Counters that a note has which nobody opened."""

nb = t.numba
TALLY = nb.int64[:, :, ::1]
CURSOR = nb.int64[::1]
OWN = nb.types.Tuple((t.COUNTS, TALLY, t.EVENTS, CURSOR, SCRATCH))


def buffers(counts: t.Array, tally: t.Array, room: int) -> tuple[t.Array, ...]:
    """What one thread writes to: its counters of notes and its tally, ``room`` for events, and scratch."""
    events = np.zeros(room + EVENTS_A_SESSION, s.EVENTS.dtype)
    return (counts, tally, events, np.zeros(2, np.int64), scratch())


@njit(forceinline=True, _nrt=False)
def _event(events, cursor, i, n, k, kind, surface):  # type: ignore[no-untyped-def]
    at = cursor[0]
    events[at].member = i
    events[at].note = n
    events[at].order = k
    events[at].kind = kind
    events[at].surface = surface
    cursor[0] = at + 1


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.COUNTS,
            TALLY,
            t.EVENTS,
            CURSOR,
            nb.int64,
            nb.int64,
            nb.int64,
            nb.int64,
        )
    ],
    forceinline=True,
    _nrt=False,
)
def record(members, profiles, counts, tally, events, cursor, i, place, reaction, k):  # type: ignore[no-untyped-def]
    """Count what came of a note that was opened and return the patience it took, in seconds; `show` counts the impression.

    Totals are integers in buffers of the thread's own; of the world only row ``i`` of the profiles is written. A liked
    note takes half the patience of its seconds, one that was opened in vain all of it.
    """
    n = place & LISTING_MASK
    surface = place >> SURFACE_SHIFT
    tier = members[i].tier
    seconds = reaction >> SECONDS_SHIFT
    counts[s.C_READS, n] += 1
    counts[s.C_SECONDS, n] += seconds
    tally[surface, tier, s.C_READS] += 1
    tally[surface, tier, s.C_SECONDS] += seconds
    if surface == s.ADS or surface == s.SEARCH_ADS:
        counts[s.C_PAID_READS, n] += 1
    if reaction & RECOGNISED:
        counts[s.C_RECOGNISED, n] += 1
    done = 0
    if reaction & COMPLETE:
        counts[s.C_COMPLETIONS, n] += 1
        tally[surface, tier, s.C_COMPLETIONS] += 1
    if reaction & LIKE:
        counts[s.C_LIKES, n] += 1
        tally[surface, tier, s.C_LIKES] += 1
        done += 1
    if reaction & COLLECT:
        counts[s.C_COLLECTS, n] += 1
        tally[surface, tier, s.C_COLLECTS] += 1
        done += 1
    if reaction & COMMENT:
        counts[s.C_COMMENTS, n] += 1
        tally[surface, tier, s.C_COMMENTS] += 1
        valence = -1 if reaction & NEGATIVE else 1
        counts[s.C_VALENCE, n] += valence
        tally[surface, tier, s.C_VALENCE] += valence
        done += 1
    if reaction & SHARE:
        counts[s.C_SHARES, n] += 1
        tally[surface, tier, s.C_SHARES] += 1
        done += 1
        _event(events, cursor, i, n, k, s.E_SHARE, surface)
    if reaction & FOLLOW:
        counts[s.C_FOLLOWS, n] += 1
        tally[surface, tier, s.C_FOLLOWS] += 1
        done += 1
        _event(events, cursor, i, n, k, s.E_FOLLOW, surface)
    if reaction & CLICK:
        counts[s.C_CLICKS, n] += 1
        tally[surface, tier, s.C_CLICKS] += 1
        _event(events, cursor, i, n, k, s.E_CLICK, surface)
    profiles[i].day_reads = min(255, profiles[i].day_reads + 1)
    profiles[i].day_reactions = min(255, profiles[i].day_reactions + done)
    profiles[i].day_seconds = min(65535, profiles[i].day_seconds + seconds)
    return seconds - (seconds >> 1) if reaction & (LIKE | COLLECT) else seconds


@njit(
    [(t.MEMBERS, t.PROFILES, t.SHOWN, t.COUNTS, TALLY, nb.int64[::1], nb.int64, nb.int64, nb.int64)],
    forceinline=True,
    _nrt=False,
)
def show(members, profiles, shown, counts, tally, places, count, i, pace):  # type: ignore[no-untyped-def]
    """Count the impressions of the first ``count`` places, ``pace`` seconds each: together, since each waits for memory."""
    tier = members[i].tier
    seen, paid, placed = np.int64(0), np.int64(0), np.int64(0)
    for j in range(count):
        place = places[j]
        if place >= 0:
            n = place & LISTING_MASK
            surface = place >> SURFACE_SHIFT
            flags = shown[n].flags
            counts[s.C_IMPRESSIONS, n] += 1
            tally[surface, tier, s.C_IMPRESSIONS] += 1
            tally[surface, tier, s.C_SECONDS] += pace
            bought = surface == s.ADS or surface == s.SEARCH_ADS
            if bought:
                counts[s.C_PAID_IMPRESSIONS, n] += 1
            elif surface == s.SEARCH:
                counts[s.C_SEARCH_IMPRESSIONS, n] += 1
            seen += 1
            paid += bought or flags & s.SPONSORED != 0
            placed += flags & s.PLACEMENT != 0
    profiles[i].day_impressions = min(65535, profiles[i].day_impressions + seen)
    profiles[i].day_seconds = min(65535, profiles[i].day_seconds + seen * pace)
    profiles[i].day_paid = min(255, profiles[i].day_paid + paid)
    profiles[i].brand_exposures = min(255, profiles[i].brand_exposures + placed)


def session(  # type: ignore[no-untyped-def]
    members, profiles, shown, groups, arcs, feeds, levers, platform, clock, own, i, pace
):
    """One member's session in this slot, if there is one; returns the number of impressions.

    The first nine arguments are the world, frozen for the slot; ``own`` are the caller's counters, tally, events, cursor
    and scratch. No more places are filled at once than patience can last for.
    """
    patience = open_session(members, profiles, levers, platform, clock, i)
    counts, tally, events, cursor, room = own
    words, places = room[0], room[1]
    k = 0
    while patience > 0 and k < MAX_PLACES:
        count = min(AHEAD, (patience + pace - 1) // pace)
        choose(members, profiles, shown, counts, groups, arcs, feeds, levers, clock, i, k, count, room)
        opened = glance(members, shown, counts, levers, platform, clock, i, k, count, room)
        for j in range(count):
            patience -= pace
            place = places[j]
            if opened >> j & 1 and place >= 0:
                reaction = respond(
                    members,
                    shown,
                    levers,
                    platform,
                    clock,
                    i,
                    place,
                    k + j,
                    words[1, j],
                    words[4, j],
                    words[5, j],
                )
                if reaction & READ:
                    patience -= record(
                        members, profiles, counts, tally, events, cursor, i, place, reaction, k + j
                    )
            if patience <= 0:
                count = j + 1
                break
        show(members, profiles, shown, counts, tally, places, count, i, pace)
        k += count
    return k


session_compiled = njit(forceinline=True, _nrt=False)(session)


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.SHOWN,
            t.GROUPS,
            t.ARCS,
            t.FEEDS,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            OWN,
            nb.int64[::1],
            nb.int64,
            nb.int64,
        )
    ],
    _nrt=False,
)
def play_sessions(  # type: ignore[no-untyped-def]
    members, profiles, shown, groups, arcs, feeds, levers, platform, clock, own, at, end, pace
):
    """A slot's sessions of the members from row ``at[0]`` to before ``end``.

    Parameters
    ----------
    own
        The thread's own, from `buffers`: int32 [counters, listings], int64 [surfaces, tiers, counters], room for events,
        int64 [2] events written and sessions in which something was seen, scratch.
    at
        int64 [1], next member; short of the end if the events are full: fetch them, clear the cursor and call again.
    pace
        Seconds that an impression takes.
    """
    _, _, events, cursor, _ = own
    room = len(events) - EVENTS_A_SESSION
    i = at[0]
    while i < end:
        if cursor[0] > room:
            break
        if not members[i].flags & s.PYTHON:
            before = profiles[i].day_impressions
            session_compiled(
                members, profiles, shown, groups, arcs, feeds, levers, platform, clock, own, i, pace
            )
            cursor[1] += profiles[i].day_impressions != before
        i += 1
    at[0] = i


def history_words(history: t.Array) -> t.Array:
    """Rows of the notes' history as int32 words, without a copy: a hint to the processor names a word."""
    return history.view(np.int32).reshape(len(history), -1)


@njit(forceinline=True, _nrt=False)
def _move(counts, history, listing, n, c):  # type: ignore[no-untyped-def]
    total = np.int32(0)
    for thread in range(len(counts)):
        total += counts[thread, c, listing]
        counts[thread, c, listing] = 0
    history[n, SLOT + c] += total
    history[n, LIFE + c] += total
    history[n, DAY + c] += total


@njit([(nb.int32[:, :, ::1], nb.int32[:, ::1], nb.int64[::1], nb.int32[::1])], _nrt=False)
def reduce_counts(counts, history, listings, rows):  # type: ignore[no-untyped-def]
    """Add the threads' counters of the notes at some listings (and their rows) to those of slot, day and life, in thread
    order, and clear them.

    Parameters
    ----------
    history
        The table of that name as words, from `history_words`.
    """
    width = np.int64(history.shape[1])
    for at in range(len(rows)):
        ahead = np.int64(rows[min(at + 16, len(rows) - 1)]) * width
        prefetch(history, ahead + LIFE)
        prefetch(history, ahead + DAY)
        prefetch(history, ahead + SLOT)
        n = rows[at]
        reads = 0
        for thread in range(len(counts)):
            reads += counts[thread, s.C_READS, listings[at]]
        if reads:
            for c in range(s.N_COUNTERS):
                _move(counts, history, listings[at], n, c)
        else:
            for c in OF_IMPRESSIONS:
                _move(counts, history, listings[at], n, c)
