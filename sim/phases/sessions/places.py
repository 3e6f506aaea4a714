"""What fills the places of a session: when a member opens the app, for how long, and which note stands where.

A place depends on nothing that happens in the session, so several are chosen at once: what each waits for in memory is
then waited for side by side.
"""

from __future__ import annotations

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.lanes import MAX_LEVELS, count_edges, descend
from sim.levers import mechanisms as lv
from sim.numerics import log
from sim.randomness import S_ATTEND, S_SESSION, block, uniform
from sim.state import schema as s

AHEAD = 8
"""Places chosen at once, as many as a vector register holds."""
MAX_PLACES = 248
"""Most impressions in one session, a multiple of `AHEAD`; the ordinal of an impression has eight bits."""

VIEWER_BLOCK_BITS = 13
"""Ids that differ in their lower 13 bits only are served by the same recall shards in a slot."""

# What a place is meant for, by its share of the platform's mix.
FOLLOWED, SEARCHED, GROUPED = 1, 2, 3
# A place: listing of the note, then surface.
SURFACE_SHIFT = 40
LISTING_MASK = (1 << SURFACE_SHIFT) - 1

nb = t.numba
SCRATCH = nb.types.Tuple(
    (nb.uint64[:, ::1], nb.int64[::1], nb.int64[:, ::1], nb.float64[::1], nb.int64[::1], nb.float64[::1])
)


def scratch() -> tuple[t.Array, ...]:
    """Room for `AHEAD` places of one session: random words, the places, whole numbers on the way to them, uniform numbers and
    log-odds, where topics end by the viewer's interests and by what everybody is shown.
    """
    return (
        np.zeros((6, AHEAD), np.uint64),
        np.zeros(AHEAD, np.int64),
        np.zeros((8, AHEAD), np.int64),
        np.zeros(AHEAD),
        np.zeros(s.N_TOPICS, np.int64),
        np.full(s.N_TOPICS, np.inf),
    )


@njit(forceinline=True, _nrt=False)
def moment(clock):  # type: ignore[no-untyped-def]
    """Day and slot as one key word."""
    return np.int64(clock[0].day) << 8 | np.int64(clock[0].slot)


@njit([(t.MEMBERS, t.PROFILES, t.LEVERS, t.PLATFORM, t.CLOCK, nb.int64)], forceinline=True, _nrt=False)
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
    if uniform(w0) >= share:
        return 0
    cohort = members[i].cohort
    mean = platform[0].impressions_mean * (platform[0].seconds_impression * 2.2)
    mean *= 0.5 + profiles[i].satisfaction
    mean *= 1.0 - 0.5 * members[i].fatigue
    mean /= levers[cohort, lv.M_FRICTION]
    return np.int64(1.0 - log(uniform(w1)) * mean)


@njit(forceinline=True, _nrt=False)
def successor(targets, low, high, point):  # type: ignore[no-untyped-def]
    """First place in sorted ``targets[low:high]`` with a value of at least ``point``, or ``high``."""
    base, left = np.uint64(low), np.int64(high - low)
    while left > 1:  # without a branch on what is found, which no processor could foresee
        half = left >> 1
        base += np.uint64(half) * np.uint64(targets[base + np.uint64(half - 1)] < point)
        left -= half
    found = np.int64(base)
    if left == 1 and targets[base] < point:
        found += 1
    return found


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
def _met(latest, word):  # type: ignore[no-untyped-def]
    """Listing of somebody's newest note, or -1: there is none, or it stands for so few that this look does not meet it."""
    halved = (np.uint64(1) << np.uint64(max(latest, 0) >> s.LATEST_BITS)) - np.uint64(1)
    return np.int64(latest & s.LATEST_MASK) if latest >= 0 and word & halved == np.uint64(0) else np.int64(-1)


@njit(forceinline=True, _nrt=False)
def _scaled(word, size):  # type: ignore[no-untyped-def]
    """A word scaled to 0 .. size - 1."""
    return np.int64((np.uint64(word) * np.uint64(size)) >> np.uint64(32))


@njit(forceinline=True, _nrt=False)
def _close_up(kinds, wanted, count, lanes):  # type: ignore[no-untyped-def]
    """Places of one kind among the first ``count``, written to ``lanes`` one after the other; how many there are."""
    some = 0
    for j in range(count):
        lanes[some] = j
        some += kinds[j] == wanted
    return some


@njit(forceinline=True, _nrt=False)
def recall_turn(clock, viewer):  # type: ignore[no-untyped-def]
    """Which of each topic's recall shards serve this viewer in this slot, before `recall_shard` takes it by topic.

    Blocks of viewers take the shards in turn, another one each slot. Neighbours share a shard, whose tree and notes then
    stay in the processor's cache: without that a choice in a large world waits for memory at every level of the tree.
    """
    return (
        (np.int64(viewer) >> VIEWER_BLOCK_BITS)
        + np.int64(clock[0].day) * np.int64(clock[0].slots)
        + np.int64(clock[0].slot)
    )


@njit(forceinline=True, _nrt=False)
def recall_shard(clock, turn, topic):  # type: ignore[no-untyped-def]
    """Recall shard of a topic at a turn."""
    return np.int64(clock[0].topic_first[topic]) + (turn & np.int64(clock[0].topic_mask[topic]))


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.SHOWN,
            t.COUNTS,
            t.GROUPS,
            t.ARCS,
            t.FEEDS,
            t.LEVERS,
            t.CLOCK,
            nb.int64,
            nb.int64,
            nb.int64,
            SCRATCH,
        )
    ],
    forceinline=True,
    _nrt=False,
)
def choose(members, profiles, shown, counts, groups, arcs, feeds, levers, clock, i, k, count, room):  # type: ignore[no-untyped-def]
    """What fills the next ``count`` places of member ``i``'s session, from the ``k``-th on.

    A place is discovery, the following feed, search or a group by the platform's mix. It is for an ad with probability
    ``ads.load``, and shows one if that place was sold: an ad for search where one searches, one for the feed elsewhere. A
    share ``feed.relevance`` of discovery follows the viewer's interests, the rest what everybody is shown.
    Discovery, search and ads each descend a keyed tree of sums.

    Parameters
    ----------
    shown, counts
        Nothing is read of them: what will be read of a note and counted on it is fetched as soon as the note is known.
    count
        From 1 to `AHEAD`.
    room
        From `scratch`; its second entry is written: listing of the note and surface packed, or -1 where there is nothing
        to show.
    """
    words, places, whole, reals, interests, cuts = room
    surfaces, rows, notes, topics = whole[0], whole[1], whole[2], whole[3]
    found, common, kinds, lanes = whole[4], whole[5], whole[6], whole[7]
    pairs, ads, latest = feeds
    me = np.int64(members[i].id)
    at = moment(clock)
    seed = clock[0].seed
    one, half, low = np.uint64(1), np.uint64(32), np.uint64(0xFFFFFFFF)
    prefetch(arcs[1], arcs[0][i])
    ahead = len(places)  # not the constant: a loop of unknown length is vectorised, one of eight unrolled
    for part in range(3):
        for j in range(ahead):
            a0, a1, a2, a3 = block(seed, S_SESSION, me, at, k + j, part)
            words[2 * part, j] = np.uint64(a0) | np.uint64(a1) << half
            words[2 * part + 1, j] = np.uint64(a2) | np.uint64(a3) << half
    running = np.int64(0)
    for topic in range(s.N_TOPICS):
        running += members[i].interest[topic]
        interests[topic] = running
    for cut in range(s.N_TOPICS - 1):
        cuts[cut] = clock[0].topic_cut[cut]
    for j in range(ahead):
        found[j] = np.int64((words[4, j] >> half) * np.uint64(255) >> half)
        reals[j] = uniform(words[4, j] >> half)
    count_edges(found, interests, topics)
    count_edges(reals, cuts, common)
    cohort = members[i].cohort
    load, relevance = levers[cohort, lv.M_AD_LOAD], levers[cohort, lv.M_RELEVANCE]
    matched = levers[cohort, lv.M_AD_MATCH]
    rest = 1.0 / (1.0 - load) if load < 1.0 else 0.0
    shards = np.int64(clock[0].shards)
    turn = recall_turn(clock, me)
    people = len(members)
    size = np.uint64(ads.shape[1])
    following, searching, grouped = (
        clock[0].surface_cut[0],
        clock[0].surface_cut[1],
        clock[0].surface_cut[2],
    )
    for j in range(ahead):
        u = uniform(words[4, j] & low)
        share = uniform(words[5, j] >> half) if u < load else (u - load) * rest
        kind = np.int64(share >= following) + np.int64(share >= searching) + np.int64(share >= grouped)
        found[j] = np.int64(u < load) | np.int64(kind == GROUPED)
        kinds[j], surfaces[j], rows[j], notes[j] = kind, np.int64(s.DISCOVERY), np.int64(-1), np.int64(-1)
    for j in range(count):
        if not found[j]:
            continue
        u = uniform(words[4, j] & low)
        if u < load:  # a place that nobody bought is filled like any other
            searched = kinds[j] == SEARCHED
            # an advertisement in the feed that is not targeted by interests is shown to anybody
            wanted = topics[j] if searched or uniform(words[5, j] & low) < matched else common[j]
            market = wanted + s.N_TOPICS * searched
            if u < load * clock[0].ads_sold[market]:  # else a place that nobody bought
                surfaces[j] = np.int64(s.SEARCH_ADS if searched else s.ADS)
                rows[j], found[j], kinds[j] = 2 * shards + market, market, np.int64(0)
        group = profiles[i].group
        if kinds[j] == GROUPED and group >= 0:
            notes[j] = np.int64(groups[group].notes[words[5, j] >> half & np.uint64(7)])
            surfaces[j] = np.int64(s.GROUPS)
    # Few places follow or search, and no processor foresees which: they close up, and each kind is gone through by itself.
    some = _close_up(kinds, FOLLOWED, count, lanes)
    for at_lane in range(some):
        j = lanes[at_lane]
        followee = _followee(arcs, i, _scaled(words[4, j] >> half, people), people)
        surfaces[j] = np.int64(s.FOLLOWING) if followee >= 0 else np.int64(s.DISCOVERY)
        found[j] = max(followee, np.int64(0))
        prefetch(latest, found[j])
    for at_lane in range(some):
        j = lanes[at_lane]
        notes[j] = _met(np.int64(latest[found[j]].listing), words[5, j])
        if surfaces[j] == s.FOLLOWING and notes[j] < 0:  # has no note: somebody else, if there is one
            found[j] = max(_followee(arcs, i, _scaled(words[5, j] & low, people), people), np.int64(0))
            prefetch(latest, found[j])
    impressions = s.C_IMPRESSIONS * np.int64(counts.shape[1])
    for at_lane in range(some):
        j = lanes[at_lane]
        if surfaces[j] != s.FOLLOWING:
            notes[j] = np.int64(-1)
        elif notes[j] < 0:
            notes[j] = _met(np.int64(latest[found[j]].listing), words[5, j] >> half)
        prefetch(shown, max(notes[j], np.int64(0)))
        prefetch(counts, impressions + max(notes[j], np.int64(0)))
    some = _close_up(kinds, SEARCHED, count, lanes)
    for at_lane in range(some):
        j = lanes[at_lane]
        # one search in sixteen leaves the usual interests
        topic = common[j] if words[5, j] >> half & np.uint64(0xF) == 0 else topics[j]
        row = shards + recall_shard(clock, turn, topic)
        surfaces[j] = np.int64(s.SEARCH)
        rows[j] = row if pairs[np.uint64(row) * size + one] > 0 else np.int64(-1)
    for j in range(ahead):  # all descend, those without a tree in the first one
        topic = topics[j] if uniform(words[5, j] >> half) < relevance else common[j]
        row = recall_shard(clock, turn, topic)
        missing = notes[j] < 0 and rows[j] < 0
        surfaces[j] = np.int64(s.DISCOVERY) if missing else surfaces[j]
        rows[j] = row if missing else rows[j]
        places[j] = notes[j] | surfaces[j] << SURFACE_SHIFT
        words[4, j] = one
        words[5, j] = np.uint64(max(rows[j], np.int64(0))) * size if j < count else np.uint64(0)
    levels = np.int64(0)
    for level in range(MAX_LEVELS):
        levels += size > one << np.uint64(level)
    searches = np.uint64(shards) * size
    near = max(levels - 2, np.int64(0))
    descend(pairs, words, np.int64(0), near)
    for j in range(count):  # what may be found two levels down is fetched before it is known
        listing = np.int64((words[4, j] << np.uint64(levels - near)) - size + words[5, j])
        listing -= np.int64(searches) if surfaces[j] == s.SEARCH else np.int64(0)
        prefetch(shown, listing)
        prefetch(shown, listing + 3)
        prefetch(counts, impressions + listing)
    descend(pairs, words, near, levels)
    for j in range(count):
        if rows[j] < 0:
            continue
        surface, base, leaf = surfaces[j], words[5, j], words[4, j] - size
        note = np.int64(base + leaf)
        if surface == s.ADS or surface == s.SEARCH_ADS:
            note = np.int64(ads[found[j], leaf])
        elif surface == s.SEARCH:
            note = np.int64(base + leaf - searches)
        if pairs[base + one] == 0:  # an empty tree
            note = np.int64(-1)
        places[j] = note | surface << SURFACE_SHIFT if note >= 0 else np.int64(-1)
