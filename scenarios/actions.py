"""An action while a run plays it: its people, its power and its money on each day.

All that it remembers between days (frozen people, money booked, creators asked) lies in `Action.memory`,
plain arrays by name. What the plan says about it is an `ActionSpec` (`scenarios.action_specs`).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.action_specs import ActionSpec, slowed
from scenarios.lever_files import EVERYONE, MechanismChange
from scenarios.operations import Operations, mechanism
from scenarios.segments import Look, Segment, counted, on_platform
from sim.levers import CostOffer
from sim.randomness import S_LEVER, uniforms

if TYPE_CHECKING:
    from scenarios.calendars import YearCalendar
    from scenarios.levers import Lever
    from sim.levers import Desk

FEN = 100


class Action:
    """An action while a run plays it.

    Parameters
    ----------
    spec
        What the plan says.
    row
        Its row among the plan's actions, by which the books know it.
    lever
        What plays it.
    calendar
        For the high season of prices; None without one.

    Attributes
    ----------
    memory
        All state, arrays by name.
    notes
        Sentences for the report.
    alarm
        Peak level of the crisis that the operator has noticed; 0 without one.
    """

    def __init__(
        self, spec: ActionSpec, row: int, lever: Lever, calendar: YearCalendar | None = None
    ) -> None:
        self.spec = spec
        self.row = row
        self.lever = lever
        self.calendar = calendar
        self.memory: dict[str, npt.NDArray[Any]] = {}
        self.notes: list[str] = []
        self.operations = Operations()
        self.alarm = 0.0
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

    @property
    def halted(self) -> bool:
        """Whether a rule has paused or stopped it."""
        return bool(self.remember("paused") or self.remember("stopped"))

    # --- effect ---------------------------------------------------------------------------------------------

    @property
    def strength(self) -> float:
        """Its strength today: the plan's, unless a rule has changed it."""
        return self.remember("strength", round(self.spec.strength * 1e6)) / 1e6

    @property
    def peak(self) -> float:
        """Full effect as it is carried out: strength x execution, less what does not fit the users."""
        return self.strength * self.execution * (1.0 - self.operations["misfit"])

    def power(self, day: int) -> float:
        """Share of full effect on a day of its life: `peak` x a straight ramp."""
        return self.peak * _ramp(slowed(self.spec.ramp, self.execution), day)

    def own_power(self, day: int) -> float:
        """`power` with the plan's own execution, for what makes execution better."""
        return self.strength * self.spec.execution * _ramp(self.spec.slow_ramp, day)

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
            self._find(f"segment/{text}", segment, look, own=False)

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
            self._masks[name] = people

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
        if not change.segment:
            return own
        if change.segment in EVERYONE:
            return own if self.spec.narrowed else None
        mask = self._mask(f"segment/{change.segment}", desk)
        return mask if own is None or mask is None or not self.spec.narrowed else mask & own

    def members(self, desk: Desk) -> npt.NDArray[np.bool_]:
        """Its people who are on the platform today, bool [persons]."""
        here = on_platform(desk)
        own = self._mask("people", desk)
        return here.copy() if own is None else here & own

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

    def set(self, name: str, value: int) -> bool:
        """`keep`; tells whether that is another value than before."""
        before = self.remember(name, -1)
        self.keep(name, value)
        return before != value and not (before == -1 and value == 0)

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
        own = self.sample_fen(desk, self.spec.budget * min(self.strength, 1.0))
        return max(0, own + self.remember("shift"))

    def spent(self, desk: Desk) -> int:
        """What its payer's books show for it, in fen of sample money."""
        return desk.spent(self.row, self.spec.payer)


def _ramp(ramp: float, day: int) -> float:
    return 1.0 if ramp <= 1.0 else min(1.0, (day + 1) / ramp)
