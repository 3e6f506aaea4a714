"""What a report's sections are made of: tables, paragraphs, charts, as the template and the pictures take them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from experiments.figures import Lang
from experiments.report import charts

Block = dict[str, Any]


def table(title: str, head: Sequence[str], body: Sequence[Sequence[str]], answer: str = "") -> Block:
    """A table."""
    return {"kind": "table", "title": title, "head": head, "rows": body, "answer": answer}


def paragraph(text: str, answer: str = "", dim: bool = False) -> Block:
    """A paragraph; one that answers a question of the page names it."""
    return {"kind": "text", "text": text, "answer": answer, "dim": dim}


def chart(title: str, kind: str, *given: Any, lang: Lang) -> Block:
    """A chart, as SVG and as what it was drawn from, by the name of its function in `charts` and `pictures`."""
    drawn = getattr(charts, kind)(*given, title, lang)
    return {"kind": "chart", "title": title, "svg": drawn, "drawn": (kind, *given)}


def number(value: float) -> str:
    """A ratio with two digits, or a dash."""
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−") if math.isfinite(value) else "–"
