"""Edge lists as text: two ids a row, blanks, tabs, commas or semicolons between, comments and a header
allowed.

Well-formed files are parsed in one piece at the speed of pandas; only when something is wrong are the rows
walked through one by one, to name the first bad one.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import numpy.typing as npt

from sim.errors import GraphError

__all__ = [
    "Arcs",
    "Dialect",
    "Ids",
    "columns_of",
    "line_of_arc",
    "open_bytes",
    "parquet_columns",
    "read_arcs",
    "sniff",
]

Ids = Literal["integer", "text"]

FOLLOWER_NAMES = ("follower", "source", "src", "from", "fromnodeid", "u", "user", "粉丝", "关注者")
FOLLOWEE_NAMES = ("followee", "target", "dst", "to", "tonodeid", "v", "followed", "关注", "被关注者")
WEIGHT_NAMES = ("weight", "w", "strength", "权重")

SNIFFED_BYTES = 1 << 16
SNIFFED_ROWS = 100

OTHERS = (
    "name those of follower and followee: --columns u,v on the command line, graph.columns=[u,v] in a configuration, "
    'columns=("u", "v") in Python (a third is the weight, with --probability weight, in Python weights=True; others are read '
    "in Python alone, as attributes=(...))"
)
"""What to do about columns that were not expected, in the words of all who read graphs."""

DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Dialect:
    """How an edge list is written.

    Attributes
    ----------
    separator
        One character, or None for any run of blanks and tabs.
    comment
        The character that opens a comment line, or None.
    header
        Cells of the header row, or None.
    skip
        Lines of the file up to the header and with it; 0 without one.
    columns
        Number of columns.
    follower, followee, weight
        Which columns hold what; weight is None without one.
    ids
        Whether ids are whole numbers or text.
    chosen
        Whether the caller has named the columns, so that others may be passed over.
    attributes
        Names and numbers of columns that hold attributes of arcs.
    """

    separator: str | None
    comment: str | None
    header: tuple[str, ...] | None
    skip: int
    columns: int
    follower: int
    followee: int
    weight: int | None
    ids: Ids
    chosen: bool = False
    attributes: tuple[tuple[str, int], ...] = ()

    def cells(self, line: str) -> list[str]:
        """Cells of a row, without quotes and blanks around them."""
        parts = line.split() if self.separator is None else line.split(self.separator)
        return [part.strip().strip('"') for part in parts]


@dataclass(frozen=True)
class Arcs:
    """The arcs of a file as they stand there: int64 or object ids, and attributes by name, "weight" as float64."""

    follower: npt.NDArray[Any]
    followee: npt.NDArray[Any]
    data: dict[str, npt.NDArray[Any]]


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a plain or packed file (.gz, .bz2, .xz, .zst); damage becomes a `GraphError`."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".zst":
            import pyarrow as pa

            with pa.input_stream(str(path), compression="zstd") as stream:
                yield io.BufferedReader(stream, 1 << 20)
        else:
            opener: Any = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(suffix, open)
            with opener(path, "rb") as file:
                yield file
    except DAMAGE as error:
        raise GraphError(
            f"{path}: the {suffix} file is damaged or cut short ({error}); fetch it again"
        ) from None
    except OSError as error:
        if suffix in (".gz", ".bz2", ".xz", ".zst") and error.errno is None:
            raise GraphError(f"{path}: this is not a sound {suffix} file ({error})") from None
        raise GraphError(f"{path}: cannot be read: {error.strerror or error}") from None


@contextmanager
def _open_lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    """Numbered lines of a text file, from 1, without line ends and byte order mark."""

    def numbered(file: IO[bytes]) -> Iterator[tuple[int, str]]:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise GraphError(f"{path}, row {number}: not UTF-8 text; save the file as UTF-8") from None
            yield number, line.rstrip("\r\n")

    with open_bytes(path) as file:
        yield numbered(file)


def _is_integer(cell: str) -> bool:
    digits = cell[1:] if cell[:1] in "+-" else cell
    return digits.isascii() and digits.isdigit()


def columns_of(words: Sequence[str]) -> tuple[str | int, ...] | None:
    """Columns as a command line or a configuration names them: digits are numbers from 0; None if there are no words."""
    return tuple(int(word) if word.isascii() and word.isdigit() else word for word in words) or None


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    """The column that bears one of the names."""
    lower = [cell.lower() for cell in header]
    return next((lower.index(name) for name in names if name in lower), None)


def _choose(path: Path, header: list[str] | None, count: int, column: str | int) -> int:
    """Number of a column that the caller asks for by name or number."""
    if isinstance(column, int):
        if 0 <= column < count:
            return column
        raise GraphError(f"{path}: there is no column {column}; they are numbered from 0 to {count - 1}")
    if header is None or column not in header:
        raise GraphError(
            f"{path}: there is no column {column!r}; it has: {', '.join(header or ['no header'])}"
        )
    return header.index(column)


def sniff(
    path: Path,
    ids: Ids | None = None,
    columns: tuple[str | int, ...] | None = None,
    attributes: Sequence[str] = (),
) -> Dialect:
    """Find out how an edge list is written from its first rows.

    Parameters
    ----------
    path
        The file.
    ids
        What ids are, if that is to be taken from the caller and not from the file.
    columns
        Names or numbers of the columns of follower, followee and perhaps weight.
    attributes
        Names of columns that hold attributes of arcs.

    Raises
    ------
    GraphError
        If there are no rows, or they have fewer than two columns.
    """
    comment: str | None = None
    rows: list[tuple[int, str]] = []
    read = 0
    with _open_lines(path) as lines:
        for number, line in lines:
            read += len(line)
            if line[:1] in ("#", "%"):
                comment = comment or line[0]
            elif line.strip():
                rows.append((number, line))
            if len(rows) > SNIFFED_ROWS or (read > SNIFFED_BYTES and rows):
                break
    if not rows:
        raise GraphError(f"{path}: there is no arc in it; a row holds the ids of a follower and a followee")
    if comment:
        rows = [(number, line.split(comment, 1)[0]) for number, line in rows]
    first = rows[0][1]
    separator = next((mark for mark in ",;\t" if mark in first), None)
    if separator == "\t" and all(len(line.split()) == len(line.split("\t")) for _, line in rows):
        separator = None
    plain = Dialect(separator, comment, None, 0, 0, 0, 1, None, "text")
    cells = [plain.cells(line) for _, line in rows]
    count = len(cells[0])
    if count < 2:
        raise GraphError(
            f"{path}, row {rows[0][0]}: {first.strip()[:40]!r} is one column; "
            "a row holds the ids of a follower and a followee"
        )
    named = [_column(cells[0], names) for names in (FOLLOWER_NAMES, FOLLOWEE_NAMES, WEIGHT_NAMES)]
    numeric_below = len(cells) > 1 and all(_is_integer(cell) for row in cells[1:] for cell in row[:2])
    has_header = (
        (named[0] is not None and named[1] is not None)
        or (numeric_below and not any(_is_integer(cell) for cell in cells[0][:2]))
        or any(isinstance(column, str) for column in columns or ())
        or bool(attributes)
    )
    more = tuple((name, _choose(path, cells[0], count, name)) for name in attributes)
    if columns is not None:
        header = cells[0] if has_header else None
        places = [_choose(path, header, count, column) for column in columns]
        follower, followee, weight = (*places, None) if len(places) == 2 else places
    else:
        follower, followee, weight = named if has_header else (None, None, None)
    if follower is None or followee is None:
        follower, followee = 0, 1
    if weight is None and count - len(more) == 3 and columns is None:
        weight = next(i for i in range(count) if i not in (follower, followee, *(at for _, at in more)))
    if ids is None:
        # A few odd cells among numbers are mistakes to be reported, not a sign of textual ids.
        ends = [
            row[column]
            for row in (cells[1:] if has_header else cells)
            for column in (follower, followee)
            if column < len(row)
        ]
        ids = "integer" if 2 * sum(map(_is_integer, ends)) > len(ends) else "text"
    return Dialect(
        separator=separator,
        comment=comment,
        header=tuple(cells[0]) if has_header else None,
        skip=rows[0][0] if has_header else 0,
        columns=count,
        follower=follower,
        followee=followee,
        weight=weight,
        ids=ids,
        chosen=columns is not None,
        attributes=more,
    )


def parquet_columns(
    path: Path,
    names: list[str],
    weights: bool,
    columns: tuple[str | int, ...] | None,
    attributes: Sequence[str] = (),
) -> list[str]:
    """Names of the columns of follower, followee and, if asked for, weight, among those of a table."""
    for name in attributes:
        _choose(path, names, len(names), name)
    if columns is not None:
        return [names[_choose(path, names, len(names), column)] for column in columns]
    names = [name for name in names if name not in attributes]
    expected = 3 if weights else 2
    if len(names) != expected:
        raise GraphError(
            f"{path}: {len(names)} columns ({', '.join(names)}) where {expected} were expected; {OTHERS}"
        )
    follower, followee = _column(names, FOLLOWER_NAMES), _column(names, FOLLOWEE_NAMES)
    if follower is None or followee is None:
        follower, followee = 0, 1
    rest = [i for i in range(len(names)) if i not in (follower, followee)]
    return [names[i] for i in (follower, followee, *rest)]


def _rows(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows of cells, without comments, blank lines and header."""
    with _open_lines(path) as lines:
        header = dialect.header
        for number, line in lines:
            if not line.strip() or (dialect.comment and line.startswith(dialect.comment)):
                continue
            if header is not None:
                header = None
                continue
            if dialect.comment:
                line = line.split(dialect.comment, 1)[0]
            yield number, dialect.cells(line)


def line_of_arc(path: Path, dialect: Dialect, index: int) -> int:
    """Row number in the file, from 1, of the arc with an index from 0."""
    return next(number for i, (number, _) in enumerate(_rows(path, dialect)) if i == index)


def _weight(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _first_mistake(path: Path, dialect: Dialect, weights: bool) -> str | None:
    """One sentence about the first row that cannot be an arc."""
    for number, cells in _rows(path, dialect):
        where = f"{path}, row {number}"
        if len(cells) != dialect.columns:
            noun = "column" if len(cells) == 1 else "columns"
            return f"{where}: {len(cells)} {noun} where {dialect.columns} were expected"
        for name, column in (("follower", dialect.follower), ("followee", dialect.followee)):
            cell = cells[column]
            if not cell:
                return f"{where}: the {name} is missing"
            if dialect.ids == "integer" and not (_is_integer(cell) and abs(int(cell)) < 2**63):
                return (
                    f"{where}: {name} {cell[:40]!r} is not a whole number, as the other ids are; "
                    'if ids are names, say --ids text, in Python ids="text"'
                )
        for name, column in dialect.attributes:
            if not cells[column]:
                return f"{where}: {name} is missing"
        if weights and dialect.weight is not None and not _weight(cells[dialect.weight]):
            return f"{where}: weight {cells[dialect.weight][:40]!r} is not a finite number"
    return None


def read_arcs(path: Path, dialect: Dialect, weights: bool = False) -> Arcs:
    """Parse an edge list.

    Parameters
    ----------
    path
        The file.
    dialect
        From `sniff`.
    weights
        Whether to read the column of weights.

    Raises
    ------
    GraphError
        With the number of the first bad row.
    """
    if dialect.columns > (3 if weights else 2) + len(dialect.attributes) and not dialect.chosen:
        expected = "three (with a weight)" if weights else "two"
        if dialect.attributes:
            expected = str((3 if weights else 2) + len(dialect.attributes))
        row = line_of_arc(path, dialect, 0)
        raise GraphError(
            f"{path}, row {row}: {dialect.columns} columns where {expected} were expected; {OTHERS}"
        )
    if weights and dialect.weight is None:
        raise GraphError(
            f"{path}: weights were asked for, but none of the {dialect.columns} columns holds them; {OTHERS}"
        )
    import pandas as pd

    id_type: Any = "int64" if dialect.ids == "integer" else "str"
    columns = [dialect.follower, dialect.followee]
    types: dict[int, Any] = dict.fromkeys(columns, id_type)
    if weights and dialect.weight is not None:
        columns.append(dialect.weight)
        types[dialect.weight] = "float64"
    named = [at for _, at in dialect.attributes]
    try:
        with open_bytes(path) as file:
            table: Any = pd.read_csv(
                file,
                sep=dialect.separator or r"\s+",
                header=None,
                skiprows=dialect.skip,
                dtype=types,
                comment=dialect.comment,
                skipinitialspace=True,
                encoding="utf-8-sig",
                na_filter=weights or bool(named) or dialect.ids == "text",
                keep_default_na=False,
                na_values=[""],
                engine="c",
            )
    except (ValueError, OverflowError) as error:
        raise GraphError(
            _first_mistake(path, dialect, weights) or f"{path}: cannot be read as an edge list: {error}"
        ) from None
    if table.shape[1] != dialect.columns or table[[*columns, *named]].isna().to_numpy().any():
        mistake = _first_mistake(path, dialect, weights)
        raise GraphError(mistake or f"{path}: cannot be read as an edge list of {dialect.columns} columns")
    ids = [
        table[column].to_numpy() if dialect.ids == "integer" else _text(table[column])
        for column in columns[:2]
    ]
    weight = table[columns[2]].to_numpy() if len(columns) > 2 else None
    if weight is not None and not np.isfinite(weight).all():
        raise GraphError(_first_mistake(path, dialect, weights) or f"{path}: a weight is not finite")
    data = {} if weight is None else {"weight": weight}
    for name, at in dialect.attributes:
        data[name] = _text(table[at]) if table[at].dtype.kind not in "iufb" else table[at].to_numpy()
    return Arcs(ids[0], ids[1], data)


def _text(column: Any) -> npt.NDArray[Any]:
    """A column of names without blanks around them."""
    stripped: npt.NDArray[Any] = column.str.strip().to_numpy(object)
    return stripped
