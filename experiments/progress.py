"""A bar with rate and remaining time on standard error, where that is a terminal; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from experiments.figures import Lang
from experiments.tables import interactive

REMAINING = {"en": "left", "zh": "剩余"}


@contextmanager
def bar(label: str, lang: Lang) -> Iterator[Callable[[float], None]]:
    """While it lasts, a bar; gives the function that is told the share done (0 to 1)."""
    if not interactive():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn(REMAINING[lang]),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=1.0)
        yield lambda share: progress.update(task, completed=share)
