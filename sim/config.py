"""Frozen dataclasses, one per configuration group that the world itself reads, with units and bounds.

`conf/` holds the values with their sources and evidence marks; these classes hold the types. They are filled by
``OmegaConf.to_object`` alone, whose ``__post_init__`` hooks check bounds and name the offending key.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError
from sim.state.schema import N_TOPICS

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


def bounded(group: str, config: Any, **bounds: tuple[float, float]) -> None:
    """Check that each named field lies within its bounds, or say which does not and what is allowed."""
    known = {f.name for f in fields(config)}
    for name, (low, high) in bounds.items():
        assert name in known
        value = getattr(config, name)
        if not low <= value <= high:
            raise ConfigError(f"{group}.{name}={value} is out of bounds: it must be from {low:g} to {high:g}")


def shares(group: str, name: str, values: list[float], length: int) -> None:
    """Check a list of shares: its length, no negative entry, a positive sum."""
    if len(values) != length or min(values) < 0 or sum(values) <= 0:
        raise ConfigError(f"{group}.{name} needs {length} shares that are not negative, got {list(values)}")


@dataclass(frozen=True)
class WorldConfig:
    """Who is simulated and whom they stand for (rule 9)."""

    name: str = "community"
    members: int = 10_000
    represents: float = 20_000_000.0
    prospects: float = 0.3
    slots: int = 6
    initial_notes: float = 0.25
    groups: int = 40

    def __post_init__(self) -> None:
        bounded("world", self, members=(10, 200_000_000), prospects=(0.0, 5.0), slots=(1, 8))
        bounded("world", self, initial_notes=(0.0, 5.0), groups=(0, 30_000))
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
    interest_concentration: float = 4.0
    bots: float = 0.04
    posters: float = 0.75

    def __post_init__(self) -> None:
        for name, length in (("gender", 2), ("age_band", 5), ("city_tier", 4), ("income_band", 4)):
            shares("audience", name, getattr(self, name), length)
        shares("audience", "occupation", self.occupation, 6)
        shares("audience", "region", self.region, 4)
        shares("audience", "topics", self.topics, N_TOPICS)
        bounded("audience", self, interest_concentration=(0.2, 100.0), bots=(0.0, 0.5), posters=(0.0, 1.0))


@dataclass(frozen=True)
class GraphConfig:
    """The follower graph: generated (``power_law``) or read from a file (``edges``)."""

    name: str = "power_law"
    kind: str = "power_law"
    path: str = ""
    mean_followees: float = 15.0
    exponent: float = 2.3
    reciprocity: float = 0.08
    closure: float = 0.15
    within_topic: float = 0.7

    def __post_init__(self) -> None:
        if self.kind not in ("power_law", "edges"):
            raise ConfigError(f"graph.kind={self.kind!r} is unknown; permitted are power_law, edges")
        if self.kind == "edges" and not self.path:
            raise ConfigError("graph.path is empty; graph=edges needs the path of an edge list")
        bounded("graph", self, mean_followees=(0.0, 500.0), exponent=(1.6, 4.0), reciprocity=(0.0, 0.9))
        bounded("graph", self, closure=(0.0, 0.9), within_topic=(0.0, 1.0))


@dataclass(frozen=True)
class PlatformConfig:
    """How the platform ranks, serves, moderates and charges; all behavioural levels of its members.

    Levels of decisions are logits or rates at average conditions; `conf/platform/*.yaml` gives each one its source.
    """

    name: str = "xiaohongshu"
    mechanisms: dict[str, float] = field(default_factory=dict)
    # distribution
    ces_like: float = 1.0
    ces_collect: float = 1.0
    ces_comment: float = 4.0
    ces_share: float = 4.0
    ces_follow: float = 8.0
    surface_discovery: float = 0.70
    surface_following: float = 0.09
    surface_search: float = 0.18
    surface_groups: float = 0.03
    pool_first: float = 350.0
    pool_ratio: float = 6.6
    pool_floor: float = 20.0
    gate: float = 0.04
    freshness_half_life: float = 36.0
    interaction_half_life: float = 11.7
    search_half_life: float = 90.0
    review_delay: float = 0.5
    # attention
    impressions_mean: float = 24.0
    sessions_mean: float = 3.5
    visit_logit: float = -1.6
    visit_sd: float = 1.6
    seconds_impression: float = 4.0
    seconds_image: float = 90.0
    seconds_video: float = 140.0
    visit_habit: float = 1.0
    visit_satisfaction: float = 1.5
    visit_trust: float = 1.0
    visit_fatigue: float = 0.6
    visit_novelty: float = 2.8
    visit_novelty_days: float = 5.0
    visit_outside: float = 1.0
    visit_crisis: float = 0.8
    visit_wait: float = 0.5
    visit_goal: float = 0.6
    habit_rate: float = 0.05
    quit_rate: float = 0.002
    # wellbeing
    satisfaction_rate: float = 0.15
    satisfaction_ads: float = 1.2
    usual_reads: float = 0.13
    usual_reactions: float = 0.05
    fatigue_rate: float = 0.3
    fatigue_seconds: float = 7200.0
    trust_days: float = 74.0
    trust_ads: float = 1.2
    # decisions, logit at average conditions
    read_discovery: float = -2.75
    read_following: float = -1.3
    read_search: float = -1.0
    like_logit: float = -5.3
    collect_logit: float = -6.2
    comment_logit: float = -7.4
    share_logit: float = -7.7
    follow_logit: float = -6.75
    click_logit: float = -4.2
    order_logit: float = -3.7
    pass_on: float = 0.12
    # supply
    notes_per_day: float = 0.0145
    moderation_low_quality: float = 0.15
    commission: float = 0.05
    # relations and growth
    growth: float = 1.0
    join_paid: float = 0.30
    join_referral: float = 0.15
    join_cross: float = 0.05
    lapse_rate: float = 0.03
    suggested_follows: float = 5.0
    group_share: float = 0.12
    group_leave: float = 0.004
    points_first_level: float = 20.0
    point_value: float = 0.05
    unfollow_rate: float = 0.0016
    gone_after: int = 30
    # trade
    off_platform: float = 0.35
    intent_search: float = 1.8
    intent_live: float = 2.0
    intent_social: float = 1.2
    intent_ads: float = 0.8
    elasticity_volume: float = 0.236
    elasticity_valence: float = 0.417
    order_trust: float = 1.0
    order_habit: float = 0.25
    order_sd: float = 1.0
    order_delivery: float = 0.10
    wait_base: float = 0.20
    wait_strength: float = 0.8
    wait_learning: float = 0.12
    coupon_claim: float = 0.6
    coupon_visit_odds: float = 1.15
    need_median: float = 0.010
    need_sd: float = 2.0
    need_days: float = 30.0
    need_logit: float = 1.1
    live_return_odds: float = 4.9
    discount_return: float = 0.5
    review_share: float = 0.30
    shipping: float = 6.0
    # prices of attention, yuan
    cpm: float = 35.0
    cpc_feed: float = 1.2
    cpc_search: float = 4.0
    join_cost: float = 30.0

    def __post_init__(self) -> None:
        bounded("platform", self, pool_first=(1, 1e7), pool_ratio=(1.1, 100), gate=(0.0, 1.0))
        bounded("platform", self, impressions_mean=(1.0, 200.0), sessions_mean=(0.1, 8.0))
        bounded("platform", self, notes_per_day=(0.0, 1.0), commission=(0.0, 0.9), growth=(0.0, 20.0))
        bounded(
            "platform", self, visit_sd=(0.1, 5.0), visit_logit=(-6.0, 4.0), visit_novelty_days=(0.1, 365.0)
        )
        bounded("platform", self, habit_rate=(0.0, 1.0), quit_rate=(0.0, 0.5), lapse_rate=(0.0001, 1.0))
        bounded(
            "platform", self, satisfaction_rate=(0.0, 1.0), fatigue_rate=(0.0, 1.0), trust_days=(1.0, 1e4)
        )
        bounded(
            "platform",
            self,
            usual_reads=(0.001, 1.0),
            usual_reactions=(0.0, 2.0),
            fatigue_seconds=(1.0, 1e6),
            point_value=(0.0, 100.0),
        )
        bounded("platform", self, join_paid=(0.0, 1.0), join_referral=(0.0, 1.0), join_cross=(0.0, 1.0))
        bounded(
            "platform", self, suggested_follows=(0.0, 100.0), group_share=(0.0, 0.95), group_leave=(0.0, 1.0)
        )
        bounded("platform", self, points_first_level=(1.0, 6000.0))
        if self.join_paid + self.join_referral + self.join_cross > 1.0:
            raise ConfigError(
                "platform.join_paid, join_referral and join_cross are shares of new members and must not exceed 1 in all"
            )
        bounded("platform", self, off_platform=(0.0, 0.95), wait_base=(0.0, 1.0), coupon_claim=(0.01, 0.99))
        bounded("platform", self, need_days=(1.0, 1000.0), live_return_odds=(0.1, 50.0), shipping=(0.0, 1e4))
        bounded("platform", self, review_share=(0.0, 1.0), wait_learning=(0.0, 1.0), order_sd=(0.0, 3.0))
        bounded("platform", self, unfollow_rate=(0.0, 1.0), gone_after=(7, 31))
        total = self.surface_discovery + self.surface_following + self.surface_search + self.surface_groups
        if not 0.99 <= total <= 1.01:
            raise ConfigError(
                f"platform.surface_* are shares of impressions and must sum to 1, not {total:g}"
            )


@dataclass(frozen=True)
class ProductConfig:
    """One product of the focal brand (real units: yuan, units a week for the whole community)."""

    name: str = "serum"
    topic: str = "beauty"
    price: float = 199.0
    margin: float = 0.55
    quality: float = 0.5
    weekly_units: float = 1_000_000.0
    delivery_days: float = 2.5
    return_rate: float = 0.12


@dataclass(frozen=True)
class BrandConfig:
    """The focal brand and its products, and the market of other brands around it."""

    name: str = "brand"
    topic: str = "beauty"
    awareness: float = 0.15
    products: list[ProductConfig] = field(default_factory=lambda: [ProductConfig()])
    rivals_per_topic: int = 4
    products_per_rival: int = 3
    ad_budget_week: float = 300_000.0

    def __post_init__(self) -> None:
        bounded("brand", self, awareness=(0.0, 1.0), rivals_per_topic=(1, 200), products_per_rival=(1, 200))
        bounded("brand", self, ad_budget_week=(0.0, 1e12))
        if not self.products:
            raise ConfigError("brand.products is empty; a brand sells at least one product")


@dataclass(frozen=True)
class RunConfig:
    """How it is run, not what is simulated."""

    engine: str = "kernels"
    threads: int = 0
    debug: bool = False

    def __post_init__(self) -> None:
        if self.engine not in ("kernels", "agents"):
            raise ConfigError(f"engine={self.engine!r} is unknown; permitted are kernels, agents")


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
