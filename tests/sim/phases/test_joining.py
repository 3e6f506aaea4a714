"""The joining phase: one draw decides, a second credits the channel, money is booked, nobody comes from nowhere."""

from __future__ import annotations

import numpy as np

from sim.accounts import account_code
from sim.phases import joining
from sim.population import balance
from sim.state import schema as s
from sim.state.schema import demographic
from tests.sim.worlds import Speaker, small, speak, without

PEOPLE = 10_000


def joined(community):
    return np.flatnonzero(community.state.profiles["joined"] == 0)


def channels(community):
    codes = demographic(community.state.profiles["demographics"], "channel")
    return codes[joined(community)]


def day_one(say=None, payer="platform", severed=()):
    community = small(members=PEOPLE, policy=Speaker(say, payer) if say else None)
    community.levers.severed = frozenset(severed)
    speak(community)
    joining.run(community)
    return community


def test_without_joining_nobody_is_new():
    community = without(small(members=PEOPLE), "joining")
    community.run_days(2)
    assert not len(joined(community)) and "returned" not in community.today
    played = small(members=PEOPLE, days=2)
    assert len(joined(played)) > 3 and played.today["returned"] > 0


def test_prospects_join_and_are_received():
    community = day_one()
    rows, state = joined(community), community.state
    assert (rows >= PEOPLE).all()
    platform = community.config.platform
    waiting = int((small(members=PEOPLE).state.profiles["stage"] == s.PROSPECT).sum())
    hazard = balance(platform, community.config.world.prospects).hazard
    expected = waiting * hazard * (1.0 - platform.join_referral)  # on the first day nobody refers yet
    assert abs(len(rows) - expected) < 3.0 * expected**0.5
    assert ((state.members["flags"][rows] & s.ON_PLATFORM) > 0).all()
    assert (state.profiles["stage"][rows] == s.EXPLORATION).all()
    follower, followee = (np.concatenate(part) for part in zip(*community.follows_today, strict=True))
    number = int(community.config.platform.suggested_follows)
    assert set(rows) <= set(follower) and (np.bincount(follower)[rows] >= number).all()
    assert (state.profiles["creator"][followee[np.isin(follower, rows)]] >= 0).all()
    community.run_days(1)
    assert ((state.members["flags"][rows] & s.ON_TODAY) > 0).all()
    assert (community.delta.followees_count[rows] >= number).all()


def test_a_channel_adds_members_but_takes_some_of_the_others():
    base, paid = day_one(), day_one(lambda desk: desk.modify("join.paid", 8.0))
    assert set(joined(base)) <= set(joined(paid)) and len(joined(paid)) > 1.5 * len(joined(base))
    came_anyway = joined(base)[channels(base) == joining.ORGANIC]
    now = demographic(paid.state.profiles["demographics"], "channel")[came_anyway]
    assert (now == joining.PAID).any()  # growth is cannibalised
    cut = day_one(lambda desk: desk.modify("join.paid", 8.0), severed=("join.paid",))
    assert np.array_equal(base.state.profiles.rows, cut.state.profiles.rows)


def test_paid_members_cost_their_payer_and_others_nothing():
    def flows(community, debit):
        rows = community.ledger.entries
        return int(rows["amount"][rows["debit"] == account_code(debit)].sum())

    base = day_one()
    assert flows(base, "platform") == 3000 * (channels(base) == joining.PAID).sum()
    paid = day_one(lambda desk: desk.modify("join.paid", 8.0, action=0), payer="brand")
    count = int((channels(paid) == joining.PAID).sum())
    assert flows(paid, "platform") + flows(paid, "brand") == 3000 * count
    assert flows(paid, "brand") == round(3000 * count * (1 - 1 / 8))


def test_who_left_comes_back_or_is_forgotten():
    community = small(members=PEOPLE)
    profiles = community.state.profiles
    gone = np.flatnonzero(profiles["stage"] == s.GONE)
    community.run_days(5)
    stage = profiles["stage"][gone]
    back = (stage != s.GONE) & (stage != s.PROSPECT) & (profiles["joined"][gone] < 0)
    assert back.sum() > 5 and (stage == s.PROSPECT).sum() > 5
    again = day_one(lambda desk: desk.modify("join.again", 6.0))
    assert again.today["returned"] > 2 * day_one().today["returned"]


def test_rivals_keep_people_away_and_referrers_bring_them():
    rivals, hosts = small(members=PEOPLE), small(members=PEOPLE)
    rivals.clock["outside"] = 1.0
    hosts.state.profiles["stage"][:400] = s.REFERRAL
    for community in (rivals, hosts):
        joining.run(community)
    base = day_one()
    assert len(joined(rivals)) < len(joined(base)) < len(joined(hosts))
    assert (channels(hosts) == joining.REFERRED).sum() > (channels(base) == joining.REFERRED).sum()
    guests = joined(hosts)[channels(hosts) == joining.REFERRED]
    follower, followee = (np.concatenate(part) for part in zip(*hosts.follows_today, strict=True))
    ties = {(u, v) for u, v in zip(follower.tolist(), followee.tolist(), strict=True)}
    for guest in guests.tolist():
        host = [v for u, v in ties if u == guest and v < 400]
        assert any((v, guest) in ties for v in host)
