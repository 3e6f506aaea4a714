"""Compiled passes that make figures of tables: over people, creators and notes, each of which reads a row once."""

from __future__ import annotations

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.kpis.measures import NOTES_MEASURES, PEOPLE_MEASURES
from sim.state import schema as s

nb = t.numba

CELLS = s.N_TIERS * s.N_STAGES * len(s.FAN_CLASSES)
"""Combinations of tier, stage and fan class; their margins are the breakdowns."""
PEOPLE_COLUMNS = (
    *(measure.key for measure in PEOPLE_MEASURES),
    "impressions",
    "reads",
    "reactions",
    "seconds",
)
(
    P_MEMBERS,
    P_VISITORS,
    P_WEEK,
    P_MONTH,
    P_PARTICIPANTS,
    P_PAID_SEEN,
    P_LAPSED,
    P_BACK,
    P_JOINED,
    P_COHORT_1,
    P_KEPT_1,
    P_COHORT_7,
    P_KEPT_7,
    P_COHORT_30,
    P_KEPT_30,
    P_HOLDERS,
    P_TRUST,
    P_FATIGUE,
    P_SATISFACTION,
    P_WAITING,
) = range(20)
P_CHANNEL = P_WAITING  # joined_organic follows: channel 1 is the next column
P_AIPS = P_CHANNEL + 4
P_MUTED = P_AIPS + len(s.AIPS)
P_IMPRESSIONS = len(PEOPLE_MEASURES)
P_READS, P_REACTIONS, P_SECONDS = P_IMPRESSIONS + 1, P_IMPRESSIONS + 2, P_IMPRESSIONS + 3

CHANNEL_SHIFT, CHANNEL_BITS = s.DEMOGRAPHIC_BITS["channel"]
CHANNEL_MASK = (1 << CHANNEL_BITS) - 1
WEEK, MONTH, FOUR_WEEKS = (1 << 7) - 1, (1 << 30) - 1, 28


@njit([(t.MEMBERS, t.PROFILES, t.CLOCK, nb.float64[:, ::1])], _nrt=False)
def people(members, profiles, clock, out):  # type: ignore[no-untyped-def]
    """Add everybody to ``out``, float64 [cells, people columns], at the cell of tier, stage and fan class."""
    day = np.int64(clock[0].day)
    here = s.ON_PLATFORM | s.ON_TODAY
    for i in range(len(members)):
        flags = members[i].flags
        stage = np.int64(profiles[i].stage)
        joined = np.int64(profiles[i].joined)
        on = flags & here == here
        cell = (np.int64(members[i].tier) * s.N_STAGES + stage) * 4 + profiles[i].fan_class
        age = day - joined
        if stage != s.PROSPECT and joined >= 0:
            if age == 1:
                out[cell, P_COHORT_1] += 1
                out[cell, P_KEPT_1] += on
            elif age == 7:
                out[cell, P_COHORT_7] += 1
                out[cell, P_KEPT_7] += on
            elif age == 30:
                out[cell, P_COHORT_30] += 1
                out[cell, P_KEPT_30] += on
            elif age == 0:
                out[cell, P_JOINED] += 1
                channel = np.int64(profiles[i].demographics >> CHANNEL_SHIFT) & CHANNEL_MASK
                if 1 <= channel <= 4:
                    out[cell, P_CHANNEL + channel] += 1
        if profiles[i].day_impressions:  # of those who left today too
            out[cell, P_PAID_SEEN] += profiles[i].day_paid
            out[cell, P_IMPRESSIONS] += profiles[i].day_impressions
            out[cell, P_READS] += profiles[i].day_reads
            out[cell, P_REACTIONS] += profiles[i].day_reactions
            out[cell, P_SECONDS] += profiles[i].day_seconds
        if not flags & s.ON_PLATFORM:
            continue
        out[cell, P_MEMBERS] += 1
        visits = np.int64(profiles[i].active_days)
        out[cell, P_WEEK] += (visits & WEEK) != 0
        out[cell, P_MONTH] += (visits & MONTH) != 0
        out[cell, P_LAPSED] += visits & ((np.int64(2) << FOUR_WEEKS) - 1) == np.int64(1) << FOUR_WEEKS
        if on:
            out[cell, P_VISITORS] += 1
            out[cell, P_BACK] += (
                age > FOUR_WEEKS and (visits >> 1) & ((np.int64(1) << (FOUR_WEEKS - 1)) - 1) == 0
            )
            out[cell, P_PARTICIPANTS] += profiles[i].day_reactions > 0
        out[cell, P_HOLDERS] += profiles[i].coupon >= 0
        out[cell, P_TRUST] += members[i].trust
        out[cell, P_FATIGUE] += members[i].fatigue
        out[cell, P_SATISFACTION] += profiles[i].satisfaction
        out[cell, P_WAITING] += profiles[i].wait
        if profiles[i].aips > 0:
            out[cell, P_AIPS + profiles[i].aips] += 1
        out[cell, P_MUTED] += flags & s.MUTED != 0


N_NOTE_MEASURES = len(NOTES_MEASURES)
(
    N_NOTES,
    N_QUALITY,
    N_LOW,
    N_ORIGINAL,
    N_SPONSORED,
    N_FAKE,
    N_HIT,
    N_HIT_BIG,
    N_HIT_SUPER,
    N_LIVE,
    N_FAKE_SHOWN,
    N_LOW_SHOWN,
    N_SMALL_SHOWN,
    N_SPONSORED_SHOWN,
    N_SPONSORED_READ,
    N_SPONSORED_REACTIONS,
    N_SHOWN_REACTIONS,
    N_HIGH_SHOWN,
    N_LINKED,
    N_FRESH,
) = range(N_NOTE_MEASURES)
LOW_QUALITY = -1.0
HIGH_QUALITY = 1.0
AGES = 256
"""Ages in days that are told apart; the last is older."""
THEMES = 256


@njit(
    [
        (
            t.NOTES,
            t.NOTE_HISTORY,
            t.CREATORS,
            t.CLOCK,
            nb.float64[::1],
            nb.float64[:, :, ::1],
            nb.int64[:, :, ::1],
            nb.int64[::1],
            nb.int64[:, ::1],
        )
    ],
    _nrt=False,
)
def notes_pass(notes, history, creators, clock, limits, out, counters, ages, themes):  # type: ignore[no-untyped-def]
    """Add every note to the day's figures.

    Parameters
    ----------
    limits
        float64 [4]: followers below which a creator is small and the three thresholds of a hit, in sample
        units.
    out, counters
        float64 [topics, formats, note measures] and int64 [topics, formats, counters], the day's.
    ages, themes
        int64 [ages], impressions by age in days; int64 [topics, themes], notes of the last week.
    """
    day = np.int64(clock[0].day)
    for n in range(len(notes)):
        status = notes[n].status
        if status == s.FREE:
            continue
        topic = notes[n].topic
        form = notes[n].format
        flags = notes[n].flags
        low = notes[n].quality < LOW_QUALITY
        age = day - np.int64(notes[n].day)
        share = np.float64(notes[n].share)
        if age == 0:
            out[topic, form, N_NOTES] += share
            out[topic, form, N_QUALITY] += share * notes[n].quality
            out[topic, form, N_LOW] += share * low
            out[topic, form, N_ORIGINAL] += share * (flags & s.ORIGINAL != 0)
            out[topic, form, N_SPONSORED] += share * (flags & s.SPONSORED != 0)
            out[topic, form, N_FAKE] += share * (flags & s.FAKE != 0)
            out[topic, form, N_LINKED] += share * (flags & s.LINKED != 0)
        if status == s.LIVE_NOTE or status == s.SEARCH_ONLY:
            out[topic, form, N_LIVE] += share
            if 0 <= age < 7:
                themes[topic, notes[n].theme] += 1
        impressions = np.int64(history[n].day_totals[s.C_IMPRESSIONS])
        if impressions == 0:
            continue
        for c in range(s.N_COUNTERS):
            counters[topic, form, c] += history[n].day_totals[c]
        ages[min(max(age, 0), AGES - 1)] += impressions
        today = np.int64(0)
        ever = np.int64(0)
        for c in (s.C_LIKES, s.C_COLLECTS, s.C_COMMENTS, s.C_SHARES):
            today += history[n].day_totals[c]
            ever += history[n].totals[c]
        for level in range(3):
            threshold = share * limits[1 + level]
            out[topic, form, N_HIT + level] += share * (ever >= threshold and ever - today < threshold)
        if flags & s.FAKE:
            out[topic, form, N_FAKE_SHOWN] += impressions
        if low:
            out[topic, form, N_LOW_SHOWN] += impressions
        if notes[n].quality > HIGH_QUALITY:
            out[topic, form, N_HIGH_SHOWN] += impressions
        if age == 0:
            out[topic, form, N_FRESH] += impressions
        c = notes[n].creator
        if c >= 0 and creators[c].followers < limits[0]:
            out[topic, form, N_SMALL_SHOWN] += impressions
        if flags & s.SPONSORED:
            reactions = today + history[n].day_totals[s.C_FOLLOWS]
            out[topic, form, N_SPONSORED_SHOWN] += impressions
            out[topic, form, N_SPONSORED_READ] += history[n].day_totals[s.C_READS]
            out[topic, form, N_SPONSORED_REACTIONS] += reactions
            fake = min(0.95, creators[c].fake_share / s.FAKE_UNIT) if c >= 0 else 0.0
            out[topic, form, N_SHOWN_REACTIONS] += reactions / (1.0 - fake)


(A_ACTIVE, A_POSTERS, A_MOST, A_PAID, A_KNOWN, A_KOC, A_TOP, N_AUTHOR_FIGURES) = range(8)


@njit(
    [
        nb.int64[::1](
            t.MEMBERS,
            t.CREATORS,
            nb.float64,
            nb.int64[::1],
            nb.float64[::1],
            nb.float64[::1],
            nb.float32[::1],
            nb.int32[:, ::1],
        )
    ]
)
def authors(members, creators, known, numbers, fake, income, price, tiers):  # type: ignore[no-untyped-def]
    """Figures of creators, and in their order what floating-point sums are made of.

    Parameters
    ----------
    known
        Followers from which on an asking price counts.
    numbers
        int64, written: how many have each number of followers; zeros up to the largest number possible.
    fake
        float64 [creators], written: followers shown that do not exist.
    income, price
        float64, float32 [creators], written from the front: incomes of those who have one and still write; asking prices of
        those who are known and still write.
    tiers
        int32 [2, creators], written from the front: followers of KOC and of top creators who are here.

    Returns
    -------
    int64 [7]
        Who still writes and who wrote this month, the largest number of followers, entries of ``income``, of ``price`` and
        of both rows of ``tiers``.
    """
    out = np.zeros(N_AUTHOR_FIGURES, np.int64)
    for c in range(len(creators)):
        followers = np.int64(creators[c].followers)
        numbers[followers] += 1
        out[A_MOST] = max(out[A_MOST], followers)
        fake[c] = followers * (creators[c].fake_share / s.FAKE_UNIT)
        if not creators[c].left:
            out[A_ACTIVE] += 1
            out[A_POSTERS] += creators[c].notes_month > 0
            if creators[c].income_mean > 0:
                income[out[A_PAID]] = creators[c].income_mean
                out[A_PAID] += 1
            if followers >= known:
                price[out[A_KNOWN]] = creators[c].price_level
                out[A_KNOWN] += 1
        person = members[creators[c].member]
        if person.tier >= s.KOC and person.flags & s.ON_PLATFORM:
            row = 0 if person.tier == s.KOC else 1
            tiers[row, out[A_KOC + row]] = followers
            out[A_KOC + row] += 1
    return out
