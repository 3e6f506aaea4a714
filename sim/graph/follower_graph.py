"""Who follows whom: a NetworkX directed graph on compressed rows, eight bytes an arc and sixteen a member.

An arc (u, v) means that u follows v; notes and influence travel from v to u. The graph is read-only:
NetworkX's algorithms accept it, its own kernels read the arrays, and the follows of a run go into a
`GraphDelta`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph import convert, csr
from sim.graph.arcs import ArcReport, Rows, SelfLoops, encode_labels, rows_from_numbers
from sim.graph.csr import Csr, Int32, Int64
from sim.graph.views import Adjacency, ArcData, Names, NodeData, refuse

if TYPE_CHECKING:
    import scipy.sparse

__all__ = ["FollowerGraph"]


class FollowerGraph(nx.DiGraph):
    """A read-only directed graph in which an arc (u, v) says that u follows v.

    Made by `from_edges`, `from_networkx`, `from_influence`, `from_scipy`, `from_csr`, `read` or a generator.
    Calling the class itself, as NetworkX's algorithms do when they want an empty graph to fill, gives a plain
    `nx.DiGraph`.

    Attributes
    ----------
    followees_offsets, followees : int64[n + 1], int32[m]
        Rows that row u follows: ``followees[followees_offsets[u]:followees_offsets[u + 1]]``, ascending.
    followers_offsets, followers : int64[n + 1], int32[m]
        Rows that follow row v, likewise. Whoever writes to these arrays breaks the graph.
    graph : dict
        Attributes of the graph; ``graph["report"]`` is the `ArcReport` where arcs were read.

    Notes
    -----
    Nodes come in the order of rows, neighbours too unless the graph is made from a NetworkX graph, whose order is
    kept. Attributes of arcs are read-only.
    """

    followees_offsets: Int64
    followees: Int32
    followers_offsets: Int64
    followers: Int32
    graph: dict[str, Any]
    frozen = True
    _names: Names
    _arc_data: ArcData
    _node: NodeData
    __networkx_cache__: dict[str, Any] | None

    def __new__(cls, *args: Any, **kwargs: Any) -> nx.DiGraph:
        """An empty or filled `nx.DiGraph`: see the class."""
        return nx.DiGraph(*args, **kwargs)

    # ------------------------------------------------------------------ constructors

    @classmethod
    def from_csr(
        cls,
        out: Csr,
        into: Csr | None = None,
        *,
        labels: npt.NDArray[Any] | None = None,
        arc_data: Mapping[str, npt.NDArray[Any]] | None = None,
        node_data: dict[Any, dict[str, Any]] | None = None,
        graph_data: Mapping[str, Any] | None = None,
        shown: tuple[Int32 | None, Int32 | None] = (None, None),
    ) -> FollowerGraph:
        """A graph on arrays that are right already; nothing is copied or checked.

        Parameters
        ----------
        out, into
            (offsets, neighbours) of followees and of followers; the second is computed if it is not given.
        labels
            Label of each row; None for 0 to n - 1.
        arc_data
            Columns of arc attributes, in the order of `followees`.
        node_data, graph_data
            Attributes by label, and of the graph.
        shown
            For followees and for followers: places within each row in the order in which NetworkX is to see them,
            int32[m]; None for ascending.
        """
        size = len(out[0]) - 1
        if into is None:
            into = csr.transpose(*out, size)
        self = object.__new__(cls)
        self.followees_offsets, self.followees = out
        self.followers_offsets, self.followers = into
        self._names = names = Names(size, labels)
        self._arc_data = data = ArcData(out, arc_data)
        self.graph = dict(graph_data or {})
        self._node = NodeData(names, node_data)
        self._adj = Adjacency(names, out, data, True, shown[0])
        self._pred = Adjacency(names, into, data, False, shown[1])
        # No cache: for the compiled functions a follower graph needs no conversion.
        self.__networkx_cache__ = None
        return self

    @classmethod
    def _from_rows(
        cls,
        rows: Rows,
        self_loops: SelfLoops,
        arc_data: Mapping[str, npt.NDArray[Any]] | None = None,
        **extra: Any,
    ) -> FollowerGraph:
        """A graph of arcs given as row numbers, with its report."""
        made = convert.compress(rows, self_loops, arc_data or {})
        self = cls.from_csr(made.out, made.into, labels=rows.labels, arc_data=made.columns, **extra)
        self.graph.setdefault("report", made.report)
        return self

    @classmethod
    def from_edges(
        cls,
        follower: Any,
        followee: Any,
        size: int | None = None,
        labels: Any = None,
        *,
        arc_data: Mapping[str, Any] | None = None,
        self_loops: SelfLoops = "drop",
    ) -> FollowerGraph:
        """The graph of a list of arcs.

        Parameters
        ----------
        follower, followee
            The ends of each arc. Alone they are the caller's labels (integers, strings, anything hashable)
            and the members are those that occur. With `size` or `labels` they are row numbers.
        size
            Number of members, with or without arcs.
        labels
            Label of each row.
        arc_data
            Columns of arc attributes, for example ``{"weight": w}``, aligned with the arcs. Of a repeated arc
            the first occurrence counts.
        self_loops
            "drop" and count them, "keep" them, or object ("error").

        Raises
        ------
        GraphError
            If the lists differ in length, a row number is out of range, or a label is missing or repeated.
        """
        if size is None and labels is None:
            rows = encode_labels(follower, followee)
        else:
            count = len(labels) if size is None else size
            rows = rows_from_numbers(follower, followee, count, labels)
        columns = {key: np.asarray(column) for key, column in (arc_data or {}).items()}
        for key, column in columns.items():
            if column.shape != rows.follower.shape:
                raise GraphError(f"arc attribute {key!r} has shape {column.shape}, not one value an arc")
        return cls._from_rows(rows, self_loops, columns)

    @classmethod
    def from_networkx(
        cls, graph: Any, *, self_loops: SelfLoops = "keep", attributes: Iterable[str] | None = None
    ) -> FollowerGraph:
        """A NetworkX graph, whose arcs (u, v) already say that u follows v, with its labels and attributes.

        An undirected edge becomes both arcs; of parallel edges the first counts. Neighbours keep their order.

        Parameters
        ----------
        attributes
            Names of the arc attributes to keep; all if None.
        """
        if isinstance(graph, cls):
            return graph
        listing = convert.from_networkx(graph, attributes)
        self = cls._from_rows(
            listing.rows,
            self_loops,
            listing.columns,
            node_data={label: dict(data) for label, data in graph.nodes(data=True) if data},
            graph_data=graph.graph,
        )
        loops = self_loops != "drop"
        self._adj.order = convert.shown_order(listing.rows.follower, listing.rows.followee, len(self), loops)
        self._pred.order = convert.shown_order(*listing.followers, len(self), loops)
        if self.graph["report"].complete and "report" not in graph.graph:
            del self.graph["report"]
        return self

    @classmethod
    def from_influence(
        cls, source: Any, target: Any = None, size: int | None = None, labels: Any = None, **options: Any
    ) -> FollowerGraph:
        """A graph whose arcs point along influence: an arc (v, u) says that notes travel from v to u.

        Parameters
        ----------
        source, target
            The ends of each arc as in `from_edges`, or a NetworkX graph alone.
        size, labels, **options
            As in `from_edges`, or `from_networkx` for a graph.
        """
        if target is None:
            return cls.from_networkx(source, **options).reverse()
        return cls.from_edges(target, source, size, labels, **options)

    @classmethod
    def from_scipy(
        cls, matrix: Any, labels: Any = None, *, weight: str | None = None, self_loops: SelfLoops = "keep"
    ) -> FollowerGraph:
        """A square sparse matrix or array: a stored entry (u, v) says that u follows v.

        Parameters
        ----------
        matrix
            SciPy sparse, shape (n, n).
        labels
            Label of each row.
        weight
            Name of the arc attribute that takes the entries; None to forget them.
        """
        entries = matrix.tocoo()
        if entries.ndim != 2 or entries.shape[0] != entries.shape[1]:
            raise GraphError(f"an adjacency matrix is square, not of shape {entries.shape}")
        arc_data = None if weight is None else {weight: entries.data}
        return cls.from_edges(
            entries.row, entries.col, entries.shape[0], labels, arc_data=arc_data, self_loops=self_loops
        )

    @classmethod
    def read(cls, path: str | Path, **options: Any) -> FollowerGraph:
        """Read a graph from a file; see `sim.graph.readers.read_graph`."""
        from sim.graph.readers import read_graph

        return read_graph(path, **options)

    def write(self, path: str | Path, **options: Any) -> None:
        """Write the graph to a file; see `sim.graph.writers.write_graph`."""
        from sim.graph.writers import write_graph

        write_graph(self, path, **options)

    # ------------------------------------------------------------------ arrays and labels

    @property
    def out(self) -> Csr:
        """(offsets, followees)."""
        return self.followees_offsets, self.followees

    @property
    def into(self) -> Csr:
        """(offsets, followers)."""
        return self.followers_offsets, self.followers

    @property
    def shown(self) -> tuple[Int32 | None, Int32 | None]:
        """Places within the rows of followees and followers as they are shown; None where ascending."""
        return self._adj.order, self._pred.order

    def out_as_shown(self) -> Csr:
        """(offsets, followees) with followees in the order in which NetworkX sees them."""
        order = self._adj.order
        if order is None:
            return self.out
        starts = np.repeat(self.followees_offsets[:-1], self.followees_count())
        return self.followees_offsets, self.followees[starts + order]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays: adjacency in both directions, their order if kept, labels, arc attributes."""
        arrays = [*self.out, *self.into, *self._arc_data.columns.values(), self._names.labels, *self.shown]
        return sum(array.nbytes for array in arrays if array is not None)

    @property
    def labels(self) -> npt.NDArray[Any] | None:
        """Label of each row, or None if the labels are 0 to n - 1."""
        return self._names.labels

    @property
    def arc_data(self) -> Mapping[str, npt.NDArray[Any]]:
        """Columns of arc attributes, in the order of `followees`."""
        return dict(self._arc_data.columns)

    @property
    def report(self) -> ArcReport | None:
        """What became of the arcs that the graph was made from, where they were read from outside."""
        return self.graph.get("report")

    def rows_of(self, labels: Iterable[Any]) -> Int32:
        """Row numbers of labels, int32; GraphError names the first that is unknown."""
        values = list(labels)
        rows = np.empty(len(values), np.int32)
        for i, label in enumerate(values):
            try:
                rows[i] = self._names.row(label)
            except (KeyError, TypeError):
                raise GraphError(f"the graph has no member {label!r} among its {len(self):,}") from None
        return rows

    def labels_of(self, rows: Any) -> list[Any]:
        """Labels of row numbers."""
        return self._names.of(np.asarray(rows, np.int32))

    def arcs(self) -> tuple[Int32, Int32]:
        """Rows of the followers and of the followees of all arcs, int32[m] each, in the order of
        `followees`.
        """
        return csr.rows_of_arcs(self.followees_offsets), self.followees

    def padded(self, size: int) -> FollowerGraph:
        """The graph with rows without arcs behind its own, on the same arrays of neighbours.

        New rows are labelled by the numbers that follow on the highest, or "row 7" and so on among names.

        Raises
        ------
        GraphError
            If `size` is less than the number of members.
        """
        labels = convert.padded_labels(self.labels, len(self), size)
        return self.from_csr(*convert.padded_rows(self, size), **{**self._options(), "labels": labels})

    def followers_count(self) -> Int64:
        """Followers of each row, int64[n]."""
        return np.diff(self.followers_offsets)

    def followees_count(self) -> Int64:
        """Followees of each row, int64[n]."""
        return np.diff(self.followees_offsets)

    # ------------------------------------------------------------------ NetworkX, quicker than its own way

    def __len__(self) -> int:
        return self._names.size

    def number_of_nodes(self) -> int:
        return self._names.size

    def order(self) -> int:
        return self._names.size

    def number_of_edges(self, u: Any = None, v: Any = None) -> int:
        if u is None:
            return len(self.followees)
        return int(self.has_edge(u, v))

    def size(self, weight: str | None = None) -> Any:
        return len(self.followees) if weight is None else super().size(weight)

    def has_edge(self, u: Any, v: Any) -> bool:
        try:
            row, other = self._names.row(u), self._names.row(v)
        except (KeyError, TypeError):
            return False
        return self.follows(row, other)

    def self_loops(self) -> Int64:
        """Positions in `followees` of the arcs that lead from a member to itself."""
        return csr.self_loops(*self.out)

    def turned(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values of arcs, given in the order of `followees`, in the order of `followers`."""
        return values[csr.ordering(self.followees, csr.rows_of_arcs(self.followees_offsets), len(self))]

    def follows(self, u: int, v: int) -> bool:
        """Whether row u follows row v."""
        neighbours = self.followees[self.followees_offsets[u] : self.followees_offsets[u + 1]]
        place = int(np.searchsorted(neighbours, v))
        return place < len(neighbours) and bool(neighbours[place] == v)

    has_successor = has_edge

    def has_predecessor(self, u: Any, v: Any) -> bool:
        return self.has_edge(v, u)

    # ------------------------------------------------------------------ copies and conversions

    def copy(self, as_view: bool = False) -> nx.DiGraph:
        """A mutable `nx.DiGraph` of the same members, arcs and attributes, or with `as_view` a read-only
        one.
        """
        return nx.graphviews.generic_graph_view(self) if as_view else self.to_networkx()

    def to_networkx(self) -> nx.DiGraph:
        """A mutable `nx.DiGraph`; it takes about fifteen times the memory."""
        return convert.to_networkx(self)

    def to_scipy(self, weight: str | None = None, dtype: Any = None) -> scipy.sparse.csr_array:
        """A SciPy CSR array in which entry (u, v) is 1, or the arc attribute `weight`, where u follows v."""
        return convert.to_scipy(self, weight, dtype)

    def reverse(self, copy: bool = True) -> FollowerGraph:
        """The read-only graph with all arcs turned round, on the same arrays.

        As in NetworkX, neighbours come in the order of rows where `copy` is true, and as they are shown here
        otherwise.
        """
        forward, backward = self.shown
        columns = {key: self.turned(column) for key, column in self._arc_data.columns.items()}
        options = {"arc_data": columns, "shown": (None if copy else backward, forward)}
        return self.from_csr(self.into, self.out, **{**self._options(), **options})

    def _options(self) -> dict[str, Any]:
        """What `from_csr` takes besides the arrays."""
        return {
            "labels": self._names.labels,
            "arc_data": self._arc_data.columns,
            "node_data": self._node.stored,
            "graph_data": self.graph,
            "shown": self.shown,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.out, self.into, self._options())

    # ------------------------------------------------------------------ mutations, refused

    add_node = add_nodes_from = remove_node = remove_nodes_from = refuse
    add_edge = add_edges_from = add_weighted_edges_from = refuse
    remove_edge = remove_edges_from = update = clear = clear_edges = refuse


def _restore(cls: type[FollowerGraph], out: Csr, into: Csr, options: dict[str, Any]) -> FollowerGraph:
    """A copied or unpickled graph."""
    return cls.from_csr(out, into, **options)
