"""Sessions: members open the app, look at places, react, and leave when patience ends (attention is finite)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.phases.base import Phase
from sim.phases.distribution.ads import settle_ads
from sim.phases.sessions.protocol import EVENTS_A_SESSION, reduce_counts, sessions_kernel
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

EVENT_ROOM = 1 << 16
"""Events a thread holds before they are fetched; fetching early changes nothing."""


def run(community: Community) -> None:
    """Play the slot, by kernel or agent by agent; both count into the same totals and leave the same events."""
    threads = community.threads
    counts = community.counters(threads)
    tally = np.zeros((threads, s.N_SURFACES, s.N_TIERS, s.N_COUNTERS), np.int64)
    fetched = []
    pace = round(community.config.platform.seconds_impression)
    if community.config.run.engine == "kernels":
        events = np.zeros((threads, EVENT_ROOM + EVENTS_A_SESSION), s.EVENTS.dtype)
        cursors = np.zeros((threads, 1), np.int64)
        progress = np.arange(threads, dtype=np.int64)[:, None] * np.int64(512)
        while True:
            sessions_kernel(*community.frozen(), counts, tally, events, cursors, progress, pace)
            fetched += [events[k, : cursors[k, 0]].copy() for k in range(threads)]
            cursors[:] = 0
            if (progress >= len(community.state.members)).all():
                break
    fetched.append(community.sessions_in_python(counts[0], tally[0], pace))
    reduce_counts(counts, community.state.note_history.array, len(community.state.notes))
    community.totals += tally.sum(axis=0)
    community.events = np.zeros(0, s.EVENTS.dtype)
    community.add_events(np.concatenate(fetched))
    settle_ads(community)


PHASE = Phase(
    name="sessions",
    when="slot",
    reads=("members", "profiles", "notes", "groups", "graph", "feeds", "levers", "clock"),
    writes=("profiles", "note_history", "totals", "events", "ads", "ledger"),
    run=run,
    equation=(
        "odds(read) = exp(level(surface) + 1.1 match + 0.45 taste + 0.35 cover + ...) x action.read; "
        "each reaction likewise; a session ends when an exponential patience is used up"
    ),
    facts=("E4", "E7", "E8", "E9", "R7", "R8", "R9", "K11", "O13"),
    test="tests/sim/phases/test_sessions.py::test_without_sessions_nobody_sees_anything",
    en="Sessions",
    zh="浏览与互动",
)
