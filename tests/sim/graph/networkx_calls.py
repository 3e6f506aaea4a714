"""Twenty random graphs, and a call of every function of NetworkX that takes a graph.

A function's arguments come from a table by the names of its parameters, or from `SPECIAL` where a name says too
little. The other tables list, with the reason, what cannot be the same on a read-only graph.
"""

from __future__ import annotations

import importlib
import inspect
import itertools

import networkx as nx
import numpy as np
from networkx.utils.backends import _registered_algorithms as registered


def random_graph(number):
    """Sparse, dense, acyclic, complete, Eulerian, bipartite, trees; with loops, weights, labels; in random order."""
    rng = np.random.default_rng(number)
    size = int(rng.integers(2, 11))
    nodes = range(size)
    graph = nx.gnp_random_graph(size, float(rng.uniform(0.05, 0.5)), seed=number, directed=True)
    kind = number % 10
    if kind == 1:
        graph.add_edges_from((node, node) for node in nodes[::3])
    elif kind == 2:
        graph = nx.DiGraph((u, v) for u, v in graph.edges if u < v)
    elif kind == 3:
        graph = nx.complete_graph(min(size, 5), create_using=nx.DiGraph)
    elif kind == 4:
        graph = nx.DiGraph((u, (u + step) % size) for u in nodes for step in range(1, min(size, 3)))
    elif kind == 5:
        graph = nx.DiGraph((u, v) for u, v in graph.edges if u % 2 != v % 2)
    elif kind == 6:
        graph = nx.DiGraph((int(rng.integers(0, v)), v) for v in nodes[1:])
    elif kind == 7:
        graph = nx.DiGraph(
            (u, v) if rng.random() < 0.5 else (v, u) for u, v in itertools.combinations(nodes, 2)
        )
    graph.add_nodes_from(nodes[: 5 if kind == 3 else size])
    arcs = [(u, v, {"weight": int(rng.integers(1, 9))} if number % 3 else {}) for u, v in graph.edges]
    rng.shuffle(arcs)
    ordered = nx.DiGraph(name=f"graph {number}")
    places = {node: int(place) for place, node in enumerate(rng.permutation(len(graph)))}
    for node in sorted(graph, key=places.__getitem__):
        ordered.add_node(node, colour=str(node % 3), size=node % 4, pos=(node % 3, node // 3), time=node)
    ordered.add_edges_from(arcs)
    return nx.relabel_nodes(ordered, {node: f"m{node}" for node in ordered}) if number % 7 == 3 else ordered


GRAPHS = [random_graph(number) for number in range(20)]


def first(graph):
    return next(iter(graph))


def last(graph):
    return list(graph)[-1]


def half(graph):
    return set(list(graph)[: (len(graph) + 1) // 2])


def rest(graph):
    return set(graph) - half(graph)


def by_place(graph):
    return {node: place for place, node in enumerate(graph)}


ARGUMENTS = {
    **dict.fromkeys(
        ("source", "s", "_s", "u", "n", "start", "node", "node1", "root", "root1", "root2"), first
    ),
    **dict.fromkeys(("target", "t", "_t", "v", "node2"), last),
    **dict.fromkeys(("sources", "C"), lambda g: [first(g)]),
    **dict.fromkeys(("targets",), lambda g: [last(g)]),
    **dict.fromkeys(("nodes", "nbunch", "nbunch1", "S", "row_order", "top_nodes", "terminal_nodes"), half),
    **dict.fromkeys(("T", "nbunch2"), rest),
    **dict.fromkeys(("partition", "communities", "grouped_nodes"), lambda g: [half(g), rest(g)]),
    **dict.fromkeys(("k", "l", "distance", "threshold", "number_of_sets", "max_size"), lambda g: 2),
    **dict.fromkeys(("stretch", "walk_length", "sample_size", "time_delta"), lambda g: 3),
    **dict.fromkeys(("radius", "seed"), lambda g: 1),
    **dict.fromkeys(("capacity",), lambda g: "weight"),
    **dict.fromkeys(("name", "attribute"), lambda g: "colour"),
    "alpha": lambda g: 0.5,
    "minimum": lambda g: True,
    "num_colors": len,
    "coloring": by_place,
    "init_cycle": lambda g: [*g, first(g)],
    "node_attributes": lambda g: ["colour"],
    "mapping": lambda g: {node: (node,) for node in g},
    "edge": lambda g: next(iter(g.edges)),
    "cover": lambda g: set(g.edges),
    "avail": lambda g: [(first(g), last(g))],
    "values": lambda g: 1,
    "x": lambda g: {first(g)},
    "y": lambda g: {last(g)},
    "z": lambda g: set(),
    "matching": lambda g: set(),
    "center_nodes": lambda g: {first(g)},
    "flowDict": lambda g: {u: dict.fromkeys(g[u], 1) for u in g},
}
"""By the name of a parameter that has no default: its value for a graph."""

SPECIAL = {
    "astar_path": {"heuristic": lambda g: lambda u, v: 0},
    "bfs_beam_edges": {"value": lambda g: by_place(g).get, "width": lambda g: 2},
    "clustering": {"weight": lambda g: "weight"},
    "cut_size": {"T": rest},
    "degree_assortativity_coefficient": {"weight": lambda g: "weight"},
    "full_join": {"rename": lambda g: ("a", "b")},
    "graph_edit_distance": {"upper_bound": lambda g: 1},
    "katz_centrality": {"alpha": lambda g: 0.01},
    "maximum_flow": {"capacity": lambda g: "weight"},
    "mixing_expansion": {"T": rest},
    "number_of_spanning_trees": {"root": first},
    "numeric_assortativity_coefficient": {"attribute": lambda g: "size"},
    "optimal_edit_paths": {"upper_bound": lambda g: 1},
    "percolation_centrality": {"states": lambda g: dict.fromkeys(g, 0.5)},
    "prominent_group": {"k": lambda g: 1},
    "reciprocity": {"nodes": list},
    "set_edge_attributes": {"values": lambda g: {edge: {"new": 1} for edge in g.edges}},
    "set_node_attributes": {"values": lambda g: {first(g): {"new": 1}}},
    "simple_cycles": {"length_bound": lambda g: 4},
    "to_vertex_cover": {"matching": nx.bipartite.maximum_matching},
    "traveling_salesman_problem": {"method": lambda g: nx.approximation.greedy_tsp},
    "union": {"rename": lambda g: ("a", "b")},
    "union_all": {"rename": lambda g: ("a", "b")},
}
"""More or other arguments for some functions."""

NOT_CALLED = {
    "asadpour_atsp": "its ascent need not end on a small graph; it removes arcs from its argument",
    "build_flow_dict": "takes the residual network that a flow function has filled",
    "detect_unboundedness": "takes the residual network that a flow function has filled",
    "held_karp_ascent": "a step of asadpour_atsp",
    "spanning_tree_distribution": "a step of asadpour_atsp",
}
"""Not called, since they take no graph of ours or may run for ever."""

ALWAYS_RAISES = {
    "double_edge_swap": "not defined for directed graphs",
    "find_negative_cycle": "the weights are positive",
}
"""Functions that have no result on any of the graphs, besides those that take undirected graphs only."""

WRITES = {
    "directed_edge_swap": "swaps arcs",
    "eulerian_circuit": "removes arcs from the reversed graph, which is read-only, too",
    "eulerian_path": "removes arcs from the reversed graph, which is read-only, too",
    "is_kl_connected": "removes arcs from a deep copy, which is read-only, too",
    "kl_connected_subgraph": "removes arcs from a deep copy, which is read-only, too",
    "lukes_partitioning": "writes weights into arcs",
    "maximum_spanning_arborescence": "keeps working values in the attributes of arcs",
    "minimal_branching": "keeps working values in the attributes of arcs",
    "minimum_branching": "keeps working values in the attributes of arcs",
    "minimum_spanning_arborescence": "keeps working values in the attributes of arcs",
    "negative_edge_cycle": "adds a member for a while",
    "recursive_simple_cycles": "removes arcs for a while",
    "set_edge_attributes": "is there to write",
}
"""Functions that write into their argument: a read-only graph refuses, and a `copy` gives the same."""

ANY_ORDER = {
    "general_k_edge_subgraphs": "lists sets in arbitrary order",
    "k_edge_subgraphs": "lists sets in arbitrary order",
}
"""Compared sorted, because two copies of one DiGraph give different orders."""

UNSTABLE = {
    "partial_k_edge_augmentation": "hangs on the arbitrary order of sets",
}
"""Two copies of one DiGraph give different results, so that only kind and success are compared."""


def public(name):
    """The function that NetworkX exports, with its checks, for a name in its register."""
    inner = registered[name]
    return getattr(importlib.import_module(inner.__module__), inner.__name__)


def makers(name):
    """Parameters of a function that are to be given, each with the function that makes its value of a graph.

    A graph parameter has "graph", a list of graphs "graphs", and what no table covers None.
    """
    inner = registered[name]
    special = SPECIAL.get(name, {})
    making = {}
    for key, parameter in inspect.signature(inner.orig_func).parameters.items():
        if (
            parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            or key in inner.optional_graphs
        ):
            continue
        if key in inner.graphs:
            making[key] = "graphs" if key in inner.list_graphs else "graph"
        elif key in special:
            making[key] = special[key]
        elif parameter.default is parameter.empty or key == "seed":
            making[key] = ARGUMENTS.get(key)
    return making


def call(name, graph, other=None):
    """The function's result on a graph, in comparable form; `other` is its second graph, if it takes two."""
    graphs = itertools.chain([graph], itertools.repeat(graph if other is None else other))
    values = {}
    for key, making in makers(name).items():
        if making == "graph":
            values[key] = next(graphs)
        elif making == "graphs":
            values[key] = list(itertools.islice(graphs, 2))
        else:
            values[key] = making(graph)
    parameters = inspect.signature(registered[name].orig_func).parameters
    places = [key for key in values if parameters[key].kind is inspect.Parameter.POSITIONAL_ONLY]
    return plain(public(name)(*[values.pop(key) for key in places], **values))


def plain(result):
    """Lists, dictionaries and numbers in the place of graphs, views, generators and arrays."""
    if isinstance(result, nx.Graph):
        kind = (result.is_directed(), result.is_multigraph())
        return [
            "graph",
            *kind,
            list(map(plain, result.nodes(data=True))),
            list(map(plain, result.edges(data=True))),
        ]
    if isinstance(result, dict):
        return {key: plain(value) for key, value in result.items()}
    if isinstance(result, list | tuple) or hasattr(result, "__next__"):
        return [plain(value) for value in itertools.islice(result, 1000)]
    if isinstance(result, nx.classes.reportviews.DiDegreeView | nx.classes.reportviews.OutEdgeDataView):
        return list(result)
    for method in ("tolist", "toarray", "to_dict"):
        if hasattr(result, method):
            return plain(getattr(result, method)())
    return result


def takes_two(name):
    """Whether a function takes more than one graph."""
    kinds = [making for making in makers(name).values() if isinstance(making, str)]
    return len(kinds) > 1 or kinds == ["graphs"]


CALLED = sorted(
    name
    for name, function in registered.items()
    if function.graphs
    and not name.startswith("_")
    and name not in NOT_CALLED
    and None not in makers(name).values()
)
"""Names of all functions that are compared."""

UNCOVERED = sorted(
    name
    for name, function in registered.items()
    if function.graphs
    and not name.startswith("_")
    and name not in NOT_CALLED
    and None in makers(name).values()
)
"""Functions with a parameter that no table covers: there should be none."""
