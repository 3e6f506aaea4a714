"""A study survives whatever stops it: results stay whole, and what is missing is what is played."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from experiments import cli
from experiments.options import Options
from experiments.studies import driver, store, verbs
from experiments.studies.cells import read
from experiments.studies.driver import OtherCode, play
from experiments.studies.store import Store, StudyLocked
from sim.errors import DataError
from tests.experiments.studies import toy

ROOT = Path(__file__).parents[3]
KILLED = (
    "world=small world.members=300 world.represents=3e5 warmup_days=2 days=6 plan=none,quality_boost "
    "plan.actions.boost.ramp=1 seeds=0:16 workers=1 lang=en"
)
LINE = "world=small plan=none,quality_boost seeds=0:16"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """A study of two cells and eight shards each, of toy runs."""
    monkeypatch.setattr(driver, "CHECK", "tests.experiments.studies.toy:check")
    monkeypatch.setattr(driver, "PLAY", "tests.experiments.studies.toy:play")

    def make(name: str = "a") -> Store:
        options = Options.read([*LINE.split(), f"out={tmp_path / name}"])
        return verbs.made(read(options), options)

    return make


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("log.jsonl", "manifest.json", ".lock")
    }


def _trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    path = tmp_path / "trouble.json"
    path.write_text(json.dumps(what))
    monkeypatch.setenv(toy.TROUBLE, str(path))


def test_seed_major_and_resumed_after_stops_at_any_step_equals_unbroken(
    study: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = study("whole")
    assert [s.seeds[0] for s in whole.shards()] == [s for s in range(0, 16, 2) for _ in "ab"]
    with whole.locked():
        assert play(whole, "serial").runs == 32
    broken = study("broken")
    steps = iter(random.Random(5).choices(range(12), k=20))
    real = store.file_synced

    class Killed(BaseException):
        pass

    for _ in range(20):
        left = [next(steps)]

        def sometimes(temporary: Path, target: Path, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed  # before the name: only a temporary file is there
            real(temporary, target)
            if left[0] == -1:
                raise Killed  # just after it

        monkeypatch.setattr(store, "file_synced", sometimes)
        try:
            with broken.locked():
                play(broken, "serial")
        except Killed:
            pass
    monkeypatch.setattr(store, "file_synced", real)
    with broken.locked():
        play(broken, "serial")
    assert _files(broken.path) == _files(whole.path)
    mine, other = ({**s.manifest} for s in (whole, broken))
    assert {**mine, "written": ""} == {**other, "written": ""}


def test_the_pool_gives_the_same_files_for_any_number_of_workers(study: Callable[[str], Store]) -> None:
    found = []
    for name, who, workers in (("one", "pool", 1), ("two", "pool", 2), ("none", "serial", 0)):
        made = study(name)
        with made.locked():
            play(made, who, workers)
        found.append(_files(made.path))
    assert found[0] == found[1] == found[2]


def test_a_real_world_is_the_same_whoever_plays_it(tmp_path: Path) -> None:
    found = []
    for name, who, workers in (("alone", "serial", 0), ("one", "pool", 1), ("two", "pool", 2)):
        options = Options.read([*KILLED.split(), "seeds=0:3", f"out={tmp_path / name}"])
        made = verbs.made(read(options), options)
        with made.locked():
            assert play(made, who, workers).runs == 6
        found.append(_files(made.path))
    assert found[0] == found[1] == found[2] and len(found[0]) > 3


def test_who_plays_is_refused_before_there_is_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sweep", *LINE.split(), "executor=nope", f"out={tmp_path / 'a'}", "lang=en"]) == 2
    assert "permitted are: pool, ray, serial" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("words", ["extend {} seeds=8:9", "compare {} --fresh", "compare {} --until=gmv<1%"])
@pytest.mark.parametrize("who", ["executor=nope", "workers=abc"])
def test_who_plays_is_refused_before_more_is_planned(
    study: Callable[[str], Store], words: str, who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = study("alone")
    before = (made.path / "manifest.json").read_bytes()
    assert cli.main([*words.format(made.path).split(), who, "lang=en"]) == 2
    assert who.partition("=")[0] in capsys.readouterr().err
    assert (made.path / "manifest.json").read_bytes() == before


def test_a_dead_worker_is_tried_alone_and_quarantined_and_the_rest_goes_on(
    study: Callable[[str], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = study()
    _trouble(tmp_path, monkeypatch, **{"4": "die", "6": "fail"})
    with made.locked():
        progress = play(made, "pool", 2)
    assert (progress.played, len(progress.failed)) == (12, 4)
    reasons = made.quarantined().values()
    assert {r["attempts"] for r in reasons} == {1, 2}
    assert any("signal SIGKILL" in r["reason"] for r in reasons)
    assert any("RuntimeError: broken" in r["trace"] for r in reasons)
    monkeypatch.delenv(toy.TROUBLE)
    with made.locked():
        assert play(made, "serial").played == 4
    assert made.quarantined() == {}


def test_a_full_disk_stops_cleanly(
    study: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = study()
    real, written = store.pq.write_table, []

    def full(table: pa.Table, path: Path, **more: Any) -> None:
        if len(written) == 5:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device", str(path))
        written.append(path)
        real(table, path, **more)

    monkeypatch.setattr(store.pq, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        verbs.carried_out(made, "serial", 0, "", "en", Options.read([]))
    assert "stopped: 11 of 16 shards are missing; seedbed resume" in capsys.readouterr().err
    assert len(made.present()) == 5
    assert list(made.path.rglob(".*.part")) == []


def test_a_corrupt_shard_is_named_and_played_again(study: Callable[[str], Store]) -> None:
    made = study()
    with made.locked():
        play(made, "serial")
    shard = made.shards()[3]
    before = made.file(shard.id).read_bytes()
    broken = bytearray(before)
    at = before.index(b"PAR1", 4) if b"PAR1" in before[4:60] else 60
    broken[at] ^= 0xFF  # in a data page: the footer still reads
    made.file(shard.id).write_bytes(bytes(broken))
    with pytest.raises(DataError, match=f"{shard.id}.parquet .*is corrupt; seedbed resume"):
        made.read(shard)
    with made.locked():
        progress = play(made, "serial", verify=True)
    assert progress.damaged == [shard.name]
    assert made.file(shard.id).read_bytes() == before


def test_two_processes_on_one_study(study: Callable[[str], Store]) -> None:
    made = study()
    with made.locked(), pytest.raises(StudyLocked, match="another process"), Store(made.path).locked():
        pass
    with made.locked():
        pass


def test_another_code_version_is_refused_unless_told(
    study: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = study()
    for module in (store, driver):
        monkeypatch.setattr(module, "code_version", lambda: "abc")
    with made.locked():
        with pytest.raises(OtherCode, match="add --other-code"):
            play(made, "serial")
        assert play(made, "serial", other_code=True).played == 16
    assert made.manifest["codes"] == ["abc"]


def test_another_layout_and_a_changed_cell_are_refused(study: Callable[[str], Store]) -> None:
    made = study()
    cell = made.path / "cells" / f"{made.cells[1].key}.yaml"
    cell.write_text(cell.read_text().replace("members: 2000", "members: 2001"))
    with pytest.raises(DataError, match="has been changed"):
        made.config(made.cells[1].key)
    path = made.path / "manifest.json"
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 99'))
    with pytest.raises(DataError, match="layout 99; this version of seedbed reads layout 1"):
        Store(made.path)


def test_extend_and_studies(
    study: Callable[[str], Store], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = study()
    with made.locked():
        play(made, "serial")
    words = ["extend", made.path.name, f"out={tmp_path / 'a'}", "executor=serial", "lang=en"]
    assert cli.main([*words, "seeds=8:20"]) == 0
    assert "played 8 runs" in capsys.readouterr().out
    assert len(Store(made.path).shards()) == 24
    assert cli.main(["studies", f"out={tmp_path / 'a'}", "lang=en"]) == 0
    assert "24/24" in capsys.readouterr().out
    assert cli.main(["resume", "nonsense", f"out={tmp_path / 'a'}", "lang=en"]) == 2
    assert f"there are: {made.path.name}" in capsys.readouterr().err


@pytest.mark.slow
def test_killed_at_twenty_instants_and_resumed_equals_unbroken(tmp_path: Path) -> None:
    tiny = KILLED.split()

    def start(*words: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "experiments", *words]
        return subprocess.Popen(
            command, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    assert start("sweep", *tiny, "out=whole").wait(300) == 0
    whole = next((tmp_path / "whole").iterdir())
    rng = random.Random(11)
    for at in range(20):
        process = start("sweep", *tiny, "out=broken")
        time.sleep(rng.uniform(0.3, 4.0 + at / 2))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start("sweep", *tiny, "out=broken").wait(300) == 0
    assert _files(next((tmp_path / "broken").iterdir())) == _files(whole)
