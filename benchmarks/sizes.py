"""``python -m benchmarks.sizes [members:seeds ...]``: figures per person in worlds of several sizes, as a Markdown table.

The same people, budgets and rules in samples of 20,000, 100,000 and 500,000 members: each world is warmed for 28 days and
played for 14 under a flat calendar without any plan. A cell is the mean over seeds with its 95 % interval; the last column
is the largest difference between two sizes over the half width of its own interval: above 1, the sizes disagree.
"""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from sim._numba import set_threads
from sim.config import CommunityConfig, RunConfig, WorldConfig
from sim.model import Community

DAYS = 14
PEOPLE = 2e7
SIZES = ("20000:6", "100000:4", "500000:3")
FIGURES = {
    "visitors a member": ("visitors", "members"),
    "impressions a visitor": ("impressions", "visitors"),
    "seconds a visitor": ("seconds", "visitors"),
    "reads an impression": ("reads", "impressions"),
    "likes a read": ("likes", "reads"),
    "collects a read": ("collects", "reads"),
    "comments a read": ("comments", "reads"),
    "shares a read": ("shares", "reads"),
    "follows a read": ("follows", "reads"),
    "clicks a read": ("clicks", "reads"),
    "orders a visitor": ("orders", "visitors"),
    "value of an order, fen": ("gmv", "orders"),
    "notes a member": ("notes", "members"),
    "live notes a member": ("live_notes", "members"),
    "paid share of impressions": ("paid_impressions", "impressions"),
    "money for ads a member, fen": ("ad_spend", "members"),
    "hits of 1,000 a note": ("hits_small", "notes"),
    "follows a member": ("follows_made", "members"),
    "satisfaction": ("satisfaction", "members"),
    "trust": ("trust", "members"),
    "gone a member": ("churned", "members"),
}
"""Figure -> the measures whose sums over the days it divides (`sim.kpis.measures`)."""


def figures(members: int, seed: int) -> list[float]:
    """All figures of one world, in the order of `FIGURES`."""
    set_threads(1)  # the figures are the same for any number
    config = CommunityConfig(
        world=WorldConfig(members=members, represents=PEOPLE), run=RunConfig(threads=1), warmup_days=28
    )
    community = Community(config, seed=seed)
    community.warm_up()
    community.run_days(DAYS)
    kpis = community.kpis
    sums = {
        name: float(kpis.measure(name)[kpis.days >= 0, 0].sum()) for pair in FIGURES.values() for name in pair
    }
    return [sums[top] / sums[bottom] for top, bottom in FIGURES.values()]


def half_width(values: npt.NDArray[np.float64]) -> float:
    """Half the width of the 95 % interval of a mean."""
    n = len(values)
    return float(student.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")


def difference(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Difference of two means over the half width of its 95 % interval (pooled variance)."""
    free = len(a) + len(b) - 2
    pooled = (a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / free
    half = student.ppf(0.975, free) * np.sqrt(pooled * (1 / len(a) + 1 / len(b)))
    return float(abs(a.mean() - b.mean()) / half) if half > 0 else 0.0


def main() -> None:
    """Print the table."""
    wanted = [(int(size), int(seeds)) for size, seeds in (word.split(":") for word in sys.argv[1:] or SIZES)]
    played = {}
    for members, seeds in wanted:
        played[members] = np.array([figures(members, seed) for seed in range(1, seeds + 1)])
        print(f"played {members:,} members, {seeds} seeds", file=sys.stderr, flush=True)
    heads = [f"{members:,} members, {seeds} seeds" for members, seeds in wanted]
    print("| per person | " + " | ".join(heads) + " | largest difference |")
    print("|---|" + "---|" * (len(heads) + 1))
    for at, name in enumerate(FIGURES):
        columns = [rows[:, at] for rows in played.values()]
        cells = [f"{values.mean():.4g} ± {half_width(values):.2g}" for values in columns]
        worst = max(difference(a, b) for a, b in combinations(columns, 2))
        print(f"| {name} | " + " | ".join(cells) + f" | {worst:.2f} |")


if __name__ == "__main__":
    main()
