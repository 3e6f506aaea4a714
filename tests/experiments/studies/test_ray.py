"""Ray as an executor: the files are those of the other executors, on this machine and on a running cluster."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from experiments.options import Options
from experiments.studies import driver, verbs
from experiments.studies.cells import read
from experiments.studies.driver import play
from experiments.studies.store import Store
from sim.errors import ConfigError

pytestmark = pytest.mark.extras
ROOT = Path(__file__).parents[3]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """A study of two cells and two shards each, of toy runs that Ray's workers import from here."""
    monkeypatch.setattr(driver, "CHECK", "tests.experiments.studies.toy:check")
    monkeypatch.setattr(driver, "PLAY", "tests.experiments.studies.toy:play")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def make(name: str) -> Store:
        words = ["world=small", "plan=none,quality_boost", "seeds=0:2", f"out={tmp_path / name}"]
        options = Options.read(words)
        return verbs.made(read(options), options)

    return make


@pytest.fixture
def cluster() -> Iterator[str]:
    """Address of a cluster of two processors that somebody else has started."""
    ray = Path(sys.executable).with_name("ray")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_AUTH_MODE": "disabled"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = f"start --head --port={port} --num-cpus=2 --include-dashboard=false --disable-usage-stats --block"
    head = subprocess.Popen(
        [ray, *start.split()], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert head.stdout is not None
    for line in head.stdout:
        if "Ray runtime started" in line:
            break
    yield f"127.0.0.1:{port}"
    head.terminate()
    head.stdout.read()
    head.wait(60)


def _shards(store: Store) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((store.path / "shards").iterdir())}


def _played(store: Store, who: str, workers: int = 0, address: str = "") -> dict[str, bytes]:
    with store.locked():
        progress = play(store, who, workers, address)
    assert not progress.failed
    return _shards(store)


def test_two_workers_here_and_a_cluster_give_the_files_of_one_process(
    study: Callable[[str], Store], cluster: str
) -> None:
    alone = _played(study("alone"), "serial")
    assert len(alone) == 4
    assert _played(study("here"), "ray", workers=2) == alone
    assert _played(study("cluster"), "ray", address=cluster) == alone


def test_a_real_world_is_that_of_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def made(name: str) -> Store:
        words = "world=small world.members=300 world.represents=3e5 warmup_days=2 days=6 plan=none,quality_boost seeds=0:2"
        options = Options.read([*words.split(), f"out={tmp_path / name}"])
        return verbs.made(read(options), options)

    alone = _played(made("alone"), "serial")
    assert alone and _played(made("here"), "ray", workers=2) == alone


def test_a_cluster_that_is_not_there_is_a_sentence(study: Callable[[str], Store]) -> None:
    made = study("nowhere")
    with made.locked(), pytest.raises(ConfigError, match=r"Ray at 127\.0\.0\.1:9 does not answer"):
        play(made, "ray", address="127.0.0.1:9")
