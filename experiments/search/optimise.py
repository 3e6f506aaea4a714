"""`seedbed optimise`: the best plan of a space, or the cheapest that reaches a goal, on seeds that all trials share.

Optuna proposes (tree-structured Parzen estimators, ask and tell), the world answers. A trial's answer is a function of
its values, so a search that was interrupted and is asked again proposes the same trials and plays only those it lacks.
The winner was selected on its seeds: it is estimated anew on fresh ones, and written as a plan that `run` accepts.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from experiments.comparison.best import condition
from experiments.compose import Config
from experiments.drift import drift_lines
from experiments.figures import Lang, figure, figures
from experiments.folder import content_id
from experiments.options import Options, setting
from experiments.search.points import Points, Question, figure_named, title_of, unit_of
from experiments.search.space import Axis, Value, placed
from experiments.tables import show, sides, table
from scenarios.plan_files import PUT_BESIDE
from sim.errors import ConfigError

OWN = ("maximise", "minimise", "subject_to", "trials", "budget", "split", "executor", "workers")
AT_ONCE = 4
"""Trials that are asked for together, whatever the machine, so that a search is the same everywhere."""
SMALLEST = 0.02
"""Least weight of a part in a split, so that no part is cut to nothing by rounding."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "{trials} trials of {axes} settings on {seeds} shared seeds: {aims}{bounds}",
        "max": "most {name}", "min": "least {name}", "where": ", where {text}",
        "head": ("trial", "settings", "holds"),
        "yes": "yes", "no": "no",
        "front": "No other trial is better in every aim (Pareto front):",
        "best": "Best trial:",
        "none": "No trial satisfied {text}; the nearest one:",
        "fresh": "On {pairs} fresh seeds, which the search has not seen:",
        "line": "{name} {value} ({interval})",
        "plan": "plan: {path}",
        "use": "play it: seedbed run --config-dir {folder} plan={name}",
    },
    "zh": {
        "title": "{seeds} 个共用种子上，{axes} 个设置的 {trials} 次尝试：{aims}{bounds}",
        "max": "{name}最大", "min": "{name}最小", "where": "，条件 {text}",
        "head": ("尝试", "设置", "满足条件"),
        "yes": "是", "no": "否",
        "front": "没有其他尝试在所有目标上都更好（帕累托前沿）：",
        "best": "最优尝试：",
        "none": "没有尝试满足 {text}；最接近的是：",
        "fresh": "在搜索未见过的 {pairs} 个新种子上：",
        "line": "{name} {value}（{interval}）",
        "plan": "方案文件：{path}",
        "use": "运行它：seedbed run --config-dir {folder} plan={name}",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """A condition on a figure's mean over seeds."""

    name: str
    sign: str
    number: float
    text: str

    @classmethod
    def read(cls, text: str) -> Bound:
        """From text such as ``gmv >= 3e6``.

        Raises
        ------
        ConfigError
            If it cannot be read.
        """
        import re

        match = re.fullmatch(r"\s*([a-z][a-z0-9_]*)\s*([<>]=?.*)", text)
        if match is None:
            raise ConfigError(
                f"subject_to={text!r} cannot be read; write for example subject_to='gmv >= 3e6'"
            )
        name = figure_named(match[1], "subject_to")
        return cls(name, *condition(match[2], f"subject_to: {name}"), text.strip())

    def excess(self, value: float) -> float:
        """How far a value is beyond the bound, relative to it; at most 0 where the condition holds."""
        gap = value - self.number if self.sign.startswith("<") else self.number - value
        return gap / (abs(self.number) or 1.0)


@dataclass(frozen=True)
class Aims:
    """What a search is for: figures with +1 (more) or -1 (less), and bounds."""

    figures: tuple[tuple[str, int], ...]
    bounds: tuple[Bound, ...]

    @classmethod
    def read(cls, options: Options) -> Aims:
        """From ``maximise=``, ``minimise=``, ``subject_to=`` and ``budget=``.

        Raises
        ------
        ConfigError
            If there is none, or one cannot be read.
        """
        figures = [
            (figure_named(name.strip(), word), sign)
            for word, sign in (("maximise", 1), ("minimise", -1))
            for name in filter(None, setting(options, word, "").strip("[]'\" ").split(","))
        ]
        if not figures:
            raise ConfigError("optimise needs an aim: maximise=net, or minimise=cost subject_to='gmv >= 3e6'")
        bounds = [
            Bound.read(t)
            for t in filter(None, setting(options, "subject_to", "").strip("'\"").split(" and "))
        ]
        budget = setting(options, "budget", "")
        if budget:
            bounds.append(Bound.read(f"cost <= {budget}"))
        return cls(tuple(figures), tuple(bounds))


@dataclass(frozen=True)
class Split:
    """Parameters of an action that are shares of a whole, searched together."""

    action: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, config: Config, text: str) -> Split:
        """Of an action ``kols`` whose lever has shares.

        Raises
        ------
        ConfigError
            If the plan has no such action, or its lever no shares.
        """
        plan = config.resolved["plan"]
        if text not in plan["actions"]:
            raise ConfigError(f"split={text}: the plan has the actions {', '.join(sorted(plan['actions']))}")
        parameters = plan["levers"][plan["actions"][text]["lever"]].get("parameters") or {}
        names = tuple(name for name in parameters if name.startswith("share_"))
        if len(names) < 2:
            raise ConfigError(f"split={text}: its lever divides nothing into shares")
        return cls(text, names)

    def point(self, weights: Sequence[float]) -> dict[str, Value]:
        """Shares in proportion to weights, which sum to exactly 1."""
        shares = [round(w / sum(weights), 4) for w in weights]
        shares[int(np.argmax(shares))] += round(1.0 - sum(shares), 4)
        return {
            f"plan.actions.{self.action}.{n}": round(v, 4) for n, v in zip(self.names, shares, strict=True)
        }


def optuna() -> Any:
    """The library.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module("optuna")
    except ImportError:
        raise ConfigError('this needs Optuna; install it with pip install "seedbed[search]"') from None


class Search:
    """One search, trial by trial.

    Parameters
    ----------
    points
        Where trials are played.
    aims
        What it is for.
    axes, splits
        What varies.
    """

    def __init__(self, points: Points, aims: Aims, axes: Sequence[Axis], splits: Sequence[Split]) -> None:
        self.points, self.aims, self.axes, self.splits = points, aims, axes, splits
        self.found: dict[str, dict[str, Value]] = {}
        library = optuna()
        library.logging.set_verbosity(logging.WARNING)
        sampler = library.samplers.TPESampler(seed=1, n_startup_trials=10)
        directions = ["maximize" if sign > 0 else "minimize" for _, sign in aims.figures]
        self.study = library.create_study(sampler=sampler, directions=directions)

    def excess(self, label: str) -> list[float]:
        """How far a trial is beyond each bound."""
        return [b.excess(float(self.points.values(label, b.name).mean())) for b in self.aims.bounds]

    def scores(self, label: str) -> list[float]:
        """A trial's aims, more is better."""
        return [sign * float(self.points.values(label, name).mean()) for name, sign in self.aims.figures]

    def run(self, trials: int) -> None:
        """Play trials, some at once."""
        while len(self.found) < trials:
            asked = {}
            for _ in range(min(AT_ONCE, trials - len(self.found))):
                trial = self.study.ask()
                label = f"trial {trial.number + 1}"
                asked[label] = trial
                self.found[label] = self._point(trial)
            self.points.add({label: self.found[label] for label in asked})
            for label, trial in asked.items():
                for bound, excess in zip(self.aims.bounds, self.excess(label), strict=True):
                    trial.set_constraint(bound.text, excess)
                self.study.tell(
                    trial, [float(self.points.values(label, n).mean()) for n, _ in self.aims.figures]
                )

    def _point(self, trial: Any) -> dict[str, Value]:
        point: dict[str, Value] = {}
        for axis in self.axes:
            if axis.choices:
                point[axis.key] = trial.suggest_categorical(axis.key, list(axis.choices))
            else:
                point[axis.key] = axis.at(trial.suggest_float(axis.key, 0.0, 1.0))
        for split in self.splits:
            weights = [trial.suggest_float(f"{split.action}/{n}", SMALLEST, 1.0) for n in split.names]
            point |= split.point(weights)
        return point

    @property
    def holding(self) -> list[str]:
        """Trials that satisfy every bound."""
        return [label for label in self.found if all(e <= 0.0 for e in self.excess(label))]

    @property
    def front(self) -> list[str]:
        """Trials that satisfy every bound and that no other such trial beats in every aim; the one nearest to the
        bounds if none satisfies them."""
        from experiments.comparison.best import pareto

        good = self.holding
        if not good:
            return [min(self.found, key=lambda label: sum(max(e, 0.0) for e in self.excess(label)))]
        scores = np.array([self.scores(label) for label in good])
        order = np.argsort(-scores[:, 0], kind="stable")
        kept = pareto(scores)
        return [good[i] for i in order if kept[i]]


def optimise(words: Sequence[str], lang: Lang) -> int:
    """Search, estimate the winner anew, and write its plan."""
    options = Options.of("optimise", words)
    aims = Aims.read(options)
    text = setting(options, "trials", "24")
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise ConfigError(f"trials must be a whole number from 1 to 10,000, not '{text}'")
    question = Question.read(options, OWN)
    splits = [
        Split.of(question.base, t) for t in filter(None, setting(options, "split", "").strip("[]").split(","))
    ]
    if not question.axes and not splits:
        raise ConfigError(
            "nothing varies; write an axis such as plan.actions.coupons.depth=interval(0.1,0.3)"
        )
    optuna()  # refused before there is a study
    whole = {"axes": question.axes, "splits": splits, "aims": aims, "words": question.words}
    asked = content_id({key: str(value) for key, value in whole.items()})[:6]
    points = Points(question, options, lang, f"optimise_{asked}")
    search = Search(points, aims, question.axes, splits)
    search.run(int(text))
    reported(search, lang)
    winner = search.front[0]
    again(points, winner, aims, lang)
    folder, name = saved(points, search.found[winner])
    show(
        TEXT[lang]["plan"].format(path=folder / "plan" / f"{name}.yaml"),
        TEXT[lang]["use"].format(folder=folder, name=name),
    )
    return 0


def reported(search: Search, lang: Lang) -> None:
    """Print the best trials."""
    text, aims = TEXT[lang], search.aims
    said = ", ".join(text["max" if s > 0 else "min"].format(name=title_of(n, lang)) for n, s in aims.figures)
    bounds = " and ".join(b.text for b in aims.bounds)
    shown = list(dict.fromkeys([*(n for n, _ in aims.figures), *(b.name for b in aims.bounds)]))
    head = [*text["head"][:2], *(title_of(n, lang) for n in shown), text["head"][2]]
    rows = []
    for label in search.front[:10]:
        settings = ", ".join(
            f"{key.removeprefix('plan.actions.')}={value}" for key, value in search.found[label].items()
        )
        means = [figure(float(search.points.values(label, n).mean()), unit_of(n), lang) for n in shown]
        rows.append(
            [label.partition(" ")[2], settings, *means, text["yes" if label in search.holding else "no"]]
        )
    line = text["front" if len(aims.figures) > 1 else "best"]
    show(
        text["title"].format(
            trials=len(search.found), axes=len(search.axes) + len(search.splits), seeds=len(search.points.question.seeds),
            aims=said, bounds=text["where"].format(text=bounds) if bounds else "",
        ),
        line if search.holding else text["none"].format(text=bounds),
        table(list(zip(head, sides(len(head), names=2, words=1), strict=True)), rows),
    )  # fmt: skip


def again(points: Points, winner: str, aims: Aims, lang: Lang) -> None:
    """Estimate the winner on fresh seeds."""
    from experiments.comparison import mean_interval

    values, pairs = points.fresh(winner)
    text = TEXT[lang]
    lines = []
    for name in dict.fromkeys([*(n for n, _ in aims.figures), *(b.name for b in aims.bounds), "net"]):
        low, high, _ = mean_interval(values[name])
        unit = unit_of(name)
        ends = figures([float(values[name].mean()), low, high], unit, lang)
        span = f"{ends[1]} {'to' if lang == 'en' else '至'} {ends[2]}"
        lines.append(text["line"].format(name=title_of(name, lang), value=ends[0], interval=span))
    show(text["fresh"].format(pairs=pairs), *(f"  {line}" for line in lines), *drift_lines(lang))


def saved(points: Points, point: Mapping[str, Value]) -> tuple[Any, str]:
    """Write a point's plan into a folder of YAML beside the study; gives the folder and the plan's name."""
    plan = placed(points.question.base, point, points.options.allow_code).resolved["plan"]
    folder = points.store.path / "conf"
    name = "optimised"
    (folder / "plan").mkdir(parents=True, exist_ok=True)
    head = f"# The best plan of the search {points.store.path.name}; its effect on fresh seeds is what to expect of it.\n"
    (folder / "plan" / f"{name}.yaml").write_text(head + written(plan, name), "utf-8")
    return folder, name


def written(plan: Mapping[str, Any], name: str) -> str:
    """A resolved plan as a plan's file: all that it says itself."""
    own = {key: value for key, value in plan.items() if key not in PUT_BESIDE and value not in (None, [], {})}
    return str(OmegaConf.to_yaml(OmegaConf.create({**own, "name": name})))
