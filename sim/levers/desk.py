"""The desk: a plan's three verbs - modify, offer, observe - and all that it ever sees of the world.

Observations are late and noisy; true skill, true audience, trust and the like stay hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError
from sim.levers.figures import PLAN_FIGURES
from sim.levers.mechanisms import INDEX, mechanism_of
from sim.levers.offers import Offer
from sim.levers.table import Change
from sim.numerics import exp
from sim.randomness import S_OBSERVE, blocks, normal, normals, uniforms
from sim.state import schema as s
from sim.state.tables import State

if TYPE_CHECKING:
    from sim.graph import FollowerGraph
    from sim.model import Community

T = TypeVar("T")
Float = npt.NDArray[np.float64]

AUDIT = 0xFFFFFFFF
"""Key word of draws about creators, where others have a day."""
HIDDEN = frozenset(
    {
        "members.trust",
        "members.fatigue",
        "profiles.satisfaction",
        "profiles.habit",
        "profiles.propensity",
        "profiles.price_sensitivity",
        "profiles.wait",
        "creators.skill",
        "creators.fake_share",
        "creators.effort",
    }
)
"""True columns that no operator can see."""


class Desk:
    """The three verbs, for one plan on one day. It is all that a lever ever sees of the world."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._levers = community.levers
        self._known: dict[Hashable, Any] = {}

    @property
    def day(self) -> int:
        """Day of the run, 0 the first reported one (negative while warming up)."""
        return self._community.day

    @property
    def world_day(self) -> int:
        """Day since the world began, what the day columns of tables count in."""
        return self._community.world_day

    @property
    def seed(self) -> int:
        """The run's seed, for keyed draws of the plan's own."""
        return self._community.seed

    @property
    def weight(self) -> float:
        """People that a member stands for."""
        return float(self._community.clock["weight"][0])

    @property
    def audience(self) -> int:
        """Members on the platform."""
        return self._community.audience

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What ``work`` gives, asked for once a day however many levers want it; none of them may change it."""
        if key not in self._known:
            self._known[key] = work()
        found: T = self._known[key]
        return found

    def spent(self, action: int, payer: str) -> int:
        """What an account has paid for an action so far, less what came back: the payer's own books.

        Parameters
        ----------
        action
            Row of the action.
        payer
            Account.

        Returns
        -------
        int
            Fen of sample money.
        """
        return self._community.ledger.outlay(action, payer)

    def modify(
        self, mechanism: str, value: float, segment: npt.NDArray[np.bool_] | None = None, action: int = -1
    ) -> None:
        """Move a mechanism today: a factor, an amount or an odds factor by its stacking rule.

        Parameters
        ----------
        mechanism
            Dotted key.
        value
            Factor (1 changes nothing) or amount (0 changes nothing).
        segment
            Bool per person; None for everybody.
        action
            Row of the action, for the books.
        """
        rule = mechanism_of(mechanism)
        neutral = 0.0 if rule.stack == "add" else 1.0
        if value == neutral:
            return
        self._levers.changes.append(
            Change(INDEX[mechanism], self._levers.segment_row(segment), float(value), action)
        )

    def offer(self, record: Offer) -> None:
        """Hand over a typed record; the phase that owns its kind consumes it today."""
        if type(record).__name__ not in self._levers.severed:
            self._levers.offers.append(record)

    def observe(self, kpi: str, delay: int = 1, noise: float = 0.05, days: int = 1) -> float:
        """A KPI's total as an operator sees it: some days late, with multiplicative noise; NaN before there is one.

        Parameters
        ----------
        kpi
            Key of a registered KPI.
        delay
            Days between the day observed and today, at least 1.
        noise
            Standard deviation of the log of the measurement error.
        days
            Days over which the figure is taken, by the KPI's own rule of adding up.
        """
        kpis, last = self._community.kpis, self.day - max(1, delay)
        if days == 1:
            value = kpis.on_day(kpi, last)
        else:
            value = kpis.totals(last - days + 1, last, keys=[kpi])[kpi] if last in kpis.days else None
        if value is None:
            return float("nan")
        u = uniforms(self.seed, S_OBSERVE, kpis.code(kpi), self.world_day)[0]
        return value * exp(noise * normal(int(u * 2**32), 0))

    def audit(self, creators: npt.NDArray[np.int64], noise: float) -> npt.NDArray[np.float64]:
        """What a third party finds of the shares of followers who do not exist, float64 [creators], 0 to 0.95.

        Parameters
        ----------
        creators
            Rows of creators.
        noise
            Standard deviation of the finding; the same creator is found alike whenever asked.
        """
        state = self._community.state
        ids = state.members["id"][state.creators["member"][creators]]
        words = blocks(self.seed, S_OBSERVE, ids, 0, AUDIT)
        z = normals(np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1]))
        true = state.creators["fake_share"][creators] / s.FAKE_UNIT
        found: npt.NDArray[np.float64] = np.clip(true + noise * z, 0.0, 0.95)
        return found

    def record(self, figure: str, value: float = 1.0) -> None:
        """Report how the operator works: a delay, a decision; only figures that are a plan's to report.

        Raises
        ------
        ConfigError
            For any other measure: what happens in the world is counted by its phases alone.
        """
        if figure not in PLAN_FIGURES:
            raise ConfigError(f"{figure!r} is no figure of a plan; there are: {', '.join(PLAN_FIGURES)}")
        self._community.count(figure, value)

    def follows(self) -> FollowerGraph:
        """Who follows whom, which anybody can look up: member rows, as of today."""
        return self._community.delta.graph_view()

    def candidates(self, format: str) -> tuple[npt.NDArray[np.int64], Float, Float]:
        """Creators of the list that the world was given who sell notes of a format: their rows in creators, int64 [c], fans
        in the real world, and what one note costs in yuan, float64 [c]. Empty where there is no list.
        """
        state, listed = self._community.state, self._community.config.candidates
        at = [i for i, one in enumerate(listed) if format in one.prices]
        rows = state.profiles["creator"][state.candidates["member"][at]].astype(np.int64)
        fans = np.array([listed[i].fans for i in at], np.float64)
        return rows, fans, np.array([listed[i].prices[format] for i in at], np.float64)

    def visible(self, column: str) -> npt.NDArray[Any]:
        """A read-only visible column: ``members.tier``, ``profiles.orders``, ``creators.followers``.

        Raises
        ------
        ConfigError
            For a hidden column (true skill, true audience, trust) or an unknown one.
        """
        table, _, name = column.rpartition(".")
        table = table or "members"
        if f"{table}.{name}" in HIDDEN:
            raise ConfigError(
                f"{table}.{name} is hidden: no operator can see it; plans read visible columns only"
            )
        if table not in State.names() or name not in (self._community.state[table].schema.dtype.names or ()):
            raise ConfigError(f"unknown column {column!r}")
        view = self._community.state[table][name].view()
        view.flags.writeable = False
        return view
