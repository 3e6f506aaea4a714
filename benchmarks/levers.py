"""What levers cost in time: a day with all hundred of them on, one with an idle plan, and the resolving of segments.

Declaration: the same warmed world, played by each arm in turn within one process; medians of the days after the first
two, in milliseconds. `python -m benchmarks.levers --members 20000 --days 8` prints one line an arm.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from typing import Any

import numpy as np

from scenarios.library import Library, shipped
from scenarios.plan_files import resolve
from scenarios.plans import build_plan
from scenarios.registry import all_levers
from sim.config import CommunityConfig, WorldConfig
from sim.levers import LeverTable
from sim.model import Community

START = date(2025, 9, 8)
BUDGET = 2e7


def plan(library: Library, days: int, strength: float) -> Any:
    """All levers that are no bundles, for everybody where their own people are few."""
    actions: dict[str, Any] = {}
    for lever in all_levers(library):
        if not lever.file.parts:
            keys = {"lever": lever.key, "ramp": 0, "assumed": True, "strength": strength}
            if lever.file.targets not in ("authors", "everyone"):
                keys["segment"] = "everyone"
            if lever.file.budget is not None:
                keys["budget"] = BUDGET
            actions[lever.key] = keys
    return build_plan(resolve({"plan": {"as": "platform", "actions": actions}}, library), START, days)


def days_of(config: CommunityConfig, arrays: dict[str, Any], policy: Any, days: int) -> list[float]:
    """Milliseconds of each day."""
    community = Community.from_arrays(config, 1, {k: v.copy() for k, v in arrays.items()}, policy)
    found = []
    for _ in range(days):
        start = time.perf_counter()
        community.step()
        found.append(1000.0 * (time.perf_counter() - start))
    return found[2:]


def resolving(members: int, segments: int) -> float:
    """Milliseconds in which changes for so many distinct segments become cohorts and a table."""
    rng = np.random.default_rng(1)
    table = LeverTable.create()
    # nested segments, as thresholds of one score: as many cohorts as segments, and one more
    score = rng.random(members)
    from sim.levers import Change

    for k in range(segments):
        table.changes.append(Change(k % 20, table.segment_row(score < (k + 1) / (segments + 1)), 1.01, 0))
    cohort = np.zeros(members, np.uint16)
    table.resolve(cohort)
    start = time.perf_counter()
    table.resolve(cohort)
    return 1000.0 * (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=8)
    asked = parser.parse_args()
    library = Library((shipped(),))
    world = WorldConfig(members=asked.members, represents=1_000.0 * asked.members)
    config = CommunityConfig(world=world, start=START, warmup_days=7)
    community = Community(config, 1)
    community.warm_up()
    arrays = community.arrays()
    arms = {"nothing": None, "idle": 0.0, "all on": 1.0}
    usual = float("nan")
    for name, strength in arms.items():
        policy = None if strength is None else plan(library, asked.days, strength)
        found = float(np.median(days_of(config, arrays, policy, asked.days)))
        usual = found if name == "nothing" else usual
        print(f"{name:10} {found:8.1f} ms a day  {found / usual:5.2f}x")
    for segments in (10, 100):
        found = resolving(asked.members, segments)
        print(f"resolving {segments:3} segments {found:8.2f} ms  {found / usual:6.1%} of a day")


if __name__ == "__main__":
    main()
