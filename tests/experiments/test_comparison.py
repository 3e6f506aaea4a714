"""Paired differences, their intervals and corrections, against numbers worked out by hand and against
simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.comparison import (
    bands,
    corrected,
    intervals,
    mean_interval,
    paired,
    paired_many,
    ratio_interval,
)


def test_a_small_example_worked_out_by_hand() -> None:
    # Differences 1, 2, 3: mean 2, sd 1, t(0.975, 2) = 4.302653.
    effect = paired([10, 10, 10], [11, 12, 13], better=1)
    half = 4.302652729911275 / math.sqrt(3)
    assert (effect.baseline, effect.plan, effect.difference) == (10, 12, 2)
    assert effect.relative == pytest.approx(0.2)
    assert (effect.low, effect.high) == pytest.approx((2 - half, 2 + half))
    assert effect.verdict == "cannot tell"
    assert effect.p == pytest.approx(stats.ttest_1samp([1, 2, 3], 0).pvalue)


@pytest.mark.parametrize(("better", "verdict"), [(1, "better"), (-1, "worse"), (0, "differs")])
def test_the_verdict_follows_the_direction_of_the_kpi(better: int, verdict: str) -> None:
    assert paired(np.zeros(5), [1.0, 1.1, 0.9, 1.0, 1.2], better).verdict == verdict


def test_equal_runs_show_no_difference_and_no_width() -> None:
    effect = paired([3.0, 5.0], [3.0, 5.0], 1)
    assert (effect.low, effect.high, effect.p, effect.verdict) == (0, 0, 1, "cannot tell")


def test_pairs_that_are_not_finite_are_left_out_and_counted() -> None:
    effect = paired([1, 2, math.nan, 4], [2, 3, 4, math.inf], 1)
    assert (effect.pairs, effect.dropped, effect.difference) == (2, 2, 1)
    assert paired([math.nan], [1.0]).method == "none"
    assert paired([1.0], [2.0]).verdict == "cannot tell"
    with pytest.raises(ValueError, match="one length"):
        paired([1, 2], [1])


def test_pairing_uses_what_the_two_runs_share() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(100, 20, 10)
    effect = paired(shared, shared + rng.normal(1, 0.1, 10), 1)
    assert effect.verdict == "better"
    assert effect.high - effect.low < 0.3


def test_holm_steps_down_and_keeps_the_order() -> None:
    p = [0.01, 0.04, 0.03, math.nan, 0.5]
    effects = [paired([0, 0], [1, 1], 1) for _ in p]
    given = [e.__class__(**{**e.__dict__, "p": x}) for e, x in zip(effects, p, strict=True)]
    found = corrected(given)
    holm = [e.p_holm for e in found]
    assert holm[:3] == pytest.approx([0.04, 0.09, 0.09])
    assert math.isnan(holm[3])
    assert holm[4] == pytest.approx(0.5)
    # Benjamini and Hochberg: p times the count over the rank, made monotone from the largest down.
    assert [e.p_bh for e in found][:3] == pytest.approx([0.04, 0.16 / 3, 0.16 / 3])


def test_coverage_of_the_t_interval_on_ten_pairs() -> None:
    rng = np.random.default_rng(7)
    trials = 4_000
    hits = 0
    for sample in rng.normal(0.3, 1.0, (trials, 10)):
        low, high, method = mean_interval(sample)
        assert method == "paired t"
        hits += low <= 0.3 <= high
    assert 0.94 < hits / trials < 0.96


@pytest.mark.parametrize("pairs", [12, 20, 40])
@pytest.mark.parametrize("outcome", ["normal", "exponential", "lognormal"])
def test_coverage_of_skewed_pairs(outcome: str, pairs: int) -> None:
    rng = np.random.default_rng(8)
    samples = getattr(rng, outcome)(size=(pairs, 2_000))
    truth = {"normal": 0.0, "exponential": 1.0, "lognormal": math.exp(0.5)}[outcome]
    low, high, methods = intervals.mean_intervals(samples)
    assert set(methods) == {"bootstrap t", "paired t" if pairs < intervals.BCA_PAIRS else "BCa"}
    assert 0.93 <= np.mean((low <= truth) & (high >= truth)) <= 0.97
    if outcome != "normal":  # the right tail is the longer one, and the interval knows it
        mean = samples.mean(axis=0)
        assert np.mean(high - mean > mean - low) > 0.85


def test_a_rare_event_has_no_bootstrapped_t() -> None:
    rare = np.zeros(20)
    rare[3] = 1.0
    low, high, method = mean_interval(rare)
    assert method == "paired t"
    assert high - low == pytest.approx(2 * stats.t.ppf(0.975, 19) * rare.std(ddof=1) / math.sqrt(20))


def test_the_bootstrap_agrees_with_scipys() -> None:
    sample = np.random.default_rng(4).gamma(40.0, size=60) * 1e6
    assert 0.1 < abs(intervals.skewness(sample)) < intervals.SKEWED
    theirs = stats.bootstrap(
        (sample,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    low, high, method = mean_interval(sample)
    assert method == "BCa"
    width = theirs.high - theirs.low
    assert abs(low - theirs.low) < 0.03 * width
    assert abs(high - theirs.high) < 0.05 * width


def test_many_kpis_at_once_are_those_one_by_one() -> None:
    rng = np.random.default_rng(9)
    a, b = rng.normal(10, 1, (2, 50, 3))
    b[0, 1] = math.nan
    many = paired_many(a, b, [1, -1, 0])
    for i, effect in enumerate(many):
        one = paired(a[:, i], b[:, i], [1, -1, 0][i])
        assert (effect.low, effect.high, effect.p) == pytest.approx((one.low, one.high, one.p))
    assert [e.pairs for e in many] == [50, 49, 50]
    assert many[0].saved == pytest.approx(
        (a[:, 0].var(ddof=1) + b[:, 0].var(ddof=1)) / (b - a)[:, 0].var(ddof=1)
    )


def test_the_bootstrap_gives_the_same_interval_every_time() -> None:
    sample = np.random.default_rng(3).lognormal(size=45)
    assert mean_interval(sample) == mean_interval(sample)


def test_bands_are_the_pointwise_intervals() -> None:
    values = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    mean, low, high = bands(values)
    assert mean == pytest.approx([2, 5])
    assert low[1] == high[1] == 5
    assert high[0] - 2 == pytest.approx(4.302652729911275 / math.sqrt(3))
    assert np.array_equal(*bands(values[:1])[:2])


def test_coverage_of_fiellers_interval() -> None:
    rng = np.random.default_rng(11)
    hits, trials = 0, 2_000
    for _ in range(trials):
        cost = rng.normal(10, 1, 10)
        gain = 0.8 * cost + rng.normal(0, 2, 10)
        ratio, low, high = ratio_interval(gain, cost)
        assert low <= ratio <= high
        hits += low <= 0.8 <= high
    assert 0.935 < hits / trials < 0.965


def test_a_ratio_over_nothing_is_not_a_number() -> None:
    assert math.isnan(ratio_interval([1, 2], [0, 0])[0])
    ratio, low, high = ratio_interval([1.0, 1.0, 1.0], [-1.0, 1.0, 0.3])
    assert ratio == pytest.approx(10)
    assert math.isnan(low)
    assert math.isnan(high)
