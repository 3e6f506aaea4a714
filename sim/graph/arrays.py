"""A changing follower graph as kernels read it: base rows, marks of what was removed, and extra rows.

A direction is a tuple of five arrays (`Arcs`); phases hold the one of followees and the one of followers and
ask them through the compiled functions here.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.graph.csr import Csr, Int32, Int64, find, place_of

__all__ = [
    "ARCS",
    "Arcs",
    "Bits",
    "followee_at",
    "follower_at",
    "follows",
    "in_degree",
    "merge_in_place",
    "merged",
    "out_degree",
]

Bits: TypeAlias = npt.NDArray[np.uint8]
Arcs: TypeAlias = tuple[Int64, Int32, Bits, Int32, Int32]
"""One direction as kernels read it: offsets int64[n + 1], neighbours int32[m], removed bits uint8[ceil(m /
8)], extra offsets int32[n + 1], extra neighbours int32."""

ARCS = "Tuple((i8[::1],i4[::1],u1[::1],i4[::1],i4[::1]))"
"""`Arcs` in a Numba signature."""


@njit(_nrt=False)
def out_degree(arcs: Arcs, u: int) -> int:
    """Number of places in row u, those of removed arcs included: the j of `followee_at` runs below it.

    With the followers' direction it is `in_degree`. Exact numbers of arcs are in `GraphDelta.followees_count`
    and `GraphDelta.followers_count`.
    """
    offsets, _, _, extra_offsets, _ = arcs
    return offsets[u + 1] - offsets[u] + extra_offsets[u + 1] - extra_offsets[u]  # type: ignore[no-any-return]


@njit(_nrt=False)
def followee_at(arcs: Arcs, u: int, j: int) -> int:
    """The neighbour at place j of row u, or -1 if that arc has been removed; first the base's, then the extra
    ones.
    """
    offsets, targets, removed, extra_offsets, extra = arcs
    place = offsets[u] + j
    if place < offsets[u + 1]:
        if removed[place >> 3] >> (place & 7) & 1:
            return -1
        return np.int64(targets[place])  # type: ignore[return-value]
    return np.int64(extra[extra_offsets[u] + place - offsets[u + 1]])  # type: ignore[return-value]


@njit(_nrt=False)
def follows(arcs: Arcs, u: int, v: int) -> bool:
    """Whether the arc from row u to v stands at present; `arcs` of the followees' direction
    (`GraphDelta.arrays`).
    """
    offsets, targets, removed, extra_offsets, extra = arcs
    place = find(targets, offsets[u], offsets[u + 1], v)
    if place >= 0:
        return not (removed[place >> 3] >> (place & 7) & 1)
    return find(extra, extra_offsets[u], extra_offsets[u + 1], v) >= 0


in_degree = out_degree
"""The same question about followers, asked of `GraphDelta.arrays_in`."""

follower_at = followee_at
"""The same question about followers, asked of `GraphDelta.arrays_in`."""


@njit
def _removed_places(removed: Bits) -> Int64:
    """Positions of the bits that are set, ascending."""
    count = 0
    for byte in removed:
        while byte:
            byte &= byte - 1
            count += 1
    places = np.empty(count, np.int64)
    count = 0
    for i in range(len(removed)):
        if removed[i]:
            for bit in range(8):
                if removed[i] >> bit & 1:
                    places[count] = 8 * i + bit
                    count += 1
    return places


@njit
def _copy(
    targets: Int32, read: int, until: int, gone: Int64, passed: int, new: Int32, write: int
) -> tuple[int, int]:
    """Copy ``targets[read:until]`` without the places that are gone; how many of these are passed, and the
    end.
    """
    while passed < len(gone) and gone[passed] < until:
        while read < gone[passed]:  # a loop, since slices take seconds to compile and are no faster
            new[write] = targets[read]
            read += 1
            write += 1
        read += 1
        passed += 1
    while read < until:
        new[write] = targets[read]
        read += 1
        write += 1
    return passed, write


def merged(arcs: Arcs, room: float = 1.0) -> Csr:
    """New rows of one direction: the base without what was removed, with what is extra, ascending.

    Parameters
    ----------
    arcs
        The direction.
    room
        The neighbours lie at the beginning of a buffer so many times as long, their ``base`` if that is more than 1. What
        is never written to takes no memory.
    """
    offsets, targets, removed, _, extra = arcs
    count = len(targets) + len(extra) - int(np.bitwise_count(removed).sum())
    new_offsets = np.empty(len(offsets), np.int64)
    # NumPy's own memory: what a kernel allocates does not lie on large pages, and is slower to read at random
    new = np.empty(int(count * room), np.int32)[:count]
    _merge_into(arcs, new_offsets, new)
    return new_offsets, new


@njit
def _merge_into(arcs: Arcs, new_offsets: Int64, new: Int32) -> None:
    """What lies between two changes is copied in one piece."""
    offsets, targets, removed, extra_offsets, extra = arcs
    gone = _removed_places(removed)
    new_offsets[0] = 0
    read, write, passed, counted = 0, 0, 0, 0
    for u in range(len(offsets) - 1):
        for e in range(extra_offsets[u], extra_offsets[u + 1]):
            until = place_of(targets, offsets[u], offsets[u + 1], extra[e])
            passed, write = _copy(targets, read, until, gone, passed, new, write)
            read = until
            new[write] = extra[e]
            write += 1
        while counted < len(gone) and gone[counted] < offsets[u + 1]:
            counted += 1
        new_offsets[u + 1] = offsets[u + 1] - counted + extra_offsets[u + 1]
    _copy(targets, read, len(targets), gone, passed, new, write)


@njit
def merge_in_place(arcs: Arcs, buffer: Int32) -> None:
    """The same within ``buffer``, int32, which begins with the direction's neighbours and has room for what is extra.

    Between two changes lies a piece that moves by what has come and gone before it. Those that move up are moved from the
    last to the first, the others from the first to the last: no piece then lands on one that has yet to move.
    """
    offsets, targets, removed, extra_offsets, extra = arcs
    gone = _removed_places(removed)
    pieces = np.empty((len(gone) + len(extra) + 1, 3), np.int64)  # begin, end, by how much
    landing = np.empty(len(extra), np.int64)
    begin, shift, k, counted, old = 0, 0, 0, 0, 0
    for u in range(len(offsets) - 1):
        stop = offsets[u + 1]
        for e in range(extra_offsets[u], extra_offsets[u + 1]):
            until = place_of(targets, old, stop, extra[e])
            begin, shift, k, counted = _cut(pieces, gone, until, begin, shift, k, counted)
            landing[e] = until + shift
            pieces[k, 0], pieces[k, 1], pieces[k, 2] = begin, until, shift
            begin, shift, k = until, shift + 1, k + 1
        begin, shift, k, counted = _cut(pieces, gone, stop, begin, shift, k, counted)
        offsets[u + 1] = stop - counted + extra_offsets[u + 1]
        old = stop
    pieces[k, 0], pieces[k, 1], pieces[k, 2] = begin, old, shift
    first = 0
    while first < len(pieces):
        last = first
        while last < len(pieces) and pieces[last, 2] > 0:
            last += 1
        for piece in range(last - 1, first - 1, -1):
            by = pieces[piece, 2]
            for place in range(pieces[piece, 1] - 1, pieces[piece, 0] - 1, -1):
                buffer[place + by] = buffer[place]
        if last < len(pieces) and pieces[last, 2] < 0:
            by = pieces[last, 2]
            for place in range(pieces[last, 0], pieces[last, 1]):
                buffer[place + by] = buffer[place]
        first = last + 1
    for e in range(len(extra)):
        buffer[landing[e]] = extra[e]


@njit
def _cut(
    pieces: Int64, gone: Int64, until: int, begin: int, shift: int, k: int, counted: int
) -> tuple[int, int, int, int]:
    """End a piece at each place before ``until`` that is gone."""
    while counted < len(gone) and gone[counted] < until:
        pieces[k, 0], pieces[k, 1], pieces[k, 2] = begin, gone[counted], shift
        begin, shift, k, counted = gone[counted] + 1, shift - 1, k + 1, counted + 1
    return begin, shift, k, counted
