"""What plans offer to members: activities, messages, membership, invitations, grants, groups, trends."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.accounts import account_code, kind_code
from sim.levers import (
    ActivityOffer,
    GrantOffer,
    GroupOffer,
    InviteOffer,
    MembershipOffer,
    MessageOffer,
    TrendOffer,
)
from sim.state import schema as s
from tests.sim.worlds import Speaker, same, small, without

CONTEST = partial(
    ActivityOffer,
    action=0,
    wave=0,
    topic=2,
    last=4,
    appeal=0.0,
    visits=3.0,
    posting=6.0,
    on_topic=1.0,
    slump=0.5,
    ties=0.5,
    joy=0.05,
    winners=0.5,
    prize=1_000,
    capacity=-1,
    payer="brand",
)


def everybody(desk):
    return np.ones(len(desk.visible("members.id")), bool)


def holding(offer, first=1, last=4, **keys):
    """A plan that makes an offer to everybody on some days."""

    def say(desk):
        if first <= desk.world_day <= last:
            desk.offer(offer(segment=everybody(desk), **keys))

    return Speaker(say, payer="brand")


def total(community, measure):
    return float(np.nansum(community.kpis.measure(measure)[:, 0]))


def paid(community, what):
    rows = community.ledger.entries
    return rows[rows["what"] == kind_code(what)]


def test_without_the_phase_nobody_takes_part():
    plan = holding(CONTEST)
    deaf = without(small(policy=plan), "activities")
    deaf.run_days(6)
    same(deaf, small(days=6))
    assert total(small(policy=plan, days=6), "activity_participants") > 0


def test_who_takes_part_visits_and_writes_more_and_rests_afterwards():
    base, held = small(members=1500, days=14), small(members=1500, days=14, policy=holding(CONTEST))
    table = held.state.activities
    assert total(held, "activity_participants") > 150
    visitors = [c.kpis.measure("visitors")[:, 0] for c in (base, held)]
    assert visitors[1][2:5].sum() > 1.1 * visitors[0][2:5].sum()
    assert visitors[1][6:11].sum() < 0.97 * visitors[0][6:11].sum()
    about = [c.kpis.measure("notes", "topic")[2:5, 2].sum() for c in (base, held)]
    assert about[1] > 3 * about[0] and total(held, "activity_notes") > 10
    assert not len(np.setdiff1d(np.arange(len(table)), table.free))  # forgotten when the week of rest is over


def test_prizes_are_paid_once_and_those_who_met_stay_in_touch():
    held = small(days=8, policy=holding(CONTEST))
    prizes = paid(held, "reward")
    assert set(prizes["day"]) == {5} and set(prizes["debit"]) == {account_code("brand")}
    taken = held.state.activities["participants"].sum()
    assert prizes["amount"].sum() % 1_000 == 0 and 300 * taken < prizes["amount"].sum() < 700 * taken
    assert held.delta.arcs > small(days=8, policy=holding(partial(CONTEST, ties=0.0))).delta.arcs + 10


def test_places_are_scarce_and_only_those_meant_take_part():
    few = small(days=5, policy=holding(partial(CONTEST, capacity=7)))
    assert few.state.activities["participants"].tolist() == [7]

    def say(desk):
        women = (desk.visible("profiles.demographics") & 1) == 0
        desk.offer(CONTEST(segment=women, last=4))

    some = small(days=4, policy=Speaker(say))
    taken = some.state.participants["member"]
    assert len(taken) > 20 and not (some.state.profiles["demographics"][taken] & 1).any()


def test_messages_bring_visits_and_use_up_reach():
    message = partial(MessageOffer, action=0, opens=0.3, pull=4.0)
    base, told = small(members=1500, days=5), small(members=1500, days=5, policy=holding(message))
    visitors = [c.kpis.measure("visitors")[1:5, 0].sum() for c in (base, told)]
    assert visitors[1] > 1.15 * visitors[0]
    sent = told.kpis.measure("messages_sent")[1:5, 0]
    assert (np.diff(sent + np.arange(4)) <= 30).all() and total(told, "opt_outs") > 5
    assert total(told, "opt_outs") == (told.state.members["flags"] & s.MUTED > 0).sum()
    assert 0.2 < total(told, "messages_opened") / sent.sum() < 0.4


def test_membership_is_paid_for_and_ends_with_its_offer():
    club = partial(MembershipOffer, action=0, fee=1_500, appeal=-1.0, visits=2.0)
    joined = small(days=40, policy=holding(club, last=35))
    fees = paid(joined, "membership")
    assert set(fees["credit"]) == {account_code("platform")} and (fees["amount"] % 1_500 == 0).all()
    subscribers = joined.kpis.measure("subscribers")[:, 0]
    assert subscribers[30] > 60 and subscribers[39] < subscribers[35]
    assert fees["day"].max() <= 35


def test_invited_newcomers_are_tied_to_their_hosts_and_paid_for():
    invite = partial(InviteOffer, action=0, accepts=0.5, reward=2_000, fake=0.5, payer="brand")
    base, grown = small(members=1500, days=12), small(members=1500, days=12, policy=holding(invite, last=12))
    came = [total(c, "joined_referral") for c in (base, grown)]
    assert came[1] > 2 * came[0] and total(grown, "referred_by_plan") > 0.5 * came[1]
    rewards = paid(grown, "referral")
    assert rewards["amount"].sum() == 2_000 * total(grown, "referred_by_plan")


def test_grants_are_income_of_authors_who_write():
    grant = partial(GrantOffer, action=0, amount=500, payer="brand")

    def say(desk):
        if desk.world_day == 1:
            desk.offer(grant(authors=everybody(desk)))

    granted = small(days=2, policy=Speaker(say, payer="brand"))
    assert paid(granted, "reward")["amount"].sum() == 500 * granted.kpis.measure("grants")[1, 0] > 0
    assert granted.state.creators["income"].sum() > small(days=2).state.creators["income"].sum()


def test_groups_are_founded_once_and_joined_by_those_meant():
    found = partial(GroupOffer, action=0, number=0, kind=0, topic=3, region=255, joins=0.8)
    base, founded = small(days=6), small(days=6, policy=holding(found))
    assert len(founded.state.groups) == len(base.state.groups) + 1
    row = len(base.state.groups)
    assert founded.state.groups["action"].tolist() == [-1] * row + [0]
    assert founded.state.groups["members"][row] > 100 and founded.state.groups["admin"][row] >= 0


def test_a_trend_is_shown_to_everybody_and_ridden_by_some():
    def say(desk):
        desk.offer(TrendOffer(action=0, topic=10, heat=5.0, authors=everybody(desk), share=0.5))

    base, hot = small(days=5), small(days=5, policy=Speaker(say))
    share = [
        c.kpis.measure("impressions", "topic")[:, 10].sum() / c.kpis.measure("impressions")[:, 0].sum()
        for c in (base, hot)
    ]
    notes = [c.kpis.measure("notes", "topic")[1:, 10].sum() for c in (base, hot)]
    assert share[1] > 1.5 * share[0] and notes[1] > 3 * max(1, notes[0])
