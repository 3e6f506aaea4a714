"""Whatever stands on the command line, the answer is a result or one sentence: no traceback, no code of ours."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from experiments import run
from experiments.cli import VERBS, main
from experiments.compose import Config
from experiments.studies import verbs
from sim.errors import DataError

EXPLAINING = [verb.name for verb in VERBS if verb.target.startswith("experiments.explain:")]
NAMES = [
    "scenario",
    "plan",
    "segment",
    "world",
    "content",
    "incentive",
    "graph.path",
    "lang",
    "out",
    "baseline",
    "days",
]
WORDS = [
    "--help", "-h", "--config-dir", "--config-dir=/nowhere", "--allow-code", "-m", "--cfg", "job", "--info", "show",
    "double_eleven", "launch", "coupons", "优惠券", "gmv", "L59", "=", "=x", "~plan", "+", "++x=1", "a=b=c", "[", "", " ",
    "plan=", "plan=launch", "scenario=baseline", "world=small", "world=", "seed=1,2", "x" * 300, "plan=../../etc/passwd",
    "hydra.run.dir=/x", "hydra/launcher=basic", "~", "lang=zh", "lang=xx", "plan.actions.a.lever=coupons", "\x00",
]  # fmt: skip
OTHER = st.builds("{}={}".format, st.sampled_from(NAMES), st.text(max_size=8))
LINE = st.lists(st.one_of(st.sampled_from(WORDS), OTHER, st.text(max_size=10)), max_size=3)


@pytest.fixture(autouse=True)
def _nothing_is_played(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    def instead(*arguments: object, **options: object) -> None:
        for argument in arguments:
            if isinstance(argument, Config):
                argument.plan()
        raise DataError("played")

    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setattr(run, "play", instead)
    monkeypatch.setattr(verbs, "play", instead)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("run", ["-m", "seed=1,2"])
@example("demo", ["baseline=lunch"])
@example("show", ["plan=" + "x" * 300])
@example("segments", ["graph.path=1"])
@example("segments", ["~calendar=null"])
@given(st.sampled_from([*EXPLAINING, "run", "demo", "nonsense"]), LINE)
def test_any_words_get_an_answer(verb: str, words: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([verb, *words])
    said = err.getvalue()
    assert code in (0, 2), said
    assert "Traceback" not in said
    if code:
        assert said.strip() and said.count("\n") == 1, said
