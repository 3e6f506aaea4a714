"""From a caller's list of arcs to clean row numbers: labels kept aside, self-loops treated, everything
counted.

Whatever is left out on the way is counted in an `ArcReport`, which the graph carries as
``graph.graph["report"]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph.csr import MAX_MEMBERS, Int32

__all__ = [
    "ArcReport",
    "Rows",
    "SelfLoops",
    "encode_integers",
    "encode_labels",
    "rows_from_numbers",
    "treat_self_loops",
]

SelfLoops = Literal["drop", "keep", "error"]

LOOPS = (
    "remove them, or leave them out: --self-loops drop on the command line, graph.self_loops=drop in a configuration, "
    'self_loops="drop" in Python'
)
"""What to do about self-loops, in the words of all who read graphs."""


@dataclass(frozen=True)
class ArcReport:
    """What became of the arcs that were handed over.

    Attributes
    ----------
    read
        Arcs in the input.
    self_loops
        Arcs from a member to itself that were left out.
    duplicates
        Repetitions of an arc that were left out (its first occurrence is kept).
    kept
        Arcs of the graph.
    """

    read: int
    self_loops: int
    duplicates: int
    kept: int

    @property
    def complete(self) -> bool:
        """Whether no arc was left out."""
        return self.kept == self.read

    def __str__(self) -> str:
        left_out = [
            f"{count:,} {what if count == 1 else what + 's'}"
            for count, what in ((self.duplicates, "duplicate"), (self.self_loops, "self-loop"))
            if count
        ]
        dropped = f"; left out: {' and '.join(left_out)}" if left_out else ""
        return f"{self.read:,} arcs read, {self.kept:,} kept{dropped}"


@dataclass(frozen=True)
class Rows:
    """Arcs as row numbers.

    Attributes
    ----------
    follower, followee
        int32[m].
    size
        Number of members.
    labels
        Label of each row, or None if the labels are 0 to size - 1.
    """

    follower: Int32
    followee: Int32
    size: int
    labels: npt.NDArray[Any] | None


def _vector(values: Any) -> npt.NDArray[Any]:
    """A list, array or series of labels as a one-dimensional array; mixed objects stay what they are."""
    if isinstance(values, Sequence) or not hasattr(values, "__array__"):
        values = list(values)
        if not set(map(type, values)) <= {int, np.int32, np.int64, np.uint32}:
            objects = np.empty(len(values), object)
            objects[:] = values
            return objects
    values = np.asarray(values)
    if values.ndim != 1:
        raise GraphError(
            f"followers and followees are lists of members, not an array of shape {values.shape}"
        )
    vector: npt.NDArray[Any] = values
    return vector


def _pair(follower: Any, followee: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    first, second = _vector(follower), _vector(followee)
    if len(first) != len(second):
        raise GraphError(
            f"there are {len(first):,} followers but {len(second):,} followees: one of each an arc"
        )
    return first, second


def rows_from_numbers(follower: Any, followee: Any, size: int, labels: Any = None) -> Rows:
    """Arcs whose ends are row numbers already.

    Raises
    ------
    GraphError
        If a number is not an integer from 0 to size - 1, or the labels are not `size` distinct ones.
    """
    if not 0 <= size <= MAX_MEMBERS:
        raise GraphError(f"a graph has from 0 to {MAX_MEMBERS:,} members, not {size:,}")
    first, second = _pair(follower, followee)
    for name, ends in (("follower", first), ("followee", second)):
        if not len(ends):
            continue
        if ends.dtype.kind not in "iu":
            raise GraphError(
                f"with a size or labels, {name}s are row numbers from 0 to {size - 1:,}, not {ends[0]!r}"
            )
        wrong = np.flatnonzero((ends < 0) | (ends >= size))
        if len(wrong):
            raise GraphError(
                f"arc {wrong[0] + 1:,} has {name} {ends[wrong[0]]}: row numbers run from 0 to {size - 1:,}"
            )
    names = None
    if labels is not None:
        names = _vector(labels)
        if len(names) != size or len(set(names.tolist())) != size:
            raise GraphError(
                f"{size:,} members need as many distinct labels, not {len(set(names.tolist())):,}"
            )
        if names.dtype.kind in "iu" and np.array_equal(names, np.arange(size)):
            names = None
    return Rows(first.astype(np.int32, copy=False), second.astype(np.int32, copy=False), size, names)


def encode_integers(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> Rows:
    """Integer labels become rows in ascending order; both columns need not be of one length."""
    low = min(int(first.min()), int(second.min()))
    high = max(int(first.max()), int(second.max()))
    if high - low <= 8 * len(first) + 1024:
        present = np.zeros(high - low + 1, bool)
        present[first - low] = True
        present[second - low] = True
        labels = np.flatnonzero(present) + low
        if low == 0 and len(labels) == high + 1:
            return Rows(first.astype(np.int32), second.astype(np.int32), len(labels), None)
        row: Int32 = (np.cumsum(present) - 1).astype(np.int32)
        return Rows(row[first - low], row[second - low], len(labels), labels)
    labels, rows = np.unique(np.concatenate([first, second]), return_inverse=True)
    codes: Int32 = rows.astype(np.int32)
    return Rows(codes[: len(first)], codes[len(first) :], len(labels), labels)


def encode_labels(follower: Any, followee: Any) -> Rows:
    """Arcs whose ends are labels of any hashable kind: the members are those that occur.

    Integers are put in ascending order, so that 0 to n - 1 need no labels at all; other labels in the order
    of their first occurrence, followers before followees.
    """
    first, second = _pair(follower, followee)
    if not len(first):
        return Rows(np.empty(0, np.int32), np.empty(0, np.int32), 0, None)
    if all(
        ends.dtype.kind == "i" or (ends.dtype.kind == "u" and ends.max() < 2**63) for ends in (first, second)
    ):
        return encode_integers(first.astype(np.int64, copy=False), second.astype(np.int64, copy=False))
    import pandas as pd

    both = np.concatenate([first.astype(object), second.astype(object)])
    try:
        codes, labels = pd.factorize(both, use_na_sentinel=True)
    except TypeError as error:
        raise GraphError(f"a member's label must be hashable: {error}") from None
    if len(codes) and codes.min() < 0:
        wrong = int(np.flatnonzero(codes < 0)[0]) % len(first)
        raise GraphError(f"arc {wrong + 1:,} lacks a member: labels may not be None or NaN")
    rows = codes.astype(np.int32)
    return Rows(rows[: len(first)], rows[len(first) :], len(labels), np.asarray(labels, object))


def treat_self_loops(rows: Rows, self_loops: SelfLoops) -> tuple[Rows, npt.NDArray[np.bool_] | None, int]:
    """Drop self-loops or object to them.

    Returns
    -------
    rows : Rows
        Without them, unless they are to be kept.
    kept : bool array or None
        Which arcs are left; None if all.
    dropped : int
    """
    if self_loops not in ("drop", "keep", "error"):
        raise GraphError(f'self_loops is "drop", "keep" or "error", not {self_loops!r}')
    if self_loops == "keep":
        return rows, None, 0
    loops = rows.follower == rows.followee
    count = int(np.count_nonzero(loops))
    if not count:
        return rows, None, 0
    if self_loops == "error":
        first = int(np.flatnonzero(loops)[0])
        member = rows.follower[first] if rows.labels is None else rows.labels[rows.follower[first]]
        raise GraphError(f"arc {first + 1:,} lets {member} follow itself ({count:,} such in all): {LOOPS}")
    kept = ~loops
    return Rows(rows.follower[kept], rows.followee[kept], rows.size, rows.labels), kept, count
