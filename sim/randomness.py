"""Addressed random numbers: every draw is a pure function of (seed, registered stream, key).

Draws are not consumed but looked up, so that a person, a note or a day more leaves all other draws as they
were, and two scenarios that share a seed differ only where the plan made a difference. This module gathers
what a phase needs; `docs/randomness.md` explains it and lists the streams.
"""

from __future__ import annotations

from sim.keyed_tree import *  # noqa: F403
from sim.philox import *  # noqa: F403
from sim.samplers import *  # noqa: F403
from sim.streams import *  # noqa: F403
