# ruff: noqa: E501  (a table: one KPI a line)
"""Every KPI once: key, names, unit, formula over measures, how days add up, which way is better (rule 8).

`seedbed kpis` and `docs/kpis.md` print this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sim.errors import ConfigError
from sim.kpis.measures import MEASURE, MEASURES

How = Literal["sum", "mean", "last", "ratio"]
Terms = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Kpi:
    """One KPI.

    Attributes
    ----------
    key, en, zh, family
        Key, names, and the family of DOMAIN.md.
    unit
        Unit of the reported figure.
    how
        Over days: ``sum``, ``mean`` of daily values, ``last`` value, or ``ratio`` of sums.
    numerator, denominator
        Formula: sums of measures, for example ``likes + collects``; the denominator of a ratio.
    factor
        Constant by which the figure is multiplied, for example 1000 in a cost per thousand.
    scale
        ``weight``: the sample figure times the people that a member stands for; ``none``: as it is.
    money
        The numerator is fen of sample money; the figure is yuan.
    better
        1 higher, -1 lower, 0 neither.
    """

    key: str
    en: str
    zh: str
    family: str
    unit: str
    how: How
    numerator: str
    denominator: str = ""
    factor: float = 1.0
    scale: Literal["weight", "none"] = "none"
    money: bool = False
    better: int = 0

    @property
    def formula(self) -> str:
        """The formula in one line, with its constant."""
        text = f"({self.numerator})" if " " in self.numerator and self.denominator else self.numerator
        if self.denominator:
            bottom = f"({self.denominator})" if " " in self.denominator else self.denominator
            text = f"{text} / {bottom}"
        return text if self.factor == 1.0 else f"{self.factor:g} x {text}"

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """Breakdowns in which all its measures are known."""
        used = [key for _, key in terms(self.numerator) + terms(self.denominator)]
        known = [MEASURES[MEASURE[key]].breakdowns for key in used]
        return tuple(b for b in known[0] if all(b in other for other in known))


def terms(formula: str) -> Terms:
    """Signed measures of a formula such as ``a + 4 x b - c``."""
    found = re.findall(r"([+-]?)\s*(?:(\d+)\s+x\s+)?([a-z][a-z0-9_]*)", formula)
    out = [((-1.0 if sign == "-" else 1.0) * float(times or 1), name) for sign, times, name in found]
    unknown = [name for _, name in out if name not in MEASURE]
    if unknown:
        raise ConfigError(f"formula {formula!r} names unknown measures: {', '.join(unknown)}")
    return tuple(out)


def _count(
    family: str, key: str, en: str, zh: str, formula: str, better: int = 0, unit: str = "count"
) -> Kpi:
    return Kpi(key, en, zh, family, unit, "sum", formula, scale="weight", better=better)


def _stock(
    family: str,
    key: str,
    en: str,
    zh: str,
    formula: str,
    better: int = 0,
    how: How = "last",
    unit: str = "people",
) -> Kpi:
    return Kpi(key, en, zh, family, unit, how, formula, scale="weight", better=better)


def _real(family: str, key: str, en: str, zh: str, measure: str, better: int = 0) -> Kpi:
    """A count of creators, which is made in real units: one of the sample stands for several."""
    return Kpi(key, en, zh, family, "creators", "last", measure, better=better)


def _ratio(
    family: str,
    key: str,
    en: str,
    zh: str,
    top: str,
    bottom: str,
    better: int = 0,
    unit: str = "share",
    factor: float = 1.0,
) -> Kpi:
    return Kpi(key, en, zh, family, unit, "ratio", top, bottom, factor, better=better)


def _level(
    family: str, key: str, en: str, zh: str, measure: str, better: int = 0, unit: str = "share"
) -> Kpi:
    return Kpi(key, en, zh, family, unit, "mean", measure, better=better)


def _money(family: str, key: str, en: str, zh: str, formula: str, better: int = 0) -> Kpi:
    return Kpi(key, en, zh, family, "yuan", "sum", formula, scale="weight", money=True, better=better)


def _price(
    family: str, key: str, en: str, zh: str, top: str, bottom: str, better: int = -1, factor: float = 1.0
) -> Kpi:
    return Kpi(key, en, zh, family, "yuan", "ratio", top, bottom, factor, money=True, better=better)


_A, _I, _C, _R, _T, _M, _B, _K, _O = (
    "activity",
    "interaction",
    "content",
    "creators",
    "commerce",
    "money",
    "brand",
    "risk",
    "operator",
)
FAMILIES: dict[str, str] = {
    _A: "活跃",
    _I: "互动",
    _C: "内容",
    _R: "创作者",
    _T: "交易",
    _M: "资金",
    _B: "品牌",
    _K: "风险",
    _O: "运营",
}
_ALL_REACTIONS = "likes + collects + comments + shares"

# fmt: off
KPIS: tuple[Kpi, ...] = (
    _stock(_A, "members", "Members", "用户数", "members", 1),
    _stock(_A, "dau", "Daily active users (DAU)", "日活跃用户", "visitors", 1, "mean"),
    _stock(_A, "wau", "Weekly active users (WAU)", "周活跃用户", "visitors_week", 1, "mean"),
    _stock(_A, "mau", "Monthly active users (MAU)", "月活跃用户", "visitors_month", 1, "mean"),
    _ratio(_A, "stickiness", "Stickiness (DAU / MAU)", "用户粘性", "visitors", "visitors_month", 1),
    _ratio(_A, "minutes_per_user", "Time per user and day", "人均使用时长", "seconds", "visitors", 1, "min", 1 / 60),
    _ratio(_A, "sessions_per_user", "Sessions per user and day", "人均打开次数", "sessions", "visitors", 1, "sessions"),
    _ratio(_A, "impressions_per_user", "Notes seen per user and day", "人均浏览数", "impressions", "visitors", 0, "notes"),
    _ratio(_A, "retention_d1", "D1 retention", "次日留存率", "kept_1", "cohort_1", 1),
    _ratio(_A, "retention_d7", "D7 retention", "7日留存率", "kept_7", "cohort_7", 1),
    _ratio(_A, "retention_d30", "D30 retention", "30日留存率", "kept_30", "cohort_30", 1),
    _count(_A, "lapsed", "Lapsed members (28 days)", "流失用户", "lapsed", -1, "people"),
    _ratio(_A, "lapse_rate", "Lapse rate a day", "日流失率", "lapsed", "visitors_month", -1),
    _count(_A, "churned", "Members gone (30 days away, or by quitting)", "离开用户", "churned", -1, "people"),
    _count(_A, "returners", "Returning members", "回流用户", "back", 1, "people"),
    _count(_A, "signups", "Sign-ups", "新增用户", "joined", 1, "people"),
    _count(_A, "signups_organic", "Sign-ups, organic", "新增用户 自然", "joined_organic", 0, "people"),
    _count(_A, "signups_paid", "Sign-ups, paid", "新增用户 付费", "joined_paid", 0, "people"),
    _count(_A, "signups_referral", "Sign-ups, referral", "新增用户 裂变", "joined_referral", 0, "people"),
    _count(_A, "signups_cross_platform", "Sign-ups, other platforms", "新增用户 跨平台", "joined_cross_platform", 0, "people"),
    _stock(_A, "group_members", "Members of groups", "社群成员", "in_groups"),
    _level(_A, "group_activity", "Activity in groups", "社群活跃度", "group_activity", 1),
    _count(_A, "activity_participants", "Participants of activities", "活动参与人数", "activity_participants", 1, "people"),
    _ratio(_A, "message_opens", "Messages opened", "推送打开率", "messages_opened", "messages_sent", 1),
    _count(_A, "opt_outs", "Members who switch messages off", "关闭推送人数", "opt_outs", -1, "people"),
    _count(_A, "level_ups", "Levels reached", "等级提升", "level_ups", 1),

    _count(_I, "impressions", "Impressions", "曝光量", "impressions", 1),
    _count(_I, "impressions_organic", "Organic impressions", "自然曝光量", "impressions - paid_impressions"),
    _count(_I, "impressions_paid", "Paid impressions", "商业曝光量", "paid_impressions"),
    _ratio(_I, "paid_share", "Paid share of impressions", "商业流量占比", "paid_impressions", "impressions"),
    _count(_I, "reads", "Reads", "阅读量", "reads", 1),
    _count(_I, "likes", "Likes", "点赞量", "likes", 1),
    _count(_I, "collects", "Collects", "收藏量", "collects", 1),
    _count(_I, "comments", "Comments", "评论量", "comments", 1),
    _count(_I, "shares", "Shares", "分享量", "shares", 1),
    _count(_I, "follows", "Follows from notes", "笔记涨粉", "follows", 1),
    _ratio(_I, "follow_rate", "Follows per read", "涨粉率", "follows", "reads", 1),
    _count(_I, "mutual_follows", "Follows returned", "互相关注", "mutual_follows", 1),
    _ratio(_I, "ces_per_impression", "CES per 1,000 impressions", "千次曝光互动分", "likes + collects + 4 x comments + 4 x shares + 8 x follows", "impressions", 1, "points", 1000.0),
    _count(_I, "unfollows", "Unfollows", "取关量", "unfollows", -1),
    _ratio(_I, "read_rate", "Reads per impression", "点击率 CTR", "reads", "impressions", 1),
    _ratio(_I, "read_rate_organic", "Reads per organic impression", "自然流量点击率", "reads - paid_reads", "impressions - paid_impressions", 1),
    _ratio(_I, "read_rate_paid", "Reads per paid impression", "商业流量点击率", "paid_reads", "paid_impressions", 1),
    _ratio(_I, "interaction_rate", "Interaction rate", "互动率", _ALL_REACTIONS, "reads", 1),
    _ratio(_I, "interaction_rate_paid", "Interaction rate of paid reads", "商业流量互动率", "paid_reactions", "paid_reads", 1),
    _stock(_I, "participants", "Participants a day", "日互动人数", "participants", 1, "mean"),
    _ratio(_I, "participation", "Participants' share of visitors", "互动人数占比", "participants", "visitors", 1),
    _ratio(_I, "positive_comments", "Positive less negative share of comments", "评论净好评率", "valence", "comments", 1),
    _ratio(_I, "pass_on_reach", "Recipients per note passed on", "单次分享触达", "cascade_arcs", "cascades", 1, "people"),

    _count(_C, "notes", "New notes", "发布笔记数", "notes", 1),
    _count(_C, "first_notes", "Authors who begin, or begin again", "首次发布人数", "first_notes", 1, "people"),
    _count(_C, "activity_notes", "Notes about activities", "活动笔记数", "activity_notes", 1),
    _stock(_C, "live_notes", "Notes on the platform", "在架笔记数", "live_notes", 0, "last", "notes"),
    _ratio(_C, "posters_share", "Posters' share of MAU (28 days)", "月发布者占比", "posters_month", "visitors_month", 1),
    _ratio(_C, "note_quality", "Mean quality of new notes", "新笔记平均质量", "quality", "notes", 1, "sd"),
    _ratio(_C, "low_quality_share", "Low-quality share of new notes", "低质笔记占比", "low_quality_notes", "notes", -1),
    _ratio(_C, "low_quality_exposure", "Low-quality share of impressions", "低质曝光占比", "low_quality_impressions", "impressions", -1),
    _ratio(_C, "high_quality_exposure", "High-quality share of impressions", "优质曝光占比", "high_quality_impressions", "impressions", 1),
    _ratio(_C, "fresh_share", "First-day share of impressions", "首日曝光占比", "fresh_impressions", "impressions"),
    _ratio(_C, "linked_share", "Notes with a product link", "带货笔记占比", "linked_notes", "notes"),
    _ratio(_C, "original_share", "Original share of new notes", "原创笔记占比", "original_notes", "notes", 1),
    _ratio(_C, "sponsored_share", "Sponsored share of new notes", "商业笔记占比", "sponsored_notes", "notes"),
    _ratio(_C, "hit_rate_small", "Hit rate, 1,000 interactions", "小爆文率", "hits_small", "notes", 1),
    _ratio(_C, "hit_rate_big", "Hit rate, 10,000 interactions", "大爆文率", "hits_big", "notes", 1),
    _ratio(_C, "hit_rate_super", "Hit rate, 100,000 interactions", "超级爆文率", "hits_super", "notes", 1),
    _level(_C, "note_half_life", "Median age of what is shown", "笔记半衰期", "note_age", 0, "days"),
    _ratio(_C, "search_share", "Search share of impressions", "搜索曝光占比", "search_impressions", "impressions"),
    _ratio(_C, "completion_rate", "Completion per read", "完读完播率", "completions", "reads", 1),
    _level(_C, "topic_entropy", "Variety of topics read", "阅读主题多样性", "topic_entropy", 1),
    _level(_C, "topic_coverage", "Variety of topics written about", "供给主题多样性", "topic_coverage", 1),
    _level(_C, "similarity", "Similarity of new notes", "内容同质化", "similarity", -1),

    _stock(_R, "creators", "Authors", "创作者数", "creators", 1, "last", "sample authors x weight"),
    _real(_R, "koc", "KOC", "KOC 数", "koc", 1),
    _real(_R, "top_creators", "Top creators", "头部达人数", "top_creators", 1),
    _level(_R, "follower_gini", "Gini of followers", "粉丝基尼系数", "follower_gini", -1),
    _ratio(_R, "small_creator_share", "Impressions of creators under 1,000 followers", "千粉以下创作者流量占比", "small_impressions", "impressions", 1),
    _money(_R, "creator_income", "Creators' income", "创作者收入", "creator_revenue", 1),
    _level(_R, "income_gini", "Gini of creators' income", "创作者收入基尼系数", "income_gini", -1),
    _level(_R, "asking_price", "Prices asked against usual", "达人报价指数", "asking_price", -1, "index"),
    _count(_R, "creator_exits", "Authors who stopped", "创作者流失", "creator_exits", -1),
    _count(_R, "tier_up", "Moves to a higher tier", "分层上升", "tier_up", 1, "people"),
    _count(_R, "tier_down", "Moves to a lower tier", "分层下降", "tier_down", -1, "people"),
    _count(_R, "placements", "Placements accepted", "达人合作数", "contracts_accepted"),
    _ratio(_R, "acceptance", "Placements accepted of those offered", "合作接受率", "contracts_accepted", "contracts_offered", 1),

    _ratio(_R, "delivery_rate", "Contracted notes delivered", "合作交付率", "contracts_delivered", "contracts_delivered + contracts_failed", 1),

    _count(_T, "clicks", "Product clicks (store visits)", "商品点击 进店", "clicks", 1),
    _ratio(_T, "click_rate", "Product clicks per read", "商品点击率", "clicks", "reads", 1),
    _count(_T, "baskets", "Baskets", "加购下单意愿", "baskets", 1),
    _count(_T, "orders", "Orders", "订单量", "orders", 1),
    _ratio(_T, "basket_conversion", "Orders per wish to buy, here and elsewhere", "加购转化率", "orders + orders_elsewhere", "baskets", 1),
    _stock(_T, "buyers", "Buyers a day", "日购买人数", "buyers", 1, "mean"),
    _money(_T, "gmv", "GMV, gross", "成交总额 GMV", "gmv", 1),
    _money(_T, "gmv_net", "GMV, net of returns", "净成交额", "gmv - refunds", 1),
    _price(_T, "order_value", "Average order", "客单价", "gmv", "orders", 1),
    _ratio(_T, "conversion", "Orders per product click", "下单转化率", "click_orders", "clicks", 1),
    _ratio(_T, "orders_per_1000_reads", "Orders per 1,000 reads", "千次阅读订单", "click_orders", "reads", 1, "orders", 1000.0),
    _count(_T, "new_buyers", "First-time buyers", "新客", "new_orders", 1, "people"),
    _ratio(_T, "repeat_share", "Repeat share of orders", "复购订单占比", "orders - new_orders", "orders", 1),
    _ratio(_T, "return_rate", "Return rate", "退货率", "returns", "deliveries", -1),
    _ratio(_T, "rating", "Mean stars of reviews", "评价均分", "stars", "reviews", 1, "stars"),
    _ratio(_T, "price_paid", "Price paid of list price", "实付价格指数", "paid", "listed", 0),
    _ratio(_T, "coupon_share", "Orders with a coupon", "用券订单占比", "coupon_orders", "orders"),
    _ratio(_T, "redemption", "Coupons used of those handed out", "优惠券核销率", "coupon_orders", "coupons_issued"),
    _stock(_T, "coupon_holders", "Coupon holders", "持券用户", "coupon_holders", 0, "mean"),
    _ratio(_T, "stock_out_rate", "Wishes to buy lost for want of stock", "缺货率", "stock_outs", "baskets", -1),
    _ratio(_T, "delivery_days", "Days to deliver", "配送时长", "delivery_days", "deliveries", -1, "days"),
    _money(_T, "gmv_elsewhere", "Sales elsewhere", "站外成交额", "gmv_elsewhere", 1),
    _level(_T, "products_on_sale", "Products on sale", "在售商品数", "products", 1, "products"),
    _count(_T, "rush_losses", "Wishes to buy lost in a rush", "高峰流失订单", "rush_losses", -1),
    _count(_T, "merchant_exits", "Shops that closed", "商家流失", "merchant_exits", -1, "shops"),
    _count(_T, "merchant_entries", "Shops that opened", "商家入驻", "merchant_entries", 1, "shops"),

    _money(_M, "revenue", "Platform revenue", "平台收入", "ad_revenue + commission_revenue + fee_revenue + membership_revenue", 1),
    _money(_M, "revenue_ads", "Revenue from ads", "广告收入", "ad_revenue", 1),
    _money(_M, "revenue_commission", "Revenue from commission", "佣金收入", "commission_revenue", 1),
    _money(_M, "revenue_fees", "Revenue from placement fees", "品牌服务费收入", "fee_revenue", 1),
    _money(_M, "revenue_membership", "Revenue from members", "会员收入", "membership_revenue", 1),
    _money(_M, "cost_platform", "Cost to the platform", "平台成本", "platform_cost", -1),
    _money(_M, "cost_brand", "Marketing cost of the focal brand", "品牌营销成本", "brand_cost", -1),
    _money(_M, "cost_brands", "Marketing cost of other brands", "其他品牌营销成本", "brands_cost"),
    _money(_M, "coupon_cost", "Coupon money", "优惠券成本", "coupon_cost", -1),
    _money(_M, "contribution_platform", "Contribution of the platform", "平台贡献利润", "platform_net", 1),
    _money(_M, "contribution_brand", "Contribution of the focal brand", "品牌贡献利润", "brand_net", 1),
    _money(_M, "contribution_merchants", "Contribution of other shops", "商家贡献利润", "merchants_net", 1),
    _price(_M, "cpm", "Cost per 1,000 paid impressions", "千次曝光成本 CPM", "ad_revenue", "paid_impressions", -1, 1000.0),
    _price(_M, "cpc", "Cost per paid read", "单次点击成本 CPC", "ad_revenue", "paid_reads"),
    _price(_M, "cost_per_read", "Cost per read of placements", "阅读单价", "placement_cost", "sponsored_reads"),
    _price(_M, "cpe", "Cost per engagement, true", "单次互动成本 CPE 真实", "placement_cost", "sponsored_reactions"),
    _price(_M, "cpe_shown", "Cost per engagement, as shown", "单次互动成本 CPE 表观", "placement_cost", "shown_reactions"),
    _price(_M, "cost_per_placement", "Cost of a placed note", "单篇合作成本", "placement_cost", "contracts_delivered"),
    _stock(_M, "subscribers", "Paying members", "付费会员数", "subscribers", 1, "mean"),
    _count(_M, "points_given", "Points given", "发放积分", "points_given", 0, "points"),
    _price(_M, "cac", "Cost per sign-up", "获客成本 CAC", "join_spend", "joined"),

    _level(_B, "awareness", "Awareness of the focal brand", "品牌认知度", "awareness", 1),
    _level(_B, "sentiment", "Sentiment towards the focal brand", "品牌口碑", "sentiment", 1, "-1..1"),
    _stock(_B, "aips_aware", "AIPS aware", "认知人群", "aips_aware", 1),
    _stock(_B, "aips_interest", "AIPS interest", "种草人群", "aips_interest", 1),
    _stock(_B, "aips_true_interest", "AIPS true interest", "深度种草人群", "aips_true_interest", 1),
    _stock(_B, "aips_purchase", "AIPS purchase", "购买人群", "aips_purchase", 1),
    _stock(_B, "aips_share", "AIPS share", "分享人群", "aips_share", 1),
    _count(_B, "aips_new", "New AIPS people", "新增 AIPS 人群", "aips_new", 1, "people"),
    _count(_B, "aips_up", "Steps up in AIPS", "AIPS 上行流转", "aips_up + aips_bought", 1, "people"),
    _count(_B, "aips_down", "Steps down in AIPS", "AIPS 下行流转", "aips_down", -1, "people"),
    _price(_B, "cost_per_aips", "Cost of a new AIPS person", "新增 AIPS 成本", "brand_cost", "aips_new"),
    _ratio(_B, "brand_search_rate", "Brand search after exposure", "回搜率", "brand_searches", "brand_reached", 1),
    _stock(_B, "brand_reach", "People who remember a placement", "触达人群", "brand_reached", 1, "mean"),
    _ratio(_B, "brand_frequency", "Exposures per person reached", "触达频次", "brand_exposures", "brand_reached", 0, "exposures"),
    _ratio(_B, "audience_overlap", "Overlap of placements' audiences", "受众重合度", "placement_followers - placement_audience", "placement_followers", -1),
    _ratio(_B, "reinvestment", "Re-investment of advertisers", "复投率", "reinvesting", "advertisers", 1),
    _ratio(_B, "advertiser_satisfaction", "Advertisers whose ads earned their cost", "广告主满意度", "satisfied_advertisers", "advertisers", 1),
    _count(_B, "brand_orders", "Orders of the focal brand", "品牌订单量", "brand_orders", 1),
    _money(_B, "brand_gmv", "Sales of the focal brand", "品牌成交额", "brand_gmv", 1),
    _ratio(_B, "brand_share", "Focal brand's share of sales", "品牌成交份额", "brand_gmv", "gmv + gmv_elsewhere", 1),
    _count(_B, "sponsored_impressions", "Impressions of sponsored notes", "商业笔记曝光", "sponsored_impressions"),
    _count(_B, "sponsored_reads", "Reads of sponsored notes", "商业笔记阅读量", "sponsored_reads", 1),

    _level(_K, "crisis", "Crisis level", "危机指数", "crisis", -1, "0..1"),
    _ratio(_K, "trust", "Trust", "信任度", "trust", "members", 1, "0..1"),
    _ratio(_K, "satisfaction", "Satisfaction", "满意度", "satisfaction", "members", 1, "0..1"),
    _ratio(_K, "fatigue", "Weariness", "疲劳度", "fatigue", "members", -1, "0..1"),
    _ratio(_K, "waiting", "Waiting for a discount", "等券预期", "waiting", "members", -1, "0..1"),
    _count(_K, "complaints", "Complaints (one or two stars)", "差评投诉", "complaints", -1),
    _ratio(_K, "fake_share", "Fake share of new notes", "虚假笔记占比", "fake_notes", "notes", -1),
    _ratio(_K, "fake_share_shown", "Fake share of new notes, as found", "虚假笔记占比 表观", "takedowns - false_positives", "notes", -1),
    _ratio(_K, "violation_rate", "Violations found per new note", "违规率", "takedowns", "notes", -1),
    _ratio(_K, "fake_exposure", "Fake share of impressions", "虚假曝光占比", "fake_impressions", "impressions", -1),
    _level(_K, "fake_followers", "Share of followers who do not exist", "虚假粉丝占比", "fake_followers", -1),
    _count(_K, "takedowns", "Notes removed", "下架笔记数", "takedowns"),
    _ratio(_K, "false_positive_rate", "Wrongly removed share", "误判率", "false_positives", "takedowns", -1),
    _count(_K, "repeat_offences", "Repeat offences", "重复违规", "repeat_offences", -1),
    _count(_K, "grievances", "People who feel passed over", "激励不公投诉", "grievances", -1, "people"),
    Kpi("incidents", "Data and legal incidents", "安全与法律事件", _K, "incidents", "sum", "incidents", better=-1),
    _count(_K, "rumours_heard", "Members who heard bad news", "负面消息触达", "rumours_heard", -1, "people"),
    _level(_K, "price_level", "Expected price of list price", "预期价格指数", "price_level", 1),

    _level(_O, "execution", "Execution of actions", "执行水平", "execution", 1),
    _ratio(_O, "launch_days", "Days late at launch", "上线延迟", "launch_delay", "launches", -1, "days"),
    _ratio(_O, "reaction_days", "Days from a fact to what is done about it", "决策时延", "adjustment_delay", "adjustments", -1, "days"),
    _ratio(_O, "detection_days", "Days until a crisis was noticed", "危机发现时间", "detection_delay", "detections", -1, "days"),
)
# fmt: on
KPI: dict[str, Kpi] = {kpi.key: kpi for kpi in KPIS}
KPI_CODES: dict[str, int] = {kpi.key: code for code, kpi in enumerate(KPIS)}


def kpi_of(key: str) -> Kpi:
    """The KPI of that key; a readable error names those there are."""
    if key not in KPI:
        raise ConfigError(f"unknown KPI {key!r}; there are: {', '.join(KPI)}")
    return KPI[key]


_BETTER = {1: "higher", -1: "lower", 0: "-"}


def kpis_markdown() -> str:
    """The registry as a Markdown page, a table a family, then the measures."""
    lines = [
        "# KPIs",
        "",
        "Generated from `sim/kpis/registry.py`; do not edit. A KPI is a formula of daily measures. Over days, *sum*,",
        "*mean* and *last* are what they say, and a *ratio* is the ratio of sums. Figures marked x weight are the",
        "sample's times the people that a member stands for; money is yuan.",
    ]
    for family, zh in FAMILIES.items():
        lines += ["", f"## {family.capitalize()} {zh}", ""]
        lines += ["| key | name | 名称 | unit | over days | formula | x weight | better | breakdowns |"]
        lines += ["|---|---|---|---|---|---|---|---|---|"]
        for kpi in KPIS:
            if kpi.family == family:
                weight = "yes" if kpi.scale == "weight" else ""
                breakdowns = ", ".join(kpi.breakdowns)
                lines.append(
                    f"| `{kpi.key}` | {kpi.en} | {kpi.zh} | {kpi.unit} | {kpi.how} | {kpi.formula} | {weight} "
                    f"| {_BETTER[kpi.better]} | {breakdowns} |"
                )
    lines += ["", "## Measures", "", "| measure | from | meaning | breakdowns |", "|---|---|---|---|"]
    lines += [f"| `{m.key}` | {m.source} | {m.meaning} | {', '.join(m.breakdowns)} |" for m in MEASURES]
    return "\n".join(lines) + "\n"
