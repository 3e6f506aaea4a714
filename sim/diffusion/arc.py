"""One arc's draw: does what a followee passes on reach a follower? The only place where an influence arc is decided."""

from __future__ import annotations

import numpy as np

from sim._numba import njit
from sim.randomness import S_PASS, block, uniform


@njit("Tuple((b1,i8))(u8,i8,i8,i8,f8)")
def passes(seed, item, follower, followee, probability):  # type: ignore[no-untyped-def]
    """Whether an item goes from ``followee`` to ``follower``, and the minutes it takes.

    Parameters
    ----------
    seed
        uint64; for items with a key of 64 bits the subkey that stands for its upper half.
    item, follower, followee
        Key words: the item (a note's lower key half, a simulation run), and both ends' permanent ids.
    probability
        Of passing, in [0, 1].

    Returns
    -------
    bool, int
        Whether it passes; delay in minutes, exponential in steps of a geometric with mean 20 (C4: half of all within an
        hour).
    """
    w0, w1, _, _ = block(seed, S_PASS, item, follower, followee, 0)
    hit = uniform(w0) < probability
    # count of leading zeros of a word is geometric with p = 1/2; fourteen minutes a step halve as the half-life does
    minutes = np.int64(0)
    bits = np.int64(w1)
    while minutes < 14 * 31 and (bits & 1) == 0:
        minutes += 14
        bits >>= 1
    return hit, minutes + np.int64(w1 >> np.uint32(28))


@njit
def topic_chance(pass_on, interest):  # type: ignore[no-untyped-def]
    """Probability of passing to a follower to whom the topic means so much (0 to 1): min(1, pass_on (0.4 + 2 interest)).

    Whom the topic leaves cold is reached less often: C5, spread limited by interest (Goel, Munagala, Sharma and Zhang);
    the two numbers are an assumption.
    """
    return np.minimum(1.0, pass_on * (0.4 + 2.0 * interest))
