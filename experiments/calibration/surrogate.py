"""A cheap stand-in for the simulation: each moment as a Gaussian process of the parameters, fitted to the points played.

Moments that cannot be negative and vary over a range are taken in logarithms, in which rates are nearly linear in the logits that
move them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize

Float = npt.NDArray[np.float64]

LEAST_NOISE = 1e-6
"""Variance of noise, as a share of a moment's own, below which a fit is not pushed."""


@dataclass
class Process:
    """One moment as a Gaussian process with a linear mean.

    Attributes
    ----------
    places
        Points played, float64 [points, parameters], 0 to 1 in each prior.
    scale, offset
        What the values were standardised with.
    mean
        Coefficients of the linear mean, the constant first.
    lengths, signal, noise
        Length of each parameter's correlation; variances of the process and of noise.
    theta
        Logarithms of the three.
    """

    places: Float
    offset: float
    scale: float
    mean: Float
    lengths: Float
    signal: float
    noise: float
    theta: Float
    _factor: tuple[Float, bool]
    _weights: Float

    @classmethod
    def fit(cls, places: Float, values: Float, start: Float | None = None) -> Process:
        """Fit by maximum likelihood (Rasmussen and Williams 2006, chapters 2 and 5), with a weak prior on lengths.

        Parameters
        ----------
        places
            float64 [points, parameters].
        values
            float64 [points].
        start
            ``theta`` of a process of fewer points, from which the search for its own is short.
        """
        offset, scale = float(values.mean()), float(values.std()) or 1.0
        y = (values - offset) / scale
        basis = np.column_stack([np.ones(len(places)), places - 0.5])
        gaps = (places[:, None, :] - places[None, :, :]) ** 2
        p = places.shape[1]

        def pieces(theta: Float) -> tuple[tuple[Float, bool], Float, Float]:
            lengths, signal, noise = np.exp(theta[:p]), np.exp(theta[p]), np.exp(theta[p + 1])
            kernel = signal * np.exp(-0.5 * (gaps / lengths**2).sum(axis=2))
            kernel[np.diag_indices_from(kernel)] += noise + LEAST_NOISE
            factor = cho_factor(kernel, lower=True)
            solved = cho_solve(factor, basis)
            ridge = basis.T @ solved + 1e-2 * np.eye(p + 1)  # a weak prior keeps few points from a wild slope
            mean = np.linalg.solve(ridge, solved.T @ y)
            return factor, mean, y - basis @ mean

        def loss(theta: Float) -> float:
            try:
                factor, _, rest = pieces(theta)
            except np.linalg.LinAlgError:
                return 1e10
            likelihood = 0.5 * rest @ cho_solve(factor, rest) + np.log(np.diag(factor[0])).sum()
            return float(
                likelihood
                + 0.5 * ((theta[:p] - 0.5) ** 2).sum()
                + 0.01 * (theta[p:] + 3.0) @ (theta[p:] + 3.0)
            )

        bounds = [(-2.0, 3.0)] * p + [(-8.0, 3.0), (-12.0, 1.0)]
        smooth, noisy = [0.0] * p + [0.0, -7.0], [0.5] * p + [-1.0, -3.0]
        firsts = [start] if start is not None else [np.array(smooth), np.array(noisy)]
        steps = {"maxiter": 40 if start is None else 8}
        ends = [minimize(loss, first, method="L-BFGS-B", bounds=bounds, options=steps) for first in firsts]
        best = min(ends, key=lambda end: float(end.fun)).x
        factor, mean, rest = pieces(best)
        return cls(
            places, offset, scale, mean, np.exp(best[:p]), float(np.exp(best[p])), float(np.exp(best[p + 1])),
            best, factor, cho_solve(factor, rest),
        )  # fmt: skip

    def predict(self, places: Float, spread: bool = False) -> tuple[Float, Float]:
        """Mean, and the standard deviation that the fit itself leaves (0 unless asked for), each float64 [places]."""
        a, b = places / self.lengths, self.places / self.lengths
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
        kernel = self.signal * np.exp(-0.5 * np.maximum(squares, 0.0))
        mean = self.mean[0] + (places - 0.5) @ self.mean[1:] + kernel @ self._weights
        out = self.offset + self.scale * mean
        if not spread:
            return out, np.zeros(len(places))
        half = solve_triangular(self._factor[0], kernel.T, lower=True)
        variance = np.maximum(self.signal - (half**2).sum(axis=0), 0.0)
        return out, self.scale * np.sqrt(variance)


@dataclass(frozen=True)
class Surrogate:
    """All moments.

    Attributes
    ----------
    processes
        One a moment.
    logs
        Which moments are in logarithms.
    """

    processes: tuple[Process, ...]
    logs: npt.NDArray[np.bool_]

    @classmethod
    def fit(
        cls, places: Float, moments: Float, logs: npt.NDArray[np.bool_], before: Surrogate | None = None
    ) -> Surrogate:
        """From points and their moments on the scale of `to_scale`, float64 [points, moments]; NaN is left out."""
        made = []
        for at in range(moments.shape[1]):
            known = np.isfinite(moments[:, at])
            start = before.processes[at].theta if before else None
            made.append(Process.fit(places[known], moments[known, at], start))
        return cls(tuple(made), logs)

    def predict(self, places: Float, spread: bool = False) -> tuple[Float, Float]:
        """Means and what the fit leaves, on the scale of `to_scale`, each float64 [places, moments]."""
        found = [process.predict(places, spread) for process in self.processes]
        return np.column_stack([f[0] for f in found]), np.column_stack([f[1] for f in found])

    def slopes(self, place: Float, step: float = 0.02) -> Float:
        """How the means move with each parameter at a place, per width of its prior, float64 [moments, parameters]."""
        p = len(place)
        up = np.clip(place + step * np.eye(p), 0.0, 1.0)
        down = np.clip(place - step * np.eye(p), 0.0, 1.0)
        width = (up - down).sum(axis=1)
        above, below = self.predict(up)[0], self.predict(down)[0]
        return np.asarray(((above - below) / width[:, None]).T)


def to_scale(values: Float, logs: npt.NDArray[np.bool_]) -> Float:
    """Moments as they are fitted: logarithms of those in ``logs``; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.where(logs, np.log(values), values)
    return np.asarray(np.where(np.isfinite(out), out, np.nan))
