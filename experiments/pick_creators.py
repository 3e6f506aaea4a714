"""Choosing among the creators of a user's sheet: embedded into a synthetic graph, priced, and told apart by what each adds.

Who follows whom among real fans is not known. What the answer assumes in its place (how far audiences overlap, how many
fans are active) is stated with it, and the choice is made anew at both ends of the overlap's range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.text import Text

from experiments.compose import Config, compose
from experiments.diffusion_options import number, whole
from experiments.figures import Lang, figure
from experiments.options import Options
from experiments.pick import certainty, marginal, rule_of
from experiments.results import write_outputs
from experiments.tables import show, table
from scenarios.creators import ACTIVE, FORMATS, Creator, Sheet, read_creators
from scenarios.records import unknown
from sim.diffusion import Selection, independent_cascade, linear_threshold, select_seed_members
from sim.diffusion.audiences import OVERLAP, embed_creators
from sim.diffusion.selection import FRESH
from sim.errors import ConfigError, DataError
from sim.graph import FollowerGraph, power_law_communities
from sim.graph.tastes import interests_of
from sim.philox import derive_seed
from sim.state.schema import TOPICS
from sim.world import graph_from_file

__all__ = ["pick_creators"]

WANTED = 20.0
"""Active fans in the sample that the smallest creator should have; the sample is made as large as that takes."""
LEAST = 5.0
"""Fewer than these are below the sample's resolution."""
LEAST_MEMBERS, MOST_MEMBERS = 50_000, 1_000_000
ALONE_RUNS = 200
"""Worlds in which each of the chosen is tried alone."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "{chosen} of {all} creators of {file} ({format} notes); rule {rule}, model {model}, seed {seed}",
        "head": ("", "creator", "category", "fans", "price", "adds", "95 % interval", "per yuan", "why"),
        "why": "{alone} people alone, {new} of them not reached by those above",
        "first": "{alone} people alone",
        "total": "Together they reach {mean} people ({low} to {high}) for {cost}; {budget}{runs} fresh runs.",
        "budget": "budget {budget}; ",
        "overlap": "Overlap of audiences {overlap} (assumption, {low_o} to {high_o}). The same creators reach {at_low} at "
        "{low_o} and {at_high} at {high_o}; chosen anew there, {same_low} and {same_high} of {chosen} are the same.",
        "sample": "{members} members stand for {people} people; how real fans follow each other is not known, so levels "
        "are the model's, and a choice between creators is safer than a level.",
        "active": "Note: {count} creators without active_share were taken to have {share} active fans (assumption, 0.3 to "
        "0.9).",
        "unpriced": "Note: not for sale as {format} notes, left out: {names}",
        "unused": "Note: columns that are not used: {names}",
        "number": "pick --creators needs --budget in yuan, or -k, how many to choose",
        "between": "to",
    },
    "zh": {
        "title": "从 {file} 的 {all} 位达人中选 {chosen} 位（{format}）；规则 {rule}，模型 {model}，种子 {seed}",
        "head": ("", "达人", "类目", "粉丝数", "报价", "新增触达", "95% 区间", "每元触达", "理由"),
        "why": "单独触达 {alone} 人，其中 {new} 未被以上达人触达",
        "first": "单独触达 {alone} 人",
        "total": "合计触达 {mean} 人（{low} 至 {high}），花费 {cost}；{budget}{runs} 次全新模拟。",
        "budget": "预算 {budget}；",
        "overlap": "受众重合度 {overlap}（假设，{low_o} 至 {high_o}）。同一批达人在 {low_o} 时触达 {at_low}，在 {high_o} 时触达 "
        "{at_high}；若按两端重新选择，{chosen} 位中分别有 {same_low} 位和 {same_high} 位相同。",
        "sample": "{members} 名成员代表 {people} 人；真实粉丝的关注关系未知，绝对数是模型口径，取舍比绝对数更可靠。",
        "active": "注意：{count} 位达人未填活跃粉丝占比，按 {share} 计（假设，0.3 至 0.9）。",
        "unpriced": "注意：不接{format}笔记，未纳入：{names}",
        "unused": "注意：未使用的列：{names}",
        "number": "pick --creators 需要 --budget（元）或 -k（选择人数）",
        "between": "至",
    },
}
FORMAT_NAMES = {"image": "图文", "video": "视频"}


@dataclass(frozen=True)
class Stage:
    """A synthetic graph that creators can be embedded into.

    Attributes
    ----------
    graph, interests
        Who follows whom, without labels; uint8[n, topics].
    people
        People whom a member stands for.
    creators
        Those for sale.
    fans
        int64, fans of each in members.
    audience
        float64[c, topics], shares of them by topic.
    seed
        Random seed.
    """

    graph: FollowerGraph
    interests: npt.NDArray[np.uint8]
    people: float
    creators: Sequence[Creator]
    fans: npt.NDArray[np.int64]
    audience: npt.NDArray[np.float64]
    seed: int

    @property
    def rows(self) -> list[int]:
        """Rows of the creators, once embedded."""
        return list(range(len(self.graph), len(self.graph) + len(self.creators)))

    def embedded(self, overlap: float) -> FollowerGraph:
        """The graph with its creators."""
        return embed_creators(
            self.graph, self.interests, self.fans, self.audience, [c.key for c in self.creators],
            overlap=overlap, seed=derive_seed(self.seed, 2),
        )  # fmt: skip


def stage(sheet: Sheet, creators: Sequence[Creator], config: Config, sized: bool) -> Stage:
    """Draw the people and their graph, large enough for the smallest creator.

    Parameters
    ----------
    sheet
        For messages.
    creators
        Those for sale.
    config
        Says what people there are: ``world``, ``audience``, ``graph``.
    sized
        Whether the user has said how large the sample is.

    Raises
    ------
    DataError
        If the smallest creator is below the sample's resolution, or the largest has more fans than there are people.
    """
    world, taste, shape = config.community.world, config.community.audience, config.community.graph
    active = np.array([c.fans * (ACTIVE if c.active_share is None else c.active_share) for c in creators])
    smallest, largest = creators[int(np.argmin(active))], creators[int(np.argmax(active))]
    if shape.kind == "edges":
        drawn = graph_from_file(shape)
        graph = FollowerGraph.from_csr(drawn.out, drawn.into)
    else:
        members = world.members
        if not sized:
            needed = math.ceil(WANTED * world.represents / active.min())
            members = int(min(max(needed, LEAST_MEMBERS), MOST_MEMBERS, world.represents))
        topics = np.asarray(taste.topics, np.float64)
        graph = power_law_communities(
            members, shape.mean_followees, shape.exponent, shape.reciprocity, closure=shape.closure,
            mixing=1.0 - shape.within_topic, topics=topics, seed=derive_seed(config.seed, 1),
        )  # fmt: skip
    size = len(graph)
    people = max(world.represents, float(size)) / size
    if active.min() / people < LEAST:
        raise DataError(
            f"{sheet.path}, row {smallest.row}: {smallest.name!r} has {active.min():,.0f} active fans, below the "
            f"resolution of {size:,} members who stand for {people * size:,.0f} people; leave the creator out, or set "
            f"world.members={math.ceil(LEAST * world.represents / active.min())}"
        )
    if active.max() / people > 0.5 * size:
        raise DataError(
            f"{sheet.path}, row {largest.row}: {largest.name!r} has {active.max():,.0f} active fans, more than half of "
            f"the {people * size:,.0f} people of the world; set world.represents to how many there are"
        )
    keys = np.arange(size, dtype=np.uint32)
    interests, _, _ = interests_of(
        np.asarray(taste.topics, np.float64), size, keys, derive_seed(config.seed, 1)
    )
    audience = np.zeros((len(creators), len(TOPICS)))
    for i, creator in enumerate(creators):
        for topic, share in (creator.audience or {creator.category: shape.within_topic}).items():
            audience[i, topic] = share
    fans = np.maximum(1, np.rint(active / people)).astype(np.int64)
    return Stage(graph, interests, people, creators, fans, audience, config.seed)


def pick_creators(options: Options, path: str, asked: Mapping[str, str], lang: Lang) -> int:
    """Choose among the creators of a sheet; gives the exit code."""
    text = TEXT[lang]
    rule, kind = rule_of(options), options.given.get("--format", FORMATS[0])
    if kind not in FORMATS:
        raise unknown("--format", kind, FORMATS)
    if rule == "bands":
        raise ConfigError("--rule bands chooses by numbers from a graph, not among creators with prices")
    if not {"--budget", "-k"} & options.given.keys():
        raise ConfigError(text["number"])
    overlap = number(options, "--overlap", OVERLAP[1], 0.0, 1.0)
    sheet = read_creators(path)
    config = compose(options.overrides, options.folder)
    offered = [c for c in sheet.creators if kind in c.prices]
    if not offered:
        raise DataError(f"{sheet.path}: nobody has a price for {kind} notes")
    sized = any(word.partition("=")[0] in ("world", "world.members") for word in options.overrides)
    place = stage(sheet, offered, config, sized)
    prices = {row: c.prices[kind] for row, c in zip(place.rows, offered, strict=True)}
    arguments = _arguments(options, rule, prices, config.seed)
    graph = place.embedded(overlap)
    found = select_seed_members(graph, **arguments)
    frame = _frame(place, found, graph, arguments, kind, text, lang)
    ends = []
    for end in (OVERLAP[0], OVERLAP[2]):
        other = place.embedded(end)
        again = select_seed_members(other, **arguments)
        same = sum(row in again.members for row in found.members)
        reached = _sizes(other, found.members, arguments, arguments["runs"]).mean()
        ends.append((end, _people(place, float(reached), len(found.members)), same))
    low, high = (_people(place, value, len(found.members)) for value in found.interval)
    summary: dict[str, Any] = {
        "sheet": str(sheet.path), "format": kind, "rule": rule, "model": arguments["model"], "seed": config.seed,
        "creators": len(offered), "chosen": len(found.members), "people": _people(place, found.spread, len(found.members)),
        "low": low, "high": high, "cost": sum(prices[row] for row in found.members),
        "budget": arguments.get("budget"), "runs": arguments["runs"], "members": len(place.graph),
        "represents": place.people * len(place.graph), "overlap": overlap,
        **{f"people_at_overlap_{end:g}": value for end, value, _ in ends},
        **{f"same_at_overlap_{end:g}": same for end, _, same in ends},
        "guaranteed_share": None if found.guarantee is None else found.guarantee.share,
        "confidence": None if found.guarantee is None else found.guarantee.confidence,
        "assumed_active": sum(c.active_share is None for c in offered),
        "not_for_sale": [c.name for c in sheet.creators if kind not in c.prices],
        "unused_columns": list(sheet.unused),
    }  # fmt: skip
    facts = {
        "chosen": len(found.members), "all": len(sheet.creators), "file": sheet.path.name, "rule": rule,
        "model": arguments["model"], "seed": config.seed,
    }  # fmt: skip
    titles: dict[Lang, str] = {
        "en": TEXT["en"]["title"].format(format=kind, **facts),
        "zh": TEXT["zh"]["title"].format(format=FORMAT_NAMES[kind], **facts),
    }

    def draw(target: Path) -> None:
        from experiments.spread_pictures import draw_choice

        assert found.gains is not None
        totals = np.cumsum((found.gains - 1) * place.people, axis=1)
        draw_choice(target, titles, totals, list(frame["name"]), "people", lang)

    page = pd.DataFrame(
        {
            "key": list(summary),
            "value": [", ".join(v) if isinstance(v, list) else v for v in summary.values()],
        }
    )
    content = {**summary, "picked": frame.to_dict("records")}
    if write_outputs(asked, {"pick": frame, "summary": page}, content, draw):
        _show(titles[lang], frame, summary, found, ends, text, lang)
    return 0


def _arguments(options: Options, rule: str, prices: dict[int, float], seed: int) -> dict[str, Any]:
    """Arguments of `select_seed_members`, the same whatever the overlap."""
    text = options.given.get("--probability", "wc")
    try:
        arc: Any = text if text in ("wc", "trivalency") else float(text)
    except ValueError:
        raise unknown("--probability", text, ["wc", "trivalency", "a number from 0 to 1"]) from None
    arguments: dict[str, Any] = {
        "model": options.given.get("--model", "ic"), "probability": arc, "rule": rule, "candidates": list(prices),
        "epsilon": number(options, "--epsilon", 0.1, 0.001, 0.999), "worlds": whole(options, "--worlds", 200),
        "runs": whole(options, "--runs", 1000), "seed": seed,
    }  # fmt: skip
    if "-k" in options.given:
        arguments["k"] = whole(options, "-k", 1)
    if "--budget" in options.given:
        arguments |= {"budget": number(options, "--budget", 0.0, 0.01, 1e12), "prices": prices}
    return arguments


def _people(place: Stage, members: float, seeds: int) -> float:
    """Members reached as people, the creators themselves left out."""
    return (members - seeds) * place.people


def _sizes(
    graph: FollowerGraph, members: Sequence[int], arguments: Mapping[str, Any], runs: int
) -> npt.NDArray[np.int64]:
    """Spread of given creators in the first of the worlds in which the choice is valued, int64[runs]."""
    common: dict[str, Any] = {"runs": runs, "seed": derive_seed(arguments["seed"], FRESH), "frequency": False}
    if arguments["model"] == "lt":
        return linear_threshold(graph, members, **common).sizes
    return independent_cascade(graph, members, probability=arguments["probability"], **common).sizes


def _frame(
    place: Stage,
    found: Selection,
    graph: FollowerGraph,
    arguments: Mapping[str, Any],
    kind: str,
    text: Mapping[str, Any],
    lang: Lang,
) -> pd.DataFrame:
    """One row for each of the chosen."""
    chosen = [place.creators[row - len(place.graph)] for row in found.members]
    frame = marginal(found, place.people, 1)
    price = np.array([c.prices[kind] for c in chosen])
    assert found.gains is not None
    runs = min(ALONE_RUNS, len(found.gains))
    # In the same worlds nobody adds more than it reaches alone.
    alone = np.array([_sizes(graph, [row], arguments, runs).mean() - 1.0 for row in found.members])
    new = (found.gains[:runs].mean(axis=0) - 1.0) / np.maximum(alone, 1e-9)
    alone *= place.people
    reasons = [
        text["why" if at else "first"].format(
            alone=figure(reach, "", lang), new=figure(float(share), "share", lang)
        )
        for at, (reach, share) in enumerate(zip(alone.tolist(), new, strict=True))
    ]
    return pd.DataFrame(
        {
            "order": frame["order"], "name": [c.name for c in chosen],
            "category": [TOPICS[c.category][lang == "zh"] for c in chosen], "fans": [c.fans for c in chosen],
            "price": price, "adds": frame["adds"], "low": frame["low"], "high": frame["high"],
            "per_yuan": frame["adds"] / price, "reached": frame["reached"], "alone": alone, "new_share": new,
            "reason": reasons, "sheet_row": [c.row for c in chosen],
        }
    )  # fmt: skip


def _show(
    title: str,
    frame: pd.DataFrame,
    summary: Mapping[str, Any],
    found: Selection,
    ends: Sequence[tuple[float, float, int]],
    text: Mapping[str, Any],
    lang: Lang,
) -> None:
    show(Text(title, style="bold"))
    records: Any = frame.itertuples(index=False)
    rows = [
        [
            str(row.order), row.name, row.category, figure(row.fans, "", lang), figure(row.price, "yuan", lang),
            figure(row.adds, "", lang),
            f"{figure(row.low, '', lang)} {text['between']} {figure(row.high, '', lang)}",
            figure(row.per_yuan, "", lang), row.reason,
        ]
        for row in records
    ]  # fmt: skip
    left = (1, 2, 8)
    show(table([(name, "left" if at in left else "right") for at, name in enumerate(text["head"])], rows))
    budget = summary["budget"]
    show(
        text["total"].format(
            mean=figure(summary["people"], "", lang), low=figure(summary["low"], "", lang),
            high=figure(summary["high"], "", lang), cost=figure(summary["cost"], "yuan", lang),
            budget="" if budget is None else text["budget"].format(budget=figure(budget, "yuan", lang)),
            runs=f"{summary['runs']:,}",
        ),
        certainty(found.guarantee, lang),
        text["overlap"].format(
            overlap=f"{summary['overlap']:g}", low_o=f"{ends[0][0]:g}", high_o=f"{ends[1][0]:g}",
            at_low=figure(ends[0][1], "", lang), at_high=figure(ends[1][1], "", lang), chosen=len(frame),
            same_low=ends[0][2], same_high=ends[1][2],
        ),
        text["sample"].format(
            members=f"{summary['members']:,}", people=figure(summary["represents"], "", lang)
        ),
    )  # fmt: skip
    if summary["assumed_active"]:
        show(text["active"].format(count=summary["assumed_active"], share=f"{ACTIVE:g}"))
    if summary["not_for_sale"]:
        kind = FORMAT_NAMES[summary["format"]] if lang == "zh" else summary["format"]
        show(text["unpriced"].format(format=kind, names=", ".join(summary["not_for_sale"])))
    if summary["unused_columns"]:
        show(text["unused"].format(names=", ".join(summary["unused_columns"])))
