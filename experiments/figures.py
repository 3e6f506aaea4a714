"""How a figure is written: short, with its unit, in English (k, M, B) or Chinese (万, 亿).

Three significant digits are kept, since no simulated figure deserves more; a difference carries its sign, and
the difference of two shares is in percentage points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Lang = Literal["en", "zh"]

SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "en": ((1e9, "B"), (1e6, "M"), (1e3, "k")),
    "zh": ((1e8, "亿"), (1e4, "万")),
}
UNITS: dict[str, dict[str, str]] = {
    "en": {"days": " d", "min": " min"},
    "zh": {"days": " 天", "min": " 分钟"},
}
MISSING = "–"


def figure(value: float, unit: str = "", lang: Lang = "en", *, signed: bool = False) -> str:
    """A value with its unit.

    Parameters
    ----------
    value
        The value; NaN and infinities give a dash.
    unit
        ``yuan`` gets ¥, ``share`` becomes per cent (percentage points if signed), times get their unit;
        anything else is a plain number.
    lang
        Language of suffixes.
    signed
        Write the sign of a positive value too, and per cent as points.
    """
    return figures([value], unit, lang, signed=signed)[0]


def figures(
    values: Sequence[float], unit: str = "", lang: Lang = "en", *, signed: bool = False, step: float = 0.0
) -> list[str]:
    """Values that stand together, written at one scale: that of the largest, so that they can be compared.

    A ``step`` asks for as many digits as show a difference of that size, at most two more than usual.
    """
    finite = [abs(v) for v in values if math.isfinite(v)]
    largest = max(finite, default=0.0)
    if unit == "share":
        suffix = "%" if not signed else (" pp" if lang == "en" else " 个百分点")
        return [_write(v * 100, largest * 100, suffix, "", signed, step * 100) for v in values]
    scale, suffix = next(((s, name) for s, name in SCALES[lang] if largest >= s), (1.0, ""))
    prefix = "¥" if unit == "yuan" else ""
    suffix += UNITS[lang].get(unit, "")
    return [_write(v / scale, largest / scale, suffix, prefix, signed, step / scale) for v in values]


def _write(value: float, largest: float, suffix: str, prefix: str, signed: bool, step: float) -> str:
    if not math.isfinite(value):
        return MISSING
    decimals = 0 if largest >= 100 or largest == 0 else min(6, 2 - math.floor(math.log10(largest)))
    if math.isfinite(step) and step > 0:
        decimals = max(decimals, min(decimals + 2, -math.floor(math.log10(step))))
    text = f"{abs(value):,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        return f"{prefix}0{suffix}"
    sign = "−" if value < 0 else ("+" if signed else "")
    return f"{sign}{prefix}{text}{suffix}"


def interval(low: float, high: float, unit: str = "", lang: Lang = "en") -> str:
    """Both ends of an interval of a difference, at one scale, the unit once where that reads well."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    a, b = figures([low, high], unit, lang, signed=True)
    return f"{a} {'to' if lang == 'en' else '至'} {b}"


def change(relative: float) -> str:
    """A relative change in per cent, with its sign."""
    return figure(relative, "share", signed=True).replace(" pp", "%") if math.isfinite(relative) else MISSING


def share(value: float) -> str:
    """A share in per cent."""
    return figure(value, "share")
