"""Plays the runs that checks need, one job a run, and brings back what is compared: a world of a million stays in its worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.compose import compose
from experiments.pool import Job
from experiments.runs import world_of
from experiments.validation import statistics as st
from experiments.validation.diary import Diary
from experiments.validation.evidence import Evidence, Watch
from experiments.validation.registry import BASE, CHECKS, Check, Kind, World, registry
from sim.levers import Desk

Numbers = dict[str, list[float]]
FIGURES = (
    "members", "visitors", "impressions", "reads", "reactions", "seconds", "clicks", "orders", "units", "gmv", "trust",
    "satisfaction", "fake_impressions", "low_quality_impressions",
)  # fmt: skip
"""Daily measures, summed over the reported days, that pairs of runs are compared by."""
MONTH = 28
LEAST: dict[World, tuple[int, int]] = {
    "any": (0, 0),
    "20,000": (20_000, 28),
    "50,000": (50_000, 60),
    "1,000,000": (1_000_000, 60),
    "1,000 placements": (50_000, 42),
    "20,000 x 200": (20_000, 200),
    "20,000 x 400": (20_000, 400),
}
"""Members and days of each least world."""


@dataclass(frozen=True)
class Stage:
    """Runs of one size.

    Attributes
    ----------
    words
        Overrides: the world.
    members, days, seeds
        Its size.
    kind
        What it serves.
    facts
        Of the rows that compare arms, those that it is for; all of its kind if empty.
    """

    words: tuple[str, ...]
    members: int
    days: int
    seeds: tuple[int, ...]
    kind: Kind = "run"
    facts: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The size in words, as tables show it."""
        what = "" if self.kind in ("run", "both") else f" ({self.kind})"
        return f"{self.members:,} x {self.days} d x {len(self.seeds)}{what}"

    def may_serve(self, check: Check) -> bool:
        """Whether it is of the kind that a check asks for."""
        if check.kind == "run":
            return self.kind in ("run", "both")
        right = check.kind == "trial" and self.kind == check.stage
        return right and (not self.facts or check.fact in self.facts)

    def serves(self, check: Check) -> bool:
        """Whether it is of that kind and at least of the size that the check asks for."""
        members, days = LEAST[check.world]
        return self.may_serve(check) and self.members >= members and self.days >= days


@dataclass
class Nudge:
    """A plan that does one thing: it moves mechanisms from the first reported day on."""

    change: Mapping[str, float]
    action_names: list[str] = field(default_factory=list)
    payers: list[str] = field(default_factory=list)

    def dawn(self, desk: Desk) -> None:
        """Move them."""
        for mechanism, value in self.change.items():
            desk.modify(mechanism, value)


def jobs(stage: Stage, extra: Sequence[str] = (), folder: str | None = None) -> list[Job]:
    """The runs of a stage: for each seed one of every arm that a check asks for, equal arms once.

    Parameters
    ----------
    stage
        Size and kind.
    extra
        Overrides by the user, which come last.
    folder
        The user's own folder of YAML.
    """
    wanted = [c for c in registry().values() if c.kind == "trial" and stage.may_serve(c)]
    arms = {BASE.key: BASE} if stage.kind in ("run", "both") else {}
    probes: dict[str, list[str]] = {}
    for check in wanted:
        for arm in check.arms.values():
            arms[arm.key] = arm
            probes.setdefault(arm.key, []).append(check.fact)
    size = [f"world.members={stage.members}", f"days={stage.days}"]
    return [
        Job(
            f"{stage.said} seed {seed} {' '.join(arm.words) or dict(arm.change) or ''}",
            (stage.said, seed),
            "experiments.validation.play:play",
            {
                "words": [*stage.words, *size, *arm.words, *extra],
                "folder": folder,
                "seed": seed,
                "arm": key,
                "change": dict(arm.change),
                "probes": probes.get(key, []),
                "checks": stage.kind in ("run", "both") and arm == BASE,
                "diary": stage.kind == "campaign",
            },
        )
        for seed in stage.seeds
        for key, arm in arms.items()
    ]


def play(payload: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Play one run; gives ``checks`` (numbers by fact) and ``kept`` (what comparisons need, by fact)."""
    config = compose(payload["words"], payload["folder"])
    community, _ = world_of(config, payload["seed"], plan=config.plan())
    if payload["change"]:
        community.policy = Nudge(payload["change"])
    watch = Watch()
    watch(community)
    diary = Diary()
    if payload["diary"]:
        diary.open(community)
    days = config.days

    def after(day: int) -> None:
        watch(community)
        if payload["diary"]:
            diary.write(community)
        report(day / days)

    community.run_days(days, after)
    run = Evidence(community, watch, diary)
    out: dict[str, Any] = {"checks": measured(run) if payload["checks"] else {}, "kept": {}}
    with st.quiet():
        for check in map(registry().__getitem__, payload["probes"]):
            out["kept"][check.fact] = figures(run) if check.probe is None else check.probe(run)
    return out


def measured(run: Evidence) -> Numbers:
    """The numbers of every check against one run; NaN where the run is too small to have any."""
    registry()
    out: Numbers = {}
    with st.quiet():
        for key, check in CHECKS.items():
            if check.measure is None:
                continue
            try:
                out[key] = [float(value) for value in check.measure(run)]
            except ZeroDivisionError:
                out[key] = [float("nan")] * len(check.names)
    return out


def figures(run: Evidence) -> dict[str, float]:
    """Sums of `FIGURES` over the reported days, of some over the first and the last month, and mean levels."""
    out = {name: run.total(name) for name in FIGURES}
    for name in ("seconds", "fake_impressions"):
        values = run.daily(name)
        out[f"{name}_first"] = float(values[:MONTH].sum())
        out[f"{name}_last"] = float(values[-MONTH:].sum())
    out["note_age"] = float(np.nanmean(run.daily("note_age")))
    return out
