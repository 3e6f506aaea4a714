"""Compressed sparse rows: the compiled building blocks of a follower graph's adjacency.

A graph's one direction is a pair (offsets, targets): the neighbours of row u are
``targets[offsets[u]:offsets[u + 1]]``, ascending and without repetition. Offsets are int64, targets int32; an
arc costs 4 bytes and a member 8.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sim._numba import njit

__all__ = [
    "Csr",
    "Float64",
    "Int32",
    "Int64",
    "close_gaps",
    "deduplicate",
    "find",
    "from_arcs",
    "group",
    "ordering",
    "place_of",
    "row_sums",
    "rows_of_arcs",
    "self_loops",
    "transpose",
]

Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
Float64: TypeAlias = npt.NDArray[np.float64]
Csr: TypeAlias = tuple[Int64, Int32]
"""One direction of adjacency: offsets int64[n + 1], targets int32[m]."""

MAX_MEMBERS = 2**31 - 1
"""Neighbours are int32 row numbers."""


@njit
def group(keys: Int32, values: Int32, size: int) -> Csr:
    """Sort values by key with a stable counting sort.

    Parameters
    ----------
    keys
        int32[m], from 0 to size - 1.
    values
        int32[m].
    size
        Number of keys.

    Returns
    -------
    offsets : int64[size + 1]
    grouped : int32[m]
        The values of key k, in their order, at ``grouped[offsets[k]:offsets[k + 1]]``.
    """
    offsets = np.zeros(size + 1, np.int64)
    for i in range(len(keys)):
        offsets[keys[i] + 1] += 1
    for k in range(size):
        offsets[k + 1] += offsets[k]
    cursor = offsets[:-1].copy()
    grouped = np.empty(len(keys), np.int32)
    for i in range(len(keys)):
        k = keys[i]
        grouped[cursor[k]] = values[i]
        cursor[k] += 1
    return offsets, grouped


@njit
def transpose(offsets: Int64, targets: Int32, size: int) -> Csr:
    """The other direction of an adjacency of `size` columns; its rows come out ascending."""
    out = np.zeros(size + 1, np.int64)
    for i in range(len(targets)):
        out[targets[i] + 1] += 1
    for v in range(size):
        out[v + 1] += out[v]
    cursor = out[:-1].copy()
    sources = np.empty(len(targets), np.int32)
    for u in range(len(offsets) - 1):
        for i in range(offsets[u], offsets[u + 1]):
            v = targets[i]
            sources[cursor[v]] = u
            cursor[v] += 1
    return out, sources


@njit
def deduplicate(offsets: Int64, targets: Int32) -> int:
    """Keep one of equal neighbours in every (sorted) row, in place; returns the number of arcs left."""
    write = 0
    start = offsets[0]
    for u in range(len(offsets) - 1):
        stop = offsets[u + 1]
        first = write
        for i in range(start, stop):
            if write == first or targets[i] != targets[write - 1]:
                targets[write] = targets[i]
                write += 1
        start = stop
        offsets[u + 1] = write
    return write


@njit(_nrt=False)
def place_of(targets: Int32, start: int, stop: int, value: int) -> int:
    """First position in the ascending ``targets[start:stop]`` that holds the value or more; `stop` if none
    does.
    """
    low, high = start, stop
    while low < high:
        middle = (low + high) >> 1
        if targets[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(_nrt=False)
def find(targets: Int32, start: int, stop: int, value: int) -> int:
    """Position of a value in the ascending ``targets[start:stop]``, or -1."""
    place = place_of(targets, start, stop, value)
    if place < stop and targets[place] == value:
        return place
    return -1


@njit
def close_gaps(room: Int64, targets: Int32, found: Int32) -> Int64:
    """Move rows of ``found[u]`` neighbours from ``targets[room[u]]`` on together, in place; their offsets."""
    offsets = np.zeros(len(room), np.int64)
    for u in range(len(found)):
        offsets[u + 1] = offsets[u] + found[u]
        for i in range(found[u]):
            targets[offsets[u] + i] = targets[room[u] + i]
    return offsets


@njit
def rows_of_arcs(offsets: Int64) -> Int32:
    """The row of every arc, int32[m]."""
    rows = np.empty(offsets[-1], np.int32)
    for u in range(len(offsets) - 1):
        for i in range(offsets[u], offsets[u + 1]):
            rows[i] = u
    return rows


@njit
def self_loops(offsets: Int64, targets: Int32) -> Int64:
    """Positions of the arcs that lead from a row to itself, ascending."""
    places = np.empty(len(offsets) - 1, np.int64)
    count = 0
    for u in range(len(places)):
        place = find(targets, offsets[u], offsets[u + 1], u)
        if place >= 0:
            places[count] = place
            count += 1
    return places[:count].copy()


@njit
def row_sums(offsets: Int64, values: Float64) -> Float64:
    """Sum of the values in each row, float64[n]."""
    sums = np.zeros(len(offsets) - 1)
    for u in range(len(sums)):
        for i in range(offsets[u], offsets[u + 1]):
            sums[u] += values[i]
    return sums


def ordering(first: Int32, second: Int32, size: int) -> Int32:
    """Stable order of pairs by (first, second), as positions int32[m]."""
    _, by_second = group(second, np.arange(len(second), dtype=np.int32), size)
    _, order = group(first[by_second], by_second, size)
    return order


def from_arcs(sources: Int32, targets: Int32, size: int) -> tuple[Csr, Csr]:
    """Both directions of the adjacency that a list of arcs describes; repeated arcs are kept once.

    Parameters
    ----------
    sources, targets
        int32[m], from 0 to size - 1, in any order.
    size
        Number of rows.

    Returns
    -------
    out, into : Csr
        Rows are the sources in the first and the targets in the second.
    """
    out = transpose(*group(targets, sources, size), size)
    kept = deduplicate(*out)
    if kept < len(out[1]):
        out = out[0], out[1][:kept].copy()
    return out, transpose(*out, size)
