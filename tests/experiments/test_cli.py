"""The command line: help at once, one sentence for a mistake, exit codes, both languages."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import cli, explain
from experiments.cli import VERBS, help_text, language, main
from experiments.verb_options import COMMON, OPTIONS, dashed, options_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """An English locale, whatever this machine has."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def _command(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment}
    command = [sys.executable, "-m", "experiments", *words]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def test_help_names_every_verb_and_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "experiments", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert all(f"  {verb.name} " in done.stdout for verb in VERBS)
    for module in ("hydra", "numpy", "pandas", "rich", "numba", "mesa", "sim", "scenarios", "omegaconf"):
        assert f" {module}\n" not in done.stderr


def test_help_is_fast() -> None:
    def once(*words: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, check=True)
        return time.perf_counter() - start

    # Beside an interpreter that does nothing, since this machine may be busy.
    added = min(once("-m", "experiments", "--help") for _ in range(5)) - min(once("-c", "") for _ in range(5))
    assert added < 0.15


@pytest.mark.usefixtures("english")
def test_help_speaks_the_language_of_the_locale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    assert "Usage: seedbed VERB" in capsys.readouterr().out
    assert main(["lang=zh"]) == 0
    assert "用法" in capsys.readouterr().out
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert language([]) == "zh"
    assert language(["lang=en"]) == "en"
    assert language(["lang=auto"]) == "zh"
    assert set(help_text("zh")) > set("计划运行说明")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_help_and_something_behind_it(
    verb: cli.Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    from importlib import import_module

    assert main([verb.name, "--help", "lang=en"]) == 0
    out = capsys.readouterr().out
    assert verb.en in out
    assert verb.example in out
    module, _, function = verb.target.partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rum"], "unknown verb 'rum'; did you mean run?"),
        (["frobnicate"], "the verbs are: show, new, check, levers"),
        (["info", "lang=fr"], "lang=fr is unknown; permitted are en, zh, auto"),
        (["info", "--frob"], "option '--frob' is unknown"),
        (["kpis", "nonsense"], "nothing matches 'nonsense'"),
        (["show", "plan=dubble_eleven"], "did you mean double_eleven?"),
        (["show", "plam=launch"], "did you mean plan"),
        (["levers", "--config-dir", "/nowhere/at/all"], "there is no folder /nowhere/at/all"),
    ],
)
@pytest.mark.usefixtures("english")
def test_a_mistake_is_one_sentence_and_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def _failing(error: BaseException) -> Callable[..., int]:
    def fail(words: object, lang: object) -> int:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            OSError(28, "No space left on device", "out/kpis.parquet"),
            2,
            "no space left on the device for out/kpis",
        ),
        (OSError(30, "Read-only file system", "out"), 2, "out is on a read-only file system"),
        (PermissionError(13, "Permission denied", "out"), 2, "no permission for out"),
        (MemoryError("73 GB of arcs"), 2, "not enough memory (73 GB of arcs)"),
        (ZeroDivisionError("ours"), 1, "seedbed came upon an error of its own: ZeroDivisionError: ours"),
    ],
)
@pytest.mark.usefixtures("english")
def test_what_the_system_refuses(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(explain, "info", _failing(error))
    assert main(["info"]) == code
    captured = capsys.readouterr().err
    assert said in captured
    assert "Traceback" not in captured


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    script = f"{sys.executable} -m experiments kpis | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_mistake_as_a_command(tmp_path: Path) -> None:
    done = _command("run", "world.membrs=5", cwd=tmp_path, LC_ALL="zh_CN.UTF-8")
    assert done.returncode == 2
    assert done.stderr.startswith("键 'world.membrs' 不存在；是否想用 world.members？")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("seedbed de", ["demo"]),
        ("seedbed run scen", ["scenario.", "scenario="]),
        ("seedbed run scenario=dou", ["scenario=double_eleven"]),
        ("seedbed demo world.memb", ["world.members="]),
    ],
)
def test_completion_in_the_shell(line: str, offered: list[str]) -> None:
    done = _command("-sc", "query=bash", COMP_LINE=line)
    assert done.returncode == 0
    assert [word for word in done.stdout.split() if word.startswith(offered[0][:4])] == offered


@pytest.mark.parametrize("verb", sorted(OPTIONS))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_lists_the_options_that_a_verb_takes_and_no_others(
    verb: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {v.name for v in VERBS} == set(OPTIONS)
    assert main([verb, "--help", f"lang={lang}"]) == 0
    printed = capsys.readouterr().out
    for option in options_of(verb):
        assert f"  {option.written} " in printed and (option.zh if lang == "zh" else option.en) in printed
    if verb in (
        "run",
        "bench",
    ):  # the one hands on what it does not know to Hydra, the other to the benchmarks
        return
    assert main([verb, "--nonsense", "lang=en"]) == 2
    taken = capsys.readouterr().err.partition("permitted are: ")[2].strip().split(", ")
    known = [name for names in dashed(verb) for name in names] + [o.name for o in COMMON if o.name[0] == "-"]
    assert sorted(taken) == sorted([*known, "--help"])
