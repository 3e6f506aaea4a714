"""Folders that are whole or absent, content ids, and the cache of warmed worlds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import folder, worlds
from experiments.compose import compose
from experiments.folder import content_id, identity, manifest, write_json, written_whole
from sim.errors import DataError


def test_a_folder_appears_whole_and_replaces_an_older_one(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "a"
    for text in ("first", "second"):
        with written_whole(target) as place:
            assert place.parent == target.parent
            (place / "file").write_text(text)
        assert (target / "file").read_text() == text
    assert [p.name for p in target.parent.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_fails_leaves_nothing_and_keeps_the_older_one(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "a"
    with written_whole(target) as place:
        (place / "file").write_text("whole")
    with pytest.raises(error), written_whole(target) as place:
        (place / "file").write_text("half")
        raise error
    assert (target / "file").read_text() == "whole"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with (
        pytest.raises(DataError, match="out is a file, a folder is needed"),
        written_whole(tmp_path / "out" / "a"),
    ):
        pass


def test_ids_follow_content_alone(tmp_path: Path) -> None:
    assert content_id({"a": 1, "b": [2.5, "z"]}, 7) == content_id({"b": [2.5, "z"], "a": 1}, 7)
    assert len({content_id({"a": 1}, 7), content_id({"a": 2}, 7), content_id({"a": 1}, 8)}) == 3
    one = compose(["world=small"])
    other = compose(["world=small", "threads=2", "lang=zh", "engine=agents", "study.workers=1", "seed=9"])
    assert identity(one.resolved) == identity(other.resolved)
    assert identity(one.resolved) != identity(compose(["world=small", "days=44"]).resolved)


def test_a_graph_counts_by_the_content_of_its_file(tmp_path: Path) -> None:
    values: dict[str, Any] = {"graph": {"kind": "edges", "path": str(tmp_path / "a.txt")}}
    (tmp_path / "a.txt").write_text("1 2\n")
    first = identity(values)
    (tmp_path / "a.txt").write_text("2 1\n")
    assert identity(values) != first


def test_the_manifest_says_where_results_come_from(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_json(path, manifest({"world": {}}, 3, nothing=math.nan))
    stored = json.loads(path.read_text())
    assert {"written", "command", "seed", "code", "configuration", "versions", "machine"} <= set(stored)
    assert stored["nothing"] is None
    assert stored["versions"]["numpy"] == np.__version__


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setattr(worlds, "folder", lambda: tmp_path / "worlds")
    monkeypatch.delenv("SEEDBED_WORLDS_GB", raising=False)
    return tmp_path / "worlds"


def _counted() -> tuple[list[int], Any]:
    calls: list[int] = []

    def warm() -> dict[str, Any]:
        calls.append(1)
        return {"table/members": np.arange(5), "kpis/measures": np.array(["a", "b"])}

    return calls, warm


def test_a_world_is_warmed_once_and_shared_by_all_plans(cache: Path) -> None:
    calls, warm = _counted()
    plan = compose(["scenario=double_eleven", "world=small"]).resolved
    none = compose(["scenario=double_eleven", "world=small", "plan=none", "days=3"]).resolved
    first, found = worlds.warmed(plan, 1, warm)
    assert not found
    second, found = worlds.warmed(none, 1, warm)
    assert found
    assert len(calls) == 1
    assert np.array_equal(first["table/members"], second["table/members"])
    worlds.warmed(plan, 2, warm)
    worlds.warmed(compose(["scenario=double_eleven", "world=small", "warmup_days=3"]).resolved, 1, warm)
    worlds.warmed(
        compose(["scenario=double_eleven", "world=small", "plan=none", "calendar=none"]).resolved, 1, warm
    )
    assert len(calls) == 4


def test_a_broken_or_forbidden_cache_costs_only_time(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, warm = _counted()
    values = compose(["world=small"]).resolved
    worlds.warmed(values, 1, warm)
    for path in cache.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    assert not worlds.warmed(values, 1, warm)[1]
    assert worlds.warmed(values, 1, warm)[1]
    monkeypatch.setenv("SEEDBED_WORLDS_GB", "0")
    assert not worlds.warmed(values, 1, warm)[1]
    monkeypatch.delenv("SEEDBED_WORLDS_GB")
    monkeypatch.setattr(worlds, "folder", lambda: cache / "x.npz" / "below a file")
    (cache / "x.npz").write_text("")
    assert not worlds.warmed(values, 1, warm)[1]


def test_old_worlds_go_first(cache: Path) -> None:
    import os

    cache.mkdir()
    for age, name in enumerate("cba"):
        (cache / f"{name}.npz").write_bytes(b"0" * 100)
        os.utime(cache / f"{name}.npz", (1_000 + age, 1_000 + age))
    assert [p.stem for p in worlds.prune(cache, 200)] == ["c"]
    assert [p.stem for p in worlds.prune(cache, 0)] == ["b"]


def test_the_code_version_covers_what_results_depend_on() -> None:
    assert len(folder.code_version()) == folder.ID_DIGITS
