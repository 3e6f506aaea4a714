"""Numba types of the tables, for the explicit signatures of compiled entry points."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from sim import _numba  # noqa: F401  (sets Numba's environment before Numba is imported)

import numba as numba  # isort: skip

from sim.platform import PlatformConfig
from sim.state import schema as s

Array = Any
"""A table as compiled code takes it: a structured NumPy array."""

PLATFORM_DTYPE = np.dtype([(f.name, "f8") for f in fields(PlatformConfig) if f.type == "float"], align=True)
"""Levels of `sim.config.PlatformConfig` as one record, what decisions read."""


def table_type(schema: s.Schema) -> Any:
    """Numba type of a whole table: a contiguous array of its records."""
    return numba.from_dtype(schema.dtype)[::1]


MEMBERS = table_type(s.MEMBERS)
PROFILES = table_type(s.PROFILES)
LATEST = table_type(s.LATEST)
CREATORS = table_type(s.CREATORS)
NOTES = table_type(s.NOTES)
NOTE_HISTORY = table_type(s.NOTE_HISTORY)
SHOWN = table_type(s.SHOWN)
MERCHANTS = table_type(s.MERCHANTS)
BRANDS = table_type(s.BRANDS)
PRODUCTS = table_type(s.PRODUCTS)
ORDERS = table_type(s.ORDERS)
GROUPS = table_type(s.GROUPS_TABLE)
CONTRACTS = table_type(s.CONTRACTS)
COUPONS = table_type(s.COUPONS)
ADS = table_type(s.ADS_TABLE)
EVENTS = table_type(s.EVENTS)
CLOCK = table_type(s.CLOCK)
PLATFORM = numba.from_dtype(PLATFORM_DTYPE)[::1]
LEVERS = numba.float64[:, ::1]
ARCS = numba.types.Tuple(
    (numba.int64[::1], numba.int32[::1], numba.uint8[::1], numba.int32[::1], numba.int32[::1])
)
COUNTS = numba.int32[:, ::1]
"""Counters of notes, [counters, listings], of one thread."""
TREES = numba.uint32[:, ::1]
LISTINGS = numba.int32[:, ::1]
PAIRS = numba.uint64[::1]
"""All trees in one row, the two children of a node in one word (the left one in the low half): one look a level."""
FEEDS = numba.types.Tuple((PAIRS, LISTINGS, LATEST))
"""What fills places: the keyed trees, the notes advertised at the leaves of the ads' trees, each person's newest note."""


def platform_record(config: PlatformConfig) -> Any:
    """One record holding every level of a platform's configuration, float64."""
    record = np.zeros(1, PLATFORM_DTYPE)
    for name in PLATFORM_DTYPE.names or ():
        record[name] = getattr(config, name)
    return record
