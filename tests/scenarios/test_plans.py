"""Plans: composition, dates, money, execution, state; every mistake is one sentence that names the key."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.calendars import build_calendar
from scenarios.lever_files import lever_spec, moved
from scenarios.library import Library
from scenarios.plan_files import named_actions, resolve
from scenarios.plans import Plan, build_plan
from scenarios.review import findings
from sim.errors import ConfigError
from sim.levers import BoostOffer, CostOffer, CouponOffer
from tests.scenarios.desk import CONF, LIBRARY, WEIGHT, World

START = date(2025, 10, 13)
CHINA = build_calendar(LIBRARY.read("calendar", "china"))
LIGHTER = {
    "en": "Lighter screens",
    "zh": "更轻的页面",
    "id": "X01",
    "named_in": ["S0"],
    "perspective": ["platform"],
    "payer": "platform",
    "kind": "mechanism",
    "targets": "",
    "ramp": {"default": 4, "low": 0, "high": 9, "unit": "days", "source": "H25", "evidence": "weak"},
    "side_effects": "none, because it is a test",
    "kpis": {"dau": "up"},
    "changes": [
        {
            "mechanism": "visit.odds",
            "default": 1.4,
            "low": 1.1,
            "high": 2.0,
            "source": "x",
            "evidence": "assumption",
        }
    ],
    "costs": [
        {"what": "staff", "account": "staff", "per": per, "default": yuan, "low": 0, "high": 1e6}
        | {"source": "x", "evidence": "assumption"}
        for per, yuan in (("day", 1_000.0), ("start", 50_000.0))
    ],
}


def played(it: Plan, days: int) -> tuple[World, list[list[tuple[str, float]]]]:
    """Changes of each day."""
    world, seen = World(), []
    for _ in range(days):
        it.dawn(world.desk())
        seen.append([(str(c.mechanism), c.value) for c in world.levers.changes])
        world.end_day()
    return world, seen


def named(actions: dict[str, Any]) -> dict[str, Any]:
    """A platform's plan, resolved, with a declarative test lever ``lighter`` beside the shipped ones."""
    return resolve({"plan": {"as": "platform", "actions": actions}}, Shelf((CONF,)))


class Shelf(Library):
    """The shipped library with one more lever."""

    def names(self, group: str) -> list[str]:
        return [*super().names(group), *(["lighter"] if group == "experience" else [])]

    def read(self, group: str, name: str) -> dict[str, Any]:
        return {"lighter": LIGHTER} if name == "lighter" else super().read(group, name)

    def path(self, group: str, name: str) -> Path:
        return Path("lighter.yaml") if name == "lighter" else super().path(group, name)


def lighter(**keys: Any) -> Plan:
    return build_plan(named({"light": {"lever": "lighter", **keys}}), START, 45, CHINA)


def test_a_lever_of_pure_data_ramps_pays_and_ends() -> None:
    it = lighter(start="start + 1d", end="start + 6d")
    world, seen = played(it, 9)
    values = [day[0][1] if day else 1.0 for day in seen]
    assert values == pytest.approx([1.0, 1.1, 1.2, 1.3, 1.4, 1.4, 1.4, 1.0, 1.0])
    yuan = world.ledger.amount(0, 99, debit="platform", credit="staff", what="staff") * WEIGHT / 100
    assert yuan == pytest.approx(50_000 + 6 * 1_000, abs=WEIGHT / 100)
    assert it.report(world.desk())[0]["spent"] == pytest.approx(yuan)


def course(change: dict[str, Any], days: int, **keys: Any) -> list[float]:
    """Sizes of a mechanism over the days of an action with one change."""
    lever = {**LIGHTER, "costs": [], "changes": [{**LIGHTER["changes"][0], **change}]}
    lever["ramp"] = {**LIGHTER["ramp"], "default": 0}
    plan = {"as": "platform", "actions": {"a": {"lever": "x", **keys}}}
    it = build_plan({**plan, "levers": {"x": {"group": "experience", **lever}}}, START, 45)
    return [day[0][1] if day else 1.0 for day in played(it, days)[1]]


def test_side_effects_may_fade_or_begin_when_the_action_ends() -> None:
    fading = course({"course": "fades", "days": 4.0}, 6)
    assert fading == pytest.approx([1.4, 1.3, 1.2, 1.1, 1.0, 1.0])
    lingering = course({"course": "after", "days": 2.0}, 6, end="start + 2d")
    assert lingering == pytest.approx([1.0, 1.0, 1.0, 1.4, 1.2, 1.0])


def test_a_budget_is_stretched_or_spent_until_it_is_gone() -> None:
    for pacing, days in (("even", 45), ("stop", 3)):
        world, seen = played(lighter(budget=52_000, pacing=pacing), 10)
        assert sum(bool(day) for day in seen) == min(days, 10) - (pacing == "stop")
        assert world.ledger.amount(0, 99, debit="platform") * WEIGHT / 100 <= 53_000


def test_process_levers_move_how_the_operator_works() -> None:
    team = {
        **LIGHTER,
        "kind": "process",
        "ramp": {**LIGHTER["ramp"], "default": 0},
        "costs": [],
        "changes": [{**LIGHTER["changes"][0], "mechanism": "operator.execution", "low": 0.1, "default": 0.2}],
    }
    team["changes"][0]["high"] = 0.5
    plan = {
        "as": "platform",
        "execution": 0.6,
        "operations": {"latency": 2},
        "actions": {
            "a": {"lever": "lighter", "ramp": 0, "end": "start + 5d"},
            "b": {"lever": "team", "end": "start + 3d"},
        },
        "levers": {
            "lighter": {"group": "experience", **LIGHTER},
            "team": {"group": "organisation", **team},
        },
    }
    _, seen = played(build_plan(plan, START, 45), 6)
    sizes = [day[0][1] if day else 1.0 for day in seen]
    # Launched two days late; execution 0.6, and 0.6 + 0.6 x 0.2 while there is a team.
    assert sizes == pytest.approx([1.0, 1.0, 1.288, 1.288, 1.24, 1.24])


def test_weak_teamwork_halves_the_effect_and_doubles_the_ramp() -> None:
    _, seen = played(lighter(execution=0.5), 10)
    assert [d[0][1] for d in seen][6:] == pytest.approx([1.175, 1.2, 1.2, 1.2])


def test_an_action_of_no_strength_says_nothing_at_all() -> None:
    actions = {
        "a": {"lever": "lighter", "strength": 0},
        "b": {"lever": "quality_boost", "strength": 0},
        "c": {"lever": "coupons", "strength": 0},
        "d": {"lever": "kol_koc_mix", "strength": 0, "assumed": True},
    }
    it = build_plan(named(actions), START, 45, CHINA)
    world = World()
    it.dawn(world.desk())
    assert not world.levers.offers and not world.levers.changes and not it.arrays()
    assert {"idle"} <= {finding.key for finding in findings(it, START, 45)}


def test_a_budget_stops_an_action() -> None:
    world, seen = played(lighter(budget=52_000), 8)
    assert [bool(day) for day in seen][:3] == [True, True, False]
    assert world.ledger.amount(0, 99, debit="platform") * WEIGHT / 100 <= 53_000


def test_costs_below_a_fen_of_the_sample_are_carried_over() -> None:
    lever = {**LIGHTER, "costs": [{**LIGHTER["costs"][0], "default": 7.0}]}
    it = build_plan(
        {
            "as": "platform",
            "actions": {"a": {"lever": "x"}},
            "levers": {"x": {"group": "experience", **lever}},
        },
        START,
        45,
    )
    world, _ = played(it, 20)
    assert world.ledger.amount(0, 99, debit="platform") == int(20 * 7 * 100 / WEIGHT)


def test_the_order_of_listing_changes_nothing() -> None:
    actions = {name: {"lever": "lighter", "start": f"start + {i}d"} for i, name in enumerate("cab")}
    one, other = (
        build_plan(named(dict(order)), START, 45) for order in (actions.items(), reversed(actions.items()))
    )
    assert one.action_names == other.action_names == ["a", "b", "c"]
    assert played(one, 5)[1] == played(other, 5)[1]


def test_levers_on_the_command_line_become_actions_of_their_name() -> None:
    config = {
        "plan": {"as": "platform", "actions": {"coupons": {"depth": 0.2}}},
        "content": LIBRARY.read("content", "quality_boost"),
        "incentive": LIBRARY.read("incentive", "coupons"),
    }
    it = build_plan(resolve(config, LIBRARY), START, 45)
    assert it.action_names == ["coupons", "quality_boost"] and it.payers == ["brand", "platform"]
    assert next(iter(it)).parameters["depth"] == 0.2
    config["plan"]["actions"]["coupons"]["lever"] = "coupons"  # type: ignore[index]
    with pytest.raises(ConfigError, match="has one of that name already"):
        named_actions(config)


def test_a_segment_is_frozen_at_the_start_unless_it_is_dynamic() -> None:
    for dynamic, same in ((False, True), (True, False)):
        it = lighter(segment="orders >= 2", dynamic=dynamic)
        world = World()
        it.dawn(world.desk())
        first = world.levers.segments[0].copy()
        world.state.profiles["orders"] = 0
        world.state.profiles["orders"][:600] = 3
        world.end_day()
        it.dawn(world.desk())
        assert np.array_equal(world.levers.segments[0], first) == same


def test_a_plan_can_be_saved_between_any_two_days() -> None:
    spec = {"a": {"lever": "coupons", "segment": "orders >= 1", "cadence": 3}, "b": {"lever": "lighter"}}
    whole, parts = (build_plan(named(spec), START, 45, CHINA) for _ in range(2))
    world_a, world_b = World(), World()
    for day in range(6):
        if day == 4:
            arrays = parts.arrays()
            parts = build_plan(named(spec), START, 45, CHINA)
            parts.load(arrays)
        for it, world in ((whole, world_a), (parts, world_b)):
            it.dawn(world.desk())
        assert repr(world_a.levers.offers) == repr(world_b.levers.offers)
        world_a.end_day()
        world_b.end_day()


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"a": {"lever": "cupons"}}, r"plan\.actions\.a\.lever 'cupons' is unknown; did you mean coupons"),
        (
            {"a": {"lever": "coupons", "deepth": 0.1}},
            r"plan\.actions\.a: key 'deepth' is unknown; did you mean depth",
        ),
        ({"a": {"lever": "coupons", "depth": 2}}, r"depth=2 is out of bounds: it must be from 0\.01 to 0\.9"),
        ({"a": {"lever": "coupons", "topic": "cars"}}, "permitted are: any, beauty"),
        ({"a": {"lever": "coupons", "budget": -1}}, "budget=-1 is out of bounds"),
        ({"a": {"lever": "coupons", "strength": 3}}, "from 0 to 2"),
        ({"a": {"lever": "coupons", "strength": "much"}}, "not a number"),
        ({"a": {"lever": "coupons", "segment": "buyrs"}}, "did you mean buyers"),
        ({"a": {"lever": "coupons", "payer": "me"}}, "permitted are: brand, creator, platform"),
        ({"a": {"lever": "coupons", "start": "double_eleven", "end": "2025-11-01"}}, "before it starts"),
        ({"a": {"lever": "quality_boost", "ramp": 30, "end": "start + 6d"}}, "longer than the action lives"),
        ({"a": {"lever": "kol_koc_mix"}}, "lever of the brand, and this is a plan of the platform"),
        ({"a": {}}, "names no lever"),
        ({"a": 3}, "must hold keys"),
        ({"a": {"lever": "lighter", "strength": 2, "size": "high"}}, None),
    ],
)
def test_a_wrong_action_is_one_sentence(actions: dict[str, Any], message: str | None) -> None:
    if message is None:
        build_plan(named(actions), START, 45, CHINA)
        return
    with pytest.raises(ConfigError, match=message):
        build_plan(named(actions), START, 45, CHINA)


def test_a_wrong_plan_is_one_sentence() -> None:
    for keys, message in (
        ({"as": "me"}, "permitted are: brand, creator, platform"),
        ({"execution": 0.2}, r"from 0\.5 to 1"),
        ({"budgt": 3}, "did you mean budget"),
        ({"budget": 10, "actions": {"a": {"lever": "coupons"}}}, r"plan\.budget=10 yuan is less"),
    ):
        with pytest.raises(ConfigError, match=message):
            build_plan(resolve({"plan": {"name": "x", **keys}}, LIBRARY), START, 45)


def test_an_effect_beyond_a_mechanism_is_refused() -> None:
    change = {**LIGHTER["changes"][0], "high": 12.0}
    with pytest.raises(ConfigError, match=r"visit\.odds would become 12; its bounds are 0\.1 to 10"):
        lever_spec("x", "experience", {**LIGHTER, "changes": [change]})
    assert moved("post.quality", 0.4, 0.5) == 0.2 and moved("visit.odds", 0.8, 0.5) == 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side_effects": " "}, "side_effects is empty"),
        ({"perspective": []}, "perspective is empty"),
        ({"payer": "state"}, "permitted are: brand, creator, platform"),
        ({"ramp": {**LIGHTER["ramp"], "evidence": "sure"}}, "did you mean|permitted are: assumption"),
        ({"ramp": {**LIGHTER["ramp"], "default": 10}}, "out of bounds"),
        ({"changes": [{**LIGHTER["changes"][0], "mechanism": "visit.odd"}]}, "unknown mechanism"),
        ({"costs": [{**LIGHTER["costs"][0], "low": -5.0}]}, "out of bounds"),
        ({"kpis": {"dao": "up"}}, "did you mean dau"),
        ({"kpis": {"dau": "more"}}, "permitted are: down, up"),
        ({"side_effects": "slower", "harms": {}}, "harms must name the KPIs"),
        ({"harms": {"dau": "down"}}, "be left out where there are none"),
        ({"changes": [{**LIGHTER["changes"][0], "course": "fades"}]}, "days=0 goes with a course that fades"),
        (
            {"changes": [{**LIGHTER["changes"][0], "mechanism": "operator.exec"}]},
            "did you mean operator.execution",
        ),
        ({"colour": "red"}, "key 'colour' is unknown"),
    ],
)
def test_a_wrong_lever_file_is_one_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        lever_spec("lighter", "experience", {**LIGHTER, **change})
    kept = {k: v for k, v in LIGHTER.items() if k != "side_effects"}
    with pytest.raises(ConfigError, match="side_effects is missing"):
        lever_spec("lighter", "experience", kept)


def test_the_boost_grows_with_its_ramp_and_pays_its_editors() -> None:
    it = build_plan(named({"a": {"lever": "quality_boost", "ramp": 4, "factor": 3}}), START, 45)
    world, factors = World(), []
    for _ in range(5):
        it.dawn(world.desk())
        (offer,) = world.offers(BoostOffer)
        factors.append(offer.factor)
        assert {c.what for c in world.offers(CostOffer)} == {"staff"}
        world.end_day()
    assert factors == pytest.approx([1.5, 2.0, 2.5, 3.0, 3.0])
    authors = np.flatnonzero(offer.authors)
    assert set(world.state.members["tier"][authors]) == {1, 2, 3}
    assert set(authors) <= set(world.state.creators["member"])


def coupon_run(days: int, redeemed: float = 0.0, **keys: Any) -> tuple[World, dict[int, CouponOffer]]:
    """Waves of a coupon action of which a share of the money is redeemed the next day."""
    it = build_plan(
        named({"a": {"lever": "coupons", "budget": 3_000_000, "end": "start + 20d", **keys}}), START, 45
    )
    world, waves = World(), {}
    for day in range(days):
        it.dawn(world.desk())
        for offer in world.offers(CouponOffer):
            waves[day] = offer
            spent = int(offer.budget * redeemed)
            world.ledger.book(world.world_day, "brand", "members", "discount_subsidy", spent, 0)
        world.end_day()
    return world, waves


def test_coupons_come_in_waves_and_never_cost_more_than_the_budget() -> None:
    total = int(3_000_000 * 100 / WEIGHT)
    _, waves = coupon_run(25, redeemed=1.0)
    assert list(waves) == [0, 7, 14]
    assert sum(w.budget for w in waves.values()) <= total
    assert waves[0].depth == 0.15 and waves[0].brand == 1 and waves[0].payer == "brand"
    _, unused = coupon_run(25)
    assert [w.budget for w in unused.values()] == [
        total // 3,
        pytest.approx(total / 2, rel=0.01),
        pytest.approx(total, rel=0.01),
    ]
    _, overlapping = coupon_run(25, valid_days=30)
    assert sum(w.budget for w in overlapping.values()) <= total
    _, quick = coupon_run(25, pacing="asap", redeemed=1.0)
    assert list(quick) == [0] and quick[0].budget == total


def test_a_platforms_coupon_is_good_for_everything_and_bad_work_reaches_fewer() -> None:
    _, waves = coupon_run(1, payer="platform", execution=0.5, topic="food")
    assert waves[0].brand == -1 and waves[0].topic == 2 and waves[0].depth == 0.15
    everybody = coupon_run(1)[1][0].segment
    assert waves[0].segment.sum() == pytest.approx(0.5 * everybody.sum(), rel=0.1)
    assert not (waves[0].segment & ~everybody).any()


def test_a_budget_below_one_coupon_is_refused_with_the_size_it_needs() -> None:
    with pytest.raises(ConfigError, match=r"less than one coupon redeemed.*world\.members=10746 or more"):
        coupon_run(1, budget=10_000)
