"""Deliveries: parcels that are due arrive, early or late against what is usual, and warehouses are filled
once a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.levers.mechanisms import M_SUPPLY, M_SUPPLY_LOSS
from sim.phases.base import Phase
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
GLAD = 0.02
"""Change of satisfaction by a parcel that takes no time, or twice the usual (assumption, 0.005 to 0.05)."""
RETURN_DAYS = 10
"""Days after delivery on which returns and reviews end: seven days of free return and some slack
(assumption)."""
STOCK_FACTOR = 1.6
"""Weekly orders of a shop against its usual sales (assumption, 1.2 to 3)."""
SAFETY = 2.0
"""Safety stock in standard deviations of a week's sales, against the chance of small numbers (assumption)."""
SHELF_WEEKS = 4
"""Weeks of restocking that a warehouse holds (assumption, 2 to 8)."""

# What delivering counts, in this order.
DELIVERIES, DAYS, LATE, N_TALLIES = range(4)


@njit([(t.ORDERS, t.PROFILES, t.PRODUCTS, t.CLOCK, nb.int64[::1])])
def deliver(orders, profiles, products, clock, tally):  # type: ignore[no-untyped-def]
    """Deliver what is due; buyers are glad or cross by how the days compare with the product's usual ones."""
    day = clock[0].day
    for row in range(len(orders)):
        if orders[row].status != s.ORDERED or orders[row].due > day:
            continue
        orders[row].status = s.DELIVERED
        orders[row].closes = orders[row].due + RETURN_DAYS
        if not orders[row].on_platform:
            continue
        took = np.int64(orders[row].due) - np.int64(orders[row].day)
        usual = max(1.0, np.float64(products[orders[row].product].delivery_days))
        i = orders[row].member
        change = GLAD * max(-1.0, min(1.0, (usual - took) / usual))
        profiles[i].satisfaction = max(0.0, min(1.0, profiles[i].satisfaction + change))
        tally[DELIVERIES] += 1
        tally[DAYS] += took
        tally[LATE] += took > 2.0 * usual


def usual_restock(weekly_sales: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Units that a shop orders each week for what it usually sells: some more, and safety against chance."""
    units = np.ceil(STOCK_FACTOR * weekly_sales + SAFETY * np.sqrt(weekly_sales))
    return np.maximum(1, units).astype(np.int64)


def restock(community: Community) -> None:
    """Shops order for what they have been selling; the focal brand's deliveries are as configured."""
    products, brands = community.state.products, community.state.brands
    here = 1.0 - community.config.platform.off_platform
    rivals = brands["focal"][products["brand"]] == 0
    products["restock"][rivals] = usual_restock(7.0 * here * products["sales"].astype(float))[rivals]
    levers = community.levers.table[0]
    arrives = levers[M_SUPPLY] * max(0.0, 1.0 - float(community.clock["supply"][0]) * levers[M_SUPPLY_LOSS])
    weekly = np.floor(products["restock"] * arrives).astype(np.int64)
    stock = products["stock"].astype(np.int64)
    filled = np.minimum(stock + weekly, np.maximum(stock, SHELF_WEEKS * weekly))
    products["stock"] = np.minimum(filled, np.iinfo(np.int32).max)


def run(community: Community) -> None:
    """Deliver today's parcels; on the first day of a week restock."""
    state = community.state
    if community.world_day % 7 == 0:
        restock(community)
    tally = np.zeros(N_TALLIES, np.int64)
    deliver(state.orders.rows, state.profiles.rows, state.products.rows, community.clock, tally)
    community.count("deliveries", int(tally[DELIVERIES]))
    community.count("delivery_days", int(tally[DAYS]))
    community.count("late_deliveries", int(tally[LATE]))


PHASE = Phase(
    name="deliveries",
    when="dawn",
    reads=("orders", "products", "levers", "clock"),
    writes=(
        "orders.status",
        "orders.closes",
        "profiles.satisfaction",
        "products.stock",
        "products.restock",
    ),
    run=run,
    equation=(
        "days = max(1, usual x delivery.days x (1 + disturbance) x lognormal); restock x stock.supply x (1 - shortage x"
        " supply.loss);"
        " satisfaction += 0.02 x clip((usual - days) / usual, -1, 1)"
    ),
    facts=("K4", "K5", "assumption"),
    test="tests/sim/test_trade.py::test_each_phase_of_trade_is_missed",
    en="Deliveries",
    zh="配送",
)
