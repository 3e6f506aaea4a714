"""Reading follower graphs from files: edge lists, Parquet, SciPy matrices, GraphML and GEXF.

Whatever a file may have wrong is said in one sentence with the file and the row; nothing is left out unsaid:
the report of a graph counts what was dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import GraphError
from sim.graph.arcs import SelfLoops
from sim.graph.edge_list import Ids, line_of_arc, open_bytes, read_arcs, sniff
from sim.graph.follower_graph import FollowerGraph
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
        "integer" or "text"; found out from the first rows if None.
    columns
        Names or numbers of the columns of follower, followee (and weight), where there are others.
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
        If the file is missing, empty, damaged, malformed, does not fit into memory, or has negative ids.
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
        dialect = sniff(file, ids, columns)
        arcs = read_arcs(file, dialect, weights)

        def row(index: int) -> str:
            return f"row {line_of_arc(file, dialect, index)}"

        graph = _from_arcs(file, arcs.follower, arcs.followee, arcs.weight, row, size, self_loops)
    elif kind == "parquet":
        follower, followee, weight = _parquet(file, weights, columns)
        graph = _from_arcs(
            file, follower, followee, weight, lambda index: f"row {index + 1}", size, self_loops
        )
    else:
        graph = _other(file, kind, weights, self_loops)
    if graph.report is not None and graph.report.kept < graph.report.read:
        log.warning("%s: %s", file, graph.report)
    return graph.reverse() if influence else graph


def _from_arcs(
    path: Path,
    follower: npt.NDArray[Any],
    followee: npt.NDArray[Any],
    weight: npt.NDArray[np.float64] | None,
    row: Callable[[int], str],
    size: int | None,
    self_loops: SelfLoops,
) -> FollowerGraph:
    """Check ids and build the graph; `row` names an arc's place in the file."""
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
                f"{path}, {row(first)}: {follower[first]} follows itself ({count:,} of {len(loops):,} do); "
                'remove them, or leave them out with self_loops="drop"'
            )
    arc_data = None if weight is None else {"weight": weight}
    graph = FollowerGraph.from_edges(follower, followee, size, arc_data=arc_data, self_loops=self_loops)
    if not len(graph.followees):
        raise GraphError(
            f"{path}: every one of its {len(follower):,} arcs is a self-loop; nobody follows anybody"
        )
    return graph


def _parquet(
    path: Path, weights: bool, columns: tuple[str | int, ...] | None
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.float64] | None]:
    """Followers, followees and weights of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sim.graph.edge_list import parquet_columns

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            wanted = parquet_columns(path, names, weights, columns)
            table = file.read(columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise GraphError(f"{path}: this is not a sound Parquet file ({str(error).splitlines()[0]})") from None
    arrays = []
    for place, name in enumerate(wanted):
        column = table.column(name)
        if column.null_count:
            first = int(np.argmax(column.is_null().to_numpy()))
            raise GraphError(f"{path}, row {first + 1}: column {name!r} is missing")
        values: npt.NDArray[Any] = column.to_numpy()
        if place == 2:
            if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
                raise GraphError(f"{path}: weights in column {name!r} are not all finite numbers")
            values = values.astype(np.float64)
        elif values.dtype.kind not in "iuO":
            raise GraphError(f"{path}: column {name!r} holds {column.type}; ids are whole numbers or text")
        arrays.append(values)
    return arrays[0], arrays[1], arrays[2] if len(arrays) > 2 else None


def _other(path: Path, kind: str, weights: bool, self_loops: SelfLoops) -> FollowerGraph:
    """A SciPy matrix, GraphML or GEXF."""
    import zipfile
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    try:
        if kind == "npz":
            import scipy.sparse

            return FollowerGraph.from_scipy(
                scipy.sparse.load_npz(path), weight="weight" if weights else None, self_loops=self_loops
            )
        read = nx.read_graphml if kind == "graphml" else nx.read_gexf
        with open_bytes(path) as file:
            return FollowerGraph.from_networkx(read(file), self_loops=self_loops)
    except (ParseError, nx.NetworkXError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        reason = "it is not what its ending says" if kind == "npz" else str(error).splitlines()[0]
        raise GraphError(f"{path}: this is not a sound {kind} file ({reason})") from None
