"""`seedbed compare`: every plan of a study beside the baseline, and which one to take, on the terminal and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from experiments.chinese import spoken
from experiments.drift import drift_lines
from experiments.economics import Estimate
from experiments.figures import Lang, change, figure, interval
from experiments.options import Options
from experiments.standings import ENGAGEMENT, Comparison, comparison
from experiments.studies.study import Study
from experiments.tables import show, sides, table
from sim.kpis.registry import kpi_of

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "head": (
            "plan", "engagement", "sales", "sales, interval", "cost", "ROI", "goals met", "loses money",
            "P10 of net", "best", "regret", "front", "warnings",
        ),
        "title": "{name}{colon}{plans} {word} against {baseline}, {pairs} pairs of {days} days",
        "decided": "Take {plan}: net contribution {net} ({interval}), best with probability {best}.",
        "nothing": "Do nothing: no plan pays back for its payer (doing nothing is best with probability {idle}); the "
        "least costly is {plan}, net {net} ({interval}).",
        "idle": "No plan can be called better than doing nothing, which is best with probability {idle}; of the plans "
        "{plan} leads (net {net}, {interval}).",
        "open": "No plan can be called best: {plan} leads (best with probability {best}, net {net}, {interval}); "
        "more seeds or a larger difference would decide.",
        "single": "No difference shown: the net contribution of {plan} is {net} ({interval}).",
        "goal": "{plan} meets {goal} {condition} with probability {value} ({low} to {high}).",
        "damage": "{plan} damages: {list}",
        "none": "nothing shown among {count} watched KPIs",
        "front": ("", "yes"),
        "warning": "{plan}: {warning}",
        "report": "next: seedbed report {folder}",
        "colon": (": ", " "),
        "markdown": "per cent of the baseline; sales are those of the payer; "
        "net is contribution less cost",
    },
    "zh": {
        "head": (
            "方案", "互动", "销售", "销售区间", "成本", "ROI", "达成目标", "亏损概率", "净贡献 P10", "最优概率",
            "遗憾值", "前沿", "警告",
        ),
        "title": "{name}{colon}{plans} 个方案对比 {baseline}，{pairs} 对种子，{days} 天",
        "decided": "选 {plan}：净贡献 {net}（{interval}），最优概率 {best}。",
        "nothing": "什么也不做：没有方案能让付费方回本（不做为最优的概率 {idle}）；"
        "其中损失最小的是 {plan}，净贡献 {net}（{interval}）。",
        "idle": "没有方案能确定优于什么也不做（不做为最优的概率 {idle}）；各方案中 {plan} 领先（净贡献 {net}，{interval}）。",
        "open": "无法确定最优方案：{plan} 领先（最优概率 {best}，净贡献 {net}，{interval}）；增加种子或拉大差异才能判定。",
        "single": "未见差别：{plan} 的净贡献为 {net}（{interval}）。",
        "goal": "{plan} 达成 {goal} {condition} 的概率为 {value}（{low} 至 {high}）。",
        "damage": "{plan} 损害：{list}",
        "none": "在 {count} 个受关注指标中未见",
        "front": ("", "是"),
        "warning": "{plan}：{warning}",
        "report": "接下来：seedbed report {folder}",
        "colon": ("：", ""),
        "markdown": "相对基准的百分比；销售按付费方口径；净贡献为贡献减成本",
    },
}  # fmt: skip


def name_of(study: Study, label: str, lang: Lang) -> str:
    """A cell's name in a language."""
    return study.cell(label).name(lang)


def span(estimate: Estimate, lang: Lang) -> str:
    """An interval in yuan."""
    return interval(estimate.low, estimate.high, "yuan", lang)


def percent(share: float) -> str:
    """A probability, whole per cent between the ends."""
    if not math.isfinite(share):
        return "–"
    if 0.0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1.0:
        return ">99%"
    return f"{share * 100:.0f}%"


def verdict(found: Comparison, lang: Lang) -> str:
    """What to do, in one sentence; "no difference shown" included."""
    text = TEXT[lang]
    leader = found.leader
    if leader is None:
        return ""
    money = leader.decision.money
    filled = {
        "plan": name_of(found.study, leader.label, lang),
        "net": figure(money.net.mean, "yuan", lang, signed=True),
        "interval": span(money.net, lang),
        "best": percent(leader.best),
        "idle": percent(found.idle),
    }
    if found.decided == leader.label:
        return str(text["decided"].format(**filled))
    if found.decided == found.baseline:
        return str(text["nothing"].format(**filled))
    if len(found.plans) == 1:
        return str(text["single"].format(**filled))
    if found.idle > leader.best:
        return str(text["idle"].format(**filled))
    return str(text["open"].format(**filled))


def rows(found: Comparison, lang: Lang) -> list[list[str]]:
    """Cells of the table of plans, in the order of ``TEXT[lang]["head"]``."""
    text = TEXT[lang]
    out = []
    for label, plan in found.plans.items():
        effects, money = plan.decision.effects, plan.decision.money
        sales = effects[plan.sales]
        out.append(
            [
                name_of(found.study, label, lang),
                f"{change(effects[ENGAGEMENT].relative)}",
                change(sales.relative),
                interval(sales.low, sales.high, "yuan", lang),
                figure(money.cost.mean, "yuan", lang),
                f"{money.roi:.2f}".replace("-0.00", "0.00").replace("-", "−")
                if math.isfinite(money.roi)
                else "–",
                percent(plan.goals.value) if plan.goals else "–",
                percent(plan.loss.value),
                figure(plan.p10, "yuan", lang, signed=True),
                percent(plan.best),
                figure(plan.regret, "yuan", lang),
                text["front"][plan.pareto],
                str(len(plan.warnings) or ""),
            ]
        )
    return out


def goals(found: Comparison, lang: Lang) -> list[str]:
    """The chance of each goal of each plan, with its interval."""
    return [
        TEXT[lang]["goal"].format(
            plan=name_of(found.study, label, lang),
            goal=getattr(kpi_of(key), lang),
            condition=condition,
            value=percent(share.value),
            low=percent(share.low),
            high=percent(share.high),
        )
        for label, plan in found.plans.items()
        for (key, condition), share in plan.each_goal.items()
    ]


def lines(found: Comparison, lang: Lang) -> list[str]:
    """Verdict, damage and warnings, a line each."""
    text = TEXT[lang]
    out = [verdict(found, lang)]
    from experiments.fresh import selected
    from experiments.owed import owed

    out += filter(None, [selected(found, lang)])
    out += [owed(found, label, lang) for label in found.plans if found.arms.draws]
    out += goals(found, lang)
    for label, plan in found.plans.items():
        damage = plan.decision.damage
        listed = ", ".join(
            f"{getattr(kpi_of(key), lang)} {change(effect.relative)}"
            for key, effect in list(damage.items())[:4]
        )
        name = name_of(found.study, label, lang)
        out.append(
            text["damage"].format(
                plan=name, list=listed or text["none"].format(count=len(plan.decision.watched))
            )
        )
    for label, plan in found.plans.items():
        out += [
            text["warning"].format(plan=name_of(found.study, label, lang), warning=w)
            for w in spoken(plan.warnings, lang)
        ]
    return out + drift_lines(lang)


def title(found: Comparison, lang: Lang) -> str:
    """What was compared with what; a name that ends its own sentence, as a question does, takes no colon."""
    manifest = found.study.manifest
    name = str(manifest.get(lang) or manifest["name"])
    return str(
        TEXT[lang]["title"].format(
            name=name,
            colon=TEXT[lang]["colon"][name.endswith(tuple("?!.？！。"))],
            plans=len(found.plans),
            word="plan" if len(found.plans) == 1 else "plans",
            baseline=name_of(found.study, found.baseline, lang),
            pairs=len(found.arms.seeds),
            days=found.arms.days,
        )
    )


def markdown(found: Comparison, lang: Lang) -> str:
    """The decision table as Markdown."""

    def cells(values: Sequence[str]) -> str:
        return "| " + " | ".join(v.replace("|", "\\|") for v in values) + " |"

    head = TEXT[lang]["head"]
    body = [cells(row) for row in rows(found, lang)]
    ruler = cells(["---", *["---:"] * (len(head) - 1)])
    return "\n".join(
        [
            f"**{title(found, lang)}**",
            "",
            verdict(found, lang),
            "",
            cells(head),
            ruler,
            *body,
            "",
            *(f"- {line}" for line in lines(found, lang)[1:]),
            "",
            TEXT[lang]["markdown"],
        ]
    )


def compare(words: Sequence[str], lang: Lang) -> int:
    """Print the decision table of a study."""
    from experiments.more_seeds import answered
    from experiments.studies.verbs import named

    options = Options.of("compare", words)
    store = named(options, "compare", lang)
    study = Study(store)
    special = answered(study, options, lang)
    if special is not None:
        show(*drift_lines(lang))
        return special
    found = comparison(study, options.given.get("--baseline", ""), common="--common" in options.flags)
    if "--markdown" in options.flags:
        print(markdown(found, lang))
        return 0
    show(
        title(found, lang),
        table(list(zip(TEXT[lang]["head"], sides(len(TEXT[lang]["head"])), strict=True)), rows(found, lang)),
        *lines(found, lang),
        TEXT[lang]["report"].format(folder=store.path),
    )
    return 0
