"""Posting: without it there are no new notes; keys are permanent; contracts are accepted, written and paid."""

from __future__ import annotations

import numpy as np

from sim.levers import ContractOffer
from sim.phases.posting import CONTRACT_BIT
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, without


def test_without_posting_there_are_no_new_notes():
    assert small(members=1500, days=3).today["notes_written"] > 0
    silent = without(small(members=1500), "posting")
    before = len(silent.state.notes) - len(silent.state.notes.free)
    silent.run_days(3)
    assert len(silent.state.notes) - len(silent.state.notes.free) <= before


def test_keys_are_unique_and_name_their_author():
    community = small(members=2000, days=5)
    notes = community.state.notes
    used = notes["status"] != s.FREE
    keys = notes["key"][used]
    assert len(np.unique(keys)) == len(keys)
    organic = used & (notes["contract"] < 0)
    author = community.state.members["id"][notes["author"][organic]]
    assert np.array_equal(notes["key"][organic] >> np.uint64(32), author.astype(np.uint64))


def commission(day):
    def say(desk):
        if desk.day != day:
            return
        followers = desk.visible("creators.followers")
        for ordinal, creator in enumerate(np.argsort(-followers, kind="stable")[:12]):
            desk.offer(
                ContractOffer(
                    77 + ordinal, 0, int(creator), 0, 2, day + 1, 1, s.IMAGE_TEXT, s.PRODUCT, 5_000, True, 0.3
                )
            )

    return Speaker(say, payer="brand")


def first_notes(**columns):
    """Keys, quality and whether they keep to the main topic, of the first day's notes by authors who are all so."""
    community = small(members=2000)
    for name, value in columns.items():
        community.state.creators[name] = value
    community.run_days(1)
    notes = community.state.notes.array
    fresh = np.flatnonzero((notes["status"] != s.FREE) & (notes["day"] >= 0) & (notes["contract"] < 0))
    fresh = fresh[np.argsort(notes["key"][fresh])]
    main = community.state.creators["verticals"][notes["creator"][fresh], 0]
    return notes["key"][fresh], notes["quality"][fresh], notes["topic"][fresh] == main


def test_effort_keeps_to_the_main_topic():
    usual, keen = first_notes(effort=1.0), first_notes(effort=2.0)
    _, at, there = np.intersect1d(usual[0], keen[0], return_indices=True)
    assert len(at) > 10 and keen[2][there].sum() > 1.1 * usual[2][at].sum()  # I2


def test_who_sells_too_often_engages_less():
    base, light, heavy = first_notes(), first_notes(commercial_load=0.25), first_notes(commercial_load=0.5)
    _, at, there = np.intersect1d(base[0], heavy[0], return_indices=True)
    assert len(at) > 10 and np.array_equal(base[1], light[1])
    assert np.allclose(heavy[1][there], base[1][at] - 0.6, atol=1e-5)  # G8


def test_contracts_are_written_marked_and_paid_and_shift_nobody_else():
    plain, plan = small(members=2000, days=3), small(members=2000, policy=commission(0), days=3)
    notes = plan.state.notes
    ours = (notes["status"] != s.FREE) & ((notes["key"] & CONTRACT_BIT) > 0)
    accepted = plan.state.contracts["status"]
    delivered = int((accepted == 2).sum())
    assert delivered > 6 and ours.sum() == delivered
    wanted = s.SPONSORED | s.DISCLOSED | s.LINKED
    assert ((notes["flags"][ours] & wanted) == wanted).all()
    booked = plan.ledger.entries
    assert int(booked["amount"][booked["action"] == 0].sum()) == int(
        plan.state.contracts["price"][accepted == 2].sum()
    )

    def organic(community):
        table = community.state.notes
        used = (table["status"] != s.FREE) & ((table["key"] & CONTRACT_BIT) == 0) & (table["day"] <= 1)
        return set(zip(table["key"][used].tolist(), table["quality"][used].tolist(), strict=True))

    common = organic(plain) & organic(plan)
    assert len(common) > 0.97 * len(organic(plain))
