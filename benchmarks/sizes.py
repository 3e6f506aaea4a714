"""``python -m benchmarks.sizes``: figures per member at several sizes of the world, with 95 % intervals over seeds."""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.community import world
from sim.state import schema as s

DAYS = 14
"""Days played; the last seven count."""


def figures(members: int, seed: int) -> dict[str, float]:
    """Reads, likes, orders and notes a member and day."""
    community = world(members, threads=2, seed=seed)
    sums = np.zeros(s.N_COUNTERS)
    notes = orders = 0.0
    for day in range(DAYS):
        community.step()
        if day >= DAYS - 7:
            sums += community.totals.sum(axis=(0, 1))
            notes += community.today["notes_written"]
            orders += float(community.kpis.measure("orders")[-1, 0])
    people = 7.0 * members
    return {
        "impressions": sums[s.C_IMPRESSIONS] / people,
        "reads": sums[s.C_READS] / people,
        "likes": sums[s.C_LIKES] / people,
        "orders": orders / people,
        "notes": notes / people,
    }


def main() -> None:
    """Print mean and half width of the interval per size."""
    sizes = [int(word) for word in sys.argv[1:]] or [20_000, 100_000, 500_000]
    for members in sizes:
        seeds = range(6 if members <= 20_000 else 4 if members <= 100_000 else 3)
        rows = [figures(members, seed) for seed in seeds]
        cells = []
        for key in rows[0]:
            values = np.array([row[key] for row in rows])
            half = 2.0 * values.std(ddof=1) / np.sqrt(len(values))
            cells.append(f"{key} {values.mean():.5f} +- {half:.5f}")
        print(f"{members:>9,}: " + "; ".join(cells), flush=True)


if __name__ == "__main__":
    main()
