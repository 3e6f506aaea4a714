"""What the targets say about the parameters: approximate Bayesian computation on the surrogate, in two populations.

Draws whose moments, noise included, come near the targets are kept, and shifted to where they would lie had they met them
(regression adjustment, Beaumont, Zhang and Balding 2002). Each population is proposed where the one before was kept, and
weighted by how much more likely that made it (Beaumont et al. 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]

POPULATIONS = 3
WIDER = 2.0
"""Covariance of proposals, in that of the draws before."""
DRAWS = 20_000
"""Proposals of a population."""
KEPT = 1_000
"""Draws of them that are kept."""
OUT = 1_000
"""Draws of the posterior, equally likely."""
EDGE = 1e-4


@dataclass(frozen=True)
class Posterior:
    """Equally likely draws, float64 [draws, parameters], 0 to 1 in each prior."""

    draws: Float

    @property
    def mean(self) -> Float:
        """Mean of each parameter."""
        return np.asarray(self.draws.mean(axis=0))

    def interval(self, confidence: float = 0.95) -> tuple[Float, Float]:
        """Ends of the central interval of each parameter."""
        tail = 50.0 * (1.0 - confidence)
        low, high = np.percentile(self.draws, [tail, 100.0 - tail], axis=0)
        return low, high

    @property
    def learned(self) -> Float:
        """Share of each prior's variance (1/12) that the targets took away, 0 to 1."""
        return np.asarray(np.clip(1.0 - 12.0 * self.draws.var(axis=0), 0.0, 1.0))


def posterior(
    simulate: Callable[[Float, np.random.Generator], Float],
    parameters: int,
    target: Float,
    spread: Float,
    seed: int = 1,
) -> Posterior:
    """Draws of the parameters, given the targets.

    Parameters
    ----------
    simulate
        Moments at places, with all noise, float64 [places, moments].
    parameters
        How many there are; their prior is uniform from 0 to 1.
    target, spread
        What the moments should be, and the scale of each in the distance, float64 [moments].
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    places = rng.random((DRAWS, parameters))
    density = np.ones(DRAWS)
    for population in range(POPULATIONS):
        moments = simulate(places, rng)
        kept = _nearest(moments, target, spread, KEPT)
        places, moments, density = places[kept], moments[kept], density[kept]
        distance = np.sqrt((((moments - target) / spread) ** 2).sum(axis=1))
        weights = (1.0 - (distance / (distance.max() * 1.0001)) ** 2) / density
        adjusted = _adjusted(places, (moments - target) / spread, weights)
        if population < POPULATIONS - 1:
            places, density = _proposed(adjusted, weights, rng)
    chosen = rng.choice(len(adjusted), OUT, p=weights / weights.sum())
    return Posterior(adjusted[chosen])


def _proposed(draws: Float, weights: Float, rng: np.random.Generator) -> tuple[Float, Float]:
    """Places about where draws lie, a tenth of them from the prior so that no weight grows without bound, and their density."""
    p = draws.shape[1]
    centre = np.average(draws, axis=0, weights=weights)
    around = WIDER * np.cov(draws, rowvar=False, aweights=weights).reshape(p, p) + 1e-6 * np.eye(p)
    root = np.linalg.cholesky(around)
    places = centre + rng.standard_normal((DRAWS, p)) @ root.T
    wide = rng.random(DRAWS) < 0.1
    places[wide] = rng.random((int(wide.sum()), p))
    places = places[((places > 0.0) & (places < 1.0)).all(axis=1)]
    gap = np.linalg.solve(root, (places - centre).T)
    normal = np.exp(-0.5 * (gap**2).sum(axis=0)) / np.prod(np.diag(root)) / (2.0 * np.pi) ** (p / 2)
    return places, 0.9 * normal + 0.1


def _nearest(moments: Float, target: Float, spread: Float, count: int) -> npt.NDArray[np.intp]:
    distance = (((moments - target) / spread) ** 2).sum(axis=1)
    return np.argsort(distance, kind="stable")[: min(count, len(distance))]


def _adjusted(places: Float, gaps: Float, weights: Float) -> Float:
    """Draws shifted along a weighted regression on their gaps to the targets, in logits, so that they stay in their prior."""
    inside = np.clip(places, EDGE, 1.0 - EDGE)
    logits = np.log(inside / (1.0 - inside))
    basis = np.column_stack([np.ones(len(gaps)), gaps])
    root = np.sqrt(weights)[:, None]
    slope = np.linalg.lstsq(basis * root, logits * root, rcond=None)[0][1:]
    moved = logits - gaps @ slope
    return np.asarray(1.0 / (1.0 + np.exp(-moved)))
