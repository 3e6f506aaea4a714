"""`seedbed run` and `seedbed demo` from end to end in a tiny world: what they leave behind, and what stops them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import seedbed
from experiments.cli import main
from experiments.compose import compose
from experiments.folder import content_id
from sim.kpis import BREAKDOWNS, KPI

ROOT = Path(__file__).parents[2]
TINY = ["world=small", "world.members=300", "warmup_days=2", "days=5", "threads=1"]
FILES = {"kpis", "ledger", "notes", "cascades", "members"}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in FILES}


def test_a_run_leaves_a_whole_folder_and_prints_levels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "scenario=double_eleven", *TINY]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "One run, not an effect" in out and "Daily active users" in out
    (folder,) = (tmp_path / "seedbed-runs").iterdir()
    assert str(Path("seedbed-runs") / folder.name) in out
    left = {path.name for path in folder.iterdir()}
    assert left == {"config.yaml", "manifest.json", "run.log", "summary.json"} | {
        f"{n}.parquet" for n in FILES
    }
    stored = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    assert content_id(stored) == content_id(compose(words[1:]).resolved)
    tables = frames(folder)
    kpis = tables["kpis"]
    assert set(kpis["day"]) == set(range(5))
    assert set(kpis["breakdown"]) == set(BREAKDOWNS) and set(kpis["kpi"]) <= set(KPI)
    assert {"ordinary", "beauty", "search", "video", "advocacy"} <= set(kpis["segment"])
    assert tables["ledger"]["amount"].min() > 0 and set(tables["ledger"]["day"]) <= set(range(5))
    assert len(tables["notes"]) > 50 and {"author", "impressions", "likes"} <= set(tables["notes"])
    assert {"source", "target", "generation"} <= set(tables["cascades"])
    assert len(tables["members"]) == 390
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["rows"] == {name: len(frame) for name, frame in tables.items()}
    assert manifest["run"] == folder.name.rpartition("-")[2]
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["label"] == "one run, not an effect" and set(summary["totals"]) == set(KPI)
    assert {row["action"] for row in summary["actions"]} == {"boost", "coupons", "kols"}
    assert "written in" in (folder / "run.log").read_text("utf-8")
    # the same words again: the same folder, the same content, and the warmed world is found
    assert main([*words, "lang=zh"]) == 0
    assert "这是一次运行的水平，不是效果" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "seedbed-runs").iterdir()] == [folder.name]
    assert "taken from the cache" in (folder / "run.log").read_text("utf-8")
    for name, frame in frames(folder).items():
        pd.testing.assert_frame_equal(frame, tables[name])


def test_a_demo_pairs_two_arms_and_ends_with_a_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", *TINY, "study.replicates=3", "study.workers=1", "out=results"]) == 0
    out = capsys.readouterr().out
    assert "3 pairs" in out and "Verdict:" in out and "What it damages" in out and "Next:" in out
    rows = [
        line for line in out.splitlines() if line.endswith((" better", " worse", " cannot tell", " changed"))
    ]
    assert 1 < len(rows) <= 14
    (folder,) = (tmp_path / "results").iterdir()
    left = {path.name for path in folder.iterdir()}
    assert left - {".lock"} == {
        "cells", "effects.csv", "log.jsonl", "manifest.json", "picture.png", "shards", "summary.json",
    }  # fmt: skip
    assert (folder / "picture.png").read_bytes().startswith(b"\x89PNG")
    runs = seedbed.open_study(folder).runs()
    assert runs.index.tolist() == [(cell, seed) for cell in ("baseline", "plan") for seed in (1, 2, 3)]


def stopped(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence that a command ends with, code 2, before anything was written; checked in Chinese too."""
    said = {}
    for lang in ("zh", "en"):
        assert main([*words, f"lang={lang}"]) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
        said[lang] = captured.err
        left = [path for path in Path().rglob("*") if path.is_file()]
        assert not [path for path in left if path.suffix not in (".txt", ".gz", ".yaml")]
    assert re.search("[\u4e00-\u9fff]", said["zh"]) and not said["zh"].startswith("错误")
    named = re.findall(r"[\w./-]+\.(?:txt|gz|yaml)|[a-z_]+\.[a-z_.]+(?==)", said["en"])
    assert all(name in said["zh"] for name in named)
    return said["en"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["world.membres=5"], ["world.membres", "permitted are: groups_per_1000", "members"]),
        (["world.members=many"], ["world.members", "whole number from 10 to 200000000", "'many'"]),
        (["world.members=3"], ["world.members=3", "from 10 to 200000000"]),
        (["scenario=double_elven"], ["scenario 'double_elven'", "did you mean double_eleven?"]),
        (["plan=lunch"], ["plan 'lunch'", "did you mean launch?"]),
        (["incentive=[coupon]"], ["incentive 'coupon'", "did you mean coupons"]),
        (
            ["incentive=[coupons]", "plan.actions.coupons.segment=kocz"],
            ["plan.actions.coupons.segment 'kocz'", "kocs"],
        ),
        (
            ["incentive=[coupons]", "plan.actions.coupons.segment='age >> 3'"],
            ["plan.actions.coupons.segment", "age >> 3"],
        ),
        (["plan=spring"], ["conf/plan/spring.yaml: plan.actions.wave.depth=3", "from 0"]),
        (["graph=edges"], ["graph.path is empty"]),
        (
            ["graph=edges", "graph.path=x.txt", "graph.self_loops=no"],
            ["graph.self_loops='no'", "error, drop, keep"],
        ),
    ],
)
def test_a_wrong_word_is_one_sentence_in_both_languages(
    words: list[str], says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("conf/plan").mkdir(parents=True)
    Path("conf/plan/spring.yaml").write_text("name: spring\nactions: {wave: {lever: coupons, depth: 3}}")
    said = stopped(["run", *TINY, *words], capsys)
    assert all(part in said for part in says), said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no file follows.txt"),
        ("", "follows.txt: is empty; a row holds the ids of a follower and a followee"),
        ("0 1\n1 2\nBob 3\n", "follows.txt, row 3: follower 'Bob' is not a whole number"),
        ("0 1\n1\n", "follows.txt, row 2: 1 column where 2 were expected"),
        ("0 1\n2 2\n", "follows.txt, row 2: 2 follows itself"),
        ("0 1\n1 -2\n", "follows.txt, row 2: followee -2; ids are 0 or more"),
    ],
)
def test_a_wrong_edge_list_is_one_sentence(
    content: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        Path("follows.txt").write_text(content)
    assert says in stopped(["run", *TINY, "graph=edges", "graph.path=follows.txt"], capsys)


def test_what_does_not_fit_into_memory_is_refused_with_its_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import gzip

    from sim import memory
    from sim.graph import readers

    for module in (memory, readers):
        monkeypatch.setattr(module, "available_memory", lambda: 8_000_000_000)
    said = stopped(["run", "world.members=2e8", "world.represents=2e8"], capsys)
    assert said.startswith("world.members=200000000 needs about ") and "8.0 GB are available: about " in said
    assert "GB of memory for 2 runs at a time" in stopped(
        ["demo", "world.members=2e8", "world.represents=2e8", "study.workers=2"], capsys
    )
    monkeypatch.setattr(readers, "available_memory", lambda: 100_000)
    Path("much.txt.gz").write_bytes(gzip.compress(b"".join(b"%d %d\n" % (i, i + 1) for i in range(30_000))))
    assert "GB of memory to read" in stopped(["run", "graph=edges", "graph.path=much.txt.gz"], capsys)


@pytest.mark.parametrize("verb", ["run", "demo"])
def test_an_output_folder_that_cannot_be_made(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("results.txt").write_text("")
    assert "results.txt is a file, a folder is needed" in stopped([verb, *TINY, "out=results.txt"], capsys)
    if Path("/sys/kernel").is_dir():  # nobody can make folders there, not even the superuser
        said = stopped([verb, *TINY, "out=/sys/seedbed"], capsys)
        assert said in ("no permission for /sys/seedbed\n", "/sys/seedbed is on a read-only file system\n")


def command(*words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "experiments", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.skipif(os.name == "nt", reason="limits and signals of POSIX")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    import resource

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = command("run", *TINY, "out=results", preexec_fn=small_files)
    out, err = done.communicate(timeout=120)
    assert (done.returncode, out) == (2, "")
    assert err.startswith("the system allows no file as large as one in results/baseline-none-seed1-")
    assert err.count("\n") == 1
    assert list((tmp_path / "results").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="limits and signals of POSIX")
@pytest.mark.parametrize("verb", ["run", "demo"])
def test_an_interrupt_leaves_nothing_half_written(verb: str, tmp_path: Path) -> None:
    words = ["plan=quality_boost", "world=small", "warmup_days=400", "calendar=none", "out=results"]
    running = command(
        verb,
        *words,
        start_new_session=True,
        # a job in the background ignores interrupts, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    results = tmp_path / "results"
    deadline = time.monotonic() + 60
    while not (results.is_dir() and any(results.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2.0)  # in the midst of it
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err.endswith("interrupted; nothing half-written was kept\n")
    assert "Traceback" not in err
    if verb == "run":
        assert list(results.iterdir()) == []
    else:  # a study, which can be gone on with
        assert "20 of 20 shards are missing; seedbed resume results/demo-" in err
        assert [*results.rglob("*.part"), *results.rglob("*.parquet")] == []
