"""Cohorts: the day's changes of mechanisms, of plans, activities and shocks, become one small table.

Members who belong to the same segments share a cohort, and phases read ``levers[cohort, mechanism]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.phases.base import Phase
from sim.phases.shocks import press

if TYPE_CHECKING:
    from sim.model import Community


def run(community: Community) -> None:
    """Add what shocks change, and resolve everything into cohorts."""
    press(community)
    community.levers.resolve(community.state.members["cohort"], community.threads)


PHASE = Phase(
    name="cohorts",
    when="dawn",
    reads=("members", "profiles", "creators"),
    writes=("members.cohort", "levers"),
    run=run,
    equation="value = clip(default x factors, or + amounts, or odds x odds factors) for each cohort and mechanism",
    facts=("definition",),
    test="tests/sim/phases/test_levers.py::test_without_cohorts_a_change_reaches_nobody",
    en="Cohorts",
    zh="分组",
)
