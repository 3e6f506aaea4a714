"""What a diffusion model answers: sizes of runs, their mean and its error, who is reached how often and when, and trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import GraphError
from sim.graph.csr import Float64, Int32, Int64

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cascades", "Spread", "mean_interval"]


@dataclass(frozen=True)
class Cascades:
    """Who passed to whom, one row for each member reached, in the order of runs and then of arrival.

    Attributes
    ----------
    run, member, parent, step
        int32 columns: number of the run, row of the member, row of the source (-1 for a seed member), step.
    """

    run: Int32
    member: Int32
    parent: Int32
    step: Int32

    def __len__(self) -> int:
        return len(self.run)

    def trees(self) -> pd.DataFrame:
        """One row for each seed member of each run, with the shape of the tree that grew from it.

        Returns
        -------
        DataFrame
            ``run``, ``root`` (row), ``size``, ``depth`` (longest way from the root), ``breadth`` (most members at one
            depth) and ``virality``: the mean distance between members of the tree, "structural virality" (Goel,
            Anderson, Hofman and Watts, Management Science 2016); 0 for a lone root.
        """
        import pandas as pd

        columns = _trees(self.run, self.member, self.parent, self.step)
        return pd.DataFrame(
            dict(zip(("run", "root", "size", "depth", "breadth", "virality"), columns, strict=True))
        )


@njit
def _trees(run, member, parent, step):  # type: ignore[no-untyped-def]
    """Columns of `Cascades.trees`. A member comes after its source, so one way back adds up subtrees."""
    total = len(run)
    source = np.full(total, -1, np.int64)
    tree = np.empty(total, np.int64)
    place = np.full(0 if total == 0 else np.max(member) + 1, -1, np.int64)
    roots = 0
    for i in range(total):
        place[member[i]] = i
        if parent[i] < 0:
            tree[i] = roots
            roots += 1
        else:
            source[i] = place[parent[i]]
            tree[i] = tree[source[i]]
    below = np.ones(total, np.int64)
    size = np.zeros(roots, np.int64)
    depth = np.zeros(roots, np.int64)
    first = np.zeros(roots, np.int64)
    for i in range(total):
        if source[i] < 0:
            first[tree[i]] = i
        size[tree[i]] += 1
        depth[tree[i]] = max(depth[tree[i]], step[i])
    breadth = np.zeros(roots, np.int64)
    # Members of a run come by steps, so a tree's members of one step are counted by a number that starts anew.
    at_step = np.zeros(roots, np.int64)
    last_step = np.full(roots, -1, np.int64)
    for i in range(total):
        t = tree[i]
        if last_step[t] != step[i]:
            last_step[t] = step[i]
            at_step[t] = 0
        at_step[t] += 1
        breadth[t] = max(breadth[t], at_step[t])
    distance = np.zeros(roots)
    for i in range(total - 1, -1, -1):
        if source[i] >= 0:
            below[source[i]] += below[i]
            # An arc lies on the way between everybody below it and everybody else.
            distance[tree[i]] += np.float64(below[i]) * (size[tree[i]] - below[i])
    virality = np.zeros(roots)
    for t in range(roots):
        if size[t] > 1:
            virality[t] = distance[t] / (0.5 * size[t] * (size[t] - 1.0))
    return run[first], member[first], size, depth, breadth, virality


def mean_interval(values: npt.NDArray[Any], level: float = 0.95) -> tuple[float, float]:
    """Interval of a mean by Student's t; infinite for a single value."""
    from scipy.stats import t

    if len(values) < 2:
        return -np.inf, np.inf
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))
    half = float(t.ppf(0.5 + level / 2.0, len(values) - 1)) * error
    return mean - half, mean + half


@dataclass(frozen=True)
class Spread:
    """What spread from some seed members over some runs.

    Attributes
    ----------
    model
        Name of the model.
    members
        Number of members of the graph.
    seeds
        int32, rows of the seed members.
    sizes
        int64[runs], members reached in each run, seed members included.
    new_by_step
        float64[last step + 1], members newly reached at each step, mean over runs; step 0 is the seed members.
    active_by_step
        float64[last step + 1], members active (infected, or reached by then) after each step, mean over runs.
    counts
        int32[n], runs in which each member was reached; empty where ``frequency=False``.
    cascades
        Who passed to whom; None unless asked for by ``trees=True``.
    """

    model: str
    members: int
    seeds: Int32
    sizes: Int64
    new_by_step: Float64
    active_by_step: Float64
    counts: Int32 = field(repr=False)
    cascades: Cascades | None = field(default=None, repr=False)

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.sizes)

    @property
    def mean(self) -> float:
        """Mean number of members reached."""
        return float(self.sizes.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean; nan for a single run."""
        return float(self.sizes.std(ddof=1) / np.sqrt(self.runs)) if self.runs > 1 else float("nan")

    @property
    def frequency(self) -> Float64:
        """Share of runs in which each member was reached, float64[n].

        Raises
        ------
        GraphError
            If it was not counted.
        """
        if not len(self.counts):
            raise GraphError("members were not counted: ask for it with frequency=True")
        return self.counts / self.runs

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval of the mean by Student's t."""
        return mean_interval(self.sizes, level)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON; without members and trees."""
        low, high = self.interval() if self.runs > 1 else (None, None)
        return {
            "model": self.model,
            "members": self.members,
            "seed_members": len(self.seeds),
            "runs": self.runs,
            "mean": self.mean,
            "standard_error": self.standard_error if self.runs > 1 else None,
            "low": low,
            "high": high,
            "new_by_step": self.new_by_step.tolist(),
            "active_by_step": self.active_by_step.tolist(),
        }
