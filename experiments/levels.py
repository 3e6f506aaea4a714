"""The table that one run ends with: levels in real units, and a label that says that they are no effect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from experiments.chinese import spoken
from experiments.compose import Config
from experiments.drift import drift_lines
from experiments.figures import Lang, figure
from experiments.tables import show, table
from scenarios.review import warnings
from sim.kpis.registry import kpi_of

if TYPE_CHECKING:
    from experiments.runs import Played

HEADLINE = (
    "dau",
    "minutes_per_user",
    "reads",
    "interaction_rate",
    "notes",
    "low_quality_exposure",
    "clicks",
    "orders",
    "gmv",
    "gmv_net",
    "price_paid",
    "return_rate",
    "trust",
    "satisfaction",
)
"""What the short tables show, in this order: attention, content, sales, and what a plan tends to damage."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "{scenario}; plan {plan}; seed {seed}: {days} days, {people} people by {members} members",
        "head": ("KPI", "all days", "first 7 days", "last 7 days"),
        "label": "One run, not an effect: an effect takes a baseline on the same seeds, see `seedbed demo`.",
        "warning": "Note: {warning}",
        "folder": "Everything is in {folder}",
    },
    "zh": {
        "title": "{scenario}，方案 {plan}，种子 {seed}：{people} 人的 {days} 天，由 {members} 名成员代表",
        "head": ("指标", "全程", "前 7 天", "后 7 天"),
        "label": "这是一次运行的水平，不是效果：方案改变了什么，需要同一批种子的基准，见 `seedbed demo`。",
        "warning": "注意：{warning}",
        "folder": "全部结果在 {folder}",
    },
}


def show_levels(config: Config, played: Played, place: Path, lang: Lang) -> None:
    """Print the levels of a run."""
    text = TEXT[lang]
    kpis = played.community.kpis
    last = config.days - 1
    spans = [(0, last), (0, min(6, last)), (max(0, last - 6), last)]
    columns = [kpis.totals(first, end, keys=HEADLINE) for first, end in spans]
    rows = []
    for key in HEADLINE:
        kpi = kpi_of(key)
        rows.append([getattr(kpi, lang), *(figure(column[key], kpi.unit, lang) for column in columns)])
    world = played.community.config.world
    plan = config.resolved["plan"]
    title = text["title"].format(
        scenario=config.resolved["scenario"].get(lang) or config.scenario.name,
        plan=plan.get(lang) or plan["name"],
        seed=config.seed,
        days=config.days,
        people=figure(world.represents, "", lang),
        members=figure(world.members, "", lang),
    )
    first, *others = text["head"]
    show(
        Text(title, style="bold"),
        table([(first, "left"), *((other, "right") for other in others)], rows),
        Text(text["label"], style="bold"),
        *(text["warning"].format(warning=w) for w in _warnings(config, played, lang)),
        *drift_lines(lang),
        text["folder"].format(folder=place),
    )


def _warnings(config: Config, played: Played, lang: Lang) -> list[str]:
    """What is likely a mistake in the plan, and what its actions remarked."""
    said = [note for action in played.plan.actions for note in action.notes]
    return [*warnings(played.plan, config.community.start, config.days, lang), *spoken(said, lang)]
