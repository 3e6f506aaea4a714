"""Weekdays, holidays, lunar tables, seasons, and dates that hang on them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.calendars import build_calendar
from scenarios.dates import Timeline
from sim.errors import ConfigError
from tests.scenarios.desk import LIBRARY

CHINA = build_calendar(LIBRARY.read("calendar", "china"))
START = date(2025, 10, 13)


def test_double_eleven_has_its_pre_sale_its_peak_and_its_aftermath() -> None:
    day = date(2025, 11, 11)
    before, peak, after = (CHINA.factors(day + timedelta(days=d)) for d in (-15, 0, 7))
    assert peak.label == "double_eleven" and CHINA.peak(day)
    assert before.demand < 1.0 < peak.demand and after.demand < before.demand
    assert peak.activity > 1.2 * after.activity  # R11: 20 to 40 % more use
    assert CHINA.factors(date(2025, 9, 16)).label == ""


def test_lunar_days_move_and_an_unknown_year_is_refused() -> None:
    labels = {y: CHINA.factors(date(y, 1, 31)).label for y in (2024, 2025)}
    assert labels == {2024: "spring_festival", 2025: "spring_festival"}
    assert CHINA.factors(date(2024, 2, 10)).activity != CHINA.factors(date(2025, 2, 10)).activity
    with pytest.raises(
        ConfigError, match=r"spring_festival has no date for 2031; the lunar table names 2023"
    ):
        CHINA.factors(date(2031, 5, 1))
    with pytest.raises(ConfigError, match="2031"):
        CHINA.check(date(2030, 12, 1), date(2031, 1, 15))


def test_seasons_run_on_without_a_jump() -> None:
    days = [CHINA._seasons(date(2025, 1, 1) + timedelta(days=d)) for d in range(730)]
    assert float(np.abs(np.diff(np.array(days), axis=0)).max()) < 0.02
    assert float(np.array(days).mean()) == pytest.approx(1.0, abs=0.01)


def test_without_a_calendar_every_day_is_alike() -> None:
    flat = build_calendar(LIBRARY.read("calendar", "none"))
    factors = [flat.factors(date(2099, 1, 1) + timedelta(days=d)) for d in range(400)]
    assert {(f.activity, f.demand, f.label) for f in factors} == {(1.0, 1.0, "")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"topics": {"beuty": [1.0] * 12}}, "did you mean beauty"),
        ({"topics": {"beauty": [1.0] * 11}}, "needs 12 factors"),
        ({"weekday": {"demand": [1.0] * 6 + [0.0]}}, "out of bounds"),
        ({"occasions": {"x": {"en": "x", "zh": "x"}}}, "either a day"),
        ({"occasions": {"x": {"en": "x", "zh": "x", "day": "02-30"}}}, "not a date"),
        ({"weekdays": {}}, "did you mean weekday"),
    ],
)
def test_a_wrong_calendar_is_one_sentence(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_calendar({"name": "own", **change})


def timeline(**actions: dict[str, str]) -> Timeline:
    return Timeline(actions, START, 45, CHINA)


def test_dates_hang_on_the_run_on_sales_days_and_on_each_other() -> None:
    plan = timeline(
        kols={"start": "double_eleven - 3w", "end": "kols.start + 9d"},
        coupons={"start": "kols.end + 2d", "end": "双十一+1d"},
        boost={"start": "2025-10-20"},
    )
    assert plan.of("kols", "start") == date(2025, 10, 21)
    assert plan.of("coupons", "start") == date(2025, 11, 1)
    assert plan.of("coupons", "end") == date(2025, 11, 12)
    assert plan.of("boost", "end") == START + timedelta(days=44)
    assert timeline(a={"start": "start + 7d"}).of("a", "start") == date(2025, 10, 20)
    assert timeline(a={"start": "spring_festival"}).of("a", "start") == date(2026, 2, 17)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("doubel_eleven", "did you mean double_eleven"),
        ("2025-13-01", "not a date"),
        ("start + 7", "not a date"),
        ("other.end", "permitted are: a"),
        ("a.end", "circle"),
        ("start + 9999w", "year|date|outside|2023"),
    ],
)
def test_a_wrong_date_is_one_sentence(text: str, message: str) -> None:
    plan = timeline(a={"start": text, "end": "a.start"})
    with pytest.raises(ConfigError, match=message):
        plan.of("a", "start")
        CHINA.factors(plan.of("a", "start"))


@given(st.text(max_size=60))
def test_no_text_crashes_the_dates(text: str) -> None:
    try:
        assert isinstance(timeline(a={"start": text}).of("a", "start"), date)
    except ConfigError as problem:
        assert "\n" not in str(problem) or "\n" in text
