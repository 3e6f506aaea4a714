"""Rules: looked at in reviews only, on late and noisy figures, and unable to do anything but their steps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.plan_files import resolve
from scenarios.plans import Plan, build_plan
from scenarios.rules import build_rules
from sim.errors import ConfigError
from sim.levers import Desk
from tests.scenarios.desk import LIBRARY, World
from tests.scenarios.test_plans import START

COUPONS = {"lever": "coupons", "budget": 4e6, "cadence": 1, "depth": 0.2}


class Seen(Desk):
    """A desk that sees a figure grow by one a day and notes how it was asked for."""

    asked: list[tuple[Any, ...]] = []

    def observe(self, kpi: str, delay: int = 1, noise: float = 0.05, days: int = 1) -> float:
        self.asked.append((kpi, delay, noise, days))
        return float(self.day - delay)


def plan(rules: dict[str, Any], **keys: Any) -> Plan:
    written = {"as": "brand", "actions": {"a": COUPONS, "b": {**COUPONS, "budget": 1e6}}, "rules": rules}
    return build_plan(resolve({"plan": written | keys}, LIBRARY), START, 45)


def waves(it: Plan, days: int) -> dict[int, list[int]]:
    """Days on which each action hands out a wave."""
    world, seen = World(), {0: [], 1: []}  # type: ignore[var-annotated]
    Seen.asked = []
    for day in range(days):
        world.levers.clear()
        it.dawn(Seen(world))  # type: ignore[arg-type]
        for offer in world.levers.offers:
            if type(offer).__name__ == "CouponOffer":
                seen[offer.action].append(day)
        world.end_day()
    return seen


def test_a_rule_acts_in_the_review_after_its_condition_is_seen() -> None:
    rules = {
        "off": {"when": "dau >= 4", "then": {"pause": "a"}},
        "on": {"when": "dau_7d >= 12", "then": {"resume": "a"}},
    }
    it = plan(rules, operations={"review": 3, "delay": 2, "noise": 0.0})
    seen = waves(it, 20)
    # 4 is reached on day 4, seen on day 6, which is a review; 12 on day 12, seen on day 14, acted upon on day 15.
    assert seen == {0: [*range(6), *range(15, 20)], 1: list(range(20))}
    assert it.fired == {"off": [6], "on": [15]} or it.fired["off"][0] == 6
    assert set(Seen.asked) == {("dau", 2, 0.0, 1), ("dau", 2, 0.0, 7)}


def test_a_rule_may_stop_for_good_weaken_and_move_money() -> None:
    it = plan(
        {
            "a": {"when": "b.days >= 2", "then": {"stop": ["a"]}},
            "b": {
                "when": "a.left > 0",
                "then": {"strength": {"b": 0.5}, "move": {"from": "a", "to": "b", "yuan": 2e6}},
                "times": 1,
            },
        },
        operations={"review": 1},
    )
    seen = waves(it, 6)
    # What is known of an action is what was known last night.
    assert seen[0] == [0, 1, 2] and it.fired["b"] == [1]
    report = {row["action"]: row for row in it.report(Seen(World()))}  # type: ignore[arg-type]
    assert report["a"]["budget"] == pytest.approx(2e6)
    assert report["b"]["budget"] == pytest.approx(0.5e6 + 2e6)


def test_what_rules_did_is_saved_with_the_plan() -> None:
    rules = {"off": {"when": "dau >= 1", "then": {"pause": "a"}}}
    it = plan(rules, operations={"review": 1})
    waves(it, 5)
    other = plan(rules, operations={"review": 1})
    other.load(it.arrays())
    assert other.fired == it.fired == {"off": [2]} and other.named["a"].halted


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            {"when": "dauu > 3", "then": {"pause": "a"}},
            r"plan\.rules\.r\.when: column 'dauu' is unknown; did you mean dau",
        ),
        ({"when": "trust_true > 3", "then": {"pause": "a"}}, "is unknown"),
        ({"when": "dau", "then": {"pause": "a"}}, "without a comparison"),
        (
            {"when": "dau > 3", "then": {"pause": "c"}},
            r"then\.pause: action 'c' is unknown; .*permitted are: a, b",
        ),
        ({"when": "dau > 3", "then": {"shrink": "a"}}, "step 'shrink' is unknown"),
        ({"when": "dau > 3", "then": {}}, "then is empty"),
        ({"when": "dau > 3", "then": {"strength": {"a": 3}}}, "from 0 to 2"),
        ({"when": "dau > 3", "then": {"move": {"from": "a", "yuan": 3}}}, "needs from, to and yuan"),
        ({"when": "__import__('os').system('x')", "then": {"pause": "a"}}, "is no condition|not allowed"),
        ("pause a", "must hold when and then"),
    ],
)
def test_a_wrong_rule_is_one_sentence(rule: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan({"r": rule})


@given(st.text(st.sampled_from("abdgmuv_.()[]{}'\" 0123456789<>=!+-*/,:lambdaimportexec\n"), max_size=60))
def test_no_text_is_ever_executed(text: str) -> None:
    try:
        (rule,) = build_rules({"r": {"when": text, "then": {"pause": "a"}}}, ["a"])
    except ConfigError:
        return
    assert rule.condition.text == text
