"""Plays what a study lacks: checks every cell first, hands shards to an executor, keeps each as it ends.

Whatever stops it (an interrupt, a full disk, a dead worker) leaves whole shards only; what is missing then is
what the next call plays.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from experiments.compose import Config
from experiments.figures import Lang
from experiments.folder import code_version
from experiments.pool import Job, Outcome
from experiments.progress import bar
from experiments.studies.cells import BadCells, listing
from experiments.studies.executors import executor
from experiments.studies.store import Shard, Store
from experiments.studies.tasks import task_of
from sim.errors import DataError
from sim.memory import require_memory
from sim.processors import cpu_count

CHECK = "experiments.studies.shard:check"
PLAY = "experiments.studies.shard:play"

TEXT = {
    "en": {
        "label": "playing {runs} runs",
        "rate": "{rate:.1f} runs/s",
        "failed": ", {count} failed",
        "again": "{name} was corrupt and is played again",
    },
    "zh": {
        "label": "运行 {runs} 次",
        "rate": "每秒 {rate:.1f} 次",
        "failed": "，失败 {count}",
        "again": "{name} 的文件已损坏，将重新运行",
    },
}


class OtherCode(DataError):
    """The study was played by another version of the code."""


@dataclass
class Progress:
    """What one call did.

    Attributes
    ----------
    planned, played
        Shards of the study, and those that this call added.
    runs
        Runs that this call added.
    failed
        Shards that failed, with the reason.
    seconds
        Wall-clock time.
    """

    planned: int = 0
    played: int = 0
    runs: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    seconds: float = 0.0


def play(
    store: Store,
    who: str = "pool",
    workers: int = 0,
    address: str = "",
    lang: Lang = "en",
    other_code: bool = False,
    allow_code: bool = False,
    verify: bool = False,
) -> Progress:
    """Play the planned shards that are missing.

    Parameters
    ----------
    store
        The study; the caller holds its lock.
    who, workers, address
        Executor and how many processes it may use.
    other_code
        Go on although the code has changed since the study was planned.
    allow_code
        Cells may name classes that are then imported.
    verify
        Read every shard first and play corrupt ones again.

    Raises
    ------
    OtherCode
        If the code has changed and ``other_code`` is not set.
    BadCells
        If the world of some cell refuses its plan; nothing has been played then.
    OSError
        If the disk is full; what was played before is kept.
    """
    progress = Progress(planned=len(store.shards()))
    if verify:
        progress.damaged = [shard.name for shard in store.damaged()]
    missing = store.missing()
    if not missing:
        return progress
    if not store.same_code():
        if not other_code:
            raise OtherCode(
                f"{store.path} was played by code {store.manifest['code']}, this is {code_version()}; "
                "numbers of two versions do not mix: play it anew, or add --other-code"
            )
        codes = dict.fromkeys([*store.manifest.get("codes", []), code_version()])
        store.note(codes=list(codes))
    configs = {shard.cell: store.config(shard.cell, allow_code) for shard in missing}
    run = executor(who, address)
    at_once = 1 if who == "serial" else min(workers or cpu_count(), len(missing))
    for config in configs.values():
        require_memory(config.community, at_once)
    start = time.perf_counter()
    jobs = _check(store, missing, configs)
    jobs += [
        Job(shard.id, shard.seeds, PLAY, task_of(store.manifest, shard, configs[shard.cell]))
        for shard in missing
    ]
    shards = {shard.id: shard for shard in missing}
    meter = _Meter(sum(len(shard.seeds) for shard in missing), lang)
    with bar(TEXT[lang]["label"].format(runs=meter.runs), lang) as advance:

        def told(job: Job, share: float) -> None:
            if not job.gate:
                advance(*meter.told(shards[job.key], share))

        store.log("start", executor=who, workers=workers, shards=len(jobs))
        with closing(run(jobs, workers, told)) as outcomes:
            for outcome in outcomes:
                if outcome.job.gate:
                    _passed(store, outcome)
                    continue
                shard = shards[outcome.job.key]
                if outcome.error:
                    reason = outcome.error.replace(shard.id, shard.name)
                    store.quarantine(shard, reason, outcome.trace, outcome.attempts)
                    store.log("failed", shard=shard.id, reason=reason)
                    progress.failed[shard.name] = reason
                    meter.failed += 1
                else:
                    runs, panel, seconds = outcome.value
                    store.write(shard, runs, panel)
                    store.log("played", shard=shard.id, seconds=seconds)
                    progress.played += 1
                    progress.runs += len(shard.seeds)
                advance(*meter.told(shard, 1.0))
    progress.seconds = time.perf_counter() - start
    store.log("end", played=progress.played, failed=len(progress.failed))
    return progress


def _check(store: Store, missing: Sequence[Shard], configs: Mapping[str, Config]) -> list[Job]:
    """The job that asks the world of the first seed what it refuses, for every cell that has not been asked; none if all have."""
    asked = set(store.manifest.get("checked", []))
    cells = {shard.cell: (shard.label, configs[shard.cell]) for shard in missing if shard.cell not in asked}
    return (
        [Job("check of the cells", "check", CHECK, (cells, missing[0].seeds[0]), gate=True)] if cells else []
    )


def _passed(store: Store, check: Outcome) -> None:
    """Note which cells have been asked, if none was refused."""
    if check.error:
        error = DataError(check.error)
        if check.trace:
            error.add_note(check.trace)
        raise error
    if check.value:
        raise BadCells(listing(check.value))
    store.note(checked=[*store.manifest.get("checked", []), *check.job.payload[0]])


class _Meter:
    """Share done, rate and failures; a share that a retry takes back is not counted twice."""

    def __init__(self, runs: int, lang: Lang) -> None:
        self.runs, self.lang, self.failed = runs, lang, 0
        self._open: dict[str, float] = {}
        self._done = 0.0
        self._start = time.perf_counter()

    def told(self, shard: Shard, share: float) -> tuple[float, str]:
        before = self._open.get(shard.id, 0.0)
        if before is not None and share > before:
            self._done += (share - before) * len(shard.seeds)
            self._open[shard.id] = share
        text = TEXT[self.lang]
        rate = self._done / max(time.perf_counter() - self._start, 1e-9)
        note = text["rate"].format(rate=rate)
        if self.failed:
            note += text["failed"].format(count=self.failed)
        return self._done / max(self.runs, 1), note
