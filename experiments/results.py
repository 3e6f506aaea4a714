"""Where a verb's answer goes besides the terminal: CSV, XLSX, JSON and a picture, each written whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.folder import file_whole, write_json
from experiments.options import Options
from experiments.studies.export import neutral, write_csv, write_xlsx
from sim.errors import ConfigError

__all__ = ["OUTPUTS", "outputs", "write_outputs"]

OUTPUTS = ("--csv", "--xlsx", "--json", "--plot")
ENDINGS = {
    "--csv": (".csv",),
    "--xlsx": (".xlsx",),
    "--parquet": (".parquet",),
    "--json": (".json",),
    "--plot": (".png", ".svg", ".pdf"),
}
STANDARD = "-"
"""Instead of a file: standard output, which then holds nothing else."""


def outputs(options: Options, allowed: tuple[str, ...] = OUTPUTS) -> dict[str, str]:
    """Which files a command line asks for, checked before any work is done.

    Raises
    ------
    ConfigError
        If a file's ending is another one, or two answers want standard output.
    """
    asked = {name: options.given[name] for name in allowed if name in options.given}
    for name, file in asked.items():
        if file == STANDARD and name in ("--csv", "--json"):
            continue
        if Path(file).suffix.lower() not in ENDINGS[name]:
            raise ConfigError(f"{name} {file}: the file must end in {' or '.join(ENDINGS[name])}")
        if not Path(file).resolve().parent.is_dir():
            raise ConfigError(f"there is no folder {Path(file).resolve().parent}")
    if list(asked.values()).count(STANDARD) > 1:
        raise ConfigError("standard output takes one answer: --csv - or --json -")
    return asked


def write_outputs(
    asked: Mapping[str, str],
    frames: Mapping[str, pd.DataFrame],
    content: Any = None,
    draw: Callable[[Path], None] | None = None,
) -> bool:
    """Write what was asked for; gives whether a table still belongs on the terminal.

    Parameters
    ----------
    asked
        From `outputs`.
    frames
        Sheets of the workbook; the first one is the CSV, and the Parquet file.
    content
        The JSON.
    draw
        Writes the picture.
    """
    table = next(iter(frames.values()))
    for name, file in asked.items():
        if file == STANDARD:
            if name == "--csv":
                neutral(table).to_csv(sys.stdout, index=False)
            else:
                json.dump(content, sys.stdout, indent=2, ensure_ascii=False, default=str)
                print()
            continue
        with file_whole(Path(file)) as place:
            if name == "--csv":
                write_csv(place, table)
            elif name == "--xlsx":
                write_xlsx(place, frames)
            elif name == "--parquet":
                table.to_parquet(place, index=False)
            elif name == "--json":
                write_json(place, content)
            elif draw is not None:
                draw(place)
    return STANDARD not in asked.values()
