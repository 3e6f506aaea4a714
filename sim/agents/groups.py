"""Groups of members, as `Members.groupby` makes them, with the methods of Mesa's own."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from sim.agents.attributes import Rows
from sim.agents.mesa_api import GroupBy

__all__ = ["MembersByGroup", "group_rows"]


class MembersByGroup(GroupBy):
    """Group key to members or to a list of views: ``map``, ``do``, ``count``, ``agg``, iteration, ``len``."""

    groups: dict[Any, Any]

    def agg(self, attr_name: str, func: Any) -> dict[Hashable, Any]:
        """A function of an attribute's values in each group."""
        return {
            key: func([getattr(view, attr_name) for view in group])
            if isinstance(group, list)
            else group.agg(attr_name, func)
            for key, group in self.groups.items()
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.count()}>"


def group_rows(members: Any, by: Any) -> dict[Any, Rows]:
    """Rows of each group, in the order of the set, keyed by what a view of the group would show."""
    rows = members.rows
    attribute = members._attribute(by)
    values = names = None
    if attribute is not None:
        values, names = attribute.rank(members.model, rows)
    if values is None or values.dtype == object or values.ndim > 1:
        found: dict[Any, list[int]] = {}
        for view in members:
            found.setdefault(by(view) if callable(by) else getattr(view, by), []).append(view.row)
        return {key: np.array(group, np.int64) for key, group in found.items()}
    keys, first, codes = np.unique(values, return_index=True, return_inverse=True)
    # Few groups sort by radix in their smallest type.
    order = np.argsort(codes.astype(np.min_scalar_type(max(len(keys) - 1, 0))), kind="stable")
    parts = np.split(rows[order], np.cumsum(np.bincount(codes, minlength=len(keys)))[:-1])
    return {
        keys[code].item() if names is None else names[keys[code]]: parts[code] for code in np.argsort(first)
    }
