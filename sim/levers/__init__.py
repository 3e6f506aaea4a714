"""What a plan can touch: mechanisms (named, bounded values), offers (typed records) and observations.

A plan speaks to the world through a `Desk` at dawn, with three verbs. It *modifies* a mechanism for a segment, it makes
an *offer* that the owning phase consumes, it *observes* registered figures with delay and noise. Phases read mechanisms
from one small table, ``levers[cohort, mechanism]``, and know no lever.
"""

from __future__ import annotations

from sim.levers.desk import Desk
from sim.levers.mechanisms import INDEX, MECHANISMS, Mechanism, mechanism_of
from sim.levers.offers import (
    OFFER_PHASES,
    ActivityOffer,
    AdOffer,
    BoostOffer,
    ContractOffer,
    CostOffer,
    CouponOffer,
    GrantOffer,
    GroupOffer,
    InviteOffer,
    MembershipOffer,
    MessageOffer,
    Offer,
    TrendOffer,
)
from sim.levers.table import Change, LeverTable

__all__ = [
    "INDEX",
    "MECHANISMS",
    "OFFER_PHASES",
    "ActivityOffer",
    "AdOffer",
    "BoostOffer",
    "Change",
    "ContractOffer",
    "CostOffer",
    "CouponOffer",
    "Desk",
    "GrantOffer",
    "GroupOffer",
    "InviteOffer",
    "LeverTable",
    "Mechanism",
    "MembershipOffer",
    "MessageOffer",
    "Offer",
    "TrendOffer",
    "mechanism_of",
]
