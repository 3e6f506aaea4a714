"""Rewards: points for interactions, and levels that points lead to.

Effort rises before a threshold and falls back behind it, and some people do not care (I3); attendance reads
that pull.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.levers import mechanisms as lv
from sim.phases.base import Phase
from sim.phases.orders.decisions import words
from sim.randomness import S_PERSON2, S_REWARD, uniform
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba

STEPS = (1.0, 1.6, 2.6, 4.1, 6.6, 10.5, 16.8, 26.8, 43.0, 68.7, 110.0)
"""Points that each next level takes, in units of the first (assumption: 1.6 times the one before)."""
TOP_LEVEL = 10
CARING = 0.6
"""Share of people whom levels move at all (I3: some users are unaffected; assumption, 0.3 to 0.9)."""
CARING_ATTRIBUTE = 40
GRIEVANCE = 0.01
"""Chance that somebody who took part and got nothing feels passed over (assumption, 0.002 to 0.05)."""
PASSED_OVER = 0.02
"""Satisfaction lost by it (assumption, 0.005 to 0.05)."""
NO_ACTION = 0xFFFF


@njit(_nrt=False)
def _step(platform, level):  # type: ignore[no-untyped-def]
    """Points from one level to the next."""
    return platform[0].points_first_level * STEPS[int(level)]


@njit(_nrt=False)
def nearness(profiles, platform, i):  # type: ignore[no-untyped-def]
    """Square of the share of the way to the next level that member ``i`` has gone, 0 to 1."""
    step = _step(platform, profiles[i].level)
    part = min(1.0, np.float64(profiles[i].points) / step)
    return part * part


@njit(forceinline=True)
def cares_by(word):  # type: ignore[no-untyped-def]
    """`cares`, by the word that is drawn."""
    return uniform(word) < CARING


@njit
def cares(seed, member):  # type: ignore[no-untyped-def]
    """Whether levels mean anything to this person: a lasting trait."""
    w0, _, _, _ = words(seed, S_PERSON2, member, CARING_ATTRIBUTE, 0, 0)
    return cares_by(np.uint64(w0))


@njit(
    [(t.MEMBERS, t.PROFILES, t.LEVERS, t.PLATFORM, t.CLOCK, nb.float64, nb.int64[::1], nb.int64, nb.int64)],
    _nrt=False,
)
def reward_rows(members, profiles, levers, platform, clock, base, out, first, last):  # type: ignore[no-untyped-def]
    """Give today's points and levels in a range of rows.

    Parameters
    ----------
    base
        Points an interaction without any plan.
    out
        int64 [4], added to: points given, how many of them only because a plan raised the rate (in thousandths), levels
        reached, people who feel passed over.
    """
    for i in range(first, last):
        if not members[i].flags & s.ON_TODAY or profiles[i].day_reactions == 0:
            continue
        rate = levers[members[i].cohort, lv.M_POINTS]
        amount = rate * profiles[i].day_reactions
        _, w1, _, _ = words(clock[0].seed, S_REWARD, members[i].id, NO_ACTION, clock[0].day, 0)
        given = np.int64(amount + uniform(w1))
        if given == 0:
            _, _, w2, _ = words(clock[0].seed, S_REWARD, members[i].id, NO_ACTION, clock[0].day, 0)
            if uniform(w2) < GRIEVANCE * levers[0, lv.M_GRIEVANCE]:
                out[3] += 1
                profiles[i].satisfaction = max(0.0, profiles[i].satisfaction - PASSED_OVER)
            continue
        out[0] += given
        if rate > base:
            out[1] += np.int64(1000.0 * given * (1.0 - base / rate))
        points = np.int64(profiles[i].points) + given
        level = np.int64(profiles[i].level)
        step = np.int64(_step(platform, level))
        while points >= step:
            points -= step
            out[2] += 1
            level += level < TOP_LEVEL
            step = np.int64(_step(platform, level))
        profiles[i].points = points
        profiles[i].level = level


def run(community: Community) -> None:
    """Give today's points, and book their value: what a plan added to its payer, the rest to the platform."""
    state = community.state
    base = float(community.levers.base[lv.M_POINTS])

    def reward(first: int, last: int) -> npt.NDArray[np.int64]:
        out = np.zeros(4, np.int64)
        reward_rows(
            state.members.array,
            state.profiles.array,
            community.levers.table,
            community.platform,
            community.clock,
            base,
            out,
            first,
            last,
        )
        return out

    parts = by_rows(community.threads, len(state.members), reward)
    given, added, levels, grieved = (int(v) for v in np.sum(parts, axis=0))
    fen = 100.0 * community.config.platform.point_value
    value = round(given * fen)
    extra = min(value, round(added * fen / 1000.0))
    actions = [c.action for c in community.levers.changes if c.mechanism == lv.M_POINTS and c.action >= 0]
    if actions and community.policy is not None and extra:
        payer = community.policy.payers[actions[0]]
        community.ledger.book(community.world_day, payer, "members", "points", extra, actions[0])
        value -= extra
    if value:
        community.ledger.book(community.world_day, "platform", "members", "points", value)
    community.count("points_given", given)
    community.count("level_ups", levels)
    community.count("grievances", grieved)


PHASE = Phase(
    name="rewards",
    when="dusk",
    reads=("members", "profiles", "levers"),
    writes=("profiles.points", "profiles.level", "profiles.satisfaction", "ledger"),
    run=run,
    equation=(
        "points += points.rate x reactions; a level is reached at 20 x 1.6^level points, which start anew;"
        " logit of a visit += goal x (share of the way)^2 x rate / (1 + rate)"
    ),
    facts=("I3", "assumption"),
    test="tests/sim/phases/test_rewards.py::test_without_rewards_nobody_earns_points",
    en="Rewards",
    zh="积分与等级",
)
