"""Every table and chart of a report as PNG, for slides: the same figures, drawn by Matplotlib.

Chinese is drawn only where this machine has a font for it; otherwise the caller is told, so that no glyph is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.figures import Lang, figure
from experiments.picture import chinese_font

COLOURS = ("#b3390b", "#1d4ed8", "#0f766e", "#7c3aed", "#a16207", "#be185d")
WIDTH = 8.0
NARROW = 26
"""Signs of a table's cell before it is broken."""


def able(lang: Lang) -> bool:
    """Whether this machine can draw a language."""
    return lang == "en" or chinese_font() is not None


class Pictures:
    """Writes pictures into a folder, numbered in the order of the page.

    Parameters
    ----------
    folder
        Made if it is not there.
    lang
        Language of the figures.
    """

    def __init__(self, folder: Path, lang: Lang) -> None:
        self.folder, self.lang = folder, lang
        self.font = chinese_font()
        self.written: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True)

    def _family(self) -> dict[str, Any]:
        return {"fontfamily": [self.font, "DejaVu Sans"] if self.font else ["DejaVu Sans"]}

    def _page(self, title: str, height: float, width: float = WIDTH) -> tuple[Figure, Any]:
        page = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(page)
        axes = page.subplots()
        axes.set_title(title, fontsize=10, loc="left", wrap=True, **self._family())
        axes.spines[["top", "right"]].set_visible(False)
        return page, axes

    def _keep(self, page: Figure, kind: str) -> None:
        for text in page.findobj(lambda artist: hasattr(artist, "set_fontfamily")):
            text.set_fontfamily(self._family()["fontfamily"])  # type: ignore[attr-defined]
        path = self.folder / f"{len(self.written) + 1:02d}-{kind}.png"
        page.savefig(path, dpi=150, metadata={"Software": None})
        self.written.append(path)

    def _axis(self, axis: Any, unit: str) -> None:
        axis.set_major_formatter(FuncFormatter(lambda value, _: figure(float(value), unit, self.lang)))

    def table(self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table."""
        if not rows:
            return
        cells = [[_folded(cell) for cell in row] for row in rows]
        heads = [_folded(cell, 14) for cell in head]
        tall = [max(cell.count("\n") + 1 for cell in row) for row in [heads, *cells]]
        wide = sum(
            max(len(line) for row in [heads, *cells] for line in row[c].split("\n")) for c in range(len(head))
        )
        page, axes = self._page(title, 0.6 + 0.2 * sum(tall), max(WIDTH / 2, 0.085 * wide + 0.25 * len(head)))
        axes.axis("off")
        drawn = axes.table(cells, colLabels=heads, bbox=(0, 0, 1, 1), cellLoc="right", edges="horizontal")
        drawn.auto_set_font_size(False)
        drawn.set_fontsize(8)
        drawn.auto_set_column_width(list(range(len(head))))
        for (row, column), cell in drawn.get_celld().items():
            cell.set_height(tall[row] / sum(tall))
            cell.set_linewidth(0.4)
            if column == 0:
                cell.set_text_props(ha="left")
        self._keep(page, "table")

    def intervals(self, title: str, rows: Sequence[tuple[str, float, float, float]], unit: str) -> None:
        """Estimates with their intervals."""
        page, axes = self._page(title, 0.9 + 0.42 * len(rows))
        at = np.arange(len(rows))[::-1]
        for y, (_, value, low, high) in zip(at, rows, strict=True):
            axes.plot([low, high], [y, y], color=COLOURS[1], linewidth=2)
            axes.plot([value], [y], "o", color=COLOURS[0])
        axes.axvline(0, color="#888888", linewidth=0.8, linestyle="--")
        axes.set_yticks(at, [name for name, *_ in rows])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        self._axis(axes.xaxis, unit)
        self._keep(page, "intervals")

    def trajectories(self, title: str, lines: Sequence[tuple[str, Any, Any, Any]], unit: str) -> None:
        """Means by day with their bands."""
        page, axes = self._page(title, 3.6)
        for i, (name, mean, low, high) in enumerate(lines):
            colour, days = COLOURS[i % len(COLOURS)], np.arange(len(mean))
            axes.fill_between(days, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(days, mean, color=colour, label=name)
        axes.axhline(0, color="#888888", linewidth=0.8, linestyle="--")
        axes.legend(frameon=False, fontsize=8)
        self._axis(axes.yaxis, unit)
        self._keep(page, "days")

    def bars(self, title: str, rows: Sequence[tuple[str, float]], unit: str) -> None:
        """Amounts."""
        page, axes = self._page(title, 0.9 + 0.4 * len(rows))
        axes.barh([name for name, _ in rows][::-1], [value for _, value in rows][::-1], color=COLOURS[1])
        self._axis(axes.xaxis, unit)
        self._keep(page, "bars")

    def scatter(
        self,
        title: str,
        points: Sequence[tuple[str, float, float, bool]],
        names: tuple[str, str],
        units: tuple[str, str],
    ) -> None:
        """Plans by two criteria."""
        page, axes = self._page(title, 4.2)
        for name, x, y, front in points:
            axes.plot([x], [y], "o", color=COLOURS[0], fillstyle="full" if front else "none")
            axes.annotate(name, (x, y), textcoords="offset points", xytext=(7, 3), fontsize=8)
        axes.axhline(0, color="#888888", linewidth=0.8, linestyle="--")
        axes.axvline(0, color="#888888", linewidth=0.8, linestyle="--")
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        self._axis(axes.xaxis, units[0])
        self._axis(axes.yaxis, units[1])
        self._keep(page, "scatter")

    def draw(self, block: dict[str, Any]) -> None:
        """A block of the report, if it is a table or a chart."""
        if block["kind"] == "table":
            self.table(block["title"], block["head"], block["rows"])
        elif block["kind"] == "chart":
            kind, *given = block["drawn"]
            drawing: Callable[..., None] = getattr(self, kind)
            drawing(block["title"], *given)


def _folded(text: str, width: int = NARROW) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width)) or text
