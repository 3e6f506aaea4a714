"""`seedbed demo`: a plan beside a baseline that shares all its random draws, and what can be said about it.

Without words it plays Double 11; any override compares another plan or world in the same way, and
``baseline=NAME`` sets another plan in place of "nothing is done".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
        "label": "playing {runs} runs",
        "against": "{plan} against {baseline}",
        "none": "the baseline",
        "picture": "Picture: {path}",
        "next": "Next:",
        "scale": "In real units: a member stands for {weight} people. Levels are the model's, no forecast.",
    },
    "zh": {
        "title": "{title}：{days} 天，{seeds} 对种子，{people} 人由 {members} 名成员代表",
        "working": "正在运行 {runs} 次，每次 {days} 天（含 {warmup} 天预热）；首次还要编译。",
        "label": "运行 {runs} 次",
        "against": "{plan} 对比 {baseline}",
        "none": "基准",
        "picture": "图：{path}",
        "next": "接下来：",
        "scale": "数字为真实世界口径：每名成员代表 {weight} 人。水平值来自模型，不是预测。",
    },
}


def demo(words: Sequence[str], lang: Lang) -> int:
    """Play both arms, print the decision table, save the picture."""
    from rich.text import Text

    from experiments import arms, folder
    from experiments.compose import compose
    from experiments.decision import TEXT as DECISION
    from experiments.decision import Decision
    from experiments.drift import drift_line
    from experiments.pool import processors
    from experiments.progress import bar
    from experiments.tables import Side, console, interactive, show, table, verdict

    text = TEXT[lang]
    options = Options.read(words)
    ours, theirs, against = split(options.overrides)
    configs = {
        BASELINE: compose([*theirs, f"plan={against}"], options.folder, allow_code=options.allow_code),
        PLAN: compose(ours, options.folder, allow_code=options.allow_code),
    }
    plan = configs[PLAN]
    world, study = plan.community.world, plan.study
    seeds = range(plan.seed, plan.seed + study.replicates)
    identity = folder.content_id(
        {arm: folder.identity(config.resolved) for arm, config in configs.items()},
        *seeds,
        folder.code_version(),
    )
    target = Path(plan.out) / f"demo-{plan.scenario.name}-{plan.resolved['plan']['name']}-{identity}"
    titles: dict[Lang, str] = {spoken: _title(configs, spoken) for spoken in ("en", "zh")}
    with folder.written_whole(target) as place:
        runs = 2 * len(seeds)
        if interactive() or sys.stderr.isatty():
            days = plan.days + plan.community.warmup_days
            print(
                text["working"].format(runs=runs, days=days, warmup=plan.community.warmup_days),
                file=sys.stderr,
            )
        with bar(text["label"].format(runs=runs), lang) as advance:
            played = arms.play(configs, seeds, study.workers or processors(), advance)
        decision = Decision.of(
            played, BASELINE, PLAN, plan.resolved["plan"]["as"], plan.days, study.confidence
        )
        _write(place, configs, played, decision, identity)
        _draw(place / "picture.png", titles, configs, played, lang)
    verdicts = [effect.verdict for effect in decision.effects.values()]
    rows: list[list[Any]] = [
        [*row[:-1], verdict(kind, row[-1])] for row, kind in zip(decision.rows(lang), verdicts, strict=True)
    ]
    header = list(DECISION[lang]["head"])
    if console().width < WIDE:  # the relative change is what a narrow terminal can do without
        rows = [[cell for i, cell in enumerate(row) if i != RELATIVE] for row in rows]
        header.pop(RELATIVE)
    sides: list[Side] = ["left", *["right"] * (len(header) - 2), "left"]  # type: ignore[list-item]
    title = text["title"].format(
        title=titles[lang],
        days=plan.days,
        seeds=len(seeds),
        people=figure(world.represents, "", lang),
        members=figure(world.members, "", lang),
    )
    show(
        Text(title, style="bold"),
        table(list(zip(header, sides, strict=True)), rows),
        *decision.lines(lang),
        text["scale"].format(weight=figure(world.weight, "", lang)),
        *([drifts] if (drifts := drift_line(lang)) else []),
        "",
        text["picture"].format(path=target / "picture.png"),
        text["next"],
        *(f"  {command}" for command in next_commands(plan, options)),
    )
    return 0


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


def _write(place: Path, configs: dict[str, Any], played: Any, decision: Any, identity: str) -> None:
    """Figures of every run, the table, where they come from."""
    from dataclasses import asdict

    import pandas as pd

    from experiments import folder

    rows = [
        {"arm": arm, "seed": r.seed, **r.totals} for arm, results in played.results.items() for r in results
    ]
    pd.DataFrame(rows).to_parquet(place / "runs.parquet", compression="zstd", index=False)
    effects = [
        {"kpi": key, **asdict(effect), "verdict": effect.verdict} for key, effect in decision.effects.items()
    ]
    pd.DataFrame(effects).to_csv(place / "effects.csv", index=False, encoding="utf-8-sig")
    summary = {
        "run": identity,
        "seeds": list(played.seeds),
        "weight": played.weight,
        "effects": effects,
        "damage": {key: asdict(effect) for key, effect in decision.damage.items()},
        "money": asdict(decision.money),
        "verdict": decision.verdict("en"),
    }
    folder.write_json(place / "summary.json", summary)
    for arm in configs:
        folder.write_json(place / f"{arm}.json", {**configs[arm].resolved})
    plan = configs[PLAN]
    seconds = {
        arm: [round(sum(r.seconds.values()), 3) for r in results] for arm, results in played.results.items()
    }
    folder.write_json(
        place / "manifest.json",
        folder.manifest(plan.resolved, plan.seed, run=identity, seeds=list(played.seeds), seconds=seconds),
    )


def _draw(path: Path, titles: dict[Lang, str], configs: dict[str, Any], played: Any, lang: Lang) -> None:
    """Engagement on the left, sales of the party whose plan it is on the right."""
    import numpy as np

    from experiments.decision import SALES
    from experiments.picture import Span, Trajectory, draw
    from sim.kpis.registry import kpi_of

    plan = configs[PLAN]
    sales = SALES.get(plan.resolved["plan"]["as"], "gmv_net")
    trajectories = []
    for key in ("reads", sales):
        kpi = kpi_of(key)
        before, after = (np.stack([r.daily[key] for r in played.results[arm]]) for arm in (BASELINE, PLAN))
        trajectories.append(Trajectory(kpi.en, kpi.zh, kpi.unit, before, after))
    spans = [Span(spec.name, spec.start, spec.end) for spec in plan.plan()]
    draw(path, titles, trajectories, plan.community.start, spans, lang)
