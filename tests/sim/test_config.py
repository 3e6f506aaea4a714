"""Every configured number has bounds, and whatever lies outside of them is one sentence that names the key."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from experiments.compose import StudyConfig, TopConfig
from sim.bounds import BOUNDS
from sim.config import (
    AudienceConfig,
    BrandConfig,
    GraphConfig,
    PlatformConfig,
    ProductConfig,
    RunConfig,
    WorldConfig,
)
from sim.errors import ConfigError

CLASSES = (
    AudienceConfig,
    BrandConfig,
    GraphConfig,
    PlatformConfig,
    ProductConfig,
    RunConfig,
    StudyConfig,
    TopConfig,
    WorldConfig,
)
NUMBERS = [
    (cls, rule) for cls in CLASSES for rule in fields(cls) if get_type_hints(cls)[rule.name] in (int, float)
]


@pytest.mark.parametrize(
    ("cls", "rule"), NUMBERS, ids=lambda x: getattr(x, "name", getattr(x, "__name__", ""))
)
def test_every_number_has_bounds_that_hold(cls: Any, rule: Any) -> None:
    low, high = rule.metadata[BOUNDS]
    assert low <= rule.default <= high
    for wrong in (low - 1, high * 1.01 + 1, -math.inf, math.inf, math.nan):
        with pytest.raises(ConfigError, match=rf"{rule.name}=\S+ is out of bounds: it must be from"):
            cls(**{rule.name: wrong})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: BrandConfig(topic="cars"), "brand.topic='cars' is unknown; permitted are beauty"),
        (lambda: ProductConfig(topic="cars"), "product.serum.topic='cars' is unknown"),
        (lambda: WorldConfig(members=1_000, represents=999.0), "below world.members=1000"),
        (lambda: PlatformConfig(surface_search=0.9), "must sum to 1"),
        (lambda: PlatformConfig(join_paid=0.9, join_referral=0.9), "must not exceed 1"),
        (lambda: AudienceConfig(gender=[math.nan, 1.0]), "audience.gender needs 2 shares"),
        (lambda: AudienceConfig(gender=[math.inf, 1.0]), "audience.gender needs 2 shares"),
    ],
)
def test_what_does_not_fit_together_is_named(make: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        make()
