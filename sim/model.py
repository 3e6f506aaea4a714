"""The community: a Mesa model whose day is an ordered, printable table of phases over tables of columns.

`Community.step` walks the table once. The world it holds is a warmed sample: after construction, `warm_up` plays
``warmup_days`` under the baseline, unreported; a plan speaks only from day 0 on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim.agents import Members, agent_classes
from sim.agents.mesa_api import Model
from sim.config import Calendar, CommunityConfig, FlatCalendar, Policy
from sim.engine import Engine
from sim.graph import FollowerGraph, GraphDelta
from sim.kpis import Kpis
from sim.ledger import Ledger
from sim.levers import LeverTable
from sim.memory import require_memory
from sim.phases import ORDER, Phase
from sim.phases.distribution import learn, retire
from sim.phases.sharing import CASCADE_DTYPE
from sim.processors import cpu_count
from sim.records import NoteArchive
from sim.snapshots import members_of, part, restore, world_arrays
from sim.state import schema as s
from sim.state.tables import State
from sim.threads import by_rows
from sim.world import build_world, graph_from_file

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


def _impressions(events: Array) -> npt.NDArray[np.int64]:
    """Member and impression of each event in one number."""
    place: npt.NDArray[np.int64] = events["member"].astype(np.int64) << 16 | events["order"]
    return place


class Community(Model):
    """A social-commerce community, member by member.

    Parameters
    ----------
    config
        What the world is made of.
    seed
        Random seed, 0 to 2**64 - 1; people, graph and every later draw follow from it.
    policy
        The plan; None for the baseline.
    calendar
        Weekdays, holidays and seasons; flat if None.
    graph
        A follower graph to use in place of the configured one; its members are the first rows, and their
        number replaces ``world.members``.
    """

    def __init__(
        self,
        config: CommunityConfig | None = None,
        seed: int = 0,
        policy: Policy | None = None,
        calendar: Calendar | None = None,
        graph: FollowerGraph | None = None,
        *,
        arrays: dict[str, Array] | None = None,
    ) -> None:
        super().__init__(rng=seed % 2**32)
        self.config = config or CommunityConfig()
        if arrays is None and graph is None and self.config.graph.kind == "edges":
            graph = graph_from_file(self.config.graph)
        members = len(graph) if graph is not None else self.config.world.members
        if arrays is not None:
            members = members_of(arrays)
        if members != self.config.world.members:  # a graph from outside says how many there are
            world = self.config.world
            world = replace(world, members=members, represents=max(world.represents, float(members)))
            self.config = replace(self.config, world=world)
        if arrays is None:
            require_memory(self.config, arcs=None if graph is None else graph.number_of_edges())
        self.seed = int(seed)
        self.policy = policy
        self.calendar: Calendar = calendar or FlatCalendar()
        self.threads = self.config.run.threads or cpu_count()
        self.phases: tuple[Phase, ...] = ORDER
        self.state = State()
        self.platform = t.platform_record(self.config.platform)
        self.levers = LeverTable.create(dict(self.config.platform.mechanisms))
        self.ledger = Ledger()
        self.world_day = 0
        self.slot = 0
        self.today: dict[str, Any] = {}
        self.totals = np.zeros((s.N_SURFACES, s.N_TIERS, s.N_COUNTERS), np.int64)
        self.running_totals = np.zeros((self.config.world.slots, s.N_SURFACES, s.N_COUNTERS), np.int64)
        self.events = np.zeros(0, s.EVENTS.dtype)
        self.follows_today: list[tuple[Array, Array]] = []
        self.shocks: list[Any] = []
        self.mean_value = 0.012
        self.ad_places = 0.0
        self._counters = np.zeros((0, s.N_COUNTERS, 0), np.int32)
        self._cascades: list[Array] = []
        self._archive = NoteArchive()
        self.warming_up = arrays is None and self.config.warmup_days > 0
        clock = self.state.clock.array
        clock["seed"] = self.seed
        clock["slots"] = self.config.world.slots
        clock["weight"] = self.config.world.weight
        platform = self.config.platform
        clock["surface_cut"] = np.cumsum(
            [
                platform.surface_discovery,
                platform.surface_following,
                platform.surface_search,
                platform.surface_groups,
            ]
        )
        if arrays is None:
            build_world(self, graph)
        else:
            restore(self, arrays)
        self.kpis = Kpis(self)
        if arrays is not None:
            self.kpis.load(part(arrays, "kpis/"))
        self.agent_classes = agent_classes(self.config.agents)
        self.bulk_methods: dict[str, Callable[..., Any]] = {}
        self._members = Members(self)
        self.engine = Engine(self)

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def day(self) -> int:
        """Day of the run: 0 is the first reported one, negative while warming up."""
        return self.world_day - self.config.warmup_days

    @property
    def date(self) -> date:
        """Calendar date of the present day."""
        return self.config.start + timedelta(days=self.day)

    @property
    def clock(self) -> Array:
        """The clock table, one row, as compiled code takes it."""
        return self.state.clock.array

    def step(self) -> None:
        """Play one day: dawn, slots, dusk, and on every seventh day the weekly phases."""
        self.clock["day"] = self.world_day
        self.today = {}
        self.totals[:] = 0
        self.state.note_history["day_totals"] = 0
        self.engine.flag()
        self._play("dawn")
        for slot in range(self.config.world.slots):
            self.slot = slot
            self.clock["slot"] = slot
            self._play("slot")
            self.running_totals[slot] = self.totals.sum(axis=1)
        self.slot = self.config.world.slots - 1
        learn(self)
        if self.world_day % 7 == 6:
            self._play("weekly")
        self._play("dusk")
        retire(self)
        self.world_day += 1

    def _play(self, when: str) -> None:
        for phase in self.phases:
            if phase.when == when:
                if self.config.run.debug:
                    self.engine.guarded(phase)
                else:
                    phase.run(self)

    def run_days(self, days: int, progress: Callable[[int], None] | None = None) -> None:
        """Play ``days`` days; ``progress`` is told the day after each."""
        for _ in range(days):
            self.step()
            if progress is not None:
                progress(self.day)

    def warm_up(self, progress: Callable[[int], None] | None = None) -> None:
        """Play the warm-up under the baseline; its figures are not reported."""
        while self.day < 0:
            self.step()
            if progress is not None:
                progress(self.day)
        self.finish_warm_up()

    def finish_warm_up(self) -> None:
        """From here on the plan speaks and figures count."""
        self.warming_up = False
        self.ledger.mark(self.world_day)
        self.kpis.start()
        self._cascades = []
        self._archive = NoteArchive()

    # --- parts ----------------------------------------------------------------------------------------------------

    @property
    def agents(self) -> Members:
        """Everybody on the platform, as a Mesa AgentSet backed by columns."""
        return self._members

    @property
    def graph(self) -> FollowerGraph:
        """The follower graph as it is now; a view taken earlier keeps its version."""
        return self.delta.graph_view()

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Sets of members by the class of their tier."""
        return self._members.by_type()

    @property
    def agent_types(self) -> list[type]:
        """Classes of the members that there are."""
        return list(self._members.by_type())

    def reset_graph(self, graph: FollowerGraph) -> None:
        """Take a follower graph over as the base of all later follows."""
        self.delta = GraphDelta(graph)

    @property
    def audience(self) -> int:
        """Members on the platform."""
        flags = self.state.members["flags"]

        def present(first: int, last: int) -> int:
            return int(np.count_nonzero(flags[first:last] & s.ON_PLATFORM))

        return sum(by_rows(self.threads, len(flags), present))

    def frozen(self) -> tuple[Any, ...]:
        """The world as sessions read it in one slot, in the order of `sim.phases.sessions.protocol.session`."""
        return (
            self.state.members.rows,
            self.state.profiles.rows,
            self.state.shown.array,
            self.state.groups.array,
            self.delta.arrays(),
            (self.feeds.pairs, self.feeds.ads, self.state.latest.rows),
            self.levers.table,
            self.platform,
            self.clock,
        )

    # --- what phases hand over ------------------------------------------------------------------------------------

    def count(self, name: str, value: float | Array = 1) -> None:
        """Add to one of today's figures, for the KPIs; an array where the figure has a breakdown."""
        self.today[name] = self.today.get(name, 0) + value

    def counters(self) -> Array:
        """Counters of notes, int32 [threads, counters, listings]; empty between phases, kept between slots."""
        shape = (self.threads, s.N_COUNTERS, self.feeds.listed.size)
        if self._counters.shape != shape:
            self._counters = np.zeros(shape, np.int32)
        return self._counters

    def add_events(self, events: Array) -> None:
        """Add events of the slot as they are counted, by listing; follows are noted for dusk.

        They are kept by row of the note, in the order of member and impression. Of one impression's events all come at once.
        """
        events["note"] = self.feeds.rows(events["note"])
        follows = events[events["kind"] == s.E_FOLLOW]
        if len(follows):
            author = self.state.notes.array["author"][follows["note"]]
            self.follows_today.append((follows["member"].copy(), author))
        place = _impressions(events)
        order = np.lexsort((events["note"].astype(np.int64) << 8 | events["kind"], place))
        events = events[order]
        if len(self.events):
            events = np.insert(self.events, np.searchsorted(_impressions(self.events), place[order]), events)
        self.events = events

    def record_cascades(self, cascades: Array) -> None:
        """Keep the arcs of cascades."""
        if len(cascades) and not self.warming_up:
            self._cascades.append(cascades.copy())

    def archive_notes(self, rows: Array) -> None:
        """Keep the final record of notes that leave."""
        if not self.warming_up:
            self._archive.add(self, rows)

    # --- Python engine --------------------------------------------------------------------------------------------

    def sessions_in_python(self, counts: Array, tally: Array, pace: int) -> Array:
        """Sessions of those who are decided in Python (with the agents engine, everybody); returns their events."""
        return self.engine.sessions(counts, tally, pace)

    def plan_in_python(self, plans: Array) -> None:
        """Posting plans of those who are decided in Python, written into ``plans``."""
        self.engine.plans(plans)

    def decide(self, decision: str, row: int, *arguments: Any) -> int:
        """The compiled decision for one person, what a tier's own method does by default."""
        return self.engine.decide(decision, row, *arguments)

    # --- results --------------------------------------------------------------------------------------------------

    def cascades_frame(self) -> pd.DataFrame:
        """Every arc along which a note was passed on: ids, generation, minutes."""
        import pandas as pd

        empty = np.zeros(0, CASCADE_DTYPE)
        return pd.DataFrame(np.concatenate([empty, *self._cascades]))

    def notes_frame(self) -> pd.DataFrame:
        """Every note of the run, those removed and those still live, with its counters."""
        return self._archive.frame(self)

    # --- snapshots ------------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, Array]:
        """The whole world as plain arrays, between two days."""
        return world_arrays(self)

    @classmethod
    def from_arrays(
        cls,
        config: CommunityConfig,
        seed: int,
        arrays: dict[str, Array],
        policy: Policy | None = None,
        calendar: Calendar | None = None,
    ) -> Community:
        """A community that goes on where `arrays` was called."""
        return cls(config, seed, policy, calendar, arrays=arrays)
