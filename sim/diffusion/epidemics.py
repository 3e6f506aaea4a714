"""SI, SIR and SIS: members stay infectious for more than one step, recover, and may be infected again.

In each step an infectious member passes to each of its followers with the arc's probability, and then recovers with
another. With recovery at once, SIR is the independent cascade, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from sim._numba import njit
from sim.diffusion.arguments import Arguments
from sim.diffusion.cascade import most_answers, parts_of
from sim.diffusion.live import live
from sim.diffusion.probability import Probability, arcs_forward
from sim.diffusion.spread import Spread
from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.parallel import run_in_threads
from sim.philox import block, subkey
from sim.streams import S_DIFFUSE, S_RECOVER

__all__ = ["epidemic"]


def epidemic(
    graph: FollowerGraph,
    seed_members: Iterable[Any],
    *,
    model: Literal["si", "sir", "sis"] = "sir",
    probability: Probability = 0.05,
    recovery: float = 1.0,
    runs: int = 1000,
    seed: int = 0,
    max_steps: int | None = None,
    first_run: int = 0,
    frequency: bool = True,
) -> Spread:
    """SI, SIR or SIS in discrete steps.

    Parameters
    ----------
    model
        "si": nobody recovers; "sir": who recovers is immune; "sis": who recovers can be infected again.
    probability
        Of passing along an arc in one step, as in `sim.diffusion.independent_cascade`.
    recovery
        Probability of recovering at the end of a step; not used by "si".
    max_steps
        Steps at most; "si" and "sis" need it, since they may never end.
    graph, seed_members, runs, seed, first_run, frequency
        As in `sim.diffusion.independent_cascade`.

    Returns
    -------
    Spread
        ``sizes`` count who was ever infected, ``active_by_step`` who is infectious after each step.

    Raises
    ------
    GraphError
        As there, and if the recovery is not from 0 to 1 or the limit of steps is missing.
    """
    if model not in ("si", "sir", "sis"):
        raise GraphError(f'model is "si", "sir" or "sis", not {model!r}')
    if not 0.0 <= recovery <= 1.0:
        raise GraphError(f"recovery is a probability from 0 to 1, not {recovery}")
    if max_steps is None and (model != "sir" or recovery == 0.0):
        raise GraphError(f"{model} may never end: say how many steps by max_steps")
    given = Arguments.check(graph, seed_members, runs, seed, max_steps, first_run)
    limit = 2**31 - 1 if max_steps is None else int(max_steps)
    arcs = arcs_forward(graph, probability)
    size = len(graph)
    sizes = np.zeros(runs, np.int64)
    done: dict[int, tuple[Any, ...]] = {}
    chance = 0.0 if model == "si" else float(recovery)

    def part(stretch: tuple[int, int]) -> None:
        a, b = stretch
        counts = np.zeros(size if frequency else 0, np.int32)
        own = sizes[a - first_run : b - first_run]
        done[a] = *_epidemic_runs(
            arcs, size, given.longest, given.seeds, given.seed, a, b, limit, chance, model == "sis", own, counts
        ), counts  # fmt: skip

    run_in_threads(part, parts_of(first_run, first_run + runs))
    longest = max(len(new) for new, _, _ in done.values())
    new, active = np.zeros(longest), np.zeros(longest)
    counts = np.zeros(size if frequency else 0, np.int32)
    for own_new, own_active, own_counts in done.values():
        new[: len(own_new)] += own_new
        active[: len(own_active)] += own_active
        counts += own_counts
    return Spread(model, size, given.seeds, sizes, new / runs, active / runs, counts)


@njit
def _recovers(seed, run, member, step, chance):  # type: ignore[no-untyped-def]
    w0, _, _, _ = block(seed, S_RECOVER, run, member, step, 0)
    return (np.float64(w0) + 0.5) * 2.0**-32 < chance


@njit
def _epidemic_runs(arcs, size, longest, seeds, seed, first, last, limit, recovery, again, sizes, counts):  # type: ignore[no-untyped-def]
    """Runs first to last - 1; new and active members by step, over all of them.

    Draws of SI and SIR belong to the steps since a member was infected, so that the same seed members and more reach
    the same members and more in every run; those of SIS, where a member is infected again, to the steps of the run.
    """
    new = np.zeros(64, np.int64)
    active = np.zeros(64, np.int64)
    top = 0
    state = np.zeros(size, np.int8)  # 0 susceptible, 1 infectious, 2 immune
    ever = np.zeros(size, np.bool_)
    since = np.zeros(size, np.int32)
    ill = np.empty(size, np.int32)
    reached = np.empty(size, np.int32)
    out = np.empty(most_answers(longest, 0.0), np.int32)
    for run in range(first, last):
        number, total = 0, 0
        for s in seeds:
            state[s], ever[s], since[s] = 1, True, 0
            ill[number] = s
            reached[total] = s
            number += 1
            total += 1
        new[0] += number
        active[0] += number
        step = 0
        while number > 0 and step < limit:
            step += 1
            if step >= len(new):
                grown, grown_active = np.zeros(2 * len(new), np.int64), np.zeros(2 * len(new), np.int64)
                grown[: len(new)] = new
                grown_active[: len(new)] = active
                new, active = grown, grown_active
            top = max(top, step)
            before = number
            for i in range(before):
                v = np.int64(ill[i])
                age = step - 1 if again else step - 1 - since[v]
                key = seed if age == 0 else subkey(seed, S_DIFFUSE, age)
                count = live(arcs, v, key, run, out)
                for j in range(count):
                    u = out[j]
                    if state[u] == 0:
                        state[u], since[u] = 1, step
                        ill[number] = u
                        number += 1
                        new[step] += 1
                        if not ever[u]:
                            ever[u] = True
                            reached[total] = u
                            total += 1
            kept = 0
            for i in range(number):
                v = np.int64(ill[i])
                if i < before and recovery > 0.0:
                    age = step - 1 if again else step - 1 - since[v]
                    if _recovers(seed, run, v, age, recovery):
                        state[v] = 0 if again else 2
                        continue
                ill[kept] = v
                kept += 1
            number = kept
            active[step] += number
        sizes[run - first] = total
        for i in range(total):
            u = reached[i]
            state[u], ever[u] = 0, False
            if len(counts):
                counts[u] += 1
    return new[: top + 1], active[: top + 1]
