"""Measures: the plain daily sums and levels from which every KPI is made, by breakdown.

A measure is a number a day and segment in sample units (members, notes, fen). Sums add up over segments and
days; levels do not. KPIs (`sim.kpis.registry`) are formulas of measures and alone carry names, units and
scale.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.levers.figures import PLAN_FIGURES, UNSEEN
from sim.state import schema as s

MOST_SLOTS = 8
BREAKDOWNS: dict[str, tuple[tuple[str, str], ...]] = {
    "all": (("all", "全部"),),
    "tier": s.TIERS,
    "stage": s.STAGES,
    "fan_class": s.FAN_CLASSES,
    "surface": s.SURFACES,
    "topic": s.TOPICS,
    "format": s.FORMATS,
    "traffic": (("organic", "自然流量"), ("paid", "商业流量")),
    "slot": tuple((f"slot_{k}", f"时段{k}") for k in range(1, MOST_SLOTS + 1)),
}
"""Segments of each breakdown, key and Chinese name, in the order of their codes; ``traffic`` sets places that an
advertiser paid for against all others, ``slot`` the times of the day, of which a world may have fewer."""

PEOPLE = ("tier", "stage", "fan_class")
TRAFFIC = ("surface", "tier", "topic", "format", "traffic", "slot")
EVERY = ("tier", "stage", "fan_class", *TRAFFIC[:1], *TRAFFIC[2:])
ORDERS = ("tier", "stage", "fan_class", "surface", "topic", "traffic")


@dataclass(frozen=True)
class Measure:
    """One daily figure.

    Attributes
    ----------
    key
        Name in formulas.
    source
        What fills it: ``people`` and ``notes`` are passes over tables, ``traffic`` the day's tallies,
        ``orders`` the orders of the day, ``ledger`` its entries, ``world`` levels of tables, ``counted`` what
        phases count with `Community.count`.
    breakdowns
        Beside ``all``.
    meaning
        One line.
    idle
        What it is on a day on which nothing was counted; NaN where that means that nobody knows.
    """

    key: str
    source: str
    breakdowns: tuple[str, ...]
    meaning: str
    idle: float = 0.0


def _rows(source: str, breakdowns: tuple[str, ...], **meanings: str) -> list[Measure]:
    return [Measure(key, source, breakdowns, meaning) for key, meaning in meanings.items()]


PEOPLE_MEASURES = _rows(
    "people",
    PEOPLE,
    members="people on the platform",
    visitors="of them, who visited today",
    visitors_week="who visited within 7 days",
    visitors_month="who visited within 30 days",
    participants="who reacted to something today",
    paid_seen="paid and sponsored impressions (at most 255 a person)",
    lapsed="whose last visit was exactly 28 days ago",
    back="who visited today for the first time in 28 days or more",
    joined="who joined today",
    cohort_1="who joined 1 day ago",
    kept_1="of them, who visited today",
    cohort_7="who joined 7 days ago",
    kept_7="of them, who visited today",
    cohort_30="who joined 30 days ago",
    kept_30="of them, who visited today",
    coupon_holders="who hold a coupon",
    trust="sum of trust",
    fatigue="sum of fatigue",
    satisfaction="sum of satisfaction",
    waiting="sum of the expectation of a discount",
    joined_organic="joined by themselves",
    joined_paid="joined through paid channels",
    joined_referral="joined through members",
    joined_cross_platform="joined from other platforms",
    aips_aware="people aware of the focal brand",
    aips_interest="people interested in it",
    aips_true_interest="people truly interested in it",
    aips_purchase="its buyers",
    aips_share="people who recommend it",
    muted="people who want no messages",
)
SHARED_MEASURES = _rows(
    "traffic",
    EVERY,
    impressions="notes shown",
    reads="notes opened (by stage and fan class at most 255 a person and day)",
    reactions="likes, collects, comments, shares and follows (likewise)",
    seconds="seconds spent (by topic and format: with opened notes)",
)
TRAFFIC_MEASURES = _rows(
    "traffic",
    TRAFFIC,
    likes="likes",
    collects="collects",
    comments="comments",
    shares="shares",
    follows="follows",
    clicks="clicks on a product",
    completions="notes read or watched to the end",
    valence="positive less negative comments",
    paid_impressions="impressions that an advertiser paid for",
    paid_reads="reads of them",
)
SURFACE_MEASURES = _rows(
    "traffic",
    ("tier",),
    search_impressions="impressions in search",
    paid_reactions="reactions to paid impressions",
    paid_clicks="product clicks from paid impressions",
)
NOTES_MEASURES = _rows(
    "notes",
    ("topic", "format"),
    notes="notes dated today",
    quality="sum of their quality, standard deviations from authors' mean",
    low_quality_notes="of them, more than one standard deviation below the mean in quality",
    original_notes="of them, original",
    sponsored_notes="of them, sponsored",
    fake_notes="of them, fake marketing",
    hits_small="notes whose interactions passed 1,000 (real units) today",
    hits_big="notes whose interactions passed 10,000 today",
    hits_super="notes whose interactions passed 100,000 today",
    live_notes="notes on the platform",
    fake_impressions="impressions of fake notes",
    low_quality_impressions="impressions of notes of low quality",
    small_impressions="impressions of notes by creators under 1,000 followers (real units)",
    sponsored_impressions="impressions of sponsored notes",
    sponsored_reads="reads of sponsored notes",
    sponsored_reactions="reactions to sponsored notes",
    shown_reactions="the same as shown, with those of followers who do not exist",
    high_quality_impressions="impressions of notes more than one standard deviation above the mean in quality",
    linked_notes="notes dated today with a product link",
    fresh_impressions="impressions of notes on the day of their publication",
)
ORDER_MEASURES = _rows(
    "orders",
    ORDERS,
    orders="orders here",
    units="units of them",
    gmv="their value, coupons included",
    paid="paid for them by buyers",
    listed="their value at list price",
    coupon_orders="orders here with a coupon",
    new_orders="orders here by first-time buyers",
    click_orders="orders here that a click on a note led to",
    orders_elsewhere="orders on other marketplaces after a visit here",
    gmv_elsewhere="their value",
    brand_orders="orders of the focal brand, here and elsewhere",
    brand_gmv="their value",
)
BUYER_MEASURES = _rows("orders", (), buyers="members who ordered today, here or elsewhere")
LEDGER_MEASURES = _rows(
    "ledger",
    (),
    ad_revenue="paid to the platform for ads and boosts",
    commission_revenue="commission, less what came back",
    fee_revenue="placement fees",
    membership_revenue="fees of members",
    platform_cost="paid by the platform, other than commission that goes back",
    brand_cost="paid by the focal brand for marketing",
    brands_cost="paid by other brands for marketing",
    placement_cost="creators, agencies, placement fees and production, whoever pays",
    coupon_cost="coupon money paid, less what came back",
    join_spend="paid for new members: channels and rewards",
    creator_revenue="paid to creators",
    platform_net="net flow to the platform",
    brand_net="net flow to the focal brand",
    merchants_net="net flow to other brands' shops",
)
WORLD_MEASURES = _rows(
    "world",
    (),
    awareness="share of members aware of the focal brand",
    sentiment="running valence of what is said of it",
    crisis="level of crisis",
    follower_gini="Gini coefficient of followers over members",
    income_gini="Gini coefficient of running income over authors who earn",
    creators="authors who have not stopped",
    posters_month="authors with a note in the last weeks (running count)",
    note_age="median age of what is shown, days",
    topic_entropy="entropy of reads over topics, share of its maximum",
    similarity="chance that two notes of the last week share topic and theme",
    fake_followers="share of followers shown who do not exist",
    shops="shops that are open",
    products="products on sale",
    out_of_stock="of them, without stock",
    price_level="mean of expected over list price, by usual sales",
    rating="mean rating, by usual sales",
    in_groups="members of groups",
    koc="KOC, in the real creators that those of the sample stand for",
    top_creators="top creators, likewise",
    placement_followers="followers of the creators of placements of the last 28 days, creator by creator",
    placement_audience="the same, everybody counted once",
    group_activity="mean activity of groups, by their members",
    topic_coverage="entropy of new notes over topics, share of its maximum",
    asking_price="mean price asked by authors with 1,000 real followers or more, against usual",
)
COUNTED_MEASURES = _rows(
    "counted",
    (),
    posters="authors who wrote today",
    notes_written="notes written",
    notes_published="notes that went live",
    notes_boosted="notes with a boost",
    notes_without_room="new notes that the recall index had no room for",
    takedowns="notes removed by moderation",
    false_positives="of them, removed wrongly",
    accounts_closed="inauthentic accounts closed for what they wrote",
    cascades="notes passed on",
    cascade_arcs="recipients of notes passed on",
    contracts_offered="placements offered",
    contracts_accepted="of them, accepted",
    contracts_refused="of them, refused",
    contracts_failed="notes of contracts that were not delivered",
    baskets="wishes to buy",
    stock_outs="of them, lost for want of stock",
    coupons_issued="coupons handed out",
    coupons_lapsed="wishes to buy whose coupon had run out",
    deliveries="parcels delivered here",
    delivery_days="days that they took",
    late_deliveries="of them, later than twice the usual",
    returns="orders returned here",
    refunds="their value",
    reviews="reviews",
    stars="sum of their stars",
    complaints="reviews of one or two stars",
    follows_made="arcs added",
    unfollows="arcs removed",
    creator_exits="authors who stopped",
    merchant_exits="shops that closed",
    merchant_entries="shops that opened",
    points_given="points given",
    level_ups="levels reached",
    group_joins="members who joined a group",
    group_leaves="members who left one",
    churned="members who counted as gone from today",
    returned="gone members who came back",
    ad_spend="spent on ads",
    sessions="sessions",
    aips_new="people who heard of the focal brand",
    aips_up="people who came a step closer to it, other than by buying",
    aips_bought="people who bought from it and had not before",
    aips_down="people who fell back a step",
    brand_reached="people who remember an exposure to its placements",
    brand_exposures="exposures that they remember (at most 255 a person)",
    brand_searches="of them, who searched for the brand today",
    advertisers="brands of the world that advertised in the week",
    reinvesting="of them, who advertise at least as much in the next",
    satisfied_advertisers="of them, whose ads earned their cost",
    rush_losses="wishes to buy lost because too many wanted to buy",
    contracts_delivered="notes of contracts that were delivered",
    first_notes="authors who wrote and had written nothing for weeks",
    grants="grants to authors",
    offences="notes that were rightly removed",
    repeat_offences="of them, by authors who had lost one before",
    appeals_won="wrong removals that were put right",
    activity_participants="members who took part in an activity",
    activity_notes="notes about activities",
    messages_sent="messages sent",
    messages_opened="of them, opened",
    opt_outs="members who want no more of them from today",
    subscribers="paying members",
    referred_by_plan="newcomers whom a plan's inviters brought",
    mutual_follows="follows that were returned",
    groups_founded="groups founded",
    group_purged="idle members removed from groups",
    grievances="people who feel passed over in rewards",
    incidents="data and legal incidents",
    rumours="members who set out to spread bad news",
    rumours_heard="members who were passed bad news and read it",
)
MOVES = [
    Measure("tier_up", "counted", ("tier",), "moves to a higher tier, by the tier reached"),
    Measure("tier_down", "counted", ("tier",), "moves to a lower tier, by the tier left"),
]
MEASURES: tuple[Measure, ...] = (
    *PEOPLE_MEASURES,
    *SHARED_MEASURES,
    *TRAFFIC_MEASURES,
    *SURFACE_MEASURES,
    *NOTES_MEASURES,
    *ORDER_MEASURES,
    *BUYER_MEASURES,
    *LEDGER_MEASURES,
    *WORLD_MEASURES,
    *COUNTED_MEASURES,
    *(
        Measure(key, "counted", (), meaning, idle=float("nan") if key in UNSEEN else 0.0)
        for key, meaning in PLAN_FIGURES.items()
    ),
    *MOVES,
)
MEASURE: dict[str, int] = {measure.key: column for column, measure in enumerate(MEASURES)}
"""Column of a measure in the panel."""
COUNTED = {measure.key: measure for measure in MEASURES if measure.source == "counted"}
"""Measures that phases count, by name."""
