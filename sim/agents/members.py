"""All members, or some of them, as a Mesa agent set that is backed by columns instead of objects.

Every public method of Mesa's own is answered, here or by one of the two mixins beside this module; whatever
names a column is done on arrays, at nanoseconds a member, and the rest on views made one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import ceil
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from sim.agents.attributes import Array, Rows
from sim.agents.column_access import ColumnAccess
from sim.agents.groups import MembersByGroup, group_rows
from sim.agents.mesa_api import AgentSet
from sim.agents.set_algebra import SetAlgebra
from sim.agents.tiers import TIER_CLASSES, AgentError, Member, moment
from sim.randomness import S_SHUFFLE, blocks
from sim.state import schema as s

__all__ = ["Members"]


class Members(SetAlgebra, ColumnAccess, AgentSet):
    """An ordered set of members.

    Parameters
    ----------
    model
        The community; see `docs/agents.md` for what is asked of it.
    rows
        Rows of the people in the set, in their order; of a repeated row the first counts. None for everybody
        who is on the platform, at any time anew: a *live* set, whose content only joining and churn change.

    Notes
    -----
    A set made from rows, which is what `select`, `shuffle`, `sort`, `groupby` and `copy` give, keeps its
    people even if they leave the platform.
    """

    def __init__(self, model: Any, rows: Any = None) -> None:
        self.model = model
        self._rows: Rows | None = None
        self._mask: npt.NDArray[np.bool_] | None = None
        if rows is not None:
            self._set_rows(self._checked(rows))

    def _checked(self, rows: Any) -> Rows:
        given = np.atleast_1d(np.asarray(rows))
        if not given.size:
            return np.empty(0, np.int64)
        size = len(self.model.state.members)
        if given.ndim != 1 or given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= size:
            raise AgentError(f"rows of members are whole numbers from 0 to {size - 1:,}")
        given = given.astype(np.int64)
        first = np.unique(given, return_index=True)[1]
        return given if len(first) == len(given) else given[np.sort(first)]

    def _set_rows(self, rows: Rows) -> None:
        self._rows = rows
        self._mask = None

    def _with(self, rows: Rows) -> Members:
        """A set of rows that are known to be right."""
        made = object.__new__(type(self))
        made.model = self.model
        made._set_rows(rows)
        return made

    def _kept(self, rows: Rows, inplace: bool, what: str) -> Members:
        """This set with other rows, if it may be changed, or a new one."""
        if not inplace:
            return self._with(rows)
        self._refuse_if_live(what)
        self._set_rows(rows)
        return self

    def _refuse_if_live(self, what: str) -> None:
        if self._rows is None:
            raise AgentError(
                f"{what} would change the community's own list of members, which only joining and churn do; "
                "work on model.agents.copy(), or leave out inplace=True"
            )

    # ------------------------------------------------------------------ who is in it

    @property
    def rows(self) -> Rows:
        """Rows of the people in the set, in their order; not to be written to."""
        if self._rows is not None:
            return self._rows
        return np.flatnonzero(self._present())

    def _present(self) -> npt.NDArray[np.bool_]:
        """Whether each row of the table is on the platform. The flag is bit 0, hence the view as bool."""
        present: npt.NDArray[np.bool_] = (self.model.state.members["flags"] & s.ON_PLATFORM).view(bool)
        return present

    @property
    def ids(self) -> Array:
        """Permanent ids of the people in the set, uint32."""
        ids: Array = self.model.state.members["id"][self.rows]
        return ids

    @property
    def random(self) -> Any:
        """The model's generator, which an agent set is expected to have; members never draw from it."""
        return self.model.random

    @property
    def classes(self) -> tuple[type[Member], ...]:
        """Class of each tier, by code."""
        classes: tuple[type[Member], ...] = getattr(self.model, "agent_classes", TIER_CLASSES)
        return classes

    def view(self, row: int) -> Member:
        """The view of one row, of the class of its tier now, whether in this set or not."""
        cls: type[Member] = self.classes[self.model.state.members.array["tier"].item(row)]
        view: Member = cls(self.model, row)
        return view

    def at(self, rows: Any) -> Members:
        """The set of the people in ``rows`` (a member's ``followers``, say), whether in this set or not."""
        return type(self)(self.model, rows)

    def by_id(self, unique_id: int) -> Member:
        """The view of the person with a permanent id; KeyError if nobody in the set has it."""
        rows = self.rows
        found = np.flatnonzero(self.ids == unique_id)
        if not len(found):
            raise KeyError(f"nobody among these {len(rows):,} members has the id {unique_id!r}")
        return self.view(int(rows[found[0]]))

    def by_type(self) -> dict[type[Member], Members]:
        """Class to members, for the classes that occur: what ``Model.agents_by_type`` is."""
        rows = self.rows
        tiers = self.model.state.members["tier"][rows]
        out: dict[type[Member], Members] = {}
        for code, cls in enumerate(self.classes):
            there = rows[tiers == code]
            if len(there):
                out[cls] = self._with(there)
        return out

    def _views(self) -> Iterator[Member]:
        model, classes = self.model, self.classes
        tiers = memoryview(model.state.members.array["tier"])
        for row in self.rows.tolist():
            yield classes[tiers[row]](model, row)

    def __iter__(self) -> Iterator[Member]:
        return self._views()

    def __len__(self) -> int:
        if self._rows is not None:
            return len(self._rows)
        return int(np.count_nonzero(self._present()))

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Member) or agent.model is not self.model:
            return False
        if self._rows is None:
            return bool(self.model.state.members.array["flags"].item(agent.row) & s.ON_PLATFORM)
        return bool(self.mask[agent.row])

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Whether each row of the table of members is in the set."""
        size = len(self.model.state.members)
        if self._mask is not None and len(self._mask) == size:
            return self._mask
        mask = np.zeros(size, bool)
        mask[self.rows] = True
        if self._rows is not None:
            self._mask = mask
        return mask

    def __getitem__(self, item: Any) -> Any:
        """One view, or for a slice a list of them."""
        rows = self.rows[item]
        if isinstance(item, slice):
            return self._with(rows).to_list()
        return self.view(int(rows))

    def to_list(self) -> list[Member]:
        """Views of all, in a list."""
        return list(self._views())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self):,} members{'' if self._rows is not None else ', live'}>"

    # ------------------------------------------------------------------ choosing and ordering

    def select(
        self,
        filter_func: Any = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: Any = None,
    ) -> Members:
        """Those who satisfy a condition, in the order of this set.

        Parameters
        ----------
        filter_func
            Function of a view, or a bool array with an entry a member of this set.
        at_most
            How many at most, the first ones; a float up to 1 is a share of this set.
        inplace
            Whether to change this set itself.
        agent_type
            A class (or a tuple of them) that the views must be of.
        """
        rows = self.rows
        limit = int(len(rows) * at_most) if isinstance(at_most, float) and at_most <= 1.0 else at_most
        if filter_func is not None and not callable(filter_func):
            mask = np.asarray(filter_func)
            if mask.dtype != bool or mask.shape != rows.shape:
                raise AgentError(
                    f"a condition is a function or a bool array with an entry for each of {len(rows):,} "
                    f"members, not {mask.dtype} of shape {mask.shape}; index whole columns by .rows first"
                )
            rows = rows[np.flatnonzero(mask)]
        if agent_type is not None:
            of_type = np.array([issubclass(cls, agent_type) for cls in self.classes])
            rows = rows[of_type[self.model.state.members["tier"][rows]]]
        stop = len(rows) if limit == float("inf") else max(0, ceil(limit))
        if callable(filter_func):
            rows = self._filtered(rows, filter_func, stop)
        return self._kept(rows[:stop], inplace, "select")

    def _filtered(self, rows: Rows, condition: Callable[[Member], Any], stop: int) -> Rows:
        found: list[int] = []
        for view in self._with(rows):
            if len(found) >= stop:
                break
            if condition(view):
                found.append(view.row)
        return np.array(found, np.int64)

    def _shuffled(self) -> Rows:
        """Rows in an order drawn by (member, day, slot, how-manieth shuffle of the slot).

        Somebody more or less in the set leaves the others in their order.
        """
        rows = self.rows
        seed, now = moment(self.model)
        before, count = getattr(self.model, "_shuffles", (now, 0))
        count = count if before == now else 0
        self.model._shuffles = (now, count + 1)
        words = blocks(seed, S_SHUFFLE, self.model.state.members["id"][rows], now, count).astype(np.uint64)
        order = np.argsort(words[:, 0] << np.uint64(32) | words[:, 1], kind="stable")
        shuffled: Rows = rows[order]
        return shuffled

    def shuffle(self, inplace: bool = False) -> Members:
        """All in a random order, which the seed, the day and the slot determine (not ``model.random``)."""
        return self._kept(self._shuffled(), inplace, "shuffle")

    def sort(self, key: Any, ascending: bool = False, inplace: bool = False) -> Members:
        """All by an attribute or a function of a view; the greatest first unless ``ascending``."""
        rows = self.rows
        attribute = self._attribute(key)
        values = names = None
        if attribute is not None:
            values, names = attribute.rank(self.model, rows)
        if values is None or values.dtype == object or values.ndim > 1:
            pick = key if callable(key) else lambda view: getattr(view, key)
            ordered = sorted(self._views(), key=pick, reverse=not ascending)
            return self._kept(np.array([view.row for view in ordered], np.int64), inplace, "sort")
        if names is not None:
            values = np.unique(names, return_inverse=True)[1][values]
        if ascending:
            order = np.argsort(values, kind="stable")
        else:
            # As `sorted(..., reverse=True)`: equals keep their order.
            order = len(rows) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._kept(rows[order], inplace, "sort")

    def groupby(self, by: Any, result_type: str = "agentset") -> MembersByGroup:
        """Groups by an attribute or a function of a view, in the order in which they first occur.

        Parameters
        ----------
        by
            Name of an attribute, or a function.
        result_type
            "agentset" for groups that are `Members`, "list" for lists of views.
        """
        if result_type not in ("agentset", "list"):
            raise ValueError(f"result_type is 'agentset' or 'list', not {result_type!r}")
        groups = {key: self._with(rows) for key, rows in group_rows(self, by).items()}
        if result_type == "list":
            return MembersByGroup({key: group.to_list() for key, group in groups.items()})
        return MembersByGroup(groups)

    # ------------------------------------------------------------------ doing

    def _bulk(self, method: Any) -> Callable[..., Any] | None:
        """The function that does a method for a whole set at once, unless a class in use has its own."""
        bulk: Callable[..., Any] | None = getattr(self.model, "bulk_methods", {}).get(method)
        if bulk is None:
            return None
        usual = getattr(Member, method, None)
        return bulk if all(getattr(cls, method, None) is usual for cls in self.classes) else None

    def do(self, method: Any, *args: Any, **kwargs: Any) -> Members:
        """Call a method by name, or a function, for each view.

        A name in ``model.bulk_methods`` is called once, with this set, in place of a call a member.
        """
        bulk = self._bulk(method) if isinstance(method, str) else None
        if bulk is not None:
            bulk(self, *args, **kwargs)
        elif isinstance(method, str):
            for view in self._views():
                getattr(view, method)(*args, **kwargs)
        else:
            for view in self._views():
                method(view, *args, **kwargs)
        return self

    def shuffle_do(self, method: Any, *args: Any, **kwargs: Any) -> Members:
        """`do` in the order of a `shuffle`; methods done in bulk know no order."""
        if isinstance(method, str) and self._bulk(method) is not None:
            self.do(method, *args, **kwargs)
        else:
            self._with(self._shuffled()).do(method, *args, **kwargs)
        return self

    def map(self, method: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """What a method by name, or a function, returns for each view."""
        if isinstance(method, str):
            return [getattr(view, method)(*args, **kwargs) for view in self._views()]
        return [method(view, *args, **kwargs) for view in self._views()]

    # ------------------------------------------------------------------ copies

    def copy(self) -> Members:
        """The same people in a set of their own, which may be changed and is not live."""
        return self._with(self.rows.copy())

    __copy__ = copy

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "rows": self._rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.model = state["model"]
        self._rows = state["rows"]
        self._mask = None

    def _update(self, agents: Iterable[Member]) -> Members:
        """Mesa's inner hook: take over other people."""
        return self._kept(self._rows_of(agents), True, "an update")

    @classmethod
    def _from_iterable(cls, agents: Iterable[Member]) -> NoReturn:
        """The standard library's inner hook, which cannot name a model."""
        raise AgentError("a set of members is made from a model and rows: Members(model, rows)")
