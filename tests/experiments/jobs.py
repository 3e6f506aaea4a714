"""What the workers of the pool's tests do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.errors import ConfigError

Report = Callable[[float], None]


def work(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Do what the payload says: wait, meet another job, fail, refuse, or die as long as a file is absent."""
    report(0.5)
    if "meet" in payload:
        mine, other = map(Path, payload["meet"])
        mine.touch()
        give_up = time.monotonic() + 120
        while not other.exists() and time.monotonic() < give_up:
            time.sleep(0.01)
    time.sleep(payload.get("seconds", 0.0))
    if "die_unless" in payload and not Path(payload["die_unless"]).exists():
        Path(payload["die_unless"]).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if payload.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if payload.get("fail"):
        raise RuntimeError("broken")
    if payload.get("refuse"):
        raise ConfigError("world.members=1 is out of bounds")
    return {"process": os.getpid(), "threads": os.environ["NUMBA_NUM_THREADS"], "n": payload.get("n")}


def unpicklable(payload: object, report: Report) -> object:
    """A result that cannot be sent back."""
    return lambda: payload
