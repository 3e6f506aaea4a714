"""Decisions of a session: which note fills a place, what the viewer does with it, how long patience lasts.

Small compiled functions that hold all float arithmetic and all draws. Each is called by the protocol, compiled or
interpreted, with the same result.
"""

from __future__ import annotations

import math

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.levers import mechanisms as lv
from sim.numerics import exp, log
from sim.randomness import S_ATTEND, S_REACT, S_SESSION, S_TASTE, block, tree_choose_row
from sim.state import schema as s

_U32 = 2.0**-32
AHEAD = 8
"""Places chosen at once; a divisor of what fits into a session."""
LEVEL_BITS = 21
LEVEL_MASK = np.uint64((1 << LEVEL_BITS) - 1)
MAX_PLACES = 248
"""Most impressions in one session, a multiple of `AHEAD`; the ordinal of an impression has eight bits."""

VIEWER_BLOCK_BITS = 13
"""Ids that differ in their lower 13 bits only are served by the same recall shards in a slot."""

# A reaction: bits, then seconds.
READ, LIKE, COLLECT, COMMENT, SHARE, FOLLOW, CLICK, COMPLETE, NEGATIVE = (1 << b for b in range(9))
SECONDS_SHIFT = 16
# A place: row of the note, then surface.
SURFACE_SHIFT = 40
ROW_MASK = (1 << SURFACE_SHIFT) - 1
AT_HAND = 1 << 50
"""Mark of a place that needs no tree, while places are being chosen."""


@njit(forceinline=True, _nrt=False)
def unit(word):  # type: ignore[no-untyped-def]
    """Uniform in (0, 1) from a word."""
    return (np.float64(word) + 0.5) * _U32


@njit(forceinline=True, _nrt=False)
def moment(clock):  # type: ignore[no-untyped-def]
    """Day and slot as one key word."""
    return np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)


@njit(forceinline=True, _nrt=False)
def odds_hit(word, logit, factor):  # type: ignore[no-untyped-def]
    """Bernoulli draw at odds ``factor * exp(logit)``."""
    odds = exp(logit) * factor
    return unit(word) * (1.0 + odds) < odds


@njit([(t.MEMBERS, t.PROFILES, t.LEVERS, t.PLATFORM, t.CLOCK, t.numba.int64)], forceinline=True, _nrt=False)
def open_session(members, profiles, levers, platform, clock, i):  # type: ignore[no-untyped-def]
    """Patience in seconds with which member ``i`` opens the app in this slot; 0 if it stays closed.

    Attendance of the day is decided at dawn; given it, a slot is used with probability sessions_mean x the hour's share.
    Patience is exponential: a constant stopping hazard per second spent, scaled by satisfaction, weariness and friction.
    """
    if (members[i].flags & (s.ON_TODAY | s.ON_PLATFORM)) != (s.ON_TODAY | s.ON_PLATFORM):
        return 0
    slot = clock[0].slot
    w0, w1, _, _ = block(clock[0].seed, S_ATTEND, members[i].id, clock[0].day, slot + 1, 0)
    share = min(1.0, platform[0].sessions_mean * clock[0].hour_share[slot])
    if unit(w0) >= share:
        return 0
    cohort = members[i].cohort
    mean = platform[0].impressions_mean * (platform[0].seconds_impression * 2.2)
    mean *= 0.5 + profiles[i].satisfaction
    mean *= 1.0 - 0.5 * members[i].fatigue
    mean /= levers[cohort, lv.M_FRICTION]
    return np.int64(1.0 - log(unit(w1)) * mean)


@njit(forceinline=True, _nrt=False)
def _topic_of_interest(members, i, word):  # type: ignore[no-untyped-def]
    """Topic drawn by the viewer's interests (shares in 255ths)."""
    target = np.int64(np.uint64(word) * np.uint64(255) >> np.uint64(32))
    running = np.int64(0)
    for topic in range(s.N_TOPICS - 1):
        running += members[i].interest[topic]
        if target < running:
            return topic
    return s.N_TOPICS - 1


@njit(forceinline=True, _nrt=False)
def _topic_of_all(clock, word):  # type: ignore[no-untyped-def]
    """Topic drawn by what everybody is shown."""
    u = unit(word)
    for topic in range(s.N_TOPICS - 1):
        if u < clock[0].topic_cut[topic]:
            return topic
    return s.N_TOPICS - 1


@njit(forceinline=True, _nrt=False)
def _from_tree(trees, leaves, clock, i_id, row, k):  # type: ignore[no-untyped-def]
    """Note drawn from one keyed tree, or -1 if it is empty."""
    at = moment(clock)
    seed = clock[0].seed
    a0, a1, a2, a3 = block(seed, S_SESSION, i_id, at, k, 0)
    b0, b1, b2, b3 = block(seed, S_SESSION, i_id, at, k, 1)
    leaf = np.int64(tree_choose_row(trees, row, a0, a1, a2, a3, b0, b1, b2, b3))
    if leaf < 0:
        return np.int64(-1)
    return np.int64(leaves[row, leaf])


@njit(forceinline=True, _nrt=False)
def successor(targets, low, high, point):  # type: ignore[no-untyped-def]
    """First place in sorted ``targets[low:high]`` with a value of at least ``point``, or ``high``."""
    while low < high:
        middle = (low + high) >> 1
        if targets[middle] < point:
            low = middle + 1
        else:
            high = middle
    return low


@njit(forceinline=True, _nrt=False)
def _followee(arcs, u, point, size):  # type: ignore[no-untyped-def]
    """Followee of row ``u`` next to a random point on the ring of rows, or -1.

    Consistent hashing: one followee more or fewer changes the choice only where it is itself the nearest, so that two
    scenarios keep looking at the same people.
    """
    offsets, targets, removed, extra_offsets, extra = arcs
    best = np.int64(-1)
    best_gap = np.int64(size)
    low, high = offsets[u], offsets[u + 1]
    if high > low:
        at = successor(targets, low, high, point)
        for _ in range(min(high - low, 4)):
            if at >= high:
                at = low
            if not (removed[at >> 3] >> (at & 7)) & 1:
                best = np.int64(targets[at])
                best_gap = best - point if best >= point else best - point + size
                break
            at += 1
    low, high = np.int64(extra_offsets[u]), np.int64(extra_offsets[u + 1])
    if high > low:
        at = successor(extra, low, high, point)
        if at >= high:
            at = low
        candidate = np.int64(extra[at])
        gap = candidate - point if candidate >= point else candidate - point + size
        if gap < best_gap:
            best = candidate
    return best


@njit(forceinline=True, _nrt=False)
def _scaled(word, size):  # type: ignore[no-untyped-def]
    """A word scaled to 0 .. size - 1."""
    return np.int64((np.uint64(word) * np.uint64(size)) >> np.uint64(32))


@njit(forceinline=True, _nrt=False)
def recall_shard(clock, viewer, topic):  # type: ignore[no-untyped-def]
    """Recall shard of a topic that serves this viewer in this slot.

    Blocks of viewers take the shards in turn, another one each slot. Neighbours share a shard, whose tree and notes then
    stay in the processor's cache: without that a choice in a large world waits for memory at every level of the tree.
    """
    turn = (
        (np.int64(viewer) >> VIEWER_BLOCK_BITS)
        + np.int64(clock[0].day) * np.int64(clock[0].slots)
        + np.int64(clock[0].slot)
    )
    return np.int64(clock[0].topic_first[topic]) + (turn & np.int64(clock[0].topic_mask[topic]))


@njit(forceinline=True, _nrt=False)
def _place(members, profiles, groups, arcs, trees, levers, clock, i, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    """Where a place is filled from: a note at hand with its surface, and -1; or a surface alone, and a tree.

    A place is an ad with probability ``ads.load``; else discovery, the following feed, search or a group by the platform's
    mix. A share ``feed.relevance`` of discovery follows the viewer's interests, the rest what everybody is shown.
    """
    me = np.int64(members[i].id)
    cohort = members[i].cohort
    u = unit(w0)
    load = levers[cohort, lv.M_AD_LOAD]
    if u < load:
        if clock[0].ads_on:
            row = 2 * np.int64(clock[0].shards) + _topic_of_interest(members, i, w1)
            if trees[row, 1] > 0:
                return np.int64(s.ADS) << SURFACE_SHIFT, row
        u = unit(w3)
    else:
        u = (u - load) / (1.0 - load)
    if u >= clock[0].surface_cut[2]:
        group = profiles[i].group
        if group >= 0:
            note = np.int64(groups[group].notes[w3 & 7])
            if note >= 0:
                return note | np.int64(s.GROUPS) << SURFACE_SHIFT, np.int64(-1)
    elif u >= clock[0].surface_cut[1]:
        topic = _topic_of_interest(members, i, w1)
        if w3 & 0xF == 0:  # one search in sixteen leaves the usual interests
            topic = _topic_of_all(clock, w1)
        row = np.int64(clock[0].shards) + recall_shard(clock, me, topic)
        if trees[row, 1] > 0:
            return np.int64(s.SEARCH) << SURFACE_SHIFT, row
    elif u >= clock[0].surface_cut[0]:
        size = len(members)
        followee = _followee(arcs, i, _scaled(w1, size), size)
        if followee >= 0:
            note = np.int64(profiles[followee].feed_note)
            if note < 0:
                followee = _followee(arcs, i, _scaled(w2, size), size)
                note = np.int64(profiles[followee].feed_note)
            if note >= 0:
                return note | np.int64(s.FOLLOWING) << SURFACE_SHIFT, np.int64(-1)
    return np.int64(s.DISCOVERY) << SURFACE_SHIFT, _discovery_row(members, levers, clock, i, w1, w3)


@njit(forceinline=True, _nrt=False)
def _discovery_row(members, levers, clock, i, w1, w3):  # type: ignore[no-untyped-def]
    """Tree of discovery: of a topic of the viewer's own, or of one that everybody is shown."""
    if unit(w3) < levers[members[i].cohort, lv.M_RELEVANCE]:
        topic = _topic_of_interest(members, i, w1)
    else:
        topic = _topic_of_all(clock, w1)
    return recall_shard(clock, np.int64(members[i].id), topic)


_CHOOSE = [
    (
        t.MEMBERS,
        t.PROFILES,
        t.GROUPS,
        t.ARCS,
        t.TREES,
        t.LEAVES,
        t.LEVERS,
        t.CLOCK,
        t.numba.int64,
        t.numba.int64,
        t.numba.uint64[:, ::1],
        t.numba.int64[::1],
    )
]


@njit(_CHOOSE, forceinline=True, _nrt=False)
def choose(members, profiles, groups, arcs, trees, leaves, levers, clock, i, k, bits, places):  # type: ignore[no-untyped-def]
    """What fills the next `AHEAD` places of member ``i``'s session, from the ``k``-th on.

    Discovery, search and ads each descend a keyed tree of sums. A place depends on nothing that happens in the session, so
    several are chosen at once: their descents run side by side, which hides the time that each waits for memory.

    Parameters
    ----------
    bits
        uint64 [6, AHEAD], scratch.
    places
        int64 [AHEAD], written: row of the note and surface packed, or -1 where there is nothing to show.
    """
    me = np.int64(members[i].id)
    at = moment(clock)
    seed = clock[0].seed
    size = np.uint64(leaves.shape[1])
    one = np.uint64(1)
    ahead = len(places)  # not the constant: a loop of unknown length is vectorised, one of eight unrolled
    half = np.uint64(32)
    low = np.uint64(0xFFFFFFFF)
    for j in range(ahead):
        a0, a1, a2, a3 = block(seed, S_SESSION, me, at, k + j, 0)
        bits[0, j] = np.uint64(a0) | np.uint64(a1) << half
        bits[1, j] = np.uint64(a2) | np.uint64(a3) << half
    for j in range(ahead):
        a0, a1, a2, a3 = block(seed, S_SESSION, me, at, k + j, 1)
        bits[2, j] = np.uint64(a0) | np.uint64(a1) << half
        bits[3, j] = np.uint64(a2) | np.uint64(a3) << half
    for j in range(ahead):
        a0, a1, a2, a3 = block(seed, S_SESSION, me, at, k + j, 2)
        bits[4, j] = np.uint64(a0) | np.uint64(a1) << half
        bits[5, j] = np.uint64(a2) | np.uint64(a3) << half
    for j in range(ahead):
        place, row = _place(
            members, profiles, groups, arcs, trees, levers, clock, i,
            bits[4, j] & low, bits[4, j] >> half, bits[5, j] & low, bits[5, j] >> half,
        )  # fmt: skip
        places[j] = place if row >= 0 else place | AT_HAND
        # a place that needs no tree walks the first one, and what it finds is not looked at
        bits[4, j] = one
        bits[5, j] = np.uint64(max(row, np.int64(0)))
    width = one
    for word in range(4):
        shift = np.uint64(0)
        for _ in range(3):
            if width < size:
                for j in range(ahead):
                    node = bits[4, j] << one
                    row = bits[5, j]
                    left = np.uint64(trees[row, node])
                    total = left + np.uint64(trees[row, node | one])
                    part = (bits[word, j] >> shift) & LEVEL_MASK
                    bits[4, j] = node | np.uint64(part * total >= left << np.uint64(LEVEL_BITS))
            shift += np.uint64(LEVEL_BITS)
            width <<= one
    for j in range(ahead):
        place = places[j]
        if place & AT_HAND:
            places[j] = place ^ AT_HAND
            continue
        row = np.int64(bits[5, j])
        surface = place >> SURFACE_SHIFT
        note = np.int64(-1)
        if trees[row, 1] > 0:
            note = np.int64(leaves[row, np.int64(bits[4, j] - size)])
        if note < 0 and surface == s.ADS:  # a place that nobody bought
            _, w1, _, w3 = block(seed, S_SESSION, me, at, k + j, 2)
            row = _discovery_row(members, levers, clock, i, w1, w3)
            note = _from_tree(trees, leaves, clock, me, row, k + j)
            surface = np.int64(s.DISCOVERY)
        places[j] = note | surface << SURFACE_SHIFT if note >= 0 else np.int64(-1)


@njit(forceinline=True, _nrt=False)
def _taste_words(seed, viewer, key):  # type: ignore[no-untyped-def]
    """Sum of the four words of a viewer's taste for a note."""
    low = np.int64(key & np.uint64(0xFFFFFFFF))
    t0, t1, t2, t3 = block(seed, S_TASTE, viewer, low, np.int64(key >> np.uint64(32)), 0)
    return np.uint64(t0) + np.uint64(t1) + np.uint64(t2) + np.uint64(t3)


@njit(forceinline=True, _nrt=False)
def _taste(words):  # type: ignore[no-untyped-def]
    return np.float64(words) * (_U32 * math.sqrt(3.0)) - 2.0 * math.sqrt(3.0)


@njit(forceinline=True, _nrt=False)
def taste_of(seed, viewer, key):  # type: ignore[no-untyped-def]
    """Lasting taste of a viewer for a note, mean 0, sd 1: the scaled sum of four uniform words."""
    return _taste(_taste_words(seed, viewer, key))


_REACT = [(t.MEMBERS, t.NOTES, t.LEVERS, t.PLATFORM, t.CLOCK, t.numba.int64, t.numba.int64, t.numba.int64)]


@njit(forceinline=True, _nrt=False)
def opens(members, notes, levers, platform, i, place, taste, word):  # type: ignore[no-untyped-def]
    """Whether member ``i`` opens the note in a place: surface, match, taste, cover, novelty, weariness, trust in ads."""
    n = place & ROW_MASK
    surface = place >> SURFACE_SHIFT
    trust = np.float64(members[i].trust)
    match = math.sqrt(members[i].interest[notes[n].topic] * (1.0 / 255.0)) - 0.5
    x = platform[0].read_discovery
    if surface == s.SEARCH:
        x = platform[0].read_search
    elif surface == s.FOLLOWING or surface == s.SHARED or surface == s.GROUPS:
        x = platform[0].read_following
    x += 1.1 * match + 0.45 * taste + 0.35 * notes[n].cover + 0.5 * (notes[n].novelty - 0.8)
    x -= 0.6 * members[i].fatigue
    if notes[n].flags & s.SPONSORED:
        x -= 0.5 * (1.0 - trust)
    if surface == s.ADS:
        x -= 0.6 * (1.0 - trust)
    return odds_hit(word, x, levers[members[i].cohort, lv.M_READ])


_GLANCE = [
    (
        t.MEMBERS,
        t.NOTES,
        t.LEVERS,
        t.PLATFORM,
        t.CLOCK,
        t.numba.int64,
        t.numba.int64,
        t.numba.uint64[:, ::1],
        t.numba.int64[::1],
    )
]


@njit(_GLANCE, forceinline=True, _nrt=False)
def glance(members, notes, levers, platform, clock, i, k, bits, places):  # type: ignore[no-untyped-def]
    """Which of the next `AHEAD` places member ``i`` opens, as bits; looked at together for the same reason as `choose`."""
    seed = clock[0].seed
    me = np.int64(members[i].id)
    at = moment(clock)
    ahead = len(places)
    for j in range(ahead):
        bits[0, j] = notes[max(places[j], np.int64(0)) & ROW_MASK].key
    for j in range(ahead):
        bits[1, j] = _taste_words(seed, me, bits[0, j])
    for j in range(ahead):
        w0, _, _, _ = block(seed, S_REACT, me, at, k + j, 0)
        bits[2, j] = np.uint64(w0)
    mask = np.int64(0)
    for j in range(ahead):
        if places[j] >= 0 and opens(
            members, notes, levers, platform, i, places[j], _taste(bits[1, j]), bits[2, j]
        ):
            mask |= np.int64(1) << j
    return mask


@njit(_REACT, forceinline=True, _nrt=False)
def respond(members, notes, levers, platform, clock, i, place, k):  # type: ignore[no-untyped-def]
    """What member ``i`` does with the note opened in the ``k``-th place: reaction bits and seconds, packed.

    Every reaction has its own odds, from match, lasting taste, quality, format, purpose, trust and weariness, times the
    odds factor of its mechanism. Levels are those of the platform's configuration.
    """
    n = place & ROW_MASK
    surface = place >> SURFACE_SHIFT
    me = np.int64(members[i].id)
    at = moment(clock)
    seed = clock[0].seed
    cohort = members[i].cohort
    flags = notes[n].flags
    trust = np.float64(members[i].trust)
    match = math.sqrt(members[i].interest[notes[n].topic] * (1.0 / 255.0)) - 0.5
    taste = taste_of(seed, me, notes[n].key)
    _, w1, w2, w3 = block(seed, S_REACT, me, at, k, 0)
    out = np.int64(READ)
    quality = np.float64(notes[n].quality)
    form = notes[n].format
    purpose = notes[n].purpose
    # completion and seconds
    done = -0.2 + 0.5 * quality + 0.4 * taste + 0.6 * match - 0.5 * members[i].fatigue
    part = unit(w1)
    usual = platform[0].seconds_image
    if form != s.IMAGE_TEXT:
        usual = platform[0].seconds_video
    if odds_hit(w2, done, 1.0):
        out |= COMPLETE
        seconds = usual * (1.0 + part)
    else:
        seconds = usual * part
    out |= np.int64(min(seconds, 60_000.0)) << SECONDS_SHIFT
    # reactions
    mood = 0.75 * quality + 0.55 * taste + 1.2 * match - 0.7 * members[i].fatigue
    if flags & s.SPONSORED:
        mood -= 0.9 * (1.0 - trust)
    w4, w5, w6, w7 = block(seed, S_REACT, me, at, k, 1)
    x = platform[0].like_logit + mood
    if purpose == s.ENTERTAINING or purpose == s.EMOTIONAL:
        x += 0.3
    if odds_hit(w3, x, levers[cohort, lv.M_LIKE]):
        out |= LIKE
    x = platform[0].collect_logit + mood
    if form == s.IMAGE_TEXT:
        x += 0.45
    else:
        x -= 0.55
    if purpose == s.EDUCATIONAL or purpose == s.PRODUCT:
        x += 0.5
    elif purpose == s.ENTERTAINING:
        x -= 0.8
    if odds_hit(w4, x, levers[cohort, lv.M_COLLECT]):
        out |= COLLECT
    x = platform[0].comment_logit + 0.8 * mood
    if purpose == s.INTERACTIVE:
        x += 0.9
    if odds_hit(w5, x, levers[cohort, lv.M_COMMENT]):
        out |= COMMENT
        if unit(w1) < 0.08 + 0.10 * (quality < -1.0) + 0.12 * (1.0 - trust) * (flags & s.SPONSORED):
            out |= NEGATIVE
    if odds_hit(w6, platform[0].share_logit + mood, levers[cohort, lv.M_SHARE]):
        out |= SHARE
    w8, _w9, _, _ = block(seed, S_REACT, me, at, k, 2)
    if surface != s.FOLLOWING and odds_hit(w7, platform[0].follow_logit + mood, levers[cohort, lv.M_FOLLOW]):
        out |= FOLLOW
    if flags & s.LINKED:
        x = platform[0].click_logit + 0.5 * mood + 0.6 * (trust - 0.6)
        if purpose == s.PRODUCT:
            x += 0.6
        if surface == s.SEARCH:
            x += 0.5
        if form == s.LIVE:
            x += 0.5
        if odds_hit(w8, x, levers[cohort, lv.M_CLICK] * clock[0].demand):
            out |= CLICK
    return out


@njit(_REACT)
def react(members, notes, levers, platform, clock, i, place, k):  # type: ignore[no-untyped-def]
    """`respond` if the note is opened, else 0: the whole reaction to one impression."""
    me = np.int64(members[i].id)
    w0, _, _, _ = block(clock[0].seed, S_REACT, me, moment(clock), k, 0)
    taste = taste_of(clock[0].seed, me, notes[place & ROW_MASK].key)
    if not opens(members, notes, levers, platform, i, place, taste, w0):
        return np.int64(0)
    return respond(members, notes, levers, platform, clock, i, place, k)
