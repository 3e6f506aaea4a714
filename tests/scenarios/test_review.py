"""What is found about a plan before it is played: conflicts, overlaps, money, horizons, samples."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.plan_files import goal, resolve
from scenarios.plans import build_plan
from scenarios.review import findings, people_findings
from scenarios.review_texts import TEXTS
from sim.errors import ConfigError
from tests.scenarios.desk import LIBRARY, World
from tests.scenarios.test_plans import LIGHTER, START


def found(actions: dict[str, Any], days: int = 100, **keys: Any) -> set[tuple[str, str]]:
    written = {"as": "brand", "actions": actions, **keys}
    it = build_plan(resolve({"plan": written}, LIBRARY), START, days)
    return {(f.key, f.where.removeprefix("plan.actions.")) for f in findings(it, START, days)}


SOUND = {"budget": 1e7, "goals": {"gmv": ">= 1"}, "brand": "brand", "products": ["serum"]}


def test_a_sound_plan_has_no_findings_and_a_bare_one_is_told_what_is_missing() -> None:
    actions = {"a": {"lever": "coupons", "end": "start + 20d"}}
    assert found(actions, **SOUND) == set()
    assert found({}) == {("empty", "plan")}
    bare = {("plan_budget", "plan.budget"), ("goals", "plan.goals"), ("brand", "plan.brand")}
    assert found(actions) == bare


def test_dates_and_horizons_that_do_not_answer_the_question_are_found() -> None:
    late = {"a": {"lever": "coupons", "start": "2027-01-01", "end": "2027-01-09"}}
    assert ("outside", "a") in found(late, **SOUND)
    early = {"a": {"lever": "coupons", "start": "2025-01-01", "end": "start + 9d"}}
    assert ("early", "a") in found(early, **SOUND)
    short = {"a": {"lever": "coupons", "end": "start + 20d"}}
    assert found(short, 45, **SOUND) == {("horizon", "days")}
    slow = {"a": {"lever": "quality_boost", "end": "start + 9d", "assumed": True}}
    assert {("ramp", "a"), ("assumed", "a")} <= found(slow, **SOUND)


def test_overlaps_conflicts_and_idle_actions_are_found() -> None:
    twice = {name: {"lever": "coupons", "end": "start + 20d"} for name in "ab"}
    assert ("overlap", "a") in found(twice, **SOUND)
    twice["b"]["segment"] = "buyers"
    assert ("overlap", "a") not in found(twice, **SOUND)
    assert ("idle", "a") in found({"a": {"lever": "coupons", "strength": 0}}, **SOUND)
    levers = {}
    for name, size in (("more", 1.4), ("less", 0.8)):
        change = {**LIGHTER["changes"][0], "default": size, "low": size, "high": size}
        levers[name] = {"group": "experience", **LIGHTER, "changes": [change]}
    plan = {"as": "platform", "levers": levers, "actions": {n: {"lever": n} for n in levers}}
    keys = {f.key for f in findings(build_plan(plan, START, 45), START, 45)}
    assert "conflict" in keys


def test_money_that_is_missing_or_too_little_is_found() -> None:
    boost = {"a": {"lever": "quality_boost"}}
    assert ("over", "plan.budget") in found(boost, budget=1_000, **{"as": "platform"})
    with pytest.raises(ConfigError, match="both on the budget line 'media'"):
        found({n: {"lever": "coupons", "budget": "media"} for n in "ab"}, budgets={"media": 1e6})
    with pytest.raises(ConfigError, match="line 'medja' is unknown; did you mean media"):
        found({"a": {"lever": "coupons", "budget": "medja"}}, budgets={"media": 1e6})
    assert ("budget", "a") not in found(
        {"a": {"lever": "coupons", "budget": "media"}}, budgets={"media": 1e6}
    )


def test_segments_too_small_and_budgets_too_coarse_are_found_in_a_world() -> None:
    actions = {
        "few": {"lever": "coupons", "segment": "orders >= 3"},
        "none": {"lever": "coupons", "segment": "orders > 900"},
        "coarse": {"lever": "coupons", "budget": 5_000},
    }
    it = build_plan(resolve({"plan": {"as": "brand", "actions": actions}}, LIBRARY), START, 45)
    seen = {(f.key, f.where.rpartition(".")[2]) for f in people_findings(it, World().desk())}
    assert seen >= {("few", "few"), ("nobody", "none"), ("refused", "coarse")}


def test_every_finding_speaks_both_languages() -> None:
    for severity, en, zh in TEXTS.values():
        assert severity in ("error", "warning", "note") and en and zh


def test_goals_are_bounds() -> None:
    assert goal("gmv", ">= 3e6").reached(3e6) and not goal("gmv", "< 10").reached(10)
    assert not goal("gmv", "> 1").reached(float("nan"))
    for kpi, text, message in (
        ("gmv", "3e6", "is no bound"),
        ("gnv", "> 3", "did you mean gmv"),
        ("gmv", "> 3.3.3", "no number"),
    ):
        with pytest.raises(ConfigError, match=message):
            goal(kpi, text)
