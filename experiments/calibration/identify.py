"""What the targets can and cannot tell: directions in which they leave the parameters free, and pairs that stand in for each
other.

Everything follows from how the moments move with the parameters at the best point, in units of their errors (the Fisher
information of normal moments), beside what the uniform prior says already.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]

PRIOR = 12.0
"""Precision of a uniform prior from 0 to 1."""
CONFOUNDED = 0.9
"""Correlation from which two parameters stand in for each other."""
TOLD = 0.5
"""Share of a prior's variance that must be taken away for a parameter to be called fitted."""


@dataclass(frozen=True)
class Identified:
    """What is known at the best point.

    Attributes
    ----------
    information
        Eigenvalues of the information, in units of the prior's, the smallest first; below 1 the prior says more.
    directions
        Their eigenvectors, a column each.
    correlation
        Of the parameters, given targets and prior.
    """

    information: Float
    directions: Float
    correlation: Float

    def pairs(self) -> list[tuple[int, int, float]]:
        """Pairs of parameters that the targets cannot tell apart, with their correlation."""
        p = len(self.correlation)
        return [
            (i, j, float(self.correlation[i, j]))
            for i in range(p)
            for j in range(i + 1, p)
            if abs(self.correlation[i, j]) >= CONFOUNDED
        ]

    def loose(self) -> list[tuple[float, Float]]:
        """Directions about which the targets say less than the prior: information, and weights of the parameters."""
        return [
            (float(value), self.directions[:, at]) for at, value in enumerate(self.information) if value < 1.0
        ]


def identified(slopes: Float, spread: Float) -> Identified:
    """Identifiability at a point.

    Parameters
    ----------
    slopes
        How the moments move with the parameters, float64 [moments, parameters], per width of the prior.
    spread
        Error of each moment, float64 [moments].
    """
    scaled = slopes / spread[:, None]
    information = scaled.T @ scaled
    values, vectors = np.linalg.eigh(information)
    covariance = np.linalg.inv(information + PRIOR * np.eye(information.shape[0]))
    sd = np.sqrt(np.diag(covariance))
    return Identified(np.maximum(values, 0.0) / PRIOR, vectors, covariance / np.outer(sd, sd))
