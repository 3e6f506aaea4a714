"""`seedbed reach`: how far something spreads from members that one names, over a graph of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

MODELS = ("ic", "lt", "mix", "contagion")
ROWS = 12
"""Steps that the table shows; files hold all."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "{file}: {members} members, {arcs} arcs; {seeds} seed members, model {model}, {runs} runs, seed {seed}",
        "reach": "Reached: {mean} members ({low} to {high}, 95 % interval of the mean), {share} of all; "
        "single runs {least} to {most} (5 to 95 %)",
        "one": "Reached: {mean} members, {share} of all",
        "head": ("step", "new", "reached by then", "share"),
        "more": "{count} more steps",
        "usage": "reach needs a graph and members: seedbed reach GRAPH --members 17,42 --model ic --probability wc",
    },
    "zh": {
        "title": "{file}：{members} 名成员，{arcs} 条关注；{seeds} 名初始传播者，模型 {model}，{runs} 次模拟，种子 {seed}",
        "reach": "触达 {mean} 人（均值的 95% 区间 {low} 至 {high}），占全体 {share}；单次模拟 {least} 至 {most}（5% 至 95%）",
        "one": "触达 {mean} 人，占全体 {share}",
        "head": ("步", "新增", "累计", "占比"),
        "more": "另有 {count} 步",
        "usage": "reach 需要关系图和成员：seedbed reach 图文件 --members 17,42 --model ic --probability wc",
    },
}


def reach(words: Sequence[str], lang: Lang) -> int:
    """Spread from the members that are named; gives the exit code."""
    options = Options.of("reach", words)
    text = TEXT[lang]
    if len(options.words) != 1 or "--members" not in options.given:
        raise ConfigError(text["usage"])
    asked = outputs(options)
    graph = graph_of(options, options.words[0], lang)
    members = labels(graph, options.given["--members"], "--members")
    model = options.given.get("--model", "ic")
    spread = _spread(options, graph, members, model)
    frame = pd.DataFrame(
        {
            "step": np.arange(len(spread.new_by_step)),
            "new": spread.new_by_step,
            "reached": spread.active_by_step,
            "share": spread.active_by_step / len(graph),
        }
    )
    facts = {
        "file": Path(options.words[0]).name, "members": f"{len(graph):,}", "arcs": f"{len(graph.followees):,}",
        "seeds": len(members), "model": model, "runs": f"{spread.runs:,}", "seed": seed_of(options),
    }  # fmt: skip
    titles: dict[Lang, str] = {
        "en": TEXT["en"]["title"].format(**facts),
        "zh": TEXT["zh"]["title"].format(**facts),
    }
    if "--frequency" in options.given:
        _frequency(options.given["--frequency"], graph, spread)

    def draw(path: Path) -> None:
        from experiments.spread_pictures import draw_reach

        draw_reach(path, titles, spread.active_by_step, spread.sizes, lang)

    content = {**spread.as_dict(), "graph": options.words[0], "seed_labels": members}
    if write_outputs(asked, {"reach": frame}, content, draw):
        _show(titles[lang], graph, spread, frame, text, lang)
    return 0


def _spread(options: Options, graph: Any, members: list[Any], model: str) -> Any:
    """The spread by the model that is asked for."""
    from sim.diffusion import complex_contagion, independent_cascade, linear_threshold, platform_mix

    common: dict[str, Any] = {
        "seed": seed_of(options),
        "max_steps": whole(options, "--steps", 0) or None,
        "frequency": "--frequency" in options.given,
    }
    runs = whole(options, "--runs", 1000)
    arc = probability(options, graph)
    if model == "ic":
        return independent_cascade(graph, members, probability=arc, runs=runs, **common)
    if model == "mix":
        discovery = number(options, "--discovery", 0.0, 0.0, 1000.0)
        return platform_mix(graph, members, probability=arc, discovery=discovery, runs=runs, **common)
    if model == "lt":
        weight: Any = arc if options.given.get("--probability") == "weight" else "uniform"
        return linear_threshold(graph, members, weight=weight, runs=runs, **common)
    if model == "contagion":  # nothing is random, so one run says all
        threshold = number(options, "--threshold", 0.18, 0.0, 1.0)
        return complex_contagion(graph, members, threshold=threshold, **common)
    raise unknown("--model", model, MODELS)


def _frequency(file: str, graph: Any, spread: Any) -> None:
    """Write in which share of the runs each member was reached."""
    from experiments.folder import file_whole
    from experiments.studies.export import write_csv

    if not file.lower().endswith(".csv"):
        raise ConfigError(f"--frequency {file}: the file must end in .csv")
    frame = pd.DataFrame({"member": graph.labels_of(np.arange(len(graph))), "frequency": spread.frequency})
    with file_whole(Path(file)) as place:
        write_csv(place, frame)


def _show(title: str, graph: Any, spread: Any, frame: pd.DataFrame, text: dict[str, Any], lang: Lang) -> None:
    show(Text(title, style="bold"))
    mean, share = figure(spread.mean, "", lang), figure(spread.mean / len(graph), "share", lang)
    if spread.runs > 1:
        low, high = (figure(v, "", lang) for v in spread.interval())
        least, most = (figure(float(v), "", lang) for v in np.percentile(spread.sizes, [5, 95]))
        show(text["reach"].format(mean=mean, low=low, high=high, share=share, least=least, most=most))
    else:
        show(text["one"].format(mean=mean, share=share))
    rows = [
        [
            str(step),
            figure(frame["new"].iloc[step], "", lang),
            figure(frame["reached"].iloc[step], "", lang),
            figure(frame["share"].iloc[step], "share", lang),
        ]
        for step in range(min(ROWS, len(frame)))
    ]
    names = text["head"]
    show(table([(name, "right") for name in names], rows))
    if len(frame) > ROWS:
        show(text["more"].format(count=len(frame) - ROWS))
