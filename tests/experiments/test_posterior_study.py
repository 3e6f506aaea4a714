"""A comparison over what is not known: intervals that hold it, shares that add up, and a study whose arms share draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.comparison import mean_intervals, paired
from experiments.comparison.components import components
from experiments.standings import comparison
from experiments.studies.draws import at_draw, draws_by_seed
from experiments.studies.store import studies_in
from experiments.studies.study import Study

rng = np.random.default_rng(4)


def drawn(
    draws: int, seeds: int, between: float, within: float, columns: int
) -> tuple[np.ndarray, list[int]]:
    of = np.repeat(np.arange(draws), seeds)
    values = rng.normal(0, between, (draws, columns))[of] + rng.normal(0, within, (draws * seeds, columns))
    return values, of.tolist()


def test_the_components_are_those_that_were_put_in() -> None:
    values, of = drawn(4_000, 3, 2.0, 3.0, 2)
    found = components(values, of)
    assert np.diag(found.parameters) == pytest.approx([4.0, 4.0], rel=0.15)
    error = 9.0 / len(values)
    assert np.diag(found.variance) == pytest.approx([4.0 + error] * 2, rel=0.15) and np.all(
        found.share > 0.99
    )
    assert components(rng.normal(0, 1, (300, 1)), np.arange(300) // 3).share[0] < 0.7
    assert np.isnan(components(values[::3], of[::3]).share).all()  # one seed a draw


@pytest.mark.parametrize(("between", "within"), [(1.0, 0.5), (0.3, 1.0)])
def test_the_interval_covers_the_effect_at_an_unknown_draw(between: float, within: float) -> None:
    """That is what happens in the world: the parameters are one draw, chance averages out.

    Where chance is much larger than what is not known, its estimate is often 0 and coverage falls to 0.91.
    """
    columns = 4_000
    values, of = drawn(12, 2, between, within, columns)
    low, high, _ = mean_intervals(values, 0.95, of)
    truth = rng.normal(0, between, columns)
    covered = float(np.mean((low <= truth) & (truth <= high)))
    assert 0.90 <= covered <= 0.99
    plain_low, plain_high, _ = mean_intervals(values)
    assert float(np.mean((plain_low <= truth) & (truth <= plain_high))) < covered - 0.1


def test_an_effect_says_what_it_owes_to_parameters() -> None:
    values, of = drawn(40, 2, 1.0, 0.1, 1)
    base = rng.normal(100, 5, 80)
    effect = paired(base, base + 0.2 + values[:, 0], 1, draws=of)
    assert effect.method == "posterior" and effect.parameters > 0.9 and effect.verdict == "cannot tell"
    assert 0.5 < effect.p < 1.0 or effect.p > 0.05
    known = paired(base, base + 0.2 + values[:, 0], 1)
    assert np.isnan(known.parameters) and known.high - known.low < effect.high - effect.low


def test_a_study_plays_every_arm_at_the_same_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    logits = np.array([-3.4, -3.0, -2.6, -2.2])
    pd.DataFrame({"read_discovery": logits}).to_parquet("posterior.parquet")
    words = ["world.members=400", "days=4", "warmup_days=2", "executor=serial", "seeds=0:8", "lang=en"]
    line = ["sweep", "plan=none,brand_coupons", "posterior=posterior.parquet", *words]
    assert main(line) == 0
    (store,) = studies_in([Path("seedbed-runs")])
    study = Study(store)
    draws = store.manifest["draws"]
    assert draws_by_seed(draws, range(8)) == [0, 0, 1, 1, 2, 2, 3, 3] and draws["keys"] == [
        "platform.read_discovery"
    ]
    config = study.config(study.labels[0])
    assert [at_draw(config, draws, seed).community.platform.read_discovery for seed in (0, 7)] == [-3.4, -2.2]
    for label in study.labels:
        rates = study.runs([label])["read_rate"].to_numpy()
        assert rates[:2].max() < rates[6:].min()
    found = comparison(study)
    (plan,) = found.plans.values()
    assert all(effect.method in ("posterior", "equal") for effect in plan.decision.effects.values())
    capsys.readouterr()
    assert main(["compare", str(store.path), "lang=en"]) == 0
    assert "parameters that are not known are behind engagement " in capsys.readouterr().out
    assert main(["report", str(store.path), "lang=zh"]) == 0
    assert main(["compare", str(store.path), "--until", "gmv < 1%", "lang=en"]) == 2
    assert main(["sweep", "plan=none", "posterior=nothing.parquet", *words]) == 2
