"""Sessions: without them nobody sees anything; reactions follow what is liked; attention is finite."""

from __future__ import annotations

import numpy as np

from sim.phases.sessions.places import open_session
from sim.phases.sessions.reactions import (
    COLLECT,
    LIKE,
    READ,
    RECOGNISED,
    SECONDS_SHIFT,
    react,
    taste_from,
    taste_words,
)
from sim.state import schema as s
from tests.sim.worlds import Speaker, small, without


def test_without_sessions_nobody_sees_anything():
    assert small(days=2).totals[:, :, s.C_IMPRESSIONS].sum() > 0
    assert without(small(), "sessions") is not None
    idle = without(small(), "sessions")
    idle.run_days(2)
    assert idle.totals.sum() == 0


def test_reads_follow_taste_match_and_quality():
    community = small(members=2000, days=1)
    members, _, shown, _, _, _, levers, platform, clock = community.frozen()
    notes = community.state.notes
    live = np.flatnonzero(notes["status"] == s.LIVE_NOTE)[:60]
    reads, liked, seconds = {}, 0, []
    for n in live:
        answers = [
            react(members, shown, levers, platform, clock, i, int(notes.array["listing"][n]), 3)
            for i in range(600)
        ]
        reads[int(n)] = sum(a & READ for a in answers)
        seconds += [a >> SECONDS_SHIFT for a in answers if a & READ]
        liked += sum(bool(a & 2) for a in answers)
    appeal = notes["cover"][live]
    assert np.corrcoef(appeal, [reads[int(n)] for n in live])[0, 1] > 0.4
    assert liked > 0 and 5 < np.mean(seconds) < 200


def test_a_label_makes_an_advertisement_known_and_pays_only_with_the_similar():
    community = small(members=2000, days=1)
    members, _, shown, _, _, _, levers, platform, clock = community.frozen()
    notes = community.state.notes
    listings = notes.array["listing"][np.flatnonzero(notes["status"] == s.LIVE_NOTE)[:150]]
    shown, members = shown.copy(), members.copy()
    members["interest"] = 0
    members["interest"][:300] = 255  # each of one mind with every author
    shown["flags"][listings] &= 0xFF ^ s.DISCLOSED
    shown["flags"][listings] |= s.SPONSORED

    def answers():
        return np.array(
            [
                [react(members, shown, levers, platform, clock, i, int(n), 3) for n in listings]
                for i in range(600)
            ]
        )

    hidden = answers()
    shown["flags"][listings] |= s.DISCLOSED
    labelled = answers()
    assert np.array_equal(hidden & READ, labelled & READ)
    known = [(a & RECOGNISED > 0).sum() / (a & READ > 0).sum() for a in (hidden, labelled)]
    assert 0.2 < known[0] < 0.4 < 0.5 < known[1] < 0.7
    kept = [
        [(a[rows] & (LIKE | COLLECT) > 0).sum() for a in (hidden, labelled)]
        for rows in (slice(300), slice(300, 600))
    ]
    assert kept[0][1] > kept[0][0] and kept[1][1] <= kept[1][0]


def test_taste_is_lasting_and_standard():
    key = np.uint64(2**40 + 77)
    values = np.array([taste_from(taste_words(np.uint64(5), viewer, key)) for viewer in range(4000)])
    assert abs(values.mean()) < 0.06 and abs(values.std() - 1) < 0.05
    assert values[9] == taste_from(taste_words(np.uint64(5), 9, key))


def test_attention_is_finite_and_friction_shortens_it():
    rough = small(members=2000, days=2, policy=Speaker(lambda desk: desk.modify("session.friction", 2.0)))
    smooth = small(members=2000, days=2)
    ratio = rough.totals[:, :, s.C_IMPRESSIONS].sum() / smooth.totals[:, :, s.C_IMPRESSIONS].sum()
    assert 0.35 < ratio < 0.7
    assert smooth.state.profiles["day_seconds"].max() < 6 * 3600


def test_only_members_who_are_here_open_a_session():
    community = small(members=2000, days=1)
    members, profiles, _, _, _, _, levers, platform, clock = community.frozen()
    here = (members["flags"] & s.ON_TODAY) > 0
    patience = np.array(
        [open_session(members, profiles, levers, platform, clock, i) for i in range(len(members))]
    )
    assert (patience[~here] == 0).all()
    assert 0 < (patience[here] > 0).mean() < 1
    place = community.decide("choose", int(np.flatnonzero(here)[0]), 0)
    assert place >= 0 and community.state.notes["status"][place & ((1 << 40) - 1)] in (
        s.LIVE_NOTE,
        s.SEARCH_ONLY,
    )


def test_following_favours_what_followees_wrote():
    community = small(members=2000, days=3)
    following = community.totals[s.FOLLOWING]
    assert following[:, s.C_IMPRESSIONS].sum() > 0
    discovery = community.totals[s.DISCOVERY]
    rate = lambda t: t[:, s.C_READS].sum() / t[:, s.C_IMPRESSIONS].sum()  # noqa: E731
    assert rate(following) > 1.5 * rate(discovery)
