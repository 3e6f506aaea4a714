"""`seedbed review`: actual figures beside the interval in which one run lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.review import actuals, predicted
from sim.errors import ConfigError, DataError

TINY = ["world=small", "world.members=300", "world.represents=3e5", "warmup_days=2", "days=6", "seeds=0:4",
        "executor=serial", "plan.actions.boost.ramp=1"]  # fmt: skip


def test_one_run_in_twenty_lies_outside() -> None:
    rng = np.random.default_rng(5)
    outside = 0
    for _ in range(2_000):
        draws = rng.normal(100, 10, 21)
        _, low, high = predicted(draws[:20])
        outside += not low <= draws[20] <= high
    assert outside / 2_000 == pytest.approx(0.05, abs=0.015)


def test_what_happened_is_set_beside_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "actuals.xlsx"
    pd.DataFrame({"指标": ["阅读量", "gmv"], "实际": [1e12, 0]}).to_excel(path, index=False)
    assert main(["review", "quality_boost", str(path), *TINY, f"out={tmp_path}", "lang=en"]) == 0
    said = capsys.readouterr().out
    assert "what 4 runs of 6 days led to expect" in said
    assert "above" in said and "Outside its interval: Reads" in said
    kept = pd.read_csv(next(tmp_path.glob("review-*/review.csv")))
    assert kept["where"].tolist()[0] == "above"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"kpi": ["gvm"], "actual": [1]}, "row 2: kpi 'gvm' is unknown"),
        ({"kpi": ["gmv"], "actual": ["many"]}, "row 2: gmv must be a number, not 'many'"),
        ({"kpi": ["gmv"]}, "has no column actual"),
        ({"kpi": [], "actual": []}, "holds no figures"),
    ],
)
def test_tables_that_cannot_be_used(table: dict[str, list[object]], said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    with pytest.raises((ConfigError, DataError), match=said):
        actuals(path)
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    with pytest.raises(DataError, match="cannot be read as a table"):
        actuals(tmp_path / "b.xlsx")
