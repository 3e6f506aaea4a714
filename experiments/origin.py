"""Where a composed configuration comes from: the file of each group and the words of the command line, for messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.library import Library
from sim.errors import ConfigError

BY_NAME = ("product", "segment", "shock")
"""Groups of which several files are read: the name of the file follows in the key."""
OF_SCENARIO = ("days", "start")
"""Keys of the root that a scenario's file sets."""
NAMED = re.compile(r"(?P<group>\w+)(?:[. ](?P<name>[\w-]+))?")


@dataclass(frozen=True)
class Origin:
    """What Hydra says about a composition.

    Attributes
    ----------
    choices
        Group -> name of the file that was read.
    overrides
        Words of the command line.
    """

    choices: Mapping[str, Any]
    overrides: tuple[str, ...]

    @classmethod
    def of(cls, hydra: Any) -> Origin:
        """Taken from Hydra's own node."""
        return cls(dict(hydra.runtime.choices), tuple(hydra.overrides.task))

    def file_of(self, sentence: str, library: Library) -> Path | None:
        """The file that the key at the head of a sentence stands in; None if the command line has set it, or no file does."""
        found = NAMED.match(sentence)
        written = [word.lstrip("+~").partition("=")[0] for word in self.overrides]
        if found is None or any(_is_about(sentence, key) for key in written):
            return None
        group, name = found["group"], found["name"]
        if group in OF_SCENARIO:
            if group in written:
                return None
            group, name = "scenario", self.choices.get("scenario")
        elif group in library.levers():
            group, name = library.levers()[group], group
        elif group not in BY_NAME:
            name = self.choices.get(group)
        try:
            file = library.path(group, str(name)) if name and name != "none" else None
        except ConfigError:
            return None
        here = Path.cwd()
        return file.relative_to(here) if file is not None and file.is_relative_to(here) else file


def _is_about(sentence: str, key: str) -> bool:
    """Whether a sentence speaks of a key, as a whole or as an unknown one of its place."""
    place, _, name = key.rpartition(".")
    return bool(place) and (key in sentence or (sentence.startswith(f"{place}: ") and repr(name) in sentence))
