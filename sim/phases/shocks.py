"""Shocks: what happens to everybody without anyone's plan, such as a rival's push, a crisis or a new rule.

A shock breaks in the evening: it sets what the next day's phases read (the pull of rivals, the level of a
crisis, shortages and so on), strikes the trust of those whom it concerns once, and moves mechanisms for as long
as it lasts. Bad news spreads along the follower graph as any note does. Without shocks nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError
from sim.levers import Change
from sim.levers.mechanisms import INDEX, M_INCIDENT, M_RECOVERY
from sim.numerics import exp
from sim.phases.base import Phase
from sim.phases.writing import add_notes, note_keys
from sim.randomness import S_RUMOUR, S_SHOCK, blocks, uniforms
from sim.state import schema as s
from sim.state.schema import demographic

if TYPE_CHECKING:
    from sim.model import Community

RAMP = 7.0
"""Days in which rivals reach their full pull, and lose it again (assumption, 3 to 14)."""
CARRIERS = 3
"""Notes that carry a piece of bad news (assumption, 1 to 10)."""
RUMOUR_ORDINAL = 3
"""Ordinal in the keys of such notes, above those of an author's own."""
WHOM = ("everyone", "concerned", "authors", "bots", "top", "loyal")
"""For whom a shock may move a mechanism."""


class Pressure(NamedTuple):
    """A mechanism that a shock moves while it lasts: its key, the factor or amount at full force, for whom."""

    mechanism: str
    value: float
    whom: str = "everyone"


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
        Its force. X2: 0.20, 0.08, 0.02 for the three levels of a crisis.
    half_life
        Days in which a crisis loses half its force.
    topic, region
        Codes of whom it concerns: members with an eighth of their interests or more in the topic, or who live
        in the region; -1 everybody (X2: level 1 everybody, level 2 a category, level 3 a region).
    also
        Other columns of the clock that it sets to a size of their own, on the same course.
    pressures
        Mechanisms that it moves.
    spread
        Share of those concerned who pass the bad news on of their own accord on the first day.
    hazard
        Chance a day that it begins, from ``start`` on; 0 for a shock that begins on its day.
    damages, payer
        Fen of sample money that it costs an account at once.
    """

    name: str
    start: int
    length: int
    kind: str
    size: float
    half_life: float = 7.0
    topic: int = -1
    region: int = -1
    also: tuple[tuple[str, float], ...] = ()
    pressures: tuple[Pressure, ...] = ()
    spread: float = 0.0
    hazard: float = 0.0
    damages: int = 0
    payer: str = "platform"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(
                f"shock {self.name!r}: kind={self.kind!r} is unknown; permitted are {', '.join(KINDS)}"
            )
        most = KINDS[self.kind].most
        if not 0.0 <= self.size <= most or self.length < 1 or not self.half_life > 0.0:
            raise ConfigError(
                f"shock {self.name!r}: size={self.size:g} must be from 0 to {most:g},"
                f" length={self.length} at least 1 day, half_life={self.half_life:g} above 0"
            )
        if not -1 <= self.topic < s.N_TOPICS or not -1 <= self.region < len(s.REGIONS):
            raise ConfigError(f"shock {self.name!r}: topic={self.topic} or region={self.region} is no code")
        for column, _ in self.also:
            if column not in COLUMNS:
                raise ConfigError(
                    f"shock {self.name!r}: also.{column} is unknown; permitted are {', '.join(COLUMNS)}"
                )
        for pressure in self.pressures:
            if pressure.mechanism not in INDEX or pressure.whom not in WHOM:
                raise ConfigError(
                    f"shock {self.name!r}: there is no mechanism {pressure.mechanism!r}, or nobody is meant by"
                    f" {pressure.whom!r}; permitted are {', '.join(WHOM)}"
                )

    @property
    def number(self) -> int:
        """uint32 made of the name, the key of its draws."""
        return crc32(self.name.encode())

    def age(self, seed: int, day: int) -> int:
        """Days since it began; negative while it has not, `length` or more when it is over."""
        if self.hazard <= 0.0:
            return day - self.start
        days = np.arange(self.start, max(self.start, day) + 1)
        struck = np.flatnonzero(uniforms(seed, S_SHOCK, self.number, days & 0xFFFFFFFF, 0, 1) < self.hazard)
        return day - int(days[struck[0]]) if len(struck) and day >= self.start else -1


def rises(shock: Shock, day: float) -> float:
    """Force on a day of the shock, counted from 0: it grows, holds and fades over a week."""
    return min(1.0, (day + 1) / RAMP, (shock.length - day) / RAMP)


def halves(shock: Shock, day: float) -> float:
    """Force on its days: highest at once, then halving."""
    return exp(-0.6931471805599453 * day / shock.half_life)


def holds(shock: Shock, day: float) -> float:
    """The same force on all its days."""
    return 1.0


class Kind(NamedTuple):
    """What a kind of shock is: the column of the clock that it sets, its course, what it strikes, its largest size."""

    column: str
    course: Callable[[Shock, float], float]
    strikes: Literal["", "trust", "brand", "repeatedly"] = ""
    most: float = 1.0


KINDS: dict[str, Kind] = {
    "competition": Kind("outside", rises),
    "crisis": Kind("crisis", halves, "trust"),
    "rule": Kind("rule_size", holds),
    "shortage": Kind("supply", holds),
    "rush": Kind("surge", holds, most=5.0),
    "incidents": Kind("", holds, "repeatedly"),
    "scandal": Kind("", halves, "brand"),
    "pressure": Kind("", holds),
}
"""Kinds of shock by key."""
COLUMNS = ("outside", "crisis", "rule_size", "supply", "delay", "surge")
"""Columns of the clock that shocks set, every evening."""
REACH = 0.1
"""Share of members whom one data or legal incident touches (assumption, 0.02 to 0.5)."""


def _force(shock: Shock, age: int, healed: float) -> float:
    """Share of full force; what fades by itself may have been helped by ``healed`` days."""
    course = KINDS[shock.kind].course
    return course(shock, age + (healed if course is halves else 0.0))


def concerned(community: Community, shock: Shock) -> npt.NDArray[np.bool_]:
    """Whom a shock concerns, bool [persons]."""
    members = community.state.members
    mask: npt.NDArray[np.bool_] = (members["flags"] & s.ON_PLATFORM) > 0
    if shock.topic >= 0:
        mask &= members["interest"][:, shock.topic] >= 32
    if shock.region >= 0:
        mask &= demographic(community.state.profiles["demographics"], "region") == shock.region
    return mask


def whom(community: Community, shock: Shock, words: str) -> npt.NDArray[np.bool_] | None:
    """People for whom a shock moves a mechanism, bool [persons]; None for everybody."""
    state = community.state
    if words == "everyone":
        return None
    if words == "concerned":
        return concerned(community, shock)
    if words == "bots":
        return (state.members["flags"] & s.BOT) > 0
    if words == "top":
        return np.asarray(state.members["tier"] == s.TOP)
    if words == "loyal":
        return np.isin(state.profiles["stage"], (s.ADVOCACY, s.REFERRAL))
    mask = state.profiles["creator"] >= 0
    if shock.topic >= 0:
        mask &= np.isin(state.creators["verticals"][state.profiles["creator"], 0], shock.topic)
    return mask


def strike(community: Community, shock: Shock, mask: npt.NDArray[np.bool_], block: int = 0) -> None:
    """Lower the trust of some by half to one and a half times the shock's size."""
    members = community.state.members
    rows = np.flatnonzero(mask)
    words = blocks(community.seed, S_SHOCK, shock.number, community.world_day, members["id"][rows], block)
    loss = np.minimum(1.0, shock.size * (0.5 + (words[:, 0] + 0.5) * 2.0**-32))
    members.array["trust"][rows] *= (1.0 - loss).astype(np.float32)


def hit(community: Community, shock: Shock, age: int) -> None:
    """The blow of a shock: on its first day, or again and again for incidents."""
    state, strikes = community.state, KINDS[shock.kind].strikes
    if strikes == "repeatedly":
        chance = shock.size * float(community.levers.table[0, M_INCIDENT])
        if uniforms(community.seed, S_SHOCK, shock.number, community.world_day, 0, 2)[0] >= chance:
            return
        touched = uniforms(community.seed, S_SHOCK, shock.number, community.world_day, state.members["id"], 3)
        strike(community, shock, concerned(community, shock) & (touched < REACH), 4)
        community.count("incidents", 1)
    elif age > 0:
        return
    elif strikes == "trust":
        strike(community, shock, concerned(community, shock))
    elif strikes == "brand":
        strike(community, shock, concerned(community, shock) & (state.profiles["aips"] > 0))
        focal = state.brands["focal"] == 1
        state.brands["sentiment"][focal] = np.maximum(
            -1.0, state.brands["sentiment"][focal] - 2.0 * shock.size
        )
    if shock.damages:
        community.ledger.book(community.world_day, shock.payer, "outside", "damages", shock.damages)


def press(community: Community) -> None:
    """At dawn, move the mechanisms of shocks that have begun, and let fresh bad news out."""
    for shock in sorted(community.shocks, key=lambda x: (x.start, x.name)):
        # What broke yesterday evening is felt today.
        age = shock.age(community.seed, community.day - 1)
        if not 0 <= age < shock.length or not shock.size:
            continue
        force = _force(shock, age, float(community.clock["healed"][0]))
        for pressure in shock.pressures:
            add = community.levers.stack_of(pressure.mechanism) == "add"
            full = pressure.value * force if add else 1.0 + (pressure.value - 1.0) * force
            segment = community.levers.segment_row(whom(community, shock, pressure.whom))
            community.levers.changes.append(Change(INDEX[pressure.mechanism], segment, full, -1))
        if shock.spread > 0.0 and age == 0:
            let_out(community, shock)


def let_out(community: Community, shock: Shock) -> None:
    """Write a few notes that carry the bad news, by the most followed authors concerned, and choose who passes it on."""
    state = community.state
    creators, notes = state.creators, state.notes
    mask = concerned(community, shock)
    able = mask[creators["member"]] & (creators["left"] == 0)
    rows = np.flatnonzero(able)
    rows = rows[np.lexsort((rows, -creators["followers"][rows].astype(np.int64)))][:CARRIERS]
    if not len(rows):
        return
    ids = state.members["id"][creators["member"][rows]]
    zeros = np.zeros(len(rows), np.int64)
    keys = note_keys(ids, community.world_day, zeros, zeros + RUMOUR_ORDINAL)
    made = add_notes(community, rows, community.world_day, zeros, keys, organic=False)
    notes.array["flags"][made] |= s.CRITICAL | s.REVIEWED
    notes.array["product"][made] = -1
    if shock.topic >= 0:
        notes.array["topic"][made] = shock.topic
    upset = uniforms(community.seed, S_RUMOUR, state.members["id"], shock.number, community.world_day)
    sharers = np.flatnonzero(mask & (upset < shock.spread))
    community.today.setdefault("_rumours", []).append((sharers, made[sharers % len(made)]))
    community.count("rumours", len(sharers))


def run(community: Community) -> None:
    """Prepare tomorrow: what the clock says, and the blow of what has begun."""
    clock = community.clock
    level = dict.fromkeys(COLUMNS, 0.0)
    oldest = -1.0
    # A crisis fades by itself, and faster where somebody works on it.
    recovery = float(community.levers.table[0, M_RECOVERY])
    healed = float(clock["healed"][0]) + (recovery - 1.0) * (float(clock["crisis"][0]) > 0.0)
    for shock in sorted(community.shocks, key=lambda x: (x.start, x.name)):
        age = shock.age(community.seed, community.day)
        if not 0 <= age < shock.length or not shock.size:
            continue
        kind, force = KINDS[shock.kind], _force(shock, age, healed)
        if kind.column:
            level[kind.column] += shock.size * force
        if kind.column == "rule_size":
            oldest = max(oldest, float(age))
        for column, size in shock.also:
            level[column] += size * force
        hit(community, shock, age)
    for column, value in level.items():
        clock[column] = value if column in ("delay", "surge") else min(1.0, value)
    clock["rule_days"] = max(0.0, oldest)
    clock["healed"] = healed if level["crisis"] > 0.0 else 0.0


PHASE = Phase(
    name="shocks",
    when="dusk",
    reads=("members", "profiles", "brands", "levers", "clock"),
    writes=("clock", "members.trust", "brands.sentiment", "ledger"),
    run=run,
    equation=(
        "rivals = size x min(1, days in / 7, days left / 7); crisis = size x 2^(-(day + healed) / half-life), healed +="
        " crisis.recovery - 1; on its first day trust of those concerned x (1 - size x (0.5 to 1.5))"
    ),
    facts=("X1", "X2", "X3", "X4", "X13", "X14", "assumption"),
    test="tests/sim/phases/test_shocks.py::test_without_the_phase_a_crisis_is_not_felt",
    en="Shocks",
    zh="外部冲击",
)
