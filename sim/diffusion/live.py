"""Live arcs: in one run of a cascade, to which followers does influence pass from a member?

The answer is a pure function of (seed, run, member), whoever was seeded, so that every choice of seed members is tried
in the same random worlds: spreads on them are monotone and submodular, and marginal gains exact. There is a class of
tables for each way of giving probabilities; `live` answers for all of them, and kernels are compiled for the class they
meet. Probabilities are resolved to 2**-32.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from sim._numba import njit
from sim.diffusion.arc import passes
from sim.diffusion.prefetch import prefetch
from sim.graph.csr import Int32, Int64
from sim.numerics import log_of_word
from sim.philox import block
from sim.streams import S_DIFFUSE, S_THRESHOLD

__all__ = [
    "ArcTable",
    "EvenArcs",
    "HeededArcs",
    "KeyedArcs",
    "LiveArcs",
    "PickedArcs",
    "RowArcs",
    "failures_before",
    "fetch_arcs",
    "fetch_row",
    "live",
    "picked_by",
]

UInt32: TypeAlias = npt.NDArray[np.uint32]
Float64: TypeAlias = npt.NDArray[np.float64]

BLOCK = 16
"""Arcs of a row whose survival products are kept together: two cache lines, and enough digits (see `ArcTable`)."""
TABLE = 1024
"""Entries of the table of survival of `EvenArcs`, 4 KiB."""
GUIDE = 4096
"""Entries of its guide, 8 KiB: with fewer, a search takes steps that a processor cannot foresee."""
FULL = 1 << 32
"""Certainty, in units of 2**-32."""
CERTAIN = np.uint64(FULL - 1)
"""What stands for it in 32 bits."""
STRONG = 0.25
"""Arcs above this probability are decided one by one."""

_BARE: dict[str, Any] = {"forceinline": True, "_nrt": False}
"""Nothing is allocated here; without this Numba counts references to the tables for each member, at half the speed."""

_HALF = np.uint64(32)
_FULL = np.uint64(FULL)
_GUIDE_SHIFT = np.uint64(20)


class EvenArcs(NamedTuple):
    """One probability for all arcs; skips over failures by a table of the geometric distribution.

    Attributes
    ----------
    offsets, targets
        Rows of followers: int64[n + 1], int32[m].
    survival
        uint32[`TABLE`], (1 - p)**(j + 1) in units of 2**-32.
    guide
        uint16[`GUIDE`], where the search for a number with these first bits begins.
    """

    offsets: Int64
    targets: Int32
    survival: UInt32
    guide: npt.NDArray[np.uint16]


class ArcTable(NamedTuple):
    """A probability for each arc; skips over failures by products of (1 - p) along the row.

    Attributes
    ----------
    records
        uint32[n, 4]: where the row begins, how many of its arcs are strong (p > 1/4) and stand first, how many are
        weak, and the survival of the first block of weak arcs, so that a row without a live arc is not touched.
    arcs
        uint32[2 m + `BLOCK`]: of each stretch of arcs that are decided together first their numbers and then their
        followers. The strong arcs of a row are a stretch, whose numbers are p; then each `BLOCK` weak ones, whose numbers
        are the products of (1 - p) from the beginning of the stretch to the arc. Numbers are in units of 2**-32. What
        stands behind the last arc only lets whole blocks be read.
    least
        uint32[m // `BLOCK` + 2]: at ``start // BLOCK + k`` the survival of the k-th block after the first of a row that
        begins at ``start``, so that a block without a live arc is not touched. Rows do not get into each other's way.
    """

    records: UInt32
    arcs: UInt32
    least: UInt32


class RowArcs(NamedTuple):
    """One probability for all arcs of a row; skips over failures by logarithms.

    Attributes
    ----------
    offsets, targets
        Rows: int64[n + 1], int32[m].
    scale
        float64[longest row + 1], 1 / log(1 - p) by the length of a row, on which p hangs.
    """

    offsets: Int64
    targets: Int32
    scale: Float64


class KeyedArcs(NamedTuple):
    """Every arc drawn by itself, keyed by the ids of both ends, as the sharing phase does: graphs that differ share the
    draws of all arcs that they have in common.

    Attributes
    ----------
    offsets, targets
        Rows of followers: int64[n + 1], int32[m].
    ids
        uint32[n], permanent ids of members.
    chances
        float64[m], or [1] for one probability.
    """

    offsets: Int64
    targets: Int32
    ids: UInt32
    chances: Float64


class PickedArcs(NamedTuple):
    """The live-edge form of the linear threshold model: everybody heeds at most one followee, chosen by weight, so an
    arc is live where the follower heeds the followee.

    Attributes
    ----------
    offsets, targets
        Rows of followers: int64[n + 1], int32[m].
    choice_offsets, choices
        Rows of followees.
    cumulative
        float64[m], running sums of weights along the rows of followees; [0] where all weigh the same.
    """

    offsets: Int64
    targets: Int32
    choice_offsets: Int64
    choices: Int32
    cumulative: Float64


class HeededArcs(NamedTuple):
    """The same worlds as `PickedArcs`, walked back from follower to followee.

    Attributes
    ----------
    offsets, targets
        Rows of followees: int64[n + 1], int32[m].
    cumulative
        As there.
    """

    offsets: Int64
    targets: Int32
    cumulative: Float64


LiveArcs: TypeAlias = EvenArcs | ArcTable | RowArcs | KeyedArcs | PickedArcs | HeededArcs


def live(arcs: LiveArcs, member: Any, seed: Any, run: int, out: Int32) -> int:
    """Followers to whom influence passes from a member, in the order of its row.

    Parameters
    ----------
    arcs
        Tables of arcs.
    member
        Row.
    seed
        uint64.
    run
        Number of the random world.
    out
        int32, room for a whole row; receives the followers' rows.

    Returns
    -------
    int
        How many there are.
    """
    count: int = _WAYS[type(arcs)](arcs, member, seed, run, out)
    return count


@njit(**_BARE)
def _live_even(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    at, end = arcs.offsets[member], arcs.offsets[member + 1]
    count = 0
    if at == end:
        return count
    w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, 0)
    left, number = 4, 1
    while at < end:
        if left == 0:
            w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, number)
            number += 1
            left = 4
        failures, hit = failures_before(arcs, w0, end - at)
        w0, w1, w2 = w1, w2, w3
        left -= 1
        at += failures
        if hit:
            out[count] = arcs.targets[at]
            count += 1
            at += 1
    return count


@njit(**_BARE)
def failures_before(arcs, word, rest):  # type: ignore[no-untyped-def]
    """How many of the ``rest`` arcs of a row of `EvenArcs` fail before one is live, and whether one is, by a random word.

    Where the table ends before the row does, as many fail as it has entries, and another word decides about the others.
    """
    within = min(rest, TABLE)
    level = np.uint64(word)
    # The next live arc is the first whose survival is not above the word.
    if level < np.uint64(arcs.survival[within - 1]):
        return within, False
    failures = np.int64(arcs.guide[np.int64(level >> _GUIDE_SHIFT)])
    while np.uint64(arcs.survival[failures]) > level:
        failures += 1
    return failures, True


@njit(**_BARE)
def _live_table(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    start = np.int64(arcs.records[member, 0])
    strong = np.int64(arcs.records[member, 1])
    begin = start + strong
    end = begin + np.int64(arcs.records[member, 2])
    count = 0
    if start == end:
        return count
    w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, 0)
    left, number = 4, 1
    least = np.uint64(arcs.records[member, 3])
    while begin < end:
        length = min(np.int64(BLOCK), end - begin)
        place, survived = 0, _FULL
        while place < length:
            if left == 0:
                w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, number)
                number += 1
                left = 4
            # Survival so far times a uniform number: the next live arc is the first whose survival is not above it.
            level = (np.uint64(w0) * survived) >> _HALF
            w0, w1, w2 = w1, w2, w3
            left -= 1
            if level < least:
                break
            while np.uint64(arcs.arcs[2 * begin + place]) > level:
                place += 1
            out[count] = arcs.arcs[2 * begin + length + place]
            count += 1
            survived = np.uint64(arcs.arcs[2 * begin + place])
            place += 1
        begin += length
        least = np.uint64(arcs.least[start // BLOCK + (begin - start - strong) // BLOCK])
    for i in range(strong):
        if left == 0:
            w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, number)
            number += 1
            left = 4
        chance = np.uint64(arcs.arcs[2 * start + i])
        if np.uint64(w0) < chance or chance == CERTAIN:
            out[count] = arcs.arcs[2 * start + strong + i]
            count += 1
        w0, w1, w2 = w1, w2, w3
        left -= 1
    return count


@njit(**_BARE)
def _live_row(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    at, end = arcs.offsets[member], arcs.offsets[member + 1]
    count = 0
    if at == end:
        return count
    scale = arcs.scale[end - at]
    w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, 0)
    left, number = 4, 1
    while at < end:
        if left == 0:
            w0, w1, w2, w3 = block(seed, S_DIFFUSE, run, member, 0, number)
            number += 1
            left = 4
        skip = log_of_word(w0) * scale
        w0, w1, w2 = w1, w2, w3
        left -= 1
        if skip >= end - at:
            break
        at += np.int64(skip)
        out[count] = arcs.targets[at]
        count += 1
        at += 1
    return count


@njit(**_BARE)
def _live_keyed(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    count = 0
    followee = np.int64(arcs.ids[member])
    same = len(arcs.chances) == 1
    for i in range(arcs.offsets[member], arcs.offsets[member + 1]):
        u = arcs.targets[i]
        hit, _ = passes(seed, run, np.int64(arcs.ids[u]), followee, arcs.chances[0 if same else i])
        if hit:
            out[count] = u
            count += 1
    return count


@njit(**_BARE)
def picked(offsets, choices, cumulative, follower, seed, run):  # type: ignore[no-untyped-def]
    """The followee whom a follower heeds in a run, or -1; the rows are those of followees."""
    w0, w1, w2, w3 = block(seed, S_THRESHOLD, run, follower >> 2, 0, 0)
    lane = follower & 3
    word = w0 if lane == 0 else w1 if lane == 1 else w2 if lane == 2 else w3
    return picked_by(offsets, choices, cumulative, follower, word)


@njit(**_BARE)
def picked_by(offsets, choices, cumulative, follower, word):  # type: ignore[no-untyped-def]
    """`picked`, given the follower's word."""
    start, end = offsets[follower], offsets[follower + 1]
    if len(cumulative) == 0:
        if start == end:
            return np.int64(-1)
        return np.int64(choices[start + np.int64((np.uint64(word) * np.uint64(end - start)) >> _HALF)])
    level = (np.float64(word) + 0.5) * 2.0**-32
    low, high = start, end
    while low < high:
        middle = (low + high) >> 1
        if cumulative[middle] <= level:
            low = middle + 1
        else:
            high = middle
    return np.int64(choices[low]) if low < end else np.int64(-1)


@njit(**_BARE)
def _live_picked(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    count = 0
    for i in range(arcs.offsets[member], arcs.offsets[member + 1]):
        u = arcs.targets[i]
        if picked(arcs.choice_offsets, arcs.choices, arcs.cumulative, np.int64(u), seed, run) == member:
            out[count] = u
            count += 1
    return count


@njit(**_BARE)
def _live_heeded(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    followee = picked(arcs.offsets, arcs.targets, arcs.cumulative, member, seed, run)
    if followee < 0:
        return 0
    out[0] = followee
    return 1


def fetch_row(arcs: LiveArcs, member: Any) -> None:
    """Ask for what says where a member's row stands."""


def fetch_arcs(arcs: LiveArcs, member: Any) -> None:
    """Ask for the beginning of a member's row."""


@overload(fetch_row, jit_options=_BARE)
def _fetch_row(arcs, member):  # type: ignore[no-untyped-def]
    if arcs.instance_class is ArcTable:
        return lambda arcs, member: prefetch(arcs.records, np.int64(member) * 4)
    return lambda arcs, member: prefetch(arcs.offsets, np.int64(member))


@overload(fetch_arcs, jit_options=_BARE)
def _fetch_arcs(arcs, member):  # type: ignore[no-untyped-def]
    if arcs.instance_class is ArcTable:
        return lambda arcs, member: prefetch(arcs.arcs, 2 * np.int64(arcs.records[member, 0]))
    return lambda arcs, member: prefetch(arcs.targets, np.int64(arcs.offsets[member]))


_WAYS: dict[type, Any] = {
    EvenArcs: _live_even,
    ArcTable: _live_table,
    RowArcs: _live_row,
    KeyedArcs: _live_keyed,
    PickedArcs: _live_picked,
    HeededArcs: _live_heeded,
}
"""The compiled function that answers for each class of tables."""


@overload(live, jit_options=_BARE)
def _live_overload(arcs, member, seed, run, out):  # type: ignore[no-untyped-def]
    if not isinstance(arcs, types.NamedTuple | types.NamedUniTuple):
        return None
    way = _WAYS[arcs.instance_class]
    return lambda arcs, member, seed, run, out: way(arcs, member, seed, run, out)
