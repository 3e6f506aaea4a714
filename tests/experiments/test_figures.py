"""How figures are written in both languages."""

from __future__ import annotations

import math

import pytest

from experiments.figures import change, figure, figures, interval


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (0, "", "0", "0"),
        (7, "", "7.00", "7.00"),
        (1234, "", "1.23k", "1,234"),
        (12_345, "", "12.3k", "1.23万"),
        (1_234_567.0, "yuan", "¥1.23M", "¥123万"),
        (2.5e8, "yuan", "¥250M", "¥2.50亿"),
        (-2.5e9, "yuan", "−¥2.50B", "−¥25.0亿"),
        (0.0234, "share", "2.34%", "2.34%"),
        (2.5, "days", "2.50 d", "2.50 天"),
        (math.nan, "yuan", "–", "–"),
        (math.inf, "", "–", "–"),
    ],
)
def test_figures(value: float, unit: str, en: str, zh: str) -> None:
    assert figure(value, unit, "en") == en
    assert figure(value, unit, "zh") == zh


def test_differences_carry_a_sign_and_shares_are_points() -> None:
    assert figure(0.0123, "share", signed=True) == "+1.23 pp"
    assert figure(-0.0123, "share", "zh", signed=True) == "−1.23 个百分点"
    assert figure(0.0, "yuan", signed=True) == "¥0"
    assert change(-0.051) == "−5.10%"
    assert change(math.nan) == "–"


def test_figures_that_stand_together_share_a_scale() -> None:
    assert figures([900, 1_200_000], "yuan") == ["¥0.00M".replace("0.00", "0"), "¥1.20M"]
    assert interval(-1_000_000, 2_500_000, "yuan") == "−¥1.00M to +¥2.50M"
    assert interval(math.nan, 1, "yuan") == "–"


def test_levels_show_the_digits_in_which_they_differ() -> None:
    assert figures([0.9996, 0.9950], "share", step=0.0046) == ["100.0%", "99.5%"]
    assert figures([7_440_000, 7_448_560], "people", step=8_560) == ["7.440M", "7.449M"]
    assert figures([7_440_000, 7_440_001], "people", step=1) == ["7.4400M", "7.4400M"]
    assert figures([3.0, 3.0], step=0.0) == ["3.00", "3.00"]
