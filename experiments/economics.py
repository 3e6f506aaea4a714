"""What a plan costs its payer and what it brings in, from the two ledgers of runs paired by seed.

The cost is what the plan's actions made the payer spend, less what came back of it. Everything else that
changed in the payer's books (sales, margins, fees, returns) is the incremental contribution. Both are
differences to the baseline, so the payer's ordinary business cancels out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.comparison import Float, mean_interval, ratio_interval

Books = Mapping[tuple[str, str, str, int], int]
"""Amounts of a run by (account that pays, account that is paid, kind, action or -1), in fen of sample money.
"""

COMES_BACK = frozenset({"subsidy_back"})
"""Kinds that return part of an action's outlay to its payer."""

FEN_PER_YUAN = 100


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95 % interval (NaN with fewer than two seeds), in yuan of the real world."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Float) -> Estimate:
        """From one value a seed."""
        low, high, _ = mean_interval(values)
        return cls(float(values.mean()), low, high)


@dataclass(frozen=True)
class Economics:
    """A plan seen from one payer's books.

    Attributes
    ----------
    payer
        Account whose money it is.
    cost
        What the plan's actions made it spend.
    contribution
        What changed in the rest of its books: sales less goods, fees, returns and so on.
    net
        Contribution less cost.
    roi, roi_low, roi_high
        Contribution over cost (1 pays back exactly), with Fieller's interval; NaN where there is no cost.
    by_action
        Mean cost of each action that this payer pays for, by name.
    others
        Mean cost that actions put on other accounts, by account.
    """

    payer: str
    cost: Estimate
    contribution: Estimate
    net: Estimate
    roi: float
    roi_low: float
    roi_high: float
    by_action: dict[str, float]
    others: dict[str, float]


def outlays(books: Books) -> dict[tuple[str, int], int]:
    """What actions made each account spend, less what came back: fen by (account, action)."""
    spent: dict[tuple[str, int], int] = defaultdict(int)
    for (debit, credit, what, action), amount in books.items():
        if action < 0:
            continue
        if what in COMES_BACK:
            spent[credit, action] -= amount
        else:
            spent[debit, action] += amount
    return dict(spent)


def flow(books: Books, account: str) -> int:
    """What an account was paid less what it paid, fen."""
    total = 0
    for (debit, credit, _, _), amount in books.items():
        total += amount * ((credit == account) - (debit == account))
    return total


def economics(
    baseline: Sequence[Books],
    plan: Sequence[Books],
    payer: str,
    weight: float,
    actions: Sequence[str] = (),
) -> Economics:
    """Cost, contribution and ROI of a plan for one payer.

    Parameters
    ----------
    baseline, plan
        Books of the reported days, one a seed, in the same order of seeds.
    payer
        Account whose return is asked for.
    weight
        People that a member stands for: sample money times this is real money.
    actions
        Names of the actions by row.

    Raises
    ------
    ValueError
        If the two have different lengths or there are none.
    """
    if len(baseline) != len(plan) or not plan:
        raise ValueError(f"{len(baseline)} baseline and {len(plan)} plan ledgers cannot be paired")
    scale = weight / FEN_PER_YUAN
    n = len(plan)
    cost, contribution = np.zeros(n), np.zeros(n)
    by_action: dict[str, Float] = defaultdict(lambda: np.zeros(n))
    others: dict[str, Float] = defaultdict(lambda: np.zeros(n))
    for i, (before, after) in enumerate(zip(baseline, plan, strict=True)):
        for sign, books in ((-1, before), (1, after)):
            for (account, action), amount in outlays(books).items():
                if account == payer:
                    cost[i] += sign * amount * scale
                    by_action[_name(actions, action)][i] += sign * amount * scale
                else:
                    others[account][i] += sign * amount * scale
        contribution[i] = (flow(after, payer) - flow(before, payer)) * scale + cost[i]
    roi, low, high = ratio_interval(contribution, cost) if np.any(cost) else (float("nan"),) * 3
    return Economics(
        payer=payer,
        cost=Estimate.of(cost),
        contribution=Estimate.of(contribution),
        net=Estimate.of(contribution - cost),
        roi=roi,
        roi_low=low,
        roi_high=high,
        by_action=_means(by_action),
        others=_means(others),
    )


def _name(actions: Sequence[str], row: int) -> str:
    return actions[row] if row < len(actions) else f"action {row}"


def _means(values: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, float]:
    return {name: float(v.mean()) for name, v in values.items() if np.any(v)}
