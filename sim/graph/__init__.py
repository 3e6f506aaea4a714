"""The follower graph: who follows whom, where it comes from, how it changes, and what it looks like.

`FollowerGraph` is a NetworkX directed graph on compressed rows; `GraphDelta` holds the follows of a run;
generators and readers make graphs; `describe` measures them.
"""

from __future__ import annotations

from sim.graph.arcs import ArcReport
from sim.graph.arrays import ARCS, Arcs, followee_at, follower_at, follows, in_degree, out_degree
from sim.graph.backend import prefer
from sim.graph.centrality import core_numbers, pagerank_scores
from sim.graph.components import strong_components, weak_components
from sim.graph.delta import Changes, GraphDelta
from sim.graph.edge_list import columns_of
from sim.graph.follower_graph import FollowerGraph
from sim.graph.generators import (
    chung_lu,
    complete,
    configuration_model,
    degree_corrected_blocks,
    erdos_renyi,
    preferential_attachment,
    watts_strogatz,
)
from sim.graph.popularity import draw_followee_counts, draw_popularity, popularity_quantile
from sim.graph.power_law import power_law_communities
from sim.graph.readers import read_graph
from sim.graph.statistics import GraphStatistics, describe
from sim.graph.writers import write_graph

__all__ = [
    "ARCS",
    "ArcReport",
    "Arcs",
    "Changes",
    "FollowerGraph",
    "GraphDelta",
    "GraphStatistics",
    "chung_lu",
    "columns_of",
    "complete",
    "configuration_model",
    "core_numbers",
    "degree_corrected_blocks",
    "describe",
    "draw_followee_counts",
    "draw_popularity",
    "erdos_renyi",
    "followee_at",
    "follower_at",
    "follows",
    "in_degree",
    "out_degree",
    "pagerank_scores",
    "popularity_quantile",
    "power_law_communities",
    "preferential_attachment",
    "read_graph",
    "strong_components",
    "watts_strogatz",
    "weak_components",
    "write_graph",
]

prefer()
