"""Tables and lines on the terminal: coloured where there is one, plain and never cut where there is none.

A table that is piped into a file keeps its full width; on a narrow terminal long cells fold, so that nothing
is ever replaced by an ellipsis.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Literal

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

Side = Literal["left", "right", "center"]

STYLES = {"better": "green", "worse": "red", "differs": "cyan", "cannot tell": "dim"}
"""Colour of a verdict."""

PLAIN_WIDTH = 10_000
LEAST_WIDTH = 78
"""Columns below which a table is not squeezed: the terminal then breaks its lines."""


def console(file: IO[str] | None = None) -> Console:
    """A console for standard output; as wide as needed where that is not a terminal."""
    stream = file or sys.stdout
    wide = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, width=wide, highlight=False, emoji=False, markup=False)


def sides(columns: int, names: int = 1, words: int = 0) -> list[Side]:
    """Alignment of each column: ``names`` on the left, then figures on the right, at the end ``words`` on the left."""
    left: Side = "left"
    right: Side = "right"
    return [left] * names + [right] * (columns - names - words) + [left] * words


def table(
    header: Sequence[tuple[str, Side]],
    rows: Iterable[Sequence[str | Text]],
) -> Table:
    """A table of cells that fold rather than vanish.

    Parameters
    ----------
    header
        Title and alignment of each column.
    rows
        Cells, as many in a row as there are columns.
    """
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, side in header:
        made.add_column(name, justify=side, overflow="fold", no_wrap=side == "right")
    for row in rows:
        made.add_row(*row)
    return made


def show(*parts: RenderableType, file: IO[str] | None = None) -> None:
    """Print tables and lines; without a terminal, lines are not broken and trailing blanks are dropped."""
    out = console(file)
    if out.width != PLAIN_WIDTH:
        for part in parts:
            narrow = isinstance(part, Table) and out.width < LEAST_WIDTH
            out.print(part, width=LEAST_WIDTH if narrow else None)
        return
    for part in parts:
        with out.capture() as captured:
            width = out.measure(part).maximum if isinstance(part, Table) else PLAIN_WIDTH
            out.print(part, width=width)
        lines = [line.rstrip() for line in captured.get().splitlines()]
        print("\n".join(lines), file=file or sys.stdout)


def verdict(kind: str, label: str) -> Text:
    """A verdict in its colour."""
    return Text(label, style=STYLES.get(kind, ""))


def interactive() -> bool:
    """Whether there is a terminal to draw progress on: standard error, which leaves standard output clean."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
