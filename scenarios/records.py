"""From a mapping that somebody wrote to a frozen dataclass, with errors a strategist can act on.

Everything goes through ``OmegaConf.to_object``; what this module adds is the sentence: which file or key is
wrong, what is allowed there, and which known name is closest to the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, field, fields, is_dataclass, make_dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.bounds import BOUNDS, plain_bound
from sim.errors import ConfigError

T = TypeVar("T")

RESERVED = {"as": "as_", "from": "from_", "class": "class_"}
"""Keys of configuration that Python does not allow as names of fields."""


def unknown(what: str, name: object, allowed: Iterable[str]) -> ConfigError:
    """The error for a name that does not exist: the closest ones first, then all that do.

    Parameters
    ----------
    what
        What and where it is, for example ``plan.actions.wave1: lever``.
    name
        What was written.
    allowed
        What could have been.
    """
    known = sorted(allowed)
    close = get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    listed = ", ".join(known) if known else "none"
    return ConfigError(f"{what} {str(name)!r} is unknown; {hint}permitted are: {listed}")


def typed(cls: type[T], data: Mapping[str, Any], where: str) -> T:
    """Build a frozen dataclass from plain data.

    Parameters
    ----------
    cls
        A dataclass; a key named like a Python keyword (``as``) fills the field with an underscore behind it.
    data
        What was written.
    where
        The key it stands under, for messages.

    Raises
    ------
    ConfigError
        For an unknown key, a missing one or a wrong type.
    """
    return cast(T, _built(cast(Any, cls), _Written(data), where))


class _Written:
    """Plain data that can be looked up by what it says."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.text = data, repr(data)

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Written) and self.text == other.text


@lru_cache(maxsize=4096)
def _built(cls: type[Any], asked: _Written, where: str) -> Any:
    """`typed`, once for equal data: the arms of a study share most of what they say."""
    data = asked.data
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where or 'it'} must hold keys with values, not {data!r}")
    hints = get_type_hints(cls)
    names = {f.name for f in fields(cls)}
    plain: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for written, value in data.items():
        key = RESERVED.get(str(written), str(written))
        if key not in names:
            what = f"{where}: key" if where else "key"
            raise unknown(what, written, {name.rstrip("_") for name in names})
        inner, shape = _dataclass_in(hints[key])
        if inner is None or value is None:
            _holds(get_origin(hints[key]), value, f"{where}.{written}".lstrip("."))
            plain[key] = value
        else:
            nested[key] = _inner(inner, shape, value, f"{where}.{written}".lstrip("."))
    for f in fields(cls):
        if f.name not in data and f.name not in plain and f.name not in nested and _required(f):
            raise ConfigError(f"{where}.{f.name.rstrip('_')} is missing".lstrip("."))
    # OmegaConf refuses to merge a list into a frozen record inside another, so nested records were built on
    # their own.
    kept = tuple(f.name for f in fields(cls) if f.name not in nested)
    try:
        flat = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(_flat(cast(Any, cls), kept)), plain))
    except OmegaConfBaseException as problem:
        key = f"{where}.{problem.full_key or ''}".strip(".")
        raise ConfigError(f"{key}: {_sentence(problem)}{_bounds(cls, str(problem.full_key))}") from None
    return cls(**{name: getattr(flat, name) for name in kept}, **nested)


@cache
def _flat(cls: type[Any], kept: tuple[str, ...]) -> type[Any]:
    """A dataclass of some of the fields of another."""
    hints = get_type_hints(cls)
    rules = {f.name: f for f in fields(cls)}
    return make_dataclass(cls.__name__, [(name, hints[name], _copy(rules[name])) for name in kept])


def _copy(rule: Field[Any]) -> Any:
    if rule.default_factory is not MISSING:
        return field(default_factory=rule.default_factory, kw_only=True)
    return field(default=rule.default, kw_only=True)


def _required(rule: Field[Any]) -> bool:
    return rule.default is MISSING and rule.default_factory is MISSING


def _dataclass_in(hint: Any) -> tuple[type[Any] | None, str]:
    """The dataclass that a field holds, and how: itself, in a list or in a dict."""
    if is_dataclass(hint) and isinstance(hint, type):
        return hint, "one"
    arguments = [a for a in get_args(hint) if a is not type(None)]
    last = arguments[-1] if arguments else None
    if is_dataclass(last) and isinstance(last, type):
        shape = {list: "list", dict: "dict"}.get(get_origin(hint), "one")
        return last, shape
    return None, ""


def _holds(container: Any, value: Any, where: str) -> None:
    """Refuse a list where keys belong, and the other way round."""
    if container is dict and value is not None and not isinstance(value, Mapping):
        raise ConfigError(f"{where} must hold keys with values, not {value!r}")
    if (
        container is list
        and value is not None
        and (isinstance(value, (str, Mapping)) or not isinstance(value, Sequence))
    ):
        raise ConfigError(f"{where} must be a list")


def _inner(cls: type[Any], shape: str, value: Any, where: str) -> Any:
    if shape == "list":
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ConfigError(f"{where} must be a list")
        return [_inner(cls, "one", item, f"{where}[{i}]") for i, item in enumerate(value)]
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must hold keys with values, not {value!r}")
    if shape == "dict":
        return {key: _inner(cls, "one", item, f"{where}.{key}") for key, item in value.items()}
    return typed(cls, value, where)


def _bounds(cls: type[Any], name: str) -> str:
    """What a field may lie between, where it says so."""
    bounds = next((f.metadata.get(BOUNDS) for f in fields(cls) if f.name == name), None)
    return f" from {plain_bound(bounds[0])} to {plain_bound(bounds[1])}" if bounds else ""


def _sentence(problem: Exception) -> str:
    return str(problem).strip().splitlines()[0].rstrip(".")


def number(value: Any, where: str, low: float, high: float, unit: str = "") -> float:
    """A finite number within bounds, or a readable error."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ConfigError(
            f"{where}={value!r} is not a number; it must be from {low:g} to {high:g} {unit}".rstrip()
        )
    if not low <= value <= high:
        raise ConfigError(
            f"{where}={value:g} is out of bounds: it must be from {low:g} to {high:g} {unit}".rstrip()
        )
    return float(value)
