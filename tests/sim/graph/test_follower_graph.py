"""A follower graph is made from any list of arcs, keeps its caller's labels, and cannot be changed."""

from __future__ import annotations

import copy
import pickle

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import GraphError
from sim.graph import FollowerGraph

PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40)
LABELS = st.one_of(st.integers(-5, 10**12), st.text(max_size=3), st.tuples(st.integers(0, 3)))


@settings(max_examples=80, deadline=None)
@given(PAIRS)
def test_rows_equal_a_set_of_pairs(pairs):
    u, v = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = FollowerGraph.from_edges(u, v, size=8)
    truth = {(a, b) for a, b in pairs if a != b}
    assert set(graph.edges) == truth
    assert {(a, b) for b in range(8) for a in graph.predecessors(b)} == truth
    assert all(graph.has_edge(a, b) == ((a, b) in truth) for a in range(8) for b in range(8))
    for row in range(8):
        assert list(graph[row]) == sorted(b for a, b in truth if a == row)
    report = graph.report
    assert (report.read, report.kept) == (len(pairs), len(truth))
    assert report.self_loops == sum(a == b for a, b in pairs)
    assert report.read == report.kept + report.self_loops + report.duplicates


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(LABELS, LABELS), max_size=20))
def test_the_caller_s_labels_are_kept(pairs):
    pairs = [(a, b) for a, b in pairs if a != b]
    graph = FollowerGraph.from_edges([a for a, _ in pairs], [b for _, b in pairs])
    assert set(graph) == {label for pair in pairs for label in pair}
    assert set(graph.edges) == set(pairs)
    assert graph.labels_of(graph.rows_of(graph)) == list(graph)
    again = FollowerGraph.from_networkx(graph.to_networkx())
    assert list(again) == list(graph)
    assert list(again.edges) == list(graph.edges)


def test_plain_numbers_need_no_labels_and_few_bytes():
    u = np.repeat(np.arange(1000), 15)
    graph = FollowerGraph.from_edges(u, (u * 31 + np.tile(np.arange(1, 16), 1000)) % 1000)
    assert graph.labels is None
    assert graph.nbytes <= 10 * graph.number_of_edges()


def test_arrows_turned_round():
    influence = nx.DiGraph([("star", "fan"), ("star", "friend")])
    graph = FollowerGraph.from_influence(influence)
    assert set(graph.edges) == {("fan", "star"), ("friend", "star")}
    assert set(FollowerGraph.from_influence([0, 0], [1, 2]).edges) == {(1, 0), (2, 0)}
    assert set(graph.reverse().edges) == set(influence.edges)
    assert nx.utils.graphs_equal(graph.reverse().reverse().copy(), graph.copy())


def test_attributes_follow_their_arcs():
    graph = FollowerGraph.from_edges(
        ["b", "a", "a", "b"], ["c", "c", "b", "c"], arc_data={"weight": [1.5, 2.5, 3.5, 9.0]}
    )
    assert graph["b"]["c"] == {"weight": 1.5}
    assert graph.pred["c"]["a"] == {"weight": 2.5}
    assert graph.size(weight="weight") == 7.5
    assert nx.utils.graphs_equal(graph.reverse().copy(), graph.copy().reverse())
    source = nx.DiGraph(title="mine")
    source.add_node("x", age=3)
    source.add_edge("x", "y", kind="friend")
    source.add_edge("y", "z", strength=2)
    kept = FollowerGraph.from_networkx(source)
    assert nx.utils.graphs_equal(kept.copy(), source)
    assert kept.nodes["x"] == {"age": 3}
    assert dict(kept.nodes(data="age")) == {"x": 3, "y": None, "z": None}


@pytest.mark.parametrize("labels", [None, [7, 9, 8], ["x", "y", "z"]])
def test_padded_with_members_without_arcs(labels):
    graph = FollowerGraph.from_edges([0, 1, 2], [1, 2, 0], size=3, labels=labels)
    more = graph.padded(5)
    assert len(set(more)) == len(more) == 5
    assert list(more)[:3] == list(graph)
    assert list(more.edges) == list(graph.edges)
    assert [list(rows) for rows in more.arcs()] == [[0, 1, 2], [1, 2, 0]]
    assert list(nx.isolates(more)) == list(more)[3:]
    with pytest.raises(GraphError, match="cannot be padded"):
        more.padded(4)


def test_a_matrix_there_and_back():
    matrix = scipy.sparse.random_array((30, 30), density=0.2, rng=np.random.default_rng(3))
    graph = FollowerGraph.from_scipy(matrix, weight="w")
    assert (graph.to_scipy("w") != matrix.tocsr()).nnz == 0
    assert graph.to_scipy().sum() == graph.number_of_edges()
    with pytest.raises(GraphError, match="square"):
        FollowerGraph.from_scipy(matrix[:3])


MUTATIONS = [
    lambda g: g.add_node(9),
    lambda g: g.add_nodes_from([9]),
    lambda g: g.remove_node(0),
    lambda g: g.remove_nodes_from([0]),
    lambda g: g.add_edge(0, 2),
    lambda g: g.add_edges_from([(0, 2)]),
    lambda g: g.add_weighted_edges_from([(0, 2, 1.0)]),
    lambda g: g.remove_edge(0, 1),
    lambda g: g.remove_edges_from([(0, 1)]),
    lambda g: g.update([(0, 2)]),
    lambda g: g.clear(),
    lambda g: g.clear_edges(),
    lambda g: g[0][1].update(weight=2),
    lambda g: g.edges[0, 1].__setitem__("weight", 2),
]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_mutation_is_refused(mutate):
    graph = FollowerGraph.from_edges([0, 1], [1, 2])
    with pytest.raises(nx.NetworkXError, match=r"[Ff]rozen graph"):
        mutate(graph)
    assert nx.is_frozen(graph)
    assert list(graph.edges) == [(0, 1), (1, 2)]


def test_a_copy_may_be_changed_and_an_empty_one_filled():
    graph = FollowerGraph.from_edges(["a"], ["b"])
    changed = graph.copy()
    changed.add_edge("b", "c", weight=1)
    assert type(changed) is nx.DiGraph
    assert graph.number_of_nodes() == 2
    assert type(graph.__class__()) is nx.DiGraph
    assert nx.is_frozen(graph.subgraph(["a"]))


@pytest.mark.parametrize("through", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_copied_whole(through):
    graph = FollowerGraph.from_networkx(nx.les_miserables_graph())
    again = through(graph)
    assert type(again) is FollowerGraph
    assert nx.utils.graphs_equal(again.copy(), graph.copy())


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (([0, 1], [1]), {}, "2 followers but 1 followees"),
        (([0, 5], [1, 1]), {"size": 3}, "arc 2 has follower 5: row numbers run from 0 to 2"),
        (([0, -1], [1, 1]), {"size": 3}, "arc 2 has follower -1"),
        ((["a"], ["b"]), {"size": 3}, "row numbers from 0 to 2, not 'a'"),
        (([0], [1]), {"labels": ["x", "x"]}, "distinct labels"),
        (([0, None], [1, 1]), {}, "arc 2 lacks a member"),
        (([0, 3], [1, 3]), {"self_loops": "error"}, "arc 2 lets 3 follow itself"),
        (([0], [1]), {"arc_data": {"w": [1, 2]}}, "'w'"),
    ],
)
def test_a_wrong_list_is_one_sentence(arguments, options, says):
    with pytest.raises(GraphError) as caught:
        FollowerGraph.from_edges(*arguments, **options)
    assert says in str(caught.value)


def test_an_unknown_label_is_named():
    graph = FollowerGraph.from_edges([3], [4])
    with pytest.raises(GraphError, match="no member 5"):
        graph.rows_of([3, 5])
    with pytest.raises(nx.NetworkXError):
        list(graph.successors(5))
    with pytest.raises(KeyError):
        graph[5]
    assert 5 not in graph
    assert [] not in graph
    assert graph.has_edge(3.0, 4)
