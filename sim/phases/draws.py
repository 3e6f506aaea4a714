"""Draws that several phases make in the same way: a topic by a person's interests, a slot by the hours of the day.

Inverse distribution functions over short fixed lists, compiled into their callers.
"""

from __future__ import annotations

import numpy as np

from sim._numba import njit
from sim.randomness import uniform
from sim.state import schema as s

NOBODY = 0xFFFFFFFF
"""Key word of a draw about one member alone, where others have the member, group or account that it is about."""


@njit(forceinline=True, _nrt=False)
def topic_of_interest(members, i, word):  # type: ignore[no-untyped-def]
    """Topic drawn by the interests of row ``i`` (shares in 255ths) with one word."""
    target = np.int64(np.uint64(word) * np.uint64(255) >> np.uint64(32))
    running = np.int64(0)
    for topic in range(s.N_TOPICS - 1):
        running += members[i].interest[topic]
        if target < running:
            return topic
    return s.N_TOPICS - 1


@njit(forceinline=True, _nrt=False)
def too_late(word, rate, shortest):  # type: ignore[no-untyped-def]
    """Whether a waiting time ``-log(u) / rate`` surely is not below ``shortest``: -log(u) is at least 1 - u.

    Where the shortest of many is sought, few logarithms are left to take.
    """
    return (1.0 - uniform(word)) * (1.0 - 1e-9) >= shortest * rate


@njit(forceinline=True, _nrt=False)
def slot_of_day(clock, u):  # type: ignore[no-untyped-def]
    """Slot drawn by the hours at which people are here, with a uniform number."""
    running = 0.0
    for slot in range(clock[0].slots - 1):
        running += clock[0].hour_share[slot]
        if u < running:
            return np.int64(slot)
    return np.int64(clock[0].slots - 1)
