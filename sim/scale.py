"""The border between the sample and the real world (rule 9; `docs/scale.md` explains and derives it).

A world of ``members`` plays ``represents`` people, ``weight`` people a member. Personal ties stay absolute: an ordinary
member with five followers stands for ordinary people with five followers. Audiences scale: a star followed by a tenth of
the members is followed by a tenth of the people. In between the exponent grows with the logarithm of the following, and
a creator of the sample stands for as many real creators of its size as keep the audience whole.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PERSONAL = 5.0
"""Followers up to which ties are personal and stay absolute (assumption)."""
AUDIENCE_SHARE = 0.02
"""Share of the members from which on a following is an audience and scales fully (assumption)."""

Float = npt.NDArray[np.float64]


def _exponent(followers: npt.ArrayLike, members: int) -> Float:
    low = np.log(PERSONAL)
    high = max(np.log(max(AUDIENCE_SHARE * members, 1.0)), low + 1.0)
    k = np.maximum(np.asarray(followers, float), 1e-9)
    exponent: Float = np.clip((np.log(k) - low) / (high - low), 0.0, 1.0)
    return exponent


def real_followers(followers: npt.ArrayLike, members: int, weight: float) -> Float:
    """Followers in the real world of a creator with so many in the sample.

    Parameters
    ----------
    followers
        Followers in the sample, any shape.
    members
        Members of the sample.
    weight
        People a member stands for.

    Returns
    -------
    float64 array
        ``k * weight ** s(k)``, s rising from 0 at five followers to 1 at two per cent of the members; the identity where
        a member stands for one person.
    """
    return np.asarray(followers, float) * weight ** _exponent(followers, members)


def creator_weight(followers: npt.ArrayLike, members: int, weight: float) -> Float:
    """Real creators that one of the sample stands for: ``weight ** (1 - s(k))``, so that creators times followers of the
    real world equals followers of the sample times ``weight``."""
    return np.asarray(weight ** (1.0 - _exponent(followers, members)), float)


def sample_followers(real: npt.ArrayLike, members: int, weight: float) -> Float:
    """Inverse of `real_followers`."""
    target = np.log(np.maximum(np.asarray(real, float), 1e-9))
    low = np.log(PERSONAL)
    high = max(np.log(max(AUDIENCE_SHARE * members, 1.0)), low + 1.0)
    slope = 1.0 + np.log(weight) / (high - low)
    middle = low + (target - low) / slope
    k = np.where(target <= low, target, np.where(middle >= high, target - np.log(weight), middle))
    return np.asarray(np.exp(k), float)


def people(count: npt.ArrayLike, weight: float) -> Float:
    """People, orders, notes, yuan of the real world for so many of the sample."""
    return np.asarray(count, float) * weight
