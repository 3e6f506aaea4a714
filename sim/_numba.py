"""Numba as this project uses it: one decorator, one number of threads, a cache that never serves stale code.

Import `njit` and `prange` from here and never from Numba itself: the settings below only count if they stand
in the environment before Numba is first imported. A `NUMBA_CACHE_DIR` or `NUMBA_NUM_THREADS` that the user
has set is kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from inspect import isfunction
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from sim._cache import compiled_folder, writable_cache
from sim.processors import cpu_count

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Compiled(Protocol[P, R]):
    """What a type checker sees of a compiled function: the call of the plain one, and Numba's view of it."""

    __name__: str
    py_func: Callable[..., Any]
    signatures: list[Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


MIN_POOL = 4
"""Threads that can always be asked for, so that a result can be compared over 1, 2 and 4 on any machine."""


def _prepare_environment() -> None:
    """Choose the cache folder and the size of the thread pool, unless the user has.

    A child process inherits the folder that its parent chose; that is not a user's choice, and after an edit
    it would be the wrong one, so a folder directly inside our own cache is chosen anew. Where somebody has
    imported Numba before, its thread pool stays as it is.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if not chosen or Path(chosen).parent == writable_cache():
        os.environ["NUMBA_CACHE_DIR"] = str(compiled_folder(Path(__file__).parent))
    if "numba" not in sys.modules:
        os.environ.setdefault("NUMBA_NUM_THREADS", str(max(MIN_POOL, cpu_count())))


_prepare_environment()

import numba  # noqa: E402  (after the environment is ready)
from numba import prange  # noqa: E402
from numba.core import config as numba_config  # noqa: E402

numba_config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]

__all__ = ["interpreted", "njit", "prange", "set_threads"]

OPTIONS: dict[str, Any] = {
    "cache": True,
    "fastmath": False,
    "error_model": "numpy",
    "nogil": True,
    "no_cfunc_wrapper": True,
}
"""How every function is compiled. ``error_model="numpy"``: x / 0 is inf or nan and raises nothing. Nothing here is called
back from C, so the wrapper for it is not compiled."""


@overload
def njit(signature: Callable[P, R], /) -> Compiled[P, R]: ...
@overload
def njit(
    signature: str | list[Any] | None = None, /, **options: Any
) -> Callable[[Callable[P, R]], Compiled[P, R]]: ...
def njit(signature: Any = None, /, **options: Any) -> Any:
    """Compile a function with the project's settings; a type checker still sees the plain function.

    Used bare, ``@njit``; with options, ``@njit(parallel=True)``; or with one explicit signature,
    ``@njit("f8(f8)")``, which compiles at import and is what an entry point called from Python carries.

    Parameters
    ----------
    signature
        Numba signature, a list of them, or the function itself when used bare.
    **options
        Options of ``numba.njit`` on top of `OPTIONS`.
    """
    if isfunction(signature):
        return njit()(signature)
    arguments = () if signature is None else (signature,)

    def compile_function(function: F) -> F:
        compiled: F = numba.njit(*arguments, **{**OPTIONS, **options})(function)
        if options.get("parallel"):
            _default_threads()
        return compiled

    return compile_function


def interpreted(function: F) -> F:
    """The Python function behind a compiled one, or the function itself if it is not compiled."""
    source: F = getattr(function, "py_func", function)
    return source


def set_threads(count: int | None = None) -> int:
    """Set how many threads parallel kernels use when called from the current Python thread.

    Results do not depend on the number. It is a property of the calling thread, so a thread of one's own sets
    it for itself; and where Numba finds neither OpenMP nor TBB its "workqueue" layer allows only one Python
    thread at a time to run parallel kernels.

    Parameters
    ----------
    count
        From 1 to the size of the pool (`NUMBA_NUM_THREADS`); all processors of this process if None.

    Returns
    -------
    int
        The number now in force.

    Raises
    ------
    ValueError
        If `count` is outside the pool.
    """
    pool = int(numba_config.NUMBA_NUM_THREADS)
    if count is None:
        count = min(cpu_count(), pool)
    if not 1 <= count <= pool:
        raise ValueError(f"threads must be from 1 to {pool} on this machine, not {count}")
    numba.set_num_threads(count)
    return count


_threads_defaulted = False


def _default_threads() -> None:
    """Once, when the first parallel kernel appears: use the processors there are, not the whole pool."""
    global _threads_defaulted
    if not _threads_defaulted:
        _threads_defaulted = True
        set_threads()
