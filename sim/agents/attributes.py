"""What can be asked of a member by name: descriptors that read and write columns, for one person or for many.

An attribute of an agent view and the same name in `Members.get` are one object, so that both always agree.
Names and units come from the schema; codes are shown as the schema's English names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.state import schema as s

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

REQUIRED: Any = object()
"""Stands for "no default": whoever lacks the attribute is an error."""


class Attribute:
    """One attribute of a member: a data descriptor on the views, and a column to `Members`.

    Parameters
    ----------
    name, unit, meaning
        As in the schema.
    """

    def __init__(self, name: str, unit: str, meaning: str) -> None:
        self.name = name
        self.unit = unit
        self.meaning = meaning
        self.__doc__ = f"{meaning} [{unit}]"

    def __get__(self, view: Any, owner: type | None = None) -> Any:
        return self if view is None else self.one(view.model, view.row)

    def __set__(self, view: Any, value: Any) -> None:
        self.write(view.model, view.row, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.__doc__}>"

    def one(self, model: Any, row: int) -> Any:
        """Value of one person, as a plain Python object."""
        raise NotImplementedError

    def many(self, model: Any, rows: Rows, default: Any = REQUIRED) -> Array:
        """Values of the people in ``rows``, in that order, as a new array.

        Raises
        ------
        AttributeError
            If somebody lacks the attribute and there is no ``default``.
        """
        out = np.empty(len(rows), object)
        for at, row in enumerate(rows.tolist()):
            out[at] = self.one(model, row)
        return out

    def write(self, model: Any, rows: Any, values: Any) -> None:
        """Write one value, or one a person, to the people in ``rows`` (an integer or an array)."""
        raise AttributeError(f"{self.name!r} of a member cannot be set: {self.meaning}")

    def rank(self, model: Any, rows: Rows) -> tuple[Array, tuple[str, ...] | None]:
        """Values that can be sorted and compared quickly, and the names behind them if they are codes."""
        return self.many(model, rows), None


class Number(Attribute):
    """A column of numbers.

    Many values come as int64 or float64, so that arithmetic on them neither wraps round nor loses digits, and
    equal what the single views give.
    """

    def __init__(self, table: str, column: s.Column, *, writable: bool = True, name: str = "") -> None:
        super().__init__(name or column.name, column.unit, column.meaning)
        self.table = table
        self.column = column.name
        self.writable = writable
        self.dtype = np.dtype(column.dtype)
        base = self.dtype.base
        real = base.kind == "f"
        self.wide = np.dtype(np.float64 if real else np.int64)
        self.plain: tuple[type, ...] = (float, int) if real else (int,)
        limits: Any = np.finfo(base) if real else np.iinfo(base)
        bounds = re.fullmatch(r"(-?\d+)\.\.(-?\d+)", column.unit)
        self.low = max(float(limits.min), float(bounds[1]) if bounds else -np.inf)
        self.high = min(float(limits.max), float(bounds[2]) if bounds else np.inf)

    def place(self, model: Any, row: int) -> int:
        """Row in the attribute's table of the person in ``row``."""
        return row

    def places(self, model: Any, rows: Any) -> Any:
        """Rows in the attribute's table of the people in ``rows``; -1 for whoever has none."""
        return rows

    def raw(self, model: Any) -> Array:
        """The whole column as stored, a view."""
        column: Array = getattr(model.state, self.table).array[self.column]
        return column

    def one(self, model: Any, row: int) -> Any:
        at = self.place(model, row)
        if self.dtype.shape:
            return self.raw(model)[at].copy()
        return self.raw(model).item(at)

    def many(self, model: Any, rows: Rows, default: Any = REQUIRED) -> Array:
        values: Array = self.raw(model)[self.places(model, rows)]
        return values.astype(self.wide, copy=False)

    def write(self, model: Any, rows: Any, values: Any) -> None:
        if not self.writable:
            super().write(model, rows, values)
        fitted = self.fit(values)
        at = self.places(model, rows) if isinstance(rows, np.ndarray) else self.place(model, rows)
        self.raw(model)[at] = fitted

    def fit(self, values: Any) -> Any:
        """Values as the column can hold them; what would be cut off, wrapped or out of bounds is refused."""
        if type(values) in self.plain and self.low <= values <= self.high and not self.dtype.shape:
            return values
        given = np.asarray(values)
        if given.dtype.kind not in "biuf":
            raise TypeError(f"{self.name!r} of a member is a number, not {values!r}")
        if float not in self.plain and given.dtype.kind == "f" and not np.all(given == np.floor(given)):
            raise ValueError(f"{self.name!r} of a member is a whole number, not {values!r}")
        if not np.all((given >= self.low) & (given <= self.high)):
            raise ValueError(
                f"{self.name!r} of a member lies from {self.low:g} to {self.high:g} [{self.unit}], "
                f"not at {values!r}"
            )
        return given.astype(self.dtype.base)


class CreatorNumber(Number):
    """A column of the sparse table of creators: only people who have written have it."""

    def _missing(self, model: Any, row: int) -> AttributeError:
        who = model.state.members.array["id"].item(row)
        return AttributeError(f"member {who} has never written a note and so has no {self.name!r}")

    def place(self, model: Any, row: int) -> int:
        at: int = model.state.profiles.array["creator"].item(row)
        if at < 0:
            raise self._missing(model, row)
        return at

    def places(self, model: Any, rows: Any) -> Any:
        at = model.state.profiles.array["creator"][rows]
        if len(at) and at.min() < 0:
            raise self._missing(model, int(rows[int(np.argmax(at < 0))]))
        return at

    def many(self, model: Any, rows: Rows, default: Any = REQUIRED) -> Array:
        if default is REQUIRED:
            return super().many(model, rows)
        author = model.state.profiles.array["creator"][rows] >= 0
        known = super().many(model, rows[author])
        if self.dtype.shape or isinstance(default, bool) or not isinstance(default, int | float):
            out = np.empty(len(rows), object)
            out.fill(default)
            out[author] = list(known) if self.dtype.shape else known.tolist()
            return out
        out = np.full(len(rows), default, np.result_type(known.dtype, np.asarray(default).dtype))
        out[author] = known
        return out


class Name(Number):
    """A column of codes, read and written as the schema's names."""

    def __init__(self, table: str, column: s.Column, names: tuple[tuple[str, str], ...]) -> None:
        super().__init__(table, column)
        self.names = tuple(english for english, _ in names)
        self.objects = np.array([*self.names], object)
        self.codes = {word: code for code, pair in enumerate(names) for word in pair}

    def one(self, model: Any, row: int) -> str:
        name: str = self.names[self.raw(model).item(row)]
        return name

    def many(self, model: Any, rows: Rows, default: Any = REQUIRED) -> Array:
        names: Array = self.objects[self.coded(model, rows)]
        return names

    def coded(self, model: Any, rows: Rows) -> Array:
        """Codes of the people in ``rows``."""
        codes: Array = self.raw(model)[rows]
        return codes

    def rank(self, model: Any, rows: Rows) -> tuple[Array, tuple[str, ...] | None]:
        return self.coded(model, rows), self.names

    def fit(self, values: Any) -> Any:
        """Codes of names (in English or Chinese) or of codes."""
        given = [values] if isinstance(values, str) or not np.ndim(values) else list(values)
        codes = [self._code(value) for value in given]
        return np.array(codes if np.ndim(values) else codes[0], self.dtype)

    def _code(self, value: Any) -> int:
        if isinstance(value, str) and value in self.codes:
            return self.codes[value]
        if isinstance(value, int | np.integer) and 0 <= value < len(self.names):
            return int(value)
        raise ValueError(f"{self.name!r} of a member is one of {', '.join(self.names)}, not {value!r}")


class Demographic(Name):
    """One of the demographics packed into a column; people are born with them."""

    def __init__(self, name: str, names: tuple[tuple[str, str], ...]) -> None:
        column = next(c for c in s.PROFILES.columns if c.name == "demographics")
        super().__init__("profiles", column, names)
        self.name = name
        self.meaning = self.__doc__ = f"{name.replace('_', ' ')}, which a person is born with"
        self.writable = False

    def one(self, model: Any, row: int) -> str:
        offset, width = s.DEMOGRAPHIC_BITS[self.name]
        name: str = self.names[self.raw(model).item(row) >> offset & (1 << width) - 1]
        return name

    def coded(self, model: Any, rows: Rows) -> Array:
        return s.demographic(self.raw(model)[rows], self.name)


class Flag(Attribute):
    """One bit of the column ``flags``."""

    def __init__(self, name: str, bit: int, meaning: str) -> None:
        super().__init__(name, "bool", meaning)
        self.bit = bit

    def one(self, model: Any, row: int) -> bool:
        return bool(model.state.members.array["flags"].item(row) & self.bit)

    def many(self, model: Any, rows: Rows, default: Any = REQUIRED) -> Array:
        set_bits: Array = (model.state.members.array["flags"][rows] & self.bit) != 0
        return set_bits


class Interests(Attribute):
    """Interests as a dictionary, topic to share; the shares sum to 1 and are kept in 1/255."""

    def one(self, model: Any, row: int) -> dict[str, float]:
        stored = model.state.members.array["interest"][row].tolist()
        return {topic: share / 255 for (topic, _), share in zip(s.TOPICS, stored, strict=True) if share}

    def write(self, model: Any, rows: Any, values: Any) -> None:
        if not isinstance(values, Mapping):
            raise TypeError(f"'interests' of a member is a dictionary of topic and share, not {values!r}")
        known = {word: at for at, pair in enumerate(s.TOPICS) for word in pair}
        shares = np.zeros(s.N_TOPICS)
        for topic, share in values.items():
            if topic not in known:
                raise ValueError(
                    f"there is no topic {topic!r}; topics are {', '.join(t for t, _ in s.TOPICS)}"
                )
            shares[known[topic]] += share
        if not (np.all(np.isfinite(shares)) and shares.min() >= 0 and shares.sum() > 0):
            raise ValueError(f"shares of interest are not negative and not all zero, but got {dict(values)}")
        exact = shares * (255 / shares.sum())
        stored = np.floor(exact)
        # Largest remainders: the sixteen sum to 255 exactly.
        up = np.argsort(stored - exact, kind="stable")[: 255 - int(stored.sum())]
        stored[up] += 1
        model.state.members.array["interest"][rows] = stored.astype(np.uint8)


class Degree(Attribute):
    """Number of followers or followees, exact at any time."""

    def __init__(self, name: str, counts: str, meaning: str) -> None:
        super().__init__(name, "members", meaning)
        self.counts = counts

    def one(self, model: Any, row: int) -> int:
        return int(getattr(model.delta, self.counts)[row])

    def many(self, model: Any, rows: Rows, default: Any = REQUIRED) -> Array:
        counts: Array = getattr(model.delta, self.counts)[rows]
        return counts.astype(np.int64)


class Neighbours(Attribute):
    """Rows of the followers or followees at present, int64, ascending."""

    def __init__(self, name: str, arrays: str, meaning: str) -> None:
        super().__init__(name, "rows", meaning)
        self.arrays = arrays

    def one(self, model: Any, row: int) -> Rows:
        offsets, targets, removed, extra_offsets, extra = getattr(model.delta, self.arrays)()
        places = np.arange(offsets[row], offsets[row + 1])
        gone = removed[places >> 3] >> (places & 7).astype(np.uint8) & 1
        base = targets[places[gone == 0]]
        return np.sort(np.append(base, extra[extra_offsets[row] : extra_offsets[row + 1]])).astype(np.int64)


ATTRIBUTES: dict[str, Attribute] = {}
"""Every attribute by name."""

_NAMES = {"tier": s.TIERS, "stage": s.STAGES, "fan_class": s.FAN_CLASSES, "aips": s.AIPS}
_DEMOGRAPHICS = {
    "gender": s.GENDERS,
    "age_band": s.AGE_BANDS,
    "city_tier": s.CITY_TIERS,
    "income_band": s.INCOME_BANDS,
    "occupation": s.OCCUPATIONS,
    "channel": s.CHANNELS,
    "region": s.REGIONS,
}
# Keys, links between tables and packed values are the world's own; an agent does not write them as they are.
_FIXED = {"id", "flags", "creator", "demographics", "interest"}


def _fill() -> None:
    """Enter the columns of the three tables of people, and what is derived from them."""
    found: list[Attribute] = []
    for schema in (s.MEMBERS, s.PROFILES):
        for column in schema.columns:
            names = _NAMES.get(column.name)
            writable = column.name not in _FIXED
            found.append(
                Name(schema.name, column, names) if names else Number(schema.name, column, writable=writable)
            )
    # The creator's own row number and count of followers go by other names here.
    found += [
        CreatorNumber("creators", c) for c in s.CREATORS.columns if c.name not in ("member", "followers")
    ]
    found.append(Number("members", s.MEMBERS.columns[0], writable=False, name="unique_id"))
    found += [Demographic(name, names) for name, names in _DEMOGRAPHICS.items()]
    found += [
        Flag("on_platform", s.ON_PLATFORM, "joined and not gone; people leave by churn"),
        Flag("on_today", s.ON_TODAY, "here today"),
        Flag("python", s.PYTHON, "decided by an override in Python"),
        Flag("bot", s.BOT, "an inauthentic account"),
        Interests("interests", "share", "share of interest per topic"),
        Degree("follower_count", "followers_count", "how many follow this person"),
        Degree("followee_count", "followees_count", "how many this person follows"),
        Neighbours("followers", "arrays_in", "rows of those who follow this person"),
        Neighbours("followees", "arrays", "rows of those whom this person follows"),
    ]
    for attribute in found:
        assert attribute.name not in ATTRIBUTES, attribute.name
        ATTRIBUTES[attribute.name] = attribute


_fill()
