"""NetworkX's algorithms give the same on a follower graph as on the DiGraph it stands for.

Twenty random graphs, sparse and dense, with and without self-loops, weights and textual labels. Every
function below takes a graph and returns something comparable; what raises on the one must raise the same on
the other.
"""

from __future__ import annotations

from types import GeneratorType

import networkx as nx
import numpy as np
import pytest

from sim.graph import FollowerGraph


def _random_graph(number):
    rng = np.random.default_rng(number)
    size = int(rng.integers(2, 16))
    density = float(rng.uniform(0.05, 0.5))
    graph = nx.gnp_random_graph(size, density, seed=number, directed=True)
    if number % 4 == 1:
        graph.add_edges_from((node, node) for node in range(0, size, 3))
    if number % 4 == 3:
        graph = nx.DiGraph(edge for edge in graph.edges if edge[0] < edge[1])
        graph.add_nodes_from(range(size))
    if number % 3 == 1:
        graph.add_edges_from((u, v, {"weight": int(rng.integers(1, 9))}) for u, v in list(graph.edges))
    if number % 5 == 2:
        graph = nx.relabel_nodes(graph, {node: f"m{node}" for node in graph})
    # The order of rows: sorted neighbours, as a follower graph has them.
    ordered = nx.DiGraph()
    ordered.add_nodes_from((node, {"colour": str(node)}) for node in graph)
    rank = {node: place for place, node in enumerate(graph)}
    ordered.add_edges_from(sorted(graph.edges(data=True), key=lambda edge: (rank[edge[0]], rank[edge[1]])))
    return ordered


GRAPHS = [_random_graph(number) for number in range(20)]


def first(graph):
    return next(iter(graph))


def last(graph):
    return list(graph)[-1]


ALGORITHMS = {
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
    "pagerank": nx.pagerank,
    "pagerank weights": lambda g: nx.pagerank(g, alpha=0.5, personalization={first(g): 1}),
    "hits": lambda g: [{k: round(v, 6) for k, v in part.items()} for part in nx.hits(g, max_iter=2000)],
    "degree_centrality": nx.degree_centrality,
    "in_degree_centrality": nx.in_degree_centrality,
    "out_degree_centrality": nx.out_degree_centrality,
    "closeness": nx.closeness_centrality,
    "harmonic": nx.harmonic_centrality,
    "betweenness": nx.betweenness_centrality,
    "betweenness weights": lambda g: nx.betweenness_centrality(g, weight="weight"),
    "edge_betweenness": nx.edge_betweenness_centrality,
    "load": nx.load_centrality,
    "katz": lambda g: nx.katz_centrality(g, alpha=0.01),
    "eigenvector": lambda g: nx.eigenvector_centrality_numpy(g) if nx.is_strongly_connected(g) else None,
    "percolation": lambda g: nx.percolation_centrality(g, states=dict.fromkeys(g, 0.5)),
    "reaching": lambda g: [nx.local_reaching_centrality(g, u) for u in g],
    "trophic": nx.trophic_levels,
    "voterank": nx.voterank,
    "prominent group": lambda g: nx.group_betweenness_centrality(g, [first(g)]),
    "clustering": nx.clustering,
    "clustering weights": lambda g: nx.clustering(g, weight="weight"),
    "average_clustering": nx.average_clustering,
    "transitivity": nx.transitivity,
    "triadic_census": nx.triadic_census,
    "generalized_degree": lambda g: nx.generalized_degree(g.to_undirected()),
    "core_number": nx.core_number,
    "k_core": lambda g: sorted(nx.k_core(g).edges),
    "reciprocity": lambda g: (nx.overall_reciprocity(g), nx.reciprocity(g, list(g))),
    "assortativity": lambda g: round(nx.degree_assortativity_coefficient(g), 9),
    "attribute_assortativity": lambda g: nx.attribute_assortativity_coefficient(g, "colour"),
    "average_neighbor_degree": nx.average_neighbor_degree,
    "average_degree_connectivity": nx.average_degree_connectivity,
    "rich_club": lambda g: nx.rich_club_coefficient(g.to_undirected(), normalized=False),
    "s_metric": nx.s_metric,
    "weakly": lambda g: list(map(sorted, nx.weakly_connected_components(g))),
    "strongly": lambda g: sorted(map(sorted, nx.strongly_connected_components(g))),
    "kosaraju": lambda g: sorted(map(sorted, nx.kosaraju_strongly_connected_components(g))),
    "attracting": lambda g: sorted(map(sorted, nx.attracting_components(g))),
    "condensation": lambda g: sorted(nx.condensation(g).nodes(data="members"), key=str),
    "connected": lambda g: (nx.is_weakly_connected(g), nx.is_strongly_connected(g), nx.is_semiconnected(g)),
    "descendants": lambda g: (nx.descendants(g, first(g)), nx.ancestors(g, last(g))),
    "all_pairs": lambda g: dict(nx.all_pairs_shortest_path_length(g)),
    "shortest_path": lambda g: nx.shortest_path(g, first(g), last(g)),
    "shortest paths": lambda g: nx.single_source_shortest_path(g, first(g)),
    "all_shortest_paths": lambda g: list(nx.all_shortest_paths(g, first(g), last(g))),
    "dijkstra": lambda g: nx.single_source_dijkstra(g, first(g)),
    "bidirectional_dijkstra": lambda g: nx.bidirectional_dijkstra(g, first(g), last(g)),
    "bellman_ford": lambda g: nx.single_source_bellman_ford_path_length(g, first(g)),
    "floyd_warshall": lambda g: nx.floyd_warshall(g),
    "johnson": lambda g: nx.johnson(g),
    "astar": lambda g: nx.astar_path(g, first(g), last(g)),
    "average_shortest": nx.average_shortest_path_length,
    "eccentricity": nx.eccentricity,
    "diameter": nx.diameter,
    "global_efficiency": lambda g: nx.global_efficiency(g.to_undirected()),
    "bfs_tree": lambda g: list(nx.bfs_tree(g, first(g)).edges),
    "bfs_layers": lambda g: list(nx.bfs_layers(g, first(g))),
    "dfs": lambda g: list(nx.dfs_edges(g)),
    "dfs_postorder": lambda g: list(nx.dfs_postorder_nodes(g, first(g))),
    "edge_dfs": lambda g: list(nx.edge_dfs(g)),
    "is_dag": nx.is_directed_acyclic_graph,
    "topological_sort": lambda g: list(nx.topological_sort(g)),
    "topological_generations": lambda g: list(nx.topological_generations(g)),
    "lexicographical": lambda g: list(nx.lexicographical_topological_sort(g, key=str)),
    "transitive_closure": lambda g: sorted(nx.transitive_closure(g).edges),
    "transitive_reduction": lambda g: sorted(nx.transitive_reduction(g).edges),
    "dag_longest_path": nx.dag_longest_path,
    "antichains": lambda g: sum(1 for _ in nx.antichains(g)) if len(g) < 9 else None,
    "dominators": lambda g: nx.immediate_dominators(g, first(g)),
    "cycles": lambda g: sorted(map(sorted, nx.simple_cycles(g, length_bound=4))),
    "find_cycle": lambda g: list(nx.find_cycle(g)),
    "simple_paths": lambda g: sorted(nx.all_simple_paths(g, first(g), last(g), cutoff=4)),
    "has_path": lambda g: nx.has_path(g, first(g), last(g)),
    "is_aperiodic": nx.is_aperiodic,
    "is_tournament": nx.is_tournament,
    "maximum_flow": lambda g: nx.maximum_flow_value(g, first(g), last(g), capacity="weight"),
    "node_connectivity": lambda g: nx.node_connectivity(g, first(g), last(g)),
    "edge_connectivity": nx.edge_connectivity,
    "minimum_edge_cut": lambda g: len(nx.minimum_edge_cut(g, first(g), last(g))),
    "greedy branching": lambda g: sorted(nx.maximum_branching(g).edges),
    "louvain": lambda g: sorted(map(sorted, nx.community.louvain_communities(g, seed=1))),
    "label_propagation": lambda g: sorted(map(sorted, nx.community.asyn_lpa_communities(g, seed=1))),
    "greedy_modularity": lambda g: sorted(map(sorted, nx.community.greedy_modularity_communities(g))),
    "modularity": lambda g: nx.community.modularity(g, [set(g)]),
    "kernighan_lin": lambda g: sorted(
        map(sorted, nx.community.kernighan_lin_bisection(g.to_undirected(), seed=1))
    ),
    "dispersion": lambda g: nx.dispersion(g.to_undirected(), first(g), last(g)),
    "constraint": nx.constraint,
    "effective_size": nx.effective_size,
    "simrank": lambda g: nx.simrank_similarity(g, first(g), last(g)),
    "jaccard": lambda g: list(nx.jaccard_coefficient(g.to_undirected())),
    "dominating_set": lambda g: sorted(nx.dominating_set(g, first(g)), key=str),
    "flow_hierarchy": nx.flow_hierarchy,
    "wiener": nx.wiener_index,
    "weisfeiler_lehman": nx.weisfeiler_lehman_graph_hash,
    "isomorphic": lambda g: nx.is_isomorphic(g, g.copy()),
    "laplacian": lambda g: nx.directed_laplacian_matrix(g).round(9).tolist() if len(g) > 2 else None,
    "google": lambda g: nx.google_matrix(g).tolist(),
    "isolates": lambda g: list(nx.isolates(g)),
    "boundary": lambda g: (nx.node_boundary(g, [first(g)]), list(nx.edge_boundary(g, [first(g)]))),
    "cut_size": lambda g: nx.cut_size(g, {first(g)}, {last(g)}),
    "volume": lambda g: nx.volume(g, [first(g)]),
    "greedy_color": nx.greedy_color,
    "spring_layout": lambda g: {k: v.tolist() for k, v in nx.spring_layout(g, seed=1, iterations=3).items()},
    "write_edgelist": lambda g: list(nx.generate_edgelist(g)),
    "generate_adjlist": lambda g: list(nx.generate_adjlist(g)),
    "graphml": lambda g: list(nx.generate_graphml(g)),
    "gml": lambda g: list(nx.generate_gml(g)),
    "gexf": lambda g: list(nx.generate_gexf(g))[3:],
    "random_walk": lambda g: nx.adamic_adar_index(g.to_undirected()) is not None,
    "v_structures": lambda g: list(nx.dag.v_structures(g)),
    "closest": lambda g: nx.closeness_vitality(g, node=first(g)) if nx.is_strongly_connected(g) else None,
    "tree": lambda g: (nx.is_arborescence(g), nx.is_branching(g), nx.is_forest(g)),
    "minor": lambda g: sorted(nx.contracted_nodes(g, first(g), last(g), self_loops=False).edges),
    "quotient": lambda g: nx.quotient_graph(g, [{first(g)}, set(g) - {first(g)}]).number_of_edges(),
}

WRITES_INTO_ARCS = {
    "minimum spanning arborescence": nx.minimum_spanning_arborescence,
}
"""The exceptions: these keep working values in the attributes of the graph's own arcs, which are read-only
here.
"""


def outcome(function, graph):
    try:
        result = function(graph)
        return list(result) if isinstance(result, GeneratorType) else result
    except Exception as error:
        return type(error)


def same(left, right):
    """Equal, with nan equal to nan and floats to a relative 1e-9."""
    if isinstance(left, float | np.floating) and isinstance(right, float | np.floating):
        return left == pytest.approx(right, rel=1e-9, abs=1e-12, nan_ok=True)
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.filterwarnings("ignore")
def test_same_as_on_a_digraph(name):
    returned = 0
    for number, plain in enumerate(GRAPHS):
        expected = outcome(ALGORITHMS[name], plain)
        found = outcome(ALGORITHMS[name], FollowerGraph.from_networkx(plain))
        assert same(found, expected), f"graph {number}: {found} instead of {expected}"
        returned += not isinstance(expected, type)
    assert returned, f"{name} failed on every graph"


@pytest.mark.parametrize("name", WRITES_INTO_ARCS)
def test_what_writes_into_arcs_wants_a_copy(name):
    graph = FollowerGraph.from_edges([0, 0, 1], [1, 2, 2])
    with pytest.raises(nx.NetworkXError, match="read-only"):
        WRITES_INTO_ARCS[name](graph)
    assert WRITES_INTO_ARCS[name](graph.copy()).number_of_edges() <= 2
