"""What an agent set inherits from Python's sets and sequences, done on rows.

The standard library builds these from one element at a time, and hands the result to a constructor that knows
no model; both would fail for a set backed by columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.attributes import Rows
from sim.agents.tiers import AgentError, Member

if TYPE_CHECKING:
    from sim.agents.members import Members

__all__ = ["SetAlgebra"]


class SetAlgebra:
    """Union, intersection, difference, comparison, and changes where a set is not live; for `Members`."""

    if TYPE_CHECKING:
        model: Any

        @property
        def rows(self) -> Rows: ...
        @property
        def mask(self) -> Any: ...
        def _with(self, rows: Rows) -> Members: ...
        def _kept(self, rows: Rows, inplace: bool, what: str) -> Members: ...
        def view(self, row: int) -> Member: ...
        def to_list(self) -> list[Member]: ...
        def __len__(self) -> int: ...
        def __contains__(self, agent: object) -> bool: ...

    def _rows_of(self, others: Iterable[Any]) -> Rows:
        """Rows of members of the same model, without repetitions; AgentError for anything else."""
        if isinstance(others, SetAlgebra) and others.model is self.model:
            return others.rows
        rows: dict[int, None] = {}
        for other in others:
            if not isinstance(other, Member) or other.model is not self.model:
                raise AgentError(f"a set of members holds members of one community, not {other!r}")
            rows[other.row] = None
        return np.fromiter(rows, np.int64, len(rows))

    def _inside(self, others: Iterable[Any]) -> Any:
        """Mask over the table: who is among the others. What is no member of the model is passed over."""
        if not (isinstance(others, SetAlgebra) and others.model is self.model):
            others = [m for m in others if isinstance(m, Member) and m.model is self.model]
        mask = np.zeros(len(self.model.state.members), bool)
        mask[self._rows_of(others)] = True
        return mask

    # ------------------------------------------------------------------ new sets

    def __and__(self, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._with(self.rows[self._inside(other)[self.rows]])

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._with(self.rows[~self._inside(other)[self.rows]])

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        more = self._rows_of(other)
        return self._with(np.concatenate([self.rows, more[~self.mask[more]]]))

    def __xor__(self, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        others = self._with(self._rows_of(other))
        return (self - others) | (others - self)

    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__

    def __rsub__(self, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._with(self._rows_of(other)) - self

    # ------------------------------------------------------------------ comparisons

    def __le__(self, other: Any) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        return bool(self._inside(other)[self.rows].all())

    def __ge__(self, other: Any) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        inside = self._inside(other)
        # Whatever in it is no member of this model cannot be in here.
        return int(np.count_nonzero(inside)) == len(other) and not bool(np.any(inside & ~self.mask))

    def __lt__(self, other: Any) -> bool:
        return NotImplemented if not isinstance(other, Set) else len(self) < len(other) and self <= other

    def __gt__(self, other: Any) -> bool:
        return NotImplemented if not isinstance(other, Set) else len(self) > len(other) and self >= other

    def __eq__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, Set) else len(self) == len(other) and self <= other

    __hash__ = None  # type: ignore[assignment]

    def _hash(self) -> int:
        raise TypeError("a set of members changes and has no hash")

    def isdisjoint(self, other: Iterable[Any]) -> bool:
        """Whether nobody is in both."""
        return not bool(self._inside(other)[self.rows].any())

    # ------------------------------------------------------------------ as a sequence

    def __reversed__(self) -> Iterator[Member]:
        return iter(self._with(self.rows[::-1]))

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Place of a member in the order; ValueError if it is not among them."""
        if value in self:
            places = range(len(self))[start:stop]
            at = int(np.flatnonzero(self.rows == value.row)[0])
            if at in places:
                return at
        raise ValueError(f"{value!r} is not among these members")

    def count(self, value: Any) -> int:
        """1 if somebody is among them, else 0."""
        return int(value in self)

    # ------------------------------------------------------------------ changes, which a live set refuses

    def add(self, agent: Any) -> None:
        """Append a member."""
        self._kept((self | [agent]).rows, True, "add")

    def discard(self, agent: Any) -> None:
        """Leave a member out, if there."""
        self._kept((self - [agent]).rows, True, "discard")

    def remove(self, agent: Any) -> None:
        """Leave a member out; KeyError if not there."""
        rows = (self - [agent]).rows
        missing = len(rows) == len(self)
        self._kept(rows if not missing else self.rows, True, "remove")
        if missing:
            raise KeyError(agent)

    def pop(self) -> Member:
        """Take out the first member; KeyError if there is none."""
        rows = self.rows
        self._kept(rows[1:], True, "pop")
        if not len(rows):
            raise KeyError("pop from an empty set of members")
        return self.view(int(rows[0]))

    def clear(self) -> None:
        """Take out everybody."""
        self._kept(np.empty(0, np.int64), True, "clear")

    def __ior__(self, other: Any) -> Any:
        return self._kept((self | other).rows, True, "|=")

    def __iand__(self, other: Any) -> Any:
        return self._kept((self & other).rows, True, "&=")

    def __isub__(self, other: Any) -> Any:
        return self._kept((self - other).rows, True, "-=")

    def __ixor__(self, other: Any) -> Any:
        return self._kept((self ^ other).rows, True, "^=")
