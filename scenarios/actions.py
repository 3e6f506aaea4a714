"""An action: one dated use of a lever, with its people, strength and money.

`ActionSpec` is what the plan says, checked and with dates resolved; `Action` is the same while a run plays
it. All that it remembers between days (frozen people, money booked, creators asked) lies in
`Action.memory`, plain arrays by name.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.lever_files import (
    EVERYONE,
    PERSPECTIVES,
    SIZES,
    LeverSpec,
    MechanismChange,
    Parameter,
    check_bounds,
    moved,
)
from scenarios.operations import Operations, mechanism
from scenarios.records import number, unknown
from scenarios.segments import Look, Segment, counted, on_platform
from sim.errors import ConfigError
from sim.levers import CostOffer
from sim.randomness import S_LEVER, uniforms

if TYPE_CHECKING:
    from scenarios.calendars import YearCalendar
    from sim.levers import Desk

COMMON = {
    "lever": "key of the lever",
    "start": "first day; default: the run's first",
    "end": "last day; default: the run's last",
    "segment": "who it is for: a name or an expression; default: the lever's targets",
    "dynamic": "true: the segment is looked up every day; default: it is frozen at the start",
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
FEN = 100


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


class Action:
    """An action while a run plays it.

    Parameters
    ----------
    spec
        What the plan says.
    row
        Its row among the plan's actions, by which the books know it.
    calendar
        For the high season of prices; None without one.

    Attributes
    ----------
    memory
        All state, arrays by name.
    notes
        Sentences for the report.
    """

    def __init__(self, spec: ActionSpec, row: int, calendar: YearCalendar | None = None) -> None:
        self.spec = spec
        self.row = row
        self.calendar = calendar
        self.memory: dict[str, npt.NDArray[Any]] = {}
        self.notes: list[str] = []
        self.operations = Operations()
        self._masks: dict[str, npt.NDArray[np.bool_]] = {}

    def __getitem__(self, parameter: str) -> Any:
        """A key of the lever's own."""
        return self.spec.parameters[parameter]

    @property
    def key(self) -> int:
        """uint32 made of the name, so that draws stay the same wherever the action stands in the plan."""
        return zlib.crc32(self.spec.name.encode())

    def restore(self, memory: dict[str, npt.NDArray[Any]]) -> None:
        """Take over a memory that was saved."""
        self.memory = memory
        self._masks = {}

    # --- time -----------------------------------------------------------------------------------------------

    @property
    def late(self) -> int:
        """Days by which it was launched after its date."""
        return self.remember("late")

    @property
    def days(self) -> int:
        """Days from its launch to its end."""
        return self.spec.days - self.late

    @property
    def execution(self) -> float:
        """How well it is carried out today, 0.5 to 1."""
        return min(1.0, max(0.5, self.spec.execution + self.operations["execution"]))

    # --- effect ---------------------------------------------------------------------------------------------

    @property
    def peak(self) -> float:
        """Full effect as it is carried out: strength x execution, less what does not fit the users."""
        return self.spec.strength * self.execution * (1.0 - self.operations["misfit"])

    def power(self, day: int) -> float:
        """Share of full effect on a day of its life: `peak` x a straight ramp."""
        return self.peak * _ramp(slowed(self.spec.ramp, self.execution), day)

    def own_power(self, day: int) -> float:
        """`power` with the plan's own execution, for what makes execution better."""
        return self.spec.strength * self.spec.execution * _ramp(self.spec.slow_ramp, day)

    def wave(self, day: int) -> bool:
        """Whether a wave falls on a day of its life: the first, then one every ``cadence`` days (0: only
        the first).
        """
        if day == 0 or self.spec.cadence <= 0.0:
            return day == 0
        return int(day / self.spec.cadence) > int((day - 1) / self.spec.cadence)

    def waves_left(self, day: int) -> int:
        """Waves from a day on, that day's included."""
        return sum(self.wave(d) for d in range(day, self.days))

    # --- people ---------------------------------------------------------------------------------------------

    def begin(self, look: Look) -> None:
        """Start a day: freeze segments on the first, look them up again if they are dynamic."""
        if self.spec.segment is not None:
            self._find("people", self.spec.segment, look, own=True)
        for text, segment in self.spec.on.items():
            self._find(f"on/{text}", segment, look, own=False)

    def _find(self, name: str, segment: Segment, look: Look, own: bool) -> None:
        first = name not in self.memory
        if first or self.spec.dynamic:
            if own and first:
                people, warning = counted(segment, look.eyes, f"plan.actions.{self.spec.name}", look)
                if warning:
                    self.notes.append(warning)
            else:
                people = look.people(segment)
            if own:
                people = self._hit(people, look)
            self.memory[name] = np.packbits(people)
            self._masks.pop(name, None)

    def _mask(self, name: str, desk: Desk) -> npt.NDArray[np.bool_] | None:
        """A frozen segment, unpacked once a run; None if there is no such segment."""
        if name in self.memory and name not in self._masks:
            size = len(desk.visible("members.id"))
            self._masks[name] = np.unpackbits(self.memory[name], count=size).astype(bool)
        return self._masks.get(name)

    def _hit(self, people: npt.NDArray[np.bool_], look: Look) -> npt.NDArray[np.bool_]:
        """Whom an operator who knows people badly takes for the segment: some are missed, as many others are
        hit.
        """
        missed = self.operations["mistarget"]
        others = look.here & ~people
        if missed <= 0.0 or not others.any():
            return people
        u = uniforms(look.eyes.seed, S_LEVER, self.key, 0, look.eyes.visible("members.id"), 1)
        wrong = min(1.0, missed * np.count_nonzero(people) / np.count_nonzero(others))
        return np.where(people, u >= missed, others & (u < wrong))

    def people(self, desk: Desk) -> npt.NDArray[np.bool_] | None:
        """Its people, bool [persons]; None for everybody, those who will join included."""
        return self._mask("people", desk)

    def whom(self, change: MechanismChange, desk: Desk) -> npt.NDArray[np.bool_] | None:
        """Whom one of the lever's changes is for, bool [persons]; None for everybody."""
        if mechanism(change.mechanism).scope == "world":
            return None
        own = self._mask("people", desk)
        if not change.on:
            return own
        if change.on in EVERYONE:
            return own if self.spec.narrowed else None
        mask = self._mask(f"on/{change.on}", desk)
        return mask if own is None or mask is None or not self.spec.narrowed else mask & own

    def members(self, desk: Desk) -> npt.NDArray[np.bool_]:
        """Its people who are on the platform today, bool [persons]."""
        here = on_platform(desk)
        own = self._mask("people", desk)
        return here if own is None else here & own

    def count(self, desk: Desk) -> int:
        """How many of its people are on the platform."""
        return int(np.count_nonzero(self.members(desk)))

    # --- money ----------------------------------------------------------------------------------------------

    def remember(self, name: str, value: int = 0) -> int:
        """A whole number kept between days; ``value`` before anything was kept."""
        return int(self.memory[name][0]) if name in self.memory else value

    def keep(self, name: str, value: int) -> None:
        """Keep a whole number."""
        self.memory[name] = np.array([value], np.int64)

    def sample_fen(self, desk: Desk, yuan: float) -> int:
        """Real yuan as fen of sample money, rounded down."""
        return int(yuan * FEN / desk.weight)

    def pay(self, desk: Desk, yuan: float, account: str, what: str) -> None:
        """Book a cost in real yuan; what is below a fen of sample money is carried over to the next
        payment.
        """
        if yuan <= 0.0:
            return
        # Kept in millionths of a fen, a whole number, so that the sum of payments is exact.
        micro = self.remember(f"due/{account}/{what}") + int(yuan * FEN / desk.weight * 1_000_000.0)
        fen = micro // 1_000_000
        self.keep(f"due/{account}/{what}", micro - fen * 1_000_000)
        self.pay_fen(desk, fen, account, what)

    def pay_fen(self, desk: Desk, fen: int, account: str, what: str) -> None:
        """Book a cost in fen of sample money."""
        if fen > 0:
            desk.offer(CostOffer(self.row, self.spec.payer, account, fen, what))

    def exhausted(self, desk: Desk) -> bool:
        """Whether its budget is spent."""
        budget = self.budget_fen(desk)
        return budget is not None and self.spent(desk) >= budget

    def budget_fen(self, desk: Desk) -> int | None:
        """Its budget at its strength, in fen of sample money; None for no limit."""
        if self.spec.budget is None:
            return None
        return self.sample_fen(desk, self.spec.budget * min(self.spec.strength, 1.0))

    def spent(self, desk: Desk) -> int:
        """What its payer's books show for it, in fen of sample money."""
        return desk.spent(self.row, self.spec.payer)


def _ramp(ramp: float, day: int) -> float:
    return 1.0 if ramp <= 1.0 else min(1.0, (day + 1) / ramp)


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
        dynamic=bool(of("dynamic", False)),
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
