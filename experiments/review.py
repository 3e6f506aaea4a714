"""`seedbed review PLAN actuals.xlsx`: a finished campaign's actual KPIs beside what was to be expected of it.

A campaign happens once, so an actual is held against the interval of a single run (a prediction interval over seeds),
not against that of the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.comparison import t_quantile
from experiments.drift import drift_lines
from experiments.figures import Lang, change, figure, figures
from experiments.options import Options
from experiments.studies import cells as grammar
from experiments.studies.export import write_csv
from experiments.studies.study import Study
from experiments.studies.verbs import made, worked_on
from experiments.tables import Side, show, table
from scenarios.records import unknown
from sim.errors import ConfigError, DataError
from sim.kpis.registry import KPIS, Kpi

HEADS = {"kpi": ("kpi", "KPI", "指标"), "actual": ("actual", "Actual", "实际", "实际值")}
REPLICATES = 20

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "usage": "write seedbed review PLAN ACTUALS: a plan's name, and an XLSX or CSV file with the columns kpi and actual",
        "title": "{plan}: what happened beside what {seeds} runs of {days} days led to expect",
        "head": ("KPI", "actual", "expected", "one run in 20 lies outside", "actual against expected", ""),
        "inside": "as expected", "above": "above", "below": "below",
        "sum": "{inside} of {count} figures lie inside their interval; about {expected} would if the model is right.",
        "wide": "Outside its interval: {names}. Either something happened that the plan's world does not hold, or a "
        "number it rests on is wrong there.",
        "kept": "table: {path}",
    },
    "zh": {
        "usage": "用法：seedbed review 方案 实际值文件：方案名称，以及含“指标”和“实际”两列的 XLSX 或 CSV 文件",
        "title": "{plan}：实际结果与 {seeds} 次、每次 {days} 天模拟的预期对照",
        "head": ("指标", "实际", "预期", "二十次有一次落在区间外", "实际相对预期", ""),
        "inside": "符合预期", "above": "偏高", "below": "偏低",
        "sum": "{count} 个指标中有 {inside} 个在区间内；若模型正确，约应有 {expected} 个。",
        "wide": "落在区间外：{names}。要么发生了方案世界之外的事，要么其所依据的某个数值在此不成立。",
        "kept": "表格：{path}",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """An actual beside its prediction.

    Attributes
    ----------
    kpi, actual
        What was measured.
    expected, low, high
        Mean over runs, and the interval in which one run lies.
    """

    kpi: Kpi
    actual: float
    expected: float
    low: float
    high: float

    @property
    def where(self) -> str:
        """``inside``, ``above`` or ``below``."""
        if self.low <= self.actual <= self.high:
            return "inside"
        return "above" if self.actual > self.high else "below"


def actuals(path: Path) -> dict[str, float]:
    """KPI -> actual figure, from a table with the columns of `HEADS`.

    Raises
    ------
    DataError
        For a file that cannot be read, lacks a column, names an unknown KPI, or holds what is no number.
    """
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    try:
        frame = pd.read_csv(path) if path.suffix.lower() == ".csv" else pd.read_excel(path)
    except Exception as error:
        raise DataError(f"{path} cannot be read as a table: {' '.join(str(error).split())[:120]}") from None
    columns = {}
    for key, names in HEADS.items():
        found = [c for c in frame.columns if str(c).strip() in names]
        if not found:
            raise DataError(f"{path} has no column {key}; permitted names are: {', '.join(names)}")
        columns[key] = frame[found[0]]
    known = {name: kpi.key for kpi in KPIS for name in (kpi.key, kpi.en, kpi.zh)}
    out = {}
    for row, (name, value) in enumerate(zip(columns["kpi"], columns["actual"], strict=True), 2):
        if pd.isna(name) and pd.isna(value):
            continue
        key = known.get(str(name).strip(), "")
        if not key:
            raise unknown(f"{path}, row {row}: kpi", str(name), [kpi.key for kpi in KPIS])
        try:
            out[key] = float(value)
        except (TypeError, ValueError):
            raise DataError(f"{path}, row {row}: {name} must be a number, not '{value}'") from None
        if not np.isfinite(out[key]):
            raise DataError(f"{path}, row {row}: {name} has no figure")
    if not out:
        raise DataError(f"{path} holds no figures")
    return out


def predicted(values: npt.NDArray[np.float64], confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean, and the ends of the interval in which one more run lies, from one value a seed.

    Notes
    -----
    Student's prediction interval; where it reaches below 0 and no run does, it ends at 0.
    """
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return mean, float("nan"), float("nan")
    half = t_quantile(0.5 + confidence / 2, n - 1) * float(values.std(ddof=1)) * (1.0 + 1.0 / n) ** 0.5
    low = mean - half
    return mean, max(low, 0.0) if values.min() >= 0.0 else low, mean + half


def review(words: Sequence[str], lang: Lang) -> int:
    """Play a plan and set actual KPIs beside its runs."""
    text = TEXT[lang]
    options = Options.of("review", words)
    if len(options.words) != 2:
        raise ConfigError(text["usage"])
    name, file = options.words
    happened = actuals(Path(file))
    rest = [w for w in options.rest if w not in options.words]
    counted = any(w.startswith("seeds=") for w in rest)
    more = [] if counted else [f"seeds=0:{REPLICATES}"]
    asked = grammar.read(replace(options, rest=(f"plan={name}", "name=review", *more, *rest)))
    if len(asked.cells) != 1:
        raise ConfigError("review takes one plan; an axis makes several")
    store = made(asked, options)
    progress = worked_on(store, asked.study.executor, asked.study.workers, asked.study.address, lang, options)
    if progress.failed:
        raise DataError(next(iter(progress.failed.values())))
    study = Study(store)
    runs = study.runs([study.labels[0]])
    known = {kpi.key: kpi for kpi in KPIS}
    held = [Held(known[k], v, *predicted(runs[k].to_numpy(np.float64))) for k, v in happened.items()]
    plan = asked.cells[0].config.resolved["plan"]
    rows = []
    for one in held:
        actual, expected, low, high = figures(
            [one.actual, one.expected, one.low, one.high], one.kpi.unit, lang
        )
        against = change(one.actual / one.expected - 1.0) if one.expected else "–"
        span = f"{low} {'to' if lang == 'en' else '至'} {high}"
        rows.append([getattr(one.kpi, lang), actual, expected, span, against, text[one.where]])
    inside = sum(one.where == "inside" for one in held)
    path = store.path / "review.csv"
    write_csv(path, pd.DataFrame([
        {"kpi": h.kpi.key, "actual": h.actual, "expected": h.expected, "low": h.low, "high": h.high, "where": h.where}
        for h in held
    ]))  # fmt: skip
    sides: list[Side] = ["left", "right", "right", "right", "right", "left"]
    outside = [getattr(h.kpi, lang) for h in held if h.where != "inside"]
    days = asked.cells[0].config.days
    show(
        text["title"].format(plan=plan.get(lang) or plan["name"], seeds=len(runs), days=days),
        table(list(zip(text["head"], sides, strict=True)), rows),
        text["sum"].format(inside=inside, count=len(held), expected=figure(0.95 * len(held), "", lang)),
        *([text["wide"].format(names=", ".join(outside))] if outside else []),
        *drift_lines(lang),
        text["kept"].format(path=path),
    )
    return 0
