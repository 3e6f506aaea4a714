"""Books: sellers learn what sells and at which price, the day's accounts close, and the figures are
collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.numerics import expm1
from sim.phases.base import Phase

if TYPE_CHECKING:
    from sim.model import Community

SALES_DAYS = 28.0
"""Memory of the running mean of sales, days (assumption, 14 to 56)."""
PRICE_DAYS = 30.0
"""Days of usual sales after which the expected price is two thirds the price paid (assumption, 14 to 90)."""


@njit([(t.PRODUCTS,)])
def learn_prices(products):  # type: ignore[no-untyped-def]
    """Move expected prices towards the prices paid today, and running sales towards today's.

    The step grows with the units sold against the usual number, so that a product sold ten times a day in a
    large sample and one sold every tenth day in a small one learn equally fast.
    """
    for p in range(len(products)):
        units = np.float64(products[p].sold_today)
        if units > 0:
            paid = products[p].value_today / units
            days = units / max(1e-4, np.float64(products[p].sales))
            step = -expm1(-min(days, PRICE_DAYS) / PRICE_DAYS)
            products[p].reference_price += step * (paid - products[p].reference_price)
        products[p].sales += (units - products[p].sales) / SALES_DAYS
        products[p].sold_today = 0
        products[p].value_today = 0


def run(community: Community) -> None:
    """Close the day."""
    community.kpis.collect(community)
    learn_prices(community.state.products.rows)
    community.ledger.close(community.world_day)


PHASE = Phase(
    name="books",
    when="dusk",
    reads=("all",),
    writes=(
        "products.reference_price",
        "products.sales",
        "products.sold_today",
        "products.value_today",
        "ledger",
        "kpis",
    ),
    run=run,
    equation=(
        "expected price += (1 - e^(-sold / usual / 30)) x (price paid - expected price); debits = credits"
    ),
    facts=("K2", "assumption"),
    test="tests/sim/test_trade.py::test_without_books_nothing_is_reported",
    en="Books",
    zh="日结",
)
