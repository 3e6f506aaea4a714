"""`seedbed sweep`, `resume`, `extend`, `studies`: make a study, go on with it, add seeds, list what there is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.figures import Lang, figure
from experiments.interrupts import interrupts_kept
from experiments.options import Options, setting
from experiments.studies import cells as grammar
from experiments.studies import executors
from experiments.studies import seeds as numbers
from experiments.studies.draws import draws_of
from experiments.studies.driver import TEXT as DRIVER
from experiments.studies.driver import Progress, play
from experiments.studies.store import Store, find, studies_in
from experiments.tables import Side, show, table
from sim.errors import ConfigError
from sim.memory import require_memory
from sim.processors import cpu_count

OUT = "seedbed-runs"
FAILED = 2

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "header": "{name}: {distinct} distinct cells of {asked}, {seeds} seeds ({written}), "
        "{runs} runs in {shards} shards",
        "cells": ("cell", "made by", "left out, since the cell lacks the action"),
        "played": "played {runs} runs in {seconds}",
        "nothing": "nothing is missing: all {planned} shards are there",
        "folder": "study: {folder}",
        "failed": "{count} of {planned} shards failed; the first: {reason}. seedbed resume {folder} tries again.",
        "interrupted": "interrupted: {left} of {planned} shards are missing; seedbed resume {folder} plays them",
        "stopped": "stopped: {left} of {planned} shards are missing; seedbed resume {folder} plays them",
        "next": "next: seedbed compare {folder}",
        "studies": ("study", "cells", "seeds", "played", "code", "written"),
        "same": "this",
        "other": "another",
        "none": "no studies in {out}",
        "usage": "write seedbed {verb} STUDY{more}: a folder, or a name that seedbed studies lists",
    },
    "zh": {
        "header": "{name}：{asked} 个组合中有 {distinct} 个不同，{seeds} 个种子（{written}），"
        "共 {runs} 次运行、{shards} 个分片",
        "cells": ("方案", "由此组成", "未采用（该方案没有此动作）"),
        "played": "完成 {runs} 次运行，用时 {seconds}",
        "nothing": "没有缺失：{planned} 个分片齐全",
        "folder": "研究目录：{folder}",
        "failed": "{planned} 个分片中有 {count} 个失败；第一个：{reason}。seedbed resume {folder} 会重试。",
        "interrupted": "已中断：{planned} 个分片缺 {left} 个；seedbed resume {folder} 可补齐",
        "stopped": "已停止：{planned} 个分片缺 {left} 个；seedbed resume {folder} 可补齐",
        "next": "接下来：seedbed compare {folder}",
        "studies": ("研究", "方案数", "种子数", "已完成", "代码", "创建时间"),
        "same": "相同",
        "other": "不同",
        "none": "{out} 中没有研究",
        "usage": "用法：seedbed {verb} STUDY{more}：目录，或 seedbed studies 列出的名称",
    },
}


def sweep(words: Sequence[str], lang: Lang) -> int:
    """Compose every cell, write the manifest, play all of it."""
    options = Options.read(words)
    asked = grammar.read(options)
    store = made(asked, options)
    header(store, asked, lang)
    return carried_out(store, asked.study.executor, asked.study.workers, asked.study.address, lang, options)


def made(asked: grammar.Sweep, options: Options) -> Store:
    """The study of a sweep: a new folder, or the one of an equal sweep."""
    from experiments.folder import code_version, content_id
    from experiments.studies.tasks import freeze_day, segments_of
    from scenarios.library import Library

    study = asked.study
    executors.executor(study.executor, study.address)  # refused before there is a folder
    if not study.name.replace("_", "").replace("-", "").isalnum():
        raise ConfigError(f"study.name={study.name} must consist of letters, digits, _ and -")
    seeds = (
        numbers.parse(study.seeds) if study.seeds else list(range(asked.seed, asked.seed + study.replicates))
    )
    at_once = 1 if study.executor == "serial" else study.workers or cpu_count()
    for cell in asked.cells:
        require_memory(cell.config.community, min(at_once, len(seeds) * len(asked.cells)))
    records = [record(cell) for cell in asked.cells]
    library = Library.default([options.folder] if options.folder else [])
    content: dict[str, Any] = {
        "name": study.name,
        "en": study.en,
        "zh": study.zh,
        "code": code_version(),
        "baseline": asked.baseline,
        "confidence": study.confidence,
        "executor": study.executor,
        "asked": asked.asked,
        "dropped": {label: list(keys) for label, keys in asked.dropped.items()},
        "cells": records,
        "batches": [
            {
                "purpose": "study",
                "cells": [r["key"] for r in records],
                "blocks": numbers.blocks(seeds, study.block),
            }
        ],
        "block": study.block,
        "segments": segments_of(study.segments, library),
        "freeze": freeze_day(cell.config for cell in asked.cells),
        "panels": list(study.panels),
        "start": asked.cells[0].config.community.start.isoformat(),
    }
    draws = draws_of(study, library)
    if draws:
        content["draws"] = draws
    told = ("code", "batches", "segments", "freeze", "panels", *(("draws",) if draws else ()))
    study_id = content_id({k: content[k] for k in told})
    target = Path(asked.out) / f"{study.name}-{study_id}"
    return Store.create(target, {"id": study_id, **content}, {c.key: c.config for c in asked.cells})


def record(cell: grammar.Cell) -> dict[str, Any]:
    """What the manifest says of a cell."""
    return {
        "key": cell.key,
        "label": cell.label,
        "en": cell.en,
        "zh": cell.zh,
        "words": list(cell.words),
        "idle": cell.idle,
        "days": cell.config.days,
        "weight": cell.config.community.world.weight,
        "party": cell.config.resolved["plan"]["as"],
    }


def header(store: Store, asked: grammar.Sweep, lang: Lang) -> None:
    """Say what will be played."""
    shards = store.shards()
    seeds = sorted({seed for shard in shards for seed in shard.seeds})
    line = TEXT[lang]["header"].format(
        name=store.manifest["name"],
        distinct=len(asked.cells),
        asked=asked.asked,
        seeds=len(seeds),
        written=numbers.written(seeds),
        runs=sum(len(shard.seeds) for shard in shards),
        shards=len(shards),
    )
    columns: list[tuple[str, Side]] = [(name, "left") for name in TEXT[lang]["cells"]]
    rows = [
        [cell.label, " ".join(cell.words), " ".join(asked.dropped.get(cell.label, ()))]
        for cell in asked.cells
    ]
    if not asked.dropped:
        columns, rows = columns[:2], [row[:2] for row in rows]
    show(line, table(columns, rows))


def worked_on(
    store: Store,
    who: str,
    workers: int,
    address: str,
    lang: Lang,
    options: Options,
    verify: bool = False,
) -> Progress:
    """Play what is missing under the lock; says what is left where it is stopped."""
    text = TEXT[lang]

    def left(kind: str) -> None:
        gone = len(store.missing())
        print(text[kind].format(left=gone, planned=len(store.shards()), folder=store.path), file=sys.stderr)

    with store.locked():
        try:
            with interrupts_kept():
                return play(
                    store,
                    who,
                    workers,
                    address,
                    lang,
                    other_code="--other-code" in options.flags,
                    allow_code=options.allow_code,
                    verify=verify,
                )
        except KeyboardInterrupt:
            left("interrupted")
            raise
        except OSError:
            left("stopped")
            raise


def carried_out(
    store: Store,
    who: str,
    workers: int,
    address: str,
    lang: Lang,
    options: Options,
    verify: bool = False,
) -> int:
    """Play what is missing and report it; gives the exit code."""
    return reported(store, worked_on(store, who, workers, address, lang, options, verify), lang)


def reported(store: Store, progress: Progress, lang: Lang) -> int:
    """Print what was done; gives the exit code."""
    text = TEXT[lang]
    for name in progress.damaged:
        print(DRIVER[lang]["again"].format(name=name), file=sys.stderr)
    if progress.failed:
        reason = next(iter(progress.failed.values()))
        print(
            text["failed"].format(
                count=len(progress.failed), planned=progress.planned, reason=reason, folder=store.path
            ),
            file=sys.stderr,
        )
    if progress.played or not progress.failed:
        line = "played" if progress.played else "nothing"
        seconds = figure(progress.seconds, "", lang) + " s"
        show(text[line].format(runs=progress.runs, seconds=seconds, planned=progress.planned))
    show(text["folder"].format(folder=store.path))
    if progress.failed:
        return FAILED
    show(text["next"].format(folder=store.path))
    return 0


def named(options: Options, verb: str, lang: Lang, more: str = "") -> Store:
    """The study that the words name."""
    if len(options.words) != 1:
        raise ConfigError(TEXT[lang]["usage"].format(verb=verb, more=more))
    return find(options.words[0], out_folder(options))


def out_folder(options: Options) -> Path:
    """Where studies are looked for."""
    given = [word.removeprefix("out=") for word in options.overrides if word.startswith("out=")]
    return Path(given[-1] if given else OUT)


def resume(words: Sequence[str], lang: Lang) -> int:
    """Play exactly what a study lacks; corrupt shards are named and played again."""
    options = Options.of("resume", words)
    store = named(options, "resume", lang)
    return _go_on(store, options, lang, verify=True)


def extend(words: Sequence[str], lang: Lang) -> int:
    """Add seeds to a study and play them."""
    options = Options.of("extend", words)
    store = named(options, "extend", lang, " seeds=32:64")
    text = setting(options, "seeds", "")
    if not text:
        raise ConfigError(TEXT[lang]["usage"].format(verb="extend", more=" seeds=32:64"))
    executors.asked(options)  # refused before seeds are added
    with store.locked():
        first = store.manifest["batches"][0]
        there = {
            s
            for b in store.manifest["batches"]
            if b["cells"] == first["cells"]
            for k in b["blocks"]
            for s in k
        }
        new = [seed for seed in numbers.parse(text) if seed not in there]
        if new:
            store.plan(first["cells"], numbers.blocks(new, store.manifest["block"]))
    return _go_on(store, options, lang)


def _go_on(store: Store, options: Options, lang: Lang, verify: bool = False) -> int:
    who, workers, address = executors.asked(options, store.manifest.get("executor", "pool"))
    return carried_out(store, who, workers, address, lang, options, verify)


def studies(words: Sequence[str], lang: Lang) -> int:
    """List the studies of a folder."""
    text = TEXT[lang]
    out = out_folder(Options.read(words))
    rows = []
    for store in studies_in([out]):
        shards = store.shards()
        there = store.present()
        seeds = {seed for shard in shards for seed in shard.seeds}
        done = sum(shard.id in there for shard in shards)
        rows.append(
            [
                store.path.name,
                str(len(store.cells)),
                str(len(seeds)),
                f"{done}/{len(shards)}",
                text["same" if store.same_code() else "other"],
                str(store.manifest["written"])[:16].replace("T", " "),
            ]
        )
    if not rows:
        show(text["none"].format(out=out))
        return 0
    sides: list[Side] = ["left", "right", "right", "right", "left", "left"]
    show(table(list(zip(text["studies"], sides, strict=True)), rows))
    return 0
