"""`seedbed validate`: holds the model against facts that nobody here made, and says plainly which it misses.

`tier=quick` plays what two processors do in some minutes, `tier=full` adds a million members and long runs, `tier=tiny` only
shows that it works. Any override holds another world or profile against the same facts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.figures import Lang
from experiments.options import Options
from experiments.studies.executors import processes
from experiments.validation.judge import judged, record
from experiments.validation.play import Stage, jobs
from experiments.validation.registry import Result
from scenarios.records import unknown
from sim.errors import ConfigError, DataError

FLAT = ("calendar=none",)
"""Levels are those of a usual day: no sales day, no holiday."""
PLATFORM = ("world=xiaohongshu_2023", *FLAT)
VERTICAL = ("world=community", *FLAT)
MILLION = ("world=million", *FLAT)
_QUICK = (
    Stage(PLATFORM, 50_000, 60, (1, 2, 3, 4, 5)),
    Stage(VERTICAL, 20_000, 28, (1, 2, 3), "trial"),
    Stage(VERTICAL, 20_000, 60, (1, 2, 3), "campaign"),
    Stage(PLATFORM, 50_000, 42, (1, 2), "placements"),
)
TIERS: dict[str, tuple[Stage, ...]] = {
    "tiny": (
        Stage(VERTICAL, 2_000, 40, (1,)),
        Stage(VERTICAL, 2_000, 14, (1,), "trial"),
        Stage(VERTICAL, 2_000, 40, (1,), "campaign"),
    ),
    "quick": _QUICK,
    "full": (  # the longest runs first, so that no processor waits for them at the end
        Stage(MILLION, 1_000_000, 60, (1, 2, 3)),
        Stage(MILLION, 1_000_000, 60, (1,), "placements", ("E11",)),
        Stage(VERTICAL, 20_000, 400, (1,), "year"),
        Stage(VERTICAL, 20_000, 400, (1, 2, 3), "both"),
        Stage(VERTICAL, 20_000, 200, (1, 2, 3), "campaign"),
        Stage(VERTICAL, 20_000, 200, (1, 2, 3), "both", ("G1",)),
        *_QUICK,
    ),
}
TEXT = {
    "en": {
        "tier": "tier={word} is unknown; the tiers are {known}",
        "seeds": "seeds={word} must be a whole number from 1 to 100",
        "playing": "{runs} runs: {sizes}",
        "failed": "{count} of {runs} runs failed; the first: {error}",
        "kept": "JSON: {path}",
    },
    "zh": {
        "tier": "tier={word} 无效；可选 {known}",
        "seeds": "seeds={word} 必须是 1 到 100 的整数",
        "playing": "{runs} 次运行：{sizes}",
        "failed": "{runs} 次运行中有 {count} 次失败，首个原因：{error}",
        "kept": "JSON：{path}",
    },
}


def validate(words: Sequence[str], lang: Lang) -> int:
    """Play a tier, print the table, and write JSON where asked (``to=FILE.json``)."""
    from experiments.validation.pages import show_results

    options = Options.read(words)
    own = {"tier": "quick", "to": "", "seeds": "", "workers": "0"}
    extra = []
    for word in options.rest:
        key, equals, value = word.partition("=")
        if equals and key in own:
            own[key] = value
        elif key == "lang":
            continue
        elif equals:
            extra.append(word)
        else:
            raise unknown("word", word, [f"{name}=" for name in own])
    stages = tier(own["tier"], own["seeds"], lang)
    results, about = run(stages, extra, options.folder, lang, processes(own["workers"]))
    about["tier"] = own["tier"]
    show_results(record(results, about), lang)
    if own["to"]:
        path = Path(own["to"])
        write(path, record(results, about))
        print(TEXT[lang]["kept"].format(path=path))
    return 0


def tier(word: str, seeds: str = "", lang: Lang = "en") -> tuple[Stage, ...]:
    """The stages of a tier, perhaps with another number of seeds.

    Raises
    ------
    ConfigError
        For an unknown tier, or a number of seeds that is none.
    """
    if word not in TIERS:
        raise ConfigError(TEXT[lang]["tier"].format(word=word, known=", ".join(TIERS)))
    stages = TIERS[word]
    if seeds:
        if not seeds.isdigit() or not 1 <= int(seeds) <= 100:
            raise ConfigError(TEXT[lang]["seeds"].format(word=seeds))
        stages = tuple(replace(stage, seeds=tuple(range(1, int(seeds) + 1))) for stage in stages)
    return stages


def run(
    stages: Sequence[Stage],
    extra: Sequence[str] = (),
    folder: str | None = None,
    lang: Lang = "en",
    workers: int = 0,
) -> tuple[list[Result], dict[str, Any]]:
    """Play the stages and judge every row; gives results and what was played.

    Raises
    ------
    ConfigError
        For overrides that are wrong, before anything is played.
    DataError
        If a run failed.
    """
    from experiments.compose import compose
    from experiments.folder import code_version
    from experiments.pool import Outcome, pool, serial
    from experiments.progress import bar

    text = TEXT[lang]
    for stage in stages:
        compose([*stage.words, f"world.members={stage.members}", f"days={stage.days}", *extra], folder)
    asked = [job for stage in stages for job in jobs(stage, extra, folder)]
    print(text["playing"].format(runs=len(asked), sizes="; ".join(s.said for s in stages)), file=sys.stderr)
    done: list[Outcome] = []
    playing = serial(asked) if workers == 1 else pool(asked, workers or None)
    with bar("validate", lang) as advance:
        for outcome in playing:
            done.append(outcome)
            advance(len(done) / len(asked), outcome.job.key)
    failed = [outcome for outcome in done if outcome.error]
    if failed:
        raise DataError(text["failed"].format(count=len(failed), runs=len(asked), error=failed[0].error))
    about = {"code": code_version(), "overrides": list(extra), "played": [stage.said for stage in stages]}
    return judged(stages, done), about


def write(path: Path, data: dict[str, Any]) -> None:
    """Write results as JSON, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
    temporary.replace(path)
