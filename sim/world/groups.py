"""Groups 社群: what they are about, and who belongs to them when a world begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.phases.groups import choose_groups, count_groups
from sim.randomness import S_GROUP, blocks, uniforms, uniforms_of
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

KIND_SHARES = (0.4, 0.2, 0.3, 0.1)
"""Theme, region, interest, industry (assumption: S4 names the kinds, no document counts them)."""
REGIONAL = 1
FOUNDING = 0xFFFFFFFF
"""Key word of draws about a group itself and about its first members, where others have a member or a day."""


def _choose(running: npt.NDArray[Any], u: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Index at which running sums of weights are passed, one for each uniform number."""
    at: npt.NDArray[np.int64] = np.minimum(
        np.searchsorted(running, u * running[-1], side="right"), len(running) - 1
    )
    return at


def build_groups(community: Community) -> None:
    """Make the configured number of groups per member, and their first members.

    Kind, topic and region of a group depend on its number alone; a share ``platform.group_share`` of members
    belongs to one, each chosen by interest and region.
    """
    state, config = community.state, community.config
    size = round(config.world.groups_per_1000 * config.world.members / 1000.0)
    state.profiles["group"] = -1
    if not size:
        return
    rows = state.groups.take(size)
    groups = state.groups.array
    u = uniforms_of(blocks(community.seed, S_GROUP, FOUNDING, rows.astype(np.uint32), 0))
    kinds = np.cumsum(KIND_SHARES)
    topics = np.cumsum(np.array(config.audience.topics, float))
    regions = np.cumsum(np.array(config.audience.region, float))
    kind = _choose(kinds, u[:, 0])
    groups["kind"][rows] = kind
    groups["topic"][rows] = _choose(topics, u[:, 1])
    groups["region"][rows] = np.where(kind == REGIONAL, _choose(regions, u[:, 2]), 255)
    groups["admin"][rows] = -1
    groups["action"][rows] = -1
    groups["activity"][rows] = 0.3
    groups["notes"][rows] = -1
    ids = state.members["id"]
    joins = uniforms(community.seed, S_GROUP, ids, FOUNDING, FOUNDING)
    here = (state.members["flags"] & s.ON_PLATFORM) > 0
    first = np.flatnonzero(here & (joins < config.platform.group_share))
    state.profiles.array["group"][first] = choose_groups(community, first, FOUNDING)
    count_groups(community, start=True)
