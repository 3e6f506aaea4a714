"""Levers: the plan speaks at dawn through its desk, and the table of mechanisms is rebuilt for the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.levers import CostOffer, Desk
from sim.phases.base import Phase

if TYPE_CHECKING:
    from sim.model import Community


def run(community: Community) -> None:
    """Let the plan modify, offer and observe; resolve segments into cohorts; book plain costs."""
    levers = community.levers
    levers.clear()
    if community.policy is not None and not community.warming_up:
        community.policy.dawn(Desk(community))
    levers.resolve(community.state.members["cohort"])
    for offer in levers.offers:
        if isinstance(offer, CostOffer) and offer.amount:
            community.ledger.book(
                community.world_day, offer.payer, offer.account, offer.what, offer.amount, offer.action
            )


PHASE = Phase(
    name="levers",
    when="dawn",
    reads=("members", "profiles", "creators", "kpis"),
    writes=("members.cohort", "levers", "ledger"),
    run=run,
    equation="value = clip(default x factors, or + amounts, or odds x odds factors) for each cohort and mechanism",
    facts=("assumption",),
    test="tests/sim/phases/test_levers.py::test_without_levers_a_plan_changes_nothing",
    en="Levers",
    zh="策略生效",
)
