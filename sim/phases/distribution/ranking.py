"""Weights of notes in the recall trees: the traffic-pool ladder, freshness, momentum, boosts, and the search index.

Runs before each slot. A note enters the first pool; when a pool is used up it climbs if its interactions per
impression (CES, weights of E1) are as many times the platform's mean as the gate says, else it keeps an eighth of its
weight until it is too old for discovery. What is paid for fills no pool. A contract's note stands for fewer real ones than
others do, and fills that ``share`` of a real note's places (docs/scale.md).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.levers import mechanisms as lv
from sim.numerics import exp, log, power
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
MAX_WEIGHT = 524288.0
"""Largest weight of a leaf: 2**19, so that 4,096 of them sum below 2**32."""
FIRST_WEIGHT = 256.0
"""Weight of a fresh note in the first pool: large, so that what fades or is in the slow lane does not end at the least
weight, 1, long before it leaves the feed, and small enough for a hit to stay below the largest."""
RUNGS = 8
KNOWN_DAYS = 64
"""Ages in days for which what time has left is worked out once for all notes; the few that are older wait for it."""
DISCOVERY_DAYS = 14
"""Age in days at which a note leaves discovery (C8: plateau of one to four weeks)."""
PRIOR_IMPRESSIONS = 150.0
"""Impressions' worth of the platform's average with which a young note's rate is shrunk (assumption, 50 to 500)."""
LEAST_PRIOR = 20.0
"""The same of a note that stands for few real ones: the platform knows these better than the sample does, but a rate of
fewer impressions is noise (assumption, 5 to 50)."""
SLOW_LANE = 0.125
MOMENTUM = 0.4
"""Freshness of a note all of whose interactions are of the last hours, by which an older one stays in the feed while it is
liked (assumption, 0.2 to 1; C7, C8)."""
COVER_APPEAL = 0.35
"""What a standard deviation of a cover is worth, log-odds of being opened (assumption, 0.2 to 0.5; O12)."""
TALKED_OUT = 3.0
"""Comments from which on they crowd out further ones (assumption, 1 to 10)."""
TOLD_OUT = 2.0
"""Shares from which on a note is no news to those whom one could tell (assumption, 1 to 10)."""
_LN2 = math.log(2.0)


def ces_of(totals: Any, platform: Any) -> Any:
    """Community engagement score of counters (first axis): weighted interactions (E1); compiled as `_ces_of`."""
    return (
        platform[0].ces_like * totals[s.C_LIKES]
        + platform[0].ces_collect * totals[s.C_COLLECTS]
        + platform[0].ces_comment * totals[s.C_COMMENTS]
        + platform[0].ces_share * totals[s.C_SHARES]
        + platform[0].ces_follow * totals[s.C_FOLLOWS]
    )


_ces_of = njit(_nrt=False)(ces_of)


def shrunk_ces(community: Community, rows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """CES per impression of notes since publication, shrunk towards the platform's mean, float64."""
    totals = community.state.note_history["totals"][rows].T
    score = ces_of(totals, community.platform.view(np.recarray))
    rate: npt.NDArray[np.float64] = (score + 100.0 * community.mean_value) / (totals[s.C_IMPRESSIONS] + 100.0)
    return rate


def learn(community: Community) -> None:
    """What the platform learns from a day for the next one's ranking and ad sales: the mean value of an impression, and
    how many places there are to sell."""
    sums = community.totals.sum(axis=(0, 1))
    impressions = float(sums[s.C_IMPRESSIONS])
    if impressions > 0:
        score = float(ces_of(sums, community.platform.view(np.recarray)))
        community.mean_value = max(1e-6, 0.8 * community.mean_value + 0.2 * score / impressions)
        load = float(community.levers.table[0, lv.M_AD_LOAD])
        community.ad_places = impressions * load


@njit(_nrt=False)
def pool_size(platform, rung, followers, members, share=1.0):  # type: ignore[no-untyped-def]
    """Impressions of a rung of the ladder: real views while they are few, capped alike in samples of any size and by the
    audience of a small one (docs/scale.md).

    The first pool, and with it every other, holds a share of the author's ``followers`` (of the real world) besides strangers.
    A note that stands for fewer than others do fills its ``share`` of what any other of its author's would fill.
    """
    size = platform[0].pool_first + platform[0].pool_followers * followers
    for _ in range(rung):
        size *= platform[0].pool_ratio
    return share * max(platform[0].pool_floor, min(size, platform[0].pool_top, 2.0 * members))


@njit(_nrt=False)
def search_life(totals, share=1.0):  # type: ignore[no-untyped-def]
    """Days for which a note stays in the search index, from what was liked and kept (assumption; C8: months for a few)."""
    liked = np.float64(totals[s.C_LIKES] + 2 * totals[s.C_COLLECTS]) / share
    return 8.0 + 12.0 * log(1.0 + liked) / _LN2


@njit
def _leaf(weight, share):  # type: ignore[no-untyped-def]
    """Weight of a leaf: at least 1, but for a note that stands for less than another, which is rounded."""
    weight = min(MAX_WEIGHT, weight)
    return np.uint32(max(1.0, weight) if share >= 1.0 else weight + 0.5)


@njit
def _in_units(logit):  # type: ignore[no-untyped-def]
    """Log-odds as `shown` holds them, int16."""
    return np.int16(max(-32768.0, logit / s.LOGIT_UNIT))


@njit
def _crowded(weight, count, enough):  # type: ignore[no-untyped-def]
    """Log-odds, in units, that a note loses by what it already has; most have nothing, and need no logarithm."""
    return _in_units(-weight * log(1.0 + count / enough)) if count > 0 else np.int16(0)


@njit(_nrt=False)
def show_note(notes, shown, totals, platform, n):  # type: ignore[no-untyped-def]
    """Write what impressions of the coming slot read of a note with such counters since publication."""
    share = np.float64(notes[n].share)
    comments, shares = totals[s.C_COMMENTS] / share, totals[s.C_SHARES] / share
    at = notes[n].listing
    shown[at].key = notes[n].key
    shown[at].appeal = COVER_APPEAL * notes[n].cover + 0.5 * (notes[n].novelty - 0.8)
    shown[at].talk = _crowded(platform[0].comment_crowding, comments, TALKED_OUT)
    shown[at].told = _crowded(platform[0].share_crowding, shares, TOLD_OUT)
    shown[at].quality = notes[n].quality
    shown[at].topic = notes[n].topic
    shown[at].format = notes[n].format
    shown[at].purpose = notes[n].purpose
    placed = notes[n].product >= 0 and notes[n].contract >= 0
    shown[at].flags = notes[n].flags | (s.PLACEMENT if placed else 0)


@njit(_nrt=False)
def _faded(age, platform, levers):  # type: ignore[no-untyped-def]
    """What is left after so many hours of a note's freshness, and of its weight in search."""
    fresh = exp(-_LN2 * age / platform[0].freshness_half_life * levers[0, lv.M_AGEING])
    life = levers[0, lv.M_SEARCH_LIFE]
    return fresh, exp(-_LN2 * age / (24.0 * platform[0].search_half_life * life))


@njit
def _fading(levers, platform, clock):  # type: ignore[no-untyped-def]
    """Age in hours and what `_faded` says of it, by days since publication and by slot, float64 [days, slots, 3]."""
    slots = clock[0].slots
    out = np.empty((KNOWN_DAYS, slots, 3))
    for days in range(KNOWN_DAYS):
        for slot in range(slots):
            age = days * 24.0 + (np.float64(clock[0].slot) - np.float64(slot)) * (24.0 / slots)
            out[days, slot, 0] = age
            out[days, slot, 1], out[days, slot, 2] = _faded(age, platform, levers)
    return out


@njit(_nrt=False)
def _differs(levers, mechanism):  # type: ignore[no-untyped-def]
    """Whether a mechanism has another value for some cohort than for the first."""
    differs = False
    for cohort in range(1, len(levers)):
        differs |= levers[cohort, mechanism] != levers[0, mechanism]
    return differs


@njit(_nrt=False)
def _rank(  # type: ignore[no-untyped-def]
    members, notes, history, shown, trees, levers, platform, clock, audience, mean_value, fading, first, last
):
    """`rank_notes`, with what `_fading` says."""
    leaves = np.int64(trees.shape[1] // 2)
    searches = np.int64(clock[0].shards) * 2 * leaves
    slots = clock[0].slots
    hours = 24.0 / slots
    fade = exp(-_LN2 * hours / platform[0].interaction_half_life)
    by_author = _differs(levers, lv.M_NOTE_WEIGHT)
    for n in range(first, last):
        ahead = min(n + 16, last - 1)
        listing = np.int64(max(notes[ahead].listing, 0))
        leaf = listing + (listing // leaves + 1) * leaves
        prefetch(trees, leaf)
        prefetch(trees, searches + leaf)
        if clock[0].slot == 0:
            prefetch(shown, listing)
        if by_author:
            prefetch(members, notes[ahead].author)
        status = notes[n].status
        if status != s.LIVE_NOTE and status != s.SEARCH_ONLY:
            continue
        days, slot = np.int64(clock[0].day) - notes[n].day, np.int64(notes[n].slot)
        if 0 <= days < KNOWN_DAYS:
            age, fresh, tail = fading[days, slot, 0], fading[days, slot, 1], fading[days, slot, 2]
        else:
            age = days * 24.0 + (np.float64(clock[0].slot) - slot) * hours
            fresh, tail = _faded(age, platform, levers)
        momentum = history[n].interest_ema * fade + _ces_of(history[n].slot_totals, platform)
        history[n].interest_ema = momentum
        talked = history[n].slot_totals[s.C_COMMENTS] + history[n].slot_totals[s.C_SHARES]
        if history[n].slot_totals[s.C_IMPRESSIONS]:  # with which all else is counted
            history[n].slot_totals[:] = 0
        total = _ces_of(history[n].totals, platform)
        impressions = np.float64(history[n].totals[s.C_IMPRESSIONS])
        score = total + levers[0, lv.M_RANK_CLICKS] * history[n].totals[s.C_CLICKS]
        share = np.float64(notes[n].share)
        prior = max(LEAST_PRIOR, PRIOR_IMPRESSIONS * share)
        value = (score + prior * mean_value) / (impressions + prior) / mean_value
        value = min(8.0, max(0.1, value))
        if levers[0, lv.M_RANK_VALUE] != 1.0:
            value = power(value, levers[0, lv.M_RANK_VALUE])
        if talked or clock[0].slot == 0 or (days == 0 and slot == clock[0].slot):
            show_note(notes, shown, history[n].totals, platform, n)
        shard = notes[n].listing // leaves
        at = leaves + notes[n].listing % leaves
        if status == s.LIVE_NOTE:
            rung = np.int64(notes[n].rung)
            organic = history[n].totals[s.C_IMPRESSIONS] - history[n].totals[s.C_PAID_IMPRESSIONS]
            used = organic - history[n].rung_impressions
            followers = np.float64(notes[n].followers)
            pool = pool_size(platform, rung, followers, audience, share)
            lane = 1.0
            if used >= pool:
                if value >= platform[0].gate * levers[0, lv.M_GATE] and rung < RUNGS - 1:
                    rung += 1
                    notes[n].rung = rung
                    history[n].rung_impressions = organic
                    pool = pool_size(platform, rung, followers, audience, share)
                else:
                    lane = SLOW_LANE
            if total > 0.0:
                fresh = max(fresh, MOMENTUM * momentum / total)
            weight = FIRST_WEIGHT * pool / platform[0].pool_first * value * lane * fresh * notes[n].boost
            cohort = np.int64(members[notes[n].author].cohort) if by_author else np.int64(0)
            weight *= levers[cohort, lv.M_NOTE_WEIGHT]
            if rung == 0:
                weight *= levers[0, lv.M_EXPLORATION]
            if not notes[n].flags & s.ORIGINAL:
                weight *= levers[0, lv.M_COPIES]
            trees[shard, at] = _leaf(weight, share)
            if age >= DISCOVERY_DAYS * 24.0:
                notes[n].status = s.SEARCH_ONLY
                trees[shard, at] = np.uint32(0)
        liked = np.float64(history[n].totals[s.C_LIKES] + 2 * history[n].totals[s.C_COLLECTS]) / share
        life = levers[0, lv.M_SEARCH_LIFE]
        weight = 256.0 * math.sqrt(1.0 + liked) * value * tail * share
        trees[np.int64(clock[0].shards) + shard, at] = _leaf(weight, share)
        if status == s.SEARCH_ONLY and age > 24.0 * life * search_life(history[n].totals, share):
            notes[n].status = s.REMOVED
            trees[np.int64(clock[0].shards) + shard, at] = np.uint32(0)


@njit(
    [
        (
            t.MEMBERS,
            t.NOTES,
            t.NOTE_HISTORY,
            t.SHOWN,
            t.TREES,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            nb.float64,
            nb.float64,
            nb.int64,
            nb.int64,
        )
    ]
)
def rank_notes(  # type: ignore[no-untyped-def]
    members, notes, history, shown, trees, levers, platform, clock, audience, mean_value, first, last
):
    """Move the notes of a range of rows on the ladder, write what is shown of them and their leaves' weights.

    Each note has a leaf of its own, so ranges of rows can be done side by side. What is shown of a note changes before the
    first slot, when it is published, and by what is said and passed on.

    Parameters
    ----------
    audience
        Members on the platform, the cap of the pools.
    mean_value
        CES per impression over the platform, the unit of the gate.
    """
    fading = _fading(levers, platform, clock)
    _rank(
        members,
        notes,
        history,
        shown,
        trees,
        levers,
        platform,
        clock,
        audience,
        mean_value,
        fading,
        first,
        last,
    )


@njit([nb.int64[:, ::1](t.NOTES, nb.int64, nb.int64, nb.int64)])
def count_live(notes, themes, first, last):  # type: ignore[no-untyped-def]
    """Live notes in a range of rows by topic and theme, int64 [topics, themes]."""
    crowd = np.zeros((s.N_TOPICS, themes), np.int64)
    for n in range(first, last):
        if notes[n].status == s.LIVE_NOTE:
            crowd[notes[n].topic, notes[n].theme] += 1
    return crowd


@njit([(t.TREES, nb.int64, nb.int64)], _nrt=False)
def build_trees(trees, first, last):  # type: ignore[no-untyped-def]
    """Sums of a range of trees, bottom up."""
    leaves = trees.shape[1] // 2
    for row in range(first, last):
        for node in range(leaves - 1, 0, -1):
            trees[row, node] = trees[row, 2 * node] + trees[row, 2 * node + 1]
