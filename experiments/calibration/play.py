"""What a worker does for a calibration: play one point of the parameters on one seed and measure its moments.

Warmed worlds are not kept: every point is a world of its own that nobody asks for again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.calibration.targets import Target
from experiments.compose import Config
from experiments.data.measures import STATISTIC
from experiments.runs import simulate
from experiments.validation.evidence import Evidence, Watch
from sim.kpis.registry import KPI
from sim.state import schema as s

NAN = float("nan")
BASE = ""
"""The arm that every other one is compared with."""


@dataclass(frozen=True)
class Point:
    """One point on one seed: a configuration an arm, and what is measured."""

    arms: Mapping[str, Config]
    seed: int
    targets: tuple[Target, ...]


def play(point: Point, report: Callable[[float], None]) -> list[float]:
    """Moments of a point in the order of its targets; NaN where the run is too small for one."""
    figures: dict[str, dict[str, float]] = {}
    for at, (arm, config) in enumerate(point.arms.items()):
        watch = Watch()
        played = simulate(config, point.seed, threads=1, watch=watch, keep=False)
        wanted = {t.of for t in point.targets if t.arm == arm or arm == BASE}
        figures[arm] = figures_of(Evidence(played.community, watch), sorted(wanted))
        report((at + 1) / len(point.arms))
    return [_moment(target, figures) for target in point.targets]


def _moment(target: Target, figures: Mapping[str, Mapping[str, float]]) -> float:
    base = figures[BASE][target.of]
    if not target.arm:
        return base
    other = figures[target.arm][target.of]
    if not (base > 0.0 and other > 0.0):
        return NAN
    return float(np.log(other / base) / np.log1p(target.change))


def figures_of(run: Evidence, wanted: Sequence[str]) -> dict[str, float]:
    """KPIs and statistics of a run by key."""
    kpis = run.community.kpis.totals()
    tables: dict[str, pd.DataFrame] = {}
    out = {}
    for key in wanted:
        if key in STATISTIC:
            sheet = STATISTIC[key].sheet
            if sheet not in tables:
                tables[sheet] = TABLES[sheet](run)
            out[key] = STATISTIC[key].of(tables[sheet])
        else:
            out[key] = float(kpis[KPI[key].key])
    return out


def _notes(run: Evidence) -> pd.DataFrame:
    notes = run.small
    names = {s.IMAGE_TEXT: "image", s.VIDEO: "video"}
    kept = ["likes", "collects", "comments", "shares", "impressions", "reads", "follows", "fans"]
    frame = notes[kept].astype(np.float64)
    return frame.assign(creator=notes["author"], type=notes["format"].map(names).fillna("live"))


def _cascades(run: Evidence) -> pd.DataFrame:
    sizes = run.cascade_sizes.astype(np.int64)
    return pd.DataFrame({"cascade": np.repeat(np.arange(len(sizes)), sizes)})


def _orders(run: Evidence) -> pd.DataFrame:
    days = pd.to_timedelta(run.orders["day"], unit="D")
    return pd.DataFrame({"customer": run.orders["member"], "time": pd.Timestamp("2000-01-01") + days})


def _cohorts(run: Evidence) -> pd.DataFrame:
    return pd.DataFrame({"day": (1, 7, 30), "people": 1.0, "retained": run.retained()})


def _daily(run: Evidence) -> pd.DataFrame:
    """One row of sums, of which the statistics take ratios."""
    kpis = run.community.kpis.totals()
    names = (
        "dau",
        "mau",
        "impressions",
        "reads",
        "likes",
        "collects",
        "comments",
        "follows",
        "orders",
        "minutes_per_user",
    )
    return pd.DataFrame([{name: float(kpis[name]) for name in names}])


TABLES: Mapping[str, Callable[[Evidence], pd.DataFrame]] = {
    "notes": _notes,
    "cascades": _cascades,
    "orders": _orders,
    "cohorts": _cohorts,
    "daily": _daily,
}
"""Kind of sheet -> how a run gives it."""
