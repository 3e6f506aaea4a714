"""Mechanisms: the named, bounded values of the world that a plan may move (the verb *modify*).

The table below is the register: a mechanism's row number is its column in the table of levers that phases read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sim.errors import ConfigError

Stack = Literal["multiply", "add", "odds"]


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


def mechanism_of(key: str) -> Mechanism:
    """The mechanism of that name; a readable error names those there are."""
    if key not in INDEX:
        raise ConfigError(f"unknown mechanism {key!r}; there are: {', '.join(INDEX)}")
    return MECHANISMS[INDEX[key]]
