"""What a plan changed: paired differences between runs that share a random seed, with an interval over seeds.

Two runs with one seed differ only where the plan made a difference, so the pair is the unit of evidence. A
mean difference gets an interval of `intervals`; what is tested together is corrected together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from experiments.comparison.components import components
from experiments.comparison.intervals import mean_intervals, t_quantile

Float = npt.NDArray[np.float64]
Verdict = Literal["better", "worse", "differs", "cannot tell"]


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
    p_holm, p_bh
        The same, corrected by Holm, and by Benjamini and Hochberg, over the family it was tested in; NaN until
        `corrected` has been applied.
    pairs, dropped
        Pairs used, and pairs left out because one of the two values was not finite.
    method
        ``paired t``, ``BCa``, ``bootstrap t``, ``equal`` (every pair the same, the interval is a point), ``none``.
    better
        +1 if more is better, -1 if less is, 0 if neither.
    saved
        Variance of the difference of independent runs over that of the pairs: how many times as many runs
        would be needed without pairing.
    parameters
        Share of the interval's variance that is owed to parameters which are not known, the rest to chance; NaN where all
        runs have the same.
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
    p_bh: float = float("nan")
    saved: float = float("nan")
    parameters: float = float("nan")

    @property
    def verdict(self) -> Verdict:
        """``better``, ``worse``, ``differs`` (a KPI without direction) or ``cannot tell``: does the interval
        leave out 0?"""
        if not (self.low > 0 or self.high < 0):
            return "cannot tell"
        if self.better == 0:
            return "differs"
        return "better" if (self.difference > 0) == (self.better > 0) else "worse"


def paired(
    baseline: npt.ArrayLike,
    plan: npt.ArrayLike,
    better: int = 0,
    confidence: float = 0.95,
    draws: Sequence[int] = (),
) -> Effect:
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
    draws
        Draw of the parameters of each pair, where they are not known.

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
    kept = np.asarray(draws)[finite].tolist() if len(draws) else ()
    return _effects(a[:, None], b[:, None], [better], confidence, dropped, kept)[0]


def paired_many(
    baseline: npt.ArrayLike,
    plan: npt.ArrayLike,
    better: Sequence[int],
    confidence: float = 0.95,
    draws: Sequence[int] = (),
) -> list[Effect]:
    """`paired` for many KPIs at once, which resamples seeds once for all of them.

    Parameters
    ----------
    baseline, plan
        float [seeds, KPIs].
    better
        +1, -1 or 0 a KPI.
    confidence, draws
        As in `paired`.
    """
    a, b = np.asarray(baseline, np.float64), np.asarray(plan, np.float64)
    whole = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    found: dict[int, Effect] = {}
    columns = np.flatnonzero(whole)
    if len(columns) and len(a):
        directions = [better[int(i)] for i in columns]
        effects = _effects(a[:, columns], b[:, columns], directions, confidence, 0, draws)
        found = dict(zip(columns.tolist(), effects, strict=True))
    return [
        found[i] if i in found else paired(a[:, i], b[:, i], better[i], confidence, draws)
        for i in range(a.shape[1])
    ]


def _effects(
    a: Float, b: Float, better: Sequence[int], confidence: float, dropped: int, draws: Sequence[int]
) -> list[Effect]:
    """Effects of finite columns, float64 [seeds, KPIs]."""
    d = b - a
    low, high, method = mean_intervals(d, confidence, draws)
    p = p_values(d, draws)
    owed = components(d, draws).share if len(draws) else np.full(d.shape[1], np.nan)
    before, after, difference = a.mean(axis=0), b.mean(axis=0), d.mean(axis=0)
    nan = float("nan")
    return [
        Effect(
            baseline=float(before[i]),
            plan=float(after[i]),
            difference=float(difference[i]),
            low=float(low[i]),
            high=float(high[i]),
            relative=float(difference[i] / before[i]) if before[i] else nan,
            p=float(p[i]),
            p_holm=nan,
            pairs=len(d),
            dropped=dropped,
            method=method[i],
            better=better[i],
            saved=float((a[:, i].var(ddof=1) + b[:, i].var(ddof=1)) / max(d[:, i].var(ddof=1), 1e-300))
            if len(d) > 1 and method[i] != "equal"
            else nan,
            parameters=float(owed[i]),
        )
        for i in range(d.shape[1])
    ]


def p_values(d: Float, draws: Sequence[int] = ()) -> Float:
    """Two-sided p-values of the t-test of mean zero, a column each; NaN below two rows, or below two draws."""
    from scipy.special import stdtr

    n = len(d)
    if n < 2 or (len(draws) and len(set(draws)) < 2):
        return np.full(d.shape[1], np.nan)
    mean, spread = d.mean(axis=0), d.std(axis=0, ddof=1)
    error, freedom = spread / n**0.5, n - 1
    if len(draws):
        found = components(d, draws)
        error, freedom = np.sqrt(np.diag(found.variance)), found.freedom
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2.0 * stdtr(freedom, -np.abs(mean) / error)
    out: Float = np.where(spread == 0.0, np.where(mean == 0.0, 1.0, 0.0), p)
    return out


def corrected(effects: Sequence[Effect]) -> list[Effect]:
    """The same effects with p-values corrected over this family; one without p-value keeps NaN.

    Notes
    -----
    Holm's step-down procedure (Holm 1979) bounds the chance of any false finding, whatever the dependence;
    Benjamini and Hochberg's (1995) the expected share of false ones, for independent or positively dependent
    tests.
    """
    from scipy.stats import false_discovery_control

    p = np.array([e.p for e in effects], np.float64)
    holm, discovery = np.full(len(p), np.nan), np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    if len(tested):
        order = tested[np.argsort(p[tested], kind="stable")]
        steps = np.minimum(1.0, p[order] * np.arange(len(order), 0, -1))
        holm[order] = np.maximum.accumulate(steps)
        discovery[tested] = false_discovery_control(p[tested])
    return [
        replace(e, p_holm=float(h), p_bh=float(q)) for e, h, q in zip(effects, holm, discovery, strict=True)
    ]


def bands(
    values: npt.ArrayLike, confidence: float = 0.95, draws: Sequence[int] = ()
) -> tuple[Float, Float, Float]:
    """Mean and pointwise t interval over seeds of a trajectory.

    Parameters
    ----------
    values
        float [seeds, days].
    confidence, draws
        As in `paired`.

    Returns
    -------
    mean, low, high
        float64 [days]; the band is the mean itself with fewer than two seeds.
    """
    v = np.asarray(values, np.float64)
    mean = v.mean(axis=0)
    if len(v) < 2:
        return mean, mean, mean
    if len(draws):
        return mean, *mean_intervals(v, confidence, draws)[:2]
    half = t_quantile(0.5 + confidence / 2, len(v) - 1) * v.std(axis=0, ddof=1) / len(v) ** 0.5
    return mean, mean - half, mean + half


def ratio_interval(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    confidence: float = 0.95,
    draws: Sequence[int] = (),
) -> tuple[float, float, float]:
    """Ratio of two means over paired replicates, with Fieller's interval.

    Parameters
    ----------
    numerator, denominator
        float [n], one value a seed.
    confidence, draws
        As in `paired`.

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
    freedom, cov = n - 1, np.cov(x, y, ddof=1) / n
    if len(draws):
        over = components(np.column_stack([x, y]), draws)
        freedom, cov = over.freedom, over.variance
        if freedom < 1:
            return ratio, nan, nan
    t2 = t_quantile(0.5 + confidence / 2, freedom) ** 2
    a = float(y.mean() ** 2 - t2 * cov[1, 1])
    b = float(-2 * (x.mean() * y.mean() - t2 * cov[0, 1]))
    c = float(x.mean() ** 2 - t2 * cov[0, 0])
    if a <= 0:
        return ratio, nan, nan
    root = max(b * b - 4 * a * c, 0.0) ** 0.5
    return ratio, (-b - root) / (2 * a), (-b + root) / (2 * a)
