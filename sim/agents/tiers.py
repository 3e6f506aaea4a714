"""Members as Mesa agents: views of one row, made when touched, of a class that follows the tier column.

A view holds a model and a row number and nothing else; what it shows is read from the columns and what is set
is written there. A researcher derives a class from a tier and overrides a decision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn
from zlib import crc32

from sim.agents.attributes import ATTRIBUTES
from sim.agents.mesa_api import Agent
from sim.errors import SeedbedError
from sim.randomness import S_OVERRIDE, block
from sim.state import schema as s

__all__ = [
    "DECISIONS",
    "KOC",
    "TIER_CLASSES",
    "ActiveUser",
    "AgentError",
    "Member",
    "OrdinaryUser",
    "TopCreator",
    "moment",
    "overridden",
]

DECISIONS = ("attend", "open_session", "choose", "react", "plan_posts")
"""Decisions that a subclass may override, in the order in which they come in a day."""


class AgentError(SeedbedError):
    """Something that cannot be done to a member or a list of members; the message says what to do instead."""


def moment(model: Any) -> tuple[int, int]:
    """The run's seed, and day and slot as one key word (world day << 8 | slot)."""
    clock = model.state.clock.array[0]
    return int(clock["seed"]), int(clock["day"]) << 8 | int(clock["slot"])


class Member(Agent):
    """One person: a Mesa agent that is a view of a row.

    Parameters
    ----------
    model
        The community; see `docs/agents.md` for what is asked of it.
    row
        Row in the tables of members and profiles.

    Attributes
    ----------
    model, row
        As given.
    unique_id : int
        The permanent id, which every draw is keyed by.
    tier, stage, fan_class, aips : str
        Names of codes; so are gender, age_band, city_tier, income_band, occupation, channel, region.
    interests : dict of str to float
        Topic to share; the shares sum to 1.
    followers, followees : ndarray of int64
        Rows of those who follow this person, and whom this person follows.
    follower_count, followee_count : int
        How many they are.

    Every other column of ``members``, ``profiles`` and (for people who have written) ``creators`` is an
    attribute of its own name. Two views are equal if they show the same row of the same model; a view keeps
    the class it was made with, and should not be kept for longer than a slot.
    """

    __slots__ = ("model", "row")

    model: Any
    row: int
    pos = None

    def __init__(self, model: Any, row: int) -> None:
        # Mesa's own initialiser would number and register the view, and in 3.3 keep the model alive for ever.
        _set_model(self, model)
        _set_row(self, row)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(type(getattr(type(self), name, None)), "__set__"):
            raise AttributeError(
                f"a member has no column {name!r} to write to, and a view of one forgets whatever else it is "
                "given; keep it by unique_id in a dictionary of your own"
            )
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Member):
            return NotImplemented
        return self.row == other.row and self.model is other.model

    def __hash__(self) -> int:
        return hash((id(self.model), self.row))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model, self.row)

    # ------------------------------------------------------------------ decisions

    def attend(self) -> bool:
        """Whether this person visits today; asked once a day, at dawn."""
        return bool(self.model.decide("attend", self.row))

    def open_session(self) -> int:
        """Patience in seconds with which this person opens the app in this slot; 0 if it stays closed."""
        return int(self.model.decide("open_session", self.row))

    def choose(self, order: int) -> int:
        """What fills the ``order``-th place of the session in this slot: ``note | surface << 40``, or -1 for nothing."""
        return int(self.model.decide("choose", self.row, order))

    def react(self, note: int, surface: int, order: int) -> int:
        """What this person does with a note shown, as bits (`sim.phases.sessions.reactions`).

        Parameters
        ----------
        note
            Row of the note.
        surface
            Code of the surface it is shown on.
        order
            Ordinal of the impression within the slot.
        """
        return int(self.model.decide("react", self.row, note, surface, order))

    def plan_posts(self) -> int:
        """Notes to write today, and when; asked at dawn of people who have written or may."""
        return int(self.model.decide("plan_posts", self.row))

    def draw(self, stream: str | int, ordinal: int = 0) -> float:
        """A uniform random number in (0, 1) for a decision overridden in Python.

        It depends only on the run's seed, this person's id, the day and slot, and the two arguments: the same
        call gives the same number again, in every scenario of the seed. Different questions need different
        names.

        Parameters
        ----------
        stream
            Name of what is drawn ("mood"), or a number below 2**24.
        ordinal
            The how-manieth draw of that name in this slot, for example the ordinal of an impression; uint32.
        """
        name = crc32(stream.encode()) & 0xFFFFFF if isinstance(stream, str) else stream
        if not (0 <= name < 1 << 24 and 0 <= ordinal < 1 << 32):
            raise ValueError(
                f"a draw has a number below 2**24, an ordinal below 2**32, not {stream}, {ordinal}"
            )
        seed, now = moment(self.model)
        w0, w1, _, _ = block(seed, S_OVERRIDE, self.unique_id, now, ordinal, name)
        return float(((w0 << 20 | w1 >> 12) + 0.5) * 2.0**-52)

    # ------------------------------------------------------------------ what Mesa offers and members refuse

    def remove(self) -> NoReturn:
        """Refused: people leave by churn."""
        raise AgentError(
            f"member {self.unique_id} cannot be removed: people leave by churn, a decision of each day"
        )

    @classmethod
    def create_agents(cls, model: Any, n: int, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: people come from prospects."""
        raise AgentError(f"{cls.__name__}s are not created: people join from prospects, who exist from day 0")

    @property
    def random(self) -> NoReturn:
        """Refused: what is consumed in sequence would differ between scenarios of one seed."""
        raise AttributeError("a member draws by self.draw(name, ordinal), not from the model's generators")

    rng = random


_set_model = Member.__dict__["model"].__set__
_set_row = Member.__dict__["row"].__set__

for _name, _attribute in ATTRIBUTES.items():
    assert _name not in Member.__dict__, _name
    setattr(Member, _name, _attribute)


class OrdinaryUser(Member):
    """普通用户: reads, and rarely writes."""

    __slots__ = ()


class ActiveUser(Member):
    """活跃用户: reads and reacts often, and writes now and then."""

    __slots__ = ()


class KOC(Member):
    """KOC, key opinion consumer: writes regularly for a small audience that trusts it."""

    __slots__ = ()


class TopCreator(Member):
    """头部达人: writes for a large audience."""

    __slots__ = ()


TIER_CLASSES: tuple[type[Member], ...] = (OrdinaryUser, ActiveUser, KOC, TopCreator)
"""Class of each tier, by code."""

assert len(TIER_CLASSES) == s.N_TIERS


def overridden(cls: type[Member]) -> dict[str, Callable[..., Any]]:
    """The decisions that a class, or a class it derives from, takes in Python: name to function."""
    return {name: getattr(cls, name) for name in DECISIONS if getattr(cls, name) is not Member.__dict__[name]}
