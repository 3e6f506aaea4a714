"""The moderation phase: what is found, what is missed, what is taken by mistake."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import PlatformConfig
from sim.levers.mechanisms import M_FALSE_POSITIVE, M_RECALL
from sim.phases import moderation
from sim.state import schema as s
from tests.sim.worlds import small, without


def waiting(recall=0.6, wrong=0.005, delay=0.5, bots=False):
    """Some notes that wait for review, a fifth of them fake (by inauthentic accounts if ``bots``), after one pass."""
    community = small(members=3000, days=1, platform=PlatformConfig(review_delay=delay))
    notes = community.state.notes
    live = np.flatnonzero(notes["status"] == s.LIVE_NOTE)[:400]
    notes.array["status"][live] = s.PLANNED
    notes.array["flags"][live] &= 0xFF ^ (s.REVIEWED | s.FAKE)
    notes.array["flags"][live[::5]] |= s.FAKE
    notes.array["day"][live] = community.world_day
    if bots:
        community.state.members.array["flags"][notes["author"][live[::5]]] |= s.BOT
    community.levers.table[0, M_RECALL] = recall
    community.levers.table[0, M_FALSE_POSITIVE] = wrong
    community.today = {}
    moderation.run(community)
    fake = np.zeros(len(live), bool)
    fake[::5] = True
    return community, live, fake


def gone(community, rows):
    return community.state.notes["status"][rows] == s.REMOVED


def test_without_moderation_no_note_is_reviewed():
    community = without(small(members=1500), "moderation")
    community.run_days(2)
    notes = community.state.notes
    fresh = (notes["day"] >= 0) & (notes["status"] != s.FREE)
    assert fresh.any() and not (notes["flags"][fresh] & s.REVIEWED).any()
    assert community.today["notes_written"] > 0 and "takedowns" not in community.today
    assert (
        small(members=1500, days=2).today["notes_published"] > 0 == community.today.get("notes_published", 0)
    )


def test_recall_finds_more_and_lets_nobody_go_that_was_found_before():
    weak, rows, fake = waiting(recall=0.3)
    strong, _, _ = waiting(recall=0.9)
    assert (gone(strong, rows) | ~gone(weak, rows)).all()
    assert gone(weak, rows)[fake].mean() == pytest.approx(0.3, abs=0.15)
    assert gone(strong, rows)[fake].mean() > gone(weak, rows)[fake].mean() + 0.25
    assert gone(strong, rows)[~fake].mean() < 0.15
    assert strong.today["takedowns"] >= gone(strong, rows).sum()


def test_an_inauthentic_account_is_closed_with_its_first_fake_note_that_is_found():
    kept, rows, fake = waiting()
    closed, _, _ = waiting(bots=True)
    notes, state = closed.state.notes, closed.state
    found = gone(kept, rows) & fake
    author = np.unique(notes["author"][rows[found]])
    assert len(author) > 20 and closed.today["accounts_closed"] >= len(author)
    assert not (state.members["flags"][author] & s.ON_PLATFORM).any()
    assert (state.profiles["stage"][author] == s.GONE).all()
    assert (state.members["tier"][author] == s.ORDINARY).all()
    theirs = np.isin(notes["author"], author) & (notes["status"] != s.FREE)
    assert (notes["status"][theirs] == s.REMOVED).all() and theirs.sum() > found.sum()
    others = np.setdiff1d(notes["author"][rows[~fake]], notes["author"][rows[fake]])
    assert np.array_equal(state.members["flags"][others], kept.state.members["flags"][others])


def test_mistakes_discourage_their_victims():
    base, rows, _fake = waiting(recall=0.0, wrong=0.0)
    harsh, _, _ = waiting(recall=0.0, wrong=0.2)
    lost = rows[gone(harsh, rows)]
    assert harsh.today["false_positives"] >= len(lost) > 20 and not gone(base, rows).any()
    author = np.unique(harsh.state.notes["creator"][lost])
    assert (harsh.state.creators["effort"][author] < base.state.creators["effort"][author]).all()
    person = np.unique(harsh.state.notes["author"][lost])
    before, after = (c.state.profiles["satisfaction"][person] for c in (base, harsh))
    assert (after < before).all()


def test_review_may_be_late_by_a_day():
    community, rows, _ = waiting(delay=2.0)
    notes = community.state.notes
    late = (notes["flags"][rows] & s.REVIEWED) == 0
    assert late.mean() == pytest.approx(np.exp(-0.5), abs=0.1)
    community.world_day += 1
    moderation.run(community)
    assert (notes["flags"][rows] & s.REVIEWED).all()
