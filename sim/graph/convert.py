"""What a NetworkX graph holds, as columns: row numbers, labels and the attributes of arcs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.graph.arcs import Rows
from sim.graph.views import MISSING

__all__ = ["rows_from_networkx"]


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
