"""Rules by which a plan adapts: a condition on what the operator observes, and what is then done.

``when: "cpe_7d > 10", then: {pause: wave2}``. Figures are KPIs as the operator sees them, late and with an
error, over the last day or a window of days; rules are looked at in reviews, which come every so many days.
Conditions are parsed by `scenarios.expressions` and never executed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.expressions import Column, Expression, Parser
from scenarios.records import number, typed, unknown
from sim.errors import ConfigError
from sim.kpis.registry import KPIS

if TYPE_CHECKING:
    from scenarios.actions import Action
    from scenarios.operations import Operations
    from sim.levers import Desk

WINDOWS = (7, 14, 28)
"""Days over which a figure may be asked for, as in ``gmv_7d``."""
STEPS = ("pause", "resume", "stop", "strength", "move")
OWN = ("spent", "left", "days")
"""What a plan knows of each of its actions: yuan spent, yuan left of its budget, days since its launch."""


@dataclass(frozen=True)
class RuleFile:
    """A rule as a plan writes it."""

    when: str
    then: dict[str, Any]
    times: int = 0


@dataclass(frozen=True)
class Move:
    """Money that goes from one action's budget to another's, real yuan."""

    giver: str
    taker: str
    yuan: float


@dataclass(frozen=True)
class Rule:
    """A checked rule.

    Attributes
    ----------
    name
        Its name in the plan.
    condition
        What must be seen.
    text
        The condition as it was written.
    pause, resume, stop
        Actions that are paused, go on, or end for good.
    strength
        Action -> strength from then on.
    moves
        Money that changes hands.
    times
        How often it may act; 0 for any number.
    """

    name: str
    condition: Expression
    text: str
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    strength: Mapping[str, float] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    times: int = 0


def words(actions: Iterable[str]) -> dict[str, Column]:
    """Every word that a rule may use: KPIs with and without a window, and what is known of each action."""
    found = {}
    for kpi in KPIS:
        found[kpi.key] = Column(kpi.key, kpi.en, kpi.zh, "number", kpi.unit)
        for days in WINDOWS:
            name = f"{kpi.key}_{days}d"
            found[name] = Column(name, f"{kpi.en}, {days} days", f"{kpi.zh}（{days} 日）", "number", kpi.unit)
    for action in actions:
        for own in OWN:
            found[f"{action}.{own}"] = Column(f"{action}.{own}", own, own, "number")
    return found


def build_rules(written: Mapping[str, Any], actions: Sequence[str]) -> list[Rule]:
    """The rules of a plan, by name.

    Parameters
    ----------
    written
        Name -> ``when``, ``then`` and perhaps ``times``.
    actions
        Names of the plan's actions.

    Raises
    ------
    ConfigError
        For an unknown figure, action or step, and for what is no condition.
    """
    columns = words(actions)
    known = ["a KPI (seedbed kpis)", *(f"a KPI with _{days}d" for days in WINDOWS)]
    known += [f"{action}.{own}" for action in actions for own in OWN]
    parser = Parser(columns, example="cpe_7d > 10", known=known)
    return [_rule(name, written[name], actions, parser) for name in sorted(written)]


def _rule(name: str, written: Any, actions: Sequence[str], parser: Parser) -> Rule:
    where = f"plan.rules.{name}"
    if not isinstance(written, Mapping):
        raise ConfigError(
            f'{where} must hold when and then, for example {{when: "cpe_7d > 10", then: {{stop: a}}}}'
        )
    file = typed(RuleFile, written, where)
    if not file.then:
        raise ConfigError(f"{where}.then is empty; permitted are: {', '.join(STEPS)}")
    for step in file.then:
        if step not in STEPS:
            raise unknown(f"{where}.then: step", step, STEPS)

    def names(step: str) -> tuple[str, ...]:
        asked = file.then.get(step) or []
        listed = [asked] if isinstance(asked, str) else list(asked)
        return tuple(_action(action, f"{where}.then.{step}", actions) for action in listed)

    strength = {}
    for action, value in _mapping(file.then.get("strength"), f"{where}.then.strength").items():
        _action(action, f"{where}.then.strength", actions)
        strength[action] = number(value, f"{where}.then.strength.{action}", 0.0, 2.0)
    move = _mapping(file.then.get("move"), f"{where}.then.move")
    moves: tuple[Move, ...] = ()
    if move:
        place = f"{where}.then.move"
        if set(move) != {"from", "to", "yuan"}:
            raise ConfigError(f"{place} needs from, to and yuan, for example {{from: a, to: b, yuan: 1e5}}")
        giver, taker = (_action(move[key], f"{place}.{key}", actions) for key in ("from", "to"))
        moves = (Move(giver, taker, number(move["yuan"], f"{place}.yuan", 0.0, 1e13, "yuan")),)
    return Rule(
        name=name,
        condition=parser.parse(file.when, f"{where}.when"),
        text=file.when,
        pause=names("pause"),
        resume=names("resume"),
        stop=names("stop"),
        strength=strength,
        moves=moves,
        times=int(number(file.times, f"{where}.times", 0, 10_000)),
    )


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must hold keys with values, not {value!r}")
    return value


def _action(name: Any, where: str, actions: Sequence[str]) -> str:
    if name not in actions:
        raise unknown(f"{where}: action", name, actions)
    return str(name)


def holds(rule: Rule, desk: Desk, actions: Mapping[str, Action], operations: Operations) -> bool:
    """Whether a rule's condition is seen to hold today; what is not known makes no comparison true."""

    def look(name: str, _: tuple[float, ...]) -> Any:
        return np.asarray(_figure(name, desk, actions, operations))

    return bool(rule.condition.mask(look, 1)[0])


def _figure(name: str, desk: Desk, actions: Mapping[str, Action], operations: Operations) -> float:
    action, dot, own = name.rpartition(".")
    if dot:
        return _KNOWN[own](actions[action], desk)
    kpi, _, window = name.rpartition("_")
    days = int(window[:-1]) if kpi and window[-1:] == "d" and window[:-1].isdigit() else 1
    key = kpi if days > 1 else name
    return desk.observe(key, round(operations["delay"]), operations["noise"], days)


def _left(action: Action, desk: Desk) -> float:
    budget = action.budget_fen(desk)
    return float("inf") if budget is None else (budget - action.spent(desk)) * desk.weight / 100.0


_KNOWN: dict[str, Callable[[Action, Desk], float]] = {
    "spent": lambda action, desk: action.spent(desk) * desk.weight / 100.0,
    "left": _left,
    "days": lambda action, desk: float(action.remember("age", -1)),
}


def act(rule: Rule, desk: Desk, actions: Mapping[str, Action]) -> bool:
    """Do what a rule says; tells whether that changed anything."""
    changed = False
    for name in rule.pause:
        changed |= actions[name].set("paused", 1)
    for name in rule.resume:
        changed |= actions[name].set("paused", 0)
    for name in rule.stop:
        changed |= actions[name].set("stopped", 1)
    for name, value in rule.strength.items():
        changed |= actions[name].set("strength", round(value * 1e6))
    for move in rule.moves:
        changed |= transfer(actions[move.giver], actions[move.taker], move.yuan, desk)
    return changed


def transfer(giver: Action, taker: Action, yuan: float, desk: Desk) -> bool:
    """Move budget from one action to another, at most what the first has not spent; whether anything moved."""
    budget = giver.budget_fen(desk)
    if budget is None or taker.budget_fen(desk) is None:
        return False
    fen = min(giver.sample_fen(desk, yuan), budget - giver.lever.committed(desk, giver))
    if fen <= 0:
        return False
    giver.keep("shift", giver.remember("shift") - fen)
    taker.keep("shift", taker.remember("shift") + fen)
    return True
