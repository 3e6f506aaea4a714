"""A diary of a run: who came on which day, who clicked on and bought what, for comparisons of runs that share their people.

Counters of a world say how much; an effect on those who were near a badge, or who held a coupon, asks who. Rows of members are
the same in all runs of a seed, so the same people are found in each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.model import Community
from sim.phases.base import Phase
from sim.phases.rewards import STEPS
from sim.state import schema as s

ORDER_COLUMNS = ("day", "member", "topic", "paid", "listed", "coupon", "here", "units")
CLICK_COLUMNS = ("day", "member", "topic")


@dataclass
class Diary:
    """Kept while a run is played: give it the community before the first day, and let it write after each.

    Attributes
    ----------
    start
        Columns of members at the start, by name: equal in all runs of a seed.
    visits
        Who came, bool [members], a day each.
    holders
        Who holds a coupon in the evening, likewise.
    levels
        Level of each member in the evening, uint8 [members], a day each.
    """

    start: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    visits: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    holders: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    levels: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    _orders: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _clicks: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def open(self, community: Community) -> None:
        """Note down how everybody begins, and listen to product clicks, which leave no trace."""
        state = community.state
        profiles = state.profiles.rows
        self.start = {name: profiles[name].copy() for name in ("aips", "fan_class", "level")}
        step = community.config.platform.points_first_level * np.array(STEPS)[profiles["level"]]
        self.start["way"] = np.minimum(1.0, profiles["points"] / step)
        self.start["here"] = (state.members["flags"] & (s.ON_PLATFORM | s.BOT)) == s.ON_PLATFORM
        at = next(i for i, phase in enumerate(community.phases) if phase.name == "orders")
        listen = Phase(
            "listening", "slot", ("events",), (), self._listen, "", (), "", "Product clicks", "商品点击"
        )
        community.phases = (*community.phases[:at], listen, *community.phases[at:])

    def write(self, community: Community) -> None:
        """Note down the day that has just been played."""
        state = community.state
        flags, profiles = state.members["flags"], state.profiles.rows
        wanted = s.ON_PLATFORM | s.ON_TODAY
        self.visits.append((flags & wanted) == wanted)
        self.holders.append(profiles["coupon"] >= 0)
        self.levels.append(profiles["level"].copy())
        orders = state.orders_of(community.world_day - 1)
        columns = (
            np.full(len(orders), community.day - 1),
            orders["member"],
            state.products["topic"][orders["product"]],
            orders["paid"],
            orders["paid"] + orders["discount"],
            orders["coupon"] >= 0,
            orders["on_platform"],
            orders["units"],
        )
        self._orders.append(np.stack([np.asarray(c, np.int64) for c in columns], axis=1))

    def _listen(self, community: Community) -> None:
        clicks = community.events[community.events["kind"] == s.E_CLICK]
        topic = community.state.notes["topic"][clicks["note"]]
        columns = (np.full(len(clicks), community.day), clicks["member"], topic)
        self._clicks.append(np.stack([np.asarray(c, np.int64) for c in columns], axis=1))

    @property
    def orders(self) -> pd.DataFrame:
        """Orders of the run: day, member row, topic, fen paid and at list price, coupon, here, units."""
        return _frame(self._orders, ORDER_COLUMNS)

    @property
    def clicks(self) -> pd.DataFrame:
        """Product clicks of the run: day, member row, topic of the note."""
        return _frame(self._clicks, CLICK_COLUMNS)

    def days_of_visit(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Days from ``first`` up to and without ``last`` on which each member of the start came, int64 [members]."""
        size = len(self.start["here"])
        days = [day[:size] for day in self.visits[first:last]]
        return np.asarray(np.sum(days, axis=0), np.int64) if days else np.zeros(size, np.int64)


def _frame(parts: list[npt.NDArray[np.int64]], names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(np.concatenate([np.zeros((0, len(names)), np.int64), *parts]), columns=list(names))
