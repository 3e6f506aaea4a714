"""NetworkX's functions run on the compiled kernels where they should, and only there, with NetworkX's results."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.graph import FollowerGraph, backend
from sim.networkx_info import FUNCTIONS, NAME

OWN_TESTS = (
    "link_analysis.tests.test_pagerank",
    "centrality.tests.test_degree_centrality",
    "tests.test_cluster",
    "tests.test_core",
    "tests.test_reciprocity",
    "components.tests",
    "assortativity.tests.test_correlation",
)


def test_networkx_s_own_tests_pass(tmp_path):
    """All of them, every function compiled for being called; what is not compiled falls back to NetworkX."""
    log = tmp_path / "dispatched.log"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--pyargs"]
        + [f"networkx.algorithms.{module}" for module in OWN_TESTS]
        + [f"--log-file={log}", "--log-file-level=DEBUG"],
        env={**os.environ, "NETWORKX_TEST_BACKEND": NAME, "NETWORKX_FALLBACK_TO_NX": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert re.fullmatch(r"\d{3} passed(, \d+ warnings?)? in .*", run.stdout.strip().splitlines()[-1])
    called = set(re.findall(rf"Using backend '{NAME}' for call to '(\w+)'", log.read_text()))
    assert called == set(FUNCTIONS)


def test_networkx_can_be_imported_without_the_kernels():
    code = "import networkx, sys; sys.exit(any(name in sys.modules for name in ('sim.graph', 'numba')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.fixture
def used(caplog):
    """Which backend a call was handed to."""
    caplog.set_level(logging.DEBUG, "networkx.utils.backends")

    def names():
        found = re.findall(r"Using backend '(\w+)'", caplog.text)
        caplog.clear()
        return found

    return names


@pytest.mark.filterwarnings("error")
def test_a_follower_graph_needs_no_asking_and_a_graph_of_networkx_does(used):
    plain = nx.gnp_random_graph(20, 0.2, seed=1, directed=True)
    graph = FollowerGraph.from_networkx(plain)
    expected = nx.pagerank(plain)
    assert used() == []
    for _ in range(2):
        assert nx.pagerank(graph) == pytest.approx(expected, rel=1e-12)
        assert used() == [NAME]
    assert nx.pagerank(plain, backend=NAME) == pytest.approx(expected, rel=1e-12)
    assert used() == [NAME]
    with nx.config.backend_priority(algos=[NAME]):
        nx.core_number(nx.DiGraph(plain.edges))
        assert used() == [NAME]
        nx.pagerank(nx.MultiDiGraph(plain.edges))
        assert used() == []


WEIGHTS = st.sampled_from([None, 1, 2, 0.5, 3])


@pytest.mark.filterwarnings("ignore:Note. conversions to backend graphs are saved")
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), WEIGHTS), min_size=1, max_size=30))
def test_an_undirected_graph_gives_the_same(edges):
    graph = nx.Graph()
    graph.add_nodes_from(range(5, 9))
    graph.add_edges_from((u, v, {} if weight is None else {"weight": weight}) for u, v, weight in edges)
    simple = nx.Graph(edge for edge in graph.edges if edge[0] != edge[1])
    for function, on, options in (
        (nx.degree_centrality, graph, {}),
        (nx.pagerank, graph, {"personalization": {5: 1, 0: 2, "nobody": 3}, "dangling": {6: 1}}),
        (nx.core_number, simple, {}),
        (nx.clustering, graph, {}),
        (nx.clustering, graph, {"weight": "weight", "nodes": [0, 5, "nobody"]}),
        (nx.average_clustering, graph, {"count_zeros": True}),
    ):
        assert function(on, backend=NAME, **options) == pytest.approx(
            function(on, **options), rel=1e-9, abs=1e-12
        )
    assert list(nx.connected_components(graph, backend=NAME)) == list(nx.connected_components(graph))
    if len({degree for _, degree in graph.degree(weight="weight") if degree}) > 1:
        found, expected = (
            nx.degree_assortativity_coefficient(graph, weight="weight", backend=name)
            for name in (NAME, "networkx")
        )
        assert found == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_every_function_is_there():
    assert all(callable(getattr(backend, name)) for name in FUNCTIONS)
    assert set(FUNCTIONS) <= set(nx.utils.backends._registered_algorithms)
    assert "seedbed : Compiled kernels" in nx.pagerank.__doc__
