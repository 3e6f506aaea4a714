"""L59 优惠券: coupons in waves, to a segment, within a budget that their payer bears.

The lever only hands them out. That members redeem, come back for more and learn to wait for the next one is
the world's doing; money of a wave that nobody redeemed goes to the waves after it, and what is left at the
end is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.levers import Lever
from scenarios.registry import behaviour
from sim.errors import ConfigError
from sim.levers import CouponOffer
from sim.randomness import S_LEVER, uniforms
from sim.state.schema import TOPICS

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk

FEW = 30
"""Redemptions below which chance decides what a coupon does."""
UNLIMITED = 2**62


@behaviour("coupons")
class Coupons(Lever):
    """Offers a coupon on the first day and every ``cadence`` days."""

    def check(self, desk: Desk, action: Action) -> None:
        """Refuse a budget that is less than one redemption in this sample."""
        spec = action.spec
        if action["depth"] * spec.strength >= 1.0:
            raise ConfigError(
                f"plan.actions.{spec.name}: depth x strength is {action['depth'] * spec.strength:g}, "
                "it must stay below 1"
            )
        budget = action.budget_fen(desk)
        one = self.redemption(desk, action)
        if budget is None or one <= 0.0:
            return
        if budget < one:
            yuan = one * desk.weight / 100.0
            members = int(np.ceil(desk.audience * yuan / max(spec.budget or 0.0, 1e-9)))
            raise ConfigError(
                f"plan.actions.{spec.name}.budget={spec.budget:.0f} yuan is less than one coupon redeemed "
                f"in this sample, which stands for {yuan:.0f}; "
                f"it needs world.members={members} or more, or that budget"
            )
        if budget < FEW * one:
            action.notes.append(
                f"plan.actions.{spec.name}: the budget is worth {budget / one:.0f} redemptions in this sample"
            )

    def redemption(self, desk: Desk, action: Action) -> float:
        """What one redeemed coupon costs, in fen: its depth of the cheapest product that it is good for."""
        brand, topic = self.brand(desk, action), self.topic(action)
        fits = np.ones(len(desk.visible("products.price")), bool)
        if brand >= 0:
            fits &= desk.visible("products.brand") == brand
        if topic >= 0:
            fits &= desk.visible("products.topic") == topic
        prices = desk.visible("products.price")[fits]
        if not len(prices):
            raise ConfigError(
                f"plan.actions.{action.spec.name}: there is no product that its coupon is good for"
            )
        return float(
            action["depth"] * action.strength * max(float(prices.min()), action["threshold"] * 100.0)
        )

    def brand(self, desk: Desk, action: Action) -> int:
        """Row of the brand that it is good for: a brand's coupon sells its own goods; -1 any."""
        return int(np.flatnonzero(desk.visible("brands.focal"))[0]) if action.spec.payer == "brand" else -1

    def topic(self, action: Action) -> int:
        """Category that it is good for; -1 any."""
        names = [en for en, _ in TOPICS]
        return names.index(action["topic"]) if action["topic"] in names else -1

    def dawn(self, desk: Desk, action: Action, day: int) -> None:
        """Hand out a wave where one is due, and pay for the handling."""
        if action.exhausted(desk):
            return
        if action.wave(day):
            budget = self.wave_budget(desk, action, day)
            if budget > 0:
                self.hand_out(desk, action, day, budget)
        self.modify(desk, action, day)
        self.pay(desk, action, day)

    def wave_budget(self, desk: Desk, action: Action, day: int) -> int:
        """Fen of sample money that a wave may cost, so that all waves together stay within the budget."""
        total = action.budget_fen(desk)
        if total is None:
            return UNLIMITED
        # Waves that can still be redeemed may yet cost all they were given.
        running = action.memory.get("waves", np.zeros((0, 2), np.int64))
        running = running[running[:, 0] >= desk.world_day]
        free = total - action.spent(desk) - int(running[:, 1].sum())
        waves = action.waves_left(day) if action.spec.pacing != "asap" else 1
        # A share that nobody could redeem would only look like pacing: a wave is worth one coupon at least.
        budget = min(max(free // waves, int(np.ceil(self.redemption(desk, action)))), max(free, 0))
        end = desk.world_day + int(action["valid_days"]) - 1
        action.memory["waves"] = np.vstack([running, np.array([[end, budget]], np.int64)])
        return budget

    def hand_out(self, desk: Desk, action: Action, day: int, budget: int) -> None:
        """Offer one wave; carried out badly, it reaches only a share of its people."""
        spec = action.spec
        people = action.members(desk)
        if action.execution < 1.0:
            people &= (
                uniforms(desk.seed, S_LEVER, action.key, 0, desk.visible("members.id")) < action.execution
            )
        desk.offer(
            CouponOffer(
                action=action.row,
                segment=people,
                depth=action["depth"] * action.power(day) / action.execution,
                threshold=round(action["threshold"] * 100.0),
                days=int(action["valid_days"]),
                budget=budget,
                payer=spec.payer,
                topic=self.topic(action),
                brand=self.brand(desk, action),
            )
        )
