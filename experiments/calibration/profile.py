"""What a calibration leaves behind: a file of `conf/platform` with the fitted numbers, draws of the posterior, and a report.

The profile is the platform's own file, line by line, in which a fitted number says its interval and what it was before. Draws and
report lie in a folder of its name beside it, so that all of it moves together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.calibration.fit import Fit
from experiments.calibration.identify import TOLD
from experiments.calibration.targets import Task
from experiments.folder import code_version, file_hash, file_whole, write_json
from sim.errors import DataError

DRAWS = "posterior.parquet"
REPORT = "calibration.json"


def profile_name(task: Task) -> str:
    """Name of the profile that a task writes."""
    return f"fitted_{task.name.removeprefix('fitted_')}"


def told(task: Task, fit: Fit) -> list[tuple[str, float, float, float, float]]:
    """A row a parameter: its key, best value, ends of its interval, and the share of its prior's variance that is gone."""
    low, high = fit.draws.interval()
    return [
        (
            p.key,
            p.at(float(fit.place[i])),
            p.at(float(low[i])),
            p.at(float(high[i])),
            float(fit.draws.learned[i]),
        )
        for i, p in enumerate(task.parameters)
    ]


def profile_text(base: Path, task: Task, fit: Fit, source: Path) -> str:
    """The platform's file with the fitted numbers.

    Parameters
    ----------
    base
        File of the platform that was played.
    task, fit
        What was asked, and the answer.
    source
        File of targets, which is named.
    """
    fitted = {key: (value, low, high, learned) for key, value, low, high, learned in told(task, fit)}
    name = profile_name(task)
    lines = base.read_text("utf-8").splitlines()
    out = [
        f"# The platform {base.stem}, with {len(fitted)} numbers fitted to {len(task.fitted)} targets of {source.name}.",
        f"# Targets: {', '.join(f'{t.key} {t.value:g}' for t in task.fitted)}.",
        f"# World: {' '.join(task.words) or 'as configured'}; seeds {task.seeds}; {fit.points} points; code {code_version()};",
        f"# targets file sha256 {file_hash(source)[:16]}; platform file sha256 {file_hash(base)[:16]}.",
        *([f"# Left out and foretold by the others: {left_out(fit.families)}."] if fit.families else []),
        f"# Draws of the posterior: {name}/{DRAWS}, beside this file",
    ]
    for line in lines:
        match = re.match(r"^(?P<key>\w+):\s*(?P<value>\S+)(?P<gap>\s*)(?P<rest>#.*)?$", line)
        if match is None or match["key"] not in {*fitted, "name"}:
            out.append(line)
        elif match["key"] == "name":
            out.append(f"name: {name}")
        else:
            value, low, high, learned = fitted[match["key"]]
            said = f"fitted to {task.name}: {low:.4g} to {high:.4g} (95 %), before {match['value']}"
            if learned < TOLD:
                said = f"assumption: the targets of {task.name} say little about it, before {match['value']}"
            parts = [part.strip() for part in (match["rest"] or "#").lstrip("#").split("|")]
            kept = " | ".join(parts[:2]) if len(parts) > 1 else parts[0]
            out.append(f"{match['key']}: {value:.6g}  # {kept} | {said}")
    return "\n".join(out) + "\n"


def left_out(families: Mapping[str, float]) -> str:
    """How badly the other targets foretell each family: root mean square gap in errors of its targets."""
    return ", ".join(f"{family} {error:.1f}" for family, error in families.items())


def write_result(config: Path, base: Path, task: Task, fit: Fit, source: Path) -> Path:
    """Write posterior, report and profile, in that order; gives the profile's file.

    Parameters
    ----------
    config
        The user's folder of configuration.
    base, task, fit, source
        As in `profile_text`.
    """
    target = config / "platform" / f"{profile_name(task)}.yaml"
    folder = target.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    with file_whole(folder / DRAWS) as place:
        values = [
            [p.at(float(x)) for p, x in zip(task.parameters, row, strict=True)] for row in fit.draws.draws
        ]
        pd.DataFrame(values, columns=[p.key for p in task.parameters]).to_parquet(place, index=False)
    with file_whole(folder / REPORT) as place:
        write_json(place, content(task, fit))
    with file_whole(target) as place:
        place.write_text(profile_text(base, task, fit, source), "utf-8")
    return target


def content(task: Task, fit: Fit) -> Mapping[str, Any]:
    """The whole result as plain data."""
    return {
        "name": task.name,
        "code": code_version(),
        "seeds": task.seeds,
        "set": list(task.words),
        "points": fit.points,
        "rounds": fit.rounds,
        "parameters": [
            {"key": key, "value": value, "low": low, "high": high, "learned": learned}
            for key, value, low, high, learned in told(task, fit)
        ],
        "targets": [
            {
                "key": row.target.key, "of": row.target.of, "use": row.target.use, "value": row.target.value,
                "sd": row.target.sd, "shown": row.shown, "fresh": row.fresh, "gap": row.gap,
            }
            for row in fit.rows
        ],
        "information": fit.known.information.tolist(),
        "correlation": fit.known.correlation.tolist(),
        "left_out": fit.families,
    }  # fmt: skip


def read_draws(path: Path) -> pd.DataFrame:
    """Draws of a posterior by the folder that holds them, the file itself, or the profile that names it.

    Raises
    ------
    DataError
        If there are none.
    """
    file = path / DRAWS if path.is_dir() else path
    if file.suffix == ".yaml" and file.is_file():
        match = re.search(r"^# Draws of the posterior: ([^,\n]+)", file.read_text("utf-8"), re.M)
        if match is None:
            raise DataError(f"{file} names no posterior; seedbed calibrate writes such a profile")
        file = file.parent / match[1]
    try:
        frame = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} holds no draws of a posterior ({' '.join(str(error).split())[:80]})"
        ) from None
    if frame.empty or not np.isfinite(frame.to_numpy(np.float64)).all():
        raise DataError(f"{file} holds no draws of a posterior")
    return frame
