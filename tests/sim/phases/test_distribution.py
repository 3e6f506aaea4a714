"""Distribution: without it no new note is seen; the ladder lifts what is liked; boosts crowd out; ads stay in budget,
are charged as they were bought and fill no pool; nothing depends on the size of the sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.levers import AdOffer, BoostOffer
from sim.phases import distribution
from sim.phases.distribution.ads import ADVERTISED, best_of_each
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
    used_up = live & ((notes["rung"] > 0) | (history["totals"][:, s.C_IMPRESSIONS] > 700))
    # a gate that nearly all or nearly none pass would sort nothing
    assert 0.05 < (notes["rung"][used_up] > 0).mean() < 0.5
    assert rates[rung >= 2].mean() > 1.3 * rates[rung == 0].mean()
    # a note that climbed has used up the pools below
    climbed = live & (notes["rung"] == 1)
    first = pool_size(community.platform, 0, 0.0, 2000.0)
    assert (history["rung_impressions"][climbed] >= first).all()


def test_the_first_pool_holds_a_share_of_the_followers():
    community = small()
    share = float(community.platform["pool_followers"][0])
    strangers, known = (pool_size(community.platform, 0, fans, 1e9) for fans in (0.0, 1_000.0))
    assert share > 0.0 and known - strangers == share * 1_000.0


def test_what_has_been_said_or_passed_on_is_so_less_readily():
    community = small(members=2000, days=8)
    notes, history = community.state.notes, community.state.note_history
    live = np.flatnonzero(notes["status"] == s.LIVE_NOTE)
    history["totals"][live[0], s.C_COMMENTS] = 0
    history["totals"][live[1], s.C_COMMENTS] = 27
    history["totals"][live[:2], s.C_SHARES] = [0, 18]
    community.slot = 0  # before which all that is shown is written anew
    community.clock["slot"] = 0
    distribution.run(community)
    shown = community.state.shown.array[notes["listing"][live[:2]]]
    for column, key in (("talk", "comment_crowding"), ("told", "share_crowding")):
        crowding = float(community.platform[key][0])
        assert crowding > 0.0
        assert shown[column] * s.LOGIT_UNIT == pytest.approx([0.0, -crowding * np.log(10.0)], abs=1e-3)


def test_a_boost_gives_to_some_what_it_takes_from_others():
    def played(policy):
        community = small(members=4000, policy=policy)
        community.run_days(5)
        good = community.state.note_history["shown_quality"] > 0.8
        live = community.state.notes["status"] == s.LIVE_NOTE
        seen = community.state.note_history["day_totals"][:, s.C_IMPRESSIONS]
        return int(seen[good & live].sum()), int(seen[~good & live].sum())

    def say(desk):
        everybody = np.ones(len(desk.visible("members.tier")), bool)
        desk.offer(BoostOffer(0, everybody, 5.0, 0.8, 14, 300.0))

    (good, rest), (boosted, crowded) = played(None), played(Speaker(say))
    assert boosted > 1.2 * good
    # attention is finite: what some gain is what others lose, but for some who stay a little longer
    assert abs((boosted - good) / (rest - crowded) - 1.0) < 0.25


def test_the_choice_of_a_shard_covers_all_shards_evenly():
    from sim.phases.sessions.places import VIEWER_BLOCK_BITS, recall_shard, recall_turn

    community = small()
    clock = community.clock.copy()
    clock["topic_first"][0, 3] = 10
    clock["topic_mask"][0, 3] = 7
    seen = [recall_shard(clock, recall_turn(clock, block << VIEWER_BLOCK_BITS), 3) for block in range(16)]
    assert sorted(seen) == sorted([10 + k for k in range(8)] * 2)


def test_what_is_paid_for_fills_no_pool():
    def rung_of_a_note_shown(paid):
        community = small(members=1500, days=1)
        notes, history = community.state.notes, community.state.note_history
        at = int(np.flatnonzero((notes["status"] == s.LIVE_NOTE) & (notes["rung"] == 0))[0])
        totals = history.array["totals"]
        totals[at] = 0
        totals[at, [s.C_IMPRESSIONS, s.C_COMMENTS]] = 5_000, 500
        totals[at, s.C_PAID_IMPRESSIONS] = paid
        history.array["rung_impressions"][at] = 0
        distribution.run(community)
        return int(notes["rung"][at])

    assert rung_of_a_note_shown(5_000) == 0 < rung_of_a_note_shown(0)


def test_the_best_share_of_each_group_is_taken():
    brand = np.array([3] * 40 + [1] * 3 + [7] * 10)
    score = np.arange(len(brand)) % 11
    order = np.lexsort((-score, brand))
    taken, places = best_of_each(brand, order, ADVERTISED)
    assert np.bincount(brand[taken]).tolist() == [0, 1, 0, 12, 0, 0, 0, 3]
    assert np.array_equal(places, np.bincount(brand[taken])[brand[taken]])
    for code in (1, 3, 7):
        left = np.setdiff1d(np.flatnonzero(brand == code), taken)
        assert score[left].max() <= score[taken[brand[taken] == code]].min()


def test_an_ad_is_shown_where_it_was_bought_and_charged_as_it_was_bought():
    def played(surface, cpc, bid, budget=10_000_000):
        def say(desk):
            community.state.brands["budget_week"] = 0  # nobody else advertises
            live = np.flatnonzero(community.state.notes["status"] == s.LIVE_NOTE)
            if len(live):
                desk.offer(AdOffer(0, int(live[0]), 0, surface, 0, cpc, bid, budget))

        community = small(members=1500, policy=Speaker(say, payer="brand"))
        community.run_days(2)
        shown = community.totals[:, :, :].sum(axis=1)
        booked = community.ledger.frame(warmup=True)
        booked = booked[(booked["action"] == 0) & (booked["day"] == booked["day"].max())]
        return shown, int(booked["amount"].sum()), set(booked["what"]), community.config.world.slots

    shown, cost, what, slots = played("search", True, 300.0)
    assert shown[s.ADS].sum() == 0 < shown[s.SEARCH_ADS, s.C_READS]
    assert cost == 300 * shown[s.SEARCH_ADS, s.C_READS] and what == {"search_ads"}
    shown, cost, what, slots = played("feed", False, 4_000.0)
    assert shown[s.SEARCH_ADS].sum() == 0 < shown[s.ADS, s.C_IMPRESSIONS]
    assert abs(cost - 4 * shown[s.ADS, s.C_IMPRESSIONS]) <= slots and what == {"feed_ads"}
    # a small budget is spread over the day and bounds what is charged
    shown, cost, _, _ = played("feed", False, 4_000.0, budget=60)
    assert 0 < cost <= 60 and shown[s.ADS, s.C_IMPRESSIONS] < 60


def test_a_world_has_as_many_of_everything_per_member_at_any_size():
    def per_member(members):
        community = small(members=members, days=1)
        state = community.state
        live = state.notes["status"] == s.LIVE_NOTE
        return {
            "notes": live.sum() / members,
            "advertised": (state.ads["budget"] > 0).sum() / members,
            "money": state.brands["budget_week"].sum() / members,
            "groups": len(state.groups) / members,
            "stock": state.products["restock"].sum() / members,
        }, [pool_size(community.platform, rung, 0.0, 1e9) for rung in range(8)]

    (few, pools), (many, same_pools) = per_member(6_000), per_member(24_000)
    assert pools == same_pools
    for name, value in few.items():
        assert abs(many[name] / value - 1.0) < 0.25, name


def test_ads_cost_no_more_than_their_budgets_and_appear_only_as_sold():
    platform = small().config.platform
    community = small(members=1500, platform=replace(platform, mechanisms={"ads.load": 0.2}))
    paid = 0
    for _ in range(5):
        before = int(community.state.brands["budget_week"].sum()) / 7
        community.step()
        spent = community.today.get("ad_spend", 0)
        assert 0 <= spent <= before
        paid += int(community.totals[list(s.PAID), :, s.C_IMPRESSIONS].sum())
    booked = community.ledger.frame(warmup=True)
    ads = booked[booked["what"].isin(["feed_ads", "search_ads"])]
    assert paid > 0 and len(ads) and (ads["amount"] > 0).all()
    none = small(members=1500, days=3, platform=replace(platform, mechanisms={"ads.load": 0.0}))
    assert none.totals[list(s.PAID)].sum() == 0
