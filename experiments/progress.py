"""A bar with rate, remaining time and failures on standard error, where that is a terminal; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from experiments.figures import Lang
from experiments.tables import interactive

REMAINING = {"en": "left", "zh": "剩余"}


class Advance(Protocol):
    """What a bar is told."""

    def __call__(self, share: float, note: str = "") -> None:
        """The share done, 0 to 1, and what else to show."""
        ...


@contextmanager
def bar(label: str, lang: Lang) -> Iterator[Advance]:
    """While it lasts, a bar; gives the function that is told how far things are."""
    if not interactive():
        yield lambda share, note="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn(REMAINING[lang]),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=1.0, note="")
        yield lambda share, note="": progress.update(task, completed=share, note=note)
