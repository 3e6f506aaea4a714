"""What a comparison needs of one run. It is what workers send back, so importing it loads no world."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from experiments.economics import Books


@dataclass(frozen=True)
class RunResult:
    """What a comparison needs of one run; all figures of the reported days, in real units.

    Attributes
    ----------
    label, seed
        Which arm, which seed.
    totals
        Every KPI over all reported days.
    daily
        Every KPI by day, float64 [days].
    books
        Ledger of the reported days, fen of sample money by (payer, payee, kind, action).
    actions
        Names of the plan's actions by row.
    seconds
        Where the time went.
    found
        Whether the warmed world was in the cache.
    """

    label: str
    seed: int
    totals: dict[str, float]
    daily: dict[str, npt.NDArray[np.float64]]
    books: Books
    actions: list[str]
    seconds: dict[str, float] = field(default_factory=dict)
    found: bool = False
