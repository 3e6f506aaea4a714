"""Segments: who an action is for, as an expression over what an operator can see of people, with a
bilingual name.

The words are below, once: the four axes, demographics, interests, behaviour. Evaluation goes through the
`visible` verb of a plan's desk, so that trust, satisfaction and true skill cannot be asked for, and finds
people on the platform only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from scenarios.expressions import Coded, Column, Expression, Kind, Parser, Values
from scenarios.library import Library
from scenarios.records import typed, unknown
from sim.errors import ConfigError
from sim.randomness import S_SEGMENT, uniforms
from sim.scale import real_followers
from sim.state import schema as s

T = TypeVar("T")

SMALL = 50
"""Members below which an effect of a segment can hardly be told from chance."""
LONG_AGO = 9_999
"""Days since something that never happened."""


class Eyes(Protocol):
    """What evaluation needs of the world; `sim.levers.Desk` is one."""

    @property
    def world_day(self) -> int:
        """Day since the world began."""
        ...

    @property
    def seed(self) -> int:
        """The run's seed."""
        ...

    @property
    def weight(self) -> float:
        """People a member stands for."""
        ...

    def visible(self, column: str) -> npt.NDArray[Any]:
        """A visible column, ``table.column``."""
        ...

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What ``work`` gives, worked out once a day."""
        ...


Getter = Callable[[Eyes, tuple[float, ...]], Values | Coded]
_GETTERS: dict[str, Getter] = {}
COLUMNS: dict[str, Column] = {}
"""Every word that a segment may use."""


def _word(
    name: str,
    en: str,
    zh: str,
    get: Getter,
    kind: Kind = "number",
    unit: str = "",
    codes: tuple[tuple[str, str], ...] = (),
    arguments: tuple[tuple[float, float], ...] = (),
) -> None:
    COLUMNS[name] = Column(name, en, zh, kind, unit, codes, arguments)
    _GETTERS[name] = get


def _plain(column: str, factor: float = 1.0) -> Getter:
    def get(eyes: Eyes, _: tuple[float, ...]) -> Values:
        values = eyes.visible(column)
        return values if factor == 1.0 else values * factor

    return get


def _demographic(name: str) -> Getter:
    def get(eyes: Eyes, _: tuple[float, ...]) -> Values:
        return s.demographic(eyes.visible("profiles.demographics"), name)

    return get


def _interest(topic: int) -> Getter:
    def get(eyes: Eyes, _: tuple[float, ...]) -> Coded:
        return Coded(np.ascontiguousarray(eyes.visible("members.interest")[:, topic]), np.arange(256) / 255.0)

    return get


def _authors(column: str, missing: float) -> Getter:
    """A column of creators for every person; ``missing`` for those who never wrote."""

    def get(eyes: Eyes, _: tuple[float, ...]) -> Values:
        creator = eyes.visible("profiles.creator")
        values = eyes.visible(f"creators.{column}").astype(float)
        if values.ndim > 1:
            values = values[:, 0]
        out = np.full(len(creator), missing)
        out[creator >= 0] = values[creator[creator >= 0]]
        return out

    return get


def _followers(eyes: Eyes, _: tuple[float, ...]) -> Values:
    here = int(np.count_nonzero(on_platform(eyes)))
    return np.rint(real_followers(_authors("followers", 0.0)(eyes, ()), here, eyes.weight))


def _active_days(eyes: Eyes, arguments: tuple[float, ...]) -> Values:
    # Bit 0 is the last day that was played: at dawn nobody has been seen today.
    bits = eyes.visible("profiles.active_days") & np.uint32((1 << int(arguments[0])) - 1)
    counts: Values = np.bitwise_count(bits)
    return counts


def _away(eyes: Eyes, _: tuple[float, ...]) -> Values:
    bits = eyes.visible("profiles.active_days")
    lowest = bits & (~bits + np.uint32(1))
    days = np.bitwise_count(lowest - np.uint32(1)).astype(np.int64)
    return np.where(bits == 0, 32, days)


def _since(column: str) -> Getter:
    def get(eyes: Eyes, _: tuple[float, ...]) -> Values:
        day = eyes.visible(column).astype(np.int64)
        return np.where(day == np.iinfo(np.int16).min, LONG_AGO, eyes.world_day - day)

    return get


def _random(eyes: Eyes, arguments: tuple[float, ...]) -> Values:
    # One number a member for all shares, so that a share of 0.2 contains that of 0.1.
    return uniforms(eyes.seed, S_SEGMENT, eyes.visible("members.id")) < arguments[0]


def _in_group(eyes: Eyes, _: tuple[float, ...]) -> Values:
    return np.asarray(eyes.visible("profiles.group") >= 0)


def _holds_coupon(eyes: Eyes, _: tuple[float, ...]) -> Values:
    valid = eyes.visible("profiles.coupon_until") >= eyes.world_day
    return (eyes.visible("profiles.coupon") >= 0) & valid


def _writes(eyes: Eyes, _: tuple[float, ...]) -> Values:
    return np.asarray(_authors("left", 1.0)(eyes, ()) == 0)


# fmt: off
_word("tier", "Tier", "用户分层", _plain("members.tier"), "code", codes=s.TIERS)
_word("stage", "Lifecycle stage", "生命周期", _plain("profiles.stage"), "code", codes=s.STAGES)
_word("fan_class", "Fan class", "粉丝分类", _plain("profiles.fan_class"), "code", codes=s.FAN_CLASSES)
_word("aips", "Relation to the focal brand", "品牌关系", _plain("profiles.aips"), "code", codes=s.AIPS)
for _name, _en, _zh, _codes in (
    ("gender", "Gender", "性别", s.GENDERS),
    ("age_band", "Age band", "年龄段", s.AGE_BANDS),
    ("city_tier", "City tier", "城市线级", s.CITY_TIERS),
    ("income_band", "Income band", "收入段", s.INCOME_BANDS),
    ("occupation", "Occupation", "职业", s.OCCUPATIONS),
    ("region", "Region", "地区", s.REGIONS),
    ("channel", "Channel of joining", "加入渠道", s.CHANNELS),
):
    _word(_name, _en, _zh, _demographic(_name), "code", codes=_codes)
for _row, (_en, _zh) in enumerate(s.TOPICS):
    _word(f"interest.{_en}", f"Interest in {_en}", f"兴趣.{_zh}", _interest(_row), unit="share")
_word("days_here", "Days since joining", "加入天数", _since("profiles.joined"), unit="days")
_word("days_away", "Days since the last visit, 32 at most", "未访天数", _away, unit="days")
_word("active_days", "Days of visit among the last n", "近日活跃天数", _active_days,
      unit="days", arguments=((1, 32),))
_word("orders", "Orders so far", "订单数", _plain("profiles.orders"), unit="orders")
_word("spend", "Spent so far, net of returns", "累计消费", _plain("profiles.spend", 0.01), unit="yuan")
_word("days_since_order", "Days since the last order, 9,999 never", "距上次下单天数",
      _since("profiles.last_order"), unit="days")
_word("brand_exposures", "Times the focal brand was seen", "品牌曝光次数",
      _plain("profiles.brand_exposures"), unit="times")
_word("points", "Points held", "积分", _plain("profiles.points"), unit="points")
_word("level", "Level", "等级", _plain("profiles.level"), unit="level")
_word("in_group", "Member of a group", "社群成员", _in_group, "flag")
_word("holds_coupon", "Holds a valid coupon", "持有优惠券", _holds_coupon, "flag")
_word("author", "Writes notes", "创作者", _writes, "flag")
_word("followers", "Followers, in the real world", "粉丝数", _followers, unit="people")
_word("notes_month", "Notes in 28 days", "月笔记数", _authors("notes_month", 0.0), unit="notes")
_word("vertical", "Main topic of an author", "主领域", _authors("verticals", -1.0), "code", codes=s.TOPICS)
_word("random_share", "The same random share of members every time", "随机比例", _random,
      "flag", arguments=((0.0, 1.0),))
# fmt: on


def on_platform(eyes: Eyes) -> npt.NDArray[np.bool_]:
    """Who is a member now, bool [persons], read-only."""

    def look() -> npt.NDArray[np.bool_]:
        here: npt.NDArray[np.bool_] = (eyes.visible("members.flags") & s.ON_PLATFORM) > 0
        here.flags.writeable = False
        return here

    return eyes.once("on_platform", look)


@dataclass(frozen=True)
class SegmentFile:
    """A file of `conf/segment`."""

    en: str
    zh: str
    who: str


@dataclass(frozen=True)
class Segment:
    """A group of people by what can be seen of them.

    Attributes
    ----------
    name
        Its name, or the expression itself where it was written straight into a plan.
    en, zh
        Names.
    expression
        Parsed condition.
    """

    name: str
    en: str
    zh: str
    expression: Expression


class SegmentBook:
    """The named segments, and the way from a text to people.

    Parameters
    ----------
    files
        Name -> content of `conf/segment/<name>.yaml`.
    """

    def __init__(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        self.files = {name: typed(SegmentFile, data, f"segment {name}") for name, data in files.items()}
        self._alias = {f.zh: name for name, f in self.files.items()} | {
            f.en: name for name, f in self.files.items()
        }
        self._parser = Parser(COLUMNS, self._text)

    @classmethod
    def of(cls, library: Library) -> SegmentBook:
        """All segments of a library."""
        return cls({name: library.read("segment", name) for name in library.names("segment")})

    def _name(self, text: str) -> str | None:
        name = text if text in self.files else self._alias.get(text)
        return name

    def _text(self, text: str) -> str | None:
        name = self._name(text)
        return self.files[name].who if name is not None else None

    def find(self, text: str, where: str = "segment") -> Segment:
        """A segment by its name (key, English or Chinese) or by an expression.

        Raises
        ------
        ConfigError
            For an unknown name, column or function, and for what is no condition.
        """
        text = str(text).strip()
        name = self._name(text)
        if name is not None:
            file = self.files[name]
            place = f"segment {name}"
            return Segment(name, file.en, file.zh, self._parser.parse(file.who, place, (name,)))
        if text.isidentifier() and COLUMNS.get(text) is None:
            raise unknown(where, text, self.files)
        return Segment(text, text, text, self._parser.parse(text, where))

    def used_by(self, text: str) -> set[str]:
        """Names of the segments that a text refers to, directly or through others."""
        name = self._name(str(text).strip())
        words = [name] if name is not None else _identifiers(str(text))
        found: set[str] = set()
        while words:
            word = words.pop()
            key = self._name(word) if word is not None else None
            if key is not None and key not in found:
                found.add(key)
                words += _identifiers(self.files[key].who)
        return found


def _identifiers(text: str) -> list[str]:
    return re.findall(r"[^\W\d]\w*", text)


class Look:
    """Evaluates segments on one day; what several segments ask for is looked up once.

    Parameters
    ----------
    eyes
        A desk.
    """

    def __init__(self, eyes: Eyes) -> None:
        self.eyes = eyes
        self.here = on_platform(eyes)
        self._columns: dict[tuple[str, tuple[float, ...]], Values | Coded] = {}

    def column(self, name: str, arguments: tuple[float, ...]) -> Values | Coded:
        """Values of a word for every person."""
        key = (name, arguments)
        if key not in self._columns:
            found = _GETTERS[name](self.eyes, arguments)
            # A column of a table lies scattered among the others; gathered once, it is read many times.
            self._columns[key] = found if isinstance(found, Coded) else np.ascontiguousarray(found)
        return self._columns[key]

    def people(self, segment: Segment) -> npt.NDArray[np.bool_]:
        """Who of those on the platform belongs to a segment, bool [persons]."""
        return segment.expression.mask(self.column, len(self.here)) & self.here


def evaluate(segment: Segment, eyes: Eyes) -> npt.NDArray[np.bool_]:
    """Who of those on the platform belongs to a segment today, bool [persons]."""
    return Look(eyes).people(segment)


def counted(
    segment: Segment, eyes: Eyes, where: str, look: Look | None = None
) -> tuple[npt.NDArray[np.bool_], str]:
    """The people of a segment that an action starts with, and a warning if they are few.

    Raises
    ------
    ConfigError
        If nobody belongs to it.
    """
    people = (look or Look(eyes)).people(segment)
    size = int(np.count_nonzero(people))
    if size == 0:
        raise ConfigError(
            f"{where}: nobody belongs to the segment {segment.name!r} ({segment.expression.text})"
        )
    if size < SMALL:
        return (
            people,
            f"{where}: only {size} members belong to the segment {segment.name!r}; "
            f"below {SMALL} little can be told",
        )
    return people, ""
