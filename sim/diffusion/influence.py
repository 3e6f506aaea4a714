"""How many sketches are enough: IMM and OPIM-C, each with the guarantee that it gives.

IMM: Tang, Shi and Xiao (SIGMOD 2015), with the correction of Chen (CSoNet 2018) for sketches that are used twice. OPIM-C:
Tang, Tang, Xiao and Yuan (SIGMOD 2018), which stops as soon as a second sample certifies the choice made on the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.diffusion.sketches import Cover, Sampler, Sketches, cover_greedily
from sim.graph.csr import Float64, Int32

__all__ = ["Guarantee", "imm", "opim"]

GREEDY = 1.0 - 1.0 / math.e
BUDGETED = 1.0 - 1.0 / math.sqrt(math.e)
"""What greedy choice per price, or the best single member, is sure of (Khuller, Moss and Naor 1999)."""


@dataclass(frozen=True)
class Guarantee:
    """What is certain about a choice.

    Attributes
    ----------
    share
        The expected spread is at least this share of the best possible.
    confidence
        With at least this probability.
    sketches
        Reverse-reachable sets drawn for it.
    """

    share: float
    confidence: float
    sketches: int

    def __str__(self) -> str:
        return (
            f"at least {self.share:.1%} of the best possible spread, with probability {self.confidence:.6g} "
            f"({self.sketches:,} sketches)"
        )


def _log_choices(n: int, k: int) -> float:
    """Logarithm of the number of ways to choose k of n."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def imm(sampler: Sampler, candidates: int, k: int, epsilon: float, failure: float) -> tuple[Int32, Guarantee]:
    """Choose k members by IMM: at least 1 - 1/e - epsilon of the best spread, but for a probability of ``failure``."""
    n = sampler.size
    log_n = math.log(max(n, 2))
    choices = _log_choices(candidates, k)

    def numbers(ell: float) -> tuple[float, float]:
        alpha = math.sqrt(ell * log_n + math.log(2.0))
        beta = math.sqrt(GREEDY * (choices + ell * log_n + math.log(2.0)))
        final = 2.0 * n * (GREEDY * alpha + beta) ** 2 / epsilon**2
        root = math.sqrt(2.0) * epsilon
        search = (2.0 + 2.0 * root / 3.0) * (choices + ell * log_n + math.log(max(math.log2(max(n, 4)), 1.0)))
        return final, search * n / root**2

    ell = max(math.log(1.0 / failure) / log_n, 1e-6)
    ell *= 1.0 + math.log(2.0) / log_n
    # The number of final sketches hangs on those drawn before, so the bound must hold for all numbers it could be.
    extra = 0.0
    for _ in range(20):
        final, _ = numbers(ell + extra)
        extra = math.log(max(final, 2.0)) / log_n
    final, search = numbers(ell + extra)
    root = math.sqrt(2.0) * epsilon
    sketches: Sketches | None = None
    least = 1.0
    for i in range(1, max(2, math.ceil(math.log2(max(n, 2))))):
        guess = n / 2.0**i
        sketches = sampler.more(sketches, math.ceil(search / guess))
        cover = cover_greedily(sketches, n, k, bounded=False)
        estimate = n * float(cover.covered[-1]) / len(sketches)
        if estimate >= (1.0 + root) * guess:
            least = estimate / (1.0 + root)
            break
    least = max(least, float(k))
    sketches = sampler.more(sketches, math.ceil(final / least))
    cover = cover_greedily(sketches, n, k, bounded=False)
    return cover.rows, Guarantee(max(0.0, GREEDY - epsilon), 1.0 - failure, len(sketches))


def opim(
    sampler: Sampler,
    candidates: int,
    k: int,
    epsilon: float,
    failure: float,
    prices: Float64 | None = None,
    budget: float = 0.0,
) -> tuple[Int32, Guarantee]:
    """Choose members by OPIM-C, at most k or within a budget; the share that it certifies may exceed what was asked.

    A sample that certifies the share early may have met no sketch of somebody whom the rest of the budget would pay. So
    sketches are added, up to one a member, while there is somebody like that.
    """
    n = sampler.size
    wanted = (GREEDY if prices is None else BUDGETED) - epsilon
    choices = _log_choices(candidates, min(k, candidates)) if prices is None else candidates * math.log(2.0)
    share = GREEDY if prices is None else BUDGETED
    inverse = math.log(6.0 / failure)
    most = 2.0 * n * (share * math.sqrt(inverse) + math.sqrt(share * (choices + inverse))) ** 2
    most /= epsilon**2 * max(k if prices is None else 1, 1)
    first = max(256, math.ceil(most * epsilon**2 * max(k if prices is None else 1, 1) / n))
    rounds = max(1, math.ceil(math.log2(max(most / first, 2.0))))
    slack = math.log(3.0 * rounds / failure)
    one: Sketches | None = None
    two: Sketches | None = None
    count = first
    cover: Cover | None = None
    certified = 0.0
    for turn in range(rounds):
        one = sampler.more(one, count)
        two = sampler.more(two, count, first=2**31)
        cover = cover_greedily(one, n, k, prices, budget)
        met = two.covered_by(cover.rows, n)
        low = (math.sqrt(met + 2.0 * slack / 9.0) - math.sqrt(slack / 2.0)) ** 2 - slack / 18.0
        high = (math.sqrt(cover.bound + slack / 2.0) + math.sqrt(slack / 2.0)) ** 2
        certified = max(0.0, low / high)
        unseen = prices is not None and count < n and _could_pay(cover.rows, prices, budget)
        if (certified >= wanted and not unseen) or turn == rounds - 1 or 2 * count > LARGEST:
            break
        count *= 2
    assert cover is not None
    if prices is None and count >= most:
        certified = max(certified, wanted)  # so many sketches are enough whatever the certificate says
    return cover.rows, Guarantee(certified, 1.0 - failure, 2 * count)


def _could_pay(rows: Int32, prices: Float64, budget: float) -> bool:
    """Whether the rest of the budget would pay somebody who was not chosen."""
    others = prices.copy()
    others[rows] = np.inf
    return bool(others.min() <= budget - float(prices[rows].sum()))


LARGEST = 2**26
"""Sketches of either sample at most; the certificate then says how far they reach."""
