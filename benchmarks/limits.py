"""What the machine itself can do: random gathers from tables of a given size, Philox blocks, a dependent chase."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from sim._numba import njit
from sim.randomness import block


@njit("i8(i4[::1],u4[::1])")
def gather(table, index):  # type: ignore[no-untyped-def]
    """Sum of independent random reads."""
    total = 0
    for k in range(len(index)):
        total += table[index[k]]
    return total


@njit("i8(u8,i8)")
def draw(seed, count):  # type: ignore[no-untyped-def]
    """Blocks at addresses of which each depends on the block before, so that none is left out or vectorised."""
    a = np.int64(1)
    for k in range(count):
        w0, _, _, _ = block(seed, 1, a, k, 0, 0)
        a = np.int64(w0)
    return a


@njit("u8(u8,i8)")
def draw_apart(seed, count):  # type: ignore[no-untyped-def]
    """Blocks at addresses known beforehand, several side by side."""
    total = np.uint64(0)
    for k in range(count):
        w0, w1, w2, w3 = block(seed, 1, 1, k, 0, 0)
        total += np.uint64(w0) + np.uint64(w1) + np.uint64(w2) + np.uint64(w3)
    return total


def rate(work: Any, count: int, repeats: int = 5) -> float:
    """Operations a second, the median of several repeats in this process."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return count / float(np.median(seconds))


def measure() -> dict[str, float]:
    """Gathers a second from 1 MiB, 32 MiB and 256 MiB, and Philox blocks a second, one after another and apart, on one
    core."""
    rng = np.random.default_rng(0)
    count = 4_000_000
    out = {}
    for mib in (1, 32, 256):
        table = np.ones(mib * 2**18, np.int32)  # zeros that nobody has written to share one page
        index = rng.integers(0, len(table), count, dtype=np.uint32)
        out[f"gathers_{mib}_MiB"] = rate(lambda t=table, i=index: gather(t, i), count)
    out["philox_blocks"] = rate(lambda: draw(np.uint64(7), count), count)
    out["philox_blocks_apart"] = rate(lambda: draw_apart(np.uint64(7), count), count)
    return out
