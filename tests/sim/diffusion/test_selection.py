"""Choice of first spreaders: against the best of all choices on small graphs, the references, and its own promises."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.diffusion import RULES, independent_cascade, linear_threshold, select_seed_members
from sim.diffusion.lazy_greedy import lazy_greedy
from sim.diffusion.probability import arcs_forward
from sim.diffusion.rivals import contested_sizes
from sim.errors import GraphError
from sim.graph import FollowerGraph, erdos_renyi, power_law_communities
from tests.sim.diffusion.oracles import by_arc, enumerate_cascade, influence


@given(st.integers(0, 2**20))
@settings(max_examples=15)
def test_the_choice_keeps_its_guarantee_against_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 7
    pairs = [(a, b) for a in range(size) for b in range(size) if a != b]
    arcs = [pairs[i] for i in rng.choice(len(pairs), 11, replace=False)]
    chances = rng.uniform(0, 1, len(arcs)).tolist()
    graph = influence(arcs, size)
    probability = by_arc(graph, dict(zip(arcs, chances, strict=True)))
    best = max(enumerate_cascade(arcs, chances, size, list(c))[1] for c in combinations(range(size), 2))
    for rule in ("imm", "opim", "celf++"):
        found = select_seed_members(graph, k=2, rule=rule, probability=probability, seed=seed, runs=100)
        exact = enumerate_cascade(arcs, chances, size, [int(r) for r in found.rows])[1]
        share = found.guarantee.share if found.guarantee else 1 - 1 / np.e - 0.1
        assert exact >= share * best - 1e-9
        assert exact >= 0.85 * best  # greedy is far better than its bound


@given(st.integers(0, 2**20))
@settings(max_examples=15)
def test_a_budget_is_kept_and_spent_well(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 7
    pairs = [(a, b) for a in range(size) for b in range(size) if a != b]
    arcs = [pairs[i] for i in rng.choice(len(pairs), 10, replace=False)]
    chances = rng.uniform(0, 1, len(arcs)).tolist()
    prices = rng.integers(1, 9, size).astype(float)
    graph = influence(arcs, size)
    probability = by_arc(graph, dict(zip(arcs, chances, strict=True)))
    affordable = [
        c for n in range(1, size + 1) for c in combinations(range(size), n) if prices[list(c)].sum() <= 12
    ]
    best = max(enumerate_cascade(arcs, chances, size, list(c))[1] for c in affordable)
    for rule in ("opim", "celf++", "degree", "discount"):
        found = select_seed_members(
            graph, budget=12, prices=prices, rule=rule, probability=probability, seed=seed, runs=100
        )
        assert found.cost == prices[found.rows].sum() <= 12
        exact = enumerate_cascade(arcs, chances, size, [int(r) for r in found.rows])[1]
        if found.guarantee:
            assert exact >= found.guarantee.share * best - 1e-9


def test_gains_on_fresh_worlds_are_those_of_separate_cascades() -> None:
    graph = erdos_renyi(2_000, 5 / 2_000, seed=1)
    for model, spread in (("ic", independent_cascade), ("lt", linear_threshold)):
        found = select_seed_members(graph, k=5, model=model, runs=40, seed=3)
        from sim.philox import derive_seed

        before = np.zeros(40, np.int64)
        assert found.gains is not None
        for j in range(5):
            sizes = spread(
                graph, found.members[: j + 1], runs=40, seed=derive_seed(3, 1), frequency=False
            ).sizes
            assert (sizes - before).tolist() == found.gains[:, j].tolist()
            before = sizes
        assert found.sizes.tolist() == before.tolist()


def test_lazy_greedy_is_greedy() -> None:
    graph = erdos_renyi(60, 3 / 60, seed=8)
    arcs = arcs_forward(graph, 0.3)
    longest = int(graph.followers_count().max())
    seed = np.uint64(5)
    rows, gains = lazy_greedy(arcs, 60, longest, list(range(60)), 6, seed, 80)
    chosen: list[int] = []
    total = 0.0
    for row, gain in zip(rows.tolist(), gains.tolist(), strict=True):
        means = [
            independent_cascade(graph, [*chosen, v], probability=0.3, runs=80, seed=5).mean
            if v not in chosen
            else 0
            for v in range(60)
        ]
        assert means[row] == max(means) and means[row] - total == pytest.approx(gain)
        chosen.append(row)
        total = means[row]


def test_rules_differ_where_the_graph_has_structure() -> None:
    graph = power_law_communities(20_000, seed=2)
    found = {
        rule: select_seed_members(
            graph, k=50, rule=rule, runs=300, seed=1, bands=[(200, 10), (20, 40)], epsilon=0.2
        )
        for rule in RULES
        if rule != "celf++"
    }
    for choice in found.values():
        assert len(choice.members) == 50 == len(set(choice.members))
        assert choice.interval[0] < choice.spread < choice.interval[1]
    assert found["imm"].spread > 1.02 * found["degree"].spread
    assert found["degree"].spread > 1.5 * found["random"].spread
    assert found["opim"].guarantee is not None and found["opim"].guarantee.share >= 1 - 1 / np.e - 0.2


def test_no_choice_depends_on_threads(threads: Any) -> None:
    graph = erdos_renyi(3_000, 6 / 3_000, seed=1)
    choices = []
    for count in (1, 2, 4):
        threads(count)
        found = [
            select_seed_members(graph, k=5, rule=r, runs=50, epsilon=0.3, seed=2) for r in ("imm", "opim")
        ]
        choices.append([(f.members, f.sizes.tolist(), str(f.guarantee)) for f in found])
    assert choices[0] == choices[1] == choices[2]


def test_rivals_keep_who_is_nearer_to_them() -> None:
    # 0 > 1 > 2 > 3 > 4: a rival in 0 leaves to a choice only what it reaches sooner.
    path = influence([(i, i + 1) for i in range(4)], 5)
    found = select_seed_members(path, k=1, rivals=[0], probability=1.0, rule="opim", runs=10)
    assert found.members == [1] and found.spread == 4
    graph = erdos_renyi(400, 4 / 400, seed=3)
    ours, theirs = np.array([1, 2], np.int32), np.array([3, 4], np.int32)
    won = contested_sizes(arcs_forward(graph, 0.4), 400, 400, ours, theirs, np.uint64(9), 30)
    both = independent_cascade(graph, [1, 2, 3, 4], probability=0.4, runs=30, seed=9).sizes
    lost = contested_sizes(arcs_forward(graph, 0.4), 400, 400, theirs, ours, np.uint64(9), 30)
    alone = independent_cascade(graph, [1, 2], probability=0.4, runs=30, seed=9).sizes
    assert (won <= alone).all() and (
        won + lost <= both
    ).all()  # who is as near to both is the other's in each
    contested = select_seed_members(graph, k=3, rivals=[5, 6], probability=0.4, runs=200, seed=1)
    plain = select_seed_members(
        graph, k=3, candidates=[v for v in range(400) if v not in (5, 6)], probability=0.4, runs=200, seed=1
    )
    assert contested.gains is None and contested.spread < plain.spread
    assert not {5, 6} & set(contested.members)


def test_linear_threshold_can_be_chosen_for_too() -> None:
    graph = power_law_communities(3_000, seed=2)
    best, usual = (select_seed_members(graph, k=10, model="lt", rule=r, runs=200) for r in ("imm", "random"))
    assert best.spread > 1.5 * usual.spread


def test_no_affordable_creator_is_left_out_for_want_of_sketches() -> None:
    size, hub, small = 20_000, 10_000, 20
    first = np.concatenate([np.zeros(hub, int), np.repeat(np.arange(1, small + 1), 10)])
    second = np.arange(len(first)) + small + 1
    graph = FollowerGraph.from_edges(second, first, size)
    prices = dict.fromkeys(range(small + 1), 1.0)
    found = select_seed_members(graph, budget=small + 1.5, prices=prices, probability=1.0, runs=1)
    assert sorted(found.rows) == list(range(small + 1))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "how many to choose by k"),
        ({"k": 5}, "k is from 1 to 4"),
        ({"k": 1, "rule": "best"}, "permitted are: imm, opim"),
        ({"budget": 2.0, "prices": {0: 3.0, 1: 5.0}}, "below the cheapest price, 3"),
        ({"budget": 2.0, "prices": {0: 0.0}}, "price of 0 is 0"),
        ({"budget": 2.0}, "belong together"),
        ({"k": 1, "candidates": [9]}, "no member 9"),
        ({"k": 1, "epsilon": 0.0}, "between 0 and 1"),
        ({"k": 1, "model": "si"}, '"ic" or "lt"'),
        ({"rule": "bands", "bands": [(1, 9)]}, "k=9"),
        ({"rule": "bands", "bands": [(2, 3)]}, "there are 2"),
    ],
)
def test_mistakes_are_named(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        select_seed_members(influence([(0, 1), (0, 2), (1, 3), (1, 2), (2, 3)], 4), runs=5, **keys)


@pytest.mark.parametrize(
    ("file", "expected"),
    [("nethept.txt", 964.8), ("wiki-Vote.txt", 1791.9), ("soc-Epinions1.txt.gz", 15647.0)],
)
def test_imm_finds_the_reference_spread(data_folder: Any, file: str, expected: float) -> None:
    graph = FollowerGraph.read(data_folder / "graphs" / file, self_loops="drop")
    found = select_seed_members(graph, k=50, epsilon=0.1, runs=2_000, seed=1)
    assert found.spread == pytest.approx(expected, rel=0.005)
