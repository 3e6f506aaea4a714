"""Who plays a study's shards: this process, a pool of processes, or Ray. The results are the same, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from experiments.options import Options, setting
from experiments.pool import Job, Outcome, pool, serial
from scenarios.records import unknown
from sim.errors import ConfigError

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
        For an unknown name, Ray where it is not installed, or an address that nobody would use.
    """
    if address and name in NAMES and name != "ray":
        raise ConfigError(
            f"executor.address={address} is that of a Ray cluster: add executor=ray, or leave it out"
        )
    if name == "serial":
        return lambda jobs, workers, on_progress: serial(jobs, on_progress)
    if name == "pool":
        return lambda jobs, workers, on_progress: pool(jobs, workers or None, on_progress)
    if name == "ray":
        from experiments.studies.on_ray import installed, on_ray

        installed()
        return lambda jobs, workers, on_progress: on_ray(jobs, workers, on_progress, address)
    raise unknown("executor", name, NAMES)


def asked(options: Options, usual: str = "pool") -> tuple[str, int, str]:
    """Who plays, how many processes and the address of a cluster, as the words of a verb say that composes nothing.

    Raises
    ------
    ConfigError
        For an unknown executor, or a number of processes that is none; so verbs ask before they plan or write anything.
    """
    who, address = setting(options, "executor", usual), setting(options, "executor.address", "")
    executor(who, address)
    return who, processes(setting(options, "workers", "0")), address


def processes(word: str) -> int:
    """A number of processes as a command line says it; 0 for all processors.

    Raises
    ------
    ConfigError
        If it is no number.
    """
    if not word.isdecimal():
        raise ConfigError(f"workers must be a whole number, not '{word}'")
    return int(word)
