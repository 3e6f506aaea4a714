"""What a viewer does with a note: opens it or not, stays, likes, collects, comments, shares, follows, clicks.

Small compiled functions that hold all float arithmetic and all draws; the protocol calls each, compiled or interpreted,
with the same result.
"""

from __future__ import annotations

import math

import numpy as np

from sim import types as t
from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.levers import mechanisms as lv
from sim.numerics import exp, exp_within
from sim.phases.sessions.places import LISTING_MASK, SCRATCH, SURFACE_SHIFT, moment
from sim.randomness import S_REACT, S_TASTE, block, uniform
from sim.state import schema as s

nb = t.numba
# A reaction: bits, then seconds.
READ, LIKE, COLLECT, COMMENT, SHARE, FOLLOW, CLICK, COMPLETE, NEGATIVE, RECOGNISED = (
    1 << b for b in range(10)
)
SECONDS_SHIFT = 16

VIDEO_COMPLETES = 0.2
"""Log-odds with which a video is watched to its end more often than a picture note is read (assumption, 0 to 0.6; H11)."""
MATCH = 2.4
"""Weight of interest in a note's topic, as `match_of` has it, in opening the note, log-odds (assumption, 1 to 4; R13 checks
what a feed without it loses)."""
CLICK_MATCH = 2.0
"""The same in looking at a product that a note links to, besides what the mood adds (assumption, 0 to 3)."""
KNOWS_LABELLED, KNOWS_HIDDEN = 0.6, 0.3
"""Chance that a reader takes a commissioned note for an advertisement, if it says so and if not (assumptions, 0.4 to 0.9 and
0.1 to 0.5; G6: a label lifts it)."""
COMMERCIAL, KNOWN_AD = 0.5, 1.6
"""Mood lost on a commissioned note with each unit of distrust, by everybody and by who takes it for an advertisement
(assumptions, 0 to 1 and 0.5 to 3; P7, G6)."""
HONEST = 0.7
"""Mood that a label earns from who sees it, with the similarity of reader and author, the root of the reader's share of
interest in the subject (assumption, 0 to 2; G6: labels cost with strangers and pay with the similar)."""
COUNTED_TOO = np.full(s.N_SURFACES, s.C_IMPRESSIONS, np.int8)
"""Counter that an impression on each surface adds to besides that of all impressions, or the latter again."""
COUNTED_TOO[[s.ADS, s.SEARCH_ADS]] = s.C_PAID_IMPRESSIONS
COUNTED_TOO[s.SEARCH] = s.C_SEARCH_IMPRESSIONS
TASTE = 0.45
"""Weight of a viewer's lasting taste in opening a note, log-odds a standard deviation (assumption, 0.2 to 0.8)."""


@njit(forceinline=True, _nrt=False)
def odds_hit(word, logit, factor):  # type: ignore[no-untyped-def]
    """Bernoulli draw at odds ``factor * exp(logit)``."""
    odds = exp(logit) * factor
    return uniform(word) * (1.0 + odds) < odds


@njit(forceinline=True, _nrt=False)
def taste_words(seed, viewer, key):  # type: ignore[no-untyped-def]
    """Sum of the four words of a viewer's taste for a note."""
    low = np.int64(key & np.uint64(0xFFFFFFFF))
    t0, t1, t2, t3 = block(seed, S_TASTE, viewer, low, np.int64(key >> np.uint64(32)), 0)
    return np.uint64(t0) + np.uint64(t1) + np.uint64(t2) + np.uint64(t3)


@njit(forceinline=True, _nrt=False)
def taste_from(words):  # type: ignore[no-untyped-def]
    """Lasting taste of a viewer for a note, mean 0, sd 1: the scaled sum of four uniform words."""
    return np.float64(words) * (2.0**-32 * math.sqrt(3.0)) - 2.0 * math.sqrt(3.0)


@njit(forceinline=True, _nrt=False)
def match_of(interest):  # type: ignore[no-untyped-def]
    """How well a note matches the share of interest (in 255ths) that its viewer has in its topic, -0.5 to 0.5."""
    return math.sqrt(interest * (1.0 / 255.0)) - 0.5


@njit(forceinline=True, _nrt=False)
def pull(levels, person, surface, interest, appeal, sponsored):  # type: ignore[no-untyped-def]
    """Log-odds that a note is opened, at average taste: surface, match, cover, novelty, weariness, trust in ads.

    Without branches, for loops that work on several at once.

    Parameters
    ----------
    levels
        Log-odds in discovery, in search and where one follows.
    person
        Distrust and weariness.
    """
    discovery, search, following = levels
    distrust, fatigue = person
    paid = surface == s.SEARCH_ADS
    x = search if (surface == s.SEARCH) | paid else discovery
    x = following if (surface == s.FOLLOWING) | (surface == s.SHARED) | (surface == s.GROUPS) else x
    x += MATCH * match_of(interest) + appeal - 0.6 * fatigue
    x -= 0.5 * distrust if sponsored else 0.0
    x -= 0.6 * distrust if (surface == s.ADS) | paid else 0.0
    return x


@njit(forceinline=True, _nrt=False)
def _pull_levels(platform):  # type: ignore[no-untyped-def]
    return platform[0].read_discovery, platform[0].read_search, platform[0].read_following


@njit(forceinline=True, _nrt=False)
def _person(members, i):  # type: ignore[no-untyped-def]
    return 1.0 - np.float64(members[i].trust), members[i].fatigue


@njit(forceinline=True, _nrt=False)
def opens(x, tastes, factor, word):  # type: ignore[no-untyped-def]
    """Whether a note of pull ``x`` is opened, given the words of the viewer's taste for it."""
    odds = exp_within(x + TASTE * taste_from(tastes)) * factor
    return uniform(word) * (1.0 + odds) < odds


@njit(
    [(t.MEMBERS, t.SHOWN, t.COUNTS, t.LEVERS, t.PLATFORM, t.CLOCK, nb.int64, nb.int64, nb.int64, SCRATCH)],
    forceinline=True,
    _nrt=False,
)
def glance(members, shown, counts, levers, platform, clock, i, k, count, room):  # type: ignore[no-untyped-def]
    """Which of the next ``count`` places member ``i`` opens, as bits; looked at together, as they were chosen.

    Of ``counts``, int32 [counters, listings], nothing is read: what will be counted is fetched ahead.
    """
    words, places, whole, pulls, _, _ = room
    interests, sponsored = whole[0], whole[1]
    levels, person = _pull_levels(platform), _person(members, i)
    seed = clock[0].seed
    me = np.int64(members[i].id)
    at = moment(clock)
    factor = levers[members[i].cohort, lv.M_READ]
    ahead = len(places)
    width = np.int64(counts.shape[1])
    for j in range(count):  # what waits for memory does so while words are drawn
        place = max(places[j], np.int64(0))
        listing, surface = place & LISTING_MASK, place >> SURFACE_SHIFT
        prefetch(shown, listing)
        prefetch(counts, s.C_IMPRESSIONS * width + listing)
        prefetch(counts, np.int64(COUNTED_TOO[surface]) * width + listing)
    for j in range(ahead):
        w0, w1, w2, w3 = block(seed, S_REACT, me, at, k + j, 0)
        words[2, j] = np.uint64(w0)
        words[4, j] = np.uint64(w1) | np.uint64(w2) << np.uint64(32)
        words[5, j] = np.uint64(w3)
    for j in range(count):
        n = max(places[j], np.int64(0)) & LISTING_MASK
        words[0, j] = shown[n].key
        pulls[j] = shown[n].appeal
        interests[j] = members[i].interest[shown[n].topic]
        sponsored[j] = shown[n].flags & s.SPONSORED
    for j in range(ahead):
        surface = max(places[j], np.int64(0)) >> SURFACE_SHIFT
        pulls[j] = pull(levels, person, surface, np.float64(interests[j]), pulls[j], sponsored[j] != 0)
    for j in range(ahead):
        words[1, j] = taste_words(seed, me, words[0, j])
    for j in range(ahead):
        words[3, j] = np.uint64(opens(pulls[j], words[1, j], factor, words[2, j]))
    mask = np.int64(0)
    for j in range(count):
        opened = np.int64(words[3, j] & np.uint64(places[j] >= 0))
        mask |= opened << j
        if opened:
            listing = places[j] & LISTING_MASK
            prefetch(counts, s.C_READS * width + listing)
            prefetch(counts, s.C_SECONDS * width + listing)
            prefetch(counts, s.C_COMPLETIONS * width + listing)
    return mask


_REACT = (t.MEMBERS, t.SHOWN, t.LEVERS, t.PLATFORM, t.CLOCK, nb.int64, nb.int64, nb.int64)


@njit([(*_REACT, nb.uint64, nb.uint64, nb.uint64)], forceinline=True, _nrt=False)
def respond(members, shown, levers, platform, clock, i, place, k, tastes, pair, third):  # type: ignore[no-untyped-def]
    """What member ``i`` does with the note opened in the ``k``-th place: reaction bits and seconds, packed.

    The last three arguments are what opening has drawn already: the words of the viewer's taste, and those that follow the
    first of the reaction's, two in one and the third.

    Every reaction has its own odds, from match, lasting taste, quality, format, purpose, trust and weariness, times the
    odds factor of its mechanism. Levels are those of the platform's configuration.
    """
    n = place & LISTING_MASK
    surface = place >> SURFACE_SHIFT
    me = np.int64(members[i].id)
    at = moment(clock)
    seed = clock[0].seed
    cohort = members[i].cohort
    flags = shown[n].flags
    trust = np.float64(members[i].trust)
    match = match_of(np.float64(members[i].interest[shown[n].topic]))
    taste = taste_from(tastes)
    w1, w2, w3 = pair & np.uint64(0xFFFFFFFF), pair >> np.uint64(32), third
    out = np.int64(READ)
    quality = np.float64(shown[n].quality)
    form = shown[n].format
    purpose = shown[n].purpose
    # completion and seconds
    done = -0.2 + 0.5 * quality + 0.4 * taste + 0.6 * match - 0.5 * members[i].fatigue
    part = uniform(w1)
    usual = platform[0].seconds_image
    if form != s.IMAGE_TEXT:
        usual = platform[0].seconds_video
        done += VIDEO_COMPLETES
    if odds_hit(w2, done, levers[cohort, lv.M_COMPLETE]):
        out |= COMPLETE
        seconds = usual * (1.0 + part)
    else:
        seconds = usual * part
    out |= np.int64(min(seconds, 60_000.0)) << SECONDS_SHIFT
    # reactions
    mood = platform[0].mood_quality * quality + 0.55 * taste + 1.2 * match - 0.7 * members[i].fatigue
    w8, w9, _, _ = block(seed, S_REACT, me, at, k, 2)
    if flags & s.SPONSORED:
        labelled = flags & s.DISCLOSED != 0
        mood -= COMMERCIAL * (1.0 - trust)
        if uniform(w9) < (KNOWS_LABELLED if labelled else KNOWS_HIDDEN):
            out |= RECOGNISED
            mood -= KNOWN_AD * (1.0 - trust)
            mood += HONEST * (match + 0.5) if labelled else 0.0
    w4, w5, w6, w7 = block(seed, S_REACT, me, at, k, 1)
    x = platform[0].like_logit + mood
    if purpose == s.ENTERTAINING or purpose == s.EMOTIONAL:
        x += 0.3
    if odds_hit(w3, x, levers[cohort, lv.M_LIKE]):
        out |= LIKE
    x = platform[0].collect_logit + mood
    if form == s.IMAGE_TEXT:
        x += platform[0].collect_image
    else:
        x += platform[0].collect_video
    if purpose == s.EDUCATIONAL or purpose == s.PRODUCT:
        x += 0.5
    elif purpose == s.ENTERTAINING:
        x -= 0.8
    if odds_hit(w4, x, levers[cohort, lv.M_COLLECT]):
        out |= COLLECT
    x = platform[0].comment_logit + 0.8 * mood + shown[n].talk * s.LOGIT_UNIT
    if purpose == s.INTERACTIVE:
        x += 0.9
    if odds_hit(w5, x, levers[cohort, lv.M_COMMENT]):
        out |= COMMENT
        hostile = 0.08 + 0.10 * (quality < -1.0) + 0.12 * (1.0 - trust) * (flags & s.SPONSORED)
        if (
            uniform(w1) * (1.0 - hostile + hostile * levers[cohort, lv.M_NEGATIVE])
            < hostile * levers[cohort, lv.M_NEGATIVE]
        ):
            out |= NEGATIVE
    x = platform[0].share_logit + mood
    if surface == s.SHARED:
        x += platform[0].share_passed
    else:
        x += shown[n].told * s.LOGIT_UNIT
    if odds_hit(w6, x, levers[cohort, lv.M_SHARE]):
        out |= SHARE
    if surface != s.FOLLOWING and odds_hit(w7, platform[0].follow_logit + mood, levers[cohort, lv.M_FOLLOW]):
        out |= FOLLOW
    if flags & s.LINKED:
        x = platform[0].click_logit + 0.5 * mood + CLICK_MATCH * match + 0.6 * (trust - 0.6)
        if purpose == s.PRODUCT:
            x += 0.6
        if surface == s.SEARCH or surface == s.SEARCH_ADS:
            x += 0.5
        if form == s.LIVE:
            x += 0.5
        if odds_hit(w8, x, levers[cohort, lv.M_CLICK] * clock[0].demand):
            out |= CLICK
    return out


@njit([_REACT], _nrt=False)
def react(members, shown, levers, platform, clock, i, place, k):  # type: ignore[no-untyped-def]
    """`respond` if the note is opened, else 0: the whole reaction to one impression."""
    me = np.int64(members[i].id)
    w0, w1, w2, w3 = block(clock[0].seed, S_REACT, me, moment(clock), k, 0)
    note = shown[place & LISTING_MASK]
    tastes = taste_words(clock[0].seed, me, note.key)
    x = pull(
        _pull_levels(platform),
        _person(members, i),
        place >> SURFACE_SHIFT,
        np.float64(members[i].interest[note.topic]),
        np.float64(note.appeal),
        note.flags & s.SPONSORED != 0,
    )
    if not opens(x, tastes, levers[members[i].cohort, lv.M_READ], np.uint64(w0)):
        return np.int64(0)
    pair = np.uint64(w1) | np.uint64(w2) << np.uint64(32)
    return respond(members, shown, levers, platform, clock, i, place, k, tastes, pair, np.uint64(w3))
