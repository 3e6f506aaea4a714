"""Whom to choose as first spreaders: one call for all rules, and the spread of the choice on worlds that it has not seen.

The estimate on the sample that a choice was made on is biased upward, so what is reported comes from fresh simulations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from sim.diffusion.arguments import check_runs, distinct_rows
from sim.diffusion.influence import Guarantee, imm, opim
from sim.diffusion.lazy_greedy import lazy_greedy, marginal_gains
from sim.diffusion.live import LiveArcs
from sim.diffusion.probability import Probability, Weight, arcs_back, arcs_forward, heeded
from sim.diffusion.rankings import RANKINGS, by_bands, degree_discount, scores, take
from sim.diffusion.rivals import contested_sizes
from sim.diffusion.sketches import Sampler
from sim.diffusion.spread import mean_interval
from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.csr import Float64, Int32, Int64
from sim.philox import derive_seed, seed_word

__all__ = ["RULES", "Selection", "select_seed_members"]

Rule: TypeAlias = Literal[
    "imm", "opim", "celf++", "degree", "discount", "pagerank", "k-core", "random", "bands"
]
RULES: dict[str, str] = {
    "imm": "reverse-reachable sets, as many as a guarantee needs; with prices as opim",
    "opim": "reverse-reachable sets, until a second sample certifies the choice",
    "celf++": "greedy on common worlds",
    "degree": "most followers first",
    "discount": "most followers who are not reached anyway",
    "pagerank": "PageRank along follows",
    "k-core": "innermost core first",
    "random": "at random",
    "bands": "so many from each band of followers, at random within",
}
"""Rule -> what it does."""


@dataclass(frozen=True)
class Selection:
    """Chosen first spreaders.

    Attributes
    ----------
    members
        Labels, in the order of choice.
    rows
        int32, their rows.
    rule
        The rule.
    sizes
        int64[runs], spread of the choice in fresh runs; with rivals, members that it wins.
    gains
        int32[runs, members], whom each adds to those before it in the same worlds; None with rivals.
    guarantee
        What is certain about the choice, or None for a rule of thumb.
    cost
        Sum of prices; None without prices.
    """

    members: list[Any]
    rows: Int32
    rule: str
    sizes: Int64 = field(repr=False)
    gains: npt.NDArray[np.int32] | None = field(repr=False)
    guarantee: Guarantee | None
    cost: float | None = None

    @property
    def spread(self) -> float:
        """Mean spread in fresh runs."""
        return float(self.sizes.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean spread."""
        return mean_interval(self.sizes)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        low, high = self.interval
        marginal = None
        if self.gains is not None:
            marginal = [
                {"mean": float(column.mean()), "interval": list(mean_interval(column))}
                for column in self.gains.T
            ]
        return {
            "rule": self.rule,
            "members": [label.item() if isinstance(label, np.generic) else label for label in self.members],
            "spread": self.spread,
            "interval": [low, high],
            "marginal": marginal,
            "guarantee": None if self.guarantee is None else vars(self.guarantee),
            "cost": self.cost,
        }


@dataclass(frozen=True)
class _Model:
    """A diffusion model as tables of arcs, along influence and against it."""

    forward: LiveArcs
    back: LiveArcs | None
    probability: float | None


def select_seed_members(
    graph: FollowerGraph,
    *,
    k: int | None = None,
    budget: float | None = None,
    prices: Mapping[Any, float] | npt.NDArray[Any] | None = None,
    model: Literal["ic", "lt"] = "ic",
    probability: Probability = "wc",
    weight: Weight = "uniform",
    rule: Rule = "imm",
    candidates: Iterable[Any] | None = None,
    rivals: Iterable[Any] = (),
    bands: Sequence[tuple[int, int]] = (),
    epsilon: float = 0.1,
    failure: float | None = None,
    worlds: int = 200,
    runs: int = 1000,
    seed: int = 0,
) -> Selection:
    """Choose first spreaders.

    Parameters
    ----------
    graph
        Who follows whom.
    k
        How many; or with `budget` at most so many.
    budget, prices
        What they may cost together, and the price of each: by label (who is missing is not for sale), or an array by
        row, nan for not for sale.
    model, probability, weight
        Independent cascade ("ic") with `probability`, or linear threshold ("lt") with `weight`. Topic match is a
        probability, see `sim.diffusion.topic_match`.
    rule
        One of `RULES`.
    candidates
        Labels of those who may be chosen; all if None.
    rivals
        Labels of members who spread a rival's note from the first step on. Everybody keeps the note that arrives first,
        and of two in one step the rival's.
    bands
        For rule "bands": pairs (least followers, how many).
    epsilon, failure
        "imm" and "opim" find at least 1 - 1/e - epsilon of the best spread but for a probability of `failure` (1 / n if
        None). With prices "opim" aims at 1 - 1/sqrt(e) - epsilon. The guarantee states what was reached.
    worlds
        Common worlds of "celf++".
    runs, seed
        Fresh runs in which the choice is valued, and the random seed.

    Returns
    -------
    Selection

    Raises
    ------
    GraphError
        For an unknown label, more seed members than members, or a budget below the cheapest price.
    """
    size = len(graph)
    if not size:
        raise GraphError("the graph has no member")
    if rule not in RULES:
        raise GraphError(f"rule {rule!r} is unknown; permitted are: {', '.join(RULES)}")
    if not 0.0 < epsilon < 1.0 or (failure is not None and not 0.0 < failure < 1.0):
        raise GraphError(f"epsilon and failure lie between 0 and 1, not {epsilon} and {failure}")
    check_runs(runs)
    check_runs(worlds)
    try:
        seed_word(seed)
    except ValueError as error:
        raise GraphError(str(error)) from None
    held = distinct_rows(graph, rivals, "rival")
    allowed = np.zeros(size, bool)
    allowed[slice(None) if candidates is None else distinct_rows(graph, candidates, "candidate")] = True
    allowed[held] = False
    cost = None
    if budget is not None or prices is not None:
        cost = _costs(graph, prices, budget, allowed)
    if rule == "bands":
        if cost is not None:
            raise GraphError("rule bands takes numbers, not a budget")
        k = sum(count for _, count in bands)
    count = _number(k, budget, allowed)
    tables = _tables(graph, model, probability, weight, needs_back=rule in ("imm", "opim"))
    rows, guarantee = _choose(
        graph, tables, rule, allowed, held, count, cost, budget or 0.0, bands, epsilon, failure or 1.0 / max(size, 2),
        worlds, seed,
    )  # fmt: skip
    fresh = seed_word(derive_seed(seed, FRESH))
    longest = int(graph.followers_count().max())
    gains = None
    if len(held):
        sizes = contested_sizes(tables.forward, size, longest, rows, held, fresh, runs)
    else:
        gains = marginal_gains(tables.forward, size, longest, rows, fresh, 0, runs)
        sizes = gains.sum(axis=1, dtype=np.int64)
    spent = None if cost is None else float(cost[rows].sum())
    return Selection(graph.labels_of(rows), rows, rule, sizes, gains, guarantee, spent)


FRESH, SKETCHED = 1, 2
"""Keys under which seeds are derived: choice and valuation share no world."""


def _number(k: int | None, budget: float | None, allowed: npt.NDArray[np.bool_]) -> int:
    able = int(np.count_nonzero(allowed))
    if k is None:
        if budget is None:
            raise GraphError("say how many to choose by k, or what they may cost by budget and prices")
        return able
    if not 1 <= k <= able:
        raise GraphError(f"k={k}: there are {able:,} members to choose from, so k is from 1 to {able:,}")
    return int(k)


def _costs(
    graph: FollowerGraph, prices: Any, budget: float | None, allowed: npt.NDArray[np.bool_]
) -> Float64:
    """Prices by row, and nobody allowed who has none."""
    if prices is None or budget is None:
        raise GraphError("budget and prices belong together")
    cost = np.full(len(graph), np.nan)
    if isinstance(prices, Mapping):
        cost[distinct_rows(graph, prices, "price of")] = list(prices.values())
    else:
        given = np.asarray(prices, np.float64)
        if given.shape != cost.shape:
            raise GraphError(
                f"prices need one number for each of {len(graph):,} members, not shape {given.shape}"
            )
        cost[:] = given
    if (cost <= 0.0).any() or np.isinf(cost).any():
        wrong = int(np.flatnonzero((cost <= 0.0) | np.isinf(cost))[0])
        raise GraphError(
            f"the price of {graph.labels_of([wrong])[0]!r} is {cost[wrong]:g}; it must be above 0"
        )
    allowed &= ~np.isnan(cost)
    if not allowed.any():
        raise GraphError("nobody who may be chosen has a price")
    cheapest = float(cost[allowed].min())
    if not budget >= cheapest:
        raise GraphError(f"budget={budget:g} is below the cheapest price, {cheapest:g}")
    cost[~allowed] = np.inf
    return cost


def _tables(
    graph: FollowerGraph, model: str, probability: Probability, weight: Weight, needs_back: bool
) -> _Model:
    if model == "ic":
        back = arcs_back(graph, probability) if needs_back else None
        number = float(probability) if isinstance(probability, int | float) else None
        return _Model(arcs_forward(graph, probability), back, number)
    if model == "lt":
        forward, walked_back = heeded(graph, weight)
        return _Model(forward, walked_back, None)
    raise GraphError(f'model is "ic" or "lt", not {model!r}')


def _choose(
    graph: FollowerGraph,
    tables: _Model,
    rule: str,
    allowed: npt.NDArray[np.bool_],
    held: Int32,
    k: int,
    cost: Float64 | None,
    budget: float,
    bands: Sequence[tuple[int, int]],
    epsilon: float,
    failure: float,
    worlds: int,
    seed: int,
) -> tuple[Int32, Guarantee | None]:
    """Rows by the rule, and what is certain about them."""
    size = len(graph)
    if rule in ("imm", "opim"):
        assert tables.back is not None
        rival = np.zeros(size if len(held) else 0, bool)
        rival[held] = True
        everybody = bool(allowed.all())
        sampler = Sampler(
            tables.back, size, int(graph.followees_count().max()), seed_word(derive_seed(seed, SKETCHED)),
            np.empty(0, bool) if everybody else allowed, rival,
        )  # fmt: skip
        able = int(np.count_nonzero(allowed))
        if rule == "imm" and cost is None:
            rows, guarantee = imm(sampler, able, k, epsilon, failure)
        else:
            rows, guarantee = opim(sampler, able, k, epsilon, failure, cost, budget)
        return _filled(rows, allowed, k, cost), guarantee
    if rule == "celf++":
        if len(held):
            raise GraphError("celf++ knows no rivals: use imm or opim")
        longest = int(graph.followers_count().max())
        key = seed_word(derive_seed(seed, SKETCHED))
        rows, _ = lazy_greedy(
            tables.forward, size, longest, np.flatnonzero(allowed).tolist(), k, key, worlds, cost, budget
        )
        return rows, None
    if rule == "discount":
        return degree_discount(graph, allowed, k, tables.probability, cost, budget), None
    if rule == "bands":
        return by_bands(graph, allowed, bands, seed), None
    assert rule in RANKINGS
    return take(scores(rule, graph, seed), allowed, k, cost, budget), None


def _filled(rows: Int32, allowed: npt.NDArray[np.bool_], k: int, cost: Float64 | None) -> Int32:
    """Rows made up to k by the first ones free, where no set was left to cover; nobody who may not be chosen."""
    rows = rows[allowed[rows]]
    if cost is not None or len(rows) == k:
        return rows
    free = allowed.copy()
    free[rows] = False
    return np.concatenate([rows, np.flatnonzero(free)[: k - len(rows)].astype(np.int32)])
