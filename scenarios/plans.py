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

from scenarios.action_specs import ActionSpec, action_spec
from scenarios.actions import FEN, Action
from scenarios.calendars import YearCalendar
from scenarios.dates import Timeline
from scenarios.lever_files import EVERYONE, LeverSpec, lever_spec
from scenarios.levers import Lever
from scenarios.operations import Operations, checked_operations
from scenarios.plan_files import PlanFile, plan_file
from scenarios.registry import build_lever
from scenarios.rules import Rule, act, build_rules, holds, transfer
from scenarios.segments import Look, SegmentBook
from scenarios.shocks import Trouble, troubles
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.levers import Desk

RULES, SEEN, CRISIS = "//rules/", "//seen/", "//crisis/"
"""What the arrays of rules and of a crisis are called, apart from those of any action."""


class Plan:
    """What a run asks at every dawn; it implements `sim.config.Policy`.

    Parameters
    ----------
    file
        Name, party, budget, goals.
    actions
        Each action's spec with the lever that plays it, in any order: their rows are in the order of names,
        so that the order of listing changes nothing.
    start
        First reported day.
    calendar
        For the high season of prices.
    rules
        How the plan adapts.

    Attributes
    ----------
    actions
        What is played.
    troubles
        What troubles the operator from outside.
    severed
        Qualities of the operator whose link to the plan is cut (a test's tool), as `sim.levers.LeverTable.severed`.
    fired, seen
        Rule -> days of the run on which it acted; the day since which its condition is seen to hold.
    crisis
        Since when a crisis is on, since when it is noticed, and its peak in millionths; empty without one.
    """

    def __init__(
        self,
        file: PlanFile,
        actions: Sequence[tuple[ActionSpec, Lever]],
        start: date,
        calendar: YearCalendar | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        self.file = file
        self.start = start
        self.rules = list(rules)
        ordered = sorted(actions, key=lambda pair: pair[0].name)
        self.actions = [Action(spec, row, lever, calendar) for row, (spec, lever) in enumerate(ordered)]
        self.named = {action.spec.name: action for action in self.actions}
        self.troubles: list[Trouble] = []
        self.severed: frozenset[str] = frozenset()
        self.fired: dict[str, list[int]] = {}
        self.seen: dict[str, int] = {}
        self.crisis: dict[str, int] = {}
        self._calendar = calendar
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
        """Review what has been seen, then let every action that is on speak; one of no strength says nothing."""
        if not self._checked:
            self.check(desk)
        today = self.start + timedelta(days=desk.day)
        operations = self.operations(today)
        self.review(desk, operations)
        self.watch(desk, today, operations)
        look: Look | None = None
        executed: list[float] = []
        for action in self.actions:
            if action.strength == 0.0 or today < action.spec.start:
                continue
            action.operations = operations
            day = self._age(action, today, operations)
            if day < 0:
                continue
            on = today <= action.spec.end and not action.halted
            if on:
                look = look or Look(desk)
                action.begin(look)
            action.lever.settle(desk, action, day)
            if on:
                if action.set("launched", 1):
                    desk.record("launches")
                    desk.record("launch_delay", action.late)
                action.lever.dawn(desk, action, day)
                executed.append(action.execution)
            elif action.remember("stopped"):
                action.memory.setdefault("over", np.array([day], np.int64))
        if executed:
            desk.record("execution", float(np.mean(executed)))

    @staticmethod
    def _age(action: Action, today: date, operations: Operations) -> int:
        """Days since an action was launched, negative while it is late."""
        if "late" not in action.memory:
            action.keep("late", round(operations["latency"]))
        age = (today - action.spec.start).days - action.late
        action.keep("age", age)
        return age

    def operations(self, today: date) -> Operations:
        """How well the operator works today: what the plan says, as moved by its process levers."""
        found = Operations(self._own)
        day = (today - self.start).days
        for trouble in self.troubles:
            if trouble.first <= day <= trouble.last:
                for key, size in trouble.changes:
                    found.change(key, size)
        for action in self.actions:
            spec = action.spec
            on = spec.start <= today <= spec.end and not action.halted
            if on and action.lever.operations and action.strength > 0.0:
                action.lever.operate(found, action, (today - spec.start).days, self.severed)
        return found

    def review(self, desk: Desk, operations: Operations) -> None:
        """Note since when each rule's condition is seen to hold; on the day of a review, act, in the order of names."""
        if desk.day <= 0:
            return
        due = desk.day % max(1, round(operations["review"])) == 0
        if due and operations["allocation"] > 0.0:
            self.reallocate(desk, operations["allocation"])
        for rule in self.rules:
            fired = self.fired.setdefault(rule.name, [])
            if rule.times and len(fired) >= rule.times:
                continue
            if not holds(rule, desk, self.named, operations):
                self.seen.pop(rule.name, None)
                continue
            since = self.seen.setdefault(rule.name, desk.day)
            if due and act(rule, desk, self.named):
                fired.append(desk.day)
                desk.record("adjustments")
                desk.record("adjustment_delay", desk.day - since + round(operations["delay"]))

    def reallocate(self, desk: Desk, share: float) -> None:
        """Move a share of what the least rewarding of its comparable actions has left to the most rewarding."""
        found = [(a.lever.result(desk, a), a) for a in self.actions if a.budget_fen(desk) is not None]
        known = sorted(((r, a) for r, a in found if r == r), key=lambda pair: (pair[0], pair[1].spec.name))
        if len(known) > 1 and known[0][0] < known[-1][0]:
            giver, taker = known[0][1], known[-1][1]
            free = ((giver.budget_fen(desk) or 0) - giver.lever.committed(desk, giver)) * desk.weight / FEN
            transfer(giver, taker, share * free, desk)

    def watch(self, desk: Desk, today: date, operations: Operations) -> None:
        """Notice a crisis some days after it broke (``operator.detection``), and let the actions know how grave it is."""
        on = [a for a in self.actions if a.lever.watches and a.strength > 0.0]
        on = [a for a in on if a.spec.start <= today <= a.spec.end]
        level = desk.observe("crisis", 1, 0.0) if on and desk.day > 0 else 0.0
        if not level > 0.0:
            self.crisis.clear()
        else:
            since = self.crisis.setdefault("since", desk.day)
            self.crisis["peak"] = max(self.crisis.get("peak", 0), round(level * 1e6))
            if "noticed" not in self.crisis and desk.day - since >= round(operations["detection"]):
                self.crisis["noticed"] = desk.day
                desk.record("detections")
                desk.record("detection_delay", desk.day - since)
        for action in on:
            action.alarm = self.crisis["peak"] / 1e6 if "noticed" in self.crisis else 0.0

    def trouble(self, shocks: Mapping[str, Any], start: date, days: int) -> None:
        """Take note of shocks that trouble the operator."""
        self.troubles = troubles(shocks, start, days, self._calendar)

    def check(self, desk: Desk) -> None:
        """Refuse, before anything is played, what this world is too small for (rule 9).

        Raises
        ------
        ConfigError
            Naming the action and the size or budget needed.
        """
        self._checked = True
        for action in self.actions:
            if action.strength > 0.0:
                action.lever.check(desk, action)

    def report(self, desk: Desk) -> list[dict[str, Any]]:
        """What each action was given and has spent so far, in real yuan.

        Returns
        -------
        list of dict
            ``action, lever, payer, budget, spent, committed`` (with what accepted contracts will still
            cost), ``unspent`` (None without a budget) and ``notes``.
        """
        rows = []
        for action in self.actions:
            spec = action.spec
            spent = action.spent(desk) * desk.weight / FEN
            budget = action.budget_fen(desk)
            given = None if budget is None else budget * desk.weight / FEN
            committed = action.lever.committed(desk, action) * desk.weight / FEN
            rows.append(
                {
                    "action": spec.name,
                    "lever": spec.lever.key,
                    "payer": spec.payer,
                    "budget": given,
                    "spent": spent,
                    "committed": committed,
                    "unspent": None if given is None else max(0.0, given - committed),
                    "notes": list(action.notes),
                }
            )
        return rows

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All state, arrays by name."""
        kept = {f"{a.spec.name}/{key}": np.array(v) for a in self.actions for key, v in a.memory.items()}
        kept |= {f"{RULES}{name}": np.array(days, np.int64) for name, days in self.fired.items() if days}
        kept |= {f"{CRISIS}{name}": np.array([value], np.int64) for name, value in self.crisis.items()}
        return kept | {f"{SEEN}{name}": np.array([day], np.int64) for name, day in self.seen.items()}

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take over what `arrays` gave."""
        for action in self.actions:
            prefix = f"{action.spec.name}/"
            action.restore({k[len(prefix) :]: np.array(v) for k, v in arrays.items() if k.startswith(prefix)})
        self.fired = {k[len(RULES) :]: v.tolist() for k, v in arrays.items() if k.startswith(RULES)}
        self.crisis = {k[len(CRISIS) :]: int(v[0]) for k, v in arrays.items() if k.startswith(CRISIS)}
        self.seen = {k[len(SEEN) :]: int(v[0]) for k, v in arrays.items() if k.startswith(SEEN)}

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
        on = {
            c.segment: book.find(c.segment, f"{lever.key}: segment")
            for c in lever.file.changes
            if c.segment not in EVERYONE
        }
        spec = action_spec(name, written, lever, first, last, segment, file.execution, file.as_, on)
        pairs.append((spec, build_lever(lever)))
    own = [spec for spec, _ in pairs if not spec.assumed]
    budgets = [spec.budget for spec in own if spec.budget is not None]
    if file.budget is not None and sum(budgets) > file.budget:
        raise ConfigError(
            f"plan.budget={file.budget:.0f} yuan is less than the {sum(budgets):.0f} of its actions together"
        )
    rules = build_rules(file.rules, [spec.name for spec, _ in pairs])
    return Plan(file, pairs, start, calendar, rules)


def _lever(key: str, data: Mapping[str, Any]) -> LeverSpec:
    return lever_spec(key, str(data.get("group", "")), {k: v for k, v in data.items() if k != "group"})
