"""From a mapping that somebody wrote to a frozen dataclass, with errors a strategist can act on.

Everything goes through ``OmegaConf.to_object``; what this module adds is the sentence: which file or key is wrong, what
is allowed there, and which known name is closest to the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

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
    hints = get_type_hints(cls)
    names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    plain: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for written, value in data.items():
        key = RESERVED.get(str(written), str(written))
        if key not in names:
            what = f"{where}: key" if where else "key"
            raise unknown(what, written, {name.rstrip("_") for name in names})
        inner, shape = _dataclass_in(hints[key])
        if inner is None or value is None:
            plain[key] = value
        else:
            nested[key] = _inner(inner, shape, value, f"{where}.{written}".lstrip("."))
    try:
        built = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(cls), plain))
    except OmegaConfBaseException as problem:
        key = f"{where}.{problem.full_key or ''}".strip(".")
        raise ConfigError(f"{key}: {_sentence(problem)}") from None
    assert isinstance(built, cls)
    # Nested records are built on their own: OmegaConf refuses to merge a list into a frozen record inside another.
    return replace(built, **nested) if nested else built  # type: ignore[type-var]


def _dataclass_in(hint: Any) -> tuple[type[Any] | None, str]:
    """The dataclass that a field holds, and how: itself, in a list or in a dict."""
    if is_dataclass(hint) and isinstance(hint, type):
        return hint, "one"
    arguments = [a for a in get_args(hint) if a is not type(None)]
    last = arguments[-1] if arguments else None
    if is_dataclass(last) and isinstance(last, type):
        shape = {list: "list", dict: "dict"}.get(get_origin(hint), "one")  # type: ignore[arg-type]
        return last, shape
    return None, ""


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


def _sentence(problem: Exception) -> str:
    return str(problem).strip().splitlines()[0].rstrip(".")


def number(value: Any, where: str, low: float, high: float, unit: str = "") -> float:
    """A finite number within bounds, or a readable error."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ConfigError(f"{where}={value!r} is not a number; it must be from {low:g} to {high:g} {unit}".rstrip())
    if not low <= value <= high:
        raise ConfigError(f"{where}={value:g} is out of bounds: it must be from {low:g} to {high:g} {unit}".rstrip())
    return float(value)
