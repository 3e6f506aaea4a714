"""Reference graphs have the numbers that theory gives them."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from sim.errors import GraphError
from sim.graph import (
    chung_lu,
    complete,
    configuration_model,
    degree_corrected_blocks,
    erdos_renyi,
    preferential_attachment,
    watts_strogatz,
)
from sim.graph.statistics import clustering, distances, power_law_fit


def is_simple(graph):
    rows = np.repeat(np.arange(len(graph)), graph.followees_count())
    keys = rows * len(graph) + graph.followees
    return bool((np.diff(keys) > 0).all() and (rows != graph.followees).all())


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_complete(n):
    assert set(complete(n).edges) == set(nx.complete_graph(n, create_using=nx.DiGraph).edges)


def test_erdos_renyi_is_binomial():
    graph = erdos_renyi(3000, 0.01, seed=1)
    assert is_simple(graph)
    pairs = 3000 * 2999
    assert abs(graph.number_of_edges() - 0.01 * pairs) < 5 * np.sqrt(pairs * 0.01 * 0.99)
    # Neither the follower's nor the followee's row matters.
    for counts in (graph.followees_count(), graph.followers_count()):
        assert counts.var() == pytest.approx(29.7, rel=0.1)
        assert counts[:1500].mean() == pytest.approx(counts[1500:].mean(), rel=0.03)
    assert erdos_renyi(5, 1.0).number_of_edges() == 20
    assert erdos_renyi(5, 0.0).number_of_edges() == 0


def test_every_arc_of_a_small_erdos_renyi_graph_has_its_chance():
    found = (
        sum(erdos_renyi(4, 0.3, seed=seed).to_scipy().toarray().astype(float) for seed in range(3000)) / 3000
    )
    assert np.abs(found - 0.3 * (1 - np.eye(4))).max() < 5 * np.sqrt(0.21 / 3000)


def test_preferential_attachment_has_exponent_three():
    graph = preferential_attachment(60_000, 5, seed=2)
    assert is_simple(graph)
    assert (graph.followees_count()[5:] == 5).all()
    rows = np.repeat(np.arange(len(graph)), graph.followees_count())
    assert (graph.followees < rows).all()
    assert power_law_fit(graph.followers_count()).exponent == pytest.approx(3.0, abs=0.25)


def test_a_ring_gets_shorter_before_it_loses_its_triangles():
    ring, small, random = (watts_strogatz(2000, 10, p, seed=3) for p in (0.0, 0.05, 1.0))
    assert nx.average_clustering(nx.watts_strogatz_graph(2000, 10, 0)) == pytest.approx(clustering(ring))
    assert all(is_simple(graph) and graph.number_of_edges() == 20_000 for graph in (ring, small, random))
    assert distances(small, 20).mean < 0.15 * distances(ring, 20).mean
    assert clustering(small) > 0.7 * clustering(ring)
    assert clustering(random) < 0.05


def test_a_configuration_model_has_the_given_numbers():
    rng = np.random.default_rng(4)
    followees = rng.poisson(5, 4000)
    followers = rng.permutation(followees)
    graph = configuration_model(followees, followers, seed=4)
    report = graph.report
    assert report.read == followees.sum()
    assert report.kept == graph.number_of_edges() > 0.99 * report.read
    assert (graph.followees_count() <= followees).all()
    assert (graph.followers_count() <= followers).all()


def test_chung_lu_is_as_popular_as_asked():
    weights = np.ones(5000)
    weights[:100] = 20.0
    graph = chung_lu(np.full(5000, 12.0), weights, seed=5)
    counts = graph.followers_count()
    assert counts[:100].mean() / counts[100:].mean() == pytest.approx(20.0, rel=0.05)
    assert clustering(graph) < 0.05


def test_blocks_choose_each_other_in_the_given_shares():
    labels = np.repeat([0, 1, 2], [1000, 2000, 3000])
    mixing = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])
    graph = degree_corrected_blocks(labels, mixing, 15.0, seed=6)
    rows = np.repeat(labels, graph.followees_count())
    found = np.zeros((3, 3))
    np.add.at(found, (rows, labels[graph.followees]), 1)
    found /= found.sum(axis=1, keepdims=True)
    assert np.abs(found - mixing).max() < 0.02


@pytest.mark.parametrize(
    "make",
    [
        lambda: complete(-1),
        lambda: erdos_renyi(10, 1.5),
        lambda: preferential_attachment(5, 5),
        lambda: watts_strogatz(10, 3, 0.1),
        lambda: configuration_model([1, 1], [1, 2]),
        lambda: configuration_model([1.5], [1.5]),
        lambda: degree_corrected_blocks([0, 2], [[1, 0], [0, 1]], 3),
        lambda: degree_corrected_blocks([0, 1], [[1, 0], [0, 0]], 3),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(GraphError):
        make()


def test_no_reference_graph_depends_on_threads(threads):
    def drawn(count):
        threads(count)
        return [
            erdos_renyi(9_000, 0.001, seed=5),
            preferential_attachment(9_000, 4, seed=5),
            watts_strogatz(9_000, 6, 0.3, seed=5),
            configuration_model(np.full(9_000, 3), np.full(9_000, 3), seed=5),
            degree_corrected_blocks(np.arange(9_000) % 3, np.eye(3) + 0.1, 5.0, seed=5),
        ]

    for one, two in zip(drawn(1), drawn(2), strict=True):
        assert one.number_of_edges() > 20_000
        assert np.array_equal(one.followees, two.followees)
        assert np.array_equal(one.followees_offsets, two.followees_offsets)
