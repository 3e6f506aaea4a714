"""`seedbed levers`: the list of levers, and all about one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from experiments.chinese.sources import source
from experiments.chinese.terms import phase_name, term
from experiments.explain import library_of, listed, plain_table
from experiments.figures import Lang, figure
from experiments.options import Options
from experiments.tables import show
from scenarios.action_specs import COMMON
from scenarios.catalogue import directed, evidence_of, find, size_of
from scenarios.lever_files import EVERYONE, LeverSpec
from scenarios.library import KINDS as STRATEGIES
from scenarios.operations import mechanism
from scenarios.segments import SegmentBook
from sim.accounts import ACCOUNTS, KINDS, account_code, kind_code
from sim.levers import OFFER_PHASES

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "list": ("id", "key", "name", "strategy", "kind", "payer", "for", "KPIs", "assumed"),
        "facts": {
            "named": "named in",
            "whose": "whose lever",
            "owner": "carried out by",
            "for": "for",
            "expected": "expected",
            "side": "side effects",
            "kpis": "KPIs to watch",
            "harms": "side effects show in",
            "offers": "offers",
            "parts": "parts",
            "evidence": "evidence",
            "payer": "{payer} pays",
        },
        "changes": ("mechanism", "what it is", "weak", "default", "strong", "phase", "for", "course", "source", "evidence"),
        "parameters": ("key", "meaning", "default", "range", "unit", "source", "evidence"),
        "costs": ("cost", "paid to", "each", "default", "range", "source", "evidence"),
        "sized": {"ramp": "days until full effect", "cadence": "days between waves", "budget": "most that is spent"},
        "side": "side effect",
        "everyone": "everyone",
        "common": "Every action also has: {keys}",
        "use": "Use it: {example}",
        "course": {"ramp": "ramp", "fades": "fades in {days:g} days", "after": "after the end, {days:g} days"},
    },
    "zh": {
        "list": ("编号", "键", "名称", "策略", "类型", "付费方", "人群", "关注指标", "假设占比"),
        "facts": {
            "named": "出处",
            "whose": "谁的手段",
            "owner": "执行部门",
            "for": "人群",
            "expected": "预期效果",
            "side": "副作用",
            "kpis": "关注指标",
            "harms": "副作用体现于",
            "offers": "提供",
            "parts": "组成",
            "evidence": "证据",
            "payer": "由 {payer} 付费",
        },
        "changes": ("机制", "含义", "弱", "默认", "强", "阶段", "人群", "过程", "来源", "证据"),
        "parameters": ("键", "含义", "默认", "范围", "单位", "来源", "证据"),
        "costs": ("费用", "付给", "计费", "默认", "范围", "来源", "证据"),
        "sized": {"ramp": "达到全效的天数", "cadence": "两波间隔天数", "budget": "最多花费"},
        "side": "副作用",
        "everyone": "所有人",
        "common": "每个动作还可设置：{keys}",
        "use": "用法：{example}",
        "course": {"ramp": "逐步生效", "fades": "{days:g} 天内消退", "after": "结束后 {days:g} 天"},
    },
}  # fmt: skip


def levers(words: Sequence[str], lang: Lang) -> int:
    """All levers, those that match a word, or all about one."""
    text = TEXT[lang]
    options = Options.read(words)
    wanted = options.words[1:] if options.words[:1] == ["show"] else options.words
    library = library_of(options)
    found = find(library, wanted)
    kinds = dict(STRATEGIES)
    book = SegmentBook.of(library)
    rows = [
        [
            lever.file.id,
            lever.key,
            lever.file.zh if lang == "zh" else lever.file.en,
            kinds[lever.group] if lang == "zh" else lever.group,
            term(lever.file.kind, lang),
            term(lever.file.payer, lang),
            _people(lever.file.targets, book, lang),
            directed(lever.file.kpis),
            "-" if lever.assumed != lever.assumed else f"{lever.assumed:.0%}",
        ]
        for lever in found
    ]
    if len(found) != 1 or not wanted:
        return listed(text["list"], rows, wanted, lang)
    show_lever(found[0], book, lang)
    return 0


def _people(segment: str, book: SegmentBook, lang: Lang) -> str:
    if segment in EVERYONE:
        return str(TEXT[lang]["everyone"])
    named = book.find(segment)
    return named.zh if lang == "zh" else named.en


def show_lever(lever: LeverSpec, book: SegmentBook, lang: Lang) -> None:
    """All about one lever."""
    text, file = TEXT[lang], lever.file
    names = text["facts"]
    show(Text(f"{file.id} {lever.key}: {file.en} {file.zh}", style="bold"))
    chinese = lang == "zh"
    facts = [
        (names["named"], ", ".join(file.named_in)),
        (
            names["whose"],
            f"{', '.join(term(p, lang) for p in file.perspective)}; {names['payer'].format(payer=term(file.payer, lang))}",
        ),
        (names["owner"], term(file.owner, lang)),
        (names["for"], _people(file.targets, book, lang)),
        (names["expected"], (chinese and file.expected_zh) or file.expected),
        (names["kpis"], _kpis(file.kpis, lang)),
        (names["side"], (chinese and file.side_effects_zh) or file.side_effects),
        (names["harms"], _kpis(file.harms, lang)),
        (
            names["offers"],
            ", ".join(f"{term(o, lang)} ({phase_name(OFFER_PHASES[o], lang)})" for o in file.offers),
        ),
        (names["parts"], ", ".join(file.parts)),
        (names["evidence"], evidence_of(lever, lambda mark: term(mark, lang))),
    ]
    show(plain_table(("", ""), [list(fact) for fact in facts if fact[1]]))
    if file.changes:
        show(
            plain_table(
                text["changes"], [_change(c, lever, book, lang) for c in file.changes], right=(2, 3, 4)
            )
        )
    if file.costs:
        rows = [
            [
                KINDS[kind_code(c.what)].zh if chinese else c.what,
                ACCOUNTS[account_code(c.account)].zh if chinese else c.account,
                term(c.per, lang),
                figure(c.default, "yuan", lang),
                _range(c.low, c.high),
                source(c.source, lang),
                term(c.evidence, lang),
            ]
            for c in file.costs
        ]
        show(plain_table(text["costs"], rows, right=(3,)))
    show(plain_table(text["parameters"], _parameters(lever, lang), right=(2,)))
    show(text["common"].format(keys=", ".join(COMMON)))
    show(text["use"].format(example=f"seedbed run {lever.group}=[{lever.key}]"))


def _kpis(kpis: Mapping[str, str], lang: Lang) -> str:
    """KPIs with an arrow each; the Chinese reader gets their names beside their keys."""
    from sim.kpis.registry import KPI  # it brings the passes over tables with it

    if lang == "en":
        return directed(kpis)
    return ", ".join(f"{KPI[kpi].zh} {directed({kpi: way})}" for kpi, way in kpis.items())


def _change(change: Any, lever: LeverSpec, book: SegmentBook, lang: Lang) -> list[str]:
    text = TEXT[lang]
    rule = mechanism(change.mechanism)
    course = text["course"][change.course].format(days=change.days)
    people = (
        "-"
        if rule.scope in ("world", "operator")
        else _people(change.segment or lever.file.targets, book, lang)
    )
    return [
        change.mechanism,
        (rule.zh if lang == "zh" else rule.en) + (f" ({text['side']})" if change.side else ""),
        f"{change.low:g}",
        size_of(change),
        f"{change.high:g}",
        phase_name(rule.phase, lang),
        people,
        course,
        source(change.source, lang),
        term(change.evidence, lang),
    ]


def _parameters(lever: LeverSpec, lang: Lang) -> list[list[str]]:
    file = lever.file
    rows = [
        [
            name,
            p.zh if lang == "zh" else p.en,
            _choice(p.default, lang) if p.choices else str(p.default),
            ", ".join(_choice(c, lang) for c in p.choices) if p.choices else _range(p.low, p.high),
            term(p.unit, lang),
            source(p.source, lang),
            term(p.evidence, lang),
        ]
        for name, p in file.parameters.items()
    ]
    for name, z in (("ramp", file.ramp), ("cadence", file.cadence), ("budget", file.budget)):
        if z is not None:
            meaning = TEXT[lang]["sized"][name]
            said = [term(z.unit, lang), source(z.source, lang), term(z.evidence, lang)]
            rows.append([name, meaning, f"{z.default:g}", _range(z.low, z.high), *said])
    return rows


def _choice(word: str, lang: Lang) -> str:
    """A word that a key may be set to, which stays as it is typed, with what it means."""
    said = term(word, lang)
    return word if said == word else f"{word} {said}"


def _range(low: float | None, high: float | None) -> str:
    return f"{low:g} .. {high:g}" if low is not None and high is not None else "-"
