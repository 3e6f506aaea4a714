"""Sentences of refusal in Chinese: English templates beside Chinese ones, by what they speak of.

Errors carry English sentences, from `sim` and `scenarios` too, from other processes and from stored studies; so a sentence is
recognised by its template and said anew. A slot is written ``{name}``; one whose name ends in ``_`` may be empty. What stands
in a slot may be a sentence itself. A test compares the templates with what the source raises: none may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from string import Formatter

from experiments.chinese import files, graphs, plans, studies
from scenarios.review_texts import TEXTS

__all__ = ["SENTENCES", "longest", "parts", "spoken", "translated"]

SENTENCES: dict[str, str] = {**graphs.SENTENCES, **plans.SENTENCES, **files.SENTENCES, **studies.SENTENCES}

FOREIGN = {
    "Interpolation key {key} not found": "引用的键 {key} 不存在",
    "Missing mandatory value: {key}": "缺少必填的值：{key}",
    "Could not append to config. An item is already at {key}.": "{key} 已存在；请去掉前面的 +",
    "Could not delete from config. {key} does not exist.": "{key} 不存在，无法删除",
    "Could not delete from config. The value of {key} is {value} and not {given}.": "无法删除 {key}：它的值是 {value}，而不是 {given}",
    "Could not delete {text}. No match in the defaults list": "无法删除 {text}：没有这样的选择",
    "Error merging override {text}": "无法合并 {text}：类型与原值不符",
    "Cannot merge DictConfig with ListConfig": "不能把列表合并到键值中",
    "and {count} more": "另有 {count} 个",
}
"""What Hydra and OmegaConf say, and the end of a list."""

WORDS = {
    "key": "键",
    "option": "选项",
    "group": "配置组",
    "none": "无",
    "two": "两",
    "three (with a weight)": "三（含权重）",
    "follower": "粉丝",
    "followee": "被关注者",
    "0 or more": "不小于 0 的整数",
    "the output": "输出",
    "no header": "没有表头",
    "price": "报价",
}
"""What may stand in a slot besides names and numbers."""

PATTERNS = (
    (r"row ([\d,]+)", r"第 \1 行"),
    (r"from ([\d.,e+-]+) to ([\d.,e+-]+)", r"\1 到 \2"),
    (r"([\d,]+) cells?", r"\1 个方案"),
    (r"(.+) or (.+)", r"\1 或 \2"),
)
"""The same, with numbers or names inside."""

DEEPEST = 4
"""Sentences within sentences."""


def translated(english: str, depth: int = 0) -> str | None:
    """A sentence in Chinese; None where no template is its own.

    Parameters
    ----------
    english
        The sentence, in one line.
    """
    if depth > DEEPEST:
        return None
    for text, pattern, chinese in _patterns():
        if text in english and (found := pattern.fullmatch(english)):
            slots = {name: _slot(value, depth) for name, value in found.groupdict().items()}
            return chinese.format(**slots).strip()
    # A place before a sentence: the file or key that it is about, or the cell of a study.
    for at in re.finditer(r": ", english):
        rest = translated(english[at.end() :], depth + 1)
        if rest is not None:
            return f"{english[: at.start()]}：{rest}"
    return None


def spoken(sentences: Iterable[str], lang: str) -> list[str]:
    """Sentences that runs and studies keep in English, in a language."""
    return [(translated(one) or one) if lang == "zh" else one for one in sentences]


def _slot(text: str, depth: int) -> str:
    """What stands in a slot, in Chinese where it is a sentence or a known word."""
    if text in WORDS or " " not in text:
        return WORDS.get(text, text)
    said = _several(text, depth) or translated(text, depth + 1)
    if said is not None:
        return said
    for pattern, chinese in PATTERNS:
        if re.fullmatch(pattern, text):
            return re.sub(pattern, chinese, text)
    return text


def _several(text: str, depth: int) -> str | None:
    """Sentences with semicolons between, some of which may have semicolons of their own; None if it is none such."""
    said: list[str] = []
    begun: list[str] = []
    for piece in text.split("; "):
        begun.append(piece)
        chinese = translated("; ".join(begun), depth + 1)
        if chinese is not None:
            said.append(chinese)
            begun = []
    return None if begun else "；".join(said)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    """Longest text, pattern and Chinese form of each template: first those that hold another sentence (``{why}``), then
    those that say most, the general ones last."""
    found = {english: chinese for _, english, chinese in TEXTS.values() if longest(english)}
    ordered = sorted({**FOREIGN, **found, **SENTENCES}.items(), key=lambda pair: _rank(pair[0]))
    return [(longest(english), re.compile("".join(_regex(english))), chinese) for english, chinese in ordered]


def _rank(template: str) -> tuple[bool, int]:
    slots = [slot for _, slot in parts(template)]
    return "why" not in slots, -sum(len(text) for text, _ in parts(template))


def longest(template: str) -> str:
    """The longest text between slots."""
    return max((text for text, _ in parts(template)), key=len)


def _regex(template: str) -> Iterator[str]:
    for text, slot in parts(template):
        yield re.escape(text)
        if slot is not None:
            yield f"(?P<{slot}>.{'*' if slot.endswith('_') else '+'}?)"


def parts(template: str) -> list[tuple[str, str | None]]:
    """Text and the slot behind it, in order."""
    return [(text, slot) for text, slot, _, _ in Formatter().parse(template)]
