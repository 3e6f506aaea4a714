"""What a lever or a shock does, shown by runs in pairs that share a seed: the machinery behind `test_proofs`.

Worlds are warmed once, and the runs without the lever are shared by all that ask for the same ones. What is played for
each stands in `proofs.yaml`.
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
from scenarios.lever_files import LeverSpec
from scenarios.library import read_yaml
from scenarios.plan_files import resolve
from scenarios.plans import Plan, build_plan
from scenarios.registry import find_lever
from scenarios.shocks import build_shocks
from sim.config import CommunityConfig, WorldConfig
from sim.kpis.registry import kpi_of
from sim.model import Community
from tests.scenarios.desk import CONF, LIBRARY

START = date(2025, 9, 8)
"""A Monday without a holiday or a sales day near."""
CONFIDENCE, POWER = 0.95, 0.80
WRITTEN: dict[str, Any] = read_yaml(CONF.parent / "tests" / "scenarios" / "proofs.yaml")
WORLDS, LEVERS, SHOCKS = (WRITTEN[part] for part in ("worlds", "levers", "shocks"))
UP = {"up": 1.0, "down": -1.0}
CHINA = build_calendar(LIBRARY.read("calendar", "china"))


@dataclass(frozen=True)
class Proof:
    """What is played for a lever or a shock, and what is to be seen.

    Attributes
    ----------
    kpi
        KPI of its own list that must move in the direction that its file gives.
    sees
        Least effect, as a share of the KPI without it, that the runs must be able to show.
    world, days, seeds
        Key of `WORLDS`, reported days, number of pairs.
    keys
        Keys of the lever's action, beside ``ramp: 0``.
    beside, plan, shocks
        Actions, keys of the plan (such as ``operations``) and shocks that are in both runs of a pair.
    first, last
        Reported days that count.
    side, side_sees, side_first, side_last
        KPI in which the side effect shows, with a window of its own; empty where the lever says that it has none.
    side_world, side_days, side_seeds, side_beside
        What is played for the side effect, among the slow tests, where it needs more than the runs above to be seen.
    slow
        Whether it is played among the slow tests.
    """

    kpi: str
    sees: float
    world: str = "small"
    days: int = 6
    seeds: int = 3
    keys: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    shocks: dict[str, Any] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    side: str = ""
    side_sees: float = 1.0
    side_first: int = 0
    side_last: int = 0
    side_world: str = ""
    side_days: int = 0
    side_seeds: int = 0
    side_beside: dict[str, Any] = field(default_factory=dict)
    slow: bool = False

    @property
    def apart(self) -> bool:
        """Whether the side effect is played in runs of its own."""
        return bool(self.side_world or self.side_days or self.side_seeds or self.side_beside)

    @property
    def of_side(self) -> Proof:
        """What is played for the side effect."""
        return replace(
            self,
            world=self.side_world or self.world,
            days=self.side_days or self.days,
            seeds=self.side_seeds or self.seeds,
            beside=self.side_beside or self.beside,
        )


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
def config(world: str) -> CommunityConfig:
    """A world of `WORLDS`."""
    w = WORLDS[world]
    return CommunityConfig(
        world=WorldConfig(members=w["members"], represents=float(w["represents"])),
        start=START,
        warmup_days=w["warmup_days"],
    )


@cache
def warmed(world: str, seed: int) -> dict[str, Any]:
    """A warmed world's arrays."""
    community = Community(config(world), seed, calendar=CHINA)
    community.warm_up()
    return community.arrays()


@cache
def _resolved(text: str) -> dict[str, Any]:
    return resolve({"plan": json.loads(text)}, LIBRARY)


def plan_of(asked: Proof, actions: Mapping[str, Any]) -> Plan:
    """A plan of anybody's levers."""
    taken = {name: {"assumed": True, **keys} for name, keys in actions.items()}
    written = {"as": "platform", **asked.plan, "actions": taken}
    return build_plan(_resolved(json.dumps(written)), START, asked.days, CHINA)


def shock_of(key: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """A shock of the library, from the first day on, with some keys set."""
    return {**dict(LIBRARY.read("shock", key))[key], "start": "start", **keys}


@dataclass
class Run:
    """A run that was played, and the ways in which its lever acted: mechanisms, qualities, kinds of offers."""

    community: Community
    ways: set[str]

    def figure(self, kpi: str, first: int, last: int) -> float:
        """A KPI over some days; what has not happened at all is 0."""
        value = self.community.kpis.totals(first, last, keys=[kpi])[kpi]
        return 0.0 if np.isnan(value) and kpi_of(kpi).how in ("sum", "ratio") else value


def play(
    asked: Proof,
    seed: int,
    actions: Mapping[str, Any],
    shocks: Mapping[str, Any] | None = None,
    days: int = 0,
    severed: frozenset[str] = frozenset(),
) -> Run:
    """One run; the ways of the action ``own`` and its parts are noted."""
    plan, world = plan_of(asked, actions), config(asked.world)
    shocks = {**{name: shock_of(name, keys) for name, keys in asked.shocks.items()}, **(shocks or {})}
    arrays = {k: v.copy() for k, v in warmed(asked.world, seed).items()}
    community = Community.from_arrays(world, seed, arrays, plan, CHINA)
    community.shocks = build_shocks(shocks, START, asked.days, CHINA, world.world.weight)
    community.levers.severed = plan.severed = severed
    plan.trouble(shocks, START, asked.days)
    rows = [row for row, name in enumerate(plan.action_names) if name.split(".")[0] == "own"]
    ways = {change.mechanism for row in rows for change in plan.actions[row].lever.operations}
    for _ in range(days or asked.days):
        community.step()
        ways |= {community.levers.key_of(c) for c in community.levers.changes if c.action in rows}
        ways |= {type(o).__name__ for o in community.levers.offers if o.action in rows}
    return Run(community, ways - {"CostOffer"})


@cache
def lever_of(key: str) -> LeverSpec:
    """A lever of the shipped library."""
    return find_lever(LIBRARY, key)


@cache
def _without(text: str, seed: int) -> Run:
    asked = Proof(**json.loads(text))
    return play(asked, seed, asked.beside)


def without(asked: Proof, seed: int) -> Run:
    """The run without the lever or shock, played once for all that ask for the same."""
    same = ("world", "days", "beside", "plan", "shocks")
    text = {"kpi": "dau", "sees": 1.0} | {key: getattr(asked, key) for key in same}
    return _without(json.dumps(text, sort_keys=True), seed)


def with_lever(
    key: str, asked: Proof, seed: int, days: int = 0, severed: frozenset[str] = frozenset(), **keys: Any
) -> Run:
    """The run with the lever."""
    parts = lever_of(key).file.parts
    at_once: dict[str, Any] = {part: {"ramp": 0} for part in parts} or {"ramp": 0}
    own = {"lever": key, **at_once, **asked.keys, **keys}
    return play(asked, seed, {**asked.beside, "own": own}, days=days, severed=severed)


def with_shock(key: str, asked: Proof, seed: int, days: int = 0, **keys: Any) -> Run:
    """The run with the shock, from the evening before the first day that counts."""
    return play(asked, seed, asked.beside, {key: shock_of(key, {**asked.keys, **keys})}, days)


def compare(asked: Proof, runs: list[Run], kpi: str, first: int, last: int) -> Effect:
    """Paired effect on a KPI, of runs with the seeds 1, 2, ..."""
    end = last or asked.days - 1
    before = np.array([without(asked, seed + 1).figure(kpi, first, end) for seed in range(len(runs))])
    after = np.array([run.figure(kpi, first, end) for run in runs])
    return effect(before, after)


MONEY = ("ledger/", "kpis/")
"""Arrays that may differ where a lever has cost something and done nothing."""


def moved(one: Community, other: Community) -> set[str]:
    """Names of the arrays in which two worlds differ."""
    a, b = one.arrays(), other.arrays()
    return {key for key in a.keys() | b.keys() if key not in a or key not in b or not _same(a[key], b[key])}


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether all fields are equal, but for the numbers by which cohorts go; gaps between fields say nothing."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    names = one.dtype.names
    pairs = [(one[name], other[name]) for name in names if name != "cohort"] if names else [(one, other)]
    return all(np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes() for a, b in pairs)
