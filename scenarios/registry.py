"""Which levers there are: YAML files by key, and the classes of those that need one.

A class registers itself with ``@behaviour("key")`` in a module of `scenarios/behaviours`; all modules of
that folder are imported once, so that a new lever is one file. Names resolve here and nowhere else: a
configuration cannot import code.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from scenarios.lever_files import LeverSpec, lever_spec
from scenarios.levers import Lever
from scenarios.library import LEVER_GROUPS, Library
from scenarios.records import unknown
from sim.errors import ConfigError

_CLASSES: dict[str, type[Lever]] = {}
_loaded = False
L = TypeVar("L", bound=type[Lever])


def behaviour(key: str) -> Callable[[L], L]:
    """Register a lever's class under a key, which its YAML names as ``behaviour``."""

    def register(cls: L) -> L:
        known = _CLASSES.get(key)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"behaviour {key!r} is {known.__module__}.{known.__qualname__} already")
        _CLASSES[key] = cls
        return cls

    return register


def behaviours() -> Mapping[str, type[Lever]]:
    """All registered classes by key; the shipped ones are imported first."""
    global _loaded
    if not _loaded:
        package = importlib.import_module("scenarios.behaviours")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"scenarios.behaviours.{module.name}")
        _loaded = True
    return _CLASSES


def build_lever(spec: LeverSpec) -> Lever:
    """The object that plays a lever.

    Raises
    ------
    ConfigError
        If its file names a behaviour that is not registered.
    """
    if not spec.file.behaviour:
        return Lever(spec)
    known = behaviours()
    if spec.file.behaviour not in known:
        raise unknown(f"{spec.group}/{spec.key}.yaml: behaviour", spec.file.behaviour, known)
    return known[spec.file.behaviour](spec)


def unwrapped(key: str, data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What a lever file holds below its own key, the only one at its top."""
    if list(data) != [key] or not isinstance(data[key], Mapping):
        raise ConfigError(f"{where} must hold the single key {key!r} with everything below it")
    return dict(data[key])


def find_lever(library: Library, key: str, where: str = "lever") -> LeverSpec:
    """A lever of a library by its key.

    Raises
    ------
    ConfigError
        If there is none of that key, or its file is wrong.
    """
    group = library.group_of(str(key))
    if group is None:
        raise unknown(where, key, library.levers())
    path = library.path(group, key)
    return lever_spec(key, group, unwrapped(key, library.read(group, key), str(path)))


def all_levers(library: Library) -> list[LeverSpec]:
    """Every lever of a library, by strategy kind and key."""
    found = [find_lever(library, key) for key in library.levers()]
    return sorted(found, key=lambda lever: (LEVER_GROUPS.index(lever.group), lever.key))
