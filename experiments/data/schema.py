"""Which sheets of one's own data there are, and what each column holds: the one table that reading, checking, blank
sheets and documentation share.

A column is a number with bounds and a unit, a date, one of a few words, or an id; ids never reach the store as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from scenarios.records import unknown
from scenarios.sheets import Column

Kind = Literal["id", "count", "number", "share", "yuan", "date", "word"]

MOST = 1e12
"""Largest count or sum of money that is taken for one."""


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes
    ----------
    key, zh
        Its name in English and Chinese; others stand in ``conf/columns``.
    kind
        What a cell holds.
    example, meaning, meaning_zh
        For blank sheets.
    needed
        Whether a row without it is of no use.
    low, high
        Bounds of a number.
    words
        What a word may be.
    names
        What an id is the name of: ids of one sort are hashed alike in all sheets.
    """

    key: str
    zh: str
    kind: Kind
    example: Any
    meaning: str
    meaning_zh: str
    needed: bool = False
    low: float = 0.0
    high: float = MOST
    words: tuple[str, ...] = ()
    names: str = ""

    @property
    def column(self) -> Column:
        """As a column of a blank sheet."""
        more, more_zh = (" (needed)", "（必填）") if self.needed else ("", "")
        return Column(self.key, self.zh, (), self.example, self.meaning + more, self.meaning_zh + more_zh)


@dataclass(frozen=True)
class SheetKind:
    """One kind of sheet.

    Attributes
    ----------
    key, en, zh
        Key and names.
    fields
        Its columns.
    once
        Columns that identify a row where they are all there; two rows with the same are one too many.
    whole
        Whether two equal rows are one row written twice, also where no column identifies them.
    """

    key: str
    en: str
    zh: str
    fields: tuple[Field, ...]
    once: tuple[str, ...] = ()
    whole: bool = True

    def field(self, key: str) -> Field:
        """A column by its key."""
        return next(f for f in self.fields if f.key == key)


def _count(key: str, zh: str, example: int, meaning: str, meaning_zh: str, needed: bool = False) -> Field:
    return Field(key, zh, "count", example, meaning, meaning_zh, needed)


def _id(
    key: str, zh: str, example: str, meaning: str, meaning_zh: str, names: str, needed: bool = False
) -> Field:
    return Field(key, zh, "id", example, meaning, meaning_zh, needed, names=names)


def _date(key: str, zh: str, meaning: str, meaning_zh: str, needed: bool = True) -> Field:
    return Field(key, zh, "date", "2025-03-01", meaning, meaning_zh, needed)


def _yuan(key: str, zh: str, example: float, meaning: str, meaning_zh: str, needed: bool = False) -> Field:
    return Field(key, zh, "yuan", example, meaning, meaning_zh, needed)


FORMATS = ("image", "video", "live")
# fmt: off
_LIKES = _count("likes", "点赞", 320, "likes", "点赞数")
_COLLECTS = _count("collects", "收藏", 150, "collects (saves)", "收藏数")
_COMMENTS = _count("comments", "评论", 25, "comments", "评论数")
_SHARES = _count("shares", "分享", 12, "shares", "分享数")
_REACTIONS = (_LIKES, _COLLECTS, _COMMENTS, _SHARES)
_REACH = (
    _count("impressions", "曝光", 9000, "times it was shown in a feed; empty if not known", "曝光量；未知则留空"),
    _count("reads", "阅读", 700, "times it was opened; empty if not known", "阅读量；未知则留空"),
)
_CREATOR = _id("creator", "达人", "小鹿的日常", "who writes, by name or account", "达人昵称或账号", "creator", True)
_CAMPAIGN = _id("campaign", "计划", "spring serum", "campaign or advertisement", "投放计划或活动", "campaign")
_FORMAT = Field("type", "笔记类型", "word", "image", "image, video or live", "图文、视频或直播", words=FORMATS)

SHEETS: tuple[SheetKind, ...] = (
    SheetKind("notes", "notes", "笔记", (
        _id("note", "笔记", "n-001", "what tells a note from the others", "笔记编号", "note"),
        _CREATOR,
        _FORMAT,
        _date("time", "发布时间", "day or time of publication", "发布日期或时间"),
        _count("likes", "点赞", 320, "likes", "点赞数", True),
        _COLLECTS, _COMMENTS, _SHARES, *_REACH,
        _count("follows", "涨粉", 6, "new fans that it brought", "该笔记带来的新粉丝"),
        _count("fans", "粉丝数", 32000, "fans of its author", "作者粉丝数"),
    ), once=("note",)),
    SheetKind("creators", "creators", "达人", (
        _CREATOR,
        _count("fans", "粉丝数", 32000, "number of fans", "粉丝数", True),
        _count("notes", "笔记数", 120, "notes written so far", "笔记总数"),
        *_REACTIONS,
        _yuan("price_image", "图文报价", 1500, "price of an image note in yuan", "图文笔记报价（元）"),
        _yuan("price_video", "视频报价", 2600, "price of a video note in yuan", "视频笔记报价（元）"),
        Field("active_share", "活跃粉丝占比", "share", 0.55, "share of fans who are active", "活跃粉丝占比", high=1.0),
        Field("female_share", "女性粉丝占比", "share", 0.82, "share of fans who are women", "女性粉丝占比", high=1.0),
        Field("video_share", "视频占比", "share", 0.3, "share of notes that are videos", "视频笔记占比", high=1.0),
    ), once=("creator",)),
    SheetKind("schedule", "media schedule", "排期表", (
        _CAMPAIGN, _CREATOR,
        _date("date", "发布日期", "day on which it is to appear", "计划发布日期"),
        _FORMAT,
        _yuan("price", "价格", 1500, "price agreed, yuan", "成交价（元）", True),
        _id("product", "产品", "serum 30 ml", "what it is about", "推广产品", "product"),
        *_REACH, *_REACTIONS,
    ), once=("campaign", "creator", "date", "type")),
    SheetKind("ads", "advertisements", "投放报表", (
        _CAMPAIGN,
        _date("date", "日期", "day", "日期"),
        Field("surface", "资源位", "word", "feed", "feed, search or splash", "信息流、搜索或开屏",
              words=("feed", "search", "splash")),
        _yuan("spend", "消耗", 5200, "yuan spent", "消耗金额（元）", True),
        _count("impressions", "曝光", 150_000, "times shown", "曝光量", True),
        _count("clicks", "点击", 4_300, "clicks", "点击量"),
        _count("interactions", "互动", 520, "likes, collects, comments, shares, follows", "互动量"),
        _count("orders", "订单数", 60, "orders that followed", "带来的订单数"),
        _yuan("gmv", "成交额", 15_000, "their value, yuan", "成交金额（元）"),
    ), once=("campaign", "date", "surface")),
    SheetKind("daily", "daily figures", "每日数据", (
        _date("date", "日期", "day", "日期"),
        _count("dau", "日活", 1_200_000, "members active that day", "当日活跃用户"),
        _count("mau", "月活", 3_800_000, "members active in 28 to 31 days up to that day", "近一月活跃用户"),
        _count("signups", "新增用户", 21_000, "members who joined", "新增用户"),
        _count("notes", "发布笔记", 36_000, "notes published", "发布笔记数"),
        _count("impressions", "曝光", 90_000_000, "notes shown", "曝光量"),
        _count("reads", "阅读", 7_000_000, "notes opened", "阅读量"),
        *_REACTIONS,
        _count("follows", "涨粉", 9_000, "new follows", "新增关注"),
        _count("orders", "订单数", 4_100, "orders", "订单数"),
        _yuan("gmv", "成交额", 990_000, "sales, yuan", "成交金额（元）"),
        Field("minutes_per_user", "人均时长", "number", 52.0, "minutes of use a visitor", "人均使用时长（分钟）", high=1440.0),
    ), once=("date",)),
    SheetKind("orders", "orders", "订单", (
        _id("order", "订单", "20250301-0007", "what tells an order from the others", "订单号", "order"),
        _id("customer", "客户", "u-4711", "who bought", "买家", "customer", True),
        _date("time", "下单时间", "day or time of the order", "下单日期或时间"),
        _yuan("paid", "实付金额", 239.0, "yuan paid", "实付金额（元）", True),
        _count("units", "件数", 1, "units", "件数"),
        _id("product", "产品", "serum 30 ml", "what was bought", "商品", "product"),
    ), once=("order",), whole=False),
    SheetKind("cohorts", "cohorts", "留存", (
        _date("joined", "加入日期", "day on which these members joined", "新增日期"),
        Field("day", "第几天", "count", 7, "days since then", "距新增的天数", True, high=3650.0),
        _count("people", "人数", 21_000, "how many joined", "新增人数", True),
        Field("retained", "留存率", "share", 0.27, "share of them who came on that day", "当天仍活跃的比例", True, high=1.0),
    ), once=("joined", "day")),
    SheetKind("cascades", "reshare cascades", "转发链", (
        _id("cascade", "转发链", "c-1", "which cascade", "转发链编号", "cascade", True),
        Field("seconds", "秒", "number", 0.0, "seconds since its first post; 0 is that post", "距首发的秒数；首发为 0", True),
        _count("fans", "粉丝数", 58, "fans of who passed it on", "转发者粉丝数"),
    ), whole=False),
)
# fmt: on
"""Every kind of sheet."""


def sheet_kind(key: str) -> SheetKind:
    """A kind of sheet by its key or Chinese name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    for kind in SHEETS:
        if key in (kind.key, kind.zh):
            return kind
    raise unknown("kind of sheet", key, [kind.key for kind in SHEETS])


def sheets_markdown() -> str:
    """The columns of every kind of sheet as Markdown tables."""
    lines = []
    for kind in SHEETS:
        lines += [
            f"### {kind.key} {kind.zh}",
            "",
            "| column | 列 | holds | needed | meaning |",
            "|---|---|---|---|---|",
        ]
        for field in kind.fields:
            holds = " / ".join(field.words) if field.words else field.kind
            lines.append(
                f"| {field.key} | {field.zh} | {holds} | {'yes' if field.needed else ''} | {field.meaning} |"
            )
        lines.append("")
    return "\n".join(lines)
