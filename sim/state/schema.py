"""Every table of the world, column by column: name, dtype, unit, meaning, once.

A table is one aligned structured array; a column is one of its fields. What an impression reads of a person
lies in the hot table ``members`` (32 bytes); everything else of a person is in ``profiles``; what only
authors need is in the sparse table ``creators``. `seedbed info` prints this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.state.codes import *  # noqa: F403
from sim.state.codes import N_COUNTERS, N_TOPICS


@dataclass(frozen=True)
class Column:
    """One column: its name, dtype string (with shape), unit and meaning."""

    name: str
    dtype: Any
    unit: str
    meaning: str


@dataclass(frozen=True)
class Schema:
    """One table: what a row is, its columns in order of storage."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Aligned structured dtype of a row."""
        return np.dtype([_field(c) for c in self.columns], align=True)

    @property
    def bytes_per_row(self) -> int:
        return int(self.dtype.itemsize)


def _field(column: Column) -> Any:
    if isinstance(column.dtype, tuple):
        return (column.name, column.dtype[0], column.dtype[1])
    return (column.name, column.dtype)


def _table(name: str, row: str, *columns: tuple[str, Any, str, str]) -> Schema:
    return Schema(name, row, tuple(Column(*c) for c in columns))


MEMBERS = _table(
    "members",
    "a person, on the platform or still a prospect: what an impression reads",
    ("id", "u4", "-", "permanent id, the key of every draw (below 2**31)"),
    ("cohort", "u2", "row", "row of the lever table; 0 where no segment applies"),
    ("flags", "u1", "bits", "on the platform, on today, decided in Python, inauthentic"),
    ("tier", "u1", "code", "ordinary, active, KOC, top creator"),
    ("interest", ("u1", (N_TOPICS,)), "1/255", "share of interest per topic; the sixteen sum to 255"),
    ("trust", "f4", "0..1", "trust in what is recommended here"),
    ("fatigue", "f4", "0..1", "weariness carried over from recent days"),
)

PROFILES = _table(
    "profiles",
    "the same person: what is read once a session or once a day",
    ("satisfaction", "f4", "0..1", "running satisfaction with visits"),
    ("habit", "f4", "0..1", "strength of the daily habit"),
    ("propensity", "f4", "logit", "lasting inclination to visit on a day"),
    ("price_sensitivity", "f4", "elasticity", "own price elasticity (negative)"),
    ("wait", "f4", "0..1", "expectation of a discount soon, learnt from past ones"),
    ("spend", "u4", "fen", "lifetime spend, net of returns"),
    ("creator", "i4", "row", "row in creators; -1 if never an author"),
    ("active_days", "u4", "bits", "the last 32 days, bit 0 today"),
    (
        "demographics",
        "u2",
        "packed",
        "gender 1 bit, age 3, city 2, income 2, occupation 3, channel 3, region 2",
    ),
    ("points", "u2", "points", "points held (saturates)"),
    ("joined", "i2", "day", "day of joining (negative: before day 0)"),
    ("group", "i2", "row", "group joined; -1 none"),
    ("coupon", "i2", "row", "coupon held (row in coupons); -1 none"),
    ("coupon_until", "i2", "day", "last day on which it is valid"),
    ("last_order", "i2", "day", "day of the last order; -32768 never"),
    ("orders", "u2", "count", "orders so far"),
    ("day_impressions", "u2", "count", "impressions today"),
    ("day_seconds", "u2", "s", "time spent today"),
    ("day_reads", "u1", "count", "reads today (saturates)"),
    ("day_reactions", "u1", "count", "likes, collects, comments, shares, follows today (saturates)"),
    ("day_paid", "u1", "count", "paid impressions today (saturates)"),
    ("stage", "u1", "code", "lifecycle stage"),
    ("fan_class", "u1", "code", "fan class"),
    ("aips", "u1", "code", "relation to the focal brand"),
    ("brand_exposures", "u1", "count", "exposures to the focal brand (saturates)"),
    ("level", "u1", "0..10", "level reached by points"),
)

LATEST = _table(
    "latest",
    "the same person: what followers see of it, apart from the rest because every look at a following feed lands here",
    (
        "listing",
        "i4",
        "listing | halvings << 27",
        "newest own or passed-on note, seen once in 2**halvings looks; -1 none",
    ),
)
LATEST_BITS = 27
"""Bits of a listing in `LATEST`; the four above hold how often the share of looks that meet the note is halved."""
LATEST_MASK = (1 << LATEST_BITS) - 1
MOST_HALVINGS = 15

FAKE_UNIT = 65_535.0
"""A share of one in the units of ``creators.fake_share``."""

CREATORS = _table(
    "creators",
    "what only an author needs (sparse)",
    ("member", "i4", "row", "row in members"),
    ("followers", "i4", "members", "arcs pointing here, kept exact"),
    ("skill", "f4", "sd", "lasting skill, standard normal"),
    ("post_rate", "f4", "notes/day", "own inclination to post"),
    ("effort", "f4", "0..2", "effort now; 1 is usual"),
    ("commercial_load", "f4", "0..1", "running share of sponsored notes"),
    ("income", "i4", "fen", "income of the running week"),
    ("income_mean", "f4", "fen", "running mean of weekly income"),
    ("reward_mean", "f4", "log", "running mean of ln(1 + interactions a new note); -1 before there is one"),
    ("price_level", "f4", "factor", "asking price over the market's for such a following"),
    ("fake_share", "u2", "1/65535", "share of followers shown that do not exist"),
    ("verticals", ("u1", (2,)), "topic", "main and second topic"),
    ("notes_month", "u1", "count", "running count of notes in 28 days (decays)"),
    ("left", "u1", "0/1", "stopped writing"),
    ("strikes", "u1", "count", "notes that were rightly removed (saturates)"),
    ("written", "u1", "count", "notes written so far (saturates)"),
)

NOTES = _table(
    "notes",
    "a note on the platform: what an impression reads",
    ("key", "u8", "-", "permanent id: author, day, slot, k; or contract, deliverable"),
    ("author", "i4", "row", "row in members"),
    ("quality", "f4", "sd", "true quality, standard normal at authors' mean"),
    ("cover", "f4", "sd", "appeal of subject, title and cover"),
    ("novelty", "f4", "0..1", "1 for a fresh theme, less in a crowded one"),
    ("day", "i2", "day", "day of publication"),
    ("slot", "u1", "slot", "slot of publication"),
    ("topic", "u1", "code", "topic"),
    ("format", "u1", "code", "image-text, video, live"),
    ("purpose", "u1", "code", "product, educational, interactive, emotional, entertaining"),
    ("flags", "u1", "bits", "sponsored, disclosed, original, fake, reviewed, linked"),
    ("status", "u1", "code", "free, planned, live, search only, removed"),
    ("product", "i4", "row", "product linked; -1 none"),
    ("contract", "i4", "row", "contract it fulfils; -1 organic"),
    ("creator", "i4", "row", "row in creators"),
    ("listing", "i4", "listing", "place in the recall index, kept for life; -1 before publication"),
    ("rung", "u1", "0..7", "rung of the traffic-pool ladder"),
    ("theme", "u1", "code", "theme within the topic, for similarity"),
    ("boost", "f4", "factor", "weight factor from boosts now (1 none)"),
    ("end_day", "i2", "day", "planned publication day while planned; day removed after"),
    ("followers", "f4", "people", "followers of its author when it was published, in the real world"),
    (
        "share",
        "f4",
        "0..1",
        "part of a real note's places that it fills: 1, or what a contract's note stands for",
    ),
)

LOGIT_UNIT = 1.0 / 1024.0
"""Unit in which a slot's impressions read log-odds as whole numbers: two of them take the room of one float."""

SHOWN = _table(
    "shown",
    "by listing, the note there in the slot being played: all that an impression reads of it, written by distribution",
    ("key", "u8", "-", "permanent id"),
    ("appeal", "f4", "logit", "pull of cover and novelty on those who see it"),
    (
        "talk",
        "i2",
        "logit / 1024",
        "what the comments that stand there already take from the wish to add one (not above 0)",
    ),
    ("told", "i2", "logit / 1024", "what the shares so far take from the wish to tell others (not above 0)"),
    ("quality", "f4", "sd", "true quality"),
    ("topic", "u1", "code", "topic"),
    ("format", "u1", "code", "image-text, video, live"),
    ("purpose", "u1", "code", "product, educational, interactive, emotional, entertaining"),
    ("flags", "u1", "bits", "as in notes, and whether it fulfils a contract for a product"),
)

NOTE_HISTORY = _table(
    "note_history",
    "the same note: what distribution remembers between slots",
    ("totals", ("i4", (N_COUNTERS,)), "count", "counters since publication, in the order of COUNTERS"),
    ("day_totals", ("i4", (N_COUNTERS,)), "count", "counters of the running day"),
    ("slot_totals", ("i4", (N_COUNTERS,)), "count", "counters of the slot just played"),
    ("interest_ema", "f4", "CES/slot", "interactions, decaying with the half-life of C9"),
    ("rung_impressions", "i4", "count", "impressions when the present rung was entered"),
    ("shown_quality", "f4", "sd", "what the editors believe its quality to be"),
)

MERCHANTS = _table(
    "merchants",
    "a merchant",
    ("brand", "i4", "row", "row in brands"),
    ("service", "f4", "0..1", "service level"),
    ("weekly_gmv", "i8", "fen", "sales of the running week"),
    ("mean_gmv", "f4", "fen", "running mean of weekly sales"),
    ("open", "u1", "0/1", "selling here"),
    ("entered", "i2", "day", "day of entry"),
)

BRANDS = _table(
    "brands",
    "a brand",
    ("awareness", "f4", "0..1", "share of members aware of it"),
    ("sentiment", "f4", "-1..1", "running valence of what is said"),
    ("topic", "u1", "code", "category"),
    ("focal", "u1", "0/1", "the brand whose plan is simulated"),
    ("budget_week", "i8", "fen", "own feed-ad budget a week (sample money)"),
    ("spent_week", "i8", "fen", "spent this week"),
    ("earned_week", "i8", "fen", "contribution it observed this week"),
)

PRODUCTS = _table(
    "products",
    "a product",
    ("id", "u4", "-", "permanent id, the key of its draws"),
    ("merchant", "i4", "row", "row in merchants"),
    ("brand", "i4", "row", "row in brands"),
    ("topic", "u1", "code", "category"),
    ("live_only", "u1", "0/1", "sold in livestreams only"),
    ("delisted", "u1", "0/1", "taken off the shelf for want of quality"),
    ("price", "i4", "fen", "list price"),
    ("reference_price", "f4", "fen", "price that buyers have come to expect"),
    ("margin", "f4", "0..1", "contribution margin before discount, of list price"),
    ("quality", "f4", "sd", "true quality"),
    ("stock", "i4", "units", "units on hand in the sample"),
    ("restock", "i4", "units/week", "delivery to the warehouse each week"),
    ("rating", "f4", "1..5", "mean rating"),
    ("reviews", "i4", "count", "reviews"),
    ("delivery_days", "f4", "days", "usual time to deliver"),
    ("return_hazard", "f4", "0..1", "usual chance that a unit comes back"),
    ("attraction", "f4", "logit", "lasting demand relative to its category"),
    ("sales", "f4", "units/day", "running mean of units sold in the sample"),
    ("sold_today", "i4", "units", "units sold on the running day"),
    ("value_today", "i8", "fen", "paid for them by buyers, net of every discount"),
)

ORDERS = _table(
    "orders",
    "an order that is not yet closed",
    ("key", "u8", "-", "member id, day, slot, item"),
    ("member", "i4", "row", "buyer"),
    ("product", "i4", "row", "product"),
    ("note", "u8", "-", "key of the note that led to it; 0 none"),
    ("creator", "i4", "row", "creator credited; -1 none"),
    ("contract", "i4", "row", "contract credited; -1 none"),
    ("coupon", "i4", "row", "coupon used; -1 none"),
    ("units", "i4", "units", "units"),
    ("paid", "i4", "fen", "paid by the buyer"),
    ("discount", "i4", "fen", "discount in all"),
    ("subsidy", "i4", "fen", "part of the discount that the coupon's payer bears"),
    ("day", "i2", "day", "day of the order"),
    ("due", "i2", "day", "day of delivery"),
    ("closes", "i2", "day", "day on which returns end"),
    ("status", "u1", "code", "ordered, delivered, returned, settled"),
    ("on_platform", "u1", "0/1", "bought here (1) or elsewhere after seeing it here (0)"),
    ("surface", "u1", "code", "surface of the click; 255 none"),
    ("live", "u1", "0/1", "sold in a livestream"),
    ("repeat", "u1", "0/1", "buyer had bought before"),
)

GROUPS_TABLE = _table(
    "groups",
    "a group 社群",
    ("kind", "u1", "code", "theme, region, interest, industry"),
    ("topic", "u1", "code", "topic"),
    ("region", "u1", "code", "region; 255 none"),
    ("admin", "i4", "row", "member who runs it"),
    ("members", "i4", "count", "members"),
    ("activity", "f4", "0..1", "running share of members active in it"),
    ("notes", ("i4", (8,)), "listing", "ring of recent notes; -1 empty"),
    ("head", "i4", "index", "next place in the ring"),
    ("action", "i2", "row", "action of the plan that founded it; -1 none"),
)

ACTIVITIES = _table(
    "activities",
    "an activity 活动 that members may take part in: a challenge, a lottery, an event",
    ("action", "i2", "row", "action of the plan that holds it"),
    ("wave", "i2", "k", "which of the action's activities"),
    ("topic", "i2", "code", "what it is about; -1 anything"),
    ("start", "i2", "day", "first day"),
    ("end", "i2", "day", "last day"),
    ("participants", "i4", "count", "members who took part"),
    ("visits", "f4", "factor", "on the odds of a visit of those who take part, while it runs"),
    ("posting", "f4", "factor", "on their odds of posting"),
    ("on_topic", "f4", "share", "of their notes that are about it"),
    ("slump", "f4", "factor", "on their odds of a visit in the week after"),
    ("ties", "f4", "chance", "that two who meet in it follow each other"),
    ("joy", "f4", "0..1", "satisfaction gained by taking part"),
    ("winners", "f4", "share", "of those who took part that win something"),
    ("prize", "i4", "fen", "a winner's"),
    ("payer", "u1", "code", "account that pays the prizes"),
    ("settled", "u1", "0/1", "prizes have been given"),
)

PARTICIPANTS = _table(
    "participants",
    "one member's part in an activity",
    ("member", "i4", "row", "who"),
    ("activity", "i4", "row", "in which"),
)

MESSAGES = _table(
    "messages",
    "a message sent to many, of the last week",
    ("day", "i2", "day", "when"),
    ("action", "i2", "row", "action of the plan that sent it"),
    ("sent", "i4", "count", "recipients"),
    ("opened", "i4", "count", "of them, who opened it"),
)

CONTRACTS = _table(
    "contracts",
    "a placement: one creator, one brand, some notes",
    ("id", "u4", "-", "permanent id"),
    ("creator", "i4", "row", "creator"),
    ("product", "i4", "row", "product to be shown"),
    ("action", "i2", "row", "action of the plan that pays"),
    ("format", "u1", "code", "format agreed"),
    ("purpose", "u1", "code", "purpose agreed"),
    ("status", "u1", "code", "1 accepted, 2 delivered, 3 failed, 4 refused"),
    ("disclosed", "u1", "0/1", "labelled as an ad"),
    ("deliverable", "u1", "k", "which of the contract's notes"),
    ("day", "i2", "day", "day of publication agreed"),
    ("price", "i8", "fen", "price in sample money"),
    ("fit", "f4", "0..1", "fit of brand and creator"),
    ("production", "f4", "sd", "what paid production and briefing add to quality"),
    (
        "share",
        "f4",
        "0..1",
        "real placements that a note of it stands for, over those that a note of anybody does",
    ),
)

COUPONS = _table(
    "coupons",
    "a coupon offer that is out",
    ("action", "i2", "row", "action that issued it; -1 standing"),
    ("payer", "u1", "code", "account that bears it"),
    ("depth", "f4", "0..1", "share of the price taken off"),
    ("threshold", "i4", "fen", "smallest basket"),
    ("topic", "i2", "code", "category; -1 any"),
    ("brand", "i4", "row", "brand; -1 any"),
    ("start", "i2", "day", "first day"),
    ("end", "i2", "day", "last day"),
    ("budget", "i8", "fen", "money left (sample money)"),
    ("issued", "i4", "count", "members holding one"),
    ("used", "i4", "count", "redeemed"),
)

ADS_TABLE = _table(
    "ads",
    "a paid delivery: a note, a budget, a surface",
    ("note", "i4", "row", "note shown"),
    ("action", "i2", "row", "action that pays; -1 a brand of the world"),
    ("brand", "i4", "row", "brand that pays"),
    ("surface", "u1", "code", "feed or search"),
    ("cpc", "u1", "0/1", "charged per click (1) or per thousand impressions (0)"),
    ("topic", "i2", "code", "targeted topic; -1 any"),
    ("bid", "f4", "fen", "price per thousand impressions or per click"),
    ("budget", "i8", "fen", "money left"),
    ("expected", "f4", "count", "impressions expected in this slot"),
)

EVENTS = _table(
    "events",
    "something a session did that others must hear of, until the slot ends",
    ("member", "i4", "row", "who"),
    ("note", "i4", "row", "on which note"),
    ("order", "u2", "k", "ordinal of the impression"),
    ("kind", "u1", "code", "follow, share, click, comment"),
    ("surface", "u1", "code", "where it was seen"),
)

CLOCK = _table(
    "clock",
    "now: one row",
    ("seed", "u8", "-", "the run's seed, key of every draw"),
    ("day", "i4", "day", "day since the world began"),
    ("slot", "i4", "slot", "slot of the day"),
    ("weekday", "i4", "0..6", "0 Monday"),
    ("slots", "i4", "count", "slots a day"),
    ("activity", "f8", "factor", "calendar factor on visits today (odds)"),
    ("demand", "f8", "factor", "calendar factor on purchase intent today"),
    ("hour_share", ("f8", (8,)), "share", "share of a day's sessions per slot"),
    ("topic_demand", ("f8", (N_TOPICS,)), "factor", "season of each topic today"),
    ("outside", "f8", "0..1", "pull of rivals today"),
    ("crisis", "f8", "0..1", "level of crisis today"),
    ("healed", "f8", "days", "by which crises have faded faster than by themselves"),
    ("surge", "f8", "factor", "of a rush on visits and demand; 0 none"),
    ("rule_size", "f8", "0..1", "share of notes that a new rule forbids, before anybody has learnt it"),
    ("rule_days", "f8", "days", "since the rule is in force"),
    ("supply", "f8", "0..1", "share of deliveries to shops that does not arrive"),
    ("delay", "f8", "factor", "of a disturbance on the days of delivery; 0 none"),
    ("weight", "f8", "people", "people a member stands for"),
    ("surface_cut", ("f8", (4,)), "share", "running shares of discovery, following, search, groups"),
    ("topic_cut", ("f8", (N_TOPICS,)), "share", "running shares of topics in the unpersonalised feed today"),
    ("topic_first", ("i4", (N_TOPICS,)), "row", "first recall shard of each topic"),
    (
        "topic_mask",
        ("i4", (N_TOPICS,)),
        "bits",
        "recall shards of each topic, less one (a power of two less one)",
    ),
    ("shards", "i4", "count", "recall shards in all"),
    (
        "ads_sold",
        ("f8", (2 * N_TOPICS,)),
        "share",
        "sold share of the places for ads: by topic in the feed, then in search",
    ),
)

CANDIDATES = _table(
    "candidates",
    "a creator of a list that the world was given, in the order of the list",
    ("member", "i4", "row", "the member who plays it"),
)

TABLES: tuple[Schema, ...] = (
    MEMBERS,
    PROFILES,
    LATEST,
    CREATORS,
    CANDIDATES,
    NOTES,
    NOTE_HISTORY,
    SHOWN,
    MERCHANTS,
    BRANDS,
    PRODUCTS,
    ORDERS,
    GROUPS_TABLE,
    ACTIVITIES,
    PARTICIPANTS,
    MESSAGES,
    CONTRACTS,
    COUPONS,
    ADS_TABLE,
    EVENTS,
    CLOCK,
)
OF_A_SLOT = frozenset({"events", "shown"})
"""Tables that are written anew in every slot; no snapshot holds them."""
SCHEMAS: dict[str, Schema] = {t.name: t for t in TABLES}


def tables_markdown() -> str:
    """Every table and column as Markdown, for `docs/tables.md`."""
    lines = []
    for schema in TABLES:
        lines += [f"### {schema.name}", "", f"A row is {schema.row}; {schema.bytes_per_row} bytes.", ""]
        lines += ["| column | dtype | unit | meaning |", "|---|---|---|---|"]
        for column in schema.columns:
            dtype = (
                column.dtype if isinstance(column.dtype, str) else f"{column.dtype[0]}{list(column.dtype[1])}"
            )
            lines.append(f"| {column.name} | {dtype} | {column.unit} | {column.meaning} |")
        lines.append("")
    return "\n".join(lines)
