"""``python -m benchmarks.diffusion [PEERS_PYTHON]``: cascades and choice of first spreaders beside other libraries.

Declaration of fairness. Same science: one directed Chung-Lu graph, the same probabilities (1 / followees, and 0.01) and
the same fifty most followed members for all; mean spreads are printed, and must agree. Same machine, one session, one
after the other. Documented calls only, each library's own default generator. Medians for peers; for us the time of a
block of runs over their number, the median of several blocks. Not counted on any side: reading and building the graph,
and tables made once for a graph and its probabilities, whose time is printed; counted for a choice: everything after the
graph. One thread, unless two are named. Peers stand in an environment of their own (`make bench-diffusion`).

NDlib and EoN run once each, at the smaller size, for the reader and not against a bar. NDlib's ThresholdModel is the linear
threshold model only where followees weigh the same, as here, and with thresholds that its caller draws; drawing them and handing
them over is not counted. EoN has no thresholds of this kind: its `Gillespie_complex_contagion` runs in continuous time.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import limits
from sim._numba import set_threads
from sim.diffusion import independent_cascade, linear_threshold, select_seed_members
from sim.diffusion.cascades import Spread
from sim.diffusion.probability import _kept
from sim.graph import FollowerGraph, chung_lu

SIZES = ((100_000, 10.0), (1_000_000, 15.0))
CHOICES = (
    ("imm", 0.5, 1),
    ("imm", 0.5, 2),
    *(("opim", epsilon, 1) for epsilon in (0.5, 0.3, 0.1, 0.03, -0.05, -0.1, -0.15, -0.2)),
)
"""Rule, epsilon, threads. Below zero OPIM-C must show more than 1 - 1/e of the best by its own bounds before it stops, which is
how it is brought to the spread that IMM reaches."""
EQUAL = 0.998
"""Share of IMM's spread from which OPIM-C's counts as equal: about two standard errors of the runs that estimate them."""
GATHERS, BLOCKS = 3, 1
"""What a member reached by a weighted cascade needs at least: its record, its arc, its bit; one Philox block."""


def graph_of(size: int, mean: float) -> FollowerGraph:
    """Directed Chung-Lu: followers and followees by power laws of exponent 2.5."""
    rng = np.random.default_rng(1)

    def weights() -> np.typing.NDArray[np.float64]:
        drawn = rng.permutation((np.arange(size) + 0.5) / size) ** (-1.0 / 1.5)
        return drawn / drawn.mean() * mean

    return chung_lu(np.minimum(weights(), 2_000.0), weights(), seed=1)


def rate(work: Callable[[int, int], Spread], runs: int, blocks: int = 5) -> tuple[float, float, float]:
    """Runs a second, the mean spread, and the processor time of a run on all threads; a first call makes the tables."""
    work(0, 2)
    seconds, busy, means = [], [], []
    for i in range(blocks):
        begin, spent = time.perf_counter(), time.process_time()
        means.append(work(i * runs, runs).mean)
        seconds.append(time.perf_counter() - begin)
        busy.append(time.process_time() - spent)
    return runs / float(np.median(seconds)), float(np.mean(means)), float(np.median(busy)) / runs


def row(name: str, value: str, note: str = "") -> None:
    """Print one line."""
    print(f"  {name:<46} {value:>22}   {note}", flush=True)


def peer(python: str, file: Path, name: str, seeds: list[int]) -> dict[str, Any]:
    """What a peer answers; empty if it fails, which is said."""
    script = Path(__file__).with_name("diffusion_peers.py")
    words = [python, str(script), str(file), name, *map(str, seeds)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        row(name, "failed", done.stderr.strip().splitlines()[-1][:80])
        return {}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure(size: int, mean: float, python: str | None, folder: Path, machine: dict[str, float]) -> None:
    """Print all lines of one graph."""
    graph = graph_of(size, mean)
    seeds = np.argsort(-graph.followers_count(), kind="stable")[:50].tolist()
    large = size > 500_000
    print(
        f"{size:,} members, {len(graph.followees):,} arcs, {graph.nbytes / len(graph.followees):.1f} B an arc"
    )
    file = folder / f"{size}.npz"
    np.savez(
        file, followers_offsets=graph.followers_offsets, followers=graph.followers,
        followees_offsets=graph.followees_offsets,
    )  # fmt: skip
    models: dict[str, tuple[Any, int]] = {
        "ic wc": (lambda f, n: _ic(graph, seeds, "wc", f, n), 20 if large else 200),
        "ic 0.01": (lambda f, n: _ic(graph, seeds, 0.01, f, n), 1_500 if large else 10_000),
        "lt": (
            lambda f, n: linear_threshold(graph, seeds, runs=n, first_run=f, frequency=False),
            20 if large else 200,
        ),
    }
    theirs = peer(python, file, "cynetdiff", seeds) if python else {}
    for name, (work, runs) in models.items():
        set_threads(1)
        one, spread, alone = rate(work, runs)
        set_threads(2)
        two, _, shared = rate(work, runs)
        set_threads(1)
        row(f"{name}: runs a second, one thread", f"{one:,.1f}", f"mean {spread:,.0f}")
        # Where other work has the second processor, processor time still tells what two threads would give.
        row("  two threads over one", f"{two / one:.2f}", "bar 1.9")
        row("  the same by processor time", f"{2.0 * alone / shared:.2f}", "bar 1.9")
        if name == "ic wc":
            gathers = machine["gathers_256_MiB" if large else "gathers_32_MiB"]
            limit = 1.0 / (GATHERS / gathers + BLOCKS / machine["philox_blocks"])
            row("  share of the gather-and-draw limit", f"{one * spread / limit:.0%}")
        if name in theirs:
            found = theirs[name]
            bar = {"ic wc": "bar 4", "ic 0.01": "bar 12", "lt": "bar 8"}[name]
            row(
                f"  CyNetDiff: {found['rate']:,.2f}; times as fast",
                f"{one / found['rate']:.1f}",
                f"{bar}; mean {found['mean']:,.0f}",
            )
    choose(graph, python, file, seeds)
    if python and not large:
        for name, found in peer(python, file, "slow", seeds).items():
            row(f"{name}: runs a second", f"{found['rate']:.2f}", f"mean {found['mean']:,.0f}")


def _ic(graph: FollowerGraph, seeds: list[int], probability: Any, first: int, runs: int) -> Spread:
    return independent_cascade(
        graph, seeds, probability=probability, runs=runs, first_run=first, frequency=False
    )


def choose(graph: FollowerGraph, python: str | None, file: Path, seeds: list[int]) -> None:
    """Print times of choosing fifty."""
    from sim.diffusion.influence import imm, opim
    from sim.diffusion.probability import arcs_back
    from sim.diffusion.sketches import Sampler

    size = len(graph)
    none = np.empty(0, bool)

    def chosen(rule: str, epsilon: float, seed: int) -> Any:
        _kept.clear()
        longest = int(graph.followees_count().max())
        sampler = Sampler(arcs_back(graph, "wc"), size, longest, np.uint64(seed), none, none)
        return (imm if rule == "imm" else opim)(sampler, size, 50, epsilon, 1.0 / size)[0]

    for rule, epsilon, threads in CHOICES:
        set_threads(threads)
        chosen(rule, epsilon, 1)
        seconds, rows = [], None
        for seed in range(5):
            begin = time.perf_counter()
            rows = chosen(rule, epsilon, seed)
            seconds.append(time.perf_counter() - begin)
        spread = _ic(graph, rows, "wc", 0, 400 if len(graph) < 500_000 else 60).mean
        name = f"{rule}, k=50, eps={epsilon}, {threads} thread{'s' * (threads > 1)}"
        took = float(np.median(seconds))
        row(name, f"{took:.3f} s", f"spread {spread:,.0f}")
        if rule == "imm" and threads == 1:
            imm_took, imm_spread = took, spread
        if rule == "opim" and spread >= EQUAL * imm_spread:
            row("  IMM over OPIM-C at equal spread", f"{imm_took / took:.2f}", "bar 2")
            break
    set_threads(1)
    if python:
        found = peer(python, file, "pynetim", seeds).get("imm")
        if found:
            spread = _ic(graph, found["members"], "wc", 0, 60).mean
            row("pynetim's IMM, k=50, eps=0.5", f"{found['seconds']:.3f} s", f"spread {spread:,.0f}")


def main() -> None:
    """Measure and print."""
    python = sys.argv[1] if len(sys.argv) > 1 else None
    print(f"{date.today()}  {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    set_threads(1)
    machine = limits.measure()
    select_seed_members(graph_of(2_000, 5.0), k=2, runs=2)
    with tempfile.TemporaryDirectory() as folder:
        for size, mean in SIZES:
            measure(size, mean, python, Path(folder), machine)


if __name__ == "__main__":
    main()
