"""The desk: a plan's three verbs - modify, offer, observe - and all that it ever sees of the world.

Observations are late and noisy; true skill, true audience, trust and the like stay hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.accounts import KIND_CODES, account_code
from sim.errors import ConfigError
from sim.levers.mechanisms import INDEX, mechanism_of
from sim.levers.offers import Offer
from sim.levers.table import Change
from sim.numerics import exp
from sim.randomness import S_OBSERVE, normal, uniforms
from sim.state.tables import State

if TYPE_CHECKING:
    from sim.model import Community

REVENUE = {
    "sale",
    "commission",
    "goods",
    "delivery",
    "refund",
    "commission_back",
    "restock",
    "return_delivery",
}
REVENUE |= {f"{kind}_elsewhere" for kind in ("sale", "goods", "refund", "restock")}
ACTION_COSTS = [code for kind, code in KIND_CODES.items() if kind not in REVENUE]
"""Kinds of entry that are what an action costs; the others come with sales."""

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
        entries = self._community.ledger.entries
        entries = entries[(entries["action"] == action) & np.isin(entries["what"], ACTION_COSTS)]
        account = account_code(payer)
        paid = int(entries["amount"][entries["debit"] == account].sum())
        return paid - int(entries["amount"][entries["credit"] == account].sum())

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

    def observe(self, kpi: str, delay: int = 1, noise: float = 0.05) -> float:
        """A KPI's total as an operator sees it: some days late, with multiplicative noise; NaN before there is one.

        Parameters
        ----------
        kpi
            Key of a registered KPI.
        delay
            Days between the day observed and today, at least 1.
        noise
            Standard deviation of the log of the measurement error.
        """
        kpis = self._community.kpis
        value = kpis.on_day(kpi, self.day - max(1, delay))
        if value is None:
            return float("nan")
        u = uniforms(self.seed, S_OBSERVE, kpis.code(kpi), self.world_day)[0]
        return value * exp(noise * normal(int(u * 2**32), 0))

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
