"""What analysts make of an experiment's data: five usual estimators, each with the interval that its users report.

All are per unit and day. None knows about interference; how far that misleads them is what `seedbed abtest` shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.comparison.intervals import t_quantile

Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Guess:
    """An estimate with its interval; NaN where the data allow none."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float, freedom: float, confidence: float = 0.95) -> Guess:
        """From a standard error and its degrees of freedom."""
        if not (np.isfinite(value) and np.isfinite(error) and freedom >= 1):
            return cls(float(value), float("nan"), float("nan"))
        half = t_quantile(0.5 + confidence / 2, freedom) * error
        return cls(float(value), float(value - half), float(value + half))

    def covers(self, truth: float) -> bool:
        """Whether the truth lies inside."""
        return bool(self.low <= truth <= self.high)

    @property
    def finds(self) -> bool:
        """Whether it leaves out 0."""
        return bool(self.low > 0.0 or self.high < 0.0)


def welch(treated: Float, control: Float, confidence: float = 0.95) -> Guess:
    """Difference of two means with the variance of Neyman and the degrees of freedom of Welch and Satterthwaite."""
    nan = float("nan")
    if len(treated) < 2 or len(control) < 2:
        return Guess(nan, nan, nan)
    parts = np.array([treated.var(ddof=1) / len(treated), control.var(ddof=1) / len(control)])
    error2 = float(parts.sum())
    below = float((parts**2 / np.array([len(treated) - 1, len(control) - 1])).sum())
    freedom = error2**2 / below if below > 0 else 1e9
    return Guess.of(float(treated.mean() - control.mean()), error2**0.5, freedom, confidence)


def difference_in_means(y: Float, on: Bool, confidence: float = 0.95) -> Guess:
    """Treated units less the others, units taken as independent.

    Parameters
    ----------
    y
        Outcome a unit and day, float64 [units].
    on
        Who got the plan.
    """
    return welch(y[on], y[~on], confidence)


def clustered(y: Float, on: Bool, cluster: npt.NDArray[np.int64], confidence: float = 0.95) -> Guess:
    """The same difference with an error that is robust to clusters (Liang and Zeger 1986, with CR1's factor).

    Parameters
    ----------
    cluster
        Cluster of each unit; a cluster lies in one arm.
    """
    error2, freedom, means = 0.0, -2.0, []
    for arm in (on, ~on):
        if not arm.any():
            return Guess(float("nan"), float("nan"), float("nan"))
        _, at = np.unique(cluster[arm], return_inverse=True)
        mean = float(y[arm].mean())
        residuals = np.bincount(at, weights=y[arm] - mean)
        count = len(residuals)
        if count < 2:
            return Guess(float("nan"), float("nan"), float("nan"))
        error2 += count / (count - 1) * float((residuals**2).sum()) / int(arm.sum()) ** 2
        freedom += count
        means.append(mean)
    return Guess.of(means[0] - means[1], error2**0.5, freedom, confidence)


def difference_in_differences(
    before: Float, after: Float, on: Bool, cluster: npt.NDArray[np.int64], confidence: float = 0.95
) -> Guess:
    """Change of the treated less change of the others, with the error of `clustered`.

    Parameters
    ----------
    before, after
        Outcome a unit and day before the plan and since, float64 [units].
    """
    return clustered(after - before, on, cluster, confidence)


def before_and_after(before: Float, after: Float, confidence: float = 0.95) -> Guess:
    """Change of all units where everybody got the plan: season, growth and habit are in it."""
    change = after - before
    return Guess.of(
        float(change.mean()), float(change.std(ddof=1)) / len(change) ** 0.5, len(change) - 1, confidence
    )


def correlation(daily: Float, dose: Float, confidence: float = 0.95) -> Guess:
    """Slope of the day's outcome on what was spent on that day, times the mean spent since the plan began.

    Parameters
    ----------
    daily
        Mean outcome a unit on each day, float64 [days].
    dose
        Money spent on each day.

    Notes
    -----
    Ordinary least squares, errors taken as independent: what a chart of sales beside spend suggests.
    """
    n = len(daily)
    x = dose - dose.mean()
    square = float((x**2).sum())
    if n < 3 or square <= 0.0:
        return Guess(float("nan"), float("nan"), float("nan"))
    slope = float((x * daily).sum()) / square
    residuals = daily - daily.mean() - slope * x
    error = (float((residuals**2).sum()) / (n - 2) / square) ** 0.5
    mean = float(dose[np.flatnonzero(dose)[0] :].mean())
    return Guess.of(slope * mean, error * mean, n - 2, confidence)


def switchback(daily: Float, on: Bool, length: int, washout: int, confidence: float = 0.95) -> Guess:
    """Slices of time with the plan less those without, slices taken as independent.

    Parameters
    ----------
    daily
        Mean outcome a unit on each day of the experiment, float64 [days].
    on
        Which slices had the plan, bool [slices].
    length, washout
        Days of a slice; days left out at the start of each, in which the last one still works.
    """
    whole = daily[: len(on) * length].reshape(len(on), length)[:, washout:].mean(axis=1)
    return welch(whole[on], whole[~on], confidence)
