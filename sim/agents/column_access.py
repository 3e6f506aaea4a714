"""Attributes of all members of a set at once.

A name that stands for a column is answered from it; anything else is asked of the views, one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sim.agents.attributes import ATTRIBUTES, REQUIRED, Array, Attribute, Rows
from sim.agents.tiers import Member
from sim.state import schema as s

__all__ = ["ColumnAccess"]

_TABLES = (s.MEMBERS, s.PROFILES, s.CREATORS)
# Python's own functions walk an array one boxed number at a time.
_QUICK: dict[Any, Callable[[Array], Any]] = {min: np.min, max: np.max, sum: np.sum}


class ColumnAccess:
    """``column``, ``get``, ``agg`` and ``set``; mixed into `Members`."""

    if TYPE_CHECKING:
        model: Any

        @property
        def rows(self) -> Rows: ...
        @property
        def classes(self) -> tuple[type[Member], ...]: ...
        def _views(self) -> Iterator[Member]: ...
        def __len__(self) -> int: ...

    def column(self, name: str) -> Array:
        """The whole column of a table, zero-copy, as stored: with everybody, members or not.

        Parameters
        ----------
        name
            Column of ``members``, ``profiles`` or ``creators``; ``creators.followers`` where a name alone is
            not clear. Index the first two by `rows`, those of creators by ``column("creator")``.
        """
        table, _, short = name.rpartition(".")
        for schema in _TABLES:
            if table in ("", schema.name) and any(c.name == short for c in schema.columns):
                column: Array = self.model.state[schema.name][short]
                return column
        known = ", ".join(c.name for schema in _TABLES for c in schema.columns)
        raise AttributeError(f"there is no column {name!r}; columns of people are {known}")

    def _attribute(self, name: Any) -> Attribute | None:
        """The attribute of that name, unless a class in use shows something else under it."""
        attribute = ATTRIBUTES.get(name) if isinstance(name, str) else None
        if attribute is None or any(getattr(cls, name, None) is not attribute for cls in self.classes):
            return None
        return attribute

    def _values(self, name: str, default: Any) -> Array | list[Any]:
        attribute = self._attribute(name)
        if attribute is not None:
            return attribute.many(self.model, self.rows, default)
        if default is REQUIRED:
            return [getattr(view, name) for view in self._views()]
        return [getattr(view, name, default) for view in self._views()]

    def get(self, attr_names: Any, handle_missing: str = "error", default_value: Any = None) -> Any:
        """Attributes of all.

        Parameters
        ----------
        attr_names
            A name, or a list of names.
        handle_missing
            "error", or "default" for `default_value` where somebody lacks it (a creator's column, say).

        Returns
        -------
        ndarray, list of values, or list of lists
            For the name of a column an array (int64, float64, bool or names) with an entry a member; for
            another attribute a list; for a list of names a list of values a member.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(
                f"Unknown handle_missing option: {handle_missing}, should be one of 'error' or 'default'"
            )
        default = REQUIRED if handle_missing == "error" else default_value
        if isinstance(attr_names, str):
            return self._values(attr_names, default)
        columns = [self._values(name, default) for name in attr_names]
        if not columns:
            return [[] for _ in range(len(self))]
        plain = [c if isinstance(c, list) else c.tolist() if c.ndim == 1 else list(c) for c in columns]
        return [list(values) for values in zip(*plain, strict=True)]

    def agg(self, attribute: str, func: Any) -> Any:
        """One function, or each of several, of an attribute's values over all."""
        values = self.get(attribute)
        numbers = isinstance(values, np.ndarray) and values.dtype != object and values.ndim == 1

        def value(function: Callable[[Any], Any]) -> Any:
            if numbers and function in _QUICK:
                return _QUICK[function](values).item()
            return function(values)

        return value(func) if callable(func) else [value(function) for function in func]

    def set(self, attr_name: str, value: Any) -> Self:
        """Give an attribute of all a value, or an array with a value a member."""
        attribute = self._attribute(attr_name)
        if attribute is not None:
            attribute.write(self.model, self.rows, value)
        else:
            for view in self._views():
                setattr(view, attr_name, value)
        return self
