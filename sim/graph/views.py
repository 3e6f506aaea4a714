"""The dictionaries that NetworkX expects, as lazy read-only mappings over compressed rows.

A NetworkX graph is dictionaries of dictionaries at 122 bytes an arc. These mappings answer the same questions
from the arrays and are made when touched, so that every read-only algorithm accepts a follower graph of any
size.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, ItemsView, Iterator, Mapping, ValuesView
from typing import Any, NoReturn

import networkx as nx
import numpy as np
import numpy.typing as npt

from sim.graph.csr import Csr, Int32

__all__ = ["MISSING", "Adjacency", "ArcData", "Names", "NodeData", "refuse"]


class _Missing:
    """The type of `MISSING`, which stays the same object when copied or pickled."""

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()
"""Stands in a column of arc data where an arc lacks the attribute."""


def refuse(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuse a mutation, as a frozen NetworkX graph does."""
    raise nx.NetworkXError(
        "Frozen graph can't be modified: a FollowerGraph is read-only, take .copy() for a DiGraph"
    )


class ReadOnlyDict(dict[str, Any]):
    """An attribute dictionary that refuses changes; copies of it are plain dictionaries."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = refuse
    update = setdefault = pop = popitem = clear = refuse

    def copy(self) -> dict[str, Any]:
        return dict(self)

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return dict(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


NOTHING = ReadOnlyDict()
"""The attributes of an arc or member that has none."""


class Names:
    """The caller's labels of rows; plain row numbers need no storage.

    Parameters
    ----------
    size
        Number of rows.
    labels
        Label of each row, distinct and hashable, as an array; None if the labels are 0 to size - 1.
    """

    __slots__ = ("_index", "labels", "size")

    def __init__(self, size: int, labels: npt.NDArray[Any] | None = None) -> None:
        self.size = size
        self.labels = labels
        self._index: dict[Hashable, int] | None = None

    @property
    def index(self) -> dict[Hashable, int]:
        """Row of each label; made at the first question."""
        if self._index is None:
            assert self.labels is not None
            self._index = {label: row for row, label in enumerate(self.labels.tolist())}
        return self._index

    def row(self, label: Any) -> int:
        """Row of a label; KeyError if there is none, TypeError if it cannot be hashed."""
        if self.labels is not None:
            return self.index[label]
        try:
            row = operator.index(label)
        except TypeError:
            hash(label)
            # A dictionary finds 2 under 2.0 as well, and so do we.
            if not isinstance(label, float | np.floating) or not float(label).is_integer():
                raise KeyError(label) from None
            row = int(label)
        if not 0 <= row < self.size:
            raise KeyError(label)
        return row

    def of(self, rows: Int32) -> list[Any]:
        """Labels of rows."""
        names: list[Any] = (rows if self.labels is None else self.labels[rows]).tolist()
        return names

    def all(self) -> Iterator[Any]:
        """All labels in the order of rows."""
        return iter(range(self.size)) if self.labels is None else iter(self.labels.tolist())


class ArcData:
    """Attribute columns of arcs, each aligned with the out direction's targets."""

    __slots__ = ("columns", "out")

    def __init__(self, out: Csr, columns: Mapping[str, npt.NDArray[Any]] | None = None) -> None:
        self.out = out
        self.columns = dict(columns or {})

    def at(self, position: int) -> ReadOnlyDict:
        """Attributes of the arc at a position of the out direction."""
        if not self.columns:
            return NOTHING
        values = ((key, column[position]) for key, column in self.columns.items())
        return ReadOnlyDict(
            (key, value.item() if isinstance(value, np.generic) else value)
            for key, value in values
            if value is not MISSING
        )

    def between(self, u: int, v: int) -> ReadOnlyDict:
        """Attributes of the arc from row u to row v, which exists."""
        if not self.columns:
            return NOTHING
        offsets, targets = self.out
        start = int(offsets[u])
        return self.at(start + int(np.searchsorted(targets[start : offsets[u + 1]], v)))


class _Items(ItemsView[Any, Any]):
    """Pairs of a mapping that yields them faster than by looking up each key."""

    _mapping: Any

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return self._mapping._pairs()  # type: ignore[no-any-return]


class _Values(ValuesView[Any]):
    """Values of such a mapping."""

    _mapping: Any

    def __iter__(self) -> Iterator[Any]:
        return (value for _, value in self._mapping._pairs())


class _Lazy(Mapping[Any, Any]):
    """A mapping whose pairs are generated together."""

    __slots__ = ()

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        raise NotImplementedError

    def items(self) -> ItemsView[Any, Any]:
        return _Items(self)

    def values(self) -> ValuesView[Any]:
        return _Values(self)

    def copy(self) -> dict[Any, Any]:
        return {key: value.copy() for key, value in self._pairs()}

    def __repr__(self) -> str:
        return repr({key: dict(value) for key, value in self._pairs()})


class Neighbours(_Lazy):
    """The neighbours of one row in one direction, by label, with their arcs' attributes."""

    __slots__ = ("_data", "_forward", "_names", "_order", "_row", "_start", "_targets")

    def __init__(
        self, names: Names, csr: Csr, data: ArcData, forward: bool, row: int, order: Int32 | None
    ) -> None:
        offsets, targets = csr
        self._names = names
        self._data = data
        self._forward = forward
        self._row = row
        self._start = int(offsets[row])
        self._targets = targets[self._start : offsets[row + 1]]
        self._order = None if order is None else order[self._start : offsets[row + 1]]

    def __len__(self) -> int:
        return len(self._targets)

    def _places(self) -> Int32:
        """Places among the targets in the order in which neighbours are listed."""
        return np.arange(len(self._targets), dtype=np.int32) if self._order is None else self._order

    def __iter__(self) -> Iterator[Any]:
        return iter(self._names.of(self._targets if self._order is None else self._targets[self._order]))

    def _find(self, label: Any) -> int:
        row = self._names.row(label)
        place = int(np.searchsorted(self._targets, row))
        if place == len(self._targets) or self._targets[place] != row:
            raise KeyError(label)
        return place

    def __contains__(self, label: Any) -> bool:
        try:
            self._find(label)
        except KeyError:
            return False
        return True

    def __getitem__(self, label: Any) -> ReadOnlyDict:
        return self._attributes(self._find(label))

    def _attributes(self, place: int) -> ReadOnlyDict:
        if self._forward:
            return self._data.at(self._start + place)
        return self._data.between(int(self._targets[place]), self._row)

    def _pairs(self) -> Iterator[tuple[Any, ReadOnlyDict]]:
        if not self._data.columns:
            return ((label, NOTHING) for label in self)
        places = self._places().tolist()
        return ((label, self._attributes(place)) for place, label in zip(places, self, strict=True))


class Adjacency(_Lazy):
    """All rows of one direction, by label: what NetworkX calls ``_succ`` or ``_pred``.

    `order` lists, row after row, the places within the row in the order in which they are shown; None for as they
    stand.
    """

    __slots__ = ("_csr", "_data", "_forward", "_names", "order")

    def __init__(
        self, names: Names, csr: Csr, data: ArcData, forward: bool, order: Int32 | None = None
    ) -> None:
        self._names = names
        self._csr = csr
        self._data = data
        self._forward = forward
        self.order = order

    def __len__(self) -> int:
        return self._names.size

    def __iter__(self) -> Iterator[Any]:
        return self._names.all()

    def __contains__(self, label: Any) -> bool:
        try:
            self._names.row(label)
        except KeyError:
            return False
        return True

    def __getitem__(self, label: Any) -> Neighbours:
        return self._of(self._names.row(label))

    def _of(self, row: int) -> Neighbours:
        return Neighbours(self._names, self._csr, self._data, self._forward, row, self.order)

    def _pairs(self) -> Iterator[tuple[Any, Neighbours]]:
        return ((label, self._of(row)) for row, label in enumerate(self))


class NodeData(_Lazy):
    """Attributes of members by label: what NetworkX calls ``_node``.

    A member's dictionary is made when it is first asked for by name, and kept; as in a frozen NetworkX graph
    it may be written to. Walking over all members makes none.
    """

    __slots__ = ("_names", "stored")

    def __init__(self, names: Names, stored: dict[Any, dict[str, Any]] | None = None) -> None:
        self._names = names
        self.stored: dict[Any, dict[str, Any]] = {} if stored is None else stored

    def __len__(self) -> int:
        return self._names.size

    def __iter__(self) -> Iterator[Any]:
        return self._names.all()

    def __contains__(self, label: Any) -> bool:
        try:
            self._names.row(label)
        except KeyError:
            return False
        return True

    def __getitem__(self, label: Any) -> dict[str, Any]:
        self._names.row(label)
        return self.stored.setdefault(label, {})

    def _pairs(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        return ((label, self.stored.get(label, NOTHING)) for label in self)
