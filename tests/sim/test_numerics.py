"""exp, log and their relatives: near the exact value, and the same bits everywhere."""

from __future__ import annotations

import hashlib
import math
import re
from itertools import pairwise

import mpmath
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import numerics
from sim.numerics import exp, expm1, log, log1p, logit, norm_ppf, power, sigmoid

INF, NAN = math.inf, math.nan
SMALLEST = 5e-324


def sample(low: float, high: float, count: int = 400, *, seed: int = 0) -> list[float]:
    return np.random.default_rng(seed).uniform(low, high, count).tolist()


def magnitudes(low: int, high: int) -> list[float]:
    """Numbers over many powers of ten."""
    return [10.0**x for x in sample(low, high)]


def ulps(value: float, exact: mpmath.mpf) -> float:
    """Distance from the exact value in units in its last place."""
    return float(abs(mpmath.mpf(value) - exact) / np.spacing(abs(float(exact))))


def exact_ppf(p: float) -> mpmath.mpf:
    """The quantile by Newton's method on the nearer tail, from the value under test."""
    x = mpmath.mpf(norm_ppf(p))
    for _ in range(5):
        if x < 0:
            x -= (mpmath.ncdf(x) - p) / mpmath.npdf(x)
        else:
            x += (mpmath.ncdf(-x) - (1 - mpmath.mpf(p))) / mpmath.npdf(x)
    return x


PROBABILITIES = [*sample(0, 1), *magnitudes(-300, 0), *(0.5 + d for d in sample(-1e-6, 1e-6))]

ACCURACY = {
    "exp": (exp, mpmath.exp, 0.6, [*sample(-707, 709), *sample(-2, 2), *magnitudes(-20, -1)]),
    "exp subnormal": (exp, mpmath.exp, 1.01, [*sample(-745, -707)]),
    "expm1": (expm1, mpmath.expm1, 3.0, [*sample(-40, 700), *sample(-1, 1), *magnitudes(-300, -1)]),
    "log": (log, mpmath.log, 1.0, [*magnitudes(-307, 308), *sample(0.5, 2), *magnitudes(-322, -308)]),
    "log1p": (
        log1p,
        mpmath.log1p,
        1.0,
        [*magnitudes(-300, 308), *sample(-1, 2), *(-x for x in magnitudes(-300, 0))],
    ),
    "sigmoid": (sigmoid, lambda x: 1 / (1 + mpmath.exp(-x)), 2.5, [*sample(-700, 700), *sample(-5, 5)]),
    "logit": (logit, lambda p: mpmath.log(p / (1 - p)), 2.0, PROBABILITIES),
    "norm_ppf": (norm_ppf, exact_ppf, 6.0, PROBABILITIES),
}


@pytest.mark.parametrize("name", ACCURACY)
def test_near_the_exact_value(name):
    function, exact, bound, arguments = ACCURACY[name]
    with mpmath.workdps(50):
        errors = [
            (ulps(function(x), exact(mpmath.mpf(x) if exact is not exact_ppf else x)), x) for x in arguments
        ]
    assert max(errors)[0] <= bound, max(errors)


def test_power_is_near_the_exact_value():
    bases = [*magnitudes(-5, 5), *(1 + d for d in sample(-1e-3, 1e-3)), *magnitudes(-300, 300)]
    exponents = [*(s * x for s, x in zip(sample(-3, 3), magnitudes(-2, 1), strict=True))] * 3
    errors = []
    with mpmath.workdps(50):
        for x, y in zip(bases, exponents, strict=True):
            exact = mpmath.mpf(x) ** mpmath.mpf(y)
            if 1e-307 < exact < 1e308:
                errors.append((ulps(power(x, y), exact), x, y))
    assert len(errors) > 700
    assert max(errors)[0] <= 0.65, max(errors)


def test_power_is_exact_where_the_result_is_a_short_number():
    assert [power(2.0, k) for k in range(-1074, 1024)] == [2.0**k for k in range(-1074, 1024)]
    assert [power(k * k, 0.5) for k in range(100)] == list(range(100))
    assert [power(k, 3) for k in range(-50, 50)] == [k**3 for k in range(-50, 50)]


def same(value: float, expected: float) -> bool:
    return math.isnan(value) if math.isnan(expected) else value == expected


@pytest.mark.parametrize(
    ("function", "argument", "expected"),
    [
        (exp, 0.0, 1.0), (exp, INF, INF), (exp, -INF, 0.0), (exp, NAN, NAN), (exp, 709.79, INF),
        (exp, -745.2, 0.0), (exp, numerics.EXP_OVERFLOW, 1.7976931348622732e308),
        (exp, numerics.EXP_UNDERFLOW, SMALLEST), (expm1, 0.0, 0.0), (expm1, SMALLEST, SMALLEST),
        (expm1, INF, INF), (expm1, -INF, -1.0), (expm1, NAN, NAN), (log, 1.0, 0.0), (log, 0.0, -INF),
        (log, -1.0, NAN), (log, INF, INF), (log, -INF, NAN), (log, NAN, NAN), (log1p, 0.0, 0.0),
        (log1p, -1.0, -INF), (log1p, -1.5, NAN), (log1p, INF, INF), (log1p, NAN, NAN),
        (sigmoid, 0.0, 0.5), (sigmoid, INF, 1.0), (sigmoid, -INF, 0.0), (sigmoid, -800.0, 0.0),
        (sigmoid, NAN, NAN), (logit, 0.5, 0.0), (logit, 0.0, -INF), (logit, 1.0, INF),
        (logit, -0.1, NAN), (logit, 1.1, NAN), (norm_ppf, 0.5, 0.0), (norm_ppf, 0.0, -INF),
        (norm_ppf, 1.0, INF), (norm_ppf, -1e-9, NAN), (norm_ppf, NAN, NAN),
    ],
)  # fmt: skip
def test_special_values(function, argument, expected):
    assert same(function(argument), expected)


SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.25, INF, -INF, NAN, 1e300, -1e300, SMALLEST, 2.0**53]


@pytest.mark.parametrize("x", SPECIAL)
def test_power_takes_the_special_values_of_ieee(x):
    for y in SPECIAL:
        try:
            expected = math.pow(x, y)
        except OverflowError:
            expected = -INF if x < 0 and y % 2 == 1 else INF
        except ValueError:
            expected = INF if x == 0 else NAN
            if x == 0 and y in (-1.0, -3.0):
                expected = math.copysign(INF, x)
        value = power(x, y)
        assert same(value, expected) or value == pytest.approx(expected, rel=2e-16), (x, y)
        if expected == 0.0:
            assert math.copysign(1.0, value) == math.copysign(1.0, expected), (x, y)


@given(st.floats(-30, 30), st.floats(0, 1e-3))
def test_symmetry_and_order(x, step):
    p = sigmoid(x)
    assert p + sigmoid(-x) == pytest.approx(1.0, abs=3e-16)
    assert sigmoid(x + step) >= p * (1 - 1e-15)
    k = int(abs(x) * 1e14) | 1
    assert norm_ppf(k * 2.0**-53) == -norm_ppf(1.0 - k * 2.0**-53)
    assert exp(x) * exp(-x) == pytest.approx(1.0, rel=5e-16)


@pytest.mark.parametrize("function", [exp, log, sigmoid])
def test_the_type_of_an_argument_does_not_matter(function):
    assert function(np.float32(0.1)) == function(float(np.float32(0.1)))
    assert function(3) == function(np.int8(3)) == function(3.0)
    assert len(function.signatures) == 1


DIGESTS = {
    "exp": "1e7e873df37ca30d",
    "expm1": "4e42ba7eab8b73fb",
    "log": "241ab0f32d0f6bbc",
    "log1p": "41858d4815f56c83",
    "sigmoid": "f2830293ff536dc8",
    "logit": "69ee394b87e21ab0",
    "norm_ppf": "98dcf04deef7e7ca",
    "power": "6dcf853c580d3646",
}
"""Starts of SHA-256 over 2,000 results, on every machine. A new formula moves them, and all goldens."""


def portable_sample(name: str) -> list[float]:
    """Arguments built by integer arithmetic alone."""
    state, values = 1, []
    for _ in range(2_000):
        state = state * 6364136223846793005 % 2**64 + 1442695040888963407 & 2**64 - 1
        u = ((state >> 12) + 0.5) * 2.0**-52
        values.append({"exp": 1400 * u - 700, "expm1": 8 * u - 4, "sigmoid": 80 * u - 40}.get(name, u))
    return values


@pytest.mark.parametrize("name", DIGESTS)
def test_the_same_bits_on_every_machine(name):
    function, arguments = getattr(numerics, name), portable_sample(name)
    if name == "power":
        results = [function(20 * u, 10 * v - 5) for u, v in pairwise(arguments)]
    elif name == "log":
        results = [function(x) for u in arguments for x in (u, 1e10 * u)]
    else:
        results = [function(x) for x in arguments]
    digest = hashlib.sha256(np.array(results, "<f8").tobytes()).hexdigest()
    assert digest[:16] == DIGESTS[name]


def test_no_multiplication_is_fused_with_an_addition():
    """A fused operation rounds once instead of twice, and only some processors have it."""
    compiled = numba.njit(error_model="numpy")(lambda x: exp(x) + log(x) * norm_ppf(x) + power(x, x))
    compiled.compile("f8(f8)")
    (assembly,) = compiled.inspect_asm().values()
    assert "mul" in assembly
    assert not re.search(r"\bv?fn?m(add|sub|la|ls)", assembly)  # x86 and ARM
