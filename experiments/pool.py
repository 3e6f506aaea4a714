"""Many jobs on a few processes: seed by seed, each worker on one thread, and no job lost to a death.

Jobs of one block (a seed's arms) go to one worker in order, so that what the first of them prepares serves
the others. A job may be a gate: it ends before any other begins, while the other workers load what they will
need. A worker that dies costs its job a second try, alone; if that dies too, the job is reported with the
reason and the others go on. Importing this module costs almost nothing, since every spawned worker does.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

from experiments.interrupts import interrupts_deferred
from sim.errors import SeedbedError
from sim.processors import cpu_count

Report = Callable[[float], None]
"""What a runner calls with the share of its job that is done."""

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ONE_THREAD = dict.fromkeys(THREADS, "1")


@dataclass(frozen=True)
class Job:
    """One thing to do.

    Attributes
    ----------
    key
        Its name in messages, unique among the jobs.
    block
        Jobs with the same block run in order on one worker, as far as that keeps nobody idle.
    runner
        ``module:function``, called as ``function(payload, report)`` in the worker.
    payload
        Anything that can be pickled.
    gate
        Of the first job: no other one begins before its outcome has been taken.
    """

    key: str
    block: Hashable
    runner: str
    payload: Any
    gate: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a job ended: with a value, or with an error.

    Attributes
    ----------
    error
        One sentence; empty if all went well.
    refused
        The error is the user's to put right (a `SeedbedError`): the same job would fail again.
    trace
        The worker's traceback, where there is one.
    attempts
        1, or 2 where a worker died.
    """

    job: Job
    value: Any = None
    error: str = ""
    refused: bool = False
    trace: str = ""
    attempts: int = 1


def call(job: Job, report: Report) -> Outcome:
    """Do a job here and now; an exception becomes an outcome."""
    try:
        module, _, name = job.runner.partition(":")
        return Outcome(job, getattr(import_module(module), name)(job.payload, report))
    except SeedbedError as error:
        return Outcome(job, error=str(error), refused=True)
    except Exception as error:
        return Outcome(
            job, error=f"{job.key} failed: {type(error).__name__}: {error}", trace=traceback.format_exc()
        )


def serial(
    jobs: Sequence[Job], on_progress: Callable[[Job, float], None] | None = None
) -> Generator[Outcome, None, None]:
    """Outcomes of the jobs, done one after the other in this process."""
    for job in jobs:
        yield call(job, lambda share, job=job: on_progress(job, share) if on_progress else None)  # type: ignore[misc]


def pool(
    jobs: Sequence[Job],
    workers: int | None = None,
    on_progress: Callable[[Job, float], None] | None = None,
) -> Generator[Outcome, None, None]:
    """Outcomes of the jobs in the order in which they end, done by spawned processes.

    Parameters
    ----------
    jobs
        What to do; blocks are started in the order in which they first appear.
    workers
        Processes at a time; as many as there are processors if None. Never more than jobs.
    on_progress
        Called here with a job and its share done.

    Notes
    -----
    Leaving the iterator early, as an interrupt does, ends the workers.
    """
    count = max(1, min(workers or cpu_count(), len(jobs)))
    schedule = Schedule(jobs)
    again: deque[Job] = deque()
    with _Crew() as crew:
        yield from _drive(crew, schedule, count, again, on_progress)
    while again:
        job = again.popleft()
        with _Crew() as alone:
            for outcome in _drive(alone, Schedule([job]), 1, None, on_progress):
                yield Outcome(
                    outcome.job, outcome.value, outcome.error, outcome.refused, outcome.trace, attempts=2
                )


class Schedule:
    """Which job a free worker takes: the next of its block, else a new block, else one whose lead is done."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.gate = jobs[0] if jobs and jobs[0].gate else None
        self.lead = deque([self.gate] if self.gate else [])  # the gate, while nobody has taken it
        self.retried = False
        self.modules = sorted({job.runner.partition(":")[0] for job in jobs})
        jobs = jobs[1:] if self.gate else jobs
        self.blocks: dict[Hashable, deque[Job]] = {}
        for job in jobs:
            self.blocks.setdefault(job.block, deque()).append(job)
        self.untouched = deque(self.blocks)
        self.prepared: set[Hashable] = set()

    def next(self, mine: Hashable) -> Job | None:
        if self.gate is not None:
            return self.lead.popleft() if self.lead else None
        if self.blocks.get(mine):
            return self.blocks[mine].popleft()
        if self.untouched:
            return self.blocks[self.untouched.popleft()].popleft()
        # A block whose first job still runs is not worth sharing: its world would be warmed twice.
        rich = max(self.prepared, key=lambda b: len(self.blocks[b]), default=None)
        return self.blocks[rich].popleft() if rich is not None and self.blocks[rich] else None

    def ended(self, job: Job) -> None:
        if job is self.gate:
            self.gate = None
        else:
            self.prepared.add(job.block)

    def died(self, job: Job) -> bool:
        """Whether a job whose worker died is tried again here: a gate, which runs alone anyway, once."""
        if job is self.gate and not self.retried:
            self.retried = True
            self.lead.append(job)
            return True
        self.ended(job)
        return False

    @property
    def waiting(self) -> int:
        return len(self.lead) + sum(map(len, self.blocks.values()))


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    job: Job | None = None
    block: Hashable = None


class _Crew:
    """The running workers, ended on leaving whatever the reason."""

    def __init__(self) -> None:
        self.workers: list[_Worker] = []

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *reason: object) -> None:
        for worker in self.workers:
            if worker.job is None:
                with suppress(OSError):
                    worker.pipe.send(None)
            else:
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join(2.0)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self.workers.clear()

    def hire(self, modules: Sequence[str]) -> _Worker:
        # Not the default context: importing Mesa 3.3 changes that.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(there, modules), daemon=True)
        worker = _Worker(process, here)
        with _environment(ONE_THREAD), interrupts_deferred():
            process.start()
            self.workers.append(worker)  # before an interrupt that waits can part them
        there.close()
        return worker

    def dismiss(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.join()


def _drive(
    crew: _Crew,
    schedule: Schedule,
    count: int,
    again: deque[Job] | None,
    on_progress: Callable[[Job, float], None] | None,
) -> Generator[Outcome, None, None]:
    while schedule.gate and len(crew.workers) < count:
        crew.hire(schedule.modules)
    while True:
        idle = [w for w in crew.workers if w.job is None]
        while schedule.waiting and (idle or len(crew.workers) < count):
            free = idle.pop() if idle else None
            job = schedule.next(free.block if free else None)
            if job is None:
                if free is None:
                    break
                continue
            worker = free or crew.hire(schedule.modules)
            worker.job, worker.block = job, job.block
            with suppress(OSError):  # a worker that died while idle is found by the wait below
                worker.pipe.send(job)
        busy = {w.pipe: w for w in crew.workers if w.job is not None}
        if not busy:
            return
        for pipe in wait(list(busy)):
            worker = busy[pipe]  # type: ignore[index]
            assert worker.job is not None
            job = worker.job
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                crew.dismiss(worker)
                if schedule.died(job):
                    continue
                if again is not None and not job.gate:
                    again.append(job)
                else:
                    yield Outcome(job, error=_obituary(job, worker.process.exitcode))
                continue
            if kind == "progress":
                if on_progress:
                    on_progress(job, content)
                continue
            worker.job = None
            schedule.ended(job)
            yield content


def _obituary(job: Job, code: int | None) -> str:
    how = f"exit code {code}"
    if code is not None and code < 0:
        with suppress(ValueError):
            how = f"signal {signal.Signals(-code).name}"
        if code == -9:
            how += ", as happens when memory runs out"
    return f"{job.key} failed: its process ended twice, the second time alone ({how})"


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(pipe: Connection, modules: Sequence[str]) -> None:
    """What a worker does until it is told to stop or its parent is gone: load its modules, then job by job."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what is loaded stays: looking through it for garbage would take a tenth of the start
    for module in modules:
        with suppress(Exception):  # the job that needs it says so
            import_module(module)
    gc.freeze()
    gc.enable()
    while True:
        try:
            job = pipe.recv()
            if job is None:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)  # to take compiled code down piece by piece would take longer than some jobs
            outcome = call(job, lambda share: pipe.send(("progress", share)))
            try:
                pipe.send(("done", outcome))
            except OSError:
                raise
            except Exception as error:  # a result that cannot be pickled
                pipe.send(
                    ("done", Outcome(job, error=f"{job.key} failed: its result cannot be sent: {error}"))
                )
        except (EOFError, OSError):
            sys.exit(1)
