"""Seeds of a study as they are written, ``0:32`` or ``1,5,9``, and their division into blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sim.errors import ConfigError

MOST = 1_000_000
LARGEST_BLOCK = 32
SHARDS_A_CELL = 8
"""Blocks that a cell's seeds are divided into, as long as a block has one seed at least and 32 at most: what
a kill can cost, and what workers share, stays small, and files stay few."""


def parse(text: str) -> list[int]:
    """Seeds in ascending order.

    Parameters
    ----------
    text
        Whole numbers and ranges ``first:end`` (the end excluded), separated by commas.

    Raises
    ------
    ConfigError
        If it is neither, or names none or too many.
    """
    found: set[int] = set()
    for part in text.replace(" ", "").strip("[]").split(","):
        match = re.fullmatch(r"(\d+)(?::(\d+))?", part)
        if match is None:
            raise ConfigError(f"seeds={text} cannot be read; write 0:32 (32 excluded) or 1,5,9")
        first = int(match[1])
        end = int(match[2]) if match[2] else first + 1
        if end <= first:
            raise ConfigError(f"seeds={text} names none: {part} ends before it starts")
        if end - first > MOST or end > 2**64:
            raise ConfigError(f"seeds={text}: at most {MOST} seeds, below 2**64")
        found.update(range(first, end))
    return sorted(found)


def written(seeds: Iterable[int]) -> str:
    """The shortest text that `parse` reads back."""
    parts: list[list[int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][1]:
            parts[-1][1] += 1
        else:
            parts.append([seed, seed + 1])
    return ",".join(str(a) if b == a + 1 else f"{a}:{b}" for a, b in parts)


def blocks(seeds: Sequence[int], size: int = 0) -> list[list[int]]:
    """Seeds in blocks of ``size``; 0 for a size by their number alone, never by the machine."""
    size = size or max(1, min(LARGEST_BLOCK, len(seeds) // SHARDS_A_CELL))
    return [list(seeds[at : at + size]) for at in range(0, len(seeds), size)]
