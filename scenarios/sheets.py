"""Sheets as people keep them: CSV, text, XLSX and Parquet files, packed or not, read as rows of cells; and blank ones.

A row keeps the number that a spreadsheet shows beside it, so that a complaint can name it. Text is UTF-8, with or without
a byte order mark, or GB 18030, which spreadsheets of Chinese systems save.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import DataError

__all__ = ["ENDINGS", "Column", "heading_key", "read_rows", "text_of", "write_blank"]

MOST_BYTES = 2 << 30
"""Size that a file may have once unpacked."""

Row = tuple[int, Sequence[Any]]


class Column(NamedTuple):
    """One column of a sheet: its key, its name in Chinese, other names, an example, and what it means."""

    key: str
    zh: str
    others: tuple[str, ...]
    example: Any
    meaning: str
    meaning_zh: str


def read_rows(path: Path, what: str, first: str) -> list[Row]:
    """Rows of a file that are not blank, the heading first.

    Parameters
    ----------
    path
        The file; its ending says how it is read.
    what, first
        What it should be, and what its heading names, for messages.

    Raises
    ------
    DataError
        If it is missing, empty, damaged, or of another ending.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; seedbed template {what} writes a blank sheet")
    packed = path.suffix.lower() == ".gz"
    ending = path.with_suffix("").suffix.lower() if packed else path.suffix.lower()
    reader = _READERS.get(ending)
    if reader is None:
        raise DataError(f"{path}: a sheet of {what} ends in {', '.join(ENDINGS)} (or .gz after it)")
    kept = [
        (number, cells) for number, cells in reader(path, _bytes(path, packed)) if any(map(text_of, cells))
    ]
    if not kept:
        raise DataError(f"{path}: is empty; the first row names the columns, such as {first}")
    return kept


def text_of(cell: Any) -> str:
    """A cell as text without blanks around it; empty for no value."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(cell).strip()


def heading_key(cell: Any) -> str:
    """A heading as names are compared: lower case, one underscore for blanks and dashes."""
    return re.sub(r"[\s\-]+", "_", text_of(cell).lower())


def _bytes(path: Path, packed: bool) -> bytes:
    if not packed:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path}: is larger than the {MOST_BYTES >> 30} GiB permitted; divide it")
        return path.read_bytes()
    import gzip
    import zlib

    try:
        with gzip.open(path) as stream:
            raw = stream.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise DataError(f"{path}: this is not a sound gzip file") from None
    if len(raw) > MOST_BYTES:
        raise DataError(
            f"{path}: is larger than the {MOST_BYTES >> 30} GiB permitted once unpacked; divide it"
        )
    return raw


def _text(path: Path, raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # what spreadsheets of Chinese systems save
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError(f"{path}: is neither UTF-8 nor GB 18030 text; save it as CSV UTF-8")


def _csv(path: Path, raw: bytes) -> Iterable[Row]:
    return _delimited(path, _text(path, raw), ",")


def _plain(path: Path, raw: bytes) -> Iterable[Row]:
    """Text whose heading shows what stands between cells: tabs, commas, semicolons, or blanks."""
    text = _text(path, raw)
    heading = text.partition("\n")[0]
    for mark in "\t,;":
        if mark in heading:
            return _delimited(path, text, mark)
    return [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1)]


def _delimited(path: Path, text: str, mark: str) -> Iterable[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark)
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise DataError(f"{path}, row {reader.line_num}: not sound CSV ({error})") from None


def _xlsx(path: Path, raw: bytes) -> Iterable[Row]:
    import zipfile
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        try:
            return list(enumerate(book.worksheets[0].iter_rows(values_only=True), start=1))
        finally:
            book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ParseError, EOFError, ValueError):
        raise DataError(f"{path}: this is not a sound XLSX workbook") from None


def _parquet(path: Path, raw: bytes) -> Iterable[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(raw))
    except (pa.ArrowException, OSError):
        raise DataError(f"{path}: this is not a sound Parquet file") from None
    records = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return [(0, table.column_names), *enumerate(records, start=1)]


_READERS: dict[str, Callable[[Path, bytes], Iterable[Row]]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".tsv": _plain,
    ".txt": _plain,
}
ENDINGS = tuple(_READERS)
"""Endings of files that can be read."""


class Rule(NamedTuple):
    """What a spreadsheet lets nobody write otherwise: into a column, by its place from 0."""

    place: int
    kind: str
    choices: Sequence[str] = ()


def write_blank(
    path: Path,
    lang: str,
    title: str,
    columns: Sequence[Column],
    rules: Sequence[Rule] = (),
    most: int = 5_000,
) -> None:
    """Write a blank sheet, XLSX (with lists of choices and a page that explains) or CSV, by the file's ending.

    Parameters
    ----------
    path, lang
        Where, and in which language headings are.
    title
        Name of the page that is filled in.
    columns, rules
        What stands in the heading; ``kind`` of a rule is ``list``, ``number`` or ``share``.
    most
        Rows to which rules apply.

    Raises
    ------
    DataError
        For another ending.
    """
    heading = [column.zh if lang == "zh" else column.key for column in columns]
    if path.name.lower().endswith(".csv"):
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerow(heading)
        return
    if not path.name.lower().endswith(".xlsx"):
        raise DataError(f"{path}: a blank sheet ends in .xlsx or .csv")
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    zh = lang == "zh"
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    sheet.append(heading)
    pages: Any = book.create_sheet("说明" if zh else "explained")
    pages.append(("列", "含义", "示例") if zh else ("column", "meaning", "example"))
    for name, column in zip(heading, columns, strict=True):
        pages.append([name, column.meaning_zh if zh else column.meaning, column.example])
    for rule in rules:
        letter = get_column_letter(rule.place + 1)
        if rule.kind == "list":
            aside = pages.max_column + 1
            for row, choice in enumerate([heading[rule.place], *rule.choices], start=1):
                pages.cell(row, aside, choice)
            beside = get_column_letter(aside)
            span = f"='{pages.title}'!${beside}$2:${beside}${len(rule.choices) + 1}"
            check = DataValidation(type="list", formula1=span)
        elif rule.kind == "share":
            check = DataValidation(type="decimal", operator="between", formula1="0", formula2="1")
        else:
            check = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0")
        sheet.add_data_validation(check)
        check.add(f"{letter}2:{letter}{most + 1}")
    for page in (sheet, pages):
        page.freeze_panes = "A2"
        for cell in page[1]:
            cell.font = Font(bold=True)
            page.column_dimensions[cell.column_letter].width = 18
    pages.column_dimensions["B"].width = 60
    book.save(path)
