"""When to stop adding seeds: fixed looks at one named figure, late enough that intervals keep their coverage.

An interval that is looked at until it is narrow enough is read on a sample that was chosen by its own spread.
So looks are few and fixed, the first is at twenty pairs (forty where differences are skewed), and skewed ones must
have been narrow enough two looks before, too: a spread that was small by chance does not stay small.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.comparison.intervals import BCA_PAIRS, mean_interval, skewness
from sim.errors import ConfigError

Float = npt.NDArray[np.float64]

FIRST, BLOCK = 20, 10
SKEWED = 1.0
"""Sample skewness from which the first look waits for `BCA_PAIRS` pairs."""
CONFIRM = 2 * BLOCK
"""Pairs taken off the end for the look before, where differences are skewed."""


@dataclass(frozen=True)
class Precision:
    """What is asked for: half the width of a KPI's interval, relative to the baseline or in its unit.

    Attributes
    ----------
    kpi
        Key of the KPI.
    bound
        Largest half-width.
    relative
        Whether the bound is a share of the baseline's mean.
    """

    kpi: str
    bound: float
    relative: bool

    @classmethod
    def read(cls, text: str) -> Precision:
        """From text such as ``gmv < 1%`` or ``trust < 0.002``.

        Raises
        ------
        ConfigError
            If it cannot be read.
        """
        match = re.fullmatch(r"\s*([a-z][a-z0-9_]*)\s*<=?\s*([0-9.eE+-]+)\s*(%?)\s*", text)
        try:
            if match is None or not float(match[2]) > 0.0:
                raise ValueError
        except ValueError:
            raise ConfigError(
                f"--until {text!r} cannot be read; write for example 'gmv < 1%', which asks for an interval "
                "of plus or minus 1 % of the baseline"
            ) from None
        bound = float(match[2])
        return cls(match[1], bound / 100 if match[3] else bound, bool(match[3]))


@dataclass(frozen=True)
class Look:
    """What one look found.

    Attributes
    ----------
    pairs
        Pairs at hand.
    half
        Half the width of the interval, in the unit of the bound.
    enough
        Whether to stop.
    independent
        Independent pairs of runs that would give the same width.
    """

    pairs: int
    half: float
    enough: bool
    independent: int


def look(baseline: npt.ArrayLike, plan: npt.ArrayLike, asked: Precision, confidence: float = 0.95) -> Look:
    """Whether the pairs at hand are enough.

    Parameters
    ----------
    baseline, plan
        float [n], one value a seed.
    """
    a, b = np.asarray(baseline, np.float64), np.asarray(plan, np.float64)
    d = b - a
    n = len(d)
    if n < 2:
        return Look(n, float("inf"), False, n)
    half = _half(a, d, asked, confidence)
    spread = d.var(ddof=1)
    ratio = (a.var(ddof=1) + b.var(ddof=1)) / spread if spread else 1.0
    enough = n >= FIRST and half < asked.bound
    if enough and abs(float(skewness(d))) > SKEWED:
        before = n - CONFIRM
        enough = n >= BCA_PAIRS and _half(a[:before], d[:before], asked, confidence) < asked.bound
    return Look(n, half, enough, round(n * max(1.0, float(ratio))))


def _half(a: Float, d: Float, asked: Precision, confidence: float) -> float:
    """Half the width of the interval, as it is asked for."""
    low, high, _ = mean_interval(d, confidence)
    half = (high - low) / 2
    if asked.relative:
        return half / abs(float(a.mean())) if a.mean() else float("inf")
    return half
