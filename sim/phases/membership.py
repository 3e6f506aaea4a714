"""Paid membership: who becomes a paying member, who stays one, and what that changes.

Once a month, on a day of their own, members whom it is offered to decide anew; the fee is booked then. Without
the offer nobody renews.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.levers import Change, MembershipOffer
from sim.levers.mechanisms import M_VISIT
from sim.numerics import sigmoids
from sim.phases.base import Phase
from sim.population import USUAL_SATISFACTION
from sim.randomness import S_MEMBERSHIP, uniforms
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

MONTH = 30
STAYING = 2.0
"""Log-odds of renewing above those of joining (assumption, 1 to 4)."""
CONTENT = 3.0
"""Log-odds of joining a unit of satisfaction above the usual (assumption, 1 to 6)."""


def run(community: Community) -> None:
    """Let those whose day it is join, renew or leave."""
    state = community.state
    members, profiles = state.members, state.profiles
    offers = [o for o in community.levers.offers if isinstance(o, MembershipOffer)]
    paying = (members["flags"] & s.SUBSCRIBER) > 0
    if not offers and not paying.any():
        return
    day = community.world_day
    here = (members["flags"] & (s.ON_PLATFORM | s.BOT)) == s.ON_PLATFORM
    due = here & ((members["id"].astype(np.int64) + day) % MONTH == 0)
    lapsing = paying & (due | ~here)
    offer = min(offers, key=lambda o: o.action) if offers else None
    members.array["flags"][np.flatnonzero(lapsing)] &= np.uint8(0xFF ^ s.SUBSCRIBER)
    if offer is not None:
        rows = np.flatnonzero(due & (offer.segment | paying))
        logit = offer.appeal + STAYING * paying[rows]
        logit = logit + CONTENT * (profiles["satisfaction"][rows] - USUAL_SATISFACTION)
        takes = uniforms(community.seed, S_MEMBERSHIP, members["id"][rows], day) < sigmoids(logit)
        members.array["flags"][rows[takes]] |= s.SUBSCRIBER
        fees = offer.fee * int(takes.sum())
        if fees:
            community.ledger.book(day, "members", "platform", "membership", fees)
        mask = (members["flags"] & s.SUBSCRIBER) > 0
        if mask.any():
            segment = community.levers.segment_row(mask)
            community.levers.changes.append(Change(M_VISIT, segment, offer.visits, offer.action))
    community.count("subscribers", int(np.count_nonzero(members["flags"] & s.SUBSCRIBER)))


PHASE = Phase(
    name="membership",
    when="dawn",
    reads=("members", "profiles", "levers"),
    writes=("members.flags", "levers", "ledger"),
    run=run,
    equation=(
        "once a month logit P(pays) = appeal + 2 if paying already + 3 (satisfaction - usual); odds of a visit x visits for"
        " paying members"
    ),
    facts=("assumption",),
    test="tests/sim/phases/test_activities.py::test_membership_is_paid_for_and_ends_with_its_offer",
    en="Membership",
    zh="付费会员",
)
