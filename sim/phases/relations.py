"""Relations: the day's follows and unfollows become arcs; then people move between groups (`sim.phases.groups`).

Follows come from sessions and from joining. An unfollow is a keyed hazard on each arc of those who were here: higher where the
author advertises much, has fallen silent, or is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.diffusion.prefetch import prefetch
from sim.graph import GraphDelta, followee_at, out_degree
from sim.levers import mechanisms as lv
from sim.numerics import expm1, log
from sim.phases.base import Phase
from sim.phases.draws import NOBODY, too_late
from sim.phases.groups import found_groups, move_in_groups, post_in_groups
from sim.phases.orders.decisions import words
from sim.randomness import S_FOLLOW, S_UNFOLLOW, block, uniform, uniforms
from sim.state import schema as s
from sim.threads import by_rows, rows_where

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
Rows = npt.NDArray[np.int64]

LOAD_FREE = 0.30
"""Share of sponsored notes that followers put up with (G8, weak)."""
LOAD_WEIGHT = 8.0
"""What each unit of load above it adds to an arc's hazard (assumption, 3 to 15)."""
SILENT_WEIGHT = 1.0
"""What an author who has stopped adds (assumption, 0.3 to 3)."""
FRIEND_WEIGHT = 0.4
"""Hazard of an arc to somebody who never writes, against that to an author (assumption, 0.2 to 1)."""
AHEAD = 8
"""Arcs for which words are drawn at once, as many as a vector register holds."""


@njit([(t.MEMBERS, t.PROFILES, t.CREATORS, t.LEVERS, nb.float64[::1], nb.int64, nb.int64)], _nrt=False)
def weigh_ties(members, profiles, creators, levers, out, first, last):  # type: ignore[no-untyped-def]
    """Hazard of an arc to each member of a range of rows, relative to one to a usual author."""
    for v in range(first, last):
        weight = FRIEND_WEIGHT
        c = profiles[v].creator
        if c >= 0:
            weight = 1.0 + LOAD_WEIGHT * max(0.0, creators[c].commercial_load - LOAD_FREE)
            if creators[c].left or not members[v].flags & s.ON_PLATFORM:
                weight += SILENT_WEIGHT
            weight *= levers[members[v].cohort, lv.M_TIES]
        out[v] = weight


@njit(_nrt=False)
def _unfollow(members, arcs, levers, platform, clock, weights, most, out, whom, ids, drawn, first, last):  # type: ignore[no-untyped-def]
    """`unfollow_rows` with room for the arcs, ids and words of eight."""
    day = np.int64(clock[0].day)
    here = s.ON_PLATFORM | s.ON_TODAY
    for u in range(first, last):
        if members[u].flags & here != here:
            continue
        degree = out_degree(arcs, u)
        if degree == 0:
            continue
        me = np.int64(members[u].id)
        rate = platform[0].unfollow_rate * levers[members[u].cohort, lv.M_UNFOLLOW]
        w0, _, _, _ = words(clock[0].seed, S_UNFOLLOW, me, NOBODY, day, 0)
        hit = uniform(w0)
        if hit >= -expm1(-rate * degree * most):
            continue
        total = 0.0
        for j in range(degree):
            v = followee_at(arcs, u, j)
            total += weights[v] if v >= 0 else 0.0
            prefetch(members, v)
        if hit >= -expm1(-rate * total):
            continue
        shortest = np.inf
        for begin in range(0, degree, AHEAD):
            count = min(AHEAD, degree - begin)
            for j in range(count):
                whom[j] = followee_at(arcs, u, begin + j)
                ids[j] = members[max(whom[j], 0)].id
            for j in range(len(ids)):  # of unknown length, so that it is vectorised
                w1, _, _, _ = block(clock[0].seed, S_UNFOLLOW, me, ids[j], day, 0)
                drawn[j] = np.uint64(w1)
            for j in range(count):
                v = whom[j]
                if v < 0 or too_late(drawn[j], weights[v], shortest):
                    continue
                wait = -log(uniform(drawn[j])) / weights[v]
                if wait < shortest:
                    shortest = wait
                    out[u] = v


@njit(
    [
        (
            t.MEMBERS,
            t.ARCS,
            t.LEVERS,
            t.PLATFORM,
            t.CLOCK,
            nb.float64[::1],
            nb.float64,
            nb.int32[::1],
            nb.int64,
            nb.int64,
        )
    ]
)
def unfollow_rows(members, arcs, levers, platform, clock, weights, most, out, first, last):  # type: ignore[no-untyped-def]
    """Whom each visitor of a range of rows stops following today, or -1; at most one.

    P(any) = 1 - exp(-rate x sum of weights); which one is decided by the shortest of keyed waiting times, so
    that an arc more or fewer changes nothing else. ``most`` is the largest of the weights.
    """
    whom, ids, drawn = np.zeros(AHEAD, np.int64), np.zeros(AHEAD, np.int64), np.zeros(AHEAD, np.uint64)
    _unfollow(members, arcs, levers, platform, clock, weights, most, out, whom, ids, drawn, first, last)


@njit([(t.ARCS, nb.int64[::1], nb.int64[:, ::1])], _nrt=False)
def arcs_from(arcs, rows, out):  # type: ignore[no-untyped-def]
    """All arcs of some followers into ``out``, int64 [room, 2], follower and followee; returns how many."""
    found = 0
    for at in range(len(rows)):
        for j in range(out_degree(arcs, rows[at])):
            v = followee_at(arcs, rows[at], j)
            if v >= 0:
                out[found, 0] = rows[at]
                out[found, 1] = v
                found += 1
    return found


def audience(delta: GraphDelta, rows: Rows) -> tuple[int, int]:
    """Followers of some accounts: their sum, and how many people they are."""
    arcs = np.zeros((int(delta.followers_count[rows].sum()), 2), np.int64)
    found = arcs_from(delta.arrays_in(), rows, arcs)
    reached = np.zeros(len(delta.followers_count), bool)
    reached[arcs[:found, 1]] = True
    return found, int(np.count_nonzero(reached))


def _pairs(parts: list[tuple[Any, Any]]) -> tuple[Rows, Rows]:
    """All follows of the day, joined and in the order of follower and followee."""
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = np.concatenate([np.asarray(u, np.int64) << 32 | np.asarray(v, np.int64) for u, v in parts])
    pairs.sort()
    return pairs >> 32, pairs & 0xFFFFFFFF


def _returned(community: Community) -> list[tuple[Rows, Rows]]:
    """Follows that are returned today (``follow.back``), as pairs of follower and followee."""
    share = community.levers.table[:, lv.M_FOLLOW_BACK]
    if not share.any():
        return []
    follower, followee = _pairs(community.follows_today)
    if not len(follower):
        return []
    members = community.state.members
    wanted = s.ON_PLATFORM | s.ON_TODAY | s.BOT
    able = (members["flags"][followee] & wanted) == (s.ON_PLATFORM | s.ON_TODAY)
    u = uniforms(
        community.seed, S_FOLLOW, members["id"][followee], members["id"][follower], community.world_day, 1
    )
    back = able & (u < share[members["cohort"][followee]])
    community.count("mutual_follows", int(back.sum()))
    return [(followee[back], follower[back])]


def run(community: Community) -> None:
    """Change the graph, count followers anew where it changed, and let people move between groups."""
    state, delta = community.state, community.delta
    members, levers = state.members.array, community.levers.table
    out = np.full(len(state.members), -1, np.int32)
    weights = np.zeros(len(out))
    by_rows(
        community.threads,
        len(out),
        lambda first, last: weigh_ties(
            members, state.profiles.array, state.creators.array, levers, weights, first, last
        ),
    )
    arcs, most = delta.arrays(), float(weights.max(initial=0.0))
    by_rows(
        community.threads,
        len(out),
        lambda first, last: unfollow_rows(
            members, arcs, levers, community.platform, community.clock, weights, most, out, first, last
        ),
    )
    # accounts that are forgotten (see the joining phase) no longer follow anybody
    stage, follows = state.profiles["stage"], delta.followees_count
    forgotten = rows_where(
        community.threads, len(out), lambda a, b: (stage[a:b] == s.PROSPECT) & (follows[a:b] > 0)
    )
    ended = np.zeros((int(delta.followees_count[forgotten].sum()), 2), np.int64)
    ended = ended[: arcs_from(arcs, forgotten, ended)]
    leaver = np.flatnonzero(out >= 0)
    left = np.concatenate([out[leaver], ended[:, 1]])
    dropped = len(leaver)
    leaver = np.concatenate([leaver, ended[:, 0]])
    follower, followee = _pairs([*community.follows_today, *_returned(community)])
    community.follows_today = []
    changes = delta.apply(follower, followee, leaver, left)
    moved = np.unique(np.concatenate([followee[changes.followed], left[changes.unfollowed]]))
    creator = state.profiles["creator"][moved]
    wrote = creator >= 0
    state.creators.array["followers"][creator[wrote]] = delta.followers_count[moved[wrote]]
    community.count("follows_made", int(changes.followed.sum()))
    community.count("unfollows", int(changes.unfollowed[:dropped].sum()))
    delta.merge_if_due(week_ends=community.world_day % 7 == 6, threads=community.threads)
    found_groups(community)
    move_in_groups(community)
    post_in_groups(community)


PHASE = Phase(
    name="relations",
    when="dusk",
    reads=("members", "profiles", "creators", "notes", "follows", "levers"),
    writes=("graph", "creators.followers", "profiles.group", "groups"),
    run=run,
    equation=(
        "P(unfollow v on a day of visit) = 1 - exp(-unfollow_rate x follow.odds_dusk"
        " x author.ties_v x (1 + 8 max(0, load_v - 0.3) + 1 if v is silent)); a follow is returned with chance follow.back;"
        " groups are joined by interest (x group.join) and left when quiet (x group.leave), activity x (size / mean)^-0.3"
    ),
    facts=("G8", "N2", "assumption"),
    test="tests/sim/phases/test_relations.py::test_without_relations_the_graph_stands_still",
    en="Relations",
    zh="关注与社群",
)
