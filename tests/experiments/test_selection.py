"""Which plan to take: against enumerations, known answers and simulation on cheap synthetic outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.comparison import intervals, mean_interval
from experiments.comparison.best import condition, met, pareto, share_of, standing
from experiments.comparison.intervals import skewness
from experiments.comparison.selection import allocate, kim_nelson, ocba
from experiments.comparison.sequential import BLOCK, Precision, look
from experiments.comparison.shapley import Coalition, coalitions, sampled, shares
from sim.errors import ConfigError

Float = npt.NDArray[np.float64]


def test_standing_of_plans_far_apart_and_equal() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 10, (50, 1))
    found = standing(shared + np.array([0.0, 1.0, 1.0]) + rng.normal(0, 0.1, (50, 3)))
    assert found.best.sum() == pytest.approx(1)
    assert found.best[0] == 0
    assert found.regret[0] == pytest.approx(1.0, abs=0.1)
    assert found.regret[1:].max() < 0.05
    # Equal plans share the chance.
    assert standing(np.ones((10, 4))).best == pytest.approx([0.25] * 4)


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=8))
def test_the_pareto_front_is_what_nobody_beats(plans: list[tuple[int, int, int]]) -> None:
    beaten = [any(all(a >= b for a, b in zip(p, q, strict=True)) and p != q for p in plans) for q in plans]
    assert pareto(plans).tolist() == [not b for b in beaten]


def test_shares_and_conditions() -> None:
    # Wilson's interval for 2 of 10, as computed by hand.
    found = share_of([True] * 2 + [False] * 8)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.05668, 0.50984), abs=1e-4)
    assert condition(">= 3e6", "goal") == (">=", 3e6)
    assert condition("< 5%", "goal") == ("<", 0.05)
    assert met([1.0, 2.0], "> 1", "goal").tolist() == [False, True]
    with pytest.raises(ConfigError, match="goal='much' cannot be read"):
        condition("much", "goal")


@pytest.mark.parametrize(
    ("outcome", "target"), [("normal", 0.02), ("exponential", 0.035), ("lognormal", 0.08)]
)
def test_coverage_of_samples_that_were_stopped(
    outcome: str, target: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "RESAMPLES", 1_499)
    rng = np.random.default_rng(3)
    centre = {"normal": 0.0, "exponential": 1.0, "lognormal": math.exp(0.5)}[outcome]
    asked = Precision("gmv", target, True)
    hits, sizes, trials = 0, [], 600
    for _ in range(trials):
        draws = 0.1 * (getattr(rng, outcome)(size=150) - centre)
        for n in range(2 * BLOCK, 151, BLOCK):
            if look(np.ones(n), 1.05 + draws[:n], asked).enough:
                break
        low, high, _ = mean_interval(0.05 + draws[:n])
        hits += low <= 0.05 <= high
        sizes.append(n)
    assert 0.93 <= hits / trials <= 0.975
    assert len(set(sizes)) > 3


def test_what_pairing_saved_and_what_is_asked() -> None:
    rng = np.random.default_rng(4)
    shared = rng.normal(10, 1, 50)
    found = look(shared, shared + rng.normal(0, 0.1, 50), Precision.read("gmv < 1%"))
    assert found.enough
    assert found.independent > 50 * 80
    assert Precision.read("trust < 0.002") == Precision("trust", 0.002, False)
    assert skewness(rng.exponential(1, 20_000)) == pytest.approx(2, abs=0.3)
    with pytest.raises(ConfigError, match="write for example 'gmv < 1%'"):
        Precision.read("gmv about 1")


def _source(rng: np.random.Generator, means: Float, noise: float, shared: float) -> tuple[list[int], object]:
    runs: list[int] = []

    def draw(plans: Sequence[int], count: int) -> Float:
        runs.append(len(plans) * count)
        common = rng.normal(0, shared, (count, 1))
        return np.asarray(common + means[list(plans)] + rng.normal(0, noise, (count, len(plans))))

    return runs, draw


def test_kim_nelson_keeps_its_promise_where_it_is_hardest() -> None:
    rng = np.random.default_rng(5)
    right, trials, spent = 0, 300, 0
    for _ in range(trials):
        means = np.zeros(5)
        means[3] = 1.0  # the best is just the indifference ahead of all others, which are equal
        runs, draw = _source(rng, means, 1.0, 5.0)
        found = kim_nelson(draw, 5, 1.0, 0.90, first=10)  # type: ignore[arg-type]
        right += found.best == 3
        spent += found.runs
        assert found.runs == sum(runs)
        assert found.promised
    assert right / trials >= 0.90
    # Pairing is what makes it cheap: the same plans without shared draws take many times the runs.
    runs, draw = _source(np.random.default_rng(6), np.array([0, 0, 0, 1.0, 0]), math.hypot(1.0, 5.0), 0.0)
    assert kim_nelson(draw, 5, 1.0, 0.90, first=10, most=5_000).runs > 5 * spent / trials  # type: ignore[arg-type]


def test_kim_nelson_drops_early_what_is_far_behind_and_may_give_up() -> None:
    _, draw = _source(np.random.default_rng(7), np.array([0.0, -50.0, 0.0]), 1.0, 0.0)
    found = kim_nelson(draw, 3, 0.5, first=10, most=12)  # type: ignore[arg-type]
    assert found.dropped[1] == 10
    assert not found.promised
    assert kim_nelson(draw, 1, 1.0).promised  # type: ignore[arg-type]


def test_ocba_gives_runs_to_the_close_and_the_noisy() -> None:
    runs = ocba([3.0, 2.9, 0.0, 2.9], [1.0, 1.0, 1.0, 4.0], 1_000)
    assert runs.sum() == 1_000
    # In proportion to variance over squared gap (Chen et al. 2000).
    assert runs[3] / runs[1] == pytest.approx(4.0, rel=0.05)
    assert runs[2] < 5


def test_runs_that_ocba_shares_out_find_the_best_more_often_than_equal_shares() -> None:
    rng = np.random.default_rng(9)
    means, trials, budget = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]), 300, 240

    def draw(counts: Sequence[int]) -> list[Float]:
        return [rng.normal(mean, 4.0, count) for mean, count in zip(means, counts, strict=True)]

    found = [allocate(draw, 8, budget, confidence=1.0) for _ in range(trials)]
    assert all(sum(f.runs) == budget and min(f.runs) >= 10 for f in found)
    equal = np.mean([int(np.argmax([v.mean() for v in draw([budget // 8] * 8)])) == 7 for _ in range(trials)])
    assert np.mean([f.best == 7 for f in found]) > equal + 0.03
    # Stopped at an estimated 90 %, a choice is off by more than the indifference about one time in ten.
    stopped = [allocate(draw, 8, 20_000, indifference=0.25, confidence=0.9, first=20) for _ in range(trials)]
    assert all(f.probability >= 0.9 and sum(f.runs) < 20_000 for f in stopped)
    assert np.mean([f.best == 7 for f in stopped]) > 0.87


def test_plans_without_any_variance_are_told_apart() -> None:
    def exact(counts: Sequence[int]) -> list[Float]:
        return [np.full(count, mean) for mean, count in zip([1.0, 2.0], counts, strict=True)]

    assert allocate(exact, 2, 100).probability == 1.0
    assert allocate(exact, 2, 100).runs == (10, 10)


def _value(coalition: Coalition) -> float:
    base = {"a": 3.0, "b": 1.0, "c": -2.0}
    together = 4.0 if {"a", "b"} <= coalition else 0.0
    return sum(base[name] for name in coalition) + together


def test_shapley_by_coalitions_equals_the_mean_over_all_orders_and_sums_on_every_seed() -> None:
    rng = np.random.default_rng(8)
    names = ["a", "b", "c"]
    values = {c: _value(c) + rng.normal(0, 1, 6) for c in coalitions(names)}
    assert len(values) == 8
    exact = shares(values, names)
    listed = shares(values, names, list(permutations(names)))
    for name in names:
        assert exact[name] == pytest.approx(listed[name])
    effect = values[frozenset(names)] - values[frozenset()]
    assert sum(exact.values()) == pytest.approx(effect)
    clean = shares({c: np.array([_value(c)]) for c in coalitions(names)}, names)
    assert [clean[n][0] for n in names] == pytest.approx([5.0, 3.0, -2.0])


def test_sampled_orders_above_six_actions_still_sum_and_come_close() -> None:
    names = [f"a{i}" for i in range(8)]
    worth = {name: float(i) for i, name in enumerate(names)}

    def value(c: Coalition) -> Float:
        return np.array([sum(worth[n] for n in c) + 2.0 * ("a0" in c and "a7" in c)])

    asked = coalitions(names)
    assert len(asked) < 2**8
    found = shares({c: value(c) for c in asked}, names, sampled(names))
    assert sum(found.values()) == pytest.approx(value(frozenset(names)))
    # An order and its reverse divide a pair's gain evenly.
    assert found["a0"][0] == pytest.approx(1.0)
