"""What a plan changed: paired differences between runs that share a random seed, with an interval over seeds.

Two runs with one seed differ only where the plan made a difference, so the pair is the unit of evidence. A
mean difference gets a paired-t interval; from forty pairs on, the bootstrap of Efron's BCa, which does not
assume a normal mean. Nothing here reads files or knows what a KPI is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Verdict = Literal["better", "worse", "differs", "cannot tell"]

BCA_PAIRS = 40
"""Pairs from which the BCa bootstrap is used; below, its coverage is poorer than that of Student's t."""
RESAMPLES = 4_999
_BOOTSTRAP_SEED = 20_251_111


@dataclass(frozen=True)
class Effect:
    """A paired difference, plan minus baseline.

    Attributes
    ----------
    baseline, plan
        Means over the pairs, in the unit of the KPI.
    difference, low, high
        Mean difference and its interval; the ends are NaN with fewer than two pairs.
    relative
        Difference of the means over the baseline's mean; NaN where that is 0.
    p
        Two-sided p-value of "no difference" (of the t-test, also where the interval is BCa); NaN with fewer
        than two pairs.
    p_holm
        The same, corrected by Holm over the family it was tested in; NaN until `holm` has been applied.
    pairs, dropped
        Pairs used, and pairs left out because one of the two values was not finite.
    method
        ``paired t``, ``BCa``, ``equal`` (every pair the same, the interval is a point), ``none``.
    better
        +1 if more is better, -1 if less is, 0 if neither.
    """

    baseline: float
    plan: float
    difference: float
    low: float
    high: float
    relative: float
    p: float
    p_holm: float
    pairs: int
    dropped: int
    method: str
    better: int

    @property
    def verdict(self) -> Verdict:
        """``better``, ``worse``, ``differs`` (a KPI without direction) or ``cannot tell``: does the interval
        leave out 0?"""
        if not (self.low > 0 or self.high < 0):
            return "cannot tell"
        if self.better == 0:
            return "differs"
        return "better" if (self.difference > 0) == (self.better > 0) else "worse"


def t_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    return float(stdtrit(freedom, probability))


def mean_interval(values: Float, confidence: float = 0.95) -> tuple[float, float, str]:
    """Interval of a mean over independent replicates.

    Parameters
    ----------
    values
        float64 [n], finite.
    confidence
        Nominal coverage.

    Returns
    -------
    low, high, method
        ``paired t`` below `BCA_PAIRS` values, ``BCa`` from there on; ``equal`` if all values are the same,
        ``none`` and NaN below two.
    """
    n = len(values)
    if n < 2:
        return float("nan"), float("nan"), "none"
    mean = float(values.mean())
    spread = float(values.std(ddof=1))
    if spread == 0.0 or np.all(values == values[0]):
        return mean, mean, "equal"
    if n < BCA_PAIRS:
        half = t_quantile(0.5 + confidence / 2, n - 1) * spread / n**0.5
        return mean - half, mean + half, "paired t"
    from scipy.stats import bootstrap

    # A fixed generator: the same runs give the same interval.
    result = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="BCa",
        rng=np.random.default_rng(_BOOTSTRAP_SEED),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high), "BCa"


def paired(baseline: npt.ArrayLike, plan: npt.ArrayLike, better: int = 0, confidence: float = 0.95) -> Effect:
    """The effect of a plan from runs paired by seed.

    Parameters
    ----------
    baseline, plan
        One value a seed, in the same order of seeds, float [n]. A pair with a value that is not finite is
        left out and counted.
    better
        +1 if more is better, -1 if less is, 0 if neither.
    confidence
        Nominal coverage of the interval.

    Raises
    ------
    ValueError
        If the two have different lengths.
    """
    a, b = np.asarray(baseline, np.float64), np.asarray(plan, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"pairs need two lists of one length, got shapes {a.shape} and {b.shape}")
    finite = np.isfinite(a) & np.isfinite(b)
    dropped = int((~finite).sum())
    a, b = a[finite], b[finite]
    if not len(a):
        nan = float("nan")
        return Effect(nan, nan, nan, nan, nan, nan, nan, nan, 0, dropped, "none", better)
    d = b - a
    low, high, method = mean_interval(d, confidence)
    base = float(a.mean())
    return Effect(
        baseline=base,
        plan=float(b.mean()),
        difference=float(d.mean()),
        low=low,
        high=high,
        relative=float(d.mean()) / base if base else float("nan"),
        p=_p_value(d),
        p_holm=float("nan"),
        pairs=len(d),
        dropped=dropped,
        method=method,
        better=better,
    )


def _p_value(d: Float) -> float:
    """Two-sided p-value of the t-test of mean zero."""
    if len(d) < 2:
        return float("nan")
    spread = float(d.std(ddof=1))
    if spread == 0.0:
        return 1.0 if d[0] == 0 else 0.0
    from scipy.special import stdtr

    return float(2.0 * stdtr(len(d) - 1, -abs(float(d.mean())) / (spread / len(d) ** 0.5)))


def holm(effects: Sequence[Effect]) -> list[Effect]:
    """The same effects with Holm's step-down p-values over this family (Holm 1979); one without p-value keeps
    NaN."""
    p = np.array([e.p for e in effects], np.float64)
    corrected = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    running = 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, float(p[i]) * (len(order) - rank)))
        corrected[i] = running
    return [replace(e, p_holm=float(c)) for e, c in zip(effects, corrected, strict=True)]


def bands(values: npt.ArrayLike, confidence: float = 0.95) -> tuple[Float, Float, Float]:
    """Mean and pointwise t interval over seeds of a trajectory.

    Parameters
    ----------
    values
        float [seeds, days].

    Returns
    -------
    mean, low, high
        float64 [days]; the band is the mean itself with fewer than two seeds.
    """
    v = np.asarray(values, np.float64)
    mean = v.mean(axis=0)
    if len(v) < 2:
        return mean, mean, mean
    half = t_quantile(0.5 + confidence / 2, len(v) - 1) * v.std(axis=0, ddof=1) / len(v) ** 0.5
    return mean, mean - half, mean + half


def ratio_interval(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Ratio of two means over paired replicates, with Fieller's interval.

    Parameters
    ----------
    numerator, denominator
        float [n], one value a seed.

    Returns
    -------
    ratio, low, high
        NaN where the denominator's mean cannot be told from 0, since the ratio then has no bounded interval;
        the ends are NaN with fewer than two replicates.

    Notes
    -----
    Fieller (1954): the ratios R at which mean(numerator - R * denominator) is not told from 0 by a t-test,
    the roots of a quadratic.
    """
    x, y = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    n = len(x)
    nan = float("nan")
    if n == 0 or y.mean() == 0:
        return nan, nan, nan
    ratio = float(x.mean() / y.mean())
    if n < 2:
        return ratio, nan, nan
    t2 = t_quantile(0.5 + confidence / 2, n - 1) ** 2
    cov = np.cov(x, y, ddof=1) / n
    a = float(y.mean() ** 2 - t2 * cov[1, 1])
    b = float(-2 * (x.mean() * y.mean() - t2 * cov[0, 1]))
    c = float(x.mean() ** 2 - t2 * cov[0, 0])
    if a <= 0:
        return ratio, nan, nan
    root = max(b * b - 4 * a * c, 0.0) ** 0.5
    return ratio, (-b - root) / (2 * a), (-b + root) / (2 * a)
