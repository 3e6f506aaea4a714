"""Intervals of a mean over independent replicates: Student's t below forty of them, from there on the bootstrap
of Efron's BCa, which does not assume a normal mean; the bootstrap of t itself where replicates are skewed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from experiments.comparison.components import components

Float = npt.NDArray[np.float64]

BCA_PAIRS = 40
"""Pairs from which the BCa bootstrap is used; below, its coverage is poorer than that of Student's t."""
SKEWED = 0.5
"""Sample skewness from which t is bootstrapped; where it is only chance, that costs nothing."""
SKEWED_PAIRS = 12
"""Skewed pairs from which t is bootstrapped; below, its tails are too few to be drawn from."""
NARROWED, MOST_NARROWED = 3.5, 0.9
"""Share by which the tail of a bootstrapped t on the long side is narrowed, per unit of skewness of the mean, and the
largest; calibrated by simulation."""
RESAMPLES = 4_999
BOOTSTRAP_SEED = 20_251_111


def t_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    return float(stdtrit(freedom, probability))


@lru_cache(maxsize=16)
def resamples(n: int, count: int) -> Float:
    """How often each of ``n`` replicates is drawn in each of ``count`` bootstrap samples, float64 [count, n].

    One fixed generator, so that the same runs give the same interval, and all KPIs and arms are resampled
    together: whole seeds, as a joint bootstrap needs.
    """
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=count).astype(np.float64)


def mean_intervals(
    values: npt.ArrayLike, confidence: float = 0.95, draws: Sequence[int] = ()
) -> tuple[Float, Float, list[str]]:
    """Intervals of the means of several columns.

    Parameters
    ----------
    values
        float [n, columns], finite; a row a replicate.
    confidence
        Nominal coverage.
    draws
        Draw of the parameters at which each replicate was played, where they are not known.

    Returns
    -------
    low, high
        float64 [columns], NaN below two replicates (with draws, below two of them).
    method
        ``posterior`` with draws (`experiments.comparison.components`); without them
        ``paired t`` below `BCA_PAIRS` replicates, ``BCa`` from there on, ``bootstrap t`` from `SKEWED_PAIRS` on where
        they are skewed; ``equal`` where all values of a column are the same, ``none`` below two.

    Notes
    -----
    BCa after Efron (1987). For a mean the jackknife is closed: the acceleration is the skewness of the sample
    over six times the root of its size. Bootstrap samples are narrower than samples by the root of n - 1 over n,
    and normal quantiles than those of t; both are made up for, as Hesterberg (2015) does for percentiles.

    Bootstrap t after Efron (1981): quantiles of (resampled mean - mean) over the resample's own standard error take the
    place of Student's. On the side of the long tail it still misses the mean of a very skewed outcome too often, so its
    level there is calibrated (Loh 1987): the tail is narrowed by `NARROWED` times the mean's own skewness, that of the
    sample over the root of n, which is the order of what an Edgeworth expansion leaves out. Coverage at a nominal 95 %,
    over 3,000 samples of 12 to 100 pairs each: .939 to .968 for normal, exponential and lognormal (sigma 1, skewness
    6) outcomes, .936 to .954 where they were stopped at a width, where Student's t and BCa fall to .86
    (`benchmarks/README.md`). Where too many resamples hold one value only, as with a rare event, there is no
    bootstrapped t, and the interval is that of a symmetric outcome.
    """
    v = np.asarray(values, np.float64)
    n, columns = v.shape
    mean = v.mean(axis=0) if n else np.full(columns, np.nan)
    if n < 2:
        nan = np.full(columns, np.nan)
        return nan, nan.copy(), ["none"] * columns
    if len(draws):
        return _over_draws(v, draws, confidence)
    spread = v.std(axis=0, ddof=1)
    equal = (spread == 0.0) | np.all(v == v[0], axis=0)
    low, high = mean.copy(), mean.copy()
    t_based = ~equal & (np.abs(skewness(v)) > SKEWED) & (n >= SKEWED_PAIRS)
    if t_based.any():
        low[t_based], high[t_based] = _bootstrap_t(v[:, t_based], confidence)
        t_based &= np.isfinite(low)
    plain = ~equal & ~t_based
    method = np.where(
        equal, "equal", np.where(t_based, "bootstrap t", "paired t" if n < BCA_PAIRS else "BCa")
    )
    if n < BCA_PAIRS:
        half = t_quantile(0.5 + confidence / 2, n - 1) * spread / n**0.5
        low, high = np.where(plain, mean - half, low), np.where(plain, mean + half, high)
    elif plain.any():
        low[plain], high[plain] = _bca(v[:, plain], confidence)
    return low, high, method.tolist()


def _over_draws(v: Float, draws: Sequence[int], confidence: float) -> tuple[Float, Float, list[str]]:
    found = components(v, draws)
    quantile = t_quantile(0.5 + confidence / 2, found.freedom) if found.freedom else float("nan")
    half = quantile * np.sqrt(np.diag(found.variance))
    equal = np.all(v == v[0], axis=0)
    half = np.where(equal, 0.0, half)
    return found.mean - half, found.mean + half, np.where(equal, "equal", "posterior").tolist()


def skewness(values: npt.ArrayLike) -> Float:
    """Adjusted sample skewness of each column, float64; 0 where all values are equal or fewer than three."""
    v = np.asarray(values, np.float64)
    n = len(v)
    spread = v.std(axis=0)
    if n < 3:
        return np.zeros_like(spread)
    third = ((v - v.mean(axis=0)) / np.where(spread == 0.0, 1.0, spread)) ** 3
    return np.asarray(third.mean(axis=0) * (n * (n - 1)) ** 0.5 / (n - 2))


def _bootstrap_t(v: Float, confidence: float) -> tuple[Float, Float]:
    """Ends of the intervals, NaN in a column whose resamples are too often all the same."""
    n = len(v)
    mean, error = v.mean(axis=0), v.std(axis=0, ddof=1) / n**0.5
    unit = (v - mean) / v.std(axis=0)
    drawn = resamples(n, RESAMPLES)
    means = drawn @ unit / n
    variances = drawn @ unit**2 / n - means**2
    same = variances < 1e-9
    t = np.sort(means / np.sqrt(np.where(same, 1e-9, variances) / (n - 1)), axis=0)
    skew, tail = skewness(v), 0.5 - confidence / 2
    long = tail * (1.0 - np.minimum(NARROWED * np.abs(skew) / n**0.5, MOST_NARROWED))
    # A long right tail of outcomes is a long left tail of t, which the upper end is taken from.
    below, above = (
        _quantiles(t, np.where(skew > 0, long, tail)),
        _quantiles(t, 1.0 - np.where(skew > 0, tail, long)),
    )
    fit = same.mean(axis=0) < long / 2
    return np.where(fit, mean - above * error, np.nan), np.where(fit, mean - below * error, np.nan)


def _quantiles(ordered: Float, level: Float) -> Float:
    """A quantile of each sorted column, at a level of its own."""
    at = level * (len(ordered) - 1)
    lower = np.clip(np.floor(at).astype(int), 0, len(ordered) - 2)
    part = at - lower
    columns = np.arange(ordered.shape[1])
    return np.asarray(ordered[lower, columns] * (1 - part) + ordered[lower + 1, columns] * part)


def _bca(v: Float, confidence: float) -> tuple[Float, Float]:
    from scipy.special import ndtr, ndtri

    n = len(v)
    mean = v.mean(axis=0)
    centred = v - mean  # of the same order as the spread, so that sums lose no digits
    draws = np.sort(resamples(n, RESAMPLES) @ centred / n, axis=0)
    below = (draws < 0.0).mean(axis=0) + 0.5 * (draws == 0.0).mean(axis=0)
    z0 = ndtri(np.clip(below, 1.0 / (RESAMPLES + 1), RESAMPLES / (RESAMPLES + 1)))
    # The sums are powers of deviations; scaled first, since a cube of fen overflows nothing but loses digits.
    unit = centred / np.abs(centred).max(axis=0)
    acceleration = (unit**3).sum(axis=0) / (6.0 * (unit**2).sum(axis=0) ** 1.5)
    ends = []
    wide = t_quantile(0.5 + confidence / 2, n - 1) * (n / (n - 1)) ** 0.5
    for z in (-wide, wide):
        level = ndtr(z0 + (z0 + z) / (1.0 - acceleration * (z0 + z)))
        ends.append(mean + _quantiles(draws, level))
    return ends[0], ends[1]


def mean_interval(
    values: npt.ArrayLike, confidence: float = 0.95, draws: Sequence[int] = ()
) -> tuple[float, float, str]:
    """`mean_intervals` of one column, float [n]."""
    low, high, method = mean_intervals(np.asarray(values, np.float64)[:, None], confidence, draws)
    return float(low[0]), float(high[0]), method[0]
