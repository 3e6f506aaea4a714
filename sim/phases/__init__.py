"""The day as a table of phases, in order; `docs/phases.md` is generated from it."""

from __future__ import annotations

from sim.phases import (
    activities,
    adaptation,
    attendance,
    books,
    calendar,
    cohorts,
    coupons,
    deliveries,
    distribution,
    joining,
    levers,
    membership,
    messages,
    moderation,
    orders,
    posting,
    relations,
    returns,
    rewards,
    sessions,
    sharing,
    shocks,
    transitions,
    wellbeing,
)
from sim.phases.base import Phase

__all__ = ["ORDER", "Phase", "phases_markdown"]

ORDER: tuple[Phase, ...] = tuple(
    module.PHASE
    for module in (
        calendar,
        joining,
        levers,
        activities,
        messages,
        membership,
        cohorts,
        coupons,
        attendance,
        posting,
        moderation,
        deliveries,
        distribution,
        sessions,
        sharing,
        orders,
        adaptation,
        returns,
        relations,
        wellbeing,
        transitions,
        rewards,
        shocks,
        books,
    )
)


def phases_markdown() -> str:
    """The table of phases as Markdown, for `docs/phases.md`."""
    lines = [
        "| phase | 阶段 | when | rule | rests on | test that fails without it |",
        "|---|---|---|---|---|---|",
    ]
    for phase in ORDER:
        rule = phase.equation.replace("|", "\\|")
        lines.append(
            f"| {phase.en} (`{phase.name}`) | {phase.zh} | {phase.when} | {rule} | {', '.join(phase.facts)} | `{phase.test}` |"
        )
    return "\n".join(lines) + "\n"
