"""The registry of checks: what each row of the tables of facts asks of a run, and how the answer is judged.

A row is checked against a run (`check`), by runs of one seed that differ in a mechanism (`trial`) or in a plan (`contrast`), is
a default (`given`), or cannot be shown (`beyond`), with the reason. Levels are those of Rand and Rust (2011): does a mechanism
look like the real one (micro-face), does a pattern (macro-face), are inputs those of real data, are outputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from experiments.validation.evidence import Evidence
from experiments.validation.facts import bands, fact

Level = Literal["micro-face", "macro-face", "empirical input", "empirical output"]
Verdict = Literal["pass", "fail", "larger", "input", "shown", "cannot"]
World = Literal["any", "20,000", "50,000", "1,000,000", "1,000 placements", "20,000 x 200", "20,000 x 400"]
Kind = Literal["run", "trial", "campaign", "placements", "both", "year"]
"""What a stage of runs serves: checks of one run; mechanisms and plans for a month; plans whose after-effects count; many
placements; long runs that serve both runs and trials; a growing year."""
Band = tuple[float, float]
Measure = Callable[[Evidence], Sequence[float]]
Figures = Mapping[str, float]
Kept = Mapping[str, Any]
"""What is kept of one run for a comparison: numbers and arrays by name."""
Seed = Mapping[str, Kept]
"""What is kept of a seed's runs, by the name of the arm."""
Probe = Callable[[Evidence], Kept]
Compare = Callable[[Sequence[Seed]], Sequence[float]]
"""The numbers of a check from all of its seeds, so that rare events are pooled before they are divided."""

INF = float("inf")
AROUND = 0.25
"""A number without a band is met within a quarter of it either way, for every row alike."""


def around(value: float) -> Band:
    """The band of a number that the table gives alone."""
    return value * (1 - AROUND), value * (1 + AROUND)


@dataclass(frozen=True)
class Arm:
    """One of the runs of a seed that are compared.

    Attributes
    ----------
    words
        Overrides: a plan, or another world.
    change
        Mechanism -> value from the first reported day on.
    """

    words: tuple[str, ...] = ()
    change: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for arms that are the same run."""
        return json.dumps([list(self.words), dict(self.change)], sort_keys=True)


BASE = Arm()


@dataclass(frozen=True)
class Check:
    """How one fact is held against the model.

    Attributes
    ----------
    fact
        Id of the row.
    kind
        ``run``, ``trial`` (runs of one seed are compared), ``given`` (a default) or ``beyond`` (cannot be shown).
    level
        Of Rand and Rust's four.
    names
        What each number is, in English.
    bands
        Ends of each number's band.
    frame
        Sampling frame and denominator; the reason of ``beyond``; where ``given`` stands.
    world
        Least world, days included, that can show it.
    measure
        Of ``run``: the numbers from a run.
    stage
        Of ``trial``: the stage whose runs it compares.
    arms
        Of ``trial``: the runs of a seed, by name.
    probe
        Of ``trial``: what is kept of each run; the sums of `experiments.validation.play.figures` if None.
    compare
        Of ``trial``: the numbers from what is kept of all seeds.
    """

    fact: str
    kind: Literal["run", "trial", "given", "beyond"]
    level: Level
    frame: str
    names: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    world: World = "any"
    measure: Measure | None = None
    stage: Kind = "run"
    arms: Mapping[str, Arm] = field(default_factory=dict)
    probe: Probe | None = None
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
    stage: Kind = "trial",
) -> Callable[[Callable[[Figures, Figures], Sequence[float]]], Compare]:
    """Register a check by two runs a seed, the second with some mechanisms changed from the first reported day on.

    The function is given the mean figures over seeds of the base and of the changed runs.
    """

    def register(compare: Callable[[Figures, Figures], Sequence[float]]) -> Compare:
        def pooled(seeds: Sequence[Seed]) -> Sequence[float]:
            return compare(mean_figures(seeds, "base"), mean_figures(seeds, "changed"))

        arms = {"base": BASE, "changed": Arm(change=change)}
        contrast(key, frame, arms, None, *named, level=level, world=world, stage=stage)(pooled)
        return pooled

    return register


def contrast(
    key: str,
    frame: str,
    arms: Mapping[str, Arm],
    probe: Probe | None,
    *named: tuple[str, Band],
    level: Level = "empirical output",
    world: World = "any",
    stage: Kind = "trial",
) -> Callable[[Compare], Compare]:
    """Register a check by runs of one seed that differ in a plan, a mechanism or the world."""

    def register(compare: Compare) -> Compare:
        names, limits = tuple(n for n, _ in named), tuple(b for _, b in named)
        _add(
            Check(
                key,
                "trial",
                level,
                frame,
                names,
                limits,
                world,
                stage=stage,
                arms=arms,
                probe=probe,
                compare=compare,
            )
        )
        return compare

    return register


def mean_figures(seeds: Sequence[Seed], arm: str) -> dict[str, float]:
    """Mean over seeds of each number that is kept of an arm."""
    return {name: np.float64(np.mean([seed[arm][name] for seed in seeds])) for name in seeds[0][arm]}


def given(keys: str, where: str, level: Level = "empirical input") -> None:
    """Register rows (ids, separated by blanks) that are defaults: shown as inputs, never counted as validation."""
    for key in keys.split():
        _add(Check(key, "given", level, where))


def beyond(keys: str, reason: str, level: Level = "empirical output") -> None:
    """Register rows that no listed size can show, with the reason."""
    for key in keys.split():
        _add(Check(key, "beyond", level, reason))


@dataclass(frozen=True)
class Result:
    """A check and what came of it.

    Attributes
    ----------
    values
        Mean of each number over seeds, or the number from all seeds together; NaN where no run could give it.
    errors
        Standard error of each, of the mean or by leaving out a seed at a time (NaN with one seed).
    verdict
        ``pass``, ``fail``, ``larger`` (needs a larger world), ``input``, ``shown``
        (informative: its numbers are shown, and nothing is required of them), ``cannot``.
    played
        The runs behind it, in words.
    larger
        What larger runs show of the same row; the verdict is that of its least world.
    """

    check: Check
    values: tuple[float, ...]
    errors: tuple[float, ...]
    verdict: Verdict
    played: str = ""
    larger: tuple[Result, ...] = ()


def inside(value: float, band: Band) -> bool:
    """Whether a number is within its band; a band without ends holds any number."""
    low, high = band
    return value == value and not value < low and not value > high


def registry() -> dict[str, Check]:
    """All checks, by fact, in the order of the tables."""
    from experiments.validation import (  # noqa: F401
        checks_claims,
        checks_incentives,
        checks_media,
        checks_people,
        checks_placements,
        checks_trade,
        inputs,
    )
    from experiments.validation.facts import facts

    return {key: CHECKS[key] for key in facts() if key in CHECKS}


def unchecked() -> list[str]:
    """Rows without a check; there must be none."""
    from experiments.validation.facts import facts

    known = registry()
    return [key for key in facts() if key not in known]
