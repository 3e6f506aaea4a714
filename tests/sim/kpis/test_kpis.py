"""KPIs: each is registered once, every breakdown adds up, days add up by each KPI's own rule, snapshots lose
nothing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.kpis import BREAKDOWNS, FAMILIES, KPI, KPIS, MEASURES, Kpis, kpis_markdown
from sim.kpis.collect import gini, gini_of_numbers, measure_day
from sim.kpis.measures import COUNTED, MEASURE, PEOPLE_MEASURES
from sim.kpis.passes import P_AIPS, P_CHANNEL, P_WAITING, PEOPLE_COLUMNS
from sim.kpis.registry import terms
from sim.phases import books, coupons, deliveries, returns
from sim.state import schema as s
from tests.sim.phases.test_orders import shop
from tests.sim.trade_world import WARMUP, TradeWorld, trade_world

ROOT = Path(__file__).parents[3]


def played(days: int = 5, members: int = 2_000) -> TradeWorld:
    """A world after some days of trade."""
    world = trade_world(members)
    world.kpis = Kpis(world)
    world.state.profiles["stage"][:members] = 1 + np.arange(members) % 5
    world.state.profiles["fan_class"][:members] = np.arange(members) % 4
    world.state.members["tier"][:members] = np.arange(members) % 3
    for day in range(days):
        world.set_day(day)
        coupons.issue_coupons(world)
        deliveries.run(world)
        shop(world, 2)
        returns.run(world)
        books.run(world)
    return world


def test_registry_is_complete() -> None:
    assert len({kpi.key for kpi in KPIS}) == len(KPIS) == len(KPI)
    assert len({kpi.zh for kpi in KPIS}) == len({kpi.en for kpi in KPIS}) == len(KPIS)
    assert len(MEASURE) == len(MEASURES)
    used = set()
    for kpi in KPIS:
        used |= {name for _, name in terms(kpi.numerator) + terms(kpi.denominator)}
        assert (kpi.how == "ratio") == bool(kpi.denominator), kpi.key
        assert kpi.family in FAMILIES and kpi.unit and kpi.better in (-1, 0, 1)
        assert not (kpi.how in ("ratio", "mean") and kpi.denominator and kpi.scale == "weight"), kpi.key
    assert PEOPLE_COLUMNS[: len(PEOPLE_MEASURES)] == tuple(m.key for m in PEOPLE_MEASURES)
    assert PEOPLE_COLUMNS[P_WAITING] == "waiting"
    assert PEOPLE_COLUMNS[P_CHANNEL + 3] == "joined_referral"
    assert PEOPLE_COLUMNS[P_AIPS + 4] == "aips_purchase"


def test_documentation_is_current() -> None:
    page = ROOT / "docs" / "kpis.md"
    assert page.read_text(encoding="utf-8") == kpis_markdown(), "python -m sim.kpis > docs/kpis.md"


def test_whatever_a_phase_counts_is_registered() -> None:
    counted = set()
    for path in (ROOT / "sim").rglob("*.py"):
        counted |= set(re.findall(r"community\.count\(\s*\"([a-z_]+)\"", path.read_text(encoding="utf-8")))
    assert counted and counted <= set(COUNTED), sorted(counted - set(COUNTED))
    world = trade_world(200)
    world.set_day(0)
    world.count("unheard_of", 1)
    with pytest.raises(ConfigError, match="'unheard_of' was counted but is no registered measure"):
        measure_day(world)


def test_breakdowns_add_up() -> None:
    world = played()
    data = {name: world.kpis._table(name) for name in BREAKDOWNS}
    whole = data["all"][:, 0]
    checked = 0
    for measure in MEASURES:
        for breakdown in measure.breakdowns:
            if measure.source == "traffic" and breakdown in ("topic", "format", "stage", "fan_class"):
                continue  # clicks here were made without sessions
            total = data[breakdown][:, :, MEASURE[measure.key]].sum(axis=1)
            if measure.source == "orders" and breakdown == "surface":
                assert np.all(total <= whole[:, MEASURE[measure.key]])
                continue
            np.testing.assert_allclose(total, whole[:, MEASURE[measure.key]], rtol=1e-9)
            checked += 1
    assert checked > 80


def test_days_add_up_by_each_rule() -> None:
    world = played()
    kpis = world.kpis
    assert kpis.days.tolist() == [-3, -2, -1, 0, 1]
    totals = kpis.totals(0, 1)
    orders = kpis.measure("orders")[:, 0]
    gmv = kpis.measure("gmv")[:, 0]
    weight = world.config.world.weight
    assert totals["orders"] == orders[WARMUP:].sum() * weight
    assert totals["gmv"] == pytest.approx(gmv[WARMUP:].sum() * weight / 100)
    assert totals["order_value"] == pytest.approx(gmv[WARMUP:].sum() / orders[WARMUP:].sum() / 100)
    assert totals["buyers"] == pytest.approx(kpis.measure("buyers")[WARMUP:, 0].mean() * weight)
    assert totals["members"] == 2_000 * weight
    assert totals["trust"] == pytest.approx(0.6)
    assert np.isnan(totals["retention_d7"])
    assert kpis.totals(0, 1, real=False)["gmv"] == gmv[WARMUP:].sum()
    assert kpis.on_day("orders", 1) == orders[-1] * weight
    assert kpis.on_day("orders", 2) is None
    assert kpis.on_day("retention_d7", 1) is None


def test_money_of_kpis_is_money_of_the_ledger() -> None:
    world = played()
    first, last = WARMUP, WARMUP + 1
    totals = world.kpis.totals(0, 1, real=False)
    assert totals["gmv"] == world.ledger.amount(first, last, what="sale")
    assert totals["gmv_net"] == totals["gmv"] - world.ledger.amount(first, last, what="refund")
    assert totals["revenue"] == world.ledger.amount(first, last, what="commission") - world.ledger.amount(
        first, last, what="commission_back"
    )
    nets = ("contribution_platform", "contribution_brand", "contribution_merchants")
    flows = world.ledger.between(0, last)
    assert len(flows) and sum(totals[key] for key in nets) != 0


def test_frame_is_tidy_and_in_real_units() -> None:
    world = played()
    frame = world.kpis.frame()
    assert list(frame.columns) == ["day", "breakdown", "segment", "kpi", "value"]
    assert not frame.duplicated(["day", "breakdown", "segment", "kpi"]).any()
    assert set(frame["day"]) == {0, 1}
    assert not frame["value"].isna().any()
    one = frame[(frame["day"] == 1) & (frame["kpi"] == "members")]
    assert one[one["breakdown"] == "tier"]["value"].sum() == one[one["segment"] == "all"]["value"].iloc[0]
    assert set(world.kpis.frame(["all"], warmup=True)["day"]) == {-3, -2, -1, 0, 1}
    series = world.kpis.series("members", "tier")
    assert list(series.columns) == [key for key, _ in s.TIERS] and series.index.tolist() == [0, 1]


def test_snapshot_goes_on_where_it_stopped() -> None:
    world = played()
    copy = Kpis(world)
    copy.load({name: array.copy() for name, array in world.kpis.arrays().items()})
    world.set_day(5)
    for kpis in (world.kpis, copy):
        kpis.collect(world)
    for name, array in world.kpis.arrays().items():
        np.testing.assert_array_equal(array, copy.arrays()[name])


def test_wrong_names_are_named() -> None:
    kpis = played(1, 200).kpis
    with pytest.raises(ConfigError, match="unknown KPI 'fame'; there are: members, dau"):
        kpis.daily("fame")
    with pytest.raises(ConfigError, match="unknown breakdown 'age'"):
        kpis.daily("dau", "age")
    with pytest.raises(ConfigError, match="unknown segment 'rich' of tier"):
        kpis.totals(breakdown="tier", segment="rich")
    with pytest.raises(ConfigError, match="names unknown measures: magic"):
        terms("likes + magic")


def test_cohorts_and_lapses() -> None:
    world = trade_world(100)
    profiles = world.state.profiles
    profiles["active_days"] = 1
    world.set_day(30)
    profiles["joined"][:10] = 29
    profiles["joined"][10:30] = 23
    profiles["joined"][30:60] = 0
    world.state.members["flags"][[0, 10, 11, 30]] = s.ON_PLATFORM  # did not come today
    world.state.members["flags"][31] = 0  # has left for good
    profiles["active_days"][[10, 11]] = 1 << 28
    profiles["joined"][70:74] = 30
    profiles["demographics"][70:74] = 2 << s.DEMOGRAPHIC_BITS["channel"][0]
    day = measure_day(world)["all"][0]
    expected = {
        "cohort_1": 10,
        "kept_1": 9,
        "cohort_7": 20,
        "kept_7": 18,
        "cohort_30": 30,
        "kept_30": 28,
        "lapsed": 2,
        "joined": 4,
        "joined_paid": 4,
    }
    assert {name: day[MEASURE[name]] for name in expected} == expected


def test_gini() -> None:
    assert gini(np.array([1.0, 1.0, 1.0])) == pytest.approx(0)
    assert gini(np.array([0.0, 0.0, 0.0, 1.0])) == pytest.approx(0.75)
    counts = np.array([5, 0, 3, 3, 80])
    numbers = np.bincount(counts)
    assert gini_of_numbers(numbers, 3) == pytest.approx(
        gini(np.concatenate([counts, [0, 0, 0]]).astype(float))
    )
    assert np.isnan(gini_of_numbers(np.zeros(0, np.int64), 5))
