"""Pictures of diffusion: who is reached step by step, and how a choice of first spreaders adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import Lang, figure
from experiments.picture import COLOURS, chinese_font

__all__ = ["draw_choice", "draw_reach"]

MOST_NAMES = 25
"""More are numbered instead."""

TEXT = {
    "en": {
        "steps": "Reached by step (mean of the runs)",
        "step": "step",
        "sizes": "Spread of single runs",
        "size": "members reached",
        "runs": "runs",
        "choice": "What the chosen add up to, with 95 % intervals of the mean",
        "number": "chosen, in this order",
        "members": "members",
        "people": "people",
    },
    "zh": {
        "steps": "逐步触达人数（各次模拟均值）",
        "step": "步",
        "sizes": "各次模拟的传播规模",
        "size": "触达成员数",
        "runs": "次数",
        "choice": "所选达人累计触达，及均值的 95% 区间",
        "number": "已选人数（按选择顺序）",
        "members": "成员",
        "people": "人",
    },
}


def _spoken(lang: Lang) -> tuple[Lang, dict[str, Any]]:
    """The language that this machine can write, and its font, which user's names may need in any language."""
    font = chinese_font()
    return ("zh" if font and lang == "zh" else "en"), ({"fontfamily": [font, "DejaVu Sans"]} if font else {})


def _tidy(panel: Any, lang: Lang, axis: str = "y") -> None:
    panel.grid(axis="y", color="#e5e7eb", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    for name in axis:
        getattr(panel, f"{name}axis").set_major_formatter(
            FuncFormatter(lambda value, _: figure(value, "", lang) if value >= 1000 else f"{value:g}")
        )


def _save(picture: Figure, path: Path) -> None:
    kind = path.suffix.removeprefix(".").lower()
    picture.savefig(path, dpi=130, format=kind, metadata={"Software": None} if kind == "png" else None)


def draw_reach(
    path: Path,
    titles: Mapping[Lang, str],
    active: npt.NDArray[Any],
    sizes: npt.NDArray[Any],
    lang: Lang,
) -> None:
    """Members reached by each step, and the distribution of runs."""
    spoken, family = _spoken(lang)
    text = TEXT[spoken]
    picture = Figure(figsize=(10.5, 4.2), layout="constrained")
    FigureCanvasAgg(picture)
    picture.suptitle(titles[spoken], fontsize=10, fontweight="bold", wrap=True, **family)
    left, right = picture.subplots(1, 2)
    left.plot(np.arange(len(active)), active, color=COLOURS["plan"], linewidth=1.8, marker="o", markersize=3)
    left.set_ylim(bottom=0)
    left.set_title(text["steps"], fontsize=10, loc="left", **family)
    left.set_xlabel(text["step"], **family)
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    _tidy(left, spoken)
    right.hist(sizes, bins=min(50, max(5, len(np.unique(sizes)))), color=COLOURS["difference"], alpha=0.8)
    right.axvline(float(np.mean(sizes)), color="black", linewidth=1)
    right.set_title(text["sizes"], fontsize=10, loc="left", **family)
    right.set_xlabel(text["size"], **family)
    right.set_ylabel(text["runs"], **family)
    _tidy(right, spoken, "xy")
    _save(picture, path)


def draw_choice(
    path: Path,
    titles: Mapping[Lang, str],
    totals: npt.NDArray[np.float64],
    names: Sequence[str],
    unit: str,
    lang: Lang,
) -> None:
    """Cumulative spread by number chosen.

    Parameters
    ----------
    totals
        float64 [runs, chosen], spread with the first, the first two, ... in each run.
    names
        Labels of the chosen, written below the points where there is room and a font has them.
    unit
        "members" or "people".
    """
    spoken, family = _spoken(lang)
    text = TEXT[spoken]
    picture = Figure(figsize=(8.6, 4.6), layout="constrained")
    FigureCanvasAgg(picture)
    panel = picture.subplots()
    picture.suptitle(titles[spoken], fontsize=10, fontweight="bold", wrap=True, **family)
    mean = totals.mean(axis=0)
    error = 1.96 * totals.std(axis=0, ddof=1) / np.sqrt(len(totals)) if len(totals) > 1 else 0.0 * mean
    number = np.arange(1, totals.shape[1] + 1)
    panel.plot(number, mean, color=COLOURS["plan"], linewidth=1.8, marker="o", markersize=3)
    panel.fill_between(number, mean - error, mean + error, color=COLOURS["plan"], alpha=0.25, linewidth=0)
    panel.set_ylim(bottom=0)
    panel.set_title(text["choice"], fontsize=10, loc="left", **family)
    panel.set_ylabel(text[unit], **family)
    _tidy(panel, spoken)
    written = bool(family) or all(name.isascii() for name in names)
    if written and len(names) <= MOST_NAMES:
        panel.set_xticks(number, names, rotation=40, ha="right", fontsize=8, **family)
    else:
        panel.set_xlabel(text["number"], **family)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    _save(picture, path)
