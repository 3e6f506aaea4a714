"""Plans as they are played: what the world calls every dawn, and what it reports about money.

`build_plan` makes a `Plan` of what `scenarios.plan_files.resolve` gave. A plan keeps its state in arrays and
can be saved between any two days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.actions import FEN, Action, ActionSpec, action_spec
from scenarios.calendars import YearCalendar
from scenarios.dates import Timeline
from scenarios.lever_files import EVERYONE, LeverSpec, lever_spec
from scenarios.levers import Lever
from scenarios.operations import Operations, checked_operations
from scenarios.plan_files import PlanFile, plan_file
from scenarios.registry import build_lever
from scenarios.segments import Look, SegmentBook
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.levers import Desk


class Plan:
    """What a run asks at every dawn; it implements `sim.config.Policy`.

    Parameters
    ----------
    file
        Name, party, budget, goals.
    actions
        Each action's spec with the lever that plays it, in the order of their rows (by name, so that the
        order of listing changes nothing).
    start
        First reported day.
    calendar
        For the high season of prices.

    Attributes
    ----------
    actions
        What is played.
    """

    def __init__(
        self,
        file: PlanFile,
        actions: Sequence[tuple[ActionSpec, Lever]],
        start: date,
        calendar: YearCalendar | None = None,
    ) -> None:
        self.file = file
        self.start = start
        ordered = sorted(actions, key=lambda pair: pair[0].name)
        self.actions = [Action(spec, row, calendar) for row, (spec, _) in enumerate(ordered)]
        self._levers = [lever for _, lever in ordered]
        self._own = checked_operations(file.operations, "plan.operations")
        self._checked = False

    @property
    def action_names(self) -> list[str]:
        """Names of the actions, in the order of their rows."""
        return [action.spec.name for action in self.actions]

    @property
    def payers(self) -> list[str]:
        """Account of the payer of each action."""
        return [action.spec.payer for action in self.actions]

    def dawn(self, desk: Desk) -> None:
        """Let every action that is on speak; an action of no strength says nothing at all."""
        if not self._checked:
            self.check(desk)
        today = self.start + timedelta(days=desk.day)
        playing = [
            (action, lever)
            for action, lever in zip(self.actions, self._levers, strict=True)
            if action.spec.strength > 0.0 and today >= action.spec.start
        ]
        operations = self.operations(playing, today)
        look: Look | None = None
        for action, lever in playing:
            action.operations = operations
            if "late" not in action.memory:
                action.keep("late", round(operations["latency"]))
            day = (today - action.spec.start).days - action.late
            if day < 0:
                continue
            on = today <= action.spec.end
            if on:
                look = look or Look(desk)
                action.begin(look)
            lever.settle(desk, action, day)
            if on:
                lever.dawn(desk, action, day)

    def operations(self, playing: Sequence[tuple[Action, Lever]], today: date) -> Operations:
        """How well the operator works today: what the plan says, as moved by its process levers."""
        found = Operations(self._own)
        for action, lever in playing:
            if lever.operations and today <= action.spec.end:
                lever.operate(found, action, (today - action.spec.start).days)
        return found

    def check(self, desk: Desk) -> None:
        """Refuse, before anything is played, what this world is too small for (rule 9).

        Raises
        ------
        ConfigError
            Naming the action and the size or budget needed.
        """
        self._checked = True
        for action, lever in zip(self.actions, self._levers, strict=True):
            if action.spec.strength > 0.0:
                lever.check(desk, action)

    def report(self, desk: Desk) -> list[dict[str, Any]]:
        """What each action was given and has spent so far, in real yuan.

        Returns
        -------
        list of dict
            ``action, lever, payer, budget, spent, committed`` (with what accepted contracts will still
            cost), ``unspent`` (None without a budget) and ``notes``.
        """
        rows = []
        for action, lever in zip(self.actions, self._levers, strict=True):
            spec = action.spec
            spent = action.spent(desk) * desk.weight / FEN
            committed = lever.committed(desk, action) * desk.weight / FEN
            rows.append(
                {
                    "action": spec.name,
                    "lever": spec.lever.key,
                    "payer": spec.payer,
                    "budget": spec.budget,
                    "spent": spent,
                    "committed": committed,
                    "unspent": None if spec.budget is None else max(0.0, spec.budget - committed),
                    "notes": list(action.notes),
                }
            )
        return rows

    def warnings(self, last: date) -> list[str]:
        """What is likely a mistake, in sentences; ``last`` is the last day of the run."""
        found = []
        for spec in (action.spec for action in self.actions):
            where = f"plan.actions.{spec.name}"
            if spec.start > last or spec.end < self.start:
                found.append(
                    f"{where}: it runs from {spec.start} to {spec.end}, the run from {self.start} to {last}"
                )
            elif spec.start < self.start:
                found.append(f"{where}: it starts on {spec.start}, before the run's first day {self.start}")
            if spec.slow_ramp > spec.days:
                found.append(
                    f"{where}: full effect would take {spec.slow_ramp:.0f} days, it lives for {spec.days} "
                    "and never gets there"
                )
            if spec.execution * spec.strength == 0.0:
                found.append(f"{where}: strength 0 changes nothing")
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All state, arrays by name."""
        return {f"{a.spec.name}/{key}": np.array(v) for a in self.actions for key, v in a.memory.items()}

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take over what `arrays` gave."""
        for action in self.actions:
            prefix = f"{action.spec.name}/"
            action.restore({k[len(prefix) :]: np.array(v) for k, v in arrays.items() if k.startswith(prefix)})

    def __iter__(self) -> Iterator[ActionSpec]:
        return iter(action.spec for action in self.actions)


def build_plan(plan: Mapping[str, Any], start: date, days: int, calendar: YearCalendar | None = None) -> Plan:
    """The plan of a resolved configuration, new for each run.

    Parameters
    ----------
    plan
        What `resolve` gave.
    start, days
        First reported day, reported days.
    calendar
        Names of days, and the high season of prices.

    Raises
    ------
    ConfigError
        In one sentence that names the key and what is allowed.
    """
    file = plan_file(plan)
    book = SegmentBook(plan.get("segments") or {})
    levers = {key: _lever(key, data) for key, data in (plan.get("levers") or {}).items()}
    timeline = Timeline(file.actions, start, days, calendar)
    pairs = []
    for name, written in file.actions.items():
        where = f"plan.actions.{name}"
        lever = levers[written["lever"]]
        text = written.get("segment")
        text = lever.file.targets if text is None else str(text)
        segment = None if text in EVERYONE else book.find(text, f"{where}.segment")
        first, last = timeline.of(name, "start"), timeline.of(name, "end")
        on = {c.on: book.find(c.on, f"{lever.key}: on") for c in lever.file.changes if c.on not in EVERYONE}
        spec = action_spec(name, written, lever, first, last, segment, file.execution, file.as_, on)
        pairs.append((spec, build_lever(lever)))
    budgets = [spec.budget for spec, _ in pairs if spec.budget is not None]
    if file.budget is not None and sum(budgets) > file.budget:
        raise ConfigError(
            f"plan.budget={file.budget:.0f} yuan is less than the {sum(budgets):.0f} of its actions together"
        )
    return Plan(file, pairs, start, calendar)


def _lever(key: str, data: Mapping[str, Any]) -> LeverSpec:
    return lever_spec(key, str(data.get("group", "")), {k: v for k, v in data.items() if k != "group"})
