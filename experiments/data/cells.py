"""Cells of people's own sheets as numbers, dates and words: 万 and 亿, per cent, currency signs, four ways to write a day.

A column is read at once where its cells are plain; the rest is read cell by cell, and what cannot be read is a `Problem`
with its row and the reason, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.data.schema import Field
from scenarios.sheets import text_of

Float = npt.NDArray[np.float64]

EMPTY = frozenset({"", "null", "none", "nan", "na", "n/a", "-", "--", "—", "/", "\\n", "无", "未知", "暂无"})
"""Cells that say that there is no value, in lower case."""
SCALES = {
    "百万": 1e6, "千万": 1e7, "万": 1e4, "亿": 1e8, "千": 1e3, "w": 1e4, "k": 1e3, "m": 1e6,
}  # fmt: skip
"""Units that multiply the number before them."""
UNITS = {
    "yuan": 1.0, "元": 1.0, "rmb": 1.0, "cny": 1.0, "¥": 1.0, "fen": 0.01, "分": 0.01, "万元": 1e4, "亿元": 1e8, "千元": 1e3,
    "percent": 0.01, "%": 0.01, "fraction": 1.0, **SCALES,
}  # fmt: skip
"""Units that a heading may name in brackets, or a mapping for a whole column."""
PLAIN = re.compile(r"(-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)([^\d.]*)", re.I)
DAY = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[T\s]*(?P<H>\d{1,2})[:时](?P<M>\d{1,2})分?(?:[:]?(?P<S>\d{1,2})(?:\.\d+)?秒?)?)?(?:Z|[+-]\d{2}:?\d{2})?"
)
EARLIEST = pd.Timestamp("1990-01-01")
BEIJING = pd.Timedelta(hours=8)
"""Seconds since 1970 are told in this platform's time."""
MIXED = 0.05
"""Share of a column that may be at most 1 where the rest is in per cent."""


@dataclass(frozen=True)
class Problem:
    """Why a cell, or a row, is of no use.

    Attributes
    ----------
    place
        Place of the row among those read, from 0.
    column
        Key of the column; empty for the row as a whole.
    why, values
        Key of the reason in `experiments.data.words`, and what it names.
    """

    place: int
    column: str
    why: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Read:
    """A column: float64 with NaN, datetime64 with NaT, or text with None; what could not be read; remarks."""

    column: Any
    problems: list[Problem]
    remarks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def normal(cell: Any) -> str:
    """A cell's text with full-width signs made plain, empty where it says that there is no value."""
    text = unicodedata.normalize("NFKC", text_of(cell))
    return "" if text.lower() in EMPTY else text


def number(text: str) -> tuple[float, str] | None:
    """A number as people write it, and the unit behind it (``%``, ``万``, empty); None if it is none."""
    plain = re.sub(r"[,\s¥￥$+]|元|rmb|cny", "", text, flags=re.I)
    match = PLAIN.fullmatch(plain)
    if match is None:
        return None
    unit = match[2].lower()
    if unit and unit != "%" and unit not in SCALES:
        return None
    return float(match[1]) * SCALES.get(unit, 1.0), unit


def numbers(cells: Sequence[Any], rule: Field, unit: str) -> Read:
    """A column of counts, sums of money, shares or other numbers.

    Parameters
    ----------
    cells
        One a row.
    rule
        The column.
    unit
        A key of `UNITS` for plain numbers; empty if not told.

    Returns
    -------
    Read
        Counts and sums in ones and yuan, shares as fractions.
    """
    values, units, problems = _raw(cells, rule.key)
    plain = np.isfinite(values) & (units == "")
    remarks: list[tuple[str, dict[str, Any]]] = []
    if unit:
        values[plain] *= UNITS[unit]
    rounded = int(np.isin(units, ["万", "亿", "w", "百万", "千万"]).sum())
    if rounded and rule.kind == "count":
        remarks.append(("rounded", {"column": rule.key, "count": rounded}))
    per_cent = units == "%"
    if per_cent.any() and rule.kind != "share":
        problems += _refused(per_cent, values, rule, "per_cent", cells)
    if rule.kind == "share":
        values[per_cent] /= 100.0
        if not unit:
            found = _scale_of_shares(values, plain)
            if found == "mixed":
                above = plain & (values > 1.0)
                problems += _refused(above, values, rule, "mixed_share", cells)
            elif found == "percent":
                values[plain] /= 100.0
                remarks.append(("read_as_percent", {"column": rule.key}))
    with np.errstate(invalid="ignore"):
        outside = np.isfinite(values) & ~((values >= rule.low) & (values <= rule.high))
        part = np.isfinite(values) & (rule.kind == "count") & (np.abs(values - np.round(values)) > 1e-6)
    problems += _refused(outside, values, rule, "outside", cells)
    problems += _refused(part & ~outside, values, rule, "not_whole", cells)
    if rule.kind == "count":
        values = np.round(values)
    return Read(values, problems, remarks)


def _raw(cells: Sequence[Any], column: str) -> tuple[Float, npt.NDArray[Any], list[Problem]]:
    """Numbers as they stand, the unit behind each, and the cells that are none."""
    series = pd.Series(list(cells), dtype=object)
    logical = series.map(lambda cell: isinstance(cell, (bool, date)))
    values = pd.to_numeric(series.where(~logical), errors="coerce").to_numpy(np.float64, copy=True)
    units = np.full(len(values), "", dtype=object)
    problems = []
    for place in map(int, np.flatnonzero(~np.isfinite(values))):
        text = normal(cells[place])
        found = number(text) if text and not logical[place] else None
        values[place] = found[0] if found else np.nan
        if found:
            units[place] = found[1]
        elif text:
            problems.append(Problem(place, column, "no_number", {"text": text[:40]}))
    return values, units, problems


def _scale_of_shares(values: Float, plain: npt.NDArray[np.bool_]) -> str:
    """Whether plain numbers are fractions or per cent, from how many lie above 1."""
    there = values[plain]
    above, below = int((there > 1.0).sum()), int(((there > 0.0) & (there <= 1.0)).sum())
    if not above:
        return "fraction"
    return "percent" if below <= MIXED * (above + below) else "mixed"


def _refused(
    where: npt.NDArray[np.bool_], values: Float, rule: Field, why: str, cells: Sequence[Any]
) -> list[Problem]:
    """Problems of these cells, whose values are taken away."""
    found = [
        Problem(at, rule.key, why, {"text": normal(cells[at])[:40], "low": rule.low, "high": rule.high})
        for at in map(int, np.flatnonzero(where))
    ]
    values[where] = np.nan
    return found


def dates(cells: Sequence[Any], rule: Field, today: date) -> Read:
    """A column of days or times.

    Parameters
    ----------
    cells
        Dates of a workbook, ``2025-03-01``, ``2025/3/1 20:15``, ``2025年3月1日``, ``20250301``, or seconds or milliseconds
        since 1970.
    rule
        The column.
    today
        The last day that is not in the future.
    """
    series = pd.Series(list(cells), dtype=object)
    out = np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    texts = series.map(normal)
    made = series.map(lambda cell: isinstance(cell, (datetime, date)) and not pd.isna(cell)).to_numpy(bool)
    if made.any():
        out[made] = pd.to_datetime(series[made].map(_naive)).to_numpy("datetime64[us]")
    whole = texts.str.fullmatch(r"\d+(\.0+)?").to_numpy(bool) & ~made
    if whole.any():
        out[whole] = _from_whole(texts[whole])
    written = (texts != "").to_numpy(bool) & ~made & ~whole
    if written.any():
        parts = texts[written].str.extract(f"^(?:{DAY.pattern})$")
        named = parts.rename(
            columns={"y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}
        )
        named = named[["year", "month", "day", "hour", "minute", "second"]].apply(pd.to_numeric)
        named[["hour", "minute", "second"]] = named[["hour", "minute", "second"]].fillna(0)
        out[written] = pd.to_datetime(named, errors="coerce").to_numpy("datetime64[us]")
    problems = []
    late = out >= np.datetime64(today) + np.timedelta64(1, "D")
    early = out < np.datetime64(EARLIEST, "us")
    lost = np.isnat(out) & (texts != "").to_numpy(bool)
    for where, why in ((lost, "no_date"), (late, "future"), (early, "too_early")):
        problems += [
            Problem(at, rule.key, why, {"text": texts[at][:40], "today": str(today)})
            for at in map(int, np.flatnonzero(where))
        ]
    out[late | early] = np.datetime64("NaT")
    return Read(out, problems)


def _naive(cell: Any) -> Any:
    """A time without its zone, as it reads in Beijing."""
    stamp = pd.Timestamp(cell)
    return stamp if stamp.tzinfo is None else stamp.tz_convert("Asia/Shanghai").tz_localize(None)


def _from_whole(texts: pd.Series) -> npt.NDArray[np.datetime64]:
    """Times of numbers without a point: 20250301, or seconds or milliseconds since 1970."""
    digits = texts.str.replace(r"\.0+$", "", regex=True)
    length = digits.str.len()
    out = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    days = length == 8
    out[days] = pd.to_datetime(digits[days], format="%Y%m%d", errors="coerce").astype("datetime64[us]")
    for size, ticks in ((10, 1_000_000), (13, 1_000)):
        mine = (length == size).to_numpy()
        stamps = (digits[mine].astype(np.int64) * ticks).to_numpy().astype("datetime64[us]")
        out[mine] = stamps + BEIJING.to_timedelta64()
    return np.asarray(out.to_numpy("datetime64[us]"))


def words(cells: Sequence[Any], rule: Field, names: Mapping[str, str]) -> Read:
    """A column of one of a few words; ``names`` gives other names of them in lower case."""
    out: list[str | None] = []
    problems = []
    for place, cell in enumerate(cells):
        text = normal(cell).lower()
        word = names.get(text, text) if text else None
        if word is not None and word not in rule.words:
            problems.append(
                Problem(place, rule.key, "no_word", {"text": text[:40], "allowed": ", ".join(rule.words)})
            )
            word = None
        out.append(word)
    return Read(np.array(out, dtype=object), problems)


def ids(cells: Sequence[Any]) -> Read:
    """A column of names, as text; a number loses a trailing ``.0`` that a spreadsheet gave it."""
    out: list[str | None] = []
    for cell in cells:
        text = normal(cell)
        if isinstance(cell, float) and cell.is_integer():
            text = str(int(cell))
        out.append(text or None)
    return Read(np.array(out, dtype=object), [])
