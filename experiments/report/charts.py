"""Charts as inline SVG: text stays text and colours are the page's variables, so that a chart follows light and dark,
every language and every font, and the same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from experiments.figures import Lang, figure

Float = npt.NDArray[np.float64]
WIDTH = 640
LEFT, RIGHT, TOP, BOTTOM = 70, 16, 14, 30
SERIES = ("var(--a)", "var(--b)", "var(--c)", "var(--d)", "var(--e)", "var(--f)")


def svg(body: str, height: int, title: str) -> Markup:
    """A figure with an accessible name."""
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _n(value: float) -> str:
    return f"{value:.1f}"


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" class="{kind}"/>'


class _Scale:
    """From values to pixels."""

    def __init__(self, low: float, high: float, first: float, last: float) -> None:
        if not high > low:
            low, high = low - 1.0, high + 1.0
        self.low, self.high, self.first, self.last = low, high, first, last

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)


def intervals(rows: Sequence[tuple[str, float, float, float]], unit: str, title: str, lang: Lang) -> Markup:
    """Estimates with their intervals, one below the other: (name, value, low, high)."""
    height = TOP + 30 * len(rows) + BOTTOM
    known = [v for row in rows for v in row[1:] if np.isfinite(v)] or [0.0]
    x = _Scale(min(0.0, *known), max(0.0, *known), 210, WIDTH - 80)
    out = [_line(x(0), TOP, x(0), height - BOTTOM, "zero"), _text(x(0), height - 12, "0", "middle")]
    for at, (name, value, low, high) in enumerate(rows):
        y = TOP + 30 * at + 15
        out.append(_text(200, y + 4, name if len(name) < 30 else name[:29] + "…", "end"))
        if np.isfinite(low) and np.isfinite(high):
            out.append(_line(x(low), y, x(high), y, "whisker"))
        if np.isfinite(value):
            out.append(f'<circle cx="{_n(x(value))}" cy="{_n(y)}" r="5" class="dot"/>')
            out.append(_text(WIDTH - 72, y + 4, figure(value, unit, lang, signed=True)))
    return svg("".join(out), height, title)


def trajectories(
    lines: Sequence[tuple[str, Float, Float, Float]], unit: str, title: str, lang: Lang
) -> Markup:
    """Means by day with their bands: (name, mean, low, high), each float64 [days]."""
    plot = 240
    height = plot + 16 * len(lines)
    every = np.concatenate([part for line in lines for part in line[1:]])
    finite = every[np.isfinite(every)]
    low, high = (min(0.0, finite.min()), max(0.0, finite.max())) if len(finite) else (0.0, 1.0)
    days = len(lines[0][1])
    x = _Scale(0, max(days - 1, 1), LEFT, WIDTH - RIGHT)
    y = _Scale(low, high, plot - BOTTOM, TOP)
    out = [_line(LEFT, y(0), WIDTH - RIGHT, y(0), "zero")]
    ticks = [float(value) for value in np.linspace(low, high, 4)]
    out += [_text(LEFT - 6, y(value) + 4, figure(value, unit, lang), "end") for value in ticks]
    out += [_text(x(day), plot - 10, str(day), "middle") for day in range(0, days, max(1, days // 6))]
    for at, (name, mean, lower, upper) in enumerate(lines):
        colour = SERIES[at % len(SERIES)]
        good = np.flatnonzero(np.isfinite(mean) & np.isfinite(lower) & np.isfinite(upper)).tolist()
        there = [f"{_n(x(i))},{_n(y(upper[i]))}" for i in good]
        back = [f"{_n(x(i))},{_n(y(lower[i]))}" for i in good[::-1]]
        out.append(f'<polygon points="{" ".join([*there, *back])}" fill="{colour}" opacity="0.18"/>')
        points = " ".join(f"{_n(x(i))},{_n(y(mean[i]))}" for i in good)
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<rect x="{LEFT + 8}" y="{plot + 16 * at}" width="10" height="10" fill="{colour}"/>')
        out.append(_text(LEFT + 24, plot + 16 * at + 9, name))
    return svg("".join(out), height, title)


def bars(rows: Sequence[tuple[str, float]], unit: str, title: str, lang: Lang) -> Markup:
    """Amounts, one below the other."""
    height = TOP + 26 * len(rows) + 8
    x = _Scale(min(0.0, *(v for _, v in rows)), max(0.0, *(v for _, v in rows)), 170, WIDTH - 90)
    out = []
    for at, (name, value) in enumerate(rows):
        y = TOP + 26 * at
        left, right = sorted((x(0), x(value)))
        out.append(_text(160, y + 14, name, "end"))
        out.append(f'<rect x="{_n(left)}" y="{y}" width="{_n(right - left)}" height="18" class="bar"/>')
        out.append(_text(WIDTH - 82, y + 14, figure(value, unit, lang)))
    return svg("".join(out), height, title)


def scatter(
    points: Sequence[tuple[str, float, float, bool]], names: tuple[str, str], units: tuple[str, str],
    title: str, lang: Lang,
) -> Markup:  # fmt: skip
    """Plans by two criteria: (name, x, y, on the front)."""
    height = 260
    xs, ys = [p[1] for p in points], [p[2] for p in points]
    x = _Scale(min(0.0, *xs), max(0.0, *xs), LEFT + 10, WIDTH - 130)
    y = _Scale(min(0.0, *ys), max(0.0, *ys), height - BOTTOM - 14, TOP + 10)
    out = [
        _line(LEFT, y(0), WIDTH - RIGHT, y(0), "zero"),
        _line(x(0), TOP, x(0), height - BOTTOM, "zero"),
        _text(WIDTH - RIGHT, height - 4, names[0], "end"),
        _text(4, 11, names[1]),
    ]
    for name, across, up, front in points:
        kind = "dot" if front else "ring"
        out.append(f'<circle cx="{_n(x(across))}" cy="{_n(y(up))}" r="6" class="{kind}"/>')
        out.append(_text(x(across) + 9, y(up) + 4, name))
    return svg("".join(out), height, title)
