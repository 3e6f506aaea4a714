"""Statistics of imported data: the published figures on real exports, honest standard errors, targets with the right use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.cli import main
from experiments.data.measures import CLUSTERS, STATISTICS, measured
from experiments.data.read import read_table
from experiments.data.schema import sheet_kind
from experiments.validation.facts import bands

rng = np.random.default_rng(3)
FILES = {"notes": "koc_notes.csv.gz", "orders": "purchases.txt.gz", "cascades": "cascades.csv.gz"}
PUBLISHED = {
    "likes_spread": ("O1", 0),
    "likes_between_creators": ("O2", 0),
    "comment_slope": ("O3", 0),
    "likes_top_tenth": ("O4", 0),
    "likes_tail": ("O5", 0),
    "collects_per_like_image": ("O6", 0),
    "collects_per_like_video": ("O6", 1),
    "fan_slope": ("O7", 0),
    "cascades_of_one": ("O8", 0),
    "cascade_size": ("O9", 0),
    "repeat_week_4": ("O11", 0),
    "repeat_week_8": ("O11", 1),
    "repeat_week_13": ("O11", 2),
    "repeat_week_26": ("O11", 3),
}
"""Statistic -> row of the observed targets, and which of its numbers."""


def test_imported_real_exports_give_the_published_figures(data_folder: Path) -> None:
    found = {}
    for kind, name in FILES.items():
        table = read_table(sheet_kind(kind), [data_folder / "observed" / name])
        found |= {m.statistic.key: m.value for m in measured(table.frame, kind, draws=2)}
    assert set(found) == set(PUBLISHED)
    for key, (row, at) in PUBLISHED.items():
        assert found[key] == pytest.approx(bands()[row][at].observed, abs=2e-3), key


def test_standard_errors_are_those_of_clusters() -> None:
    """Creators of one level each: the error of the mean level is that of creators, not of their many notes."""
    days, people = 40, 1_000
    retained = rng.normal(0.4, 0.05, days).clip(0, 1)
    frame = pd.DataFrame({
        "joined": pd.date_range("2025-01-01", periods=days).repeat(3), "day": [1, 1, 1] * days,
        "people": people, "retained": retained.repeat(3),
    })  # fmt: skip
    (one,) = measured(frame, "cohorts", draws=400)
    assert (one.statistic.key, one.clusters) == ("retention_d1", days)
    assert one.sd == pytest.approx(retained.std(ddof=1) / days**0.5, rel=0.15)


def test_statistics_are_named_once_and_know_their_table() -> None:
    keys = [statistic.key for statistic in STATISTICS]
    assert len(set(keys)) == len(keys) and {s.sheet for s in STATISTICS} == set(CLUSTERS)
    assert {row for row, _ in PUBLISHED.values()} <= {fact for s in STATISTICS for fact in s.facts}


def test_targets_say_what_may_be_fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["creator,time,type,likes,comments,collects,shares,fans"]
    for creator in range(12):
        fans = 100 + 50 * creator
        for note in range(30):
            likes = int(rng.lognormal(3 + 0.1 * creator, 1))
            rows.append(
                f"c{creator},2025-03-{1 + note % 28:02d},image,{likes},{likes // 7},{likes // 2},1,{fans}"
            )
    Path("n.csv").write_text("\n".join(rows), "utf-8")
    assert main(["data", "targets", "t.yaml"]) == 2  # nothing there yet
    assert main(["data", "import", "notes", "n.csv"]) == 0 and main(["data", "targets", "t.yaml"]) == 0
    content = yaml.safe_load(Path("t.yaml").read_text("utf-8"))
    uses = {key: target["use"] for key, target in content["targets"].items()}
    assert uses["likes_spread"] == "fit" and uses["likes_tail"] == uses["likes_top_tenth"] == "check"
    assert "collects_per_like_video" not in uses
    assert all(target["sd"] > 0 for target in content["targets"].values())
