"""L72 信息流与搜索广告: a brand's ads in the feed and in search, behind the notes of its goods that do best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from scenarios.levers import Lever
from scenarios.registry import behaviour
from sim.levers import AdOffer
from sim.state import schema as s

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk

READS = 0.25
"""Reads of a paid impression in search, where clicks are bought (assumption, 0.1 to 0.35)."""
INTERACTIONS = [s.C_LIKES, s.C_COLLECTS, s.C_COMMENTS, s.C_SHARES]


@behaviour("feed_search_ads")
class FeedSearchAds(Lever):
    """Puts each day's money behind the brand's best notes; unsold money goes on to the next day."""

    def make_offers(self, desk: Desk, action: Action, day: int, share: float) -> None:
        """Offer the day's ads: feed ads by the thousand impressions, search ads by the click."""
        budget = action.budget_fen(desk)
        focal = int(np.flatnonzero(desk.visible("brands.focal"))[0])
        notes = self.best(desk, focal, int(action["notes"]))
        if budget is None or not len(notes):
            return
        today = (budget - action.spent(desk)) // max(1, action.days - day)
        in_search = action["search_share"]
        for surface, part in (("feed", 1.0 - in_search), ("search", in_search)):
            money = int(today * part / len(notes))
            if money > 0:
                for note in notes.tolist():
                    desk.offer(self.ad(action, note, focal, surface, money))

    def result(self, desk: Desk, action: Action) -> float:
        """Impressions that a fen buys at its bids, a click counted as those that it takes."""
        in_search = action["search_share"]
        return float((1.0 - in_search) * 10.0 / action["cpm"] + in_search / (100.0 * READS * action["cpc"]))

    def ad(self, action: Action, note: int, brand: int, surface: str, money: int) -> AdOffer:
        """One ad for a day."""
        clicks = surface == "search"
        bid = action["cpc"] if clicks else action["cpm"]
        return AdOffer(
            action.row, note, brand, "search" if clicks else "feed", -1, clicks, bid * 100.0, money
        )

    def best(self, desk: Desk, brand: int, most: int) -> npt.NDArray[np.int64]:
        """Rows of the brand's live notes with most interactions for their impressions, the newest key first in a tie."""
        product = desk.visible("notes.product").astype(np.int64)
        live = (desk.visible("notes.status") == s.LIVE_NOTE) & (product >= 0)
        rows = np.flatnonzero(live)
        rows = rows[desk.visible("products.brand")[product[rows]] == brand]
        totals = desk.visible("note_history.totals")[rows]
        score = (totals[:, INTERACTIONS].sum(axis=1) + 1.0) / (totals[:, s.C_IMPRESSIONS] + 100.0)
        order = np.lexsort((desk.visible("notes.key")[rows], -score))
        chosen: npt.NDArray[np.int64] = rows[order[:most]]
        return chosen
