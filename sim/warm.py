"""Compile everything once: ``python -m sim.warm`` fills the Numba cache, so that parallel workers only load it.

Compilation happens where a module is imported and is the longest wait of a first run. A helper process imports the phases
from the last to the first meanwhile; each finds in the cache what the other has compiled, and they meet in the middle.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sim._cache import compiled_folder
from sim.processors import cpu_count

BACKWARDS = "--backwards"
PHASES = Path(__file__).parent / "phases"


def is_cold() -> bool:
    """Whether nothing has been compiled from these sources yet."""
    return not any(compiled_folder(Path(__file__).parent).rglob("*.nbi"))


@contextmanager
def helped() -> Iterator[None]:
    """Around a first import of the model, here or in a child: another process compiles from the other end.

    Does nothing where something is compiled already or there is one processor. The helper ends with the block at the
    latest; what it has not finished then was not needed.
    """
    if cpu_count() < 2 or not is_cold():
        yield
        return
    command = [sys.executable, "-m", "sim.warm", BACKWARDS]
    helper = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        helper.terminate()
        helper.wait()


def backwards() -> None:
    """Import the phases from the last to the first, without the package that would import them in order."""
    package = ModuleType("sim.phases")
    package.__path__ = [str(PHASES)]
    sys.modules["sim.phases"] = package
    names = {
        path.stem for path in PHASES.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    for name in sorted(names - {"__init__"}, reverse=True):
        import_module(f"sim.phases.{name}")


def main() -> None:
    """Import and exercise the model on a tiny world with both engines."""
    begin = time.perf_counter()
    with helped():
        from sim.config import CommunityConfig, RunConfig, WorldConfig
        from sim.model import Community

        for engine in ("kernels", "agents"):
            config = CommunityConfig(
                world=WorldConfig(members=300, represents=300_000),
                run=RunConfig(engine=engine),
                warmup_days=0,
            )
            Community(config, seed=1).run_days(7)
    print(f"compiled in {time.perf_counter() - begin:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    backwards() if BACKWARDS in sys.argv else main()
