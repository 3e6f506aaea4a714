"""Sessions: members open the app, look at places, react, and leave when patience ends (attention is finite)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.phases.base import Phase
from sim.phases.distribution.ads import settle_ads
from sim.phases.sessions.protocol import block_size, buffers, history_words, play_sessions, reduce_counts
from sim.state import schema as s
from sim.threads import by_rows, in_threads

if TYPE_CHECKING:
    from sim.model import Community

EVENT_ROOM = 1 << 14
"""Events a thread holds before they are fetched; fetching early changes nothing."""


def add_counts(community: Community) -> None:
    """Add to the notes' histories what the threads have counted since the last time."""
    counts = community.counters()
    history = history_words(community.state.note_history.array)
    # an impression comes with all else that is counted on a note
    listings = np.flatnonzero(counts[:, s.C_IMPRESSIONS].any(axis=0))
    rows = community.feeds.rows(listings)
    by_rows(
        community.threads,
        len(rows),
        lambda first, last: reduce_counts(counts, history, listings[first:last], rows[first:last]),
    )


def run(community: Community) -> None:
    """Play the slot, by kernel or agent by agent; both count into the same totals and leave the same events."""
    threads = community.threads
    counts = community.counters()
    tally = np.zeros((threads, s.N_SURFACES, s.N_TIERS, s.N_COUNTERS), np.int64)
    pace = round(community.config.platform.seconds_impression)
    fetched = [community.sessions_in_python(counts[0], tally[0], pace)]
    if community.config.run.engine == "kernels":
        world, members = community.frozen(), len(community.state.members)
        size = block_size(members, threads)
        blocks = iter(range(0, members, size))  # shared: whoever is done takes the next one

        def play(thread: int) -> tuple[list[npt.NDArray[Any]], int]:
            own = buffers(counts[thread], tally[thread], EVENT_ROOM)
            events, cursor = own[2], own[3]
            at = np.zeros(1, np.int64)
            parts = []
            play_range: Any = play_sessions
            for first in blocks:
                at[0], end = first, min(first + size, members)
                while at[0] < end:
                    play_range(*world, own, at, end, pace)
                    if at[0] < end:  # no room for more events
                        parts.append(events[: cursor[0]].copy())
                        cursor[0] = 0
            return [*parts, events[: cursor[0]]], int(cursor[1])

        for parts, played in in_threads(threads, play, range(threads)):
            fetched += parts
            community.count("sessions", played)
    add_counts(community)
    community.totals += tally.sum(axis=0)
    community.events = np.zeros(0, s.EVENTS.dtype)
    community.add_events(np.concatenate(fetched))
    settle_ads(community)


PHASE = Phase(
    name="sessions",
    when="slot",
    reads=("members", "profiles", "notes", "groups", "graph", "feeds", "levers", "clock"),
    writes=("profiles", "note_history", "totals", "events", "ads", "brands.spent_week", "ledger"),
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
