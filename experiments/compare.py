"""`seedbed compare`: every plan of a study beside the baseline, and which one to take.

The comparison is a value that the terminal, Markdown and the report are written from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from experiments.arms import Arms
from experiments.chinese import translated
from experiments.comparison import Effect, bands, corrected, paired_many
from experiments.comparison.best import Share, pareto, reached, share_of, standing
from experiments.decision import PARTIES, SALES, Decision, decisions
from experiments.drift import drift_lines
from experiments.economics import Estimate
from experiments.figures import Lang, change, figure, interval
from experiments.options import Options
from experiments.studies.study import Study
from experiments.tables import show, sides, table
from sim.errors import ConfigError
from sim.kpis.registry import kpi_of

ENGAGEMENT = "reads"
SEGMENT_MEASURES = ("reads", "orders", "spend")


@dataclass(frozen=True)
class Standing:
    """One plan among the others.

    Attributes
    ----------
    label
        Its cell.
    decision
        Effects, damage, money.
    best, regret
        Chance that its net contribution is the highest of all, doing nothing included; expected shortfall in yuan.
    pareto
        Whether no plan beats it in engagement, sales, cost and trust at once.
    goals, each_goal
        Chance of meeting all its goals, None if it has none; that of each, by its KPI and condition.
    loss, p10
        Chance that it loses money on one seed, and the tenth percentile of net contribution over seeds, yuan.
    warnings
        What its runs warned of.
    """

    label: str
    decision: Decision
    best: float
    regret: float
    pareto: bool
    goals: Share | None
    each_goal: dict[tuple[str, str], Share]
    loss: Share
    p10: float
    warnings: tuple[str, ...]

    @property
    def sales(self) -> str:
        """KPI that its party means by sales."""
        return SALES.get(self.decision.money.payer, "gmv_net")


@dataclass(frozen=True)
class Comparison:
    """Plans of a study against its baseline.

    Attributes
    ----------
    study, baseline
        What was compared with what.
    arms
        The results that everything rests on.
    plans
        A standing a plan, in the order of the study.
    segments
        Effects by segment: plan -> segment -> measure -> effect, in real units.
    """

    study: Study
    baseline: str
    arms: Arms
    plans: dict[str, Standing]
    segments: dict[str, dict[str, dict[str, Effect]]] = field(default_factory=dict)
    confidence: float = 0.95

    @property
    def leader(self) -> Standing | None:
        """The plan with the highest chance of the best net contribution, if there is a plan."""
        return max(self.plans.values(), key=lambda s: (s.best, -s.regret), default=None)

    @property
    def idle(self) -> float:
        """Chance that doing nothing has the best net contribution of all."""
        return max(0.0, 1.0 - sum(plan.best for plan in self.plans.values()))

    @property
    def decided(self) -> str:
        """Label of the plan to take: that of the leader if its net contribution is above zero beyond doubt, or
        that of the baseline if no plan's is; empty where nothing can be told."""
        leader = self.leader
        if leader is None:
            return ""
        if leader.decision.money.net.low > 0 and leader.best >= self.confidence:
            return leader.label
        if all(s.decision.money.net.high < 0 for s in self.plans.values()) or self.idle >= self.confidence:
            return self.baseline
        return ""

    def trajectory(self, plan: str, kpi: str) -> tuple[Any, Any, Any]:
        """Mean paired difference by day with its pointwise band, each float64 [days]."""
        return bands(
            self.arms.daily[plan][kpi] - self.arms.daily[self.baseline][kpi], self.confidence, self.arms.draws
        )

    def frame(self) -> pd.DataFrame:
        """All effects as a table: a row a plan and KPI."""
        rows = []
        for label, standing_ in self.plans.items():
            for key, effect in {**standing_.decision.watched, **standing_.decision.effects}.items():
                rows.append(
                    {
                        "plan": label,
                        "kpi": key,
                        "baseline": effect.baseline,
                        "level": effect.plan,
                        "difference": effect.difference,
                        "low": effect.low,
                        "high": effect.high,
                        "relative": effect.relative,
                        "p": effect.p,
                        "p_holm": standing_.decision.watched.get(key, effect).p_holm,
                        "p_bh": standing_.decision.watched.get(key, effect).p_bh,
                        "pairs": effect.pairs,
                        "method": effect.method,
                        "pairing_saves": effect.saved,
                        "verdict": effect.verdict,
                    }
                )
        return pd.DataFrame(rows)


def comparison(
    study: Study, baseline: str = "", plans: Sequence[str] = (), common: bool = False
) -> Comparison:
    """Compare plans of a study with its baseline.

    Parameters
    ----------
    study
        The study.
    baseline
        Label of a cell; the study's own if empty.
    plans
        Labels; all other cells if empty.
    common
        Compare the seeds that all cells have, although some are missing.

    Raises
    ------
    ConfigError, DataError
        For a missing baseline, and as `Study.arms`.
    """
    against = study.baseline(baseline)
    chosen = [study.cell(p).label for p in plans] or [label for label in study.labels if label != against]
    if not chosen:
        raise ConfigError(f"{study.store.path} has no cell beside the baseline {against}")
    confidence = float(study.manifest["confidence"])
    arms = study.arms([against, *chosen], common)
    parties = {label: study.cell(label).party for label in chosen}
    found = decisions(arms, against, parties, arms.days, confidence)
    nets = np.stack([np.zeros(len(arms.seeds)), *(found[label].money.nets for label in chosen)], axis=1)
    standings = standing(nets, arms.draws)
    front = pareto([[0.0] * 4, *(_criteria(found[label]) for label in chosen)])
    out = {}
    for at, label in enumerate(chosen, 1):
        aims = {kpi_of(k).key: text for k, text in study.config(label).resolved["plan"]["goals"].items()}
        every, each = reached(aims, {k: arms.totals[label][k].to_numpy() for k in aims})
        net = found[label].money.nets
        out[label] = Standing(
            label,
            found[label],
            float(standings.best[at]),
            float(standings.regret[at]),
            bool(front[at]),
            every,
            {(key, aims[key]): share for key, share in each.items()},
            share_of(net < 0),
            float(np.percentile(net, 10)),
            tuple(study.warnings(label)),
        )
    segments = {label: _by_segment(study, against, label, arms.seeds, confidence) for label in chosen}
    return Comparison(study, against, arms, out, segments, confidence)


def _criteria(decision: Decision) -> list[float]:
    """Engagement, sales, cost, trust, as differences of which more is better."""
    sales = SALES.get(decision.money.payer, "gmv_net")
    effects = decision.effects
    return [
        effects[ENGAGEMENT].difference,
        effects[sales].difference,
        -decision.money.cost.mean,
        effects["trust"].difference,
    ]


def _by_segment(
    study: Study, baseline: str, plan: str, seeds: Sequence[int], confidence: float
) -> dict[str, dict[str, Effect]]:
    """Effects by frozen segment, corrected over segments and measures."""
    frames = {label: study.segments([label]).droplevel("cell") for label in (baseline, plan)}
    names = list(frames[plan].index.get_level_values("segment").unique())
    keys = [(name, measure) for name in names for measure in SEGMENT_MEASURES]
    # All at once, so that seeds are drawn again once for all of them.
    before, after = (
        np.hstack([f.xs(name, level="segment").loc[list(seeds), list(SEGMENT_MEASURES)] for name in names])
        for f in frames.values()
    )
    found = paired_many(before, after, [1] * len(keys), confidence, study.draws(seeds))
    fixed = dict(zip(keys, corrected(found), strict=True))
    return {name: {m: fixed[name, m] for m in SEGMENT_MEASURES} for name in names}


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


def warned(plan: Standing, lang: Lang) -> list[str]:
    """A plan's warnings, which studies store in English."""
    return [(translated(w) or w) if lang == "zh" else w for w in plan.warnings]


def lines(found: Comparison, lang: Lang) -> list[str]:
    """Verdict, damage and warnings, a line each."""
    text = TEXT[lang]
    out = [verdict(found, lang)]
    from experiments.fresh import selected
    from experiments.owed import owed

    out += [line for line in (selected(found, lang),) if line]
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
            for w in warned(plan, lang)
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
            *lines(found, lang)[1:],
            "",
            TEXT[lang]["markdown"],
        ]
    )


def compare(words: Sequence[str], lang: Lang) -> int:
    """Print the decision table of a study."""
    from experiments.more_seeds import answered
    from experiments.studies.verbs import named

    options = Options.read(
        words,
        flags=("--common", "--markdown", "--fresh", "--other-code", "--reallocate", "--unpaired"),
        values=(
            "--baseline",
            "--until",
            "--best",
            "--runs",
            "--indifference",
            "--first",
            "--shapley",
            "--kpi",
            "--most",
        ),
    )
    store = named(options, "compare", lang)
    study = Study(store)
    special = answered(study, options, lang)
    if special is not None:
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


def parties(study: Study, label: str) -> str:
    """Account of the party whose plan a cell holds."""
    party = study.cell(label).party
    return PARTIES.get(party, party)
