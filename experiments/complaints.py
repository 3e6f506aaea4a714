"""What went wrong, in one sentence: errors of Hydra, OmegaConf, YAML and the system, and their Chinese forms.

A sentence names the key or file, what was given, and what is permitted. `sim` and `scenarios` raise English
sentences; `experiments.chinese` says them in Chinese.
"""

from __future__ import annotations

import errno
import re

from experiments.chinese import translated
from sim.errors import ConfigError, DataError, SeedbedError

SYSTEM = {
    errno.ENOSPC: "no space left on the device for {name}",
    errno.EDQUOT: "the disk quota is used up for {name}",
    errno.EFBIG: "the system allows no file as large as one in {name} would be",
    errno.EACCES: "no permission for {name}",
    errno.EPERM: "no permission for {name}",
    errno.EROFS: "{name} is on a read-only file system",
    errno.ENOENT: "there is no file {name}",
    errno.EISDIR: "{name} is a folder, a file is needed",
    errno.ENOTDIR: "{name} is not inside a folder",
    errno.EEXIST: "{name} is a file, a folder is needed",
    errno.ENAMETOOLONG: "the file name is too long: {name}",
}
"""What the operating system refuses that a user can put right."""


def sentence(error: BaseException, lang: str) -> str:
    """The sentence for an error that the user can put right; empty for one that is ours."""
    complaint = error if isinstance(error, SeedbedError) else translate(error)
    if complaint is None:
        return ""
    english = " ".join(str(complaint).split())
    return in_chinese(english) if lang == "zh" else english


def translate(error: BaseException) -> SeedbedError | None:
    """The same error in a sentence of ours; None if it is none of the user's doing."""
    if isinstance(error, MemoryError):
        about = f" ({error})" if str(error) else ""
        return DataError(f"not enough memory{about}: choose a smaller world.members or a smaller graph")
    if isinstance(error, OSError) and error.errno in SYSTEM:
        return DataError(SYSTEM[error.errno].format(name=error.filename or "the output"))
    module = type(error).__module__.partition(".")[0]
    if module == "yaml":
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"{mark.name}, line {mark.line + 1}" if mark is not None else "a YAML file"
        return ConfigError(f"{place}: not valid YAML: {getattr(error, 'problem', None) or error}")
    if module in ("hydra", "omegaconf", "antlr4"):
        cause = error.__cause__ if error.__cause__ is not None and not str(error) else error
        line = str(cause).strip().partition("\n")[0] or type(cause).__name__
        key = getattr(cause, "full_key", None)
        return ConfigError(f"{key}: {line}" if key else line)
    return None


PLAIN: tuple[tuple[str, str], ...] = (
    (
        r"\.?(.+): Value '(.*)' of type .* could not be converted to Integer( from .+)?",
        r"\1 must be a whole number\3, not '\2'",
    ),
    (
        r"\.?(.+): Value '(.*)' of type .* could not be converted to Float( from .+)?",
        r"\1 must be a number\3, not '\2'",
    ),
    (r"\.?(.+): Value '(.*)' .*is not a valid bool.*", r"\1 must be true or false, not '\2'"),
    (
        r"\.?(.+): Incompatible value 'None' for field of type 'int'( from .+)?",
        r"\1 must be a whole number\2, not null",
    ),
    (
        r"\.?(.+): Incompatible value 'None' for field of type 'float'( from .+)?",
        r"\1 must be a number\2, not null",
    ),
    (r"\.?(.+): Incompatible value 'None' for field of type 'bool'", r"\1 must be true or false, not null"),
    (r"\.?(.+): Incompatible value 'None' for field of type 'str'", r"\1 must be text, not null"),
    (r"\.?(.+): field '\w+' is not Optional", r"\1 must hold keys with values, not null"),
    (r"\.?(.+): Cannot assign (\w+) to Dict.*", r"\1 must hold keys with values, not a \2"),
    (r"\.?(.+?): .*is not a ListConfig, list or tuple", r"\1 must be a list"),
    (r"\.?(.+): Cannot convert '(\w+)' to string.*", r"\1 must be text, not a \2"),
    (r"\.?(.+): .*(?:'|type )(\w+)'? is not a (?:subclass|subtype) of .*", r"\1 must hold keys with values"),
)
"""What OmegaConf says about a value, and how a strategist would say it."""


def plain(message: str) -> str:
    """A message of OmegaConf in plain words, where it is a known one."""
    message = " ".join(message.split())
    for pattern, words in PLAIN:
        if re.fullmatch(pattern, message):
            return re.sub(pattern, words, message)
    return message.lstrip(".")


def in_chinese(english: str) -> str:
    """The Chinese form of a sentence where there is one, else the sentence itself under a Chinese heading."""
    chinese = translated(english)
    if chinese is not None:
        return chinese
    return english if re.search("[\u4e00-\u9fff]", english) else f"错误：{english}"
