"""Moderation: new notes are reviewed before they are shown, and fake ones may be found later.

Review finds a part of what breaks the rules, is sometimes late and sometimes wrong. Whoever loses a note to a
wrong decision is discouraged, and so is, rightly, whoever loses a fake one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.levers.mechanisms import M_FALSE_POSITIVE, M_RECALL
from sim.numerics import exp, norm_ppf
from sim.phases.base import Phase
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


def _draws(community: Community, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Four uniforms a note for today, float64 [notes, 4]."""
    keys = community.state.notes.array["key"][rows]
    low = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    high = (keys >> np.uint64(32)).astype(np.uint32)
    return uniforms_of(blocks(community.seed, S_MODERATE, low, high, community.world_day))


def _remove(community: Community, rows: npt.NDArray[np.int64]) -> None:
    notes = community.state.notes.array
    notes["status"][rows] = s.REMOVED
    notes["end_day"][rows] = community.world_day
    community.count("takedowns", len(rows))


def _discourage(community: Community, rows: npt.NDArray[np.int64], by: float) -> None:
    """Lower the effort of the notes' authors, once for each note."""
    creators = community.state.creators.array
    np.multiply.at(creators["effort"], community.state.notes.array["creator"][rows], np.float32(1.0 - by))


def run(community: Community) -> None:
    """Review what waits, and look once more at fake notes that are live."""
    state, platform = community.state, community.config.platform
    notes = state.notes
    recall = float(community.levers.table[0, M_RECALL])
    wrong = float(community.levers.table[0, M_FALSE_POSITIVE])
    flags, status = notes["flags"], notes["status"]

    live = np.flatnonzero((status == s.LIVE_NOTE) & ((flags & s.FAKE) > 0))
    found = live[_draws(community, live)[:, 0] < LATE * recall]
    _remove(community, found)
    _discourage(community, found, DETERRED)

    waiting = np.flatnonzero((status == s.PLANNED) & ((flags & s.REVIEWED) == 0))
    u = _draws(community, waiting)
    late = exp(-1.0 / max(platform.review_delay, 1e-3))
    due = (u[:, 2] >= late) | (notes["day"][waiting] < community.world_day)
    waiting, u = waiting[due], u[due]
    notes.array["flags"][waiting] |= s.REVIEWED
    fake = (notes["flags"][waiting] & s.FAKE) > 0
    low = min(0.5, max(1e-6, platform.moderation_low_quality - FAKE_SHARE))
    poor = (notes["quality"][waiting] < norm_ppf(low)) & (u[:, 3] < STRICT)
    guilty = fake | poor
    caught = guilty & (u[:, 0] < recall)
    mistaken = ~guilty & (u[:, 1] < wrong)
    _remove(community, waiting[caught | mistaken])
    _discourage(community, waiting[caught], DETERRED)
    _discourage(community, waiting[mistaken], CHILLED)
    victims = notes["author"][waiting[mistaken]]
    np.multiply.at(state.profiles.array["satisfaction"], victims, np.float32(1.0 - 0.5 * CHILLED))
    community.count("false_positives", int(mistaken.sum()))


PHASE = Phase(
    name="moderation",
    when="dawn",
    reads=("notes", "levers"),
    writes=("notes.status", "notes.flags", "notes.end_day", "creators.effort", "profiles.satisfaction"),
    run=run,
    equation=(
        "P(removed | fake, or low quality that breaks a rule) = moderation.recall; P(removed | else) ="
        " moderation.false_positive; P(reviewed today) = 1 - exp(-1 / review_delay)"
    ),
    facts=("G1", "G2", "assumption"),
    test="tests/sim/phases/test_moderation.py::test_without_moderation_no_note_is_reviewed",
    en="Moderation",
    zh="内容审核",
)
