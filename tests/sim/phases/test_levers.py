"""Levers: without the phase a plan changes nothing; observation is late, noisy, and hides what nobody can see."""

from __future__ import annotations

import math

import pytest

from sim.errors import ConfigError
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
