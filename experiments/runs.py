"""One run: a configuration and a seed, played from a warmed world, and what is kept of it.

`simulate` gives the community itself, for its tables; `job` gives the few figures that comparisons need and
is what worker processes call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from experiments.compose import Config
from experiments.economics import Books
from experiments.results import RunResult
from experiments.worlds import warmed
from scenarios.plans import Plan
from scenarios.shocks import build_shocks
from sim.model import Community

Report = Callable[[float], None]
Watch = Callable[[Community], None]


@dataclass
class Played:
    """A run that has been played: its community, its plan, and where the time went."""

    community: Community
    plan: Plan
    seconds: dict[str, float]
    found: bool


def world_of(
    config: Config,
    seed: int,
    report: Report | None = None,
    threads: int | None = None,
    plan: Plan | None = None,
) -> tuple[Community, bool]:
    """A configuration's warmed world, ready for its first reported day, and whether it was in the cache.

    Parameters
    ----------
    config, seed
        Which world.
    report
        Told the share of days played, warm-up included, after each.
    threads
        In place of the configured number.
    plan
        Who speaks at dawn; nobody if None.
    """
    world = config.community
    if threads is not None:
        world = replace(world, run=replace(world.run, threads=threads))
    days = world.warmup_days + config.days
    tell = report or (lambda share: None)

    def warm() -> dict[str, npt.NDArray[Any]]:
        community = Community(world, seed, calendar=config.calendar())
        community.warm_up(lambda day: tell((day + world.warmup_days) / days))
        return community.arrays()

    arrays, found = warmed(config.resolved, seed, warm)
    tell(world.warmup_days / days)
    # Always from arrays, also where they have just been made: a kept world and a new one go one way.
    community = Community.from_arrays(world, seed, arrays, policy=plan, calendar=config.calendar())
    shocks = config.resolved.get("shock") or {}
    community.shocks = build_shocks(shocks, world.start, config.days, config.calendar())
    return community, found


def simulate(
    config: Config,
    seed: int,
    report: Report | None = None,
    threads: int | None = None,
    watch: Watch | None = None,
) -> Played:
    """Play a configuration with a seed.

    Parameters
    ----------
    config, seed, report, threads
        As `world_of`.
    watch
        Shown the community before the first reported day and after each.
    """
    warmup = config.community.warmup_days
    days = warmup + config.days
    start = time.perf_counter()
    plan = config.plan()
    community, found = world_of(config, seed, report, threads, plan)
    ready = time.perf_counter()

    def after(day: int) -> None:
        if watch is not None:
            watch(community)
        if report is not None:
            report((day + warmup) / days)

    if watch is not None:
        watch(community)
    community.run_days(config.days, after)
    done = time.perf_counter()
    return Played(community, plan, {"warm-up": ready - start, "days": done - ready}, found)


def result(played: Played, label: str, seed: int) -> RunResult:
    """The figures of a run that comparisons need."""
    kpis = played.community.kpis
    reported = kpis.days >= 0
    totals = kpis.totals()
    return RunResult(
        label=label,
        seed=seed,
        totals=totals,
        daily={key: kpis.daily(key)[reported, 0] for key in totals},
        books=books(played.community),
        actions=played.plan.action_names,
        seconds=played.seconds,
        found=played.found,
    )


def books(community: Community) -> Books:
    """A run's ledger over the reported days, summed over days."""
    frame = community.ledger.frame()
    sums = frame.groupby(["debit", "credit", "what", "action"], as_index=False)["amount"].sum()
    keys = zip(sums["debit"], sums["credit"], sums["what"], sums["action"].astype(int), strict=True)
    return {key: int(amount) for key, amount in zip(keys, sums["amount"], strict=True)}


def job(payload: tuple[str, Config, int], report: Report) -> RunResult:
    """Runner of the process pool: an arm's label, its configuration and a seed, on one thread."""
    label, config, seed = payload
    return result(simulate(config, seed, report, threads=1), label, seed)
