"""What a plan says about an action: its keys, checked, with dates and segments resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scenarios.lever_files import PERSPECTIVES, SIZES, LeverSpec, Parameter, check_bounds, moved
from scenarios.operations import mechanism
from scenarios.records import number, unknown
from scenarios.segments import Segment
from sim.errors import ConfigError

COMMON = {
    "lever": "key of the lever",
    "start": "first day; default: the run's first",
    "end": "last day; default: the run's last",
    "segment": "who it is for: a name or an expression; default: the lever's targets",
    "dynamic": "true: the segment is looked up every day; default: the lever's way, mostly frozen at the start",
    "strength": "0 to 2; 0 changes nothing, costs grow with it",
    "budget": "yuan, the most that is spent; default: the lever's, or no limit",
    "pacing": "even, asap or stop: stretch the budget, give all of it to the first wave, spend until it is gone",
    "ramp": "days until full effect; default: the lever's",
    "cadence": "days between waves; default: the lever's",
    "execution": "0.5 to 1, how well it is carried out; default: the plan's",
    "payer": "platform, brand or creator; default: the lever's",
    "size": "low, default or high: which of the lever's effect sizes and costs",
    "assumed": "true: another party's lever, taken as given",
}
"""Keys that every action may have; a lever's parameters come on top."""
PACING = ("even", "asap", "stop")


@dataclass(frozen=True)
class ActionSpec:
    """What a plan says about one action, checked.

    Attributes
    ----------
    name, lever
        Name in the plan; the lever.
    start, end
        First and last day.
    segment
        Who; None for everybody.
    dynamic
        Whether the segment is looked up anew every day.
    strength
        0 to 2.
    budget
        Real yuan, None for no limit.
    pacing
        ``even``, ``asap`` or ``stop``; empty for the lever's own way.
    ramp
        Days until full effect, with execution at its best.
    cadence
        Days between waves.
    execution
        0.5 to 1.
    payer
        Account.
    size
        Which of the lever's sizes.
    assumed
        Whether it is another party's lever, taken as given.
    parameters
        The lever's own keys, all of them.
    narrowed
        Whether the plan says itself whom it is for.
    on
        Segments that single changes of the lever are for, by how its file writes them.
    """

    name: str
    lever: LeverSpec
    start: date
    end: date
    segment: Segment | None
    dynamic: bool
    strength: float
    budget: float | None
    pacing: str
    ramp: float
    cadence: float
    execution: float
    payer: str
    size: str
    assumed: bool
    parameters: Mapping[str, Any]
    narrowed: bool = False
    on: Mapping[str, Segment] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """Length of its life."""
        return (self.end - self.start).days + 1

    @property
    def slow_ramp(self) -> float:
        """The ramp as it is carried out by the plan's own people."""
        return slowed(self.ramp, self.execution)


def slowed(ramp: float, execution: float) -> float:
    """Days of a ramp as it is carried out: X11 doubles it at the worst execution."""
    return ramp * (1.0 + 2.0 * (1.0 - execution))


def parameter(name: str, rule: Parameter, value: Any, where: str) -> Any:
    """A lever's own key, checked against its rule."""
    where = f"{where}.{name}"
    if rule.choices:
        if value not in rule.choices:
            raise unknown(where, value, rule.choices)
        return value
    if isinstance(rule.default, bool):
        if not isinstance(value, bool):
            raise ConfigError(f"{where}={value!r} must be true or false")
        return value
    if isinstance(rule.default, str):
        return str(value)
    low = -1e15 if rule.low is None else rule.low
    high = 1e15 if rule.high is None else rule.high
    return number(value, where, low, high, rule.unit)


def check_action(spec: ActionSpec, where: str, explicit: bool) -> None:
    """What cannot be: an end before the start, a ramp longer than the life, an effect beyond a mechanism's
    bounds.

    A ramp that was not written (``explicit`` False) may be longer: the action then never reaches full effect.
    """
    if spec.end < spec.start:
        raise ConfigError(f"{where}: it ends on {spec.end}, before it starts on {spec.start}")
    if spec.ramp > spec.days and explicit:
        raise ConfigError(
            f"{where}.ramp={spec.ramp:g} is longer than the action lives, "
            f"from {spec.start} to {spec.end} ({spec.days} days)"
        )
    for change in spec.lever.file.changes:
        full = getattr(change, spec.size)
        power = spec.strength * spec.execution
        check_bounds(
            change.mechanism,
            moved(change.mechanism, full, power),
            mechanism(change.mechanism).default,
            where,
        )


def action_spec(
    name: str,
    written: Mapping[str, Any],
    lever: LeverSpec,
    start: date,
    end: date,
    segment: Segment | None,
    execution: float,
    party: str,
    on: Mapping[str, Segment] | None = None,
) -> ActionSpec:
    """Check what a plan says about one action.

    Parameters
    ----------
    name, written
        Its name and keys.
    lever
        The lever it uses.
    start, end
        Its resolved dates.
    segment
        Its resolved segment.
    execution
        The plan's execution quality.
    party
        Whose plan it is.
    on
        Segments that single changes of the lever are for.

    Raises
    ------
    ConfigError
        In one sentence that names the key and what is allowed.
    """
    where = f"plan.actions.{name}"
    file = lever.file
    for key in written:
        if key not in COMMON and key not in file.parameters:
            raise unknown(f"{where}: key", key, [*COMMON, *file.parameters])

    def of(key: str, default: Any) -> Any:
        value = written.get(key)
        return default if value is None else value

    assumed = of("assumed", False)
    if party not in file.perspective and not assumed:
        raise ConfigError(
            f"{where}: {lever.key} is a lever of the {' or the '.join(file.perspective)}, "
            f"and this is a plan of the {party}; write assumed: true to take it as given"
        )
    payer = of("payer", file.payer)
    if payer not in PERSPECTIVES:
        raise unknown(f"{where}.payer", payer, PERSPECTIVES)
    pacing = of("pacing", "")
    if pacing and pacing not in PACING:
        raise unknown(f"{where}.pacing", pacing, PACING)
    size = of("size", "default")
    if size not in SIZES:
        raise unknown(f"{where}.size", size, SIZES)
    budget = of("budget", file.budget.default if file.budget is not None else None)
    cadence = file.cadence.default if file.cadence is not None else 0.0
    spec = ActionSpec(
        name=name,
        lever=lever,
        start=start,
        end=end,
        segment=segment,
        dynamic=bool(of("dynamic", file.dynamic)),
        strength=number(of("strength", 1.0), f"{where}.strength", 0.0, 2.0),
        budget=None if budget is None else number(budget, f"{where}.budget", 0.0, 1e13, "yuan"),
        pacing=pacing,
        ramp=number(of("ramp", file.ramp.default), f"{where}.ramp", 0.0, 3650.0, "days"),
        cadence=number(of("cadence", cadence), f"{where}.cadence", 0.0, 3650.0, "days"),
        execution=number(of("execution", execution), f"{where}.execution", 0.5, 1.0),
        payer=PERSPECTIVES[payer],
        size=size,
        assumed=bool(assumed),
        parameters={
            key: parameter(key, rule, of(key, rule.default), where) for key, rule in file.parameters.items()
        },
        narrowed=written.get("segment") is not None,
        on=dict(on or {}),
    )
    check_action(spec, where, explicit=written.get("ramp") is not None)
    return spec
