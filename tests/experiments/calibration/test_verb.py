"""`seedbed calibrate`: what a file may ask, the profile that is written, and a true world found again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.calibration import play as playing
from experiments.calibration.play import BASE, Point
from experiments.calibration.profile import read_draws
from experiments.calibration.targets import MOVED_BY, Target, read_task
from experiments.cli import main
from experiments.complaints import in_chinese
from experiments.compose import compose
from experiments.data.measures import STATISTIC
from experiments.search.space import placed
from scenarios.library import Library
from sim.config import PlatformConfig
from sim.errors import ConfigError, DataError
from sim.kpis.registry import KPI

GOOD = "read_rate: {value: 0.08, sd: 0.004}"


def asks(path: Path, targets: str, parameters: str = "read_discovery: [-3, -2]", more: str = "") -> Path:
    path.write_text(f"targets: {{{targets}}}\nparameters: {{{parameters}}}\n{more}", "utf-8")
    return path


@pytest.mark.parametrize(
    ("targets", "parameters", "said"),
    [
        ("reed_rate: {value: 0.08, sd: 0.01}", "", "target 'reed_rate' is unknown; did you mean read_rate"),
        ("read_rate: {value: 8, sd: 0.01}", "", "it is a share from 0 to 1; write 0.08 or 8%"),
        ("read_rate: {value: 0.08, sd: 0}", "", "sd must be above 0"),
        ("read_rate: {value: 0.08}", "", "needs value and sd, or low and high"),
        ("read_rate: {low: 9%, high: 8%}", "", "low must be below high"),
        (
            "a: {of: read_rate, value: 0.08, sd: 0.002}, b: {of: read_rate, value: 0.12, sd: 0.002}",
            "",
            "a and b contradict each other: read_rate cannot be 0.08 and 0.12",
        ),
        (
            "retention_d1: {value: 0.3, sd: 0.01}, retention_d7: {value: 0.4, sd: 0.01}",
            "",
            "retention_d7 0.4 cannot be above retention_d1 0.3",
        ),
        (
            "likes_tail: {value: 1.2, sd: 0.1}",
            "",
            "O5 has the role validation; only calibration rows may be fitted",
        ),
        ("read_rate: {value: 0.08, sd: 0.01, fact: E8}", "", "E8 has the role validation"),
        ("read_rate: {value: 0.08, sd: 0.01, use: check}", "", "there is none to fit"),
        (GOOD, "reed: [0, 1]", "parameter 'reed' is unknown"),
        (GOOD, "read_discovery: [-3]", "must be .low, high."),
        (GOOD, "read_discovery: [-2, -3]", "low must be below high"),
        (GOOD, "read_discovery: , like_logit: ", "2 parameters cannot be fitted to 1 targets"),
        ("orders: {value: -2.6, sd: 0.3, arm: dear}", "", "arm 'dear' is unknown"),
    ],
)
def test_a_wrong_question_is_one_sentence(tmp_path: Path, targets: str, parameters: str, said: str) -> None:
    file = asks(tmp_path / "t.yaml", targets, parameters or "read_discovery: ")
    with pytest.raises(ConfigError, match=said):
        read_task(file, Library.default(), "xiaohongshu")


def test_what_a_file_leaves_open_comes_from_the_platform(tmp_path: Path) -> None:
    file = asks(
        tmp_path / "own.yaml", "read_rate: {low: 7%, high: 9%}, stickiness: {value: 0.3, sd: 0.02}", ""
    )
    task = read_task(file, Library.default(), "xiaohongshu")
    assert (task.name, [p.key for p in task.parameters]) == ("own", ["read_discovery", "visit_logit"])
    text = Library.default().path("platform", "xiaohongshu").read_text("utf-8")
    (ends,) = re.findall(r"^read_discovery: .*?\| (\S+) to (\S+) \|", text, re.M)
    assert (task.parameters[0].low, task.parameters[0].high) == tuple(map(float, ends))
    assert (task.targets[0].value, task.targets[0].sd) == (pytest.approx(0.08), pytest.approx(0.005))
    known = {rule.name for rule in fields(PlatformConfig)}
    assert set(MOVED_BY) <= {*STATISTIC, *KPI} and {p for ps in MOVED_BY.values() for p in ps} <= known


@pytest.mark.parametrize("name", Library.default().names("targets"))
def test_targets_that_ship_name_their_rows_and_a_world_that_exists(name: str) -> None:
    library = Library.default()
    task = read_task(library.path("targets", name), library, "xiaohongshu")
    assert task.name == name and all(target.fact for target in task.targets)
    assert len(task.parameters) == 8 and len(task.fitted) == 15
    compose(list(task.words))


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A world in which a rate is what its logit says; counts the runs."""
    runs: list[int] = []

    def play(point: Point, report: Callable[[float], None]) -> list[float]:
        runs.append(point.seed)
        platform = point.arms[BASE].community.platform
        noise = 0.01 * np.random.default_rng(point.seed).standard_normal()
        rate = 1.0 / (1.0 + np.exp(-platform.read_discovery - noise))
        other = 1.0 / (1.0 + np.exp(-platform.visit_logit + noise))
        return [{"read_rate": rate, "stickiness": other}[t.of] for t in point.targets]

    monkeypatch.setattr(playing, "play", play)
    return runs


def test_a_profile_says_what_was_fitted_and_can_be_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ranges = "read_discovery: [-3, -2], visit_logit: [-2.5, 0]"
    asks(Path("own.yaml"), GOOD + ", stickiness: {value: 0.25, sd: 0.01}", ranges)
    line = ["calibrate", "own.yaml", "workers=1", "lang=en", "world.members=200"]
    assert main(line) == 0
    out = capsys.readouterr().out
    assert "met" in out and "missed" not in out
    config = compose(["platform=fitted_own"], "conf")
    fitted = config.community.platform
    assert fitted.read_discovery == pytest.approx(np.log(0.08 / 0.92), abs=0.06)
    assert fitted.visit_logit == pytest.approx(np.log(0.25 / 0.75), abs=0.06)
    text = Path("conf/platform/fitted_own.yaml").read_text("utf-8")
    assert (
        "fitted to own: -2." in text
        and f"before {PlatformConfig().read_discovery:g}" in text
        and "own.yaml" in text.splitlines()[0]
    )
    draws = read_draws(Path("conf/platform/fitted_own.yaml"))
    assert list(draws) == ["read_discovery", "visit_logit"]
    assert draws["read_discovery"].std() == pytest.approx(0.004 / (0.08 * 0.92), rel=0.4)
    report = json.loads(Path("conf/platform/fitted_own/calibration.json").read_text("utf-8"))
    assert [t["use"] for t in report["targets"]] == ["fit", "fit"]
    Path("conf").rename("moved")  # draws lie beside the profile that names them
    assert read_draws(Path("moved/platform/fitted_own.yaml")).equals(draws)
    Path("moved").rename("conf")
    played = len(toy)
    assert main(line) == 0 and len(toy) == played  # what has been played is never played again


def test_nothing_is_written_without_a_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asks(Path("own.yaml"), "read_rate: {value: 0.6, sd: 0.004}")
    assert main(["calibrate", "own.yaml", "workers=1", "lang=en", "world.members=200"]) == 2
    said = capsys.readouterr().err
    assert "read_rate=0.6 cannot be reached" in said and said.count("\n") == 1
    asks(Path("own.yaml"), GOOD, "ces_like: [0, 2]")
    assert main(["calibrate", "own.yaml", "workers=1", "lang=en", "world.members=200"]) == 2
    assert "the objective is flat" in capsys.readouterr().err
    assert not Path("conf").exists()
    with pytest.raises(DataError, match="holds no draws"):
        read_draws(Path("own.parquet"))


@pytest.mark.slow
def test_calibrating_to_a_run_of_known_parameters_returns_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["world.members=2000", "days=31"]
    ranges = "read_discovery: [-3, -2.2], like_logit: [-6, -4.6], visit_logit: [-2.5, 0]"
    truth = {"read_discovery": -2.55, "like_logit": -5.0, "visit_logit": -1.2}
    names = ("read_rate", "likes_per_1000_reads", "stickiness", "retention_d1", "comment_slope")
    targets = tuple(Target(name, name, 1.0, 1.0) for name in names)
    config = placed(compose(words), {f"platform.{key}": value for key, value in truth.items()})
    runs = np.array([playing.play(Point({BASE: config}, seed, targets), print) for seed in range(500, 506)])
    error = runs.std(axis=0, ddof=1) / len(runs) ** 0.5
    figures = [
        f"{n}: {{value: {m}, sd: {e}}}" for n, m, e in zip(names, runs.mean(axis=0), error, strict=True)
    ]
    asks(Path("syn.yaml"), ", ".join(figures), ranges)
    assert main(["calibrate", "syn.yaml", "workers=1", *words]) == 0
    draws: pd.DataFrame = read_draws(Path("conf/platform/fitted_syn.yaml"))
    for key, value in truth.items():
        low, high = np.percentile(draws[key], [2.5, 97.5])
        assert low <= value <= high, key
    assert draws.std().max() < 0.15  # of priors whose own are 0.23 to 0.72


def test_a_run_gives_every_statistic_and_an_arm_that_is_the_base_no_elasticity() -> None:
    config = compose(["world.members=10000", "days=20", "warmup_days=14"])
    asked = [
        *(Target(key, key, 1.0, 1.0) for key in STATISTIC),
        Target("e", "reads", 1.0, 1.0, "fit", "same", 0.1),
    ]
    found = playing.play(Point({BASE: config, "same": config}, 3, tuple(asked)), lambda _: None)
    moments = dict(zip((t.key for t in asked), found, strict=True))
    assert moments.pop("e") == 0.0
    too_short = {"retention_d30", *(f"repeat_week_{week}" for week in (4, 8, 13, 26))}
    assert {key for key, value in moments.items() if not np.isfinite(value)} <= too_short
    for key, value in moments.items():
        assert key in too_short or STATISTIC[key].low <= value <= STATISTIC[key].high, key


def test_the_file_that_the_guide_shows_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "calibrate.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "t.yaml").write_text(block, "utf-8")
    task = read_task(tmp_path / "t.yaml", Library.default(), "xiaohongshu")
    assert [len(task.fitted), len(task.checks), len(task.parameters)] == [2, 1, 2]


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        (
            "n.csv: there is no column likes (点赞) among: a, b; name it with map=FILE.yaml (likes: NAME)",
            "n.csv：缺少 likes（点赞）列；现有列：a, b。可用 map=FILE.yaml 写明（likes: 列名）",
        ),
        (
            "n.csv: only 1 of 3 rows can be used, too few to be the right sheet; most often (2 rows) time is missing; "
            "first in row 2",
            "n.csv：3 行中只有 1 行可用，可能不是所需的表；最常见的原因（2 行）：缺少 time；首见于第 2 行",
        ),
        (
            "a=8 cannot be reached: over the ranges of the parameters the world shows 0.05 to 0.1; 0.08 would fit, so its "
            "unit may be wrong by 100",
            "a=8 无法达到：参数范围内模拟值为 0.05 到 0.1；0.08 可以达到，单位可能差了 100 倍",
        ),
        (
            "the targets contradict each other over the ranges of the parameters, so nothing is written: at the best "
            "point a is 1 where 2 is asked, and to come nearer would cost b",
            "各目标在参数范围内相互矛盾，未写出任何结果：最优点处 a 为 1，而要求 2；更接近则损害 b",
        ),
    ],
)
def test_refusals_are_said_in_chinese_too(said: str, chinese: str) -> None:
    assert in_chinese(said) == chinese
