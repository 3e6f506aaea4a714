"""What a lever's YAML file may say, and the checks that it passes before anything is played.

A file names the mechanisms that its lever moves, with a low, a default and a high size; its offers, costs and
side effects; the KPIs that tell whether it works; and beside every number where that comes from and how good
the evidence is. `conf/content/quality_boost.yaml` is an example with every key explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.library import LEVER_GROUPS
from scenarios.operations import is_operation, mechanism
from scenarios.records import number, typed, unknown
from sim.accounts import account_code, kind_code
from sim.errors import ConfigError

EVIDENCE = ("strong", "medium", "weak", "derived", "assumption", "definition")
PERSPECTIVES = {"platform": "platform", "brand": "brand", "creator": "creators"}
"""Whose lever or plan it may be, and the account of that party."""
KINDS = ("mechanism", "behaviour", "process", "bundle")
PER = {
    "start": "once, at the start",
    "day": "a day",
    "member": "once for each member of the segment, at the start",
}
SIZES = ("low", "default", "high")
COURSES = {
    "ramp": "grows to full effect over the action's ramp, and ends with the action",
    "fades": "full on the first day, gone after ``days``",
    "after": "full on the day after the action's end, gone after ``days``",
}
"""How a change of a mechanism runs over the days of an action."""
DIRECTIONS = ("up", "down")
NONE_BECAUSE = "none, because "
EVERYONE = ("", "everyone", "所有人")


@dataclass(frozen=True)
class Sized:
    """A number with a range and where it comes from."""

    default: float
    low: float
    high: float
    unit: str
    source: str
    evidence: str


@dataclass(frozen=True)
class Parameter:
    """A key of its own that an action with this lever may set: a number with a range, one of some words, or
    a yes or no.
    """

    default: Any
    unit: str
    source: str
    evidence: str
    en: str
    zh: str
    low: float | None = None
    high: float | None = None
    choices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MechanismChange:
    """What the lever does to a mechanism at full strength: a factor, an amount or an odds factor by its
    stacking rule.

    Attributes
    ----------
    mechanism
        Key of a mechanism of the world, or of a quality of the operator (``operator.``).
    segment
        Segment that it is for; empty for the action's own.
    course
        A key of `COURSES`; ``days`` is its length where it fades.
    side
        Whether this is a side effect rather than what the lever is for.
    """

    mechanism: str
    default: float
    low: float
    high: float
    source: str
    evidence: str
    segment: str = ""
    course: str = "ramp"
    days: float = 0.0
    side: bool = False


@dataclass(frozen=True)
class Cost:
    """What the lever costs at strength 1, in real yuan, and who is paid."""

    what: str
    account: str
    per: str
    default: float
    low: float
    high: float
    source: str
    evidence: str


@dataclass(frozen=True)
class LeverFile:
    """A lever as its YAML describes it.

    Attributes
    ----------
    expected_zh, side_effects_zh
        The same in Chinese; where it is left out, the English shows.
    kpis, harms
        KPI -> ``up`` or ``down``: what the lever is for, and where its side effects show.
    parts
        For a bundle: lever -> keys of its action.
    dynamic
        Whether its people are looked up anew every day where a plan does not say.
    alias_of
        Key of the lever whose mechanisms this one shares, for another use.
    """

    id: str
    en: str
    zh: str
    perspective: list[str]
    payer: str
    ramp: Sized
    side_effects: str
    kpis: dict[str, str]
    side_effects_zh: str = ""
    kind: str = "mechanism"
    targets: str = "everyone"
    named_in: list[str] = field(default_factory=list)
    expected: str = ""
    expected_zh: str = ""
    owner: str = ""
    behaviour: str = ""
    dynamic: bool = False
    alias_of: str = ""
    cadence: Sized | None = None
    budget: Sized | None = None
    harms: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)
    changes: list[MechanismChange] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    parts: dict[str, Any] = field(default_factory=dict)


Move = tuple[str, str, int]
"""A mechanism, the segment for which it is moved, and the sign of the move."""


@dataclass(frozen=True)
class LeverSpec:
    """A checked lever: its key, its strategy kind and its file."""

    key: str
    group: str
    file: LeverFile

    @property
    def assumed(self) -> float:
        """Share of its numbers that rest on an assumption, 0 to 1; NaN if it has none."""
        marks = [record.evidence for record in marked(self.file)]
        return marks.count("assumption") / len(marks) if marks else float("nan")

    def moves(self) -> Iterator[Move]:
        """What it does to mechanisms, in the words by which two levers may be the same."""
        for change in self.file.changes:
            segment = change.segment or self.file.targets
            sign = 1 if change.default > neutral(change.mechanism) else -1
            yield change.mechanism, "everyone" if segment in EVERYONE else segment, sign

    @property
    def segments(self) -> list[str]:
        """Segments that the file names."""
        named = [self.file.targets, *(change.segment for change in self.file.changes)]
        return [text for text in dict.fromkeys(named) if text not in EVERYONE]


def marked(file: LeverFile) -> list[Any]:
    """Everything in a lever file that carries an evidence mark."""
    sized = [s for s in (file.ramp, file.cadence, file.budget) if s is not None]
    return [*sized, *file.parameters.values(), *file.costs, *file.changes]


def lever_spec(key: str, group: str, data: Mapping[str, Any]) -> LeverSpec:
    """Check what a lever file says.

    Parameters
    ----------
    key, group
        Its name and strategy kind, which are the file's name and folder.
    data
        What the file holds below its key.

    Raises
    ------
    ConfigError
        For an unknown key, mechanism, KPI, account or evidence mark, a range that does not hold its default, a
        missing side-effect entry, an effect beyond a mechanism's bounds.
    """
    where = f"{group}/{key}.yaml"
    if group not in LEVER_GROUPS:
        raise unknown(f"{where}: group", group, LEVER_GROUPS)
    file = typed(LeverFile, data, where)
    for party in file.perspective:
        _one_of(f"{where}: perspective", party, PERSPECTIVES)
    if not file.perspective:
        raise ConfigError(f"{where}: perspective is empty; permitted are {', '.join(PERSPECTIVES)}")
    _one_of(f"{where}: payer", file.payer, PERSPECTIVES)
    _one_of(f"{where}: kind", file.kind, KINDS)
    _check_side_effects(file, where)
    for record in marked(file):
        _check_record(record, where)
    for change in file.changes:
        _check_change(change, file, where)
    for cost in file.costs:
        account_code(cost.account)
        kind_code(cost.what)
        _one_of(f"{where}: costs.per", cost.per, PER)
        number(cost.low, f"{where}: costs.low", 0.0, 1e12, "yuan")
    for name, parameter in file.parameters.items():
        if parameter.choices and parameter.default not in parameter.choices:
            raise unknown(f"{where}: parameters.{name}.default", parameter.default, parameter.choices)
    return LeverSpec(key, group, file)


def _one_of(what: str, name: str, allowed: Any) -> None:
    if name not in allowed:
        raise unknown(what, name, allowed)


def _check_record(record: Any, where: str) -> None:
    _one_of(f"{where}: evidence", record.evidence, EVIDENCE)
    if record.low is not None and record.high is not None and not isinstance(record.default, str):
        # A change's low size is the weak one, which for a factor below 1 is the larger number.
        low, high = (
            sorted((record.low, record.high))
            if isinstance(record, MechanismChange)
            else (record.low, record.high)
        )
        number(record.default, f"{where}: default", low, high)
    if not record.source.strip():
        raise ConfigError(f"{where}: {record} names no source; write where it comes from, or assumption")


def _check_side_effects(file: LeverFile, where: str) -> None:
    from sim.kpis.registry import KPI  # it brings the passes over tables with it

    text = file.side_effects.strip()
    if not text or text == NONE_BECAUSE.strip():
        raise ConfigError(f'{where}: side_effects is empty; name them, or write "none, because ..."')
    if bool(file.harms) == text.startswith(NONE_BECAUSE):
        raise ConfigError(
            f"{where}: harms must name the KPIs in which the side effects show, and be left out where there "
            'are none (side_effects: "none, because ...")'
        )
    for kpi, direction in (*file.kpis.items(), *file.harms.items()):
        _one_of(f"{where}: KPI", kpi, KPI)
        _one_of(f"{where}: direction of {kpi}", direction, DIRECTIONS)
    if not file.kpis:
        raise ConfigError(f"{where}: kpis is empty; name those that tell whether the lever works")


def _check_change(change: MechanismChange, file: LeverFile, where: str) -> None:
    rule = mechanism(change.mechanism)
    _one_of(f"{where}: course", change.course, COURSES)
    if (change.course != "ramp") != (change.days > 0.0):
        raise ConfigError(
            f"{where}: {change.mechanism}: days={change.days:g} goes with a course that fades "
            f"(course: fades or after), not with course: {change.course}"
        )
    if (
        rule.scope == "world"
        and (change.segment or file.targets) not in EVERYONE
        and change.segment != "everyone"
    ):
        raise ConfigError(
            f"{where}: {change.mechanism} is the same for everybody; write segment: everyone for this change"
        )
    for size in SIZES:
        check_bounds(change.mechanism, getattr(change, size), rule.default, where)


def neutral(key: str) -> float:
    """The size at which a change of a mechanism changes nothing: 0 for an amount, 1 for a factor."""
    return 0.0 if mechanism(key).stack == "add" else 1.0


def moved(key: str, full: float, power: float) -> float:
    """A mechanism's factor or amount at a share of full strength: straight from neutral (power 0) to
    ``full`` (1).
    """
    return neutral(key) + (full - neutral(key)) * power


def check_bounds(key: str, change: float, base: float, where: str) -> None:
    """Refuse a change that would take a mechanism beyond its bounds even where nothing else moves it."""
    rule = mechanism(key)
    if rule.stack == "add":
        value = base + change
    elif rule.stack == "odds":
        odds = base / (1.0 - base) * change
        value = odds / (1.0 + odds) if change > 0.0 else -1.0
    else:
        value = base * change
    # An operator who cannot become better than perfect is no error: qualities stop at their bounds.
    if not is_operation(key) and not rule.low <= value <= rule.high:
        raise ConfigError(
            f"{where}: {key} would become {value:g}; its bounds are {rule.low:g} to {rule.high:g} {rule.unit}"
        )
