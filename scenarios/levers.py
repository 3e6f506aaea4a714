"""What a lever is: a YAML file that says what it changes, costs and damages, and a short class where data
is not enough.

`LeverFile` is the YAML, checked; `Lever` plays it: it moves the mechanisms that the file names and books
its costs. A lever that makes offers is a subclass of `Lever`, registered under its key
(`scenarios.registry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scenarios.library import LEVER_GROUPS
from scenarios.records import number, typed, unknown
from sim.accounts import account_code, kind_code
from sim.errors import ConfigError
from sim.levers import mechanism_of

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk

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
    """

    mechanism: str
    default: float
    low: float
    high: float
    source: str
    evidence: str


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
    """A lever as its YAML describes it; `conf/content/quality_boost.yaml` is an example with every key
    explained.
    """

    id: str
    en: str
    zh: str
    named_in: list[str]
    perspective: list[str]
    payer: str
    kind: str
    targets: str
    ramp: Sized
    side_effects: str
    kpis: list[str]
    expected: str = ""
    owner: str = ""
    behaviour: str = ""
    cadence: Sized | None = None
    budget: Sized | None = None
    parameters: dict[str, Parameter] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)
    changes: list[MechanismChange] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LeverSpec:
    """A checked lever: its key, its strategy kind and its file."""

    key: str
    group: str
    file: LeverFile

    @property
    def assumed(self) -> float:
        """Share of its numbers that rest on an assumption, 0 to 1; NaN if it has none."""
        marks = [p.evidence for p in _marked(self.file)]
        return marks.count("assumption") / len(marks) if marks else float("nan")


def _marked(file: LeverFile) -> list[Any]:
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
        For an unknown key, mechanism, account or evidence mark, a range that does not hold its default, a
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
    if not file.side_effects.strip():
        raise ConfigError(f'{where}: side_effects is empty; name them, or write "none, because ..."')
    for record in _marked(file):
        _one_of(f"{where}: evidence", record.evidence, EVIDENCE)
        if record.low is not None and record.high is not None and not isinstance(record.default, str):
            number(record.default, f"{where}: default", record.low, record.high)
        if not record.source.strip():
            raise ConfigError(f"{where}: {record} names no source; write where it comes from, or assumption")
    for change in file.changes:
        rule = mechanism_of(change.mechanism)
        for size in SIZES:
            check_bounds(change.mechanism, getattr(change, size), rule.default, where)
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


def moved(mechanism: str, full: float, power: float) -> float:
    """A mechanism's factor or amount at a share of full strength: straight from neutral (power 0) to
    ``full`` (1).
    """
    if mechanism_of(mechanism).stack == "add":
        return full * power
    return 1.0 + (full - 1.0) * power


def check_bounds(mechanism: str, change: float, base: float, where: str) -> None:
    """Refuse a change that would take a mechanism beyond its bounds even where nothing else moves it."""
    rule = mechanism_of(mechanism)
    if rule.stack == "add":
        value = base + change
    elif rule.stack == "odds":
        odds = base / (1.0 - base) * change
        value = odds / (1.0 + odds) if change > 0.0 else -1.0
    else:
        value = base * change
    if not rule.low <= value <= rule.high:
        raise ConfigError(
            f"{where}: {mechanism} would become {value:g}; "
            f"its bounds are {rule.low:g} to {rule.high:g} {rule.unit}"
        )


class Lever:
    """Plays a lever's file: moves its mechanisms, books its costs. Behaviour levers override `dawn` or
    `settle`.

    Parameters
    ----------
    spec
        The checked file.

    Notes
    -----
    A lever holds no state: what an action must remember is in `Action.memory`, arrays by name, so that a
    run can be saved between any two days. It sees the world through the desk alone.
    """

    def __init__(self, spec: LeverSpec) -> None:
        self.spec = spec

    def check(self, desk: Desk, action: Action) -> None:
        """Refuse an action that this world is too small for; called once, before the first day is played.

        Raises
        ------
        ConfigError
            Naming the size or the budget that is needed.
        """

    def dawn(self, desk: Desk, action: Action, day: int) -> None:
        """One day of an action.

        Parameters
        ----------
        desk
            The three verbs.
        action
            The dated use of the lever.
        day
            Days since the action began, 0 on its first day.
        """
        if not action.exhausted(desk):
            self.modify(desk, action, day)
            self.pay(desk, action, day)

    def settle(self, desk: Desk, action: Action) -> None:
        """Book what earlier days have led to; called every day from the action's start on, also after its
        end.
        """

    def committed(self, desk: Desk, action: Action) -> int:
        """What is spent or promised, in fen of sample money."""
        return action.spent(desk)

    def modify(self, desk: Desk, action: Action, day: int) -> None:
        """Move the file's mechanisms by the power of the day."""
        for change in self.spec.file.changes:
            full = getattr(change, action.spec.size)
            desk.modify(
                change.mechanism,
                moved(change.mechanism, full, action.power(day)),
                action.people(desk),
                action.row,
            )

    def pay(self, desk: Desk, action: Action, day: int) -> None:
        """Book the file's costs; they grow with strength, not with the ramp: a team is paid from its first
        day.
        """
        for cost in self.spec.file.costs:
            amount = getattr(cost, action.spec.size) * action.spec.strength
            if cost.per == "day" or (cost.per == "start" and day == 0):
                action.pay(desk, amount, cost.account, cost.what)
            elif cost.per == "member" and day == 0:
                action.pay(desk, amount * action.count(desk) * desk.weight, cost.account, cost.what)
