"""Checks of trade: clicks and orders, who buys again, what coupons, deliveries and returns do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.validation import statistics as st
from experiments.validation.evidence import Evidence
from experiments.validation.registry import INF, Figures, check, observed, trial
from sim.phases.returns import CALM
from sim.state import schema as s

WEEKS = (4, 8, 13, 26)


@observed(
    "O11",
    "members whose first purchase ever falls into the run and who can be seen for so many weeks",
    *(f"second purchase by week {week}" for week in WEEKS),
    world="20,000 x 200",
    more=[("chance of one more after the second, less after the first", (0.0, INF))],
)
def _again(run: Evidence) -> Sequence[float]:
    rising = st.repurchase_by_number(run.orders["member"], run.orders["day"], (1, 2))
    return [*run.repeat(WEEKS), float(rising[1] - rising[0])]


@check(
    "E6",
    "orders a product click in search over that elsewhere",
    ("conversion in search, times elsewhere", (1.05, INF)),
    level="macro-face",
)
def _searched(run: Evidence) -> Sequence[float]:
    clicks, orders = run.by("clicks", "surface"), run.by("click_orders", "surface")
    others = np.arange(len(clicks)) != s.SEARCH
    rates = orders[s.SEARCH] / clicks[s.SEARCH], orders[others].sum() / clicks[others].sum()
    return [float(rates[0] / rates[1])]


@check("K10", "orders that a click led to, over product clicks", ("conversion", (0.02, 0.04)))
def _converted(run: Evidence) -> Sequence[float]:
    return [run.ratio("click_orders", "clicks")]


@check(
    "K8",
    "chance that an order of a usual product comes back if sold in a livestream, to the run's mix of buyers, over the 0.40 of K6",
    ("return ratio against ordinary livestreams", (0.6, 0.8)),
    level="macro-face",
)
def _live_returns(run: Evidence) -> Sequence[float]:
    heat = run.config.platform.live_return_odds ** np.array([1.0, 1.0 - CALM])
    odds = 0.12 / 0.88 * heat
    again = run.bought_before
    return [float((odds / (1.0 + odds)) @ [1.0 - again, again]) / 0.40]


@trial(
    "K5",
    "delivery.days 0.8 (half a day of 2.5) against 1: GMV, orders, value of an order, 28 days",
    {"delivery.days": 0.8},
    ("GMV, relative", (0.067 * 0.75, 0.067 * 1.25)),
    ("orders, relative", (0.0774 * 0.75, 0.0774 * 1.25)),
)
def _faster(base: Figures, changed: Figures) -> Sequence[float]:
    return [changed[name] / base[name] - 1.0 for name in ("gmv", "orders")]
