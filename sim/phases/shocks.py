"""Shocks: what happens to everybody without anyone's plan, such as a rival's push or a crisis.

A shock breaks in the evening: it sets the next day's pull of rivals or level of crisis, which other phases
read, and strikes the trust of those whom it concerns once, on its first day. Without shocks the phase changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError
from sim.numerics import exp
from sim.phases.base import Phase
from sim.randomness import S_SHOCK, blocks, uniforms_of
from sim.state import schema as s
from sim.state.schema import demographic

if TYPE_CHECKING:
    from sim.model import Community

RAMP = 7.0
"""Days in which rivals reach their full pull, and lose it again (assumption, 3 to 14)."""


@dataclass(frozen=True)
class Shock:
    """One shock.

    Attributes
    ----------
    name
        Its name; draws about it are keyed by it.
    start
        Day in whose evening it begins, counted from the first reported one.
    length
        Days; a crisis has faded to a few per cent by then if its half-life is short.
    kind
        A key of `KINDS`.
    size
        Pull of rivals or depth of the crisis, 0 to 1. X2: 0.20, 0.08, 0.02 for the three levels.
    half_life
        Days in which a crisis loses half its force.
    topic, region
        Codes of whom a crisis concerns: members with an eighth of their interests or more in the topic, or
        who live in the region; -1 everybody (X2: level 1 everybody, level 2 a category, level 3 a region).
    """

    name: str
    start: int
    length: int
    kind: str
    size: float
    half_life: float = 7.0
    topic: int = -1
    region: int = -1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(
                f"shock {self.name!r}: kind={self.kind!r} is unknown; permitted are {', '.join(KINDS)}"
            )
        if not 0.0 <= self.size <= 1.0 or self.length < 1 or not self.half_life > 0.0:
            raise ConfigError(
                f"shock {self.name!r}: size={self.size:g} must be from 0 to 1,"
                f" length={self.length} at least 1 day, half_life={self.half_life:g} above 0"
            )
        if not -1 <= self.topic < s.N_TOPICS or not -1 <= self.region < len(s.REGIONS):
            raise ConfigError(f"shock {self.name!r}: topic={self.topic} or region={self.region} is no code")


def rivals(shock: Shock, day: int) -> float:
    """Pull of rivals on a day of the shock, counted from 0: it grows, holds and fades over a week."""
    return shock.size * min(1.0, (day + 1) / RAMP, (shock.length - day) / RAMP)


def crisis(shock: Shock, day: int) -> float:
    """Level of a crisis on its days: highest at once, then halving."""
    return shock.size * exp(-0.6931471805599453 * day / shock.half_life)


KINDS: dict[str, tuple[str, Callable[[Shock, int], float], bool]] = {
    "competition": ("outside", rivals, False),
    "crisis": ("crisis", crisis, True),
}
"""Kind of shock: column of the clock that it adds to, its course over the days, and whether it strikes
trust."""


def concerned(community: Community, shock: Shock) -> npt.NDArray[np.bool_]:
    """Whom a shock concerns, bool [persons]."""
    members = community.state.members
    mask: npt.NDArray[np.bool_] = (members["flags"] & s.ON_PLATFORM) > 0
    if shock.topic >= 0:
        mask &= members["interest"][:, shock.topic] >= 32
    if shock.region >= 0:
        mask &= demographic(community.state.profiles["demographics"], "region") == shock.region
    return mask


def strike(community: Community, shock: Shock) -> None:
    """Lower the trust of those concerned by half to one and a half times the shock's size."""
    members = community.state.members
    rows = np.flatnonzero(concerned(community, shock))
    number = crc32(shock.name.encode())
    words = blocks(community.seed, S_SHOCK, number, community.world_day, members["id"][rows])
    loss = np.minimum(1.0, shock.size * (0.5 + uniforms_of(words[:, 0])))
    members.array["trust"][rows] *= (1.0 - loss).astype(np.float32)


def run(community: Community) -> None:
    """Prepare tomorrow: the clock's pull and crisis, and the blow of what has begun."""
    clock = community.clock
    level = {"outside": 0.0, "crisis": 0.0}
    for shock in sorted(community.shocks, key=lambda x: (x.start, x.name)):
        day = community.day - shock.start
        if not 0 <= day < shock.length or not shock.size:
            continue
        column, course, hurts = KINDS[shock.kind]
        level[column] += course(shock, day)
        if hurts and day == 0:
            strike(community, shock)
    for column, value in level.items():
        clock[column] = min(1.0, value)


PHASE = Phase(
    name="shocks",
    when="dusk",
    reads=("members", "profiles", "clock"),
    writes=("clock", "members.trust"),
    run=run,
    equation=(
        "rivals = size x min(1, days in / 7, days left / 7); crisis = size x 2^(-day / half-life);"
        " on its first day trust of those concerned x (1 - size x (0.5 to 1.5))"
    ),
    facts=("X1", "X2", "assumption"),
    test="tests/sim/phases/test_shocks.py::test_without_the_phase_a_crisis_is_not_felt",
    en="Shocks",
    zh="外部冲击",
)
