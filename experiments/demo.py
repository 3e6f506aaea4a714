"""`seedbed demo`: a plan beside a baseline that shares all its random draws, and what can be said about it.

Without words it plays Double 11; any override compares another plan or world in the same way, and
``baseline=NAME`` sets another plan in place of "nothing is done".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.figures import Lang, figure
from experiments.options import Options
from scenarios.library import LEVER_GROUPS

SCENARIO = "double_eleven"
BASELINE, PLAN = "baseline", "plan"
WIDE, RELATIVE = 110, 4
"""Columns of a terminal that holds the whole table, and the place of the relative change in it."""

TEXT: dict[str, dict[str, str]] = {
    "en": {
        "title": "{title}: {days} days, {seeds} pairs, {people} people played by {members} members",
        "working": "{runs} runs of {days} days, {warmup} of them warm-up; the first time compiles, too.",
        "against": "{plan} against {baseline}",
        "none": "the baseline",
        "picture": "Picture: {path}",
        "next": "Next:",
        "scale": "In real units: a member stands for {weight} people. Levels are the model's, no forecast.",
    },
    "zh": {
        "title": "{title}：{days} 天，{seeds} 对种子，{people} 人由 {members} 名成员代表",
        "working": "正在运行 {runs} 次，每次 {days} 天（含 {warmup} 天预热）；首次还要编译。",
        "against": "{plan} 对比 {baseline}",
        "none": "基准",
        "picture": "图：{path}",
        "next": "接下来：",
        "scale": "数字为真实世界口径：每名成员代表 {weight} 人。水平值来自模型，不是预测。",
    },
}


def demo(words: Sequence[str], lang: Lang) -> int:
    """Play both arms as a study of two cells, print the decision table, save the picture."""
    from rich.text import Text

    from experiments.chinese import spoken
    from experiments.compose import compose
    from experiments.decision import TEXT as DECISION
    from experiments.decision import Decision
    from experiments.drift import drift_lines
    from experiments.levels import TEXT as LEVELS
    from experiments.studies.cells import Cell, Sweep
    from experiments.studies.study import Study
    from experiments.studies.verbs import made, worked_on
    from experiments.tables import console, interactive, show, sides, table, verdict

    text = TEXT[lang]
    options = Options.read(words)
    ours, theirs, against = split(options.overrides)
    configs = {
        BASELINE: compose([*theirs, f"plan={against}"], options.folder, allow_code=options.allow_code),
        PLAN: compose(ours, options.folder, allow_code=options.allow_code),
    }
    plan = configs[PLAN]
    world = plan.community.world
    name = f"demo-{plan.scenario.name}-{plan.resolved['plan']['name']}"
    settings = replace(plan.study, name=name, baseline=BASELINE)
    cells = tuple(Cell(arm, (), config, **_names(config)) for arm, config in configs.items())
    store = made(Sweep(cells, len(cells), settings, plan.seed, plan.out), options)
    study = Study(store)
    runs = sum(len(shard.seeds) for shard in store.shards())
    if interactive() or sys.stderr.isatty():
        days = plan.days + plan.community.warmup_days
        print(
            text["working"].format(runs=runs, days=days, warmup=plan.community.warmup_days), file=sys.stderr
        )
    progress = worked_on(store, settings.executor, settings.workers, settings.address, lang, options)
    if progress.failed:
        print(next(iter(progress.failed.values())), file=sys.stderr)
        return 2
    arms = study.arms([BASELINE, PLAN])
    decision = Decision.of(arms, BASELINE, PLAN, plan.resolved["plan"]["as"], plan.days, settings.confidence)
    titles: dict[Lang, str] = {spoken: _title(configs, spoken) for spoken in ("en", "zh")}
    _write(store.path, decision, arms)
    _draw(store.path / "picture.png", titles, configs, arms, lang)
    verdicts = [effect.verdict for effect in decision.effects.values()]
    rows: list[list[Any]] = [
        [*row[:-1], verdict(kind, row[-1])] for row, kind in zip(decision.rows(lang), verdicts, strict=True)
    ]
    header = list(DECISION[lang]["head"])
    if console().width < WIDE:  # the relative change is what a narrow terminal can do without
        rows = [[cell for i, cell in enumerate(row) if i != RELATIVE] for row in rows]
        header.pop(RELATIVE)
    title = text["title"].format(
        title=titles[lang],
        days=plan.days,
        seeds=len(arms.seeds),
        people=figure(world.represents, "", lang),
        members=figure(world.members, "", lang),
    )
    show(
        Text(title, style="bold"),
        table(list(zip(header, sides(len(header), words=1), strict=True)), rows),
        *decision.lines(lang),
        *(LEVELS[lang]["warning"].format(warning=w) for w in spoken(study.warnings(PLAN), lang)),
        text["scale"].format(weight=figure(world.weight, "", lang)),
        *drift_lines(lang),
        "",
        text["picture"].format(path=store.path / "picture.png"),
        text["next"],
        *(f"  {command}" for command in next_commands(plan, options)),
    )
    return 0


def _names(config: Any) -> dict[str, str]:
    plan = config.resolved["plan"]
    return {"en": plan["en"] or plan["name"], "zh": plan["zh"] or plan["name"]}


def split(overrides: Sequence[str]) -> tuple[list[str], list[str], str]:
    """Overrides of the plan's arm, those of the baseline's, and the name of the baseline's plan.

    The baseline lives in the same world on the same days and keeps every override but those of the plan.
    """
    against = "none"
    ours: list[str] = []
    for override in overrides:
        if override.startswith("baseline="):
            against = override.removeprefix("baseline=")
        elif override != "lang=auto":
            ours.append(override)
    keys = [override.lstrip("+~").partition("=")[0] for override in ours]
    if not any(key in ("scenario", "plan", *LEVER_GROUPS) for key in keys):
        ours.insert(0, f"scenario={SCENARIO}")
        keys.insert(0, "scenario")
    theirs = [
        override
        for override, key in zip(ours, keys, strict=True)
        if key != "plan" and not key.startswith("plan.") and key not in LEVER_GROUPS
    ]
    return ours, theirs, against


def next_commands(plan: Any, options: Options) -> list[str]:
    """Three commands that lead on from here."""
    given = "".join(f" {word}" for word in options.rest)
    actions = plan.resolved["plan"]["actions"]
    if "depth" in actions.get("coupons", {}):
        other = f"seedbed demo{given} plan.actions.coupons.depth=0.1"
    elif actions:
        name = next(iter(actions))
        other = f"seedbed demo{given} ++plan.actions.{name}.strength=0.5"
    else:
        other = "seedbed demo scenario=quality_boost"
    return [f"seedbed show plan={plan.resolved['plan']['name']}", other, "seedbed levers"]


def _title(configs: dict[str, Any], lang: Lang) -> str:
    plans = {arm: config.resolved["plan"] for arm, config in configs.items()}
    names = {arm: plan.get(lang) or plan["name"] for arm, plan in plans.items()}
    if plans[BASELINE]["name"] == "none":
        names[BASELINE] = TEXT[lang]["none"]
    return TEXT[lang]["against"].format(**names)


def _write(place: Path, decision: Any, arms: Any) -> None:
    """The table and what it says, beside the study's own files."""
    from dataclasses import asdict

    import pandas as pd

    from experiments import folder

    effects = [
        {"kpi": key, **asdict(effect), "verdict": effect.verdict} for key, effect in decision.effects.items()
    ]
    pd.DataFrame(effects).to_csv(place / "effects.csv", index=False, encoding="utf-8-sig")
    money = asdict(decision.money)
    del money["nets"]
    summary = {
        "seeds": list(arms.seeds),
        "weight": arms.weight,
        "effects": effects,
        "damage": {key: asdict(effect) for key, effect in decision.damage.items()},
        "money": money,
        "verdict": decision.verdict("en"),
    }
    folder.write_json(place / "summary.json", summary)


def _draw(path: Path, titles: dict[Lang, str], configs: dict[str, Any], arms: Any, lang: Lang) -> None:
    """Engagement on the left, sales of the party whose plan it is on the right."""
    from experiments.decision import SALES
    from experiments.picture import Span, Trajectory, draw
    from sim.kpis.registry import kpi_of

    plan = configs[PLAN]
    sales = SALES.get(plan.resolved["plan"]["as"], "gmv_net")
    trajectories = []
    for key in ("reads", sales):
        kpi = kpi_of(key)
        before, after = (arms.daily[arm][key] for arm in (BASELINE, PLAN))
        trajectories.append(Trajectory(kpi.en, kpi.zh, kpi.unit, before, after))
    spans = [Span(spec.name, spec.start, spec.end) for spec in plan.plan()]
    draw(path, titles, trajectories, plan.community.start, spans, lang)
