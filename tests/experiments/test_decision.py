"""The decision table and its picture, from runs whose effect is known."""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import picture
from experiments.arms import Arms
from experiments.decision import ROWS, WATCHED, Decision
from experiments.demo import split
from experiments.economics import COLUMNS
from experiments.picture import Span, Trajectory, draw
from sim.kpis.registry import KPIS, kpi_of

SEEDS = tuple(range(10))


def _totals(factor: dict[str, float]) -> pd.DataFrame:
    rows = []
    for seed in SEEDS:
        rng, wobble = np.random.default_rng(seed), np.random.default_rng((seed, 1))
        totals = {kpi.key: float(rng.uniform(50, 150)) for kpi in KPIS}
        for key, value in factor.items():
            totals[key] *= value * float(wobble.normal(1.0, 0.002))
        rows.append(totals)
    return pd.DataFrame(rows, index=list(SEEDS))


def _ledger(sales: list[int], cost: int) -> pd.DataFrame:
    rows = [(seed, 0, "members", "brand", "sale", "", fen) for seed, fen in zip(SEEDS, sales, strict=True)]
    rows += [(seed, 0, "brand", "creators", "creator_fee", "kols", cost) for seed in SEEDS if cost]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _arms(cost: int = 5_000, sales: int = 40_000, noise: int = 0, **factor: float) -> Arms:
    after = [100_000 + sales + (seed - 4) * noise for seed in SEEDS]
    return Arms(
        SEEDS,
        {"baseline": _totals({}), "plan": _totals(factor)},
        {"baseline": _ledger([100_000] * len(SEEDS), 0), "plan": _ledger(after, cost)},
        weight=100.0,
    )


def test_the_table_is_short_and_names_registered_kpis() -> None:
    assert len(ROWS) <= 14
    assert {kpi_of(key).key for key in (*ROWS, *WATCHED)} == {*ROWS, *WATCHED}


def test_what_the_table_and_the_lines_say() -> None:
    decision = Decision.of(
        _arms(reads=1.1, gmv_net=1.2, trust=0.9, price_paid=0.95), "baseline", "plan", "brand", 45
    )
    assert decision.effects["reads"].verdict == "better"
    assert decision.effects["trust"].verdict == "worse"
    assert decision.effects["dau"].verdict == "cannot tell"
    # A falling price is damage here, although the KPI itself has no direction.
    assert list(decision.damage) == ["trust", "price_paid"]
    english, chinese = decision.lines("en"), decision.lines("zh")
    assert english[0].startswith("Cost to the brand: ¥5.00k (¥5.00k to ¥5.00k); of it kols ¥5.00k")
    assert "+¥40.0k" in english[1]
    assert "8.00 (8.00 to 8.00); 1 pays back" in english[2]
    assert english[3].startswith("What it damages: Trust −")
    assert english[4].startswith("Verdict: over 45 days the plan raises engagement (Reads +")
    assert "it pays back for the brand" in english[4]
    assert "结论：45 天内，方案提高了互动（阅读量" in chinese[4]
    assert "品牌方能够回本" in chinese[4]
    assert len(decision.rows("zh")) == len(ROWS)


def test_no_difference_is_said_to_be_none() -> None:
    decision = Decision.of(_arms(cost=0, sales=0), "baseline", "plan", "platform", 45)
    assert not decision.damage
    lines = decision.lines("en")
    assert "ROI: none" in lines[2]
    assert "nothing shown among" in lines[3]
    assert "does not visibly move engagement" in lines[4]
    assert "costs the platform nothing" in lines[4]


@pytest.mark.parametrize(("sales", "said"), [(2_000, "does not pay back"), (5_000, "cannot be told")])
def test_the_verdict_on_money_follows_the_interval(sales: int, said: str) -> None:
    decision = Decision.of(_arms(sales=sales, noise=100), "baseline", "plan", "brand", 45)
    assert said in decision.verdict("en")


def test_the_baseline_keeps_the_world_and_loses_the_plan() -> None:
    assert split([]) == (["scenario=double_eleven"], ["scenario=double_eleven"], "none")
    ours, theirs, against = split(
        ["world=small", "plan=launch", "plan.actions.kols.budget=1e5", "baseline=heads"]
    )
    assert ours == ["world=small", "plan=launch", "plan.actions.kols.budget=1e5"]
    assert theirs == ["world=small"]
    assert against == "heads"
    ours, theirs, _ = split(["incentive=[coupons]", "+plan.actions.coupons.depth=0.1", "seed=3"])
    assert theirs == ["seed=3"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_has_no_missing_glyph(lang: picture.Lang, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    before = rng.uniform(1e6, 2e6, (4, 30))
    t = [
        Trajectory("Reads", "阅读量", "count", before, before * 1.1),
        Trajectory("GMV", "成交额", "yuan", before, before),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spans = [
            Span("kols", date(2025, 10, 20), date(2026, 1, 1)),
            Span("late", date(2026, 1, 1), date(2026, 1, 2)),
        ]
        draw(tmp_path / "p.png", {"en": "A against B", "zh": "甲对比乙"}, t, date(2025, 10, 13), spans, lang)
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"
    first = (tmp_path / "p.png").read_bytes()
    draw(tmp_path / "q.png", {"en": "A against B", "zh": "甲对比乙"}, t, date(2025, 10, 13), spans, lang)
    assert (tmp_path / "q.png").read_bytes() == first
