"""The follower graph: who follows whom, where it comes from, how it changes, and what it looks like.

`FollowerGraph` is a NetworkX directed graph on compressed rows; `GraphDelta` holds the follows of a run;
generators and readers make graphs; `describe` measures them.
"""

from __future__ import annotations

from sim.graph.arcs import ArcReport
from sim.graph.delta import ARCS, Arcs, GraphDelta, followee_at, follower_at, follows, in_degree, out_degree
from sim.graph.follower_graph import FollowerGraph

__all__ = [
    "ARCS",
    "ArcReport",
    "Arcs",
    "FollowerGraph",
    "GraphDelta",
    "followee_at",
    "follower_at",
    "follows",
    "in_degree",
    "out_degree",
]
