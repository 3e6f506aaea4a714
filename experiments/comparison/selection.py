"""Which of many plans is best, with a promise: the procedure of Kim and Nelson on pairs, and OCBA without them.

Kim and Nelson (2001): with probability at least ``confidence`` the plan that is kept is the best one whenever the
best is at least ``indifference`` better than the second. It works on variances of paired differences, so common
random numbers make it cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Draw = Callable[[Sequence[int], int], npt.ArrayLike]
"""Called with the plans that are left and a count; gives their next values on new seeds, float [count, plans]."""
DrawEach = Callable[[Sequence[int]], Sequence[npt.ArrayLike]]
"""Called with a count for each plan; gives each plan's next values on seeds that no other has, float [count] each."""


@dataclass(frozen=True)
class Selected:
    """What was selected.

    Attributes
    ----------
    best
        Index of the plan that is left, or that leads where the budget ended first.
    promised
        Whether the procedure ran to its end, so that its promise holds.
    seeds
        Seeds on which the last ones were compared.
    runs
        Runs in all.
    dropped
        Plan -> seeds after which it was dropped.
    """

    best: int
    promised: bool
    seeds: int
    runs: int
    dropped: dict[int, int]


def kim_nelson(
    draw: Draw,
    plans: int,
    indifference: float,
    confidence: float = 0.95,
    first: int = 20,
    block: int = 10,
    most: int = 10_000,
) -> Selected:
    """Select the plan with the highest mean.

    Parameters
    ----------
    draw
        Source of values; a row is one seed, shared by all plans asked for.
    plans
        How many there are, at least two.
    indifference
        A difference that is worth detecting, in the figure's unit, above 0.
    confidence
        Probability of the right choice, above 1 / plans.
    first
        Seeds of the first stage, from which variances of differences are taken.
    block
        Seeds asked for at a time afterwards; they are looked at one by one, so it changes no decision.
    most
        Seeds after which it gives up its promise.
    """
    if not indifference > 0.0:
        raise ValueError("the indifference must be above 0")
    if plans < 2:
        return Selected(0, True, 0, 0, {})
    history = np.asarray(draw(range(plans), first), np.float64)
    runs = history.size
    alpha = 1.0 - confidence
    eta = 0.5 * ((2.0 * alpha / (plans - 1)) ** (-2.0 / (first - 1)) - 1.0)
    h2 = 2.0 * eta * (first - 1)
    pairs = history[:, :, None] - history[:, None, :]
    variance = pairs.var(axis=0, ddof=1)
    left = list(range(plans))
    sums = history.sum(axis=0)
    dropped: dict[int, int] = {}
    n = first
    waiting = np.zeros((0, len(left)))
    while True:
        slack = np.maximum(0.0, indifference / 2.0 * (h2 * variance / indifference**2 - n))
        # In sums over n seeds: a plan goes where another is ahead by more than what chance may explain.
        keep = [i for i in left if all(sums[i] >= sums[j] - slack[i, j] for j in left if j != i)]
        for i in set(left) - set(keep):
            dropped[i] = n
        waiting = waiting[:, [left.index(i) for i in keep]]
        left = keep
        if len(left) == 1:
            return Selected(left[0], True, n, runs, dropped)
        if n >= most:
            return Selected(max(left, key=lambda i: sums[i]), False, n, runs, dropped)
        if not len(waiting):
            waiting = np.asarray(draw(left, min(block, most - n)), np.float64)
            runs += waiting.size
        sums[left] += waiting[0]
        waiting = waiting[1:]
        n += 1


def ocba(means: npt.ArrayLike, variances: npt.ArrayLike, budget: int) -> Counts:
    """How to share out independent runs so that the highest mean is most likely found.

    Parameters
    ----------
    means, variances
        float [plans], as estimated so far.
    budget
        Runs in all.

    Returns
    -------
    int64 [plans]
        Runs that each plan should have had; they sum to ``budget``.

    Notes
    -----
    Optimal computing budget allocation, Chen et al. (2000). For plans that cannot be paired only: with common
    random numbers `kim_nelson` needs far fewer runs.
    """
    m, v = np.asarray(means, np.float64), np.maximum(np.asarray(variances, np.float64), 1e-300)
    best = int(m.argmax())
    gap = np.maximum(m[best] - m, 1e-12 * max(1.0, float(np.abs(m).max())))
    weight = v / gap**2
    weight[best] = 0.0
    weight[best] = (v[best] * (weight**2 / v).sum()) ** 0.5
    return _shared(budget, weight)


def _shared(total: int, weight: Float) -> Counts:
    """Whole numbers in proportion to weights that sum to ``total``; the largest remainders are rounded up."""
    exact = total * weight / weight.sum()
    runs: Counts = np.floor(exact).astype(np.int64)
    runs[np.argsort(runs - exact, kind="stable")[: total - int(runs.sum())]] += 1
    return runs


@dataclass(frozen=True)
class Allocated:
    """What independent runs, shared out by OCBA, selected.

    Attributes
    ----------
    best
        Index of the plan with the highest mean.
    probability
        Estimated chance that no other plan is better than it by more than the indifference.
    runs
        Runs of each plan.
    means, deviations
        Sample mean and standard deviation of each plan, float64 [plans].
    """

    best: int
    probability: float
    runs: tuple[int, ...]
    means: Float
    deviations: Float


def allocate(
    draw: DrawEach,
    plans: int,
    budget: int,
    indifference: float = 0.0,
    confidence: float = 0.95,
    first: int = 10,
    block: int = 10,
) -> Allocated:
    """Select the plan with the highest mean from runs that share nothing, by OCBA.

    Parameters
    ----------
    draw
        Source of values.
    plans
        How many there are, at least two.
    budget
        Runs in all after which it stops; the first stage is played in any case.
    indifference
        A shortfall that would not matter, in the figure's unit; 0 for none.
    confidence
        Estimated probability from which it stops early.
    first
        Runs of each plan in the first stage, from which means and variances are taken.
    block
        Runs that are shared out at a time.

    Notes
    -----
    The probability is Bonferroni's bound over pairwise comparisons, each by Student's t with the degrees of freedom of
    Welch (Branke, Chick and Schmidt 2007). It takes the estimated variances for the true ones, so it is an estimate, no
    promise as `kim_nelson` gives.
    """
    values = [np.asarray(v, np.float64) for v in draw([first] * plans)]
    while True:
        means, variances = np.array([v.mean() for v in values]), np.array([v.var(ddof=1) for v in values])
        counts = np.array([len(v) for v in values])
        best = int(means.argmax())
        probability = _probability(means, variances, counts, best, indifference)
        left = budget - int(counts.sum())
        if probability >= confidence or left <= 0:
            return Allocated(best, probability, tuple(counts.tolist()), means, np.sqrt(variances))
        step = min(left, block)
        short = np.maximum(ocba(means, variances, int(counts.sum()) + step) - counts, 0).astype(np.float64)
        more = draw(_shared(step, short).tolist())
        values = [np.concatenate([v, np.asarray(m, np.float64)]) for v, m in zip(values, more, strict=True)]


def _probability(means: Float, variances: Float, counts: Counts, best: int, indifference: float) -> float:
    from scipy.special import stdtr

    parts = variances / counts
    others = np.arange(len(means)) != best
    error2 = parts[best] + parts[others]
    lead = means[best] - means[others] + indifference
    # Two plans without any variance are told apart by what they are.
    known = error2 <= 0.0
    error2 = np.where(known, 1.0, error2)
    below = parts[best] ** 2 / (counts[best] - 1) + parts[others] ** 2 / (counts[others] - 1)
    freedom = error2**2 / np.where(known, 1.0, below)
    wrong = np.where(known, np.where(lead > 0.0, 0.0, 0.5), stdtr(freedom, -lead / np.sqrt(error2)))
    return max(0.0, 1.0 - float(wrong.sum()))
