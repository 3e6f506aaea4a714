"""The few words of a command line that are neither overrides nor Hydra's: ``--config-dir``, ``--allow-code``,
flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiments.verb_options import dashed
from scenarios.records import unknown
from sim.errors import ConfigError

FOLDER = ("--config-dir", "-cd")


@dataclass(frozen=True)
class Options:
    """A command line taken apart.

    Attributes
    ----------
    folder
        Folder of the user's own YAML, if any.
    allow_code
        Whether the configuration may name code.
    rest
        All other words, in order.
    flags, given
        Options of the verb's own that were given: those without and those with a value.
    """

    folder: str | None
    allow_code: bool
    rest: tuple[str, ...]
    flags: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def overrides(self) -> list[str]:
        """Words that set a key."""
        return [word for word in self.rest if "=" in word or word.startswith("~")]

    @property
    def words(self) -> list[str]:
        """Words that do not."""
        return [word for word in self.rest if "=" not in word and not word.startswith("~")]

    @classmethod
    def of(cls, verb: str, words: Sequence[str]) -> Options:
        """The words after a verb taken apart, by the options that are declared for it."""
        flags, values = dashed(verb)
        return cls.read(words, flags=flags, values=values)

    @classmethod
    def read(
        cls,
        words: Sequence[str],
        strict: bool = True,
        flags: Sequence[str] = (),
        values: Sequence[str] = (),
    ) -> Options:
        """Take the words after the verb apart.

        Parameters
        ----------
        words
            Command line after the verb.
        strict
            Refuse any other word that starts with a dash; otherwise it stays in ``rest``.
        flags, values
            Options that the verb has of its own, such as ``--until``: without and with a value.

        Raises
        ------
        ConfigError
            For an unknown option, or a missing folder.
        """
        folder: str | None = None
        allow_code = False
        rest: list[str] = []
        given: list[str] = []
        chosen: dict[str, str] = {}
        queue = list(words)
        while queue:
            word = queue.pop(0)
            name, equals, value = word.partition("=")
            if name in FOLDER:
                if not equals and not queue:
                    raise ConfigError(f"{name} needs a folder")
                folder = value if equals else queue.pop(0)
            elif word == "--allow-code":
                allow_code = True
            elif word in flags:
                given.append(word)
            elif name in values:
                if not equals and not queue:
                    raise ConfigError(f"{name} needs a value")
                chosen[name] = value if equals else queue.pop(0)
            elif strict and word.startswith("-"):
                raise unknown("option", word, ["--config-dir", "--allow-code", "--help", *flags, *values])
            else:
                rest.append(word)
        return cls(folder, allow_code, tuple(rest), tuple(given), chosen)


def setting(options: Options, key: str, default: str) -> str:
    """A word ``key=value`` of a verb that composes nothing."""
    given = [w.removeprefix(f"{key}=") for w in options.overrides if w.startswith(f"{key}=")]
    return given[-1] if given else default
