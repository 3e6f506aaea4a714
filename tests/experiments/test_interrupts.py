"""What arrives when Ctrl-C meets a library that turns it into an error of its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from experiments.interrupts import interrupts_deferred, interrupts_kept


def masked(interrupted: bool) -> None:
    """As OmegaConf: what ends in ``finally`` fails, since the work was cut short."""
    try:
        if interrupted:
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        raise AttributeError("no node yet")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_in_disguise_arrives_as_one_and_another_error_as_itself() -> None:
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts_kept(), interrupts_kept():
        masked(True)
    with pytest.raises(AttributeError), interrupts_kept():
        masked(False)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("delivery", [os.kill, signal.pthread_kill], ids=["process", "another thread"])
def test_an_interrupt_waits_until_the_end_of_the_block(delivery: Callable[[int, int], None]) -> None:
    whole = []
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait, args=(30.0,))
    thread.start()
    assert thread.ident is not None
    number = os.getpid() if delivery is os.kill else thread.ident
    with pytest.raises(KeyboardInterrupt), interrupts_deferred():
        delivery(number, signal.SIGINT)
        time.sleep(0.05)
        whole.append("done")
    assert whole == ["done"]
    waiting.set()
    thread.join()
