"""L69 优惠活动: price promotions in three forms, a limited time, a threshold, a gift, handed out as coupons are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.behaviours.coupons import Coupons
from scenarios.registry import behaviour
from sim.levers import CouponOffer

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk


@behaviour("price_promotions")
class PricePromotions(Coupons):
    """A time-limited one is good for ``hours_days`` days, a threshold one from a basket on, a gift for less than it costs."""

    def form(self, action: Action) -> tuple[float, float, int]:
        """Depth to the buyer, smallest basket in yuan, days of validity."""
        depth, days = action["depth"], int(action["valid_days"])
        if action["form"] == "time_limited":
            return depth, 0.0, min(days, int(action["limited_days"]))
        if action["form"] == "threshold":
            return depth, action["threshold"], days
        return depth * action["gift_worth"], 0.0, days

    def hand_out(self, desk: Desk, action: Action, day: int, budget: int) -> None:
        """Offer one wave in the form that was asked for."""
        depth, threshold, days = self.form(action)
        desk.offer(
            CouponOffer(
                action=action.row,
                segment=action.members(desk),
                depth=min(0.9, depth * action.power(day)),
                threshold=round(threshold * 100.0),
                days=days,
                budget=budget,
                payer=action.spec.payer,
                topic=self.topic(action),
                brand=self.brand(desk, action),
            )
        )
