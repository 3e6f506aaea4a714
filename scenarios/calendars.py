"""The calendar: what weekdays, holidays, sales days and seasons do to visits and to demand, read from
`conf/calendar`.

Every factor stands in the YAML with its source; this module only looks dates up, interpolates seasons and
says which day a named occasion falls on. Lunar days are tables of named years, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from scenarios.records import number, typed, unknown
from sim.config import DayFactors
from sim.errors import ConfigError
from sim.state.schema import N_TOPICS, TOPICS

TOPIC_ROWS: dict[str, int] = {en: row for row, (en, _) in enumerate(TOPICS)}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WeekdayFactors:
    """Factors for Monday to Sunday on the odds of a visit and of an order."""

    activity: list[float] = field(default_factory=lambda: [1.0] * 7)
    demand: list[float] = field(default_factory=lambda: [1.0] * 7)


@dataclass(frozen=True)
class Period:
    """Days around an occasion, counted from it (negative before), and what they do."""

    first: int
    last: int
    activity: float = 1.0
    demand: float = 1.0
    topics: dict[str, float] = field(default_factory=dict)
    peak: bool = False


@dataclass(frozen=True)
class Occasion:
    """A day of the year with a name: fixed (``MM-DD``) or lunar (a table year -> date), and the periods
    around it.
    """

    en: str
    zh: str
    day: str = ""
    lunar: dict[int, str] = field(default_factory=dict)
    periods: list[Period] = field(default_factory=list)

    def on(self, year: int) -> date | None:
        """Its date in a year; None for a year that the lunar table does not name."""
        if not self.lunar:
            month, day = (int(part) for part in self.day.split("-"))
            return date(year, month, day)
        text = self.lunar.get(year)
        return date.fromisoformat(text) if text else None


@dataclass(frozen=True)
class CalendarData:
    """A file of `conf/calendar`."""

    name: str
    en: str = ""
    zh: str = ""
    weekday: WeekdayFactors = field(default_factory=WeekdayFactors)
    occasions: dict[str, Occasion] = field(default_factory=dict)
    topics: dict[str, list[float]] = field(default_factory=dict)


class YearCalendar:
    """A calendar read from data; `conf/calendar/china.yaml` is the Chinese year.

    Parameters
    ----------
    data
        What the file says.

    Notes
    -----
    Factors of overlapping periods multiply. A topic's season is given for the middle of each month and runs
    straight in between.
    """

    def __init__(self, data: CalendarData) -> None:
        self.data = data
        self._season = np.ones((N_TOPICS, 12))
        for topic, months in data.topics.items():
            self._season[TOPIC_ROWS[topic]] = months

    def check(self, first: date, last: date) -> None:
        """Refuse a run that reaches into a year for which a lunar day is not in the table."""
        for year in range(first.year, last.year + 1):
            for key, occasion in self.data.occasions.items():
                self._on(key, occasion, year)

    def _on(self, key: str, occasion: Occasion, year: int) -> date:
        day = occasion.on(year)
        if day is None:
            known = ", ".join(str(y) for y in sorted(occasion.lunar))
            raise ConfigError(
                f"calendar {self.data.name}: {key} has no date for {year}; the lunar table names {known}"
            )
        return day

    def _periods(self, day: date) -> list[tuple[str, Period]]:
        """Periods in force on a date, with the occasion each belongs to, in the order of the file."""
        found: list[tuple[str, Period]] = []
        for key, occasion in self.data.occasions.items():
            self._on(key, occasion, day.year)
            for year in (day.year - 1, day.year, day.year + 1):
                anchor = occasion.on(year)
                if anchor is not None:
                    offset = (day - anchor).days
                    found += [(key, p) for p in occasion.periods if p.first <= offset <= p.last]
        return found

    def factors(self, day: date) -> DayFactors:
        """What the calendar says about a date.

        Raises
        ------
        ConfigError
            For a year that a lunar table does not name.
        """
        activity = self.data.weekday.activity[day.weekday()]
        demand = self.data.weekday.demand[day.weekday()]
        topics = self._seasons(day)
        label = ""
        for key, period in self._periods(day):
            activity *= period.activity
            demand *= period.demand
            for topic, factor in period.topics.items():
                topics[TOPIC_ROWS[topic]] *= factor
            label = label or key
        return DayFactors(activity=activity, demand=demand, topic_demand=topics, label=label)

    def _seasons(self, day: date) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Season of each topic, float64 [topics]."""
        here = day.month - 1
        middle = 15
        if day.day >= middle:
            following = (here + 1) % 12
            share = (day.day - middle) / 30.0
        else:
            following = (here - 1) % 12
            share = (middle - day.day) / 30.0
        season: np.ndarray[Any, np.dtype[np.float64]] = self._season[:, here] * (1.0 - share)
        return season + self._season[:, following] * share

    def peak(self, day: date) -> bool:
        """Whether a date lies in the high season of placements, when creators ask for more (P2)."""
        return any(period.peak for _, period in self._periods(day))

    def occasion(self, key: str) -> Occasion | None:
        """The occasion of that key, or of that English or Chinese name."""
        for name, occasion in self.data.occasions.items():
            if key in (name, occasion.en, occasion.zh):
                return occasion
        return None

    def next_day(self, key: str, start: date) -> date:
        """The first time that an occasion falls on or after ``start``.

        Raises
        ------
        ConfigError
            For an unknown occasion, or a year that is not in its table.
        """
        occasion = self.occasion(key)
        if occasion is None:
            raise unknown(f"calendar {self.data.name}: day", key, self.data.occasions)
        day = self._on(key, occasion, start.year)
        return day if day >= start else self._on(key, occasion, start.year + 1)


def build_calendar(config: Mapping[str, Any]) -> YearCalendar:
    """The calendar of a composed configuration's group ``calendar``.

    Raises
    ------
    ConfigError
        For an unknown key or topic, a factor that is not positive, a day that does not exist.
    """
    data = typed(CalendarData, config, "calendar")
    for name in ("activity", "demand"):
        _factors(getattr(data.weekday, name), 7, f"calendar.weekday.{name}")
    for key, occasion in data.occasions.items():
        where = f"calendar.occasions.{key}"
        if bool(occasion.day) == bool(occasion.lunar):
            raise ConfigError(f"{where} needs either a day (MM-DD) or a lunar table (year: date)")
        try:
            for year in occasion.lunar or (2024,):
                if occasion.on(year) is None or (occasion.lunar and occasion.on(year).year != year):  # type: ignore[union-attr]
                    raise ValueError
        except ValueError:
            raise ConfigError(f"{where}: {occasion.day or occasion.lunar} is not a date") from None
        for period in occasion.periods:
            if period.first > period.last:
                raise ConfigError(
                    f"{where}: a period from day {period.first} to {period.last} ends before it starts"
                )
            _factors([period.activity, period.demand, *period.topics.values()], None, where)
            for topic in period.topics:
                _topic(topic, where)
    for topic, months in data.topics.items():
        _topic(topic, "calendar.topics")
        _factors(months, 12, f"calendar.topics.{topic}")
    return YearCalendar(data)


def _topic(topic: str, where: str) -> None:
    if topic not in TOPIC_ROWS:
        raise unknown(f"{where}: topic", topic, TOPIC_ROWS)


def _factors(values: list[float], length: int | None, where: str) -> None:
    if length is not None and len(values) != length:
        raise ConfigError(f"{where} needs {length} factors, got {len(values)}")
    for value in values:
        number(value, where, 0.01, 100.0)
