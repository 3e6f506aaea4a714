"""The package as a whole: what importing costs, what it exports, and a compile cache that is never stale."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import seedbed
from sim import _cache
from sim._numba import interpreted, njit, set_threads
from sim.processors import cpu_count

ROOT = Path(__file__).parent.parent
PACKAGES = ("sim", "scenarios", "experiments")
HEAVY = {"numpy", "numba", "mesa", "hydra", "pandas", "scipy", "networkx", "matplotlib", "duckdb", "pyarrow"}


def python(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """Output of a fresh interpreter that sees the code in `cwd` and only the given settings of Numba's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- what is exported ---------------------------------------------------------------------------------------


def test_every_public_name_resolves_to_the_object_of_its_module() -> None:
    for name in seedbed.__all__:
        assert getattr(seedbed, name) is not None
        assert name in dir(seedbed)


def test_the_names_for_type_checkers_are_the_names_loaded() -> None:
    tree = ast.parse((ROOT / "seedbed.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.asname or alias.name: (statement.module, alias.name)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert typed == seedbed._HOME
    assert {*typed, "__version__"} == set(seedbed.__all__)


def test_an_unknown_public_name_is_an_attribute_error_that_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'Comunity'.*Community"):
        _ = seedbed.Comunity


@pytest.mark.parametrize("module", ["seedbed", "sim", "scenarios", "experiments", "experiments.cli"])
def test_import_loads_nothing_heavy(module: str) -> None:
    loaded = python("-c", f"import sys, {module}; print(*sys.modules)").split()
    assert HEAVY.isdisjoint(loaded)


def test_help_answers_at_once() -> None:
    fastest = float("inf")
    for _ in range(20):  # the machine may be busy with other tests; one quick answer shows what it can do
        start = time.perf_counter()
        out = python("-m", "experiments", "--help")
        fastest = min(fastest, time.perf_counter() - start)
        if fastest < 0.2:
            break
    assert "demo" in out
    assert fastest < 0.2


# -- what is declared ---------------------------------------------------------------------------------------


def test_versions_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {seedbed.__version__}\n" in citation


def test_every_import_of_the_code_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    words = (name.split(">")[0].split("[")[0] for name in project["dependencies"])
    modules = {"hydra-core": "hydra", "pyyaml": "yaml"}
    declared = {modules.get(word, word) for word in words}
    imported = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                imported.add(node.module.split(".")[0])
    assert imported - {*PACKAGES, "seedbed"} - set(sys.stdlib_module_names) <= declared
    assert [name for name in declared if find_spec(name) is None] == []


# -- compiled code ------------------------------------------------------------------------------------------


@pytest.fixture
def small_package(tmp_path: Path) -> Path:
    """A folder with a `sim` of five files: ours for Numba, one helper, one function that calls it."""
    package = tmp_path / "work" / "sim"
    package.mkdir(parents=True)
    for name in ("__init__.py", "_cache.py", "_numba.py", "processors.py"):
        shutil.copy(ROOT / "sim" / name, package)
    (package / "helper.py").write_text(
        "from sim._numba import njit\n\n@njit\ndef rate(x):\n    return 2.0 * x\n", encoding="utf-8"
    )
    (package / "caller.py").write_text(
        "from sim._numba import njit\nfrom sim.helper import rate\n\n"
        "@njit\ndef total(x):\n    return rate(x) + 1.0\n",
        encoding="utf-8",
    )
    return package


SHOW = (
    "from sim.caller import total; print(total(10.0), sum(total.stats.cache_hits.values()))"
    "; import os; print(os.environ['NUMBA_CACHE_DIR'])"
)


def test_an_edit_to_a_helper_in_another_file_is_seen(small_package: Path, tmp_path: Path) -> None:
    work, cache = small_package.parent, str(tmp_path / "cache")
    first = python("-c", SHOW, cwd=work, XDG_CACHE_HOME=cache).split()
    again = python("-c", SHOW, cwd=work, XDG_CACHE_HOME=cache).split()
    helper = small_package / "helper.py"
    helper.write_text(helper.read_text(encoding="utf-8").replace("2.0", "3.0"), encoding="utf-8")
    edited = python("-c", SHOW, cwd=work, XDG_CACHE_HOME=cache).split()
    # A child of the first process inherits its folder, and must not stay with it after the edit.
    inherited = python("-c", SHOW, cwd=work, XDG_CACHE_HOME=cache, NUMBA_CACHE_DIR=first[2]).split()
    assert first[:2] == ["21.0", "0"]
    assert again == ["21.0", "1", first[2]]
    assert edited[:2] == ["31.0", "0"]
    assert inherited == ["31.0", "1", edited[2]]


def test_a_cache_folder_of_the_users_own_is_kept(small_package: Path, tmp_path: Path) -> None:
    own = str(tmp_path / "own")
    out = python(
        "-c", SHOW, cwd=small_package.parent, NUMBA_CACHE_DIR=own, XDG_CACHE_HOME=str(tmp_path / "cache")
    )
    assert out.split()[2] == own


def test_without_a_writable_home_the_cache_is_a_private_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_file").touch()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a_file"))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    folder = _cache.writable_cache()
    assert folder.parent == temporary
    assert folder.stat().st_mode & 0o077 == 0
    assert _cache.writable_cache() == folder
    folder.chmod(0o777)  # as if somebody else might have put code there
    assert _cache.writable_cache() != folder


def test_pruning_keeps_the_newest_the_recent_and_what_is_not_compiled_code(tmp_path: Path) -> None:
    now, day = 1_000_000_000.0, 24 * 3600.0
    ages = {"a": 0.1, "b": 0.5, "c": 2.0, "d": 3.0, "e": 0.9}
    for letter, age in ages.items():
        folder = tmp_path / (letter * 20)
        folder.mkdir()
        os.utime(folder, (now - age * day,) * 2)
    worlds = tmp_path / "worlds"
    worlds.mkdir()
    os.utime(worlds, (0, 0))
    removed = _cache.prune(tmp_path, now=now)
    assert {folder.name[0] for folder in removed} == {"c", "d"}
    assert {folder.name[0] for folder in tmp_path.iterdir()} == {"a", "b", "e", "w"}


def test_the_hash_moves_with_names_and_contents_but_not_with_the_place(small_package: Path) -> None:
    before = _cache.source_hash(small_package)
    elsewhere = small_package.parent / "copy"
    shutil.copytree(small_package, elsewhere)
    assert _cache.source_hash(elsewhere) == before
    (elsewhere / "caller.py").rename(elsewhere / "called.py")
    assert _cache.source_hash(elsewhere) != before


def test_one_two_and_four_threads_can_be_had_on_any_machine() -> None:
    out = python("-c", "from sim._numba import set_threads; print(*map(set_threads, (1, 2, 4, None)))")
    assert out.split() == ["1", "2", "4", str(cpu_count())]


def test_a_number_of_threads_outside_the_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="threads must be from 1 to"):
        set_threads(0)


def test_the_decorator_takes_a_signature_or_nothing_and_keeps_the_source() -> None:
    def ratio(x: float, y: float) -> float:
        return x / y

    bare, signed = njit(ratio), njit("f8(f8, f8)", cache=False)(ratio)
    assert interpreted(bare) is ratio
    assert interpreted(ratio) is ratio
    assert signed(1.0, 0.0) == float("inf")
    assert len(signed.signatures) == 1


def test_a_helper_compiles_the_phases_from_the_last_to_the_first() -> None:
    order = python(
        "-c", "import sys; from sim.warm import backwards; backwards(); print(*sys.modules)"
    ).split()
    assert order.index("sim.phases.wellbeing") < order.index("sim.phases.attendance")
    assert "sim.phases.sessions.protocol" in order
