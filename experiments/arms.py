"""Several configurations over several seeds, paired: every arm of a seed starts from that seed's one warmed
world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from experiments.comparison import Effect, paired
from experiments.compose import Config
from experiments.economics import Economics, economics
from experiments.pool import Job, pool, processors
from experiments.results import RunResult
from sim.errors import SeedbedError
from sim.kpis.registry import kpi_of
from sim.memory import require_memory


class StudyError(SeedbedError):
    """Runs that were refused, or whose process died; the reason of the first."""


class RunFailed(Exception):
    """A run that came upon an error of ours; the worker's traceback is a note."""


@dataclass(frozen=True)
class Arms:
    """Results of all arms.

    Attributes
    ----------
    seeds
        In order.
    results
        Arm -> one result a seed, in the order of ``seeds``.
    weight
        People that a member stands for, equal in all arms.
    """

    seeds: tuple[int, ...]
    results: dict[str, list[RunResult]]
    weight: float

    def effect(self, kpi: str, baseline: str, plan: str, confidence: float = 0.95) -> Effect:
        """The paired difference of one KPI over the reported days."""
        before, after = ([r.totals[kpi] for r in self.results[arm]] for arm in (baseline, plan))
        return paired(before, after, kpi_of(kpi).better, confidence)

    def economics(self, baseline: str, plan: str, payer: str) -> Economics:
        """Cost, contribution and ROI for one payer."""
        after = self.results[plan]
        return economics(
            [r.books for r in self.results[baseline]],
            [r.books for r in after],
            payer,
            self.weight,
            after[0].actions,
        )


def play(
    configs: Mapping[str, Config],
    seeds: Sequence[int],
    workers: int = 0,
    on_progress: Callable[[float], None] | None = None,
) -> Arms:
    """Play all arms on all seeds on a pool of processes.

    Parameters
    ----------
    configs
        Arm -> configuration; worlds of the same size.
    seeds
        Random seeds.
    workers
        Processes; 0 for as many as there are processors.
    on_progress
        Told the share of all days that has been played.

    Raises
    ------
    StudyError, RunFailed
        If a run is refused or fails; none is left out, since a missing pair would bias the rest.
    """
    jobs = [
        Job(f"{label}, seed {seed}", seed, "experiments.runs:job", (label, config, seed))
        for seed in seeds
        for label, config in configs.items()
    ]
    at_once = min(workers or processors(), len(jobs))
    for config in configs.values():
        require_memory(config.community, at_once)
    shares: dict[str, float] = {}

    def progress(job: Job, share: float) -> None:
        shares[job.key] = share
        if on_progress:
            on_progress(sum(shares.values()) / len(jobs))

    done: dict[tuple[str, int], RunResult] = {}
    for outcome in pool(jobs, workers or None, progress):
        if outcome.trace:
            failed = RunFailed(outcome.error)
            failed.add_note(outcome.trace)
            raise failed
        if outcome.error:
            raise StudyError(outcome.error)
        progress(outcome.job, 1.0)
        found: RunResult = outcome.value
        done[found.label, found.seed] = found
    weights = {config.community.world.weight for config in configs.values()}
    if len(weights) > 1:
        raise StudyError(
            f"arms have worlds of different weight ({', '.join(f'{w:g}' for w in sorted(weights))})"
        )
    return Arms(
        seeds=tuple(seeds),
        results={label: [done[label, seed] for seed in seeds] for label in configs},
        weight=weights.pop(),
    )
