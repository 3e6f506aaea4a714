"""NetworkX's functions on compiled kernels: the backend ``seedbed``.

NetworkX calls these under its own functions' names: for a `FollowerGraph` by itself, for its own graphs where
``backend="seedbed"`` or ``nx.config.backend_priority`` says so. Whatever is not here runs as NetworkX's own code, which
reads a follower graph like any `nx.DiGraph`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from sim.errors import GraphError
from sim.graph import centrality, components, statistics
from sim.graph.csr import Float64, Int32, row_sums
from sim.graph.follower_graph import FollowerGraph
from sim.graph.statistics import correlation_over_arcs, mutual_counts
from sim.graph.triangles import Ties, closed_pairs, closed_pairs_of, ties
from sim.graph.views import MISSING
from sim.networkx_info import FUNCTIONS, NAME

__all__ = [*FUNCTIONS, "can_run", "convert_from_nx", "convert_to_nx", "prefer", "should_run"]


@dataclass(frozen=True)
class Undirected:
    """An undirected graph as this backend holds it: every edge as the arcs of both directions."""

    both: FollowerGraph

    __networkx_backend__ = NAME


Convertible = FollowerGraph | Undirected


# ---------------------------------------------------------------------- how NetworkX finds this


_automatic: list[str] | None = None


def prefer() -> None:
    """Let NetworkX use this backend for follower graphs; its own graphs stay with it unless the user asks."""
    global _automatic
    priority = nx.config.backend_priority
    if NAME in nx.utils.backends.backends and NAME not in priority.algos:
        priority.algos = _automatic = [*priority.algos, NAME]


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether a function is compiled for these arguments; a string says why not."""
    graph = args[0] if args else kwargs["G"]
    return "multigraphs are not compressed" if graph_is_multi(graph) else True


def graph_is_multi(graph: Any) -> bool:
    return not isinstance(graph, Convertible) and bool(graph.is_multigraph())


def should_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether to convert: always if the user has put this backend on the list, else for follower graphs alone."""
    graph = args[0] if args else kwargs["G"]
    if isinstance(graph, FollowerGraph) or nx.config.backend_priority.algos is not _automatic:
        return True
    return "NetworkX's own graphs are converted on request only"


def convert_from_nx(
    graph: Any, *, edge_attrs: Mapping[str, Any] | None = None, preserve_edge_attrs: bool = False, **_: Any
) -> Convertible:
    """A graph of NetworkX as compressed rows, with the arc attributes that are needed."""
    if isinstance(graph, Convertible):
        return graph
    wanted = None if preserve_edge_attrs else (edge_attrs or {})
    arcs = FollowerGraph.from_networkx(graph, attributes=wanted)
    return arcs if graph.is_directed() else Undirected(arcs)


def convert_to_nx(result: Any, **_: Any) -> Any:
    """A result as NetworkX has it; only graphs differ."""
    if isinstance(result, Undirected):
        return result.both.to_networkx().to_undirected()
    return result.to_networkx() if isinstance(result, FollowerGraph) else result


def _arcs(graph: Convertible) -> FollowerGraph:
    return graph if isinstance(graph, FollowerGraph) else graph.both


def _by_label(graph: Convertible, values: Any) -> dict[Any, Any]:
    return dict(zip(_arcs(graph), values.tolist(), strict=True))


def _weights(arcs: FollowerGraph, name: str | None) -> Float64 | None:
    """An arc attribute as numbers, 1 where it lacks; None if there is none of that name."""
    column = arcs.arc_data.get(name) if name is not None else None
    if column is None:
        return None
    if column.dtype == object:
        column = np.array([1.0 if value is MISSING else value for value in column])
    return column.astype(np.float64)


def _vector(arcs: FollowerGraph, values: Mapping[Any, float] | None) -> Float64 | None:
    """Numbers by label as a vector, 0 where there is none; labels of strangers are passed over."""
    if values is None:
        return None
    known = [(label, value) for label, value in values.items() if label in arcs]
    vector = np.zeros(len(arcs))
    vector[arcs.rows_of(label for label, _ in known)] = [value for _, value in known]
    return vector


def _rows(arcs: FollowerGraph, nodes: Any) -> Int32:
    """Rows of one label or of several, those of strangers passed over."""
    return arcs.rows_of(arcs.nbunch_iter(nodes))


# ---------------------------------------------------------------------- centrality


def pagerank(
    G: Convertible,
    alpha: float = 0.85,
    personalization: Mapping[Any, float] | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
    nstart: Mapping[Any, float] | None = None,
    weight: str | None = "weight",
    dangling: Mapping[Any, float] | None = None,
) -> dict[Any, float]:
    """See `networkx.pagerank`."""
    arcs = _arcs(G)
    anew = _vector(arcs, personalization)
    if anew is not None and len(anew) and anew.sum() == 0.0:
        raise ZeroDivisionError("no member of the graph has a personalization above 0")
    try:
        scores = centrality.pagerank_scores(
            arcs,
            alpha,
            weights=_weights(arcs, weight),
            personalization=anew,
            dangling=_vector(arcs, dangling),
            start=_vector(arcs, nstart),
            max_iterations=max_iter,
            tolerance=tol,
        )
    except GraphError:
        raise nx.PowerIterationFailedConvergence(max_iter) from None
    return _by_label(arcs, scores)


def core_number(G: Convertible) -> dict[Any, int]:
    """See `networkx.core_number`."""
    arcs = _arcs(G)
    if len(arcs.self_loops()):
        raise nx.NetworkXNotImplemented(
            "Input graph has self loops which is not permitted; remove them to get core numbers."
        )
    core = centrality.core_numbers(arcs)
    # An undirected edge stands in both directions at both of its ends.
    return _by_label(arcs, core if isinstance(G, FollowerGraph) else core // 2)


def _degrees(graph: Convertible, side: str) -> Float64:
    """Number of arcs at each member on one side; an undirected graph has but one, and counts a self-loop twice."""
    arcs = _arcs(graph)
    degrees = np.diff(arcs.followers_offsets if side == "in" else arcs.followees_offsets).astype(np.float64)
    if not isinstance(graph, FollowerGraph):
        degrees[arcs.followees[arcs.self_loops()]] += 1.0
    return degrees


def _centrality(graph: Convertible, degrees: Float64) -> dict[Any, float]:
    arcs = _arcs(graph)
    if len(arcs) <= 1:
        return dict.fromkeys(arcs, 1)
    return _by_label(arcs, degrees * (1.0 / (len(arcs) - 1.0)))


def degree_centrality(G: Convertible) -> dict[Any, float]:
    """See `networkx.degree_centrality`."""
    degrees = _degrees(G, "out")
    return _centrality(G, degrees + _degrees(G, "in") if isinstance(G, FollowerGraph) else degrees)


def in_degree_centrality(G: FollowerGraph) -> dict[Any, float]:
    """See `networkx.in_degree_centrality`."""
    return _centrality(G, _degrees(G, "in"))


def out_degree_centrality(G: FollowerGraph) -> dict[Any, float]:
    """See `networkx.out_degree_centrality`."""
    return _centrality(G, _degrees(G, "out"))


# ---------------------------------------------------------------------- triangles


def _ties(graph: Convertible, weight: str | None) -> Ties:
    """Ties whose closed triangles NetworkX counts: arcs, edges, or cube roots of shares of the greatest weight."""
    arcs = _arcs(graph)
    directed = isinstance(graph, FollowerGraph)
    weights = _weights(arcs, weight)
    if weights is None or not len(weights):
        return ties(arcs, simple=not directed)
    along = np.cbrt(weights / weights.max())
    return ties(arcs, along, arcs.turned(along) if directed else np.zeros(len(along)))


def clustering(G: Convertible, nodes: Any = None, weight: str | None = None) -> Any:
    """See `networkx.clustering`."""
    arcs = _arcs(G)
    pairs = _ties(G, weight)
    if nodes is None:
        rows = np.arange(len(arcs), dtype=np.int32)
        closed = closed_pairs(pairs)
    else:
        rows = _rows(arcs, nodes)
        closed = closed_pairs_of(pairs, rows)
    degrees = np.diff(pairs.offsets)[rows]
    possible = degrees * (degrees - 1)
    if isinstance(G, FollowerGraph):
        mutual = mutual_counts(G.out, G.into, rows, False)
        total = degrees + mutual
        possible = 2 * (total * (total - 1) - 2 * mutual)
    shares = np.divide(closed, possible, out=np.zeros(len(rows)), where=closed != 0.0)
    found = {label: share or 0 for label, share in zip(arcs.labels_of(rows), shares.tolist(), strict=True)}
    return found[nodes] if nodes in arcs else found


def average_clustering(
    G: Convertible, nodes: Any = None, weight: str | None = None, count_zeros: bool = True
) -> float:
    """See `networkx.average_clustering`."""
    shares = [share for share in clustering(G, nodes, weight).values() if share or count_zeros]
    return float(sum(shares) / len(shares))


# ---------------------------------------------------------------------- components


def _sets(arcs: FollowerGraph, component: Int32, number: int) -> Iterator[set[Any]]:
    offsets, rows = components.members_of_components(component, number)
    for c in range(number):
        yield set(arcs.labels_of(rows[offsets[c] : offsets[c + 1]]))


def _not_null(graph: Convertible) -> None:
    if not len(_arcs(graph)):
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")


def weakly_connected_components(G: Convertible) -> Iterator[set[Any]]:
    """See `networkx.weakly_connected_components` and `networkx.connected_components`."""
    arcs = _arcs(G)
    yield from _sets(arcs, *components.weak_components(arcs))


def number_weakly_connected_components(G: Convertible) -> int:
    """See `networkx.number_weakly_connected_components` and `networkx.number_connected_components`."""
    return components.weak_components(_arcs(G))[1]


def is_weakly_connected(G: Convertible) -> bool:
    """See `networkx.is_weakly_connected` and `networkx.is_connected`."""
    _not_null(G)
    return number_weakly_connected_components(G) == 1


connected_components = weakly_connected_components
number_connected_components = number_weakly_connected_components
is_connected = is_weakly_connected


def strongly_connected_components(G: FollowerGraph) -> Iterator[set[Any]]:
    """See `networkx.strongly_connected_components`; they come in the same order."""
    yield from _sets(G, *components.strong_components(G))


def number_strongly_connected_components(G: FollowerGraph) -> int:
    """See `networkx.number_strongly_connected_components`."""
    return components.strong_components(G)[1]


def is_strongly_connected(G: FollowerGraph) -> bool:
    """See `networkx.is_strongly_connected`."""
    _not_null(G)
    return number_strongly_connected_components(G) == 1


# ---------------------------------------------------------------------- reciprocity and mixing


def overall_reciprocity(G: FollowerGraph) -> float:
    """See `networkx.overall_reciprocity`."""
    if not len(G.followees):
        raise nx.NetworkXError("Not defined for empty graphs")
    return statistics.reciprocity(G)


def reciprocity(G: FollowerGraph, nodes: Any = None) -> Any:
    """See `networkx.reciprocity`."""
    if nodes is None:
        return overall_reciprocity(G)
    rows = _rows(G, nodes)
    total = (G.followees_count() + G.followers_count())[rows].tolist()
    mutual = mutual_counts(G.out, G.into, rows, True).tolist()
    shares = [2 * m / t if t else None for m, t in zip(mutual, total, strict=True)]
    if nodes in G:
        if shares[0] is None:
            raise nx.NetworkXError("Not defined for isolated nodes.")
        return shares[0]
    return dict(zip(G.labels_of(rows), shares, strict=True))


def _strength(graph: Convertible, side: str, weights: Float64 | None) -> Float64:
    """Weight of the arcs at each member on one side, counted as in `_degrees`."""
    if side not in ("out", "in"):
        raise KeyError(side)
    if weights is None:
        return _degrees(graph, side)
    arcs = _arcs(graph)
    if isinstance(graph, FollowerGraph) and side == "in":
        return row_sums(arcs.followers_offsets, arcs.turned(weights))
    strength = row_sums(arcs.followees_offsets, weights)
    if not isinstance(graph, FollowerGraph):
        loops = arcs.self_loops()
        strength[arcs.followees[loops]] += weights[loops]
    return strength


def degree_assortativity_coefficient(
    G: Convertible, x: str = "out", y: str = "in", weight: str | None = None, nodes: Any = None
) -> float:
    """See `networkx.degree_assortativity_coefficient`."""
    arcs = _arcs(G)
    weights = _weights(arcs, weight)
    chosen = None if nodes is None else _rows(arcs, nodes)
    return correlation_over_arcs(arcs, _strength(G, x, weights), _strength(G, y, weights), chosen)
