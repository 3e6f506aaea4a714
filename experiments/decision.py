"""The decision table of a paired comparison, in words: what changed, what it costs, what it damages, the
verdict.

What it says follows from intervals alone; where an interval does not decide, neither does the sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.arms import Arms
from experiments.comparison import Effect, corrected
from experiments.economics import Economics, Estimate
from experiments.figures import Lang, change, figure, figures, interval
from sim.kpis.registry import Kpi, kpi_of

ROWS = (
    "dau",
    "minutes_per_user",
    "reads",
    "participants",
    "interaction_rate",
    "clicks",
    "orders",
    "gmv",
    "gmv_net",
    "brand_gmv",
    "price_paid",
    "return_rate",
    "waiting",
    "trust",
)
"""KPIs of the table, at most fourteen: attention, interaction, sales, and what plans tend to damage."""

WATCHED: dict[str, int] = {
    "dau": 1,
    "retention_d7": 1,
    "lapsed": -1,
    "read_rate": 1,
    "interaction_rate": 1,
    "unfollows": -1,
    "low_quality_exposure": -1,
    "topic_entropy": 1,
    "similarity": -1,
    "small_creator_share": 1,
    "follower_gini": -1,
    "income_gini": -1,
    "creator_exits": -1,
    "gmv_net": 1,
    "price_paid": 1,
    "price_level": 1,
    "return_rate": -1,
    "stock_out_rate": -1,
    "delivery_days": -1,
    "complaints": -1,
    "trust": 1,
    "satisfaction": 1,
    "fatigue": -1,
    "waiting": -1,
    "fake_exposure": -1,
    "contribution_platform": 1,
    "contribution_brand": 1,
    "contribution_merchants": 1,
}
"""KPIs looked through for damage, with the direction that is good here: a falling price paid is a side
effect, though buyers may like it. They are tested as one family (Holm)."""

PARTIES = {"platform": "platform", "brand": "brand", "creator": "creators"}
"""Account of the party whose plan it is."""
SALES = {"brand": "brand_gmv"}
"""KPI that a party means by sales; for the others the whole community's, net of returns."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "head": ("KPI", "baseline", "plan", "difference", "change", "95 % interval", "verdict"),
        "better": "better",
        "worse": "worse",
        "differs": "changed",
        "cannot tell": "cannot tell",
        "cost": "Cost to the {payer}: {value} ({interval})",
        "others": "; to others: {others}",
        "split": "; of it {split}",
        "contribution": "Incremental contribution, after goods, fees and returns: {value} ({interval})",
        "roi": "ROI of the {payer}, contribution over cost: {value} ({interval}); 1 pays back",
        "no_roi": "ROI: none, since the {payer} pays for nothing",
        "open_roi": "ROI: not bounded, since the cost cannot be told from zero",
        "damages": "What it damages: {list}",
        "no_damage": "What it damages: nothing shown among {count} watched KPIs (corrected for testing many)",
        "damage": "{name} {change}",
        "up": "raises",
        "down": "lowers",
        "flat": "does not visibly move",
        "engagement": "engagement ({name} {change})",
        "sales": "sales ({name} {change})",
        "verdict": "Verdict: over {days} days the plan {engagement} and {sales}; {money}.",
        "pays": "it pays back for the {payer} (ROI {roi})",
        "loses": "it does not pay back for the {payer} within that time (ROI {roi})",
        "unsure": "whether it pays back for the {payer} cannot be told (ROI {roi})",
        "free": "it costs the {payer} nothing",
        "parties": {"brands": "other brands"},
        "and": ", ",
    },
    "zh": {
        "head": ("指标", "基准", "方案", "差值", "变化", "95% 区间", "判断"),
        "better": "变好",
        "worse": "变差",
        "differs": "有变化",
        "cannot tell": "无法判断",
        "cost": "{payer}的成本：{value}（{interval}）",
        "others": "；其他方承担：{others}",
        "split": "；其中 {split}",
        "contribution": "增量贡献（扣除货品、费用与退货）：{value}（{interval}）",
        "roi": "{payer}的 ROI（增量贡献 ÷ 成本）：{value}（{interval}）；1 为回本",
        "no_roi": "ROI：无，{payer}没有花钱",
        "open_roi": "ROI：无法给出区间，成本与零没有显著差别",
        "damages": "它损害了什么：{list}",
        "no_damage": "它损害了什么：在 {count} 个受关注指标中未见损害（已作多重检验校正）",
        "damage": "{name} {change}",
        "up": "提高了",
        "down": "降低了",
        "flat": "没有明显改变",
        "engagement": "互动（{name} {change}）",
        "sales": "销售（{name} {change}）",
        "verdict": "结论：{days} 天内，方案{engagement}，{sales}；{money}。",
        "pays": "{payer}能够回本（ROI {roi}）",
        "loses": "{payer}在此期间不能回本（ROI {roi}）",
        "unsure": "{payer}能否回本无法判断（ROI {roi}）",
        "free": "{payer}没有花钱",
        "parties": {
            "platform": "平台",
            "brand": "品牌方",
            "creators": "创作者",
            "brands": "其他品牌",
            "merchants": "商家",
        },
        "and": "、",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """A comparison of a plan with its baseline.

    Attributes
    ----------
    effects
        KPI -> effect, in the order of the table.
    damage
        KPI -> effect of what got significantly worse, the largest relative change first.
    money
        Cost, contribution and ROI of the party whose plan it is.
    days
        Reported days.
    watched
        KPI -> effect of everything that was looked through for damage, corrected over its family.
    """

    effects: dict[str, Effect]
    damage: dict[str, Effect]
    money: Economics
    days: int
    watched: dict[str, Effect] = field(default_factory=dict)

    @classmethod
    def of(
        cls, arms: Arms, baseline: str, plan: str, party: str, days: int, confidence: float = 0.95
    ) -> Decision:
        """From the results of both arms; ``party`` is whose plan it is."""
        return decisions(arms, baseline, {plan: party}, days, confidence)[plan]

    def rows(self, lang: Lang) -> list[list[str]]:
        """Cells of the table."""
        return [row_of(kpi_of(key), effect, lang) for key, effect in self.effects.items()]

    def lines(self, lang: Lang) -> list[str]:
        """Cost, contribution, ROI, damage, verdict: a line each."""
        text = TEXT[lang]
        money = self.money
        payer = text["parties"].get(money.payer, money.payer)
        cost = text["cost"].format(
            payer=payer, value=figure(money.cost.mean, "yuan", lang), interval=_span(money.cost, lang)
        )
        if money.by_action:
            cost += text["split"].format(split=_named(money.by_action, lang))
        if money.others:
            named = {text["parties"].get(k, k): v for k, v in money.others.items()}
            cost += text["others"].format(others=_named(named, lang))
        out = [
            cost,
            text["contribution"].format(
                value=figure(money.contribution.mean, "yuan", lang, signed=True),
                interval=interval(money.contribution.low, money.contribution.high, "yuan", lang),
            ),
            self._roi_line(payer, lang),
        ]
        if self.damage:
            listed = [
                text["damage"].format(name=getattr(kpi_of(k), lang), change=change(e.relative))
                for k, e in list(self.damage.items())[:6]
            ]
            out.append(text["damages"].format(list=text["and"].join(listed)))
        else:
            out.append(text["no_damage"].format(count=len(WATCHED)))
        return [*out, self.verdict(lang)]

    def _roi_line(self, payer: str, lang: Lang) -> str:
        text = TEXT[lang]
        if math.isnan(self.money.roi):
            return str(text["no_roi"].format(payer=payer))
        if math.isnan(self.money.roi_low):
            return str(text["open_roi"])
        spread = f"{self.money.roi_low:.2f} {'to' if lang == 'en' else '至'} {self.money.roi_high:.2f}"
        return str(text["roi"].format(payer=payer, value=f"{self.money.roi:.2f}", interval=spread))

    def verdict(self, lang: Lang) -> str:
        """One sentence."""
        text, money = TEXT[lang], self.money
        parts = {
            what: f"{self._direction(key, lang)} "
            + text[what].format(name=getattr(kpi_of(key), lang), change=change(self.effects[key].relative))
            for what, key in (("engagement", "reads"), ("sales", SALES.get(money.payer, "gmv_net")))
        }
        if lang == "zh":
            parts = {key: part.replace(" ", "", 1) for key, part in parts.items()}
        payer = text["parties"].get(money.payer, money.payer)
        roi = f"{money.roi:.2f}"
        if math.isnan(money.roi):
            paid = text["free"]
        elif money.roi_low > 1:
            paid = text["pays"]
        elif money.roi_high < 1:
            paid = text["loses"]
        else:
            paid = text["unsure"]
        return str(text["verdict"].format(days=self.days, money=paid.format(payer=payer, roi=roi), **parts))

    def _direction(self, key: str, lang: Lang) -> str:
        effect = self.effects[key]
        if effect.verdict == "cannot tell":
            return str(TEXT[lang]["flat"])
        return str(TEXT[lang]["up" if effect.difference > 0 else "down"])


def decisions(
    arms: Arms, baseline: str, plans: Mapping[str, str], days: int, confidence: float = 0.95
) -> dict[str, Decision]:
    """Several plans against one baseline.

    Parameters
    ----------
    arms
        Results of all of them.
    baseline
        The arm to compare with.
    plans
        Arm -> whose plan it is. What they damage is tested as one family over KPIs and arms.
    days
        Reported days.
    """
    watched: list[Effect] = []
    for plan in plans:
        found = arms.effects(list(WATCHED), baseline, plan, confidence)
        watched += [replace(effect, better=WATCHED[key]) for key, effect in found.items()]
    tested = corrected(watched)
    out = {}
    for at, (plan, party) in enumerate(plans.items()):
        mine = dict(zip(WATCHED, tested[at * len(WATCHED) : (at + 1) * len(WATCHED)], strict=True))
        worse = {k: e for k, e in mine.items() if e.verdict == "worse" and e.p_holm < 1.0 - confidence}
        order = sorted(worse, key=lambda k: -_size(worse[k]))
        out[plan] = Decision(
            arms.effects(ROWS, baseline, plan, confidence),
            {key: worse[key] for key in order},
            arms.economics(baseline, plan, PARTIES.get(party, party), confidence),
            days,
            mine,
        )
    return out


def _size(effect: Effect) -> float:
    return abs(effect.relative) if math.isfinite(effect.relative) else 0.0


def row_of(kpi: Kpi, effect: Effect, lang: Lang) -> list[str]:
    """One KPI's cells: levels, difference, relative change, interval, verdict."""
    before, after = figures([effect.baseline, effect.plan], kpi.unit, lang, step=abs(effect.difference))
    return [
        getattr(kpi, lang),
        before,
        after,
        figure(effect.difference, kpi.unit, lang, signed=True),
        change(effect.relative),
        interval(effect.low, effect.high, kpi.unit, lang),
        str(TEXT[lang][effect.verdict]),
    ]


def _span(estimate: Estimate, lang: Lang) -> str:
    a, b = figures([estimate.low, estimate.high], "yuan", lang)
    return f"{a} {'to' if lang == 'en' else '至'} {b}"


def _named(amounts: dict[str, float], lang: Lang) -> str:
    ordered: Sequence[tuple[str, float]] = sorted(amounts.items(), key=lambda item: -item[1])
    return str(TEXT[lang]["and"]).join(f"{name} {figure(value, 'yuan', lang)}" for name, value in ordered)
