"""How far the baseline drifts by itself: a trend a month with the calendar off, measured and stored with the code.

A baseline that moves without a plan blurs what a plan does to levels (never what it does to paired differences). Where
the trend of a figure is beyond 2 % a month, tables say so. ``python -m experiments.drift`` measures anew.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.figures import Lang

STORED = Path(__file__).with_suffix(".json")
MONTH = 28
DAYS = 2 * MONTH
SEEDS = tuple(range(1, 17))
MEMBERS = 20_000
ALLOWED = 0.02
"""Trend a month up to which a figure counts as level."""
FIGURES = {
    "dau": ("DAU", "日活", "visitors", ""),
    "notes": ("notes a day", "日发布笔记", "notes_written", ""),
    "reads": ("reads a member", "人均阅读", "reads", "members"),
    "gmv": ("GMV", "成交额", "gmv", ""),
}
"""Figure -> names, measure and the measure it is divided by."""
TEXT = {
    "en": "The baseline drifts by itself, calendar off: {moves} a month (20,000 members, {days} days, {seeds} seeds).",
    "zh": "基准自身的漂移（关闭日历，2 万名成员，{days} 天，{seeds} 个种子）：每月 {moves}。",
}


def trend(values: Any) -> float:
    """Relative change a month of a daily series, by least squares on its logarithm."""
    logs = np.log(np.asarray(values, float))
    slope = np.polyfit(np.arange(len(logs)), logs, 1)[0]
    return float(np.expm1(MONTH * slope))


def measure() -> dict[str, Any]:
    """Trends of a baseline without a calendar, their mean over seeds and its standard error."""
    from sim.config import CommunityConfig, RunConfig, WorldConfig
    from sim.model import Community

    base = CommunityConfig()
    world = replace(WorldConfig(), members=MEMBERS)
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    for seed in SEEDS:
        community = Community(replace(base, world=world, run=RunConfig(threads=1)), seed=seed)
        community.warm_up()
        community.run_days(DAYS)
        kpis = community.kpis
        for name, (_, _, top, bottom) in FIGURES.items():
            daily = kpis.measure(top)[kpis.days >= 0, 0]
            found[name].append(trend(daily / kpis.measure(bottom)[kpis.days >= 0, 0] if bottom else daily))
    return {
        "members": MEMBERS,
        "days": DAYS,
        "seeds": len(SEEDS),
        "trend": {name: round(float(np.mean(values)), 4) for name, values in found.items()},
        "error": {
            name: round(float(np.std(values, ddof=1) / len(values) ** 0.5), 4)
            for name, values in found.items()
        },
    }


def drift_lines(lang: Lang, stored: Path = STORED) -> list[str]:
    """What tables say about the drift, in one line; none while every figure is level."""
    known = json.loads(stored.read_text("utf-8"))
    moving = {name: value for name, value in known["trend"].items() if abs(value) > ALLOWED}
    if not moving:
        return []
    moves = ", ".join(
        f"{FIGURES[name][lang == 'zh']} {value:+.1%} (± {1.96 * known['error'][name]:.1%})"
        for name, value in moving.items()
    )
    return [TEXT[lang].format(moves=moves, days=known["days"], seeds=known["seeds"])]


if __name__ == "__main__":
    STORED.write_text(json.dumps(measure(), indent=1) + "\n", "utf-8")
    print(STORED.read_text("utf-8"), *drift_lines("en"), sep="")
