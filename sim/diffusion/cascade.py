"""The compiled search behind every cascade: who is reached over live arcs, step by step, in many runs or in one huge one.

Kernels are written for any tables of live arcs (`sim.diffusion.live`) and compiled for those they meet, when they meet
them. Runs are dealt to threads in parts; a part's counts are integers of its own, so no result depends on their number.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numba
import numpy as np

from sim._numba import njit
from sim.diffusion.batches import live_of_next, room_for
from sim.diffusion.live import LiveArcs, live
from sim.graph.csr import Int32, Int64
from sim.graph.parallel import run_in_threads
from sim.philox import block
from sim.samplers import poisson
from sim.streams import S_DISCOVER

__all__ = ["Tally", "append_unseen", "follow_runs", "gather_runs", "parts_of", "spread_over_runs"]

PIECES_A_THREAD = 8
"""Pieces of a wide frontier for each thread."""

STEPS = 256
"""Steps that are added up at a time."""

_ONE = np.uint64(1)
_MOST_STRANGERS = 64


@njit(forceinline=True, _nrt=False)
def is_seen(seen, member):  # type: ignore[no-untyped-def]
    """Whether a member's bit is set in a uint64 bitmap."""
    return (seen[member >> 6] >> np.uint64(member & 63)) & _ONE != np.uint64(0)


@njit(forceinline=True, _nrt=False)
def see(seen, member):  # type: ignore[no-untyped-def]
    """Set a member's bit."""
    seen[member >> 6] |= _ONE << np.uint64(member & 63)


@njit(_nrt=False)
def strangers(size, rate, member, seed, run, out, count):  # type: ignore[no-untyped-def]
    """Append to ``out`` whom the discovery feed shows what a member passes on: Poisson(rate) members, anybody."""
    w0, w1, w2, w3 = block(seed, S_DISCOVER, run, member, 0, 0)
    number = min(poisson(w0, w1, rate), len(out) - count)
    lane, n = 2, 1
    for _ in range(number):
        if lane == 4:
            w0, w1, w2, w3 = block(seed, S_DISCOVER, run, member, 0, n)
            lane, n = 0, n + 1
        word = w0 if lane == 0 else w1 if lane == 1 else w2 if lane == 2 else w3
        lane += 1
        out[count] = np.int64((np.uint64(word) * np.uint64(size)) >> np.uint64(32))
        count += 1
    return count


@njit
def most_answers(longest, rate):  # type: ignore[no-untyped-def]
    """Entries that one member's answer can fill: its row, and strangers far beyond their mean."""
    return np.int64(longest) + (np.int64(2.0 * rate) + _MOST_STRANGERS if rate > 0.0 else 1)


@njit(forceinline=True, _nrt=False)
def append_unseen(found, count, seen, queue, end):  # type: ignore[no-untyped-def]
    """Append to the queue who is not seen yet among the first ``count`` found; the new end.

    The queue has room for one more than there are members: what is seen is written too, and then written over, since a branch
    on chance would often be foreseen wrongly.
    """
    for i in range(count):
        u = np.int64(found[i])
        word, bit = seen[u >> 6], _ONE << np.uint64(u & 63)
        queue[end] = u
        end += np.int64(word & bit == np.uint64(0))
        seen[u >> 6] = word | bit
    return end


@njit(_nrt=False)
def _spread_loop(arcs, size, seeds, rate, seed, first, last, limit, sizes, steps, counts, seen, queue, room):  # type: ignore[no-untyped-def]
    """Play runs first to last - 1; sizes by run, and by step over all of them, and by member where asked for."""
    for run in range(first, last):
        end = len(seeds)
        for i in range(end):
            queue[i] = seeds[i]
            see(seen, seeds[i])
        steps[0] += end
        head, step = 0, 0
        while head < end and step < limit:
            level = end
            while head < level:
                begin = head
                head, count = live_of_next(arcs, queue, head, level, end, seed, run, room)
                end = append_unseen(room.out, count, seen, queue, end)
                if rate > 0.0:
                    for i in range(begin, head):
                        count = strangers(size, rate, np.int64(queue[i]), seed, run, room.out, 0)
                        end = append_unseen(room.out, count, seen, queue, end)
            step += 1
            steps[step] += end - level
        sizes[run - first] = end
        for i in range(end):
            seen[queue[i] >> 6] = 0
        if len(counts):
            for i in range(end):
                counts[queue[i]] += 1


@njit
def _follow_run(arcs, size, longest, seeds, rate, seed, run, limit, seen, queue, parents, steps):  # type: ignore[no-untyped-def]
    """One run with who passed to whom: members in ``queue``, places of their sources in ``parents``; how many."""
    out = np.empty(most_answers(longest, rate), np.int32)
    end = len(seeds)
    for i in range(end):
        queue[i] = seeds[i]
        parents[i] = -1
        steps[i] = 0
        see(seen, seeds[i])
    head = 0
    while head < end and steps[head] < limit:
        member = np.int64(queue[head])
        count = live(arcs, member, seed, run, out)
        if rate > 0.0:
            count = strangers(size, rate, member, seed, run, out, count)
        for i in range(count):
            u = out[i]
            if not is_seen(seen, u):
                see(seen, u)
                queue[end] = u
                parents[end] = head
                steps[end] = steps[head] + 1
                end += 1
        head += 1
    for i in range(end):
        seen[queue[i] >> 6] = 0
    return end


@njit
def _keep_unseen(out, count, seen, found, total):  # type: ignore[no-untyped-def]
    """Append who is not seen to ``found``, which grows where it must; both."""
    if total + count > len(found):
        larger = np.empty(2 * (total + count), np.int32)
        larger[:total] = found[:total]
        found = larger
    for i in range(count):
        if not is_seen(seen, out[i]):
            found[total] = out[i]
            total += 1
    return found, total


@njit
def _expand(arcs, size, longest, queue, begin, end, seen, rate, seed, run):  # type: ignore[no-untyped-def]
    """Whom a stretch of the frontier reaches among those not seen before this step, repetitions included."""
    room = room_for(most_answers(longest, rate))
    found = np.empty(2 * (end - begin) + len(room.out), np.int32)
    total, head = 0, begin
    while head < end:
        start = head
        head, count = live_of_next(arcs, queue, head, end, end, seed, run, room)
        found, total = _keep_unseen(room.out, count, seen, found, total)
        if rate > 0.0:
            for i in range(start, head):
                count = strangers(size, rate, np.int64(queue[i]), seed, run, room.out, 0)
                found, total = _keep_unseen(room.out, count, seen, found, total)
    return found[:total]


class Tally(NamedTuple):
    """What runs add up to.

    Attributes
    ----------
    sizes
        int64[runs], members reached.
    steps
        int64[last step + 1], members reached at each step, over all runs.
    counts
        int32[n], runs in which each member was reached; empty if not asked for.
    """

    sizes: Int64
    steps: Int64
    counts: Int32


def parts_of(first: int, last: int) -> list[tuple[int, int]]:
    """Stretches of the runs first to last - 1 for the threads in use, an empty one in front on which to compile.

    They become ever shorter, so that all threads end at about the same time (Polychronopoulos and Kuck, "Guided
    self-scheduling", IEEE Transactions on Computers 1987).
    """
    shares = 2 * numba.get_num_threads()
    cuts = [first, first]
    while cuts[-1] < last:
        cuts.append(cuts[-1] - (cuts[-1] - last) // shares)
    return list(pairwise(cuts))


def spread_over_runs(
    arcs: LiveArcs,
    size: int,
    longest: int,
    seeds: Int32,
    *,
    rate: float,
    seed: Any,
    first: int,
    runs: int,
    limit: int,
    frequency: bool,
) -> Tally:
    """Play runs first to first + runs - 1 on as many threads as kernels use.

    Where there are fewer runs than threads, each is spread over the threads by its frontier; results are the same.

    Parameters
    ----------
    arcs
        Tables of arcs.
    size
        Number of members.
    longest
        Length of the longest row.
    seeds
        int32, rows of seed members, distinct.
    rate
        Mean number of strangers to whom discovery shows what a member passes on.
    seed
        uint64.
    first, runs
        Numbers of the runs.
    limit
        Steps at most.
    frequency
        Whether members are counted.
    """
    if runs >= numba.get_num_threads():
        answers = most_answers(longest, rate)
        return gather_runs(
            lambda a, b, *own: _spread_loop(arcs, size, seeds, rate, seed, a, b, limit, *own),
            lambda: (np.zeros((size >> 6) + 1, np.uint64), np.empty(size + 1, np.int32), room_for(answers)),
            size, first, runs, limit, frequency,
        )  # fmt: skip
    sizes = np.zeros(runs, np.int64)
    steps = np.zeros(limit + 1, np.int64)
    counts = np.zeros(size if frequency else 0, np.int32)
    for run in range(first, first + runs):
        sizes[run - first] = _spread_wide(arcs, size, longest, seeds, rate, seed, run, limit, steps, counts)
    return Tally(sizes, _steps_of([steps], int(sizes.sum())), counts)


def gather_runs(
    kernel: Callable[..., Any],
    scratch: Callable[[], tuple[Any, ...]],
    size: int,
    first: int,
    runs: int,
    limit: int,
    frequency: bool,
) -> Tally:
    """Deal runs to threads and add up what they find.

    Parameters
    ----------
    kernel
        ``kernel(a, b, sizes, steps, counts, *scratch)`` plays runs a to b - 1, writes sizes int64[b - a], and adds to steps
        int64[limit + 1] and to counts int32[size], which is [0] if members are not counted.
    scratch
        Makes the arrays that a thread works on, once for all of its parts: new memory costs a page fault each 4 KiB, and
        two threads of one process wait for each other there.
    size, first, runs, limit, frequency
        As in `spread_over_runs`.
    """
    sizes = np.zeros(runs, np.int64)
    owned: list[tuple[Any, ...]] = []

    def part(stretch: tuple[int, int]) -> None:
        a, b = stretch
        try:
            own = owned.pop()
        except IndexError:
            own = (np.zeros(limit + 1, np.int64), np.zeros(size if frequency else 0, np.int32), *scratch())
        kernel(a, b, sizes[a - first : b - first], *own)
        owned.append(own)

    run_in_threads(part, parts_of(first, first + runs))
    counts = owned[0][1]
    for _, more, *_ in owned[1:]:  # whole numbers, so that their order does not matter
        counts += more
    return Tally(sizes, _steps_of([steps for steps, *_ in owned], int(sizes.sum())), counts)


def _steps_of(parts: list[Int64], total: int) -> Int64:
    """Members by step over all parts, up to the last step at which one was reached, given how many there are in all.

    The arrays are as long as the graph, the steps are few: reading all of them would take longer than some runs.
    """
    pieces = [np.zeros(1, np.int64)[:0]]
    place = 0
    while total > 0:
        piece = np.sum([part[place : place + STEPS] for part in parts], axis=0)
        pieces.append(piece)
        place += STEPS
        total -= int(piece.sum())
    steps = np.concatenate(pieces)
    return steps[: np.flatnonzero(steps)[-1] + 1] if len(steps) else np.zeros(1, np.int64)


def _spread_wide(
    arcs: LiveArcs, size: int, longest: int, seeds: Int32, rate: float, seed: Any, run: int, limit: int,
    steps: Int64, counts: Int32,
) -> int:  # fmt: skip
    """One run, its frontier dealt to the threads; the order of the queue is that of a single thread."""
    seen = np.zeros((size >> 6) + 1, np.uint64)
    queue = np.empty(size + 1, np.int32)
    queue[: len(seeds)] = seeds
    end = append_unseen(seeds, len(seeds), seen, queue, 0)
    steps[0] += end
    head, step = 0, 0
    threads = numba.get_num_threads()
    while head < end and step < limit:
        level = end
        pieces = 1 if level - head < 1024 else threads * PIECES_A_THREAD
        cuts = np.linspace(head, level, pieces + 1).astype(int).tolist()
        found: list[Any] = [None] * pieces

        def stretch(i: int, cuts: list[int] = cuts, found: list[Any] = found) -> None:
            found[i] = _expand(arcs, size, longest, queue, cuts[i], cuts[i + 1], seen, rate, seed, run)

        run_in_threads(stretch, range(pieces))
        for piece in found:
            end = append_unseen(piece, len(piece), seen, queue, end)
        head = level
        step += 1
        steps[step] += end - level
    if len(counts):
        counts[queue[:end]] += 1
    return int(end)


def follow_runs(
    arcs: LiveArcs,
    size: int,
    longest: int,
    seeds: Int32,
    *,
    rate: float,
    seed: Any,
    first: int,
    runs: int,
    limit: int,
) -> tuple[Int32, Int32, Int32, Int32]:
    """Runs with who passed to whom.

    Returns
    -------
    run, member, parent, step
        int32 columns, in the order in which members were reached: number of the run, row, row of the source (-1 for a
        seed member), step.
    """
    seen = np.zeros((size >> 6) + 1, np.uint64)
    queue, parents, steps = (np.empty(size, np.int32) for _ in range(3))
    columns: list[tuple[Int32, ...]] = []
    for run in range(first, first + runs):
        end = _follow_run(arcs, size, longest, seeds, rate, seed, run, limit, seen, queue, parents, steps)
        sources = np.where(parents[:end] < 0, -1, queue[np.maximum(parents[:end], 0)]).astype(np.int32)
        columns.append((np.full(end, run, np.int32), queue[:end].copy(), sources, steps[:end].copy()))
    run_, member, parent, step = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return run_, member, parent, step
