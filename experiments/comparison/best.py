"""Which plan to take: chance of being best, regret, Pareto front, goals and losses, over whole seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.comparison.intervals import RESAMPLES, resamples
from sim.errors import ConfigError

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """How plans stand in one figure of which more is better.

    Attributes
    ----------
    best
        Chance that a plan's true mean is the highest, float64 [plans]; they sum to 1.
    regret
        Expected shortfall of its true mean below the best one's, in the figure's unit, float64 [plans].
    """

    best: Float
    regret: Float


def standing(values: npt.ArrayLike, draws: Sequence[int] = ()) -> Standing:
    """Chance of being best and regret of plans on the same seeds.

    Parameters
    ----------
    values
        float [seeds, plans]; a row a seed.
    draws
        Draw of the parameters of each seed, where they are not known.

    Notes
    -----
    A joint bootstrap: whole seeds are drawn again, so that what plans share stays shared. With one seed the
    plan that leads is called best. Where parameters are drawn, the chance is that over draws: each one's mean over its seeds is
    a world that may be the true one.
    """
    v = np.asarray(values, np.float64)
    if len(draws):
        of = np.asarray(draws)
        means = np.array([v[of == draw].mean(axis=0) for draw in np.unique(of)])
    else:
        means = resamples(len(v), RESAMPLES) @ v / len(v)
    top = means.max(axis=1, keepdims=True)
    winners = means >= top
    shares = winners / winners.sum(axis=1, keepdims=True)
    return Standing(shares.mean(axis=0), (top - means).mean(axis=0))


def pareto(criteria: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which plans no other plan beats in everything.

    Parameters
    ----------
    criteria
        float [plans, criteria]; more is better in each.

    Returns
    -------
    bool [plans]
        True where no other plan is as good in all criteria and better in one.
    """
    c = np.asarray(criteria, np.float64)
    as_good = np.all(c[:, None, :] >= c[None, :, :], axis=2)
    better = np.any(c[:, None, :] > c[None, :, :], axis=2)
    return np.asarray(~np.any(as_good & better, axis=0))


@dataclass(frozen=True)
class Share:
    """A share of seeds with its interval (Wilson 1927)."""

    value: float
    low: float
    high: float
    count: int
    of: int


def share_of(hits: npt.ArrayLike, confidence: float = 0.95) -> Share:
    """The chance of an event from whether it happened on each seed, bool [seeds]."""
    from scipy.special import ndtri

    h = np.asarray(hits, bool)
    n, k = len(h), int(h.sum())
    if not n:
        nan = float("nan")
        return Share(nan, nan, nan, 0, 0)
    z = float(ndtri(0.5 + confidence / 2))
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return Share(p, max(0.0, middle - half), min(1.0, middle + half), k, n)


CONDITION = re.compile(r"\s*(>=|<=|>|<)\s*([0-9.eE+-]+)\s*(%?)\s*")


def condition(text: str, where: str) -> tuple[str, float]:
    """A condition such as ``>= 3e6`` or ``< 5%``: its sign and its number.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    match = CONDITION.fullmatch(str(text))
    try:
        if match is None:
            raise ValueError
        number = float(match[2])
    except ValueError:
        raise ConfigError(f"{where}={text!r} cannot be read; write for example '>= 3e6'") from None
    return match[1], number / 100 if match[3] else number


def met(values: npt.ArrayLike, text: str, where: str) -> npt.NDArray[np.bool_]:
    """On which seeds a condition holds, bool [seeds]."""
    sign, number = condition(text, where)
    v = np.asarray(values, np.float64)
    compared: dict[str, npt.NDArray[np.bool_]] = {
        ">=": v >= number, "<=": v <= number, ">": v > number, "<": v < number,
    }  # fmt: skip
    return compared[sign]


def reached(
    goals: Mapping[str, str], totals: Mapping[str, npt.ArrayLike]
) -> tuple[Share | None, dict[str, Share]]:
    """The chance that all goals of a plan are met, None if it has none, and that of each."""
    hits = {key: met(totals[key], text, f"plan.goals.{key}") for key, text in goals.items()}
    every = share_of(np.all(list(hits.values()), axis=0)) if hits else None
    return every, {key: share_of(hit) for key, hit in hits.items()}
