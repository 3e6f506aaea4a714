"""Between follower graphs and the forms of others: NetworkX's dictionaries, SciPy's matrices, longer
tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph.arcs import Rows
from sim.graph.csr import Csr
from sim.graph.views import MISSING

if TYPE_CHECKING:
    import scipy.sparse

    from sim.graph.follower_graph import FollowerGraph

__all__ = ["padded_labels", "padded_rows", "rows_from_networkx", "to_networkx", "to_scipy"]


def rows_from_networkx(graph: Any) -> tuple[Rows, dict[str, npt.NDArray[Any]]]:
    """Arcs of a NetworkX graph of any kind and the columns of their attributes.

    An undirected edge gives both arcs; the order of members is that of the graph's nodes.
    """
    nodes = list(graph)
    row = {label: number for number, label in enumerate(nodes)}
    edges = [(row[u], row[v], data) for u, v, data in graph.edges(data=True)]
    if not graph.is_directed():
        edges += [(v, u, data) for u, v, data in edges if u != v]
    keys = dict.fromkeys(key for _, _, data in edges for key in data)
    columns = {key: _column([data.get(key, MISSING) for _, _, data in edges]) for key in keys}
    follower = np.fromiter((u for u, _, _ in edges), np.int32, len(edges))
    followee = np.fromiter((v for _, v, _ in edges), np.int32, len(edges))
    return Rows(follower, followee, len(nodes), _labels(nodes)), columns


def _column(values: list[Any]) -> npt.NDArray[Any]:
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
