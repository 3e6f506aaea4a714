"""Threshold models: the linear threshold model in both of its forms, and complex contagion.

A member becomes active once the weight of its active followees reaches its threshold. With uniform random thresholds
that is the same process as heeding one followee chosen by weight (Kempe, Kleinberg and Tardos 2003), which is faster,
and on whose worlds spreads are submodular.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.diffusion.arguments import Arguments
from sim.diffusion.cascade import gather_runs
from sim.diffusion.cascades import spread_along
from sim.diffusion.live import HeededArcs, picked_by
from sim.diffusion.prefetch import prefetch
from sim.diffusion.probability import Weight, checked, heeded, turned_to_followers
from sim.diffusion.spread import Spread
from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.philox import block
from sim.streams import S_THRESHOLD

__all__ = ["complex_contagion", "linear_threshold"]

Form = Literal["live_edge", "threshold"]

UNKNOWN, NEVER = -2, -1
"""Steps of members: not known yet, and of those who never become active."""
WORDS = 256
"""Random words drawn together, one a member."""
AHEAD = 8
"""Members ahead of the one whose way is walked, whose ways are asked for."""


def linear_threshold(
    graph: FollowerGraph,
    seed_members: Iterable[Any],
    *,
    weight: Weight = "uniform",
    form: Form = "live_edge",
    runs: int = 1000,
    seed: int = 0,
    max_steps: int | None = None,
    first_run: int = 0,
    frequency: bool = True,
    trees: bool = False,
) -> Spread:
    """Linear threshold: active once the weights of one's active followees sum to a uniform random threshold.

    Parameters
    ----------
    weight
        "uniform", 1 / number of accounts that the follower follows; or one number an arc in the order of
        ``graph.arcs()``, of which those of a follower sum to at most 1.
    form
        "live_edge": everybody heeds one followee, chosen by weight, and is active once that one is. "threshold": as
        written above. Both have the same distribution at every step; in the first, spreads on the same worlds are
        submodular.
    graph, seed_members, runs, seed, max_steps, first_run, frequency, trees
        As in `sim.diffusion.independent_cascade`; trees need the live-edge form.

    Returns
    -------
    Spread

    Raises
    ------
    GraphError
        As there, and if the weights of a follower sum to more than 1.
    """
    given = Arguments.check(graph, seed_members, runs, seed, max_steps, first_run)
    if form == "threshold":
        if trees:
            raise GraphError(
                'trees need form="live_edge": with thresholds nobody is reached by one member alone'
            )
        heeded(graph, weight)  # for its checks
        weights = (
            np.empty(0) if isinstance(weight, str) else turned_to_followers(graph, checked(graph, weight))
        )
        return _thresholds("lt", graph, given, weights, np.empty(0), runs, first_run, frequency)
    if form != "live_edge":
        raise GraphError(f'form is "live_edge" or "threshold", not {form!r}')
    forward, back = heeded(graph, weight)
    if trees or given.limit == 0:
        return spread_along(
            "lt", graph, forward, given, runs=runs, first_run=first_run, frequency=frequency, trees=trees
        )
    return _heed("lt", graph, back, given, runs, first_run, frequency)


def complex_contagion(
    graph: FollowerGraph,
    seed_members: Iterable[Any],
    *,
    threshold: float | npt.NDArray[Any],
    max_steps: int | None = None,
    runs: int = 1,
    seed: int = 0,
    frequency: bool = True,
) -> Spread:
    """Complex contagion: active once a share of one's followees is (Watts, "A simple model of global cascades on random
    networks", PNAS 2002).

    Parameters
    ----------
    threshold
        Share of followees, from 0 to 1, for all or one for each member. Whoever follows nobody stays as he is.
    runs, seed
        Of the common call shape; all runs are alike, since nothing is random here.
    graph, seed_members, max_steps, frequency
        As in `sim.diffusion.independent_cascade`.

    Raises
    ------
    GraphError
        As there, and if a threshold is not from 0 to 1.
    """
    given = Arguments.check(graph, seed_members, runs, seed, max_steps)
    shares = (
        np.broadcast_to(np.asarray(threshold, np.float64), (len(graph),)) if np.ndim(threshold) == 0 else None
    )
    if shares is None:
        shares = np.asarray(threshold, np.float64)
    if shares.shape != (len(graph),) or not bool(np.all((shares >= 0.0) & (shares <= 1.0))):
        raise GraphError(f"threshold is a share from 0 to 1, or one for each of {len(graph):,} members")
    return _thresholds("watts", graph, given, np.empty(0), np.ascontiguousarray(shares), runs, 0, frequency)


def _gather(
    model: str, graph: FollowerGraph, given: Arguments, runs: int, first: int, frequency: bool, kernel: Any,
    scratch: Any,
) -> Spread:  # fmt: skip
    """Runs of a kernel (see `gather_runs`) as a `Spread`."""
    tally = gather_runs(kernel, scratch, len(graph), first, runs, given.limit, frequency)
    new = tally.steps / runs
    return Spread(model, len(graph), given.seeds, tally.sizes, new, np.cumsum(new), tally.counts)


def _heed(
    model: str,
    graph: FollowerGraph,
    arcs: HeededArcs,
    given: Arguments,
    runs: int,
    first: int,
    frequency: bool,
) -> Spread:
    size = len(graph)
    return _gather(
        model, graph, given, runs, first, frequency,
        lambda a, b, *own: _heed_runs(arcs, given.seeds, given.seed, a, b, given.limit, *own),
        lambda: (np.empty(2 * size, np.int32), np.empty(size, np.int32), np.empty(WORDS, np.uint32)),
    )  # fmt: skip


def _thresholds(
    model: str, graph: FollowerGraph, given: Arguments, weights: Any, shares: Any, runs: int, first: int,
    frequency: bool,
) -> Spread:  # fmt: skip
    size, followees = len(graph), graph.followees_count().astype(np.int32)
    return _gather(
        model, graph, given, runs, first, frequency,
        lambda a, b, *own: _threshold_runs(
            *graph.into, followees, weights, shares, given.seeds, given.seed, a, b, given.limit, *own
        ),
        lambda: (np.zeros(size), np.zeros(size, np.bool_), *(np.empty(size, np.int32) for _ in range(2))),
    )  # fmt: skip


@njit(_nrt=False)
def _heed_all(arcs, seed, run, walk, words):  # type: ignore[no-untyped-def]
    """Whom everybody heeds in a run, in the order of rows, so that memory is read forward: ``walk[2 u]``.

    ``walk[2 u + 1]`` is the step at which u becomes active: `UNKNOWN` for now. Random words of many members are drawn
    first, in a loop that a compiler turns into vectors.
    """
    size = len(walk) >> 1
    for first in range(0, size, len(words)):
        last = min(first + len(words), size)
        for i in range((last - first + 3) >> 2):
            w0, w1, w2, w3 = block(seed, S_THRESHOLD, run, (first >> 2) + i, 0, 0)
            words[4 * i] = w0
            words[4 * i + 1] = w1
            words[4 * i + 2] = w2
            words[4 * i + 3] = w3
        for u in range(first, last):
            walk[2 * u] = picked_by(arcs.offsets, arcs.targets, arcs.cumulative, u, words[u - first])
            walk[2 * u + 1] = UNKNOWN


@njit(_nrt=False)
def _heed_run(arcs, seeds, seed, run, limit, walk, path, words):  # type: ignore[no-untyped-def]
    """Everybody's one followee is drawn in the order of rows; then the ways back are walked, each place once.

    A member's step is that of whom it heeds plus one; a way that ends in nobody or in a ring reaches no seed member.
    """
    size = len(path)
    _heed_all(arcs, seed, run, walk, words)
    for s in seeds:
        walk[2 * s + 1] = 0
    for start in range(size):
        # Ways jump about in memory: ask for the first place of one, and for the second of a nearer one.
        if start + 2 * AHEAD < size:
            first = np.int64(walk[2 * (start + 2 * AHEAD)])
            if first >= 0:
                prefetch(walk, 2 * first)
            second = np.int64(walk[2 * (start + AHEAD)])
            if second >= 0 and walk[2 * second] >= 0:
                prefetch(walk, 2 * np.int64(walk[2 * second]))
        u = np.int64(start)
        length = 0
        while walk[2 * u + 1] == UNKNOWN:
            walk[2 * u + 1] = NEVER  # met again on this way, it is a ring
            path[length] = u
            length += 1
            if walk[2 * u] < 0:
                break
            u = np.int64(walk[2 * u])
        now = np.int64(walk[2 * u + 1])
        for i in range(length - 1, -1, -1):
            if now >= 0:
                now = now + 1 if now < limit else np.int64(NEVER)
            walk[2 * path[i] + 1] = now


@njit(_nrt=False)
def _heed_runs(arcs, seeds, seed, first, last, limit, sizes, steps, counts, walk, path, words):  # type: ignore[no-untyped-def]
    """Runs first to last - 1 of the live-edge form."""
    size = len(path)
    for run in range(first, last):
        _heed_run(arcs, seeds, seed, run, limit, walk, path, words)
        reached = 0
        for u in range(size):
            step = walk[2 * u + 1]
            if step >= 0:
                reached += 1
                steps[step] += 1
                if len(counts):
                    counts[u] += 1
        sizes[run - first] = reached


@njit
def _threshold_runs(  # type: ignore[no-untyped-def]
    offsets, targets, followees, weights, shares, seeds, seed, first, last, limit, sizes, steps, counts, heard, active,
    queue, touched
):  # fmt: skip
    """Step by step: active members add their weight to their followers; thresholds are given or drawn.

    Without weights the active followees are counted, and compared with threshold times followees.
    """
    counted = len(weights) == 0
    drawn = len(shares) == 0
    for run in range(first, last):
        end = 0
        for s in seeds:
            queue[end] = s
            active[s] = True
            end += 1
        steps[0] += end
        head, step, marks = 0, 0, 0
        while head < end and step < limit:
            level = end
            while head < level:
                v = queue[head]
                head += 1
                for i in range(offsets[v], offsets[v + 1]):
                    u = np.int64(targets[i])
                    if active[u]:
                        continue
                    if heard[u] == 0.0:
                        touched[marks] = u
                        marks += 1
                    heard[u] += 1.0 if counted else max(weights[i], 1e-300)
                    if drawn:
                        w0, w1, w2, w3 = block(seed, S_THRESHOLD, run, u >> 2, 0, 0)
                        lane = u & 3
                        word = w0 if lane == 0 else w1 if lane == 1 else w2 if lane == 2 else w3
                        needed = (np.float64(word) + 0.5) * 2.0**-32
                    else:
                        needed = shares[u]
                    if counted:
                        # A product that rounding lifts above a whole number asks for no further followee.
                        needed *= followees[u] * (1.0 - 1e-12)
                    if heard[u] >= needed:
                        active[u] = True
                        queue[end] = u
                        end += 1
            step += 1
            steps[step] += end - level
        sizes[run - first] = end
        for i in range(end):
            active[queue[i]] = False
            if len(counts):
                counts[queue[i]] += 1
        for i in range(marks):
            heard[touched[i]] = 0.0
