"""The sentences of `scenarios.review`, in English and in Chinese; a file of their own, so that translating loads no plans."""

from __future__ import annotations

from typing import Literal

Severity = Literal["error", "warning", "note"]

TEXTS: dict[str, tuple[Severity, str, str]] = {
    "empty": ("note", "the plan has no actions: it is the baseline", "该方案没有动作：它就是基准"),
    "outside": (
        "error",
        "it runs from {start} to {end}, but the run only from {first} to {last}",
        "它从 {start} 到 {end}，而运行只从 {first} 到 {last}",
    ),
    "early": (
        "warning",
        "it starts on {start}, before the run's first day {first}; days before are not played",
        "它开始于 {start}，早于运行首日 {first}；之前的日子不会运行",
    ),
    "ramp": (
        "warning",
        "full effect takes {ramp} days as it is carried out, but it lives for {days}: it never gets there",
        "按其执行水平需要 {ramp} 天才达到全效，但只持续 {days} 天：达不到全效",
    ),
    "idle": ("warning", "strength 0 changes nothing", "力度为 0，不产生任何变化"),
    "overlap": (
        "warning",
        "{other} is the same lever for the same people from {start} to {end}: their effects multiply",
        "{other} 在 {start} 至 {end} 对同一人群使用同一手段：效果会相乘",
    ),
    "conflict": (
        "warning",
        "it moves {mechanism} one way and {other} the other way from {start} to {end}",
        "在 {start} 至 {end}，它与 {other} 对 {mechanism} 的作用方向相反",
    ),
    "budget": (
        "warning",
        "it has no budget, and what it costs depends on how many respond; write budget=YUAN",
        "没有预算，而花费取决于响应人数；请写 budget=金额",
    ),
    "plan_budget": (
        "warning",
        "plan.budget is not set, so nothing says whether {cost} yuan is too much",
        "未设 plan.budget，无法判断 {cost} 元是否过多",
    ),
    "over": (
        "error",
        "its actions cost {cost} yuan by themselves, more than plan.budget={budget}",
        "各动作本身已需 {cost} 元，超过 plan.budget={budget}",
    ),
    "horizon": (
        "warning",
        "the last action of the {party} ends on {end}; ROI(T+{days}) needs the run to last until {until}: "
        "write days={needed}",
        "{party} 的最后一个动作结束于 {end}；ROI(T+{days}) 要求运行到 {until}：请写 days={needed}",
    ),
    "goals": (
        "note",
        'no goals are set; write goals: {{brand_gmv: ">= 1.5e7"}} to see whether the plan reaches them',
        '未设目标；写 goals: {{brand_gmv: ">= 1.5e7"}} 可看方案是否达标',
    ),
    "brand": (
        "warning",
        "a brand's plan names its brand and products: brand and products are missing",
        "品牌方案应写明品牌与商品：缺少 brand 与 products",
    ),
    "assumed": (
        "note",
        "a lever of the {owner}, taken as given: an assumption about the {party}'s surroundings",
        "这是 {owner} 的手段，作为既定环境：对 {party} 所处环境的假设",
    ),
    "perfect": (
        "warning",
        "it improves {quality}, which this plan says is perfect already",
        "它改善 {quality}，而该方案中此项已是最佳",
    ),
    "nobody": ("error", "nobody belongs to {segment} when the run begins", "运行开始时没有人属于 {segment}"),
    "few": (
        "warning",
        "only {members} members belong to {segment}; below {least} little can be told, "
        "choose world.members={needed} or more",
        "只有 {members} 名成员属于 {segment}；低于 {least} 名难以判断，请取 world.members={needed} 或更多",
    ),
    "refused": ("error", "{reason}", "{reason}"),
    "said": ("warning", "{reason}", "{reason}"),
}
"""Findings by key: how grave, in English and in Chinese."""
