"""What creators ask for a placement, in real yuan: a pure function of who they are and of what is wanted.

Price by followers is P1 (a power law with a wide scatter), the premia are P2, production is P12. A creator
of the sample stands for several real ones, so one contract with them buys as many placements (`sim.scale`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.numerics import exp, norm_ppf, power
from sim.randomness import S_PRICE, blocks
from sim.scale import creator_weight, real_followers

Float = npt.NDArray[np.float64]

BASE = 0.47
"""Yuan at one follower: P1 (weak, derived), through 425 yuan at 3,000 followers and 150,000 at 3 million."""
ELASTICITY = 0.85
"""Growth of the price with followers: P1 (weak, derived)."""
SCATTER = 0.6
"""Standard deviation of the log of a price at given followers: P1 (weak, derived)."""
PREMIA = {"video": 1.40, "beauty": 1.30, "mother_baby": 1.30, "peak": 1.20}
"""Factors on the price: P2 (weak); 1.3 to 1.5, 1.2 to 1.4, 1.2 to 1.4, 1.15 to 1.25."""


@dataclass(frozen=True)
class Quotes:
    """What some creators ask.

    Attributes
    ----------
    followers
        float64, followers in the real world, whole.
    stands_for
        float64, real creators that each stands for.
    price
        float64, real yuan for one note by one real creator, whole fen.
    """

    followers: Float
    stands_for: Float
    price: Float


def quotes(
    seed: int,
    creators: npt.ArrayLike,
    followers: npt.ArrayLike,
    members: int,
    weight: float,
    action: int = 0,
    premium: float = 1.0,
) -> Quotes:
    """What creators ask for one note.

    Parameters
    ----------
    seed
        The run's seed.
    creators
        uint32 [n], member ids, the key of their scatter.
    followers
        [n], followers in the sample.
    members
        Members of the sample.
    weight
        People a member stands for.
    action
        uint32, key of the action that asks: a creator's price is the same whenever the same action asks.
    premium
        Factor of everything that makes it dearer.
    """
    real, stands_for = standing(followers, members, weight)
    return Quotes(real, stands_for, asked(seed, creators, real, action, premium))


def standing(followers: npt.ArrayLike, members: int, weight: float) -> tuple[Float, Float]:
    """Followers in the real world, whole, and how many real creators each stands for: the same whoever asks."""
    real: Float = np.rint(real_followers(followers, members, weight))
    return real, np.asarray(creator_weight(followers, members, weight), float)


def asked(seed: int, creators: npt.ArrayLike, followers: Float, action: int, premium: float) -> Float:
    """What creators with so many real followers ask of an action for one note, real yuan, whole fen."""
    words = blocks(seed, S_PRICE, np.asarray(creators, np.uint32), action)
    prices: Float = _prices(followers, words[:, 0].astype(np.float64), premium)
    return prices


def premium(format: str, topic: str, peak: bool) -> float:
    """Factor on the price for the format, the category and the season (P2)."""
    factor = PREMIA.get(format, 1.0) * PREMIA.get(topic, 1.0)
    return factor * PREMIA["peak"] if peak else factor


def usual_price(followers: float) -> float:
    """Median price of one note at so many real followers, yuan (P1)."""
    return float(BASE * power(followers, ELASTICITY))


@njit("f8[::1](f8[::1],f8[::1],f8)")
def _prices(followers: Float, words: Float, premium: float) -> Any:
    """Yuan, whole fen: BASE F**ELASTICITY exp(SCATTER z) x premium."""
    out = np.empty(len(followers))
    for i in range(len(followers)):
        z = norm_ppf((words[i] + 0.5) * 2.3283064365386963e-10)
        yuan = BASE * power(followers[i], ELASTICITY) * exp(SCATTER * z) * premium
        out[i] = np.floor(yuan * 100.0 + 0.5) / 100.0
    return out
