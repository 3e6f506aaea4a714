"""Paid delivery: brands and plans put budgets behind notes; a lottery of sold places, charged by CPM or CPC.

A place for an ad is drawn by topic. The tree of a topic holds one leaf per running ad, weighted by the impressions that
its budget for the slot buys, and a house leaf for places nobody bought, so that ads are delivered evenly over the day.
What a slot delivers beyond an ad's budget is not charged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.accounts import account_code, kind_code
from sim.levers import AdOffer
from sim.phases.distribution.ranking import shrunk_ces
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

HOUSE = 0
"""Leaf for unsold places."""
PAID_CTR = 0.06
"""Reads expected per paid impression, to turn a price per click into one per impression (E7, discounted)."""


def place_brand_ads(community: Community) -> None:
    """Once a day, each brand of the world puts its daily feed budget behind its most engaging linked note."""
    state = community.state
    brands, notes, ads = state.brands, state.notes, state.ads
    if len(ads):
        own = np.flatnonzero((ads["action"] < 0) & (ads["budget"] > 0) | (ads["budget"] <= 0))
        keep = np.setdiff1d(own, ads.free)
        if len(keep):
            ads.release(keep)
    if not len(brands):
        return
    rows = np.flatnonzero((notes["status"] == s.LIVE_NOTE) & (notes["product"] >= 0))
    if not len(rows):
        return
    brand = state.products["brand"][notes["product"][rows]]
    score = shrunk_ces(community, rows)
    order = np.lexsort((notes["key"][rows], -score, brand))
    chosen_brand, start = np.unique(brand[order], return_index=True)
    best = rows[order[start]]
    budget = (brands["budget_week"][chosen_brand] / 7).astype(np.int64)
    paying = budget > 0
    at = ads.take(int(paying.sum()))
    if not len(at):
        return
    array = ads.array
    array["note"][at] = best[paying]
    array["action"][at] = -1
    array["brand"][at] = chosen_brand[paying]
    array["surface"][at] = s.DISCOVERY
    array["topic"][at] = notes["topic"][best[paying]]
    array["bid"][at] = community.config.platform.cpm * 100.0
    array["budget"][at] = budget[paying]


def take_ad_offers(community: Community) -> None:
    """Enter today's `AdOffer` records, in the order of action and note key."""
    ads, notes = community.state.ads, community.state.notes
    offers = [o for o in community.levers.offers if isinstance(o, AdOffer)]
    for offer in sorted(offers, key=lambda o: (o.action, int(notes["key"][o.note]))):
        row = int(ads.take(1)[0])
        ads.array[row]["note"] = offer.note
        ads.array[row]["action"] = offer.action
        ads.array[row]["brand"] = offer.brand
        ads.array[row]["surface"] = s.SEARCH if offer.surface == "search" else s.DISCOVERY
        ads.array[row]["cpc"] = offer.cpc
        ads.array[row]["topic"] = offer.topic if offer.topic >= 0 else notes["topic"][offer.note]
        ads.array[row]["bid"] = offer.bid
        ads.array[row]["budget"] = offer.budget


def topic_interest(community: Community) -> npt.NDArray[np.float64]:
    """Mean interest share of each topic among members on the platform, float64 [topics]."""
    members = community.state.members
    here = (members["flags"] & s.ON_PLATFORM) > 0
    if not here.any():
        return np.full(s.N_TOPICS, 1.0 / s.N_TOPICS)
    share: npt.NDArray[np.float64] = members["interest"][here].mean(axis=0) / 255.0
    return share


def prepare_ads(community: Community) -> None:
    """Weights of the ads' trees for the coming slot."""
    feeds, ads, notes = community.feeds, community.state.ads, community.state.notes
    size = feeds.leaves.shape[1]
    base = 2 * feeds.shards
    feeds.trees[base:] = 0
    feeds.leaves[base:] = -1
    community.clock["ads_on"] = 0
    if not len(ads):
        return
    rows = np.flatnonzero((ads["budget"] > 0) & (notes.array["status"][ads["note"]] == s.LIVE_NOTE))
    rows = np.setdiff1d(rows, ads.free)
    if not len(rows):
        return
    left = community.config.world.slots - community.slot
    pace = np.minimum(ads["budget"][rows], -(-ads["budget"][rows] // left))
    ads.array["budget_slot"][rows] = pace
    ads.array["spent_slot"][rows] = 0
    price = np.where(ads["cpc"][rows] == 1, ads["bid"][rows] * PAID_CTR, ads["bid"][rows] / 1000.0)
    wanted = np.maximum(pace / np.maximum(price, 1e-6), 1.0)
    topic = ads["topic"][rows].astype(np.int64)
    key = notes.array["key"][ads["note"][rows]]
    order = np.lexsort((ads["action"][rows], key, topic))
    rows, wanted, topic = rows[order], wanted[order], topic[order]
    position = np.arange(len(rows)) - np.searchsorted(topic, topic)
    fits = position < size - 1
    rows, wanted, topic, position = rows[fits], wanted[fits], topic[fits], position[fits]
    if "_topic_interest" not in community.today:  # who is on the platform changes at dawn and at dusk only
        community.today["_topic_interest"] = topic_interest(community)
    expected = np.maximum(community.ad_places * community.today["_topic_interest"], 1.0)
    sold = np.bincount(topic, weights=wanted, minlength=s.N_TOPICS)
    unit = 2.0**19 / np.maximum(expected, sold)
    weight = np.maximum(1, wanted * unit[topic]).astype(np.uint32)
    feeds.trees[base + topic, size + 1 + position] = weight
    feeds.leaves[base + topic, 1 + position] = ads["note"][rows]
    feeds.trees[base + np.arange(s.N_TOPICS), size + HOUSE] = np.maximum(
        0.0, (expected - sold) * unit
    ).astype(np.uint32)
    community.clock["ads_on"] = 1


def settle_ads(community: Community) -> None:
    """Charge what the slot delivered, at most each ad's money for the slot, and book it."""
    ads = community.state.ads
    if not len(ads):
        return
    rows = np.flatnonzero(ads["budget_slot"] > 0)
    if not len(rows):
        return
    slot = community.state.note_history.array["slot_totals"]
    note = ads["note"][rows]
    # several ads on one note share its deliveries by their money
    money = ads["budget_slot"][rows].astype(float)
    share = money / np.bincount(note, weights=money, minlength=int(note.max()) + 1)[note]
    impressions = slot[note, s.C_PAID_IMPRESSIONS] * share
    reads = slot[note, s.C_PAID_READS] * share
    cost = np.where(ads["cpc"][rows] == 1, reads * ads["bid"][rows], impressions * ads["bid"][rows] / 1000.0)
    cost = np.minimum(np.floor(cost).astype(np.int64), ads["budget_slot"][rows])
    ads.array["spent_slot"][rows] = cost
    ads.array["budget"][rows] -= cost
    ads.array["budget_slot"][rows] = 0
    book_ads(community, rows, cost)


def book_ads(community: Community, rows: npt.NDArray[np.int64], cost: npt.NDArray[np.int64]) -> None:
    """Book what ads cost (int64 fen): the plan's payer, or a brand of the world, pays the platform."""
    ads = community.state.ads
    action, brand = ads["action"][rows].astype(np.int64), ads["brand"][rows]
    own = action < 0
    np.add.at(community.state.brands.array["spent_week"], brand[own], cost[own])
    payers = [] if community.policy is None else [account_code(name) for name in community.policy.payers]
    payer = np.array([*payers, account_code("brands")])[action]  # -1, a brand's own ad, is the last
    kind = np.where(ads["surface"][rows] == s.SEARCH, kind_code("search_ads"), kind_code("feed_ads"))
    community.ledger.book_many(community.world_day, payer, account_code("platform"), kind, cost, action)
    community.count("ad_spend", float(cost.sum()))
