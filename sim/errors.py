"""What a user can do wrong, as exceptions: each carries one sentence that names the file, key or row and what
is allowed.

The command line prints the sentence and leaves with code 2; a library user catches `SeedbedError`. Nothing
heavy is imported here, so that any module may raise them.
"""

from __future__ import annotations

__all__ = ["ConfigError", "DataError", "GraphError", "SeedbedError"]


class SeedbedError(Exception):
    """Something the user can put right; the message is one clear sentence."""


class ConfigError(SeedbedError):
    """A wrong key, type, bound or name in a configuration."""


class DataError(SeedbedError):
    """A file or table that cannot be read as what it should be."""


class GraphError(DataError):
    """A follower graph that cannot be read, built or used as asked."""
