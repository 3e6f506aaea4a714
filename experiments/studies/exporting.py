"""`seedbed export`: a study's figures as a table for other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from experiments.figures import Lang
from experiments.options import Options, setting
from experiments.results import outputs, write_outputs
from experiments.studies.study import Study
from experiments.studies.verbs import named
from experiments.tables import show
from scenarios.records import unknown
from sim.errors import ConfigError
from sim.kpis.registry import kpi_of

FILES = ("--csv", "--xlsx", "--parquet")
MOST_ROWS = 1_048_575
"""Rows of a sheet of a workbook below its head."""


def export(words: Sequence[str], lang: Lang) -> int:
    """Write a table of a study: runs, segments, or the panel for marketing-mix estimators.

    Raises
    ------
    ConfigError
        For an unknown table, cell or KPI, a wrong ending, or more rows than a workbook holds.
    """
    options = Options.of("export", words)
    asked = outputs(options, FILES)
    study = Study(named(options, "export", lang))
    what, kpi = setting(options, "what", "runs"), kpi_of(options.given.get("--kpi", "gmv")).key
    plans = [options.given["--cell"]] if "--cell" in options.given else None
    tables: dict[str, Callable[[], pd.DataFrame]] = {
        "runs": lambda: study.runs(_labels(study, plans)).reset_index(),
        "segments": lambda: study.segments(_labels(study, plans)).reset_index(),
        "mix": lambda: _mix(study, plans, kpi),
    }
    if what not in tables:
        raise unknown("what", what, tables)
    frame = tables[what]()
    if "--xlsx" in asked and len(frame) > MOST_ROWS:
        raise ConfigError(
            f"--xlsx: {len(frame)} rows are more than a workbook holds; take --csv or --parquet"
        )
    asked = asked or {"--csv": str(study.store.path / f"{what}.csv")}
    if write_outputs(asked, {what: frame}):
        show(*asked.values())
    return 0


def _labels(study: Study, plans: Sequence[str] | None) -> list[str] | None:
    return None if plans is None else [study.cell(plan).label for plan in plans]


def _mix(study: Study, plans: Sequence[str] | None, kpi: str) -> pd.DataFrame:
    """Panels of the plans that differ from the baseline, one below the other."""
    labels = _labels(study, plans) or [label for label in study.labels if label != study.baseline()]
    panels = {label: study.mix_panel(label, kpi) for label in labels}
    if not panels:
        raise ConfigError(f"{study.store.path} has no cell beside the baseline {study.baseline()}")
    frame: pd.DataFrame = pd.concat(panels, names=["cell"]).reset_index("cell").reset_index(drop=True)
    return frame
