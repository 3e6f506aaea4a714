"""Warmed worlds, kept between runs: every arm and every later run of a seed starts from the same one.

A world is warmed under the baseline, so it depends on what it is made of, the calendar before the first day,
the seed and the code, and on no plan. It is stored as plain arrays in the user's cache; the least recently
used go first.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy.typing as npt

from experiments.folder import code_version, content_id, identity
from sim._cache import writable_cache
from sim.state.tables import load_arrays, save_arrays

Arrays = dict[str, npt.NDArray[Any]]

KEPT_BYTES = 4 * 2**30
"""Size that the kept worlds may reach together, unless ``SEEDBED_WORLDS_GB`` says otherwise; 0 keeps none."""

PARTS = (
    "world",
    "audience",
    "graph",
    "platform",
    "brand",
    "calendar",
    "start",
    "warmup_days",
    "agents",
    "creators",
)
"""Groups and keys that a warmed world depends on."""


def world_id(values: Mapping[str, Any], seed: int) -> str:
    """Content id of a warmed world."""
    kept = identity(values)
    return content_id({key: kept[key] for key in PARTS if key in kept}, seed, code_version())


def folder() -> Path:
    """Where warmed worlds are kept."""
    return writable_cache() / "worlds"


def warmed(values: Mapping[str, Any], seed: int, warm: Callable[[], Arrays]) -> tuple[Arrays, bool]:
    """A warmed world's arrays, from the cache if they are there.

    Parameters
    ----------
    values
        The resolved configuration.
    seed
        The run's seed.
    warm
        Warms the world and gives its arrays.

    Returns
    -------
    arrays, found
        The arrays, and whether they were in the cache. A cache that cannot be written is done without.
    """
    limit = _limit()
    if not limit or values.get("agents"):  # decisions in Python may change without changing the configuration
        return warm(), False
    path = folder() / f"{world_id(values, seed)}.npz"
    with suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        arrays = load_arrays(path)
        os.utime(path)
        return arrays, True
    arrays = warm()
    with suppress(OSError):
        if sum(a.nbytes for a in arrays.values()) <= limit:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_arrays(path, arrays)
            prune(path.parent, limit)
    return arrays, False


def prune(where: Path, limit: int) -> list[Path]:
    """Delete the least recently used worlds until the rest is within ``limit`` bytes; gives those deleted."""
    entries: list[tuple[float, int, Path]] = []
    for path in where.glob("*.npz"):
        with suppress(OSError):
            status = path.stat()
            entries.append((status.st_mtime, status.st_size, path))
    gone: list[Path] = []
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries)[:-1]:  # the newest stays: somebody is about to read it
        if total <= limit:
            break
        with suppress(OSError):
            path.unlink()
            gone.append(path)
            total -= size
    return gone


def _limit() -> int:
    asked = os.environ.get("SEEDBED_WORLDS_GB", "")
    try:
        return int(float(asked) * 2**30) if asked else KEPT_BYTES
    except ValueError:
        return KEPT_BYTES
