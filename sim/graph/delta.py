"""The follows and unfollows of a run, on top of a follower graph that itself never changes.

New arcs wait in small extra rows, ended ones are marked by a bit, in both directions; kernels read base plus
extra through the compiled helpers below. Once in a while `GraphDelta.merge` moves them into the rows, in place
unless somebody else may hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.errors import GraphError
from sim.graph.arrays import Arcs, Bits, merge_in_place, merged
from sim.graph.csr import Csr, Int32, Int64, find
from sim.graph.follower_graph import FollowerGraph
from sim.threads import in_threads

__all__ = ["MERGE_SHARE", "Changes", "GraphDelta"]

Mask: TypeAlias = npt.NDArray[np.bool_]

MERGE_SHARE = 0.003
"""Share of changed arcs above which a merge pays."""

ROOM = 1.25
"""Room for arcs against those there are when rows are written anew; what is not used takes no memory."""


AHEAD = 16
"""Arcs ahead whose rows are fetched: each lies somewhere else."""


@njit
def _places(offsets: Int64, targets: Int32, rows: Int32, values: Int32) -> Int64:
    """Position of each arc (row, value) in the base, or -1."""
    places = np.empty(len(rows), np.int64)
    last = len(rows) - 1
    for i in range(len(rows)):
        prefetch(offsets, rows[min(i + 2 * AHEAD, last)])
        start, stop = offsets[rows[min(i + AHEAD, last)]], offsets[rows[min(i + AHEAD, last)] + 1]
        if start < stop:
            prefetch(targets, (start + stop) >> 1)
        places[i] = find(targets, offsets[rows[i]], offsets[rows[i] + 1], values[i])
    return places


@njit
def _flip(bits: Bits, places: Int64) -> None:
    """Invert single bits at distinct places."""
    for i in range(len(places)):
        prefetch(bits, places[min(i + AHEAD, len(places) - 1)] >> 3)
        bits[places[i] >> 3] ^= np.uint8(1 << (places[i] & 7))


@njit
def _add_at(counts: Int32, rows: Int32, by: int) -> None:
    """Add to the counts of rows, once for each time that a row is named."""
    for i in range(len(rows)):
        prefetch(counts, rows[min(i + AHEAD, len(rows) - 1)])
        counts[rows[i]] += by


class Changes(NamedTuple):
    """Which requests of a day changed something; the others repeated what stood already.

    Attributes
    ----------
    followed, unfollowed
        Masks over the arrays given to `GraphDelta.apply`.
    """

    followed: Mask
    unfollowed: Mask


def _unset(bits: int) -> Bits:
    return np.zeros((bits + 7) // 8, np.uint8)


class GraphDelta:
    """A follower graph that changes once a day.

    Parameters
    ----------
    graph
        The graph at the beginning. It stays as it is.

    Attributes
    ----------
    followers_count, followees_count
        int32[n], exact at any time. The arrays are updated in place.
    version
        Number of `apply` calls that changed something.

    Raises
    ------
    GraphError
        If the graph carries arc attributes, which new arcs would lack.
    """

    def __init__(self, graph: FollowerGraph) -> None:
        if graph.arc_data:
            raise GraphError(
                f"arcs that come and go carry no attributes, but the graph has {', '.join(graph.arc_data)}: "
                "build it without them"
            )
        self._labels = graph.labels
        self._graph_data = dict(graph.graph)
        self._node_data = graph.nodes._nodes.stored
        self._out: Csr = graph.out
        self._in: Csr = graph.into
        self._view: FollowerGraph | None = graph
        self._lent = True  # whether a graph or a snapshot may hold the rows
        self.followers_count = graph.followers_count().astype(np.int32)
        self.followees_count = graph.followees_count().astype(np.int32)
        self.version = 0
        self._clear()

    def _clear(self) -> None:
        """No extra arc, none removed."""
        size = len(self._out[0])
        self._out_removed = _unset(len(self._out[1]))
        self._in_removed = _unset(len(self._in[1]))
        self._removed = 0
        self._extra_keys = np.empty(0, np.int64)
        # one pair of arrays for both directions: they are replaced, never written to
        self._extra_out: Csr32 = (np.zeros(size, np.int32), np.empty(0, np.int32))
        self._extra_in: Csr32 = self._extra_out

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self._out[0]) - 1

    @property
    def arcs(self) -> int:
        """Number of arcs at present."""
        return len(self._out[1]) - self._removed + len(self._extra_keys)

    @property
    def pending(self) -> int:
        """Number of changed arcs since the last merge."""
        return self._removed + len(self._extra_keys)

    @property
    def nbytes(self) -> int:
        """Bytes of both directions with bits and extra rows, without the two counts."""
        arrays = (*self.arrays(), *self.arrays_in(), self._extra_keys)
        return sum({id(array): array.nbytes for array in arrays}.values())

    def arrays(self) -> Arcs:
        """The followees' direction for kernels; valid until the next `apply` or `merge`."""
        return (*self._out, self._out_removed, *self._extra_out)

    def arrays_in(self) -> Arcs:
        """The followers' direction, likewise."""
        return (*self._in, self._in_removed, *self._extra_in)

    # ------------------------------------------------------------------ changes

    def apply(self, follow_u: Any, follow_v: Any, unfollow_u: Any = (), unfollow_v: Any = ()) -> Changes:
        """Carry out a day's requests: first the unfollows, then the follows.

        Parameters
        ----------
        follow_u, follow_v
            Rows of new followers and followees. Of equal requests the first counts; following oneself, or
            somebody one follows already, changes nothing.
        unfollow_u, unfollow_v
            Rows of arcs to end; what does not exist is passed over.

        Returns
        -------
        Changes

        Raises
        ------
        GraphError
            If a row number is out of range or the lists differ in length.
        """
        leave_u, leave_v = self._checked(unfollow_u, unfollow_v)
        come_u, come_v = self._checked(follow_u, follow_v)
        unfollowed = self._remove(leave_u, leave_v)
        followed = self._add(come_u, come_v)
        if unfollowed.any() or followed.any():
            self._extra_rows()
            self.version += 1
            self._view = None
        return Changes(followed, unfollowed)

    def _checked(self, u: Any, v: Any) -> tuple[Int32, Int32]:
        first, second = np.atleast_1d(np.asarray(u)), np.atleast_1d(np.asarray(v))
        if first.shape != second.shape or first.ndim != 1:
            raise GraphError(f"there are {first.size:,} followers but {second.size:,} followees")
        for rows in (first, second):
            if len(rows) and (rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= self.size):
                raise GraphError(f"rows of a follow or unfollow run from 0 to {self.size - 1:,}")
        return first.astype(np.int32, copy=False), second.astype(np.int32, copy=False)

    def _keys(self, u: Int32, v: Int32) -> tuple[Int64, Mask]:
        """One sortable number an arc, and a mask of the first occurrences."""
        keys = u.astype(np.int64) * self.size + v
        first = np.zeros(len(keys), bool)
        first[np.unique(keys, return_index=True)[1]] = True
        return keys, first

    def _in_extra(self, keys: Int64) -> tuple[Int64, Mask]:
        """Where keys stand among the extra ones, and whether they do."""
        places = np.searchsorted(self._extra_keys, keys)
        there = np.zeros(len(keys), bool)
        inside = places < len(self._extra_keys)
        there[inside] = self._extra_keys[places[inside]] == keys[inside]
        return places, there

    def _mark(self, places: Int64, u: Int32, v: Int32) -> None:
        """Turn the removed bit of arcs of the base, in both directions."""
        _flip(self._out_removed, places)
        _flip(self._in_removed, _places(*self._in, v, u))

    def _count(self, u: Int32, v: Int32, by: int) -> None:
        _add_at(self.followees_count, u, by)
        _add_at(self.followers_count, v, by)

    def _base(self, u: Int32, v: Int32) -> tuple[Int64, Mask]:
        """Place of each arc in the base or -1, and whether it is marked as removed."""
        places = _places(*self._out, u, v)
        known = np.maximum(places, 0)
        gone = np.zeros(len(places), bool)
        if len(self._out_removed):
            gone = (self._out_removed[known >> 3] >> (known & 7).astype(np.uint8) & 1).astype(bool)
        return places, gone & (places >= 0)

    def _remove(self, u: Int32, v: Int32) -> Mask:
        if not len(u):
            return np.zeros(0, bool)
        keys, first = self._keys(u, v)
        places, gone = self._base(u, v)
        ends = first & (places >= 0) & ~gone
        self._mark(places[ends], u[ends], v[ends])
        self._removed += int(np.count_nonzero(ends))
        at, extra = self._in_extra(keys)
        extra &= first
        self._extra_keys = np.delete(self._extra_keys, at[extra])
        changed = ends | extra
        self._count(u[changed], v[changed], -1)
        return changed

    def _add(self, u: Int32, v: Int32) -> Mask:
        if not len(u):
            return np.zeros(0, bool)
        keys, first = self._keys(u, v)
        places, gone = self._base(u, v)
        first &= u != v
        back = first & gone
        self._mark(places[back], u[back], v[back])
        self._removed -= int(np.count_nonzero(back))
        _, extra = self._in_extra(keys)
        new = first & (places < 0) & ~extra
        fresh = np.sort(keys[new])
        self._extra_keys = np.insert(self._extra_keys, np.searchsorted(self._extra_keys, fresh), fresh)
        changed = back | new
        self._count(u[changed], v[changed], 1)
        return changed

    def _extra_arcs(self) -> tuple[Int32, Int32]:
        """Followers and followees of the extra arcs."""
        return (self._extra_keys // self.size).astype(np.int32), (self._extra_keys % self.size).astype(
            np.int32
        )

    def _extra_rows(self) -> None:
        """Rows of the extra arcs in both directions."""
        u, v = self._extra_arcs()
        self._extra_out = _offsets32(u, self.size), v
        order = np.argsort(v, kind="stable")  # keys ascend by u already
        self._extra_in = _offsets32(v, self.size), u[order]

    # ------------------------------------------------------------------ merging and looking

    def merge(self, threads: int = 1) -> None:
        """Move the changes into the rows; what is followed by whom does not change.

        Rows that were lent, to the graph at the beginning, a view or a snapshot, or that have no room left are written
        anew, one direction at a time, of which one then stands twice; otherwise both are moved at once if there are threads.
        """
        if not self.pending:
            return
        if self._view is not None:
            self._out, self._in = self._view.out, self._view.into
        else:
            count = self.arcs
            at_once = 1 if self._lent else threads
            self._out, self._in = in_threads(
                at_once, self._moved, (self.arrays(), self.arrays_in()), (count, count)
            )
            self._lent = False
        self._clear()

    def _moved(self, arcs: Arcs, count: int) -> Csr:
        """Rows of one direction with ``count`` arcs."""
        buffer = arcs[1].base
        if self._lent or buffer is None or count > len(buffer):
            return merged(arcs, ROOM)
        merge_in_place(arcs, buffer)
        return arcs[0], buffer[:count]

    def merge_if_due(self, week_ends: bool = False, threads: int = 1) -> bool:
        """Merge if more than `MERGE_SHARE` of the arcs have changed, or a week ends; whether it did."""
        if self.pending > MERGE_SHARE * len(self._out[1]) or (week_ends and self.pending):
            self.merge(threads)
            return True
        return False

    def graph_view(self) -> FollowerGraph:
        """The graph of the present version, which a later change does not touch.

        Without pending changes it shares the arrays; otherwise it takes a merged copy, kept until the next
        change.
        """
        if self._view is None:
            out, into = self._out, self._in
            if self.pending:
                out, into = merged(self.arrays()), merged(self.arrays_in())
            else:
                self._lent = True
            self._view = FollowerGraph.from_csr(
                out,
                into,
                labels=self._labels,
                node_data=dict(self._node_data),
                graph_data={key: value for key, value in self._graph_data.items() if key != "report"},
            )
        return self._view

    # ------------------------------------------------------------------ snapshots

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Everything as arrays, for a snapshot; `from_state` continues from it exactly.

        Raises
        ------
        GraphError
            If labels are neither integers nor strings.
        """
        self._lent = True
        state: dict[str, npt.NDArray[Any]] = {
            "followees_offsets": self._out[0],
            "followees": self._out[1],
            "followers_offsets": self._in[0],
            "followers": self._in[1],
            "followees_removed": self._out_removed,
            "followers_removed": self._in_removed,
            "extra_keys": self._extra_keys,
            "version": np.array([self.version], np.int64),
        }
        if self._labels is not None:
            labels = self._labels
            if labels.dtype == object:
                if not all(isinstance(label, str) for label in labels):
                    raise GraphError("a snapshot keeps labels that are integers or strings only")
                labels = labels.astype(np.str_)
            state["labels"] = labels
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, npt.NDArray[Any]]) -> GraphDelta:
        """Continue from `state_dict`; the adjacency arrays may be memory-mapped, they are not written to."""
        labels = state.get("labels")
        if labels is not None and labels.dtype.kind == "U":
            labels = labels.astype(object)
        graph = FollowerGraph.from_csr(
            (state["followees_offsets"], state["followees"]),
            (state["followers_offsets"], state["followers"]),
            labels=labels,
        )
        self = cls(graph)
        self._out_removed = np.array(state["followees_removed"])
        self._in_removed = np.array(state["followers_removed"])
        self._removed = int(np.bitwise_count(self._out_removed).sum())
        self._extra_keys = np.array(state["extra_keys"])
        self.version = int(state["version"][0])
        if self.pending:
            self._view = None
            self._extra_rows()
            gone = np.flatnonzero(np.unpackbits(self._out_removed, bitorder="little"))
            self._count(_rows_at(self._out[0], gone), self._out[1][gone], -1)
            self._count(*self._extra_arcs(), 1)
        return self


Csr32: TypeAlias = tuple[Int32, Int32]
"""Extra rows: offsets int32[n + 1], neighbours int32."""


def _offsets32(rows: Int32, size: int) -> Int32:
    """Offsets of rows that hold the given entries."""
    offsets = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(rows, minlength=size), out=offsets[1:])
    return offsets


def _rows_at(offsets: Int64, places: Int64) -> Int32:
    """Row of each place."""
    return (np.searchsorted(offsets, places, side="right") - 1).astype(np.int32)
