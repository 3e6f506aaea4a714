"""Results of several cells on the same seeds, in memory: what every comparison starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.comparison import Effect, paired_many
from experiments.economics import Economics, Flows, economics
from sim.kpis.registry import kpi_of

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Arms:
    """Arms with paired seeds.

    Attributes
    ----------
    seeds
        In ascending order; every arm has all of them.
    totals
        Arm -> KPIs over the reported days in real units, a row a seed in the order of ``seeds``.
    books
        Arm -> ledger of the reported days (`experiments.economics.COLUMNS`).
    weight
        People that a member stands for, equal in all arms.
    days
        Reported days.
    daily
        Arm -> KPI -> float64 [seeds, days].
    first
        Arm -> day of the run on which its first action starts.
    draws
        Draw of the parameters at which each seed was played, in all arms; empty where they are taken for known.
    """

    seeds: Sequence[int]
    totals: Mapping[str, pd.DataFrame]
    books: Mapping[str, pd.DataFrame]
    weight: float
    days: int = 0
    daily: Mapping[str, Mapping[str, Float]] = field(default_factory=dict)
    first: Mapping[str, int] = field(default_factory=dict)
    draws: Sequence[int] = ()
    _flows: dict[tuple[str, str], Flows] = field(default_factory=dict, init=False, repr=False, compare=False)

    def effects(
        self, keys: Sequence[str], baseline: str, plan: str, confidence: float = 0.95
    ) -> dict[str, Effect]:
        """Paired differences of some KPIs over the reported days."""
        before, after = (self.totals[arm][list(keys)].to_numpy(np.float64) for arm in (baseline, plan))
        found = paired_many(before, after, [kpi_of(key).better for key in keys], confidence, self.draws)
        return dict(zip(keys, found, strict=True))

    def economics(self, baseline: str, plan: str, payer: str, confidence: float = 0.95) -> Economics:
        """Cost, contribution and ROI for one payer."""
        # Many plans have one baseline, whose books are long.
        if (baseline, payer) not in self._flows:
            self._flows.clear()
            self._flows[baseline, payer] = Flows(self.books[baseline], self.seeds, payer)
        return economics(
            self._flows[baseline, payer],
            Flows(self.books[plan], self.seeds, payer),
            self.weight,
            first=self.first.get(plan, 0),
            days=self.days,
            confidence=confidence,
            draws=self.draws,
        )
