"""``python -m benchmarks [members]``: print the table of speed and memory, medians and ratios of one process session.

Declaration: one machine, one process, documented settings only; the world is the shipped default on a flat calendar without
warm-up; a figure is the median of several days; "limit" is what the machine's gathers and Philox blocks alone would take.
"""

from __future__ import annotations

import platform
import sys
import time
from datetime import date

from benchmarks import limits
from benchmarks.community import (
    BLOCKS_AN_IMPRESSION,
    GATHERS_AN_IMPRESSION,
    bytes_per_person,
    days,
    median,
    world,
)


def row(name: str, value: str, bar: str = "") -> None:
    """Print one line of the table."""
    print(f"{name:<58} {value:>22}   {bar}", flush=True)


def main() -> None:
    """Measure and print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{date.today()}  {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    machine = limits.measure()
    for key, value in machine.items():
        row(key.replace("_", " ") + " a second, one core", f"{value / 1e6:.0f} M")
    needed = (
        BLOCKS_AN_IMPRESSION / machine["philox_blocks_apart"]
        + GATHERS_AN_IMPRESSION / machine["gathers_32_MiB"]
    )
    row("limit: impressions a second, one core", f"{1 / needed / 1e6:.1f} M")
    per_impression = {}
    for members in (10_000, 100_000, size):
        begin = time.perf_counter()
        community = world(members, threads=2)
        built = time.perf_counter() - begin
        community.run_days(2)
        two, one = [], []
        for _ in range(3):  # alternately, so that a disturbance meets both
            two += days(community, 2, 1)
            one += days(community, 1, 1)
        both, single = median(two), median(one)
        per_impression[members] = 1e9 / both.rate
        row(f"{members:,} members: built in", f"{built:.1f} s")
        row("  impressions a second, two threads", f"{both.rate / 1e6:.2f} M", "bar 12 M at 1,000,000")
        row("  impressions a second, one thread", f"{single.rate / 1e6:.2f} M")
        row("  two threads over one", f"{both.rate / single.rate:.2f}", "bar 1.8")
        row("  share of the limit (one thread)", f"{single.rate * needed:.0%}")
        row("  day, two threads", f"{both.total:.2f} s")
        others = 1 - both.seconds["sessions"] / both.total
        row("  phases other than sessions, share of a day", f"{others:.0%}", "bar 25 %")
        slowest = sorted(both.seconds.items(), key=lambda kv: -kv[1])[:8]
        row("  slowest", ", ".join(f"{k} {v:.2f}" for k, v in slowest))
    row(
        f"cost per impression, {size:,} over 10,000",
        f"{per_impression[size] / per_impression[10_000]:.2f}",
        "bar 2",
    )
    for key, value in bytes_per_person(community).items():
        row(
            f"  {key}",
            f"{value:.1f}",
            {"member": "bar 96 B", "creator": "bar 48 B", "arc": "bar 10 B"}.get(key, ""),
        )
    agents = world(20_000, engine="agents", threads=1)
    agents.run_days(1)
    played = median(days(agents, 1, 3))
    row("agents engine, 20,000 members, an impression", f"{1e6 / played.rate:.2f} us", "bar 5 us")


if __name__ == "__main__":
    main()
