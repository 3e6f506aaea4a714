"""Distribution: which notes are shown to whom in the coming slot (publication, ladder, search index, ads)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.levers import BoostOffer, TrendOffer
from sim.levers.mechanisms import M_SEARCH_SHARE
from sim.phases.base import Phase
from sim.phases.distribution.ads import place_brand_ads, prepare_ads, take_ad_offers
from sim.phases.distribution.feeds import list_notes, seen_by_followers, unlist_notes
from sim.phases.distribution.ranking import build_trees, count_live, learn, rank_notes
from sim.scale import real_followers
from sim.state import schema as s
from sim.threads import by_rows, rows_where

if TYPE_CHECKING:
    from sim.model import Community

__all__ = ["PHASE", "boost", "learn", "publish", "retire", "run"]

THEMES = 32


def publish(community: Community) -> None:
    """Put the notes due in this slot before the public: a leaf, a novelty, the author's place in the following feed."""
    state = community.state
    notes = state.notes
    status = notes["status"]
    if (
        community.slot == 0 or "_planned" not in community.today
    ):  # notes are written before the first slot only
        community.today["_planned"] = rows_where(
            community.threads, len(notes), lambda a, b: status[a:b] == s.PLANNED
        )
    rows = community.today["_planned"]
    rows = rows[status[rows] == s.PLANNED]
    day, slot = notes["day"][rows], notes["slot"][rows]
    due = (day < community.world_day) | ((day == community.world_day) & (slot <= community.slot))
    rows = rows[due & ((notes["flags"][rows] & s.REVIEWED) > 0)]
    if not len(rows):
        return
    rows = rows[np.argsort(notes["key"][rows])]
    array = notes.array
    array["status"][rows] = s.LIVE_NOTE
    array["day"][rows] = community.world_day
    array["slot"][rows] = community.slot
    world = community.config.world
    followers = state.creators["followers"][array["creator"][rows]]
    array["followers"][rows] = real_followers(followers, world.members, world.weight)
    counts = by_rows(community.threads, len(notes), lambda a, b: count_live(array, THEMES, a, b))
    crowd = np.sum(counts, axis=0)
    topic, theme = notes["topic"][rows], notes["theme"][rows]
    relative = crowd[topic, theme] * THEMES / np.maximum(1, crowd.sum(axis=1))[topic]
    # a theme of average crowding keeps 0.8 of its novelty (assumption; C10 gives the direction)
    array["novelty"][rows] = 1.0 / (1.0 + 0.25 * relative)
    feeds = community.feeds
    community.count("notes_without_room", list_notes(array, feeds.listed, feeds.first, feeds.mask, rows))
    state.latest.array["listing"][array["author"][rows]] = seen_by_followers(array, rows)
    community.count("notes_published", len(rows))


def boost(community: Community) -> None:
    """Editors choose what to push: each `BoostOffer` raises the weight of the notes they hold to be best.

    Places are scarce: so many per thousand live notes, best shown quality first, ties by key.
    """
    notes, history = community.state.notes, community.state.note_history
    notes["boost"] = 1.0
    offers = [o for o in community.levers.offers if isinstance(o, BoostOffer)]
    if not offers:
        return
    live = np.flatnonzero(notes["status"] == s.LIVE_NOTE)
    for offer in sorted(offers, key=lambda o: o.action):
        age = community.world_day - notes["day"][live]
        shown = history["shown_quality"][live]
        fits = offer.authors[notes["author"][live]] & (age <= offer.max_age) & (shown >= offer.quality_floor)
        rows = live[fits]
        places = int(np.floor(offer.places * len(live) / 1000.0))
        rows = rows[np.lexsort((notes["key"][rows], -history["shown_quality"][rows]))][:places]
        notes.array["boost"][rows] *= offer.factor
        community.count("notes_boosted", len(rows))


def share_out(community: Community) -> None:
    """Divide the day's places between surfaces: the platform's mix, with searches at so many times their odds."""
    platform = community.config.platform
    shares = np.array(
        [
            platform.surface_discovery,
            platform.surface_following,
            platform.surface_search,
            platform.surface_groups,
        ]
    )
    odds = float(community.levers.table[0, M_SEARCH_SHARE])
    if odds != 1.0 and 0.0 < shares[2] < 1.0:
        search = shares[2] * odds / (1.0 - shares[2] + shares[2] * odds)
        shares *= (1.0 - search) / (1.0 - shares[2])
        shares[2] = search
    community.clock["surface_cut"] = np.cumsum(shares)


def heat_up(community: Community) -> None:
    """Show everybody more of what everybody talks of: each `TrendOffer` lets its topic's share grow."""
    trends = [o for o in community.levers.offers if isinstance(o, TrendOffer)]
    if not trends:
        return
    cut = community.clock["topic_cut"][0]
    shares = np.diff(np.concatenate([[0.0], cut]))
    for trend in sorted(trends, key=lambda o: (o.action, o.topic)):
        shares[trend.topic] *= 1.0 + trend.heat
    community.clock["topic_cut"] = np.cumsum(shares / shares.sum())


def run(community: Community) -> None:
    """Publish, climb, weigh, and sell the places of the coming slot."""
    state, feeds = community.state, community.feeds
    if community.slot == 0:
        share_out(community)
        heat_up(community)
        boost(community)
        place_brand_ads(community)
        take_ad_offers(community)
    publish(community)
    if "_audience" not in community.today:  # who is on the platform changes at dawn and at dusk only
        community.today["_audience"] = community.audience
    audience = float(community.today["_audience"])
    state.shown.reserve(feeds.listed.size)
    by_rows(
        community.threads,
        len(state.notes),
        lambda first, last: rank_notes(
            state.members.array,
            state.notes.array,
            state.note_history.array,
            state.shown.array,
            feeds.trees,
            community.levers.table,
            community.platform,
            community.clock,
            audience,
            community.mean_value,
            first,
            last,
        ),
    )
    prepare_ads(community)
    by_rows(
        community.threads,
        len(feeds.trees),
        lambda first, last: build_trees(feeds.trees, first, last),
        weight=feeds.trees.shape[1] // 32,
    )


def retire(community: Community) -> None:
    """At the day's end, archive the notes that were removed and free their rows."""
    state = community.state
    rows = np.flatnonzero(state.notes["status"] == s.REMOVED)
    if not len(rows):
        return
    unlist_notes(community, rows)
    community.archive_notes(rows)
    gone = np.zeros(len(state.notes), bool)
    gone[rows] = True
    state.ads["budget"][gone[state.ads["note"]]] = 0
    state.notes.release(rows)
    state.note_history.release(rows)


PHASE = Phase(
    name="distribution",
    when="slot",
    reads=("members", "notes", "note_history", "brands", "products", "ads"),
    writes=("notes", "note_history", "shown", "ads", "latest", "feeds", "clock"),
    run=run,
    equation=(
        "weight = pool(rung) x value^rank.interactions x freshness x boost; pool(rung) = (350 + 0.65 followers) x 6.6^rung; "
        "value = shrunk (CES + rank.commerce x clicks) per impression over the platform's mean; "
        "a pool that organic impressions have used up is left upwards if value >= gate x pool.gate"
    ),
    facts=("E1", "E2", "E3", "C7", "C8", "C9", "P3"),
    test="tests/sim/phases/test_distribution.py::test_without_distribution_no_new_note_is_seen",
    en="Distribution",
    zh="分发",
)
