"""Reading GraphML and GEXF as most programs write them, at the speed of the XML parser; NetworkX reads what is rarer.

Nested graphs, hyperedges, ports, drawing hints and dynamics are such rarer things: `Unusual` says that one was met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers import expat

from sim.graph.views import MISSING
from sim.graph.xml_edges import PlainEdges, blocks, plain_edges

__all__ = ["Unusual", "XmlGraph", "read_xml"]

KNOWN = {
    "graphml": {"graphml", "key", "default", "graph", "node", "edge", "data"},
    "gexf": {"gexf", "meta", "graph", "nodes", "edges", "attributes", "attribute", "default", "node", "edge", "attvalues",
             "attvalue"},
}  # fmt: skip
"""Elements that are understood here; inside of ``meta`` everything is passed over."""

TYPES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("int", "integer", "long", "short", "byte"), int),
    **dict.fromkeys(("float", "double"), float),
    **dict.fromkeys(("string", "anyuri"), str),
    "boolean": lambda text: {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()],
}


class Unusual(Exception):
    """Something that only NetworkX knows how to read or to write."""


@dataclass
class _Key:
    """An attribute that the file declares: of nodes or edges, its name, type and default."""

    owner: str
    name: str
    convert: Callable[[str], Any]
    default: Any = MISSING


@dataclass
class XmlGraph:
    """What a file holds.

    Attributes
    ----------
    nodes
        Ids of declared nodes, in their order.
    sources, targets
        Ids of the ends of each edge.
    directed
        Whether edges are arcs.
    edge_data, node_data
        Attribute name -> places (of edges or nodes) -> value.
    """

    nodes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    directed: bool = True
    edge_data: dict[str, dict[int, Any]] = field(default_factory=dict)
    node_data: dict[str, dict[int, Any]] = field(default_factory=dict)


def read_xml(file: IO[bytes], kind: str) -> XmlGraph:
    """Parse a file.

    Parameters
    ----------
    file
        Open for reading.
    kind
        "graphml" or "gexf".

    Raises
    ------
    Unusual
        For what is left to NetworkX.
    xml.parsers.expat.ExpatError
        For what is no XML.
    ValueError, KeyError
        For a value that is not of its declared type, or an element without an attribute that it needs.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    reader = _GraphMl(parser) if kind == "graphml" else _Gexf(parser)
    parser.StartElementHandler = reader.handler()
    parser.EntityDeclHandler = _refuse_entities
    alike = True
    for block in blocks(file):
        # A comment, or whatever else may hold text that only looks like an edge, may go on in later blocks.
        alike = alike and b"<!" not in block and block.rfind(b"<?") <= 0
        plain = plain_edges(block, kind) if alike and not reader.skipping else None
        parser.Parse(block if plain is None else plain.rest)
        if plain is not None:
            reader.take(plain)
    parser.Parse(b"", True)
    if not reader.graphs:
        raise ValueError("there is no graph element in it")
    return reader.finished()


def _refuse_entities(*_: Any) -> None:
    raise ValueError("it declares entities, which a graph does not need")


class _Reader:
    """Handlers of the parser, shared by both formats."""

    kind: str

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.graph = XmlGraph()
        self.graphs = 0
        self.keys: dict[str, _Key] = {}
        self.numbered: list[int] = []
        self.inside = ""
        self.key: _Key | None = None
        self.text = ""
        self.skipping = 0

    def handler(self) -> Callable[[str, dict[str, str]], None]:
        """What is called for each element that begins: for most edges it is all that is called."""
        source, target = self.graph.sources.append, self.graph.targets.append

        def start(name: str, given: dict[str, str]) -> None:
            if name == "edge":
                source(given["source"])
                target(given["target"])
                self.inside = "edge"
                if len(given) > 2:
                    self.edge(given)
            else:
                self.start(name, given)

        return start

    def take(self, edges: PlainEdges) -> None:
        """All nodes and edges of a block, as `handler`, `node` and `edge` take one."""
        graph, first = self.graph, len(self.graph.sources)
        if edges.nodes:
            names = edges.nodes[0]
            if len(edges.nodes) > 1:
                labels = zip(
                    range(len(graph.nodes), len(graph.nodes) + len(names)), edges.nodes[1], strict=True
                )
                graph.node_data.setdefault("label", {}).update(labels)
            graph.nodes += names
        given = dict(edges.attributes)
        graph.sources += given.pop("source")
        graph.targets += given.pop("target")
        places = range(first, len(graph.sources))
        ids = given.pop("id", None)
        if ids is not None:
            if ids == list(map(str, places)):
                self.numbered += places
            else:
                named = {i: value for i, value in zip(places, ids, strict=True) if value != str(i)}
                self.numbered += [i for i in places if i not in named]
                graph.edge_data.setdefault("id", {}).update(named)
        values = {name: map(float, texts) for name, texts in given.items()}
        for key, texts in edges.data.items():
            declared = self.declared(key)
            values[declared.name] = map(declared.convert, texts)
        for name, converted in values.items():
            graph.edge_data.setdefault(name, {}).update(zip(places, converted, strict=True))

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins that is no edge."""
        if name == "node":
            self.graph.nodes.append(given["id"])
            self.inside = "node"
            if len(given) > 1:
                self.node(given)
        elif self.skipping or name == "meta":
            self.skipping += 1
            self.parser.EndElementHandler = self.end
        elif name not in KNOWN[self.kind]:
            raise Unusual(name)
        elif name == "graph":
            self.graphs += 1
            if self.graphs > 1:
                raise Unusual("several graphs")
            self.begin(given)
        elif name in ("data", "default"):
            if name == "data":
                self.key = self.keys[given["key"]]
            self.text = ""
            self.parser.CharacterDataHandler = self.characters
            self.parser.EndElementHandler = self.end
        else:
            self.other(name, given)

    def end(self, name: str) -> None:
        """An element ends in which there was text, or that was passed over."""
        if self.skipping:
            self.skipping -= 1
        else:
            key = self.key
            assert key is not None
            if name == "default":
                key.default = key.convert(self.text)
            else:
                self.put(key.name, key.convert(self.text))
        if not self.skipping:
            self.parser.CharacterDataHandler = self.parser.EndElementHandler = None

    def characters(self, text: str) -> None:
        """Text of an element."""
        self.text += text

    def named(self, value: str) -> None:
        """The id of the edge at hand, unless it only numbers the edges."""
        place = len(self.graph.sources) - 1
        if value == str(place):
            self.numbered.append(place)
        else:
            self.put("id", value)

    def put(self, name: str, value: Any) -> None:
        """An attribute of the node or edge at hand."""
        if self.inside == "edge":
            self.graph.edge_data.setdefault(name, {})[len(self.graph.sources) - 1] = value
        elif self.inside == "node":
            self.graph.node_data.setdefault(name, {})[len(self.graph.nodes) - 1] = value
        else:
            raise Unusual("data of the graph")

    def declared(self, key: str) -> _Key:
        """The attribute of edges that a key stands for."""
        return self.keys[key]

    def edge(self, given: dict[str, str]) -> None:
        raise NotImplementedError

    def node(self, given: dict[str, str]) -> None:
        raise NotImplementedError

    def begin(self, given: dict[str, str]) -> None:
        raise NotImplementedError

    def other(self, name: str, given: dict[str, str]) -> None:
        raise NotImplementedError

    def finished(self) -> XmlGraph:
        """The graph: defaults filled in; labels that repeat ids, and ids of edges that only number them, left out."""
        graph = self.graph
        if list(graph.node_data.get("label", {}).values()) == graph.nodes:
            del graph.node_data["label"]
        if "id" in graph.edge_data:  # some ids are names, so all are kept
            named = graph.edge_data["id"] | {i: str(i) for i in self.numbered}
            graph.edge_data["id"] = dict(sorted(named.items()))
        for key in self.keys.values():
            if key.default is not MISSING:
                data = graph.edge_data if key.owner == "edge" else graph.node_data
                count = len(graph.sources if key.owner == "edge" else graph.nodes)
                data[key.name] = {**dict.fromkeys(range(count), key.default), **data.get(key.name, {})}
        return graph


class _GraphMl(_Reader):
    """GraphML: keys are declared, data stand as elements."""

    kind = "graphml"

    def edge(self, given: dict[str, str]) -> None:
        for name, value in given.items():
            if name == "id":
                self.named(value)
            elif name not in ("source", "target"):
                raise Unusual(f"edge {name}")

    def node(self, given: dict[str, str]) -> None:
        raise Unusual("attributes of a node")

    def begin(self, given: dict[str, str]) -> None:
        self.graph.directed = given["edgedefault"] == "directed"

    def other(self, name: str, given: dict[str, str]) -> None:
        if name == "key":
            if given.get("for") not in ("node", "edge") or "attr.name" not in given:
                raise Unusual("key")
            convert = TYPES[given.get("attr.type", "string").lower()]
            self.key = self.keys[given["id"]] = _Key(given["for"], given["attr.name"], convert)


class _Gexf(_Reader):
    """GEXF: attributes are declared by class, values stand as attributes of elements."""

    kind = "gexf"

    def __init__(self, parser: expat.XMLParserType) -> None:
        super().__init__(parser)
        self.owner = ""

    def declared(self, key: str) -> _Key:
        return self.keys[f"edge/{key}"]

    def edge(self, given: dict[str, str]) -> None:
        for name, value in given.items():
            if name == "id":
                self.named(value)
            elif name == "weight":
                self.put("weight", float(value))
            elif name == "label":
                self.put(name, value)
            elif name == "type":
                if value != ("directed" if self.graph.directed else "undirected"):
                    raise Unusual("edges of several kinds")
            elif name not in ("source", "target"):
                raise Unusual(f"edge {name}")

    def node(self, given: dict[str, str]) -> None:
        for name, value in given.items():
            if name == "label":
                self.put("label", value)
            elif name != "id":
                raise Unusual(f"node {name}")

    def begin(self, given: dict[str, str]) -> None:
        if given.get("mode", "static") != "static":
            raise Unusual("dynamics")
        self.graph.directed = given.get("defaultedgetype", "undirected") == "directed"

    def other(self, name: str, given: dict[str, str]) -> None:
        if name == "attributes":
            if given.get("mode", "static") != "static":
                raise Unusual("dynamics")
            self.owner = given["class"]
        elif name == "attribute":
            convert = TYPES[given["type"].lower()]
            self.key = self.keys[f"{self.owner}/{given['id']}"] = _Key(self.owner, given["title"], convert)
        elif name == "attvalue":
            key = self.keys[f"{self.inside}/{given.get('for') or given['id']}"]
            self.put(key.name, key.convert(given["value"]))
