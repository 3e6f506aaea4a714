"""`show`, `check` and `new` as a user meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.cli import main


def test_a_new_plan_can_be_shown_at_once_and_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "plan", "spring", "lang=en"]) == 0
    assert main(["show", "plan=spring", "lang=en"]) == 0
    shown = capsys.readouterr().out
    assert "KOL and KOC placements" in shown and "░ growing, █ in full" in shown
    assert "when cpe_7d > 10, then pause coupons" in shown
    assert main(["new", "plan", "spring"]) == 2
    assert main(["new", "plan", "../spring"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_check_tells_errors_from_doubts(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["world.members=300", "world.represents=3e5", "world.groups_per_1000=7", "lang=en"]
    assert main(["check", "plan=launch", *small]) == 0
    assert "ROI(T+29)" in capsys.readouterr().out
    assert main(["check", "plan=launch", "plan.actions.coupons.segment='orders > 900'", *small]) == 2
    said = capsys.readouterr()
    assert "nobody belongs" in said.out and said.err == "plan launch cannot do what it says: 1 error(s)\n"
