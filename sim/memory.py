"""How much memory a world needs, and how much there is: a world that does not fit is refused before it is begun."""

from __future__ import annotations

import os
from pathlib import Path

from sim.config import CommunityConfig
from sim.errors import ConfigError
from sim.processors import cpu_count
from sim.state import schema as s

PROGRAM = 400e6
"""Bytes of Python with everything that is imported and compiled."""
ARC_BYTES = 10
"""A follow in the graph: two neighbours of 4 bytes, and its share of marks and of the day's changes."""
ROW_BYTES = 32
"""A person in the graph: offsets in two directions, counts of followers and followees."""
NOTES = 0.55
"""Rows of notes a member, at the beginning and with room to grow (0.35 are live in the long run)."""
PEAK = 2.2
"""Memory at the peak of a run over what the world holds: a world is handed from its warm-up to its plan as a copy."""


def needed_memory(config: CommunityConfig, members: int | None = None, arcs: int | None = None) -> float:
    """Bytes that a run takes at its peak, by the schema of the tables.

    Parameters
    ----------
    config
        The world.
    members, arcs
        In place of the configured numbers.
    """
    world, threads = config.world, max(1, config.run.threads or cpu_count())
    size = world.members if members is None else members
    people = size * (1.0 + world.prospects)
    a_person = s.MEMBERS.bytes_per_row + s.PROFILES.bytes_per_row + ROW_BYTES
    a_note = s.NOTES.bytes_per_row + s.NOTE_HISTORY.bytes_per_row + 4 * s.N_COUNTERS * threads
    writers = people * config.audience.posters * s.CREATORS.bytes_per_row
    notes = size * NOTES * max(1.0, world.initial_notes / 0.33) * a_note
    follows = size * config.graph.mean_followees if arcs is None else arcs
    return PROGRAM + PEAK * (people * a_person + writers + notes + follows * ARC_BYTES)


def available_memory() -> int | None:
    """Bytes of memory that programs can still have, or None where the system does not say.

    The limit of a container counts where it is tighter than the machine's.
    """
    found = [size for size in (_machine(), _container()) if size is not None]
    return min(found) if found else None


def _machine() -> int | None:
    try:
        with Path("/proc/meminfo").open() as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _container() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit, used = ((folder / f"memory.{name}").read_text().strip() for name in ("max", "current"))
        return None if limit == "max" else max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None


def require_memory(config: CommunityConfig, copies: int = 1, arcs: int | None = None) -> None:
    """Refuse a world that does not fit into memory.

    Parameters
    ----------
    config
        The world.
    copies
        How many of its kind are played at a time.
    arcs
        Follows of a graph that is given.

    Raises
    ------
    ConfigError
        With what it needs, what there is, and how many members would fit.
    """
    limit = available_memory()
    needed = copies * needed_memory(config, arcs=arcs)
    if limit is None or needed <= limit:
        return
    members = config.world.members
    fixed = copies * needed_memory(config, members=0)
    fits = int(max(0.0, (limit - fixed) / (needed - fixed)) * members)
    at_once = f" for {copies} runs at a time" if copies > 1 else ""
    advice = f"about {int(float(f'{fits:.2g}')):,} members fit" if fits >= 10 else "no world fits"
    raise ConfigError(
        f"world.members={members} needs about {needed / 1e9:.1f} GB of memory{at_once}, and {limit / 1e9:.1f} GB are "
        f"available: {advice}"
    )
