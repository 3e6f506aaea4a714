"""Writing GraphML and GEXF, a line an arc; NetworkX writes graphs whose members or whose own have attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import numpy.typing as npt

from sim.errors import GraphError
from sim.graph.xml_files import Unusual

if TYPE_CHECKING:
    from sim.graph.follower_graph import FollowerGraph

__all__ = ["write_xml"]

NAMESPACES = {
    "graphml": "http://graphml.graphdrawing.org/xmlns",
    "gexf": "http://www.gexf.net/1.2draft",
}
TYPE_NAMES = {"i": "long", "u": "long", "f": "double", "b": "boolean"}
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML cannot hold."""

CHUNK = 1 << 16


def write_xml(graph: FollowerGraph, file: IO[bytes], kind: str) -> None:
    """Write a graph that has no attributes but those of its arcs.

    Raises
    ------
    Unusual
        For attributes of members or of the graph, and of arcs that are neither numbers, truth values nor text.
    GraphError
        For a label that XML cannot hold.
    """
    if any(graph._node.stored.values()) or set(graph.graph) - {"report"}:
        raise Unusual("attributes")
    columns = {name: _written(column) for name, column in graph.arc_data.items()}
    labels = range(len(graph)) if graph.labels is None else graph.labels.tolist()
    names = [str(label) for label in labels]
    wrong = next((name for name in names if FORBIDDEN.search(name)), None)
    if wrong is not None:
        raise GraphError(f"the label {wrong!r} holds a character that XML cannot; write .parquet or .csv")
    quoted = [quoteattr(name) for name in names]
    follower, followee = graph.arcs()
    write = _graphml_lines if kind == "graphml" else _gexf_lines
    lines = write(quoted, follower, followee, graph.arc_data, columns)
    while chunk := "\n".join(islice(lines, CHUNK)):
        file.write(chunk.encode() + b"\n")


def _written(column: npt.NDArray[Any]) -> Any:
    """Values of a column as text."""
    if column.dtype.kind in "iuf":
        return map(repr, column.tolist())
    if column.dtype.kind == "b":
        return ("true" if value else "false" for value in column.tolist())
    values = column.tolist()
    if all(type(value) is str and not FORBIDDEN.search(value) for value in values):
        return map(escape, values)
    raise Unusual("values")


def _graphml_lines(
    names: list[str],
    follower: npt.NDArray[Any],
    followee: npt.NDArray[Any],
    data: Any,
    columns: dict[str, Iterable[str]],
) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<graphml xmlns="{NAMESPACES["graphml"]}">'
    for at, name in enumerate(columns):
        kind = TYPE_NAMES.get(data[name].dtype.kind, "string")
        yield f'<key id="d{at}" for="edge" attr.name={quoteattr(name)} attr.type="{kind}"/>'
    yield '<graph edgedefault="directed">'
    for name in names:
        yield f"<node id={name}/>"
    ends = zip(follower.tolist(), followee.tolist(), strict=True)
    if not columns:
        for u, v in ends:
            yield f"<edge source={names[u]} target={names[v]}/>"
    else:
        form = "".join(f'<data key="d{at}">%s</data>' for at in range(len(columns)))
        for (u, v), values in zip(ends, zip(*columns.values(), strict=True), strict=True):
            yield f"<edge source={names[u]} target={names[v]}>{form % values}</edge>"
    yield "</graph></graphml>"


def _gexf_lines(
    names: list[str],
    follower: npt.NDArray[Any],
    followee: npt.NDArray[Any],
    data: Any,
    columns: dict[str, Iterable[str]],
) -> Iterator[str]:
    numeric = "weight" in columns and data["weight"].dtype.kind in "iuf"
    weights = iter(columns.pop("weight")) if numeric else None
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<gexf xmlns="{NAMESPACES["gexf"]}" version="1.2"><graph defaultedgetype="directed" mode="static">'
    if columns:
        yield '<attributes class="edge" mode="static">'
        for at, name in enumerate(columns):
            kind = TYPE_NAMES.get(data[name].dtype.kind, "string")
            yield f'<attribute id="{at}" title={quoteattr(name)} type="{kind}"/>'
        yield "</attributes>"
    yield "<nodes>"
    for name in names:
        yield f"<node id={name} label={name}/>"
    yield "</nodes><edges>"
    form = "".join(f'<attvalue for="{at}" value="%s"/>' for at in range(len(columns)))
    inner = f"<attvalues>{form}</attvalues>" if columns else ""
    rows: Any = zip(*columns.values(), strict=True) if columns else None
    for at, (u, v) in enumerate(zip(follower.tolist(), followee.tolist(), strict=True)):
        weight = f' weight="{next(weights)}"' if weights is not None else ""
        more = inner % tuple(value.replace('"', "&quot;") for value in next(rows)) if columns else ""
        yield f'<edge id="{at}" source={names[u]} target={names[v]}{weight}>{more}</edge>'
    yield "</edges></graph></gexf>"
