"""Snapshots: the whole world as plain arrays between two days, and a community that goes on from them.

A warmed world is kept this way and shared by all plans of a seed; a run that is resumed equals an unbroken one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.graph import GraphDelta
from sim.phases.distribution.feeds import Feeds

if TYPE_CHECKING:
    from sim.model import Community

Array = npt.NDArray[Any]


def world_arrays(community: Community) -> dict[str, Array]:
    """Every array of a world; the parts' names are their prefixes."""
    out = community.state.arrays()
    out |= {f"feeds/{k}": v for k, v in community.feeds.arrays().items()}
    out |= {f"graph/{k}": v for k, v in community.delta.state_dict().items()}
    out |= {f"ledger/{k}": v for k, v in community.ledger.arrays().items()}
    out |= {f"kpis/{k}": v for k, v in community.kpis.arrays().items()}
    out["scalars"] = np.array(
        [
            community.world_day,
            community.mean_value,
            community.ad_places,
            float(community.warming_up),
            community.config.world.members,
        ]
    )
    return out


def part(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays of one part, without its prefix."""
    return {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}


def members_of(arrays: dict[str, Array]) -> int:
    """Size of the world that the arrays hold."""
    return int(arrays["scalars"][-1])


def restore(community: Community, arrays: dict[str, Array]) -> None:
    """Fill a community's tables, graph, books and clock; its figures load themselves."""
    community.state.load(arrays)
    feeds = part(arrays, "feeds/")
    community.feeds = Feeds(*(np.array(feeds[k]) for k in ("trees", "listed", "ads", "first", "mask")))
    community.delta = GraphDelta.from_state(part(arrays, "graph/"))
    community.ledger.load(part(arrays, "ledger/"))
    day, community.mean_value, community.ad_places, warming, _ = arrays["scalars"].tolist()
    community.world_day, community.warming_up = int(day), bool(warming)
