"""The weekly adaptation of authors, brands and shops."""

from __future__ import annotations

import numpy as np
import pytest

from sim.phases import adaptation
from sim.phases.adaptation import LEFT_SHARE
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, speak, without


def test_without_adaptation_effort_never_moves():
    community = without(without(small(), "adaptation"), "moderation")
    effort = community.state.creators["effort"].copy()
    community.run_days(7)
    assert np.array_equal(community.state.creators["effort"], effort)
    played = without(small(), "moderation")
    played.run_days(7)
    assert not np.array_equal(played.state.creators["effort"], effort)


def week(change, say=None, members=600):
    """One week's adaptation after one day and a change."""
    community = small(members=members, days=1, policy=Speaker(say) if say else None)
    community.state.creators["effort"] = 1.0
    change(community.state)
    community.today = {}
    adaptation.run(community)
    return community


def test_effort_follows_the_response_compared_with_the_usual():
    def used_to(reward):
        def change(state):
            state.creators["reward_mean"] = reward

        community = week(change)
        written, _ = adaptation._responses(community)
        here = community.state.members["flags"][community.state.creators["member"]] & s.ON_PLATFORM
        return community.state.creators, (written > 0) & (here > 0)

    spoilt, wrote = used_to(6.0)
    modest, _ = used_to(0.0)
    assert wrote.sum() > 20
    assert spoilt["effort"][wrote].max() < 1.0
    assert modest["effort"][wrote].mean() > spoilt["effort"][wrote].mean() + 0.1
    assert (spoilt["reward_mean"][wrote] < 6.0).all()  # one gets used to it
    quiet = ~wrote
    assert modest["effort"][quiet] == pytest.approx(1.0)


def test_the_response_moves_newcomers_most():
    def after(written):
        def change(state):
            state.creators["reward_mean"], state.creators["written"] = 0.0, written

        return week(change, members=2000).state.creators["effort"]

    new, old = after(0), after(100)
    moved = old > 1.0
    assert moved.sum() > 20 and (new[moved] > old[moved]).all()


def test_income_raises_effort_and_prices_and_is_remembered():
    def paid(state):
        state.creators["income"][::2] = 500_000

    community = week(paid)
    creators = community.state.creators
    base = week(lambda state: None).state.creators
    writes = (community.state.members["flags"][creators["member"]] & s.ON_PLATFORM) > 0
    writes &= (creators["effort"] != 1.0) & (creators["left"] == 0) & (np.arange(len(creators)) % 2 == 0)
    assert writes.sum() > 100 and (creators["effort"][writes] > base["effort"][writes] + 0.05).all()
    assert (creators["price_level"][::2] > base["price_level"][::2]).mean() > 0.99
    assert np.array_equal(creators["price_level"][1::2], base["price_level"][1::2])
    assert (creators["income_mean"][::2] == 125_000).all() and not creators["income"].any()


def test_commercial_load_and_the_count_of_notes_fade():
    def heavy(state):
        state.creators["commercial_load"] = 0.8
        state.creators["notes_month"] = 40

    creators = week(heavy).state.creators
    assert creators["commercial_load"] == pytest.approx(0.68)
    assert creators["notes_month"].mean() == pytest.approx(30, abs=0.7)


def test_authors_stop_and_resume_in_balance():
    def stopped(rivals=0.0, say=None):
        community = small(members=8000, policy=Speaker(say) if say else None)
        speak(community)
        community.clock["outside"] = rivals
        before = community.state.creators["left"].copy()
        adaptation.run(community)
        after = community.state.creators["left"]
        return before, after, community.today["creator_exits"]

    before, after, exits = stopped()
    assert before.mean() == pytest.approx(LEFT_SHARE, abs=0.015)
    assert exits == ((before == 0) & (after == 1)).sum() > 5 < ((before == 1) & (after == 0)).sum()
    _, poached, more = stopped(rivals=1.0)
    assert more > exits and (poached >= after).all()
    _, kept, fewer = stopped(say=lambda desk: desk.modify("creator.stay", 10.0))
    assert fewer < 0.5 * exits and (kept <= after).all()


def test_rival_brands_move_money_to_where_it_came_back_and_the_sum_stays():
    def unequal(state):
        rivals = np.flatnonzero(state.brands["focal"] == 0)
        state.brands["budget_week"][rivals] = 1_000_000
        state.brands["spent_week"][rivals] = 1_000_000
        state.brands["earned_week"][rivals[::2]] = 3_000_000
        state.brands["earned_week"][rivals[1::2]] = 500_000

    brands = week(unequal).state.brands
    rivals = np.flatnonzero(brands["focal"] == 0)
    money = brands["budget_week"][rivals]
    assert (money[::2] > 1_000_000).all() and (money[1::2] < 1_000_000).all()
    assert abs(int(money.sum()) - 1_000_000 * len(rivals)) <= len(rivals)
    assert not brands["spent_week"].any() and not brands["earned_week"].any()


def test_shops_without_sales_close_in_time_and_others_open():
    def dying(state):
        rivals = np.flatnonzero(state.brands["focal"][state.merchants["brand"]] == 0)
        state.merchants["mean_gmv"] = 1e6
        state.merchants["mean_gmv"][rivals[::2]] = 10.0

    community = week(dying)
    shops = community.state.merchants
    closed = shops["open"] == 0
    focal = community.state.brands["focal"][shops["brand"]] == 1
    for number in range(1, 40):
        community.world_day = 7 * number
        shops["weekly_gmv"] = np.where(shops["mean_gmv"] > 1e4, 1_000_000, 0)
        adaptation.open_and_close(community)
        closed |= shops["open"] == 0
    assert closed.any() and not closed[focal].any() and not closed[shops["entered"] < 0][1::2].all()
    assert (shops["entered"] > 0).any() and community.today["merchant_entries"] > 0
    assert community.today["merchant_exits"] >= (shops["open"] == 0).sum() - 0
