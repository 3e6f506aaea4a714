"""Groups 社群 day by day: plans found them, visitors join and leave, members show their notes there.

Part of the relations phase, after follows; `sim.world.groups` makes those that a world begins with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.lanes import LANES
from sim.levers import GroupOffer
from sim.levers import mechanisms as lv
from sim.numerics import exp, log
from sim.phases.draws import NOBODY, topic_of_interest
from sim.phases.orders.decisions import words
from sim.population import balance
from sim.randomness import S_GROUP, block, blocks, uniform, uniforms, uniforms_of
from sim.state import schema as s
from sim.threads import by_rows, rows_where

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
Rows = npt.NDArray[np.int64]

RING = 8
DILUTION = 0.3
"""Power of a group's size, against the mean, by which the activity of its members falls (assumption, 0.1 to 0.6)."""
MOST_GROUPS = 30_000
IDLE = np.uint32((1 << 14) - 1)
"""Days without a visit, as bits, after which a member of a group is idle."""
LOYALTY = 0.5
"""How often people in groups leave the platform, against all members: who is in one comes often (found by playing)."""
USUAL_ATTENDANCE = 0.33
"""Share of members on a usual day (R5)."""
CHOICE_WEIGHT = 200
"""Usual rows that choosing a group takes as long as."""
STAYED, LEFT, JOINS = range(3)


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.GROUPS,
            nb.int64[::1],
            nb.int64[::1],
            nb.int64[::1],
            nb.int64,
            nb.uint64,
            nb.int64[::1],
        )
    ],
    _nrt=False,
)
def group_choice(members, profiles, groups, order, starts, rows, key, seed, out):  # type: ignore[no-untyped-def]
    """The group that each of ``rows`` would join: a topic by interest, then by region and liveliness.

    Parameters
    ----------
    order, starts
        int64, rows of groups by topic, and where each topic starts, [topics + 1].
    """
    for at in range(len(rows)):
        i = rows[at]
        region = np.int64(profiles[i].demographics >> 14) & 3
        _, _, _, w3 = words(seed, S_GROUP, members[i].id, NOBODY, key, 0)
        topic = topic_of_interest(members, i, w3)
        shortest = np.inf
        begin, end = starts[topic], starts[topic + 1]
        if begin == end:  # nobody has founded one on this topic
            begin, end = starts[0], starts[s.N_TOPICS]
        for k in range(begin, end):
            g = order[k]
            rate = 0.2 + groups[g].activity
            if groups[g].region != 255:
                rate *= 3.0 if groups[g].region == region else 0.1
            w0, _, _, _ = words(seed, S_GROUP, members[i].id, g, key, 0)
            wait = -log(uniform(w0)) / rate
            if wait < shortest:
                shortest = wait
                out[at] = g


def choose_groups(community: Community, rows: Rows, key: int) -> Rows:
    """The group that each person of ``rows`` would join, int64; ``key`` is the day of the draw."""
    state = community.state
    out = np.full(len(rows), -1, np.int64)
    topic = state.groups["topic"]
    order = np.argsort(topic, kind="stable").astype(np.int64)
    starts = np.searchsorted(topic[order], np.arange(s.N_TOPICS + 1)).astype(np.int64)
    people = np.ascontiguousarray(rows, np.int64)
    by_rows(
        community.threads,
        len(rows),
        lambda first, last: group_choice(
            state.members.array,
            state.profiles.array,
            state.groups.array,
            order,
            starts,
            people[first:last],
            key,
            np.uint64(community.seed),
            out[first:last],
        ),
        weight=CHOICE_WEIGHT,
    )
    return out


@njit([nb.float64[::1](nb.float64[::1])])
def crowding(sizes):  # type: ignore[no-untyped-def]
    """Activity of groups of ``sizes`` times the mean, against one no larger than it, float64 [groups]."""
    out = np.ones(len(sizes))
    for g in range(len(sizes)):
        if sizes[g] > 1.0:
            out[g] = exp(-DILUTION * log(sizes[g]))
    return out


@njit([nb.int64[:, ::1](t.MEMBERS, t.PROFILES, nb.int64, nb.int64, nb.int64)])
def sizes(members, profiles, groups, first, last):  # type: ignore[no-untyped-def]
    """Members of each group among a range of rows, and how many of them are here today, int64 [2, groups]."""
    out = np.zeros((2, groups), np.int64)
    for i in range(first, last):
        group = profiles[i].group
        if group >= 0:
            out[0, group] += 1
            out[1, group] += members[i].flags & s.ON_TODAY != 0
    return out


def count_groups(community: Community, start: bool = False) -> None:
    """Bring each group's number of members and share of active ones up to date, and give it somebody who runs
    it."""
    state = community.state
    groups = state.groups
    group = state.profiles["group"]
    parts = by_rows(
        community.threads,
        len(group),
        lambda first, last: sizes(state.members.array, state.profiles.array, len(groups), first, last),
    )
    members, here = np.sum(parts, axis=0)
    groups["members"] = members
    if not start:
        share = here / np.maximum(1, members)
        # whoever does not know the others says less: activity falls as a group outgrows the rest
        usual = members.sum() / max(1, np.count_nonzero(members))
        crowd = crowding(members / max(usual, 1.0))
        groups["activity"] += np.float32(0.05) * (share * crowd - groups["activity"])
    admin = groups["admin"].astype(np.int64)
    vacant = (admin < 0) | (group[admin] != np.arange(len(groups)))
    groups.array["admin"][np.flatnonzero(vacant)] = -1
    if (vacant & (members > 0)).any():
        rows = rows_where(community.threads, len(group), lambda a, b: (group[a:b] >= 0) & vacant[group[a:b]])
        of, tier = group[rows].astype(np.int64), state.members["tier"][rows].astype(np.int64)
        order = np.lexsort((state.members["id"][rows], -tier, of))
        first_of, at = np.unique(of[order], return_index=True)
        groups.array["admin"][first_of] = rows[order[at]]


@njit(_nrt=False)
def _move(members, profiles, groups, levers, clock, leave, join, out, ids, drawn, first, last):  # type: ignore[no-untyped-def]
    """`move_rows` with room for the ids and words of eight."""
    here = s.ON_PLATFORM | s.ON_TODAY
    day = np.int64(clock[0].day)
    for i in range(first, last):
        lane = (i - first) % LANES
        if lane == 0:
            for j in range(min(LANES, last - i)):
                ids[j] = members[i + j].id
            for j in range(len(ids)):  # of unknown length, so that it is vectorised
                w0, w1, _, _ = block(clock[0].seed, S_GROUP, ids[j], NOBODY, day, 0)
                drawn[0, j], drawn[1, j] = w0, w1
        if members[i].flags & here != here:
            continue
        group, cohort = profiles[i].group, members[i].cohort
        if group >= 0:
            quiet = leave * (np.float32(1.5) - groups[group].activity)  # in single precision, as it is kept
            if uniform(drawn[1, lane]) < quiet * levers[cohort, lv.M_GROUP_LEAVE]:
                profiles[i].group = -1
                out[i] = LEFT
        elif uniform(drawn[0, lane]) < join * levers[cohort, lv.M_GROUP_JOIN]:
            out[i] = JOINS


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.GROUPS,
            t.LEVERS,
            t.CLOCK,
            nb.float32,
            nb.float64,
            nb.uint8[::1],
            nb.int64,
            nb.int64,
        )
    ]
)
def move_rows(members, profiles, groups, levers, clock, leave, join, out, first, last):  # type: ignore[no-untyped-def]
    """Let visitors of a range of rows leave their groups; ``out`` says who has left and who joins one.

    Parameters
    ----------
    leave, join
        Usual daily chances of leaving a group, half of whose members are active, and of joining one.
    """
    ids, drawn = np.zeros(LANES, np.int64), np.zeros((2, LANES), np.uint64)
    _move(members, profiles, groups, levers, clock, leave, join, out, ids, drawn, first, last)


def move_in_groups(community: Community) -> None:
    """Let visitors leave their group, more from a quiet one, and others join one.

    The rate of joining is the one that keeps a share ``group_share`` of members in groups, against those who
    leave the group and those who leave the platform.
    """
    state, platform = community.state, community.config.platform
    if not len(state.groups):
        return
    leaving = balance(platform, community.config.world.prospects).hazard * community.config.world.prospects
    rate = 1.2 * platform.group_leave + LOYALTY * leaving / USUAL_ATTENDANCE
    rate *= platform.group_share / (1.0 - platform.group_share)
    moves = np.zeros(len(state.members), np.uint8)
    by_rows(
        community.threads,
        len(moves),
        lambda first, last: move_rows(
            state.members.array,
            state.profiles.array,
            state.groups.array,
            community.levers.table,
            community.clock,
            np.float32(platform.group_leave),
            rate,
            moves,
            first,
            last,
        ),
    )
    newcomers = np.flatnonzero(moves == JOINS)
    state.profiles.array["group"][newcomers] = choose_groups(community, newcomers, community.world_day)
    _turn_away(community, newcomers)
    _purge(community)
    community.count("group_joins", len(newcomers))
    community.count("group_leaves", int(np.count_nonzero(moves == LEFT)))
    count_groups(community)


def _turn_away(community: Community, newcomers: Rows) -> None:
    """Newcomers to a group that is full (``group.capacity`` times the mean) stay outside, the last by id first."""
    state = community.state
    most = float(community.levers.table[0, lv.M_GROUP_CAPACITY])
    members = state.groups["members"].astype(np.int64)
    limit = np.floor(most * members.sum() / max(1, np.count_nonzero(members)))
    group = state.profiles["group"][newcomers].astype(np.int64)
    order = np.lexsort((state.members["id"][newcomers], group))
    rank = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    late = members[group[order]] + rank >= np.maximum(1, limit)
    state.profiles.array["group"][newcomers[order[late]]] = -1


def _purge(community: Community) -> None:
    """Remove members from groups who have not been here for two weeks, a share ``group.purge`` of them a day."""
    share = float(community.levers.table[0, lv.M_GROUP_PURGE])
    if share <= 0.0:
        return
    state = community.state
    idle = np.flatnonzero((state.profiles["group"] >= 0) & ((state.profiles["active_days"] & IDLE) == 0))
    u = uniforms(community.seed, S_GROUP, state.members["id"][idle], NOBODY, community.world_day, 1)
    state.profiles.array["group"][idle[u < share]] = -1
    community.count("group_purged", int((u < share).sum()))


def post_in_groups(community: Community) -> None:
    """Show today's notes in the groups of their authors, a share ``group.notes`` of those that fit the group's topic."""
    state = community.state
    notes, groups = state.notes, state.groups
    if not len(groups):
        return
    fresh = np.flatnonzero((notes["status"] == s.LIVE_NOTE) & (notes["day"] == community.world_day))
    author = notes["author"][fresh]
    group = state.profiles["group"][author].astype(np.int64)
    fits = (group >= 0) & (
        (groups["topic"][group] == notes["topic"][fresh]) | (groups["region"][group] != 255)
    )
    fresh, author, group = fresh[fits], author[fits], group[fits]
    if not len(fresh):
        return
    ids = state.members["id"][author]
    drawn = blocks(community.seed, S_GROUP, ids, group.astype(np.uint32), community.world_day)
    chance = community.levers.table[0, lv.M_GROUP_NOTES] * notes["share"][fresh]
    shown = uniforms_of(drawn[:, 2]) < chance
    fresh, group = fresh[shown], group[shown]
    order = np.lexsort((notes["key"][fresh], group))
    fresh, group = fresh[order], group[order]
    rank = np.arange(len(group)) - np.searchsorted(group, group)
    count = np.bincount(group, minlength=len(groups))
    latest = rank >= count[group] - RING
    place = (groups["head"][group].astype(np.int64) + rank) % RING
    groups.array["notes"][group[latest], place[latest]] = notes["listing"][fresh[latest]]
    groups["head"] = (groups["head"] + count) % RING


def found_groups(community: Community) -> None:
    """Found the groups that plans offer today, once each, and let some of those meant join at once."""
    state = community.state
    for offer in sorted(
        (o for o in community.levers.offers if isinstance(o, GroupOffer)), key=lambda o: (o.action, o.number)
    ):
        mine = np.flatnonzero(state.groups["action"] == offer.action)
        if len(mine) > offer.number or len(state.groups) >= MOST_GROUPS:
            continue
        row = int(state.groups.take(1)[0])
        record = state.groups.array[row]
        record["kind"], record["topic"], record["region"] = offer.kind, offer.topic, offer.region
        record["action"], record["admin"], record["activity"], record["notes"] = offer.action, -1, 0.3, -1
        here = s.ON_PLATFORM | s.ON_TODAY
        flags = state.members["flags"]
        able = offer.segment & ((flags & (here | s.BOT)) == here) & (state.profiles["group"] < 0)
        rows = np.flatnonzero(able)
        ids = state.members["id"][rows]
        u = uniforms(community.seed, S_GROUP, ids, row, community.world_day, 1)
        state.profiles.array["group"][rows[u < offer.joins]] = row
        community.count("groups_founded", 1)
