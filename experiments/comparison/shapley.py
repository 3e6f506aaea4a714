"""Which action of a plan brought what: Shapley values over its actions, computed on every seed by itself.

A coalition is the plan with only some of its actions; all coalitions share their seeds. The shares of one seed sum
to that seed's effect of the whole plan exactly, so their means sum to the plan's effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Coalition = frozenset[str]

EXACT = 6
"""Actions up to which all coalitions are played; above, those on sampled orders."""
ORDERS = 20


def coalitions(actions: Sequence[str], orders: int = ORDERS, seed: int = 0) -> list[Coalition]:
    """The coalitions that are needed, the empty one and the whole plan among them.

    Parameters
    ----------
    actions
        Names.
    orders
        Sampled orders above `EXACT` actions, each with its reverse, which halves the variance or more.
    seed
        Of the sampling of orders.
    """
    if len(actions) <= EXACT:
        return [
            frozenset(chosen) for size in range(len(actions) + 1) for chosen in combinations(actions, size)
        ]
    found = {frozenset[str](): None}
    for order in sampled(actions, orders, seed):
        for end in range(1, len(order) + 1):
            found[frozenset(order[:end])] = None
    return list(found)


def sampled(actions: Sequence[str], orders: int = ORDERS, seed: int = 0) -> list[tuple[str, ...]]:
    """Random orders, each followed by its reverse."""
    rng = np.random.default_rng(seed)
    out: list[tuple[str, ...]] = []
    for _ in range((orders + 1) // 2):
        order = tuple(actions[i] for i in rng.permutation(len(actions)))
        out += [order, order[::-1]]
    return out[:orders] if orders > 1 else out[:1]


def shares(
    values: Mapping[Coalition, npt.ArrayLike],
    actions: Sequence[str],
    orders: Iterable[Sequence[str]] | None = None,
) -> dict[str, Float]:
    """Each action's share of the effect, one value a seed.

    Parameters
    ----------
    values
        Coalition -> the figure on each seed, float [seeds], for all of `coalitions`.
    actions
        Names.
    orders
        Orders to average over; all of them, by Shapley's weights, if None.

    Returns
    -------
    dict
        Action -> float64 [seeds]; on every seed they sum to the whole plan's figure less the empty one's.
    """
    table = {coalition: np.asarray(v, np.float64) for coalition, v in values.items()}
    n = len(actions)
    empty = np.zeros_like(table[frozenset()])
    out = {name: empty.copy() for name in actions}
    if orders is None:
        for coalition, value in table.items():
            for name in actions:
                size = len(coalition)
                if name in coalition:
                    out[name] += value * (factorial(size - 1) * factorial(n - size) / factorial(n))
                else:
                    out[name] -= value * (factorial(size) * factorial(n - size - 1) / factorial(n))
        return out
    listed = list(orders)
    for order in listed:
        before = table[frozenset()]
        for end, name in enumerate(order, 1):
            after = table[frozenset(order[:end])]
            out[name] += (after - before) / len(listed)
            before = after
    return out
