"""What levers cost in time: days with all hundred of them on, days of an idle plan, and the resolving of segments.

Declaration: the same warmed world, played by each arm in turn within one process; a figure is a mean over all days of a
run, its first among them. Levers that work make members come more often, and a busier day takes longer by itself. So the
time is given per impression too, and with all levers on at a hundredth of their strength, which asks the same work of the
machinery in a world as busy as without. `python -m benchmarks.levers --members 1000000 --days 7` prints a line an arm.
"""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

import numpy as np

from benchmarks.community import Day, timed_day
from scenarios.library import Library, shipped
from scenarios.plan_files import resolve
from scenarios.plans import build_plan
from scenarios.registry import all_levers
from sim.config import CommunityConfig, WorldConfig
from sim.model import Community
from sim.state.schema import CITY_TIERS, STAGES

START = date(2025, 9, 8)
BUDGET = 2e7
RESOLVING = ("levers", "cohorts")
"""Phases in which a plan speaks, segments are evaluated and values are resolved."""


def plan(library: Library, actions: dict[str, Any], days: int) -> Any:
    """A plan of anybody's levers."""
    return build_plan(resolve({"plan": {"as": "platform", "actions": actions}}, library), START, days)


def all_on(library: Library, strength: float) -> dict[str, Any]:
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
    return actions


def segmented(count: int, dynamic: bool) -> dict[str, Any]:
    """One lever so many times, each for people of its own."""
    actions: dict[str, Any] = {}
    for k in range(count):
        codes, word = (STAGES[1:-1], "stage") if k % 2 else (CITY_TIERS, "city_tier")
        topic = "beauty" if k % 2 else "fashion"
        code = codes[k // 2 % len(codes)][0]
        who = f"{word} == {code} and interest.{topic} > {0.5 * k / count:.4f} and not holds_coupon"
        actions[f"a{k}"] = {"lever": "interface_design", "segment": who, "dynamic": dynamic, "ramp": 0}
    return actions


def play(config: CommunityConfig, arrays: dict[str, Any], policy: Any, days: int) -> list[Day]:
    """The days of one arm."""
    community = Community.from_arrays(config, 1, {k: v.copy() for k, v in arrays.items()}, policy)
    return [timed_day(community) for _ in range(days)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--part", choices=("arms", "segments", "both"), default="both")
    asked = parser.parse_args()
    library = Library((shipped(),))
    world = WorldConfig(members=asked.members, represents=1_000.0 * asked.members)
    config = CommunityConfig(world=world, start=START, warmup_days=4)
    community = Community(config, 1)
    community.warm_up()
    arrays = community.arrays()
    arms: dict[str, float | None] = {"nothing": None}
    if asked.part != "segments":
        arms |= {"idle": 0.0, "all on, faint": 0.01, "all on": 1.0}
    usual, each = float("nan"), float("nan")
    for name, strength in arms.items():
        policy = None if strength is None else plan(library, all_on(library, strength), asked.days)
        played = play(config, arrays, policy, asked.days)
        time = float(np.mean([day.total for day in played]))
        impression = 1e9 * sum(day.total for day in played) / sum(day.impressions for day in played)
        if strength is None:
            usual, each = time, impression
        resolving = float(np.mean([sum(day.seconds[phase] for phase in RESOLVING) for day in played]))
        print(
            f"{name:14} {1e3 * time:8.1f} ms a day {time / usual:5.2f}x   {impression:6.0f} ns an impression "
            f"{impression / each:5.2f}x   of it resolving {1e3 * resolving:7.1f} ms",
            flush=True,
        )
    for count in () if asked.part == "arms" else (10, 100):
        for dynamic in (False, True):
            policy = plan(library, segmented(count, dynamic), 3)
            played = play(config, arrays, policy, 3)
            first, *later = (1e3 * sum(day.seconds[phase] for phase in RESOLVING) for day in played)
            mean = float(np.mean(later))
            print(
                f"{count:3} segments, {'every day anew' if dynamic else 'as they were at the start':25} "
                f"{mean:7.1f} ms a day, {mean / (1e3 * usual):6.2%} of it; on the first {first:7.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
