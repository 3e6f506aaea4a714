"""``python -m benchmarks.studies [part ...]``: what studies cost, and what pairing saves.

Declaration: one machine; documented calls only; medians where something is repeated. Parts: ``pool`` (overhead a run, memory over
10,000 runs), ``workers`` (two against one), ``store`` (a group-by over 1,000 runs x 90 days x 6 segments, a report of 20 plans x
200 seeds, made of copies of real runs with noise), ``pairing`` (variance of paired against independent differences).
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.__main__ import row
from experiments.compose import Config, compose
from experiments.options import Options
from experiments.pool import Job, pool
from experiments.runs import world_of
from experiments.studies import cells as grammar
from experiments.studies import shard as shards
from experiments.studies import verbs
from experiments.studies.store import META, Store
from experiments.studies.study import Study
from experiments.studies.tasks import task_of
from experiments.validation.play import Nudge

NOTHING = "benchmarks.studies:nothing"
SHORT = "benchmarks.studies:short"
TWO_PER_CENT = (0.816 / 0.184) / (0.8 / 0.2)
"""Odds factor that takes the relevance of the feed from its default 0.8 to 0.816."""
TINY = ["world=small", "world.members=100", "world.represents=1e5", "warmup_days=1", "days=1"]


def memory() -> int:
    """Resident bytes of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def nothing(payload: Any, report: Callable[[float], None]) -> int:
    """A run that costs nothing."""
    return memory()


@lru_cache(maxsize=1)
def _tiny() -> Config:
    return compose(TINY)


def short(seed: int, report: Callable[[float], None]) -> int:
    """A real run of a hundred members and one day."""
    community, _ = world_of(_tiny(), seed % 20, threads=1)
    community.run_days(1)
    return memory()


def measure_pool(runs: int = 10_000) -> None:
    """Overhead a run, and memory over many."""

    def timed(count: int) -> tuple[float, list[int]]:
        jobs = [Job(f"job {i}", i // 8, NOTHING, i) for i in range(count)]
        begin = time.perf_counter()
        values = [outcome.value for outcome in pool(jobs, 2)]
        return time.perf_counter() - begin, values

    few, _ = timed(100)
    many, _ = timed(runs)
    row("pool: overhead a run", f"{(many - few) / (runs - 100) * 1e3:.3f} ms", "bar 1 ms")
    grown = [outcome.value for outcome in pool([Job(f"run {i}", i, SHORT, i) for i in range(runs)], 2)]
    early, late = np.median(grown[runs // 10 : runs // 5]), np.median(grown[-runs // 10 :])
    row(
        f"memory of a worker over {runs:,} short runs",
        f"{early / 2**20:.0f} to {late / 2**20:.0f} MiB",
        "bar: none",
    )


def measure_workers() -> None:
    """Two workers against one, worlds warmed before."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, workers in (("cold", 2), ("one", 1), ("two", 2)):
            words = ["plan=none,launch", "days=21", "seeds=0:24", f"out={folder}/{name}"]
            options = Options.read(words)
            store = verbs.made(grammar.read(options), options)
            begin = time.perf_counter()
            verbs.worked_on(store, "pool", workers, "", "en", options)
            seconds[name] = time.perf_counter() - begin
    row(
        "48 runs of 10,000 members and 21 days, two workers over one",
        f"{seconds['one'] / seconds['two']:.2f}",
        "bar 1.8",
    )


def copies(folder: Path, words: list[str], panels: bool) -> Study:
    """A study whose runs are noisy copies of its first real ones."""
    options = Options.read([*words, f"out={folder}"])
    store: Store = verbs.made(grammar.read(options), options)
    rng = np.random.default_rng(1)
    real: dict[str, tuple[pa.Table, pa.Table | None]] = {}
    for shard in store.shards():
        config = store.config(shard.cell)
        task = task_of(store.manifest, shard, config)
        if config.resolved["plan"]["name"] not in real:
            runs, panel, _ = shards.play(_first(task), lambda share: None)
            real[config.resolved["plan"]["name"]] = (runs, panel)
        runs, panel = real[config.resolved["plan"]["name"]]
        store.write(
            shard, _noisy(runs, shard, rng), _repeated(panel, shard) if panels and panel is not None else None
        )
    return Study(Store(store.path))


def _first(task: Any) -> Any:
    from dataclasses import replace

    return replace(task, seeds=task.seeds[:1])


def _noisy(runs: pa.Table, shard: Any, rng: np.random.Generator) -> pa.Table:
    count = len(shard.seeds)
    many = pa.concat_tables([runs] * count).combine_chunks()
    for at, name in enumerate(many.column_names):
        kind = many.schema.field(at).type
        if name == "seed":
            many = many.set_column(at, name, pa.array(shard.seeds, pa.uint64()))
        elif name == "cell":
            many = many.set_column(at, name, pa.array([shard.cell] * count))
        elif pa.types.is_floating(kind):
            values = many[name].to_numpy() * rng.normal(1.0, 0.05, count)
            many = many.set_column(at, name, pa.array(values))
    meta = runs.schema.metadata[META].replace(b'"shard": "', b'"was": "')
    return many.replace_schema_metadata({META: meta[:-1] + f', "shard": "{shard.id}"}}'.encode()})


def _repeated(panel: pa.Table, shard: Any) -> pa.Table:
    parts = []
    for seed in shard.seeds:
        at = panel.column_names.index("seed")
        parts.append(panel.set_column(at, "seed", pa.array(np.full(len(panel), seed, np.uint64))))
    return pa.concat_tables(parts).unify_dictionaries()


def measure_store() -> None:
    """A group-by and a report."""
    from experiments.compare import comparison
    from experiments.report.build import html

    small = ["world=small", "warmup_days=7"]
    with tempfile.TemporaryDirectory() as folder:
        study = copies(
            Path(folder), [*small, "plan=none,launch", "days=90", "seeds=0:500", "panels=[stage]"], True
        )
        con = study.connection()
        query = "select label, day, segment, avg(dau), sum(gmv) from panel group by label, day, segment"
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            found = con.sql(query).df()
            times.append(time.perf_counter() - begin)
        rows = con.sql("select count(*) from panel").fetchall()[0][0]
        row(
            f"group-by over {rows:,} rows to {len(found):,}",
            f"{statistics.median(times) * 1e3:.0f} ms",
            "bar 100 ms",
        )
    depths = ",".join(f"{0.05 + 0.02 * i:.2f}" for i in range(20))
    with tempfile.TemporaryDirectory() as folder:
        words = [
            *small,
            "plan=launch",
            "baseline=none",
            f"plan.actions.coupons.depth={depths}",
            "seeds=0:200",
        ]
        study = copies(Path(folder), words, False)
        begin = time.perf_counter()
        page = html(comparison(Study(study.store)), "en")
        seconds = time.perf_counter() - begin
        row(f"report of 20 plans x 200 seeds ({len(page) / 1e3:.0f} kB)", f"{seconds:.1f} s", "bar 10 s")


def measure_pairing(seeds: int = 40) -> None:
    """Variance of the difference of independent runs over that of pairs; for comparison that of the best coupling there
    could be, which pairs the seeds of both arms by rank (the least variance of a difference with these marginals)."""
    base = compose(["world.members=4000", "days=14"])
    coupon = compose(
        ["world.members=4000", "days=14", "incentive=[coupons]", "plan.as=platform", "plan.actions.coupons.payer=platform",
         "plan.actions.coupons.depth=0.1", "plan.actions.coupons.budget=1e11"]
    )  # fmt: skip
    arms: dict[str, list[dict[str, float]]] = {"none": [], "relevance + 2 %": [], "coupon 10 %": []}
    for seed in range(seeds):
        for name, config, policy in (
            ("none", base, None),
            ("relevance + 2 %", base, Nudge({"feed.relevance": TWO_PER_CENT})),
            ("coupon 10 %", coupon, coupon.plan()),
        ):
            community, _ = world_of(config, seed)
            community.policy = policy
            community.run_days(14)
            arms[name].append(community.kpis.totals())
    for name, keys in (
        ("relevance + 2 %", ("impressions", "reads", "likes")),
        ("coupon 10 %", ("gmv", "orders", "reads")),
    ):
        for key in keys:
            a = np.array([t[key] for t in arms["none"]])
            b = np.array([t[key] for t in arms[name]])
            independent = a.var(ddof=1) + b.var(ddof=1)
            ratio = independent / (b - a).var(ddof=1)
            ceiling = independent / (np.sort(b) - np.sort(a)).var(ddof=1)
            bar = (
                "bar 30"
                if key in ("impressions", "reads") and "relevance" in name
                else "bar 70 % of the ceiling"
                if key == "gmv"
                else ""
            )
            row(
                f"{name}, {key}: variance saved (ceiling {ceiling:.1f})",
                f"{ratio:.1f}, {ratio / ceiling:.0%}",
                bar,
            )


PARTS: dict[str, Callable[[], None]] = {
    "pool": measure_pool,
    "workers": measure_workers,
    "store": measure_store,
    "pairing": measure_pairing,
}


def main() -> None:
    """Measure and print."""
    print(f"{date.today()}  {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
