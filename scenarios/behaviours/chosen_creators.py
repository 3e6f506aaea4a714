"""Placements with creators who are looked at more closely: checked for bought followers (L76), or for their fit (L79).

Both ask, price and contract as `kol_koc_mix` does; they differ in whom they ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.behaviours.kol_koc_mix import Int, KolKocMix, Market
from scenarios.registry import behaviour

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk


@behaviour("creator_screening")
class CreatorScreening(KolKocMix):
    """Leaves out creators of whom a third party finds that too many of their followers do not exist."""

    def candidates(self, desk: Desk, action: Action) -> Int:
        """Rows of creators who pass the check."""
        rows = super().candidates(desk, action)
        passes: Int = rows[desk.audit(rows, action["audit_noise"]) <= action["most_fake"]]
        return passes


@behaviour("brand_matching")
class BrandMatching(KolKocMix):
    """Asks first who writes about the product's topic and cares for it (E16)."""

    def rank(self, desk: Desk, action: Action, market: Market) -> Int:
        """Place of each candidate by fit and engagement for the price."""
        topic = int(desk.visible("products.topic")[self.product(desk, action)])
        rows, asked = market.creator, market.quotes
        member = desk.visible("creators.member")[rows]
        interest = desk.visible("members.interest")[member, topic] / 255.0
        vertical = (desk.visible("creators.verticals")[rows] == topic).any(axis=1)
        fit = action["weight_fit"] * (0.5 * vertical + interest)
        worth = self.engagement(desk, action, rows) / np.maximum(asked.price * asked.stands_for, 1e-9)
        order = np.lexsort((market.member, -worth * (1.0 + fit)))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return place
