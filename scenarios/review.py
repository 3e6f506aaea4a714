"""What a strategist should know about a plan before it is played: conflicts, overlaps, missing money, dates and
horizons that do not answer the question.

`findings` looks at the plan alone; what depends on the people (segments too small, samples too coarse) is found
by `people_findings`, which asks a world's desk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.action_specs import ActionSpec
from scenarios.lever_files import EVERYONE, moved, neutral
from scenarios.plans import Plan
from scenarios.review_texts import TEXTS, Severity
from scenarios.segments import SMALL, Look
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.levers import Desk

ROI_DAYS = 29
"""Days after the last action that a return should be waited for: ROI(T+29) of a facial serum (P10)."""
OPEN_ENDED = frozenset({"AdOffer", "ContractOffer", "CouponOffer", "GrantOffer", "InviteOffer"})
"""Offers whose cost depends on who takes them."""
FEW = 400
"""Members below which a usual effect can hardly be told from chance with ten seeds (assumption)."""

ASIDE = ("horizon", "plan_budget", "brand")
"""Warnings about what a plan can answer rather than about what it does; a run does not repeat them."""


@dataclass(frozen=True)
class Finding:
    """Something about a plan that should be known before it is played."""

    key: str
    where: str
    facts: dict[str, Any]

    @property
    def severity(self) -> Severity:
        """``error`` if the plan cannot do what it says, ``warning`` if it likely should not, else ``note``."""
        return TEXTS[self.key][0]

    def text(self, lang: str) -> str:
        """The sentence, without the place."""
        return TEXTS[self.key][2 if lang == "zh" else 1].format(**self.facts)


def fixed_cost(spec: ActionSpec) -> float:
    """Yuan that an action costs by itself, whoever responds: its file's costs over its days, at its strength."""
    yuan = 0.0
    for cost in spec.lever.file.costs:
        if cost.per in ("day", "start"):
            yuan += getattr(cost, spec.size) * spec.strength * (spec.days if cost.per == "day" else 1)
    return yuan if spec.budget is None else min(yuan, spec.budget)


def most_cost(spec: ActionSpec) -> float | None:
    """The most that an action can cost, yuan; None where that depends on who responds."""
    if spec.budget is not None:
        return spec.budget * min(1.0, spec.strength)
    return None if OPEN_ENDED & set(spec.lever.file.offers) else fixed_cost(spec)


def findings(plan: Plan, start: date, days: int) -> list[Finding]:
    """What can be said of a plan without a world.

    Parameters
    ----------
    plan
        The plan.
    start, days
        First reported day, reported days.
    """
    specs = list(plan)
    found = [*_of_the_plan(plan, specs, start, days)]
    for spec in specs:
        found += _of_an_action(spec, plan, start, days)
    for one, other in combinations(specs, 2):
        found += _of_two(one, other)
    return found


def warnings(plan: Plan, start: date, days: int, lang: str = "en") -> list[str]:
    """What is likely a mistake in a plan that is played, in sentences with their places."""
    found = findings(plan, start, days)
    return [f"{f.where}: {f.text(lang)}" for f in found if f.severity != "note" and f.key not in ASIDE]


def _of_the_plan(plan: Plan, specs: Sequence[ActionSpec], start: date, days: int) -> Iterator[Finding]:
    file = plan.file
    if not specs:
        yield Finding("empty", "plan", {})
        return
    own = [spec for spec in specs if not spec.assumed]
    cost = sum(fixed_cost(spec) for spec in own)
    if file.budget is not None and cost > file.budget:
        yield Finding("over", "plan.budget", {"cost": f"{cost:,.0f}", "budget": f"{file.budget:,.0f}"})
    most = [most_cost(spec) for spec in own]
    if file.budget is None and any(most):
        total = sum(value for value in most if value is not None)
        yield Finding("plan_budget", "plan.budget", {"cost": f"{total:,.0f}"})
    if not file.goals:
        yield Finding("goals", "plan.goals", {})
    if file.as_ == "brand" and not (file.brand and file.products):
        yield Finding("brand", "plan.brand", {})
    ends = [spec.end for spec in own if spec.strength]
    last = start + timedelta(days=days - 1)
    if ends:
        until = max(ends) + timedelta(days=ROI_DAYS)
        if until > last:
            facts = {"party": file.as_, "end": max(ends), "days": ROI_DAYS, "until": until}
            yield Finding("horizon", "days", facts | {"needed": (until - start).days + 1})


def _of_an_action(spec: ActionSpec, plan: Plan, start: date, days: int) -> Iterator[Finding]:
    where = f"plan.actions.{spec.name}"
    last = start + timedelta(days=days - 1)
    if spec.start > last or spec.end < start:
        facts = {"start": spec.start, "end": spec.end, "first": start, "last": last}
        yield Finding("outside", where, facts)
    elif spec.start < start:
        yield Finding("early", where, {"start": spec.start, "first": start})
    if spec.slow_ramp > spec.days:
        yield Finding("ramp", where, {"ramp": f"{spec.slow_ramp:.0f}", "days": spec.days})
    if spec.strength == 0.0:
        yield Finding("idle", where, {})
    if spec.budget is None and most_cost(spec) is None:
        yield Finding("budget", where, {})
    if spec.assumed and plan.file.as_ not in spec.lever.file.perspective:
        owner = " / ".join(spec.lever.file.perspective)
        yield Finding("assumed", where, {"owner": owner, "party": plan.file.as_})
    works = plan.operations(max(spec.start - timedelta(days=1), start - timedelta(days=1)))
    for change in spec.lever.file.changes:
        if change.mechanism == "operator.execution":
            improves = change.default > 0.0 and all(
                other.execution >= 1.0 for other in plan if other is not spec
            )
        elif change.mechanism.startswith("operator.") and neutral(change.mechanism) == 1.0:
            improves = change.default < 1.0 and works[change.mechanism.removeprefix("operator.")] == 0.0
        else:
            improves = False
        if improves:
            yield Finding("perfect", where, {"quality": change.mechanism})


def _of_two(one: ActionSpec, other: ActionSpec) -> Iterator[Finding]:
    start, end = max(one.start, other.start), min(one.end, other.end)
    if start > end or not one.strength or not other.strength:
        return
    facts = {"other": other.name, "start": start, "end": end}
    where = f"plan.actions.{one.name}"
    if one.lever.key == other.lever.key:
        if _people(one) == _people(other) and one.parameters == other.parameters:
            yield Finding("overlap", where, facts)
        return
    ways = _ways(other)
    for key, sign in _ways(one).items():
        if ways.get(key, sign) != sign:
            yield Finding("conflict", where, facts | {"mechanism": key[0]})


def _people(spec: ActionSpec) -> str:
    return "everyone" if spec.segment is None else spec.segment.expression.text


def _ways(spec: ActionSpec) -> dict[tuple[str, str], int]:
    """What an action is for: mechanism and people -> direction."""
    found = {}
    for change in spec.lever.file.changes:
        if not change.side:
            people = (
                "everyone"
                if (change.segment or _people(spec)) in EVERYONE
                else (change.segment or _people(spec))
            )
            full = moved(change.mechanism, change.default, spec.strength)
            found[change.mechanism, people] = 1 if full > neutral(change.mechanism) else -1
    return found


def people_findings(plan: Plan, desk: Desk) -> list[Finding]:
    """What a world says about a plan: segments that are empty or small, samples that are too coarse."""
    found = []
    look = Look(desk)
    for action in plan.actions:
        spec = action.spec
        where = f"plan.actions.{spec.name}"
        if spec.segment is not None:
            members = int(np.count_nonzero(look.people(spec.segment)))
            facts = {"segment": spec.segment.name, "members": members, "least": FEW}
            if not members:
                found.append(Finding("nobody", where, facts))
                continue
            if members < FEW:
                needed = int(np.ceil(desk.audience * max(FEW, SMALL) / members / 1_000.0)) * 1_000
                found.append(Finding("few", where, facts | {"needed": needed}))
        if spec.strength > 0.0:
            try:
                action.begin(look)
                action.lever.check(desk, action)
            except ConfigError as problem:
                reason = str(problem).removeprefix(where).lstrip(": .")
                found.append(Finding("refused", where, {"reason": reason}))
            found += [
                Finding("said", where, {"reason": note.removeprefix(where).lstrip(": ")})
                for note in action.notes
            ]
    return found
