"""Two engines, one behaviour: the protocol compiled for everybody at once, or interpreted agent by agent.

With ``engine=agents`` every member is stepped in Python, one call a decision; with ``engine=kernels`` only members of a
class that overrides a decision are. Decisions are the same compiled functions, so results are equal to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.agents import agent_classes, call_view, overridden, python_tiers, rebind
from sim.phases.attendance import attends, revise
from sim.phases.base import Phase
from sim.phases.posting import plan_posts
from sim.phases.sessions.places import AHEAD, LISTING_MASK, SURFACE_SHIFT, choose, open_session, scratch
from sim.phases.sessions.protocol import buffers, session
from sim.phases.sessions.reactions import react
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

Array = npt.NDArray[Any]

EVENT_ROOM = 1 << 14


class Engine:
    """What is run in Python for one community.

    Parameters
    ----------
    community
        The model; ``config.agents`` maps a tier's name to the registered name of a subclass.
    """

    def __init__(self, community: Community) -> None:
        self.community = community
        self.classes = agent_classes(community.config.agents)
        self._python = python_tiers(self.classes)
        self._decisions = [overridden(cls) for cls in self.classes]
        self._protocols = [rebind(session, self._replacements(decisions)) for decisions in self._decisions]

    @property
    def overrides(self) -> bool:
        """Whether any tier decides something in Python."""
        return bool(self._python.any())

    def _replacements(self, decisions: dict[str, Any]) -> dict[str, Callable[..., Any]]:
        """Functions that the protocol calls in place of compiled decisions, for a class that overrides some."""
        community = self.community
        found: dict[str, Callable[..., Any]] = {}
        if "open_session" in decisions:
            found["open_session"] = call_view(
                community, "open_session", lambda members, profiles, levers, platform, clock, i: (i,)
            )
        if "choose" in decisions:
            ask = call_view(community, "choose", lambda i, k: (i, k))

            def choose_each(*arguments: Any) -> None:
                *_, i, k, count, room = arguments
                for j in range(count):
                    room[1][j] = self._by_listing(ask(i, k + j))

            found["choose"] = choose_each
        if "react" in decisions:
            # opening a note is a part of the reaction: every place is handed over as if it were opened
            found["glance"] = lambda *arguments: (1 << AHEAD) - 1
            found["respond"] = call_view(
                community,
                "react",
                lambda members, shown, levers, platform, clock, i, place, k, *drawn: (
                    i,
                    self._by_row(place) & LISTING_MASK,
                    place >> SURFACE_SHIFT,
                    k,
                ),
            )
        return found

    def _by_row(self, place: int) -> int:
        """A place as agents know it, by row of the note, from one of the sessions, by listing."""
        if place < 0:
            return -1
        return int(self.community.feeds.listed.flat[place & LISTING_MASK]) | place & ~LISTING_MASK

    def _by_listing(self, place: int) -> int:
        """The inverse of `_by_row`."""
        if place < 0:
            return -1
        return int(self.community.state.notes.array["listing"][place & LISTING_MASK]) | place & ~LISTING_MASK

    def flag(self) -> None:
        """Mark the members who are decided in Python, so that kernels leave them out."""
        if not self.overrides:
            return
        members = self.community.state.members
        flags = members["flags"] & np.uint8(0xFF ^ s.PYTHON)
        members["flags"] = flags | np.where(self._python[members["tier"]], np.uint8(s.PYTHON), np.uint8(0))

    def _rows(self) -> Array:
        """Rows present today that are run in Python, ascending."""
        wanted = s.ON_TODAY | s.ON_PLATFORM
        if self.community.config.run.engine == "kernels":
            if not self.overrides:
                return np.zeros(0, np.int64)
            wanted |= s.PYTHON
        flags = self.community.state.members["flags"]
        return np.flatnonzero((flags & wanted) == wanted)

    def attendance(self) -> None:
        """Ask the members who decide about their visits themselves."""
        tiers = [tier for tier, decisions in enumerate(self._decisions) if "attend" in decisions]
        if not tiers:
            return
        members = self.community.state.members
        here = (members["flags"] & s.ON_PLATFORM) > 0
        for row in np.flatnonzero(here & np.isin(members["tier"], tiers)).tolist():
            revise(self.community, row, self.community.agents.view(row).attend())

    def sessions(self, counts: Array, tally: Array, pace: int) -> Array:
        """Sessions of the rows that are run in Python, in the order of rows; returns their events.

        Parameters
        ----------
        counts, tally
            int32 [counters, listings] and int64 [surfaces, tiers, counters], added to.
        pace
            Seconds that an impression takes.
        """
        rows = self._rows()
        fetched = [np.zeros(0, s.EVENTS.dtype)]
        before = self.community.state.profiles["day_impressions"][rows]
        if len(rows):
            own = buffers(counts, tally, EVENT_ROOM)
            events, cursor = own[2], own[3]
            world = self.community.frozen()
            tiers = self.community.state.members["tier"][rows].tolist()
            protocols = self._protocols
            for i, tier in zip(rows.tolist(), tiers, strict=True):
                protocols[tier](*world, own, i, pace)
                if cursor[0] > EVENT_ROOM:
                    fetched.append(events[: cursor[0]].copy())
                    cursor[0] = 0
            fetched.append(events[: cursor[0]].copy())
        seen = self.community.state.profiles["day_impressions"][rows] != before
        self.community.count("sessions", int(np.count_nonzero(seen)))
        return np.concatenate(fetched)

    def plans(self, plans: Array) -> None:
        """Posting plans of the creators that are run in Python, written to int64 [creators]."""
        state = self.community.state
        rows = self._rows()
        world = self._posting_world()
        decide: Any = plan_posts
        for i in rows[state.profiles["creator"][rows] >= 0].tolist():
            c = int(state.profiles.array["creator"][i])
            if "plan_posts" in self._decisions[state.members.array["tier"][i]]:
                plans[c] = self.community.agents.view(i).plan_posts()
            else:
                plans[c] = decide(*world, c)

    def _posting_world(self) -> tuple[Any, ...]:
        state = self.community.state
        return (
            state.members.array,
            state.profiles.array,
            state.creators.array,
            self.community.levers.table,
            self.community.clock,
        )

    def decide(self, decision: str, row: int, *arguments: Any) -> int:
        """The compiled decision for one person, never an override.

        Parameters
        ----------
        decision
            ``attend``, ``open_session``, ``choose`` (ordinal), ``react`` (row of the note, surface, ordinal), ``plan_posts``.
        row
            Row of the person.
        """
        members, profiles, shown, groups, arcs, feeds, levers, platform, clock = self.community.frozen()
        if decision == "attend":
            coupons = self.community.state.coupons.array
            return int(attends(members, profiles, coupons, levers, platform, clock, row) > 0)
        if decision == "open_session":
            return int(open_session(members, profiles, levers, platform, clock, row))
        if decision == "choose":
            room = scratch()
            counts = self.community.counters()[0]
            choose(
                members,
                profiles,
                shown,
                counts,
                groups,
                arcs,
                feeds,
                levers,
                clock,
                row,
                arguments[0],
                1,
                room,
            )
            return self._by_row(int(room[1][0]))
        if decision == "react":
            note, surface, order = arguments
            place = self._by_listing(int(note) | int(surface) << SURFACE_SHIFT)
            return int(react(members, shown, levers, platform, clock, row, place, order))
        if decision == "plan_posts":
            creator = int(self.community.state.profiles.array["creator"][row])
            decide: Any = plan_posts
            return int(decide(*self._posting_world(), creator)) if creator >= 0 else 0
        raise KeyError(f"no decision {decision!r}")

    def guarded(self, phase: Phase) -> None:
        """Run a phase, and fail if it wrote to a table that it does not declare."""
        state = self.community.state
        writable = {name.split(".")[0] for name in phase.writes} | {"clock"}
        before = {name: state[name].rows.tobytes() for name in state.names() if name not in writable}
        phase.run(self.community)
        for name, content in before.items():
            if state[name].rows.tobytes() != content:
                raise RuntimeError(f"phase {phase.name} wrote to {name}, which it does not declare")
