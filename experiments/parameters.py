"""The shipped parameters as a page: every key of the default configuration with its unit, range, source and evidence.

The YAML files of ``conf`` say all this beside each key, ``key: value # unit | range | source (evidence)``; this module
reads it back, so that the page cannot say anything else.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from scenarios.library import shipped

FILES = (
    "config.yaml",
    "world/community.yaml",
    "audience/documents_2023.yaml",
    "graph/power_law.yaml",
    "platform/xiaohongshu.yaml",
    "brand/focal.yaml",
    "product/serum.yaml",
)
"""What a run without overrides is made of."""

MARKS = ("strong", "medium", "weak", "derived")
LINE = re.compile(r"^\s*(?P<key>\w+):\s+(?P<value>[^#]*?)\s*#\s*(?P<said>[^|]+\|.+)$")


@dataclass(frozen=True)
class Parameter:
    """One key of the shipped configuration.

    Attributes
    ----------
    file, key, value
        Where it stands, and its default as written.
    unit, bounds, source
        What stands beside it; ``bounds`` are permitted or worth trying.
    evidence
        ``strong``, ``medium``, ``weak``, ``derived``, ``documents`` (S0 to S4), ``found by playing``, ``assumption``, or
        ``setting`` where there is nothing to know.
    """

    file: str
    key: str
    value: str
    unit: str
    bounds: str
    source: str
    evidence: str


def evidence_of(source: str) -> str:
    """The weakest evidence that a source's text names."""
    if "assumption" in source:
        return "assumption"
    if "found by playing" in source:
        return "found by playing"
    for mark in reversed(MARKS):
        if f"({mark}" in source:
            return mark
    return "documents" if re.search(r"\(S\d\)", source) else "setting"


def parameters() -> list[Parameter]:
    """Every key of the default configuration that says where its value comes from, in the order of the files."""
    found = []
    for name in FILES:
        for text in (shipped() / name).read_text(encoding="utf-8").splitlines():
            line = LINE.match(text)
            if line is None:
                continue
            unit, bounds, *source = (part.strip() for part in line["said"].split("|"))
            says = " ".join(source) if source else bounds
            bounds = bounds if source else ""
            found.append(Parameter(name, line["key"], line["value"], unit, bounds, says, evidence_of(says)))
    return found


def parameters_markdown() -> str:
    """The parameters as Markdown, a table a file, and how many rest on which evidence."""
    found = parameters()
    counts = Counter(parameter.evidence for parameter in found)
    said = ", ".join(f"{count} {evidence}" for evidence, count in counts.most_common())
    lines = [f"{len(found)} parameters, by the weakest evidence that each rests on: {said}.", ""]
    for name in FILES:
        rows = [parameter for parameter in found if parameter.file == name]
        if not rows:
            continue
        lines += [f"### `conf/{name}`", "", "| key | default | unit | range | source | evidence |"]
        lines += ["|---|---|---|---|---|---|"]
        for row in rows:
            cells = (f"`{row.key}`", row.value, row.unit, row.bounds, row.source, row.evidence)
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)
