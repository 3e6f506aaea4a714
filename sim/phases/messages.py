"""Messages: some open what they are sent and look in, and every message makes some want no more.

Who has switched messages off is out of reach for good, so that reach is used up by use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.levers import Change, MessageOffer
from sim.levers.mechanisms import M_VISIT
from sim.phases.base import Phase
from sim.population import USUAL_SATISFACTION
from sim.randomness import S_MESSAGE, blocks, uniforms_of
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

MUTING = 0.002
"""Chance that a first message of the week makes somebody want no more (assumption, 0.0005 to 0.01)."""
ANNOYANCE = 0.02
"""Satisfaction lost by those (assumption, 0.005 to 0.05)."""
WEEK = 7


def run(community: Community) -> None:
    """Send today's messages, in the order of their actions."""
    state, day = community.state, community.world_day
    log = state.messages
    old = np.flatnonzero((log["day"] <= day - WEEK) & log.taken)
    if len(old):
        log.release(old)
    members, profiles = state.members, state.profiles
    offers = [o for o in community.levers.offers if isinstance(o, MessageOffer)]
    for offer in sorted(offers, key=lambda o: o.action):
        wanted = s.ON_PLATFORM | s.BOT | s.MUTED
        rows = np.flatnonzero(offer.segment & ((members["flags"] & wanted) == s.ON_PLATFORM))
        if not len(rows):
            continue
        week = float(log["sent"].sum()) / max(1, community.audience)
        words = blocks(community.seed, S_MESSAGE, members["id"][rows], offer.action & 0xFFFF, day)
        mood = profiles["satisfaction"][rows] / USUAL_SATISFACTION
        opened = uniforms_of(words[:, 0]) < np.minimum(1.0, offer.opens * mood)
        muted = uniforms_of(words[:, 1]) < MUTING * (1.0 + week)
        members.array["flags"][rows[muted]] |= s.MUTED
        lost = profiles["satisfaction"][rows[muted]] - np.float32(ANNOYANCE)
        profiles.array["satisfaction"][rows[muted]] = np.maximum(0.0, lost)
        mask = np.zeros(len(members), bool)
        mask[rows[opened]] = True
        segment = community.levers.segment_row(mask)
        community.levers.changes.append(Change(M_VISIT, segment, offer.pull, offer.action))
        row = int(log.take(1)[0])  # which may put a larger array in place of the old one
        entry = log.array[row]
        entry["day"], entry["action"], entry["sent"], entry["opened"] = (
            day,
            offer.action,
            len(rows),
            int(opened.sum()),
        )
        community.count("messages_sent", len(rows))
        community.count("messages_opened", int(opened.sum()))
        community.count("opt_outs", int(muted.sum()))


PHASE = Phase(
    name="messages",
    when="dawn",
    reads=("members", "profiles", "levers"),
    writes=("members.flags", "profiles.satisfaction", "messages", "levers"),
    run=run,
    equation=(
        "P(opens) = opens x satisfaction / usual; odds of a visit x pull for who opens; P(wants no more) = 0.002 (1 +"
        " messages of the week a member)"
    ),
    facts=("assumption",),
    test="tests/sim/phases/test_activities.py::test_messages_bring_visits_and_use_up_reach",
    en="Messages",
    zh="消息推送",
)
