"""The calendar phase: the clock carries the day's factors, and hours have their two peaks."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import DayFactors
from sim.phases.calendar import hour_share
from sim.state import schema as s
from tests.sim.worlds import small, without


class Holiday:
    """Every day is one: four times the odds of a visit, and everybody thinks of food."""

    def factors(self, day):
        season = np.ones(s.N_TOPICS)
        season[2] = 3.0
        return DayFactors(activity=4.0, demand=1.5, topic_demand=season, label="holiday")


def visitors(community):
    return int(np.count_nonzero((community.state.members["flags"] & 3) == 3))


def test_without_the_calendar_a_holiday_changes_nothing():
    def played(remove):
        community = small()
        community.calendar = Holiday()
        if remove:
            without(community, "calendar")
            community.clock["hour_share"] = hour_share(6)
        community.step()
        return community

    usual, holiday, deaf = small(days=1), played(False), played(True)
    assert visitors(deaf) == visitors(usual)
    assert visitors(holiday) > 1.4 * visitors(usual)
    assert holiday.clock["demand"][0] == 1.5 and deaf.clock["demand"][0] == 1.0
    cut = holiday.clock["topic_cut"][0]
    assert cut[2] - cut[1] > 2 * (usual.clock["topic_cut"][0, 2] - usual.clock["topic_cut"][0, 1])
    assert holiday.clock["weekday"][0] == holiday.config.start.weekday()


@pytest.mark.parametrize("slots", range(1, 9))
def test_hours_sum_to_one_in_any_number_of_slots(slots):
    share = hour_share(slots)
    assert share.sum() == pytest.approx(1.0) and (share[:slots] > 0).all() and (share[slots:] == 0).all()


def test_hours_peak_at_noon_and_in_the_evening():
    share = hour_share(8)  # three hours each
    assert share[4] > share[3] and share[4] > share[5]  # 12 to 15 h
    assert np.argmax(share) in (6, 7) and share[0] < share[7]
