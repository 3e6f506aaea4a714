"""The platform's configuration: ranking, attention, decisions at average conditions, growth, trade, prices.

Every level stands with its default and its bounds; `conf/platform/*.yaml` gives units, ranges worth trying and sources.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.bounds import check, within
from sim.errors import ConfigError

__all__ = ["PlatformConfig"]


@dataclass(frozen=True)
class PlatformConfig:
    """How the platform ranks, serves, moderates and charges; all behavioural levels of its members.

    Levels of decisions are logits or rates at average conditions; `conf/platform/*.yaml` gives each one its source and the
    range worth trying. The bounds here are wider: what lies outside of them has no meaning.
    """

    name: str = "xiaohongshu"
    mechanisms: dict[str, float] = field(default_factory=dict)
    # distribution
    ces_like: float = within(1.0, 0.0, 100.0)
    ces_collect: float = within(1.0, 0.0, 100.0)
    ces_comment: float = within(4.0, 0.0, 100.0)
    ces_share: float = within(4.0, 0.0, 100.0)
    ces_follow: float = within(8.0, 0.0, 100.0)
    surface_discovery: float = within(0.70, 0.0, 1.0)
    surface_following: float = within(0.09, 0.0, 1.0)
    surface_search: float = within(0.18, 0.0, 1.0)
    surface_groups: float = within(0.03, 0.0, 1.0)
    pool_first: float = within(350.0, 1.0, 1e7)
    pool_ratio: float = within(6.6, 1.1, 100.0)
    pool_floor: float = within(20.0, 1.0, 1e6)
    pool_top: float = within(40_000.0, 1.0, 1e9)
    pool_followers: float = within(0.65, 0.0, 1.0)
    gate: float = within(1.2, 0.0, 100.0)
    freshness_half_life: float = within(20.0, 0.5, 1000.0)
    interaction_half_life: float = within(11.7, 0.5, 1000.0)
    search_half_life: float = within(90.0, 1.0, 3650.0)
    review_delay: float = within(0.5, 0.0, 30.0)
    # attention
    impressions_mean: float = within(39.0, 1.0, 200.0)
    sessions_mean: float = within(3.5, 0.1, 8.0)
    visit_logit: float = within(-1.6, -6.0, 4.0)
    visit_sd: float = within(1.6, 0.1, 5.0)
    seconds_impression: float = within(7.0, 1.0, 60.0)
    seconds_image: float = within(145.0, 1.0, 3600.0)
    seconds_video: float = within(220.0, 1.0, 3600.0)
    visit_habit: float = within(1.0, 0.0, 10.0)
    visit_satisfaction: float = within(1.5, 0.0, 10.0)
    visit_trust: float = within(2.0, 0.0, 10.0)
    visit_fatigue: float = within(0.6, 0.0, 10.0)
    visit_novelty: float = within(2.8, 0.0, 10.0)
    visit_novelty_days: float = within(5.0, 0.1, 365.0)
    visit_outside: float = within(1.0, 0.0, 10.0)
    visit_crisis: float = within(0.8, 0.0, 10.0)
    visit_wait: float = within(0.5, 0.0, 10.0)
    visit_goal: float = within(0.6, 0.0, 10.0)
    habit_rate: float = within(0.05, 0.0, 1.0)
    quit_rate: float = within(0.0017, 0.0, 0.5)
    quit_trust: float = within(6.0, 0.0, 50.0)
    # wellbeing
    satisfaction_rate: float = within(0.15, 0.0, 1.0)
    satisfaction_ads: float = within(0.8, 0.0, 20.0)
    usual_reads: float = within(0.144, 0.001, 1.0)
    usual_reactions: float = within(0.09, 0.0, 2.0)
    fatigue_rate: float = within(0.3, 0.0, 1.0)
    fatigue_seconds: float = within(12_000.0, 1.0, 1e6)
    trust_days: float = within(74.0, 1.0, 10000)
    trust_ads: float = within(2.4, 0.0, 20.0)
    # decisions, logit at average conditions
    read_discovery: float = within(-3.35, -15.0, 5.0)
    read_following: float = within(-1.7, -15.0, 5.0)
    read_search: float = within(-1.0, -15.0, 5.0)
    mood_quality: float = within(0.5, 0.0, 5.0)
    like_logit: float = within(-4.35, -15.0, 5.0)
    collect_logit: float = within(-5.1, -15.0, 5.0)
    collect_image: float = within(0.15, -5.0, 5.0)
    collect_video: float = within(-0.85, -5.0, 5.0)
    comment_logit: float = within(-5.8, -15.0, 5.0)
    comment_crowding: float = within(0.5, 0.0, 5.0)
    share_logit: float = within(-5.55, -15.0, 5.0)
    share_crowding: float = within(0.4, 0.0, 3.0)
    share_passed: float = within(3.5, -5.0, 10.0)
    follow_logit: float = within(-6.05, -15.0, 5.0)
    click_logit: float = within(-4.0, -15.0, 5.0)
    order_logit: float = within(-3.8, -15.0, 5.0)
    pass_on: float = within(0.27, 0.0, 1.0)
    # supply
    notes_per_day: float = within(0.012, 0.0, 1.0)
    moderation_low_quality: float = within(0.15, 0.0, 1.0)
    commission: float = within(0.05, 0.0, 0.9)
    # relations and growth
    growth: float = within(1.0, 0.0, 20.0)
    join_paid: float = within(0.30, 0.0, 1.0)
    join_referral: float = within(0.15, 0.0, 1.0)
    join_cross: float = within(0.05, 0.0, 1.0)
    lapse_rate: float = within(0.03, 0.0001, 1.0)
    suggested_follows: float = within(5.0, 0.0, 100.0)
    group_share: float = within(0.12, 0.0, 0.95)
    group_leave: float = within(0.004, 0.0, 1.0)
    points_first_level: float = within(20.0, 1.0, 6000.0)
    point_value: float = within(0.05, 0.0, 100.0)
    unfollow_rate: float = within(0.0016, 0.0, 1.0)
    gone_after: int = within(30, 7, 31)
    # trade
    off_platform: float = within(0.35, 0.0, 0.95)
    intent_search: float = within(1.8, 0.01, 100.0)
    intent_live: float = within(2.0, 0.01, 100.0)
    intent_social: float = within(1.2, 0.01, 100.0)
    intent_ads: float = within(0.8, 0.01, 100.0)
    ad_known: float = within(1.0, 0.0, 10.0)
    ad_risk: float = within(0.5, 0.0, 10.0)
    elasticity_volume: float = within(0.236, 0.0, 5.0)
    elasticity_valence: float = within(0.417, 0.0, 5.0)
    order_trust: float = within(1.0, 0.0, 10.0)
    order_habit: float = within(0.25, 0.0, 10.0)
    order_sd: float = within(1.0, 0.0, 3.0)
    order_delivery: float = within(0.17, 0.0, 10.0)
    wait_base: float = within(0.20, 0.0, 1.0)
    wait_strength: float = within(0.8, 0.0, 10.0)
    wait_learning: float = within(0.12, 0.0, 1.0)
    coupon_claim: float = within(0.6, 0.01, 0.99)
    coupon_visit_odds: float = within(1.15, 0.01, 100.0)
    coupon_visit_habit: float = within(0.0, 0.0, 1.0)
    coupon_remembered: float = within(0.1, 0.0, 1.0)
    coupon_reminder: float = within(0.2, 0.0, 2.0)
    need_median: float = within(0.009, 0.0, 1.0)
    need_sd: float = within(2.0, 0.0, 5.0)
    need_days: float = within(30.0, 1.0, 1000.0)
    need_logit: float = within(1.1, -15.0, 5.0)
    live_return_odds: float = within(4.9, 0.1, 50.0)
    discount_return: float = within(0.5, 0.0, 10.0)
    review_share: float = within(0.30, 0.0, 1.0)
    shipping: float = within(6.0, 0.0, 10000)
    # prices of attention, yuan
    cpm: float = within(35.0, 0.0, 100000)
    cpc_feed: float = within(1.2, 0.0, 100000)
    cpc_search: float = within(4.0, 0.0, 100000)
    join_cost: float = within(30.0, 0.0, 100000)

    def __post_init__(self) -> None:
        check("platform", self)
        if self.join_paid + self.join_referral + self.join_cross > 1.0:
            raise ConfigError(
                "platform.join_paid, join_referral and join_cross are shares of new members and must not exceed 1 in all"
            )
        total = self.surface_discovery + self.surface_following + self.surface_search + self.surface_groups
        if not 0.99 <= total <= 1.01:
            raise ConfigError(
                f"platform.surface_* are shares of impressions and must sum to 1, not {total:g}"
            )
