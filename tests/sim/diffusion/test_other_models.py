"""Thresholds, epidemics and adoption against theory, and against each other where they coincide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.diffusion import (
    bass,
    bass_curve,
    complex_contagion,
    epidemic,
    independent_cascade,
    linear_threshold,
    seeding_value,
)
from sim.errors import GraphError
from sim.graph import FollowerGraph, complete, erdos_renyi
from tests.sim.diffusion.oracles import by_arc, influence


@given(st.integers(0, 2**32), st.integers(4, 40))
def test_the_two_walks_over_heeded_followees_reach_the_same_members(seed: int, size: int) -> None:
    graph = erdos_renyi(size, min(1.0, 3 / size), seed=seed)
    for steps in (None, 2):
        back = linear_threshold(graph, [0, 1], runs=20, seed=seed, max_steps=steps)
        along = linear_threshold(graph, [0, 1], runs=20, seed=seed, max_steps=steps, trees=True)
        assert back.sizes.tolist() == along.sizes.tolist()
        assert back.new_by_step.tolist() == along.new_by_step.tolist()
        assert back.counts.tolist() == along.counts.tolist()


def test_both_forms_of_linear_threshold_agree_step_by_step() -> None:
    graph = erdos_renyi(60, 4 / 60, seed=4)
    forms = [
        linear_threshold(graph, [0, 1, 2], form=f, runs=40_000, seed=3) for f in ("live_edge", "threshold")
    ]  # type: ignore[arg-type]
    steps = min(len(f.new_by_step) for f in forms)
    assert forms[0].new_by_step[:steps] == pytest.approx(forms[1].new_by_step[:steps], abs=0.09)
    assert forms[0].frequency == pytest.approx(forms[1].frequency, abs=0.02)


def test_weights_above_one_are_refused() -> None:
    graph = influence([(0, 2), (1, 2)], 3)
    with pytest.raises(GraphError, match=r"that 2 follows sum to 1.2"):
        linear_threshold(graph, [0], weight=by_arc(graph, {(0, 2): 0.6, (1, 2): 0.6}))


@pytest.mark.parametrize(("mean_degree", "cascades"), [(5.5, True), (6.0, False)])
def test_watts_cascades_stand_inside_the_window_only(mean_degree: float, cascades: bool) -> None:
    size = 100_000
    u, v = erdos_renyi(size, mean_degree / size / 2, seed=3).arcs()
    graph = FollowerGraph.from_edges(np.concatenate([u, v]), np.concatenate([v, u]), size=size)
    reached = [complex_contagion(graph, [v], threshold=0.18, frequency=False).mean for v in range(100)]
    assert (max(reached) > size / 2) is cascades


def test_contagion_needs_the_share_exactly() -> None:
    graph = influence([(0, 3), (1, 3), (2, 3)], 4)
    assert complex_contagion(graph, [0, 1], threshold=2 / 3).mean == 3
    assert complex_contagion(graph, [0], threshold=2 / 3).mean == 1
    assert complex_contagion(graph, [0], threshold=np.array([0, 0, 0, 0.3])).mean == 2
    with pytest.raises(GraphError, match="a share from 0 to 1"):
        complex_contagion(graph, [0], threshold=1.5)


def test_sir_with_recovery_at_once_is_the_independent_cascade() -> None:
    graph = erdos_renyi(3_000, 4 / 3_000, seed=1)
    sir = epidemic(graph, [0, 5], model="sir", probability=0.35, recovery=1.0, runs=50, seed=6)
    ic = independent_cascade(graph, [0, 5], probability=0.35, runs=50, seed=6)
    assert sir.sizes.tolist() == ic.sizes.tolist() and sir.counts.tolist() == ic.counts.tolist()


def test_sir_on_one_arc_has_its_transmissibility() -> None:
    # Over a geometric infectious period, T = p / (p + r - p r).
    graph = influence([(0, 1)], 2)
    found = epidemic(graph, [0], probability=0.2, recovery=0.3, runs=100_000, seed=1)
    assert found.mean - 1 == pytest.approx(0.2 / (0.2 + 0.3 - 0.06), abs=0.008)


def test_si_reaches_whoever_can_be_reached_and_sis_settles_at_its_level() -> None:
    graph = complete(200)
    si = epidemic(graph, [0], model="si", probability=0.02, runs=20, seed=1, max_steps=60)
    assert si.mean == 200 and si.active_by_step[-1] == 200
    # Mean field of SIS on a complete graph: i = (1 - r) i + ... balances where r i = (1 - i)(1 - (1 - p)**(n i)).
    sis = epidemic(
        graph, [0, 1, 2, 3, 4], model="sis", probability=0.004, recovery=0.4, runs=60, seed=1, max_steps=120
    )
    share = 0.5
    for _ in range(500):
        share += 0.1 * ((1 - share) * (1 - (1 - 0.004) ** (200 * share)) - 0.4 * share)
    assert sis.active_by_step[60:].mean() / 200 == pytest.approx(share, abs=0.03)
    with pytest.raises(GraphError, match="say how many steps"):
        epidemic(graph, [0], model="sis", probability=0.1, recovery=0.5)


@given(st.integers(0, 2**32), st.sampled_from(["si", "sir"]))
def test_more_infected_at_first_are_never_fewer_at_last(seed: int, model: Any) -> None:
    graph = erdos_renyi(30, 3 / 30, seed=seed)
    few, more = (
        epidemic(graph, s, model=model, probability=0.3, recovery=0.4, runs=20, seed=seed, max_steps=12)
        for s in ([0], [0, 1, 2])
    )
    assert (few.sizes <= more.sizes).all()


def test_bass_has_the_closed_form_where_everybody_hears_everybody() -> None:
    assert bass_curve(0.03, 0.38, [1, 5, 10, 20]) == pytest.approx(
        [0.03576, 0.33120, 0.81280, 0.99626], abs=6e-6
    )
    spread = bass(
        complete(800), innovation=0.03, imitation=0.38, horizon=10, steps_a_unit=40, runs=20, seed=1
    )
    shares = spread.active_by_step[[40, 200, 400]] / 800
    assert shares == pytest.approx(bass_curve(0.03, 0.38, [1, 5, 10]), abs=0.02)


def test_seeding_is_worth_acceleration_and_expansion() -> None:
    graph = erdos_renyi(400, 8 / 400, seed=2)
    seeds = list(range(10))
    value = seeding_value(graph, seeds, horizon=5, runs=40, seed=1)
    assert value.total == pytest.approx(value.acceleration + value.expansion)
    assert (value.acceleration >= 0).all() and (value.expansion >= 0).all() and value.expansion.mean() > 0
    # Without a discount nothing is gained by being earlier; with a horizon beyond which nobody waits nothing expands.
    assert (
        seeding_value(graph, seeds, horizon=5, discount=0.0, runs=10, seed=1).acceleration.tolist()
        == [0.0] * 10
    )
    assert (
        seeding_value(graph, seeds, horizon=400, steps_a_unit=2, runs=5, seed=1).expansion.tolist()
        == [0.0] * 5
    )
    plain, seeded = (bass(graph, s, horizon=5, runs=40, seed=1).sizes for s in ([], seeds))
    undiscounted = seeding_value(graph, seeds, horizon=5, discount=0.0, runs=40, seed=1)
    assert undiscounted.total == pytest.approx(seeded - plain)
