"""Levers as they are played: each day of an action they move mechanisms, make offers and book costs.

`Lever` plays what its file says (`scenarios.lever_files`); a lever that makes offers, or whose course depends
on what it sees, is a short subclass registered under its key (`scenarios.registry`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.lever_files import LeverSpec, MechanismChange, moved
from scenarios.operations import Operations, is_operation

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk


DETECTION = "operator.detection"


class Lever:
    """Plays a lever's file: moves its mechanisms, books its costs. Behaviour levers override
    `make_offers`, or `modify`, `dawn`, `settle` where the course of a day is another.

    Parameters
    ----------
    spec
        The checked file.

    Attributes
    ----------
    watches
        Whether somebody looks out for crises while it is on.

    Notes
    -----
    A lever holds no state: what an action must remember is in `Action.memory`, arrays by name, so that a
    run can be saved between any two days. It sees the world through the desk alone.
    """

    def __init__(self, spec: LeverSpec) -> None:
        self.spec = spec
        changes = spec.file.changes
        self.operations = [change for change in changes if is_operation(change.mechanism)]
        self.watches = any(change.mechanism == DETECTION for change in changes)
        self._moves = [c for c in changes if not is_operation(c.mechanism) and c.course != "after"]
        self._after = [c for c in changes if not is_operation(c.mechanism) and c.course == "after"]

    def check(self, desk: Desk, action: Action) -> None:
        """Refuse an action that this world is too small for; called once, before the first day is played.

        Raises
        ------
        ConfigError
            Naming the size or the budget that is needed.
        """

    def operate(
        self, operations: Operations, action: Action, day: int, severed: frozenset[str] = frozenset()
    ) -> None:
        """Move the qualities of the operator, but for those ``severed``, before any other action of the day is played."""
        for change in self.operations:
            if change.mechanism in severed:
                continue
            full = getattr(change, action.spec.size)
            operations.change(change.mechanism, moved(change.mechanism, full, action.own_power(day)))

    def dawn(self, desk: Desk, action: Action, day: int) -> None:
        """One day of an action.

        Parameters
        ----------
        desk
            The three verbs.
        action
            The dated use of the lever.
        day
            Days since the action was launched, 0 on its first day.
        """
        share = self.affordable(desk, action, day)
        if share > 0.0:
            self.modify(desk, action, day, share)
            self.make_offers(desk, action, day, share)
            self.pay(desk, action, day, share)
        elif "over" not in action.memory:
            action.keep("over", day)

    def make_offers(self, desk: Desk, action: Action, day: int, share: float) -> None:
        """Make today's offers, at a share of the day's doing; behaviour levers say what they are."""

    def result(self, desk: Desk, action: Action) -> float:
        """What an action has brought for each fen that it spent, by public figures; NaN where none tells."""
        return float("nan")

    def settle(self, desk: Desk, action: Action, day: int) -> None:
        """Book what earlier days have led to, and play what lingers; called every day from the launch on, also
        after the end.
        """
        if self._after:
            self.linger(desk, action, day)

    def committed(self, desk: Desk, action: Action) -> int:
        """What is spent or promised, in fen of sample money."""
        return action.spent(desk)

    def affordable(self, desk: Desk, action: Action, day: int) -> float:
        """Share of the day's doing that the budget allows: with ``pacing: even`` the money is stretched over the
        days that are left, else it is spent until it is gone.
        """
        budget = action.budget_fen(desk)
        if budget is None:
            return 1.0
        left = budget - action.spent(desk)
        if left <= 0:
            return 0.0
        if action.spec.pacing != "even":
            return 1.0
        due = sum(self.due(action, d, desk) for d in range(day, action.days))
        return min(1.0, left / due) if due > 0.0 else 1.0

    def due(self, action: Action, day: int, desk: Desk) -> float:
        """What a day costs at full, fen of sample money."""
        yuan = 0.0
        for cost in self.spec.file.costs:
            size = getattr(cost, action.spec.size) * action.strength
            if cost.per == "day" or (cost.per == "start" and day == 0):
                yuan += size
            elif cost.per == "member" and day == 0:
                yuan += size * action.count(desk) * desk.weight
        return yuan * 100.0 / desk.weight

    def modify(self, desk: Desk, action: Action, day: int, share: float = 1.0) -> None:
        """Move the file's mechanisms by the power of the day, or a share of it."""
        for change in self._moves:
            if change.course == "fades":
                power = action.peak * max(0.0, 1.0 - day / change.days)
            else:
                power = action.power(day)
            self.move(desk, action, change, power * share)

    def move(self, desk: Desk, action: Action, change: MechanismChange, power: float) -> None:
        """Move one mechanism at a share of full strength."""
        full = getattr(change, action.spec.size)
        size = moved(change.mechanism, full, power)
        desk.modify(change.mechanism, size, action.whom(change, desk), action.row)

    def linger(self, desk: Desk, action: Action, day: int) -> None:
        """What is left behind: changes that begin when the action has ended, or when its money was gone."""
        ended = action.remember("over", action.days)
        last = action.power(ended - 1) if ended > 0 else 0.0
        for change in self._after:
            gone = day - ended
            if 0 <= gone < change.days:
                self.move(desk, action, change, last * (1.0 - gone / change.days))

    def pay(self, desk: Desk, action: Action, day: int, share: float = 1.0) -> None:
        """Book the file's costs; they grow with strength, not with the ramp: a team is paid from its first
        day.
        """
        for cost in self.spec.file.costs:
            amount = getattr(cost, action.spec.size) * action.strength * share
            if cost.per == "day" or (cost.per == "start" and day == 0):
                action.pay(desk, amount, cost.account, cost.what)
            elif cost.per == "member" and day == 0:
                action.pay(desk, amount * action.count(desk) * desk.weight, cost.account, cost.what)
