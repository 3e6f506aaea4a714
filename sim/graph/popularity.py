"""How attractive members are as accounts, and how many accounts they follow: the two uneven things of a
follower graph.

Both are drawn by member id alone, so that a member is the same in every graph of a seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.numerics import exp, expm1, log, norm_ppf
from sim.philox import block, blocks
from sim.streams import S_PICK

__all__ = ["draw_followee_counts", "draw_popularity", "popularity_quantile"]

Float64 = npt.NDArray[np.float64]
UInt32 = npt.NDArray[np.uint32]

COUNT_ORDINAL = 2**32 - 1
"""The ordinal of the stream of choices under which the number of choices and the popularity are drawn."""

SPREAD = 0.8
"""Standard deviation of the logarithm of followee numbers; an assumption, from 0.5 to 1.2."""

SHAPE = 0.1
"""Lower shape of popularity; an assumption that gives follower Ginis of 0.87 to 0.9 (from 0.05 to 0.2)."""


@njit
def _quantiles(chances: Float64, tail: float, shape: float) -> Float64:
    out = np.empty(len(chances))
    for i in range(len(chances)):
        # (rank ** (-1 / shape) - 1) ** (-1 / tail)
        out[i] = exp(-log(expm1(-log(chances[i]) / shape)) / tail)
    return out


def popularity_quantile(chances: Any, exponent: float = 2.3, shape: float = SHAPE) -> Float64:
    """Popularity at given ranks: quantiles of Dagum's distribution.

    Its upper tail is a power law whose density has the given exponent; towards zero it behaves as
    ``w ** ((exponent - 1) * shape - 1)``, so a small `shape` leaves most members with next to nothing.
    (Dagum, "A new model of personal income distribution", Économie Appliquée 30, 1977.)

    Parameters
    ----------
    chances
        Ranks within (0, 1), float64[n], uniform if the popularities are to follow the distribution; correlate
        them with skill to make the skilled popular.
    exponent
        Exponent of the tail's density, above 1.
    shape
        Above 0; 0.1 gives a Gini coefficient of 0.93 at the exponent 2.3, and 0.4 one of 0.83.

    Returns
    -------
    ndarray of float64
    """
    if not exponent > 1.0 or not shape > 0.0:
        raise GraphError(f"popularity needs an exponent above 1 and a shape above 0, not {exponent}, {shape}")
    ranks = np.ascontiguousarray(chances, np.float64)
    if len(ranks) and not (ranks.min() > 0.0 and ranks.max() < 1.0):
        raise GraphError("ranks of popularity lie strictly between 0 and 1")
    return _quantiles(ranks, float(exponent) - 1.0, float(shape))


def draw_popularity(ids: UInt32, exponent: float = 2.3, shape: float = SHAPE, seed: int = 0) -> Float64:
    """Popularity of members by id, float64[n]; parameters as for `popularity_quantile`."""
    words = blocks(seed, S_PICK, ids, COUNT_ORDINAL).astype(np.uint64)
    ranks = ((words[:, 2] << np.uint64(20)) + (words[:, 3] >> np.uint64(12)) + 0.5) * 2.0**-52
    return popularity_quantile(ranks, exponent, shape)


@njit("i8[::1](u4[::1],f8[::1],u8,f8,i8)")  # one signature: a seed may exceed int64
def _counts(ids: UInt32, means: Float64, seed: int, spread: float, ordinal: int) -> npt.NDArray[np.int64]:
    out = np.zeros(len(ids), np.int64)
    for u in range(len(ids)):
        mean = means[u if len(means) > 1 else 0]
        if mean > 0.0:
            w0, w1, _, _ = block(seed, S_PICK, ids[u], ordinal, 0, 0)
            normal = norm_ppf((w0 + 0.5) * 2.0**-32)
            out[u] = int(mean * exp(spread * normal - 0.5 * spread * spread) + (w1 + 0.5) * 2.0**-32)
    return out


def draw_followee_counts(
    ids: UInt32, mean: Any, spread: float = SPREAD, seed: int = 0
) -> npt.NDArray[np.int64]:
    """How many accounts each member chooses, int64[n]: log-normal, rounded at random so that the mean is
    kept.

    Parameters
    ----------
    ids
        uint32[n].
    mean
        Expected number, one for all or float64[n]; 0 means none for certain.
    spread
        Standard deviation of the logarithm.
    seed
        Random seed, uint64.
    """
    means = np.atleast_1d(np.asarray(mean, np.float64))
    if means.shape not in ((1,), (len(ids),)) or not (means >= 0.0).all() or not np.isfinite(means).all():
        raise GraphError(
            f"mean_followees is a number of at least 0, or one for each of {len(ids):,} members, not {mean!r}"
        )
    return _counts(ids, np.ascontiguousarray(means), seed, spread, COUNT_ORDINAL)
