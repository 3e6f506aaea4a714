"""Building a world: people, their follower graph, the market, groups, and a back catalogue of notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config import GraphConfig
from sim.graph import FollowerGraph, columns_of, power_law_communities
from sim.phases.distribution.feeds import Feeds
from sim.randomness import derive_seed
from sim.state import schema as s
from sim.world.candidates import embed_candidates
from sim.world.catalogue import build_catalogue
from sim.world.groups import build_groups
from sim.world.market import build_market
from sim.world.people import assign_tiers, build_people

if TYPE_CHECKING:
    from sim.model import Community

__all__ = ["build_world", "graph_from_file"]

NOTES_A_MEMBER = 0.4
"""Live notes a member that the recall index has room for (about 0.3 are expected)."""


def build_world(community: Community, graph: FollowerGraph | None = None) -> None:
    """Fill every table of a new world; each seed draws its own people and, unless one is given, its own graph."""
    config = community.config
    popularity = build_people(community, None if graph is None else graph.followers_count())
    # Behind its members a graph has rows for the prospects.
    drawn = (
        graph.padded(len(community.state.members)) if graph is not None else _generated(community, popularity)
    )
    community.reset_graph(embed_candidates(community, drawn) if config.candidates else drawn)
    creators = community.state.creators
    creators["followers"] = community.delta.followers_count[creators["member"]]
    assign_tiers(community)
    build_market(community)
    build_groups(community)
    topics = np.array(config.audience.topics, float)
    community.feeds = Feeds.create(NOTES_A_MEMBER * config.world.members * topics / topics.sum())
    clock = community.clock
    clock["topic_first"] = community.feeds.first
    clock["topic_mask"] = community.feeds.mask
    clock["shards"] = community.feeds.shards
    clock["topic_cut"] = np.cumsum(topics / topics.sum())
    clock["topic_demand"] = 1.0
    clock["activity"] = 1.0
    clock["demand"] = 1.0
    build_catalogue(community)


def graph_from_file(config: GraphConfig) -> FollowerGraph:
    """The follower graph of the file that a configuration names."""
    loops: Any = config.self_loops
    return FollowerGraph.read(config.path, self_loops=loops, columns=columns_of(config.columns))


def _generated(community: Community, popularity: np.typing.NDArray[np.float64]) -> FollowerGraph:
    """The synthetic graph: arcs among members only, prospects are rows without any."""
    config, members = community.config.graph, community.state.members
    here = (members["flags"] & s.ON_PLATFORM) > 0
    return power_law_communities(
        len(members),
        np.where(here, config.mean_followees, 0.0),
        config.exponent,
        config.reciprocity,
        closure=config.closure,
        mixing=1.0 - config.within_topic,
        circle=config.circle,
        topics=members["interest"].copy(),
        popularity=np.where(here, popularity, 0.0),
        seed=derive_seed(community.seed, 1),
        ids=members["id"].copy(),
    )
