"""Writing follower graphs to files that `sim.graph.readers` and other programs read."""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from sim.errors import GraphError
from sim.graph.csr import rows_of_arcs
from sim.graph.readers import FORMATS, PACKED
from sim.graph.xml_files import Unusual
from sim.graph.xml_writing import write_xml

if TYPE_CHECKING:
    from sim.graph.follower_graph import FollowerGraph

__all__ = ["write_graph"]

log = logging.getLogger(__name__)


def write_graph(graph: FollowerGraph, path: str | Path) -> None:
    """Write a graph; the format follows from the file's ending, as in reading.

    Edge lists have a row an arc, the follower first, and a column for every arc attribute; .csv and .tsv have
    a header. The file appears under its name only when it is complete.

    Raises
    ------
    GraphError
        If the ending is unknown, the format cannot hold the labels, or the folder cannot be written to.
    """
    file = Path(path)
    suffixes = [suffix.lower() for suffix in file.suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in PACKED else ""
    kind = FORMATS.get(suffixes[-1] if suffixes else "")
    if kind is None or (packing and kind != "edges"):
        known = ", ".join(sorted(ending for ending in FORMATS if ending))
        raise GraphError(f"{file}: the ending says no format to write; known are {known}")
    if kind == "npz" and graph.labels is not None:
        raise GraphError(f"{file}: a SciPy matrix keeps no labels; write .parquet or .graphml")
    if kind in ("edges", "parquet"):
        alone = int(((graph.followers_count() + graph.followees_count()) == 0).sum())
        if alone:
            log.warning("%s: an edge list does not name the %s members without arcs", file, f"{alone:,}")
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        _write(graph, temporary, kind, packing, suffixes[-1] if suffixes else "")
        temporary.replace(file)
    except OSError as error:
        raise GraphError(f"{file}: cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write(graph: FollowerGraph, path: Path, kind: str, packing: str, ending: str) -> None:
    if kind == "npz":
        import scipy.sparse

        weight = next(iter(graph.arc_data), None)
        with path.open("wb") as file:
            scipy.sparse.save_npz(file, graph.to_scipy(weight))
    elif kind in ("graphml", "gexf"):
        import networkx as nx

        try:
            with path.open("wb") as file:
                write_xml(graph, file, kind)
        except Unusual:
            plain = graph.to_networkx()
            plain.graph.pop("report", None)
            (nx.write_graphml if kind == "graphml" else nx.write_gexf)(plain, path)
    else:
        import pyarrow as pa
        import pyarrow.csv
        import pyarrow.parquet

        follower, followee = rows_of_arcs(graph.followees_offsets), graph.followees
        ends: list[Any] = [follower, followee]
        if graph.labels is not None:
            ends = [graph.labels[rows] for rows in ends]
            if ends[0].dtype == object:
                ends = [np.array([str(label) for label in column], object) for column in ends]
        columns = {"follower": ends[0], "followee": ends[1], **graph.arc_data}
        table = pa.table({name: pa.array(values) for name, values in columns.items()})
        if kind == "parquet":
            pa.parquet.write_table(table, path, compression="zstd")
            return
        options = pa.csv.WriteOptions(
            include_header=ending in (".csv", ".tsv"),
            delimiter="," if ending == ".csv" else "\t",
            quoting_style="needed",
        )
        with _packed(path, packing) as file:
            pa.csv.write_csv(table, file, options)


@contextmanager
def _packed(path: Path, packing: str) -> Iterator[IO[bytes]]:
    """A file to write to, packed or not."""
    if packing == ".zst":
        import pyarrow as pa

        with pa.output_stream(str(path), compression="zstd") as stream:
            yield stream
    else:
        opener: Any = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(packing, io.open)
        # Level 9, the default of gzip, takes eight times as long for 3 % less.
        level = {"compresslevel": 5} if packing == ".gz" else {}
        with opener(path, "wb", **level) as file:
            yield file
