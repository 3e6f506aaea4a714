"""A user's own creators: a sheet of who could be engaged, read with every doubt named, and a blank one to fill in.

A sheet is CSV, XLSX or Parquet with a row a creator; column names are English or Chinese, in any order. Figures are plain
numbers: a cell such as 12万 is refused with the number to write, since 万 in a column of yuan is as often a slip.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.records import unknown
from scenarios.sheets import Column, Rule, heading_key, read_rows, text_of, write_blank
from sim.config import Candidate
from sim.errors import DataError
from sim.state.schema import TOPICS

__all__ = ["COLUMNS", "FORMATS", "Creator", "Sheet", "read_creators", "write_template"]

FORMATS = ("image", "video")
"""What a note may be; each has a price of its own."""
PLACED = {"image": "image_text", "video": "video"}
"""What placements call them."""

MOST_CREATORS = 5_000
"""Rows that a sheet may have; more are taken for another kind of file."""


COLUMNS = (
    Column("name", "达人", ("creator", "account", "达人昵称", "昵称", "博主", "账号"), "小鹿的日常",
           "name, once each (needed)", "名称，不可重复（必填）"),
    Column("fans", "粉丝数", ("followers", "粉丝", "粉丝量"), 32000,
           "number of fans (needed)", "粉丝数（必填）"),
    Column("category", "类目", ("topic", "vertical", "领域", "赛道", "内容类目"), "beauty",
           "category, by key or Chinese name (needed)", "内容类目，中英文均可（必填）"),
    Column("price_image", "图文报价", ("image_price", "图文价格"), 1500,
           "price of an image note in yuan; empty if not offered", "图文笔记报价（元）；不接则留空"),
    Column("price_video", "视频报价", ("video_price", "视频价格"), 2600,
           "price of a video note in yuan; empty if not offered", "视频笔记报价（元）；不接则留空"),
    Column("active_share", "活跃粉丝占比", ("active_fans", "活跃粉丝率", "活粉率"), 0.55,
           "share of fans who are active, 0 to 1; empty if not known", "活跃粉丝占比，0 到 1；未知则留空"),
    Column("audience", "受众构成", ("audience_mix", "粉丝兴趣"), "beauty 0.6, fashion 0.2",
           "which categories bring the fans, as shares; empty for the own category", "粉丝来自哪些类目及占比；留空按本类目"),
)  # fmt: skip

NEEDED = ("name", "fans", "category")

UNITS = {"万": 1e4, "亿": 1e8, "w": 1e4, "k": 1e3, "千": 1e3, "百万": 1e6, "m": 1e6}
NUMBER = re.compile(r"\d+(\.\d*)?|\.\d+")


@dataclass(frozen=True)
class Creator:
    """One row of the sheet.

    Attributes
    ----------
    row
        Row of the sheet, from 1 as a spreadsheet counts (of Parquet: number of the record).
    name, fans, category
        Who it is, how many fans, number of its topic.
    prices
        Yuan for a note, by format; formats that it does not offer are absent.
    active_share
        Share of active fans; None if not known.
    audience
        Shares of fans by number of topic; empty for what its category suggests.
    """

    row: int
    name: str
    fans: float
    category: int
    prices: dict[str, float]
    active_share: float | None
    audience: dict[int, float]

    @property
    def key(self) -> int:
        """uint32 above 0 made of the name, so that its draws stay the same wherever it stands in the sheet."""
        return zlib.crc32(self.name.encode()) or 1


@dataclass(frozen=True)
class Sheet:
    """All creators of a file.

    Attributes
    ----------
    path
        The file.
    creators
        In the order of rows.
    unused
        Names of columns that mean nothing here.
    """

    path: Path
    creators: tuple[Creator, ...]
    unused: tuple[str, ...]


ACTIVE = 0.6
"""Share of fans who are active where the sheet does not say (assumption, 0.3 to 0.9)."""


def candidates_of(sheet: Sheet, within_topic: float) -> tuple[Candidate, ...]:
    """The creators of a sheet as a world takes them.

    Parameters
    ----------
    within_topic
        Share of its fans that its own category brings where the sheet does not say (``graph.within_topic``).
    """
    return tuple(
        Candidate(
            one.name,
            one.key,
            one.fans,
            one.fans * (ACTIVE if one.active_share is None else one.active_share),
            one.category,
            one.audience or {one.category: within_topic},
            {PLACED[kind]: price for kind, price in one.prices.items()},
        )
        for one in sheet.creators
    )


def read_creators(path: str | Path) -> Sheet:
    """Read a sheet of creators.

    Raises
    ------
    DataError
        With the row, if a cell is missing, no plain number or out of its bounds, a category is unknown, or a creator is
        listed twice; if the file is missing, empty, damaged, or lacks a column.
    """
    file = Path(path)
    first, *rows = read_rows(file, "creators", ", ".join(NEEDED))
    places, unused = _places(file, first[1])
    creators: list[Creator] = []
    seen: dict[str, int] = {}
    keys: dict[int, str] = {}
    for number, cells in rows:
        creator = _creator(file, number, {key: cells[at] for key, at in places.items() if at < len(cells)})
        if creator.name in seen:
            raise DataError(
                f"{file}, row {number}: {creator.name!r} is listed twice, first in row {seen[creator.name]}; keep one"
            )
        if creator.key in keys:  # one chance in a million for a hundred rows
            raise DataError(
                f"{file}, row {number}: {creator.name!r} and {keys[creator.key]!r} cannot be told apart; "
                "change one of the names a little"
            )
        seen[creator.name] = number
        keys[creator.key] = creator.name
        creators.append(creator)
    if not creators:
        raise DataError(f"{file}: there is no creator in it; a row holds {', '.join(NEEDED)} and a price")
    if len(creators) > MOST_CREATORS:
        raise DataError(f"{file}: {len(creators):,} creators are more than the {MOST_CREATORS:,} permitted")
    return Sheet(file, tuple(creators), unused)


def _places(path: Path, heading: Sequence[Any]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each column stands, and the headings that mean nothing here."""
    names = {
        name: column.key for column in COLUMNS for name in (column.key, column.zh, *column.others)
    }  # fmt: skip
    places: dict[str, int] = {}
    unused = []
    for at, cell in enumerate(heading):
        key = names.get(heading_key(cell))
        if key is None:
            if text_of(cell):
                unused.append(text_of(cell))
        elif key in places:
            raise DataError(
                f"{path}: two columns hold {key}: {text_of(heading[places[key]])}, {text_of(cell)}"
            )
        else:
            places[key] = at
    missing = [c for c in COLUMNS if c.key in NEEDED and c.key not in places]
    if missing:
        raise DataError(
            f"{path}: there is no column {missing[0].key} ({missing[0].zh}) among: "
            f"{', '.join(text_of(cell) for cell in heading)}"
        )
    if not {"price_image", "price_video"} & places.keys():
        raise DataError(f"{path}: there is no column price_image (图文报价) or price_video (视频报价)")
    return places, tuple(unused)


def _creator(path: Path, row: int, cells: dict[str, Any]) -> Creator:
    where = f"{path}, row {row}"
    name = text_of(cells.get("name"))
    if not name:
        raise DataError(f"{where}: the name is missing")
    fans = _number(cells.get("fans"), f"{where}: fans", 1.0, 1e10)
    if fans is None:
        raise DataError(f"{where}: the number of fans of {name!r} is missing")
    prices = {}
    for kind in FORMATS:
        price = _number(cells.get(f"price_{kind}"), f"{where}: price_{kind}", 0.01, 1e9)
        if price is not None:
            prices[kind] = price
    if not prices:
        raise DataError(f"{where}: {name!r} has no price, neither for an image note nor for a video")
    share = _number(cells.get("active_share"), f"{where}: active_share", 0.0, 1.0)
    if share == 0.0:
        raise DataError(
            f"{where}: active_share 0 leaves {name!r} nobody to reach; leave it empty if not known"
        )
    category = _topic(text_of(cells.get("category")), f"{where}: category")
    return Creator(
        row, name, fans, category, prices, share, _mix(text_of(cells.get("audience")), f"{where}: audience")
    )


def _number(cell: Any, where: str, low: float, high: float) -> float | None:
    """A plain number within bounds, or None for an empty cell."""
    text = text_of(cell)
    if not text:
        return None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        value = float(cell)
    elif NUMBER.fullmatch(text):
        value = float(text)
    else:
        raise DataError(f"{where} {text[:40]!r} is not a plain number{_advice(text)}")
    if not low <= value <= high:
        raise DataError(f"{where} {text[:40]} is out of bounds: it must be from {low:g} to {high:g}")
    return value


def _advice(text: str) -> str:
    """What to write instead, where that can be told."""
    plain = re.sub(r"[,，\s¥￥元+]", "", text.lower())
    for unit in sorted(UNITS, key=len, reverse=True):
        if plain.endswith(unit) and NUMBER.fullmatch(plain.removesuffix(unit)):
            return f"; write {float(plain.removesuffix(unit)) * UNITS[unit]:.10g}"
    if plain.endswith("%") and NUMBER.fullmatch(plain[:-1]):
        return f"; write {float(plain[:-1]) / 100:g}"
    return f"; write {float(plain):.10g}" if NUMBER.fullmatch(plain) else ""


def _topic(text: str, where: str) -> int:
    for index, names in enumerate(TOPICS):
        if text.lower() in names:
            return index
    if not text:
        raise DataError(f"{where} is missing")
    error = unknown(where, text, [f"{key} {zh}" for key, zh in TOPICS])
    raise DataError(str(error))


def _mix(text: str, where: str) -> dict[int, float]:
    """Shares by topic, written as ``beauty 0.6, fashion 0.2``."""
    shares: dict[int, float] = {}
    for part in re.split(r"[,，;；、]", text) if text else []:
        name, _, amount = re.sub(r"[\s:：=]+", " ", part.strip()).rpartition(" ")
        share = _number(amount, where, 0.0, 1.0) if name else None
        if share is None:
            raise DataError(
                f"{where} {text[:40]!r} is not a list of categories with shares: beauty 0.6, fashion 0.2"
            )
        topic = _topic(name, where)
        if topic in shares:
            raise DataError(f"{where} names {name} twice")
        shares[topic] = share
    if sum(shares.values()) > 1.0 + 1e-9:
        raise DataError(
            f"{where}: shares sum to {sum(shares.values()):g}; 1 is the most, the rest are anybody"
        )
    return shares


def write_template(path: Path, lang: str) -> None:
    """Write a blank sheet, XLSX (with lists of choices and a page that explains) or CSV, by the file's ending.

    Raises
    ------
    DataError
        For another ending.
    """
    zh = lang == "zh"
    rules = [Rule(2, "list", [names[zh] for names in TOPICS]), Rule(5, "share")]
    rules += [Rule(place, "number") for place in (1, 3, 4)]
    write_blank(path, lang, "达人" if zh else "creators", COLUMNS, rules, MOST_CREATORS)
