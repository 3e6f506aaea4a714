"""Folders of results: written under a temporary name, then renamed, so that what has a final name is whole.

A run is the resolved configuration, the seed and the version of the code; its folder is named by a hash of
the three and holds everything that is needed to repeat it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import sim
from sim.errors import DataError
from sim.processors import cpu_count

ID_DIGITS = 12

NO_EFFECT = frozenset({"lang", "out", "threads", "engine", "run", "study", "seed"})
"""Top keys that change no number of a run (the seed stands beside the configuration)."""

PACKAGES = ("numpy", "numba", "scipy", "networkx", "mesa", "pandas", "pyarrow", "hydra-core", "omegaconf")


@cache
def code_version() -> str:
    """Hash of the sources that results depend on: `sim` and `scenarios`."""
    digest = hashlib.sha256()
    root = Path(sim.__file__).parent.parent
    for package in ("sim", "scenarios"):
        for path in sorted((root / package).rglob("*.py")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:ID_DIGITS]


def content_id(values: Mapping[str, Any], *more: object) -> str:
    """Hash of plain values that are equal for equal runs, whatever the order of their keys.

    Parameters
    ----------
    values
        Nested plain data.
    *more
        Anything else that counts, such as the seed.
    """
    text = json.dumps([values, [str(m) for m in more]], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def identity(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resolved configuration determines results: without language, threads and the like.

    A graph that is read from a file counts by the file's content.
    """
    kept: dict[str, Any] = {key: value for key, value in values.items() if key not in NO_EFFECT}
    path = kept.get("graph", {}).get("path")
    if path:
        kept["graph"] = {**kept["graph"], "path": file_hash(Path(str(path)))}
    return kept


def file_hash(path: Path) -> str:
    """Hash of a file's content.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A temporary folder beside ``target`` that takes its name if all goes well, and vanishes otherwise.

    An older folder of that name is replaced. The parent is made first, so that one that cannot be written to
    is found before hours of work.

    Raises
    ------
    DataError
        If the parent is a file.
    OSError
        If the folder cannot be written.
    """
    with _folder_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".{target.name}.{os.getpid()}.part"
    with _folder_errors(temporary):
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
    try:
        with _named(target):
            yield temporary
        old = target.parent / f".{target.name}.{os.getpid()}.old"
        with suppress(FileNotFoundError):
            target.rename(old)
        temporary.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def file_synced(temporary: Path, target: Path) -> None:
    """Give a file that has been written its final name, once its content and the name are on the disk."""
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())
    temporary.replace(target)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def file_whole(target: Path) -> Iterator[Path]:
    """A temporary file beside ``target``, of the same ending, that takes its name if all goes well.

    Raises
    ------
    DataError
        If the folder does not exist.
    OSError
        If it cannot be written.
    """
    if not target.parent.is_dir():
        raise DataError(f"there is no folder {target.parent}")
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    temporary = target.parent / f".{os.getpid()}.part.{target.name}"
    try:
        with _named(target):
            yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """Say of an error in writing, which may name no file, into which folder it was."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(folder)
        raise


@contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise DataError(f"{folder} is a file, a folder is needed") from None


def manifest(values: Mapping[str, Any], seed: int, **more: Any) -> dict[str, Any]:
    """Where results come from: versions, commit, machine, and what the caller adds."""
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "seed": seed,
        "code": code_version(),
        "configuration": content_id(identity(values)),
        "versions": versions(),
        "git": _git(),
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "processors": cpu_count(),
        },
        **more,
    }


def versions() -> dict[str, str]:
    """Versions of Python, seedbed and what it builds on."""
    import seedbed

    found = {"python": platform.python_version(), "seedbed": seedbed.__version__}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _git() -> dict[str, Any] | None:
    """Commit of the checkout and whether its sources differ from it; None outside of one."""
    root = Path(sim.__file__).parent.parent
    if not (root / ".git").exists():
        return None
    try:
        commit, status = (
            subprocess.run(
                ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10
            ).stdout.strip()
            for arguments in (
                ("rev-parse", "HEAD"),
                ("status", "--porcelain", "--", "sim", "scenarios", "conf"),
            )
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "dirty": bool(status)}


def write_json(path: Path, content: Any) -> None:
    """JSON with stable keys, readable, NaN as null."""
    path.write_text(json.dumps(_finite(content), indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    if isinstance(content, float) and (content != content or abs(content) == float("inf")):
        return None
    return content
