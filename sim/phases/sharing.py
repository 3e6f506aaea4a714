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
from sim.threads import by_rows

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
SHARE_COLUMNS = ("note", "sharer", "root", "minutes", "generation")
"""A share that is spread: rows of the note, of who passes it on and of who began, minutes since then, generation."""
NOTE, SHARER, ROOT, MINUTES, GENERATION = range(len(SHARE_COLUMNS))
FETCHED = 8
"""Followers ahead whose rows are fetched."""
WEIGHT = 32
"""Usual rows that passing on one share takes as long as."""
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


@njit(_nrt=False)
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


@njit(_nrt=False)
def _mark(seen, n, u):  # type: ignore[no-untyped-def]
    """Note that member row ``u`` has been handed note row ``n``; False if it had been already."""
    mark = np.uint64(n) << np.uint64(32) | np.uint64(u + 1)
    at = _slot_of(seen, mark)
    new = seen[at] == np.uint64(0)
    seen[at] = mark
    return new


@njit([(nb.uint64[::1], nb.uint64[::1])], _nrt=False)
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
            nb.int64[:, ::1],
            nb.int64[:, ::1],
        )
    ],
    _nrt=False,
)
def pass_on(members, profiles, notes, shown, arcs_in, levers, platform, clock, shares, out):  # type: ignore[no-untyped-def]
    """Whom shares reach: followers who are on in this slot and to whom they are passed. Writes nothing of the world.

    Parameters
    ----------
    shares
        int64 [shares, 5], see `SHARE_COLUMNS`.
    out
        int64 [room, 3], written: share, member row of the follower, minutes on the way; there are at most as many as the
        sharers have followers.

    Returns
    -------
    int
        How many are reached.
    """
    offsets, targets, removed, extra_offsets, extra = arcs_in
    found = 0
    for q in range(len(shares)):
        n, v = shares[q, NOTE], shares[q, SHARER]
        ahead = shares[min(q + 2, len(shares) - 1), SHARER]
        prefetch(offsets, ahead)
        prefetch(extra_offsets, ahead)
        base = offsets[v + 1] - offsets[v]
        degree = base + np.int64(extra_offsets[v + 1] - extra_offsets[v])
        for place in range(offsets[v], min(offsets[v] + FETCHED, offsets[v + 1])):
            prefetch(members, targets[place])
        following = shares[min(q + 1, len(shares) - 1), SHARER]
        if offsets[following] < offsets[following + 1]:
            prefetch(targets, offsets[following])
        listing = np.int64(notes[n].listing)
        key = shown[listing].key
        low = np.int64(key & np.uint64(0xFFFFFFFF))
        seed = subkey(clock[0].seed, S_PASS, np.int64(key >> np.uint64(32)))
        source = np.int64(members[v].id)
        author = np.int64(notes[n].author)
        topic = shown[listing].topic
        critical = shown[listing].flags & s.CRITICAL
        for j in range(degree):
            if j < base:
                place = offsets[v] + j
                prefetch(members, targets[min(place + FETCHED, offsets[v + 1] - 1)])
                if (removed[place >> 3] >> (place & 7)) & 1:
                    continue
                u = np.int64(targets[place])
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
            if hit and open_session(members, profiles, levers, platform, clock, u) > 0:
                out[found, 0], out[found, 1], out[found, 2] = q, u, minutes
                found += 1
    return found


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.SHOWN,
            t.NOTES,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            nb.types.Tuple((t.COUNTS, TALLY)),
            nb.types.Tuple((nb.int64[:, ::1], nb.int64[:, ::1])),
            nb.types.Tuple(
                (
                    t.EVENTS,
                    CURSOR,
                    nb.from_dtype(CASCADE_DTYPE)[::1],
                    nb.int64[:, ::1],
                    nb.uint64[::1],
                    nb.int64[::1],
                    nb.int64[::1],
                )
            ),
        )
    ],
    _nrt=False,
)
def receive(members, profiles, shown, notes, levers, platform, clock, totals, passed, work):  # type: ignore[no-untyped-def]
    """Let those whom shares of one generation have reached react, in the order of the shares.

    Parameters
    ----------
    totals
        Counters of notes and tally of the slot, added to.
    passed
        The shares, int64 [shares, 5], and whom they have reached, int64 [reached, 3], as `pass_on` found them.
    work
        Room for three events a person reached, how many there are, room for a record and for a share of each; hash table
        of (note, member), so that nobody gets a note twice in a slot; int64 [2], written: records, shares passed on again;
        int64 [1], scratch.
    """
    counts, tally = totals
    shares, reached = passed
    events, cursor, cascades, again, seen, written, places = work
    for at in range(len(reached)):
        ahead = reached[min(at + FETCHED, len(reached) - 1), 1]
        prefetch(members, ahead)
        prefetch(profiles, ahead)
        q, u, minutes = reached[at, 0], reached[at, 1], reached[at, 2]
        n, generation = shares[q, NOTE], shares[q, GENERATION]
        if not _mark(seen, n, u):
            continue
        listing = np.int64(notes[n].listing)
        key = shown[listing].key
        place = listing | np.int64(s.SHARED) << SURFACE_SHIFT
        reaction = react(members, shown, levers, platform, clock, u, place, _reaction_ordinal(key))
        places[0] = place
        show(members, profiles, shown, counts, tally, places, 1, u, SHARED_PACE)
        if reaction & READ:
            record(members, profiles, counts, tally, events, cursor, u, place, reaction, 65535)
        row = written[0]
        cascades[row].note = key
        cascades[row].root = members[shares[q, ROOT]].id
        cascades[row].source = members[shares[q, SHARER]].id
        cascades[row].target = members[u].id
        cascades[row].day = clock[0].day
        cascades[row].minutes = min(shares[q, MINUTES] + minutes, 32767)
        cascades[row].generation = generation
        cascades[row].slot = clock[0].slot
        cascades[row].read = 1 if reaction & READ else 0
        cascades[row].passed_on = 1 if reaction & SHARE else 0
        written[0] = row + 1
        if reaction & SHARE and generation < GENERATIONS:
            end = written[1]
            again[end, NOTE], again[end, SHARER], again[end, ROOT] = n, u, shares[q, ROOT]
            again[end, MINUTES], again[end, GENERATION] = shares[q, MINUTES] + minutes, generation + 1
            written[1] = end + 1


def _reached(community: Community, shares: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What `pass_on` finds for shares of a generation, in their order."""
    state, followers = community.state, community.delta.followers_count
    arcs_in = community.delta.arrays_in()

    def of_range(first: int, last: int) -> npt.NDArray[np.int64]:
        mine = shares[first:last]
        out = np.empty((int(followers[mine[:, SHARER]].sum()), 3), np.int64)
        found = pass_on(
            state.members.rows,
            state.profiles.rows,
            state.notes.array,
            state.shown.array,
            arcs_in,
            community.levers.table,
            community.platform,
            community.clock,
            mine,
            out,
        )
        out[:found, 0] += first
        return out[:found]

    return np.concatenate(by_rows(community.threads, len(shares), of_range, weight=WEIGHT))


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
    generation = np.zeros((len(shares), len(SHARE_COLUMNS)), np.int64)
    generation[:, NOTE] = shares["note"]
    generation[:, SHARER] = generation[:, ROOT] = shares["member"]
    generation[:, GENERATION] = 1
    seen, marked = _marks(0), 0
    marks = generation[:, NOTE].astype(np.uint64) << np.uint64(32)
    marks |= (generation[:, SHARER] + 1).astype(np.uint64)
    events, cascades = [], []
    while len(generation):
        reached = _reached(community, generation)
        size = len(reached)
        marked += len(marks) + size
        if 2 * marked > len(seen):
            seen, old = _marks(2 * marked), seen
            move_marks(old, seen)
        move_marks(marks, seen)
        marks = marks[:0]
        found, cursor = np.zeros(3 * size, s.EVENTS.dtype), np.zeros(1, np.int64)
        arcs, again = np.zeros(size, CASCADE_DTYPE), np.empty((size, len(SHARE_COLUMNS)), np.int64)
        written = np.zeros(2, np.int64)
        receive(
            state.members.rows,
            state.profiles.rows,
            state.shown.array,
            state.notes.array,
            community.levers.table,
            community.platform,
            community.clock,
            (community.counters()[0], tally),
            (generation, reached),
            (found, cursor, arcs, again, seen, written, np.empty(1, np.int64)),
        )
        events.append(found[: cursor[0]])
        cascades.append(arcs[: written[0]])
        generation = again[: written[1]]
    community.totals += tally
    add_counts(community)
    received = np.concatenate(cascades)
    community.record_cascades(received)
    community.add_events(np.concatenate(events))
    _disappoint(community, received)
    community.count("cascades", len(shares))
    community.count("cascade_arcs", len(received))


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
