"""`seedbed bench`: the benchmarks of a source checkout; they are no part of the wheel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import sim
from experiments.figures import Lang
from sim.errors import SeedbedError


def bench(words: Sequence[str], lang: Lang) -> int:
    """Run ``python -m benchmarks`` with the words.

    Raises
    ------
    SeedbedError
        Outside a checkout.
    """
    root = Path(sim.__file__).parent.parent
    if not (root / "benchmarks" / "__main__.py").is_file():
        raise SeedbedError(f"{root} holds no benchmarks: seedbed bench works in a source checkout")
    options = [word for word in words if not word.startswith("lang=")]
    return subprocess.run([sys.executable, "-m", "benchmarks", *options], cwd=root, check=False).returncode
