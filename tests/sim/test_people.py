"""The people of a world: drawn by id alone, as configured, near the stationary state of what moves them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import CommunityConfig, PlatformConfig, WorldConfig
from sim.graph import power_law_communities
from sim.model import Community
from sim.phases.transitions import limits
from sim.phases.writing import DAY_OFFSET
from sim.population import INFLOW, LIVELIER, balance
from sim.randomness import uniforms
from sim.scale import real_followers
from sim.state import schema as s
from sim.state.schema import demographic
from tests.sim.worlds import small


@pytest.fixture(scope="module")
def world():
    return small(members=6000, seed=4)


def test_traits_depend_on_the_id_alone(world):
    fewer = small(members=600, seed=4)
    mine, others = fewer.state, world.state
    for column in ("id", "interest"):
        assert np.array_equal(mine.members[column][:600], others.members[column][:600])
    for column in ("demographics", "price_sensitivity", "propensity", "active_days"):
        assert np.array_equal(mine.profiles[column][:600], others.profiles[column][:600])
    another = small(members=600, seed=5)
    assert not np.array_equal(mine.members["interest"], another.state.members["interest"])


def test_interests_are_shares_few_topics_dominate_and_their_mean_is_as_configured(world):
    interest = world.state.members["interest"].astype(int)
    assert (interest.sum(axis=1) == 255).all()
    topics = np.array(world.config.audience.topics)
    assert np.abs(interest.mean(axis=0) / 255 - topics / topics.sum()).max() < 0.015
    assert 0.35 < interest.max(axis=1).mean() / 255 < 0.75


def test_demographics_follow_the_audience_and_elasticities_the_mean_of_K1(world):
    audience, packed = world.config.audience, world.state.profiles["demographics"]
    for name in ("gender", "age_band", "city_tier", "income_band", "occupation", "region"):
        wanted = np.array(getattr(audience, name))
        found = np.bincount(demographic(packed, name), minlength=len(wanted)) / len(packed)
        assert np.abs(found - wanted).max() < 0.02, name
    elasticity = world.state.profiles["price_sensitivity"]
    assert elasticity.max() < 0
    assert elasticity.mean() == pytest.approx(-2.62, abs=0.05)
    poor = demographic(packed, "income_band") == 0
    assert elasticity[poor].mean() < elasticity[~poor].mean()


def test_rows_are_members_then_people_outside(world):
    flags, stage = world.state.members["flags"], world.state.profiles["stage"]
    here = (flags & s.ON_PLATFORM) > 0
    assert here[:6000].all() and not here[6000:].any() and len(here) == 7800
    assert np.isin(stage[6000:], (s.PROSPECT, s.GONE)).all()
    assert ((world.state.profiles["active_days"] > 0) == here).all()
    bots = (flags & s.BOT) > 0
    assert bots.mean() == pytest.approx(world.config.audience.bots, abs=0.01)


def test_at_every_inclination_as_many_join_as_leave():
    population = balance(PlatformConfig(), 0.3)
    members = np.diff(population.inside, prepend=0.0)
    outside = 0.3 * np.diff(population.outside, prepend=0.0)
    joining, leaving = outside * population.hazard / INFLOW, members / population.stay
    assert joining == pytest.approx(leaving, rel=1e-6, abs=1e-12)
    assert members @ population.visit == pytest.approx(0.3, abs=0.03)
    assert outside @ population.visit / 0.3 < 0.5 * members @ population.visit


def test_many_write_now_and_then_and_a_few_write_much(world):
    state = world.state
    visit = state.profiles["habit"][state.creators["member"]].astype(float)
    here = (state.members["flags"][state.creators["member"]] & s.ON_PLATFORM) > 0
    writes = here & (state.creators["left"] == 0)
    chance = visit * (1 - np.exp(-np.minimum(1.6, state.creators["post_rate"].astype(float) / 0.25))) * writes
    u = uniforms(1, 250, np.repeat(np.arange(len(chance)), 28), np.tile(np.arange(28), len(chance)))
    posted = u.reshape(-1, 28) < chance[:, None]
    active = (1 - (1 - state.profiles["habit"][:6000].astype(float)) ** 28).sum()
    assert 0.2 <= posted.any(axis=1).sum() / active <= 0.33  # those who are newly here come on top
    notes = (chance * (1 + 0.5 * chance / np.maximum(visit, 1e-9))).sum() / 6000
    assert LIVELIER * notes == pytest.approx(world.config.platform.notes_per_day, rel=0.06)
    heavy = np.sort(posted.sum(axis=1))[::-1]
    assert heavy[: len(heavy) // 50].sum() > 0.1 * heavy.sum()


@pytest.mark.slow
def test_a_baseline_is_stationary_and_keeps_to_the_facts():
    """R5, R2 and N9 in a world that is played: 28 days to settle, then twelve weeks."""
    community = small(members=8000, seed=3)
    state, visitors, wrote, here = community.state, [], [], []
    for _ in range(112):
        community.step()
        flags = state.members["flags"]
        visitors.append(int(((flags & 3) == 3).sum()))
        here.append(int(((flags & s.ON_PLATFORM) > 0).sum()))
        low = state.notes["key"] & np.uint64(0xFFFFFFFF)
        today = (low >> np.uint64(16)).astype(int) - DAY_OFFSET == community.world_day - 1
        wrote.append(np.unique(state.notes["author"][today & (state.notes["status"] != s.FREE)]))
    month = int((((state.profiles["active_days"] & 0x0FFFFFFF) > 0) & ((flags & s.ON_PLATFORM) > 0)).sum())
    assert np.mean(visitors[-28:]) / month == pytest.approx(0.33, abs=0.02)
    authors = len(np.unique(np.concatenate(wrote[-28:])))
    # N9's band is 0.25 to 0.33 over 30 days, which `seedbed validate` finds at 50,000 members; here four weeks of 8,000
    assert 0.22 <= authors / month <= 0.33
    kept = {}
    for days in (1, 7, 30):
        stayed, cohort = (community.kpis.measure(f"{k}_{days}")[28:, 0].sum() for k in ("kept", "cohort"))
        kept[days] = stayed / cohort
    assert kept[1] == pytest.approx(0.45, abs=0.05)
    assert kept[7] == pytest.approx(0.27, abs=0.04)
    assert kept[30] == pytest.approx(0.15, abs=0.04)
    weeks = np.arange(84) / 28
    for series in (visitors, here):
        slope = np.polyfit(weeks, np.log(series[28:]), 1)[0]
        assert abs(slope) < 0.02


def test_the_skilled_are_followed_more_and_nobody_follows_a_prospect(world):
    creators = world.state.creators
    here = creators["member"] < 6000
    followers, skill = creators["followers"][here], creators["skill"][here]
    rank = np.argsort(np.argsort(followers))
    assert np.corrcoef(rank, skill)[0, 1] > 0.2
    assert creators["followers"][~here].sum() == 0


def test_tiers_count_followers_in_real_units(world):
    koc, top = limits(world)
    config = world.config.world
    real = real_followers(np.array([koc - 1, koc, top - 1, top]), config.members, config.weight)
    assert real[0] < 1_000 <= real[1] and real[2] < 500_000 <= real[3]
    creators, tier = world.state.creators, world.state.members["tier"]
    mine = tier[creators["member"]]
    assert (creators["followers"][mine == s.TOP] >= top).all()
    assert (creators["followers"][mine == s.KOC] >= koc).all()
    assert (creators["skill"][mine == s.KOC] > -1).all()
    assert min((tier == code).sum() for code in (s.ORDINARY, s.ACTIVE, s.KOC)) > 20


def test_on_a_given_graph_those_who_are_followed_are_the_skilled():
    config = CommunityConfig(
        world=WorldConfig(members=1500, represents=1.5e6, groups_per_1000=2.7), warmup_days=0
    )
    given = Community(config, seed=2, graph=power_law_communities(1500, seed=77))
    creators = given.state.creators
    here = creators["member"] < 1500
    rank = np.argsort(np.argsort(creators["followers"][here]))
    assert np.corrcoef(rank, creators["skill"][here])[0, 1] > 0.25
