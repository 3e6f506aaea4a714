"""Paid delivery: brands and plans put budgets behind notes; a lottery of sold places, charged by CPM or CPC.

A place for an ad is drawn by topic, in the feed or among search results. A tree a topic and market holds one leaf per
running ad, weighted by the impressions that its money for the slot buys; a place that nobody bought shows what it would
show without ads. The day's money is spread over the slots as the places are. What a day delivers beyond an ad's budget
is not charged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.accounts import account_code, kind_code
from sim.levers import AdOffer
from sim.phases.distribution.ranking import shrunk_ces
from sim.randomness import S_NOTE, uniforms
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
Rows = npt.NDArray[np.int64]

ADVERTISED = 0.3
"""Share of a brand's linked notes that it puts money behind, the best ones (assumption, 0.1 to 0.5). A share and not a
number, so that a note gets as many paid impressions in a sample of any size."""
IN_SEARCH = 0.4
"""Share of those that are advertised in search: F to S is 3 to 2 in a KFS mix (P6 names no ratio; assumption, 0.2 to
0.6)."""
BY_CLICK = 0.5
"""Share of ads in the feed that are bought by the click, the others by the thousand impressions (assumption, 0 to 1)."""
FEED_CTR, SEARCH_CTR = 0.06, 0.25
"""Reads expected of a paid impression, to turn a price per click into one per impression: E7, discounted; in search an
assumption (0.1 to 0.35). The charge is for the reads that there are."""
AD_GROUP = 8
"""Attribute group of a note's key that says where and how it would be advertised."""


def best_of_each(group: npt.NDArray[np.integer], order: Rows, share: float) -> tuple[Rows, Rows]:
    """A share of each group's entries, the first in order; at least one.

    Parameters
    ----------
    group
        Code of each entry's group, int [entries].
    order
        Entries sorted by group, then the best first, int64 [entries].
    share
        Share of a group's entries that is taken, rounded to the nearest number.

    Returns
    -------
    tuple of int64 arrays
        The entries taken, and how many their group has of them.
    """
    _, start, count = np.unique(group[order], return_index=True, return_counts=True)
    places = np.maximum(1, np.floor(share * count + 0.5).astype(np.int64))
    rank = np.arange(len(order)) - np.repeat(start, count)
    taken = rank < np.repeat(places, count)
    return order[taken], np.repeat(places, count)[taken]


def place_brand_ads(community: Community) -> None:
    """Once a day, each brand of the world spreads its daily budget over its most engaging linked notes."""
    state, levels = community.state, community.config.platform
    brands, notes, ads = state.brands, state.notes, state.ads
    if len(ads):
        over = np.flatnonzero(((ads["action"] < 0) | (ads["budget"] <= 0)) & ads.taken)
        if len(over):
            ads.release(over)
    if not len(brands):
        return
    rows = np.flatnonzero((notes["status"] == s.LIVE_NOTE) & (notes["product"] >= 0))
    if not len(rows):
        return
    brand = state.products["brand"][notes["product"][rows]]
    order = np.lexsort((notes["key"][rows], -shrunk_ces(community, rows), brand))
    best, places = best_of_each(brand, order, ADVERTISED)
    rows, brand = rows[best], brand[best]
    budget = (brands["budget_week"][brand] / 7).astype(np.int64) // places
    rows, brand, budget = rows[budget > 0], brand[budget > 0], budget[budget > 0]
    at = ads.take(len(rows))
    if not len(at):
        return
    key = notes["key"][rows]
    low, high = (key & np.uint64(0xFFFFFFFF)).astype(np.uint32), (key >> np.uint64(32)).astype(np.uint32)
    u = uniforms(community.seed, S_NOTE, high, low, 0, AD_GROUP)
    searched = u < IN_SEARCH
    by_click = u < IN_SEARCH + (1.0 - IN_SEARCH) * BY_CLICK
    array = ads.array
    array["note"][at] = rows
    array["action"][at] = -1
    array["brand"][at] = brand
    array["surface"][at] = np.where(searched, s.SEARCH, s.DISCOVERY)
    array["cpc"][at] = by_click
    array["topic"][at] = notes["topic"][rows]
    per_click = np.where(searched, levels.cpc_search, levels.cpc_feed)
    array["bid"][at] = 100.0 * np.where(by_click, per_click, levels.cpm)
    array["budget"][at] = budget


def take_ad_offers(community: Community) -> None:
    """Enter today's `AdOffer` records, in the order of action and note key."""
    ads, notes = community.state.ads, community.state.notes
    offers = [o for o in community.levers.offers if isinstance(o, AdOffer)]
    if not offers:
        return
    offers.sort(key=lambda o: (o.action, int(notes["key"][o.note])))
    at = ads.take(len(offers))
    note = np.array([o.note for o in offers])
    topic = np.array([o.topic for o in offers])
    columns = {
        "note": note,
        "action": [o.action for o in offers],
        "brand": [o.brand for o in offers],
        "surface": [s.SEARCH if o.surface == "search" else s.DISCOVERY for o in offers],
        "cpc": [o.cpc for o in offers],
        "topic": np.where(topic >= 0, topic, notes["topic"][note]),
        "bid": [o.bid for o in offers],
        "budget": [o.budget for o in offers],
    }
    for name, values in columns.items():
        ads.array[name][at] = values


@njit([nb.int64[::1](t.MEMBERS, nb.int64, nb.int64)])
def sum_interests(members, first, last):  # type: ignore[no-untyped-def]
    """Sums over members on the platform in a range of rows, int64 [topics + 1]: interest in each topic, and their number."""
    sums = np.zeros(s.N_TOPICS + 1, np.int64)
    for i in range(first, last):
        if members[i].flags & s.ON_PLATFORM:
            for topic in range(s.N_TOPICS):
                sums[topic] += members[i].interest[topic]
            sums[s.N_TOPICS] += 1
    return sums


def topic_interest(community: Community) -> npt.NDArray[np.float64]:
    """Mean interest share of each topic among members on the platform, float64 [topics]."""
    members = community.state.members
    parts = by_rows(
        community.threads,
        len(members),
        lambda first, last: sum_interests(members.array, first, last),
    )
    *sums, present = np.sum(parts, axis=0)
    if not present:
        return np.full(s.N_TOPICS, 1.0 / s.N_TOPICS)
    share: npt.NDArray[np.float64] = np.array(sums) / present / 255.0
    return share


def by_market(community: Community) -> tuple[Rows, Rows]:
    """Rows of all ads in the order of market, note key and action, and each one's market."""
    ads = community.state.ads
    rows = np.flatnonzero(ads.taken)
    market = ads["topic"][rows] + s.N_TOPICS * (ads["surface"][rows] == s.SEARCH).astype(np.int64)
    key = community.state.notes.array["key"][ads["note"][rows]]
    order = np.lexsort((ads["action"][rows], key, market))
    return rows[order], market[order]


def prepare_ads(community: Community) -> None:
    """Weights of the ads' trees for the coming slot, and the share of the places that is sold.

    A market, the feed or the search of one topic, holds at most as many ads as a tree has leaves.
    """
    feeds, ads, notes, clock = community.feeds, community.state.ads, community.state.notes, community.clock
    size = feeds.ads.shape[1]
    base = 2 * feeds.shards
    feeds.trees[base:] = 0
    feeds.ads[:] = -1
    clock["ads_sold"] = 0.0
    if not len(ads):
        return
    if community.slot == 0 or "_ads" not in community.today:  # ads are entered before the first slot only
        community.today["_ads"] = by_market(community)
    rows, market = community.today["_ads"]
    live = notes.array["status"][ads["note"][rows]] == s.LIVE_NOTE
    running = (ads["budget"][rows] > 0) & live
    rows, market = rows[running], market[running]
    if not len(rows):
        return
    ahead = clock["hour_share"][0, community.slot :]
    pace = np.ceil(ads["budget"][rows] * (ahead[0] / max(float(ahead.sum()), 1e-9)))
    wanted = np.maximum(pace / np.maximum(price_of_impression(ads.array[rows]), 1e-6), 1e-3)
    position = np.arange(len(rows)) - np.searchsorted(market, market)
    fits = position < size
    rows, wanted, market, position = rows[fits], wanted[fits], market[fits], position[fits]
    if "_topic_interest" not in community.today:  # who is on the platform changes at dawn and at dusk only
        community.today["_topic_interest"] = topic_interest(community)
    searches = float(clock["surface_cut"][0, 2] - clock["surface_cut"][0, 1])
    mix = np.repeat([1.0 - searches, searches], s.N_TOPICS)
    there = community.ad_places * ahead[0] * mix * np.tile(community.today["_topic_interest"], 2)
    there = np.maximum(there, 1.0)
    sold = np.bincount(market, weights=wanted, minlength=2 * s.N_TOPICS)
    clock["ads_sold"] = np.minimum(1.0, sold / there)
    ads.array["expected"][rows] = wanted * np.minimum(1.0, there / np.maximum(sold, 1e-9))[market]
    unit = 2.0**19 / np.maximum(there, sold)
    feeds.trees[base + market, size + position] = np.maximum(1, wanted * unit[market]).astype(np.uint32)
    feeds.ads[market, position] = notes.array["listing"][ads["note"][rows]]


def expected_rate(ads: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
    """Reads expected of an impression of each ad, float64 [ads]."""
    return np.where(ads["surface"] == s.SEARCH, SEARCH_CTR, FEED_CTR)


def price_of_impression(ads: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
    """What an impression of each ad is expected to cost, float64 [ads], fen."""
    bid = ads["bid"].astype(float)
    price: npt.NDArray[np.float64] = np.where(ads["cpc"] == 1, bid * expected_rate(ads), bid / 1000.0)
    return price


def settle_ads(community: Community) -> None:
    """Charge what the slot delivered, at most what is left of each ad's budget, and book it."""
    ads = community.state.ads
    if not len(ads):
        return
    rows = np.flatnonzero(ads["expected"] > 0)
    if not len(rows):
        return
    running = ads.array[rows]
    slot = community.state.note_history.array["slot_totals"]
    note = running["note"]

    def delivered(counter: int, expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Several ads on one note share its deliveries as was to be expected."""
        of_note = np.bincount(note, weights=expected, minlength=int(note.max()) + 1)[note]
        count: npt.NDArray[np.float64] = slot[note, counter] * (expected / of_note)
        return count

    expected = running["expected"].astype(float)
    impressions = delivered(s.C_PAID_IMPRESSIONS, expected)
    reads = delivered(s.C_PAID_READS, expected * expected_rate(running))
    cost = np.where(running["cpc"] == 1, reads * running["bid"], impressions * running["bid"] / 1000.0)
    cost = np.minimum(np.floor(cost + 0.5).astype(np.int64), running["budget"])
    ads.array["budget"][rows] -= cost
    ads.array["expected"][rows] = 0.0
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
