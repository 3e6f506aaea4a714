"""Plans: named actions with a budget, goals and a party whose plan it is; what the world calls every dawn.

`resolve` turns a composed configuration into one self-contained mapping, with every lever and segment that
is used inside, so that a run needs no files; `build_plan` makes the `Plan` that plays it. A plan keeps its
state in arrays and can be saved between any two days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.actions import EVERYONE, FEN, Action, ActionSpec, action_spec
from scenarios.calendars import YearCalendar
from scenarios.dates import Timeline
from scenarios.levers import PERSPECTIVES, Lever, LeverSpec, lever_spec
from scenarios.library import LEVER_GROUPS, Library
from scenarios.records import number, typed, unknown
from scenarios.registry import build_lever, find_lever, unwrapped
from scenarios.segments import Look, SegmentBook
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.levers import Desk


@dataclass(frozen=True)
class PlanFile:
    """A file of `conf/plan`."""

    name: str = "none"
    en: str = ""
    zh: str = ""
    as_: str = "platform"
    budget: float | None = None
    execution: float = 1.0
    goals: dict[str, str] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)


def named_actions(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The actions of a composed configuration: the plan's own, and one for each lever that
    ``content=[...]`` and so on name.

    A lever named so adds an action of its own name; keys that the plan already holds under that name are
    its settings (``plan.actions.coupons.depth=0.2``).

    Raises
    ------
    ConfigError
        If the plan has an action of that name with a lever already, or an action has no lever.
    """
    plan = config.get("plan") or {}
    written = plan.get("actions") or {}
    if not isinstance(written, Mapping):
        raise ConfigError("plan.actions must hold named actions, for example wave1: {lever: coupons}")
    actions: dict[str, dict[str, Any]] = {}
    for name, keys in written.items():
        if not isinstance(keys, Mapping):
            raise ConfigError(
                f"plan.actions.{name} must hold keys with values, for example {{lever: coupons}}"
            )
        actions[str(name)] = {str(key): value for key, value in keys.items()}
    for group in LEVER_GROUPS:
        for key in config.get(group) or {}:
            if "lever" in actions.get(key, {}):
                raise ConfigError(
                    f"{group}=[{key}] adds an action {key!r}, but the plan has one of that name already; "
                    "change its keys instead"
                )
            # Whoever names a lever on the command line takes it as given, whosever it is.
            actions[key] = {"lever": key, "assumed": True, **actions.get(key, {})}
    for name, keys in actions.items():
        if not keys.get("lever"):
            raise ConfigError(f"plan.actions.{name} names no lever; write plan.actions.{name}.lever=KEY")
    return actions


def resolve(config: Mapping[str, Any], library: Library) -> dict[str, Any]:
    """Everything that a plan needs, as plain data: the plan itself, its levers, the segments it uses.

    Parameters
    ----------
    config
        Composed configuration as plain dicts: groups ``plan`` and those of the levers.
    library
        Where levers and segments are looked up.

    Returns
    -------
    dict
        ``name, en, zh, as, budget, execution, goals, actions, levers, segments``, to stand in place of
        ``plan``.

    Raises
    ------
    ConfigError
        For an unknown lever or segment, and as `named_actions`.
    """
    file = _plan_file(config.get("plan") or {})
    actions = named_actions(config)
    levers: dict[str, Any] = {}
    segments: set[str] = set()
    book = SegmentBook.of(library) if actions else SegmentBook({})
    composed = {
        key: (group, data) for group in LEVER_GROUPS for key, data in (config.get(group) or {}).items()
    }
    for name, keys in actions.items():
        key = str(keys["lever"])
        where = f"plan.actions.{name}.lever"
        if key in composed:
            group, data = composed[key]
        else:
            found = find_lever(library, key, where)
            group, data = found.group, unwrapped(key, library.read(found.group, key), key)
        levers[key] = {"group": group, **data}
        places = (
            (keys.get("segment"), f"plan.actions.{name}.segment"),
            (data.get("targets"), f"{key}.targets"),
        )
        for text, place in places:
            if text is not None and str(text) not in EVERYONE:
                book.find(str(text), place)
                segments |= book.used_by(str(text))
    return {
        "name": file.name,
        "en": file.en,
        "zh": file.zh,
        "as": file.as_,
        "budget": file.budget,
        "execution": file.execution,
        "goals": dict(file.goals),
        "actions": {name: actions[name] for name in sorted(actions)},
        "levers": {key: levers[key] for key in sorted(levers)},
        "segments": {name: library.read("segment", name) for name in sorted(segments)},
    }


def _plan_file(data: Mapping[str, Any]) -> PlanFile:
    kept = {k: v for k, v in data.items() if k not in ("levers", "segments")}
    file = typed(PlanFile, kept, "plan")
    if file.as_ not in PERSPECTIVES:
        raise unknown("plan.as", file.as_, PERSPECTIVES)
    number(file.execution, "plan.execution", 0.5, 1.0)
    if file.budget is not None:
        number(file.budget, "plan.budget", 0.0, 1e13, "yuan")
    return file


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
        look: Look | None = None
        for action, lever in zip(self.actions, self._levers, strict=True):
            spec = action.spec
            if spec.strength == 0.0 or today < spec.start:
                continue
            lever.settle(desk, action)
            if today <= spec.end:
                look = look or Look(desk)
                action.begin(look)
                lever.dawn(desk, action, (today - spec.start).days)

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
    file = _plan_file(plan)
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
        spec = action_spec(name, written, lever, first, last, segment, file.execution, file.as_)
        pairs.append((spec, build_lever(lever)))
    budgets = [spec.budget for spec, _ in pairs if spec.budget is not None]
    if file.budget is not None and sum(budgets) > file.budget:
        raise ConfigError(
            f"plan.budget={file.budget:.0f} yuan is less than the {sum(budgets):.0f} of its actions together"
        )
    return Plan(file, pairs, start, calendar)


def _lever(key: str, data: Mapping[str, Any]) -> LeverSpec:
    return lever_spec(key, str(data.get("group", "")), {k: v for k, v in data.items() if k != "group"})
