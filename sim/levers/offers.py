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
    ``share`` is what one of its notes stands for, in real notes, over the people whom a member stands for.
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
    share: float = 1.0


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
class ActivityOffer:
    """An activity 活动 in which members of ``segment`` (bool per member) may take part today.

    Offered anew every day that it runs, under the same ``wave`` of its action. Who was here yesterday hears of it and takes
    part at log-odds ``appeal``, more where the topic is liked. While it runs, those who take part visit and write at
    ``visits`` and ``posting`` times their odds, a share ``on_topic`` of their notes about its topic; in the week after they
    visit at ``slump`` times their odds. At its end a share ``winners`` gets ``prize`` fen each from ``payer``.
    ``capacity`` counts members; -1 for no limit.
    """

    action: int
    wave: int
    segment: npt.NDArray[np.bool_]
    topic: int
    last: int
    appeal: float
    visits: float
    posting: float
    on_topic: float
    slump: float
    ties: float
    joy: float
    winners: float
    prize: int
    capacity: int
    payer: str


@dataclass(frozen=True)
class MessageOffer:
    """A message to members of ``segment`` (bool per member) today; who opens it visits at ``pull`` times their odds.

    The chance of opening is ``opens`` at usual satisfaction. Every message makes some want no more of them.
    """

    action: int
    segment: npt.NDArray[np.bool_]
    opens: float
    pull: float


@dataclass(frozen=True)
class MembershipOffer:
    """Paid membership for members of ``segment`` (bool per member): ``fee`` fen a month, at log-odds ``appeal`` a month.

    Paying members visit at ``visits`` times their odds. Without the offer nobody renews.
    """

    action: int
    segment: npt.NDArray[np.bool_]
    fee: int
    appeal: float
    visits: float


@dataclass(frozen=True)
class InviteOffer:
    """A reward for bringing others: members of ``segment`` (bool per member) invite with a chance ``accepts`` a day.

    ``payer`` gives ``reward`` fen for each newcomer who came through one of them. A share ``fake`` of those who come for the
    reward's sake fit badly.
    """

    action: int
    segment: npt.NDArray[np.bool_]
    accepts: float
    reward: int
    fake: float
    payer: str


@dataclass(frozen=True)
class GrantOffer:
    """Money for authors: ``amount`` fen of sample money to each of ``authors`` (bool per member) who writes, from ``payer``."""

    action: int
    authors: npt.NDArray[np.bool_]
    amount: int
    payer: str


@dataclass(frozen=True)
class GroupOffer:
    """A group 社群 to be founded for members of ``segment`` (bool per member), of whom a share ``joins`` join at once.

    ``kind`` is a code of the schema; ``region`` 255 for no region. It is founded once for each ``number`` of its action.
    """

    action: int
    number: int
    segment: npt.NDArray[np.bool_]
    kind: int
    topic: int
    region: int
    joins: float


@dataclass(frozen=True)
class TrendOffer:
    """A topic that everybody talks of today: its share of what everybody is shown grows by ``heat`` times itself.

    Authors of ``authors`` (bool per member) ride it: a share ``share`` of their notes is about it.
    """

    action: int
    topic: int
    heat: float
    authors: npt.NDArray[np.bool_]
    share: float


@dataclass(frozen=True)
class CostOffer:
    """Money that an action spends on something outside the world (staff, production, tools): it is booked, no more."""

    action: int
    payer: str
    account: str
    amount: int
    what: str


Offer = (
    BoostOffer
    | CouponOffer
    | ContractOffer
    | AdOffer
    | ActivityOffer
    | MessageOffer
    | MembershipOffer
    | InviteOffer
    | GrantOffer
    | GroupOffer
    | TrendOffer
    | CostOffer
)

OFFER_PHASES: dict[str, str] = {
    "ActivityOffer": "activities",
    "AdOffer": "distribution",
    "BoostOffer": "distribution",
    "ContractOffer": "posting",
    "CostOffer": "levers",
    "CouponOffer": "offers",
    "GrantOffer": "posting",
    "GroupOffer": "relations",
    "InviteOffer": "joining",
    "MembershipOffer": "membership",
    "MessageOffer": "messages",
    "TrendOffer": "distribution",
}
"""Kind of offer -> the phase that consumes it."""
