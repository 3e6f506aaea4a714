"""Moderation: new notes are reviewed before they are shown, and fake ones may be found later.

Review finds a part of what breaks the rules, is sometimes late and sometimes wrong. Whoever loses a note to a
wrong decision is discouraged, and so is, rightly, whoever loses a fake one; an inauthentic account is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.levers.mechanisms import (
    M_APPEAL,
    M_FALSE_POSITIVE,
    M_RECALL,
    M_REVIEW_DELAY,
    M_RULES,
    M_SANCTION,
)
from sim.numerics import exp, norm_ppf
from sim.phases.base import Phase
from sim.phases.transitions import leave
from sim.randomness import S_MODERATE, blocks, uniforms_of
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

FAKE_SHARE = 0.025
"""Share of notes that are fake marketing (G2)."""
STRICT = 0.25
"""Share of low-quality notes that break a rule, so that review would remove them (assumption, 0.1 to 0.5)."""
LATE = 0.04
"""Chance a day, per unit of recall, that a live fake note is found after all (assumption, 0.01 to 0.1)."""
DETERRED = 0.12
"""Share of effort lost with a note that was rightly removed (assumption, 0.05 to 0.3)."""
CHILLED = 0.15
"""Share of effort, and of satisfaction by half, lost with a note that was wrongly removed (assumption, 0.05
to 0.3; G1)."""


RULE_DAYS = 10.0
"""Days over which two thirds of authors learn a new rule (assumption, 3 to 30; X3)."""
MOST_STRIKES = 255


def _draws(community: Community, rows: npt.NDArray[np.int64], block: int = 0) -> npt.NDArray[np.float64]:
    """Four uniforms a note for today, float64 [notes, 4]."""
    keys = community.state.notes.array["key"][rows]
    low = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    high = (keys >> np.uint64(32)).astype(np.uint32)
    return uniforms_of(blocks(community.seed, S_MODERATE, low, high, community.world_day, block))


def _remove(community: Community, rows: npt.NDArray[np.int64]) -> None:
    notes = community.state.notes.array
    notes["status"][rows] = s.REMOVED
    notes["end_day"][rows] = community.world_day
    community.count("takedowns", len(rows))


def _discourage(community: Community, rows: npt.NDArray[np.int64], by: float) -> None:
    """Lower the effort of the notes' authors, once for each note."""
    creators = community.state.creators.array
    np.multiply.at(creators["effort"], community.state.notes.array["creator"][rows], np.float32(1.0 - by))


def _strike(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Note an offence against the authors of notes that were rightly removed."""
    creators = community.state.creators.array
    author = community.state.notes.array["creator"][rows]
    community.count("offences", len(rows))
    community.count("repeat_offences", int(np.count_nonzero(creators["strikes"][author])))
    author, strikes = np.unique(author, return_counts=True)
    creators["strikes"][author] = np.minimum(MOST_STRIKES, creators["strikes"][author] + strikes)


def _close_accounts(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Close the inauthentic accounts among the authors of fake notes that were found; all that they wrote goes with them.

    G1: 13.76 M notes of fake marketing were removed for 12 M accounts, so one is enough. Whoever ran an account may come
    back, as others do who left, and begins without strikes.
    """
    state = community.state
    creators, notes = state.creators.array, state.notes.array
    fake = rows[(notes["flags"][rows] & s.FAKE) > 0]
    suspects = np.unique(notes["creator"][fake])
    closed = suspects[(state.members["flags"][creators["member"][suspects]] & s.BOT) > 0]
    if not len(closed):
        return
    people = creators["member"][closed]
    members, profiles = state.members.array, state.profiles.array
    for person in people.tolist():
        leave(members, profiles, person)
    members["flags"][people] &= np.uint8(0xFF ^ s.ON_TODAY)
    creators["strikes"][closed] = 0
    up = (notes["status"] != s.FREE) & (notes["status"] != s.REMOVED)
    written = np.flatnonzero(up & np.isin(notes["creator"], closed))
    notes["status"][written] = s.REMOVED
    notes["end_day"][written] = community.world_day
    community.count("accounts_closed", len(closed))


def _breaks_new_rule(community: Community, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which notes break a rule that is new: a share of all at first, fewer as their authors learn (X3)."""
    size, days = float(community.clock["rule_size"][0]), float(community.clock["rule_days"][0])
    if size <= 0.0:
        return np.zeros(len(rows), bool)
    state = community.state
    speed = community.levers.table[state.members["cohort"][state.notes["author"][rows]], M_RULES]
    speeds, which = np.unique(speed, return_inverse=True)
    share = np.array([size * exp(-days / RULE_DAYS * float(v)) for v in speeds])
    breaks: npt.NDArray[np.bool_] = _draws(community, rows, 2)[:, 0] < share[which]
    return breaks


def run(community: Community) -> None:
    """Review what waits, and look once more at fake notes that are live."""
    state, platform = community.state, community.config.platform
    notes = state.notes
    recall = float(community.levers.table[0, M_RECALL])
    wrong = float(community.levers.table[0, M_FALSE_POSITIVE])
    flags, status = notes["flags"], notes["status"]

    live = np.flatnonzero((status == s.LIVE_NOTE) & ((flags & s.FAKE) > 0))
    found = live[_draws(community, live)[:, 0] < LATE * recall]
    deterred = min(1.0, DETERRED * float(community.levers.table[0, M_SANCTION]))
    _remove(community, found)
    _discourage(community, found, deterred)
    _strike(community, found)

    waiting = np.flatnonzero((status == s.PLANNED) & ((flags & s.REVIEWED) == 0))
    u = _draws(community, waiting)
    delay = platform.review_delay * float(community.levers.table[0, M_REVIEW_DELAY])
    late = exp(-1.0 / max(delay, 1e-3))
    due = (u[:, 2] >= late) | (notes["day"][waiting] < community.world_day)
    waiting, u = waiting[due], u[due]
    notes.array["flags"][waiting] |= s.REVIEWED
    fake = (notes["flags"][waiting] & s.FAKE) > 0
    low = min(0.5, max(1e-6, platform.moderation_low_quality - FAKE_SHARE))
    poor = (notes["quality"][waiting] < norm_ppf(low)) & (u[:, 3] < STRICT)
    guilty = fake | poor | _breaks_new_rule(community, waiting)
    caught = guilty & (u[:, 0] < recall)
    mistaken = ~guilty & (u[:, 1] < wrong)
    appeal = float(community.levers.table[0, M_APPEAL])
    if appeal > 0.0:
        righted = mistaken & (_draws(community, waiting, 1)[:, 0] < appeal)
        mistaken &= ~righted
        community.count("appeals_won", int(righted.sum()))
    _remove(community, waiting[caught | mistaken])
    _discourage(community, waiting[caught], deterred)
    _strike(community, waiting[caught])
    _discourage(community, waiting[mistaken], CHILLED)
    victims = notes["author"][waiting[mistaken]]
    np.multiply.at(state.profiles.array["satisfaction"], victims, np.float32(1.0 - 0.5 * CHILLED))
    community.count("false_positives", int(mistaken.sum()))
    _close_accounts(community, np.concatenate([found, waiting[caught]]))


PHASE = Phase(
    name="moderation",
    when="dawn",
    reads=("notes", "levers", "clock"),
    writes=(
        "notes.status",
        "notes.flags",
        "notes.end_day",
        "creators.effort",
        "creators.strikes",
        "profiles.satisfaction",
        "members.flags",
        "members.tier",
        "profiles.stage",
        "profiles.coupon",
        "profiles.group",
    ),
    run=run,
    equation=(
        "P(removed | fake, or low quality that breaks a rule) = moderation.recall; P(removed | else) ="
        " moderation.false_positive x (1 - moderation.appeal); P(reviewed today) = 1 - exp(-1 / (review_delay x"
        " moderation.delay)); a new rule is broken by size x exp(-days / 10 x rules.adaptation); an"
        " inauthentic account is closed with the first of its fake notes that is found"
    ),
    facts=("G1", "G2", "assumption"),
    test="tests/sim/phases/test_moderation.py::test_without_moderation_no_note_is_reviewed",
    en="Moderation",
    zh="内容审核",
)
