"""Facts that nobody here made: stylised facts, statistics of real data, and what the documents S0 to S4 claim.

Each row says how strong it is, where it comes from and what it may be used for. The role is fixed before anything is fitted:
what a fit reads can no longer validate, so `fittable` is the only way from a fact to a fit, and refuses every other role.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.errors import ConfigError

TABLES = Path(__file__).parent / "tables"
ROLES = ("input", "calibration", "validation", "informative", "claim")
"""Becomes a default; may be fitted; must never be read by a fit; shown and not required; said by a document (not required
either: levels are never fitted to it, its direction is compared)."""
EVIDENCE = ("strong", "medium", "weak", "document")


@dataclass(frozen=True)
class Fact:
    """One row of the three tables.

    Attributes
    ----------
    key
        N1 to G8 are stylised facts, O1 to O13 statistics of real data, H1 to H27 claims of the documents.
    statement, target
        What is said, and the number or shape that is asked for.
    evidence
        The first word of `marks`: strong, medium, weak or document.
    marks
        The evidence as the table has it.
    source
        Who says it.
    role
        One of `ROLES`.
    applies_to
        Definition, profile or scenario under which it holds.
    least_world
        Smallest world that can show it; empty where any can.
    """

    key: str
    statement: str
    target: str
    evidence: str
    marks: str
    source: str
    role: str
    applies_to: str
    least_world: str


@dataclass(frozen=True)
class Band:
    """One number of an observed target and the ends of its band; NaN where the table gives none."""

    observed: float
    low: float
    high: float


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _evidence(marks: str) -> str:
    """The strength that a row's evidence column begins with; what is official or merely derived is read with care."""
    first = marks.strip().strip("(").split()[0].split("/")[0].split("→")[0].strip("(),") if marks else "weak"
    return {"official": "strong", "derived": "weak"}.get(first, first)


@cache
def facts() -> dict[str, Fact]:
    """Every row of the three tables, by its id."""
    out: dict[str, Fact] = {}
    for row in _rows("stylised_facts"):
        out[row["id"]] = Fact(
            row["id"],
            row["statistic"],
            row["target"],
            _evidence(row["evidence"]),
            row["evidence"],
            row["source"],
            row["role"],
            row["applies_to"],
            row["least_world"],
        )
    for row in _rows("observed_targets"):
        wanted = f"{row['observed']}, band {row['low']} to {row['high']}{row['tolerance'] and '; ' + row['tolerance']}"
        out[row["id"]] = Fact(
            row["id"],
            row["statistic"],
            wanted,
            "strong",
            "measured on real data",
            row["data"],
            row["role"],
            row["applies_to"],
            row["least_world"],
        )
    for row in _rows("document_targets"):
        role = (
            "input"
            if row["use"].startswith(("P", "structure", "lever", "operating", "ramp", "three"))
            else "claim"
        )
        out[row["id"]] = Fact(
            row["id"],
            row["claim"],
            row["use"],
            "document",
            "document",
            row["named_in"],
            role,
            row["named_in"],
            "",
        )
    return out


def fact(key: str) -> Fact:
    """The fact with this id.

    Raises
    ------
    ConfigError
        If there is none.
    """
    known = facts()
    if key not in known:
        raise ConfigError(f"there is no fact {key!r}; they are N1 to G8, O1 to O13 and H1 to H27")
    return known[key]


def fittable(keys: Iterable[str]) -> list[Fact]:
    """Facts that a fit asks for.

    Raises
    ------
    ConfigError
        If one of them is not of the role calibration: a fit that reads a validation row would leave nothing to validate with.
    """
    asked = [fact(key) for key in keys]
    for each in asked:
        if each.role != "calibration":
            raise ConfigError(f"{each.key} has the role {each.role}; only calibration rows may be fitted")
    return asked


@cache
def bands() -> dict[str, tuple[Band, ...]]:
    """Observed numbers of O1 to O13 and the ends of their bands, in the order of the table."""
    nan = float("nan")
    out = {}
    for row in _rows("observed_targets"):
        values = [_numbers(row[column]) for column in ("observed", "low", "high")]
        observed = values[0]
        low, high = (ends or [nan] * len(observed) for ends in values[1:])
        if row["id"] == "O11":  # its band is an absolute tolerance
            low, high = ([v + sign * 0.03 for v in observed] for sign in (-1, 1))
        out[row["id"]] = tuple(Band(*each) for each in zip(observed, low, high, strict=True))
    return out


def _numbers(text: str) -> list[float]:
    """The number or the list of numbers in a cell."""
    if not text:
        return []
    read = json.loads(text)
    values = read if isinstance(read, list) else [read]
    return [float("nan") if v is None else float(v) for v in values]
