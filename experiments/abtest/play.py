"""What a worker plays for an experiment: one world without the plan, with it for everybody, and with it for random arms.

The three share every random draw, so the true effects are paired differences over the very people of the experiment:
*total* is all of them with the plan less none, *direct* what the treated gained more than the others did within an
experiment. An A/A test is the same assignment with nothing done: the data are those of the world without the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.abtest import units
from experiments.abtest.estimators import (
    Guess,
    before_and_after,
    clustered,
    correlation,
    difference_in_differences,
    difference_in_means,
    switchback,
)
from experiments.abtest.outcomes import measures
from experiments.compose import Config
from experiments.runs import world_of
from scenarios.expressions import Expression, Lookup, Node
from scenarios.operations import is_operation, mechanism
from scenarios.plans import Plan, build_plan
from scenarios.segments import Look, Segment
from sim.errors import ConfigError
from sim.levers import Desk
from sim.model import Community

Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Task:
    """An experiment in one world.

    Attributes
    ----------
    config
        What is played; its days are those of the experiment.
    seed
        The world.
    unit, share
        What is assigned (`units.UNITS`), and the share that gets the plan.
    assignments
        Random assignments that are played.
    before
        Days of the run before the plan may begin.
    measure
        Outcome (`experiments.abtest.outcomes`).
    length, washout
        Days of a slice, and those left out at the start of each.
    """

    config: Config
    seed: int
    unit: str
    share: float
    assignments: int
    before: int
    measure: str
    length: int
    washout: int


@dataclass(frozen=True)
class World:
    """What one world said, all per unit and day.

    Attributes
    ----------
    units
        Units assigned.
    level, total
        Outcome without the plan; true effect of giving it to everybody.
    fixed
        Guesses that need no assignment, by estimator, from the world with the plan for everybody; those of an A/A
        test, from the world without it, under the name followed by ``/aa``.
    trials
        A mapping an assignment: ``direct`` the true direct effect (NaN for slices), and guesses as in ``fixed``.
    """

    units: int
    level: float
    total: float
    fixed: dict[str, Guess]
    trials: list[dict[str, Any]]


@dataclass(frozen=True)
class _Chosen(Node):
    """Members of a segment who are in an arm."""

    inner: Node | None
    mask: Bool

    def values(self, lookup: Lookup) -> Any:
        return self.mask if self.inner is None else np.asarray(self.inner.values(lookup), bool) & self.mask


class Switched:
    """A plan that speaks on some days only (`sim.config.Policy`)."""

    def __init__(self, plan: Plan, days: Bool, before: int) -> None:
        self.plan, self.days, self.before = plan, days, before
        self.action_names, self.payers = plan.action_names, plan.payers

    def dawn(self, desk: Desk) -> None:
        """Speak if the day's slice has the plan."""
        day = desk.day - self.before
        if 0 <= day < len(self.days) and self.days[day]:
            self.plan.dawn(desk)


def plan_of(config: Config, before: int, mask: Bool | None = None, share: float = 1.0) -> Plan:
    """The plan, its first day that of the experiment, for the members of a mask only.

    A treated share gets its share of every budget, or the arm would be treated harder than all would be.
    """
    start = config.community.start
    plan = build_plan(config.resolved["plan"], start + timedelta(days=before), config.days, config.calendar())
    plan.start = start  # the run's first day, from which the world counts
    for action in plan.actions:
        spec = action.spec
        if mask is not None:
            text = spec.segment.name if spec.segment else "everyone"
            inner = spec.segment.expression.node if spec.segment else None
            chosen = Segment(text, text, text, Expression(text, _Chosen(inner, mask)))
            spec = replace(spec, segment=chosen, narrowed=True, dynamic=False)
        if spec.budget is not None:
            spec = replace(spec, budget=spec.budget * share)
        action.spec = spec
    return plan


def check(config: Config, unit: str, before: int) -> None:
    """Refuse a plan that cannot be given to some units and not to others.

    Raises
    ------
    ConfigError
        If an action moves something that the whole world shares.
    """
    plan = plan_of(config, before)
    if not plan.actions:
        raise ConfigError("abtest needs a plan; name one with plan=, or levers with incentive=[coupons]")
    for action in plan.actions:
        for change in action.spec.lever.file.changes:
            shared = is_operation(change.mechanism) or mechanism(change.mechanism).scope == "world"
            if shared and unit != "slice":
                raise ConfigError(
                    f"plan.actions.{action.spec.name} moves {change.mechanism}, which the whole world shares, so it "
                    f"cannot be given to some units only; use unit=slice"
                )


class _Watch:
    """Keeps the outcome of every person and day."""

    def __init__(self, measure: str, unit: str) -> None:
        self.of = measures(unit)[measure][0]
        self.days: list[npt.NDArray[np.float32]] = []
        self.first: Callable[[Community], None] | None = None

    def __call__(self, community: Community) -> None:
        if community.day > 0:
            self.days.append(self.of(community).astype(np.float32))
        if self.first is not None:
            self.first(community)


@dataclass
class _Run:
    """A run's outcomes, float64 [units, days], and what its plan spent on each day."""

    daily: Float
    spent: Float


class _Bench:
    """One world in which an experiment's runs are played."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.total_days = task.before + task.config.days
        self.config = replace(task.config, days=self.total_days)
        self.people: Bool = np.zeros(0, bool)
        self.cluster: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self.ids: npt.NDArray[Any] = np.zeros(0, np.uint32)

    def play(self, policy: Plan | Switched | None, first: bool = False) -> _Run:
        community, _ = world_of(self.config, self.task.seed, threads=1)
        community.policy = policy
        watch = _Watch(self.task.measure, self.task.unit)
        if first:
            watch.first = self._begin
        watch(community)
        community.run_days(self.total_days, lambda day: watch(community))
        rows = np.flatnonzero(self.people)
        daily = np.stack([day[rows] for day in watch.days], axis=1).astype(np.float64)
        return _Run(daily, self._spent(community))

    def _begin(self, community: Community) -> None:
        """On the experiment's first morning, the same in every arm: who takes part, and in which cluster."""
        task = self.task
        if community.day != task.before:
            return
        look = Look(Desk(community))
        segments = [action.spec.segment for action in plan_of(task.config, task.before).actions]
        if task.unit == "slice" or any(segment is None for segment in segments):
            people = look.here.copy()
        else:
            people = np.logical_or.reduce([look.people(segment) for segment in segments if segment])
        if task.unit == "creator":
            people &= community.state.profiles["creator"] >= 0
        if not people.any():
            raise ConfigError(f"nobody could take part in an experiment with unit={task.unit}")
        self.people = people
        self.ids = community.state.members["id"].copy()
        if task.unit in ("ego", "louvain"):
            self.cluster = units.clusters(task.unit, community.graph, people, task.seed)
        else:
            self.cluster = np.where(people, np.arange(len(people)), -1)
        if task.unit == "louvain" and self.cluster.max() < 3:
            raise ConfigError(
                "unit=louvain: the follower graph has fewer than four communities; use unit=ego"
            )

    def _spent(self, community: Community) -> Float:
        entries = community.ledger.entries
        entries = entries[(entries["action"] >= 0) & (entries["day"] >= 0)]
        days = entries["day"].astype(np.int64)
        spent = np.bincount(days, weights=entries["amount"], minlength=self.total_days)
        return np.asarray(spent[: self.total_days], np.float64)


def play(task: Task, report: Callable[[float], None]) -> World:
    """Runner of executors: a world's experiments."""
    bench, before = _Bench(task), task.before
    runs, done = task.assignments + 2, 0

    def one(policy: Plan | Switched | None, first: bool = False) -> _Run:
        nonlocal done
        run = bench.play(policy, first)
        done += 1
        report(done / runs)
        return run

    none = one(None, first=True)
    everybody = one(plan_of(task.config, before, np.ones(len(bench.people), bool)))
    level, total = (
        float(none.daily[:, before:].mean()),
        float((everybody.daily - none.daily)[:, before:].mean()),
    )
    fixed = {}
    for name, run in (("", everybody), ("/aa", none)):
        pre, post = run.daily[:, :before].mean(axis=1), run.daily[:, before:].mean(axis=1)
        if before:
            fixed[f"before_and_after{name}"] = before_and_after(pre, post)
        fixed[f"correlation{name}"] = correlation(run.daily.mean(axis=0), everybody.spent)
    arm = _slices if task.unit == "slice" else _members
    trials = [arm(bench, none, one, number) for number in range(task.assignments)]
    return World(int(bench.people.sum()), level, total, fixed, trials)


def _members(bench: _Bench, none: _Run, one: Callable[..., _Run], number: int) -> dict[str, Any]:
    task, before = bench.task, bench.task.before
    mask = units.arms(task.unit, bench.cluster, bench.ids, task.share, task.seed, number)
    on = mask[bench.people]
    if on.all() or not on.any():
        raise ConfigError(f"share={task.share}: experiment {number} has an empty arm; use more members")
    mine = one(plan_of(task.config, before, mask, task.share))
    gained = (mine.daily - none.daily)[:, before:].mean(axis=1)
    cluster = bench.cluster[bench.people]
    found: dict[str, Any] = {"direct": float(gained[on].mean() - gained[~on].mean())}
    for name, run in (("", mine), ("/aa", none)):
        pre, post = run.daily[:, :before].mean(axis=1), run.daily[:, before:].mean(axis=1)
        found[f"difference_in_means{name}"] = difference_in_means(post, on)
        found[f"cluster_robust{name}"] = clustered(post, on, cluster)
        if before:
            found[f"difference_in_differences{name}"] = difference_in_differences(pre, post, on, cluster)
    return found


def _slices(bench: _Bench, none: _Run, one: Callable[..., _Run], number: int) -> dict[str, Any]:
    task = bench.task
    count = task.config.days // task.length
    on = units.balanced(count, task.share, task.seed, number)
    days = np.repeat(on, task.length)
    mine = one(Switched(plan_of(task.config, task.before), days, task.before))
    found: dict[str, Any] = {"direct": float("nan")}
    for name, run in (("", mine), ("/aa", none)):
        daily = run.daily[:, task.before :].mean(axis=0)
        found[f"switchback{name}"] = switchback(daily, on, task.length, 0)
        if task.washout:
            found[f"switchback_washed{name}"] = switchback(daily, on, task.length, task.washout)
    return found
