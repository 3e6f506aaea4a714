"""Sharing: what a member passes on reaches followers who are on in the same slot, up to four generations deep.

Each cascade is recorded as a tree, who passed what to whom. Followers who are not here find the note waiting in their
following feed. An arc is decided by the same compiled function as in the library's cascades (`sim.diffusion.arc`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.diffusion.arc import passes, topic_chance
from sim.diffusion.prefetch import prefetch
from sim.levers import mechanisms as lv
from sim.phases.base import Phase
from sim.phases.sessions import add_counts
from sim.phases.sessions.places import SURFACE_SHIFT, open_session
from sim.phases.sessions.protocol import CURSOR, TALLY, record, show
from sim.phases.sessions.reactions import READ, SHARE, react
from sim.randomness import S_PASS, subkey
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
GENERATIONS = 4
BAD_NEWS = 8.0
"""Odds at which bad news reaches a follower of who passes it on, against other notes (assumption, 2 to 20)."""
HEARSAY = 0.5
"""Share of trust lost by reading bad news, against the level of the crisis (assumption, 0.2 to 1)."""
SHARED_PACE = 4
"""Seconds that a look at what was passed on takes (assumption)."""
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


@njit
def _mark(seen, n, u):  # type: ignore[no-untyped-def]
    """Note that member row ``u`` has been handed note row ``n``; False if it had been already."""
    mark = np.uint64(n) << np.uint64(32) | np.uint64(u + 1)
    at = _slot_of(seen, mark)
    new = seen[at] == np.uint64(0)
    seen[at] = mark
    return new


@njit([(nb.uint64[::1], nb.uint64[::1])])
def move_marks(old, new):  # type: ignore[no-untyped-def]
    """Enter all marks of a table into a larger one."""
    for mark in old:
        if mark != np.uint64(0):
            new[_slot_of(new, mark)] = mark


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.NOTES,
            t.SHOWN,
            t.ARCS,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            nb.types.Tuple((t.COUNTS, TALLY)),
            nb.types.Tuple(
                (
                    t.EVENTS,
                    CURSOR,
                    nb.from_dtype(CASCADE_DTYPE)[::1],
                    nb.int64[:, ::1],
                    nb.uint64[::1],
                    nb.int64[::1],
                )
            ),
        )
    ]
)
def spread_shares(members, profiles, notes, shown, arcs_in, levers, platform, clock, totals, work):  # type: ignore[no-untyped-def]
    """Pass on what the queue holds, first in, first out, and so generation by generation.

    Parameters
    ----------
    totals
        Counters of notes and tally of the slot, added to.
    work
        Room for events, how many there are, room for records of arcs; queue, int64 [room, 5]: note row, member row, root
        row, minutes, generation; hash table of (note, member), so that nobody gets a note twice in a slot; and where the
        work stands, int64 [3]: arcs recorded, next in the queue, end of the queue.

    Returns
    -------
    int
        0 when all is done, else the room that the next in the queue needs: enlarge and call again to go on.
    """
    counts, tally = totals
    events, cursor, cascades, queue, seen, stand = work
    offsets, targets, removed, extra_offsets, extra = arcs_in
    places = np.empty(1, np.int64)
    while stand[1] < stand[2]:
        q = stand[1]
        n, v, generation = queue[q, 0], queue[q, 1], queue[q, 4]
        base = offsets[v + 1] - offsets[v]
        degree = base + np.int64(extra_offsets[v + 1] - extra_offsets[v])
        if (
            stand[0] + degree > len(cascades)
            or stand[2] + degree > len(queue)
            or cursor[0] + 3 * degree > len(events)
            or 2 * (stand[0] + stand[2] + degree) > len(seen)
        ):
            return degree
        stand[1] = q + 1
        listing = np.int64(notes[n].listing)
        key = shown[listing].key
        low = np.int64(key & np.uint64(0xFFFFFFFF))
        seed = subkey(clock[0].seed, S_PASS, np.int64(key >> np.uint64(32)))
        source = np.int64(members[v].id)
        author = np.int64(notes[n].author)
        topic = shown[listing].topic
        critical = shown[listing].flags & s.CRITICAL
        k = _reaction_ordinal(key)
        for j in range(degree):
            if j < base:
                place = offsets[v] + j
                if (removed[place >> 3] >> (place & 7)) & 1:
                    continue
                u = np.int64(targets[place])
                prefetch(members, targets[min(place + 8, offsets[v + 1] - 1)])
            else:
                u = np.int64(extra[extra_offsets[v] + j - base])
            # who is not on today opens no session; whoever is decided in Python meets shared notes in the following feed
            if u == author or members[u].flags & (s.ON_TODAY | s.PYTHON) != s.ON_TODAY:
                continue
            # a share depends on the topic's meaning to the recipient (C5); bad news concerns everybody
            p = topic_chance(platform[0].pass_on, members[u].interest[topic] * (1.0 / 255.0))
            if critical:
                odds = platform[0].pass_on / max(1e-9, 1.0 - platform[0].pass_on)
                odds *= BAD_NEWS * levers[0, lv.M_RUMOUR]
                p = odds / (1.0 + odds)
            hit, minutes = passes(seed, low, np.int64(members[u].id), source, p)
            if not hit or open_session(members, profiles, levers, platform, clock, u) <= 0:
                continue
            if not _mark(seen, n, u):
                continue
            at = listing | np.int64(s.SHARED) << SURFACE_SHIFT
            reaction = react(members, shown, levers, platform, clock, u, at, k)
            places[0] = at
            show(members, profiles, shown, counts, tally, places, 1, u, SHARED_PACE)
            if reaction & READ:
                record(members, profiles, counts, tally, events, cursor, u, at, reaction, 65535)
            row = stand[0]
            cascades[row].note = key
            cascades[row].root = members[queue[q, 2]].id
            cascades[row].source = members[v].id
            cascades[row].target = members[u].id
            cascades[row].day = clock[0].day
            cascades[row].minutes = min(queue[q, 3] + minutes, 32767)
            cascades[row].generation = generation
            cascades[row].slot = clock[0].slot
            cascades[row].read = 1 if reaction & READ else 0
            cascades[row].passed_on = 1 if reaction & SHARE else 0
            stand[0] = row + 1
            if reaction & SHARE and generation < GENERATIONS:
                end = stand[2]
                queue[end, 0] = n
                queue[end, 1] = u
                queue[end, 2] = queue[q, 2]
                queue[end, 3] = queue[q, 3] + minutes
                queue[end, 4] = generation + 1
                stand[2] = end + 1
    return 0


def _longer(array: t.Array, room: int) -> t.Array:
    """A copy with ``room`` more rows."""
    return np.concatenate([array, np.zeros((room, *array.shape[1:]), array.dtype)])


def _marks(room: int) -> t.Array:
    """An empty table for ``room`` marks, half full at most."""
    return np.zeros(1 << int(np.ceil(np.log2(2 * room + 2))), np.uint64)


def _rumours(community: Community) -> npt.NDArray[Any]:
    """In the first slot, shares of bad news by those who are upset and here today, as events."""
    parts = community.today.get("_rumours", []) if community.slot == 0 else []
    out = [np.zeros(0, s.EVENTS.dtype)]
    if not parts:
        return out[0]
    here = (community.state.members["flags"] & s.ON_TODAY) > 0
    for member, note in parts:
        present = here[member]
        events = np.zeros(int(present.sum()), s.EVENTS.dtype)
        events["member"], events["note"] = member[present], note[present]
        events["order"], events["kind"], events["surface"] = 0xFFFF, s.E_SHARE, s.SHARED
        out.append(events)
    return np.concatenate(out)


def _disappoint(community: Community, cascades: npt.NDArray[Any]) -> None:
    """Whoever was passed bad news and read it trusts less, half as much as those whom a crisis strikes directly."""
    level = float(community.clock["crisis"][0])
    if level <= 0.0:
        return
    notes = community.state.notes
    bad = notes["key"][(notes["flags"] & s.CRITICAL) > 0]
    if not len(bad):
        return
    heard = cascades[(cascades["read"] == 1) & np.isin(cascades["note"], bad)]
    ids = community.state.members["id"]
    order = np.argsort(ids)
    rows = order[np.searchsorted(ids[order], np.unique(heard["target"]))]
    community.state.members.array["trust"][rows] *= np.float32(1.0 - HEARSAY * level)
    community.count("rumours_heard", len(rows))


def run(community: Community) -> None:
    """Spread the slot's shares and leave each in the sharer's followers' feed."""
    state = community.state
    shares: npt.NDArray[Any] = np.concatenate(
        [community.events[community.events["kind"] == s.E_SHARE], _rumours(community)]
    )
    if not len(shares):
        return
    shares = shares[np.lexsort((shares["order"], shares["member"]))]
    state.latest.array["listing"][shares["member"]] = state.notes["listing"][shares["note"]]
    tally = np.zeros((s.N_SURFACES, s.N_TIERS, s.N_COUNTERS), np.int64)
    cursor = np.zeros(1, np.int64)
    stand = np.array([0, 0, len(shares)], np.int64)
    room = max(1024, 4 * len(shares))
    events, cascades = np.zeros(3 * room, s.EVENTS.dtype), np.zeros(room, CASCADE_DTYPE)
    queue = np.zeros((len(shares) + room, 5), np.int64)
    columns: tuple[Any, ...] = (shares["note"], shares["member"], shares["member"], 0, 1)
    for column, values in enumerate(columns):
        queue[: len(shares), column] = values
    seen = _marks(room + len(queue))
    move_marks(
        queue[: len(shares), 0].astype(np.uint64) << np.uint64(32)
        | (queue[: len(shares), 1] + 1).astype(np.uint64),
        seen,
    )
    while missing := spread_shares(
        state.members.rows,
        state.profiles.rows,
        state.notes.array,
        state.shown.array,
        community.delta.arrays_in(),
        community.levers.table,
        community.platform,
        community.clock,
        (community.counters()[0], tally),
        (events, cursor, cascades, queue, seen, stand),
    ):
        more = missing + len(cascades)
        events, cascades, queue = _longer(events, 3 * more), _longer(cascades, more), _longer(queue, more)
        seen, marks = _marks(len(cascades) + len(queue)), seen
        move_marks(marks, seen)
    community.totals += tally
    add_counts(community)
    community.record_cascades(cascades[: stand[0]])
    community.add_events(events[: cursor[0]])
    _disappoint(community, cascades[: stand[0]])
    community.count("cascades", len(shares))
    community.count("cascade_arcs", int(stand[0]))


PHASE = Phase(
    name="sharing",
    when="slot",
    reads=("members", "profiles", "notes", "shown", "events"),
    writes=("profiles", "members.trust", "latest", "note_history", "totals", "events", "cascades"),
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
