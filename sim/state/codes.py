"""Codes of the columns, bits of the flags and numbers of the counters, with their names in English and Chinese.

`sim.state.schema` passes all of them on beside the tables, so that code says ``s.KOC`` and ``s.MEMBERS`` alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TOPICS: tuple[tuple[str, str], ...] = (
    ("beauty", "美妆"),
    ("fashion", "穿搭"),
    ("food", "美食"),
    ("home", "家居"),
    ("travel", "旅行"),
    ("fitness", "运动健身"),
    ("mother_baby", "母婴"),
    ("health", "健康养生"),
    ("entertainment", "娱乐影视"),
    ("emotion", "情感"),
    ("tech", "科技数码"),
    ("pets", "宠物"),
    ("education", "教育"),
    ("career", "职场"),
    ("photography", "摄影"),
    ("crafts", "手工文化"),
)
N_TOPICS = len(TOPICS)

TIERS: tuple[tuple[str, str], ...] = (
    ("ordinary", "普通用户"),
    ("active", "活跃用户"),
    ("koc", "KOC"),
    ("top", "头部达人"),
)
ORDINARY, ACTIVE, KOC, TOP = range(4)
N_TIERS = 4

STAGES: tuple[tuple[str, str], ...] = (
    ("prospect", "潜客"),
    ("exploration", "新用户探索期"),
    ("cultivation", "兴趣培养期"),
    ("participation", "活跃参与期"),
    ("advocacy", "忠实拥护期"),
    ("referral", "推荐传播期"),
    ("churn_warning", "流失预警期"),
    ("gone", "已流失"),
)
PROSPECT, EXPLORATION, CULTIVATION, PARTICIPATION, ADVOCACY, REFERRAL, CHURN_WARNING, GONE = range(8)
N_STAGES = 8

FAN_CLASSES: tuple[tuple[str, str], ...] = (
    ("ordinary", "普通粉丝"),
    ("active", "活跃粉丝"),
    ("loyal", "忠诚粉丝"),
    ("high_value", "高价值粉丝"),
)
AIPS: tuple[tuple[str, str], ...] = (
    ("none", "无关系"),
    ("aware", "认知"),
    ("interest", "种草"),
    ("true_interest", "深度种草"),
    ("purchase", "购买"),
    ("share", "分享"),
)
FORMATS: tuple[tuple[str, str], ...] = (("image_text", "图文"), ("video", "视频"), ("live", "直播"))
IMAGE_TEXT, VIDEO, LIVE = range(3)
PURPOSES: tuple[tuple[str, str], ...] = (
    ("product", "产品介绍"),
    ("educational", "教育性"),
    ("interactive", "互动性"),
    ("emotional", "情感性"),
    ("entertaining", "娱乐性"),
)
PRODUCT, EDUCATIONAL, INTERACTIVE, EMOTIONAL, ENTERTAINING = range(5)
SURFACES: tuple[tuple[str, str], ...] = (
    ("discovery", "发现页"),
    ("following", "关注页"),
    ("search", "搜索"),
    ("groups", "社群"),
    ("ads", "广告"),
    ("live", "直播"),
    ("shared", "好友分享"),
    ("search_ads", "搜索广告"),
)
DISCOVERY, FOLLOWING, SEARCH, GROUPS, ADS, LIVE_SURFACE, SHARED, SEARCH_ADS = range(8)
N_SURFACES = 8
PAID = (ADS, SEARCH_ADS)
"""Surfaces whose impressions are paid for: ads in the feed and among search results."""
CHANNELS: tuple[tuple[str, str], ...] = (
    ("founding", "初始"),
    ("organic", "自然"),
    ("paid", "付费投放"),
    ("referral", "裂变"),
    ("cross_platform", "跨平台"),
)
GENDERS: tuple[tuple[str, str], ...] = (("female", "女"), ("male", "男"))
AGE_BANDS: tuple[tuple[str, str], ...] = (
    ("under_18", "18岁以下"),
    ("18_24", "18–24"),
    ("25_35", "25–35"),
    ("36_45", "36–45"),
    ("over_45", "45岁以上"),
)
CITY_TIERS: tuple[tuple[str, str], ...] = (
    ("tier_1", "一线"),
    ("tier_2", "二线"),
    ("tier_3", "三线"),
    ("lower", "下沉"),
)
INCOME_BANDS: tuple[tuple[str, str], ...] = (
    ("under_8k", "8千以下"),
    ("8k_15k", "8千–1.5万"),
    ("15k_30k", "1.5–3万"),
    ("over_30k", "3万以上"),
)
OCCUPATIONS: tuple[tuple[str, str], ...] = (
    ("student", "学生"),
    ("office", "白领"),
    ("professional", "专业人士"),
    ("self_employed", "自由职业"),
    ("at_home", "全职家庭"),
    ("other", "其他"),
)
REGIONS: tuple[tuple[str, str], ...] = (
    ("east", "华东"),
    ("south", "华南"),
    ("north", "华北"),
    ("west", "西部"),
)
GROUP_KINDS: tuple[tuple[str, str], ...] = (
    ("theme", "主题"),
    ("region", "地域"),
    ("interest", "兴趣"),
    ("industry", "行业"),
)

# flags of a member (bits)
ON_PLATFORM = 1  # joined and not gone
ON_TODAY = 2  # attends today
PYTHON = 4  # decided by an override in Python; kernels skip the row
BOT = 8  # inauthentic account
MUTED = 16  # gets no more messages
SUBSCRIBER = 32  # pays for membership
# flags of a note (bits)
SPONSORED = 1
DISCLOSED = 2
ORIGINAL = 4
FAKE = 8  # fake marketing or brushing
REVIEWED = 16
LINKED = 32  # carries a product link
PLACEMENT = 64  # of `shown` only: fulfils a contract for a product
CRITICAL = 128  # bad news about the platform or a brand
# status of a note
FREE, PLANNED, LIVE_NOTE, SEARCH_ONLY, REMOVED = range(5)
# status of an order
ORDERED, DELIVERED, RETURNED, SETTLED = 1, 2, 3, 4

# Counters of a note, in this order, int32.
COUNTERS = (
    "impressions",
    "reads",
    "seconds",
    "likes",
    "collects",
    "comments",
    "shares",
    "follows",
    "clicks",
    "paid_impressions",
    "paid_reads",
    "valence",
    "search_impressions",
    "completions",
    "orders",
    "recognised",
)
(
    C_IMPRESSIONS,
    C_READS,
    C_SECONDS,
    C_LIKES,
    C_COLLECTS,
    C_COMMENTS,
    C_SHARES,
    C_FOLLOWS,
    C_CLICKS,
    C_PAID_IMPRESSIONS,
    C_PAID_READS,
    C_VALENCE,
    C_SEARCH_IMPRESSIONS,
    C_COMPLETIONS,
    C_ORDERS,
    C_RECOGNISED,
) = range(16)
N_COUNTERS = 16

# kinds of an event
E_FOLLOW, E_SHARE, E_CLICK, E_GROUP = 1, 2, 3, 4

# demographics: bit offset and width
DEMOGRAPHIC_BITS: dict[str, tuple[int, int]] = {
    "gender": (0, 1),
    "age_band": (1, 3),
    "city_tier": (4, 2),
    "income_band": (6, 2),
    "occupation": (8, 3),
    "channel": (11, 3),
    "region": (14, 2),
}


def demographic(packed: npt.NDArray[np.uint16], name: str) -> npt.NDArray[np.uint16]:
    """Codes of one demographic, unpacked from the column ``demographics``."""
    offset, width = DEMOGRAPHIC_BITS[name]
    return (packed >> np.uint16(offset)) & np.uint16((1 << width) - 1)
