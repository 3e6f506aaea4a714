"""What diffusion models are held against: exact values by enumeration of all live-edge worlds of a small graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.graph import FollowerGraph


def influence(arcs: list[tuple[int, int]], size: int) -> FollowerGraph:
    """A graph of arcs that point along influence."""
    return FollowerGraph.from_influence([a for a, _ in arcs], [b for _, b in arcs], size=size)


def by_arc(graph: FollowerGraph, values: dict[tuple[int, int], float]) -> Any:
    """Values given by (source, target) of influence as an array in the order of the graph's arcs."""
    follower, followee = graph.arcs()
    return np.array([values[int(v), int(u)] for u, v in zip(follower, followee, strict=True)])


def enumerate_cascade(
    arcs: list[tuple[int, int]], chances: list[float], size: int, seeds: list[int]
) -> tuple[Any, float]:
    """Probability of each member to be reached, and the spread, over all 2**arcs worlds."""
    worlds = np.arange(1 << len(arcs))
    live = [(worlds >> i & 1).astype(bool) for i in range(len(arcs))]
    weight = np.ones(len(worlds))
    for on, p in zip(live, chances, strict=True):
        weight *= np.where(on, p, 1.0 - p)
    reached = np.zeros((size, len(worlds)), bool)
    reached[seeds] = True
    for _ in range(size):
        for on, (a, b) in zip(live, arcs, strict=True):
            reached[b] |= reached[a] & on
    frequency = np.minimum(reached @ weight, 1.0)
    return frequency, float(frequency.sum())
