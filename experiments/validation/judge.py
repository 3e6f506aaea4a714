"""From the numbers of runs to verdicts, and from verdicts to counts by role and evidence, which are never pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.pool import Outcome
from experiments.validation import statistics as st
from experiments.validation.facts import fact
from experiments.validation.play import Stage
from experiments.validation.registry import Band, Check, Result, Verdict, inside, registry

KINDS: dict[str, Verdict] = {"given": "input", "beyond": "cannot"}
ENOUGH = 3
"""Seeds from which on a direction must hold with its interval, not only on average."""
Numbers = tuple[tuple[float, ...], tuple[float, ...]]


def judged(stages: Sequence[Stage], outcomes: Sequence[Outcome]) -> list[Result]:
    """A result for every row, from its least world; what larger ones show of it stands beside it."""
    return [_result(check, stages, outcomes) for check in registry().values()]


def _result(check: Check, stages: Sequence[Stage], outcomes: Sequence[Outcome]) -> Result:
    if check.kind in KINDS:
        return Result(check, (), (), KINDS[check.kind])
    able = sorted((s for s in stages if s.may_serve(check)), key=lambda s: (s.members, s.days))
    found = [each for s in able if s.serves(check) and (each := _of_stage(check, s, outcomes))]
    if found:
        return replace(found[0], larger=tuple(found[1:]))
    # none is large enough: show the nearest that there is
    nearest = next((each for s in reversed(able) if (each := _of_stage(check, s, outcomes))), None)
    blank = (float("nan"),) * len(check.names)
    return replace(nearest or Result(check, blank, blank, "larger"), verdict="larger")


def _of_stage(check: Check, stage: Stage, outcomes: Sequence[Outcome]) -> Result | None:
    """What the runs of one stage show of a row; None where none was measured."""
    mine = [o for o in outcomes if _of(o, stage) and o.value is not None]
    found = _of_runs(check, mine) if check.kind == "run" else _of_arms(check, mine)
    if found is None:
        return None
    values, errors = found
    seeds = len(stage.seeds) if check.kind == "trial" else 1
    met = all(
        holds(value, error, band, seeds)
        for value, error, band in zip(values, errors, check.bands, strict=True)
    )
    verdict: Verdict = "pass" if met else "fail"
    if fact(check.fact).role == "informative":
        verdict = "shown"
    return Result(check, values, errors, verdict, stage.said)


def holds(value: float, error: float, band: Band, seeds: int) -> bool:
    """Whether a number is met: it lies in its band; where the band is a mere direction, so does its interval.

    The interval is one-sided, 95 %, from Student's t over seeds; with fewer than `ENOUGH` of them the number alone counts.
    """
    if seeds < ENOUGH or all(np.isfinite(band)) or not np.isfinite(error):
        return inside(value, band)
    from scipy.stats import t

    margin = float(t.ppf(0.95, seeds - 1)) * error
    return inside(value - margin if np.isfinite(band[0]) else value + margin, band)


def _of_runs(check: Check, outcomes: Sequence[Outcome]) -> Numbers | None:
    """Mean over seeds and its standard error, of the seeds that have the number; None where no run was measured."""
    rows = [o.value["checks"][check.fact] for o in outcomes if check.fact in o.value["checks"]]
    if not rows:
        return None
    values, errors = [], []
    for column in np.array(rows, float).T:
        known = column[np.isfinite(column)]
        values.append(float(known.mean()) if len(known) else float("nan"))
        errors.append(float(known.std(ddof=1) / len(known) ** 0.5) if len(known) > 1 else float("nan"))
    return tuple(values), tuple(errors)


def _of_arms(check: Check, outcomes: Sequence[Outcome]) -> Numbers | None:
    """The numbers of all seeds together, and their standard errors by leaving out one seed at a time (jackknife)."""
    runs: dict[Any, dict[str, Any]] = {}
    for outcome in outcomes:
        kept = outcome.value["kept"].get(check.fact)
        if kept is not None:
            runs.setdefault(outcome.job.payload["seed"], {})[outcome.job.payload["arm"]] = kept
    wanted = {name: arm.key for name, arm in check.arms.items()}
    seeds = [
        {name: run[key] for name, key in wanted.items()}
        for run in runs.values()
        if set(wanted.values()) <= set(run)
    ]
    if not seeds or check.compare is None:
        return None
    with st.quiet():
        values = [float(v) for v in check.compare(seeds)]
        if len(seeds) < 2:
            return tuple(values), (float("nan"),) * len(values)
        left = np.array(
            [check.compare([*seeds[:out], *seeds[out + 1 :]]) for out in range(len(seeds))], float
        )
    count = len(seeds)
    errors = np.sqrt((count - 1) / count * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    return tuple(values), tuple(float(e) for e in errors)


def _of(outcome: Outcome, stage: Stage) -> bool:
    block = outcome.job.block
    return isinstance(block, tuple) and block[0] == stage.said


def record(results: Sequence[Result], about: Mapping[str, Any]) -> dict[str, Any]:
    """Results as plain data, for JSON; NaN becomes null."""
    rows = []
    for each in results:
        of = fact(each.check.fact)
        rows.append(
            {
                "fact": of.key,
                "statement": of.statement,
                "target": of.target,
                "evidence": of.evidence,
                "role": of.role,
                "source": of.source,
                "applies_to": of.applies_to,
                "level": each.check.level,
                "frame": each.check.frame,
                "least_world": each.check.world,
                **_shown(each),
                "larger": [_shown(other) for other in each.larger],
            }
        )
    return {**about, "rows": rows}


def _shown(result: Result) -> dict[str, Any]:
    """The runs behind a result, its verdict and its numbers."""
    check = result.check
    return {
        "played": result.played,
        "verdict": result.verdict,
        "numbers": [
            {
                "name": name,
                "value": _null(value),
                "error": _null(error),
                "low": _null(low),
                "high": _null(high),
            }
            for name, (low, high), value, error in zip(
                check.names, check.bands, result.values, result.errors, strict=False
            )
        ],
    }


def _null(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
