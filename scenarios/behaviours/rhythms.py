"""Levers whose file says what they move and whose class says when: posting cadences (L22), tests of covers (L25), answers to
a crisis (L89)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.levers import Lever
from scenarios.registry import behaviour
from sim.randomness import S_LEVER, uniforms

if TYPE_CHECKING:
    from scenarios.actions import Action
    from scenarios.lever_files import LeverSpec
    from sim.levers import Desk

TESTS = 3
"""Block of the stream of levers by which a test is right or wrong."""


@behaviour("posting_cadence")
class PostingCadence(Lever):
    """Daily notes; periodic ones, on the days of a wave; bursts of some days; or a long-term rhythm at half the size."""

    def modify(self, desk: Desk, action: Action, day: int, share: float = 1.0) -> None:
        """Move the file's mechanisms in the rhythm that was asked for."""
        super().modify(desk, action, day, share * self.beat(action, day))

    def beat(self, action: Action, day: int) -> float:
        """Share of full effect on a day of the rhythm."""
        mode, cadence = action["mode"], max(1.0, action.spec.cadence)
        since = day - int(np.ceil(int(day / cadence) * cadence))
        if mode == "periodic":
            return 1.0 if since == 0 else 0.0
        if mode == "burst":
            return 1.0 if since < float(action["burst_days"]) else 0.0
        return 0.5 if mode == "long_term" else 1.0


@behaviour("creative_testing")
class CreativeTesting(Lever):
    """Every test keeps the better of two titles or covers, with some chance; a wrong choice loses what a right one gains."""

    def modify(self, desk: Desk, action: Action, day: int, share: float = 1.0) -> None:
        """Move the file's mechanisms by what the tests so far have found."""
        super().modify(desk, action, day, share * self.found(desk, action, day))

    def found(self, desk: Desk, action: Action, day: int) -> float:
        """Share of full effect that the tests up to a day have found, 0 to 1."""
        tests = int(day / max(1.0, action.spec.cadence)) + 1
        keys = np.arange(tests, dtype=np.int64)
        right = uniforms(desk.seed, S_LEVER, action.key, keys, 0, TESTS) < action["right"]
        net = float(2 * np.count_nonzero(right) - tests)
        return min(1.0, max(0.0, net / float(action["tests"])))


@behaviour("crisis_response")
class CrisisResponse(Lever):
    """Answers a crisis that has been noticed, in three grades by its peak; a cover-up makes things worse."""

    def __init__(self, spec: LeverSpec) -> None:
        super().__init__(spec)
        self.watches = True

    def grade(self, action: Action) -> float:
        """Share of the full plan that a crisis calls for: whole, local or routine."""
        if action.alarm >= action["level_one"]:
            return 1.0
        return float(action["local"] if action.alarm >= action["level_two"] else action["routine"])

    def dawn(self, desk: Desk, action: Action, day: int) -> None:
        """Do nothing until there is an alarm; then as the grade says, for that grade's money."""
        if action.alarm <= 0.0:
            return
        share = self.affordable(desk, action, day) * self.grade(action)
        if share > 0.0:
            self.modify(desk, action, day, share)
            self.pay(desk, action, day, share)

    def modify(self, desk: Desk, action: Action, day: int, share: float = 1.0) -> None:
        """Move the file's mechanisms; what is hidden comes out and is passed on the more."""
        sign = -action["backlash"] if action["statement"] == "cover_up" else 1.0
        for change in self._moves:
            self.move(desk, action, change, sign * action.peak * share)
