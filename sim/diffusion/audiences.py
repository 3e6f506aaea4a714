"""Creators of a list, embedded into a synthetic graph: for each a member whom as many people follow as it has fans.

Who follows whom is known for no such list, so audiences are drawn: by the topics that a creator stands for, and so that
two audiences overlap to a stated degree, which is an assumption with a range.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.csr import Float64, Int32, Int64
from sim.numerics import log
from sim.philox import block, seed_word
from sim.samplers import uniform53
from sim.streams import S_FAN

__all__ = ["OVERLAP", "embed_creators"]

OVERLAP = (0.05, 0.2, 0.5)
"""Share of the smaller of two audiences of one topic that is the same people beyond chance: low, default, high (an
assumption; no source gives it for lists of creators)."""

COMMON = 0
"""Key of the race whose winners all creators of a topic share; creators' own keys are above it."""


@njit
def _race(seed, creator, kind, weights, finish):  # type: ignore[no-untyped-def]
    """Exponential waiting times with the members' weights as rates; the first k are a weighted choice without
    replacement (Efraimidis and Spirakis, Information Processing Letters 2006)."""
    for u in range(len(weights)):
        if weights[u] > 0.0:
            w0, w1, _, _ = block(seed, S_FAN, creator, u, 0, kind)
            finish[u] = -log(uniform53(w0, w1)) / weights[u]
        else:
            finish[u] = np.inf


def embed_creators(
    graph: FollowerGraph,
    interests: npt.NDArray[np.uint8],
    fans: npt.ArrayLike,
    audience: npt.ArrayLike,
    keys: npt.ArrayLike,
    *,
    overlap: float = OVERLAP[1],
    seed: int = 0,
) -> FollowerGraph:
    """A graph with a further member for each creator, followed by as many members as it has fans.

    Parameters
    ----------
    graph
        Who follows whom, members 0 to n - 1.
    interests
        uint8[n, topics], shares of interest.
    fans
        Fans of each creator in members of the graph, whole, [c].
    audience
        float64[c, topics], the shares of its fans that each topic brings, 1 at most in all. The rest are anybody.
        Within a topic a member is a fan in proportion to its interest and to how many it follows already.
    keys
        uint32[c], distinct, above 0: what each creator's own draws are keyed by, so that they depend on no other row.
    overlap
        So large a part of each audience comes from one list for all creators of the topic, beginning with the same
        members: of two audiences that share of the smaller one is in both, and the rest meet by chance.
    seed
        Random seed, uint64.

    Returns
    -------
    FollowerGraph
        Creator i is row n + i and follows nobody.

    Raises
    ------
    GraphError
        If shapes do not fit, a share is no share, or a creator has more fans than there are members for them.
    """
    size = len(graph)
    wanted = np.asarray(fans, np.int64)
    shares = np.asarray(audience, np.float64)
    names = np.asarray(keys, np.int64)
    topics = interests.shape[1]
    if graph.labels is not None or interests.shape[0] != size:
        raise GraphError(f"interests need one row for each of {size:,} members, and members no labels")
    if shares.shape != (len(wanted), topics) or names.shape != wanted.shape:
        raise GraphError(
            f"audience and keys need one row for each of {len(wanted):,} creators, {topics} topics"
        )
    if not 0.0 <= overlap <= 1.0 or (shares < 0.0).any() or (shares.sum(axis=1) > 1.0 + 1e-9).any():
        raise GraphError("overlap is a share from 0 to 1, and so are those of an audience together")
    if len(np.unique(names)) < len(names) or (names <= COMMON).any() or (names >= 2**32).any():
        raise GraphError("keys of creators are distinct uint32 numbers above 0")
    if len(wanted) and not 1 <= wanted.min() <= wanted.max() <= size:
        raise GraphError(f"fans are from 1 to {size:,} members, not {wanted.min():,} to {wanted.max():,}")
    word = seed_word(seed)
    activity = 1.0 + graph.followees_count()
    weights = [*(interests[:, t] * activity for t in range(topics)), activity]
    parts = _parts(wanted, np.column_stack([shares, np.maximum(0.0, 1.0 - shares.sum(axis=1))]))
    shared = np.rint(overlap * parts).astype(np.int64)
    finish = np.empty(size)
    heads = []
    for kind in range(topics + 1):
        if not shared[:, kind].any():
            heads.append(np.empty(0, np.int64))
            continue
        _race(word, COMMON, kind, weights[kind], finish)
        # Room for those who are fans by another topic already.
        heads.append(_first(finish, min(size, int((shared[:, kind] + parts.sum(axis=1)).max(initial=0)))))
    followers: list[Int32] = []
    for i in range(len(wanted)):
        taken = np.zeros(size, bool)
        for kind in np.flatnonzero(parts[i]).tolist():
            head = heads[kind]
            taken[head[~taken[head]][: shared[i, kind]]] = True
            rest = int(parts[i, : kind + 1].sum() - np.count_nonzero(taken))
            _race(word, names[i], kind, weights[kind], finish)
            finish[taken] = np.inf
            found = _first(finish, rest)
            if len(found) < rest:
                raise GraphError(
                    f"creator {i}: only {len(found):,} more members care for topic {kind}, {rest:,} are wanted"
                )
            taken[found] = True
        followers.append(np.flatnonzero(taken).astype(np.int32))
    follower, followee = graph.arcs()
    added = np.repeat(np.arange(size, size + len(wanted), dtype=np.int32), [len(f) for f in followers])
    return FollowerGraph.from_edges(
        np.concatenate([follower, *followers]), np.concatenate([followee, added]), size + len(wanted)
    )


def _parts(totals: Int64, shares: Float64) -> Int64:
    """Whole numbers near totals times shares, which sum to the totals: the largest remainders are rounded up."""
    exact = totals[:, None] * shares / shares.sum(axis=1, keepdims=True)
    whole: Int64 = np.floor(exact).astype(np.int64)
    order = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1)
    whole += order < (totals - whole.sum(axis=1))[:, None]
    return whole


def _first(finish: Float64, count: int) -> Int64:
    """Members with the least finite times, in their order; `count` of them, or fewer if there are not so many."""
    if count <= 0:
        return np.empty(0, np.int64)
    found: Int64 = np.argsort(finish, kind="stable")[:count]
    if count < len(finish) // 8:  # of many, only those that can be among the first
        near = np.argpartition(finish, count - 1)[:count]
        found = near[np.argsort(finish[near], kind="stable")]
    return found[np.isfinite(finish[found])]
