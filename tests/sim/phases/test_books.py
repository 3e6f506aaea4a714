"""Books: the day closes, buyers learn the price, and they learn it equally fast in a small and a large
sample."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kpis import Kpis
from sim.levers import INDEX
from sim.phases import books
from sim.phases.books import learn_prices
from tests.sim.phases.test_orders import shop
from tests.sim.trade_world import trade_world


def test_the_day_closes_and_buyers_learn_the_price() -> None:
    world = trade_world(off_platform=0.0)
    world.kpis = Kpis(world)
    world.set_day(4)
    world.levers.table[:, INDEX["price.effective"]] = 0.8
    sold = shop(world)
    before = world.state.products["reference_price"].copy()
    books.run(world)
    assert world.kpis.totals(1, 1)["orders"] == len(sold) * 2_000
    after = world.state.products["reference_price"]
    bought = np.unique(sold["product"])
    assert np.all(after[bought] < before[bought])
    rest = np.setdiff1d(np.arange(len(after)), bought)
    assert np.array_equal(after[rest], before[rest])
    assert np.all(world.state.products["sold_today"] == 0)
    with pytest.raises(Exception, match="gathered already"):
        books.run(world)


@pytest.mark.parametrize("scale", [0.1, 10.0])
def test_prices_are_learnt_at_the_same_pace_at_any_scale(scale: float) -> None:
    world = trade_world(200)
    products = world.state.products
    products["sales"] = scale
    products["price"] = products["reference_price"] = 10_000
    for day in range(90):  # the usual sales, all at 20 % off
        due = np.floor(scale * (day + 1)) - np.floor(scale * day)
        products["sold_today"] = due
        products["value_today"] = 8_000 * due
        learn_prices(products.rows)
    assert products["reference_price"][0] == pytest.approx(8_100, abs=60)  # e^-3 of the way is left
