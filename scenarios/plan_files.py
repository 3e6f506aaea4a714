"""What a plan says, before anything is played: its file, its named actions, and everything it refers to.

`resolve` turns a composed configuration into one self-contained mapping with every lever and segment that is
used inside, so that a run needs no files. Bundles become the actions of their parts here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.lever_files import EVERYONE, PERSPECTIVES, LeverSpec, lever_spec
from scenarios.library import LEVER_GROUPS, Library
from scenarios.operations import checked_operations
from scenarios.records import number, typed, unknown
from scenarios.registry import find_lever, unwrapped
from scenarios.segments import SegmentBook
from scenarios.shares import unfolded
from sim.errors import ConfigError

PUT_BESIDE = ("levers", "segments")
"""What `resolve` adds to a plan's own keys."""


@dataclass(frozen=True)
class PlanFile:
    """A file of `conf/plan`.

    Attributes
    ----------
    as_
        Whose plan it is: platform, brand or creator.
    brand, products
        For a brand's plan: whose, and which of its products.
    budget, budgets
        Yuan that the actions may spend together, and named lines of it.
    execution
        How well actions are carried out, 0.5 to 1.
    goals
        KPI -> condition, shown beside the result.
    operations
        Other qualities of the operator, see `scenarios.operations`.
    rules
        How the plan adapts, see `scenarios.rules`.
    actions
        Name -> its keys.
    """

    name: str = "none"
    en: str = ""
    zh: str = ""
    as_: str = "platform"
    brand: str = ""
    products: list[str] = field(default_factory=list)
    budget: float | None = None
    budgets: dict[str, Any] = field(default_factory=dict)
    execution: float = 1.0
    goals: dict[str, str] = field(default_factory=dict)
    operations: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
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
        ``name, en, zh, as, budget, execution, goals, operations, rules, actions, levers, segments``, to stand in
        place of ``plan``.

    Raises
    ------
    ConfigError
        For an unknown lever or segment, and as `named_actions`.
    """
    file = plan_file(config.get("plan") or {})
    shelf = _Shelf(config, library)
    actions: dict[str, dict[str, Any]] = {}
    for name, keys in named_actions(config).items():
        actions |= _unbundled(name, keys, shelf)
    _lines(actions, file.budgets)
    levers: dict[str, LeverSpec] = {}
    written: dict[str, Any] = {}
    segments: set[str] = set()
    book = SegmentBook.of(library) if actions else SegmentBook({})
    for name, keys in actions.items():
        key = str(keys["lever"])
        spec, data = shelf.find(key, f"plan.actions.{name}.lever")
        keys = actions[name] = unfolded(keys, data.get("parameters") or {}, f"plan.actions.{name}")
        levers[key] = spec
        written[key] = {"group": spec.group, **data}
        places = [(keys.get("segment"), f"plan.actions.{name}.segment")]
        places += [(text, f"{key}: segment") for text in spec.segments]
        for text, place in places:
            if text is not None and str(text) not in EVERYONE:
                book.find(str(text), place)
                segments |= book.used_by(str(text))
    return {
        "name": file.name,
        "en": file.en,
        "zh": file.zh,
        "as": file.as_,
        "brand": file.brand,
        "products": list(file.products),
        "budget": file.budget,
        "budgets": dict(file.budgets),
        "execution": file.execution,
        "goals": dict(file.goals),
        "operations": dict(file.operations),
        "rules": dict(file.rules),
        "actions": {name: actions[name] for name in sorted(actions)},
        "levers": {key: written[key] for key in sorted(written)},
        "segments": {name: library.read("segment", name) for name in sorted(segments)},
    }


@dataclass(frozen=True)
class Goal:
    """What a plan wants: a KPI over all reported days, and a bound."""

    kpi: str
    operator: str
    bound: float

    def reached(self, value: float) -> bool:
        """Whether a figure satisfies it; one that is not known does not."""
        return bool(_BOUNDS[self.operator](value, self.bound))


_BOUNDS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_GOAL = re.compile(r"\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")


def goal(kpi: str, condition: object) -> Goal:
    """A goal from ``gmv: ">= 3e6"``.

    Raises
    ------
    ConfigError
        For an unknown KPI or what is no bound.
    """
    from sim.kpis.registry import KPI

    if kpi not in KPI:
        raise unknown("plan.goals: KPI", kpi, KPI)
    found = _GOAL.fullmatch(str(condition))
    if found is None:
        raise ConfigError(
            f'plan.goals.{kpi}={condition!r} is no bound; write one of >=, <=, >, < and a number: ">= 3e6"'
        )
    try:
        return Goal(kpi, found[1], float(found[2]))
    except ValueError:
        raise ConfigError(f"plan.goals.{kpi}={condition!r} has no number behind {found[1]}") from None


class _Shelf:
    """Levers as the composed configuration has them, else as the library has."""

    def __init__(self, config: Mapping[str, Any], library: Library) -> None:
        self.library = library
        self.composed = {
            key: (group, data) for group in LEVER_GROUPS for key, data in (config.get(group) or {}).items()
        }

    def find(self, key: str, where: str) -> tuple[LeverSpec, dict[str, Any]]:
        """The lever of that key, checked, and what its file holds."""
        if key in self.composed:
            group, data = self.composed[key]
            return lever_spec(key, group, data), dict(data)
        spec = find_lever(self.library, key, where)
        return spec, unwrapped(key, self.library.read(spec.group, key), key)


def _lines(actions: dict[str, dict[str, Any]], lines: Mapping[str, Any]) -> None:
    """Put the money of a named budget line in place of its name; a line is one action's alone."""
    users: dict[str, str] = {}
    for name, keys in actions.items():
        line = keys.get("budget")
        if not isinstance(line, str):
            continue
        if line not in lines:
            raise unknown(f"plan.actions.{name}.budget: line", line, lines)
        if line in users:
            raise ConfigError(
                f"plan.actions.{users[line]} and plan.actions.{name} are both on the budget line {line!r}; "
                "give each a line of its own in plan.budgets"
            )
        users[line] = name
        keys["budget"] = lines[line]


HANDED_DOWN = ("start", "end", "strength", "execution", "size", "assumed", "payer", "dynamic")
"""Keys of a bundle's action that its parts take over where they say nothing themselves."""


def _unbundled(name: str, keys: dict[str, Any], shelf: _Shelf) -> dict[str, dict[str, Any]]:
    """An action, or those of a bundle's parts, named ``bundle.part``.

    A budget is divided by the parts' default budgets and costs a day, in that proportion.
    """
    spec, _ = shelf.find(str(keys["lever"]), f"plan.actions.{name}.lever")
    if not spec.file.parts:
        return {name: keys}
    given = {key: keys[key] for key in HANDED_DOWN if keys.get(key) is not None}
    known = {"lever", "budget", "pacing", *HANDED_DOWN, *spec.file.parts}
    for key in keys:
        if key not in known:
            raise unknown(f"plan.actions.{name}: key", key, known)
    shares = {part: _usual_cost(shelf.find(part, f"{spec.key}: parts")[0]) for part in spec.file.parts}
    found: dict[str, dict[str, Any]] = {}
    for part, own in spec.file.parts.items():
        action = {"lever": part, **given, **(own or {}), **(keys.get(part) or {})}
        if keys.get("budget") is not None and "budget" not in (keys.get(part) or {}):
            total = sum(shares.values())
            action["budget"] = float(keys["budget"]) * (shares[part] / total if total else 1.0 / len(shares))
            action["pacing"] = keys.get("pacing", "even")
        found |= _unbundled(f"{name}.{part}", action, shelf)
    return found


def _usual_cost(spec: LeverSpec) -> float:
    """Yuan of a month of a lever at its defaults, to divide a bundle's budget by."""
    if spec.file.budget is not None:
        return spec.file.budget.default
    return sum(cost.default * {"day": 30.0}.get(cost.per, 1.0) for cost in spec.file.costs)


def plan_file(data: Mapping[str, Any]) -> PlanFile:
    """A plan's own keys, checked; levers and segments that `resolve` put beside them are left out."""
    kept = {k: v for k, v in data.items() if k not in PUT_BESIDE} if isinstance(data, Mapping) else data
    file = typed(PlanFile, kept, "plan")
    checked_operations(file.operations, "plan.operations")
    for kpi, condition in file.goals.items():
        goal(kpi, condition)
    lines = {
        name: number(value, f"plan.budgets.{name}", 0.0, 1e13, "yuan") for name, value in file.budgets.items()
    }
    if file.budget is not None and sum(lines.values()) > file.budget:
        raise ConfigError(
            f"plan.budget={file.budget:.0f} yuan is less than the {sum(lines.values()):.0f} of plan.budgets"
        )
    if file.as_ not in PERSPECTIVES:
        raise unknown("plan.as", file.as_, PERSPECTIVES)
    number(file.execution, "plan.execution", 0.5, 1.0)
    if file.budget is not None:
        number(file.budget, "plan.budget", 0.0, 1e13, "yuan")
    return file
