"""Tables for other programs: CSV that Excel reads, XLSX, and a panel for marketing-mix estimators with the truth in it.

A cell that a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.studies.study import FEN, Study

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ONE = r"[+−-]?¥?\d[\d,]*(\.\d+)?[kMB万亿]?( ?%| pp| 个百分点)?"
SIGNED = re.compile(f"{_ONE}(( to | 至 ){_ONE})?")
"""A figure with its sign, or two: begins as a formula may, but holds nothing that could be run."""


def harmless(value: Any) -> Any:
    """A value that no spreadsheet runs: text that starts like a formula gets an apostrophe in front; a signed figure is none."""
    if isinstance(value, str) and value.startswith(FORMULA) and not SIGNED.fullmatch(value):
        return f"'{value}"
    return value


def neutral(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose cells and headings are all harmless."""
    out = frame.set_axis(range(frame.shape[1]), axis=1)  # a table of a page may have two columns of one name
    for column in out.columns:
        if out[column].dtype == object or isinstance(out[column].dtype, pd.StringDtype):
            out[column] = out[column].map(harmless)
    out.columns = pd.Index([harmless(str(c)) for c in frame.columns])
    return out


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """CSV with a mark by which Excel knows UTF-8."""
    neutral(frame).to_csv(path, index=False, encoding="utf-8-sig")


def write_xlsx(path: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """A workbook with a sheet a frame."""
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for name, frame in frames.items():
            neutral(frame).to_excel(writer, sheet_name=name[:31], index=False)
        writer.book.properties.created = writer.book.properties.modified = datetime(
            2000, 1, 1, tzinfo=UTC
        ).replace(tzinfo=None)


def mix_panel(study: Study, plan: str, kpi: str = "gmv") -> pd.DataFrame:
    """A panel for marketing-mix estimators: a row a seed and day, with the true incremental effect beside it.

    Parameters
    ----------
    study
        A study with the plan and its baseline.
    plan
        The plan's cell.
    kpi
        What was sold, or any other KPI.

    Returns
    -------
    DataFrame
        ``seed, date, <kpi>, baseline, effect`` (the paired difference of the day) and ``spend.<action>`` in yuan;
        where the plan's coalitions have been played (``compare --shapley``), ``true.<action>`` as well: each
        action's Shapley share of the day's effect.
    """
    from experiments.comparison.shapley import EXACT, sampled, shares
    from experiments.more_seeds import known_coalitions

    baseline = study.baseline()
    label = study.cell(plan).label
    arms = study.arms([baseline, label])
    before, after = (arms.daily[arm][kpi] for arm in (baseline, label))
    start = study.config(label).community.start
    days = after.shape[1]
    index = pd.MultiIndex.from_product(
        [list(arms.seeds), [start + timedelta(days=i) for i in range(days)]], names=["seed", "date"]
    )
    frame = pd.DataFrame({kpi: after.ravel(), "baseline": before.ravel()}, index=index)
    frame["effect"] = frame[kpi] - frame["baseline"]
    books = arms.books[label]
    books = books[books["action"].astype(str) != ""]
    for action in sorted(study.config(label).resolved["plan"]["actions"]):
        mine = books[books["action"].astype(str) == action]
        at = [arms.seeds.index(seed) * days for seed in mine["seed"]] + mine["day"].to_numpy()
        fen = np.bincount(np.asarray(at, np.int64), weights=mine["fen"], minlength=len(frame))
        frame[f"spend.{action}"] = fen * arms.weight / FEN
    names = known_coalitions(study, label)
    if names:
        read = Study(study.store, "shapley")
        actions = sorted(frozenset[str]().union(*names))
        values = {
            c: read.daily(kpi, [cell]).loc[cell].loc[list(arms.seeds)].to_numpy().ravel()
            for c, cell in names.items()
        }
        found = shares(values, actions, None if len(actions) <= EXACT else sampled(actions))
        for action, share in found.items():
            frame[f"true.{action}"] = share
    return frame.reset_index()
