"""Distribution: without it no new note is seen; the ladder lifts what is liked; boosts crowd out; ads stay in budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.levers import BoostOffer
from sim.phases.distribution.ranking import pool_size, shrunk_ces
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, without


def test_without_distribution_no_new_note_is_seen():
    def new_notes_seen(community):
        community.run_days(4)
        notes = community.state.notes
        written = notes["status"] != s.FREE
        new = written & (notes["day"] >= 1)
        return int(community.state.note_history["totals"][new, s.C_IMPRESSIONS].sum())

    assert new_notes_seen(small()) > 0
    assert new_notes_seen(without(small(), "distribution")) == 0


def test_liked_notes_climb():
    community = small(members=2000, days=8)
    notes, history = community.state.notes, community.state.note_history
    live = notes["status"] == s.LIVE_NOTE
    rates = shrunk_ces(community, np.flatnonzero(live))
    rung = notes["rung"][live]
    assert rung.max() >= 2
    assert rates[rung >= 2].mean() > 1.3 * rates[rung == 0].mean()
    # a note that climbed has used up the pools below
    climbed = live & (notes["rung"] == 1)
    first = pool_size(community.platform, 0, 2000.0)
    assert (history["rung_impressions"][climbed] >= first).all()


def test_a_boost_gives_to_some_what_it_takes_from_others():
    def played(policy):
        community = small(members=2000, policy=policy)
        community.run_days(5)
        good = community.state.note_history["shown_quality"] > 0.8
        live = community.state.notes["status"] == s.LIVE_NOTE
        seen = community.state.note_history["day_totals"][:, s.C_IMPRESSIONS]
        return int(seen[good & live].sum()), int(seen[~good & live].sum())

    def say(desk):
        everybody = np.ones(len(desk.visible("members.tier")), bool)
        desk.offer(BoostOffer(0, everybody, 4.0, 0.8, 14, 300.0))

    (good, rest), (boosted, crowded) = played(None), played(Speaker(say))
    assert boosted > 1.3 * good
    assert crowded < rest


def test_the_choice_of_a_shard_covers_all_shards_evenly():
    from sim.phases.sessions.places import VIEWER_BLOCK_BITS, recall_shard, recall_turn

    community = small()
    clock = community.clock.copy()
    clock["topic_first"][0, 3] = 10
    clock["topic_mask"][0, 3] = 7
    seen = [recall_shard(clock, recall_turn(clock, block << VIEWER_BLOCK_BITS), 3) for block in range(16)]
    assert sorted(seen) == sorted([10 + k for k in range(8)] * 2)


def test_ads_cost_no_more_than_their_budgets_and_appear_only_as_sold():
    platform = small().config.platform
    community = small(members=1500, platform=replace(platform, mechanisms={"ads.load": 0.2}))
    paid = 0
    for _ in range(5):
        before = int(community.state.brands["budget_week"].sum()) // 7 * community.config.world.slots
        community.step()
        spent = community.today.get("ad_spend", 0)
        assert 0 <= spent <= before
        paid += int(community.totals[s.ADS, :, s.C_IMPRESSIONS].sum())
    booked = community.ledger.frame(warmup=True)
    ads = booked[booked["what"].isin(["feed_ads", "search_ads"])]
    assert paid > 0 and len(ads) and (ads["amount"] > 0).all()
    none = small(members=1500, days=3, platform=replace(platform, mechanisms={"ads.load": 0.0}))
    assert none.totals[s.ADS].sum() == 0
