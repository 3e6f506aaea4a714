"""The fit: a design over the priors, then rounds in a trust region around the best point, until nothing moves any more.

All points share their seeds, so that a difference between two points is one of parameters. A fit is called one only if it came to
rest, the surrogate agrees with what was played there, and every target is met within its error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import ndtri, stdtrit
from scipy.stats import qmc

from experiments.calibration.identify import Identified, identified
from experiments.calibration.posterior import Posterior, posterior
from experiments.calibration.surrogate import Surrogate, to_scale
from experiments.calibration.targets import Target, Task
from experiments.data.measures import STATISTIC
from sim.errors import DataError
from sim.kpis.registry import KPI

Float = npt.NDArray[np.float64]
Evaluate = Callable[[Float, Sequence[int]], Float]
"""Moments at places on seeds, float64 [places, seeds, targets]."""

ROUNDS = 8
STARTS = 6
RADIUS = 0.5
SMALLEST = 0.05
STILL = 0.5
"""Fall of the loss, for each parameter, below which a round moved nothing: half a chi-square unit is within any error."""
REFUSED = 0.01
"""Share of true worlds that are refused because chance takes one of their targets too far off."""


class NotFitted(DataError):
    """The calibration has no result that may be called fitted."""


@dataclass(frozen=True)
class Row:
    """One target beside the fit: what was asked, what the best point shows on the shared seeds and on fresh ones."""

    target: Target
    shown: float
    fresh: float
    gap: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether it lies within what chance allows among so many targets."""
        return abs(self.gap) <= self.limit


@dataclass
class Fit:
    """The result.

    Attributes
    ----------
    place, values
        Best point, 0 to 1 in the priors and in the parameters' own units.
    rows
        Every target, also those that were only looked at.
    draws
        Posterior.
    known
        What the targets cannot tell.
    points, rounds
        Points played, and rounds after the design.
    families
        Family of targets -> error of its targets in units of theirs, when it is left out (root mean square, by the surrogate).
    """

    place: Float
    values: dict[str, float]
    rows: list[Row]
    draws: Posterior
    known: Identified
    points: int
    rounds: int
    families: dict[str, float] = field(default_factory=dict)


@dataclass
class Search:
    """Everything played so far, and what follows from it.

    Parameters
    ----------
    task
        What is asked.
    evaluate
        Plays points.
    seeds
        Shared by all points.
    tell
        Told a line after each round.
    """

    task: Task
    evaluate: Evaluate
    seeds: Sequence[int]
    tell: Callable[[str], None]

    def __post_init__(self) -> None:
        self.targets = self.task.targets
        self.fit_at = np.flatnonzero([t.use == "fit" for t in self.targets])
        self.places = np.zeros((0, len(self.task.parameters)))
        self.moments = np.zeros((0, len(self.seeds), len(self.targets)))
        self.surrogate: Surrogate | None = None
        self.seen = np.zeros((0, len(self.targets)))
        self.limit = float(ndtri(1.0 - REFUSED / 2 / len(self.fit_at)))

    def learn_chance(self, place: Float, fresh: Sequence[int]) -> None:
        """See how far seeds lie apart at one place; the seeds that all points share are too few to say so."""
        parts = [self.evaluate(place[None, :], seeds)[0] for seeds in (self.seeds, fresh)]
        self.seen = np.concatenate(parts)
        self.limit = float(stdtrit(len(self.seen) - 1, 1.0 - REFUSED / 2 / len(self.fit_at)))
        self._prepare()

    def limit_of(self, noise: Float) -> Float:
        """Gap, in errors, that chance leaves among so many targets: an error is partly given and partly seen on a few seeds, by
        Welch's and Satterthwaite's degrees of freedom."""
        seen = np.maximum((noise**2 / (self.errors**2 + noise**2)) ** 2, 1e-12)
        freedom = (len(self.seen) - 1) / seen
        return np.asarray(stdtrit(freedom, 1.0 - REFUSED / 2 / len(self.fit_at)))

    def add(self, places: Float) -> None:
        """Play places, and fit the surrogate anew."""
        self.moments = np.concatenate([self.moments, self.evaluate(places, self.seeds)])
        self.places = np.concatenate([self.places, places])
        self._prepare()

    def _prepare(self) -> None:
        values = np.array([t.value for t in self.targets])
        sd = np.array([t.sd for t in self.targets])
        lowest = np.nan_to_num(self.moments, nan=np.inf).min(axis=(0, 1))
        self.logs = (values > 0) & (lowest > 0) & np.array([_can_be_log(t) for t in self.targets])
        scaled = to_scale(self.moments, self.logs)
        self.scaled = scaled.mean(axis=1)
        self.wanted = to_scale(values, self.logs)
        self.errors = np.where(self.logs, sd / np.where(self.logs, values, 1.0), sd)
        # what one set of seeds adds to every point alike, and what is left to each
        self.offset = np.zeros(len(self.targets))
        if len(self.seen):
            apart = to_scale(self.seen, self.logs).std(axis=0, ddof=1)
            self.offset = np.where(np.isfinite(apart), apart, 0.0) / math.sqrt(len(self.seeds))
        elif len(self.seeds) > 1:
            variance = scaled.var(axis=1, ddof=1)
            known = np.isfinite(variance)
            pooled = np.where(known, variance, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            self.offset = np.sqrt(pooled / len(self.seeds))
        self.spread = np.hypot(self.errors, self.offset)

    def check(self) -> None:
        """Refuse what no search can cure.

        Raises
        ------
        NotFitted
            If a target cannot be measured or reached, or no parameter moves any.
        """
        least = np.isfinite(self.scaled).mean(axis=0)
        for at in self.fit_at:
            if least[at] < 0.5:
                raise NotFitted(
                    f"{self.targets[at].key} cannot be measured in this world, which is too small or too short for it"
                )
        if all(np.nanstd(self.scaled[:, at]) < 1e-9 for at in self.fit_at):
            raise NotFitted(
                "the objective is flat: no target changes with any of the parameters "
                f"{', '.join(p.key for p in self.task.parameters)} over their ranges"
            )
        for at in self.fit_at:
            self._reachable(int(at))

    def _reachable(self, at: int) -> None:
        target = self.targets[at]
        shown = self.moments.mean(axis=1)[:, at]
        low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
        scaled = self.scaled[:, at]
        room = 0.5 * float(np.nanmax(scaled) - np.nanmin(scaled)) + self.limit * self.spread[at]
        if np.nanmin(scaled) - room <= self.wanted[at] <= np.nanmax(scaled) + room:
            return
        said = (
            f"{target.key}={target.value:g} cannot be reached: over the ranges of the parameters the world shows "
            f"{low:.4g} to {high:.4g}"
        )
        for factor in (100.0, 0.01, 1000.0, 0.001, 10_000.0, 0.0001):
            if low <= target.value * factor <= high:
                raise NotFitted(
                    f"{said}; {target.value * factor:g} would fit, so its unit may be wrong by "
                    f"{max(factor, 1 / factor):g}"
                )
        raise NotFitted(said)

    def refit(self) -> None:
        """Fit the surrogate to all points."""
        same = self.surrogate is not None and bool((self.surrogate.logs == self.logs).all())
        self.surrogate = Surrogate.fit(self.places, self.scaled, self.logs, self.surrogate if same else None)

    def predicted(self, places: Float) -> Float:
        """Moments by the surrogate, float64 [places, targets]."""
        assert self.surrogate is not None
        return self.surrogate.predict(places)[0]

    def loss(self, places: Float, over: npt.NDArray[np.intp] | None = None) -> Float:
        """Sum of squared gaps in units of their errors, by the surrogate, float64 [places]."""
        at = self.fit_at if over is None else over
        gaps = (self.predicted(places) - self.wanted) / self.spread
        return np.asarray((gaps[:, at] ** 2).sum(axis=1))

    def best(self, low: Float, high: Float, over: npt.NDArray[np.intp] | None = None) -> Float:
        """Where the surrogate's loss is least within a box."""
        p = len(low)
        draws = low + (high - low) * qmc.Sobol(p, seed=7).random(256)
        starts = draws[np.argsort(self.loss(draws, over), kind="stable")[:STARTS]]

        def at_place(place: Float) -> float:
            return float(self.loss(place[None, :], over)[0])

        ends = [
            minimize(at_place, s, method="L-BFGS-B", bounds=list(zip(low, high, strict=True))) for s in starts
        ]
        return np.asarray(min(ends, key=lambda e: e.fun).x)

    def roughness(self) -> float:
        """Loss that a point shows although its moments are right on average: what shared seeds do not share."""
        assert self.surrogate is not None
        noise = np.array([process.scale * math.sqrt(process.noise) for process in self.surrogate.processes])
        return float(((noise / self.spread)[self.fit_at] ** 2).sum())

    def played_loss(self) -> Float:
        """The loss of each point as it was played, float64 [points]; infinite where a moment is missing."""
        gaps = ((self.scaled - self.wanted) / self.spread)[:, self.fit_at]
        total = (gaps**2).sum(axis=1)
        return np.where(np.isfinite(total), total, np.inf)


def _can_be_log(target: Target) -> bool:
    """Whether a moment cannot be negative, so that its logarithm exists wherever it is played."""
    if target.arm:
        return False
    return STATISTIC[target.of].low >= 0.0 if target.of in STATISTIC else KPI[target.of].unit != "sd"


def design(parameters: int) -> Float:
    """The points played first: a Sobol sequence of at least five points a parameter, float64 [points, parameters]."""
    size = 2 ** math.ceil(math.log2(max(16, 5 * parameters)))
    return np.asarray(qmc.Sobol(parameters, seed=1).random(size))


def calibrate(
    task: Task,
    evaluate: Evaluate,
    seeds: Sequence[int],
    fresh: Sequence[int],
    tell: Callable[[str], None] = print,
) -> Fit:
    """Fit the parameters of a task.

    Parameters
    ----------
    task
        What is asked.
    evaluate
        Plays points.
    seeds, fresh
        Seeds that all points share, and seeds on which only the best point of the design and of all is played.
    tell
        Told a line after each round.

    Raises
    ------
    NotFitted
        If a target cannot be measured or reached, nothing moves, the search did not come to rest, or targets are missed where it
        did.
    """
    search = Search(task, evaluate, seeds, tell)
    p = len(task.parameters)
    search.add(design(p))
    search.check()
    search.learn_chance(search.places[int(np.argmin(search.played_loss()))], fresh)
    search.refit()
    rng = np.random.default_rng(11)
    centre = search.places[int(np.argmin(search.played_loss()))]
    radius, still, done = RADIUS, 0, 0
    while done < ROUNDS and still < 2:
        done += 1
        low, high = np.clip(centre - radius, 0.0, 1.0), np.clip(centre + radius, 0.0, 1.0)
        proposed = search.best(low, high)
        before = float(search.loss(centre[None, :])[0])
        promised = float(search.loss(proposed[None, :])[0])
        around = proposed + 0.5 * radius * rng.uniform(-1.0, 1.0, (max(3, p - 1), p))
        search.add(np.vstack([proposed, np.clip(around, 0.0, 1.0)]))
        found = float(search.played_loss()[-len(around) - 1])
        search.refit()
        now = float(search.loss(proposed[None, :])[0])
        rough = search.roughness()  # a single point misses the mean by so much
        agreed = abs(found - promised - rough) <= max(2.0, 0.3 * max(found, promised)) + 2.0 * rough
        if now <= float(search.loss(centre[None, :])[0]):
            centre = proposed
        quiet = agreed and before - promised < STILL * p
        still = still + 1 if quiet else 0
        radius = max(SMALLEST, radius * (0.6 if quiet or not agreed else 1.0))
        tell(f"{done}: {found:.1f}")
    return _result(search, centre, fresh, done, rested=still >= 2)


def _result(search: Search, centre: Float, fresh: Sequence[int], rounds: int, rested: bool) -> Fit:
    task = search.task
    best = search.best(np.clip(centre - SMALLEST, 0, 1), np.clip(centre + SMALLEST, 0, 1))
    shared = search.evaluate(best[None, :], search.seeds)[0]
    again = search.evaluate(best[None, :], fresh)[0]
    search.learn_chance(best, fresh)
    both = to_scale(search.seen, search.logs).mean(axis=0)
    assert search.surrogate is not None
    surrogate = search.surrogate
    predicted = search.predicted(best[None, :])[0]
    noise = search.offset * math.sqrt(len(search.seeds) / len(search.seen))
    gaps = (both - search.wanted) / np.hypot(search.errors, noise)
    limits = search.limit_of(noise)
    rows = [
        Row(t, float(shared[:, i].mean()), float(again[:, i].mean()), float(gaps[i]), float(limits[i]))
        for i, t in enumerate(task.targets)
    ]
    if not rested:
        raise NotFitted(
            f"the calibration did not converge in {rounds} rounds ({len(search.places)} points), so nothing is written; more "
            "seeds, fewer parameters or narrower ranges help"
        )
    # the surrogate stands for the shared seeds, whose common offset is no error of it
    wrong = np.abs(to_scale(shared, search.logs).mean(axis=0) - predicted) / search.spread
    for i in search.fit_at:
        if not wrong[i] <= search.limit:
            raise NotFitted(
                f"the surrogate is wrong about {task.targets[i].key} at the best point, so nothing is written; narrower "
                "ranges help"
            )
    missed = [rows[i] for i in search.fit_at if not rows[i].met]
    if missed:
        raise NotFitted(_contradiction(search, best, missed))

    def simulate(places: Float, draws: np.random.Generator) -> Float:
        mean, left = surrogate.predict(places, spread=True)
        noise = np.hypot(left, search.spread)
        return np.asarray((mean + noise * draws.standard_normal(mean.shape))[:, search.fit_at])

    at = search.fit_at
    draws = posterior(simulate, len(task.parameters), search.wanted[at], search.spread[at])
    known = identified(surrogate.slopes(best)[at], search.spread[at])
    values = {p.key: p.at(x) for p, x in zip(task.parameters, best, strict=True)}
    return Fit(best, values, rows, draws, known, len(search.places) + 1, rounds, _left_out(search))


def _contradiction(search: Search, best: Float, missed: Sequence[Row]) -> str:
    """Which targets cannot be met together, in one sentence."""
    worst = max(missed, key=lambda row: abs(row.gap))
    assert search.surrogate is not None
    slopes = search.surrogate.slopes(best) / search.spread[:, None]
    mine = search.targets.index(worst.target)
    rivals = [at for at in search.fit_at if at != mine]
    said = f"{worst.target.key} is {worst.fresh:.4g} where {worst.target.value:g} is asked"
    if rivals:
        # the target that improving the worst one would cost most
        step = slopes[mine] * -np.sign(worst.gap)
        costs = {at: abs(float(slopes[at] @ step)) for at in rivals}
        rival = search.targets[max(costs, key=lambda at: costs[at])]
        return (
            f"the targets contradict each other over the ranges of the parameters, so nothing is written: at the best point "
            f"{said}, and to come nearer would cost {rival.key}"
        )
    return f"the targets cannot be met over the ranges of the parameters, so nothing is written: at the best point {said}"


def _left_out(search: Search) -> dict[str, float]:
    """Error of each family's targets when the others alone are fitted, where there is more than one family."""
    families = sorted({search.targets[at].family for at in search.fit_at})
    out = {}
    p = len(search.task.parameters)
    for family in families if len(families) > 1 else ():
        mine = np.array([at for at in search.fit_at if search.targets[at].family == family])
        rest = np.array([at for at in search.fit_at if search.targets[at].family != family])
        place = search.best(np.zeros(p), np.ones(p), rest)
        gaps = (search.predicted(place[None, :])[0] - search.wanted) / search.spread
        out[family] = float(np.sqrt((gaps[mine] ** 2).mean()))
    return out
