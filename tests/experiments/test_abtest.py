"""Experiments inside the world: who is assigned to what, what estimators say, and that interference misleads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from experiments.abtest import estimators, units, verb
from experiments.abtest.play import Task, World, play
from experiments.abtest.verb import scores
from experiments.cli import main
from experiments.compose import compose
from experiments.pool import serial
from experiments.studies import executors
from experiments.studies.executors import Executor
from sim.graph import FollowerGraph

TINY = ["world=small", "world.members=600", "warmup_days=7", "days=14", "incentive=[coupons]", "plan.as=platform",
        "plan.actions.coupons.payer=platform", "plan.actions.coupons.budget=1e11"]  # fmt: skip
GENEROUS = ["plan.actions.coupons.depth=0.6", "plan.actions.coupons.cadence=2"]


def _world(
    words: list[str], seed: int = 0, unit: str = "member", measure: str = "orders", trials: int = 2
) -> World:
    return play(Task(compose([*TINY, *words]), seed, unit, 0.5, trials, 5, measure, 3, 1), lambda share: None)


# -- assignment ---------------------------------------------------------------------------------------------


def test_a_member_keeps_its_arm_whoever_else_takes_part() -> None:
    ids = np.arange(5_000)
    mine = units.assigned(ids, 0.3, 7, 1)
    assert np.array_equal(units.assigned(ids[::-1][:100], 0.3, 7, 1), mine[::-1][:100])
    assert mine.mean() == pytest.approx(0.3, abs=0.03)
    assert np.all(units.assigned(ids, 0.5, 7, 1)[mine])  # a larger share contains the smaller one
    assert np.mean(units.assigned(ids, 0.3, 7, 2) == mine) == pytest.approx(0.58, abs=0.03)
    counts = [units.balanced(9, 0.5, 7, e).sum() for e in range(20)]
    assert set(counts) == {4}
    assert units.balanced(2, 0.01, 7, 0).sum() == 1


def test_clusters_divide_those_who_are_here_and_follow_the_links() -> None:
    # Two circles of friends with one arc between them, and somebody who has left.
    ring = [(i, (i + j) % 8) for i in range(8) for j in (1, 2, 3)]
    arcs = np.array([*ring, *[(a + 8, b + 8) for a, b in ring], (0, 8), (16, 0)])
    graph = FollowerGraph.from_edges(arcs[:, 0], arcs[:, 1])
    here = np.arange(17) < 16
    links = units.symmetrised(graph, here)
    assert links[8, 0] == links[0, 8] == 1 and links[16].nnz == 0
    found = units.louvain(graph, here, 1)
    assert found[16] == -1
    assert len(set(found[:8])) == len(set(found[8:16])) == 1 and found[0] != found[8]
    egos = units.egos(graph, here, 1)
    assert egos[16] == -1 and np.all(egos[:16] >= 0)
    assert np.bincount(egos[:16]).max() <= units.EGO_MEMBERS + 1
    assert np.array_equal(units.egos(graph, here, 1), egos)
    on = units.arms("louvain", found, np.arange(17), 0.5, 1, 0)
    assert len({bool(v) for v in on[:8]}) == 1 and not on[16] and on.sum() == 8


# -- estimators ---------------------------------------------------------------------------------------------


def test_intervals_of_means_are_those_of_welch() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 2, 30), rng.normal(0, 1, 50)
    guess = estimators.welch(a, b)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert (guess.low, guess.high) == pytest.approx((expected.low, expected.high))


def test_clusters_widen_the_interval_until_it_covers() -> None:
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(40), 10)
    covered = np.zeros(2)
    for _ in range(400):
        on = rng.permutation(40)[:20]
        y = rng.normal(size=40)[cluster] + rng.normal(size=400)
        treated = np.isin(cluster, on)
        guesses = (estimators.difference_in_means(y, treated), estimators.clustered(y, treated, cluster))
        covered += [g.covers(0.0) for g in guesses]
    assert covered[0] / 400 < 0.75
    assert covered[1] / 400 == pytest.approx(0.95, abs=0.03)


def test_what_each_estimator_takes_for_an_effect() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(5, 1, 400)
    on = before > 5  # the better ones get the plan
    after = before + 0.5 + 0.2 * on + rng.normal(0, 0.01, 400)  # everybody grows by 0.5
    cluster = np.arange(400)
    assert estimators.difference_in_means(after, on).value > 1
    assert estimators.difference_in_differences(before, after, on, cluster).value == pytest.approx(
        0.2, abs=0.01
    )
    assert estimators.before_and_after(before, after).value == pytest.approx(0.5 + 0.2 * on.mean(), abs=0.01)
    dose = np.concatenate([np.zeros(7), rng.uniform(1, 3, 21)])
    line = estimators.correlation(4 + 0.1 * dose, dose)
    assert line.value == pytest.approx(0.1 * dose[7:].mean())
    arms = np.array([True, False, True, False, False, True])
    effect = np.repeat(arms, 4).astype(float)
    carried = effect.copy()
    carried[4::4] = np.repeat(arms, 4)[3:-1:4]  # yesterday's slice still works on the first day of the next
    assert estimators.switchback(carried, arms, 4, 0).value < 0.9
    assert estimators.switchback(carried, arms, 4, 1).value == pytest.approx(1.0)


# -- in the world -------------------------------------------------------------------------------------------


def test_where_stock_is_scarce_an_experiment_on_members_promises_too_much() -> None:
    """Members with a coupon empty the shelves for those without, so that the difference between them is more than
    what a coupon for everybody brings."""
    found = [_world([*GENEROUS, "world.members=1500", "days=21"], seed, trials=1) for seed in range(4)]
    said = np.mean([t["difference_in_means"].value for w in found for t in w.trials])
    direct = np.mean([t["direct"] for w in found for t in w.trials])
    total = np.mean([w.total for w in found])
    assert total > 0
    assert direct > 1.15 * total
    assert said > 1.15 * total
    score = scores(found)["difference_in_means"]
    assert score.bias == pytest.approx(said - total)
    assert score.power == 1.0


@pytest.mark.parametrize("unit", ["member", "ego"])
def test_a_plan_of_no_strength_is_an_a_a_test(unit: str) -> None:
    world = _world(["plan.actions.coupons.strength=0"], unit=unit, measure="reads", trials=1)
    assert world.total == 0.0
    trial = world.trials[0]
    assert trial["direct"] == 0.0
    for name in ("difference_in_means", "cluster_robust", "difference_in_differences"):
        assert trial[name] == trial[f"{name}/aa"]
    assert world.fixed["before_and_after"] == world.fixed["before_and_after/aa"]


def test_slices_of_time_switch_the_plan_on_and_off(capsys: pytest.CaptureFixture[str]) -> None:
    words = [*TINY, *GENEROUS, "seeds=0:1", "assignments=1", "before=3", "executor=serial", "measure=orders"]
    assert main(["abtest", *words, "unit=slice", "slice=3", "lang=en"]) == 0
    said = capsys.readouterr().out
    assert "switchback, washed out" in said and "no direct effect" in said


def test_authors_are_assigned_where_the_plan_is_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "world=small",
        "world.members=600",
        "warmup_days=7",
        "days=10",
        "content=[quality_boost]",
        "unit=creator",
    ]
    more = ["seeds=0:1", "assignments=1", "before=3", "executor=serial", "lang=zh"]
    assert main(["abtest", *words, *more]) == 0
    assert "作者笔记被阅读数" in capsys.readouterr().out


def test_a_cluster_is_asked_at_the_address_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def executor(who: str, address: str = "") -> Executor:
        asked.append((who, address))
        return lambda jobs, workers, on_progress: serial(jobs, on_progress)

    monkeypatch.setattr(executors, "executor", executor)  # as if Ray were there
    monkeypatch.setattr(verb, "executor", executor)
    words = [*TINY, "seeds=0:1", "assignments=1", "before=3", "executor=ray", "executor.address=h:1"]
    assert main(["abtest", *words]) == 0
    assert asked == [("ray", "h:1")] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["unit=sity"], "unit 'sity' is unknown; permitted are: creator, ego, louvain, member, slice"),
        (["unit=creator", "measure=orders"], "measure of unit=creator 'orders' is unknown"),
        (["share=2"], "share=2 is out of bounds"),
        (["share=x"], "share must be a number, not 'x'"),
        (["unit=slice", "slice=30"], "unit=slice needs at least four slices"),
        (["plan=none", "incentive=[]"], "abtest needs a plan"),
        (["workers=two"], "workers must be a whole number, not 'two'"),
        (["executor.address=h:1"], "executor.address=h:1 is that of a Ray cluster: add executor=ray"),
    ],
)
def test_mistakes(words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["abtest", *TINY[:4], "incentive=[coupons]", *words, "lang=en"]) == 2
    assert said in capsys.readouterr().err
    assert main(["abtest", *TINY[:4], "incentive=[coupons]", *words, "lang=zh"]) == 2
    assert not capsys.readouterr().err.startswith("错误：")  # every one of them has a Chinese sentence
