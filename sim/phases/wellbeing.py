"""Wellbeing: what a day of reading leaves behind in satisfaction, weariness and trust.

Satisfaction and weariness follow within days or weeks; trust moves over months, so that the long-run harm of
ads is about three times what a month shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.levers import mechanisms as lv
from sim.phases.base import Phase
from sim.phases.orders.decisions import words
from sim.randomness import S_PERSON, uniform
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba

BASE_TRUST = 0.66
"""Mean trust of people who are shown no ads (assumption, 0.5 to 0.8; about 0.6 at the usual ad load)."""
TRUST_RANGE = 0.3
"""Half the range of that trust between people (assumption, 0.1 to 0.33)."""
TRUST_GROUP = 24
"""Block of the stream of persons that holds it."""
REACTION_WORTH = 3.0
"""Reads that one like, collect, comment, share or follow stands for, as a sign of pleasure (assumption, 1 to
6)."""
PRIOR = 2.0
"""Reads of usual pleasure that are added, so that a short visit says little (assumption, 1 to 5)."""
USUAL_PAID = 0.08
"""Share of paid impressions at which satisfaction is neither raised nor lowered: the default of
``ads.load``."""
NEUTRAL = 0.667
"""Pleasure, relative to the usual, that is set against: satisfaction of a usual day is 1 / (1 + 0.667) =
0.6."""


@njit
def base_trust(seed, member):  # type: ignore[no-untyped-def]
    """Lasting inclination of a person to trust, triangular between 0.36 and 0.96, mean 0.66."""
    w0, w1, _, _ = words(seed, S_PERSON, member, 0, 0, TRUST_GROUP)
    return BASE_TRUST + TRUST_RANGE * (uniform(w0) + uniform(w1) - 1.0)


@njit
def usual_trust(seed, member, visit, trust_ads):  # type: ignore[no-untyped-def]
    """Trust to which a person comes who visits on a share ``visit`` of days and sees the usual share of ads.

    Ads take from it on days of visit; on others it comes back at a quarter of that pace.
    """
    often = visit / (visit + 0.25 * (1.0 - visit))
    return base_trust(seed, member) * (1.0 - trust_ads * USUAL_PAID * often)


@njit(_nrt=False)
def pleasure(platform, reads, reactions, impressions):  # type: ignore[no-untyped-def]
    """Pleasure of a day relative to a usual one: reads and reactions against impressions."""
    usual = platform[0].usual_reads * (1.0 + REACTION_WORTH * platform[0].usual_reactions)
    return (reads + REACTION_WORTH * reactions + PRIOR) / (usual * impressions + PRIOR)


@njit([(t.MEMBERS, t.PROFILES, t.LEVERS, t.PLATFORM, t.CLOCK, nb.int64, nb.int64)], _nrt=False)
def wellbeing_rows(members, profiles, levers, platform, clock, first, last):  # type: ignore[no-untyped-def]
    """Update the people on the platform in a range of rows."""
    levels = platform[0]
    seed = clock[0].seed
    for i in range(first, last):
        flags = members[i].flags
        if not flags & s.ON_PLATFORM:
            continue
        if not flags & s.ON_TODAY:
            members[i].fatigue -= levels.fatigue_rate * members[i].fatigue
            aim = base_trust(seed, members[i].id) + levers[members[i].cohort, lv.M_TRUST]
            members[i].trust += (min(1.0, max(0.0, aim)) - members[i].trust) / (4.0 * levels.trust_days)
            continue
        cohort = members[i].cohort
        seconds = np.float64(profiles[i].day_seconds)
        weary = min(1.0, seconds / (seconds + levels.fatigue_seconds) * levers[cohort, lv.M_WEARY])
        fatigue = members[i].fatigue + levels.fatigue_rate * (weary - members[i].fatigue)
        members[i].fatigue = min(1.0, max(0.0, fatigue))
        shown = np.float64(profiles[i].day_impressions)
        if shown > 0.0:
            paid = min(1.0, profiles[i].day_paid / shown)
            joy = pleasure(
                platform, np.float64(profiles[i].day_reads), np.float64(profiles[i].day_reactions), shown
            )
            aim = joy / (joy + NEUTRAL) * (1.0 - levels.satisfaction_ads * (paid - USUAL_PAID))
            aim += levers[cohort, lv.M_MOOD]
            if profiles[i].day_reactions > 0:
                aim += levers[cohort, lv.M_REPLY]
            aim = min(1.0, max(0.0, aim))
            mood = profiles[i].satisfaction + levels.satisfaction_rate * (aim - profiles[i].satisfaction)
            profiles[i].satisfaction = min(1.0, max(0.0, mood))
            erosion = levels.trust_ads * levers[cohort, lv.M_EROSION] * paid
            aim = base_trust(seed, members[i].id) * max(0.0, 1.0 - erosion) + levers[cohort, lv.M_TRUST]
            trust = members[i].trust + (aim - members[i].trust) / levels.trust_days
            members[i].trust = min(1.0, max(0.0, trust))


def run(community: Community) -> None:
    """Update everybody on the platform."""
    state = community.state
    by_rows(
        community.threads,
        len(state.members),
        lambda first, last: wellbeing_rows(
            state.members.array,
            state.profiles.array,
            community.levers.table,
            community.platform,
            community.clock,
            first,
            last,
        ),
    )


PHASE = Phase(
    name="wellbeing",
    when="dusk",
    reads=("profiles", "levers", "clock"),
    writes=("members.trust", "members.fatigue", "profiles.satisfaction"),
    run=run,
    equation=(
        "satisfaction += 0.15 (joy / (joy + 0.67) x (1 - 0.8 (paid - 0.08)) + mood.shift + mood.reply if one has reacted"
        " - satisfaction), joy = reads and reactions over the usual; weariness += 0.3 (s / (s + 12000) x fatigue.rate"
        " - weariness); trust += (own trust x (1 - 2.4 paid x trust.erosion) + trust.shift - trust) / 74"
    ),
    facts=("R7", "R12", "P7", "G8"),
    test="tests/sim/phases/test_wellbeing.py::test_without_wellbeing_nothing_is_felt",
    en="Wellbeing",
    zh="满意度与信任",
)
