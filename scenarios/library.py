"""The shelf of YAML files that plans refer to by name: levers, segments, calendars, plans, shocks.

A user's own folders come before the shipped one, so a file of theirs adds to it or replaces one of the same
name. Files are data: nothing in them is ever imported or executed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

import sim
from scenarios.records import unknown
from sim.errors import ConfigError

KINDS: tuple[tuple[str, str], ...] = (
    ("content", "内容策略"),
    ("incentive", "激励策略"),
    ("promotion", "推广策略"),
    ("community", "社群策略"),
    ("experience", "体验策略"),
    ("governance", "治理策略"),
    ("organisation", "组织策略"),
)
"""Strategy kinds, each a group of levers."""
LEVER_GROUPS = tuple(key for key, _ in KINDS)

_NAME = re.compile(r"[A-Za-z0-9_\-]+")


def shipped() -> Path:
    """The folder that comes with the program: ``sim/_conf`` in a wheel, ``conf`` beside ``sim`` in a
    checkout.
    """
    inside = Path(sim.__file__).parent / "_conf"
    return inside if inside.is_dir() else inside.parent.parent / "conf"


@dataclass(frozen=True)
class Library:
    """Named YAML files of several folders.

    Attributes
    ----------
    directories
        Searched in this order; the first file of a name wins.
    """

    directories: tuple[Path, ...]
    _cache: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def default(cls, extra: Sequence[str | Path] = ()) -> Library:
        """The user's ``--config-dir`` folders, then ``./conf``, then what is shipped."""
        found: list[Path] = []
        for folder in [*(Path(e) for e in extra), Path.cwd() / "conf", shipped()]:
            path = folder.resolve()
            if path.is_dir() and path not in found:
                found.append(path)
        return cls(tuple(found))

    def names(self, group: str) -> list[str]:
        """Names of a group's files, sorted."""
        return sorted({p.stem for folder in self.directories for p in (folder / group).glob("*.yaml")})

    def path(self, group: str, name: str) -> Path:
        """Where a file lies.

        Raises
        ------
        ConfigError
            If no folder has it; the message names the closest ones.
        """
        if _NAME.fullmatch(name):
            for folder in self.directories:
                path = folder / group / f"{name}.yaml"
                if path.is_file():
                    return path
        raise unknown(group, name, self.names(group))

    def read(self, group: str, name: str) -> dict[str, Any]:
        """What a file says, as plain dicts, lists, numbers and strings; dates stay strings."""
        if (group, name) not in self._cache:
            self._cache[group, name] = read_yaml(self.path(group, name))
        return self._cache[group, name]

    def group_of(self, lever: str) -> str | None:
        """The strategy kind under which a lever's file lies; None if there is no such lever."""
        for group in LEVER_GROUPS:
            if lever in self.names(group):
                return group
        return None

    def levers(self) -> dict[str, str]:
        """Every lever's key with its group, by group and key."""
        return {name: group for group in LEVER_GROUPS for name in self.names(group)}


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping as plain data; a malformed file is one sentence that names it."""
    try:
        data = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except (YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError) as problem:
        detail = " ".join(str(problem).split())
        raise ConfigError(f"{path} cannot be read as YAML: {detail}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path} does not hold keys with values")
    return {str(key): value for key, value in data.items()}
