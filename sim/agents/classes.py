"""Which class stands for which tier: a registry of researchers' classes, and the config's names resolved by
it.

A scenario file may come from a stranger, so a name in it is looked up among registered classes; a dotted path
is imported only where the caller says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.agents.tiers import TIER_CLASSES, Member, overridden
from sim.errors import ConfigError
from sim.state import schema as s

__all__ = ["agent_classes", "python_tiers", "register_agent_class", "registered_agent_classes"]

_TIER_NAMES = tuple(name for name, _ in s.TIERS)
_REGISTRY: dict[str, type[Member]] = dict(zip(_TIER_NAMES, TIER_CLASSES, strict=True))


def register_agent_class(name: str, cls: type[Member]) -> type[Member]:
    """Give a class a name by which ``agents:`` of a config may refer to it.

    Parameters
    ----------
    name
        A word without dots.
    cls
        Derives from a tier, or from `Member` if it may stand for any tier.

    Returns
    -------
    type
        ``cls``.

    Raises
    ------
    ConfigError
        If the name is not a word or is taken by another class, or the class is no `Member`. A class defined
        anew under the same module and name, as in a notebook, replaces the old one.
    """
    if not name.isidentifier():
        raise ConfigError(f"an agent class is registered under a plain word, not {name!r}")
    if not (isinstance(cls, type) and issubclass(cls, Member)):
        raise ConfigError(f"agent class {name!r} must derive from Member or one of its tiers, not {cls!r}")
    before = _REGISTRY.get(name)
    if before and (before.__module__, before.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ConfigError(
            f"the agent class name {name!r} is taken by {before.__module__}.{before.__qualname__}"
        )
    _REGISTRY[name] = cls
    return cls


def registered_agent_classes() -> dict[str, type[Member]]:
    """All registered classes by name; the four tiers are there from the start."""
    return dict(_REGISTRY)


def agent_classes(
    chosen: Mapping[str, str] | None = None, *, allow_import: bool = False
) -> tuple[type[Member], ...]:
    """The class of each tier, as a config asks for it.

    Parameters
    ----------
    chosen
        Tier name to registered class name, ``{"koc": "tired_koc"}``; the key ``all`` stands for every tier
        that is not named itself.
    allow_import
        Whether a name may also be a dotted path, ``package.module.Class``.

    Returns
    -------
    tuple of type
        By tier code; tiers that are not mentioned keep their own class.

    Raises
    ------
    ConfigError
        If a tier or class is unknown, or a class of one tier is named for another.
    """
    chosen = chosen or {}
    permitted = (*_TIER_NAMES, "all")
    for tier in chosen:
        if tier not in permitted:
            raise ConfigError(f"agents.{tier} is unknown: permitted are {', '.join(permitted)}")
    out = []
    for code, tier in enumerate(_TIER_NAMES):
        key = tier if tier in chosen else "all"
        cls = _find(key, chosen[key], allow_import) if key in chosen else TIER_CLASSES[code]
        out.append(_of_tier(key, cls, code))
    return tuple(out)


def _find(key: str, name: str, allow_import: bool) -> type[Member]:
    if name in _REGISTRY:
        return _REGISTRY[name]
    known = ", ".join(sorted(_REGISTRY))
    if "." not in str(name):
        raise ConfigError(f"agents.{key}={name!r} is not a registered agent class: registered are {known}")
    if not allow_import:
        raise ConfigError(
            f"agents.{key}={name!r} would import code from outside, which is off: register the class "
            f"under a name, or permit imports explicitly; registered are {known}"
        )
    module, _, attribute = str(name).rpartition(".")
    try:
        cls: Any = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as reason:
        raise ConfigError(f"agents.{key}={name!r} cannot be imported: {reason}") from reason
    if not (isinstance(cls, type) and issubclass(cls, Member)):
        raise ConfigError(f"agents.{key}={name!r} must derive from Member or one of its tiers")
    return cls


def _of_tier(key: str, cls: type[Member], code: int) -> type[Member]:
    own = TIER_CLASSES[code]
    if issubclass(cls, own):
        return cls
    other = next((tier for tier in TIER_CLASSES if issubclass(cls, tier)), None)
    if other is not None:
        raise ConfigError(
            f"agents.{key}: {cls.__name__} is a kind of {other.__name__} and cannot stand for the tier "
            f"{_TIER_NAMES[code]}; derive it from {own.__name__}, or from Member for any tier"
        )
    return _combined(cls, own)  # type: ignore[arg-type]


@cache
def _combined(cls: type[Member], tier: type[Member]) -> type[Member]:
    """A class for any tier as a class of one tier, so that ``isinstance(view, KOC)`` holds."""
    body = {"__slots__": (), "__doc__": cls.__doc__, "__module__": cls.__module__}
    return type(cls.__name__, (cls, tier), body)


def python_tiers(classes: Sequence[type[Member]]) -> npt.NDArray[np.bool_]:
    """Which tiers take at least one decision in Python: bool, by tier code; kernels skip their rows."""
    return np.array([bool(overridden(cls)) for cls in classes])
