"""What is said about somebody's data, in English and Chinese: reasons row by row, and what the verb prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.data.cells import Problem

REASONS = {
    "no_number": ("'{text}' is not a number", "“{text}”不是数字"),
    "outside": ("{text} is outside {low:g} to {high:g}", "{text} 超出范围 {low:g} 到 {high:g}"),
    "not_whole": ("{text} is not a whole number", "{text} 不是整数"),
    "per_cent": ("{text} is per cent, where a number is needed", "{text} 是百分数，此处应为数值"),
    "mixed_share": (
        "{text} is above 1 among fractions: write 0.45 or 45% throughout, or say unit: percent in map=FILE.yaml",
        "{text} 大于 1，而其他值为小数：请统一写成 0.45 或 45%，或在 map=FILE.yaml 中写 unit: percent",
    ),
    "no_date": ("'{text}' is not a date; write it as 2025-03-01", "“{text}”不是日期；请写成 2025-03-01"),
    "future": ("{text} is in the future (today is {today})", "{text} 在未来（今天是 {today}）"),
    "too_early": ("{text} is before 1990", "{text} 早于 1990 年"),
    "no_word": ("'{text}' is unknown; permitted are: {allowed}", "“{text}”无法识别；可选：{allowed}"),
    "missing": ("is missing", "缺失"),
    "above": ("{part} {a:g} is above {whole} {b:g}", "{part} {a:g} 大于 {whole} {b:g}"),
    "same_row": ("is the same as row {row}", "与第 {row} 行相同"),
    "said_again": (
        "has the same {what} as row {row}, which says otherwise and is kept",
        "与第 {row} 行的 {what} 相同但内容不同，保留第 {row} 行",
    ),
    "rounded": (
        "{column}: {count} figures were written in 万 or 亿 and are rounded",
        "{column}：{count} 个数以万或亿书写，为约数",
    ),
    "read_as_percent": (
        "{column}: read as per cent, since nearly all its numbers are above 1",
        "{column}：几乎所有数值大于 1，按百分数读取",
    ),
    "equal_rows": (
        "{count} rows equal another one and are kept, since nothing identifies a row",
        "{count} 行与其他行相同；因没有标识列而保留",
    ),
}  # fmt: skip
"""Why a cell or a row is of no use, or what to know about a column."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "usage": "write seedbed data import KIND FILE, data show, data names KIND FILE.csv, or data targets FILE.yaml; "
        "kinds are: {kinds}",
        "kept": "{kind}: {kept} of {rows} rows are in {store}",
        "lost": "{count} rows are of no use:",
        "blank": "{count} cells are left empty:",
        "row": "  row {row}: {what}",
        "more": "  ... and {count} more, all in {file}",
        "unused": "columns that mean nothing here: {names}",
        "key": "names are hashed; {file} joins them back, for you alone: keep it, and give it to nobody",
        "head": ("sheet", "rows", "from", "to", "left out", "source"),
        "none": "{store} holds no data; seedbed data import KIND FILE puts some there",
        "names": "{rows} rows with their names are in {file}",
        "measured": ("statistic", "value", "± sd", "from"),
        "targets": "{count} targets are in {file}; then: seedbed calibrate {file}",
        "nothing": "nothing in {store} suffices for a statistic; notes, orders, cohorts or daily figures do",
    },
    "zh": {
        "usage": "用法：seedbed data import 表类 文件、data show、data names 表类 文件.csv 或 data targets 文件.yaml；"
        "表类：{kinds}",
        "kept": "{kind}：{rows} 行中的 {kept} 行已存入 {store}",
        "lost": "{count} 行无法使用：",
        "blank": "{count} 个单元格留空：",
        "row": "  第 {row} 行：{what}",
        "more": "  ……另有 {count} 条，全部见 {file}",
        "unused": "未使用的列：{names}",
        "key": "名称已加密为哈希；{file} 可还原名称，仅供你本人：请妥善保管，勿外传",
        "head": ("表", "行数", "起", "止", "剔除", "来源"),
        "none": "{store} 中没有数据；用 seedbed data import 表类 文件 导入",
        "names": "{rows} 行（含原名称）已写入 {file}",
        "measured": ("统计量", "数值", "± 标准差", "来自"),
        "targets": "{count} 个目标已写入 {file}；接下来：seedbed calibrate {file}",
        "nothing": "{store} 中的数据不足以计算统计量；需要笔记、订单、留存或每日数据",
    },
}  # fmt: skip


def reason(problem: Problem, lang: str) -> str:
    """A problem in words, without its row and column."""
    return REASONS[problem.why][lang == "zh"].format(**problem.values)
