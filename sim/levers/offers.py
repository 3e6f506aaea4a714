"""Offers: typed records that a plan hands over at dawn (the verb *offer*) and the phase that owns their kind consumes.

An offer is never an order: members claim a coupon or not, creators accept a contract or refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class BoostOffer:
    """Extra weight in discovery for notes that the editors think good (L12), this day.

    The distribution phase multiplies a note's weight by ``factor`` while it holds on to one of ``places`` (per 1,000 live
    notes), best shown quality first among notes whose author is in ``authors`` (bool per member) and is younger than
    ``max_age`` days. Finite attention means that others lose what these gain.
    """

    action: int
    authors: npt.NDArray[np.bool_]
    factor: float
    quality_floor: float
    max_age: int
    places: float


@dataclass(frozen=True)
class CouponOffer:
    """A coupon issued today to members of ``segment`` (bool per member); the orders phase redeems it.

    ``depth`` is the share of the price taken off; ``threshold`` in fen; ``budget`` in fen of sample money is the most that
    may be redeemed; ``payer`` an account of the ledger; ``topic`` and ``brand`` -1 for any.
    """

    action: int
    segment: npt.NDArray[np.bool_]
    depth: float
    threshold: int
    days: int
    budget: int
    payer: str
    topic: int = -1
    brand: int = -1


@dataclass(frozen=True)
class ContractOffer:
    """A placement offered to one creator: ``notes`` deliverables, first on world day ``day``, then every ``gap`` days.

    ``price`` is for all of them, in fen of sample money; the creator accepts or refuses by price, fit and load. ``id``
    (below 2**31) is made from the action's name and the creator, so that a contract draws alike in every scenario.
    """

    id: int
    action: int
    creator: int
    product: int
    notes: int
    day: int
    gap: int
    format: int
    purpose: int
    price: int
    disclosed: bool
    production: float


@dataclass(frozen=True)
class AdOffer:
    """A budget behind one note (feed or search), in fen of sample money, paced over the day."""

    action: int
    note: int
    brand: int
    surface: Literal["feed", "search"]
    topic: int
    cpc: bool
    bid: float
    budget: int


@dataclass(frozen=True)
class CostOffer:
    """Money that an action spends on something outside the world (staff, production, tools): it is booked, no more."""

    action: int
    payer: str
    account: str
    amount: int
    what: str


Offer = BoostOffer | CouponOffer | ContractOffer | AdOffer | CostOffer
