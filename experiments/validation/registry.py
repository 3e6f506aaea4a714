"""The registry of checks: what each row of the tables of facts asks of a run, and how the answer is judged.

A row is checked against a run (`check`), by a pair of runs that differ in one mechanism (`trial`), is a default (`given`), or
cannot be shown (`beyond`), with the reason. Levels are those of Rand and Rust (2011): does a mechanism look like the real one
(micro-face), does a pattern (macro-face), are inputs those of real data, are outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from experiments.validation.evidence import Evidence
from experiments.validation.facts import bands, fact

Level = Literal["micro-face", "macro-face", "empirical input", "empirical output"]
Verdict = Literal["pass", "fail", "larger", "input", "cannot", "open"]
World = Literal["any", "50,000", "1,000,000", "20,000 x 200", "20,000 x 400"]
Band = tuple[float, float]
Measure = Callable[[Evidence], Sequence[float]]
Figures = Mapping[str, float]
Compare = Callable[[Figures, Figures], Sequence[float]]

INF = float("inf")
AROUND = 0.25
"""A number without a band is met within a quarter of it either way, for every row alike."""


def around(value: float) -> Band:
    """The band of a number that the table gives alone."""
    return value * (1 - AROUND), value * (1 + AROUND)


@dataclass(frozen=True)
class Check:
    """How one fact is held against the model.

    Attributes
    ----------
    fact
        Id of the row.
    kind
        ``run``, ``trial`` (a pair of runs), ``given`` (a default), ``beyond`` (cannot be shown) or ``open`` (could be, and is
        not yet: counted as not met).
    level
        Of Rand and Rust's four.
    names
        What each number is, in English.
    bands
        Ends of each number's band.
    frame
        Sampling frame and denominator; the reason of ``beyond`` and ``open``; where ``given`` stands.
    world
        Least world, days included, that can show it.
    measure
        Of ``run``: the numbers from a run.
    change
        Of ``trial``: mechanism -> value in the second run.
    compare
        Of ``trial``: the numbers from the figures of both runs, the changed one last.
    """

    fact: str
    kind: Literal["run", "trial", "given", "beyond", "open"]
    level: Level
    frame: str
    names: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    world: World = "any"
    measure: Measure | None = None
    change: Mapping[str, float] = field(default_factory=dict)
    compare: Compare | None = None


CHECKS: dict[str, Check] = {}
"""Every row's check, by the id of the fact."""


def _add(each: Check) -> None:
    fact(each.fact)
    if each.fact in CHECKS:
        raise ValueError(f"{each.fact} has two checks")
    if len(each.names) != len(each.bands):
        raise ValueError(f"{each.fact} has {len(each.names)} names and {len(each.bands)} bands")
    CHECKS[each.fact] = each


def check(
    key: str,
    frame: str,
    *named: tuple[str, Band],
    level: Level = "empirical output",
    world: World = "50,000",
) -> Callable[[Measure], Measure]:
    """Register a check against one run; the function gives a number a name."""

    def register(measure: Measure) -> Measure:
        names, limits = tuple(n for n, _ in named), tuple(b for _, b in named)
        _add(Check(key, "run", level, frame, names, limits, world, measure))
        return measure

    return register


def observed(
    key: str, frame: str, *names: str, world: World = "50,000", more: Sequence[tuple[str, Band]] = ()
) -> Callable[[Measure], Measure]:
    """Register a check of a row of `observed_targets.csv`, with the table's own bands."""
    named = [(name, (b.low, b.high)) for name, b in zip(names, bands()[key], strict=True)]
    return check(key, frame, *named, *more, world=world)


def trial(
    key: str,
    frame: str,
    change: Mapping[str, float],
    *named: tuple[str, Band],
    level: Level = "empirical output",
    world: World = "any",
) -> Callable[[Compare], Compare]:
    """Register a check by a pair of runs of one seed, the second with some mechanisms changed from day 0 on."""

    def register(compare: Compare) -> Compare:
        names, limits = tuple(n for n, _ in named), tuple(b for _, b in named)
        _add(Check(key, "trial", level, frame, names, limits, world, change=change, compare=compare))
        return compare

    return register


def given(keys: str, where: str, level: Level = "empirical input") -> None:
    """Register rows (ids, separated by blanks) that are defaults: shown as inputs, never counted as validation."""
    for key in keys.split():
        _add(Check(key, "given", level, where))


def beyond(keys: str, reason: str, level: Level = "empirical output") -> None:
    """Register rows that no listed size can show, with the reason."""
    for key in keys.split():
        _add(Check(key, "beyond", level, reason))


def open_(keys: str, reason: str, level: Level = "empirical output") -> None:
    """Register rows that a run could show and that nothing here measures yet; they count as not met."""
    for key in keys.split():
        _add(Check(key, "open", level, reason))


@dataclass(frozen=True)
class Result:
    """A check and what came of it.

    Attributes
    ----------
    values
        Mean of each number over seeds; NaN where a run could not give it.
    errors
        Standard error of each mean (NaN with one seed).
    verdict
        ``pass``, ``fail``, ``larger`` (needs a larger world), ``input``, ``cannot``, ``open``.
    played
        The runs behind it, in words.
    """

    check: Check
    values: tuple[float, ...]
    errors: tuple[float, ...]
    verdict: Verdict
    played: str = ""


def inside(value: float, band: Band) -> bool:
    """Whether a number is within its band; a band without ends holds any number."""
    low, high = band
    return value == value and not value < low and not value > high


def registry() -> dict[str, Check]:
    """All checks, by fact, in the order of the tables."""
    from experiments.validation import checks_media, checks_people, checks_trade, inputs  # noqa: F401
    from experiments.validation.facts import facts

    return {key: CHECKS[key] for key in facts() if key in CHECKS}


def unchecked() -> list[str]:
    """Rows without a check; there must be none."""
    from experiments.validation.facts import facts

    known = registry()
    return [key for key in facts() if key not in known]
