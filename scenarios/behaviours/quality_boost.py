"""L12 优质内容加推: every day editors hold places in the feed for the notes that they think best.

What is boosted takes the attention of what is not, since sessions are finite: crowding out is not modelled
here, it happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.levers import Lever
from scenarios.registry import behaviour
from sim.levers import BoostOffer

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk


@behaviour("quality_boost")
class QualityBoost(Lever):
    """Offers a boost a day; its factor grows with the ramp."""

    def dawn(self, desk: Desk, action: Action, day: int) -> None:
        """Offer today's boost and pay the editors."""
        if action.exhausted(desk):
            return
        people = action.people(desk)
        desk.offer(
            BoostOffer(
                action=action.row,
                authors=np.ones(len(desk.visible("members.id")), bool) if people is None else people,
                factor=1.0 + (action["factor"] - 1.0) * action.power(day),
                quality_floor=action["quality_floor"],
                max_age=int(action["max_age"]),
                places=action["places"],
            )
        )
        self.pay(desk, action, day)
