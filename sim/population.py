"""The balance of a population: how inclined to visit members and outsiders are, and what inflow keeps
membership level.

Everybody, member or not, has a lasting inclination x to visit, normal around the platform's level. Who is
inclined little is soon away for good, who is inclined much stays; so members are a selection of the people,
and those outside the rest. This module works that selection out, so that a world begins near its stationary
state.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.numerics import exp, log, norm_ppf, sigmoid
from sim.platform import PlatformConfig

Float = npt.NDArray[np.float64]

POINTS = 257
"""Points of the grid of inclinations."""
SPAN = 4.5
"""Standard deviations that the grid reaches to either side."""
USUAL_HABIT = 0.3
USUAL_SATISFACTION = 0.6
USUAL_TRUST = 0.6
USUAL_FATIGUE = 0.1
"""Values at which habit, satisfaction, trust and weariness neither raise nor lower the chance of a visit."""
FATIGUE_OF_A_VISIT = 0.28
"""Weariness that daily visits lead to (4,700 of 16,700 s; see the wellbeing phase)."""
DISSATISFACTION = 1.25
"""Mean factor on `quit_rate` that the spread of satisfaction and of trust brings (see the transitions phase)."""
ATTENDANCE = 0.25
"""Chance of a visit at which an author's rate a day and the rate a visit agree, as in the posting phase."""
RATE_SD = 0.4
"""Standard deviation of the logarithm of authors' rates (assumption, 0.4 to 1; N9 needs many who write now
and then)."""
HABITUAL_SHARE = 0.015
"""Share of authors who write habitually (assumption, 0.01 to 0.05; N8: the top 3 % write a quarter)."""
HABITUAL_FACTOR = 19.0
"""How much more they write than others (assumption, 5 to 20)."""
TILT = 0.9
"""Exponent by which rare visitors write more a visit than frequent ones: some come because they have
something to say (assumption, 0 to 1; N9 needs it, since notes a month and authors a month are nearly equal in
number)."""

INFLOW = 0.96
"""Share of the balancing hazard that suffices, since novelty keeps newcomers longer than their inclination alone would
(found by playing)."""
LIVELIER = 1.25
"""Notes a day in a world that is played, relative to those of members in their usual state: newcomers and people who
came back visit more than they will (found by playing, 1.2 to 1.3)."""


@dataclass(frozen=True)
class Balance:
    """Stationary state of the chain outside -> member -> outside at each inclination.

    Attributes
    ----------
    inclination
        float64 [points], logit relative to ``platform.visit_logit``.
    visit
        float64 [points], chance of a visit on an ordinary day.
    stay
        float64 [points], mean days on the platform from joining to leaving.
    inside, outside
        float64 [points], running shares of members and of outsiders; the last is 1.
    hazard
        Daily chance that an outsider joins with which joining and leaving are equal in number (less `INFLOW`).
    post_scale
        Notes a day that an author of usual kind writes, such that `notes_per_day` are written by a member.
    """

    inclination: Float
    visit: Float
    stay: Float
    inside: Float
    outside: Float
    hazard: float
    post_scale: float


@njit("void(f8,f8,f8,f8,f8,i8,f8,f8[:,::1],f8[::1])")
def _solve(
    level: float,
    spread: float,
    habit: float,
    fatigue: float,
    quits: float,
    away: int,
    ratio: float,
    out: Float,
    hazard: Float,
) -> None:
    """Fill ``out`` [inclination, visit, stay, inside, outside; points] and ``hazard[0]``."""
    size = out.shape[1]
    density = np.empty(size)
    for k in range(size):
        z = SPAN * (2.0 * k / (size - 1) - 1.0)
        x = spread * z
        density[k] = exp(-0.5 * z * z)
        p = sigmoid(level + x)
        for _ in range(40):  # a contraction: habit adds less than 4 to the logit
            p = 0.5 * p + 0.5 * sigmoid(
                level + x + habit * (p - USUAL_HABIT) - fatigue * (FATIGUE_OF_A_VISIT * p - USUAL_FATIGUE)
            )
        out[0, k] = x
        out[1, k] = p
        # From a visit on, days until `away` days in a row without one: (q**-away - 1) / p.
        survival = 1.0
        for _ in range(away):
            survival *= 1.0 - p
        leaving = p * survival / (1.0 - survival)
        out[2, k] = 1.0 / (leaving + quits)
    low, high = 1e-7, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        members = outsiders = 0.0
        for k in range(size):
            here = out[2, k] / (out[2, k] + 1.0 / middle)
            members += density[k] * here
            outsiders += density[k] * (1.0 - here)
        if outsiders > ratio * members:
            low = middle
        else:
            high = middle
    hazard[0] = 0.5 * (low + high)
    members = outsiders = 0.0
    for k in range(size):
        here = out[2, k] / (out[2, k] + 1.0 / hazard[0])
        members += density[k] * here
        outsiders += density[k] * (1.0 - here)
        out[3, k] = members
        out[4, k] = outsiders
    for k in range(size):
        out[3, k] /= members
        out[4, k] /= max(outsiders, 1e-300)


@njit
def posting_tilt(visit: float) -> float:
    """Factor on an author's rate by the chance of a visit: ``(0.25 / visit) ** TILT``, from 0.3 to 3."""
    return min(3.0, max(0.3, exp(TILT * log(ATTENDANCE / visit))))


@njit("f8(f8[::1],f8[::1],f8)")
def _notes(visit: Float, inside: Float, scale: float) -> float:
    """Notes a day of an author among the members, at a scale."""
    total = 0.0
    for k in range(0, len(visit), 4):
        share = inside[k] - (inside[k - 4] if k else 0.0)
        usual = scale * posting_tilt(visit[k]) / ATTENDANCE
        for j in range(21):
            spread = exp(RATE_SD * norm_ppf((j + 0.5) / 21.0) - 0.5 * RATE_SD * RATE_SD)
            for habitual in range(2):
                rate = usual * spread * (HABITUAL_FACTOR if habitual else 1.0)
                chance = 1.0 - exp(-min(rate, 1.6))
                weight = share * (HABITUAL_SHARE if habitual else 1.0 - HABITUAL_SHARE) / 21.0
                total += weight * visit[k] * chance * (1.0 + 0.5 * chance)
    return total


@lru_cache(maxsize=16)
def _balance(
    level: float,
    spread: float,
    habit: float,
    fatigue: float,
    quits: float,
    away: int,
    ratio: float,
    notes: float,
) -> Balance:
    out = np.zeros((5, POINTS))
    hazard = np.zeros(1)
    _solve(level, spread, habit, fatigue, quits * DISSATISFACTION, away, ratio, out, hazard)
    low, high = 0.0, 4.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        if LIVELIER * _notes(out[1], out[3], middle) < notes:
            low = middle
        else:
            high = middle
    inclination, visit, stay, inside, outside = (row.copy() for row in out)
    return Balance(inclination, visit, stay, inside, outside, INFLOW * float(hazard[0]), 0.5 * (low + high))


def balance(platform: PlatformConfig, prospects: float, authors: float = 1.0) -> Balance:
    """The stationary population of a platform.

    Parameters
    ----------
    platform
        Levels of visiting and leaving.
    prospects
        People outside per member.
    authors
        Share of people who ever write and have not stopped.

    Returns
    -------
    Balance
        With no one outside (``prospects`` 0) the hazard is 1 and members are everybody.
    """
    return _balance(
        platform.visit_logit,
        platform.visit_sd,
        platform.visit_habit,
        platform.visit_fatigue,
        platform.quit_rate,
        platform.gone_after,
        prospects,
        platform.notes_per_day / max(authors, 1e-9),
    )
