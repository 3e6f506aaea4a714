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
    _m("action.complete", "Odds of reading to the end", "读完几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("comment.negative", "Odds that a comment is hostile", "负面评论几率", "odds factor", 1.0, 0.1, 10.0, "member", "multiply", "sessions", "neutral", "definition"),
    _m("ads.match", "Advertisements that follow interests", "广告定向精度", "share", 0.9, 0.0, 1.0, "member", "odds", "sessions", "assumption in 0.5..0.95", "assumption"),
    _m("visit.goal", "Pull of a near level or badge", "等级徽章吸引力", "factor", 1.0, 0.0, 10.0, "member", "multiply", "attendance", "neutral", "definition"),
    _m("visit.level", "Pull of privileges, for each level held", "等级权益吸引力", "logit", 0.0, 0.0, 0.5, "member", "add", "attendance", "neutral", "definition"),
    _m("join.match", "How well newcomers fit", "新用户匹配度", "factor", 1.0, 0.1, 2.0, "member", "multiply", "joining", "neutral", "definition"),
    _m("post.planned", "Usual notes published on days away", "排期发布占比", "share", 0.0, 0.0, 1.0, "member", "add", "posting", "neutral", "definition"),
    _m("post.focus", "Notes that keep to the main topic", "主领域占比", "share", 0.65, 0.05, 0.99, "member", "odds", "posting", "assumption in 0.4..0.8", "assumption"),
    _m("post.hours", "Notes timed for the hours of most readers", "高峰发布程度", "exponent", 1.0, 0.0, 8.0, "member", "multiply", "posting", "as readers come", "definition"),
    _m("post.cover", "Appeal of titles and covers", "标题封面吸引力", "sd", 0.0, -2.0, 2.0, "member", "add", "posting", "neutral", "definition"),
    _m("post.lift", "How far poor notes are lifted", "低质笔记提升", "share", 0.0, 0.0, 1.0, "member", "add", "posting", "neutral", "definition"),
    _m("post.themes", "Crowding of themes", "选题集中度", "exponent factor", 1.0, 0.1, 3.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.original", "Original notes", "原创占比", "share", 0.9, 0.1, 0.999, "member", "odds", "posting", "assumption in 0.8..0.97", "assumption"),
    _m("post.fake", "Odds of fake marketing", "虚假营销几率", "odds factor", 1.0, 0.0, 20.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.video", "Odds of a video", "视频几率", "odds factor", 1.0, 0.05, 20.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.product", "Notes about goods", "产品介绍类笔记", "factor", 1.0, 0.0, 10.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.educational", "Notes that teach", "教育性笔记", "factor", 1.0, 0.0, 10.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.interactive", "Notes that ask", "互动性笔记", "factor", 1.0, 0.0, 10.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.emotional", "Notes that move", "情感性笔记", "factor", 1.0, 0.0, 10.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.entertaining", "Notes that amuse", "娱乐性笔记", "factor", 1.0, 0.0, 10.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.link", "Odds of a product link", "商品链接几率", "odds factor", 1.0, 0.0, 50.0, "member", "multiply", "posting", "neutral", "definition"),
    _m("post.thin", "Notes led to thin verticals", "小众领域占比", "share", 0.0, 0.0, 1.0, "member", "add", "posting", "neutral", "definition"),
    _m("contract.failure", "Contracted notes that are not delivered", "合作违约率", "share", 0.04, 0.0, 0.9, "world", "odds", "posting", "assumption in 0.01..0.1", "assumption"),
    _m("contract.acceptance", "Odds that a creator accepts", "合作接受几率", "odds factor", 1.0, 0.05, 10.0, "world", "multiply", "posting", "neutral", "definition"),
    _m("moderation.delay", "Days until a note is reviewed", "审核时长", "factor", 1.0, 0.05, 20.0, "world", "multiply", "moderation", "neutral", "definition"),
    _m("moderation.sanction", "What offenders lose with a note", "违规处罚力度", "factor", 1.0, 0.0, 5.0, "world", "multiply", "moderation", "neutral", "definition"),
    _m("moderation.appeal", "Wrong removals put right", "申诉纠正率", "share", 0.0, 0.0, 1.0, "world", "add", "moderation", "neutral", "definition"),
    _m("rules.adaptation", "Speed at which new rules are followed", "规则适应速度", "factor", 1.0, 0.1, 10.0, "member", "multiply", "moderation", "neutral", "definition"),
    _m("rank.interactions", "Weight of interactions in ranking", "互动排序权重", "exponent", 1.0, 0.1, 3.0, "world", "multiply", "distribution", "E3: ranking by expected value", "medium"),
    _m("rank.commerce", "Points of a product click in ranking", "商品点击排序权重", "points", 0.0, 0.0, 50.0, "world", "add", "distribution", "neutral", "definition"),
    _m("feed.copies", "Weight of copies", "搬运内容权重", "factor", 1.0, 0.0, 1.0, "world", "multiply", "distribution", "neutral", "definition"),
    _m("feed.ageing", "Speed at which notes age", "内容老化速度", "factor", 1.0, 0.1, 10.0, "world", "multiply", "distribution", "neutral", "definition"),
    _m("pool.gate", "Height of the gates between pools", "流量池门槛", "factor", 1.0, 0.05, 20.0, "world", "multiply", "distribution", "neutral", "definition"),
    _m("search.life", "Life of a note in search", "搜索内容寿命", "factor", 1.0, 0.1, 10.0, "world", "multiply", "distribution", "neutral", "definition"),
    _m("search.share", "Odds that a place is a search", "搜索占比几率", "odds factor", 1.0, 0.05, 10.0, "world", "multiply", "distribution", "neutral", "definition"),
    _m("order.elsewhere", "Odds of buying elsewhere", "站外成交几率", "odds factor", 1.0, 0.02, 10.0, "member", "multiply", "orders", "neutral", "definition"),
    _m("product.redirect", "Clicks that end at the best-suited product", "商品推荐占比", "share", 0.0, 0.0, 1.0, "member", "add", "orders", "neutral", "definition"),
    _m("peak.loss", "Orders lost for each doubling of usual demand", "高峰订单流失", "share", 0.04, 0.0, 0.9, "world", "odds", "orders", "assumption in 0..0.15", "assumption"),
    _m("brand.liking", "Liking of the focal brand", "品牌偏好", "logit", 0.0, -3.0, 3.0, "member", "add", "orders", "neutral", "definition"),
    _m("stock.supply", "Weekly orders of shops", "备货量", "factor", 1.0, 0.0, 10.0, "world", "multiply", "deliveries", "neutral", "definition"),
    _m("supply.loss", "Share of a supply shock that gets through", "供应冲击传导", "factor", 1.0, 0.0, 2.0, "world", "multiply", "deliveries", "neutral", "definition"),
    _m("delivery.spread", "Spread of delivery days", "配送波动", "factor", 1.0, 0.1, 4.0, "world", "multiply", "orders", "neutral", "definition"),
    _m("goods.quality", "Quality of goods", "商品质量", "sd", 0.0, -2.0, 2.0, "world", "add", "returns", "neutral", "definition"),
    _m("goods.delisted", "Goods taken off the shelf", "下架商品占比", "share", 0.0, 0.0, 0.6, "world", "add", "orders", "neutral", "definition"),
    _m("service.care", "Disappointed buyers who are made content", "售后挽回率", "share", 0.0, 0.0, 1.0, "world", "add", "returns", "neutral", "definition"),
    _m("follow.back", "Follows that are returned", "回关率", "share", 0.0, 0.0, 1.0, "member", "add", "relations", "neutral", "definition"),
    _m("author.ties", "Odds that a follower leaves an author", "粉丝流失几率", "odds factor", 1.0, 0.05, 10.0, "note", "multiply", "relations", "neutral", "definition"),
    _m("group.join", "Joining of groups", "入群", "factor", 1.0, 0.0, 20.0, "member", "multiply", "relations", "neutral", "definition"),
    _m("group.leave", "Leaving of groups", "退群", "factor", 1.0, 0.0, 20.0, "member", "multiply", "relations", "neutral", "definition"),
    _m("group.capacity", "Largest group against the mean", "社群规模上限", "factor", 8.0, 0.1, 100.0, "world", "multiply", "relations", "assumption in 3..20", "assumption"),
    _m("group.purge", "Idle members removed a day", "清理不活跃成员", "share", 0.0, 0.0, 1.0, "world", "add", "relations", "neutral", "definition"),
    _m("group.notes", "Notes shown in the author's group", "社群分发笔记占比", "share", 0.6, 0.0, 1.0, "world", "odds", "relations", "assumption in 0.3..0.8", "assumption"),
    _m("mood.shift", "Satisfaction of a visit", "单次满意度", "0..1", 0.0, -0.5, 0.5, "member", "add", "wellbeing", "neutral", "definition"),
    _m("mood.reply", "Satisfaction of being answered", "被回应的满意度", "0..1", 0.0, 0.0, 0.5, "member", "add", "wellbeing", "neutral", "definition"),
    _m("trust.shift", "Trust that is aimed at", "信任基准", "0..1", 0.0, -0.5, 0.5, "member", "add", "wellbeing", "neutral", "definition"),
    _m("trust.erosion", "Erosion of trust by advertising", "商业内容对信任的侵蚀", "factor", 1.0, 0.0, 5.0, "member", "multiply", "wellbeing", "neutral", "definition"),
    _m("fatigue.rate", "Weariness of a day", "疲劳累积", "factor", 1.0, 0.1, 5.0, "member", "multiply", "wellbeing", "neutral", "definition"),
    _m("rewards.grievance", "Odds of feeling passed over", "激励不公感几率", "odds factor", 1.0, 0.0, 20.0, "world", "multiply", "rewards", "neutral", "definition"),
    _m("quit.odds", "Odds of quitting", "退出几率", "odds factor", 1.0, 0.05, 20.0, "member", "multiply", "transitions", "neutral", "definition"),
    _m("brand.heard", "Hearing of the focal brand by itself", "品牌自然知晓", "factor", 1.0, 0.0, 50.0, "member", "multiply", "transitions", "neutral", "definition"),
    _m("brand.forget", "Forgetting of the focal brand", "品牌遗忘", "factor", 1.0, 0.0, 10.0, "member", "multiply", "transitions", "neutral", "definition"),
    _m("creator.effort", "Effort that authors aim at", "创作投入", "share", 0.0, -1.0, 1.0, "member", "add", "adaptation", "neutral", "definition"),
    _m("creator.growth", "Skill learnt in a week", "每周技能提升", "sd", 0.0, 0.0, 0.3, "member", "add", "adaptation", "neutral", "definition"),
    _m("creator.poach", "Pull of rivals on authors", "竞品挖角", "factor", 1.0, 0.0, 5.0, "member", "multiply", "adaptation", "neutral", "definition"),
    _m("creator.asking", "Weekly drift of prices asked", "报价周涨幅", "factor", 1.0, 0.5, 2.0, "member", "multiply", "adaptation", "neutral", "definition"),
    _m("creator.share", "Advertising revenue that goes to authors", "广告分成", "share", 0.0, 0.0, 0.9, "world", "add", "adaptation", "neutral", "definition"),
    _m("crisis.recovery", "Speed at which a crisis fades", "危机消退速度", "factor", 1.0, 0.1, 10.0, "world", "multiply", "shocks", "neutral", "definition"),
    _m("crisis.spread", "Odds that bad news is passed on", "负面传播几率", "odds factor", 1.0, 0.02, 10.0, "world", "multiply", "shocks", "neutral", "definition"),
    _m("incident.odds", "Odds of a data or legal incident", "安全与法律事件几率", "odds factor", 1.0, 0.0, 20.0, "world", "multiply", "shocks", "neutral", "definition"),
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
M_COMPLETE = INDEX["action.complete"]
M_NEGATIVE = INDEX["comment.negative"]
M_AD_MATCH = INDEX["ads.match"]
M_GOAL = INDEX["visit.goal"]
M_PRIVILEGE = INDEX["visit.level"]
M_JOIN_MATCH = INDEX["join.match"]
M_PLANNED = INDEX["post.planned"]
M_FOCUS = INDEX["post.focus"]
M_HOURS = INDEX["post.hours"]
M_COVER = INDEX["post.cover"]
M_LIFT = INDEX["post.lift"]
M_THEMES = INDEX["post.themes"]
M_ORIGINAL = INDEX["post.original"]
M_FAKE = INDEX["post.fake"]
M_VIDEO = INDEX["post.video"]
M_PRODUCT = INDEX["post.product"]
M_EDUCATIONAL = INDEX["post.educational"]
M_INTERACTIVE = INDEX["post.interactive"]
M_EMOTIONAL = INDEX["post.emotional"]
M_ENTERTAINING = INDEX["post.entertaining"]
M_LINK = INDEX["post.link"]
M_THIN = INDEX["post.thin"]
M_CONTRACT_FAILURE = INDEX["contract.failure"]
M_CONTRACT_ACCEPTANCE = INDEX["contract.acceptance"]
M_REVIEW_DELAY = INDEX["moderation.delay"]
M_SANCTION = INDEX["moderation.sanction"]
M_APPEAL = INDEX["moderation.appeal"]
M_RULES = INDEX["rules.adaptation"]
M_RANK_VALUE = INDEX["rank.interactions"]
M_RANK_CLICKS = INDEX["rank.commerce"]
M_COPIES = INDEX["feed.copies"]
M_AGEING = INDEX["feed.ageing"]
M_GATE = INDEX["pool.gate"]
M_SEARCH_LIFE = INDEX["search.life"]
M_SEARCH_SHARE = INDEX["search.share"]
M_ELSEWHERE = INDEX["order.elsewhere"]
M_REDIRECT = INDEX["product.redirect"]
M_PEAK_LOSS = INDEX["peak.loss"]
M_BRAND_LIKING = INDEX["brand.liking"]
M_SUPPLY = INDEX["stock.supply"]
M_SUPPLY_LOSS = INDEX["supply.loss"]
M_SPREAD = INDEX["delivery.spread"]
M_GOODS = INDEX["goods.quality"]
M_DELISTED = INDEX["goods.delisted"]
M_CARE = INDEX["service.care"]
M_FOLLOW_BACK = INDEX["follow.back"]
M_TIES = INDEX["author.ties"]
M_GROUP_JOIN = INDEX["group.join"]
M_GROUP_LEAVE = INDEX["group.leave"]
M_GROUP_CAPACITY = INDEX["group.capacity"]
M_GROUP_PURGE = INDEX["group.purge"]
M_GROUP_NOTES = INDEX["group.notes"]
M_MOOD = INDEX["mood.shift"]
M_REPLY = INDEX["mood.reply"]
M_TRUST = INDEX["trust.shift"]
M_EROSION = INDEX["trust.erosion"]
M_WEARY = INDEX["fatigue.rate"]
M_GRIEVANCE = INDEX["rewards.grievance"]
M_QUIT = INDEX["quit.odds"]
M_HEARD = INDEX["brand.heard"]
M_FORGET = INDEX["brand.forget"]
M_EFFORT = INDEX["creator.effort"]
M_GROWTH = INDEX["creator.growth"]
M_POACH = INDEX["creator.poach"]
M_ASKING = INDEX["creator.asking"]
M_REVENUE_SHARE = INDEX["creator.share"]
M_RECOVERY = INDEX["crisis.recovery"]
M_RUMOUR = INDEX["crisis.spread"]
M_INCIDENT = INDEX["incident.odds"]


def mechanism_of(key: str) -> Mechanism:
    """The mechanism of that name; a readable error names those there are."""
    if key not in INDEX:
        raise ConfigError(f"unknown mechanism {key!r}; there are: {', '.join(INDEX)}")
    return MECHANISMS[INDEX[key]]
