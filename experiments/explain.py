"""Verbs that explain what there is: tables and versions, KPIs, segments, and every choice of the
configuration."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rich.text import Text

from experiments.chinese.terms import term
from experiments.figures import Lang, figure
from experiments.options import Options
from experiments.tables import Side, show, table
from scenarios.library import LEVER_GROUPS, Library
from sim.errors import ConfigError
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.levers import Desk

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "tables": ("table", "bytes a row", "columns", "a row is"),
        "per": "{members} bytes a member (hot {hot}, cold {cold}), {creator} more a creator, {note} a note",
        "arc": "{arc} bytes an arc and {offset} a member in the follower graph, both directions together",
        "kpis": ("key", "name", "unit", "over days", "better", "formula", "by"),
        "segments": ("name", "meaning", "who", "people", "share", "spent so far"),
        "asked": "In a warmed world of {members} members, seed {seed}; another with world=NAME. KOCs and top creators count as "
        "many real ones of their size as they stand for, others as many people as a member stands for.",
        "groups": ("group", "choices"),
        "better": {1: "more", -1: "less", 0: "-"},
        "how": {"sum": "sum", "mean": "mean", "last": "last day", "ratio": "ratio of sums"},
        "none": "nothing matches {word!r}",
        "worlds": "kept worlds",
        "compiled": "compiled code",
        "configuration": "configuration",
        "files": "{count} files, {size}",
        "more": "seedbed show GROUP=NAME prints one; seedbed run GROUP=NAME uses it",
        "expression": "A segment may also be an expression over: {words}",
    },
    "zh": {
        "tables": ("表", "每行字节", "列数", "一行是"),
        "per": "每名成员 {members} 字节（热 {hot}，冷 {cold}）；创作者另加 {creator}；每篇笔记 {note}",
        "arc": "关注图每条边 {arc} 字节、每名成员 {offset} 字节（两个方向合计）",
        "kpis": ("键", "名称", "单位", "按日汇总", "越…越好", "公式", "可细分"),
        "segments": ("名称", "含义", "人群", "人数", "占比", "累计消费"),
        "asked": "取自 {members} 名成员、已预热的世界（种子 {seed}）；用 world=名称 换一个世界。"
        "KOC 与头部按其所代表的同规模真实创作者计数，其余成员按每名成员代表的人数计数。",
        "groups": ("配置组", "可选"),
        "better": {1: "高", -1: "低", 0: "-"},
        "how": {"sum": "求和", "mean": "平均", "last": "末日", "ratio": "总和之比"},
        "none": "没有与 {word!r} 匹配的内容",
        "worlds": "已预热的世界",
        "compiled": "编译缓存",
        "configuration": "配置",
        "files": "{count} 个文件，{size}",
        "more": "seedbed show 组=名称 显示其内容；seedbed run 组=名称 使用它",
        "expression": "人群也可以写成表达式，可用的词：{words}",
    },
}

GROUPS = (
    "scenario", "plan", *LEVER_GROUPS, "segment", "shock", "world", "audience", "graph", "platform",
    "brand", "product", "calendar", "study", "run",
)  # fmt: skip
"""Groups of the configuration, what a strategist asks for first at the front."""
ARC_BYTES = 8
"""Two int32 neighbours, one in each direction."""
OFFSET_BYTES = 16
"""Two int64 offsets."""


def info(words: Sequence[str], lang: Lang) -> int:
    """Tables with their bytes, versions, folders."""
    from experiments.folder import code_version, versions
    from experiments.worlds import folder as worlds
    from sim._cache import compiled_folder, user_cache

    Options.read(words)
    text = TEXT[lang]
    rows = [[t.name, str(t.bytes_per_row), str(len(t.columns)), term(t.row, lang)] for t in s.TABLES]
    show(plain_table(text["tables"], rows, right=(1, 2)))
    hot, cold = s.MEMBERS.bytes_per_row, s.PROFILES.bytes_per_row + s.LATEST.bytes_per_row
    note = s.NOTES.bytes_per_row + s.NOTE_HISTORY.bytes_per_row
    show(
        text["per"].format(
            members=hot + cold, hot=hot, cold=cold, creator=s.CREATORS.bytes_per_row, note=note
        ),
        text["arc"].format(arc=ARC_BYTES, offset=OFFSET_BYTES),
        "",
    )
    import sim

    places = [
        (text["configuration"], str(Library.default().directories[-1]), ""),
        (text["compiled"], str(compiled_folder(Path(sim.__file__).parent)), ""),
        (text["worlds"], str(worlds()), _size(worlds(), text["files"], lang)),
        ("cache", str(user_cache()), ""),
    ]
    show(plain_table(("", "", ""), [list(p) for p in places[:3]]))
    found = {**versions(), "code": code_version(), "platform": sys.platform}
    show("  ".join(f"{name} {value}" for name, value in found.items()))
    return 0


def kpis(words: Sequence[str], lang: Lang) -> int:
    """All KPIs, or those whose key, names, family or formula hold a word."""
    from sim.kpis.registry import FAMILIES, KPIS

    text = TEXT[lang]
    wanted = Options.read(words).words
    rows = []
    for kpi in KPIS:
        searched = (kpi.key, kpi.en, kpi.zh, kpi.family, FAMILIES[kpi.family], kpi.formula)
        if _matches(wanted, searched):
            name = kpi.zh if lang == "zh" else kpi.en
            by = ", ".join(b for b in kpi.breakdowns if b != "all")
            rows.append(
                [
                    kpi.key,
                    name,
                    term(kpi.unit, lang),
                    text["how"][kpi.how],
                    text["better"][kpi.better],
                    kpi.formula,
                    by,
                ]
            )
    return listed(text["kpis"], rows, wanted, lang)


def segments(words: Sequence[str], lang: Lang) -> int:
    """All named segments, or those that match a word, with who belongs to them in a warmed world and what they have
    spent; and the words that expressions may use."""
    from experiments.compose import compose
    from experiments.runs import world_of
    from scenarios.segments import COLUMNS, Look, SegmentBook
    from sim.levers import Desk

    text = TEXT[lang]
    options = Options.read(words)
    library = library_of(options)
    files = {name: library.read("segment", name) for name in library.names("segment")}
    asked = {
        name: data
        for name, data in files.items()
        if _matches(options.words, (name, str(data.get("en")), str(data.get("zh")), str(data.get("who"))))
    }
    if not asked:
        return listed(text["segments"], [], options.words, lang)
    config = compose(["world=small", *options.overrides], options.folder)
    desk = Desk(world_of(config, config.seed)[0])
    look, book = Look(desk), SegmentBook.of(library)
    stands_for = _stands_for(desk, config.community.world.members)
    everybody = float(stands_for[look.here].sum())
    spent = desk.visible("profiles.spend").astype(float) * stands_for / 100.0
    rows = []
    for name, data in asked.items():
        people = look.people(book.find(name))
        count = float(stands_for[people].sum())
        money = figure(float(spent[people].sum()), "yuan", lang)
        share = figure(count / max(1.0, everybody), "share", lang)
        title = str(data.get(lang) or "")
        rows.append([name, title, str(data.get("who")), figure(count, "", lang), share, money])
    show(plain_table(text["segments"], rows, right=(3, 4, 5)))
    show(text["asked"].format(members=f"{config.community.world.members:,}", seed=config.seed))
    show(text["expression"].format(words=", ".join(sorted(COLUMNS))))
    return 0


def _stands_for(desk: Desk, members: int) -> npt.NDArray[np.float64]:
    """Real people that each person of the sample stands for, float64 [persons]: an author of the upper tiers for as many
    real ones of its size as the KPIs count, everybody else for the weight of the sample."""
    from scenarios.placements import standing

    tier = desk.visible("members.tier")
    authors = desk.visible("creators.member")
    upper = tier[authors] >= s.KOC
    people = np.full(len(tier), desk.weight)
    people[authors[upper]] = standing(desk.visible("creators.followers")[upper], members, desk.weight)[1]
    return people


def show_choice(words: Sequence[str], lang: Lang) -> int:
    """A plan with its dates, or any other choice as its file says it; without a word, all choices."""
    text = TEXT[lang]
    options = Options.read(words)
    library = library_of(options)
    asked = [word.partition("=")[::2] for word in options.overrides if not word.startswith("lang=")]
    if not asked:
        rows = [[group, ", ".join(library.names(group))] for group in GROUPS if library.names(group)]
        show(plain_table(text["groups"], rows), text["more"])
        return 0
    plans = [(group, name) for group, name in asked if group in ("plan", "scenario")]
    for group, name in plans:
        show(Text(str(library.path(group, name)), style="dim"))
    if plans:  # the other words are keys of what is shown
        from experiments.plan_pages import show_plan

        show_plan(options.overrides, options, lang)
        return 0
    for group, name in asked:
        if group not in GROUPS:
            from scenarios.records import unknown

            raise unknown("group", group, GROUPS)
        path = library.path(group, name)
        show(Text(str(path), style="dim"), path.read_text("utf-8").rstrip(), "")
    return 0


def library_of(options: Options) -> Library:
    """The shelf of YAML that a command line asks for."""
    if options.folder is not None and not Path(options.folder).is_dir():
        raise ConfigError(f"there is no folder {options.folder}")
    return Library.default([options.folder] if options.folder else [])


def _matches(wanted: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether every word occurs in one of the texts, whatever its case."""
    return all(any(word.lower() in text.lower() for text in texts) for word in wanted)


def listed(header: Sequence[str], rows: list[list[str]], wanted: Sequence[str], lang: Lang) -> int:
    """Print a table; a complaint if there is nothing to print."""
    if not rows:
        raise ConfigError(TEXT[lang]["none"].format(word=" ".join(wanted)))
    show(plain_table(header, rows))
    return 0


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Any:
    sides: list[tuple[str, Side]] = [
        (name, "right" if i in right else "left") for i, name in enumerate(header)
    ]
    return table(sides, rows)


def _size(folder: Path, form: str, lang: Lang) -> str:
    files = list(folder.glob("*.npz")) if folder.is_dir() else []
    size = sum(f.stat().st_size for f in files)
    return form.format(count=len(files), size=f"{size / 2**30:.2f} GiB")
