"""Stock launchers of Hydra play `run -m`: one run a process, with the results of the basic launcher."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = "run -m world=small world.members=300 world.represents=3e5 warmup_days=2 days=4 seed=1,2 lang=en"


@pytest.mark.extras
def test_joblib_gives_what_the_basic_launcher_gives(tmp_path: Path) -> None:
    found = []
    for name, more in (("basic", []), ("joblib", ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"])):
        out = tmp_path / name
        command = [sys.executable, "-m", "experiments", *WORDS.split(), *more, f"out={out}"]
        subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )
        found.append({p.relative_to(out): p.read_bytes() for p in out.rglob("*.parquet")})
    assert found[0] == found[1]
    assert len({path.parent for path in found[0]}) == 2
