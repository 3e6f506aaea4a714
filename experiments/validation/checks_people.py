"""Checks of people: how often they come, how long they stay, whether they come back, and what wears them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.validation import statistics as st
from experiments.validation.arms import change
from experiments.validation.evidence import Evidence
from experiments.validation.registry import INF, Arm, Figures, Seed, around, check, contrast, trial

COHORTS = "people who joined on the reported days, by visits 1, 7 and 30 days later"


@check("R1", f"apps of 31 other categories; {COHORTS}", ("D1", around(0.253)), ("D30", around(0.057)))
def _other_apps(run: Evidence) -> Sequence[float]:
    first, _, month = run.retained()
    return [float(first), float(month)]


@check("R2", COHORTS, ("D1", around(0.45)), ("D7", around(0.27)), ("D30", around(0.15)))
def _retention(run: Evidence) -> Sequence[float]:
    return list(run.retained())


@check("R3", COHORTS, ("D1", (0.40, 1.0)), ("D7", (0.20, 1.0)), ("D30", (0.10, 1.0)))
def _healthy(run: Evidence) -> Sequence[float]:
    return list(run.retained())


@check(
    "R4",
    COHORTS,
    ("exponent of t^-b", around(0.36)),
    ("daily loss of days 7 to 30 over that of days 1 to 7", (0.0, 1.0)),
    level="macro-face",
)
def _flattens(run: Evidence) -> Sequence[float]:
    kept = run.retained()
    early, late = np.log(kept[0] / kept[1]) / 6.0, np.log(kept[1] / kept[2]) / 23.0
    return [st.power_of_retention([1, 7, 30], kept), float(late / early)]


@check("R5", "daily visitors over visitors of 30 days", ("DAU / MAU", around(0.33)))
def _stickiness(run: Evidence) -> Sequence[float]:
    return [run.ratio("visitors", "visitors_month")]


@check("R7", "seconds spent over daily visitors", ("minutes a day", (45.0, 75.0)))
def _minutes(run: Evidence) -> Sequence[float]:
    return [run.ratio("seconds", "visitors") / 60.0]


@check("R8", "sessions over daily visitors", ("sessions a day", (3.2, 3.8)))
def _sessions(run: Evidence) -> Sequence[float]:
    return [run.ratio("sessions", "visitors")]


@check("R9", "impressions over daily visitors", ("notes shown a day", (50.0, 150.0)))
def _shown(run: Evidence) -> Sequence[float]:
    return [run.ratio("impressions", "visitors")]


SOLD = ("brand.ad_budget_week=3000000",)
"""Brands with money for every place: only then are twice as many advertisements seen at twice the load."""
LOADS = {"base": Arm(SOLD), "changed": Arm(SOLD, {"ads.load": 2.0})}


@contrast(
    "R12",
    "ads.load 2 against 1 where brands buy every place: loss of time spent in the last month of the run over that of the first",
    LOADS,
    None,
    ("long-run loss over one-month loss", around(3.0)),
    world="20,000 x 400",
    stage="both",
)
def _ad_fatigue(seeds: Sequence[Seed]) -> Sequence[float]:
    loss = [-change(seeds, f"seconds_{month}") for month in ("first", "last")]
    return [loss[1] / loss[0] if loss[0] > 0 else st.NAN]


@contrast(
    "P7",
    "ads.load 2 against 1 where brands buy every place: mean trust, 28 days",
    LOADS,
    None,
    ("trust, relative", (-INF, -1e-4)),
    level="macro-face",
)
def _ad_trust(seeds: Sequence[Seed]) -> Sequence[float]:
    return [(1.0 + change(seeds, "trust")) / (1.0 + change(seeds, "members")) - 1.0]


@trial(
    "G1",
    "moderation.recall 4 against 1 (odds): change of impressions of fake marketing in the last month",
    {"moderation.recall": 4.0},
    ("fake impressions, relative", around(-0.60)[::-1]),
    world="20,000 x 200",
    stage="both",
)
def _moderated(base: Figures, changed: Figures) -> Sequence[float]:
    return [changed["fake_impressions_last"] / base["fake_impressions_last"] - 1.0]
