"""Sharing: what a member passes on reaches followers who are on in the same slot, up to four generations deep.

Each cascade is recorded as a tree, who passed what to whom. Followers who are not here find the note waiting in their
following feed. An arc is decided by the same compiled function as in the library's cascades (`sim.diffusion.arc`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.diffusion.arc import passes
from sim.phases.base import Phase
from sim.phases.sessions.decisions import READ, SHARE, open_session, react
from sim.phases.sessions.protocol import CURSOR, EVENTS_A_SESSION, TALLY, record
from sim.randomness import S_PASS, subkey
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
GENERATIONS = 4
CASCADE_DTYPE = np.dtype(
    [
        ("note", "u8"),
        ("root", "u4"),
        ("source", "u4"),
        ("target", "u4"),
        ("day", "i2"),
        ("minutes", "i2"),
        ("generation", "u1"),
        ("slot", "u1"),
        ("passed_on", "u1"),
        ("read", "u1"),
    ],
    align=True,
)
"""One arc of a cascade: ids of who began it, who passed the note on and who got it."""


@njit
def _slot_of(table, key):  # type: ignore[no-untyped-def]
    """Place of a key in an open-addressing table (uint64, 0 empty), or of the empty place where it belongs."""
    mask = len(table) - 1
    at = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while table[at] != np.uint64(0) and table[at] != key:
        at = (at + 1) & mask
    return at


@njit
def _reaction_ordinal(key):  # type: ignore[no-untyped-def]
    """Ordinal under which a viewer reacts to a shared note: apart from those of the session, and the note's own."""
    mixed = key * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(256) + np.int64(mixed >> np.uint64(41))


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.NOTES,
            t.ARCS,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            nb.int32[:, ::1],
            TALLY,
            t.EVENTS,
            CURSOR,
            nb.from_dtype(CASCADE_DTYPE)[::1],
            nb.int64[::1],
            nb.int64[:, ::1],
            nb.uint64[::1],
        )
    ]
)
def spread_shares(  # type: ignore[no-untyped-def]
    members,
    profiles,
    notes,
    arcs_in,
    levers,
    platform,
    clock,
    counts,
    tally,
    events,
    cursor,
    cascades,
    used,
    queue,
    seen,
):
    """Pass on what the queue holds, generation by generation.

    Parameters
    ----------
    events, cursor
        The slot's events: those of sessions stand there already, those of shared notes are appended.
    cascades, used
        Records of arcs, and how many; ``used[1]`` counts passings that found no room.
    queue
        int64 [room, 4]: note row, member row, root row, minutes; ``used[2]`` entries are the first generation.
    seen
        Hash table of (note, member), so that nobody gets a note twice in a slot.

    Returns
    -------
    int
        1 if a buffer was too small (the caller enlarges it and starts again from its copies), else 0.
    """
    offsets, targets, removed, extra_offsets, extra = arcs_in
    first, last = np.int64(0), used[2]
    end = last
    filled = np.int64(0)
    for q in range(last):
        at = _slot_of(seen, np.uint64(queue[q, 0]) << np.uint64(32) | np.uint64(queue[q, 1] + 1))
        if seen[at] == np.uint64(0):
            seen[at] = np.uint64(queue[q, 0]) << np.uint64(32) | np.uint64(queue[q, 1] + 1)
            filled += 1
    for generation in range(1, GENERATIONS + 1):
        for q in range(first, last):
            n = queue[q, 0]
            v = queue[q, 1]
            key = notes[n].key
            low = np.int64(key & np.uint64(0xFFFFFFFF))
            seed = subkey(clock[0].seed, S_PASS, np.int64(key >> np.uint64(32)))
            source = np.int64(members[v].id)
            base = offsets[v + 1] - offsets[v]
            degree = base + np.int64(extra_offsets[v + 1] - extra_offsets[v])
            for j in range(degree):
                if j < base:
                    place = offsets[v] + j
                    if (removed[place >> 3] >> (place & 7)) & 1:
                        continue
                    u = np.int64(targets[place])
                else:
                    u = np.int64(extra[extra_offsets[v] + j - base])
                if u == notes[n].author or members[u].flags & s.PYTHON:
                    continue  # whoever is decided in Python meets shared notes in the following feed only
                # a share depends on the topic's meaning to the recipient (C5)
                interest = members[u].interest[notes[n].topic] * (1.0 / 255.0)
                p = min(1.0, platform[0].pass_on * (0.4 + 2.0 * interest))
                hit, minutes = passes(seed, low, np.int64(members[u].id), source, p)
                if not hit:
                    continue
                if open_session(members, profiles, levers, platform, clock, u) <= 0:
                    continue
                if used[0] >= len(cascades) or 2 * filled >= len(seen) or end >= len(queue):
                    return 1
                if cursor[0] + 4 >= len(events):
                    return 1
                mark = np.uint64(n) << np.uint64(32) | np.uint64(u + 1)
                at = _slot_of(seen, mark)
                if seen[at] != np.uint64(0):
                    continue
                seen[at] = mark
                filled += 1
                k = _reaction_ordinal(key)
                place = n | np.int64(s.SHARED) << 40
                reaction = react(members, notes, levers, platform, clock, u, place, k)
                record(members, profiles, notes, counts, tally, events, cursor, u, place, reaction, 65535, 4)
                row = used[0]
                cascades[row].note = key
                cascades[row].root = members[queue[q, 2]].id
                cascades[row].source = members[v].id
                cascades[row].target = members[u].id
                cascades[row].day = clock[0].day
                cascades[row].minutes = min(queue[q, 3] + minutes, 32767)
                cascades[row].generation = generation
                cascades[row].slot = clock[0].slot
                cascades[row].read = 1 if reaction & READ else 0
                cascades[row].passed_on = 0
                used[0] = row + 1
                if reaction & SHARE:
                    cascades[row].passed_on = 1
                    if generation < GENERATIONS:
                        queue[end, 0] = n
                        queue[end, 1] = u
                        queue[end, 2] = queue[q, 2]
                        queue[end, 3] = queue[q, 3] + minutes
                        end += 1
        first, last = last, end
        if first == last:
            break
    return 0


def run(community: Community) -> None:
    """Spread the slot's shares and leave each in the sharer's followers' feed."""
    state = community.state
    shares = community.events[community.events["kind"] == s.E_SHARE]
    if not len(shares):
        return
    order = np.lexsort((shares["order"], shares["member"]))
    shares = shares[order]
    state.profiles.array["feed_note"][shares["member"]] = shares["note"]
    room = max(1024, 64 * len(shares))
    arcs_in = community.delta.arrays_in()
    before = state.profiles.rows.copy()
    while True:
        counts = np.zeros((len(state.notes.array), s.N_COUNTERS), np.int32)
        tally = np.zeros((s.N_SURFACES, s.N_TIERS, s.N_COUNTERS), np.int64)
        events = np.zeros(3 * room + EVENTS_A_SESSION, s.EVENTS.dtype)
        cursor = np.zeros(1, np.int64)
        cascades = np.zeros(room, CASCADE_DTYPE)
        used = np.array([0, 0, len(shares)], np.int64)
        queue = np.zeros((len(shares) + room, 4), np.int64)
        queue[: len(shares), 0] = shares["note"]
        queue[: len(shares), 1] = shares["member"]
        queue[: len(shares), 2] = shares["member"]
        seen = np.zeros(1 << int(np.ceil(np.log2(4 * (room + len(shares))))), np.uint64)
        full = spread_shares(
            state.members.array,
            state.profiles.array,
            state.notes.array,
            arcs_in,
            community.levers.table,
            community.platform,
            community.clock,
            counts,
            tally,
            events,
            cursor,
            cascades,
            used,
            queue,
            seen,
        )
        if not full:
            break
        state.profiles.rows[:] = before
        room *= 4
    community.totals += tally
    community.add_note_counts(counts)
    community.record_cascades(cascades[: used[0]])
    community.add_events(events[: cursor[0]])
    community.count("cascades", len(shares))
    community.count("cascade_arcs", int(used[0]))


PHASE = Phase(
    name="sharing",
    when="slot",
    reads=("members", "profiles", "notes", "events"),
    writes=("profiles", "note_history", "totals", "events", "cascades"),
    run=run,
    equation=(
        "P(v's share reaches follower u) = pass_on (0.4 + 2 interest_u(topic)), if u is on in this slot; "
        "then u reacts as to any note"
    ),
    facts=("C4", "C5", "E9"),
    test="tests/sim/phases/test_sharing.py::test_without_sharing_there_are_no_cascades",
    en="Sharing",
    zh="分享传播",
)
