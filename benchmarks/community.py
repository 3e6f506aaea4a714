"""A day of the community at several sizes: impressions a second, threads, share of each phase, cost per impression."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from sim._numba import set_threads
from sim.config import CommunityConfig, RunConfig, WorldConfig
from sim.model import Community
from sim.state import schema as s

BLOCKS_AN_IMPRESSION = 5
"""Philox blocks an impression that is not opened needs: one for the place, two for the tree, taste, reaction."""
GATHERS_AN_IMPRESSION = 7
"""Cache lines from tables of the whole world: about five levels of a tree beyond the cache, note, counter."""


@dataclass
class Day:
    """Timings of one played day."""

    impressions: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Seconds of the day."""
        return sum(self.seconds.values())

    @property
    def rate(self) -> float:
        """Impressions a second of the sessions phase."""
        return self.impressions / self.seconds["sessions"]


def timed_day(community: Community) -> Day:
    """Play a day with every phase timed."""
    day = Day(0)
    original = community.phases

    def timed(phase):  # type: ignore[no-untyped-def]
        def run(c: Community) -> None:
            begin = time.perf_counter()
            phase.run(c)
            day.seconds[phase.name] = day.seconds.get(phase.name, 0.0) + time.perf_counter() - begin

        return replace(phase, run=run)

    community.phases = tuple(timed(p) for p in original)
    begin = time.perf_counter()
    community.step()
    elapsed = time.perf_counter() - begin
    community.phases = original
    day.seconds["between phases"] = elapsed - sum(day.seconds.values())
    day.impressions = int(community.totals[:, :, s.C_IMPRESSIONS].sum())
    counted = int(community.kpis.measure("impressions")[-1, 0])
    assert counted == day.impressions, "impressions lost"
    return day


def world(members: int, engine: str = "kernels", threads: int = 1, seed: int = 1) -> Community:
    """An unwarmed world of the default kind, flat calendar."""
    set_threads(threads)
    config = CommunityConfig(
        world=WorldConfig(members=members, represents=max(20e6, members)),
        run=RunConfig(engine=engine, threads=threads),
        warmup_days=0,
    )
    return Community(config, seed=seed)


def days(community: Community, threads: int, count: int = 3) -> list[Day]:
    """Timings of some days on a number of threads."""
    set_threads(threads)
    community.threads = threads
    return [timed_day(community) for _ in range(count)]


def median(played: list[Day]) -> Day:
    """The day of median rate."""
    return sorted(played, key=lambda d: d.rate)[len(played) // 2]


def bytes_per_person(community: Community) -> dict[str, float]:
    """Resident bytes of a person, of an author besides, of an arc."""
    state, delta = community.state, community.delta
    people = len(state.members)
    return {
        "member": sum(table.array.nbytes for table in (state.members, state.profiles, state.latest)) / people,
        "creator": state.creators.array.nbytes / max(1, len(state.creators)),
        "arc": delta.nbytes / max(1, delta.arcs),
        "followed by": float(np.mean(delta.followers_count)),
    }
