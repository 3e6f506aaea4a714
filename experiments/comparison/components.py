"""An interval over what is not known and over chance: runs at several draws of the parameters, several seeds at each.

The effect that a plan has in the world lies where one unknown set of parameters puts it. More seeds make its mean over draws
sharper and leave that spread as it is; so the interval holds the spread over draws and the error of the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Components:
    """Variance components of several columns.

    Attributes
    ----------
    mean
        Mean over all runs, float64 [columns].
    parameters
        Covariance of the effect between draws of the parameters, float64 [columns, columns].
    variance
        Covariance of the effect at an unknown draw about the mean: between draws, and the error of the mean.
    share
        Part of that variance which is owed to parameters, 0 to 1; NaN where there is none, or no two seeds share a draw.
    freedom
        Draws less one.
    """

    mean: Float
    parameters: Float
    variance: Float
    share: Float
    freedom: int


def components(values: npt.ArrayLike, draws: npt.ArrayLike) -> Components:
    """Variance components by a one-way analysis of variance with random effects (Searle, Casella and McCulloch 1992, 3.6).

    Parameters
    ----------
    values
        float [runs, columns], finite.
    draws
        Draw of each run, int [runs].

    Notes
    -----
    With one seed a draw the two cannot be told apart: all variance is then taken for one between draws, which is never too
    little.
    """
    v = np.asarray(values, np.float64)
    _, code, size = np.unique(np.asarray(draws), return_inverse=True, return_counts=True)
    n, groups, columns = len(v), len(size), v.shape[1]
    nan = np.full((columns, columns), np.nan)
    mean = v.mean(axis=0)
    if groups < 2:
        return Components(mean, nan, nan.copy(), np.full(columns, np.nan), 0)
    sums = np.zeros((groups, columns))
    np.add.at(sums, code, v)
    middle = sums / size[:, None]
    apart = (middle - mean) * np.sqrt(size)[:, None]
    between = apart.T @ apart / (groups - 1)
    if n == groups:
        return Components(mean, nan, between * (1.0 + 1.0 / groups), np.full(columns, np.nan), groups - 1)
    rest = v - middle[code]
    within = rest.T @ rest / (n - groups)
    usual = (n - (size**2).sum() / n) / (groups - 1)
    parameters = (between - within) / usual
    lost = np.diag(parameters) <= 0.0  # chance alone explains them
    parameters[lost, :] = parameters[:, lost] = 0.0
    owed = parameters * (1.0 + float((size**2).sum()) / n**2)
    variance = owed + within / n
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(np.diag(variance) > 0, np.diag(owed) / np.diag(variance), np.nan)
    return Components(mean, parameters, variance, share, groups - 1)
