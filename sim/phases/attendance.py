"""Attendance: who visits today. Habits grow by visiting and fade otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.lanes import LANES
from sim.levers import mechanisms as lv
from sim.numerics import exp
from sim.phases.base import Phase
from sim.phases.orders.decisions import words
from sim.phases.rewards import CARING_ATTRIBUTE, cares, cares_by, nearness
from sim.population import USUAL_FATIGUE, USUAL_HABIT, USUAL_SATISFACTION, USUAL_TRUST
from sim.randomness import S_ATTEND, S_PERSON2, bernoulli, block
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba


@njit(_nrt=False)
def visit_logit(members, profiles, levers, platform, clock, i, cares):  # type: ignore[no-untyped-def]
    """Log-odds of a visit by member ``i`` today, before the calendar, coupons and the mechanism
    ``visit.odds``.

    Privileges (``visit.level``) draw those who have reached a level, in proportion to it. Novelty makes the first
    weeks livelier (R2) and fades with the reciprocal of membership's length (R4). Who has learnt to expect
    discounts stays away while there is none (I4, K2). The nearer the next level, the stronger its pull on who ``cares``
    for levels (I3).
    """
    levels = platform[0]
    x = levels.visit_logit + profiles[i].propensity
    x += levels.visit_habit * (profiles[i].habit - USUAL_HABIT)
    x += levels.visit_satisfaction * (profiles[i].satisfaction - USUAL_SATISFACTION)
    x += levels.visit_trust * (members[i].trust - USUAL_TRUST)
    x -= levels.visit_fatigue * (members[i].fatigue - USUAL_FATIGUE)
    age = np.float64(clock[0].day) - np.float64(profiles[i].joined)
    x += levels.visit_novelty / (1.0 + age / levels.visit_novelty_days)
    x -= levels.visit_outside * clock[0].outside + levels.visit_crisis * clock[0].crisis
    if profiles[i].coupon < 0:
        x -= levels.visit_wait * max(0.0, profiles[i].wait - levels.wait_base)
    pull = nearness(profiles, platform, i)
    cohort = members[i].cohort
    if cares and pull > 0.01:
        rate = levers[cohort, lv.M_POINTS]
        x += levels.visit_goal * levers[cohort, lv.M_GOAL] * pull * rate / (1.0 + rate)
    if cares and levers[cohort, lv.M_PRIVILEGE] > 0.0:
        x += levers[cohort, lv.M_PRIVILEGE] * profiles[i].level
    return x


@njit(forceinline=True, _nrt=False)
def _attends_on(members, profiles, coupons, levers, platform, clock, i, cares, word):  # type: ignore[no-untyped-def]
    """`attends`, by the word that is drawn for member ``i`` today, who cares for levels or not."""
    if not members[i].flags & s.ON_PLATFORM:
        return np.int64(0)
    if profiles[i].active_days == 0:
        return np.int64(1)
    odds = exp(visit_logit(members, profiles, levers, platform, clock, i, cares))
    odds *= clock[0].activity * levers[members[i].cohort, lv.M_VISIT]
    usual = odds
    c = np.int64(profiles[i].coupon)
    if c >= 0 and coupons[c].start <= clock[0].day and profiles[i].coupon_until >= clock[0].day:
        odds *= platform[0].coupon_visit_odds
    if not bernoulli(word, odds / (1.0 + odds)):
        return np.int64(0)
    return np.int64(1) if bernoulli(word, usual / (1.0 + usual)) else np.int64(2)


@njit([(t.MEMBERS, t.PROFILES, t.COUPONS, t.LEVERS, t.PLATFORM, t.CLOCK, nb.int64)], _nrt=False)
def attends(members, profiles, coupons, levers, platform, clock, i):  # type: ignore[no-untyped-def]
    """Whether member ``i`` visits today: one keyed draw; always on the day of joining or coming back.

    Returns
    -------
    int64
        0 away, 1 here, 2 here for a coupon and for nothing else.
    """
    word, _, _, _ = words(clock[0].seed, S_ATTEND, members[i].id, clock[0].day, 0, 0)
    caring = cares(clock[0].seed, members[i].id)
    return _attends_on(members, profiles, coupons, levers, platform, clock, i, caring, np.uint64(word))


@njit(_nrt=False)
def _attend(members, profiles, coupons, levers, platform, clock, ids, drawn, caring, first, last):  # type: ignore[no-untyped-def]
    """`attend_rows` with room for the ids and words of eight."""
    day = np.int64(clock[0].day)
    for begin in range(first, last, LANES):
        end = min(begin + LANES, last)
        for i in range(begin, end):
            ids[i - begin] = members[i].id
        for j in range(len(ids)):  # of unknown length, so that it is vectorised
            word, _, _, _ = block(clock[0].seed, S_ATTEND, ids[j], day, 0, 0)
            drawn[j] = np.uint64(word)
        for j in range(len(ids)):  # as `cares` draws it
            word, _, _, _ = block(clock[0].seed, S_PERSON2, ids[j], CARING_ATTRIBUTE, 0, 0)
            caring[j] = np.uint64(word)
        for i in range(begin, end):
            flags = members[i].flags
            if not flags & (s.ON_PLATFORM | s.ON_TODAY):
                continue
            if flags & s.ON_TODAY:
                profiles[i].day_impressions = 0
                profiles[i].day_seconds = 0
                profiles[i].day_reads = 0
                profiles[i].day_reactions = 0
                profiles[i].day_paid = 0
            lane = i - begin
            moved = cares_by(caring[lane])
            visit = _attends_on(members, profiles, coupons, levers, platform, clock, i, moved, drawn[lane])
            if visit > 0:
                members[i].flags = flags | s.ON_TODAY
                profiles[i].active_days = np.uint32(profiles[i].active_days << np.uint32(1)) | np.uint32(1)
                builds = platform[0].coupon_visit_habit if visit == 2 else 1.0
                profiles[i].habit += platform[0].habit_rate * (builds - profiles[i].habit)
            else:
                members[i].flags = flags & (0xFF ^ s.ON_TODAY)
                profiles[i].active_days = np.uint32(profiles[i].active_days << np.uint32(1))
                profiles[i].habit -= platform[0].habit_rate * profiles[i].habit


@njit([(t.MEMBERS, t.PROFILES, t.COUPONS, t.LEVERS, t.PLATFORM, t.CLOCK, nb.int64, nb.int64)])
def attend_rows(members, profiles, coupons, levers, platform, clock, first, last):  # type: ignore[no-untyped-def]
    """Decide attendance in a range of rows, move the history on and clear yesterday's counters."""
    ids, drawn, caring = np.zeros(LANES, np.int64), np.zeros(LANES, np.uint64), np.zeros(LANES, np.uint64)
    _attend(members, profiles, coupons, levers, platform, clock, ids, drawn, caring, first, last)


def revise(community: Community, row: int, present: bool) -> None:
    """Put a decision made in Python in place of the compiled one for one member."""
    members, profiles = community.state.members.array, community.state.profiles.array
    was = bool(members["flags"][row] & s.ON_TODAY)
    if was == present or not members["flags"][row] & s.ON_PLATFORM:
        return
    sign = 1 if present else -1
    members["flags"][row] ^= s.ON_TODAY
    profiles["active_days"][row] ^= 1
    profiles["habit"][row] += np.float32(sign * community.config.platform.habit_rate)


def run(community: Community) -> None:
    """Decide everybody's day."""
    state = community.state
    by_rows(
        community.threads,
        len(state.members),
        lambda first, last: attend_rows(
            state.members.array,
            state.profiles.array,
            state.coupons.array,
            community.levers.table,
            community.platform,
            community.clock,
            first,
            last,
        ),
    )
    community.engine.attendance()


PHASE = Phase(
    name="attendance",
    when="dawn",
    reads=("members", "profiles", "coupons", "levers", "clock"),
    writes=("members.flags", "profiles"),
    run=run,
    equation=(
        "logit P(visit) = level + own inclination + habit + satisfaction + trust - weariness + novelty"
        " - rivals - crisis - waiting + visit.goal x goal + visit.level x level; odds x calendar x visit.odds x coupon;"
        " habit += rate x (visit - habit), where one made for a coupon alone counts as coupon_visit_habit"
    ),
    facts=("R2", "R4", "R5", "R11", "I3", "I4", "K3"),
    test="tests/sim/phases/test_attendance.py::test_without_attendance_nobody_comes",
    en="Attendance",
    zh="到访",
)
