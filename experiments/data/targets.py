"""From imported data to the targets of a calibration: each statistic with its standard error, and whether it may be fitted.

A statistic whose public row is kept for validation is written as a check: a calibration shows it and never fits it.
"""

from __future__ import annotations

import math
from pathlib import Path

from experiments.data.measures import Measured, measured
from experiments.data.store import DataStore
from experiments.folder import file_whole
from experiments.validation.facts import fact


def statistics_of(store: DataStore) -> list[Measured]:
    """Every statistic that the sheets of a store suffice for."""
    found: list[Measured] = []
    for kind in store.kinds:
        frame = store.frame(kind.key)
        if frame is not None:
            found += measured(frame, kind.key)
    return found


def use_of(one: Measured) -> str:
    """``fit``, or ``check`` where the public row of the same statistic is kept for validation."""
    roles = {fact(key).role for key in one.statistic.facts}
    return "check" if "validation" in roles else "fit"


def write_targets(path: Path, store: DataStore, found: list[Measured]) -> None:
    """Write a file that `seedbed calibrate` reads."""
    name = path.stem.lower().replace("-", "_").replace(" ", "_")
    sources = ", ".join(
        source["name"] for kind in store.kinds for source in store.manifest["sheets"][kind.key]["sources"]
    )
    lines = [
        f"# Targets measured on {sources}: what a calibrated world must show.",
        "# sd is the standard error over clusters; use: check is shown and never fitted.",
        f"name: {name}",
        "targets:",
    ]
    for one in found:
        sd = one.sd if math.isfinite(one.sd) and one.sd > 0 else abs(one.value) * 0.1 or 0.01
        doubt = "" if math.isfinite(one.sd) and one.sd > 0 else " (too few clusters: a tenth of the value)"
        lines.append(
            f"  {one.statistic.key}: {{value: {one.value:.6g}, sd: {sd:.3g}, use: {use_of(one)}}}  "
            f"# {one.statistic.en}; {one.rows:,} rows{doubt}"
        )
    with file_whole(path) as place:
        place.write_text("\n".join(lines) + "\n", "utf-8")
