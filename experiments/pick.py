"""`seedbed pick`: whom to choose as first spreaders, from a graph of one's own or from a sheet of creators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.text import Text

from experiments.diffusion_options import (
    graph_of,
    labels,
    number,
    probability,
    seed_of,
    whole,
)
from experiments.figures import Lang, figure
from experiments.options import Options
from experiments.results import outputs, write_outputs
from experiments.tables import show, table
from scenarios.records import unknown
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.diffusion import Guarantee, Selection

__all__ = ["TEXT", "certainty", "marginal", "pick", "rule_of"]

ONLY_CREATORS = ("--budget", "--format", "--overlap")
ONLY_GRAPH = ("--candidates", "--rivals", "--bands", "--columns", "--self-loops", "--ids")

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "{k} of {members} members of {file}; rule {rule}, model {model}, seed {seed}",
        "head": ("", "member", "followers", "adds", "95 % interval", "reached so far"),
        "total": "Together they reach {mean} members ({low} to {high}), {share} of all, in {runs} fresh runs.",
        "won": "Against the rivals they win {mean} members ({low} to {high}), {share} of all, in {runs} fresh runs.",
        "guarantee": "Certain: at least {share} of the best possible spread, with probability {confidence} "
        "({sketches} sketches).",
        "thumb": "A rule of thumb: nothing is certain about how good the choice is.",
        "usage": "pick needs a graph and a number, or a sheet of creators: seedbed pick GRAPH -k 50, "
        "or seedbed pick --creators my.xlsx --budget 500000",
        "number": "pick needs -k, how many to choose",
        "only": "{name} goes with {what}",
        "what": {"creators": "--creators", "graph": "a graph of one's own"},
    },
    "zh": {
        "title": "从 {file} 的 {members} 名成员中选 {k} 名；规则 {rule}，模型 {model}，种子 {seed}",
        "head": ("", "成员", "粉丝", "新增触达", "95% 区间", "累计触达"),
        "total": "合计触达 {mean} 人（{low} 至 {high}），占全体 {share}（{runs} 次全新模拟）。",
        "won": "与竞品相争赢得 {mean} 人（{low} 至 {high}），占全体 {share}（{runs} 次全新模拟）。",
        "guarantee": "可保证：不低于最优传播的 {share}，概率 {confidence}（{sketches} 个草图）。",
        "thumb": "经验规则：对选择优劣没有任何保证。",
        "usage": "pick 需要关系图和人数，或达人表格：seedbed pick 图文件 -k 50，"
        "或 seedbed pick --creators my.xlsx --budget 500000",
        "number": "pick 需要 -k，即选择人数",
        "only": "{name} 须与 {what} 一起使用",
        "what": {"creators": "--creators", "graph": "自己的关系图"},
    },
}


def pick(words: Sequence[str], lang: Lang) -> int:
    """Choose first spreaders; gives the exit code."""
    given = [f"--{word}" if word.startswith("creators=") else word for word in words]
    options = Options.of("pick", given)
    text = TEXT[lang]
    creators = options.given.get("--creators")
    if len(options.words) != (0 if creators else 1):
        raise ConfigError(text["usage"])
    for name in ONLY_GRAPH if creators else ONLY_CREATORS:
        if name in options.given:
            what = text["what"]["graph" if creators else "creators"]
            raise ConfigError(text["only"].format(name=name, what=what))
    asked = outputs(options)
    if creators:
        from experiments.pick_creators import pick_creators

        return pick_creators(options, creators, asked, lang)
    return _from_graph(options, asked, lang)


def rule_of(options: Options) -> Any:
    """The rule of choice that is asked for.

    Raises
    ------
    ConfigError
        For an unknown one.
    """
    from sim.diffusion import RULES

    rule = options.given.get("--rule", "imm")
    if rule not in RULES:
        raise unknown("--rule", rule, RULES)
    return rule


def _bands(text: str) -> list[tuple[int, int]]:
    """Bands of followers, ``500000:2,50000:8,1000:40``."""
    bands = []
    for part in text.split(",") if text else []:
        least, _, count = part.strip().partition(":")
        if not (least.isdigit() and count.isdigit()):
            raise ConfigError(f"--bands {text}: write least followers:how many, such as 50000:2,1000:48")
        bands.append((int(least), int(count)))
    return bands


def _from_graph(options: Options, asked: dict[str, str], lang: Lang) -> int:
    from sim.diffusion import select_seed_members

    text = TEXT[lang]
    rule = rule_of(options)
    seed = seed_of(options)
    if "-k" not in options.given and rule != "bands":
        raise ConfigError(text["number"])
    graph = graph_of(options, options.words[0], lang)
    model: Any = options.given.get("--model", "ic")
    arc = probability(options, graph)
    candidates, rivals = (
        labels(graph, options.given[name], name) if name in options.given else None
        for name in ("--candidates", "--rivals")
    )
    found = select_seed_members(
        graph,
        k=None if rule == "bands" else whole(options, "-k", 0),
        model=model,
        probability=arc,
        weight=arc if options.given.get("--probability") == "weight" else "uniform",
        rule=rule,
        candidates=candidates,
        rivals=rivals or (),
        bands=_bands(options.given.get("--bands", "")),
        epsilon=number(options, "--epsilon", 0.1, 0.001, 0.999),
        worlds=whole(options, "--worlds", 200),
        runs=whole(options, "--runs", 1000),
        seed=seed,
    )
    frame = marginal(found)
    frame.insert(1, "member", found.members)
    frame.insert(2, "followers", graph.followers_count()[found.rows])
    facts = {
        "k": len(found.members), "members": f"{len(graph):,}", "file": Path(options.words[0]).name, "rule": rule, "model": model,
        "seed": seed,
    }  # fmt: skip
    titles: dict[Lang, str] = {
        "en": TEXT["en"]["title"].format(**facts),
        "zh": TEXT["zh"]["title"].format(**facts),
    }

    def draw(path: Path) -> None:
        from experiments.spread_pictures import draw_choice

        if found.gains is None:
            raise ConfigError("--plot shows what each adds, which is not defined against rivals")
        totals = np.cumsum(found.gains, axis=1, dtype=np.float64)
        draw_choice(path, titles, totals, [str(m) for m in found.members], "members", lang)

    content = {**found.as_dict(), "graph": options.words[0], "model": model, "seed": seed}
    if write_outputs(asked, {"pick": frame}, content, draw):
        show(Text(titles[lang], style="bold"))
        records: Any = frame.itertuples()
        rows = [
            [
                str(row.order), str(row.member), f"{row.followers:,}",
                *([figure(row.adds, "", lang), _between(row.low, row.high, lang), figure(row.reached, "", lang)]
                  if found.gains is not None else ["-"] * 3),
            ]
            for row in records
        ]  # fmt: skip
        head = text["head"]
        show(table([(name, "left" if at == 1 else "right") for at, name in enumerate(head)], rows))
        low, high = found.interval
        show(
            text["total" if found.gains is not None else "won"].format(
                mean=figure(found.spread, "", lang), low=figure(low, "", lang), high=figure(high, "", lang),
                share=figure(found.spread / len(graph), "share", lang), runs=f"{len(found.sizes):,}",
            ),
            certainty(found.guarantee, lang),
        )  # fmt: skip
    return 0


def marginal(found: Selection, people: float = 1.0, less: int = 0) -> pd.DataFrame:
    """Whom each of a choice adds to those before it, in the order of choice.

    Parameters
    ----------
    found
        The choice.
    people
        People whom a member stands for.
    less
        Members not to be counted for each of the chosen, 1 where they themselves are none of the people.

    Returns
    -------
    DataFrame
        ``order, adds, low, high, reached``, without the last four against rivals; the interval is that of the mean.
    """
    from sim.diffusion.spread import mean_interval

    frame = pd.DataFrame({"order": np.arange(1, len(found.members) + 1)})
    if found.gains is None:
        return frame
    gains = (found.gains - less) * people
    intervals = [mean_interval(column) for column in gains.T]
    return frame.assign(
        adds=gains.mean(axis=0),
        low=[low for low, _ in intervals],
        high=[high for _, high in intervals],
        reached=np.cumsum(gains.mean(axis=0)),
    )


def certainty(guarantee: Guarantee | None, lang: Lang) -> str:
    """What is certain about a choice, as a sentence."""
    text = TEXT[lang]
    if guarantee is None:
        return str(text["thumb"])
    return str(
        text["guarantee"].format(
            share=f"{guarantee.share:.1%}",
            confidence=f"{guarantee.confidence:.6g}",
            sketches=f"{guarantee.sketches:,}",
        )
    )


def _between(low: float, high: float, lang: Lang) -> str:
    return f"{figure(low, '', lang)} {'to' if lang == 'en' else '至'} {figure(high, '', lang)}"
