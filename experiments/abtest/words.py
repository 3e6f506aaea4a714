"""What `seedbed abtest` and the report of a study say of an experiment, in two languages."""

from __future__ import annotations

import math
from typing import Any

from experiments.abtest.kept import Finding
from experiments.figures import Lang, change, figure
from experiments.tables import Side, sides

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
        "kept": "Kept with {folder}: its report shows it.",
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
        "kept": "已存入 {folder}，报告会显示。",
    },
}  # fmt: skip


def title(found: Finding, lang: Lang) -> str:
    """What was assigned, to how many, for how long."""
    from experiments.abtest.outcomes import measures

    text = TEXT[lang]
    _, en, zh = measures(found.unit)[found.measure]
    return str(
        text["title"].format(
            plan=found.cell or ", ".join(found.plan),
            measure=zh if lang == "zh" else en,
            unit=text["units"][found.unit],
            units=found.units,
            days=found.days,
            before=found.before,
            worlds=found.worlds,
            assignments=found.assignments,
            share=figure(found.share, "share", lang),
        )
    )


def truths(found: Finding, lang: Lang) -> list[str]:
    """The true effects that estimators are held against, a sentence each."""
    text = TEXT[lang]
    total = text["total"].format(
        level=figure(found.level, "", lang),
        value=change(found.total / found.level),
        sd=figure(found.total_sd / found.level, "share", lang),
    )
    if not math.isfinite(found.direct):
        return [total, text["no_direct"]]
    direct = text["direct"].format(
        share=figure(found.share, "share", lang), value=change(found.direct / found.level)
    )
    return [total, direct]


def heads(lang: Lang) -> list[tuple[str, Side]]:
    """Head and alignment of the columns of `rows`."""
    head = TEXT[lang]["head"]
    return list(zip(head, sides(len(head)), strict=True))


def rows(found: Finding, lang: Lang) -> list[list[str]]:
    """Cells of the table of estimators, effects in per cent of the outcome without the plan."""
    out = []
    for name, score in found.scores.items():
        shares = (score.total, score.direct, score.power, score.alarms)
        out.append([
            TEXT[lang]["estimators"][name], change(score.says / found.level), change(score.bias / found.level),
            figure(score.sd / found.level, "share", lang), *(figure(v, "share", lang) for v in shares),
        ])  # fmt: skip
    return out
