"""Whose money there is and what it can be paid for: the words of the ledger, each once, in two languages.

A code is a row's number and is what the ledger stores; rows are only ever appended.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.errors import ConfigError


@dataclass(frozen=True)
class Word:
    """One account or one kind of entry: key, names, and what it covers."""

    key: str
    en: str
    zh: str
    meaning: str


def _w(*row: str) -> Word:
    return Word(*row)


# fmt: off
ACCOUNTS: tuple[Word, ...] = (
    _w("platform", "Platform", "平台", "the platform as a company"),
    _w("brand", "Focal brand", "品牌方", "the brand whose plan is simulated, with its own shop"),
    _w("brands", "Other brands", "其他品牌", "all other brands, as advertisers"),
    _w("members", "Members", "用户", "members as buyers and as holders of rewards"),
    _w("creators", "Creators", "创作者", "authors"),
    _w("merchants", "Merchants", "商家", "shops of all other brands"),
    _w("carriers", "Carriers", "物流", "delivery and its returns"),
    _w("suppliers", "Suppliers", "供应商", "who makes the goods"),
    _w("agencies", "Agencies", "机构", "MCNs and agencies"),
    _w("producers", "Producers", "内容制作", "studios that produce content"),
    _w("staff", "Staff", "团队", "wages of operators"),
    _w("outside", "Outside", "外部", "everybody else: channels of acquisition, tools, partners, fines"),
)
KINDS: tuple[Word, ...] = (
    _w("sale", "Sale", "销售", "paid by buyers here, net of every discount"),
    _w("discount_subsidy", "Discount subsidy", "优惠补贴", "part of a coupon that its payer bears"),
    _w("commission", "Commission", "平台佣金", "share of a sale that the platform keeps"),
    _w("goods", "Cost of goods", "货品成本", "what the units sold cost the seller"),
    _w("delivery", "Delivery", "配送", "carriage to the buyer"),
    _w("refund", "Refund", "退款", "paid back for returned units"),
    _w("subsidy_back", "Subsidy returned", "补贴退回", "coupon money that comes back with a return"),
    _w("commission_back", "Commission returned", "佣金退回", "commission that comes back with a return"),
    _w("restock", "Restocked goods", "退货入库", "value of returned units that can be sold again"),
    _w("return_delivery", "Return delivery", "退货物流", "carriage of a return"),
    _w("sale_elsewhere", "Sale elsewhere", "站外销售", "paid on other marketplaces after a visit here"),
    _w("goods_elsewhere", "Cost of goods elsewhere", "站外货品成本", "cost of goods sold elsewhere"),
    _w("refund_elsewhere", "Refund elsewhere", "站外退款", "paid back for returns of sales elsewhere"),
    _w("restock_elsewhere", "Restocked goods elsewhere", "站外退货入库", "value of units returned elsewhere"),
    _w("feed_ads", "Feed ads", "信息流广告", "impressions or clicks bought in the feed"),
    _w("search_ads", "Search ads", "搜索广告", "clicks bought in search"),
    _w("boost", "Paid boost", "付费加热", "reach bought for one note"),
    _w("creator_fee", "Creator fee", "达人费用", "price of a placement, to its author"),
    _w("agency_fee", "Agency fee", "机构服务费", "share of an agency in a placement"),
    _w("platform_fee", "Placement fee", "平台服务费", "share of the platform in a placement"),
    _w("production", "Production", "内容制作费", "making of content"),
    _w("reward", "Reward", "奖励", "grants and prizes to creators or members"),
    _w("points", "Points", "积分", "value of points given"),
    _w("membership", "Membership", "会员费", "fees of paying members"),
    _w("join_cost", "Cost of joining", "拉新成本", "paid channels of acquisition"),
    _w("referral", "Referral reward", "裂变奖励", "paid to members who bring others"),
    _w("staff", "Staff", "人力", "wages of an action"),
    _w("moderation", "Moderation", "审核成本", "review of notes and comments"),
    _w("logistics", "Logistics programme", "物流投入", "what faster delivery costs its sponsor"),
    _w("service", "Service", "服务", "customer service, tools, training, research"),
    _w("event", "Event", "活动费用", "venues, gifts, hosts"),
    _w("damages", "Damages", "赔付", "fines, compensation, legal cost"),
    _w("other", "Other", "其他", "whatever a plan names that is none of these"),
)
# fmt: on

TRADE = {"sale", "commission", "goods", "delivery", "refund", "commission_back", "restock", "return_delivery"}
TRADE |= {f"{kind}_elsewhere" for kind in ("sale", "goods", "refund", "restock")}
"""Kinds that come with sales; all others are what actions cost."""
ACCOUNT_CODES: dict[str, int] = {word.key: code for code, word in enumerate(ACCOUNTS)}
KIND_CODES: dict[str, int] = {word.key: code for code, word in enumerate(KINDS)}
ACTION_COSTS = [code for kind, code in KIND_CODES.items() if kind not in TRADE]


def account_code(key: str) -> int:
    """Code of an account; a readable error names those there are."""
    if key not in ACCOUNT_CODES:
        raise ConfigError(f"unknown account {key!r}; there are: {', '.join(ACCOUNT_CODES)}")
    return ACCOUNT_CODES[key]


def kind_code(key: str) -> int:
    """Code of a kind of entry; a readable error names those there are."""
    if key not in KIND_CODES:
        raise ConfigError(f"unknown kind of entry {key!r}; there are: {', '.join(KIND_CODES)}")
    return KIND_CODES[key]
