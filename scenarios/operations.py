# ruff: noqa: E501  (a table: one quality a line)
"""How well an operator works: execution, delays, noise and judgement, each a named and bounded value.

Process levers (teams, workflows, data, reviews) move these as other levers move mechanisms of the world, and
the plan reads them when it plays its actions and rules. By default an operator is without fault where a plan
says nothing, except that figures come late and noisy and that a crisis is not noticed at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.records import number, unknown
from sim.levers import Mechanism, mechanism_of

PREFIX = "operator."


@dataclass(frozen=True)
class Quality:
    """One quality of an operator, described as a `sim.levers.Mechanism` is."""

    key: str
    en: str
    zh: str
    unit: str
    default: float
    low: float
    high: float
    stack: str
    source: str
    evidence: str
    scope: str = "operator"
    phase: str = "plan"


def _q(*row: Any) -> Quality:
    return Quality(*row)


# fmt: off
QUALITIES: tuple[Quality, ...] = (
    _q("operator.execution", "Added to the execution of every action", "执行质量增量", "share", 0.0, -0.5, 0.5, "add", "neutral; X11 bounds execution by 0.5 and 1", "definition"),
    _q("operator.latency", "Days from an action's date to its launch", "上线延迟", "days", 0.0, 0.0, 90.0, "multiply", "none: dates are those of the launch; H5 has 3 days for a festival", "definition"),
    _q("operator.delay", "Age of the newest figures", "数据延迟", "days", 1.0, 1.0, 60.0, "multiply", "assumption in 1..7", "assumption"),
    _q("operator.noise", "Error of observed figures", "数据误差", "sd of the log", 0.05, 0.0, 1.0, "multiply", "assumption in 0.02..0.2", "assumption"),
    _q("operator.review", "Days between reviews, at which rules are applied", "复盘间隔", "days", 7.0, 1.0, 90.0, "multiply", "H6: weekly data review", "weak"),
    _q("operator.detection", "Days until a crisis is noticed", "危机发现时间", "days", 3.0, 0.0, 60.0, "multiply", "assumption in 1..7", "assumption"),
    _q("operator.mistarget", "Share of a segment that is missed, others being hit instead", "定向误差", "share", 0.0, 0.0, 0.9, "multiply", "none where a plan says nothing", "definition"),
    _q("operator.misfit", "Share of an effect lost to not knowing the users", "需求错配", "share", 0.0, 0.0, 0.9, "multiply", "none where a plan says nothing", "definition"),
    _q("operator.appeal", "Appeal of activities", "活动吸引力", "factor", 1.0, 0.2, 3.0, "multiply", "neutral", "definition"),
    _q("operator.failure", "Chance that an offline activity falls through", "线下活动失败率", "share", 0.1, 0.0, 0.9, "multiply", "assumption in 0.02..0.3", "assumption"),
    _q("operator.allocation", "Share of free money that a review moves to what returns more", "预算再分配", "share", 0.0, 0.0, 1.0, "add", "none: budgets stay where the plan puts them", "definition"),
    _q("operator.learning", "Weight of own results in the choice of creators", "合作复盘", "share", 0.0, 0.0, 1.0, "add", "none: creators are chosen by their public figures", "definition"),
    _q("operator.depth", "Weight of collects and comments against likes in what is optimised", "深度指标权重", "share", 0.0, 0.0, 1.0, "add", "none: surface figures decide", "definition"),
)
# fmt: on
QUALITY: dict[str, Quality] = {q.key: q for q in QUALITIES}


def is_operation(key: str) -> bool:
    """Whether a key names a quality of the operator rather than a mechanism of the world."""
    return key.startswith(PREFIX)


def mechanism(key: str) -> Mechanism | Quality:
    """The mechanism or quality of that name.

    Raises
    ------
    ConfigError
        If there is none; the message names those there are.
    """
    if not is_operation(key):
        return mechanism_of(key)
    if key not in QUALITY:
        raise unknown("mechanism", key, QUALITY)
    return QUALITY[key]


class Operations:
    """The qualities of one operator on one day.

    Parameters
    ----------
    own
        What the plan says about its operator: key without the prefix -> value.
    """

    def __init__(self, own: Mapping[str, float] | None = None) -> None:
        self._values = {q.key: q.default for q in QUALITIES}
        for key, value in (own or {}).items():
            self._values[PREFIX + key] = value

    def __getitem__(self, key: str) -> float:
        """A quality by its key without the prefix."""
        return self._values[PREFIX + key]

    def change(self, key: str, size: float) -> None:
        """Move a quality (full key) by an amount or a factor, within its bounds."""
        rule = QUALITY[key]
        value = self._values[key]
        value = value + size if rule.stack == "add" else value * size
        self._values[key] = min(rule.high, max(rule.low, value))


def checked_operations(written: Mapping[str, Any], where: str) -> dict[str, float]:
    """What a plan says about its operator, checked against the bounds of each quality."""
    names = {q.key.removeprefix(PREFIX): q for q in QUALITIES}
    found = {}
    for key, value in written.items():
        if key not in names:
            raise unknown(f"{where}: key", key, names)
        rule = names[key]
        found[str(key)] = number(value, f"{where}.{key}", rule.low, rule.high, rule.unit)
    return found
