"""Live arcs of many members at once, for the breadth-first search of cascades.

The answers are those of `sim.diffusion.live`, in another order. Random words are drawn for all members of a batch side by
side, in vector registers; and what a member needs next is asked for one pass over the batch before it is read, so that
hardly anybody waits for memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from sim._numba import njit
from sim.diffusion.live import (
    BLOCK,
    CERTAIN,
    FULL,
    ArcTable,
    EvenArcs,
    LiveArcs,
    RowArcs,
    UInt32,
    failures_before,
    fetch_arcs,
    fetch_row,
    live,
)
from sim.diffusion.prefetch import prefetch
from sim.diffusion.vectors import first_at_most
from sim.graph.csr import Float64, Int32, Int64
from sim.numerics import log_of_word
from sim.philox import block
from sim.streams import S_DIFFUSE

__all__ = ["TOGETHER", "Room", "live_of_next", "live_of_walks", "room_for"]

TOGETHER = 64
"""Members of a batch."""
AHEAD = 12
"""Places ahead in the queue whose rows are asked for where members are answered one by one; half as far, their arcs."""
SPARE = 4096
"""Answers beyond the longest row, so that those of a batch stand together."""
FURTHER = 8
"""Blocks of random words drawn side by side once the first of a member is used up."""

_BARE: dict[str, Any] = {"forceinline": True, "_nrt": False}
_HALF = np.uint64(32)
_FULL = np.uint64(FULL)
_FIRST = 4 * TOGETHER
"""Where the further words begin."""
START, FIRST, BEGIN, END, PLACE, STEP, LEFT, NUMBER, LEVEL, FIELDS = range(10)
"""What is kept of a row: where it begins, and its weak arcs, and the block of those that comes next, and where they end;
where its next random word stands, how far apart its words are, how many are left, and the next block of them; and the level
at which a live arc of the block lies, -1 if nothing is known yet."""


class Room(NamedTuple):
    """What `live_of_next` works on.

    Attributes
    ----------
    out
        int64, for answers.
    logs
        float64[4 `TOGETHER`], logarithms of the first four words of all members.
    words
        uint32[(4 + 4 `FURTHER`) `TOGETHER`]: the first four words of all members, first words first; then further ones,
        those of a member side by side.
    rows
        int64[`TOGETHER`, `FIELDS`], what is known of the rows of a batch.
    weak, strong
        int64[`TOGETHER`], places in the batch of those with weak and with strong arcs to decide.
    """

    out: Int64
    logs: Float64
    words: UInt32
    rows: Int64
    weak: Int64
    strong: Int64


@njit
def room_for(longest):  # type: ignore[no-untyped-def]
    """Room for batches of rows, of which the longest has so many arcs."""
    return Room(
        np.empty(np.int64(longest) + SPARE, np.int64),
        np.empty(4 * TOGETHER, np.float64),
        np.empty((4 + 4 * FURTHER) * TOGETHER, np.uint32),
        np.empty((TOGETHER, FIELDS), np.int64),
        np.empty(TOGETHER, np.int64),
        np.empty(TOGETHER, np.int64),
    )


def live_of_next(
    arcs: LiveArcs, queue: Int32, head: int, level: int, end: int, seed: Any, run: int, room: Room
) -> tuple[int, int]:
    """`live` for the next members of a queue.

    Parameters
    ----------
    queue, head, level, end
        Rows of members; answered are some from ``head`` on and before ``level``, at least one. Those up to ``end`` are
        known, so that what they need can be asked for.
    room
        Receives the followers' rows in ``room.out``, in any order.
    arcs, seed, run
        As in `live`.

    Returns
    -------
    int, int
        Place in the queue of the first member that was not answered; how many followers there are in ``room.out``.
    """
    answer: tuple[int, int] = _BATCHES.get(type(arcs), _next_one)(
        arcs, queue, head, level, end, seed, run, room
    )
    return answer


@njit(**_BARE)
def _next_one(arcs, queue, head, level, end, seed, run, room):  # type: ignore[no-untyped-def]
    if head + AHEAD < end:
        fetch_row(arcs, queue[head + AHEAD])
        fetch_arcs(arcs, queue[head + AHEAD // 2])
    return head + 1, live(arcs, np.int64(queue[head]), seed, run, room.out)


@njit(**_BARE)
def _first_words(queue, head, number, seed, run, words):  # type: ignore[no-untyped-def]
    """The first four words of so many members; a loop that a compiler turns into vectors."""
    for i in range(number):
        w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, np.int64(queue[head + i]), 0, 0)
        words[i] = w0
        words[TOGETHER + i] = w1
        words[2 * TOGETHER + i] = w2
        words[3 * TOGETHER + i] = w3


@njit(**_BARE)
def _further_words(member, slot, row, blocks, seed, run, words):  # type: ignore[no-untyped-def]
    """The next words of a member, so many blocks or `FURTHER`, side by side.

    The number of turns is not known beforehand, otherwise they are unrolled instead of turned into vectors.
    """
    base, number = _FIRST + 4 * FURTHER * slot, row[NUMBER]
    blocks = min(FURTHER, blocks)
    for i in range(blocks):
        w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, number + i)
        words[base + 4 * i] = w0
        words[base + 4 * i + 1] = w1
        words[base + 4 * i + 2] = w2
        words[base + 4 * i + 3] = w3
    row[PLACE], row[STEP], row[LEFT], row[NUMBER] = base, 1, 4 * blocks, number + blocks


@njit(**_BARE)
def _next_even(arcs, queue, head, level, end, seed, run, room):  # type: ignore[no-untyped-def]
    """Draw for all, ask for the arcs that are live, then read those."""
    out, words = room.out, room.words
    number = min(TOGETHER, level - head)
    _first_words(queue, head, number, seed, run, words)
    chance = np.float64(_FULL - np.uint64(arcs.survival[0])) * 2.0**-32
    count = 0
    for i in range(number):
        if head + TOGETHER + i < end:
            fetch_row(arcs, queue[head + TOGETHER + i])
        member = np.int64(queue[head + i])
        at, stop = arcs.offsets[member], arcs.offsets[member + 1]
        if i and count + stop - at > len(out):
            number = i
            break
        row = room.rows[i]
        row[PLACE], row[STEP], row[LEFT], row[NUMBER] = i, TOGETHER, 4, 1
        while at < stop:
            if row[LEFT] == 0:
                blocks = 1 + np.int64(np.float64(stop - at) * chance * 0.25)
                _further_words(member, i, row, blocks, seed, run, words)
            failures, hit = failures_before(arcs, words[row[PLACE]], stop - at)
            row[PLACE] += row[STEP]
            row[LEFT] -= 1
            at += failures
            if hit:
                out[count] = at
                prefetch(arcs.targets, at)
                count += 1
                at += 1
    for i in range(count):
        out[i] = arcs.targets[out[i]]
    return head + number, count


@njit(**_BARE)
def _next_table(arcs, queue, head, level, end, seed, run, room):  # type: ignore[no-untyped-def]
    """Rows that have no live arc by their record are done at once. Of the others the weak arcs are decided in passes: each
    takes what the pass before asked for, and finds out in which block the next live arc lies. Strong arcs come last.

    What hangs on chance is done without a branch where it can be: a processor foresees those wrong half of the time.
    """
    words, rows = room.words, room.rows
    number = min(TOGETHER, level - head)
    _first_words(queue, head, number, seed, run, words)
    weak_rows, strong_rows, space = np.int64(0), np.int64(0), np.int64(len(room.out))
    for i in range(number):
        if head + TOGETHER + i < end:
            fetch_row(arcs, queue[head + TOGETHER + i])
        member = np.int64(queue[head + i])
        start, strong = np.int64(arcs.records[member, 0]), np.int64(arcs.records[member, 1])
        weak, word = np.int64(arcs.records[member, 2]), words[i]
        space -= strong + weak
        if i and space < 0:
            number = i
            break
        drawn = np.int64(weak > 0)
        hit = (weak > 0) & (word >= arcs.records[member, 3])
        row = rows[i]
        first = start + strong
        stop = first + weak
        row[START], row[FIRST], row[BEGIN], row[END] = start, first, first if hit else first + BLOCK, stop
        row[PLACE], row[STEP], row[LEFT], row[NUMBER] = i + drawn * TOGETHER, TOGETHER, 4 - drawn, 1
        row[LEVEL] = np.int64(word) if hit else np.int64(-1)
        undecided = hit | (weak > BLOCK)
        room.weak[weak_rows], room.strong[strong_rows] = i, i
        weak_rows += np.int64(undecided)
        strong_rows += np.int64((strong > 0) & (not undecided))
        needed = undecided | (strong > 0)
        _fetch_block(arcs.arcs, start if needed else 0, min(first + BLOCK, stop) if needed else 1)
        prefetch(arcs.least, start // BLOCK + 1 if weak > BLOCK else 0)
    count = np.int64(0)
    while weak_rows:
        kept = np.int64(0)
        for k in range(weak_rows):
            slot = room.weak[k]
            row = rows[slot]
            count, undecided = _decide_weak(arcs, queue, head, seed, run, room.out, words, slot, row, count)
            room.weak[kept], room.strong[strong_rows] = slot, slot
            kept += np.int64(undecided)
            strong_rows += np.int64((not undecided) & (row[FIRST] > row[START]))
        weak_rows = kept
    for k in range(strong_rows):
        slot = room.strong[k]
        row = rows[slot]
        start, strong = row[START], row[FIRST] - row[START]
        for i in range(strong):
            if row[LEFT] == 0:
                blocks = 1 + (strong - i) // 4
                _further_words(np.int64(queue[head + slot]), slot, row, blocks, seed, run, words)
            chance, word = arcs.arcs[2 * start + i], words[row[PLACE]]
            row[PLACE] += row[STEP]
            row[LEFT] -= 1
            room.out[count] = arcs.arcs[2 * start + strong + i]
            count += np.int64((word < chance) | (chance == CERTAIN))
    return head + number, count


@njit(**_BARE)
def _decide_weak(arcs, queue, head, seed, run, out, words, slot, row, count):  # type: ignore[no-untyped-def]
    """Append the live arcs of a row's present block to ``out``, and go on to the next block that has any, which is asked for.

    Returns the new count, and whether there is such a block.
    """
    begin, stop, level = row[BEGIN], row[END], row[LEVEL]
    if level >= 0:
        length = min(BLOCK, stop - begin)
        least = np.uint64(arcs.arcs[2 * begin + length - 1])
        while True:
            nth = first_at_most(arcs.arcs, 2 * begin, np.uint32(level))
            out[count] = arcs.arcs[2 * begin + length + nth]
            count += 1
            if nth + 1 == length:
                break
            if row[LEFT] == 0:
                blocks = 1 + (stop - begin) // BLOCK
                _further_words(np.int64(queue[head + slot]), slot, row, blocks, seed, run, words)
            # Survival so far times a uniform number: the next live arc is the first whose survival is not above it.
            lies = (np.uint64(words[row[PLACE]]) * np.uint64(arcs.arcs[2 * begin + nth])) >> _HALF
            row[PLACE] += row[STEP]
            row[LEFT] -= 1
            if lies < least:
                break
            level = np.int64(lies)
        begin += BLOCK
    nth = row[START] // BLOCK + (begin - row[FIRST]) // BLOCK
    while begin < stop:
        if row[LEFT] == 0:
            blocks = 1 + (stop - begin) // BLOCK
            _further_words(np.int64(queue[head + slot]), slot, row, blocks, seed, run, words)
        word = words[row[PLACE]]
        row[PLACE] += row[STEP]
        row[LEFT] -= 1
        if word >= arcs.least[nth]:
            _fetch_block(arcs.arcs, begin, min(begin + BLOCK, stop))
            row[BEGIN], row[LEVEL] = begin, np.int64(word)
            return count, True
        begin += BLOCK
        nth += 1
    return count, False


@njit(**_BARE)
def _fetch_block(arcs, begin, stop):  # type: ignore[no-untyped-def]
    """Ask for the cache lines of a block of arcs, of which there are at most three."""
    prefetch(arcs, 2 * begin)
    prefetch(arcs, 2 * stop - 1)
    prefetch(arcs, min(2 * begin + BLOCK, 2 * stop - 1))


def live_of_walks(
    arcs: LiveArcs, members: Int64, runs: Int64, first: int, last: int, seed: Any, room: Room
) -> tuple[int, int]:
    """`live` for members in a run of each one's own.

    Parameters
    ----------
    members, runs
        int64, at most `TOGETHER`; answered are some from place ``first`` on and before ``last``, at least one.
    room
        Receives the answers in ``room.out``, and in ``room.weak`` where each member's end, from place ``first`` on.
    arcs, seed
        As in `live`.

    Returns
    -------
    int, int
        The first place that was not answered; how many answers there are.
    """
    way = _walks_row if isinstance(arcs, RowArcs) else _walks_one
    answer: tuple[int, int] = way(arcs, members, runs, first, last, seed, room)
    return answer


@njit(**_BARE)
def _walks_one(arcs, members, runs, first, last, seed, room):  # type: ignore[no-untyped-def]
    fetch_arcs(arcs, members[min(first + AHEAD // 2, last - 1)])
    count = live(arcs, members[first], seed, runs[first], room.out)
    room.weak[first] = count
    return first + 1, count


@njit(_nrt=False)
def _first_logs(members, runs, last, seed, logs):  # type: ignore[no-untyped-def]
    """Logarithms of the first four words of so many members; a loop that a compiler turns into vectors."""
    for i in range(last):
        w0, w1, w2, w3 = block(seed, S_DIFFUSE, runs[i], members[i], 0, 0)
        logs[i] = log_of_word(w0)
        logs[TOGETHER + i] = log_of_word(w1)
        logs[2 * TOGETHER + i] = log_of_word(w2)
        logs[3 * TOGETHER + i] = log_of_word(w3)


@njit(**_BARE)
def _walks_row(arcs, members, runs, first, last, seed, room):  # type: ignore[no-untyped-def]
    """Draw for all, ask for the arcs that are live, then read those."""
    out, logs = room.out, room.logs
    if first == 0:
        _first_logs(members, runs, last, seed, logs)
    count = 0
    for i in range(first, last):
        at, stop = arcs.offsets[members[i]], arcs.offsets[members[i] + 1]
        if i > first and count + stop - at > len(out):
            last = i
            break
        scale = arcs.scale[stop - at]
        place, number = i, 1
        while at < stop:
            if place >= 4 * TOGETHER:
                w0, w1, w2, w3 = block(seed, S_DIFFUSE, runs[i], members[i], 0, number)
                logs[i] = log_of_word(w0)
                logs[TOGETHER + i] = log_of_word(w1)
                logs[2 * TOGETHER + i] = log_of_word(w2)
                logs[3 * TOGETHER + i] = log_of_word(w3)
                place, number = i, number + 1
            skip = logs[place] * scale
            place += TOGETHER
            if skip >= stop - at:
                break
            at += np.int64(skip)
            out[count] = at
            prefetch(arcs.targets, at)
            count += 1
            at += 1
        room.weak[i] = count
    for i in range(count):
        out[i] = arcs.targets[out[i]]
    return last, count


_BATCHES: dict[type, Any] = {EvenArcs: _next_even, ArcTable: _next_table}
"""The compiled function that answers for each class of tables; one member after the other for all others."""


@overload(live_of_next, jit_options=_BARE)
def _live_of_next(arcs, queue, head, level, end, seed, run, room):  # type: ignore[no-untyped-def]
    way = _BATCHES.get(arcs.instance_class, _next_one)
    return lambda arcs, queue, head, level, end, seed, run, room: way(
        arcs, queue, head, level, end, seed, run, room
    )


@overload(live_of_walks, jit_options=_BARE)
def _live_of_walks(arcs, members, runs, first, last, seed, room):  # type: ignore[no-untyped-def]
    way = _walks_row if arcs.instance_class is RowArcs else _walks_one
    return lambda arcs, members, runs, first, last, seed, room: way(
        arcs, members, runs, first, last, seed, room
    )
