"""Levers: the plan speaks at dawn through its desk; what it changes and offers is consumed by later phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.levers import CostOffer, Desk
from sim.phases.base import Phase

if TYPE_CHECKING:
    from sim.model import Community


def run(community: Community) -> None:
    """Let the plan modify, offer and observe; book plain costs."""
    levers = community.levers
    levers.clear()
    if community.policy is not None and not community.warming_up:
        community.policy.dawn(Desk(community))
    for offer in levers.offers:
        if isinstance(offer, CostOffer) and offer.amount:
            community.ledger.book(
                community.world_day, offer.payer, offer.account, offer.what, offer.amount, offer.action
            )


PHASE = Phase(
    name="levers",
    when="dawn",
    reads=("members", "profiles", "creators", "kpis"),
    writes=("levers", "ledger"),
    run=run,
    equation="changes and offers of the day = what the plan's actions say; its plain costs are booked",
    facts=("definition",),
    test="tests/sim/phases/test_levers.py::test_without_levers_a_plan_changes_nothing",
    en="Levers",
    zh="策略生效",
)
