"""Ctrl-C stays Ctrl-C, and comes when nothing is half-done.

A library that meets it in the midst of its work may put an error of its own in its place: OmegaConf ends a node's
construction in a ``finally`` that fails when the construction was cut short, so that what arrives is an ``AttributeError``.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_seen = False


def _note(number: int, frame: FrameType | None) -> None:
    global _seen
    _seen = True
    signal.default_int_handler(number, frame)


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Within the block an error that follows an interrupt arrives as the interrupt it was.

    Changes nothing outside the main thread, or where another handler than Python's own has been set. Blocks may be nested.

    Raises
    ------
    KeyboardInterrupt
        In place of any error raised in the block after SIGINT came.
    """
    global _seen
    before = signal.getsignal(signal.SIGINT)
    if not _in_main_thread() or before not in (signal.default_int_handler, _note):
        yield
        return
    if before is not _note:
        _seen = False
        signal.signal(signal.SIGINT, _note)
    try:
        yield
    except Exception as error:
        if _seen:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """An interrupt within the block comes at its end; a process started in it never gets one, so that its parent ends it.

    The mask of signals is what the child inherits. It does not keep this process from the interrupt, which the system may
    hand to any thread of a library; Python then runs the handler in the main one.
    """
    if not hasattr(signal, "pthread_sigmask") or not _in_main_thread():
        yield
        return
    from multiprocessing import resource_tracker  # here, since most verbs start no process

    # The first process that is started starts the tracker, which ends by letting interrupts through again.
    resource_tracker.ensure_running()
    came: list[tuple[int, FrameType | None]] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if came and callable(handler):
            handler(*came[0])


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
