"""Between follower graphs and the forms of others: NetworkX's dictionaries, SciPy's matrices, longer
tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph import csr
from sim.graph.arcs import ArcReport, Rows, SelfLoops, treat_self_loops
from sim.graph.csr import Csr, Int32
from sim.graph.views import MISSING

if TYPE_CHECKING:
    import scipy.sparse

    from sim.graph.follower_graph import FollowerGraph

__all__ = [
    "Compressed",
    "Listing",
    "column_of",
    "compress",
    "from_networkx",
    "padded_labels",
    "padded_rows",
    "shown_order",
    "to_networkx",
    "to_scipy",
]


class Compressed(NamedTuple):
    """A list of arcs in both directions, with its attributes in the order of the first, and what was left out."""

    out: Csr
    into: Csr
    columns: dict[str, npt.NDArray[Any]]
    report: ArcReport


def compress(rows: Rows, self_loops: SelfLoops, columns: Mapping[str, npt.NDArray[Any]]) -> Compressed:
    """Rows of arcs in any order; of a repeated arc the first occurrence counts."""
    read = len(rows.follower)
    rows, kept, loops = treat_self_loops(rows, self_loops)
    out, into = csr.from_arcs(rows.follower, rows.followee, rows.size)
    report = ArcReport(read, loops, read - loops - len(out[1]), len(out[1]))
    if not columns:
        return Compressed(out, into, {}, report)
    order = csr.ordering(rows.follower, rows.followee, rows.size)
    if len(order) > len(out[1]):
        u, v = rows.follower[order], rows.followee[order]
        order = order[np.append(True, (u[1:] != u[:-1]) | (v[1:] != v[:-1]))]
    if kept is not None:
        order = np.flatnonzero(kept).astype(np.int32)[order]
    return Compressed(out, into, {key: column[order] for key, column in columns.items()}, report)


class Listing(NamedTuple):
    """A NetworkX graph as arrays.

    Attributes
    ----------
    rows
        Its arcs in the order of its adjacency. An undirected edge gives both arcs.
    columns
        Attributes of the arcs.
    followers
        For every followee in the order of the graph's nodes its followers as the graph lists them, as pairs of
        row numbers: followee, follower.
    """

    rows: Rows
    columns: dict[str, npt.NDArray[Any]]
    followers: tuple[Int32, Int32]


def from_networkx(graph: Any, attributes: Iterable[str] | None = None) -> Listing:
    """Arrays of a NetworkX graph of any kind.

    Parameters
    ----------
    attributes
        Names of the arc attributes to take; all if None.
    """
    nodes = list(graph)
    row = {label: number for number, label in enumerate(nodes)}
    parallel = graph.is_multigraph()
    follower, followee = _listed(graph.adj, row, parallel)
    followers = _listed(graph.pred, row, parallel) if graph.is_directed() else (follower, followee)
    columns: dict[str, npt.NDArray[Any]] = {}
    if attributes is None or (attributes := list(attributes)):
        data = [data for others in graph.adj.values() for data in others.values()]
        if parallel:
            data = [single for keyed in data for single in keyed.values()]
        keys = dict.fromkeys(key for single in data for key in single) if attributes is None else attributes
        columns = {key: column_of([single.get(key, MISSING) for single in data]) for key in keys}
    return Listing(Rows(follower, followee, len(nodes), _labels(nodes)), columns, followers)


def _listed(adjacency: Any, row: Mapping[Any, int], parallel: bool) -> tuple[Int32, Int32]:
    """Row numbers of the two ends of all arcs, in the order of an adjacency."""
    counts = [len(others) for others in adjacency.values()]
    first = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    second = np.fromiter((row[v] for others in adjacency.values() for v in others), np.int32, len(first))
    if parallel:
        times = [len(keyed) for others in adjacency.values() for keyed in others.values()]
        first, second = np.repeat(first, times), np.repeat(second, times)
    return first, second


def shown_order(first: Int32, second: Int32, size: int, loops: bool) -> Int32 | None:
    """Places within rows that show neighbours as they are listed, or None if they are listed in ascending order.

    Parameters
    ----------
    first, second
        Both ends of arcs in the order of the list, which goes through the rows one after the other.
    loops
        Whether self-loops belong to the rows.
    """
    again = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    kept = np.append(True, ~again)[: len(first)]
    if not loops:
        kept &= first != second
    first, second = first[kept], second[kept]
    if not ((first[1:] == first[:-1]) & (second[1:] < second[:-1])).any():
        return None
    place = np.empty(len(first), np.int32)
    place[csr.ordering(first, second, size)] = np.arange(len(first), dtype=np.int32)
    starts = np.searchsorted(first, np.arange(size)).astype(np.int32)
    return place - starts[first]


def column_of(values: list[Any]) -> npt.NDArray[Any]:
    """Values as int64, float64 or bool where all are of that one type, else as objects."""
    for kind, dtype in ((int, np.int64), (float, np.float64), (bool, np.bool_)):
        if all(type(value) is kind for value in values):
            try:
                return np.array(values, dtype)
            except OverflowError:
                break
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _labels(nodes: list[Any]) -> npt.NDArray[Any] | None:
    """Labels of rows; None if they are 0 to n - 1."""
    if all(type(label) is int for label in nodes):
        if nodes == list(range(len(nodes))):
            return None
        if all(abs(label) < 2**63 for label in nodes):
            return np.array(nodes, np.int64)
    labels = np.empty(len(nodes), object)
    labels[:] = nodes
    return labels


def to_networkx(source: FollowerGraph) -> nx.DiGraph:
    """See `FollowerGraph.to_networkx`."""
    graph = nx.DiGraph()
    graph.graph.update(source.graph)
    graph.add_nodes_from((label, dict(data)) for label, data in source._node.items())
    if source.arc_data:
        graph.add_edges_from((u, v, dict(data)) for u, row in source._adj.items() for v, data in row.items())
    else:
        graph.add_edges_from((u, v) for u, row in source._adj.items() for v in row)
    return graph


def to_scipy(source: FollowerGraph, weight: str | None, dtype: Any) -> scipy.sparse.csr_array:
    """See `FollowerGraph.to_scipy`."""
    import scipy.sparse

    columns = source.arc_data
    if weight is None:
        entries = np.ones(len(source.followees), dtype or np.int8)
    elif weight in columns:
        entries = columns[weight].astype(dtype or np.float64)
    else:
        raise GraphError(f"the graph has no arc attribute {weight!r}; it has: {', '.join(columns) or 'none'}")
    shape = (len(source), len(source))
    # A copy, because SciPy's arrays may be changed.
    return scipy.sparse.csr_array(
        (entries, source.followees, source.followees_offsets), shape=shape, copy=True
    )


def padded_rows(source: FollowerGraph, size: int) -> tuple[Csr, Csr]:
    """Both directions with rows without arcs behind the others."""
    more = size - len(source)
    if more < 0:
        raise GraphError(f"the graph has {len(source):,} members and cannot be padded to {size:,}")
    out, into = (
        (np.append(offsets, np.full(more, offsets[-1])), rows) for offsets, rows in (source.out, source.into)
    )
    return out, into


def padded_labels(labels: npt.NDArray[Any] | None, count: int, size: int) -> npt.NDArray[Any] | None:
    """Labels with new ones: numbers that follow on the highest, or "row 7" and so on among names."""
    if labels is None:
        return None
    if labels.dtype.kind == "i":
        return np.append(labels, labels.max(initial=-1) + 1 + np.arange(size - count))
    return np.append(labels, np.array([f"row {row}" for row in range(count, size)], object))
