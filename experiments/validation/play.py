"""Plays the runs that checks need, one job a run, and brings back numbers alone: a world of a million stays in its worker."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.compose import compose
from experiments.pool import Job
from experiments.runs import world_of
from experiments.validation.evidence import Evidence, Watch
from experiments.validation.registry import CHECKS, Check, World, registry
from sim.levers import Desk
from sim.model import Community

Numbers = dict[str, list[float]]
FIGURES = (
    "members", "visitors", "impressions", "reads", "reactions", "seconds", "clicks", "orders", "units", "gmv", "trust",
    "satisfaction", "fake_impressions", "low_quality_impressions",
)  # fmt: skip
"""Daily measures, summed over the reported days, that pairs of runs are compared by."""
MONTH = 28
LEAST: dict[World, tuple[int, int]] = {
    "any": (0, 0),
    "50,000": (50_000, 60),
    "1,000,000": (1_000_000, 60),
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
        ``run`` for checks of one run, ``trial`` for pairs, ``both`` for a long one that serves both.
    """

    words: tuple[str, ...]
    members: int
    days: int
    seeds: tuple[int, ...]
    kind: str = "run"

    @property
    def said(self) -> str:
        """The size in words, as tables show it."""
        return f"{self.members:,} x {self.days} d x {len(self.seeds)}"

    def serves(self, check: Check) -> bool:
        """Whether it is of the kind and at least of the size that a check asks for."""
        members, days = LEAST[check.world]
        right = self.kind == "both" or self.kind == check.kind
        return right and self.members >= members and self.days >= days


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
    """The runs of a stage: one a seed, and one more a seed for each change that a pair asks for.

    Parameters
    ----------
    stage
        Size and kind.
    extra
        Overrides by the user, which come last.
    folder
        The user's own folder of YAML.
    """
    changes: list[Mapping[str, float]] = [{}]
    if stage.kind != "run":
        wanted = [c for c in registry().values() if c.kind == "trial" and stage.serves(c)]
        if stage.kind == "both":
            wanted = [c for c in wanted if LEAST[c.world][1] > MONTH]
        for check in wanted:
            if dict(check.change) not in changes:
                changes.append(dict(check.change))
    words = [
        *stage.words,
        f"world.members={stage.members}",
        f"days={stage.days}",
        *extra,
    ]
    return [
        Job(
            f"{stage.said} seed {seed} {dict(change) or ''}",
            (stage.said, seed),
            "experiments.validation.play:play",
            {"words": words, "folder": folder, "seed": seed, "change": dict(change), "kind": stage.kind},
        )
        for seed in stage.seeds
        for change in changes
    ]


def play(payload: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Play one run; gives ``checks`` (numbers by fact) and ``figures`` (sums by measure)."""
    config = compose(payload["words"], payload["folder"])
    community, _ = world_of(config, payload["seed"])
    if payload["change"]:
        community.policy = Nudge(payload["change"])
    watch = Watch()
    watch(community)
    days = config.days

    def after(day: int) -> None:
        watch(community)
        report(day / days)

    community.run_days(days, after)
    out: dict[str, Any] = {"checks": {}, "figures": {}}
    if payload["kind"] != "trial" and not payload["change"]:
        out["checks"] = measured(Evidence(community, watch))
    if payload["kind"] != "run":
        out["figures"] = figures(community)
    return out


def measured(run: Evidence) -> Numbers:
    """The numbers of every check against one run; NaN where the run is too small to have any."""
    registry()
    out: Numbers = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        for key, check in CHECKS.items():
            if check.measure is None:
                continue
            try:
                out[key] = [float(value) for value in check.measure(run)]
            except ZeroDivisionError:
                out[key] = [float("nan")] * len(check.names)
    return out


def figures(community: Community) -> dict[str, float]:
    """Sums of `FIGURES` over the reported days, of some over the first and the last month, and mean levels."""
    kpis = community.kpis
    kept = kpis.days >= 0
    out = {name: float(np.nansum(kpis.measure(name)[kept, 0])) for name in FIGURES}
    for name in ("seconds", "fake_impressions"):
        values = kpis.measure(name)[kept, 0]
        out[f"{name}_first"] = float(values[:MONTH].sum())
        out[f"{name}_last"] = float(values[-MONTH:].sum())
    out["note_age"] = float(np.nanmean(kpis.measure("note_age")[kept, 0]))
    return out
