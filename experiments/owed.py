"""How much of a comparison's intervals is owed to parameters that are not known, in a sentence; the rest is chance."""

from __future__ import annotations

import math

from experiments.compare import name_of, percent
from experiments.figures import Lang
from experiments.standings import ENGAGEMENT, Comparison

TEXT = {
    "en": {
        "owed": "{plan}: of the variance behind its intervals, parameters that are not known are behind {list}, chance "
        "behind the rest ({draws} draws, {pairs} pairs); more seeds shrink only the latter.",
        "one": "{plan}: with one seed a draw ({draws} draws) its intervals hold both parameters and chance, which "
        "cannot be told apart; draw_seeds=2 does.",
        "reads": "engagement",
        "sales": "sales",
        "net": "net contribution",
        "none": "none",
    },
    "zh": {
        "owed": "{plan}：区间背后的方差中，来自未知参数的部分为 {list}，其余来自随机（{draws} 组参数，{pairs} 对种子）；"
        "增加种子只能缩小后者。",
        "one": "{plan}：每组参数只有一个种子（{draws} 组），区间同时包含参数与随机，无法区分；可用 draw_seeds=2。",
        "reads": "互动",
        "sales": "销售",
        "net": "净贡献",
        "none": "无",
    },
}


def owed(found: Comparison, label: str, lang: Lang) -> str:
    """The sentence for one plan of a study that was played over draws of its parameters."""
    plan, text = found.plans[label], TEXT[lang]
    effects = plan.decision.effects
    shares = {
        "reads": effects[ENGAGEMENT].parameters,
        "sales": effects[plan.sales].parameters,
        "net": plan.decision.money.net.parameters,
    }
    listed = ", ".join(f"{text[k]} {percent(share)}" for k, share in shares.items() if math.isfinite(share))
    draws, pairs = len(set(found.arms.draws)), len(found.arms.seeds)
    return text["owed" if draws < pairs else "one"].format(
        plan=name_of(found.study, label, lang), draws=draws, pairs=pairs, list=listed or text["none"]
    )
