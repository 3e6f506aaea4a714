"""exp, log and their relatives for decisions: the same bits on every machine.

libm's functions differ between machines, which would let one choice in a thousand runs fall differently.
Those here consist of + - * /, square roots, comparisons and moves of bits, which IEEE 754 fixes; the
polynomials are Chebyshev fits made with 60 digits. All take and return float64; the tests compare them with
exact arithmetic.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sim._numba import njit

_LN2_HIGH = 0.6931471803691238
"""ln 2 cut to 32 bits, so that its product with an exponent is exact; the rest stands in `_LN2_LOW`."""
_LN2_LOW = 1.9082149292705877e-10
_ROUND = 6755399441055744.0
"""1.5 * 2**52: adding it leaves an integer in the low bits, rounded to nearest."""
_ROUND_BITS = np.int64(0x4338000000000000)

_EXPONENT_BITS = np.int64(52)
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)

_STEPS = 64
"""exp is tabulated at this many powers of 2 from 1 to below 2."""
_STEPS_PER_UNIT = 92.33248261689366
"""64 / ln 2; its inverse stands in `_STEP_HIGH`, again cut to 32 bits, and `_STEP_LOW`."""
_STEP_HIGH = 0.01083042469326756
_STEP_LOW = 2.9815858269852933e-12

EXP_OVERFLOW = 709.782712893384
"""The largest argument whose exponential is finite."""
EXP_UNDERFLOW = -745.1332191019411
"""The smallest argument whose exponential is not zero."""


def _powers_of_two() -> npt.NDArray[np.float64]:
    """2**(j / 64) for j from 0 to 63 as pairs of numbers, by exact integer square roots."""
    bits = 256
    roots = [2 << bits]  # fixed point; the entry after i square roots is 2**(2**-i)
    for _ in range(6):
        roots.append(math.isqrt(roots[-1] << bits))
    pairs = np.empty((_STEPS, 2))
    for j in range(_STEPS):
        exact = 1 << bits
        for i in range(1, 7):
            if j >> (6 - i) & 1:
                exact = exact * roots[i] >> bits
        high = exact / (1 << bits)
        pairs[j] = high, (exact - int(high * 2**52) * 2 ** (bits - 52)) / (1 << bits)
    return pairs


_POWERS = _powers_of_two()


@njit(forceinline=True, _nrt=False)
def _exp_reduced(x: float, small: float) -> tuple[float, int]:
    """(y, k) with exp(x + small) = 2**k * y, for abs(x) < 1000 and abs(small) far below 1.

    x = (k + j / 64) ln 2 + r with abs(r) < 0.0055; y is off by little more than its own rounding.
    """
    shifted = x * _STEPS_PER_UNIT + _ROUND
    steps = shifted - _ROUND
    r = (x - steps * _STEP_HIGH) - (steps * _STEP_LOW - small)
    r2 = r * r
    tail = (0.4999999999998504 + r * 0.16666666666664529) + r2 * (
        0.041666707435930685 + r * 0.008333339157513314
    )
    number = np.float64(shifted).view(np.int64) - _ROUND_BITS
    j = number & (_STEPS - 1)
    y = _POWERS[j, 0] + (_POWERS[j, 1] + _POWERS[j, 0] * (r + r2 * tail))
    return y, int(number >> 6)


@njit(forceinline=True, _nrt=False)
def _times_power_of_two_in_range(y: float, k: int) -> float:
    """2**k * y for y near 1 where the result is a normal number."""
    return np.int64(np.float64(y).view(np.int64) + (np.int64(k) << _EXPONENT_BITS)).view(np.float64)


@njit
def _times_power_of_two(y: float, k: int) -> float:
    """2**k * y for y near 1, rounded once where the result is subnormal."""
    if k < -1020:
        return _times_power_of_two_in_range(y, k + 100) * 7.888609052210118e-31  # 2**-100
    if k > 1022:
        return _times_power_of_two_in_range(y, k - 2) * 4.0
    return _times_power_of_two_in_range(y, k)


@njit("f8(f8)")
def exp(x: float) -> float:
    """e**x within one unit in the last place; inf above `EXP_OVERFLOW`, 0 below `EXP_UNDERFLOW`."""
    if -707.0 < x < 709.0:
        y, k = _exp_reduced(x, 0.0)
        return _times_power_of_two_in_range(y, k)
    if x > EXP_OVERFLOW:
        return np.inf
    if x < EXP_UNDERFLOW:
        return 0.0
    if x != x:
        return x
    y, k = _exp_reduced(x, 0.0)
    return _times_power_of_two(y, k)


@njit(forceinline=True, _nrt=False)
def exp_within(x: float) -> float:
    """`exp` held to arguments from -700 to 700: without branches, for loops that work on several at once."""
    y, k = _exp_reduced(min(max(x, -700.0), 700.0), 0.0)
    return _times_power_of_two_in_range(y, k)


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


@njit("f8(f8)")
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
def _log_reduced_bits(x: float, shift: int) -> float:
    """log(2**shift * x) for a positive normal x."""
    bits = np.float64(x).view(np.int64)
    k = (bits - _SQRT_HALF_BITS) >> _EXPONENT_BITS
    mantissa = np.int64(bits - (k << _EXPONENT_BITS)).view(np.float64)
    return _log_reduced(mantissa - 1.0, np.float64(k + shift), 0.0)


@njit("f8(f8)")
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


@njit("f8(u4)", forceinline=True)
def log_of_word(word: int) -> float:
    """`log` of the uniform number that a random word stands for; free of branches, so that loops become vectors."""
    return _log_reduced_bits((np.float64(word) + 0.5) * 2.0**-32, 0)


@njit("f8(f8)")
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


@njit("f8(f8)")
def sigmoid(x: float) -> float:
    """1 / (1 + e**-x), accurate in the lower tail too."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


@njit("f8[::1](f8[::1])")
def sigmoids(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """`sigmoid` of each of many, float64 [n]."""
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = sigmoid(x[i])
    return out


@njit("f8(f8)")
def logit(p: float) -> float:
    """log(p / (1 - p)), the inverse of `sigmoid`; -inf at 0, inf at 1, nan outside."""
    if p < 0.25:
        return log(p / (1.0 - p))
    if p < 0.5:
        return -log1p((1.0 - 2.0 * p) / p)
    if p <= 0.75:
        return log1p((2.0 * p - 1.0) / (1.0 - p))
    return -log((1.0 - p) / p)


# Coefficients of the normal quantile, constant term first.
# fmt: off
_PPF_CENTRAL_P = (
    3.3871328727963665, 148.75654077063152, 2548.2248573022625, 21627.48116049056, 95692.73551269759,
    213550.16248438213, 214247.3801984238, 74060.81462563902, 3907.007639023816,
)
_PPF_CENTRAL_Q = (
    1.0, 46.92338689522055, 871.2838940641986, 8176.878340636071, 41169.98166790856, 109244.70555458817,
    140376.82723612545, 72342.69749284587, 9398.46451720659,
)
_PPF_TAIL_P = (
    1.4234371107496837, 4.789015542950507, 6.318412533461281, 4.394539346130423, 1.7977145049656529,
    0.4499625587996527, 0.06810060601075095, 0.005803725850120767, 0.0002374566715159773,
    3.2395062508766237e-06,
)
_PPF_TAIL_Q = (
    1.0, 2.1646666581622678, 1.928270895479444, 0.921777417691804, 0.25756787247574897,
    0.042388644650039546, 0.003848325127031753, 0.00016425143135745377, 2.290645149781776e-06,
)
_PPF_FAR_P = (
    8.266166704239984, 6.091092808818185, 1.8438336218771105, 0.2966760848796198, 0.02744770666095932,
    0.001477852474152524, 4.4852878301328195e-05, 7.091928916169132e-07, 5.001273278248512e-09,
    1.0999322814681037e-11,
)
_PPF_FAR_Q = (
    1.0, 0.5608296694343969, 0.12497114178565073, 0.014162895321894908, 0.0008706511543820542,
    2.879790693630851e-05, 4.80224198806774e-07, 3.4889950133821283e-09, 7.777693538459245e-12,
)
# fmt: on


@njit
def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    """Horner's rule; constant term first."""
    total = coefficients[len(coefficients) - 1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * x + coefficients[i]
    return total


@njit
def _ppf_tail(depth: float) -> float:
    """The positive normal quantile whose upper tail is exp(-depth**2), for depth >= 1.6."""
    if depth <= 6.1:
        return _polynomial(_PPF_TAIL_P, depth - 1.6) / _polynomial(_PPF_TAIL_Q, depth - 1.6)
    return _polynomial(_PPF_FAR_P, depth - 6.1) / _polynomial(_PPF_FAR_Q, depth - 6.1)


@njit("f8(f8)")
def norm_ppf(p: float) -> float:
    """Quantile of the standard normal distribution; -inf at 0, inf at 1, nan outside.

    Rational functions in the regions and variables of Wichura (AS 241, Applied Statistics 37, 1988), fitted
    anew.
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        return q * _polynomial(_PPF_CENTRAL_P, r) / _polynomial(_PPF_CENTRAL_Q, r)
    if not 0.0 < p < 1.0:
        return -np.inf if p == 0.0 else np.inf if p == 1.0 else np.nan
    if q < 0.0:
        return -_ppf_tail(math.sqrt(-log(p)))
    return _ppf_tail(math.sqrt(-log(1.0 - p)))


@njit
def _two_sum(a: float, b: float) -> tuple[float, float]:
    """a + b and what its rounding lost, exactly (Knuth)."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


@njit
def _two_product(a: float, b: float) -> tuple[float, float]:
    """a * b and what its rounding lost, exactly (Dekker), for factors below 2**990."""
    split_a, split_b = 134217729.0 * a, 134217729.0 * b
    a1, b1 = split_a - (split_a - a), split_b - (split_b - b)
    a2, b2 = a - a1, b - b1
    product = a * b
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


@njit
def _log_double(x: float, shift: int) -> tuple[float, float]:
    """log(2**shift * x) for a positive normal x as the sum of two numbers, with about 68 bits.

    The series of `_log_reduced` with its first two terms, 2 s and 2/3 s**3, carried in pairs of numbers.
    """
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _SQRT_HALF_BITS) >> _EXPONENT_BITS
    mantissa = np.int64(bits - (exponent << _EXPONENT_BITS)).view(np.float64)
    k = np.float64(exponent + shift)
    f = mantissa - 1.0
    g, g_low = _two_sum(mantissa, 1.0)
    s = f / g
    product, lost = _two_product(s, g)
    s_low = ((f - product) - lost - s * g_low) / g
    square, square_low = _two_product(s, s)
    square_low += 2.0 * s * s_low
    cube, cube_low = _two_product(square, s)
    cube_low += square * s_low + square_low * s
    third, third_low = _two_product(cube, 0.6666666666666666)
    third_low += cube * 3.700743415417188e-17 + cube_low * 0.6666666666666666
    z = square
    z2 = z * z
    tail = (0.4 + z * 0.2857142857142937) + z2 * (0.22222222221652765 + z * 0.18181818336099848)
    tail += (
        z2
        * z2
        * (
            (0.1538459488700718 + z * 0.1333480879881234)
            + z2 * (0.11706126464563398 + z * 0.11724327060846747)
        )
    )
    high, low_1 = _two_sum(k * _LN2_HIGH, 2.0 * s)
    high, low_2 = _two_sum(high, third)
    low = (low_1 + low_2) + (((cube * square * tail + third_low) + 2.0 * s_low) + k * _LN2_LOW)
    return _two_sum(high, low)


@njit
def _power_positive(x: float, y: float) -> float:
    """x**y for finite x > 0 and abs(y) <= 1e22."""
    if x < 2.2250738585072014e-308:
        high, low = _log_double(x * 18014398509481984.0, -54)
    else:
        high, low = _log_double(x, 0)
    product, lost = _two_product(high, y)
    if product > 709.8:
        return np.inf
    if product < -745.2:
        return 0.0
    factor, k = _exp_reduced(product, lost + low * y)
    return _times_power_of_two(factor, k)


@njit("f8(f8,f8)")
def power(x: float, y: float) -> float:
    """x**y within one unit in the last place, with the special values of IEEE 754's pow."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if x != x or y != y:
        return np.nan
    sign = 1.0
    if x < 0.0 or (x == 0.0 and 1.0 / x < 0.0):
        if abs(y) < 9007199254740992.0:
            if math.floor(y) != y and 0.0 > x > -np.inf:
                return np.nan
            if math.floor(y) == y and math.floor(0.5 * y) != 0.5 * y:
                sign = -1.0
        x = -x
    if x == 0.0 or x == np.inf:
        return sign * (0.0 if (x == 0.0) == (y > 0.0) else np.inf)
    if x == 1.0:
        return sign
    return sign * _power_positive(x, min(max(y, -1e22), 1e22))
