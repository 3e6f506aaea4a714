"""A small world with people, products and notes but without sessions, so that trade can be tested by itself
in a second."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim import types as t
from sim.config import CommunityConfig, WorldConfig
from sim.ledger import Ledger
from sim.levers import LeverTable
from sim.randomness import blocks
from sim.state import schema as s
from sim.state.tables import State

WARMUP = 3


class TradeWorld(SimpleNamespace):
    """What the phases of trade ask of a community."""

    threads = 1

    @property
    def day(self) -> int:
        return self.world_day - self.config.warmup_days

    @property
    def clock(self) -> Any:
        return self.state.clock.array

    def count(self, name: str, value: float = 1) -> None:
        self.today[name] = self.today.get(name, 0) + value

    def set_day(self, day: int) -> None:
        """Begin a day."""
        self.world_day = day
        self.clock["day"] = day
        self.today = {}
        self.totals[:] = 0
        self.state.note_history["day_totals"] = 0
        self.levers.clear()
        self.set_slot(0)

    @property
    def running_totals(self) -> Any:
        return self.totals.sum(axis=1)[None]

    def set_slot(self, slot: int) -> None:
        self.slot = slot
        self.clock["slot"] = slot
        self.events = np.zeros(0, s.EVENTS.dtype)

    def click(self, members: Any, notes: Any, surface: int = s.DISCOVERY) -> None:
        """Product clicks in the present slot, one for each member and note."""
        events = np.zeros(len(members), s.EVENTS.dtype)
        events["member"] = members
        events["note"] = notes
        events["kind"] = s.E_CLICK
        events["surface"] = surface
        self.events = events
        tier = self.state.members["tier"][members]
        np.add.at(self.totals, (surface, tier, s.C_CLICKS), 1)


def trade_world(members: int = 4_000, seed: int = 1, **platform: float) -> TradeWorld:
    """A world of ``members`` people on the platform and a tenth more outside, a linked note for every
    product."""
    from sim.world.market import build_market

    base = CommunityConfig(
        world=WorldConfig(members=members, represents=2_000.0 * members), warmup_days=WARMUP
    )
    config = replace(base, platform=replace(base.platform, **platform))
    state = State()
    world = TradeWorld(
        config=config,
        seed=seed,
        state=state,
        platform=t.platform_record(config.platform),
        levers=LeverTable.create(),
        ledger=Ledger(),
        totals=np.zeros((s.N_SURFACES, s.N_TIERS, s.N_COUNTERS), np.int64),
        today={},
        events=np.zeros(0, s.EVENTS.dtype),
        policy=None,
        world_day=0,
        slot=0,
    )
    clock = state.clock.array
    clock["seed"], clock["slots"], clock["weight"] = seed, config.world.slots, config.world.weight
    clock["demand"], clock["topic_demand"], clock["activity"] = 1.0, 1.0, 1.0
    clock["hour_share"][0, : config.world.slots] = 1.0 / config.world.slots
    people = members + members // 10
    for table in (state.members, state.profiles):
        table.take(people)
    rows = state.members.array
    rows["id"] = np.arange(people)
    rows["flags"][:members] = s.ON_PLATFORM | s.ON_TODAY
    interest = blocks(seed, 250, rows["id"]) % 16
    for k in range(4):  # four topics a member, with repetition
        np.add.at(rows["interest"], (np.arange(people), interest[:, k]), 60)
    rows["interest"][:, 0] += 15
    rows["trust"] = 0.6
    profiles = state.profiles.array
    profiles["stage"][:members] = s.PARTICIPATION
    profiles["price_sensitivity"] = -2.62
    profiles["satisfaction"] = 0.6
    profiles["habit"] = 0.25
    profiles["joined"] = -200
    profiles["joined"][members:] = -32768
    profiles["group"] = profiles["creator"] = profiles["coupon"] = -1
    build_market(world)
    notes = state.notes.take(len(state.products))
    state.note_history.take(len(state.products))
    table = state.notes.array
    table["key"][notes] = 1_000 + notes
    table["product"][notes] = notes
    table["topic"][notes] = state.products["topic"]
    table["flags"][notes] = s.LINKED
    table["status"][notes] = s.LIVE_NOTE
    table["contract"][notes] = table["creator"][notes] = -1
    return world
