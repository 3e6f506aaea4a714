"""Real creators of a list, embedded into a new world: each is played by an author of its topic, whose followers become
as many as its active fans are in the sample.

Who follows them is drawn as `sim.diffusion.audiences` draws it; how far audiences overlap is its assumption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.diffusion.audiences import embed_creators
from sim.errors import ConfigError
from sim.graph import FollowerGraph
from sim.phases.transitions import POSTING_RATE
from sim.randomness import derive_seed
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.config import Candidate
    from sim.model import Community

Int = npt.NDArray[np.int64]


def embed_candidates(community: Community, graph: FollowerGraph) -> FollowerGraph:
    """The graph with the followers of the world's candidates; fills the table of candidates.

    Parameters
    ----------
    community
        A new world with its people.
    graph
        Who follows whom among its members; rows behind them are people outside.

    Raises
    ------
    ConfigError
        If the world has fewer authors than the list has creators.
    """
    wanted, state = community.config.candidates, community.state
    size, weight = community.config.world.members, community.config.world.weight
    played_by = _players(community, graph, wanted)
    state.candidates.take(len(wanted))
    state.candidates["member"] = played_by
    fans = np.maximum(1, np.rint([one.active_fans / weight for one in wanted])).astype(np.int64)
    audience = np.zeros((len(wanted), s.N_TOPICS))
    for at, one in enumerate(wanted):
        for topic, share in one.audience.items():
            audience[at, topic] = share
    follower, followee = graph.arcs()
    drawn = embed_creators(
        FollowerGraph.from_edges(follower, followee, size),
        state.members["interest"][:size],
        fans,
        audience,
        [one.key for one in wanted],
        seed=derive_seed(community.seed, 2),
    )
    fan, of = drawn.arcs()
    new = of >= size
    fan, played = fan[new], played_by[of[new] - size]
    others = ~np.isin(followee, played_by)
    own = fan != played  # an author drawn as a fan of the creator it plays
    return FollowerGraph.from_edges(
        np.concatenate([follower[others], fan[own]]),
        np.concatenate([followee[others], played[own]]),
        len(graph),
    )


def _players(community: Community, graph: FollowerGraph, wanted: tuple[Candidate, ...]) -> Int:
    """Row of the member who plays each candidate: an able author, of its topic before others, of its size before others."""
    state, size = community.state, community.config.world.members
    creators, members = state.creators, state.members
    row = creators["member"].astype(np.int64)
    able = (row < size) & (creators["left"] == 0)
    able &= (creators["skill"] > -1.0) & (creators["post_rate"] >= POSTING_RATE)
    able &= (members["flags"][row] & s.BOT) == 0
    row, topic = row[able], creators["verticals"][:, 0][able]
    if len(row) < len(wanted):
        raise ConfigError(
            f"creators: {len(wanted)} are more than the {len(row)} able authors of {size:,} members; set a larger "
            "world.members"
        )
    followers = np.log1p(graph.followers_count()[row])
    free = np.ones(len(row), bool)
    out = np.empty(len(wanted), np.int64)
    for at in sorted(range(len(wanted)), key=lambda i: (-wanted[i].active_fans, wanted[i].key)):
        one = wanted[at]
        apart = np.abs(followers - np.log1p(one.active_fans / community.config.world.weight))
        order = np.lexsort((members["id"][row], apart, topic != one.category, ~free))
        free[order[0]] = False
        out[at] = row[order[0]]
    return out
