"""What a lever does, shown by runs in pairs that share a seed: the machinery behind `test_proofs`.

Worlds are warmed once, and the runs without the lever are shared by all levers that ask for the same ones. What
is played for each lever stands in `proofs.yaml`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import t as student

from scenarios.calendars import build_calendar
from scenarios.library import read_yaml
from scenarios.plan_files import resolve
from scenarios.plans import Plan, build_plan
from scenarios.shocks import build_shocks
from sim.config import CommunityConfig, WorldConfig
from sim.kpis.registry import kpi_of
from sim.model import Community
from tests.scenarios.desk import CONF, LIBRARY

START = date(2025, 9, 8)
"""A Monday without a holiday or a sales day near."""
CONFIDENCE, POWER = 0.95, 0.80
WORLDS = {
    # members, people, groups, warm-up
    "small": (1_000, 1e7, 8, 14),
    "stars": (1_500, 6e8, 8, 14),  # each member stands for so many that some count as head creators
}
PROOFS: dict[str, Any] = read_yaml(CONF.parent / "tests" / "scenarios" / "proofs.yaml")
UP = {"up": 1.0, "down": -1.0}
CHINA = build_calendar(LIBRARY.read("calendar", "china"))


@dataclass(frozen=True)
class Proof:
    """What is played for a lever, and what is to be seen.

    Attributes
    ----------
    kpi
        KPI of the lever's own list that must move in the direction that the lever's file gives.
    sees
        Least effect, as a share of the KPI without the lever, that the runs must be able to show.
    world, days, seeds, start
        Key of `WORLDS`, reported days, number of pairs, first day.
    keys
        Keys of the lever's action, beside ``ramp: 0``.
    beside
        Actions that are played in both runs of a pair.
    plan
        Keys of the plan in both runs, such as ``operations``.
    shocks
        Shocks in both runs.
    first
        First reported day that counts.
    side, side_sees, side_first
        KPI in which a side effect shows, with a window of its own.
    segment
        Breakdown and segment of the KPI.
    """

    kpi: str
    sees: float
    world: str = "small"
    days: int = 10
    seeds: int = 4
    start: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    shocks: dict[str, Any] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    segment: tuple[str, str] = ("all", "all")
    side: str = ""
    side_sees: float = 1.0
    side_first: int = 0
    side_last: int = 0
    slow: bool = False

    @property
    def members(self) -> int:
        """Members of its world."""
        return WORLDS[self.world][0]


def proof(key: str) -> Proof:
    """The proof of a lever or shock."""
    written = dict(PROOFS[key])
    if "segment" in written:
        written["segment"] = tuple(written["segment"])
    return Proof(**written)


@dataclass(frozen=True)
class Effect:
    """A paired difference: relative to the mean without the lever, with the least that such runs can show."""

    relative: float
    least: float
    significant: bool


def effect(before: np.ndarray, after: np.ndarray) -> Effect:
    """Paired effect of runs that share seeds.

    The least effect that can be seen with 80 % power in a two-sided test at 5 % is (t(0.975) + t(0.80)) sd / sqrt(n).
    """
    differences = after - before
    n = len(differences)
    scale = abs(float(before.mean())) or abs(float(after.mean())) or 1.0
    error = float(differences.std(ddof=1)) / sqrt(n) / scale
    mean = float(differences.mean()) / scale
    wide = float(student.ppf(0.5 + CONFIDENCE / 2, n - 1))
    least = (wide + float(student.ppf(POWER, n - 1))) * error
    return Effect(mean, least, abs(mean) > wide * error)


@cache
def config(world: str, start: date) -> CommunityConfig:
    members, people, groups, warmup = WORLDS[world]
    return CommunityConfig(
        world=WorldConfig(members=members, represents=people, groups_per_1000=1000.0 * groups / members),
        start=start,
        warmup_days=warmup,
    )


@cache
def warmed(world: str, seed: int, start: date) -> dict[str, Any]:
    community = Community(config(world, start), seed, calendar=CHINA)
    community.warm_up()
    return community.arrays()


def first_day(asked: Proof) -> date:
    return date.fromisoformat(asked.start) if asked.start else START


def plan_of(asked: Proof, actions: Mapping[str, Any]) -> Plan:
    """A plan of anybody's levers."""
    taken = {name: {"assumed": True, **keys} for name, keys in actions.items()}
    written = {"as": "platform", **asked.plan, "actions": taken}
    return build_plan(resolve({"plan": written}, LIBRARY), first_day(asked), asked.days, CHINA)


def community_of(asked: Proof, seed: int, plan: Plan | None, shocks: Mapping[str, Any]) -> Community:
    arrays = {k: v.copy() for k, v in warmed(asked.world, seed, first_day(asked)).items()}
    community = Community.from_arrays(config(asked.world, first_day(asked)), seed, arrays, plan, CHINA)
    community.shocks = build_shocks(shocks, first_day(asked), asked.days, CHINA)
    if plan is not None:
        plan.trouble(shocks, first_day(asked), asked.days)
    return community


@dataclass
class Run:
    """Figures of one run, and what its lever did."""

    community: Community
    plan: Plan
    ways: set[str]

    def figure(self, kpi: str, asked: Proof, first: int, last: int) -> float:
        breakdown, segment = asked.segment
        end = last or asked.days - 1
        value = self.community.kpis.totals(first, end, breakdown, segment, keys=[kpi])[kpi]
        idle = kpi_of(kpi).how in ("sum", "ratio")
        return 0.0 if np.isnan(value) and idle else value


def play(asked: Proof, seed: int, actions: Mapping[str, Any], own: str = "") -> Run:
    """One run; ``own`` is the action whose mechanisms and offers are noted."""
    plan = plan_of(asked, actions)
    community = community_of(asked, seed, plan, asked.shocks)
    ways: set[str] = set()
    rows = [row for row, name in enumerate(plan.action_names) if name == own or name.startswith(f"{own}.")]
    for _ in range(asked.days):
        community.step()
        ways |= {community.levers.key_of(c) for c in community.levers.changes if c.action in rows}
        ways |= {type(o).__name__ for o in community.levers.offers if o.action in rows}
    return Run(community, plan, ways)


@cache
def _without(text: str, seed: int) -> Run:
    asked = Proof(**{**json.loads(text), "segment": ("all", "all")})
    return play(asked, seed, asked.beside)


def without(asked: Proof, seed: int) -> Run:
    """The run without the lever, played once for all that ask for the same."""
    same = ("world", "days", "start", "beside", "plan", "shocks")
    text = {"kpi": "dau", "sees": 1.0} | {key: getattr(asked, key) for key in same}
    return _without(json.dumps(text, sort_keys=True), seed)


def lever_action(key: str, asked: Proof) -> dict[str, Any]:
    """The action that a lever's proof plays."""
    return {"lever": key, "ramp": 0, **asked.keys}


def with_lever(key: str, asked: Proof, seed: int) -> Run:
    """The run with the lever."""
    return play(asked, seed, {**asked.beside, "own": lever_action(key, asked)}, "own")


def compare(asked: Proof, runs: list[Run], seeds: range, kpi: str, first: int, last: int) -> Effect:
    """Paired effect on a KPI."""
    before = np.array([without(asked, seed).figure(kpi, asked, first, last) for seed in seeds])
    after = np.array([run.figure(kpi, asked, first, last) for run in runs])
    return effect(before, after)


def shorter(asked: Proof, days: int) -> Proof:
    """The same proof over fewer days."""
    return replace(asked, days=min(days, asked.days))
