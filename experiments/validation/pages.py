"""Results as a terminal table, as `docs/validation.md`, and as the page of an HTML report; roles stand apart everywhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.figures import Lang
from experiments.validation.facts import ROLES

STORED = Path(__file__).with_name("default.json")
"""What the shipped default showed when it was last played (``python -m experiments.validation``)."""
VERDICTS = ("pass", "fail", "larger", "input", "shown", "cannot")
Row = Mapping[str, Any]

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "head": ("fact", "evidence", "level", "what", "found", "band", "verdict"),
        "roles": {
            "input": "Input: becomes a default, no evidence for the model",
            "calibration": "Calibration: may be fitted",
            "validation": "Validation: never read by a fit",
            "informative": "Informative: shown, not required",
            "claim": "Claims of the documents: compared, never fitted to",
        },
        "verdicts": {
            "pass": "pass", "fail": "FAIL", "larger": "needs a larger world",
            "input": "empirical input", "shown": "shown, not required",
            "cannot": "cannot be shown",
        },
        "counts": "{role}, {evidence}: {said}",
        "played": "Played: {played} (members x days x seeds), code {code}.",
        "required": "Required are the strong and medium rows of calibration and validation: {met} of {strong} strong and "
        "{medium} of {mediums} medium ones are met at their least world.",
        "left": "Of these, {count} leave their band in a larger world: {rows}.",
        "none": "Nothing is stored yet.",
    },
    "zh": {
        "head": ("事实", "证据", "层次", "内容", "结果", "区间", "结论"),
        "roles": {
            "input": "输入：作为默认值，不能证明模型",
            "calibration": "校准：允许拟合",
            "validation": "验证：拟合不得读取",
            "informative": "参考：展示，不作要求",
            "claim": "文件中的说法：对照，不拟合",
        },
        "verdicts": {
            "pass": "通过", "fail": "未通过", "larger": "需要更大的世界",
            "input": "经验输入", "shown": "仅供参考", "cannot": "无法呈现",
        },
        "counts": "{role}，{evidence}：{said}",
        "played": "已运行：{played}（成员 x 天 x 种子），代码 {code}。",
        "required": "要求达到的是校准与验证中的强、中等证据："
        "在各自的最小世界中，强 {strong} 行中达到 {met} 行，中等 {mediums} 行中达到 {medium} 行。",
        "left": "其中 {count} 行在更大的世界中超出区间：{rows}。",
        "none": "尚无存储的结果。",
    },
}  # fmt: skip
STRENGTH = {
    "en": {"strong": "strong", "medium": "medium", "weak": "weak", "document": "document"},
    "zh": {"strong": "强", "medium": "中等", "weak": "弱", "document": "文件"},
}
LEVELS: dict[str, dict[str, str]] = {
    "en": {},
    "zh": {
        "micro-face": "微观表面", "macro-face": "宏观表面", "empirical input": "经验输入",
        "empirical output": "经验输出",
    },
}  # fmt: skip


def stored() -> dict[str, Any] | None:
    """The stored results of the shipped default; None before there are any."""
    if not STORED.exists():
        return None
    data: dict[str, Any] = json.loads(STORED.read_text("utf-8"))
    return data


def rows_of(data: Mapping[str, Any], role: str) -> list[Row]:
    """Rows of one role."""
    return [row for row in data["rows"] if row["role"] == role]


def met(data: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Rows met and required, by ``strong`` and ``medium``, of the roles calibration and validation."""
    out = {}
    for evidence in ("strong", "medium"):
        required = [row for row in _required(data) if row["evidence"] == evidence]
        out[evidence] = sum(row["verdict"] == "pass" for row in required), len(required)
    return out


def _required(data: Mapping[str, Any]) -> list[Row]:
    """Strong and medium rows of the roles calibration and validation."""
    return [
        row
        for row in data["rows"]
        if row["role"] in ("calibration", "validation") and row["evidence"] in ("strong", "medium")
    ]


def leaving(data: Mapping[str, Any]) -> list[str]:
    """Rows met and required that leave their band in a larger world that was played."""
    return [
        row["fact"]
        for row in _required(data)
        if row["verdict"] == "pass" and any(other["verdict"] == "fail" for other in row["larger"])
    ]


def required_line(data: Mapping[str, Any], lang: Lang) -> str:
    """How many of the required rows are met, and which of them only at their least world."""
    text = TEXT[lang]
    strong, medium = met(data)["strong"], met(data)["medium"]
    said = text["required"].format(met=strong[0], strong=strong[1], medium=medium[0], mediums=medium[1])
    left = leaving(data)
    return f"{said} {text['left'].format(count=len(left), rows=', '.join(left))}" if left else str(said)


def count_lines(data: Mapping[str, Any], lang: Lang) -> list[str]:
    """Verdicts by role and evidence, a line each."""
    text = TEXT[lang]
    out = []
    for role in ROLES:
        for evidence in STRENGTH[lang]:
            found = Counter(row["verdict"] for row in rows_of(data, role) if row["evidence"] == evidence)
            said = ", ".join(f"{found[v]} {text['verdicts'][v]}" for v in VERDICTS if found[v])
            if said:
                name = text["roles"][role].split("：")[0].split(":")[0]
                out.append(text["counts"].format(role=name, evidence=STRENGTH[lang][evidence], said=said))
    return out


def number(value: float | None) -> str:
    """A number with three significant digits; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"


def found(each: Row) -> str:
    """A number with its standard error, where it has one."""
    return number(each["value"]) + ("" if each["error"] is None else f" ± {number(each['error'])}")


def band(low: float | None, high: float | None) -> str:
    """A band in words; open ends are said by signs."""
    if low is None and high is None:
        return "–"
    if low is None:
        return f"≤ {number(high)}"
    return f"≥ {number(low)}" if high is None else f"{number(low)} … {number(high)}"


def cells(row: Row, lang: Lang) -> list[tuple[str, ...]]:
    """The lines of a row's table: one a number, the first with the fact and the verdict."""
    text = TEXT[lang]
    lead: tuple[str, ...] = (
        row["fact"],
        STRENGTH[lang][row["evidence"]],
        str(LEVELS[lang].get(row["level"], row["level"])),
    )
    if not row["numbers"]:
        return [(*lead, row["frame"], "", "", text["verdicts"][row["verdict"]])]
    out = _lines(row, lead, text["verdicts"], "")
    for other in row["larger"]:
        if other["verdict"] != row["verdict"]:
            out += _lines(other, ("", "", ""), text["verdicts"], f"{other['played']}: ")
    return out


def _lines(
    shown: Row, lead: tuple[str, ...], verdicts: Mapping[str, str], where: str
) -> list[tuple[str, ...]]:
    """A line a number of one world's runs, the first with the fact and the verdict."""
    return [
        (
            *(lead if at == 0 else ("", "", "")),
            where + each["name"],
            found(each),
            band(each["low"], each["high"]),
            verdicts[shown["verdict"]] if at == 0 else "",
        )
        for at, each in enumerate(shown["numbers"])
    ]


def show_results(data: Mapping[str, Any], lang: Lang) -> None:
    """Print the tables, a role each, and the counts."""
    from experiments.tables import show, sides, table

    text = TEXT[lang]
    parts: list[Any] = []
    for role in ROLES:
        rows = [line for row in rows_of(data, role) for line in cells(row, lang)]
        if rows:
            header = list(zip(text["head"], sides(len(text["head"]), names=4, words=1), strict=True))
            parts += [text["roles"][role], table(header, rows)]
    show(
        *parts,
        *count_lines(data, lang),
        required_line(data, lang),
        text["played"].format(played="; ".join(data["played"]), code=data["code"]),
    )


def _line(cells_: Sequence[str]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells_) + " |"


def validation_markdown() -> str:
    """`docs/validation.md`: what the shipped default showed, by role."""
    text = TEXT["en"]
    lines = [
        "# Is it true?",
        "",
        "Generated from `experiments/validation/default.json`, which `python -m experiments.validation` plays and writes",
        "anew; do not edit. Facts that nobody here made, and what the shipped default shows of them. The role of a row was",
        "fixed before anything was fitted; roles are reported apart and never pooled. A number that the table of facts gives",
        "without a band is met within a quarter of it either way. Levels are those of Rand and Rust (2011): micro-face,",
        "macro-face, empirical input, empirical output.",
        "Rows about what something does are shown by runs that share a seed and differ in that thing alone; seeds are pooled",
        "before anything is divided, errors leave out one seed at a time, and where a row gives only a direction, its one-sided",
        "95 % interval over three seeds or more must hold it too.",
        "A verdict is that of the smallest runs played that are at least as large as the row's least world; what larger ones",
        "show stands in the last column, and a row that leaves its band there is named.",
        "A default that was set from a fact is an empirical input and counts for nothing. Mechanisms behind the validation rows",
        "E19, G6, G8, I2, I4, K3, K5, K8, N4, N8, O4, O5, O9, O10, P7, R12 and R13 were chosen with these rows in view:",
        "a pass of theirs is weaker evidence than one of the others. No fit reads any of them.",
        "",
    ]
    data = stored()
    if data is None:
        return "\n".join([*lines, text["none"]]) + "\n"
    lines += [
        text["played"].format(played="; ".join(data["played"]), code=data["code"]),
        "",
        required_line(data, "en"),
        "",
        *(f"- {line}" for line in count_lines(data, "en")),
    ]
    for role in ROLES:
        rows = rows_of(data, role)
        if not rows:
            continue
        lines += ["", f"## {text['roles'][role]}", ""]
        head = (
            "fact",
            "says",
            "evidence",
            "level",
            "sampling frame and denominator",
            "least world",
            "found",
            "band",
            "verdict",
            "in larger worlds",
        )
        lines += [_line(head), "|" + "---|" * len(head)]
        for row in rows:
            numbers = row["numbers"]
            here = "; ".join(f"{n['name']}: {found(n)}" for n in numbers)
            there = "; ".join(
                f"{other['played']} ({text['verdicts'][other['verdict']]}): "
                + ", ".join(found(n) for n in other["numbers"])
                for other in row["larger"]
            )
            limits = "; ".join(band(n["low"], n["high"]) for n in numbers)
            lines.append(
                _line(
                    (
                        row["fact"], row["statement"], row["evidence"], row["level"], row["frame"],
                        row["least_world"], here, limits, text["verdicts"][row["verdict"]], there,
                    )
                )
            )  # fmt: skip
    return "\n".join(lines) + "\n"


def report_blocks(lang: Lang) -> list[dict[str, Any]]:
    """Blocks of an HTML report: how far the shipped default is true, from what is stored."""
    text = TEXT[lang]
    data = stored()
    if data is None:
        return [{"kind": "text", "text": text["none"], "answer": "", "dim": True}]
    blocks: list[dict[str, Any]] = [
        {"kind": "text", "text": line, "answer": "", "dim": False}
        for line in (required_line(data, lang), *count_lines(data, lang))
    ]
    for role in ("calibration", "validation"):
        rows = [line for row in rows_of(data, role) for line in cells(row, lang)]
        blocks.append(
            {
                "kind": "table",
                "title": text["roles"][role],
                "head": list(text["head"]),
                "rows": [list(r) for r in rows],
                "answer": "",
                "wordy": True,
            }
        )
    return blocks
