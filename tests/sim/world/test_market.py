"""The market of a new world: the same per member at any size, and rivals that hang on their own ids."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.config import BrandConfig, ProductConfig
from sim.state import schema as s
from sim.world import market
from tests.sim.trade_world import trade_world


def rebuilt(brand: BrandConfig) -> Any:
    """The state of a small world with another market."""
    world = trade_world(500)
    world.config = replace(world.config, brand=brand)
    for table in (world.state.brands, world.state.merchants, world.state.products):
        table.n = 0
    market.build_market(world)
    return world.state


def test_the_market_is_the_same_per_member_at_any_size() -> None:
    small, large = trade_world(5_000), trade_world(50_000)
    sales = [w.state.products["sales"].sum() / w.config.world.members for w in (small, large)]
    assert sales[0] == pytest.approx(sales[1], rel=1e-6)
    for world in (small, large):
        products = world.state.products
        assert np.all(products["restock"][1:] > 7 * 0.65 * products["sales"][1:])
        assert np.all(products["stock"] == 2 * products["restock"])
    assert small.state.products["stock"][0] == round(2 * 1e6 / small.config.world.weight)
    for column in ("price", "quality", "attraction", "margin", "rating", "live_only"):
        assert np.array_equal(small.state.products[column], large.state.products[column])
    bought = [(w.state.profiles["orders"][: w.config.world.members] > 0).mean() for w in (small, large)]
    assert bought[0] == pytest.approx(bought[1], abs=0.02)


def test_one_product_or_rival_more_leaves_the_others_as_they_were() -> None:
    usual = rebuilt(BrandConfig()).products
    two = rebuilt(BrandConfig(products=[ProductConfig(), ProductConfig(name="cream", price=99.0)])).products
    more = rebuilt(BrandConfig(rivals_per_topic=5)).products
    kept = np.isin(more["id"], usual["id"])
    for column in ("id", "price", "quality", "attraction", "margin", "delivery_days"):
        assert np.array_equal(usual[column][1:], two[column][2:])
        assert np.array_equal(usual[column], more[column][kept])


def test_rows_fit_together() -> None:
    state = trade_world(500).state
    products, brands, merchants = state.products, state.brands, state.merchants
    assert len(np.unique(products["id"])) == len(products)
    assert np.array_equal(merchants["brand"][products["merchant"]], products["brand"])
    assert np.array_equal(brands["topic"][products["brand"]][1:], products["topic"][1:])
    assert brands["focal"].tolist() == [1] + [0] * (len(brands) - 1)
    assert np.bincount(products["topic"], minlength=s.N_TOPICS).min() > 0
    assert np.all((products["margin"] > 0) & (products["margin"] < 1) & (products["price"] >= 100))
    assert np.all((products["rating"] > 3) & (products["rating"] < 5))


def test_buyers_have_a_past() -> None:
    world = trade_world(20_000)
    profiles = world.state.profiles
    bought = profiles["orders"] > 0
    assert 0.05 < bought[:20_000].mean() < 0.6
    assert not bought[20_000:].any()
    assert np.all(profiles["last_order"][bought] < 0)
    assert np.all(profiles["last_order"][bought] >= profiles["joined"][bought])
    assert np.all(profiles["last_order"][~bought] == -32768)
    assert np.all(profiles["spend"][bought] > 0)
