"""From somebody's sheet to a checked table: which column is which, what each cell says, and which rows are of no use.

Everything that is left out is listed with its row and the reason; a file in which little can be used is refused as a whole,
since the usual reason is one wrong unit or the wrong kind of sheet.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from experiments.data import cells as reading
from experiments.data.cells import UNITS, Problem, Read
from experiments.data.schema import SHEETS, Field, SheetKind
from experiments.data.words import reason
from scenarios.library import read_yaml, shipped
from scenarios.records import unknown
from scenarios.sheets import heading_key, read_rows, text_of
from sim.errors import ConfigError, DataError

LEAST_USABLE = 0.5
"""Share of rows below which a file is refused."""
NO_MORE_THAN = (("reads", "impressions"), ("clicks", "impressions"), ("likes", "reads"))
"""Columns of which the first is never above the second."""
BRACKETS = re.compile(r"[(\[（【](?P<unit>[^)\]）】]*)[)\]）】]\s*$")


@dataclass(frozen=True)
class Names:
    """Which names a column and a word may have.

    Attributes
    ----------
    columns
        Key of a column -> names as they are compared, those of the user's own file first.
    own
        Keys that the user's own file names.
    units
        Key of a column -> unit of its plain numbers, where the user's own file says it.
    words
        Key of a column -> other name of a word -> the word.
    """

    columns: Mapping[str, tuple[str, ...]]
    own: frozenset[str]
    units: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Table:
    """A checked sheet.

    Attributes
    ----------
    kind
        What it is.
    frame
        Usable rows: counts, money and shares float64 with NaN, dates datetime64[us], words and ids text; ``row`` is the
        row of the sheet.
    rows
        How many rows were read.
    lost
        Rows left out, and why: (row, column, sentence in English, sentence in Chinese).
    blank
        Cells left empty in rows that were kept, in the same form.
    unused
        Headings that mean nothing here.
    remarks
        What to know about how it was read, in both languages.
    """

    kind: SheetKind
    frame: pd.DataFrame
    rows: int
    lost: tuple[tuple[int, str, str, str], ...]
    blank: tuple[tuple[int, str, str, str], ...]
    unused: tuple[str, ...]
    remarks: tuple[tuple[str, str], ...]


def names_of(kind: SheetKind, own: Path | None = None) -> Names:
    """Names of a kind's columns: what is shipped, and before it what a file of the user's own says.

    Parameters
    ----------
    kind
        The kind of sheet.
    own
        YAML: ``likes: 点赞总数``, a list of names, or ``{names: [...], unit: 万}``, for this kind or under its key.

    Raises
    ------
    ConfigError
        If the file is not such a mapping or names a column that there is not.
    """
    default = read_yaml(shipped() / "columns" / "default.yaml")
    mine: dict[str, Any] = {}
    my_words: Mapping[str, Any] = {}
    if own is not None:
        if not own.is_file():
            raise ConfigError(f"map={own}: there is no such file")
        content = read_yaml(own)
        my_words = content.get("words") or {}
        kinds = {k.key for k in SHEETS}
        mine = (
            content.get(kind.key) or {}
            if kinds & set(content)
            else {k: v for k, v in content.items() if k != "words"}
        )
    keys = [f.key for f in kind.fields]
    units: dict[str, str] = {}
    chosen: dict[str, list[str]] = {}
    for key, value in mine.items():
        if key not in keys:
            raise unknown(f"{own}: column", key, keys)
        names = value
        if isinstance(value, Mapping):
            names = value.get("names", [])
            unit = str(value.get("unit", "")).lower()
            if unit and unit not in UNITS:
                raise unknown(f"{own}: {key}: unit", unit, UNITS)
            units[key] = unit
        chosen[key] = [str(n) for n in names] if isinstance(names, list) else [str(names)]
    columns = {}
    for field in kind.fields:
        shipped_names = [str(n) for n in (default.get(kind.key) or {}).get(field.key, [])]
        both = [*chosen.get(field.key, []), field.key, field.zh, *shipped_names]
        columns[field.key] = tuple(dict.fromkeys(_heading(name)[0] for name in both))
    words = {
        field.key: _other_words(field, default["words"].get(field.key) or {}, my_words.get(field.key) or {})
        for field in kind.fields
        if field.words
    }
    return Names(columns, frozenset(k for k, v in chosen.items() if v), units, words)


def _other_words(field: Field, *tables: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in tables:
        for word, names in table.items():
            if word not in field.words:
                raise unknown(f"words.{field.key}", word, field.words)
            found |= {str(name).lower(): word for name in names}
    return found


def _heading(cell: Any) -> tuple[str, str]:
    """A heading as it is compared, and the unit that it names in brackets."""
    text = unicodedata.normalize("NFKC", text_of(cell))
    bracket = BRACKETS.search(text)
    unit = bracket["unit"].strip().lower() if bracket else ""
    return heading_key(BRACKETS.sub("", text)), unit if unit in UNITS else ""


def read_table(
    kind: SheetKind, paths: Sequence[Path], own: Path | None = None, today: date | None = None
) -> Table:
    """Read one or more files of a kind as one table.

    Parameters
    ----------
    kind, paths
        What, and where.
    own
        A mapping of the user's own, see `names_of`.
    today
        The last day that is not in the future; the present one if None.

    Raises
    ------
    DataError
        If a file is missing or damaged, lacks a column that is needed, or fewer than half of its rows can be used.
    """
    names = names_of(kind, own)
    parts = [_one(kind, path, names, today or date.today(), several=len(paths) > 1) for path in paths]
    if len(parts) == 1:
        return parts[0]
    frame = pd.concat([p.frame for p in parts], ignore_index=True)
    frame, again = _once(kind, frame)
    lost = tuple(line for p in parts for line in p.lost) + again
    remarks = tuple(dict.fromkeys(r for p in parts for r in p.remarks))
    unused = tuple(dict.fromkeys(name for p in parts for name in p.unused))
    blank = tuple(line for p in parts for line in p.blank)
    return Table(kind, frame, sum(p.rows for p in parts), lost, blank, unused, remarks)


def _one(kind: SheetKind, path: Path, names: Names, today: date, several: bool) -> Table:
    needed = [f.key for f in kind.fields if f.needed]
    first, *rows = read_rows(path, kind.key, ", ".join(needed))
    places, units, unused = _places(kind, path, first[1], names)
    if not rows:
        raise DataError(f"{path}: there is no row below its heading")
    columns: dict[str, Read] = {}
    for field in kind.fields:
        if field.key in places:
            at = places[field.key]
            cells = [line[at] if at < len(line) else None for _, line in rows]
            columns[field.key] = _read(field, cells, units.get(field.key, ""), names, today)
    frame = pd.DataFrame({key: read.column for key, read in columns.items()})
    for field in kind.fields:
        if field.key not in frame:
            frame[field.key] = pd.Series(_nothing(field), index=frame.index)
    frame = frame[[f.key for f in kind.fields]]
    frame["row"] = [number for number, _ in rows]
    problems = [p for read in columns.values() for p in read.problems]
    known = {(p.place, p.column) for p in problems}
    for key in needed:
        empty = map(int, np.flatnonzero(frame[key].isna()))
        problems += [Problem(place, key, "missing") for place in empty if (place, key) not in known]
    problems += _above(frame)
    out_of_use = {p.place for p in problems if p.column in needed or not p.column}
    numbers = frame["row"].to_numpy()
    prefix = f"{path.name}: " if several else ""
    lines = {
        which: tuple(
            (int(numbers[p.place]), p.column, prefix + reason(p, "en"), prefix + reason(p, "zh"))
            for p in sorted(problems, key=lambda p: (p.place, p.column))
            if (p.place in out_of_use) == which
        )
        for which in (True, False)
    }
    kept = frame.drop(index=sorted(out_of_use))
    kept, again = _once(kind, kept.reset_index(drop=True))
    if len(kept) < LEAST_USABLE * len(rows):
        counts = Counter(
            line[2] if not line[1] else f"{line[1]}: {line[2]}" for line in [*lines[True], *again]
        )
        usual, times = _usual(problems, out_of_use) if out_of_use else counts.most_common(1)[0]
        raise DataError(
            f"{path}: only {len(kept):,} of {len(rows):,} rows can be used, too few to be the right sheet; most often "
            f"({times:,} rows) {usual}; first in row {[*lines[True], *again][0][0]}"
        )
    remarks = [
        (reason(Problem(0, "", why, values), "en"), reason(Problem(0, "", why, values), "zh"))
        for read in columns.values()
        for why, values in read.remarks
    ]
    same = int(kept.drop(columns="row").duplicated().sum()) if not kind.whole else 0
    if same:
        note = Problem(0, "", "equal_rows", {"count": same})
        remarks.append((reason(note, "en"), reason(note, "zh")))
    return Table(kind, kept, len(rows), (*lines[True], *again), lines[False], unused, tuple(remarks))


def _usual(problems: Sequence[Problem], places: set[int]) -> tuple[str, int]:
    """The reason for which most rows are of no use, with an example of it, and how many."""
    counts = Counter((p.column, p.why) for p in problems if p.place in places)
    (column, why), times = counts.most_common(1)[0]
    example = next(p for p in problems if (p.column, p.why) == (column, why))
    return f"{column} {reason(example, 'en')}".strip(), times


def _nothing(field: Field) -> Any:
    return pd.NaT if field.kind == "date" else None if field.kind in ("id", "word") else np.nan


def _read(field: Field, cells: Sequence[Any], unit: str, names: Names, today: date) -> Read:
    if field.kind == "date":
        return reading.dates(cells, field, today)
    if field.kind == "word":
        return reading.words(cells, field, names.words[field.key])
    if field.kind == "id":
        return reading.ids(cells)
    return reading.numbers(cells, field, unit)


def _places(
    kind: SheetKind, path: Path, heading: Sequence[Any], names: Names
) -> tuple[dict[str, int], dict[str, str], tuple[str, ...]]:
    """Where each column stands, the unit of its plain numbers, and the headings that mean nothing here."""
    found = [_heading(cell) for cell in heading]
    places: dict[str, int] = {}
    for key, known in names.columns.items():
        here = [at for at, (name, _) in enumerate(found) if name in known]
        if key in names.own:  # what the user names comes before what is shipped
            here = sorted(here, key=lambda at: known.index(found[at][0]))[:1]
        if len(here) > 1:
            listed = ", ".join(text_of(heading[at]) for at in here)
            raise DataError(
                f"{path}: several columns hold {key}: {listed}; say which with map=FILE.yaml ({key}: NAME)"
            )
        if here:
            places[key] = here[0]
    missing = [f for f in kind.fields if f.needed and f.key not in places]
    if missing:
        there = ", ".join(text_of(cell) for cell in heading if text_of(cell))
        raise DataError(
            f"{path}: there is no column {missing[0].key} ({missing[0].zh}) among: {there[:300]}; "
            f"name it with map=FILE.yaml ({missing[0].key}: NAME)"
        )
    units = {key: names.units.get(key) or found[at][1] for key, at in places.items()}
    used = set(places.values())
    unused = [text_of(cell) for at, cell in enumerate(heading) if at not in used and text_of(cell)]
    return places, units, tuple(unused)


def _above(frame: pd.DataFrame) -> list[Problem]:
    """Rows in which a part is larger than its whole."""
    out = []
    for part, whole in NO_MORE_THAN:
        if part in frame and whole in frame:
            over = (frame[part] > frame[whole]).to_numpy(bool)
            for place in np.flatnonzero(over):
                values = {"part": part, "whole": whole, "a": frame[part][place], "b": frame[whole][place]}
                out.append(Problem(int(place), "", "above", values))
    return out


def _once(kind: SheetKind, frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[tuple[int, str, str, str], ...]]:
    """The rows that are there once, the last of those that say different things of one, and what was left out."""
    known = frame[list(kind.once)].notna().all(axis=1) & bool(kind.once)
    once = frame if kind.whole else frame[known]
    gone = {
        at: ("same_row", row) for at, row in _repeats(once, [f.key for f in kind.fields], "first").items()
    }
    if kind.once:
        left = frame[known].drop(index=list(gone), errors="ignore")
        gone |= {at: ("said_again", row) for at, row in _repeats(left, list(kind.once), "last").items()}
    numbers = frame["row"].to_numpy()
    lines = []
    for at, (why, other) in sorted(gone.items()):
        told = Problem(at, "", why, {"row": other, "what": ", ".join(kind.once)})
        lines.append((int(numbers[at]), "", reason(told, "en"), reason(told, "zh")))
    return frame.drop(index=list(gone)).reset_index(drop=True), tuple(lines)


def _repeats(frame: pd.DataFrame, columns: Sequence[str], keep: Literal["first", "last"]) -> dict[int, int]:
    """Index of each row that repeats another in these columns, and the number of the row that is kept."""
    twice = frame.duplicated(list(columns), keep=keep)
    if not twice.any():
        return {}
    kept = frame.groupby(list(columns), dropna=False, sort=False)["row"].transform(keep)
    return dict(zip(kept.index[twice].tolist(), kept[twice].tolist(), strict=True))
