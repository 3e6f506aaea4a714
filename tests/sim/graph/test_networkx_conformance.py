"""NetworkX finds in a follower graph the DiGraph that it stands for.

Every function in NetworkX's register that takes a graph is called on twenty random graphs (see
`networkx_calls`), and so is every method; what raises on the one must raise the same on the other.
"""

from __future__ import annotations

import copy

import networkx as nx
import pytest

from sim.graph import FollowerGraph
from tests.sim.graph.networkx_calls import (
    ALWAYS_RAISES,
    ANY_ORDER,
    CALLED,
    GRAPHS,
    UNCOVERED,
    UNSTABLE,
    WRITES,
    call,
    first,
    last,
    plain,
    takes_two,
)

BEHAVIOUR = {
    "nodes": lambda g: list(g.nodes(data=True)),
    "edges": lambda g: list(g.edges(data=True)),
    "in_edges": lambda g: list(g.in_edges(data=True)),
    "out_edges of": lambda g: list(g.out_edges(first(g))),
    "edges weight": lambda g: list(g.edges(data="weight", default=1)),
    "adjacency": lambda g: {u: dict(row) for u, row in g.adjacency()},
    "adj": lambda g: {u: dict(g.adj[u]) for u in g},
    "succ": lambda g: {u: dict(g.succ[u]) for u in g},
    "pred": lambda g: {u: dict(g.pred[u]) for u in g},
    "degree": lambda g: (dict(g.degree), dict(g.in_degree), dict(g.out_degree)),
    "weighted degree": lambda g: (dict(g.degree(weight="weight")), dict(g.in_degree(weight="weight"))),
    "degree of": lambda g: (g.degree(first(g)), list(g.out_degree([first(g), last(g)]))),
    "sizes": lambda g: (len(g), g.order(), g.number_of_nodes(), g.size(), g.size("weight")),
    "number_of_edges": lambda g: (g.number_of_edges(), g.number_of_edges(first(g), last(g))),
    "has": lambda g: [
        (g.has_edge(u, v), g.has_successor(u, v), g.has_predecessor(u, v)) for u in g for v in g
    ],
    "get_edge_data": lambda g: [g.get_edge_data(u, v) for u in g for v in g],
    "nbunch": lambda g: list(g.nbunch_iter([first(g), "nobody"])),
    "neighbours": lambda g: [(list(g.neighbors(u)), list(g.predecessors(u))) for u in g],
    "subgraph": lambda g: list(g.subgraph(list(g)[::2]).edges(data=True)),
    "subgraph copy": lambda g: list(g.subgraph(list(g)[::2]).copy().edges),
    "edge_subgraph": lambda g: list(g.edge_subgraph(list(g.edges)[::2]).edges),
    "subgraph_view": lambda g: list(nx.subgraph_view(g, filter_node=lambda n: n != first(g)).edges),
    "restricted_view": lambda g: list(nx.restricted_view(g, [first(g)], []).edges),
    "reverse": lambda g: sorted(g.reverse().edges(data="weight"), key=str),
    "reverse_view": lambda g: list(nx.reverse_view(g).edges),
    "copy": lambda g: list(g.copy().edges(data=True)),
    "copy view": lambda g: list(g.copy(as_view=True).edges),
    "to_undirected": lambda g: sorted(g.to_undirected().edges(data=True), key=str),
    "to_undirected view": lambda g: sorted(map(set, g.to_undirected(as_view=True).edges), key=str),
    "to_undirected reciprocal": lambda g: list(g.to_undirected(reciprocal=True).edges),
    "to_directed": lambda g: list(g.to_directed().edges(data=True)),
    "convert": lambda g: list(nx.DiGraph(g).edges(data=True)),
    "dict of dicts": nx.to_dict_of_dicts,
    "dict of lists": nx.to_dict_of_lists,
    "numpy": lambda g: nx.to_numpy_array(g).tolist(),
    "scipy": lambda g: nx.to_scipy_sparse_array(g).toarray().tolist(),
    "pandas": lambda g: nx.to_pandas_edgelist(g).to_dict() if g.number_of_edges() else {},
    "relabel": lambda g: sorted(nx.convert_node_labels_to_integers(g).edges),
    "compose": lambda g: list(nx.compose(g, nx.DiGraph([(first(g), "new")])).edges),
    "complement": lambda g: list(nx.complement(g).edges),
    "union": lambda g: list(nx.disjoint_union(g, g).edges),
    "node_link": lambda g: nx.node_link_data(g, edges="links"),
    "line_graph": lambda g: list(nx.line_graph(g).edges),
    "info": lambda g: (nx.density(g), nx.is_directed(g), nx.number_of_selfloops(g), nx.is_empty(g)),
    "degree_histogram": nx.degree_histogram,
    "node attributes": lambda g: nx.get_node_attributes(g, "colour"),
    "edge attributes": lambda g: nx.get_edge_attributes(g, "weight"),
    "spring_layout": lambda g: {k: v.tolist() for k, v in nx.spring_layout(g, seed=1, iterations=3).items()},
    "write_edgelist": lambda g: list(nx.generate_edgelist(g)),
    "generate_adjlist": lambda g: list(nx.generate_adjlist(g)),
    "graphml": lambda g: list(nx.generate_graphml(g)),
    "gml": lambda g: list(nx.generate_gml(g)),
    "gexf": lambda g: list(nx.generate_gexf(g))[3:],
}
"""How a graph itself behaves, and functions that NetworkX keeps out of its register."""


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error)


def same(left, right):
    """Equal, with nan equal to nan and floats to a relative 1e-9."""
    if isinstance(left, float | complex) and isinstance(right, float | complex):
        return left == pytest.approx(right, rel=1e-9, abs=1e-12, nan_ok=True)
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("name", BEHAVIOUR)
@pytest.mark.filterwarnings("ignore")
def test_it_behaves_as_a_digraph(name):
    for number, plain_graph in enumerate(GRAPHS):
        expected, found = (
            plain(outcome(BEHAVIOUR[name], graph))
            for graph in (plain_graph, FollowerGraph.from_networkx(plain_graph))
        )
        assert same(found, expected), f"graph {number}: {found} instead of {expected}"


def test_every_function_that_takes_a_graph_is_called():
    assert len(CALLED) > 500
    assert UNCOVERED == []


@pytest.mark.parametrize("name", CALLED)
@pytest.mark.filterwarnings("ignore")
def test_a_function_gives_the_same(name):
    returned = 0
    errors = set()
    for number, graph in enumerate(GRAPHS):
        follower_graph = FollowerGraph.from_networkx(graph)
        expected = outcome(call, name, copy.deepcopy(graph))
        if isinstance(expected, type):
            errors.add(expected)
        returned += not isinstance(expected, type)
        found = outcome(call, name, follower_graph)
        if name in WRITES:
            # A graph that nothing need be written into, or a refusal.
            assert same(found, expected) or found is nx.NetworkXError
            found = outcome(call, name, follower_graph.copy())
        if name in UNSTABLE:
            found, expected = type(found), type(expected)
        elif name in ANY_ORDER and isinstance(expected, list):
            found, expected = sorted(found, key=str), sorted(expected, key=str)
        assert same(found, expected), f"graph {number}: {found} instead of {expected}"
        if takes_two(name) and name not in WRITES:
            mixed = outcome(call, name, follower_graph, copy.deepcopy(graph))
            assert same(mixed, expected), f"graph {number} with a DiGraph: {mixed} instead of {expected}"
    assert returned or errors == {nx.NetworkXNotImplemented} or name in ALWAYS_RAISES, f"only {errors}"


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.filterwarnings("ignore")
def test_what_writes_into_a_graph_wants_a_copy(name):
    """The exceptions are exceptions: each is refused on some graph, and leaves it as it was."""
    refused = 0
    for plain_graph in GRAPHS:
        graph = FollowerGraph.from_networkx(plain_graph)
        refused += outcome(call, name, graph) is nx.NetworkXError is not outcome(call, name, graph.copy())
        assert nx.utils.graphs_equal(graph.copy(), plain_graph)
    assert refused
