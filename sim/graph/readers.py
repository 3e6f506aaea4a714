"""Reading follower graphs from files: edge lists, Parquet, SciPy matrices, GraphML and GEXF.

Whatever a file may have wrong is said in one sentence with the file and the row; nothing is left out unsaid:
the report of a graph counts what was dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph.arcs import LOOPS, SelfLoops, encode_integers
from sim.graph.convert import column_of
from sim.graph.csr import Int32, Int64
from sim.graph.edge_list import Arcs, Ids, line_of_arc, open_bytes, read_arcs, sniff
from sim.graph.follower_graph import FollowerGraph
from sim.graph.views import MISSING
from sim.graph.xml_files import Unusual, XmlGraph, read_xml
from sim.memory import available_memory

__all__ = ["FORMATS", "read_graph"]

log = logging.getLogger(__name__)

FORMATS: dict[str, str] = {
    **dict.fromkeys((".txt", ".edges", ".edgelist", ".el", ".csv", ".tsv", ".ncol", ".dat", ""), "edges"),
    ".parquet": "parquet",
    ".npz": "npz",
    ".graphml": "graphml",
    ".gexf": "gexf",
}
"""Format by file ending; .gz, .bz2, .xz and .zst may follow that of an edge list."""

PACKED = (".gz", ".bz2", ".xz", ".zst")
UNPACKED_RATIO = 4
"""How much larger than the file a packed edge list is taken to be."""

MOST_DIGITS = 18
"""Digits of the longest id that is read as a number."""
POWERS = 10 ** np.arange(1, MOST_DIGITS + 1)

BYTES_AN_ARC = 48
"""Memory that reading takes at its peak: parsed ids, row numbers and both directions of the graph."""


def _check_memory(path: Path, limit: int | None) -> None:
    """Refuse an edge list that does not fit into memory, with the figures."""
    size = path.stat().st_size * (UNPACKED_RATIO if path.suffix.lower() in PACKED else 1)
    with open_bytes(path) as file:
        head = file.read(1 << 16)
    a_line = max(len(head) / max(head.count(b"\n"), 1), 4.0)
    arcs = int(size / a_line)
    limit = available_memory() if limit is None else limit
    if limit is not None and arcs * BYTES_AN_ARC > limit:
        raise GraphError(
            f"{path}: about {arcs:,} arcs need {arcs * BYTES_AN_ARC / 1e9:,.1f} GB of memory to read, and "
            f"{limit / 1e9:,.1f} GB are available; take a part of the graph or a larger machine"
        )


def _format(path: Path, given: str | None) -> str:
    """The format of a file."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    kind = given or FORMATS.get(suffixes[-1] if suffixes else "", "")
    if kind not in FORMATS.values():
        known = ", ".join(sorted(ending for ending in FORMATS if ending))
        raise GraphError(
            f"{path}: what it holds is not known by its ending; known are {known} (and .gz, .zst)"
        )
    return kind


def read_graph(
    path: str | Path,
    *,
    size: int | None = None,
    weights: bool = False,
    self_loops: SelfLoops = "error",
    influence: bool = False,
    ids: Ids | None = None,
    columns: tuple[str | int, ...] | None = None,
    attributes: Sequence[str] = (),
    format: str | None = None,
    memory_limit: int | None = None,
) -> FollowerGraph:
    """Read a follower graph; a row ``u v`` says that u follows v.

    Parameters
    ----------
    path
        An edge list (.txt, .csv, .tsv, ..., perhaps packed), .parquet, .npz, .graphml or .gexf.
    size
        Number of members if ids are row numbers 0 to size - 1, so that members without arcs count. Otherwise
        the members are the ids that occur.
    weights
        Whether a third column is read, as the arc attribute "weight".
    self_loops
        "error" names the first row in which somebody follows himself; "drop" leaves them out, counted in the
        report; "keep" keeps them.
    influence
        Whether rows point along influence instead: ``v u``, from who is followed to who follows.
    ids
        "integer" or "text"; found out from the first rows if None (of GraphML and GEXF from all).
    columns
        Names or numbers of the columns of follower, followee (and weight), where there are others; of an edge list or Parquet.
    attributes
        Names of further columns of an edge list with a header, or of Parquet, that are read as arc attributes.
    format
        "edges", "parquet", "npz", "graphml" or "gexf"; by the file's ending if None.
    memory_limit
        Bytes that reading may take; what the system has available if None.

    Returns
    -------
    FollowerGraph
        Its `report` counts duplicates and dropped self-loops, which are logged too.

    Raises
    ------
    GraphError
        If the file is missing, empty, damaged, malformed, does not fit into memory, or has negative ids; if columns are
        named of a file that has none.
    """
    file = Path(path)
    if not file.exists():
        raise GraphError(f"{file}: there is no such file")
    if not file.is_file():
        raise GraphError(
            f"{file}: is not a file; an edge list, Parquet, npz, GraphML or GEXF file is expected"
        )
    if file.stat().st_size == 0:
        raise GraphError(f"{file}: is empty; a row holds the ids of a follower and a followee")
    kind = _format(file, format)
    if kind == "edges":
        _check_memory(file, memory_limit)
        dialect = sniff(file, ids, columns, attributes)
        arcs = read_arcs(file, dialect, weights)

        def row(index: int) -> str:
            return f"row {line_of_arc(file, dialect, index)}"

        graph = _from_arcs(file, arcs, row, size, self_loops)
    elif kind == "parquet":
        arcs = _parquet(file, weights, columns, attributes)
        graph = _from_arcs(file, arcs, lambda index: f"row {index + 1}", size, self_loops)
    else:
        if columns or attributes:
            raise GraphError(
                f"{file}: columns are chosen of edge lists and Parquet, a {kind} file has none; leave out --columns, in a "
                "configuration graph.columns, in Python columns and attributes"
            )
        graph = _other(file, kind, weights, self_loops, ids)
    if graph.report is not None and graph.report.kept < graph.report.read:
        log.warning("%s: %s", file, graph.report)
    return graph.reverse() if influence else graph


def _from_arcs(
    path: Path,
    arcs: Arcs,
    row: Callable[[int], str],
    size: int | None,
    self_loops: SelfLoops,
) -> FollowerGraph:
    """Check ids and build the graph; `row` names an arc's place in the file."""
    follower, followee = arcs.follower, arcs.followee
    if not len(follower):
        raise GraphError(f"{path}: there is no arc in it; a row holds the ids of a follower and a followee")
    for name, ends in (("follower", follower), ("followee", followee)):
        if ends.dtype.kind not in "iu":
            continue
        highest = None if size is None else size - 1
        wrong = ends < 0 if highest is None else (ends < 0) | (ends > highest)
        if wrong.any():
            first = int(np.argmax(wrong))
            allowed = "0 or more" if highest is None else f"from 0 to {highest:,}"
            raise GraphError(f"{path}, {row(first)}: {name} {ends[first]}; ids are {allowed}")
    if self_loops == "error":
        loops = follower == followee
        if loops.any():
            first, count = int(np.argmax(loops)), int(np.count_nonzero(loops))
            raise GraphError(
                f"{path}, {row(first)}: {follower[first]} follows itself ({count:,} of {len(loops):,} do); {LOOPS}"
            )
    graph = FollowerGraph.from_edges(follower, followee, size, arc_data=arcs.data, self_loops=self_loops)
    if not len(graph.followees):
        raise GraphError(
            f"{path}: every one of its {len(follower):,} arcs is a self-loop; nobody follows anybody"
        )
    return graph


def _parquet(
    path: Path, weights: bool, columns: tuple[str | int, ...] | None, attributes: Sequence[str]
) -> Arcs:
    """Arcs of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sim.graph.edge_list import parquet_columns

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            wanted = parquet_columns(path, names, weights, columns, attributes)
            table = file.read(columns=[*wanted, *attributes])
    except (pa.ArrowException, OSError) as error:
        raise GraphError(f"{path}: this is not a sound Parquet file ({str(error).splitlines()[0]})") from None
    arrays = []
    for place, name in enumerate([*wanted, *attributes]):
        column = table.column(name)
        if column.null_count:
            first = int(np.argmax(column.is_null().to_numpy()))
            raise GraphError(f"{path}, row {first + 1}: column {name!r} is missing")
        values: npt.NDArray[Any] = column.to_numpy()
        if place >= len(wanted):
            if values.dtype.kind not in "iufbO":
                raise GraphError(
                    f"{path}: column {name!r} holds {column.type}; attributes are numbers or text"
                )
        elif place == 2:
            if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
                raise GraphError(f"{path}: weights in column {name!r} are not all finite numbers")
            values = values.astype(np.float64)
        elif values.dtype.kind not in "iuO":
            raise GraphError(f"{path}: column {name!r} holds {column.type}; ids are whole numbers or text")
        arrays.append(values)
    data = {"weight": arrays[2]} if len(wanted) > 2 else {}
    data.update(zip(attributes, arrays[len(wanted) :], strict=True))
    return Arcs(arrays[0], arrays[1], data)


def _other(path: Path, kind: str, weights: bool, self_loops: SelfLoops, ids: Ids | None) -> FollowerGraph:
    """A SciPy matrix, GraphML or GEXF."""
    import zipfile
    from xml.etree.ElementTree import ParseError
    from xml.parsers.expat import ExpatError

    import networkx as nx

    try:
        if kind == "npz":
            import scipy.sparse

            return FollowerGraph.from_scipy(
                scipy.sparse.load_npz(path), weight="weight" if weights else None, self_loops=self_loops
            )
        try:
            with open_bytes(path) as file:
                read = read_xml(file, kind)
            try:
                return _from_xml(read, ids, self_loops)
            except GraphError as error:
                raise GraphError(f"{path}: {error}") from None
        except Unusual:
            by_networkx = nx.read_graphml if kind == "graphml" else nx.read_gexf
            with open_bytes(path) as file:
                return FollowerGraph.from_networkx(by_networkx(file), self_loops=self_loops)
    except (
        ParseError, ExpatError, nx.NetworkXError, ValueError, KeyError, zipfile.BadZipFile, EOFError
    ) as error:  # fmt: skip
        reason = "it is not what its ending says" if kind == "npz" else str(error).splitlines()[0]
        raise GraphError(f"{path}: this is not a sound {kind} file ({reason})") from None


def _from_xml(read: XmlGraph, ids: Ids | None, self_loops: SelfLoops) -> FollowerGraph:
    """The graph of a GraphML or GEXF file."""
    count = len(read.sources)
    names, nodes, first, second = _rows(read, ids)
    columns = {
        name: column_of(
            list(values.values()) if len(values) == count else [values.get(i, MISSING) for i in range(count)]
        )
        for name, values in read.edge_data.items()
    }
    if not read.directed:
        first, second = np.concatenate([first, second]), np.concatenate([second, first])
        columns = {name: np.concatenate([column, column]) for name, column in columns.items()}
    graph = FollowerGraph.from_edges(first, second, labels=names, arc_data=columns, self_loops=self_loops)
    label = names.tolist() if isinstance(names, np.ndarray) else names
    for name, values in read.node_data.items():
        for node, value in values.items():
            graph.nodes[label[nodes[node]]][name] = value
    return graph


def _rows(read: XmlGraph, ids: Ids | None) -> tuple[Any, Int32, Int32, Int32]:
    """Names by row, and the rows of the declared nodes and of both ends of each edge. Ids are numbers if all of them are,
    as in edge lists; else whoever is not declared comes behind."""
    columns = (read.nodes, read.sources, read.targets)
    names: Any
    if ids != "text":
        numbers = [_plain_numbers(column) for column in columns]
        found = [column for column in numbers if column is not None]
        if len(found) == len(columns):
            rows = encode_integers(np.concatenate(found[:2]), found[2])
            nodes, first = np.split(rows.follower, [len(read.nodes)])
            names = np.arange(rows.size) if rows.labels is None else rows.labels
            return names, nodes, first, rows.followee
    place = {name: row for row, name in enumerate(read.nodes)}
    for ends in columns[1:]:
        if not place.keys() >= (named := set(ends)):
            place.update({name: len(place) + i for i, name in enumerate(sorted(named - place.keys()))})
    names = list(place)
    if ids == "integer":
        wrong = next((name for name in names if not _is_plain_number(name)), "")
        raise ValueError(f"{wrong[:40]!r} is not a whole number")
    return names, *(np.fromiter(map(place.__getitem__, column), np.int32, len(column)) for column in columns)


def _plain_numbers(texts: list[str]) -> Int64 | None:
    """Texts as numbers, if each is what its number is written as."""
    if not (joined := "".join(texts)).isascii() or not joined.isdigit() or max(map(len, texts)) > MOST_DIGITS:
        return np.array(list(map(int, texts)), np.int64) if all(map(_is_plain_number, texts)) else None
    numbers = np.fromiter(map(int, texts), np.int64, len(texts))
    digits = np.searchsorted(POWERS, numbers, side="right") + 1
    return numbers if digits.sum() == len(joined) else None  # else some begin with a zero


def _is_plain_number(name: str) -> bool:
    digits = name.removeprefix("-")
    return (
        digits.isascii()
        and digits.isdigit()
        and (digits[0] != "0" or name == "0")
        and len(digits) <= MOST_DIGITS
    )
