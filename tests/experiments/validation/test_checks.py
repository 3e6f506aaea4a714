"""Every row of the tables has a check or a reason, verdicts follow the bands, and the command plays, prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.pool import Job, Outcome
from experiments.validation import pages, verb
from experiments.validation.evidence import Evidence
from experiments.validation.facts import bands, facts
from experiments.validation.judge import judged, record
from experiments.validation.play import Stage
from experiments.validation.registry import registry, unchecked


def test_every_row_has_a_check_or_a_reason() -> None:
    assert unchecked() == []
    for key, check in registry().items():
        assert check.frame, key
        role = facts()[key].role
        assert (check.kind == "given") <= (role in ("input", "calibration")), key
        if check.measure is not None or check.compare is not None:
            assert len(check.names) == len(check.bands) > 0


def test_bands_are_those_of_the_table() -> None:
    for key, wanted in bands().items():
        kept = registry()[key].bands[: len(wanted)]
        np.testing.assert_array_equal([[b.low, b.high] for b in wanted], kept)


def outcome(stage: Stage, values: list[float], fact: str = "O8", seed: int = 1) -> Outcome:
    job = Job("", (stage.said, seed), "", {"seed": seed})
    return Outcome(job, {"checks": {fact: values}, "kept": {}})


def verdict(fact: str, stage: Stage, values: list[float]) -> str:
    return next(r.verdict for r in judged([stage], [outcome(stage, values, fact)]) if r.check.fact == fact)


def test_a_verdict_follows_band_and_least_world() -> None:
    stage, small = Stage((), 50_000, 60, (1,)), Stage((), 2_000, 60, (1,))
    assert verdict("O8", stage, [0.5]) == "pass"
    assert verdict("O8", stage, [0.6]) == "fail"
    assert verdict("O8", stage, [float("nan")]) == "fail"
    assert verdict("O8", small, [0.5]) == "larger"
    assert verdict("O1", stage, [1.3]) == "larger"
    assert verdict("O9", stage, [3.0, 0.9]) == "fail"  # a row passes with all of its numbers
    assert verdict("C1", stage, [0.5]) == "shown"  # informative: nothing is required of it


def test_a_verdict_is_of_the_least_world_and_larger_ones_stand_beside_it() -> None:
    least, large = Stage((), 50_000, 60, (1,)), Stage((), 1_000_000, 60, (1,))
    both = [outcome(least, [0.5]), outcome(large, [0.6])]
    data = record(judged([large, least], both), {"played": [], "code": "x"})
    (row,) = (row for row in data["rows"] if row["fact"] == "O8")
    assert (row["verdict"], row["played"]) == ("pass", least.said)
    assert [(other["verdict"], other["played"]) for other in row["larger"]] == [("fail", large.said)]
    assert pages.leaving(data) == ["O8"] and "leave their band in a larger world: O8" in pages.required_line(
        data, "en"
    )
    assert [line[-1] for line in pages.cells(row, "en")] == ["pass", "FAIL"]


def test_roles_are_never_pooled() -> None:
    stage = Stage((), 50_000, 60, (1,))
    data = record(judged([stage], [outcome(stage, [0.5])]), {"played": [], "code": "x"})
    lines = pages.count_lines(data, "en")
    assert sum("Calibration" in line for line in lines) == sum("Validation" in line for line in lines) == 3
    assert any(line.startswith("Calibration, strong: 1 pass") for line in lines)


def test_a_reshare_tree_hangs_who_came_alone_on_the_author() -> None:
    run = Evidence.__new__(Evidence)
    run.__dict__["mature"] = pd.DataFrame({"key": [7], "shares": [5]})
    run.__dict__["arcs"] = pd.DataFrame(
        {"note": [7, 7, 7], "source": [1, 1, 3], "target": [3, 4, 9], "passed_on": [1, 1, 1], "minutes": 0}
    )
    (tree,) = run.trees(least=2)
    # author, two who came alone (the first of them shared on), 3 and 4 got it from the first, 9 from 3
    assert tree.tolist() == [-1, 0, 0, 1, 1, 3]
    assert run.first_hop() == pytest.approx(1 - 3 / 5)


def test_the_command_says_what_it_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(verb.TIERS, "tiny", (Stage(verb.VERTICAL, 1_000, 16, (1,)),))
    target = tmp_path / "found.json"
    assert main(["validate", "tier=tiny", "workers=1", f"to={target}", "lang=zh"]) == 0
    out = capsys.readouterr().out
    assert "需要更大的世界" in out and "要求达到的是" in out
    rows = json.loads(target.read_text("utf-8"))["rows"]
    assert [row["fact"] for row in rows] == list(facts())
    found = {row["fact"]: row for row in rows}
    assert 0 < found["R5"]["numbers"][0]["value"] < 1
    assert main(["validate", "tier=huge"]) == 2
    assert "tiny, quick, full" in capsys.readouterr().err
    assert main(["validate", "tier=tiny", "workers=two", "lang=en"]) == 2
    assert "workers must be a whole number, not 'two'" in capsys.readouterr().err
