"""Shocks as a strategist writes them, turned into the records that the world plays (`sim.phases.shocks`).

A shock is dated like an action, or strikes with a hazard, and is named in `conf/shock`. What it does goes
through the quantities that members feel every day and the mechanisms that levers move; what troubles the
operator alone (weak teamwork) goes to the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from scenarios.calendars import TOPIC_ROWS, YearCalendar
from scenarios.dates import Timeline
from scenarios.lever_files import DIRECTIONS, EVIDENCE, PERSPECTIVES, check_bounds
from scenarios.library import Library
from scenarios.operations import is_operation, mechanism
from scenarios.records import number, typed, unknown
from sim.errors import ConfigError
from sim.state.schema import REGIONS

if TYPE_CHECKING:
    from sim.phases.shocks import Shock

OPERATOR = "operator"
"""Kind of a shock that troubles the operator alone."""


@dataclass(frozen=True)
class ShockSize:
    """A size with its range and where it comes from."""

    default: float
    low: float
    high: float
    unit: str
    source: str
    evidence: str


@dataclass(frozen=True)
class ShockChange:
    """A mechanism of the world, or a quality of the operator, that a shock moves at full force."""

    mechanism: str
    default: float
    low: float
    high: float
    source: str
    evidence: str
    whom: str = "everyone"


@dataclass(frozen=True)
class ShockFile:
    """What stands under a shock's name in `conf/shock`.

    Attributes
    ----------
    kind
        A key of `sim.phases.shocks.KINDS`, or ``operator``.
    size
        Force of its kind; ``sizes`` has its range and source.
    also
        Other levels that it sets: ``supply``, ``delay``, ``surge`` and so on.
    mitigation
        Levers that help against it.
    expected, expected_zh
        What happens, in words.
    kpis
        KPI -> ``up`` or ``down``: where it shows.
    spread, hazard, damages, payer
        As in `sim.phases.shocks.Shock`; damages in yuan.
    """

    id: str
    en: str
    zh: str
    kind: str
    start: str
    days: int
    size: float = 1.0
    range: ShockSize | None = None
    half_life: float = 7.0
    topic: str = ""
    region: str = ""
    expected: str = ""
    expected_zh: str = ""
    kpis: dict[str, str] = field(default_factory=dict)
    also: dict[str, float] = field(default_factory=dict)
    changes: list[ShockChange] = field(default_factory=list)
    spread: float = 0.0
    hazard: float = 0.0
    damages: float = 0.0
    payer: str = "platform"
    named_in: list[str] = field(default_factory=list)
    mitigation: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Trouble:
    """Days of the run on which an operator works worse, and by how much: quality (full key) -> amount or factor."""

    first: int
    last: int
    changes: tuple[tuple[str, float], ...]


def shock_file(name: str, data: Any) -> ShockFile:
    """Check what a shock's file says.

    Raises
    ------
    ConfigError
        For an unknown key, kind, mechanism, KPI or evidence mark, or a change beyond a mechanism's bounds.
    """
    from sim.kpis.registry import KPI
    from sim.phases.shocks import COLUMNS, KINDS, WHOM

    where = f"shock.{name}"
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where} must hold keys with values")
    file = typed(ShockFile, data, where)
    kinds = [*KINDS, OPERATOR]
    if file.kind not in kinds:
        raise unknown(f"{where}.kind", file.kind, kinds)
    regions = [en for en, _ in REGIONS]
    for key, value, known in (("topic", file.topic, list(TOPIC_ROWS)), ("region", file.region, regions)):
        if value and value not in known:
            raise unknown(f"{where}.{key}", value, known)
    for column in file.also:
        if column not in COLUMNS:
            raise unknown(f"{where}.also", column, COLUMNS)
    if file.payer not in PERSPECTIVES:
        raise unknown(f"{where}.payer", file.payer, PERSPECTIVES)
    for kpi, direction in file.kpis.items():
        if kpi not in KPI:
            raise unknown(f"{where}.kpis", kpi, KPI)
        if direction not in DIRECTIONS:
            raise unknown(f"{where}.kpis.{kpi}", direction, DIRECTIONS)
    for change in file.changes:
        rule = mechanism(change.mechanism)
        for size in (change.low, change.default, change.high):
            check_bounds(change.mechanism, size, rule.default, where)
        if change.whom not in WHOM:
            raise unknown(f"{where}: whom", change.whom, WHOM)
        if is_operation(change.mechanism) != (file.kind == OPERATOR):
            raise ConfigError(
                f"{where}: {change.mechanism} does not go with kind: {file.kind}; qualities of the operator go with "
                f"kind: {OPERATOR}, mechanisms of the world with the other kinds"
            )
    records: list[ShockChange | ShockSize] = [*file.changes, *([file.range] if file.range else [])]
    for record in records:
        if record.evidence not in EVIDENCE:
            raise unknown(f"{where}: evidence", record.evidence, EVIDENCE)
    return file


def build_shocks(
    shocks: Mapping[str, Any],
    start: date,
    days: int,
    calendar: YearCalendar | None = None,
    weight: float = 1.0,
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
    weight
        People that a member stands for, by which damages become sample money.

    Raises
    ------
    ConfigError
        For an unknown kind, topic, region or day, a size out of bounds, a shock before the run.
    """
    if not shocks:
        return []
    from sim.phases.shocks import KINDS, Pressure, Shock  # it brings all phases with it

    regions = {en: row for row, (en, _) in enumerate(REGIONS)}
    built = []
    for name, file, first in _dated(shocks, start, days, calendar):
        where = f"shock.{name}"
        if file.kind == OPERATOR:
            continue
        built.append(
            Shock(
                name=name,
                start=first,
                length=int(number(file.days, f"{where}.days", 1, 3650, "days")),
                kind=file.kind,
                size=number(file.size, f"{where}.size", 0.0, KINDS[file.kind].most),
                half_life=number(file.half_life, f"{where}.half_life", 0.01, 3650.0, "days"),
                topic=TOPIC_ROWS.get(file.topic, -1),
                region=regions.get(file.region, -1),
                also=tuple(file.also.items()),
                pressures=tuple(Pressure(c.mechanism, c.default, c.whom) for c in file.changes),
                spread=number(file.spread, f"{where}.spread", 0.0, 1.0),
                hazard=number(file.hazard, f"{where}.hazard", 0.0, 1.0, "a day"),
                damages=int(number(file.damages, f"{where}.damages", 0.0, 1e13, "yuan") * 100.0 / weight),
                payer=PERSPECTIVES[file.payer],
            )
        )
    return built


def troubles(
    shocks: Mapping[str, Any], start: date, days: int, calendar: YearCalendar | None = None
) -> list[Trouble]:
    """What shocks do to the operator, for `scenarios.plans.Plan`."""
    found = []
    for _, file, first in _dated(shocks, start, days, calendar):
        if file.kind == OPERATOR and file.size > 0.0:
            sizes = tuple((c.mechanism, _at(c, file.size)) for c in file.changes)
            found.append(Trouble(first, first + file.days - 1, sizes))
    return found


def _at(change: ShockChange, force: float) -> float:
    """A change at a share of full force."""
    none = 0.0 if mechanism(change.mechanism).stack == "add" else 1.0
    return none + (change.default - none) * force


def _dated(
    shocks: Mapping[str, Any], start: date, days: int, calendar: YearCalendar | None
) -> list[tuple[str, ShockFile, int]]:
    """Checked files with their first day, counted from the run's."""
    timeline = Timeline({}, start, days, calendar)
    found = []
    for name in sorted(shocks):
        file = shock_file(name, shocks[name])
        first = timeline.resolve(file.start, f"shock.{name}.start")
        if first < start:
            raise ConfigError(f"shock.{name}.start={first} is before the run's first day {start}")
        found.append((name, file, (first - start).days))
    return found


def all_shocks(library: Library) -> dict[str, ShockFile]:
    """Every shock of a library, by name."""
    found = {}
    for name in library.names("shock"):
        for key, data in library.read("shock", name).items():
            found[key] = shock_file(key, data)
    return found
