"""Reference graphs of network science, drawn straight into compressed rows: for tests, benchmarks and
comparison.

Draws are keyed by rows, and rows drawn in parallel, so a graph is the same on every machine and any number of threads.
The default graph of a community is in `power_law`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim._numba import njit
from sim.errors import GraphError
from sim.graph import csr
from sim.graph.csr import Float64, Int32, Int64
from sim.graph.follower_graph import FollowerGraph
from sim.graph.parallel import CHUNK, run_in_threads
from sim.graph.power_law import power_law_communities
from sim.numerics import log, log1p
from sim.philox import block, blocks, seed_word
from sim.streams import S_PICK

__all__ = [
    "chung_lu",
    "complete",
    "configuration_model",
    "degree_corrected_blocks",
    "erdos_renyi",
    "preferential_attachment",
    "watts_strogatz",
]


def _check_size(n: int) -> None:
    if not 0 <= n <= csr.MAX_MEMBERS:
        raise GraphError(f"a graph has from 0 to {csr.MAX_MEMBERS:,} members, not {n:,}")


def complete(n: int) -> FollowerGraph:
    """Everybody follows everybody else."""
    if not 0 <= n <= 20_000:
        raise GraphError(f"a complete graph has from 0 to 20,000 members, not {n:,}")
    offsets = np.arange(n + 1, dtype=np.int64) * max(n - 1, 0)
    place = np.arange(n * max(n - 1, 0), dtype=np.int64)
    row, j = np.divmod(place, max(n - 1, 1))
    targets = (j + (j >= row)).astype(np.int32)
    return FollowerGraph.from_csr((offsets, targets), (offsets, targets))


def _by_rows(kernel: Callable[[int, int], None], n: int) -> None:
    """Call ``kernel(begin, end)`` for all rows in chunks, on as many threads as kernels use."""
    run_in_threads(lambda begin: kernel(begin, min(begin + CHUNK, n)), range(0, n, CHUNK))


@njit
def _skip(
    begin: int, end: int, n: int, chance: float, seed: int, offsets: Int64, targets: Int32, fill: bool
) -> None:
    """Rows of independent arcs: from one followee the draw leaps to the next (geometric gaps).

    Row u goes to ``targets[offsets[u]]`` and on; without ``fill`` its length goes to ``offsets[u + 1]``.
    """
    log_miss = log1p(-chance)
    for u in range(begin, end):
        v, ordinal = -1, 0
        write = offsets[u] if fill else np.int64(0)
        while True:
            w0, w1, _, _ = block(seed, S_PICK, u, ordinal, 0, 0)
            ordinal += 1
            uniform = (((w0 << 20) | (w1 >> 12)) + 0.5) * 2.0**-52
            # A gap beyond the row's end is cut before it can overflow.
            v += 1 + int(min(log(uniform) / log_miss, float(n)))
            if v >= n:
                break
            if v != u:
                if fill:
                    targets[write] = v
                write += 1
        if not fill:
            offsets[u + 1] = write


def erdos_renyi(n: int, probability: float, seed: int = 0) -> FollowerGraph:
    """Every ordered pair is an arc with the same probability, independently (Batagelj and Brandes 2005).

    Parameters
    ----------
    n
        Number of members.
    probability
        From 0 to 1; the mean number of followees is ``probability * (n - 1)``.
    seed
        Random seed, uint64.
    """
    _check_size(n)
    if not 0.0 <= probability <= 1.0:
        raise GraphError(f"the probability of an arc lies from 0 to 1, not {probability}")
    if probability == 1.0:
        return complete(n)
    if probability == 0.0 or n < 2:
        return FollowerGraph.from_csr((np.zeros(n + 1, np.int64), np.empty(0, np.int32)))
    word, none = seed_word(seed), np.empty(0, np.int32)
    counts = np.zeros(n + 1, np.int64)
    _by_rows(lambda a, b: _skip(a, b, n, probability, word, counts, none, False), n)
    offsets = np.cumsum(counts)
    targets = np.empty(offsets[-1], np.int32)
    _by_rows(lambda a, b: _skip(a, b, n, probability, word, offsets, targets, True), n)
    return FollowerGraph.from_csr((offsets, targets))


@njit
def _resolve(u: int, j: int, m: int, seed: int) -> int:
    """The target of arc j of member u: the end of a random earlier arc, followed back to where it was
    decided.
    """
    while True:
        # Member v has m arcs at places v * m and on; each has two ends.
        w0, w1, _, _ = block(seed, S_PICK, u, j, 0, 0)
        uniform = (((w0 << 20) | (w1 >> 12)) + 0.5) * 2.0**-52
        end = int(uniform * (2 * m * u))
        arc = end >> 1
        if end & 1 == 0 or arc < m:
            return arc // m
        u, j = arc // m, arc % m


@njit
def _attach(begin: int, end: int, m: int, seed: int, targets: Int32, found: Int32) -> None:
    """Followees of rows begin to end - 1, ascending from ``targets[u * m]`` on; how many goes to found[u]."""
    for u in range(begin, end):
        start, j = u * m, 0
        write = start
        while write - start < min(m, u) and j < 16 * m:
            v = _resolve(u, j, m, seed)
            j += 1
            place = csr.place_of(targets, start, write, v)
            if place == write or targets[place] != v:
                for i in range(write, place, -1):
                    targets[i] = targets[i - 1]
                targets[place] = v
                write += 1
        found[u] = write - start


def preferential_attachment(n: int, m: int, seed: int = 0) -> FollowerGraph:
    """Members come one after the other and follow m earlier ones in proportion to their degrees (Barabási and
    Albert).

    Follower numbers have a power-law tail of exponent 3. Every arc finds its target by itself, without the
    arcs before it (Sanders and Schulz, "Scalable generation of scale-free graphs", 2016); a repeated target
    is drawn anew.

    Parameters
    ----------
    n
        Number of members.
    m
        Followees of each; the first m members follow as many as there are before them.
    seed
        Random seed, uint64.
    """
    _check_size(n)
    if not 1 <= m < max(n, 2):
        raise GraphError(f"each of {n:,} members follows from 1 to {max(n - 1, 1):,} others, not {m}")
    word = seed_word(seed)
    targets, found = np.empty(n * m, np.int32), np.zeros(n, np.int32)
    _by_rows(lambda a, b: _attach(a, b, m, word, targets, found), n)
    offsets = csr.close_gaps(np.arange(n + 1, dtype=np.int64) * m, targets, found)
    return FollowerGraph.from_csr((offsets, targets[: offsets[n]].copy()))


@njit
def _rewire(begin: int, end: int, n: int, k: int, probability: float, seed: int, targets: Int32) -> None:
    """Rows of a ring, ascending from ``targets[u * k]`` on, some arcs led elsewhere."""
    row = np.empty(k, np.int64)
    for u in range(begin, end):
        for j in range(k):
            step = j + 1 if j < k // 2 else k // 2 - 1 - j
            row[j] = (u + step) % n
        moved = 0  # those that have moved stand in front of the row's part of targets, until it is sorted
        for j in range(k):
            w0, w1, _, _ = block(seed, S_PICK, u, j, 0, 0)
            if (w0 + 0.5) * 2.0**-32 < probability:
                far = int((w1 + 0.5) * 2.0**-32 * n)
                # Whatever would double an arc of the ring or an earlier moved one stays at home.
                away = (far - u) % n
                double = min(away, n - away) <= k // 2
                for i in range(moved):
                    double |= targets[u * k + i] == far
                if not double:
                    targets[u * k + moved] = far
                    moved += 1
                    row[j] = far
        row.sort()
        for j in range(k):
            targets[u * k + j] = row[j]


def watts_strogatz(n: int, k: int, probability: float, seed: int = 0) -> FollowerGraph:
    """A ring on which everybody follows the k / 2 nearest on each side, some arcs led elsewhere (Watts and
    Strogatz).

    Parameters
    ----------
    n
        Number of members.
    k
        Even number of followees, below n.
    probability
        Share of arcs that lead to a random member instead; one that repeats an arc or leads to its own
        follower stays where it was.
    seed
        Random seed, uint64.
    """
    _check_size(n)
    if k % 2 or not 0 <= k < max(n, 1) or not 0.0 <= probability <= 1.0:
        raise GraphError(
            f"a ring of {n:,} needs an even k below it and a probability from 0 to 1, not {k}, {probability}"
        )
    word = seed_word(seed)
    targets = np.empty(n * k, np.int32)
    _by_rows(lambda a, b: _rewire(a, b, n, k, probability, word, targets), n)
    return FollowerGraph.from_csr((np.arange(n + 1, dtype=np.int64) * k, targets))


def configuration_model(followees: Any, followers: Any, seed: int = 0) -> FollowerGraph:
    """A random graph of given numbers of followees and followers, erased: self-loops and repetitions are left
    out.

    Parameters
    ----------
    followees, followers
        Integers [n] of equal sums: what each member is to have, in and out.
    seed
        Random seed, uint64.

    Returns
    -------
    FollowerGraph
        Its `report` counts what was left out.
    """
    out, into = (np.atleast_1d(np.asarray(numbers)) for numbers in (followees, followers))
    whole = out.dtype.kind in "iu" and into.dtype.kind in "iu"
    if not whole or out.shape != into.shape or (len(out) and min(out.min(), into.min()) < 0):
        raise GraphError(
            "followees and followers are whole numbers of at least 0, one of each for every member"
        )
    if out.sum() != into.sum():
        raise GraphError(f"{out.sum():,} followees in all cannot meet {into.sum():,} followers")
    u = np.repeat(np.arange(len(out)), out)
    v = np.repeat(np.arange(len(into)), into)
    ordinal = np.arange(len(v)) - np.repeat(np.cumsum(into) - into, into)
    words = blocks(seed, S_PICK, v, ordinal).astype(np.uint64)
    order = np.argsort(words[:, 0] << np.uint64(32) | words[:, 1], kind="stable")
    return FollowerGraph.from_edges(u, v[order], size=len(out))


def chung_lu(followees: Any, popularity: Any, seed: int = 0) -> FollowerGraph:
    """Everybody chooses so many others in proportion to their popularity, without communities or triangles.

    Parameters
    ----------
    followees
        Expected number for each member, float64[n].
    popularity
        Weight of each member as an account, float64[n], at least 0.
    seed
        Random seed, uint64.
    """
    means = np.atleast_1d(np.asarray(followees, np.float64))
    return power_law_communities(
        len(means),
        means,
        reciprocity=0.0,
        closure=0.0,
        mixing=0.0,
        circle=0.0,
        most_followed=1.0,
        topics=np.zeros(len(means), np.int32),
        popularity=np.asarray(popularity, np.float64),
        seed=seed,
    )


def degree_corrected_blocks(
    labels: Any,
    mixing: Any,
    mean_followees: float | Float64,
    popularity: Any = None,
    seed: int = 0,
) -> FollowerGraph:
    """A stochastic block model with popularity within blocks (Karrer and Newman 2011), directed.

    Parameters
    ----------
    labels
        Block of each member, integers [n] from 0.
    mixing
        Shape (blocks, blocks): in row r, the shares in which members of block r choose the blocks. Shares are
        kept to 1 / 255 of the row's greatest.
    mean_followees
        For all, or float64[n].
    popularity
        Weight of each member within its block, float64[n]; equal if None.
    seed
        Random seed, uint64.
    """
    blocks_of = np.asarray(labels)
    shares = np.asarray(mixing, np.float64)
    if blocks_of.ndim != 1 or blocks_of.dtype.kind not in "iu":
        raise GraphError("labels are one integer a member")
    count = len(shares)
    if (
        shares.shape != (count, count)
        or not count
        or not (shares >= 0).all()
        or not (shares.max(axis=1) > 0).all()
    ):
        raise GraphError(f"mixing is a square table of shares with something in each row, not {shares.shape}")
    if len(blocks_of) and not 0 <= blocks_of.min() <= blocks_of.max() < count:
        raise GraphError(f"labels run from 0 to {count - 1}, the blocks of the table")
    table = np.rint(255.0 * shares / shares.max(axis=1, keepdims=True)).astype(np.uint8)
    return power_law_communities(
        len(blocks_of),
        mean_followees,
        reciprocity=0.0,
        closure=0.0,
        mixing=0.0,
        circle=0.0,
        topics=table[blocks_of],
        communities=blocks_of,
        popularity=np.ones(len(blocks_of)) if popularity is None else np.asarray(popularity, np.float64),
        seed=seed,
    )
