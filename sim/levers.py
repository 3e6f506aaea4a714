"""What a plan can touch: mechanisms (named, bounded values), offers (typed records) and observations.

A plan speaks to the world through a `Desk` at dawn, with three verbs. It *modifies* a mechanism for a segment, it makes
an *offer* that the owning phase consumes, it *observes* registered figures with delay and noise. Phases read mechanisms
from one small table, ``levers[cohort, mechanism]``, and know no lever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from sim.accounts import KIND_CODES, account_code
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.model import Community

Stack = Literal["multiply", "add", "odds"]

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


@dataclass(frozen=True)
class Mechanism:
    """A value of the world that a plan may move.

    Attributes
    ----------
    key
        Dotted name, for example ``feed.relevance``.
    unit, default, low, high
        Unit, value without any plan, and the bounds that nothing leaves.
    scope
        Whose cohort is looked up: ``member`` (the viewer or buyer), ``note`` (its author), ``world`` (cohort 0).
    stack
        How several actions combine: factors multiply, amounts add, ``odds`` multiplies the odds of a share in (0, 1).
    phase
        The phase that owns it.
    source, evidence
        Where the default comes from; ``assumption`` where nothing is known.
    """

    key: str
    en: str
    zh: str
    unit: str
    default: float
    low: float
    high: float
    scope: Literal["member", "note", "world"]
    stack: Stack
    phase: str
    source: str
    evidence: str


def _m(*row: Any) -> Mechanism:
    return Mechanism(*row)


# fmt: off
MECHANISMS: tuple[Mechanism, ...] = (
    _m("visit.odds", "Odds of a visit", "到访几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "attendance", "neutral", "definition"),
    _m("join.odds", "Odds of joining", "加入几率", "odds factor", 1.0, 0.0, 20.0, "member", "multiply", "joining", "neutral", "definition"),
    _m("join.paid", "Paid acquisition", "付费拉新", "factor", 1.0, 0.0, 20.0, "member", "multiply", "joining", "neutral", "definition"),
    _m("join.referral", "Referral", "裂变拉新", "factor", 1.0, 0.0, 20.0, "member", "multiply", "joining", "neutral", "definition"),
    _m("join.cross_platform", "Inflow from other platforms", "跨平台引流", "factor", 1.0, 0.0, 20.0, "member", "multiply", "joining", "neutral", "definition"),
    _m("join.again", "Odds of coming back", "召回几率", "odds factor", 1.0, 0.0, 20.0, "member", "multiply", "joining", "neutral", "definition"),
    _m("feed.relevance", "Relevance of the feed", "推荐相关性", "share", 0.80, 0.0, 1.0, "member", "odds", "sessions", "share of discovery that follows the viewer's interests; R13 bounds its value", "assumption"),
    _m("feed.exploration", "Exploration of new notes", "新内容探索", "factor", 1.0, 0.0, 10.0, "world", "multiply", "distribution", "neutral", "definition"),
    _m("feed.weight", "Weight of an author's notes", "作者流量权重", "factor", 1.0, 0.0, 10.0, "note", "multiply", "distribution", "neutral", "definition"),
    _m("ads.load", "Ad load", "广告负载", "share of impressions", 0.08, 0.0, 0.5, "member", "multiply", "sessions", "share of feed places sold; 8 % is an assumption in 0.04..0.15", "assumption"),
    _m("action.read", "Odds of opening a note", "点开几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("action.like", "Odds of a like", "点赞几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("action.collect", "Odds of a collect", "收藏几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("action.comment", "Odds of a comment", "评论几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("action.share", "Odds of a share", "分享几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("action.follow", "Odds of a follow", "关注几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("action.click", "Odds of a product click", "商品点击几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("session.friction", "Friction of a session", "使用摩擦", "factor", 1.0, 0.2, 5.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("post.odds", "Odds of posting", "发布几率", "odds factor", 1.0, 0.0, 20.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.quality", "Quality of new notes", "新笔记质量", "sd", 0.0, -2.0, 2.0, "member", "add", "posting", "neutral", "definition"),
    _m("moderation.recall", "Recall of moderation", "审核召回率", "share", 0.60, 0.0, 0.99, "world", "odds", "moderation", "assumption in 0.4..0.8; G1 gives what a campaign adds", "assumption"),
    _m("moderation.false_positive", "False positives of moderation", "误判率", "share", 0.005, 0.0, 0.2, "world", "odds", "moderation", "assumption in 0.001..0.02", "assumption"),
    _m("buy.odds", "Odds of an order after a click", "下单几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "orders", "neutral", "definition"),
    _m("price.effective", "Price level", "价格水平", "factor", 1.0, 0.3, 1.5, "member", "multiply", "orders", "neutral", "definition"),
    _m("delivery.days", "Days to deliver", "配送天数", "factor", 1.0, 0.3, 3.0, "world", "multiply", "orders", "neutral", "definition"),
    _m("return.odds", "Odds of a return", "退货几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "returns", "neutral", "definition"),
    _m("follow.odds_dusk", "Odds of an unfollow", "取关几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "relations", "neutral", "definition"),
    _m("points.rate", "Points for an interaction", "互动积分", "points", 0.2, 0.0, 20.0, "member", "multiply", "rewards", "assumption in 0..1", "assumption"),
    _m("creator.stay", "Odds of an author's staying", "创作者留存几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "adaptation", "neutral", "definition"),
)
# fmt: on
INDEX: dict[str, int] = {m.key: i for i, m in enumerate(MECHANISMS)}
M_VISIT = INDEX["visit.odds"]
M_JOIN = INDEX["join.odds"]
M_JOIN_PAID = INDEX["join.paid"]
M_JOIN_REFERRAL = INDEX["join.referral"]
M_JOIN_CROSS = INDEX["join.cross_platform"]
M_JOIN_AGAIN = INDEX["join.again"]
M_RELEVANCE = INDEX["feed.relevance"]
M_EXPLORATION = INDEX["feed.exploration"]
M_NOTE_WEIGHT = INDEX["feed.weight"]
M_AD_LOAD = INDEX["ads.load"]
M_READ = INDEX["action.read"]
M_LIKE = INDEX["action.like"]
M_COLLECT = INDEX["action.collect"]
M_COMMENT = INDEX["action.comment"]
M_SHARE = INDEX["action.share"]
M_FOLLOW = INDEX["action.follow"]
M_CLICK = INDEX["action.click"]
M_FRICTION = INDEX["session.friction"]
M_POST = INDEX["post.odds"]
M_POST_QUALITY = INDEX["post.quality"]
M_RECALL = INDEX["moderation.recall"]
M_FALSE_POSITIVE = INDEX["moderation.false_positive"]
M_BUY = INDEX["buy.odds"]
M_PRICE = INDEX["price.effective"]
M_DELIVERY = INDEX["delivery.days"]
M_RETURN = INDEX["return.odds"]
M_UNFOLLOW = INDEX["follow.odds_dusk"]
M_POINTS = INDEX["points.rate"]
M_CREATOR_STAY = INDEX["creator.stay"]


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


@dataclass
class Change:
    """One modification in force today: mechanism row, which members (None: all), the factor or amount."""

    mechanism: int
    segment: int
    value: float
    action: int


@dataclass
class LeverTable:
    """Values of all mechanisms for all cohorts, rebuilt at dawn.

    Attributes
    ----------
    table
        float64 [cohorts, mechanisms], what phases read.
    severed
        Mechanisms and kinds of offers whose link to the phases is cut (a test's tool): they change nothing.
    """

    base: npt.NDArray[np.float64]
    table: npt.NDArray[np.float64]
    segments: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    severed: frozenset[str] = frozenset()

    @classmethod
    def create(cls, defaults: dict[str, float] | None = None) -> LeverTable:
        """A table at the defaults; ``defaults`` (mechanism -> value) is the platform's configuration."""
        base = np.array([m.default for m in MECHANISMS])
        for key, value in (defaults or {}).items():
            mechanism = mechanism_of(key)
            if not mechanism.low <= value <= mechanism.high:
                raise ConfigError(
                    f"platform.mechanisms.{key}={value} is out of bounds: {mechanism.low} to {mechanism.high}"
                )
            base[INDEX[key]] = value
        return cls(base=base, table=base[None, :].copy())

    def clear(self) -> None:
        """Forget yesterday's changes and offers."""
        self.segments = []
        self.changes = []
        self.offers = []

    def segment_row(self, mask: npt.NDArray[np.bool_] | None) -> int:
        """Number of a segment's mask in today's list; -1 for everybody."""
        if mask is None:
            return -1
        for i, known in enumerate(self.segments):
            if known is mask or np.array_equal(known, mask):
                return i
        self.segments.append(mask)
        return len(self.segments) - 1

    def resolve(self, cohort: npt.NDArray[np.uint16]) -> None:
        """Write each member's cohort and rebuild the table; cohort 0 is whoever no segment names.

        Parameters
        ----------
        cohort
            Column of the members table, uint16 [persons], written in place.
        """
        used = sorted({c.segment for c in self.changes if c.segment >= 0})
        if not used:
            cohort[:] = 0
            patterns = np.zeros((1, 0), bool)
        else:
            bits = np.stack([self.segments[i] for i in used], axis=1)
            packed = np.packbits(bits, axis=1)
            codes = np.zeros(len(packed), np.int64)
            for column in range(packed.shape[1]):
                _, codes = np.unique(codes * 256 + packed[:, column], return_inverse=True)
            zero = np.flatnonzero(~bits.any(axis=1))
            order = np.zeros(int(codes.max()) + 1, np.int64)
            first = np.full(len(order), -1, np.int64)
            first[codes[::-1]] = np.arange(len(codes))[::-1]
            if len(zero):
                lead = int(codes[zero[0]])
                order[:] = np.arange(len(order)) + (np.arange(len(order)) < lead)
                order[lead] = 0
                patterns = np.zeros((len(order), len(used)), bool)
            else:
                order[:] = np.arange(len(order)) + 1
                patterns = np.zeros((len(order) + 1, len(used)), bool)
            if len(patterns) > np.iinfo(np.uint16).max:
                raise ConfigError(
                    f"{len(patterns)} combinations of segments, at most 65535 can be told apart"
                )
            patterns[order] = bits[first]
            cohort[:] = order[codes].astype(np.uint16)
        column_of = {segment: i for i, segment in enumerate(used)}
        table = np.repeat(self.base[None, :], len(patterns), axis=0)
        for change in sorted(self.changes, key=lambda c: (c.mechanism, c.value, c.action)):
            mechanism = MECHANISMS[change.mechanism]
            if mechanism.key in self.severed:
                continue
            rows = slice(None) if change.segment < 0 else patterns[:, column_of[change.segment]]
            values = table[rows, change.mechanism]
            if mechanism.stack == "add":
                values = values + change.value
            elif mechanism.stack == "odds":
                odds = values / (1.0 - values) * change.value
                values = odds / (1.0 + odds)
            else:
                values = values * change.value
            table[rows, change.mechanism] = values
        low = np.array([m.low for m in MECHANISMS])
        high = np.array([m.high for m in MECHANISMS])
        self.table = np.ascontiguousarray(np.clip(table, low, high))


def mechanism_of(key: str) -> Mechanism:
    """The mechanism of that name; a readable error names those there are."""
    if key not in INDEX:
        raise ConfigError(f"unknown mechanism {key!r}; there are: {', '.join(INDEX)}")
    return MECHANISMS[INDEX[key]]


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
        return self._community.observe(kpi, max(1, delay), noise)

    def visible(self, column: str) -> npt.NDArray[Any]:
        """A read-only visible column, one value a person (or a creator: ``creator.<column>``).

        Raises
        ------
        ConfigError
            For a hidden column (true skill, true audience, trust) or an unknown one.
        """
        return self._community.visible(column)
