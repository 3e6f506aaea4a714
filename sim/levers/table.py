"""The table of levers: what today's changes make of every mechanism, for every cohort of members.

Phases read ``levers[cohort, mechanism]`` and know no lever; changes and offers of a day are gathered here at dawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError
from sim.levers.mechanisms import INDEX, MECHANISMS, mechanism_of
from sim.levers.offers import Offer


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
    severed
        Mechanisms and kinds of offers whose link to the phases is cut (a test's tool): they change nothing.
    """

    base: npt.NDArray[np.float64]
    table: npt.NDArray[np.float64]
    segments: list[npt.NDArray[np.bool_]] = field(default_factory=list)
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
        self.segments = []
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
            if known is mask or np.array_equal(known, mask):
                return i
        self.segments.append(mask)
        return len(self.segments) - 1

    def resolve(self, cohort: npt.NDArray[np.uint16]) -> None:
        """Write each member's cohort and rebuild the table; cohort 0 is whoever no segment names.

        Parameters
        ----------
        cohort
            Column of the members table, uint16 [persons], written in place.
        """
        used = sorted({c.segment for c in self.changes if c.segment >= 0})
        if not used:
            cohort[:] = 0
            patterns = np.zeros((1, 0), bool)
        else:
            bits = np.stack([self.segments[i] for i in used], axis=1)
            packed = np.packbits(bits, axis=1)
            codes = np.zeros(len(packed), np.int64)
            for column in range(packed.shape[1]):
                _, codes = np.unique(codes * 256 + packed[:, column], return_inverse=True)
            zero = np.flatnonzero(~bits.any(axis=1))
            order = np.zeros(int(codes.max()) + 1, np.int64)
            first = np.full(len(order), -1, np.int64)
            first[codes[::-1]] = np.arange(len(codes))[::-1]
            if len(zero):
                lead = int(codes[zero[0]])
                order[:] = np.arange(len(order)) + (np.arange(len(order)) < lead)
                order[lead] = 0
                patterns = np.zeros((len(order), len(used)), bool)
            else:
                order[:] = np.arange(len(order)) + 1
                patterns = np.zeros((len(order) + 1, len(used)), bool)
            if len(patterns) > np.iinfo(np.uint16).max:
                raise ConfigError(
                    f"{len(patterns)} combinations of segments, at most 65535 can be told apart"
                )
            patterns[order] = bits[first]
            cohort[:] = order[codes].astype(np.uint16)
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
