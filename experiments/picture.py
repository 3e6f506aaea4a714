"""One picture of a paired comparison: the days of baseline and plan with their bands, and the difference
below.

Chinese labels are used only where a font has them; otherwise the picture speaks English, so that no glyph is
missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import FuncFormatter

from experiments.comparison import bands
from experiments.figures import Lang, figure

dates: Any = import_module("matplotlib.dates")  # whose functions carry no types

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",  # the only face that Matplotlib finds in a collection for all of China, Japan and Korea
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
)
COLOURS = {"baseline": "#6b7280", "plan": "#c2410c", "difference": "#1d4ed8"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

TEXT = {
    "en": {
        "baseline": "baseline",
        "plan": "plan",
        "difference": "difference, plan less baseline",
        "band": "band: 95 % interval of the mean over {n} seeds",
    },
    "zh": {
        "baseline": "基准",
        "plan": "方案",
        "difference": "差值（方案 − 基准）",
        "band": "阴影：{n} 个种子均值的 95% 区间",
    },
}


@dataclass(frozen=True)
class Trajectory:
    """One KPI over the days of both arms.

    Attributes
    ----------
    en, zh, unit
        Names and unit of the KPI.
    baseline, plan
        float64 [seeds, days], paired.
    """

    en: str
    zh: str
    unit: str
    baseline: npt.NDArray[np.float64]
    plan: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """Days on which an action is on."""

    name: str
    first: date
    last: date


def chinese_font() -> str | None:
    """A font of this machine that has Chinese characters, or None."""
    known = {font.name for font in fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in known), None)


def draw(
    path: Path,
    titles: dict[Lang, str],
    trajectories: Sequence[Trajectory],
    start: date,
    actions: Sequence[Span] = (),
    lang: Lang = "en",
) -> None:
    """Write the picture as PNG.

    Parameters
    ----------
    path
        File to write.
    titles
        Title in each language.
    trajectories
        A column of panels each.
    start
        First reported day.
    actions
        Drawn as bars between the panels.
    lang
        Language, if a font has it.
    """
    font = chinese_font() if lang == "zh" else None
    spoken: Lang = "zh" if font else "en"
    text = TEXT[spoken]
    columns = len(trajectories)
    picture = Figure(figsize=(5.6 * columns, 6.4), layout="constrained")
    FigureCanvasAgg(picture)
    family: dict[str, Any] = {"fontfamily": [font, "DejaVu Sans"]} if font else {}
    picture.suptitle(titles[spoken], fontsize=13, fontweight="bold", **family)
    axes = picture.subplots(
        3,
        columns,
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": [3, 0.25 + 0.22 * len(actions), 2]},
    )
    for column, t in enumerate(trajectories):
        days = [start + timedelta(days=i) for i in range(t.plan.shape[1])]
        top, middle, bottom = axes[:, column]
        for name, values in (("baseline", t.baseline), ("plan", t.plan)):
            mean, low, high = bands(values)
            top.plot(days, mean, color=COLOURS[name], label=text[name], linewidth=1.8)
            top.fill_between(days, low, high, color=COLOURS[name], alpha=0.2, linewidth=0)
        top.set_ylim(bottom=0)
        top.set_title(t.zh if spoken == "zh" else t.en, fontsize=11, loc="left", **family)
        mean, low, high = bands(t.plan - t.baseline)
        bottom.axhline(0, color="black", linewidth=0.8)
        bottom.plot(days, mean, color=COLOURS["difference"], linewidth=1.8)
        bottom.fill_between(days, low, high, color=COLOURS["difference"], alpha=0.2, linewidth=0)
        bottom.set_title(text["difference"], fontsize=10, loc="left", **family)
        for panel, signed in ((top, False), (bottom, True)):
            panel.yaxis.set_major_formatter(FuncFormatter(_ticks(t.unit, spoken, signed)))
            panel.grid(axis="y", color="#e5e7eb", linewidth=0.6)
            panel.spines[["top", "right"]].set_visible(False)
            if font:
                for label in panel.get_yticklabels():
                    label.set_fontfamily([font, "DejaVu Sans"])
        _bars(middle, actions, days)
        bottom.xaxis.set_major_locator(dates.DayLocator(interval=max(1, len(days) // 6)))
        bottom.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _day(dates.num2date(value), spoken)))
        if font:
            for label in bottom.get_xticklabels():
                label.set_fontfamily([font, "DejaVu Sans"])
    prop: dict[str, Any] = {"size": 9, "family": [font, "DejaVu Sans"] if font else None}
    axes[0, 0].legend(frameon=False, loc="lower left", prop=prop)
    note = text["band"].format(n=trajectories[0].plan.shape[0])
    picture.supxlabel(note, x=0.995, ha="right", fontsize=8, color="#4b5563", **family)
    picture.savefig(path, dpi=130, format="png", metadata={"Software": None})


def _bars(panel: Any, actions: Sequence[Span], days: Sequence[date]) -> None:
    """When each action is on, a bar each."""
    panel.set_axis_off()
    panel.set_ylim(len(actions) - 0.4, -0.6)
    for row, action in enumerate(actions):
        first, last = max(action.first, days[0]), min(action.last, days[-1])
        if first > last:
            continue
        panel.barh(row, (last - first).days + 1, left=first, height=0.75, color="#fed7aa")
        panel.text(first, row, f" {action.name}", va="center", fontsize=8, color="#7c2d12")


def _day(day: date, lang: Lang) -> str:
    return f"{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {MONTHS[day.month - 1]}"


def _ticks(unit: str, lang: Lang, signed: bool) -> Any:
    return lambda value, _: figure(value, unit, lang, signed=signed) if value else "0"
