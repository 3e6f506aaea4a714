"""A desk without a world: tables filled by hand, so that levers and segments are tested in milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from scenarios.library import Library
from sim.config import CommunityConfig
from sim.ledger import Ledger
from sim.levers import CostOffer, Desk, LeverTable
from sim.state import schema as s
from sim.state.tables import State

CONF = Path(__file__).parents[2] / "conf"
LIBRARY = Library((CONF,))
WEIGHT = 2_000.0


class World:
    """What a desk asks of a community, with ``persons`` people of whom the last tenth are prospects.

    Every tenth person writes; followers of authors run from 5 to 1,500, a few of them heads. One focal
    brand sells one product for 199 yuan.
    """

    def __init__(self, persons: int = 2_000, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        self.seed = seed
        self.world_day = 28
        self.config = CommunityConfig()
        self.levers = LeverTable.create()
        self.today: dict[str, float] = {}
        self.ledger = Ledger()
        self.state = State()
        self.clock = self.state.clock.array
        self.clock["weight"] = WEIGHT
        for name, rows in (("members", persons), ("profiles", persons), ("creators", persons // 10)):
            self.state[name].take(rows)
        members, profiles, creators = (self.state[n] for n in ("members", "profiles", "creators"))
        members["id"] = np.arange(persons) + 1_000
        members["flags"] = np.where(np.arange(persons) < 0.9 * persons, s.ON_PLATFORM, 0)
        members["tier"] = np.arange(persons) % 4
        members["interest"] = rng.multinomial(255, np.full(s.N_TOPICS, 1 / s.N_TOPICS), persons)
        profiles["creator"] = -1
        profiles["group"] = -1
        profiles["coupon"] = -1
        profiles["last_order"] = -32768
        profiles["stage"] = 1 + np.arange(persons) % 6
        profiles["demographics"] = rng.integers(0, 2**16, persons)
        profiles["active_days"] = rng.integers(0, 2**32, persons)
        profiles["orders"] = rng.poisson(0.5, persons)
        rows = np.arange(len(creators)) * 9
        creators["member"] = rows
        creators["followers"] = np.geomspace(5, 1_500, len(creators)).astype(np.int64)
        creators["verticals"] = np.stack([np.arange(len(creators)) % 3, np.full(len(creators), 5)], axis=1)
        profiles["creator"][rows] = np.arange(len(creators))
        self.state.notes.take(len(creators))
        self.state.note_history.take(len(creators))
        self.state.notes["status"] = s.LIVE_NOTE
        self.state.notes["share"] = 1.0
        self.state.notes["creator"] = np.arange(len(creators))
        self.state.note_history["totals"] = rng.poisson(20, (len(creators), s.N_COUNTERS))
        self.state.brands.take(2)
        self.state.brands["focal"] = [0, 1]
        self.state.products.take(3)
        self.state.products["brand"] = [0, 1, 0]
        self.state.products["price"] = [9_900, 19_900, 4_900]
        self.state.products["topic"] = [0, 0, 2]

    @property
    def day(self) -> int:
        return self.world_day - 28

    @property
    def audience(self) -> int:
        return int(np.count_nonzero(self.state.members["flags"] & s.ON_PLATFORM))

    def count(self, name: str, value: float = 1) -> None:
        """What a plan reports of its own work."""
        self.today[name] = self.today.get(name, 0.0) + value

    def desk(self) -> Desk:
        """Today's desk, with yesterday's offers gone."""
        self.levers.clear()
        return Desk(self)  # type: ignore[arg-type]

    def end_day(self) -> None:
        """Book what was offered as plain cost, and go to the next day."""
        for offer in self.levers.offers:
            if isinstance(offer, CostOffer):
                self.ledger.book(
                    self.world_day, offer.payer, offer.account, offer.what, offer.amount, offer.action
                )
        self.ledger.close(self.world_day)
        self.world_day += 1

    def offers(self, kind: type[Any]) -> list[Any]:
        """Today's offers of a kind."""
        return [offer for offer in self.levers.offers if isinstance(offer, kind)]
