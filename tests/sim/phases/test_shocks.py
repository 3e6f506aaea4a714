"""The shocks phase: a rival's pull and a crisis, and what they do to members."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.phases.shocks import Shock, concerned
from tests.sim.worlds import same, small, without

CRISIS = Shock("crisis", start=0, length=30, kind="crisis", size=0.2)
RIVAL = Shock("rival", start=0, length=30, kind="competition", size=1.0)


def struck(*shocks, days=1, members=600):
    community = small(members=members)
    community.shocks = list(shocks)
    community.run_days(days)
    return community


def test_without_the_phase_a_crisis_is_not_felt():
    base, crisis = small(days=2), struck(CRISIS, days=2)
    deaf = without(small(), "shocks")
    deaf.shocks = [CRISIS]
    deaf.run_days(2)
    same(base, deaf)
    trust = [float(c.state.members["trust"][:600].mean()) for c in (base, crisis)]
    assert trust[1] == pytest.approx(0.8 * trust[0], rel=0.02)


def test_no_shock_and_a_shock_without_size_change_nothing():
    same(small(days=2), struck(Shock("none", 0, 10, "crisis", 0.0), days=2))


def test_a_crisis_fades_and_a_rival_grows_and_goes():
    community = small(members=50)
    community.shocks = [CRISIS, Shock("rival", start=2, length=20, kind="competition", size=0.5)]
    crisis, outside = [], []
    for _ in range(24):
        community.step()
        crisis.append(float(community.clock["crisis"][0]))
        outside.append(float(community.clock["outside"][0]))
    assert crisis[0] == pytest.approx(0.2) and crisis[7] == pytest.approx(0.1)
    assert outside[1] == 0 < outside[2] < outside[5] < outside[12] == 0.5 and outside[22] == 0


def test_a_rival_takes_visitors():
    def visitors(community):
        return int(community.kpis.measure("visitors")[-7:, 0].sum())

    assert visitors(struck(RIVAL, days=14, members=1500)) < 0.8 * visitors(small(members=1500, days=14))


def test_a_crisis_strikes_those_whom_it_concerns():
    local = Shock("local", start=0, length=10, kind="crisis", size=0.2, region=3)
    topical = Shock("topical", start=0, length=10, kind="crisis", size=0.2, topic=0)
    for shock in (local, topical):
        base, hit = small(days=1), struck(shock)
        mask = concerned(base, shock)
        fell = hit.state.members["trust"] < 0.95 * base.state.members["trust"]
        assert 0.02 < mask.mean() < 0.7
        assert fell[mask].mean() > 0.95 and fell[~mask].mean() < 0.05


@pytest.mark.parametrize(
    "wrong", [dict(kind="war"), dict(size=2.0), dict(length=0), dict(half_life=0.0), dict(topic=16)]
)
def test_an_impossible_shock_is_refused_in_one_sentence(wrong):
    with pytest.raises(ConfigError, match="shock 'x'"):
        Shock(**(dict(name="x", start=0, length=5, kind="crisis", size=0.1) | wrong))
    assert np.isfinite(RIVAL.size)
