"""Calendar: what day it is, and how it changes visits, purchases and the interest in topics."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.phases.base import Phase

if TYPE_CHECKING:
    from sim.model import Community

# Sessions by hour, relative: peaks at 12 to 13 h and 20 to 22 h (R10, weak); the rest is an assumption.
# fmt: off
HOURS = (
    2.2, 1.1, 0.6, 0.4, 0.4, 0.6, 1.4, 2.8, 3.6, 3.8, 4.0, 4.6,
    7.0, 6.2, 4.2, 3.8, 3.9, 4.4, 5.4, 6.4, 8.2, 8.6, 7.2, 4.2,
)
# fmt: on


@lru_cache(maxsize=8)
def _shares(slots: int) -> tuple[float, ...]:
    """Share of a day's sessions in each of ``slots`` equal parts of the day."""
    edges = [24.0 * k / slots for k in range(slots + 1)]
    running = [0.0]
    for hour in HOURS:
        running.append(running[-1] + hour)
    at = []
    for edge in edges:
        whole = min(int(edge), 23)
        at.append(running[whole] + (edge - whole) * HOURS[whole])
    return tuple((b - a) / running[-1] for a, b in pairwise(at))


def hour_share(slots: int) -> npt.NDArray[np.float64]:
    """Share of a day's sessions per slot, float64 [8], zero behind the last slot; it sums to 1.

    Parameters
    ----------
    slots
        Slots a day, 1 to 8.
    """
    out = np.zeros(8)
    out[:slots] = _shares(slots)
    return out


def run(community: Community) -> None:
    """Write the day's factors to the clock."""
    clock = community.clock
    factors = community.calendar.factors(community.date)
    clock["weekday"] = community.date.weekday()
    rush = 1.0 + float(clock["surge"][0])
    clock["activity"] = factors.activity * rush
    clock["demand"] = factors.demand * rush
    clock["topic_demand"] = np.asarray(factors.topic_demand, float)
    clock["hour_share"] = hour_share(community.config.world.slots)
    # what everybody is shown follows the season of the topics
    topics = np.array(community.config.audience.topics, float) * clock["topic_demand"][0]
    if topics.sum() > 0:
        clock["topic_cut"] = np.cumsum(topics / topics.sum())


PHASE = Phase(
    name="calendar",
    when="dawn",
    reads=("clock",),
    writes=("clock",),
    run=run,
    equation=(
        "clock = calendar(date): odds of a visit x activity, odds of an order x demand, topics x season;"
        " sessions by hour with peaks at 12 to 13 h and 20 to 22 h"
    ),
    facts=("R10", "R11"),
    test="tests/sim/phases/test_calendar.py::test_without_the_calendar_a_holiday_changes_nothing",
    en="Calendar",
    zh="日历",
)
