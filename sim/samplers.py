"""Samplers: from the words of one address to one value of a distribution.

None of them rejects, so a value is a function of its words alone and never needs another block. All but
`categorical` are monotone in their first word, so that draws which share an address move together when a
parameter moves.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.numerics import exp, log, log1p, norm_ppf

__all__ = [
    "NEVER",
    "bernoulli",
    "binomial",
    "categorical",
    "exponential",
    "geometric",
    "lognormal",
    "normal",
    "normals",
    "poisson",
    "uniform",
    "uniform53",
    "uniforms_of",
]

_SHIFT_HIGH = np.uint64(20)
_SHIFT_LOW = np.uint64(12)

NEVER = 1 << 62
"""What `geometric` gives where success is impossible; no count is larger."""
SEARCH_UP_TO = 1e9
"""The largest mean of a count that is inverted by search, in about a millisecond."""


@njit(forceinline=True, _nrt=False)
def uniform(w: int) -> float:
    """(w + 1/2) / 2**32: uniform in the open interval (0, 1), from one word."""
    return (w + 0.5) * 2.3283064365386963e-10  # 2**-32


def uniforms_of(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
    """`uniform` of every word of an array, of the same shape."""
    return (words.astype(np.float64) + 0.5) * 2.0**-32


@njit
def uniform53(w0: int, w1: int) -> float:
    """Uniform in the open interval (0, 1) from two words, an odd multiple of 2**-53; its 1 - u is exact."""
    high = np.uint64(w0) << _SHIFT_HIGH
    low = np.uint64(w1) >> _SHIFT_LOW
    return (np.float64(high | low) + 0.5) * 2.220446049250313e-16  # 2**-52


@njit
def bernoulli(w: int, p: float) -> bool:
    """Whether an event of probability p happens, to 2**-32; never at p <= 0, always at p >= 1."""
    return uniform(w) < p


@njit
def categorical(w: int, cumulative: npt.NDArray[Any]) -> int:
    """The index at which a running sum of weights is passed: for short lists that no plan changes.

    Parameters
    ----------
    w
        uint32.
    cumulative
        Running sums of weights, not falling; the last is the total, and need not be 1.

    Returns
    -------
    int
        Index, or -1 if all weights are 0. An index of weight 0 is never returned.
    """
    target = uniform(w) * cumulative[-1]
    for index in range(len(cumulative)):
        if target < cumulative[index]:
            return index
    return -1


@njit
def normal(w0: int, w1: int) -> float:
    """Standard normal, by the inverse of its distribution function."""
    return norm_ppf(uniform53(w0, w1))


@njit("f8[::1](u4[::1],u4[::1])")
def normals(w0: npt.NDArray[np.uint32], w1: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
    """`normal` of every pair of words, float64 [n]."""
    out = np.empty(len(w0))
    for i in range(len(w0)):
        out[i] = normal(w0[i], w1[i])
    return out


@njit
def lognormal(w0: int, w1: int, mu: float, sigma: float) -> float:
    """exp of a normal number with mean mu and standard deviation sigma."""
    return exp(mu + sigma * normal(w0, w1))


@njit
def exponential(w: int) -> float:
    """Exponential with mean 1; it falls as the word rises."""
    return -log(uniform(w))


@njit
def geometric(w0: int, w1: int, p: float) -> int:
    """Number of trials until the first success, 1 or more, with probability p each; `NEVER` at p <= 0."""
    if p <= 0.0:
        return NEVER
    if p >= 1.0:
        return 1
    trials = log(1.0 - uniform53(w0, w1)) / log1p(-p)
    return NEVER if trials >= 4.6e18 else 1 + int(trials)


@njit
def _stirling_error(n: float) -> float:
    """log(n!) minus Stirling's formula log(sqrt(2 pi n) (n / e)**n), for n >= 1."""
    shifted = 0.0
    while n < 16.0:
        # The error at n from that at n + 1: (n + 1/2) log(1 + 1/n) - 1.
        shifted += (n + 0.5) * log1p(1.0 / n) - 1.0
        n += 1.0
    r = 1.0 / n
    r2 = r * r
    series = 1.0 / 1260.0 - r2 * (1.0 / 1680.0 - r2 * (1.0 / 1188.0 - r2 * (691.0 / 360360.0)))
    return shifted + r * (1.0 / 12.0 - r2 * (1.0 / 360.0 - r2 * series))


@njit
def _deviance(x: float, mean: float) -> float:
    """x log(x / mean) + mean - x without cancellation, for x, mean > 0."""
    d = (x - mean) / mean
    if not -0.2 < d < 0.2:
        return x * log(x / mean) + mean - x
    # With v = d / (2 + d): log(1 + d) = 2 (v + v**3/3 + v**5/5 + ...).
    v = d / (2.0 + d)
    v2 = v * v
    total = (x - mean) * v
    term = 2.0 * x * v
    for j in range(3, 40, 2):
        term *= v2
        grown = total + term / j
        if grown == total:
            break
        total = grown
    return total


MOST = 1.0 - 2.0**-45
"""Largest probability of which counts are sought: nearer to 1 the rounding of a sum, and not the draw, would decide, and a
larger parameter could give a smaller count."""


@njit
def _search_start(mean: float) -> float:
    """A count, 0 or more, below which a Poisson or binomial number lies with probability under 2**-60.

    Both have P(X <= mean - t) <= exp(-t**2 / (2 mean)) (Chernoff); 9.2**2 / 2 exceeds 60 log(2).
    """
    return max(0.0, math.floor(mean - 9.2 * math.sqrt(mean)))


@njit
def _expanded_quantile(u: float, mean: float, deviation: float, skewness: float) -> int:
    """Quantile of a count by the expansion of Cornish and Fisher, within one above `SEARCH_UP_TO`."""
    z = norm_ppf(u)
    quantile = mean + deviation * (z + skewness * (z * z - 1.0) / 6.0)
    return int(quantile + 0.5) if quantile < 4.6e18 else NEVER  # an infinite mean makes it nan


@njit
def poisson(w0: int, w1: int, mean: float) -> int:
    """Poisson number by inversion, exact to rounding up to a mean of `SEARCH_UP_TO`; 0 at mean <= 0.

    The search begins where the lower tail is negligible, with the probability there by Loader's saddle-point
    formula ("Fast and accurate computation of binomial probabilities", 2000), and takes about 9 sqrt(mean)
    steps.
    """
    if not mean > 0.0:
        return 0
    mean = np.float64(mean)
    u = min(uniform53(w0, w1), MOST)
    if mean > SEARCH_UP_TO:
        return _expanded_quantile(u, mean, math.sqrt(mean), 1.0 / math.sqrt(mean))
    k = _search_start(mean)
    if k == 0.0:
        p = exp(-mean)
    else:
        p = exp(-_stirling_error(k) - _deviance(k, mean)) / math.sqrt(6.283185307179586 * k)
    total = p
    while total <= u:
        k += 1.0
        p *= mean / k
        grown = total + p
        if grown == total and k > mean:  # the upper tail that rounding hides
            break
        total = grown
    return int(k)


@njit
def binomial(w0: int, w1: int, n: int, p: float) -> int:
    """Number of successes among n trials with probability p each, by inversion as in `poisson`."""
    if n <= 0 or not p > 0.0:
        return 0
    if p >= 1.0:
        return int(n)
    u = min(uniform53(w0, w1), MOST)
    trials = np.float64(n)
    if trials * min(p, 1.0 - p) > SEARCH_UP_TO:
        deviation = math.sqrt(trials * p * (1.0 - p))
        return _expanded_quantile(u, trials * p, deviation, (1.0 - 2.0 * p) / deviation)
    if p > 0.5:
        return int(n) - _binomial_below_half(1.0 - u, trials, 1.0 - p)
    return _binomial_below_half(u, trials, p)


@njit
def _binomial_below_half(u: float, n: float, p: float) -> int:
    """The binomial count at which the distribution function passes u, for p <= 1/2."""
    q = 1.0 - p
    k = _search_start(n * p)
    if k == 0.0:
        probability = exp(n * log1p(-p))
    else:
        error = _stirling_error(n) - _stirling_error(k) - _stirling_error(n - k)
        distance = _deviance(k, n * p) + _deviance(n - k, n * q)
        probability = exp(error - distance) * math.sqrt(n / (6.283185307179586 * k * (n - k)))
    odds = p / q
    total = probability
    while total <= u and k < n:
        probability *= (n - k) / (k + 1.0) * odds
        k += 1.0
        grown = total + probability
        if grown == total and k > n * p:
            break
        total = grown
    return int(k)
