"""The Bass model with word of mouth along the follower graph, and what seeding is worth in it: acceleration, expansion.

A member adopts by itself at rate p, and by word of mouth at rate q times the share of its followees who have adopted.
Each member takes a hazard drawn once, so that worlds with and without seed members can be compared member by member.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.diffusion.arguments import Arguments
from sim.diffusion.cascade import gather_runs, parts_of
from sim.diffusion.spread import Spread, mean_interval
from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.csr import Float64, Int32, Int64
from sim.graph.parallel import run_in_threads
from sim.numerics import log
from sim.philox import block
from sim.samplers import uniform53
from sim.streams import S_ADOPT

__all__ = ["SeedingValue", "bass", "bass_curve", "seeding_value"]


def bass_curve(innovation: float, imitation: float, time: npt.ArrayLike) -> Float64:
    """Share of adopters in a market where everybody hears everybody.

    F(t) = (1 - e**(-(p + q) t)) / (1 + (q / p) e**(-(p + q) t)) (Bass, "A new product growth for model consumer
    durables", Management Science 1969).
    """
    if not (innovation > 0.0 and imitation >= 0.0):
        raise GraphError(f"innovation is above 0 and imitation at least 0, not {innovation} and {imitation}")
    decay = np.exp(-(innovation + imitation) * np.asarray(time, np.float64))
    share: Float64 = (1.0 - decay) / (1.0 + imitation / innovation * decay)
    return share


def bass(
    graph: FollowerGraph,
    seed_members: Iterable[Any] = (),
    *,
    innovation: float = 0.03,
    imitation: float = 0.38,
    horizon: float = 10.0,
    steps_a_unit: int = 10,
    runs: int = 100,
    seed: int = 0,
    first_run: int = 0,
    frequency: bool = True,
) -> Spread:
    """Bass model on a follower graph.

    Parameters
    ----------
    seed_members
        Labels of members who have adopted at time 0; may be empty.
    innovation, imitation
        p and q, per unit of time. The defaults are usual in the literature: 0.03 and 0.38, means of 213 applications
        (Sultan, Farley and Lehmann, Journal of Marketing Research 1990).
    horizon
        Units of time.
    steps_a_unit
        Steps that a unit is cut into; word of mouth waits for the next step.
    graph, runs, seed, first_run, frequency
        As in `sim.diffusion.independent_cascade`.

    Returns
    -------
    Spread
        By steps: step j is time j / ``steps_a_unit``.
    """
    rows, given, steps = _checked(
        graph, seed_members, innovation, imitation, horizon, steps_a_unit, runs, seed, first_run
    )
    size = len(graph)

    def play(first: int, last: int, sizes: Int64, by_step: Int64, counts: Int32) -> None:
        for run in range(first, last):
            when = _adoption_times(
                *graph.into, rows, innovation, imitation, steps, steps_a_unit, given.seed, run
            )
            adopted = when >= 0
            sizes[run - first] = np.count_nonzero(adopted)
            by_step += np.bincount(when[adopted], minlength=steps + 1)
            if frequency:
                counts += adopted

    tally = gather_runs(play, tuple, size, first_run, runs, steps, frequency)
    new = np.zeros(steps + 1)  # time goes on where nobody adopts any more
    new[: len(tally.steps)] = tally.steps / runs
    return Spread("bass", size, rows, tally.sizes, new, np.cumsum(new), tally.counts)


@dataclass(frozen=True)
class SeedingValue:
    """What seeding is worth, in discounted adoptions, and where it comes from.

    Attributes
    ----------
    total, acceleration, expansion
        float64[runs]: all that seeding adds; of it, from members who would have adopted within the horizon but do so
        earlier (or later); and from those who would not have.
    """

    total: Float64
    acceleration: Float64
    expansion: Float64

    def as_dict(self) -> dict[str, Any]:
        """Means and intervals."""
        return {
            name: {"mean": float(values.mean()), "interval": mean_interval(values)}
            for name, values in vars(self).items()
        }


def seeding_value(
    graph: FollowerGraph,
    seed_members: Iterable[Any],
    *,
    innovation: float = 0.03,
    imitation: float = 0.38,
    horizon: float = 10.0,
    steps_a_unit: int = 10,
    discount: float = 0.10,
    runs: int = 100,
    seed: int = 0,
    first_run: int = 0,
) -> SeedingValue:
    """Acceleration and expansion: the same worlds with and without seed members, member by member.

    A member who adopts at time t counts e**(-discount t), and nothing after the horizon. Seed members themselves count
    as the others do (Libai, Muller and Peres, "Decomposing the value of word-of-mouth seeding programs: acceleration
    versus expansion", Journal of Marketing Research 2013; there the market has two brands, here what expands is who
    would not have adopted within the horizon).

    Parameters
    ----------
    discount
        Rate per unit of time; 0.10 a year is an assumption (0.05 to 0.15).
    graph, seed_members, innovation, imitation, horizon, steps_a_unit, runs, seed, first_run
        As in `bass`.
    """
    rows, given, steps = _checked(
        graph, seed_members, innovation, imitation, horizon, steps_a_unit, runs, seed, first_run
    )
    if not len(rows):
        raise GraphError("there is no seed member")
    if not discount >= 0.0:
        raise GraphError(f"discount is a rate of 0 or more, not {discount}")
    worth = np.append(np.exp(-discount * np.arange(steps + 1) / steps_a_unit), 0.0)  # the last: never
    nobody = np.empty(0, np.int32)
    columns = np.zeros((3, runs))

    def part(stretch: tuple[int, int]) -> None:
        for run in range(*stretch):
            with_, without = (
                _adoption_times(*graph.into, who, innovation, imitation, steps, steps_a_unit, given.seed, run)
                for who in (rows, nobody)
            )
            gain = worth[with_] - worth[without]
            expands = without < 0
            column = run - first_run
            columns[1, column] = gain[~expands].sum()
            columns[2, column] = gain[expands].sum()

    run_in_threads(part, parts_of(first_run, first_run + runs))
    columns[0] = columns[1] + columns[2]
    return SeedingValue(*columns)


def _checked(
    graph: FollowerGraph, seed_members: Iterable[Any], innovation: float, imitation: float, horizon: float,
    steps_a_unit: int, runs: int, seed: int, first_run: int,
) -> tuple[Int32, Arguments, int]:  # fmt: skip
    members = list(seed_members)
    if not (innovation >= 0.0 and imitation >= 0.0):
        raise GraphError(f"innovation and imitation are rates of 0 or more, not {innovation} and {imitation}")
    if not (horizon > 0.0 and steps_a_unit >= 1):
        raise GraphError(f"horizon is above 0 and steps_a_unit at least 1, not {horizon} and {steps_a_unit}")
    labels = members or (graph.labels_of([0]) if len(graph) else [])
    given = Arguments.check(graph, labels, runs, seed, None, first_run)
    rows = given.seeds if members else np.empty(0, np.int32)
    return rows, given, max(1, round(horizon * steps_a_unit))


@njit
def _adoption_times(offsets, targets, seeds, innovation, imitation, steps, steps_a_unit, seed, run):  # type: ignore[no-untyped-def]
    """Step at which each member adopts, int32[n]; -1 for who does not.

    The hazard that has gathered so far is compared with an exponential number: P(no adoption) = exp(-hazard).
    """
    size = len(offsets) - 1
    followees = np.zeros(size, np.int32)
    for u in targets:
        followees[u] += 1
    when = np.full(size, -1, np.int32)
    left = np.empty(size)
    for u in range(size):
        w0, w1, _, _ = block(seed, S_ADOPT, run, u, 0, 0)
        left[u] = -log(uniform53(w0, w1))
    heard = np.zeros(size, np.int32)
    fresh = np.empty(size, np.int32)
    count = 0
    for s in seeds:
        when[s] = 0
        fresh[count] = s
        count += 1
    for step in range(1, steps + 1):
        for i in range(count):
            v = fresh[i]
            for j in range(offsets[v], offsets[v + 1]):
                heard[targets[j]] += 1
        count = 0
        for u in range(size):
            if when[u] < 0:
                share = heard[u] / followees[u] if followees[u] > 0 else 0.0
                left[u] -= (innovation + imitation * share) / steps_a_unit
                if left[u] <= 0.0:
                    when[u] = step
                    fresh[count] = u
                    count += 1
    return when
