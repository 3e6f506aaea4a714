"""From the words of a sweep to its cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.options import Options
from experiments.studies import cells
from experiments.studies.cells import BadCells, Sweep, read
from experiments.studies.seeds import blocks, parse, written
from sim.errors import ConfigError


def _read(line: str) -> Sweep:
    return read(Options.read(line.split()))


def test_the_sweep_of_the_readme_makes_four_distinct_cells_of_six() -> None:
    sweep = _read(
        "plan=none,launch plan.actions.kols.share.koc=0.2,0.4,0.6 seeds=0:32 executor=pool"
    )  # fmt: skip
    assert [cell.label for cell in sweep.cells] == [
        "plan=none",
        "plan=launch, koc=0.2",
        "plan=launch, koc=0.4",
        "plan=launch, koc=0.6",
    ]
    assert (sweep.asked, sweep.baseline) == (6, "plan=none")
    assert (sweep.study.seeds, sweep.study.executor) == ("0:32", "pool")
    assert sweep.dropped == {"plan=none": ("plan.actions.kols.share.koc",)}
    kols = sweep.cells[1].config.resolved["plan"]["actions"]["kols"]
    # What is left of the whole keeps its proportions, 10 to 30.
    assert [kols[f"share_{band}"] for band in ("top", "mid", "koc")] == pytest.approx([0.2, 0.6, 0.2])


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("plan=glob([l*,none])", ["plan=launch", "plan=none"]),
        ("plan=launch plan.actions.coupons.depth=interval(0.1,0.2) points=3",
         ["depth=0.1", "depth=0.15", "depth=0.2"]),
        ("plan=launch warmup_days=range(1,3)", ["warmup_days=1", "warmup_days=2"]),
        ("content=[],[quality_boost]", ["content=[]", "content=[quality_boost]"]),
        # What takes a part of the scenario away shows in the label, whether it is swept or not.
        ("scenario=double_eleven plan=none days=35,40",
         ["days=35, plan=none (instead of double_eleven)", "days=40, plan=none (instead of double_eleven)"]),
        ("plan=launch plan.actions.coupons.depth=0.1,0.2 baseline=none",
         ["baseline", "depth=0.1", "depth=0.2"]),
    ],
)  # fmt: skip
def test_hydras_grammar(line: str, labels: list[str]) -> None:
    assert [cell.label for cell in _read(line).cells] == labels


def test_every_bad_cell_is_named() -> None:
    with pytest.raises(BadCells) as caught:
        _read("plan=launch plan.actions.coupons.depth=0.1,7 days=3,40")
    said = str(caught.value)
    assert said.startswith("3 cells cannot be played, so nothing was: ")
    assert "launch.yaml: plan.actions.boost.ramp=10" in said
    assert "depth=7, days=40: plan.actions.coupons.depth=7 is out of bounds" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "plan=none,launch plan.actions.kol.share_koc=0.2,0.4",
            "action 'kol' is unknown; did you mean kols?",
        ),
        ("plan=launch plan.actions.kols.share.kok=0.2,0.4", "did you mean koc"),
        ("plan=launch seed=1,2", "seed is no axis of a sweep; write seeds=0:32"),
        ("plan=glob(z*)", "nothing matches; there are brand_coupons, crisis_drill"),
        ("plan=launch,none baseline=lunch", "baseline 'lunch' is unknown"),
        ("seeds=5:2", "5:2 ends before it starts"),
        ("world.members=range(10,10000)", "a sweep takes at most 5000"),
    ],
)
def test_what_a_sweep_refuses(line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sweep = _read(line)
        assert sweep.baseline
        parse(sweep.study.seeds)
    assert said in str(caught.value)


def test_a_study_file_names_cells_and_axes(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.yaml").write_text(
        "name: mine\nset: [world=small]\nbaseline: none\nseeds: '0:4'\n"
        "axes: {plan.actions.coupons.depth: '0.1,0.2', plan: launch}\n"
        "cells:\n  boost: {en: Boost, zh: 加推, set: [plan=quality_boost]}\n"
    )
    sweep = read(Options.read(["study=mine", "--config-dir", str(tmp_path), "seeds=0:6"]))
    assert [cell.label for cell in sweep.cells] == ["baseline", "depth=0.1", "depth=0.2", "boost"]
    assert sweep.cells[-1].zh == "加推"
    assert sweep.study.seeds == "0:6"
    assert all(cell.config.community.world.members == 2_000 for cell in sweep.cells)


def test_seeds_and_blocks() -> None:
    assert parse("3,0:3,9") == [0, 1, 2, 3, 9]
    assert written([0, 1, 2, 3, 9]) == "0:4,9"
    assert [len(b) for b in blocks(range(32))] == [4] * 8
    assert [len(b) for b in blocks(range(10))] == [1] * 10
    assert max(len(b) for b in blocks(range(10_000))) == 32
    assert [seed for block in blocks(range(37), 5) for seed in block] == list(range(37))


def test_labels_are_told_apart() -> None:
    assert (
        cells._shortest("plan.actions.a.depth", ["plan.actions.a.depth", "plan.actions.b.depth"]) == "a.depth"
    )
