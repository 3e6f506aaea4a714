"""The fit on worlds whose truth is known: recovery, honest intervals, and every way to have no result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from experiments.calibration.fit import Fit, NotFitted, calibrate, design
from experiments.calibration.identify import identified
from experiments.calibration.posterior import posterior
from experiments.calibration.surrogate import Process, Surrogate
from experiments.calibration.targets import Free, Target, Task

Float = npt.NDArray[np.float64]
NAMES = ("read_rate", "stickiness", "retention_d1", "retention_d7", "click_rate")
TRUTH = np.array([0.3, 0.62, 0.55])


def toy(places: Float, seeds: Sequence[int], noise: float = 0.01) -> Float:
    """Five rates of three parameters on a logit scale; each seed moves all points alike, as shared draws do."""
    weights = np.array([[2, 0, 0], [0.5, 1.5, 0], [0, 1.2, 0.8], [0.3, -0.4, 1.5], [0, 0.7, -1.0]])
    out = np.empty((len(places), len(seeds), 5))
    for at, seed in enumerate(seeds):
        logits = -2.0 + places @ weights.T + 0.4 * (places[:, :1] * places[:, 1:2])
        out[:, at] = 1.0 / (1.0 + np.exp(-(logits + noise * np.random.default_rng(seed).standard_normal(5))))
    return out


def task(values: Float, sd: float = 0.02, names: Sequence[str] = NAMES, parameters: int = 3) -> Task:
    targets = [Target(n, n, float(v), sd * float(v)) for n, v in zip(names, values, strict=True)]
    return Task("toy", tuple(targets), tuple(Free(f"p{i}", 0.0, 1.0) for i in range(parameters)))


def fitted(values: Float) -> Fit:
    return calibrate(task(values), toy, (1, 2), range(3, 9), lambda _: None)


def test_a_synthetic_truth_is_recovered_within_its_intervals() -> None:
    values = toy(TRUTH[None, :], range(100, 108)).mean(axis=(0, 1))
    found = fitted(values)
    low, high = found.draws.interval()
    assert np.all((low <= TRUTH) & (high >= TRUTH))
    assert np.all(high - low < 0.4) and np.all(found.draws.learned > 0.7)
    assert np.abs(found.place - TRUTH).max() < 0.08
    assert all(row.met for row in found.rows) and not found.known.pairs()


def test_checks_are_shown_and_never_fitted() -> None:
    values = toy(TRUTH[None, :], range(100, 108)).mean(axis=(0, 1))
    honest = task(values)
    wrong = Target("click_rate", "click_rate", 0.9, 0.001, use="check")
    found = calibrate(
        Task("toy", (*honest.targets[:4], wrong), honest.parameters), toy, (1, 2), range(3, 9), lambda _: None
    )
    assert [row.met for row in found.rows] == [True] * 4 + [False]


def test_what_cannot_be_fitted_is_one_sentence_and_no_result() -> None:
    values = toy(TRUTH[None, :], range(100, 108)).mean(axis=(0, 1))

    def says(pattern: str, asked: Task, evaluate=toy) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(NotFitted, match=pattern):
            calibrate(asked, evaluate, (1, 2), range(3, 9), lambda _: None)

    says(
        r"read_rate=.* cannot be reached: .* would fit, so its unit may be wrong by 100",
        task(values / [100, 1, 1, 1, 1]),
    )
    contrary = values * [1, 1, 1.25, 0.8, 1]
    says("contradict each other over the ranges.*would cost", task(contrary))
    says("the objective is flat: no target changes", task(values), lambda p, s: toy(p * 0 + 0.5, s))
    says("cannot be measured in this world", task(values), lambda p, s: toy(p, s) * [1, 1, np.nan, 1, 1])

    def rough(places: Float, seeds: Sequence[int]) -> Float:
        """What one point says is nothing to the next."""
        draws = [np.random.default_rng(abs(hash(row.tobytes())) % 2**32).normal(0, 0.3, 5) for row in places]
        return toy(places, seeds) * np.exp(np.array(draws))[:, None, :]

    says("did not converge|surrogate is wrong|contradict|cannot be met", task(values, sd=0.005), rough)


def test_the_posterior_of_a_linear_world_is_the_one_that_algebra_gives() -> None:
    rng = np.random.default_rng(5)
    slopes = rng.normal(0, 1, (6, 4))
    truth, spread = np.full(4, 0.5), np.full(6, 0.03)
    exact = np.linalg.inv((slopes / spread[:, None]).T @ (slopes / spread[:, None]))

    def simulate(places: Float, draws: np.random.Generator) -> Float:
        return places @ slopes.T + spread * draws.standard_normal((len(places), 6))

    found = posterior(simulate, 4, slopes @ truth, spread).draws
    assert found.mean(axis=0) == pytest.approx(truth, abs=0.03)
    assert found.std(axis=0) == pytest.approx(np.sqrt(np.diag(exact)), rel=0.2)


def test_parameters_that_stand_in_for_each_other_are_named() -> None:
    slopes = np.array([[1.0, 1.0, 0.0], [2.0, 2.1, 0.0]])
    known = identified(slopes, np.array([0.01, 0.01]))
    ((first, second, correlation),) = known.pairs()
    assert (first, second) == (0, 1) and correlation < -0.9
    (loosest, *_) = known.loose()
    assert loosest[0] == pytest.approx(0.0) and abs(loosest[1][2]) == pytest.approx(1.0)


def test_a_surrogate_is_sure_where_it_was_played() -> None:
    places = design(2)
    values = np.sin(3 * places[:, 0]) + places[:, 1] ** 2
    process = Process.fit(places, values)
    inside = np.random.default_rng(2).random((200, 2))
    mean, spread = process.predict(inside, spread=True)
    truth = np.sin(3 * inside[:, 0]) + inside[:, 1] ** 2
    assert np.abs(mean - truth).max() < 0.05
    assert process.predict(np.array([[5.0, 5.0]]), spread=True)[1][0] > 5 * spread.mean()
    both = Surrogate.fit(places, np.column_stack([values, values]), np.zeros(2, bool))
    assert both.slopes(np.array([0.4, 0.5]))[0] == pytest.approx([3 * np.cos(1.2), 1.0], abs=0.1)
