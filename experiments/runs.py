"""One run: a configuration and a seed, played from a warmed world, and what is kept of it.

`simulate` gives the community itself, for its tables; `experiments.studies.shard` keeps what comparisons need.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from experiments.compose import Config
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
    keep: bool = True,
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
    keep
        Whether the world is looked for in the cache and kept there.
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

    arrays, found = warmed(config.resolved, seed, warm) if keep else (warm(), False)
    tell(world.warmup_days / days)
    # Always from arrays, also where they have just been made: a kept world and a new one go one way.
    community = Community.from_arrays(world, seed, arrays, policy=plan, calendar=config.calendar())
    shocks = config.resolved.get("shock") or {}
    community.shocks = build_shocks(shocks, world.start, config.days, config.calendar(), world.world.weight)
    if plan is not None:
        plan.trouble(shocks, world.start, config.days)
    return community, found


def simulate(
    config: Config,
    seed: int,
    report: Report | None = None,
    threads: int | None = None,
    watch: Watch | None = None,
    keep: bool = True,
) -> Played:
    """Play a configuration with a seed.

    Parameters
    ----------
    config, seed, report, threads, keep
        As `world_of`.
    watch
        Shown the community before the first reported day and after each.
    """
    warmup = config.community.warmup_days
    days = warmup + config.days
    start = time.perf_counter()
    plan = config.plan()
    community, found = world_of(config, seed, report, threads, plan, keep)
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
