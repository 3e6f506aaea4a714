"""Bounds of configured numbers: they stand beside the default, and one check names what lies outside."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any, TypeVar

from sim.errors import ConfigError

T = TypeVar("T", int, float)

BOUNDS = "bounds"
"""Key of a field's bounds in its metadata."""


def within(default: T, low: T, high: T) -> T:
    """A field of a dataclass that must lie from ``low`` to ``high``."""
    bounded: T = field(default=default, metadata={BOUNDS: (low, high)})
    return bounded


def check(group: str, config: Any) -> None:
    """Check every bounded field of a dataclass.

    Parameters
    ----------
    group
        What stands before the key in the message, such as ``world``; empty for keys outside any group.

    Raises
    ------
    ConfigError
        Naming the key, its value and what is allowed; not-a-number is never allowed.
    """
    for rule in fields(config):
        if BOUNDS in rule.metadata:
            low, high = rule.metadata[BOUNDS]
            value = getattr(config, rule.name)
            if not low <= value <= high:
                key = f"{group}.{rule.name}" if group else rule.name
                raise ConfigError(
                    f"{key}={value} is out of bounds: it must be from {plain_bound(low)} to {plain_bound(high)}"
                )


def plain_bound(bound: float) -> str:
    """A bound as one would write it: whole numbers in full, others short."""
    return str(bound) if isinstance(bound, int) else f"{bound:g}"
