"""Frozen dataclasses, one per configuration group that the world itself reads, with units and bounds.

`conf/` holds the values with their sources and evidence marks; these classes hold the types. They are filled by
``OmegaConf.to_object`` alone, whose ``__post_init__`` hooks check bounds and name the offending key.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.bounds import check, within
from sim.errors import ConfigError
from sim.platform import PlatformConfig as PlatformConfig
from sim.state.schema import N_TOPICS, TOPICS

SELF_LOOPS = ("error", "drop", "keep")
"""What may become of somebody who follows himself in a file."""
TOPIC_SHARES = [
    0.24,
    0.18,
    0.12,
    0.07,
    0.07,
    0.05,
    0.05,
    0.04,
    0.04,
    0.03,
    0.03,
    0.02,
    0.02,
    0.02,
    0.01,
    0.01,
]


def shares(group: str, name: str, values: list[float], length: int) -> None:
    """Check a list of shares: its length, no negative entry, a positive sum."""
    if len(values) != length or not (min(values) >= 0 and 0 < sum(values) < math.inf):
        raise ConfigError(f"{group}.{name} needs {length} shares that are not negative, got {list(values)}")


def known_topic(key: str, topic: str) -> None:
    """Check the name of a topic."""
    names = [name for name, _ in TOPICS]
    if topic not in names:
        raise ConfigError(f"{key}={topic!r} is unknown; permitted are {', '.join(names)}")


@dataclass(frozen=True)
class WorldConfig:
    """Who is simulated and whom they stand for (rule 9)."""

    name: str = "community"
    members: int = within(10_000, 10, 200_000_000)
    represents: float = within(20_000_000.0, 10.0, 1e10)
    prospects: float = within(0.3, 0.0, 5.0)
    slots: int = within(6, 1, 8)
    initial_notes: float = within(0.33, 0.0, 5.0)
    groups_per_1000: float = within(4.0, 0.0, 1_000.0)

    def __post_init__(self) -> None:
        check("world", self)
        if self.represents < self.members:
            raise ConfigError(
                f"world.represents={self.represents:g} is below world.members={self.members}: "
                "a member stands for at least one person"
            )

    @property
    def weight(self) -> float:
        """People that one member stands for."""
        return self.represents / self.members


@dataclass(frozen=True)
class AudienceConfig:
    """Demographics and tastes of the people (shares in the order of the schema's lists)."""

    name: str = "documents_2023"
    gender: list[float] = field(default_factory=lambda: [0.82, 0.18])
    age_band: list[float] = field(default_factory=lambda: [0.02, 0.20, 0.68, 0.08, 0.02])
    city_tier: list[float] = field(default_factory=lambda: [0.38, 0.38, 0.16, 0.08])
    income_band: list[float] = field(default_factory=lambda: [0.30, 0.45, 0.20, 0.05])
    occupation: list[float] = field(default_factory=lambda: [0.20, 0.35, 0.15, 0.12, 0.10, 0.08])
    region: list[float] = field(default_factory=lambda: [0.40, 0.30, 0.20, 0.10])
    topics: list[float] = field(default_factory=lambda: list(TOPIC_SHARES))
    interest_concentration: float = within(4.0, 0.2, 100.0)
    bots: float = within(0.04, 0.0, 0.5)
    posters: float = within(0.8, 0.0, 1.0)

    def __post_init__(self) -> None:
        for name, length in (("gender", 2), ("age_band", 5), ("city_tier", 4), ("income_band", 4)):
            shares("audience", name, getattr(self, name), length)
        shares("audience", "occupation", self.occupation, 6)
        shares("audience", "region", self.region, 4)
        shares("audience", "topics", self.topics, N_TOPICS)
        check("audience", self)


@dataclass(frozen=True)
class GraphConfig:
    """The follower graph: generated (``power_law``) or read from a file (``edges``)."""

    name: str = "power_law"
    kind: str = "power_law"
    path: str = ""
    self_loops: str = "error"
    columns: list[str] = field(default_factory=list)
    mean_followees: float = within(17.0, 0.0, 500.0)
    exponent: float = within(2.3, 1.6, 4.0)
    reciprocity: float = within(0.08, 0.0, 0.9)
    closure: float = within(0.15, 0.0, 0.9)
    within_topic: float = within(0.7, 0.0, 1.0)
    circle: float = within(0.3, 0.0, 1.0)

    def __post_init__(self) -> None:
        if self.kind not in ("power_law", "edges"):
            raise ConfigError(f"graph.kind={self.kind!r} is unknown; permitted are power_law, edges")
        if self.kind == "edges" and not self.path:
            raise ConfigError("graph.path is empty; graph=edges needs the path of an edge list")
        if self.self_loops not in SELF_LOOPS:
            raise ConfigError(
                f"graph.self_loops={self.self_loops!r} is unknown; permitted are {', '.join(SELF_LOOPS)}"
            )
        if len(self.columns) not in (0, 2):
            raise ConfigError(
                f"graph.columns={self.columns} must name two columns, those of follower and followee, or none"
            )
        check("graph", self)


@dataclass(frozen=True)
class ProductConfig:
    """One product of the focal brand (real units: yuan, units a week for the whole community)."""

    name: str = "serum"
    topic: str = "beauty"
    price: float = within(199.0, 0.01, 1e7)
    margin: float = within(0.55, 0.0, 0.99)
    quality: float = within(0.5, -3.0, 3.0)
    weekly_units: float = within(1_000_000.0, 0.0, 1e10)
    delivery_days: float = within(2.5, 0.5, 60.0)
    return_rate: float = within(0.12, 0.0, 0.9)

    def __post_init__(self) -> None:
        check(f"product.{self.name}", self)
        known_topic(f"product.{self.name}.topic", self.topic)


@dataclass(frozen=True)
class BrandConfig:
    """The focal brand and its products, and the market of other brands around it."""

    name: str = "brand"
    topic: str = "beauty"
    awareness: float = within(0.15, 0.0, 1.0)
    products: list[ProductConfig] = field(default_factory=lambda: [ProductConfig()])
    rivals_per_topic: int = within(4, 1, 200)
    products_per_rival: int = within(3, 1, 200)
    ad_budget_week: float = within(300_000.0, 0.0, 1e12)

    def __post_init__(self) -> None:
        check("brand", self)
        known_topic("brand.topic", self.topic)
        if not self.products:
            raise ConfigError("brand.products is empty; a brand sells at least one product")


@dataclass(frozen=True)
class RunConfig:
    """How it is run, not what is simulated."""

    engine: str = "kernels"
    threads: int = within(0, 0, 256)
    debug: bool = False

    def __post_init__(self) -> None:
        check("run", self)
        if self.engine not in ("kernels", "agents"):
            raise ConfigError(f"engine={self.engine!r} is unknown; permitted are kernels, agents")


@dataclass(frozen=True)
class Candidate:
    """A real creator who is embedded into the world; figures are those of the real world.

    Attributes
    ----------
    name, key
        Who it is; uint32 above 0 made of the name, which its draws are keyed by.
    fans, active_fans
        Followers, and those of them who can be reached.
    category
        Number of its topic.
    audience
        Topic -> share of its fans whom the topic brings; the rest are anybody.
    prices
        Format -> yuan for a note; formats that it does not offer are absent.
    """

    name: str
    key: int
    fans: float
    active_fans: float
    category: int
    audience: dict[int, float]
    prices: dict[str, float]


LEAST_FANS = 5
"""Members whom the active fans of a candidate must make up; fewer are below the sample's resolution."""


@dataclass(frozen=True)
class CommunityConfig:
    """Everything that a world is made of; with a seed it determines a run."""

    world: WorldConfig = field(default_factory=WorldConfig)
    audience: AudienceConfig = field(default_factory=AudienceConfig)
    graph: GraphConfig = field(default_factory=GraphConfig)
    platform: PlatformConfig = field(default_factory=PlatformConfig)
    brand: BrandConfig = field(default_factory=BrandConfig)
    run: RunConfig = field(default_factory=RunConfig)
    start: date = date(2025, 10, 8)
    warmup_days: int = 28
    agents: dict[str, str] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()

    def __post_init__(self) -> None:
        world = self.world
        for one in self.candidates:
            fans = one.active_fans / world.weight
            if fans < LEAST_FANS - 0.5:
                needed = math.ceil(LEAST_FANS * world.represents / one.active_fans)
                raise ConfigError(
                    f"creators: {one.name!r} has {one.active_fans:,.0f} active fans, below the resolution of "
                    f"{world.members:,} members who stand for {world.represents:,.0f} people; leave it out, or set "
                    f"world.members={needed}"
                )
            if fans > 0.5 * world.members:
                raise ConfigError(
                    f"creators: {one.name!r} has {one.active_fans:,.0f} active fans, more than half of the "
                    f"{world.represents:,.0f} people of the world; set world.represents to how many there are"
                )


@dataclass(frozen=True)
class DayFactors:
    """What the calendar says about one day: factors around 1.

    ``activity`` multiplies the odds of a visit, ``demand`` those of an order, ``topic_demand`` (float64 [topics]) those of
    interest in a topic; ``label`` names the day's occasion, if any.
    """

    activity: float = 1.0
    demand: float = 1.0
    topic_demand: npt.NDArray[np.float64] = field(default_factory=lambda: np.ones(N_TOPICS))
    label: str = ""


class Calendar(Protocol):
    """What the world asks of a calendar."""

    def factors(self, day: date) -> DayFactors:
        """Factors of that date."""
        ...


class FlatCalendar:
    """No weekday, no holiday, no season: for tests and for the check of stationarity."""

    def factors(self, day: date) -> DayFactors:
        """The same factors every day."""
        return DayFactors()


class Policy(Protocol):
    """What the world asks of a plan: to speak at dawn, and to say who pays for which action."""

    @property
    def action_names(self) -> list[str]:
        """Names of the actions, in the order of their rows."""
        ...

    @property
    def payers(self) -> list[str]:
        """Account of the payer of each action."""
        ...

    def dawn(self, desk: Any) -> None:
        """Use the three verbs of `sim.levers.Desk` for this day."""
        ...
