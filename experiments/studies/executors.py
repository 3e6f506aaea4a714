"""Who plays a study's shards: this process, a pool of processes, or Ray. The results are the same, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from experiments.pool import Job, Outcome, pool, serial
from scenarios.records import unknown

OnProgress = Callable[[Job, float], None]
Executor = Callable[[Sequence[Job], int, OnProgress | None], Generator[Outcome, None, None]]
"""Called with jobs, a number of processes (0 for all processors) and what is told the share of a job done."""

NAMES = ("serial", "pool", "ray")


def executor(name: str, address: str = "") -> Executor:
    """An executor by its name.

    Parameters
    ----------
    name
        One of `NAMES`.
    address
        Of a running Ray cluster; empty for this machine.

    Raises
    ------
    ConfigError
        For an unknown name.
    """
    if name == "serial":
        return lambda jobs, workers, on_progress: serial(jobs, on_progress)
    if name == "pool":
        return lambda jobs, workers, on_progress: pool(jobs, workers or None, on_progress)
    if name == "ray":
        from experiments.studies.on_ray import on_ray

        return lambda jobs, workers, on_progress: on_ray(jobs, workers, on_progress, address)
    raise unknown("executor", name, NAMES)
