"""How many processors there are for this process; apart from `sim._numba`, so that asking costs no import of Numba."""

from __future__ import annotations

import os


def cpu_count() -> int:
    """Number of processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
