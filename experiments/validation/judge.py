"""From the numbers of runs to verdicts, and from verdicts to counts by role and evidence, which are never pooled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.pool import Outcome
from experiments.validation.facts import fact
from experiments.validation.play import LEAST, MONTH, Stage
from experiments.validation.registry import Check, Result, Verdict, inside, registry

KINDS: dict[str, Verdict] = {"given": "input", "beyond": "cannot", "open": "open"}


def judged(stages: Sequence[Stage], outcomes: Sequence[Outcome]) -> list[Result]:
    """A result for every row, each from the largest runs that serve it."""
    found = [_result(check, stages, outcomes) for check in registry().values()]
    return found


def _result(check: Check, stages: Sequence[Stage], outcomes: Sequence[Outcome]) -> Result:
    if check.kind in KINDS:
        return Result(check, (), (), KINDS[check.kind])
    kind = check.kind
    able = [stage for stage in stages if stage.kind in (kind, "both")]
    serving = [stage for stage in able if stage.serves(check)]
    if kind == "trial":
        long = LEAST[check.world][1] > MONTH
        serving = [stage for stage in serving if (stage.kind == "both") == long]
        able = serving
    for stage in sorted(serving or able, key=lambda s: (s.members, s.days), reverse=True):
        rows = _rows(check, stage, outcomes)
        if not len(rows):
            continue
        values, errors = _mean(rows)
        met = all(inside(value, band) for value, band in zip(values, check.bands, strict=True))
        verdict: Verdict = "larger" if not serving else ("pass" if met else "fail")
        return Result(check, values, errors, verdict, stage.said)
    blank = (float("nan"),) * len(check.names)
    return Result(check, blank, blank, "larger")


def _rows(check: Check, stage: Stage, outcomes: Sequence[Outcome]) -> np.ndarray[Any, Any]:
    """Numbers of a check, float64 [seeds, numbers]."""
    block: dict[Any, dict[str, Any]] = {}
    for outcome in outcomes:
        if _of(outcome, stage) and outcome.value is not None:
            change = json.dumps(outcome.job.payload["change"], sort_keys=True)
            block.setdefault(outcome.job.payload["seed"], {})[change] = outcome.value
    rows = []
    changed = json.dumps(dict(check.change), sort_keys=True)
    for runs in block.values():
        base = runs.get("{}")
        if check.kind == "run" and base and check.fact in base["checks"]:
            rows.append(base["checks"][check.fact])
        elif check.compare is not None and base and changed in runs:
            with np.errstate(all="ignore"):
                rows.append([float(v) for v in check.compare(base["figures"], runs[changed]["figures"])])
    return np.array(rows, float)


def _of(outcome: Outcome, stage: Stage) -> bool:
    block = outcome.job.block
    return isinstance(block, tuple) and block[0] == stage.said


def _mean(rows: np.ndarray[Any, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean over seeds and its standard error, of the seeds that have the number."""
    values, errors = [], []
    for column in rows.T:
        known = column[np.isfinite(column)]
        values.append(float(known.mean()) if len(known) else float("nan"))
        errors.append(float(known.std(ddof=1) / len(known) ** 0.5) if len(known) > 1 else float("nan"))
    return tuple(values), tuple(errors)


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
                "played": each.played,
                "verdict": each.verdict,
                "numbers": [
                    {
                        "name": name,
                        "value": _null(value),
                        "error": _null(error),
                        "low": _null(low),
                        "high": _null(high),
                    }
                    for name, (low, high), value, error in zip(
                        each.check.names, each.check.bands, each.values, each.errors, strict=False
                    )
                ],
            }
        )
    return {**about, "rows": rows}


def _null(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
