"""Levers: without the phase a plan changes nothing; observation is late, noisy, and hides what nobody can see."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ConfigError
from sim.levers.table import combinations
from sim.state import schema as s
from tests.sim.worlds import Speaker, same, small, without


def test_without_levers_a_plan_changes_nothing():
    plan = Speaker(lambda desk: desk.modify("action.like", 3.0))
    silent = without(small(policy=plan), "levers")
    silent.run_days(3)
    base = without(small(), "levers")
    base.run_days(3)
    same(silent, base)
    assert (
        small(policy=plan, days=3).state.note_history["totals"].sum()
        != base.state.note_history["totals"].sum()
    )


def test_without_cohorts_a_change_reaches_nobody():
    plan = Speaker(lambda desk: desk.modify("action.like", 3.0))
    deaf = without(small(policy=plan), "cohorts")
    deaf.run_days(3)
    same(deaf, small(days=3))
    likes = [c.totals[:, :, s.C_LIKES].sum() for c in (deaf, small(policy=plan, days=3))]
    assert likes[1] > 1.5 * likes[0] > 0


def test_a_window_of_days_is_seen_as_late_as_a_day():
    seen = []
    community = small(policy=Speaker(lambda desk: seen.append(desk.observe("reads", 2, 0.0, days=3))), days=6)
    reads = community.kpis.daily("reads")[:, 0]
    assert all(math.isnan(value) for value in seen[:2])
    assert seen[5] == pytest.approx(reads[1:4].sum())


def test_a_plan_reports_its_own_work_and_nothing_else():
    def say(desk):
        desk.record("launches", 2)
        with pytest.raises(ConfigError, match="'reads' is no figure of a plan; there are: launches"):
            desk.record("reads", 2)

    assert small(policy=Speaker(say), days=1).today["launches"] == 2


def test_an_audit_finds_bought_followers_with_an_error():
    found = []

    def say(desk):
        rows = np.arange(len(desk.visible("creators.member")))
        found.append((desk.audit(rows, 0.0), desk.audit(rows, 0.1), desk.audit(rows[:5], 0.1)))

    community = small(policy=Speaker(say), days=1)
    exact, noisy, few = found[0]
    assert exact == pytest.approx(community.state.creators["fake_share"] / s.FAKE_UNIT, abs=1e-6)
    assert (noisy[:5] == few).all() and 0.02 < np.abs(noisy - exact).mean() < 0.12


def test_a_desk_sees_late_and_noisy_figures_and_no_hidden_column():
    seen = []

    def say(desk):
        seen.append(desk.observe("dau", delay=2, noise=0.05))
        with pytest.raises(ConfigError, match="hidden"):
            desk.visible("members.trust")
        with pytest.raises(ConfigError, match="unknown column"):
            desk.visible("members.charm")
        assert not desk.visible("members.tier").flags.writeable

    community = small(policy=Speaker(say), days=4)
    assert math.isnan(seen[0]) and math.isnan(seen[1])
    true = community.kpis.on_day("dau", 0)
    assert seen[2] != true and abs(seen[2] / true - 1) < 0.4


def test_unknown_mechanisms_are_named():
    def say(desk):
        desk.modify("feed.relevence", 2.0)

    with pytest.raises(ConfigError, match=r"unknown mechanism 'feed.relevence'; there are: .*feed.relevance"):
        small(policy=Speaker(say), days=1)


@given(st.integers(1, 200), st.integers(0, 40), st.floats(0.02, 0.98), st.integers(0, 2**32 - 1))
def test_combinations_of_segments_are_numbered_in_the_order_of_their_bits(
    persons: int, segments: int, share: float, seed: int
) -> None:
    bits = np.random.default_rng(seed).random((persons, segments + 1)) < share
    codes, patterns = combinations(list(bits.T))
    assert np.array_equal(patterns[codes], bits)
    nobody = np.zeros((1, bits.shape[1]), bool)
    assert np.array_equal(patterns, np.unique(np.vstack([nobody, bits]), axis=0))
