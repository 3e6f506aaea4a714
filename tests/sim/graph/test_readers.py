"""Files of arcs are read as they are meant, and a wrong one is refused with its row in one sentence."""

from __future__ import annotations

import gzip
import io
import os
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.xml_files import read_xml

SNAP = "# Directed graph\r\n# FromNodeId\tToNodeId\r\n30\t1412\r\n30\t3352\r\n1412\t30\r\n"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "options", "arcs"),
    [
        ("a.txt", SNAP, {}, [(30, 1412), (30, 3352), (1412, 30)]),
        ("a.txt.gz", gzip.compress(SNAP.encode(), mtime=0), {}, [(30, 1412), (30, 3352), (1412, 30)]),
        ("a.txt", "0 1\n\n% note\n 1  2 \n", {}, [(0, 1), (1, 2)]),
        ("a.txt", "0 1 # note\n# c\n1 2", {}, [(0, 1), (1, 2)]),
        ("a.csv", "\ufefffollower,followee\n1,2\n2,3\n", {}, [(1, 2), (2, 3)]),
        ("a.csv", "target;source\n1;2\n2;3\n", {}, [(2, 1), (3, 2)]),
        ("a.csv", "id,other\n1,2\n2,3\n", {}, [(1, 2), (2, 3)]),
        ("a.csv", 'from,to\nAnn,"Bob"\nBob,小红\n', {}, [("Ann", "Bob"), ("Bob", "小红")]),
        ("a.tsv", "Ann Lee\tBob\nBob\tCat X\n", {}, [("Ann Lee", "Bob"), ("Bob", "Cat X")]),
        ("a.txt", "1 2\n2 3\n", {"influence": True}, [(2, 1), (3, 2)]),
        ("a.txt", "1 2\n2 3\n", {"ids": "text"}, [("1", "2"), ("2", "3")]),
        ("a.csv", "who,whom,day\n1,2,x\n2,3,y\n", {"columns": ("whom", "who")}, [(2, 1), (3, 2)]),
        ("a.txt", "0 1\n0 1\n", {"size": 4}, [(0, 1)]),
        ("a.txt", "0 1\n1 1\n", {"self_loops": "drop"}, [(0, 1)]),
    ],
)
def test_read_as_meant(tmp_path, name, content, options, arcs):
    graph = FollowerGraph.read(write(tmp_path, name, content), **options)
    assert sorted(graph.edges, key=str) == sorted(arcs, key=str)
    assert graph.report.read == graph.report.kept + graph.report.duplicates + graph.report.self_loops
    if "size" in options:
        assert len(graph) == options["size"]


def test_weights_are_kept(tmp_path):
    graph = FollowerGraph.read(write(tmp_path, "a.txt", "1 2 .5\n0 1 2\n0 1 9\n"), weights=True)
    assert list(graph.edges(data="weight")) == [(0, 1, 2.0), (1, 2, 0.5)]
    assert graph.report.duplicates == 1


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        ("a.txt", "", {}, "is empty"),
        ("a.txt", "# nothing\n\n", {}, "no arc in it"),
        ("a.txt", "1\n2\n", {}, "row 1: '1' is one column"),
        ("a.txt", "# c\n1 2\n2 x\n", {}, "row 3: followee 'x' is not a whole number"),
        ("a.txt", "1 2\n2 1.5\n3 4\n", {}, "row 2: followee '1.5'"),
        ("a.txt", "1 2\n2 99999999999999999999\n", {}, "row 2"),
        ("a.txt", "1 2\n\n2\n", {}, "row 3: 1 column where 2 were expected"),
        ("a.txt", "1 2\n2 3 4\n", {}, "row 2: 3 columns where 2 were expected"),
        ("a.csv", "1,2\n2,\n3,4\n", {}, "row 2: the followee is missing"),
        ("a.txt", "1 2 3\n2 3 4\n", {}, "row 1: 3 columns where two were expected"),
        ("a.txt", "1 2 3 4\n", {"weights": True}, "row 1: 4 columns where three"),
        ("a.txt", "1 2 3\n2 3 x\n", {"weights": True}, "row 2: weight 'x'"),
        ("a.txt", "1 2 3\n2 3 inf\n", {"weights": True}, "row 2: weight 'inf'"),
        ("a.txt", "1 2\n2 -3\n", {}, "row 2: followee -3; ids are 0 or more"),
        ("a.txt", "0 1\n7 1\n", {"size": 5}, "row 2: follower 7; ids are from 0 to 4"),
        ("a.txt", "# c\n1 2\n5 5\n6 6\n", {}, "row 3: 5 follows itself (2 of 3 do)"),
        ("a.txt", "5 5\n6 6\n", {"self_loops": "drop"}, "every one of its 2 arcs is a self-loop"),
        ("a.txt", b"1 2\n\xff\xfe 3\n", {}, "row 2: not UTF-8"),
        ("a.txt", "1 2\n2 3\n", {"memory_limit": 10}, "GB of memory"),
        ("a.txt.gz", gzip.compress(b"1 2\n2 3\n" * 9999, mtime=0)[:-30], {}, "damaged or cut short"),
        ("a.txt.gz", "1 2\n", {}, "damaged or cut short"),
        ("a.txt.zst", "1 2\n", {}, "not a sound .zst file"),
        ("a.parquet", "1 2\n", {}, "not a sound Parquet file"),
        ("a.npz", "1 2\n", {}, "not a sound npz file"),
        ("a.graphml", "1 2\n", {}, "not a sound graphml file"),
        ("a.xlsx", "1 2\n", {}, "known are .csv"),
        ("a.csv", "a,b\n1,2\n", {"columns": ("a", "c")}, "no column 'c'; it has: a, b"),
        ("a.graphml", "-", {"columns": ("a", "c")}, "a graphml file has none; leave out --columns"),
        ("a.gexf", "-", {"attributes": ("a",)}, "a gexf file has none"),
        ("a.npz", "-", {"columns": (0, 1)}, "npz file has none"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, name, content, options, says):
    path = write(tmp_path, name, content)
    with pytest.raises(GraphError) as caught:
        FollowerGraph.read(path, **options)
    message = str(caught.value)
    assert says in message
    assert str(path) in message
    assert "\n" not in message


def test_a_missing_file_or_a_folder(tmp_path):
    with pytest.raises(GraphError, match="no such file"):
        FollowerGraph.read(tmp_path / "a.txt")
    with pytest.raises(GraphError, match="is not a file"):
        FollowerGraph.read(tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), st.text('01 9-#,\t\n.x"', max_size=40).map(str.encode)))
@pytest.mark.parametrize("ending", [".txt", ".csv", ".parquet", ".gz", ".zst", ".gexf"])
def test_whatever_stands_there_is_a_graph_or_one_sentence(tmp_path, ending, content):
    path = write(tmp_path, f"fuzz{ending}", content)
    try:
        graph = FollowerGraph.read(path)
    except GraphError as error:
        assert str(path) in str(error)
    else:
        assert graph.number_of_edges() > 0


ENDINGS = [".txt", ".csv", ".tsv", ".csv.gz", ".txt.zst", ".txt.bz2", ".parquet", ".npz", ".graphml", ".gexf"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_written_and_read_back(tmp_path, ending):
    graph = FollowerGraph.from_edges([0, 0, 1, 2, 3], [1, 2, 2, 0, 0])
    path = tmp_path / f"graph{ending}"
    graph.write(path)
    again = FollowerGraph.read(path)
    assert sorted((int(u), int(v)) for u, v in again.edges) == sorted(graph.edges)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_labels_and_weights_are_written(tmp_path):
    graph = FollowerGraph.from_edges(["安", "b, c"], ["b, c", "d"], arc_data={"weight": [0.25, 2.0]})
    for ending in (".csv", ".parquet", ".graphml"):
        path = tmp_path / f"graph{ending}"
        graph.write(path)
        again = FollowerGraph.read(path, weights=True)
        assert list(again.edges(data="weight")) == list(graph.edges(data="weight"))
    with pytest.raises(GraphError, match="keeps no labels"):
        graph.write(tmp_path / "graph.npz")


def attributed(seed, directed):
    """A NetworkX graph with attributes of every kind on its arcs and nodes."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(12, 0.3, seed=seed, directed=directed)
    graph = nx.relabel_nodes(graph, {i: f'账号 <{i}> & "co"' for i in range(12)})
    for _, _, data in graph.edges(data=True):
        data.update(weight=float(rng.random()), since=int(rng.integers(9)), close=bool(rng.integers(2)))
        if rng.integers(2):
            data["note"] = "a < b"
    for name in list(graph)[:5]:
        graph.nodes[name]["city"] = "上海"
    return graph


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("ending", ["graphml", "gexf"])
def test_networkx_and_we_read_each_other(tmp_path, ending, directed):
    theirs = attributed(4, directed)
    path = tmp_path / f"theirs.{ending}"
    getattr(nx, f"write_{ending}")(theirs, path)
    ours = FollowerGraph.read(path)
    expected = theirs.to_directed()
    assert {(u, v): dict(d) for u, v, d in ours.edges(data=True)} == {
        (u, v): d for u, v, d in expected.edges(data=True)
    }
    assert dict(ours.nodes(data=True)) == dict(expected.nodes(data=True))
    plain = FollowerGraph.from_networkx(expected)  # without attributes of members and arcs that lack some
    plain = FollowerGraph.from_edges(
        [u for u, _ in plain.edges], [v for _, v in plain.edges],
        arc_data={key: [d[key] for *_, d in plain.edges(data=True)] for key in ("weight", "since", "close")},
    )  # fmt: skip
    path = tmp_path / f"ours.{ending}"
    plain.write(path)
    again = getattr(nx, f"read_{ending}")(path)
    for u, v, data in plain.edges(data=True):
        assert {key: again.edges[u, v][key] for key in data} == data
    assert list(FollowerGraph.read(path).edges(data=True)) == list(plain.edges(data=True))


EDGES = {
    "graphml": [
        '<edge source="a" target="b"/>',
        '<edge source="b" target="c" >\n <data key="w">2</data></edge>',
        '<edge source="c" target="a"><data key="w"> 3 </data></edge>',
        '<edge target="e" source="a" id="x"/>',
        '<!-- <edge source="a" target="z"/> -->',
        '<edge source="b&amp;" target="小红"/>',
    ],
    "gexf": [
        '<edge id="0" source="a" target="b" weight="2.0"/>',
        '<edge id="7" source="b" target="c" ></edge>',
        '<edge source="c" target="a" id="2"><attvalues><attvalue for="w" value="4"/></attvalues></edge>',
        '<edge source="a" target="e" label="friends"/>',
        '<!-- <edge id="9" source="a" target="z"/> -->',
        '<edge source="b&amp;" target="小红"/>',
    ],
}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["graphml", "gexf"]),
    picks=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    block=st.integers(1, 900),
)
def test_edges_taken_by_pattern_are_those_of_the_parser(tmp_path, monkeypatch, kind, picks, block):
    edges = "\n".join(EDGES[kind][pick] for pick in picks)
    head = {
        "graphml": '<graphml><key id="w" for="edge" attr.name="since" attr.type="int"/>'
        '<graph edgedefault="directed"><node id="a"/><node id="d"/>',
        "gexf": '<gexf><meta><edge source="no" target="no"/><edge source="no" target="no"/></meta>'
        '<graph defaultedgetype="directed">'
        '<attributes class="edge"><attribute id="w" title="since" type="integer"/></attributes>'
        '<nodes><node id="a" label="a"/><node id="d" label="Di"/></nodes><edges>',
    }[kind]
    tail = {"graphml": "</graph></graphml>", "gexf": "</edges></graph></gexf>"}[kind]
    text = f'<?xml version="1.0" encoding="utf-8"?>{head}{edges}{tail}'.encode()
    with monkeypatch.context() as patched:
        patched.setattr("sim.graph.xml_edges.BLOCK", block)
        ours = read_xml(io.BytesIO(text), kind)
        patched.setattr("sim.graph.xml_files.plain_edges", lambda block, kind: None)
        assert ours == read_xml(io.BytesIO(text), kind)


def test_numbers_come_back_as_numbers_from_xml(tmp_path):
    graph = FollowerGraph.from_edges([10, 30, 20], [20, 10, 30])
    alone = FollowerGraph.from_edges([0], [2], 4)
    for ending in ("graphml", "gexf"):
        graph.write(tmp_path / f"a.{ending}")
        assert list(FollowerGraph.read(tmp_path / f"a.{ending}")) == [10, 20, 30]
        assert list(FollowerGraph.read(tmp_path / f"a.{ending}", ids="text")) == ["10", "20", "30"]
        alone.write(tmp_path / f"b.{ending}")
        again = FollowerGraph.read(tmp_path / f"b.{ending}")
        assert again.labels is None and len(again) == 4


def test_rare_xml_is_left_to_networkx_and_entities_to_nobody(tmp_path):
    gexf = (
        '<gexf xmlns="http://www.gexf.net/1.2draft" xmlns:viz="http://www.gexf.net/1.2draft/viz" version="1.2">'
        '<graph defaultedgetype="directed"><nodes><node id="a" label="a"><viz:size value="2.5"/></node>'
        '<node id="b" label="b"/></nodes><edges><edge id="0" source="a" target="b"/></edges></graph></gexf>'
    )
    graph = FollowerGraph.read(write(tmp_path, "drawn.gexf", gexf))
    assert graph.nodes["a"]["viz"]["size"] == 2.5 and list(graph.edges) == [("a", "b")]
    bomb = '<!DOCTYPE g [<!ENTITY a "aaaa">]><graphml><graph edgedefault="directed"><node id="&a;"/></graph></graphml>'
    with pytest.raises(GraphError, match="declares entities"):
        FollowerGraph.read(write(tmp_path, "bomb.graphml", bomb))


def test_further_columns_are_read_as_attributes(tmp_path):
    graph = FollowerGraph.from_edges(
        [1, 2, 3],
        [2, 3, 1],
        arc_data={"weight": [0.5, 1.0, 2.0], "since": [3, 4, 5], "tie": ["old", "new", "old"]},
    )
    for ending in (".csv", ".tsv.gz", ".parquet"):
        path = tmp_path / f"graph{ending}"
        graph.write(path)
        again = FollowerGraph.read(path, weights=True, attributes=("since", "tie"))
        assert list(again.edges(data=True)) == list(graph.edges(data=True))
        with pytest.raises(GraphError, match="were expected; name those of follower"):
            FollowerGraph.read(path, weights=True, attributes=("tie",))
        with pytest.raises(GraphError, match="no column 'until'"):
            FollowerGraph.read(path, weights=True, attributes=("until",))
    path = write(tmp_path, "gap.csv", "u,v,tie\n1,2,old\n2,3,\n")
    with pytest.raises(GraphError, match="row 3: tie is missing"):
        FollowerGraph.read(path, attributes=("tie",))


def test_a_folder_that_cannot_be_written_to(tmp_path):
    with pytest.raises(GraphError, match="cannot be written"):
        FollowerGraph.from_edges([0], [1]).write(tmp_path / "nowhere" / "graph.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def graphs_folder():
    folder = os.environ.get("SEEDBED_DATA")
    if not folder:
        pytest.skip("SEEDBED_DATA does not say where the real graphs are")
    return Path(folder) / "graphs"


@pytest.mark.parametrize(
    ("name", "members", "arcs"),
    [
        ("wiki-Vote.txt", 7_115, 103_689),
        ("soc-Epinions1.txt.gz", 75_879, 508_837),
        ("nethept.txt", 15_229, 62_752),
    ],
)
def test_real_graphs(graphs_folder, name, members, arcs):
    if not (graphs_folder / name).exists():
        pytest.skip(f"{name} is not in {graphs_folder}")
    graph = FollowerGraph.read(graphs_folder / name)
    started = time.perf_counter()
    graph = FollowerGraph.read(graphs_folder / name)
    assert time.perf_counter() - started < 5
    assert (len(graph), graph.number_of_edges()) == (members, arcs)
    assert graph.report.complete
    if graph.labels is not None:
        assert (np.diff(graph.labels) > 0).all()
