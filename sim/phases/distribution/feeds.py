"""The recall index: one keyed tree of weights for each shard of each topic, twice (discovery and search), and the ads'.

A note is put into one shard of its topic by its key and keeps its leaf for life, so that one note more or less moves no
other. Shards hold at most 1,024 leaves, so a choice costs the same in a world of any size. Shard and leaf together are a
note's *listing*: what sessions read of notes and count on them lies in this order, next to what else the shard shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.randomness import S_LEAF, block, uniforms
from sim.state import schema as s
from sim.threads import by_rows

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
    listed
        int32 [shards, leaves]: row of the note at each listing; -1 free.
    ads
        int32 [2 * topics, leaves]: listing of the note advertised at each leaf of the ads' trees.
    first, mask
        int32 [topics]: first shard of each topic, and its number of shards less one.
    """

    trees: npt.NDArray[np.uint32]
    listed: npt.NDArray[np.int32]
    ads: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    mask: npt.NDArray[np.int32]

    @property
    def shards(self) -> int:
        """Recall shards in all."""
        return len(self.listed)

    @property
    def pairs(self) -> npt.NDArray[np.uint64]:
        """The trees as sessions take them (`sim.types.PAIRS`), a view."""
        return self.trees.reshape(-1).view(np.uint64)

    def rows(self, listings: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """Rows of the notes at these listings."""
        found: npt.NDArray[np.int32] = self.listed.reshape(-1)[listings]
        return found

    @classmethod
    def create(cls, expected: npt.NDArray[np.float64]) -> Feeds:
        """Room for ``expected`` live notes per topic (float64 [topics])."""
        largest = float(expected.max()) / LOAD
        size = int(min(MAX_LEAVES, max(64, 2 ** int(np.ceil(np.log2(max(largest, 2.0)))))))
        need = np.maximum(1.0, expected / (LOAD * size))
        shards = (2 ** np.ceil(np.log2(need))).astype(np.int32)
        first = np.concatenate([[0], np.cumsum(shards)[:-1]]).astype(np.int32)
        total = int(shards.sum())
        return cls(
            np.zeros((2 * (total + s.N_TOPICS), 2 * size), np.uint32),
            np.full((total, size), -1, np.int32),
            np.full((2 * s.N_TOPICS, size), -1, np.int32),
            first,
            (shards - 1).astype(np.int32),
        )

    def arrays(self) -> dict[str, Any]:
        """Plain arrays, for a snapshot."""
        return {name: getattr(self, name) for name in ("trees", "listed", "ads", "first", "mask")}


@njit([(t.NOTES, t.LISTINGS, nb.int32[::1], nb.int32[::1], nb.int64[::1])], _nrt=False)
def list_notes(notes, listed, first, mask, rows):  # type: ignore[no-untyped-def]
    """Give each note a shard and a leaf by its key; returns how many found no room.

    The place tried first is a draw keyed by the note, and the next free one is taken, so that the place hardly depends on
    who else is there.
    """
    size = listed.shape[1]
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
            if listed[shard, leaf] < 0:
                found = True
                break
            leaf = (leaf + 1) & (size - 1)
        if not found:
            left_out += 1
            notes[n].status = s.REMOVED
            continue
        listed[shard, leaf] = n
        notes[n].listing = shard * size + leaf
    return left_out


def seen_by_followers(notes: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """What `LATEST` holds of these notes: their listings, and how often the share of looks that meet them is halved.

    A note that stands for fewer real ones than others do is met by its ``share`` of the looks at its author's following
    feed. A share between two powers of one half becomes one of them by a draw keyed by the note, so that the mean is right.
    """
    share = np.maximum(notes["share"][rows].astype(np.float64), 2.0**-s.MOST_HALVINGS)
    below = np.ceil(-np.log2(share)).astype(np.int64)
    low = 2.0**-below
    keys = notes["key"][rows]
    u = uniforms(
        0,
        S_LEAF,
        (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        (keys >> np.uint64(32)).astype(np.uint32),
        1,
    )
    more = u < (share - low) / low  # the next power up, in so many of cases
    halvings = np.where((below > 0) & more, below - 1, below)
    seen: npt.NDArray[np.int32] = (notes["listing"][rows] | halvings << s.LATEST_BITS).astype(np.int32)
    return seen


def unlist_notes(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Take notes out of discovery, search, following feeds and groups, and free their listings."""
    feeds, state = community.feeds, community.state
    listing = state.notes.array["listing"][rows]
    listing = listing[listing >= 0]
    size = feeds.listed.shape[1]
    shard, leaf = np.divmod(listing, size)
    feeds.listed[shard, leaf] = -1
    for offset in (0, feeds.shards):
        feeds.trees[offset + shard, size + leaf] = 0
    gone = np.zeros(feeds.listed.size + 1, bool)
    gone[listing] = True  # index -1 is the last entry and stays False
    latest = state.latest["listing"]

    def forget(first: int, last: int) -> None:
        mine = latest[first:last]
        mine[gone[np.where(mine < 0, -1, mine & s.LATEST_MASK)]] = -1

    by_rows(community.threads, len(latest), forget)
    if len(state.groups):
        ring = state.groups["notes"]
        ring[gone[ring]] = -1
