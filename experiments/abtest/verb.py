"""`seedbed abtest`: what experiments on a plan would say, beside what the plan does: bias, variance, coverage, power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from experiments.abtest.estimators import Guess
from experiments.abtest.units import UNITS
from experiments.compose import Config, compose
from experiments.figures import Lang, change, figure
from experiments.options import Options
from experiments.pool import Job
from experiments.progress import bar
from experiments.studies import seeds as numbers
from experiments.studies.executors import executor
from experiments.tables import show, sides, table
from scenarios.records import number, unknown
from sim.errors import ConfigError, DataError

PLAY = "experiments.abtest.play:play"
ESTIMATORS = (
    "difference_in_means",
    "cluster_robust",
    "difference_in_differences",
    "switchback",
    "switchback_washed",
    "before_and_after",
    "correlation",
)
TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "{plan}: {measure} a {unit} and day, {units} units, {days} days after {before} before; "
        "{worlds} worlds x {assignments} assignments of {share}",
        "units": {"member": "member", "ego": "ego cluster", "louvain": "Louvain cluster", "creator": "author",
                  "slice": "slice of time"},
        "head": ("estimator", "says", "bias", "sd", "covers total", "covers direct", "power", "false alarms (A/A)"),
        "total": "Outcome without the plan {level}; true total effect (everybody has the plan, less nobody) {value}, sd over "
        "worlds {sd}",
        "direct": "True direct effect at a share of {share}: {value}: what the treated gain more than the rest",
        "no_direct": "Slices of time have no direct effect of their own.",
        "estimators": {
            "difference_in_means": "difference in means", "cluster_robust": "the same, cluster-robust",
            "difference_in_differences": "difference in differences", "switchback": "switchback",
            "switchback_washed": "switchback, washed out", "before_and_after": "before and after",
            "correlation": "correlation with spend",
        },
        "note": "All in per cent of the outcome without the plan. Coverage and power are shares of 95 % intervals; false "
        "alarms are those of the same analysis with nothing done. Before and after and correlation look at the world in "
        "which everybody has the plan.",
        "label": "{count} worlds",
    },
    "zh": {
        "title": "{plan}：每{unit}每日{measure}，{units} 个单位，前 {before} 天、后 {days} 天；"
        "{worlds} 个世界 × {assignments} 次分配，比例 {share}",
        "units": {"member": "用户", "ego": "自我中心网络", "louvain": "Louvain 社区", "creator": "创作者", "slice": "时间片"},
        "head": ("估计方法", "结论", "偏差", "标准差", "覆盖总效应", "覆盖直接效应", "检出率", "误报率（A/A）"),
        "total": "无方案时的水平 {level}；真实总效应（全部实施减全部不实施）{value}，世界间标准差 {sd}",
        "direct": "比例 {share} 时的真实直接效应 {value}，即实施者比其余人多得的部分",
        "no_direct": "时间片没有单独的直接效应。",
        "estimators": {
            "difference_in_means": "均值差", "cluster_robust": "均值差（聚类稳健）",
            "difference_in_differences": "双重差分", "switchback": "时间片轮换",
            "switchback_washed": "时间片轮换（去除残留期）", "before_and_after": "前后对比",
            "correlation": "与花费的相关",
        },
        "note": "均为相对于无方案水平的百分比。覆盖率与检出率按 95% 区间计算；"
        "误报率为什么也不做时同样分析的报警比例。前后对比与相关分析使用全部实施的世界。",
        "label": "{count} 个世界",
    },
}  # fmt: skip


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


@dataclass(frozen=True)
class Score:
    """How an estimator did over assignments and worlds.

    Attributes
    ----------
    says, bias, sd
        Mean guess, mean guess less true total effect, standard deviation of the error about its mean.
    total, direct, power, alarms
        Shares of intervals that cover the total effect, cover the direct effect, leave out 0, and leave out 0 with
        nothing done; NaN where there is none.
    """

    says: float
    bias: float
    sd: float
    total: float
    direct: float
    power: float
    alarms: float


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
    "workers",
)


def designed(options: Options) -> Design:
    """The experiment that the words ask for.

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

    config = compose(rest, options.folder, allow_code=options.allow_code)
    length = whole("slice", 4, 1, 60)
    design = Design(
        config,
        tuple(numbers.parse(own.get("seeds", "0:8"))),
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


def worlds(design: Design, who: str, workers: int, lang: Lang) -> list[Any]:
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

        for outcome in executor(who)(jobs, workers, told):
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


def abtest(words: Sequence[str], lang: Lang) -> int:
    """Play experiments on a plan and print what each estimator says beside the truth."""
    options = Options.read(words)
    design = designed(options)
    own = {w.partition("=")[0]: w.partition("=")[2] for w in options.overrides}
    workers = own.get("workers", "0")
    if not workers.isdigit():
        raise ConfigError(f"workers must be a whole number, not '{workers}'")
    found = worlds(design, own.get("executor", "pool"), int(workers), lang)
    printed(design, found, lang)
    return 0


def printed(design: Design, found: Sequence[Any], lang: Lang) -> None:
    """Print truths and scores."""
    from experiments.abtest.outcomes import measures

    text = TEXT[lang]
    _, en, zh = measures(design.unit)[design.measure]
    level = abs(float(np.mean([w.level for w in found]))) or float("nan")
    totals = np.array([w.total for w in found])
    directs = [t["direct"] for w in found for t in w.trials if math.isfinite(t["direct"])]
    share = figure(design.share, "share", lang)

    def points(value: float, signed: bool = True) -> str:
        return change(value / level) if signed else figure(value / level, "share", lang)

    plan = design.config.resolved["plan"]
    rows = []
    for name, score in scores(found).items():
        rows.append([
            text["estimators"][name], points(score.says), points(score.bias), points(score.sd, signed=False),
            *(figure(v, "share", lang) for v in (score.total, score.direct, score.power, score.alarms)),
        ])  # fmt: skip
    show(
        text["title"].format(
            plan=", ".join(plan["actions"]), measure=zh if lang == "zh" else en,
            unit=text["units"][design.unit], units=found[0].units, days=design.config.days, before=design.before,
            worlds=len(found), assignments=design.assignments, share=share,
        ),
        text["total"].format(
            sd=points(float(totals.std(ddof=1)) if len(totals) > 1 else float("nan"), signed=False),
            value=points(float(totals.mean())), level=figure(level, "", lang),
        ),
        text["direct"].format(share=share, value=points(float(np.mean(directs)))) if directs else text["no_direct"],
        table(list(zip(text["head"], sides(len(text["head"])), strict=True)), rows),
        text["note"],
    )  # fmt: skip
