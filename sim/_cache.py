"""Where compiled code is kept between processes, and when it may not be reused.

Numba's file cache looks only at the file that holds a function, so after an edit to a helper in another file
it serves stale machine code. The folder used here is named by a hash of everything the machine code depends
on: an edit anywhere in `sim` leads to a new, empty folder. Old folders are pruned.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

KEEP_FOLDERS = 3
"""How many of the most recently used folders survive pruning, whatever their age."""

KEEP_SECONDS = 24 * 3600
"""A folder used within this many seconds is never pruned: a process may still be reading it."""

_FOLDER_NAME = re.compile(r"[0-9a-f]{20}")


def source_hash(package: Path) -> str:
    """Hash of what compiled code depends on: the package's sources, Numba, NumPy and Python.

    Parameters
    ----------
    package
        Folder whose ``*.py`` files, at any depth, are read. Their paths inside the folder count, its own
        place does not.

    Returns
    -------
    str
        20 hexadecimal digits.
    """
    digest = hashlib.sha256()
    versions = (version("numba"), version("numpy"), sys.implementation.cache_tag, sys.version)
    digest.update("\0".join(str(v) for v in versions).encode())
    for path in sorted(package.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(package).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:20]


def user_cache() -> Path:
    """Where this user's caches belong, not created: in ``XDG_CACHE_HOME`` or as is the platform's custom."""
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if xdg.is_absolute():
        return xdg / "seedbed"
    home = Path("~").expanduser()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "seedbed"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "seedbed" / "Cache"
    return home / ".cache" / "seedbed"


def writable_cache() -> Path:
    """`user_cache`, created; where that cannot be written, a private folder among the temporary files.

    Compiled code is executed when it is read back, so a folder in a place shared with other users is taken
    only if it belongs to this user and nobody else may write to it.
    """
    with suppress(OSError):
        return _created(user_cache())
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    shared = Path(tempfile.gettempdir()) / f"seedbed-{owner}"
    with suppress(OSError):
        shared.mkdir(mode=0o700, exist_ok=True)
        if _is_private(shared):
            return _created(shared)
    return Path(tempfile.mkdtemp(prefix="seedbed-"))


def _created(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(folder)
    return folder


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(status.st_mode)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def compiled_folder(package: Path) -> Path:
    """Folder for the compiled code of `package` as it stands: created, marked as used, its elders pruned."""
    cache = writable_cache()
    folder = cache / source_hash(package)
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    with suppress(OSError):
        os.utime(folder)
    if is_new:
        prune(cache)
    return folder


def prune(cache: Path, *, now: float | None = None) -> list[Path]:
    """Delete folders of compiled code that are neither among the newest nor used lately.

    Parameters
    ----------
    cache
        Folder that holds them. Anything in it not named like a source hash is left alone.
    now
        Time in seconds since the epoch; the clock's if None.

    Returns
    -------
    list of Path
        The folders that were removed.
    """
    limit = (time.time() if now is None else now) - KEEP_SECONDS
    used: list[tuple[float, Path]] = []
    for folder in cache.iterdir():
        if _FOLDER_NAME.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            with suppress(FileNotFoundError):
                used.append((folder.stat().st_mtime, folder))
    used.sort(key=lambda entry: entry[0], reverse=True)
    stale = [folder for last_use, folder in used[KEEP_FOLDERS:] if last_use < limit]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return stale
