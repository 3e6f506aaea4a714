"""Dates of a plan as a strategist writes them: absolute, or counted from the run, a sales day or another
action.

``2025-10-20``, ``start + 7d``, ``double_eleven + 1d``, ``kols.end + 2w``. Actions may hang on each other in
any order; a circle is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from scenarios.calendars import YearCalendar
from scenarios.records import unknown
from sim.errors import ConfigError

_FORM = re.compile(
    r"(?P<anchor>\d{4}-\d{2}-\d{2}|[^\s+\-][^\s+]*?)\s*(?:(?P<sign>[+-])\s*(?P<count>\d{1,4})\s*(?P<unit>[dw]))?"
)
HOW = "a date (2025-10-20) or a day with a distance (start + 7d, double_eleven - 2w, kols.end + 2d)"


class Timeline:
    """Resolves the dates of all actions of a plan.

    Parameters
    ----------
    written
        Action -> what it says for ``start`` and ``end``; a missing ``end`` is the last day of the run.
    start, days
        First reported day, reported days.
    calendar
        Names of days; the first occurrence on or after ``start`` is meant.
    """

    def __init__(
        self,
        written: Mapping[str, Mapping[str, Any]],
        start: date,
        days: int,
        calendar: YearCalendar | None = None,
    ) -> None:
        self.written = written
        self.start = start
        self.last = start + timedelta(days=max(days, 1) - 1)
        self.calendar = calendar
        self._running: list[str] = []

    def of(self, action: str, end: str) -> date:
        """The date of an action's ``start`` or ``end``.

        Raises
        ------
        ConfigError
            For what is no date, an unknown day or action, or actions that wait for each other.
        """
        point = f"{action}.{end}"
        if point in self._running:
            raise ConfigError(
                f"plan.actions: {' waits for '.join([*self._running, point])}, which is a circle"
            )
        default = "start" if end == "start" else "end"
        text = self.written[action].get(end)
        self._running.append(point)
        try:
            return self.resolve(default if text is None else text, f"plan.actions.{point}")
        finally:
            self._running.pop()

    def resolve(self, text: Any, where: str) -> date:
        """One written date; ``where`` is its key, for messages."""
        if isinstance(text, date):
            return text
        found = _FORM.fullmatch(str(text).strip()) if len(str(text)) <= 100 else None
        if found is None:
            raise ConfigError(f"{where}={text!r} is not a date; write {HOW}")
        day = self._anchor(found["anchor"], where)
        if found["sign"]:
            distance = int(found["count"]) * (7 if found["unit"] == "w" else 1)
            try:
                day += timedelta(days=distance if found["sign"] == "+" else -distance)
            except OverflowError:
                raise ConfigError(f"{where}={text!r} lies outside all calendars") from None
        return day

    def _anchor(self, name: str, where: str) -> date:
        if name[:1].isdigit() and name.count("-") == 2:
            try:
                return date.fromisoformat(name)
            except ValueError:
                raise ConfigError(f"{where}={name!r} is not a date; write {HOW}") from None
        if name == "start":
            return self.start
        if name == "end":
            return self.last
        action, dot, end = name.rpartition(".")
        if dot and end in ("start", "end"):
            if action not in self.written:
                raise unknown(f"{where}: action", action, self.written)
            return self.of(action, end)
        if self.calendar is not None and self.calendar.occasion(name) is not None:
            return self.calendar.next_day(name, self.start)
        days = self.calendar.data.occasions if self.calendar is not None else {}
        points = [f"{a}.{e}" for a in self.written for e in ("start", "end")]
        raise unknown(f"{where}: day", name, ["start", "end", *days, *points])
