"""Statistics equal NetworkX's on small graphs and known values on drawn data."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from sim.errors import GraphError
from sim.graph import FollowerGraph, describe
from sim.graph.statistics import (
    assortativity,
    clustering,
    components,
    distances,
    gini,
    power_law_fit,
    reciprocity,
)


@pytest.mark.parametrize("seed", range(6))
def test_equal_to_networkx(seed):
    plain = nx.gnp_random_graph(40, 0.03 * (seed + 1), seed=seed, directed=True)
    graph = FollowerGraph.from_networkx(plain)
    assert reciprocity(graph) == pytest.approx(nx.overall_reciprocity(plain))
    assert clustering(graph, None) == pytest.approx(nx.average_clustering(plain.to_undirected()))
    assert assortativity(graph) == pytest.approx(nx.degree_assortativity_coefficient(plain))
    strong = list(nx.strongly_connected_components(plain))
    assert components(graph, strong=True) == (len(strong), max(map(len, strong)))
    assert components(graph).number == nx.number_weakly_connected_components(plain)
    lengths = [
        length for _, row in nx.all_pairs_shortest_path_length(plain) for length in row.values() if length
    ]
    found = distances(graph, None)
    assert found.mean == pytest.approx(np.mean(lengths))
    assert found.reached == pytest.approx(len(lengths) / (40 * 39))


def test_effective_diameter_is_interpolated():
    path = FollowerGraph.from_networkx(nx.path_graph(11, create_using=nx.DiGraph))
    # 10 pairs at distance 1, 9 at 2, ..., 55 in all; 49 lie within 7 and 52 within 8.
    assert distances(path, None).effective_diameter == pytest.approx(7 + (49.5 - 49) / 3)


def test_gini_of_known_shares():
    assert gini([1, 1, 1, 1]) == pytest.approx(0.0)
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert gini([1, 2, 3, 4]) == pytest.approx(0.25)


@pytest.mark.parametrize("exponent", [2.1, 2.8])
def test_a_drawn_power_law_is_found(exponent):
    rng = np.random.default_rng(5)
    body = rng.integers(1, 10, 20_000)
    # Continuous power law from 9.5 on, rounded: Clauset et al., appendix D.
    tail = np.floor(9.5 * (1 - rng.random(20_000)) ** (-1 / (exponent - 1)) + 0.5)
    fit = power_law_fit(np.concatenate([body, tail.astype(np.int64)]))
    assert fit.exponent == pytest.approx(exponent, abs=0.06)
    assert 8 <= fit.start <= 25


def test_too_few_values_are_refused():
    with pytest.raises(GraphError, match="50 values"):
        power_law_fit([1, 2, 3])


def test_an_empty_graph_is_described():
    text = str(describe(FollowerGraph.from_edges([], [], size=3)))
    assert "members" in text
