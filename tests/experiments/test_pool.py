"""The process pool: every job ends exactly once, blocks stay together, deaths are retried alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from experiments.pool import Job, Outcome, pool, serial

WORK = "tests.experiments.jobs:work"
ROOT = Path(__file__).parents[2]


def _run(jobs: list[Job], **options: Any) -> dict[str, Outcome]:
    outcomes = list(pool(jobs, **options))
    assert sorted(o.job.key for o in outcomes) == sorted(j.key for j in jobs)
    return {o.job.key: o for o in outcomes}


def test_blocks_stay_on_one_worker_with_one_thread(tmp_path: Path) -> None:
    # The blocks keep step, so that no worker is idle and takes over what is left of the other's.
    jobs = [
        Job(f"{b}{n}", b, WORK, {"n": n, "meet": [str(tmp_path / f"{b}{n}"), str(tmp_path / f"{c}{n}")]})
        for n in range(3)
        for b, c in ("ab", "ba")
    ]
    seen: list[str] = []
    done = _run(jobs, workers=2, on_progress=lambda job, share: seen.append(job.key))
    for block in "ab":
        assert len({done[f"{block}{n}"].value["process"] for n in range(3)}) == 1
    assert {o.value["threads"] for o in done.values()} == {"1"}
    assert sorted(seen) == sorted(done)


def test_a_death_is_retried_and_a_second_one_reported_while_the_rest_goes_on(tmp_path: Path) -> None:
    jobs = [
        Job("once", 0, WORK, {"die_unless": str(tmp_path / "mark")}),
        Job("after", 0, WORK, {}),
        Job("always", 1, WORK, {"die": True}),
        Job("fails", 1, WORK, {"fail": True}),
        Job("refused", 1, WORK, {"refuse": True}),
        Job("lambda", 1, "tests.experiments.jobs:unpicklable", {}),
        Job("fine", 2, WORK, {}),
    ]
    done = _run(jobs, workers=2)
    assert not done["once"].error
    assert done["once"].attempts == 2
    assert not done["after"].error
    assert not done["fine"].error
    assert "SIGKILL" in done["always"].error
    assert done["always"].attempts == 2
    assert "RuntimeError: broken" in done["fails"].error
    assert "in work" in done["fails"].trace
    assert done["refused"].refused
    assert done["refused"].error == "world.members=1 is out of bounds"
    assert "cannot be sent" in done["lambda"].error


def test_nothing_begins_before_a_gate_has_ended_and_nothing_after_one_that_is_refused(tmp_path: Path) -> None:
    gate = Job("gate", "gate", WORK, {"die_unless": str(tmp_path / "mark"), "seconds": 0.2}, gate=True)
    rest = [Job(f"job {n}", n, WORK, {}) for n in range(3)]
    outcomes = list(pool([gate, *rest], workers=2))
    assert outcomes[0].job.key == "gate" and not outcomes[0].error  # its first worker died
    assert sorted(o.job.key for o in outcomes[1:]) == [job.key for job in rest]
    always = Job("gate", "gate", WORK, {"die": True}, gate=True)
    with closing(pool([always, *rest], workers=2)) as playing:
        first = next(playing)
    assert first.job.gate and "SIGKILL" in first.error


def test_serial_gives_the_same_outcomes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    shares: list[float] = []
    jobs = [Job("good", 0, WORK, {"n": 4}), Job("bad", 0, WORK, {"fail": True})]
    good, bad = serial(jobs, on_progress=lambda job, share: shares.append(share))
    assert good.value["n"] == 4
    assert "broken" in bad.error
    assert shares == [0.5, 0.5]


INTERRUPTED = """
import multiprocessing
from experiments.pool import Job, pool
jobs = [Job(str(n), n, "tests.experiments.jobs:work", {"seconds": 60}) for n in range(2)]
if __name__ == "__main__":
    try:
        list(pool(jobs, workers=2, on_progress=lambda job, share: print(job.key, flush=True)))
    except KeyboardInterrupt:
        print("interrupted", multiprocessing.active_children())
"""


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX")
def test_an_interrupt_ends_the_workers_and_leaves_no_traceback() -> None:
    script = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a job in the background ignores interrupts, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert script.stdout is not None
    assert {script.stdout.readline().strip() for _ in range(2)} == {"0", "1"}
    start = time.monotonic()
    os.killpg(script.pid, signal.SIGINT)
    out, err = script.communicate(timeout=20)
    assert out == "interrupted []\n"
    assert err == ""
    assert time.monotonic() - start < 5
