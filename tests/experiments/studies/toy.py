"""Stand-ins for what workers do: a shard that costs nothing, and shards that die, fail or refuse."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.studies.store import META, SCHEMA
from sim.errors import ConfigError

TROUBLE = "SEEDBED_TEST_TROUBLE"
"""Environment variable that names a file: ``label/seed`` -> what goes wrong there."""


def check(task: Any, report: Callable[[float], None]) -> list[str]:
    """No world refuses anything."""
    return []


def play(task: Any, report: Callable[[float], None]) -> tuple[pa.Table, None, dict[str, float]]:
    """A table that depends on cell and seeds alone."""
    report(0.5)
    trouble = json.loads(Path(os.environ[TROUBLE]).read_text()) if TROUBLE in os.environ else {}
    what = trouble.get(str(task.seeds[0]), "")
    time.sleep(trouble.get("seconds", 0.0))
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "fail":
        raise RuntimeError("broken")
    if what == "refuse":
        raise ConfigError("nobody belongs to the segment")
    rng = np.random.default_rng([int(task.cell, 16), *task.seeds])
    meta = {META: json.dumps({"schema": SCHEMA, "shard": task.shard}).encode()}
    table = pa.table(
        {
            "cell": [task.cell] * len(task.seeds),
            "seed": pa.array(task.seeds, pa.uint64()),
            "value": rng.normal(size=len(task.seeds)),
        }
    )
    return table.replace_schema_metadata(meta), None, {}
