"""Sensitivity and search: the libraries' answers on known functions, and a search of a tiny world from end to end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.cli import main
from experiments.compose import compose
from experiments.options import Options
from experiments.search import optimise, sensitivity
from experiments.search.optimise import Aims, Bound, Search, Split
from experiments.search.space import Axis, assumed_of, divided, placed, uncertain
from experiments.studies.store import Store
from sim.errors import ConfigError

TINY = ["world=small", "world.members=400", "world.represents=4e5", "warmup_days=2", "days=8", "incentive=[coupons]",
        "plan.actions.coupons.budget=1e9", "seeds=0:2", "executor=serial", "lang=en"]  # fmt: skip


def test_a_space_is_written_as_a_sweep_is() -> None:
    axes, rest = divided(
        ["world=small", "plan.actions.a.depth=interval(0.1,0.3)", "plan.actions.a.choose=value,followers"]
    )
    assert rest == ["world=small"]
    assert [axis.at(0.5) for axis in axes] == [0.2, "followers"]
    assert axes[0].written == "0.1 to 0.3"
    with pytest.raises(ConfigError, match="write the choices out"):
        divided(["plan=glob(*)"])


def test_a_point_is_a_checked_configuration() -> None:
    base = compose(TINY[:6])
    assert placed(base, {"platform.visit_logit": -1.5}).community.platform.visit_logit == -1.5
    for point, said in (
        ({"platform.visit_logi": 1.0}, "did you mean visit_logit"),
        ({"plan.actions.coupons.depth": 5.0}, "out of bounds"),
    ):
        with pytest.raises(ConfigError, match=said):
            placed(base, point)


def test_what_is_uncertain_is_what_the_files_mark() -> None:
    base = compose(TINY[:6])
    axes = {axis.key: axis for axis in uncertain(base)}
    assert axes["plan.actions.coupons.strength"].high == 1.0
    assert axes["plan.actions.coupons.depth"].evidence == "assumption"
    assert (axes["plan.actions.coupons.depth"].low, axes["plan.actions.coupons.depth"].high) == (0.075, 0.3)
    platform = assumed_of("platform", "xiaohongshu", base.library)
    assert all(axis.low < axis.high and axis.evidence == "assumption" for axis in platform)
    assert "platform.gate" in {axis.key for axis in platform}


def test_aims_are_read_or_refused() -> None:
    aims = Aims.read(Options.read(["minimise=cost", "subject_to=gmv >= 3e6", "budget=2e6"]))
    assert aims.figures == (("cost", -1),)
    assert [(b.name, b.sign, b.number) for b in aims.bounds] == [("gmv", ">=", 3e6), ("cost", "<=", 2e6)]
    assert Bound.read("gmv >= 3e6").excess(1.5e6) == 0.5
    for words, said in (
        (["maximise=gvm"], "maximise 'gvm' is unknown"),
        ([], "optimise needs an aim"),
        (["maximise=net", "subject_to=gmv"], "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=said):
            Aims.read(Options.read(words))
    split = Split("kols", ("share_top", "share_mid", "share_koc"))
    assert sum(split.point([0.3, 0.3, 0.3]).values()) == 1.0  # type: ignore[arg-type]


@pytest.mark.extras
def test_indices_of_a_known_function() -> None:
    axes = [Axis(f"x{i}", 0.0, 1.0) for i in range(3)]

    def ishigami(u: Any) -> Any:
        x = (2 * u - 1) * np.pi
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    places = sensitivity.design("sobol", axes, 2048)
    found = sensitivity.indices("sobol", axes, places, ishigami(places))
    # Ishigami and Homma (1990), in closed form.
    assert found["S1"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert found["ST"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    places = sensitivity.design("morris", axes, 10)
    slopes = sensitivity.indices("morris", axes, places, places @ [3.0, -1.0, 0.0])
    assert slopes["mu_star"] == pytest.approx([3.0, 1.0, 0.0])


class _Formula:
    """Stands in for `Points`: a plan whose net is best at depth 0.3, and whose cost grows with it."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, float]] = {}

    def add(self, points: Mapping[str, Mapping[str, Any]]) -> None:
        for label, point in points.items():
            depth = point["depth"]
            self.found[label] = {"net": -((depth - 0.3) ** 2), "cost": depth, "gmv": 10 * depth}

    def values(self, label: str, name: str) -> Any:
        return np.array([self.found[label][name]])


@pytest.mark.extras
@pytest.mark.parametrize(
    ("words", "low", "high"),
    [(["maximise=net"], 0.27, 0.33), (["minimise=cost", "subject_to=gmv >= 5"], 0.5, 0.56)],
)
def test_a_search_finds_what_is_best_and_is_the_same_again(words: list[str], low: float, high: float) -> None:
    trials = []
    for _ in range(2):
        search = Search(_Formula(), Aims.read(Options.read(words)), [Axis("depth", 0.0, 1.0)], [])  # type: ignore[arg-type]
        search.run(40)
        trials.append(search.found)
    assert trials[0] == trials[1]
    assert low <= float(search.found[search.front[0]]["depth"]) <= high


@pytest.mark.extras
def test_several_aims_give_a_front() -> None:
    search = Search(
        _Formula(), Aims.read(Options.read(["maximise=net", "minimise=cost"])), [Axis("depth", 0.0, 1.0)], []
    )  # type: ignore[arg-type]
    search.run(20)
    depths = [float(search.found[label]["depth"]) for label in search.front]
    assert len(depths) > 2 and depths == sorted(depths, reverse=True) and max(depths) < 0.35


@pytest.mark.extras
def test_a_search_goes_on_where_it_was_and_ends_with_a_plan_that_run_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*TINY, f"out={tmp_path}", "plan.actions.coupons.depth=interval(0.05,0.4)", "maximise=net"]
    assert main(["optimise", *words, "trials=2"]) == 0
    store = Store(next(tmp_path.iterdir()))
    first = store.present()
    assert len(first) == 3 * 2 + 2 * 10  # the baseline and two trials, the winner and the baseline anew
    assert main(["optimise", *words, "trials=2"]) == 0
    assert store.present() == first
    said = capsys.readouterr().out
    assert "On 10 fresh seeds" in said
    folder = store.path / "conf"
    assert (
        main(["run", "--config-dir", str(folder), "plan=optimised", *TINY[:5], f"out={tmp_path / 'runs'}"])
        == 0
    )
    assert main(["sensitivity", *TINY, f"out={tmp_path}", "size=2"]) == 0
    assert "plan.actions.coupons.depth" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["executor=nope", "workers=abc"])
def test_who_plays_is_refused_before_there_is_a_search(wrong: str, tmp_path: Path) -> None:
    words = [*TINY, "plan.actions.coupons.depth=interval(0.1,0.3)", f"out={tmp_path / 'a'}", wrong]
    assert main(["optimise", *words, "maximise=net"]) == main(["sensitivity", *words]) == 2
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("plan", ["media_year", "launch"])
def test_a_plan_that_was_found_keeps_all_that_the_plan_said(plan: str, tmp_path: Path) -> None:
    wanted = compose([f"plan={plan}"]).resolved["plan"]  # one has rules, both a brand and its products
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "optimised.yaml").write_text(optimise.written(wanted, "optimised"), "utf-8")
    assert compose(["plan=optimised"], tmp_path).resolved["plan"] == {**wanted, "name": "optimised"}


def test_without_the_libraries_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    for call in (optimise.optuna, lambda: sensitivity.salib("sample.morris")):
        with pytest.raises(ConfigError, match=r"pip install \"seedbed\[search\]\""):
            call()
