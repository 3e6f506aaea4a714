"""What a report says around its figures, in two languages."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "plans": "The plans",
        "amount": "{plan}: sales of the payer {sales} ({sales_interval}), {relative}; engagement (reads) {reads} "
        "({reads_interval}).",
        "net": "Net contribution with its 95 % interval",
        "damages": "What it damages, and when",
        "damage_head": ("plan", "KPI", "difference", "change", "interval", "p (Holm)", "p (BH)", "worst day"),
        "no_damage": "Nothing shown among {count} watched KPIs, corrected for testing many.",
        "suffers": "{plan} damages {list}; the first of them is at its worst on day {day}.",
        "spend": "What it costs",
        "cost": "{plan} costs the {payer} {cost} ({interval}); ROI {roi} ({roi_interval}), 1 pays back.",
        "week": "week {number}",
        "spend_head": ("action", "to", "total"),
        "tiers": ("action", "creator tier", "placements delivered", "paid to authors"),
        "by_week": "Spend of {plan} by week, action and who is paid (mean over seeds)",
        "by_tier": "Placements of {plan} by creator tier (mean a seed, real money)",
        "horizon": "ROI up to T+{day}: {value}",
        "over_time": "Over time, for whom, and the trade-offs",
        "difference": "{name}: difference to the baseline by day, band 95 %",
        "funnel": "Funnel: relative change of each step",
        "segment_head": ("plan", "segment", "reads", "interval", "orders", "interval", "spend", "interval"),
        "segments": "Effects by segment, membership frozen before the first action",
        "whom": "{plan} moves orders most among {segment} ({value}, {interval}).",
        "joined_later": "joined later",
        "pareto": "Sales against engagement; filled: no plan beats it in engagement, sales, cost and trust",
        "shapley": "Which action brought how much of net GMV (Shapley)",
        "shapley_head": ("action", "mean", "interval"),
        "sure": "How sure this is",
        "surety": "{pairs} pairs of runs; the leading plan is best with probability {best}, loses money on {loss} of "
        "seeds, and its net contribution lies between {low} and {high} (95 %). Pairing saved a factor of {saved} in "
        "runs for sales.",
        "assumed": "{share} of the leading plan's money goes through numbers marked weak or assumption: {list}.",
        "switch": "The decision flips if the incremental contribution were {factor} of what is modelled, for instance "
        "through a margin or a conversion that is lower or higher by that factor; equivalently if costs were {inverse} "
        "of what is assumed.",
        "no_switch": "No cost, so no switching value: the decision depends on the effect alone.",
        "sample": "A member of the sample stands for {weight} people. What is smaller than a few members (super hits, "
        "single heads) shows only as chance. Levels are the model's own, no forecast.",
        "not": "Not modelled: reactions of competitors to this plan, offline sales, anything the calendar and shocks of "
        "the scenario do not name.",
        "warnings": "Warnings of the runs",
        "naive": "What simpler methods would have said",
        "naive_head": ("plan", "paired effect", "before and after", "two independent samples"),
        "naive_title": "Sales of the payer: change against the baseline",
        "naive_note": "Before and after compares the last week with the first one in the plan's own runs, season and all; "
        "two independent samples takes the same runs without pairing them: right on average, but as wide as shown.",
        "provenance": "Where it comes from",
        "code": "code", "study": "study", "seeds": "seeds", "commit": "commit", "machine": "machine",
        "made": "cell {label}", "versions": "versions", "segment_frozen": "segments frozen on day",
        "parties": {"brand": "brand", "platform": "platform", "creators": "creators"},
    },
    "zh": {
        "plans": "各方案",
        "amount": "{plan}：付费方口径销售 {sales}（{sales_interval}），{relative}；互动（阅读量）{reads}（{reads_interval}）。",
        "net": "净贡献及其 95% 区间",
        "damages": "损害了什么，何时发生",
        "damage_head": ("方案", "指标", "差值", "变化", "区间", "p（Holm）", "p（BH）", "最差日"),
        "no_damage": "在 {count} 个受关注指标中未见损害（已作多重检验校正）。",
        "suffers": "{plan} 损害：{list}；其中第一项在第 {day} 天最差。",
        "spend": "花费",
        "cost": "{plan} 由{payer}承担 {cost}（{interval}）；ROI {roi}（{roi_interval}），1 为回本。",
        "week": "第 {number} 周",
        "spend_head": ("动作", "收款方", "合计"),
        "tiers": ("动作", "创作者层级", "完成投放数", "付给作者"),
        "by_week": "{plan} 的花费：按周、动作与收款方（种子均值）",
        "by_tier": "{plan} 的投放：按创作者层级（每个种子均值，真实金额）",
        "horizon": "ROI（T+{day}）：{value}",
        "over_time": "随时间、对谁、如何取舍",
        "difference": "{name}：与基准的逐日差值，阴影为 95% 区间",
        "funnel": "漏斗：各步骤的相对变化",
        "segment_head": ("方案", "人群", "阅读", "区间", "订单", "区间", "消费", "区间"),
        "segments": "分人群效果（人群在首个动作开始前冻结）",
        "whom": "{plan} 对 {segment} 的订单影响最大（{value}，{interval}）。",
        "joined_later": "后来加入者",
        "pareto": "销售与互动；实心点：没有方案在互动、销售、成本、信任上全面胜过它",
        "shapley": "净 GMV 由哪个动作带来（Shapley）",
        "shapley_head": ("动作", "均值", "区间"),
        "sure": "有多确定",
        "surety": "{pairs} 对运行；领先方案为最优的概率 {best}，亏损的种子占 {loss}，净贡献在 {low} 与 {high} 之间（95%）。"
        "就销售而言，配对把所需运行数减少到 1/{saved}。",
        "assumed": "领先方案 {share} 的资金经由标注为弱证据或假设的数字：{list}。",
        "switch": "若增量贡献只有（或达到）模型值的 {factor}（例如毛利或转化率按此倍数变化），结论就会翻转；等价于成本为假设值的 {inverse}。",
        "no_switch": "没有成本，也就没有翻转值：结论只取决于效果。",
        "sample": "样本中每名成员代表 {weight} 人。小于几名成员的现象（超级爆文、个别头部）只表现为偶然。水平值来自模型，不是预测。",
        "not": "未建模：竞争对手对该方案的反应、线下销售，以及场景的日历与冲击未列出的一切。",
        "warnings": "运行中的警告",
        "naive": "简单方法会怎么说",
        "naive_head": ("方案", "配对效果", "前后对比", "两个独立样本"),
        "naive_title": "付费方口径销售：相对基准的变化",
        "naive_note": "前后对比用方案自身运行的最后一周比第一周，季节因素混在其中；两个独立样本使用同样的运行但不配对：均值正确，区间却宽得多。",
        "provenance": "来源",
        "code": "代码", "study": "研究", "seeds": "种子", "commit": "提交", "machine": "机器",
        "made": "方案 {label}", "versions": "版本", "segment_frozen": "人群冻结日",
        "parties": {"brand": "品牌方", "platform": "平台", "creators": "创作者"},
    },
}  # fmt: skip
"""Language -> sentence by name; figures are filled in."""
