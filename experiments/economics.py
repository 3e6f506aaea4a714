"""What a plan costs its payer and what it brings in, from the ledgers of runs paired by seed.

The cost is what the plan's actions made the payer spend, less what came back of it. Everything else that
changed in the payer's books (sales, margins, fees, returns) is the incremental contribution. Both are
differences to the baseline, so the payer's ordinary business cancels out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.comparison import Float, mean_interval, ratio_interval
from experiments.comparison.components import components

COMES_BACK = ("subsidy_back",)
"""Kinds that return part of an action's outlay to its payer."""
COLUMNS = ("seed", "day", "debit", "credit", "what", "action", "fen")
"""Columns of a ledger of several runs: sample money in fen by day, payer, payee, kind and action ("" none)."""
HORIZONS = (7, 29, 70)
"""Days after a plan's first day up to which ROI(T+...) counts."""

FEN_PER_YUAN = 100


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its interval (NaN with fewer than two seeds), in yuan of the real world.

    ``parameters`` is the share of the interval's variance that is owed to parameters which are not known; NaN where all
    seeds have the same.
    """

    mean: float
    low: float
    high: float
    parameters: float = float("nan")

    @classmethod
    def of(cls, values: Float, confidence: float = 0.95, draws: Sequence[int] = ()) -> Estimate:
        """From one value a seed, and the draw of the parameters of each where they are not known."""
        low, high, _ = mean_interval(values, confidence, draws)
        owed = float(components(values[:, None], draws).share[0]) if len(draws) else float("nan")
        return cls(float(values.mean()), low, high, owed)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two means with Fieller's interval; NaN where there is none."""

    value: float
    low: float
    high: float


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
    nets, costs
        Contribution less cost, and cost, on each seed, float64 [seeds].
    horizons
        Days after the first action -> ROI up to then, for those that the run reaches.
    flows
        Kind of entry -> mean of what changed in the payer's books beside the actions' outlays (income above 0); they
        sum to the contribution.
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
    nets: Float
    costs: Float
    horizons: Mapping[int, Ratio]
    flows: Mapping[str, float]


def economics(
    before: Flows,
    after: Flows,
    weight: float,
    *,
    first: int = 0,
    days: int = 0,
    confidence: float = 0.95,
    draws: Sequence[int] = (),
) -> Economics:
    """Cost, contribution and ROI of a plan for one payer.

    Parameters
    ----------
    before, after
        Money of the payer without the plan and with it, on the same seeds.
    weight
        People that a member stands for: sample money times this is real money.
    first
        Day of the run on which the plan starts, from which horizons count.
    days
        Reported days; 0 for no horizons.
    draws
        Draw of the parameters of each seed, where they are not known.

    Raises
    ------
    ValueError
        If the two are of different payers or numbers of seeds.
    """
    if (before.payer, before.n) != (after.payer, after.n):
        raise ValueError("economics compares the books of one payer on the same seeds")
    scale = weight / FEN_PER_YUAN

    def gains(day: int | None) -> tuple[Float, Float]:
        """What the plan costs, and what it contributes, up to a day."""
        ours, theirs = after.upto(day), before.upto(day)
        return (ours[0] - theirs[0]) * scale, (ours[1] - theirs[1]) * scale

    cost, contribution = gains(None)
    horizons = {}
    for ahead in HORIZONS:
        if first + ahead < days:
            paid, gained = gains(first + ahead)
            horizons[ahead] = _ratio(gained, paid, confidence, draws)
    roi = _ratio(contribution, cost, confidence, draws)
    by_action = after.by_action()
    others_before, flows_before = before.others(), before.flows()
    others = {account: amount - others_before.get(account, 0.0) for account, amount in after.others().items()}
    return Economics(
        payer=after.payer,
        cost=Estimate.of(cost, confidence, draws),
        contribution=Estimate.of(contribution, confidence, draws),
        net=Estimate.of(contribution - cost, confidence, draws),
        roi=roi.value,
        roi_low=roi.low,
        roi_high=roi.high,
        by_action={name: amount * scale for name, amount in by_action.items() if amount},
        others={name: amount * scale for name, amount in others.items() if amount},
        nets=contribution - cost,
        costs=cost,
        horizons=horizons,
        flows={
            kind: (amount - flows_before.get(kind, 0.0)) * scale for kind, amount in after.flows().items()
        },
    )


def _ratio(gained: Float, paid: Float, confidence: float, draws: Sequence[int]) -> Ratio:
    if not np.any(paid):
        nan = float("nan")
        return Ratio(nan, nan, nan)
    return Ratio(*ratio_interval(gained, paid, confidence, draws))


class Flows:
    """One arm's money of one account: outlays of actions, and everything else, by seed and day.

    Parameters
    ----------
    frame
        Ledger of the reported days with the columns `COLUMNS`.
    seeds
        Seeds of the runs.
    payer
        The account.

    Raises
    ------
    ValueError
        If there are no seeds, or the ledger holds others.
    """

    def __init__(self, frame: pd.DataFrame, seeds: Sequence[int], payer: str) -> None:
        if not len(seeds):
            raise ValueError("without seeds there is no economics")
        self.payer = payer
        order = {seed: at for at, seed in enumerate(seeds)}
        row = frame["seed"].map(order)
        if row.isna().any():
            raise ValueError("a ledger holds seeds that are not compared")
        self.n = len(seeds)
        self.row = row.to_numpy(np.int64)
        self.day = frame["day"].to_numpy()
        fen = frame["fen"].to_numpy(np.float64)
        debit, credit, self.action, self.what = (
            pd.Categorical(frame[name]) for name in ("debit", "credit", "action", "what")
        )
        back = self.what.isin(COMES_BACK)
        acted = ~self.action.isin([""])
        accounts = pd.api.types.union_categoricals([credit, debit])
        out, into = accounts.codes[len(fen) :], accounts.codes[: len(fen)]
        self.account = pd.Categorical.from_codes(np.where(back, into, out), dtype=accounts.dtype)
        self.outlay = np.where(acted, np.where(back, -fen, fen), 0.0)
        self.mine = acted & self.account.isin([payer])
        self.other = acted & ~self.mine
        flow = fen * (credit.isin([payer]).astype(float) - debit.isin([payer]))
        self.cost = np.where(self.mine, self.outlay, 0.0)
        self.gain = flow + self.cost

    def upto(self, day: int | None) -> tuple[Float, Float]:
        """Cost and contribution of each seed up to a day, fen."""
        inside = np.ones(len(self.row), bool) if day is None else self.day <= day
        row = self.row[inside]
        cost: Float = np.bincount(row, weights=self.cost[inside], minlength=self.n).astype(np.float64)
        gain: Float = np.bincount(row, weights=self.gain[inside], minlength=self.n).astype(np.float64)
        return cost, gain

    def by_action(self) -> dict[str, float]:
        """Mean outlay of each action that the account pays for, fen."""
        return self._means(self.action, self.mine)

    def flows(self) -> dict[str, float]:
        """Mean net income of the account by kind of entry, its actions' outlays left out, fen."""
        return self._means(self.what, np.ones(len(self.row), bool), self.gain)

    def others(self) -> dict[str, float]:
        """Mean outlay of actions by other accounts, fen."""
        return self._means(self.account, self.other)

    def _means(
        self, names: pd.Categorical, keep: npt.NDArray[np.bool_], amounts: Float | None = None
    ) -> dict[str, float]:
        """Sums over seeds by name, a seed's mean; names without an entry are left out."""
        codes = names.codes[keep]
        count = len(names.categories)
        sums = np.bincount(codes, (self.outlay if amounts is None else amounts)[keep], count) / self.n
        found = np.flatnonzero(np.bincount(codes, minlength=count))
        return dict(sorted((str(names.categories[at]), float(sums[at])) for at in found.tolist()))
