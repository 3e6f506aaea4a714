"""The independent cascade, and the platform's own mix of followers and a discovery feed.

Whoever is reached passes a note on once to each follower, with a probability. By default all random draws belong to
(run, member): the same worlds for every choice of seed members.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.diffusion.arguments import Arguments
from sim.diffusion.cascade import follow_runs, spread_over_runs
from sim.diffusion.live import LiveArcs
from sim.diffusion.probability import Draws, Probability, arcs_forward
from sim.diffusion.spread import Cascades, Spread
from sim.errors import GraphError
from sim.graph import FollowerGraph

__all__ = ["independent_cascade", "platform_mix", "spread_along"]


def spread_along(
    model: str,
    graph: FollowerGraph,
    arcs: LiveArcs,
    given: Arguments,
    *,
    rate: float = 0.0,
    runs: int,
    first_run: int = 0,
    frequency: bool = True,
    trees: bool = False,
) -> Spread:
    """Spread along live arcs: what the models of this module, and the linear threshold model, have in common."""
    size = len(graph)
    tally = spread_over_runs(
        arcs, size, given.longest, given.seeds, rate=rate, seed=given.seed, first=first_run, runs=runs,
        limit=given.limit, frequency=frequency,
    )  # fmt: skip
    cascades = None
    if trees:
        columns = follow_runs(
            arcs, size, given.longest, given.seeds, rate=rate, seed=given.seed, first=first_run, runs=runs,
            limit=given.limit,
        )  # fmt: skip
        cascades = Cascades(*columns)
    new = tally.steps / runs
    return Spread(model, size, given.seeds, tally.sizes, new, np.cumsum(new), tally.counts, cascades)


def independent_cascade(
    graph: FollowerGraph,
    seed_members: Iterable[Any],
    *,
    probability: Probability = "wc",
    runs: int = 1000,
    seed: int = 0,
    max_steps: int | None = None,
    draws: Draws = "member",
    ids: npt.NDArray[np.uint32] | None = None,
    first_run: int = 0,
    frequency: bool = True,
    trees: bool = False,
) -> Spread:
    """Independent cascade: who is reached passes on once, to each follower with its arc's probability.

    Parameters
    ----------
    graph
        Who follows whom; influence runs from followee to follower.
    seed_members
        Labels of the first spreaders.
    probability
        A number; "wc", 1 / number of accounts that the follower follows; "trivalency", 0.1, 0.01 or 0.001 by arc; or an
        array with one number an arc in the order of ``graph.arcs()``, such as `topic_match` makes.
    runs
        Number of simulations.
    seed
        Random seed, uint64. A run is a world: (seed, run) decide which arcs are live, whoever is seeded.
    max_steps
        Steps at most; until nothing happens if None.
    draws
        "member": a member's live arcs are drawn together, by skipping over failures. "arc": one by one, keyed by the
        ids of both ends by the very function of the model's sharing phase, so that graphs that differ in some arcs
        share the draws of the others.
    ids
        uint32[n], permanent ids for ``draws="arc"``; row numbers if None.
    first_run
        Number of the first run: 1,000 runs from 1,000 on are fresh worlds beside the first thousand.
    frequency
        Whether to count in how many runs each member is reached.
    trees
        Whether to keep who passed to whom.

    Returns
    -------
    Spread

    Raises
    ------
    GraphError
        For an empty graph, an unknown or repeated member, or a probability outside [0, 1].

    Notes
    -----
    Kempe, Kleinberg and Tardos, "Maximizing the spread of influence through a social network" (KDD 2003).
    """
    given = Arguments.check(graph, seed_members, runs, seed, max_steps, first_run)
    arcs = arcs_forward(graph, probability, draws, ids)
    return spread_along(
        "ic", graph, arcs, given, runs=runs, first_run=first_run, frequency=frequency, trees=trees
    )  # fmt: skip


def platform_mix(
    graph: FollowerGraph,
    seed_members: Iterable[Any],
    *,
    discovery: float,
    probability: Probability = "wc",
    runs: int = 1000,
    seed: int = 0,
    max_steps: int | None = None,
    first_run: int = 0,
    frequency: bool = True,
    trees: bool = False,
) -> Spread:
    """Followers and a discovery feed together: what a member passes on also reaches strangers.

    Parameters
    ----------
    discovery
        Mean number of members, anybody, whom the discovery feed wins over for each member who passes on; a Poisson
        number. With it as 0 this is `independent_cascade`, bit for bit.
    graph, seed_members, probability, runs, seed, max_steps, first_run, frequency, trees
        As in `independent_cascade`.

    Returns
    -------
    Spread

    Raises
    ------
    GraphError
        As there, and if the rate is negative or above 1,000.
    """
    if not 0.0 <= discovery <= 1000.0:
        raise GraphError(f"discovery is a rate from 0 to 1,000 members, not {discovery}")
    given = Arguments.check(graph, seed_members, runs, seed, max_steps, first_run)
    arcs = arcs_forward(graph, probability)
    return spread_along(
        "mix", graph, arcs, given, rate=float(discovery), runs=runs, first_run=first_run, frequency=frequency,
        trees=trees,
    )  # fmt: skip
