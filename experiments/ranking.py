"""`seedbed compare STUDY --best KPI`: which of many cells is best, by as few runs as its certainty allows.

Cells that share their seeds are told apart by the procedure of Kim and Nelson on paired differences. Where pairs mean
nothing, as in worlds of different people, `--unpaired` gives every cell seeds of its own and shares them out by OCBA.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.comparison import mean_interval
from experiments.comparison.selection import allocate, kim_nelson
from experiments.comparison.sequential import BLOCK
from experiments.figures import Lang, figure, interval
from experiments.fresh import fresh
from experiments.more_seeds import MOST, played, whole_number
from experiments.options import Options
from experiments.studies import seeds as numbers
from experiments.studies.study import Study
from experiments.tables import show, sides, table
from sim.errors import ConfigError
from sim.kpis.registry import Kpi, kpi_of

Float = npt.NDArray[np.float64]
SEARCH, UNPAIRED, FRESH = "search", "unpaired", "unpaired, fresh"
APART = 100_000
"""Seeds between those of one cell and of the next, where no two may share any; the most that one may play."""
EACH = 40
"""Runs a cell that OCBA may share out unless told."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "best": "Best in {name} with probability {confidence} (if {worth} or more ahead): {plan}, after {runs} runs",
        "unsure": "{plan} leads in {name}, but {most} seeds did not decide at {confidence}",
        "dropped": ("plan", "dropped after, seeds"),
        "kept": "kept",
        "ocba": "Best in {name}: {plan}, by an estimated probability of {probability} (shared out by OCBA: {runs} runs, no "
        "two on one seed)",
        "open": "{plan} leads in {name} by an estimated probability of {probability}; {runs} runs did not reach {confidence}",
        "allocated": ("plan", "runs", "mean", "standard deviation"),
        "anew": "{plan} on {count} fresh seeds ({written}): {name} {value} ({interval})",
    },
    "zh": {
        "best": "{name} 最优（概率 {confidence}，领先至少 {worth} 时）：{plan}，共 {runs} 次运行",
        "unsure": "{plan} 在 {name} 上领先，但 {most} 个种子未能以 {confidence} 的概率判定",
        "dropped": ("方案", "淘汰于（种子数）"),
        "kept": "保留",
        "ocba": "{name} 最优：{plan}，估计概率 {probability}（按 OCBA 分配：{runs} 次运行，种子互不相同）",
        "open": "{plan} 在 {name} 上领先，估计概率 {probability}；{runs} 次运行未达到 {confidence}",
        "allocated": ("方案", "运行数", "均值", "标准差"),
        "anew": "{plan} 在 {count} 个新种子（{written}）上：{name} {value}（{interval}）",
    },
}


def best(study: Study, options: Options, lang: Lang) -> int:
    """Select the best cell in one KPI, then estimate it on seeds that the selection has not seen."""
    kpi = kpi_of(options.given["--best"])
    if not kpi.better:
        raise ConfigError(f"--best {kpi.key}: neither more nor less of it is better")
    if "--unpaired" in options.flags:
        return _allocated(study, options, kpi, lang)
    worth = _indifference(options, kpi)
    first, most = whole_number(options, "--first", 20), whole_number(options, "--most", MOST)
    confidence = float(study.manifest["confidence"])
    labels = study.labels
    taken = dict.fromkeys(range(len(labels)), 0)
    start = _unused(study)

    def draw(plans: Sequence[int], count: int) -> Float:
        at = max(taken[i] for i in plans)
        seeds = range(start + at, start + at + count)
        found = _values(study, options, kpi, SEARCH, {labels[i]: seeds for i in plans}, lang)
        for i in plans:
            taken[i] = at + count
        return kpi.better * np.stack([found[labels[i]] for i in plans], axis=1)

    chosen = kim_nelson(draw, len(labels), worth, confidence, first, BLOCK, most)
    words = TEXT[lang]
    winner = labels[chosen.best]
    rows = [
        [study.cell(label).name(lang), str(chosen.dropped.get(i, words["kept"]))]
        for i, label in enumerate(labels)
    ]
    line = words["best" if chosen.promised else "unsure"].format(
        plan=study.cell(winner).name(lang),
        name=getattr(kpi, lang),
        confidence=f"{confidence:.0%}",
        worth=figure(worth, kpi.unit, lang),
        runs=chosen.runs,
        most=most,
    )
    show(table(list(zip(words["dropped"], sides(2), strict=True)), rows), line)
    baseline = study.manifest.get("baseline") or ""
    if baseline and winner != baseline:
        return fresh(study, options, lang, winner, kpi.key)
    return 0


def _allocated(study: Study, options: Options, kpi: Kpi, lang: Lang) -> int:
    """Select among cells that share no seed, and print the winner's level on fresh ones."""
    labels, words = study.labels, TEXT[lang]
    if len(labels) < 2:
        raise ConfigError(f"{study.store.path} has one cell only: nothing to choose from")
    worth = _indifference(options, kpi) if "--indifference" in options.given else 0.0
    first = whole_number(options, "--first", 10)
    budget = whole_number(options, "--runs", EACH * len(labels))
    if budget < first * len(labels):
        raise ConfigError(
            f"--runs={budget} are fewer than the first stage needs: --first={first} for each of {len(labels)} cells"
        )
    if budget >= APART:
        raise ConfigError(f"--runs={budget} must be below {APART}")
    confidence = float(study.manifest["confidence"])
    starts = {label: _unused(study) + at * APART for at, label in enumerate(labels)}
    taken = dict.fromkeys(labels, 0)

    def draw(counts: Sequence[int]) -> list[Float]:
        wanted = {}
        for label, count in zip(labels, counts, strict=True):
            at = starts[label] + taken[label]
            wanted[label] = range(at, at + count)
            taken[label] += count
        found = _values(study, options, kpi, UNPAIRED, wanted, lang)
        return [kpi.better * found[label] for label in labels]

    chosen = allocate(draw, len(labels), budget, worth, confidence, first, BLOCK)
    winner = labels[chosen.best]
    filled = {
        "plan": study.cell(winner).name(lang),
        "name": getattr(kpi, lang),
        "probability": f"{chosen.probability:.0%}",
        "confidence": f"{confidence:.0%}",
        "runs": sum(chosen.runs),
    }
    rows = [
        [
            study.cell(label).name(lang),
            str(runs),
            figure(kpi.better * mean, kpi.unit, lang),
            figure(sd, kpi.unit, lang),
        ]
        for label, runs, mean, sd in zip(labels, chosen.runs, chosen.means, chosen.deviations, strict=True)
    ]
    show(
        table(list(zip(words["allocated"], sides(4), strict=True)), rows),
        words["ocba" if chosen.probability >= confidence else "open"].format(**filled),
    )
    seeds = range(starts[winner] + len(labels) * APART, starts[winner] + len(labels) * APART + max(first, 10))
    anew = _values(study, options, kpi, FRESH, {winner: seeds}, lang)[winner]
    low, high, _ = mean_interval(anew, confidence)
    show(
        words["anew"].format(
            count=len(anew),
            written=numbers.written(seeds),
            value=figure(float(anew.mean()), kpi.unit, lang),
            interval=interval(low, high, kpi.unit, lang),
            **filled,
        )
    )
    return 0


def _values(
    study: Study, options: Options, kpi: Kpi, purpose: str, wanted: Mapping[str, Sequence[int]], lang: Lang
) -> dict[str, Float]:
    """A KPI of cells on the seeds wanted of each, float64 [seeds] by label; what has not been played yet is played."""
    store = study.store
    planned: dict[str, set[int]] = {}
    for shard in store.shards(purpose):
        planned.setdefault(shard.cell, set()).update(shard.seeds)
    together: dict[tuple[int, ...], list[str]] = {}
    for label, seeds in wanted.items():
        key = study.cell(label).key
        new = tuple(seed for seed in seeds if seed not in planned.get(key, ()))
        if new:
            together.setdefault(new, []).append(key)
    with store.locked():
        for new, keys in together.items():
            store.plan(keys, numbers.blocks(new), purpose)
    played(store, options, lang)
    found = Study(store, purpose)
    return {
        label: found.runs([label])[kpi.key].droplevel("cell").loc[list(seeds)].to_numpy(np.float64)
        if len(seeds)
        else np.zeros(0)
        for label, seeds in wanted.items()
    }


def _unused(study: Study) -> int:
    """The first seed after those of the study itself."""
    return max(seed for label in study.labels for seed in study.planned(label)) + 1


def _indifference(options: Options, kpi: Kpi) -> float:
    text = options.given.get("--indifference", "")
    try:
        worth = float(text)
        if not worth > 0:
            raise ValueError
    except ValueError:
        raise ConfigError(
            f"--indifference={text!r} must be a number above 0: the difference in {kpi.key} ({kpi.unit}) "
            "that is worth detecting"
        ) from None
    return worth
