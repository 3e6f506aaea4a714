"""``python -m benchmarks.imports``: seconds that `FollowerGraph.read` takes from a file to a graph, by format.

Declaration: one machine, one process, wall clock; directed Chung-Lu graphs as in `benchmarks.diffusion`, written once into a
folder for temporary files and so in the system's cache when they are read; counted is all from the path to the graph with both
directions; a first read, which loads libraries and compiled code, is not; medians of five reads, of three where there are 15
million arcs.
"""

from __future__ import annotations

import platform
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.diffusion import graph_of
from sim.graph import FollowerGraph, write_graph

SMALL = ("txt", "txt.gz", "txt.zst", "csv", "parquet", "npz", "graphml", "gexf")
LARGE = ("txt", "parquet")
SIZES = (
    ("500,000 arcs", 100_000, 5.05, 500_000, SMALL, 5, 1.0),
    ("15 million arcs", 1_000_000, 15.7, 15_000_000, LARGE, 3, 20.0),
)
"""Name, members, followees a member before repetitions are dropped, arcs at least, formats, reads, bar in seconds."""


def seconds(file: Path, arcs: int, reads: int) -> float:
    """Median seconds of reading a file, whose graph must have so many arcs."""
    taken = []
    for _ in range(reads):
        begin = time.perf_counter()
        graph = FollowerGraph.read(file, self_loops="drop")
        taken.append(time.perf_counter() - begin)
        assert len(graph.followees) == arcs, file
    return float(np.median(taken))


def main() -> None:
    """Measure and print a Markdown table."""
    print(f"{date.today()}  {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print("\n| read | bar | seconds | MB |\n|---|---|---|---|")
    for name, members, mean, least, endings, reads, bar in SIZES:
        graph = graph_of(members, mean)
        arcs = len(graph.followees)
        assert arcs >= least, f"{arcs:,} arcs"
        with tempfile.TemporaryDirectory() as folder:
            for ending in endings:
                file = Path(folder) / f"graph.{ending}"
                write_graph(graph, file)
                seconds(file, arcs, 1)
                took, size = seconds(file, arcs, reads), file.stat().st_size / 1e6
                print(f"| {name} ({arcs:,}), {ending} | {bar:g} | {took:.2f} | {size:,.1f} |", flush=True)
                file.unlink()


if __name__ == "__main__":
    main()
