"""Independent cascades against exact answers: small graphs, random-graph theory, all worlds of hypothesis's graphs."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.diffusion import Spread, independent_cascade, linear_threshold, platform_mix, topic_match
from sim.diffusion.arc import passes
from sim.errors import GraphError
from sim.graph import FollowerGraph, complete, erdos_renyi
from tests.sim.diffusion.oracles import by_arc, enumerate_cascade, influence

DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 2)]


def close(spread: Spread, expected: float, sigmas: float = 5.0) -> bool:
    return abs(spread.mean - expected) < sigmas * spread.standard_error + 1e-9


def tree(branches: int, depth: int) -> FollowerGraph:
    arcs = [
        (v, branches * v + k + 1)
        for v in range((branches**depth - 1) // (branches - 1))
        for k in range(branches)
    ]
    return influence(arcs, arcs[-1][1] + 1)


@pytest.mark.parametrize(
    ("graph", "probability", "expected"),
    [
        (influence(DIAMOND, 4), 0.5, 83 / 32),
        (influence(DIAMOND, 4), 0.1, 1.22971),
        (influence([(i, i + 1) for i in range(5)], 6), 0.3, 1.42753),
        (tree(3, 5), 0.3, 4.68559),
        (complete(3), 0.5, 9 / 4),
    ],
)
@pytest.mark.parametrize("way", ["number", "array", "arc"])
def test_small_graphs_have_the_exact_spread(
    graph: FollowerGraph, probability: float, expected: float, way: str
) -> None:
    arcs = len(graph.followees)
    spread = independent_cascade(
        graph,
        [0],
        probability=np.full(arcs, probability) if way == "array" else probability,
        draws="arc" if way == "arc" else "member",
        runs=200_000,
        seed=11,
    )
    assert close(spread, expected)
    assert spread.new_by_step.sum() == pytest.approx(spread.mean)


def test_members_of_the_diamond_are_reached_as_often_as_they_should() -> None:
    spread = independent_cascade(influence(DIAMOND, 4), [0], probability=0.5, runs=200_000, seed=2)
    assert spread.frequency == pytest.approx([1, 1 / 2, 5 / 8, 15 / 32], abs=0.006)
    weights = by_arc(influence(DIAMOND, 4), dict(zip(DIAMOND, (0.5, 0.25, 0.5, 0.5, 0.25), strict=True)))
    for form in ("live_edge", "threshold"):
        lt = linear_threshold(influence(DIAMOND, 4), [0], weight=weights, form=form, runs=200_000, seed=2)
        assert close(lt, 2.3125)


graphs = st.integers(2, 7).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(
                lambda arc: arc[0] != arc[1]
            ),
            min_size=1,
            max_size=15,
            unique=True,
        ),
    )
)


@given(graphs, st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_all_worlds_of_a_small_graph_equal_the_simulation(shape: Any, random: Any, seed: int) -> None:
    size, arcs = shape
    chances = [random.choice([0.0, 0.02, 0.2, 0.25, 0.5, 0.9, 1.0]) for _ in arcs]
    seeds = random.sample(range(size), random.randint(1, 2))
    frequency, spread = enumerate_cascade(arcs, chances, size, seeds)
    graph = influence(arcs, size)
    runs = 8_000
    for draws in ("member", "arc"):
        found = independent_cascade(
            graph, seeds, probability=by_arc(graph, dict(zip(arcs, chances, strict=True))), runs=runs, seed=seed,
            draws=draws,
        )  # fmt: skip
        assert np.all(
            np.abs(found.frequency - frequency) <= 6 * np.sqrt(frequency * (1 - frequency) / runs) + 1e-9
        )
        assert close(found, spread, 6)


@given(graphs, st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_spread_is_monotone_and_submodular_in_every_world(shape: Any, random: Any, seed: int) -> None:
    size, arcs = shape
    graph = influence(arcs, size)
    order = random.sample(range(size), size)
    small = order[: random.randint(1, size - 1)]
    large = order[: random.randint(len(small), size - 1)]
    one = order[-1]
    models: list[Any] = [
        lambda s, p=p: independent_cascade(graph, s, probability=p, runs=50, seed=seed).sizes
        for p in (0.3, "wc", "trivalency")
    ]
    models += [
        lambda s: linear_threshold(graph, s, runs=50, seed=seed).sizes,
        lambda s: platform_mix(graph, s, probability=0.2, discovery=0.5, runs=50, seed=seed).sizes,
    ]
    for sizes in models:
        few, more = sizes(small), sizes(large)
        gain_few, gain_more = sizes([*small, one]) - few, sizes([*large, one]) - more
        assert (few <= more).all()
        assert (gain_few >= gain_more).all() and (gain_more >= 0).all()


def test_a_subcritical_cascade_is_a_branching_process_and_a_supercritical_one_fills_the_giant_component() -> (
    None
):
    graph = erdos_renyi(20_000, 5 / 20_000, seed=1)
    small = np.concatenate(
        [independent_cascade(graph, [v], probability=0.1, runs=400, seed=v).sizes for v in range(100)]
    )
    assert small.mean() == pytest.approx(1 / (1 - 0.5), abs=0.06)
    outbreaks = independent_cascade(graph, [3], probability=0.4, runs=400, seed=1).sizes
    outbreaks = outbreaks[outbreaks > 2_000]
    assert outbreaks.mean() / 20_000 == pytest.approx(0.796812, abs=0.008)


def undirected(degrees: list[int], seed: int) -> FollowerGraph:
    graph = nx.Graph(nx.configuration_model(degrees, seed=seed))
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return FollowerGraph.from_networkx(graph)


def test_percolation_on_configuration_models() -> None:
    mixed = undirected([1, 4] * 10_000, 1)
    everyone = [
        independent_cascade(mixed, [v], probability=0.3, runs=1, seed=v, frequency=False)
        for v in range(3_000)
    ]
    sizes = np.array([spread.sizes[0] for spread in everyone])
    assert sizes.mean() == pytest.approx(3.678571, abs=5 * sizes.std() / np.sqrt(len(sizes)))
    for graph, probability, share in ((mixed, 0.8, 0.7863275), (undirected([3] * 10_000, 2), 0.7, 0.9212828)):
        outbreaks = independent_cascade(graph, [5], probability=probability, runs=200, seed=4).sizes
        outbreaks = outbreaks[outbreaks > len(graph) / 4]
        assert outbreaks.mean() / len(graph) == pytest.approx(share, abs=0.012)


def test_no_result_depends_on_threads_and_one_wide_run_equals_narrow_ones(threads: Any) -> None:
    graph = erdos_renyi(30_000, 8 / 30_000, seed=2)
    found = {}
    for count in (1, 2, 4):
        threads(count)
        for runs in (1, 3, 40):
            spread = independent_cascade(graph, [1, 2, 3], probability=0.3, runs=runs, seed=9)
            mixed = platform_mix(graph, [1], probability=0.1, discovery=0.5, runs=runs, seed=9)
            heeded = linear_threshold(graph, [1], runs=runs, seed=9)
            found[count, runs] = [
                (s.sizes.tolist(), s.new_by_step.tolist(), s.counts.tolist()) for s in (spread, mixed, heeded)
            ]
    for runs in (1, 3, 40):
        assert found[1, runs] == found[2, runs] == found[4, runs]
    assert found[1, 40][0][0][:3] == found[1, 3][0][0]  # a run is a world, however many are asked for


def test_runs_are_numbered_and_steps_limited() -> None:
    graph = erdos_renyi(2_000, 4 / 2_000, seed=3)
    whole = independent_cascade(graph, [0], probability=0.4, runs=20, seed=1)
    halves = [
        independent_cascade(graph, [0], probability=0.4, runs=10, first_run=f, seed=1).sizes for f in (0, 10)
    ]
    assert np.concatenate(halves).tolist() == whole.sizes.tolist()
    cut = independent_cascade(graph, [0], probability=0.4, runs=20, seed=1, max_steps=2)
    assert cut.new_by_step.tolist() == whole.new_by_step[:3].tolist()
    assert (
        platform_mix(graph, [0], probability=0.4, discovery=0.0, runs=20, seed=1).sizes.tolist()
        == whole.sizes.tolist()
    )
    alone = platform_mix(graph, [0], probability=0.0, discovery=0.6, runs=20_000, seed=1)
    assert close(alone, 1 / (1 - 0.6), 6)


def test_arcs_drawn_one_by_one_are_those_of_the_common_function() -> None:
    graph = erdos_renyi(200, 6 / 200, seed=3)
    ids = np.arange(200, dtype=np.uint32) * 7 + 3
    found = independent_cascade(graph, [4], probability=0.3, runs=30, seed=8, draws="arc", ids=ids)
    for run in range(30):
        reached, queue = {4}, [4]
        for v in queue:
            for u in graph.followers[graph.followers_offsets[v] : graph.followers_offsets[v + 1]]:
                if passes(np.uint64(8), run, int(ids[u]), int(ids[v]), 0.3)[0] and int(u) not in reached:
                    reached.add(int(u))
                    queue.append(int(u))
        assert found.sizes[run] == len(reached)


def test_weighted_cascade_is_one_over_the_followees() -> None:
    graph = erdos_renyi(300, 5 / 300, seed=5)
    follower, _ = graph.arcs()
    chances = 1.0 / graph.followees_count()[follower]
    by_name = independent_cascade(graph, [0], runs=50, seed=1)
    assert (
        by_name.sizes.tolist()
        == independent_cascade(graph, [0], probability=chances, runs=50, seed=1).sizes.tolist()
    )


def test_members_answered_together_are_reached_as_one_by_one() -> None:
    rng = np.random.default_rng(3)
    size, hubs = 9_000, 7  # rows that fill a batch alone, beside hundreds of short ones
    ends = rng.integers(0, size, (2, 40_000))
    fans = np.concatenate([rng.choice(size, 5_000, replace=False) for _ in range(hubs)])
    graph = FollowerGraph.from_edges(
        np.concatenate([ends[0], fans]), np.concatenate([ends[1], np.repeat(np.arange(hubs), 5_000)]), size
    )
    arcs = len(graph.followees)
    mixed = rng.choice(
        [0.0, 1e-11, 0.001, 0.03, 0.2, 0.25, 0.26, 0.9, 1.0], arcs, p=[0.1] * 6 + [0.2, 0.1, 0.1]
    )
    weak = rng.random(arcs) * 0.1
    for probability in ("wc", "trivalency", mixed, weak, mixed * (mixed > 0.25), 0.004, 0.7, 1.0, 0.0):
        spread = independent_cascade(
            graph, [0, 3, 5, 800], probability=probability, runs=6, seed=4, trees=True
        )
        assert spread.cascades is not None  # followed one member after the other
        member, step = spread.cascades.member, spread.cascades.step
        assert spread.counts.tolist() == np.bincount(member, minlength=size).tolist()
        assert (spread.new_by_step * 6).round().tolist() == np.bincount(step).tolist()


def test_trees_have_the_shape_of_who_passed_to_whom() -> None:
    path = independent_cascade(influence([(0, 1), (1, 2)], 3), [0], probability=1.0, runs=2, trees=True)
    assert path.cascades is not None
    frame = path.cascades.trees()
    assert frame["depth"].tolist() == [2, 2] and frame["breadth"].tolist() == [1, 1]
    assert frame["virality"].to_numpy() == pytest.approx([4 / 3, 4 / 3])
    random = independent_cascade(
        erdos_renyi(500, 4 / 500, seed=1), [0, 9], probability=0.35, runs=20, seed=2, trees=True
    )
    assert random.cascades is not None
    for run in range(20):
        mine = random.cascades.run == run
        forest = nx.Graph()
        forest.add_nodes_from(random.cascades.member[mine].tolist())
        arcs = zip(random.cascades.member[mine].tolist(), random.cascades.parent[mine].tolist(), strict=True)
        forest.add_edges_from([arc for arc in arcs if arc[1] >= 0])
        trees = random.cascades.trees().query("run == @run")
        assert mine.sum() == random.sizes[run] == trees["size"].sum()
        for _, row in trees.iterrows():
            part = forest.subgraph(nx.node_connected_component(forest, row["root"]))
            assert len(part) == row["size"]
            if len(part) > 1:
                assert nx.average_shortest_path_length(part) == pytest.approx(row["virality"])


def test_topic_match_is_the_model_s_own_formula() -> None:
    graph = influence([(0, 1), (0, 2)], 3)
    interests = np.array([[0, 0], [255, 0], [0, 255]], np.uint8)
    assert topic_match(graph, interests, 0, 0.2) == pytest.approx([0.2 * 2.4, 0.2 * 0.4])


@pytest.mark.parametrize(
    ("members", "keys", "message"),
    [
        ([7], {}, "no member 7"),
        ([], {}, "no seed member"),
        ([0, 1, 0], {}, "seed member 0 is named 2 times"),
        ([0], {"probability": 1.2}, "probability is 1.2; it must be from 0 to 1"),
        ([0], {"probability": [0.5, 0.5, -0.1, 1, 1]}, r"arc 2 \(2 follows 1\) is -0.1"),
        ([0], {"probability": [0.5]}, "one for each of 5 arcs"),
        ([0], {"probability": "ic"}, "wc, trivalency"),
        ([0], {"runs": 0}, "runs is at least 1"),
        ([0], {"seed": -1}, "a seed is an integer"),
        ([0], {"draws": "both"}, '"member" or "arc"'),
    ],
)
def test_mistakes_are_named(members: list[int], keys: dict[str, Any], message: str) -> None:
    graph = influence([(0, 1), (0, 2), (1, 3), (2, 3), (1, 2)], 4)
    with pytest.raises(GraphError, match=message):
        independent_cascade(graph, members, **keys)
    with pytest.raises(GraphError, match="no member"):
        independent_cascade(FollowerGraph.from_edges([], [], size=0), [0])


@pytest.mark.parametrize(
    ("file", "rule", "expected"),
    [
        ("nethept.txt", "random", 214.9),  # the fiftieth most followed is a tie of seventeen
        ("wiki-Vote.txt", "followers", 1641.6),
        ("soc-Epinions1.txt.gz", "followers", 15396.0),
    ],
)
def test_real_graphs_have_the_reference_spread(
    data_folder: Any, file: str, rule: str, expected: float
) -> None:
    graph = FollowerGraph.read(data_folder / "graphs" / file, self_loops="drop")
    rows = np.argsort(-graph.followers_count(), kind="stable")[:50]
    if rule == "random":
        rows = np.random.default_rng(0).choice(len(graph), 50, replace=False)
    runs = 20_000 if rule == "random" else 2_000
    spread = independent_cascade(graph, graph.labels_of(rows), runs=runs, seed=1, frequency=False)
    assert spread.mean == pytest.approx(expected, rel=0.005)
