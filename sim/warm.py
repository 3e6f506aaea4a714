"""Compile everything once: ``python -m sim.warm`` fills the Numba cache, so that parallel workers only load it."""

from __future__ import annotations

import sys
import time


def main() -> None:
    """Import and exercise the model on a tiny world with both engines."""
    begin = time.perf_counter()
    from sim.config import CommunityConfig, RunConfig, WorldConfig
    from sim.model import Community

    for engine in ("kernels", "agents"):
        config = CommunityConfig(
            world=WorldConfig(members=300, represents=300_000), run=RunConfig(engine=engine), warmup_days=0
        )
        Community(config, seed=1).run_days(7)
    print(f"compiled in {time.perf_counter() - begin:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
