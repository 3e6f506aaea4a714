"""exp, log and their relatives for decisions: the same bits on every machine.

libm's functions differ between machines, which would let one choice in a thousand runs fall differently.
Those here consist of + - * /, square roots, comparisons and moves of bits, which IEEE 754 fixes; the
polynomials are Chebyshev fits made with 60 digits. All take and return float64; the tests compare them with
exact arithmetic.
"""

from __future__ import annotations

import math

import numpy as np

from sim._numba import njit

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
"""ln 2 cut to 32 bits, so that its product with an exponent is exact; the rest stands in `_LN2_LOW`."""
_LN2_LOW = 1.9082149292705877e-10
_ROUND = 6755399441055744.0
"""1.5 * 2**52: adding it leaves an integer in the low bits, rounded to nearest."""

_EXPONENT_BITS = np.int64(52)
_EXPONENT_BIAS = np.int64(1023)
_FRACTION = np.int64((1 << 52) - 1)
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_ONE_BITS = np.int64(0x3FF0000000000000)

EXP_OVERFLOW = 709.782712893384
"""The largest argument whose exponential is finite."""
EXP_UNDERFLOW = -745.1332191019411
"""The smallest argument whose exponential is not zero."""


@njit
def _power_of_two(k: int) -> float:
    """2.0**k for -1022 <= k <= 1023."""
    return np.int64((np.int64(k) + _EXPONENT_BIAS) << _EXPONENT_BITS).view(np.float64)


@njit
def _exp_tail(r: float) -> float:
    """(exp(r) - 1 - r) / r**2 for abs(r) <= ln(2)/2, relative error 2e-19 of exp(r)."""
    r2 = r * r
    r4 = r2 * r2
    low = (0.5 + r * 0.1666666666666667) + r2 * (0.04166666666666667 + r * 0.008333333333326112)
    middle = (0.001388888888888373 + r * 0.0001984126987490126) + r2 * (
        2.4801587325605324e-05 + r * 2.7557255297969643e-06
    )
    high = (2.755727357010214e-07 + r * 2.5105259538448494e-08) + r2 * 2.0914717341716378e-09
    return low + r4 * (middle + r4 * high)


@njit
def _exp_sum(x: float, small: float) -> float:
    """exp(x + small) for a finite x in the range of exp and abs(small) far below 1."""
    shifted = x * _LOG2_E + _ROUND
    whole = shifted - _ROUND
    k = int(whole)
    high = x - whole * _LN2_HIGH
    low = whole * _LN2_LOW - small
    r = high - low
    lost = (high - r) - low
    y = 1.0 + (r + (r * r * _exp_tail(r) + lost))
    if -1021 <= k <= 1022:
        return y * _power_of_two(k)
    if k > 0:
        return y * 2.0 * _power_of_two(k - 1)
    return (
        y * _power_of_two(k + 100) * 7.888609052210118e-31
    )  # 2**-100: one rounding, into the subnormal numbers


@njit
def exp(x: float) -> float:
    """e**x within one unit in the last place; inf above `EXP_OVERFLOW`, 0 below `EXP_UNDERFLOW`."""
    if x > EXP_OVERFLOW:
        return np.inf
    if x < EXP_UNDERFLOW:
        return 0.0
    if x != x:
        return x
    return _exp_sum(np.float64(x), 0.0)


@njit
def expm1(x: float) -> float:
    """e**x - 1, accurate near 0 too; ``-expm1(-rate)`` is the chance of an event within a unit of time."""
    if -0.3465 < x < 0.3465:
        return x + x * x * _exp_tail(x)
    return exp(x) - 1.0


@njit
def _log_tail(z: float) -> float:
    """(log((1 + s) / (1 - s)) / s - 2) / s**2 by z = s**2, for abs(s) <= 0.1717."""
    z2 = z * z
    z4 = z2 * z2
    low = (0.6666666666666666 + z * 0.40000000000000885) + z2 * (
        0.28571428570799784 + z * 0.22222222392581045
    )
    high = (0.18181795547521137 + z * 0.15386244737621665) + z2 * (
        0.13268638369266825 + z * 0.13088034850927555
    )
    return low + z4 * high


@njit
def _log_reduced(f: float, k: float, small: float) -> float:
    """log(2**k * (1 + f)) + small, for sqrt(1/2) <= 1 + f <= sqrt(2).

    With s = f / (2 + f), log(1 + f) = 2 s + s z tail(z); and 2 s = f - s f, f - s f = f - (f**2/2 - s
    f**2/2), so that the leading term f carries no rounding (the reduction of Tang, ACM TOMS 16, 1990).
    """
    s = f / (2.0 + f)
    z = s * s
    half_square = 0.5 * f * f
    correction = s * (half_square + z * _log_tail(z))
    return k * _LN2_HIGH - ((half_square - (correction + (k * _LN2_LOW + small))) - f)


@njit
def log(x: float) -> float:
    """Natural logarithm within one unit in the last place; -inf at 0, nan below it."""
    if not 2.2250738585072014e-308 <= x <= 1.7976931348623157e308:
        if x < 0.0:
            return np.nan
        if x == 0.0:
            return -np.inf
        if not x <= 1.7976931348623157e308:  # infinity or nan
            return x
        return _log_reduced_bits(x * 18014398509481984.0, -54)  # 2**54 lifts it out of the subnormal numbers
    return _log_reduced_bits(x, 0)


@njit
def _log_reduced_bits(x: float, shift: int) -> float:
    """log(2**shift * x) for a positive normal x."""
    bits = np.float64(x).view(np.int64)
    k = (bits - _SQRT_HALF_BITS) >> _EXPONENT_BITS
    mantissa = np.int64(bits - (k << _EXPONENT_BITS)).view(np.float64)
    return _log_reduced(mantissa - 1.0, np.float64(k + shift), 0.0)


@njit
def log1p(x: float) -> float:
    """log(1 + x), accurate near 0 too; -inf at -1, nan below it."""
    if -0.29 < x < 0.41:
        return _log_reduced(x, 0.0, 0.0)
    u = 1.0 + x
    if not 0.0 < u <= 1e300:
        return log(u)
    lost = (x - (u - 1.0)) if x < 1.0 else (1.0 - (u - x))
    bits = np.float64(u).view(np.int64)
    k = (bits - _SQRT_HALF_BITS) >> _EXPONENT_BITS
    mantissa = np.int64(bits - (k << _EXPONENT_BITS)).view(np.float64)
    return _log_reduced(mantissa - 1.0, np.float64(k), lost / u)


@njit
def sigmoid(x: float) -> float:
    """1 / (1 + e**-x), accurate in the lower tail too."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


@njit
def logit(p: float) -> float:
    """log(p / (1 - p)), the inverse of `sigmoid`; -inf at 0, inf at 1, nan outside."""
    if p < 0.25:
        return log(p / (1.0 - p))
    if p < 0.5:
        return -log1p((1.0 - 2.0 * p) / p)
    if p <= 0.75:
        return log1p((2.0 * p - 1.0) / (1.0 - p))
    return -log((1.0 - p) / p)


@njit
def _ppf_central(q: float) -> float:
    """The normal quantile of 1/2 + q for abs(q) <= 0.425."""
    r = 0.180625 - q * q
    return (
        q
        * (
            3.3871328727963665
            + r
            * (
                148.75654077063152
                + r
                * (
                    2548.2248573022625
                    + r
                    * (
                        21627.48116049056
                        + r
                        * (
                            95692.73551269759
                            + r
                            * (
                                213550.16248438213
                                + r * (214247.3801984238 + r * (74060.81462563902 + r * 3907.007639023816))
                            )
                        )
                    )
                )
            )
        )
        / (
            1.0
            + r
            * (
                46.92338689522055
                + r
                * (
                    871.2838940641986
                    + r
                    * (
                        8176.878340636071
                        + r
                        * (
                            41169.98166790856
                            + r
                            * (
                                109244.70555458817
                                + r * (140376.82723612545 + r * (72342.69749284587 + r * 9398.46451720659))
                            )
                        )
                    )
                )
            )
        )
    )


@njit
def _ppf_tail(depth: float) -> float:
    """The positive normal quantile whose upper tail is exp(-depth**2), for depth >= 1.6."""
    if depth <= 5.0:
        r = depth - 1.6
        return (
            1.4234371107496835
            + r
            * (
                4.922337390448381
                + r
                * (
                    6.75401102827585
                    + r
                    * (
                        4.943385957804307
                        + r
                        * (
                            2.153540628530495
                            + r
                            * (
                                0.5803744990260516
                                + r
                                * (
                                    0.09551821412413036
                                    + r
                                    * (
                                        0.008949461376741984
                                        + r * (0.0004085913390619826 + r * 6.3403198138876514e-06)
                                    )
                                )
                            )
                        )
                    )
                )
            )
        ) / (
            1.0
            + r
            * (
                2.25832857444295
                + r
                * (
                    2.1219201111461077
                    + r
                    * (
                        1.0831256478486933
                        + r
                        * (
                            0.32703723069574625
                            + r
                            * (
                                0.05876809300592331
                                + r
                                * (
                                    0.0058913136597827315
                                    + r * (0.0002817656425418356 + r * 4.4831977461452126e-06)
                                )
                            )
                        )
                    )
                )
            )
        )
    r = depth - 5.0
    return (
        6.657904643501099
        + r
        * (
            5.614821513388409
            + r
            * (
                1.9034238474553005
                + r
                * (
                    0.33309439361783505
                    + r
                    * (
                        0.032127870334966814
                        + r
                        * (
                            0.0016861881496240691
                            + r
                            * (
                                4.408148967847955e-05
                                + r
                                * (
                                    4.401118943590676e-07
                                    + r * (-3.064881888839653e-10 + r * -1.3872194281620439e-11)
                                )
                            )
                        )
                    )
                )
            )
        )
    ) / (
        1.0
        + r
        * (
            0.6225175122656305
            + r
            * (
                0.14973365319707801
                + r
                * (
                    0.017564996832474998
                    + r
                    * (
                        0.0010452707119405877
                        + r
                        * (
                            2.9611444238736114e-05
                            + r
                            * (
                                3.120104155914326e-07
                                + r * (-1.6769031706533412e-10 + r * -9.809106055458263e-12)
                            )
                        )
                    )
                )
            )
        )
    )


@njit
def norm_ppf(p: float) -> float:
    """Quantile of the standard normal distribution; -inf at 0, inf at 1, nan outside.

    Rational functions in the regions and variables of Wichura (AS 241, Applied Statistics 37, 1988), fitted
    anew.
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return _ppf_central(q)
    if not 0.0 < p < 1.0:
        return -np.inf if p == 0.0 else np.inf if p == 1.0 else np.nan
    if q < 0.0:
        return -_ppf_tail(math.sqrt(-log(p)))
    return _ppf_tail(math.sqrt(-log(1.0 - p)))
