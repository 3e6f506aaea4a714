"""A phase: one row of the table that a day is (rule 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sim.model import Community

When = Literal["dawn", "slot", "dusk", "weekly"]


@dataclass(frozen=True)
class Phase:
    """One step of a day.

    Attributes
    ----------
    name, en, zh
        Key and names.
    when
        Dawn and dusk come once a day, slots several times, weekly phases on the seventh day.
    reads, writes
        Tables (``members``) or columns (``members.trust``). In debug runs everything outside ``writes`` is read-only.
    run
        What is done.
    equation
        The rule in one line.
    facts
        Rows of the fact tables that it rests on; ``assumption`` where there is none.
    test
        The test that fails when the phase is removed.
    """

    name: str
    when: When
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Community], None]
    equation: str
    facts: tuple[str, ...]
    test: str
    en: str
    zh: str
