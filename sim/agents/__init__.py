"""Members as Mesa agents: views of rows in tiers, sets of them backed by columns, decisions to be overridden.

`docs/agents.md` is the guide.
"""

from __future__ import annotations

from sim.agents.classes import agent_classes, python_tiers, register_agent_class, registered_agent_classes
from sim.agents.groups import MembersByGroup
from sim.agents.members import Members
from sim.agents.rebind import call_view, rebind
from sim.agents.tiers import (
    DECISIONS,
    KOC,
    TIER_CLASSES,
    ActiveUser,
    AgentError,
    Member,
    OrdinaryUser,
    TopCreator,
    overridden,
)

__all__ = [
    "DECISIONS",
    "KOC",
    "TIER_CLASSES",
    "ActiveUser",
    "AgentError",
    "Member",
    "Members",
    "MembersByGroup",
    "OrdinaryUser",
    "TopCreator",
    "agent_classes",
    "call_view",
    "overridden",
    "python_tiers",
    "rebind",
    "register_agent_class",
    "registered_agent_classes",
]
