"""Shocks as a strategist writes them, turned into the records that the world plays (`sim.phases.shocks`).

A shock is dated like an action and named in `conf/shock`; what it does goes through the same quantities
that members feel every day, the pull of rivals and the level of a crisis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from scenarios.calendars import TOPIC_ROWS, YearCalendar
from scenarios.dates import Timeline
from scenarios.records import number, typed, unknown
from sim.errors import ConfigError
from sim.state.schema import REGIONS

if TYPE_CHECKING:
    from sim.phases.shocks import Shock


@dataclass(frozen=True)
class ShockFile:
    """What stands under a shock's name in `conf/shock`."""

    id: str
    en: str
    zh: str
    kind: str
    start: str
    days: int
    size: float
    half_life: float = 7.0
    topic: str = ""
    region: str = ""
    named_in: list[str] = field(default_factory=list)


def build_shocks(
    shocks: Mapping[str, Any], start: date, days: int, calendar: YearCalendar | None = None
) -> list[Shock]:
    """The shocks of a composed configuration's group ``shock``, for `sim.model.Community.shocks`.

    Parameters
    ----------
    shocks
        Name -> what its file says.
    start, days
        First reported day, reported days.
    calendar
        Names of days.

    Raises
    ------
    ConfigError
        For an unknown kind, topic, region or day, a size out of bounds, a shock before the run.
    """
    if not shocks:
        return []
    from sim.phases.shocks import KINDS, Shock  # it brings all phases with it

    regions = {en: row for row, (en, _) in enumerate(REGIONS)}
    timeline = Timeline({}, start, days, calendar)
    built = []
    for name in sorted(shocks):
        where = f"shock.{name}"
        if not isinstance(shocks[name], Mapping):
            raise ConfigError(f"{where} must hold keys with values")
        file = typed(ShockFile, shocks[name], where)
        if file.kind not in KINDS:
            raise unknown(f"{where}.kind", file.kind, KINDS)
        for key, value, known in (("topic", file.topic, TOPIC_ROWS), ("region", file.region, regions)):
            if value and value not in known:
                raise unknown(f"{where}.{key}", value, known)
        first = timeline.resolve(file.start, f"{where}.start")
        if first < start:
            raise ConfigError(f"{where}.start={first} is before the run's first day {start}")
        built.append(
            Shock(
                name=name,
                start=(first - start).days,
                length=int(number(file.days, f"{where}.days", 1, 3650, "days")),
                kind=file.kind,
                size=number(file.size, f"{where}.size", 0.0, 1.0),
                half_life=number(file.half_life, f"{where}.half_life", 0.01, 3650.0, "days"),
                topic=TOPIC_ROWS.get(file.topic, -1),
                region=regions.get(file.region, -1),
            )
        )
    return built
