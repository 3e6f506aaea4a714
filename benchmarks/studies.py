"""``python -m benchmarks.studies [part ...]``: what studies cost, and what pairing saves.

Declaration: one machine; documented calls only; medians where something is repeated. Parts: ``pool`` (overhead a run, memory over
10,000 runs), ``workers`` (two against one, and what the machine allows: the same runs in processes that share nothing), ``store``
(a group-by over 1,000 runs x 90 days x 6 segments, a report of 20 plans x 200 seeds, made of copies of real runs with noise),
``pairing`` (variance of paired against independent differences).
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from functools import lru_cache
from pathlib import Path
from subprocess import PIPE
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.__main__ import row
from experiments.compose import Config, compose
from experiments.options import Options
from experiments.pool import ONE_THREAD, Job, pool
from experiments.runs import simulate, world_of
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


DAYS, SEEDS = 21, 24


def side_by_side(count: int, seeds: int) -> float:
    """Seconds in which processes that share nothing each play the launch with so many seeds, once all of them are ready."""
    command = [sys.executable, "-c", f"from benchmarks.studies import alone; alone({seeds})"]
    running = [
        subprocess.Popen(command, env={**os.environ, **ONE_THREAD}, stdin=PIPE, stdout=PIPE, text=True)
        for _ in range(count)
    ]
    with ExitStack() as stack:
        for process in running:
            stack.enter_context(process)
        pipes = [(process.stdin, process.stdout) for process in running]
        for _, out in pipes:
            assert out is not None and out.readline() == "ready\n"
        begin = time.perf_counter()
        for into, _ in pipes:
            assert into is not None
            into.write("go\n")
            into.flush()
        for _, out in pipes:
            assert out is not None and out.readline() == "done\n"
        return time.perf_counter() - begin


def alone(seeds: int) -> None:
    """What a process of `side_by_side` does: load all code, wait for the word, play."""
    config = compose(["plan=launch", f"days={DAYS}"])
    simulate(config, 0, threads=1)
    print("ready", flush=True)
    sys.stdin.readline()
    for seed in range(seeds):
        simulate(config, seed, threads=1)
    print("done", flush=True)


def measure_workers(turns: int = 3) -> None:
    """Two workers against one, worlds warmed before; between them, the machine's own limit."""
    seconds = {}
    single, double = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, workers in (("cold", 2), ("one", 1), ("two", 2)):
            words = ["plan=none,launch", f"days={DAYS}", f"seeds=0:{SEEDS}", f"out={folder}/{name}"]
            options = Options.read(words)
            store = verbs.made(grammar.read(options), options)
            begin = time.perf_counter()
            verbs.worked_on(store, "pool", workers, "", "en", options)
            seconds[name] = time.perf_counter() - begin
            if name == "one":
                for _ in range(turns):
                    single.append(side_by_side(1, SEEDS // turns))
                    double.append(side_by_side(2, SEEDS // turns))
    found, limit = seconds["one"] / seconds["two"], 2.0 * sum(single) / sum(double)
    row(
        f"{2 * SEEDS} runs of 10,000 members and {DAYS} days, two workers over one",
        f"{found:.2f} ({seconds['one']:.1f}, {seconds['two']:.1f} s)",
        "bar 1.8",
    )
    row(
        "the machine's limit: two processes that share nothing, started and loaded, over one",
        f"{limit:.2f}, of which the pool takes {found / limit:.0%}",
        "",
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
    from experiments.report.build import html
    from experiments.standings import comparison

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


Orders = npt.NDArray[np.float64]
"""Yuan of each order that was placed here in a run."""


def _played(config: Config, seed: int, policy: Any, days: int) -> tuple[dict[str, float], Orders]:
    """KPIs of a run, and its orders."""
    community, _ = world_of(config, seed)
    community.policy = policy
    parts = []

    def keep(day: int) -> None:
        orders = community.state.orders_of(community.world_day - 1)
        here = orders[orders["on_platform"] == 1]
        parts.append((here["paid"].astype(np.float64) + here["subsidy"]) / 100.0)

    community.run_days(days, keep)
    return community.kpis.totals(), np.concatenate(parts)


def order_coupling(base: Sequence[Orders], plan: Sequence[Orders], of: str) -> float:
    """Variance of the difference between two arms if their orders were coupled perfectly, squared units of a sample's run.

    Every order of the baseline happens in the plan too, at the plan's prices; only the additional ones are drawn anew. So the
    difference is ``D = r S + A``: ``S`` the baseline's sum, ``r`` the change of a mean order's value, ``A`` the additional
    orders. Given a seed's world, orders are rare events of many members, so both sums are compound Poisson, and ``A`` owes
    nothing to the chance of the orders in ``S``. Then ``var(D) = r**2 var(S) + 2 r c + var(A)`` with
    ``c = cov(A, S) = cov(D, S) - r var(S)``, and ``var(A)`` has two parts:

    - chance: the mean number of additional orders times ``E[value**2]``,
    - worlds that answer differently, which no pairing removes: ``c`` is the covariance with the world's own demand alone, whose
      variance is ``var(S)`` less the chance of its orders; a regression on it explains ``c**2`` over that.

    Differences between worlds that their demand does not explain are left out, so the ceiling is rather too high. The stricter
    figure, which counts the first part alone, would ask pairing to make all worlds answer alike.

    Parameters
    ----------
    base, plan
        Orders of each seed's run; the plan has more of them.
    of
        ``gmv``, or ``orders`` (each worth 1).
    """
    before, after = ([np.ones(len(o)) if of == "orders" else o for o in arm] for arm in (base, plan))
    sums, others = (np.array([o.sum() for o in arm]) for arm in (before, after))
    one, other = np.concatenate(before), np.concatenate(after)
    chance = len(one) / len(before) * (one**2).mean()
    more = (len(other) - len(one)) / len(before) * (other**2).mean()
    whole = sums.var(ddof=1)
    price = other.mean() / one.mean() - 1.0
    shared = np.cov(others - sums, sums)[0, 1] - price * whole
    return float(price**2 * whole + 2.0 * price * shared + more + shared**2 / (whole - chance))


RELEVANCE, COUPON = "relevance + 2 %", "coupon 10 %"
CHANGES = {
    COUPON: "incentive=[coupons] plan.actions.coupons.payer=platform plan.actions.coupons.depth=0.1 "
    "plan.actions.coupons.budget=1e11",
    "quality boost": "content=[quality_boost] plan.actions.quality_boost.ramp=1",
    "push messages": "experience=[push_messages] plan.actions.push_messages.ramp=1",
    "moderation": "governance=[moderation] plan.actions.moderation.ramp=1",
    "communities": "community=[communities] plan.actions.communities.ramp=1",
}
"""Levers of which the variance is shown, a strategy kind each: what is added to a platform's empty plan."""
BARS = {
    (RELEVANCE, "impressions"): "bar 30",
    (RELEVANCE, "reads"): "bar 30",
    (COUPON, "gmv"): "bar 70 % of the last",
}


def measure_pairing(seeds: int = 40, days: int = 14) -> None:
    """Variance of the difference of independent runs over that of pairs. Beside it two ceilings: by perfectly coupled orders
    (`order_coupling`), and by pairing the seeds of both arms by rank, the least variance that a difference with these
    marginals can have at all, whatever the orders."""
    size = ["world.members=4000", f"days={days}"]
    base = compose(size)
    plans = {name: compose([*size, "plan.as=platform", *words.split()]) for name, words in CHANGES.items()}
    played: dict[str, list[tuple[dict[str, float], Orders]]] = {}
    for seed in range(seeds):
        runs = [("none", base, None), (RELEVANCE, base, Nudge({"feed.relevance": TWO_PER_CENT}))]
        for name, config, policy in [*runs, *((name, plan, plan.plan()) for name, plan in plans.items())]:
            played.setdefault(name, []).append(_played(config, seed, policy, days))
    weight = base.community.world.weight
    for name in [RELEVANCE, *CHANGES]:
        for key in ("impressions", "reads", "likes", "orders", "gmv"):
            a, b = (np.array([totals[key] for totals, _ in played[arm]]) for arm in ("none", name))
            independent = a.var(ddof=1) + b.var(ddof=1)
            saved = independent / (b - a).var(ddof=1)
            ranked = independent / (np.sort(b) - np.sort(a)).var(ddof=1)
            said = f"{saved:.1f}; by rank at most {ranked:.1f}, {saved / ranked:.0%} of it"
            if name == COUPON and key in ("gmv", "orders"):
                before, after = ([o for _, o in played[arm]] for arm in ("none", name))
                coupled = independent / weight**2 / order_coupling(before, after, key)
                said += f"; by perfectly coupled orders {coupled:.1f}, {saved / coupled:.0%} of it"
            row(f"{name}, {key}: variance saved", said, BARS.get((name, key), ""))


PARTS: dict[str, Callable[[], None]] = {
    "pool": measure_pool,
    "workers": measure_workers,
    "store": measure_store,
    "pairing": measure_pairing,
}


def main() -> None:
    """Measure and print."""
    # As on a user's machine, a worker finds the bytecode that the first one wrote.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(f"{date.today()}  {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
