"""Shards on Ray, on this machine or on a cluster: quiet, without dashboard, each task on one thread.

Ray is an extra (``pip install "seedbed[ray]"``). A task whose process dies is tried once more, alone, as on the
pool; Ray's own retries are off, since they would try it beside others.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from experiments.pool import ONE_THREAD, Job, Outcome, Schedule, call
from sim.errors import ConfigError
from sim.processors import cpu_count

QUIET = {
    "RAY_AUTH_MODE": "disabled",  # else a token file is written into the home folder
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def installed() -> None:
    """Refuse to play on Ray where it is not installed.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if find_spec("ray") is None:
        raise ConfigError('executor=ray needs Ray; install it with pip install "seedbed[ray]"')


def on_ray(
    jobs: Sequence[Job],
    workers: int,
    on_progress: Callable[[Job, float], None] | None,
    address: str = "",
) -> Generator[Outcome, None, None]:
    """Outcomes of the jobs in the order in which they end.

    Parameters
    ----------
    jobs
        What to do; the next job of a block goes to the place that ended the last one.
    workers
        Tasks at a time; 0 for as many as Ray has processors.
    on_progress
        Told 1 when a job ends; Ray tells nothing in between.
    address
        Of a running cluster; empty starts Ray on this machine and stops it at the end.

    Raises
    ------
    ConfigError
        If Ray is not installed or the cluster does not answer.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    installed()
    ray: Any = import_module("ray")
    ours = not ray.is_initialized()
    if ours:
        _reach(address)
        options: dict[str, Any] = {
            "address": address or "local"
        }  # without one Ray would join any cluster it finds
        if not address:
            options["num_cpus"] = workers or cpu_count()
        try:
            ray.init(
                include_dashboard=None if address else False,
                logging_level=logging.ERROR,
                log_to_driver=False,
                runtime_env={"env_vars": ONE_THREAD},
                **options,
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            detail = " ".join(str(error).split())[:200]
            raise ConfigError(f"Ray at {address or 'this machine'} does not answer: {detail}") from None
    try:
        count = workers or int(ray.cluster_resources().get("CPU", 1))
        again: deque[Job] = deque()
        yield from _drive(ray, Schedule(jobs), count, again, on_progress)
        while again:
            job = again.popleft()
            for outcome in _drive(ray, Schedule([job]), 1, None, on_progress):
                yield replace(outcome, attempts=2)
    finally:
        if ours:
            ray.shutdown()


def _reach(address: str) -> None:
    """Refuse at once an address at which nobody listens; Ray itself would try for minutes.

    Raises
    ------
    ConfigError
        If nobody does.
    """
    host, colon, port = address.rpartition(":")
    if "/" in address or not (colon and port.isdigit()):  # ray://host:port, auto: Ray knows what they mean
        return
    try:
        socket.create_connection((host, int(port)), timeout=5.0).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"Ray at {address} does not answer: {error}") from None


def _drive(
    ray: Any,
    schedule: Schedule,
    count: int,
    again: deque[Job] | None,
    on_progress: Callable[[Job, float], None] | None,
) -> Generator[Outcome, None, None]:
    remote = ray.remote(num_cpus=1, max_retries=0)(_task)
    running: dict[Any, Job] = {}
    free: list[Any] = [None] * count
    while True:
        waiting = []
        while free and schedule.waiting:
            block = free.pop()
            job = schedule.next(block)
            if job is None:
                waiting.append(block)
                if not free:
                    break
                continue
            running[remote.options(name=job.key[:200]).remote(job)] = job
        free += waiting
        if not running:
            return
        ready, _ = ray.wait(list(running), num_returns=1)
        for reference in ready:
            job = running.pop(reference)
            free.append(job.block)
            try:
                outcome: Outcome = ray.get(reference)
            except ray.exceptions.RayError as error:
                if schedule.died(job):
                    continue
                if again is not None and not job.gate:
                    again.append(job)
                else:
                    cause = type(error).__name__
                    yield Outcome(
                        job,
                        error=f"{job.key} failed: its process ended twice, the second time alone ({cause})",
                    )
                continue
            schedule.ended(job)
            if on_progress:
                on_progress(job, 1.0)
            yield replace(outcome, job=job)


def _task(job: Job) -> Outcome:
    """What runs in a worker of Ray."""
    return call(job, lambda share: None)
