"""Plans in a small real world: without strength nothing changes; a lever acts only through its offer."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from scenarios.plan_files import resolve
from scenarios.plans import Plan, build_plan
from sim.config import CommunityConfig, WorldConfig
from sim.model import Community
from tests.scenarios.desk import LIBRARY

CONFIG = CommunityConfig(
    world=WorldConfig(members=1_000, represents=1e6, groups=5), start=date(2025, 10, 8), warmup_days=7
)
DAYS = 8
ACTIONS: dict[str, dict[str, Any]] = {
    "boost": {"lever": "quality_boost", "ramp": 1, "places": 300, "factor": 8, "quality_floor": -2},
    "coupons": {"lever": "coupons", "budget": 5e7, "depth": 0.4},
    "kols": {"lever": "kol_koc_mix", "budget": 1e6, "koc_from": 200, "lead_days": 0, "spread": 2},
}
OFFERS = {"boost": "BoostOffer", "coupons": "CouponOffer", "kols": "ContractOffer"}


@cache
def warmed() -> dict[str, Any]:
    community = Community(CONFIG, seed=3)
    community.warm_up()
    return community.arrays()


def plan(*names: str, **keys: Any) -> Plan:
    actions = {name: {**ACTIONS[name], "assumed": True, **keys} for name in names}
    return build_plan(resolve({"plan": {"as": "platform", "actions": actions}}, LIBRARY), CONFIG.start, DAYS)


def play(policy: Plan | None, severed: str = "") -> dict[str, np.ndarray]:
    """Everything that a world holds after some days."""
    community = Community.from_arrays(CONFIG, 3, {k: v.copy() for k, v in warmed().items()}, policy)
    community.levers.severed = frozenset({severed})
    community.run_days(DAYS)
    return community.arrays()


MONEY = ("ledger/", "kpis/")


def moved(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> set[str]:
    """Arrays that differ in any field; what lies between the fields of a record says nothing."""
    return {key for key in one if not all(map(np.array_equal, fields(one[key]), fields(other[key])))}


def fields(array: np.ndarray) -> list[np.ndarray]:
    return [array[name] for name in array.dtype.names] if array.dtype.names else [array.view(np.uint8)]


@pytest.fixture(scope="module")
def baseline() -> dict[str, np.ndarray]:
    return play(None)


def test_plans_of_no_strength_change_nothing_bit_for_bit(baseline: dict[str, np.ndarray]) -> None:
    assert not moved(play(plan(*ACTIONS, strength=0)), baseline)


@pytest.mark.parametrize("name", ACTIONS)
def test_a_lever_acts_through_its_offer_and_nothing_else(name: str, baseline: dict[str, np.ndarray]) -> None:
    assert {key for key in moved(play(plan(name)), baseline) if not key.startswith(MONEY)} >= {
        "table/members"
    }
    # With the offer cut, what is left is the pay of those who work on it.
    assert all(key.startswith(MONEY) for key in moved(play(plan(name), severed=OFFERS[name]), baseline))
