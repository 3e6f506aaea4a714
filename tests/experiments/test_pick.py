"""`seedbed reach`, `pick` and `template`: what they answer, where it goes, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main

DIAMOND = "1 0\n2 0\n2 1\n3 1\n3 2\n"
"""Follows whose influence runs 0>1, 0>2, 1>2, 1>3, 2>3."""

WORLD = ["world.members=20000", "world.represents=2000000", "--runs", "200", "lang=en"]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """An English locale, whatever this machine has."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def diamond(tmp_path: Path) -> str:
    """The diamond as a file."""
    file = tmp_path / "diamond.txt"
    file.write_text(DIAMOND)
    return str(file)


@pytest.fixture
def creators(tmp_path: Path) -> str:
    """Twelve creators, one of whom is dearer than the budget and one whose name a spreadsheet would run."""
    rng = np.random.default_rng(4)
    rows = [
        [
            f"c{i}",
            int(fans),
            ("beauty", "food", "home")[i % 3],
            round(float(fans) * rng.uniform(0.05, 0.3)),
            None,
        ]
        for i, fans in enumerate(10 ** rng.uniform(3.8, 5.3, 12))
    ]
    rows[3][0] = "+1 Anna"
    rows[4][3:] = [None, 900]
    frame = pd.DataFrame(rows, columns=["name", "fans", "category", "price_image", "price_video"])
    frame.to_excel(tmp_path / "my.xlsx", index=False)
    return str(tmp_path / "my.xlsx")


def answer(words: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """The JSON that a command prints."""
    assert main([*words, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_reach_agrees_with_the_exact_spread(diamond: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["reach", diamond, "--members", "0", "--probability", "0.5", "--runs", "20000", "seed=1"]
    found = answer(words, capsys)
    assert abs(found["mean"] - 83 / 32) < 4 * found["standard_error"]
    assert found["active_by_step"][-1] == found["mean"]
    assert answer([*words[:-1], "seed=2"], capsys)["mean"] != found["mean"]
    lt = answer(["reach", diamond, "--members", "0", "--model", "lt", "--runs", "9"], capsys)
    assert lt["mean"] == 4.0  # each heeds one followee, and every way leads to 0
    contagion = ["reach", diamond, "--members", "0,1", "--model", "contagion", "--threshold", "0.6"]
    assert answer(contagion, capsys)["mean"] == 4.0


def test_reach_writes_what_it_shows(diamond: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = tmp_path / "members.txt"
    members.write_text("0\n\n")
    files = {name: tmp_path / f"reach.{name}" for name in ("csv", "json", "png", "xlsx")}
    words = ["reach", diamond, "--members", f"@{members}", "--probability", "1", "--runs", "5"]
    words += ["--frequency", str(tmp_path / "who.csv"), "--plot", str(files["png"])]
    assert main([*words, *(w for n in ("csv", "json", "xlsx") for w in (f"--{n}", str(files[n])))]) == 0
    out = capsys.readouterr().out
    assert "Reached: 4.00 members" in out and "1 seed members, model ic" in out
    frame = pd.read_csv(files["csv"])
    assert frame["reached"].tolist() == [1, 3, 4] == pd.read_excel(files["xlsx"])["reached"].tolist()
    assert json.loads(files["json"].read_text())["mean"] == 4.0
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    assert pd.read_csv(tmp_path / "who.csv")["frequency"].tolist() == [1.0] * 4
    assert main([*words, "lang=zh"]) == 0
    assert "触达 4.00 人" in capsys.readouterr().out


def test_what_was_left_out_of_a_graph_is_said_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "follows.txt"
    file.write_text("1 0 9\n1 0 9\n2 2 9\n2 1 9\n")
    words = ["reach", str(file), "--members", "0", "--runs", "5"]
    assert main(words) == 2
    assert "--columns u,v on the command line" in capfd.readouterr().err
    words += ["--columns", "0,1"]
    assert main(words) == 2
    assert "row 3: 2 follows itself" in (said := capfd.readouterr().err) and "--self-loops drop" in said
    for lang, says in (("en", "left out: 1 duplicate and 1 self-loop"), ("zh", "略去 1 条重复、1 条自环")):
        assert main([*words, "--self-loops", "drop", f"lang={lang}"]) == 0
        out, err = capfd.readouterr()
        assert says in err and err.count("\n") == 1 and says not in out


def test_pick_from_a_graph(diamond: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["pick", diamond, "-k", "1", "--probability", "0.5"]
    for rule in ("imm", "celf++", "degree"):
        found = answer([*words, "--rule", rule], capsys)
        assert found["members"] == [0] and abs(found["spread"] - 83 / 32) < 0.2
    assert answer([*words, "--candidates", "1,2"], capsys)["members"] == [1]
    assert answer([*words, "--rivals", "0"], capsys)["marginal"] is None
    assert len(answer(["pick", diamond, "--rule", "bands", "--bands", "2:1,0:1"], capsys)["members"]) == 2
    assert main([*words, "--csv", str(tmp_path / "p.csv"), "--plot", str(tmp_path / "p.svg")]) == 0
    assert "Certain: at least" in capsys.readouterr().out
    assert pd.read_csv(tmp_path / "p.csv").columns.tolist() == [
        "order", "member", "followers", "adds", "low", "high", "reached",
    ]  # fmt: skip
    assert "<svg" in (tmp_path / "p.svg").read_text()


def test_pick_from_creators_keeps_the_budget_and_says_why(
    creators: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["pick", "--creators", creators, "--budget", "40000", *WORLD]
    found = answer(words, capsys)
    picked = found["picked"]
    assert found["cost"] == sum(c["price"] for c in picked) <= 40_000 and len(picked) >= 2
    assert found["not_for_sale"] == ["c4"] and found["assumed_active"] == 11
    assert found["people_at_overlap_0.05"] > found["people_at_overlap_0.5"]
    assert found["low"] < found["people"] < found["high"]
    assert abs(sum(c["adds"] for c in picked) / found["people"] - 1) < 1e-9
    for creator in picked:
        assert creator["low"] < creator["adds"] < creator["high"]
        assert 0 < creator["new_share"] <= 1 and creator["reason"]
    sheet = pd.read_excel(creators).set_index("name")
    assert all(sheet["fans"][c["name"]] == c["fans"] for c in picked)
    # The same people, whichever rule asks.
    dearest = answer([*words, "--rule", "degree"], capsys)
    assert dearest["cost"] <= 40_000 and dearest["people"] <= found["people"] * 1.02
    assert answer(["pick", f"creators={creators}", "-k", "1", *WORLD], capsys)["chosen"] == 1
    book, table = tmp_path / "out.xlsx", tmp_path / "out.csv"
    assert (
        main(["pick", "--creators", creators, "-k", "11", *WORLD, "--xlsx", str(book), "--csv", str(table)])
        == 0
    )
    out = capsys.readouterr().out
    assert "Overlap of audiences 0.2 (assumption, 0.05 to 0.5)" in out
    assert "not for sale as image notes, left out: c4" in out
    assert "'+1 Anna" in pd.read_csv(table)["name"].tolist()
    assert pd.read_excel(book)["name"].tolist() == pd.read_csv(table)["name"].tolist()
    assert "people" in pd.read_excel(book, "summary")["key"].tolist()


def test_a_small_creator_is_told_which_world_it_takes(
    creators: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["pick", "--creators", creators, "-k", "1", "world.members=2000", "world.represents=20000000"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "below the resolution of 2,000 members" in said and "world.members=" in said


def test_template_writes_a_sheet_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["template", "creators"]) == 0
    assert (tmp_path / "creators.xlsx").is_file()
    assert main(["template", "creators"]) == 2
    assert "creators.xlsx is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reach", "GRAPH"], "reach needs a graph and members"),
        (["reach", "GRAPH", "--members", "9"], "the graph has no member 9 among its 4"),
        (["reach", "GRAPH", "--members", "x"], "'x' is not a whole number, as the members of this graph are"),
        (["reach", "GRAPH", "--members", "0", "--model", "icc"], "--model 'icc' is unknown; did you mean ic"),
        (
            ["reach", "GRAPH", "--members", "0", "--probability", "2"],
            "probability is 2; it must be from 0 to 1",
        ),
        (["reach", "GRAPH", "--members", "0", "--probability", "cw"], "--probability 'cw' is unknown"),
        (["reach", "GRAPH", "--members", "0,0"], "seed member 0 is named 2 times"),
        (["reach", "GRAPH", "--members", "0", "--csv", "a.txt"], "the file must end in .csv"),
        (["reach", "GRAPH", "--members", "0", "--csv", "/no/where/a.csv"], "there is no folder /no/where"),
        (["reach", "GRAPH", "--members", "0", "days=3"], "key 'days' is unknown"),
        (["reach", "none.txt", "--members", "0"], "none.txt: there is no such file"),
        (["pick", "GRAPH"], "pick needs -k"),
        (["pick", "GRAPH", "-k", "5"], "there are 4 members to choose from"),
        (["pick", "GRAPH", "-k", "1", "--budget", "3"], "--budget goes with --creators"),
        (["pick", "GRAPH", "-k", "1", "--rule", "best"], "--rule 'best' is unknown"),
        (["pick", "--creators", "CREATORS"], "pick --creators needs --budget"),
        (["pick", "--creators", "CREATORS", "--budget", "1", *WORLD], "budget=1 is below the cheapest price"),
        (
            ["pick", "--creators", "CREATORS", "--budget", "9", "--format", "live"],
            "--format 'live' is unknown",
        ),
        (
            ["pick", "--creators", "none.csv", "--budget", "9"],
            "seedbed template creators writes a blank sheet",
        ),
        (["template", "creator"], "did you mean creators"),
    ],
)
def test_mistakes_are_one_sentence(
    words: list[str], said: str, diamond: str, creators: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([{"GRAPH": diamond, "CREATORS": creators}.get(word, word) for word in words]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["imm", "degree", "random"])
def test_the_guide_says_what_comes_out(
    rule: str, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.figures import figure

    guide = (Path(__file__).parents[2] / "docs" / "diffusion.md").read_text("utf-8")
    found = answer(
        ["pick", str(data_folder / "graphs" / "wiki-Vote.txt"), "-k", "50", "--rule", rule], capsys
    )
    low, high = (figure(value) for value in found["interval"])
    row = next(line for line in guide.splitlines() if line.startswith(f"| `{rule}`"))
    assert f"| {figure(found['spread'])} | {low} to {high} |" in row


@pytest.mark.slow
def test_the_guide_chooses_from_its_example(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(__file__).parents[2] / "docs"
    words = [
        "pick",
        "--creators",
        str(folder / "example_creators.csv"),
        "--budget",
        "200000",
        "--rule",
        "imm",
    ]
    assert main(words) == 0
    out = [line.strip() for line in capsys.readouterr().out.splitlines()]
    guide = (folder / "diffusion.md").read_text("utf-8").splitlines()
    told = [line.strip() for line in guide if "达人" in line or line.startswith("Together they reach 1.16M")]
    assert len(told) >= 6 and all(line in out for line in told)
