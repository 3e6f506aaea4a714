"""`seedbed abtest`: what experiments on a plan would say, beside what the plan does: bias, variance, coverage, power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from experiments.abtest.estimators import Guess
from experiments.abtest.kept import Finding, Score, keep
from experiments.abtest.units import UNITS
from experiments.abtest.words import ESTIMATORS, TEXT, heads, rows, title, truths
from experiments.compose import Config, compose
from experiments.drift import drift_lines
from experiments.figures import Lang
from experiments.options import Options
from experiments.pool import Job
from experiments.progress import bar
from experiments.studies import seeds as numbers
from experiments.studies.executors import asked, executor
from experiments.tables import show, table
from scenarios.records import number, unknown
from sim.errors import ConfigError, DataError

PLAY = "experiments.abtest.play:play"


@dataclass(frozen=True)
class Design:
    """An experiment as it is asked for; fields as in `experiments.abtest.play.Task`."""

    config: Config
    seeds: tuple[int, ...]
    unit: str
    share: float
    assignments: int
    before: int
    measure: str
    length: int
    washout: int


WORLDS = 8
"""Worlds that are played unless told."""
KEYS = (
    "unit",
    "share",
    "assignments",
    "before",
    "measure",
    "slice",
    "washout",
    "seeds",
    "executor",
    "executor.address",
    "workers",
)


def designed(options: Options, cell: Cell | None = None) -> Design:
    """The experiment that the words ask for, on the plan that they compose or on that of a study's cell.

    Raises
    ------
    ConfigError
        For a value out of bounds, a measure that the unit does not have, a plan that cannot be assigned.
    """
    from experiments.abtest.outcomes import measures
    from experiments.abtest.play import check

    own = {word.partition("=")[0]: word.partition("=")[2] for word in options.overrides}
    own = {key: value.strip("'\"") for key, value in own.items() if key in KEYS}
    rest = [word for word in options.overrides if word.partition("=")[0] not in KEYS]
    unit = own.get("unit", "member")
    if unit not in UNITS:
        raise unknown("unit", unit, UNITS)
    known = measures(unit)
    measure = own.get("measure", next(iter(known)))
    if measure not in known:
        raise unknown(f"measure of unit={unit}", measure, known)

    def whole(key: str, default: int, low: int, high: int) -> int:
        return round(number(_read(own.get(key), default, key), key, low, high))

    if cell is None:
        config = compose(rest, options.folder, allow_code=options.allow_code)
    else:
        config = cell.config
        changed = [word for word in rest if not word.startswith(("out=", "lang="))]
        if changed:
            raise ConfigError(f"{changed[0]}: the plan and the world are those of {cell.label}, with --study")
    length = whole("slice", 4, 1, 60)
    design = Design(
        config,
        tuple(numbers.parse(own["seeds"]))
        if "seeds" in own
        else (cell.seeds if cell else tuple(range(WORLDS))),
        unit,
        number(_read(own.get("share"), 0.5, "share"), "share", 0.01, 0.99),
        whole("assignments", 5, 1, 10_000),
        whole("before", 7, 0, 200),
        measure,
        length,
        whole("washout", 1, 0, length - 1),
    )
    if unit == "slice" and config.days // length < 4:
        raise ConfigError(
            f"unit=slice needs at least four slices; days={config.days} make {config.days // length} "
            f"of slice={length} days"
        )
    start = config.community.start
    config.calendar().check(start, start + timedelta(days=design.before + config.days))
    check(config, unit, design.before)
    return design


def _read(text: str | None, default: float, key: str) -> float:
    try:
        return default if text is None else float(text)
    except ValueError:
        raise ConfigError(f"{key} must be a number, not '{text}'") from None


def worlds(design: Design, who: str, workers: int, address: str, lang: Lang) -> list[Any]:
    """Play the experiment in every world; gives `experiments.abtest.play.World` by seed.

    Raises
    ------
    ConfigError, DataError
        What a world refuses, or the first that failed.
    """
    from experiments.abtest.play import Task

    jobs = [
        Job(f"world {seed}", seed, PLAY, Task(
            replace(design.config), seed, design.unit, design.share, design.assignments, design.before,
            design.measure, design.length, design.washout,
        ))
        for seed in design.seeds
    ]  # fmt: skip
    done: dict[str, float] = {}
    found: dict[str, Any] = {}
    with bar(TEXT[lang]["label"].format(count=len(jobs)), lang) as advance:

        def told(job: Job, share: float) -> None:
            done[job.key] = share
            advance(sum(done.values()) / len(jobs))

        for outcome in executor(who, address)(jobs, workers, told):
            if outcome.error:
                if outcome.refused:
                    raise ConfigError(outcome.error)
                error = DataError(outcome.error)
                error.add_note(outcome.trace)
                raise error
            found[outcome.job.key] = outcome.value
    return [found[job.key] for job in jobs]


def scores(found: Sequence[Any]) -> dict[str, Score]:
    """Estimator -> how it did, in the order of `ESTIMATORS`."""
    out = {}
    for name in ESTIMATORS:
        guesses: list[tuple[Guess, Guess, float, float]] = []
        for world in found:
            if name in world.fixed:
                guesses.append((world.fixed[name], world.fixed[f"{name}/aa"], world.total, float("nan")))
            guesses += [
                (trial[name], trial[f"{name}/aa"], world.total, trial["direct"])
                for trial in world.trials
                if name in trial
            ]
        if not guesses:
            continue
        error = np.array([g.value - total for g, _, total, _ in guesses])
        direct = [g.covers(d) for g, _, _, d in guesses if math.isfinite(d)]
        out[name] = Score(
            float(np.mean([g.value for g, *_ in guesses])),
            float(error.mean()),
            float(error.std(ddof=1)) if len(error) > 1 else float("nan"),
            _share([g.covers(total) for g, _, total, _ in guesses if math.isfinite(g.low)]),
            _share(direct),
            _share([g.finds for g, *_ in guesses if math.isfinite(g.low)]),
            _share([a.finds for _, a, *_ in guesses if math.isfinite(a.low)]),
        )
    return out


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


def finding(design: Design, found: Sequence[Any], cell: str = "") -> Finding:
    """What the worlds of an experiment say in all."""
    totals = np.array([w.total for w in found])
    directs = [t["direct"] for w in found for t in w.trials if math.isfinite(t["direct"])]
    return Finding(
        cell,
        tuple(design.config.resolved["plan"]["actions"]),
        design.unit,
        design.share,
        design.measure,
        found[0].units,
        len(found),
        design.assignments,
        design.before,
        design.config.days,
        abs(float(np.mean([w.level for w in found]))) or float("nan"),
        float(totals.mean()),
        float(totals.std(ddof=1)) if len(totals) > 1 else float("nan"),
        float(np.mean(directs)) if directs else float("nan"),
        scores(found),
    )


def abtest(words: Sequence[str], lang: Lang) -> int:
    """Play experiments on a plan, or on that of a study's cell, and print what each estimator says beside the truth."""
    options = Options.of("abtest", words)
    who, workers, address = asked(options)  # refused before a world is composed
    cell = None
    if "--study" in options.given:
        cell = _of_study(options)
    elif "--cell" in options.given:
        raise ConfigError("--cell needs --study STUDY, whose cell it is")
    design = designed(options, cell)
    found = finding(design, worlds(design, who, workers, address, lang), cell.label if cell else "")
    show(
        title(found, lang),
        *truths(found, lang),
        table(heads(lang), rows(found, lang)),
        TEXT[lang]["note"],
        *drift_lines(lang),
    )
    if cell:
        keep(cell.folder, found)
        show(TEXT[lang]["kept"].format(folder=cell.folder))
    return 0


@dataclass(frozen=True)
class Cell:
    """A cell of a study, on whose plan experiments are played."""

    folder: Path
    label: str
    config: Config
    seeds: tuple[int, ...]


def _of_study(options: Options) -> Cell:
    """The cell that the options name; the leader of the comparison unless they name one."""
    from experiments.standings import comparison
    from experiments.studies.store import find
    from experiments.studies.study import Study
    from experiments.studies.verbs import out_folder

    store = find(options.given["--study"], out_folder(options))
    if not store.same_code():
        raise DataError(
            f"{store.path} was played by another code version; experiments by this one would not belong to it"
        )
    study = Study(store)
    if "--cell" in options.given:
        label = study.cell(options.given["--cell"]).label
    else:
        leader = comparison(study, common=True).leader
        assert leader is not None
        label = leader.label
    if study.cell(label).idle:
        raise ConfigError(f"--cell {label}: this plan has no actions")
    return Cell(store.path, label, study.config(label), tuple(study.planned(label)[:WORLDS]))
