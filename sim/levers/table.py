"""The table of levers: what today's changes make of every mechanism, for every cohort of members.

Phases read ``levers[cohort, mechanism]`` and know no lever; changes and offers of a day are gathered here at dawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.errors import ConfigError
from sim.levers.mechanisms import INDEX, MECHANISMS, mechanism_of
from sim.levers.offers import Offer
from sim.threads import by_rows

BITS, BLOCK = 8, 1024
"""Masks that one pass over the persons takes in, and persons whose bits are collected at a time."""


@dataclass
class Change:
    """One modification in force today: mechanism row, which members (None: all), the factor or amount."""

    mechanism: int
    segment: int
    value: float
    action: int


@dataclass
class LeverTable:
    """Values of all mechanisms for all cohorts, rebuilt at dawn.

    Attributes
    ----------
    table
        float64 [cohorts, mechanisms], what phases read.
    segments, sizes
        Distinct masks of today's changes, bool [persons] each, and how many each holds.
    severed
        Mechanisms and kinds of offers whose link to the phases is cut (a test's tool): they change nothing.
    """

    base: npt.NDArray[np.float64]
    table: npt.NDArray[np.float64]
    segments: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    severed: frozenset[str] = frozenset()

    @classmethod
    def create(cls, defaults: dict[str, float] | None = None) -> LeverTable:
        """A table at the defaults; ``defaults`` (mechanism -> value) is the platform's configuration."""
        base = np.array([m.default for m in MECHANISMS])
        for key, value in (defaults or {}).items():
            mechanism = mechanism_of(key)
            if not mechanism.low <= value <= mechanism.high:
                raise ConfigError(
                    f"platform.mechanisms.{key}={value} is out of bounds: {mechanism.low} to {mechanism.high}"
                )
            base[INDEX[key]] = value
        return cls(base=base, table=base[None, :].copy())

    def clear(self) -> None:
        """Forget yesterday's changes and offers."""
        self.segments, self.sizes = [], []
        self.changes = []
        self.offers = []

    @staticmethod
    def key_of(change: Change) -> str:
        """Key of the mechanism that a change moves."""
        return MECHANISMS[change.mechanism].key

    @staticmethod
    def stack_of(key: str) -> str:
        """Stacking rule of a mechanism."""
        return mechanism_of(key).stack

    def segment_row(self, mask: npt.NDArray[np.bool_] | None) -> int:
        """Number of a segment's mask in today's list; -1 for everybody."""
        if mask is None:
            return -1
        for i, known in enumerate(self.segments):
            if known is mask:
                return i
        size = int(np.count_nonzero(mask))
        for i, known in enumerate(self.segments):
            if self.sizes[i] == size and np.array_equal(known, mask):
                return i
        self.segments.append(mask)
        self.sizes.append(size)
        return len(self.segments) - 1

    def resolve(self, cohort: npt.NDArray[np.uint16], threads: int = 1) -> None:
        """Write each member's cohort and rebuild the table; cohort 0 is whoever no segment names.

        Parameters
        ----------
        cohort
            Column of the members table, uint16 [persons], written in place.
        threads
            How many share the work.
        """
        used = sorted({c.segment for c in self.changes if c.segment >= 0})
        if not used:
            cohort[:] = 0
            patterns = np.zeros((1, 0), bool)
        else:
            codes, patterns = combinations([self.segments[i] for i in used], threads)
            cohort[:] = codes
        column_of = {segment: i for i, segment in enumerate(used)}
        table = np.repeat(self.base[None, :], len(patterns), axis=0)
        for change in sorted(self.changes, key=lambda c: (c.mechanism, c.value, c.action)):
            mechanism = MECHANISMS[change.mechanism]
            if mechanism.key in self.severed:
                continue
            rows = slice(None) if change.segment < 0 else patterns[:, column_of[change.segment]]
            values = table[rows, change.mechanism]
            if mechanism.stack == "add":
                values = values + change.value
            elif mechanism.stack == "odds":
                odds = values / (1.0 - values) * change.value
                values = odds / (1.0 + odds)
            else:
                values = values * change.value
            table[rows, change.mechanism] = values
        low = np.array([m.low for m in MECHANISMS])
        high = np.array([m.high for m in MECHANISMS])
        self.table = np.ascontiguousarray(np.clip(table, low, high))


def combinations(
    masks: list[npt.NDArray[np.bool_]], threads: int = 1
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Number the combinations of segments that occur, in the order of their bits; 0 is that of none.

    Eight masks at a time become one byte a person, and the numbers so far and that byte become new numbers through a
    small table of what occurs: one pass over the persons for eight masks, and no sorting.

    Parameters
    ----------
    masks
        bool [persons] each, one at least.
    threads
        How many share a pass.

    Returns
    -------
    codes, patterns
        int32 [persons], number of each person's combination; bool [combinations, masks].

    Raises
    ------
    ConfigError
        If there are more than cohorts can tell apart.
    """
    rows = len(masks[0])
    codes, number = np.zeros(rows, np.int32), np.zeros(1, np.int32)
    patterns = np.zeros((1, 0), bool)
    eight = np.zeros((BITS, rows), np.uint8)
    for first in range(0, len(masks), BITS):
        some = masks[first : first + BITS]
        eight[: BITS - len(some)] = 0
        eight[BITS - len(some) :] = some
        occurs = np.zeros(len(patterns) << len(some), bool)
        occurs[0] = True  # whoever no segment names, even if that is nobody
        by_rows(threads, rows, partial(_append_bits, codes, number, eight, len(some), occurs))
        number = np.cumsum(occurs, dtype=np.int32) - 1
        known = np.flatnonzero(occurs)
        if len(known) > np.iinfo(np.uint16).max:
            raise ConfigError(f"{len(known)} combinations of segments, at most 65535 can be told apart")
        bits = (known[:, None] >> np.arange(len(some))[::-1]) & 1
        patterns = np.hstack([patterns[known >> len(some)], bits.astype(bool)])
    return number[codes], patterns


@njit("(i4[::1], i4[::1], u1[:, ::1], i8, b1[::1], i8, i8)")
def _append_bits(codes, number, masks, count, occurs, first, last):  # type: ignore[no-untyped-def]
    """Give each code of a range its number, append ``count`` bits (the last of eight masks), and mark what occurs."""
    byte = np.empty(BLOCK, np.uint8)
    for start in range(first, last, BLOCK):
        end = min(start + BLOCK, last)
        m, part = masks[:, start:end], codes[start:end]
        # spelt out, and a loop of its own from 0 on, so that it becomes one of vectors
        for i in range(end - start):
            high = (m[0, i] << 7) | (m[1, i] << 6) | (m[2, i] << 5) | (m[3, i] << 4)
            byte[i] = high | (m[4, i] << 3) | (m[5, i] << 2) | (m[6, i] << 1) | m[7, i]
        for i in range(end - start):
            code = np.int32((number[part[i]] << count) | byte[i])
            part[i] = code
            if not occurs[code]:  # read, as a rule: what is written goes to and fro between processors
                occurs[code] = True
