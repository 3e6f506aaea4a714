"""Plain edges of GraphML and GEXF, taken out of the text by a pattern before the XML parser sees the rest.

Edges of a large file are alike but for their values, and calling Python for each is what reading costs. So a block of the
file is split at whatever looks like its first edge; if no other edge is left in what remains, the parser gets the rest alone.
Comments, escapes, edges of several forms and text beyond ASCII leave a block to the parser as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

__all__ = ["PlainEdges", "blocks", "plain_edges"]

BLOCK = 1 << 24
"""Bytes read at a time."""

VALUE = "[!#-%'-;=?-~ ]+"
"""A value of printable ASCII that XML does not treat apart."""

ATTRIBUTES = re.compile(f' ([a-z]+)="({VALUE})"')
EDGE = re.compile(rf'<edge((?: [a-z]+="{VALUE}")+) ?(?:/>|>([^&]*?)</edge>)')
INNER = {
    "graphml": re.compile(rf'<data key="({VALUE})">({VALUE})</data>'),
    "gexf": re.compile(rf'<attvalue (?:for|id)="({VALUE})" value="({VALUE})" ?/>'),
}
"""Values of an edge that stand inside of it."""
INNER_FORMS = {
    "graphml": '<data key="{key}">({value})</data>',
    "gexf": '<attvalue (?:for|id)="{key}" value="({value})" ?/>',
}
NODE = {
    "graphml": re.compile(f'<node id="({VALUE})" ?/>'),
    "gexf": re.compile(f'<node id="({VALUE})" label="({VALUE})" ?/>'),
}
KNOWN = {"graphml": {"id", "source", "target"}, "gexf": {"id", "source", "target", "weight"}}
EDGES_BEGIN = re.compile(r"<edge[\s/>]")
NODES_BEGIN = re.compile(r"<node[\s/>]")
META = re.compile(r"<meta[\s>].*?(?:</meta\s*>|\Z)", re.DOTALL)
"""Where unknown elements are passed over, so that edges in there are none; it may go on in the next block."""


@dataclass(frozen=True)
class PlainEdges:
    """Edges of one form, and nodes.

    Attributes
    ----------
    attributes
        Attribute of the element -> its values, one an edge.
    data
        Key of a value inside of the element -> its values, one an edge.
    nodes
        Ids of the nodes, and their labels where the format has them; empty if not all are of one form.
    rest
        The text without them, with as many lines.
    """

    attributes: dict[str, list[str]]
    data: dict[str, list[str]]
    nodes: list[list[str]]
    rest: bytes


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The file in blocks of about `BLOCK` bytes, cut before an edge where there is one."""
    kept = b""
    while read := file.read(BLOCK):
        block = kept + read
        cut = block.rfind(b"<edge")
        if cut > 0:
            block, kept = block[:cut], block[cut:]
        else:
            kept = b""
        yield block
    yield kept


def plain_edges(block: bytes, kind: str) -> PlainEdges | None:
    """The edges of a block, or None if not all of them have the form of the first."""
    if not block.isascii():
        return None
    text = block.decode("ascii")
    begin = EDGES_BEGIN.search(text)
    first = EDGE.match(text, begin.start()) if begin else None
    if first is None or any("<edge" in meta or "<node" in meta for meta in META.findall(text)):
        return None
    attributes = [name for name, _ in ATTRIBUTES.findall(first[1])]
    pattern = "<edge" + "".join(f' {name}="({VALUE})"' for name in attributes) + " ?"
    data: list[str] = []
    if first[2] is None:
        pattern += "/>"
    else:
        parts = INNER[kind].split(first[2])
        data = parts[1::3]
        pattern += ">" + _spaced(parts[0])
        for key, after in zip(data, parts[3::3], strict=True):
            pattern += INNER_FORMS[kind].format(key=re.escape(key), value=VALUE) + _spaced(after)
        pattern += "</edge>"
    known = KNOWN[kind].issuperset(attributes) and {"source", "target"}.issubset(attributes)
    if not known or len(set(attributes)) < len(attributes) or len(set(data)) < len(data):
        return None
    pieces = re.split(pattern, text)
    step = len(attributes) + len(data) + 1
    rest = ("\n" * first[0].count("\n")).join(pieces[::step])
    if EDGES_BEGIN.search(rest):
        return None
    columns = [pieces[at::step] for at in range(1, step)]
    count = len(attributes)
    pieces = NODE[kind].split(rest)
    step = NODE[kind].groups + 1
    without = "".join(pieces[::step])
    nodes: list[list[str]] = []
    if NODES_BEGIN.search(without) is None:
        rest, nodes = without, [pieces[at::step] for at in range(1, step)]
    return PlainEdges(
        dict(zip(attributes, columns[:count], strict=True)),
        dict(zip(data, columns[count:], strict=True)),
        nodes,
        rest.encode(),
    )


def _spaced(text: str) -> str:
    """A pattern for tags between values, whatever the space around them."""
    return r"\s*".join(["", *map(re.escape, text.split()), ""])
