"""What `seedbed reach` and `seedbed pick` have in common on their command lines: the graph, its labels, probabilities."""

from __future__ import annotations

import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.figures import Lang
from experiments.options import Options
from experiments.tables import show
from scenarios.records import unknown
from sim.config import SELF_LOOPS
from sim.errors import ConfigError, DataError
from sim.graph import FollowerGraph, columns_of

__all__ = ["graph_of", "labels", "number", "probability", "seed_of", "whole"]

IDS = ("integer", "text")

LEFT_OUT = {
    "en": "{file}: {report}",
    "zh": "{file}：读入 {read} 条关注，保留 {kept} 条；略去 {duplicates} 条重复、{self_loops} 条自环",
}


def graph_of(options: Options, path: str, lang: Lang) -> FollowerGraph:
    """The graph of a file, read as the options say; what was left out is said once, on standard error.

    Raises
    ------
    SeedbedError
        For an unknown option value, or a file that cannot be read.
    """
    loops: Any = options.given.get("--self-loops", "error")
    if loops not in SELF_LOOPS:
        raise unknown("--self-loops", loops, SELF_LOOPS)
    ids: Any = options.given.get("--ids")
    if ids not in (None, *IDS):
        raise unknown("--ids", ids, IDS)
    columns = options.given.get("--columns")
    readers = logging.getLogger("sim.graph.readers")
    level = readers.level
    readers.setLevel(
        logging.ERROR
    )  # what it would say of arcs left out is said below, in the user's language
    try:
        graph = FollowerGraph.read(
            path,
            influence="--influence" in options.flags,
            self_loops=loops,
            weights=options.given.get("--probability") == "weight",
            ids=ids,
            columns=columns_of(columns.split(",")) if columns else None,
        )
    finally:
        readers.setLevel(level)
    if graph.report is not None and not graph.report.complete:
        counts = {name: f"{count:,}" for name, count in asdict(graph.report).items()}
        show(LEFT_OUT[lang].format(file=path, report=graph.report, **counts), file=sys.stderr)
    return graph


def labels(graph: FollowerGraph, text: str, what: str) -> list[Any]:
    """Members named on a command line: labels with commas between, or @FILE with one a line.

    Raises
    ------
    ConfigError, DataError
        For a label that is no whole number where all of the graph's are, or a file that cannot be read; the row is named.
    """
    numbers = graph.labels is None or graph.labels.dtype.kind in "iu"
    if text.startswith("@"):
        file = Path(text[1:])
        if not file.is_file():
            raise DataError(f"{file}: there is no such file; {what} {text} reads one label a line")
        try:
            lines = file.read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise DataError(f"{file}: not UTF-8 text; save the file as UTF-8") from None
        words = [(f"{file}, row {row}", line.strip()) for row, line in enumerate(lines, 1) if line.strip()]
    else:
        words = [(what, word.strip()) for word in text.split(",") if word.strip()]
    found: list[Any] = []
    for where, word in words:
        if not numbers:
            found.append(word)
        elif word.isascii() and word.isdigit():
            found.append(int(word))
        else:
            raise ConfigError(f"{where}: {word!r} is not a whole number, as the members of this graph are")
    if not found:
        raise ConfigError(f"{what} names nobody; write labels with commas between, or @FILE with one a line")
    return found


def probability(options: Options, graph: FollowerGraph) -> Any:
    """The probability of arcs: a name, a number, or the weights of the file.

    Raises
    ------
    ConfigError
        For another word.
    """
    text = options.given.get("--probability", "wc")
    if text in ("wc", "trivalency"):
        return text
    if text == "weight":
        return graph.arc_data["weight"]
    try:
        return float(text)
    except ValueError:
        raise unknown("--probability", text, ["wc", "trivalency", "weight", "a number from 0 to 1"]) from None


def seed_of(options: Options, others: tuple[str, ...] = ()) -> int:
    """The random seed, ``seed=7`` on the command line; no other key is set where there is no world.

    Raises
    ------
    ConfigError
        For another key, or a seed that is none.
    """
    seed = 0
    for word in options.overrides:
        key, _, value = word.partition("=")
        if key == "seed":
            if not (value.isascii() and value.isdigit() and int(value) < 2**64):
                raise ConfigError(f"seed={value} is out of bounds: it must be from 0 to 2**64 - 1")
            seed = int(value)
        elif key not in ("lang", *others):
            raise unknown("key", key, ["seed", "lang", *others])
    return seed


def whole(options: Options, name: str, default: int, low: int = 1, high: int = 10**9) -> int:
    """A whole number given by an option.

    Raises
    ------
    ConfigError
        If it is none, or out of bounds.
    """
    value = number(options, name, default, low, high)
    if value != int(value):
        raise ConfigError(f"{name} must be a whole number, not {options.given[name]}")
    return int(value)


def number(options: Options, name: str, default: float, low: float, high: float) -> float:
    """A number given by an option.

    Raises
    ------
    ConfigError
        If it is none, or out of bounds.
    """
    text = options.given.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        kind = "is not a number" if value != value else "is out of bounds"
        raise ConfigError(f"{name}={text} {kind}; it must be from {low:g} to {high:g}")
    return value
