"""`seedbed sensitivity`: which strengths and uncertain numbers a plan's effect hangs on.

Morris' elementary effects rank many numbers cheaply; Sobol's indices divide the variance among few. Both are SALib's,
on mean effects over seeds that all points of the design share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.drift import drift_lines
from experiments.figures import Lang, figure
from experiments.options import Options, setting
from experiments.search.points import MONEY, Points, Question, figure_named, title_of, unit_of
from experiments.search.space import Axis, assumed_of, uncertain
from experiments.studies.export import write_csv
from experiments.tables import show, sides, table
from scenarios.records import unknown
from sim.errors import ConfigError

METHODS = ("morris", "sobol")
OWN = ("method", "of", "size", "executor", "workers", "assumed")
MOST = 5_000
LEVELS = 4
MORRIS: tuple[str, ...] = ("mu_star", "mu_star_conf", "sigma")
SOBOL: tuple[str, ...] = ("S1", "S1_conf", "ST", "ST_conf")
"""Names of SALib's indices."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "What the effect on {name} hangs on: {method}, {points} points of {axes} numbers on {seeds} shared seeds",
        "mean": "Mean effect over the points: {mean}, from {low} to {high}",
        "morris": ("number", "range", "evidence", "mean |effect|", "± 95 %", "spread (interaction)"),
        "sobol": ("number", "range", "evidence", "alone (S1)", "± 95 %", "in all (ST)", "± 95 %"),
        "note": {
            "morris": "How much the effect moves over a number's range, the other numbers anywhere in theirs.",
            "sobol": "Share of the variance of the effect over the space that a number explains.",
        },
        "flat": "The effect is the same at every point: nothing here matters to it.",
        "kept": "points and results: {path}",
    },
    "zh": {
        "title": "对 {name} 的效果取决于什么：{method}，{axes} 个数、{points} 个点，共用 {seeds} 个种子",
        "mean": "各点的平均效果 {mean}，从 {low} 到 {high}",
        "morris": ("参数", "范围", "证据", "平均 |影响|", "± 95%", "离散（交互）"),
        "sobol": ("参数", "范围", "证据", "单独 (S1)", "± 95%", "合计 (ST)", "± 95%"),
        "note": {
            "morris": "其他参数在各自范围内任取时，该参数在其范围内变动使效果改变多少。",
            "sobol": "该参数解释的效果方差份额。",
        },
        "flat": "所有点的效果相同：这些参数对它没有影响。",
        "kept": "各点与结果：{path}",
    },
}


def salib(module: str) -> Any:
    """A module of SALib.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"SALib.{module}")
    except ImportError:
        raise ConfigError('this needs SALib; install it with pip install "seedbed[search]"') from None


def design(method: str, axes: Sequence[Axis], size: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """Points of a design, each coordinate from 0 to 1, float64 [points, axes].

    Parameters
    ----------
    method
        One of `METHODS`.
    size
        Trajectories of Morris, or base samples of Sobol (a power of two).
    """
    problem = _problem(axes)
    if method == "morris":
        return np.asarray(salib("sample.morris").sample(problem, size, num_levels=LEVELS, seed=seed))
    return np.asarray(salib("sample.sobol").sample(problem, size, calc_second_order=False, seed=seed))


def _problem(axes: Sequence[Axis]) -> dict[str, Any]:
    return {"num_vars": len(axes), "names": [axis.key for axis in axes], "bounds": [[0.0, 1.0]] * len(axes)}


def indices(
    method: str, axes: Sequence[Axis], places: npt.NDArray[np.float64], effects: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[np.float64]]:
    """SALib's indices of each axis: ``mu_star, mu_star_conf, sigma``, or ``S1, S1_conf, ST, ST_conf``."""
    problem = _problem(axes)
    if method == "morris":
        found = salib("analyze.morris").analyze(problem, places, effects, num_levels=LEVELS, seed=1)
        names = MORRIS
    else:
        found = salib("analyze.sobol").analyze(problem, effects, calc_second_order=False, seed=1)
        names = SOBOL
    return {name: np.asarray(found[name], np.float64) for name in names}


def sensitivity(words: Sequence[str], lang: Lang) -> int:
    """Play a design and print which numbers matter."""
    import pandas as pd

    options = Options.of("sensitivity", words)
    method = setting(options, "method", "morris")
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    name = figure_named(setting(options, "of", "net"), "of")
    text = setting(options, "size", "8")
    if not text.isdigit() or not 2 <= int(text) <= 10_000:
        raise ConfigError(f"size must be a whole number from 2 to 10,000, not '{text}'")
    size = int(text)
    if method == "sobol" and size & (size - 1):
        raise ConfigError(f"size={size} must be a power of two for Sobol's sequence")
    question = Question.read(options, OWN)
    axes = list(question.axes) or uncertain(question.base)
    for group in setting(options, "assumed", "").strip("[]").split(","):
        if group:
            axes += assumed_of(group, str(question.base.resolved[group]["name"]), question.base.library)
    if not axes:
        raise ConfigError(
            "nothing varies; write an axis such as plan.actions.coupons.depth=interval(0.1,0.3)"
        )
    places = design(method, axes, size)
    if len(places) > MOST:
        raise ConfigError(
            f"the design has {len(places)} points; at most {MOST}: take a smaller size or fewer numbers"
        )
    points = Points(question, options, lang, f"sensitivity_{method}")
    labels = {
        f"point {i + 1}": {a.key: a.at(p) for a, p in zip(axes, row, strict=True)}
        for i, row in enumerate(places)
    }
    own = any(not axis.key.startswith("plan.") for axis in axes)
    points.add(labels, own_baseline=own)
    effects = np.array([points.values(label, name, effect=True).mean() for label in labels])
    rows = pd.DataFrame([{**point, "effect": e} for point, e in zip(labels.values(), effects, strict=True)])
    path = points.store.path / "sensitivity.csv"
    write_csv(path, rows)
    said(method, name, axes, places, effects, len(question.seeds), lang)
    show(TEXT[lang]["kept"].format(path=path))
    return 0


def said(
    method: str, name: str, axes: Sequence[Axis], places: npt.NDArray[np.float64],
    effects: npt.NDArray[np.float64], seeds: int, lang: Lang,
) -> None:  # fmt: skip
    """Print the table of a design, the weightiest number first."""
    text, unit = TEXT[lang], unit_of(name) if name not in MONEY else "yuan"
    show(
        text["title"].format(
            name=title_of(name, lang), method=method, points=len(places), axes=len(axes), seeds=seeds
        ),
        text["mean"].format(
            mean=figure(float(effects.mean()), unit, lang, signed=True),
            low=figure(float(effects.min()), unit, lang, signed=True),
            high=figure(float(effects.max()), unit, lang, signed=True),
        ),
    )
    if np.ptp(effects) == 0.0:
        show(text["flat"])
        return
    found = indices(method, axes, places, effects)
    weight = found["mu_star" if method == "morris" else "ST"]
    rows = []
    for i in np.argsort(-weight, kind="stable"):
        axis = axes[i]
        if method == "morris":
            shown = [figure(float(found[k][i]), unit, lang) for k in MORRIS]
        else:
            shown = [f"{found[k][i]:.2f}" for k in SOBOL]
        rows.append([axis.key, axis.written, axis.evidence or "–", *shown])
    show(
        table(list(zip(text[method], sides(len(text[method]), names=3), strict=True)), rows),
        text["note"][method],
        *drift_lines(lang),
    )
