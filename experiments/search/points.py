"""A study whose cells are points of a space: planned in batches, played as any study, read back as figures by seed.

A point that has been played is never played again, so an interrupted search goes on where it was when it is asked
the same question anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.compose import Config, compose
from experiments.decision import PARTIES
from experiments.figures import Lang
from experiments.more_seeds import played, reduced
from experiments.options import Options
from experiments.search.space import Axis, Value, divided, key_of, placed
from experiments.studies import executors
from experiments.studies import seeds as numbers
from experiments.studies.cells import Cell, Sweep, study_words
from experiments.studies.store import Store
from experiments.studies.study import Study
from experiments.studies.verbs import made, record
from scenarios.records import unknown
from sim.errors import ConfigError
from sim.kpis.registry import KPI

Float = npt.NDArray[np.float64]
MONEY = {
    "cost": ("Cost of the plan to its payer", "方案成本（付费方）"),
    "contribution": ("Incremental contribution", "增量贡献"),
    "net": ("Contribution less cost", "净贡献"),
}
"""Figures beside KPIs that a search may look at: yuan, differences to the baseline."""


def figure_named(text: str, where: str) -> str:
    """A KPI or one of `MONEY`.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if text not in KPI and text not in MONEY:
        raise unknown(where, text, [*MONEY, *KPI])
    return text


def unit_of(name: str) -> str:
    """Unit of a figure."""
    return "yuan" if name in MONEY else KPI[name].unit


def title_of(name: str, lang: Lang) -> str:
    """Name of a figure."""
    return MONEY[name][lang == "zh"] if name in MONEY else str(getattr(KPI[name], lang))


@dataclass(frozen=True)
class Question:
    """What is asked: a plan, what may vary in it, on which seeds.

    Attributes
    ----------
    axes
        What varies.
    base
        The configuration in which it varies.
    words
        Overrides that made it.
    seeds
        Shared by all points.
    """

    axes: tuple[Axis, ...]
    base: Config
    words: tuple[str, ...]
    seeds: tuple[int, ...]

    @classmethod
    def read(cls, options: Options, own: Sequence[str]) -> Question:
        """From a command line; ``own`` are words of the verb's own.

        Raises
        ------
        ConfigError
            As `compose` and `divided`; if there is no plan.
        """
        executors.asked(options)  # refused before there is a study
        words = [w for w in options.overrides if w.partition("=")[0] not in own]
        axes, rest = divided(study_words(words))
        rest = [word for word in rest if not word.lstrip("+").startswith("executor.")]
        base = compose(rest, options.folder, allow_code=options.allow_code)
        if not base.resolved["plan"]["actions"]:
            raise ConfigError(
                "there is no plan to vary; name one with plan=, or levers with incentive=[coupons]"
            )
        study = base.study
        seeds = (
            numbers.parse(study.seeds)
            if study.seeds
            else list(range(base.seed, base.seed + study.replicates))
        )
        return cls(tuple(axes), base, tuple(rest), tuple(seeds))


class Points:
    """Evaluates points on shared seeds.

    Parameters
    ----------
    question
        The space.
    options, lang
        Executor and language.
    name
        First part of the study's folder.
    """

    def __init__(self, question: Question, options: Options, lang: Lang, name: str) -> None:
        self.question, self.options, self.lang = question, options, lang
        self.baseline = "baseline"
        cell = Cell(self.baseline, (), reduced(question.base, frozenset()), "Baseline", "基准")
        study = replace(
            question.base.study, name=name, seeds=numbers.written(question.seeds), baseline=self.baseline
        )
        self.store: Store = made(Sweep((cell,), 1, study, question.seeds[0], question.base.out), options)
        self.keys: dict[str, str] = {}
        self._figures: dict[str, dict[str, Float]] = {}

    def add(self, points: Mapping[str, Mapping[str, Value]], own_baseline: bool = False) -> dict[str, str]:
        """Plan and play points; gives the label of each one's baseline.

        Parameters
        ----------
        points
            Label -> values of the axes.
        own_baseline
            Whether a point may change the world without the plan, so that each needs a baseline of its own.

        Raises
        ------
        ConfigError
            For a point that the configuration refuses.
        DataError
            If a run failed.
        """
        configs: dict[str, Config] = {}
        records: list[dict[str, Any]] = []
        against = dict.fromkeys(points, self.baseline)
        for label, point in points.items():
            mine = placed(self.question.base, point, self.options.allow_code)
            pair = [(label, mine)]
            if own_baseline:
                pair.append((f"{label} without", reduced(mine, frozenset())))
            for name, config in pair:
                key = key_of(config)
                self.keys[name] = key
                configs[key] = config
                records.append(record(Cell(name, (), config)))
        with self.store.locked():
            known = {r["key"] for r in self.store.manifest["cells"]}
            fresh = {r["key"]: r for r in records[::-1] if r["key"] not in known}
            self.store.add(list(fresh.values())[::-1], configs)
            blocks = numbers.blocks(list(self.question.seeds), self.store.manifest["block"])
            self.store.plan(list(dict.fromkeys(r["key"] for r in records)), blocks)
        played(self.store, self.options, self.lang)
        labels = {cell.key: cell.label for cell in self.store.cells}
        for label in points:
            if own_baseline:
                against[label] = labels[self.keys[f"{label} without"]]
        self._read({label: (labels[self.keys[label]], against[label]) for label in points})
        return against

    def _read(self, pairs: Mapping[str, tuple[str, str]]) -> None:
        study = Study(self.store)
        for label, (mine, baseline) in pairs.items():
            self._figures[label] = self._figures_of(study, mine, baseline)

    def _figures_of(self, study: Study, mine: str, baseline: str) -> dict[str, Float]:
        party = self.question.base.resolved["plan"]["as"]
        arms = study.arms(list(dict.fromkeys([baseline, mine])))
        money = arms.economics(baseline, mine, PARTIES.get(party, party))
        found = {key: arms.totals[mine][key].to_numpy(np.float64) for key in KPI}
        found |= {f"effect of {key}": found[key] - arms.totals[baseline][key].to_numpy() for key in KPI}
        return found | {"net": money.nets, "cost": money.costs, "contribution": money.nets + money.costs}

    def values(self, label: str, name: str, effect: bool = False) -> Float:
        """A figure of a point, one value a seed: the level of a KPI or its paired effect; money always as effect."""
        return self._figures[label][f"effect of {name}" if effect and name in KPI else name]

    def fresh(self, label: str) -> tuple[dict[str, Float], int]:
        """Figures of a selected point on seeds that the selection has not seen, and how many there are."""
        from experiments.more_seeds import FRESH

        count = max(10, len(self.question.seeds))
        first = max(self.question.seeds) + 1_000_001
        keys = [self.store.cells[0].key, self.keys[label]]
        with self.store.locked():
            blocks = numbers.blocks(list(range(first, first + count)), self.store.manifest["block"])
            self.store.plan(keys, blocks, FRESH)
        played(self.store, self.options, self.lang)
        labels = {cell.key: cell.label for cell in self.store.cells}
        return self._figures_of(Study(self.store, FRESH), labels[keys[1]], labels[keys[0]]), count
