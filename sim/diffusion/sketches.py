"""Reverse-reachable sets: for random members, everybody who would have reached them; and which members cover most sets.

The share of sets that some members cover, times the size of the graph, is an unbiased estimate of their spread (Borgs,
Brautbar, Chayes and Lucier, SODA 2014). With rivals a set holds who would have been there sooner than any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.diffusion.batches import live_of_walks, room_for
from sim.diffusion.cascade import parts_of, see
from sim.diffusion.live import LiveArcs, fetch_row
from sim.diffusion.prefetch import prefetch
from sim.graph.csr import Float64, Int32, Int64, transpose
from sim.graph.parallel import run_in_threads
from sim.philox import block
from sim.streams import S_SKETCH

__all__ = ["Cover", "Sampler", "Sketches", "cover_greedily"]

_ONE = np.uint64(1)
LANES = 32
"""Walks side by side in one thread; more of them than that, and their bitmaps leave the caches."""
NUMBER, HEAD, END, STEP, KEPT, FIELDS = range(6)
"""What is kept of a walk: its number (-1 for none), the next in its queue, where that ends, where the present step ends in it,
and how many members the set will have."""


@dataclass
class Sketches:
    """Reverse-reachable sets: set i holds the rows ``members[offsets[i]:offsets[i + 1]]``."""

    offsets: Int64
    members: Int32

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def covered_by(self, rows: Int32, size: int) -> int:
        """Number of sets that hold one of the rows."""
        chosen = np.zeros(size, np.bool_)
        chosen[rows] = True
        return int(_count_covered(self.offsets, self.members, chosen))


@dataclass(frozen=True)
class Sampler:
    """Where sketches come from.

    Attributes
    ----------
    arcs
        Tables of arcs against influence.
    size
        Number of members.
    longest
        Length of the longest row of followees.
    seed
        uint64.
    allowed
        bool[n], members that may be chosen; empty if all. Others are walked through and not kept.
    rivals
        bool[n], members that hold a rival's note; empty if none does.
    """

    arcs: LiveArcs
    size: int
    longest: int
    seed: Any
    allowed: npt.NDArray[np.bool_]
    rivals: npt.NDArray[np.bool_]

    def more(self, sketches: Sketches | None, count: int, first: int = 0) -> Sketches:
        """Sketches with numbers from ``first`` on, added to those there are until there are ``count``."""
        have = 0 if sketches is None else len(sketches)
        if have >= count:
            assert sketches is not None
            return sketches
        parts: dict[int, tuple[Int64, Int32]] = {}

        def part(stretch: tuple[int, int]) -> None:
            a, b = stretch
            made = _sample(
                self.arcs, self.size, self.longest, self.seed, self.allowed, self.rivals, first + a, first + b
            )
            if a < b:
                parts[a] = made

        run_in_threads(part, parts_of(have, count))
        lengths = [parts[a][0] for a in sorted(parts)]
        members = [parts[a][1] for a in sorted(parts)]
        if sketches is not None:
            lengths.insert(0, np.diff(sketches.offsets))
            members.insert(0, sketches.members)
        offsets = np.zeros(count + 1, np.int64)
        np.cumsum(np.concatenate(lengths), out=offsets[1:])
        return Sketches(offsets, np.concatenate(members))


@njit(_nrt=False)
def _walk_back(  # type: ignore[no-untyped-def]
    arcs, size, seed, allowed, rivals, lanes, asked, seen, queue, room, found, starts, lengths, stand
):
    """Sample sets, several side by side, in turns: what a turn needs of memory is asked for before all of them read it.

    A set holds who would have reached its root, sooner than any rival. A walk alone would wait for memory at each member,
    since most lead from one member to one other.

    Parameters
    ----------
    lanes
        int64[`LANES`, `FIELDS`], walks.
    asked
        int64[3, `LANES`]: walks that go on, the member at which each is, its number.
    seen, queue
        uint64, a bitmap a lane; int32[`LANES`, n + 1].
    room
        What `live_of_walks` works on.
    found, starts, lengths
        Members of sets in the order in which they are finished; by number where each begins, and how long it is.
    stand
        int64: first number, next number, end of the numbers, members found.

    Returns
    -------
    int
        0 when all is done, else the room that is needed: enlarge ``found`` and call again.
    """
    stride = ((size >> 6) + 1) << 6
    contested, all_allowed = len(rivals) > 0, len(allowed) == 0
    while True:
        active, waiting = 0, 0
        for lane in range(LANES):
            walk = lanes[lane]
            if walk[NUMBER] >= 0 and walk[HEAD] == walk[END]:
                kept, total = walk[KEPT], stand[3]
                if total + kept > len(found):
                    return total + kept
                starts[walk[NUMBER] - stand[0]] = total
                for i in range(kept):
                    if all_allowed or allowed[queue[lane, i]]:
                        found[total] = queue[lane, i]
                        total += 1
                lengths[walk[NUMBER] - stand[0]] = total - stand[3]
                stand[3] = total
                for i in range(walk[END]):
                    seen[(lane * stride + queue[lane, i]) >> 6] = 0
                walk[NUMBER] = -1
            if walk[NUMBER] < 0:
                number = stand[1]
                if number == stand[2]:
                    continue
                stand[1] = number + 1
                w0, _, _, _ = block(seed, S_SKETCH, number, 0, 0, 0)
                root = np.int64((np.uint64(w0) * np.uint64(size)) >> np.uint64(32))
                fetch_row(arcs, root)
                queue[lane, 0] = root
                see(seen, lane * stride + root)
                lost = contested and rivals[root]
                walk[NUMBER], walk[HEAD], walk[END], walk[STEP] = number, np.int64(lost), 1, 1
                walk[KEPT] = 1 - np.int64(lost)
            waiting += 1
            if walk[HEAD] < walk[END]:
                asked[0, active], asked[1, active], asked[2, active] = (
                    lane,
                    queue[lane, walk[HEAD]],
                    walk[NUMBER],
                )
                active += 1
        if waiting == 0:
            return 0
        first = 0
        while first < active:
            begin = first
            first, _ = live_of_walks(arcs, asked[1], asked[2], first, active, seed, room)
            i = 0
            for j in range(begin, first):
                base = asked[0, j] * stride
                while i < room.weak[j]:
                    prefetch(seen, (base + room.out[i]) >> 6)
                    i += 1
            i = 0
            for j in range(begin, first):
                lane = asked[0, j]
                base, walk = lane * stride, lanes[lane]
                end = walk[END]
                while i < room.weak[j]:
                    v = room.out[i]
                    word, bit = seen[(base + v) >> 6], _ONE << np.uint64(v & 63)
                    queue[lane, end] = v
                    end += np.int64(word & bit == np.uint64(0))
                    seen[(base + v) >> 6] = word | bit
                    i += 1
                head = walk[HEAD] + 1
                if head == walk[STEP]:
                    met = False
                    if contested:
                        for k in range(head, end):
                            met = met or rivals[queue[lane, k]]
                    if not met:
                        walk[KEPT] = end
                    walk[STEP] = end
                    if met:
                        head = end
                walk[HEAD], walk[END] = head, end
                if head < end:
                    fetch_row(arcs, np.int64(queue[lane, head]))


@njit
def _sample(arcs, size, longest, seed, allowed, rivals, first, last):  # type: ignore[no-untyped-def]
    """Sets number first to last - 1: their lengths, and their members one after the other."""
    lanes = np.full((LANES, FIELDS), -1, np.int64)
    asked = np.empty((3, LANES), np.int64)
    seen = np.zeros(LANES * ((size >> 6) + 1), np.uint64)
    queue = np.empty((LANES, size + 1), np.int32)
    room = room_for(longest + 1)
    starts, lengths = np.zeros(last - first, np.int64), np.zeros(last - first, np.int64)
    found = np.empty(16 * (last - first) + 64, np.int32)
    stand = np.array([first, first, last, 0])
    needed = 1
    while needed:
        needed = _walk_back(
            arcs, size, seed, allowed, rivals, lanes, asked, seen, queue, room, found, starts, lengths, stand
        )
        if needed:
            larger = np.empty(2 * needed, np.int32)
            larger[: stand[3]] = found[: stand[3]]
            found = larger
    members = np.empty(stand[3], np.int32)
    place = 0
    for i in range(last - first):
        for j in range(starts[i], starts[i] + lengths[i]):
            members[place] = found[j]
            place += 1
    return lengths, members


@njit
def _count_covered(offsets, members, chosen):  # type: ignore[no-untyped-def]
    count = 0
    for i in range(len(offsets) - 1):
        for j in range(offsets[i], offsets[i + 1]):
            if chosen[members[j]]:
                count += 1
                break
    return count


@dataclass(frozen=True)
class Cover:
    """Members chosen to cover sets.

    Attributes
    ----------
    rows
        int32, in the order of choice.
    covered
        int64, sets covered after each choice.
    bound
        No choice within k or the budget covers more sets than this.
    """

    rows: Int32
    covered: Int64
    bound: float


def cover_greedily(
    sketches: Sketches,
    size: int,
    k: int,
    prices: Float64 | None = None,
    budget: float = 0.0,
    bounded: bool = True,
) -> Cover:
    """Choose members one after the other, each time the one that covers most sets not covered yet (per price).

    Parameters
    ----------
    sketches
        Sets.
    size
        Number of members.
    k
        Members at most.
    prices, budget
        Price of each member, and what they may cost together; then the best single member is chosen instead where it
        covers more (Khuller, Moss and Naor, Information Processing Letters 1999).
    bounded
        Whether a bound is wanted.

    Notes
    -----
    The bound is the one of OPIM-C (Tang, Tang, Xiao and Yuan, SIGMOD 2018): what is covered at some point plus the
    largest gains that k members, or the budget in fractions, could still bring; the least over several points.
    """
    by_offsets, by_member = transpose(sketches.offsets, sketches.members, size)
    costs = np.empty(0) if prices is None else np.ascontiguousarray(prices, np.float64)
    rows, covered, bound = _cover(
        sketches.offsets, sketches.members, by_offsets, by_member, min(k, size), costs, float(budget), bounded
    )
    return Cover(rows, covered, bound)


@njit
def _by_falling(values, most):  # type: ignore[no-untyped-def]
    """Rows with a value above 0, from the largest value to the least, ties by row; values are whole, up to ``most``."""
    starts = np.zeros(most + 2, np.int64)
    for value in values:
        if value > 0:
            starts[most - value + 1] += 1
    for i in range(most + 1):
        starts[i + 1] += starts[i]
    rows = np.empty(starts[most + 1], np.int32)
    for u in range(len(values)):
        if values[u] > 0:
            place = most - values[u]
            rows[starts[place]] = u
            starts[place] += 1
    return rows


@njit
def _fractional(gains, costs, order, k, budget):  # type: ignore[no-untyped-def]
    """Most that gains could still add if members could be bought in parts; without costs, the k largest of them.

    ``order`` holds all members with a gain.
    """
    if len(costs) == 0:
        left = np.empty(len(order), np.int32)
        for i in range(len(order)):
            left[i] = gains[order[i]]
        if len(left) > k:
            left = np.partition(left, len(left) - k)[len(left) - k :]
        return np.float64(left.sum())
    value = np.empty(len(order))
    for i in range(len(order)):
        value[i] = gains[order[i]] / costs[order[i]]
    money, total = budget, 0.0
    for i in np.argsort(-value):
        u = order[i]
        if costs[u] > budget or gains[u] == 0:
            continue
        share = min(1.0, money / costs[u])
        total += share * gains[u]
        money -= share * costs[u]
        if money <= 0.0:
            break
    return total


@njit
def _cover(offsets, members, by_offsets, by_member, k, costs, budget, bounded):  # type: ignore[no-untyped-def]
    size = len(by_offsets) - 1
    sets = len(offsets) - 1
    priced = len(costs) > 0
    gains = np.empty(size, np.int32)
    for u in range(size):
        gains[u] = by_offsets[u + 1] - by_offsets[u]
    order = _by_falling(gains, np.int64(gains.max()))
    # Gains only fall, so a member's first value bounds it, and a search ends where no bound exceeds what it has found.
    first = np.empty(len(order))
    for i in range(len(order)):
        first[i] = gains[order[i]] / costs[order[i]] if priced else np.float64(gains[order[i]])
    single, single_gain = -1, np.int64(0)
    if priced:
        for u in order:
            if costs[u] <= budget:
                single, single_gain = u, np.int64(gains[u])
                break
        by_value = np.argsort(-first)
        order, first = order[by_value], first[by_value]
    covered = np.zeros(sets, np.bool_)
    taken = np.zeros(size, np.bool_)
    rows = np.empty(k, np.int32)
    sums = np.empty(k, np.int64)
    number, total = 0, 0
    left = budget
    bound = np.float64(sets)
    every = max(1, k // 8)
    while True:
        if bounded and (number % every == 0 or number == k):
            bound = min(bound, total + _fractional(gains, costs, order, k, budget))
        if number == k:
            break
        best, best_value = -1, 0.0
        for i in range(len(order)):
            if first[i] <= best_value and (first[i] < best_value or order[i] > best):
                break
            u = order[i]
            if taken[u] or (priced and costs[u] > left):
                continue
            value = gains[u] / costs[u] if priced else np.float64(gains[u])
            if value > best_value or (value == best_value and value > 0.0 and u < best):
                best, best_value = u, value
        if best < 0:
            break
        taken[best] = True
        rows[number] = best
        if priced:
            left -= costs[best]
        for i in range(by_offsets[best], by_offsets[best + 1]):
            s = by_member[i]
            if not covered[s]:
                covered[s] = True
                total += 1
                for j in range(offsets[s], offsets[s + 1]):
                    gains[members[j]] -= 1
        sums[number] = total
        number += 1
    if bounded and number < k:
        bound = min(bound, total + _fractional(gains, costs, order, k, budget))
    if priced and single_gain > total:
        rows[0], sums[0], number = single, single_gain, 1
    return rows[:number].copy(), sums[:number].copy(), bound
