"""Tables in memory: a structured array with room to grow, and the state of a world as a set of them.

Rows are never moved, so a row number stays good for as long as its row lives; rows that are freed are used again,
lowest first. What must be recognised later is known by its key, never by its row.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.state import schema as s

Array = npt.NDArray[Any]


class Table:
    """One aligned structured array with capacity; ``table["column"]`` is a zero-copy view of the rows in use.

    Parameters
    ----------
    schema
        The table's columns.
    capacity
        Rows to make room for.

    Attributes
    ----------
    array
        All rows with capacity, structured, what compiled functions take.
    n
        Rows in use (some of them may be free again; their status column says so).
    """

    def __init__(self, schema: s.Schema, capacity: int = 0, n: int = 0) -> None:
        self.schema = schema
        self.array: Array = np.zeros(max(capacity, n, 1), schema.dtype)
        self.n = n
        self.free: npt.NDArray[np.int32] = np.zeros(0, np.int32)

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, column: str) -> Array:
        view: Array = self.array[column][: self.n]
        return view

    def __setitem__(self, column: str, values: Any) -> None:
        self.array[column][: self.n] = values

    @property
    def rows(self) -> Array:
        """Structured view of the rows in use."""
        return self.array[: self.n]

    @property
    def taken(self) -> npt.NDArray[np.bool_]:
        """Which of the rows in use hold an entry, not one given back since: bool [n]."""
        mask = np.ones(self.n, bool)
        mask[self.free] = False
        return mask

    @property
    def nbytes(self) -> int:
        """Bytes of the rows in use."""
        return self.n * self.schema.bytes_per_row

    def reserve(self, capacity: int) -> bool:
        """Make room for at least ``capacity`` rows; True if the array was replaced by a larger one."""
        if capacity <= len(self.array):
            return False
        grown = np.zeros(max(capacity, int(len(self.array) * 1.5) + 16), self.schema.dtype)
        grown[: self.n] = self.array[: self.n]
        self.array = grown
        return True

    def take(self, count: int) -> npt.NDArray[np.int64]:
        """Rows for ``count`` new entries, zeroed: freed ones first, lowest first, then new ones at the end."""
        reused = self.free[:count].astype(np.int64)
        self.free = self.free[count:]
        fresh = count - len(reused)
        rows = np.concatenate([reused, np.arange(self.n, self.n + fresh)])
        self.reserve(self.n + fresh)
        self.n += fresh
        self._blank(rows)
        return rows

    def keep(self, rows: Array) -> None:
        """Keep these rows alone, renumbered in this order; only while nobody refers to a row yet."""
        self.array = self.array[rows] if len(rows) else np.zeros(1, self.schema.dtype)
        self.n, self.free = len(rows), np.zeros(0, np.int32)

    def release(self, rows: Array) -> None:
        """Give rows back for reuse; they are zeroed now."""
        self._blank(rows)
        self.free = np.sort(np.concatenate([self.free, np.asarray(rows, np.int32)]))

    def _blank(self, rows: Array) -> None:
        """Zero these rows, each as one piece of memory: by fields it takes four times as long."""
        pieces = self.array.view(np.dtype((np.void, self.schema.dtype.itemsize)))
        pieces[rows] = np.zeros(1, pieces.dtype)


class State:
    """All tables of one world, by name; a snapshot of it is plain arrays in one file."""

    members: Table
    profiles: Table
    latest: Table
    creators: Table
    candidates: Table
    notes: Table
    note_history: Table
    shown: Table
    merchants: Table
    brands: Table
    products: Table
    orders: Table
    groups: Table
    activities: Table
    participants: Table
    messages: Table
    contracts: Table
    coupons: Table
    ads: Table
    clock: Table

    def __init__(self) -> None:
        for schema in s.TABLES:
            if schema is not s.EVENTS:
                setattr(self, schema.name, Table(schema))
        self.clock = Table(s.CLOCK, n=1)

    def __getitem__(self, name: str) -> Table:
        table = self.__dict__.get(name)
        if not isinstance(table, Table):
            raise KeyError(f"no table {name!r}; there are {', '.join(self.names())}")
        return table

    def orders_of(self, day: int) -> npt.NDArray[Any]:
        """Rows of the orders that were placed on a world day."""
        orders = self.orders.rows
        placed: npt.NDArray[Any] = orders[(orders["day"] == day) & (orders["status"] > 0)]
        return placed

    @staticmethod
    def names() -> list[str]:
        """Names of the tables, in the order of the schema."""
        return [t.name for t in s.TABLES if t.name not in s.OF_A_SLOT]

    def arrays(self) -> dict[str, Array]:
        """Every table as plain arrays, for a snapshot."""
        out: dict[str, Array] = {}
        for name in self.names():
            out[f"table/{name}"] = self[name].rows.copy()
            out[f"free/{name}"] = self[name].free.copy()
        return out

    def load(self, arrays: dict[str, Array]) -> None:
        """Take over what `arrays` gave."""
        for name in self.names():
            table = self[name]
            rows = arrays[f"table/{name}"]
            # Copied field by field: a file forgets that the records are aligned, and compiled code asks for it.
            table.array = np.zeros(max(len(rows), 1), table.schema.dtype)
            table.n = len(rows)
            table.array[: table.n] = rows
            table.free = np.array(arrays[f"free/{name}"], np.int32)


def save_arrays(path: Path, arrays: dict[str, Array]) -> None:
    """Write arrays to ``path`` (.npz, uncompressed), whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **{k.replace("/", "|"): v for k, v in arrays.items()})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_arrays(path: Path) -> dict[str, Array]:
    """Read what `save_arrays` wrote; never unpickles."""
    with np.load(path, allow_pickle=False) as data:
        return {k.replace("|", "/"): data[k] for k in data.files}
