"""What an experiment assigns: members, clusters of members, authors, or slices of time; and to which arm each goes.

Assignment draws are a stream of their own (``S_ASSIGN``), keyed by unit and number of the experiment, so that an
assignment means the same units in every arm and touches no other draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse

from sim.graph import FollowerGraph
from sim.randomness import S_ASSIGN, uniforms

Bool = npt.NDArray[np.bool_]
Int = npt.NDArray[np.int64]

UNITS = ("member", "ego", "louvain", "creator", "slice")
EGO_MEMBERS = 40
"""Most followers that an ego cluster takes along, so that no head's audience becomes half of the experiment."""


def symmetrised(graph: FollowerGraph, here: Bool) -> scipy.sparse.csr_array:
    """Who is linked with whom, in either direction, among those who are here: float64 [n, n], 2 where both follow."""
    arcs = graph.to_scipy(dtype=np.float64)
    kept = scipy.sparse.diags_array(here.astype(np.float64))
    within = kept @ arcs @ kept
    return scipy.sparse.csr_array(within + within.T)


def louvain(graph: FollowerGraph, here: Bool, seed: int) -> Int:
    """Louvain communities of the symmetrised graph, int64 [persons]; -1 for those who are not here.

    Notes
    -----
    Blondel et al. (2008), as NetworkX has it. Members without links are clusters of their own.
    """
    import networkx as nx

    links = symmetrised(graph, here)
    rows = np.flatnonzero(here)
    undirected = nx.from_scipy_sparse_array(links[rows][:, rows])
    out = np.full(len(here), -1, np.int64)
    found = nx.community.louvain_communities(undirected, seed=seed % 2**32)
    for number, community in enumerate(sorted(found, key=min)):
        out[rows[list(community)]] = number
    return out


def egos(graph: FollowerGraph, here: Bool, seed: int) -> Int:
    """Ego clusters, int64 [persons]; -1 for those who are not here.

    Parameters
    ----------
    seed
        Of the order in which egos are taken.

    Notes
    -----
    After Saint-Jacques et al. (2019): in random order, a member that no cluster has yet becomes an ego and takes
    along its neighbours that are free, at most `EGO_MEMBERS`.
    """
    links = symmetrised(graph, here)
    out = np.full(len(here), -1, np.int64)
    order = np.argsort(uniforms(seed, S_ASSIGN, np.arange(len(here)), 0xFFFFFFFF), kind="stable")
    number = 0
    for ego in order[here[order]].tolist():
        if out[ego] >= 0:
            continue
        near = links.indices[links.indptr[ego] : links.indptr[ego + 1]]
        out[near[out[near] < 0][:EGO_MEMBERS]] = number
        out[ego] = number
        number += 1
    return out


def clusters(unit: str, graph: FollowerGraph, here: Bool, seed: int) -> Int:
    """Cluster of every person under a unit of `UNITS`, int64 [persons]; -1 for those who are not here."""
    if unit == "louvain":
        return louvain(graph, here, seed)
    if unit == "ego":
        return egos(graph, here, seed)
    return np.where(here, np.arange(len(here)), -1)


def assigned(keys: npt.ArrayLike, share: float, seed: int, experiment: int) -> Bool:
    """Which units get the plan: every one by itself, with probability ``share``.

    Parameters
    ----------
    keys
        Permanent number of each unit, int [units].
    share
        0 to 1; both ends are exact.
    """
    return np.asarray(uniforms(seed, S_ASSIGN, np.asarray(keys, np.int64), experiment) < share)


def balanced(count: int, share: float, seed: int, experiment: int) -> Bool:
    """Which of few units (clusters, slices) get the plan: a random choice of a fixed number of them, at least one in
    each arm."""
    order = np.argsort(uniforms(seed, S_ASSIGN, np.arange(count), experiment), kind="stable")
    out = np.zeros(count, bool)
    out[order[: min(max(1, round(share * count)), count - 1)]] = True
    return out


def arms(unit: str, cluster: Int, ids: npt.NDArray[Any], share: float, seed: int, experiment: int) -> Bool:
    """Who gets the plan in one experiment, bool [persons]."""
    if unit in ("member", "creator"):
        return assigned(ids, share, seed, experiment) & (cluster >= 0)
    return np.where(cluster >= 0, balanced(int(cluster.max()) + 1, share, seed, experiment)[cluster], False)
