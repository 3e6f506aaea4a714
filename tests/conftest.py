"""Fixtures and settings that every test shares: goldens, the folder of real data, the number of threads."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before anything reads them: no window, and messages in English.
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["LC_ALL"] = "C.UTF-8"

import hypothesis
import pytest

from sim._numba import set_threads

GOLDENS = Path(__file__).parent / "goldens"

# A first call may compile for seconds, which says nothing about the property under test.
hypothesis.settings.register_profile("local", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("local"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens", action="store_true", help="store the results of golden tests anew (make golden)"
    )


def pytest_configure(config: pytest.Config) -> None:
    # Such a warning means that a function is not cached or not parallel. Registered here, since naming the
    # class in pyproject.toml would import Numba before the project has prepared it.
    config.addinivalue_line("filterwarnings", "error::numba.NumbaWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Any], None]:
    """Function ``golden(name, value)``: `value`, which JSON can hold, equals what tests/goldens has stored.

    Floats are compared exactly. ``make golden`` stores the present values instead and names those that moved.
    """
    refresh = request.config.getoption("--refresh-goldens")

    def check(name: str, value: Any) -> None:
        path = GOLDENS / f"{name}.json"
        present = json.loads(json.dumps(value))
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        if not refresh:
            assert stored is not None, f"{path.name} is not stored yet: run make golden"
            assert present == stored, f"{path.name} moved; if that is meant, run make golden and say why"
        elif present != stored:
            path.parent.mkdir(exist_ok=True)
            text = json.dumps(present, indent=1, sort_keys=True, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8")
            print(f"golden {path.name} stored")

    return check


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of real graphs and observations, which are not part of the repository (``SEEDBED_DATA``)."""
    folder = os.environ.get("SEEDBED_DATA")
    if not folder:
        pytest.skip("SEEDBED_DATA does not name the folder of real data")
    return Path(folder)


@pytest.fixture
def threads() -> Iterator[Callable[[int], int]]:
    """`sim._numba.set_threads`, undone after the test."""
    yield set_threads
    set_threads()
