"""Comparisons of arms: what is kept of runs is pooled over seeds before it is divided, and estimators find what was put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from experiments.compose import compose
from experiments.pool import Job, Outcome
from experiments.validation import statistics as st
from experiments.validation.judge import holds, judged
from experiments.validation.play import Stage, jobs
from experiments.validation.registry import INF, Check, Result, registry

rng = np.random.default_rng(11)


def contrasted(fact: str, seeds: Sequence[Mapping[str, Any]]) -> list[float]:
    """The numbers of a check from what is kept of arms, by the arms' names."""
    compare = registry()[fact].compare
    assert compare is not None
    with np.errstate(all="ignore"):
        return [float(value) for value in compare(seeds)]


def outcomes(check: Check, stage: Stage, seeds: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """As if the arms of each seed had been played."""
    return [
        Outcome(
            Job("", (stage.said, number), "", {"seed": number, "arm": check.arms[arm].key}),
            {"checks": {}, "kept": {check.fact: kept}},
        )
        for number, seed in enumerate(seeds)
        for arm, kept in seed.items()
    ]


def result(fact: str, stage: Stage, seeds: Sequence[Mapping[str, Any]]) -> Result:
    found = judged([stage], outcomes(registry()[fact], stage, seeds))
    return next(each for each in found if each.check.fact == fact)


def test_a_ratio_is_of_sums_over_seeds_and_its_error_leaves_out_one_at_a_time() -> None:
    stage = Stage((), 20_000, 28, (0, 1, 2), "trial")
    gmv, orders = (100.0, 300.0, 200.0), (110.0, 330.0, 260.0)
    seeds = [
        {"base": {"gmv": a, "orders": 1.0}, "changed": {"gmv": b, "orders": 1.1}}
        for a, b in zip(gmv, orders, strict=True)
    ]
    found = result("K5", stage, seeds)
    assert found.values == pytest.approx([700 / 600 - 1, 0.1])
    left = np.array([590 / 500, 370 / 300, 440 / 400])
    assert found.errors[0] == pytest.approx(np.sqrt(2 / 3 * ((left - left.mean()) ** 2).sum()))
    assert found.errors[1] == pytest.approx(0.0, abs=1e-12)


def test_a_seed_that_lacks_an_arm_is_left_out() -> None:
    stage = Stage((), 20_000, 28, (0, 1), "trial")
    whole = {"base": {"gmv": 1.0, "orders": 1.0}, "changed": {"gmv": 1.5, "orders": 2.0}}
    assert result("K5", stage, [whole, {"base": {"gmv": 9.0, "orders": 9.0}}]).values == pytest.approx(
        [0.5, 1.0]
    )


def test_a_direction_must_hold_with_its_interval() -> None:
    assert holds(0.02, 0.001, (0.001, INF), seeds=3)
    assert not holds(0.02, 0.01, (0.001, INF), seeds=3)  # 0.02 less 2.92 standard errors
    assert not holds(-0.02, 0.01, (-INF, -0.001), seeds=3)
    assert holds(0.02, 0.01, (0.001, INF), seeds=2)  # too few for an interval: the number alone
    assert holds(0.02, 0.01, (0.0, 0.03), seeds=3)  # a band, not a direction


def test_equal_arms_are_played_once_and_serve_every_check() -> None:
    asked = jobs(Stage((), 2_000, 42, (1, 2), "placements"))
    played = [(job.payload["seed"], job.payload["arm"]) for job in asked]
    assert len(set(played)) == len(played) == 2 * len({arm for _, arm in played})
    shared = next(job for job in asked if "E11" in job.payload["probes"])
    assert {"E15", "G6"} <= set(shared.payload["probes"])


def test_every_plan_of_an_arm_can_be_played() -> None:
    """One of each set of keys: values alone rarely make a plan wrong."""
    arms = [arm for check in registry().values() for arm in check.arms.values()]
    plans = {tuple(word.partition("=")[0] for word in arm.words): arm for arm in arms if arm.words}
    for arm in plans.values():
        compose(["world=community", "calendar=none", "world.members=20000", "days=400", *arm.words]).plan()


def test_an_inverted_u_rises_and_falls() -> None:
    x = rng.uniform(6, 15, 4_000)
    y = -0.2 * (x - 11) ** 2 + rng.normal(0, 1, len(x))
    low, high = st.slopes_of_parabola(x, y)
    assert low == pytest.approx(-0.4 * (np.quantile(x, 0.05) - 11), abs=0.1)
    assert high == pytest.approx(-0.4 * (np.quantile(x, 0.95) - 11), abs=0.1)
    rising, still = st.slopes_of_parabola(x, np.log(x))  # flattens and never falls
    assert rising > still > 0


def test_the_elasticity_of_spend_is_that_of_single_placements() -> None:
    price = np.sort(np.exp(rng.normal(7, 1.5, 5_000)))
    share = rng.uniform(0.01, 0.1, 5_000)  # of a real placement's interactions, that one of the sample shows
    kept = {"price": price, "share": share, "spent": price.sum()}
    kept["reactions"] = share * np.expm1(3 + 0.46 * np.log(price))
    better = {**kept, "reactions": 1.166 * kept["reactions"]}
    assert contrasted("E15", [{"base": kept, "value": better}]) == pytest.approx(
        [0.46, 0.166, 5_000], abs=5e-3
    )


def test_elasticities_of_ads_are_of_the_campaign_and_of_all_that_it_sold() -> None:
    base = {"during": 100.0, "all": 200.0, "spent": 1.0}
    more = {"during": 100.0 * 4**0.12, "all": 200.0 + 100.0 * (4**0.24 - 1), "spent": 4.0}
    assert contrasted("E18", [{"base": base, "changed": more}]) == pytest.approx([0.12, 0.24])


def test_who_took_a_coupon_is_looked_for_in_both_runs() -> None:
    held = np.array([True, True, True, True, False, False])
    rest = {"views": 10.0, "paid": 80.0, "listed": 100.0, "others": 5.0}
    base = {"bought": np.array([1, 0, 0, 0, 1, 0], bool), "held": np.zeros(6, bool), **rest}
    treated = {"bought": np.array([1, 1, 1, 0, 1, 0], bool), "held": held, **rest, "paid": 76.0}
    buyers, takers, _, _, price, _ = contrasted("K2", [{"base": base, "changed": treated}])
    assert (buyers, takers, price) == pytest.approx((1.0, 2.0, -0.05))


def test_revenue_of_a_coupon_is_told_apart_by_who_redeems() -> None:
    base = {
        "paid": np.array([100.0, 100.0, 100.0, 0.0]),
        "visits": np.array([10, 10, 10, 10]),
        "high": np.array([True, False, True, False]),
        "used": np.zeros(4, bool),
    }
    changed = base | {
        "paid": np.array([100.0, 160.0, 150.0, 0.0]),
        "visits": np.array([10, 12, 11, 10]),
        "used": np.array([False, True, False, False]),
    }
    revenue, part, visits, high = contrasted("K3", [{"base": base, "changed": changed}])
    # 50 from who did not redeem, and 20 of the redeemer's 60 by visiting a fifth more often
    assert (revenue, part, visits) == pytest.approx((110 / 300, 70 / 110, 3 / 40))
    assert high == pytest.approx(50 / 200 - 60 / 100)


def test_a_badge_pulls_those_who_are_near_it_and_lets_go_behind() -> None:
    near = {
        "first": np.array([5, 5, 4]),
        "last": np.array([3, 3, 2]),
        "reached": np.array([True, True, False]),
    }
    base = {**near, "all": np.array([20, 20, 20]), "far": np.array([4, 4])}
    changed = base | {
        "first": np.array([7, 7, 4]),
        "last": np.array([3, 3, 9]),
        "all": np.array([24, 22, 20]),
    }
    gain, far, after, same = contrasted("I3", [{"base": base, "changed": changed}])
    assert (gain, far, after, same) == pytest.approx((4 / 14, 0.0, 0.0, 1 / 3))


def test_before_and_after_is_not_the_paired_effect() -> None:
    half, days = 200, 400
    flat = {name: np.ones(days) for name in ("seconds", "visitors", "clicks", "click_orders", "reads")}
    flat |= {name: np.ones(days) for name in ("likes", "collects", "comments", "shares")}
    grown = np.where(np.arange(days) < half, 1.0, 1.3)
    base = flat | {"seconds": grown}  # time grows by itself
    treated = flat | {"seconds": grown * np.where(np.arange(days) < half, 1.0, 1.05)}
    found = contrasted("H1", [{"base": base, "programme": treated}])
    assert found[:2] == pytest.approx([1.3 * 1.05 - 1, 0.05])
    assert found[2:6] == pytest.approx([0.0] * 4)


def test_load_is_judged_on_creators_whom_both_runs_have() -> None:
    base = {
        "author": np.array([1, 2, 3]),
        "load": np.zeros(3),
        "reads": np.full(3, 100.0),
        "reactions": np.full(3, 8.0),
    }
    heavy = base | {
        "author": np.array([1, 2, 4]),
        "load": np.array([0.5, 0.1, 0.9]),
        "reactions": np.array([2.0, 8.0, 0.0]),
    }
    assert contrasted("G8", [{"base": base, "heavy": heavy}]) == pytest.approx([-0.75, -0.75, 0.02])
