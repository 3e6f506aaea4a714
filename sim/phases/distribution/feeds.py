"""The recall index: one keyed tree of weights for each shard of each topic, twice (discovery and search), and the ads'.

A note is put into one shard of its topic by its key and keeps its leaf for life, so that one note more or less moves no
other. Shards hold at most 1,024 leaves, so a choice costs the same in a world of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.randomness import S_LEAF, block
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
MAX_LEAVES = 1024
"""Leaves of a shard; small enough for the shards of all topics to stay in a processor's cache."""
LOAD = 0.6
"""Share of leaves that is meant to be used; the rest is room for a surge of notes."""


@dataclass
class Feeds:
    """Trees and what their leaves hold.

    Attributes
    ----------
    trees
        uint32 [rows, 2 * leaves]: discovery shards, search shards, then a tree a topic of ads in the feed and in search.
    leaves
        int32 [rows, leaves]: row of the note at each leaf; -1 free.
    first, mask
        int32 [topics]: first shard of each topic, and its number of shards less one.
    """

    trees: npt.NDArray[np.uint32]
    leaves: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    mask: npt.NDArray[np.int32]

    @property
    def shards(self) -> int:
        """Recall shards in all."""
        return len(self.trees) // 2 - s.N_TOPICS

    @classmethod
    def create(cls, expected: npt.NDArray[np.float64]) -> Feeds:
        """Room for ``expected`` live notes per topic (float64 [topics])."""
        largest = float(expected.max()) / LOAD
        size = int(min(MAX_LEAVES, max(64, 2 ** int(np.ceil(np.log2(max(largest, 2.0)))))))
        need = np.maximum(1.0, expected / (LOAD * size))
        shards = (2 ** np.ceil(np.log2(need))).astype(np.int32)
        first = np.concatenate([[0], np.cumsum(shards)[:-1]]).astype(np.int32)
        rows = 2 * int(shards.sum()) + 2 * s.N_TOPICS
        return cls(
            np.zeros((rows, 2 * size), np.uint32),
            np.full((rows, size), -1, np.int32),
            first,
            (shards - 1).astype(np.int32),
        )

    def arrays(self) -> dict[str, Any]:
        """Plain arrays, for a snapshot."""
        return {"trees": self.trees, "leaves": self.leaves, "first": self.first, "mask": self.mask}


@njit([(t.NOTES, t.LEAVES, nb.int32[::1], nb.int32[::1], nb.int64, nb.int64[::1])])
def list_notes(notes, leaves, first, mask, shards, rows):  # type: ignore[no-untyped-def]
    """Give each note a shard and a leaf by its key; returns how many found no room.

    The place tried first is a draw keyed by the note, and the next free one is taken, so that the place hardly depends on
    who else is there.
    """
    size = leaves.shape[1]
    left_out = 0
    for at in range(len(rows)):
        n = rows[at]
        key = notes[n].key
        low = np.int64(key & np.uint64(0xFFFFFFFF))
        high = np.int64(key >> np.uint64(32))
        w0, w1, _, _ = block(np.uint64(0), S_LEAF, low, high, 0, 0)
        topic = notes[n].topic
        shard = first[topic] + (np.int64(w1) & mask[topic])
        leaf = np.int64(w0) & (size - 1)
        found = False
        for _ in range(size):
            if leaves[shard, leaf] < 0:
                found = True
                break
            leaf = (leaf + 1) & (size - 1)
        if not found:
            left_out += 1
            notes[n].status = s.REMOVED
            continue
        leaves[shard, leaf] = n
        leaves[shards + shard, leaf] = n
        notes[n].shard = shard
        notes[n].leaf = leaf
    return left_out


def unlist_notes(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Take notes out of both indexes and free their leaves."""
    feeds = community.feeds
    notes = community.state.notes.array
    shard = notes["shard"][rows].astype(np.int64)
    leaf = notes["leaf"][rows].astype(np.int64)
    size = feeds.leaves.shape[1]
    here = feeds.leaves[shard, leaf] == rows
    shard, leaf = shard[here], leaf[here]
    for offset in (0, feeds.shards):
        feeds.leaves[offset + shard, leaf] = -1
        feeds.trees[offset + shard, size + leaf] = 0
