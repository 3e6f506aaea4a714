"""`seedbed compare` on a tiny study that was really played, from its files to its sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seedbed
from experiments import compare as comparing
from experiments.cli import main
from experiments.drift import drift_lines
from experiments.fresh import estimated
from experiments.standings import comparison
from experiments.studies.store import Store
from experiments.studies.study import Study

LINE = (
    "world=small world.members=300 world.represents=3e5 warmup_days=2 days=12 plan=none,launch "
    "plan.actions.boost.ramp=1 plan.actions.coupons.depth=0.1,0.3 seeds=0:6 executor=serial name=tiny lang=en "
    # So that three hundred members buy of the brand, and a plan leads that is not to do nothing.
    "brand.rivals_per_topic=1 brand.products_per_rival=1 brand.awareness=0.5 "
    "plan.actions.coupons.start=start plan.actions.kols.budget=30000"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three cells and six seeds of a tiny world."""
    out = tmp_path_factory.mktemp("compare")
    assert main(["sweep", *LINE.split(), f"out={out}"]) == 0
    return next(out.iterdir())


@pytest.fixture
def study(folder: Path) -> Study:
    """The same, opened."""
    return seedbed.open_study(folder)


def test_frames_have_named_axes_and_sql_sees_the_same(study: Study) -> None:
    runs = study.runs()
    assert runs.index.names == ["cell", "seed"]
    assert runs.shape[0] == 18
    label = study.labels[1]
    reads = study.daily("reads", [label])
    assert reads.columns.name == "day"
    assert reads.sum(axis=1).to_numpy() == pytest.approx(runs.loc[label, "reads"].to_numpy())
    asked = study.sql("select label, sum(reads) as reads from daily group by label order by label")
    assert asked.set_index("label")["reads"].to_dict() == pytest.approx(
        runs.groupby("cell")["reads"].sum().to_dict()
    )
    spent = study.sql(f"select sum(fen) as fen from books where label = '{label}' and action = 'kols'")
    books = study.books(label)
    assert spent["fen"][0] == books[books["action"] == "kols"]["fen"].sum() > 0
    assert study.segments().index.names == ["cell", "seed", "segment"]
    assert study.placed(label)["contracts"].sum() > 0


def test_the_comparison_and_what_it_says(study: Study) -> None:
    found = comparison(study)
    assert found.baseline == "plan=none"
    assert list(found.plans) == study.labels[1:]
    plan = found.plans[study.labels[1]]
    direct = study.runs().loc[study.labels[1], "reads"] - study.runs().loc["plan=none", "reads"]
    assert plan.decision.effects["reads"].difference == pytest.approx(direct.mean())
    assert sum(p.best for p in found.plans.values()) <= 1 + 1e-9
    # The goal of the launch plan, 15 million of the brand's sales, is beyond these few days.
    assert plan.goals is not None and plan.goals.of == 6
    assert plan.each_goal == {("brand_gmv", ">= 1.5e7"): plan.goals}
    assert any(
        "meets Sales of the focal brand >= 1.5e7 with probability" in line
        for line in comparing.lines(found, "en")
    )
    assert set(found.segments[study.labels[1]]) == {
        "tier_ordinary", "tier_active", "tier_koc", "tier_top", "joined_later",
    }  # fmt: skip
    for lang in ("en", "zh"):
        assert (
            len({len(row) for row in comparing.rows(found, lang)} | {len(comparing.TEXT[lang]["head"])}) == 1
        )
        assert comparing.verdict(found, lang)
    table = comparing.markdown(found, "en")
    assert table.count("\n| ") == 4
    frame = found.frame()
    assert isinstance(frame, pd.DataFrame) and {"p_holm", "p_bh", "pairing_saves"} <= set(frame.columns)


def test_what_fresh_seeds_say_of_the_leader_stands_beside_its_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(folder), "lang=en"]) == 0
    said = capsys.readouterr().out
    assert "`seedbed compare ... --fresh` estimates it anew" in said
    assert said.count(drift_lines("en")[0]) == 1
    assert main(["compare", str(folder), "--fresh", "lang=en"]) == 0
    assert capsys.readouterr().out.count(drift_lines("en")[0]) == 1
    anew = Study(Store(folder), "fresh")
    effect = (
        anew.runs([anew.labels[1]])["gmv_net"].to_numpy() - anew.runs(["plan=none"])["gmv_net"].to_numpy()
    )
    found = estimated(seedbed.open_study(folder), "plan=none", anew.labels[1])
    assert found is not None and found.arms.seeds[0] > 1_000_000
    assert found.plans[anew.labels[1]].decision.effects["gmv_net"].difference == pytest.approx(effect.mean())
    for words in (["compare", str(folder)], ["compare", str(folder), "--markdown"]):
        assert main([*words, "lang=en"]) == 0
        said = capsys.readouterr().out
        assert "on 10 fresh seeds" in said and "estimates it anew" not in said
    assert main(["report", str(folder), "lang=en"]) == 0
    assert "on 10 fresh seeds" in (folder / "report.en.html").read_text("utf-8")


def test_a_plan_equal_to_the_baseline_shows_no_difference(study: Study) -> None:
    found = comparison(study, study.labels[1], [study.labels[2]])
    mean, low, high = found.trajectory(study.labels[2], "reads")
    assert len(mean) == found.arms.days
    assert np.all((low <= mean) & (mean <= high))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--baseline", "lunch"], "baseline 'lunch' is unknown; permitted are: plan=launch, depth=0.1"),
        (["--best", "gmv"], "--indifference='' must be a number above 0"),
        (["--until", "gmv"], "write for example 'gmv < 1%'"),
        (["--shapley", "plan=none"], "this plan has no actions"),
    ],
)
def test_mistakes(folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(folder), *words, "lang=en"]) == 2
    assert said in capsys.readouterr().err


def test_shapley_sums_to_the_effect_and_the_empty_coalition_is_the_baseline(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = "plan=launch, depth=0.1"
    assert main(["compare", str(folder), "--shapley", label, "--kpi", "reads", "lang=en"]) == 0
    out = capsys.readouterr().out
    assert "all 8 coalitions" in out and "100%" in out
    study = seedbed.open_study(folder)
    found = Study(study.store, "shapley")
    assert "shapley" in {batch["purpose"] for batch in study.manifest["batches"]}
    # The whole plan is the study's own cell.
    none, whole = (found.runs([name])["reads"].to_numpy() for name in (f"{label} with none", label))
    assert np.array_equal(none, study.runs(["plan=none"])["reads"].to_numpy())
    assert np.array_equal(whole, study.runs([label])["reads"].to_numpy())


def test_until_adds_blocks_and_best_selects_and_estimates_anew(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(folder), "--until", "dau < 50%", "--most", "20", "lang=en"]) == 0
    out = capsys.readouterr().out
    assert "enough after 20 pairs" in out
    words = ["--best", "brand_gmv", "--indifference", "1e9", "--first", "4", "lang=en"]
    assert main(["compare", str(folder), *words]) == 0
    out = capsys.readouterr().out
    assert "Best in Sales of the focal brand with probability 95%" in out
    purposes = {b["purpose"] for b in seedbed.open_study(folder).manifest["batches"]}
    assert {"study", "search"} <= purposes


def test_cells_that_cannot_be_paired_get_seeds_of_their_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(folder), "--best", "reads", "--unpaired", "--runs", "9", "lang=en"]
    assert main([*words, "--first", "3"]) == 0
    out = capsys.readouterr().out
    assert "Reads by an estimated probability" in out and "fresh seeds" in out
    study = seedbed.open_study(folder, "unpaired")
    seeds = [set(study.seeds(label)) for label in study.labels]
    assert len(set.union(*seeds)) == sum(len(s) for s in seeds) == 9
    # Asked again, nothing is played again.
    assert main([*words, "--first", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == out.splitlines()[-3:]
    assert main([*words, "--first", "5"]) == 2
    assert "--runs=9 are fewer than the first stage needs" in capsys.readouterr().err


def test_missing_runs_are_a_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    study = seedbed.open_study(copy)
    study.store.file(study.store.shards("study")[1].id).unlink()
    assert main(["compare", str(copy), "lang=en"]) == 2
    assert "lacks seeds 0: seedbed resume" in capsys.readouterr().err
    assert main(["compare", str(copy), "--common", "lang=en"]) == 0
