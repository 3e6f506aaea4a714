"""What experiments said about a plan of a study, kept beside its runs so that its report can show them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from experiments.folder import content_id, write_json

FOLDER = "abtests"


@dataclass(frozen=True)
class Score:
    """How an estimator did over assignments and worlds.

    Attributes
    ----------
    says, bias, sd
        Mean guess, mean guess less true total effect, standard deviation of the error about its mean.
    total, direct, power, alarms
        Shares of intervals that cover the total effect, cover the direct effect, leave out 0, and leave out 0 with
        nothing done; NaN where there is none.
    """

    says: float
    bias: float
    sd: float
    total: float
    direct: float
    power: float
    alarms: float


@dataclass(frozen=True)
class Finding:
    """What an experiment would have said, and what is true; effects are per unit and day.

    Attributes
    ----------
    cell
        Label of the study's cell whose plan was assigned; empty outside a study.
    plan
        Its actions.
    unit, share, measure
        What was assigned, which share of it got the plan, and the outcome.
    units, worlds, assignments, before, days
        Units in the first world, worlds, random assignments in each, days before the plan and since.
    level, total, total_sd, direct
        Outcome without the plan; true total effect, its standard deviation over worlds; true direct effect, NaN where
        there is none.
    scores
        Estimator -> how it did.
    """

    cell: str
    plan: tuple[str, ...]
    unit: str
    share: float
    measure: str
    units: int
    worlds: int
    assignments: int
    before: int
    days: int
    level: float
    total: float
    total_sd: float
    direct: float
    scores: dict[str, Score]

    @property
    def design(self) -> dict[str, Any]:
        """What was asked, as far as it tells one experiment of a study from another."""
        names = ("cell", "unit", "share", "measure", "worlds", "assignments", "before", "days")
        return {name: getattr(self, name) for name in names}


def keep(study: Path, finding: Finding) -> Path:
    """Write a finding into a study's folder; the same experiment overwrites itself."""
    folder = study / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{content_id(finding.design)}.json"
    write_json(path, asdict(finding))
    return path


def kept(study: Path) -> list[Finding]:
    """What experiments said about a study's plans, in an order of their own."""
    found = []
    for path in sorted((study / FOLDER).glob("*.json")):
        values = _with_nan(json.loads(path.read_text("utf-8")))
        scores = {name: Score(**_with_nan(score)) for name, score in values.pop("scores").items()}
        found.append(Finding(**{**values, "plan": tuple(values["plan"])}, scores=scores))
    return sorted(found, key=lambda f: (f.cell, f.unit, f.measure, f.share))


def _with_nan(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN; it is written as null."""
    return {name: float("nan") if value is None else value for name, value in values.items()}
