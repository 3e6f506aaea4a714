"""The day's measures, gathered once at dusk: passes over tables, tallies, orders, the ledger, and what phases
counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.accounts import account_code, kind_code
from sim.errors import ConfigError
from sim.kpis.measures import (
    BREAKDOWNS,
    COUNTED,
    LEDGER_MEASURES,
    MEASURE,
    MEASURES,
    NOTES_MEASURES,
    ORDER_MEASURES,
)
from sim.kpis.passes import (
    A_ACTIVE,
    A_KNOWN,
    A_KOC,
    A_MOST,
    A_PAID,
    A_POSTERS,
    A_TOP,
    AGES,
    CELLS,
    N_NOTES,
    PEOPLE_COLUMNS,
    THEMES,
    authors,
    notes_pass,
    people,
)
from sim.phases.relations import audience
from sim.scale import creator_weight, sample_followers
from sim.state import schema as s
from sim.threads import in_threads

if TYPE_CHECKING:
    from sim.model import Community

Float = npt.NDArray[np.float64]
Day = dict[str, Float]
"""One day: breakdown -> float64 [segments, measures], NaN where a measure is not known."""

SMALL_CREATOR = 1_000.0
"""Real followers below which a creator is small (N11)."""
HITS = (1_000.0, 10_000.0, 100_000.0)
"""Real interactions of a small, a big and a super hit (C11)."""
_TRAFFIC = {
    "impressions": s.C_IMPRESSIONS,
    "reads": s.C_READS,
    "seconds": s.C_SECONDS,
    "likes": s.C_LIKES,
    "collects": s.C_COLLECTS,
    "comments": s.C_COMMENTS,
    "shares": s.C_SHARES,
    "follows": s.C_FOLLOWS,
    "clicks": s.C_CLICKS,
    "completions": s.C_COMPLETIONS,
    "valence": s.C_VALENCE,
}
_REACTIONS = (s.C_LIKES, s.C_COLLECTS, s.C_COMMENTS, s.C_SHARES, s.C_FOLLOWS)
_TALLIED: dict[str, list[int]] = {name: [counter] for name, counter in _TRAFFIC.items()}
_TALLIED |= {
    "reactions": list(_REACTIONS),
    "paid_impressions": [s.C_IMPRESSIONS],
    "paid_reads": [s.C_READS],
}


def measure_day(community: Community) -> Day:
    """All measures of the running day.

    Raises
    ------
    ConfigError
        If a phase counted something that is not registered.
    """
    day = {name: np.full((len(segments), len(MEASURES)), np.nan) for name, segments in BREAKDOWNS.items()}
    # no half reads or writes what the other writes
    halves = ((_people, _traffic, _world), (_notes, _orders, _ledger))
    in_threads(community.threads, lambda parts: [part(community, day) for part in parts], halves)
    for name, value in community.today.items():
        if name.startswith("_"):
            continue
        if name not in COUNTED:
            raise ConfigError(
                f"{name!r} was counted but is no registered measure (sim/kpis/measures.py); "
                f"there are: {', '.join(sorted(COUNTED))}"
            )
        day["all"][0, MEASURE[name]] = np.sum(value)
        for breakdown in COUNTED[name].breakdowns:
            day[breakdown][:, MEASURE[name]] = value
    for name in COUNTED.keys() - community.today.keys():
        for breakdown in ("all", *COUNTED[name].breakdowns):
            day[breakdown][:, MEASURE[name]] = COUNTED[name].idle
    return day


def _people(community: Community, day: Day) -> None:
    state = community.state
    cells = np.zeros((CELLS, len(PEOPLE_COLUMNS)))
    people(state.members.rows, state.profiles.rows, community.clock, cells)
    cube = cells.reshape(s.N_TIERS, s.N_STAGES, len(s.FAN_CLASSES), -1)
    columns = [MEASURE[name] for name in PEOPLE_COLUMNS]
    day["all"][0, columns] = cube.sum(axis=(0, 1, 2))
    day["tier"][:, columns] = cube.sum(axis=(1, 2))
    day["stage"][:, columns] = cube.sum(axis=(0, 2))
    day["fan_class"][:, columns] = cube.sum(axis=(0, 1))


def _traffic(community: Community, day: Day) -> None:
    tally = community.totals
    paid = np.zeros_like(tally)
    paid[list(s.PAID)] = tally[list(s.PAID)]
    slots = np.diff(community.running_totals, axis=0, prepend=0)
    for name, counters in _TALLIED.items():
        only_paid = name.startswith("paid")
        by_slot = slots[:, list(s.PAID)].sum(axis=1) if only_paid else slots.sum(axis=1)
        source = paid if only_paid else tally
        _spread_tally(day, name, source[:, :, counters].sum(axis=2), by_slot[:, counters].sum(axis=1))
    for name, values in (
        ("search_impressions", tally[s.SEARCH, :, s.C_IMPRESSIONS]),
        ("paid_clicks", paid[:, :, s.C_CLICKS].sum(axis=0)),
        ("paid_reactions", paid[:, :, list(_REACTIONS)].sum(axis=(0, 2))),
    ):
        day["all"][0, MEASURE[name]] = values.sum()
        day["tier"][:, MEASURE[name]] = values


def _spread_tally(day: Day, name: str, values: npt.NDArray[np.int64], by_slot: npt.NDArray[np.int64]) -> None:
    """Enter int64 [surfaces, tiers] and int64 [slots]."""
    column, surfaces = MEASURE[name], values.sum(axis=1)
    day["all"][0, column] = surfaces.sum()
    day["surface"][:, column] = surfaces
    day["tier"][:, column] = values.sum(axis=0)
    paid = surfaces[list(s.PAID)].sum()
    day["traffic"][:, column] = surfaces.sum() - paid, paid
    day["slot"][:, column] = 0
    day["slot"][: len(by_slot), column] = by_slot


def _notes(community: Community, day: Day) -> None:
    state, config = community.state, community.config
    world = config.world
    # a note's interactions are as many as in the real world, its author's followers are not (docs/scale.md)
    small = float(sample_followers(SMALL_CREATOR, world.members, world.weight))
    limits = np.array([small, *HITS])
    out = np.zeros((s.N_TOPICS, len(s.FORMATS), len(NOTES_MEASURES)))
    counters = np.zeros((s.N_TOPICS, len(s.FORMATS), s.N_COUNTERS), np.int64)
    ages, themes = np.zeros(AGES, np.int64), np.zeros((s.N_TOPICS, THEMES), np.int64)
    notes, history = state.notes.rows, state.note_history.array
    notes_pass(notes, history, state.creators.array, community.clock, limits, out, counters, ages, themes)
    columns = [MEASURE[m.key] for m in NOTES_MEASURES]
    day["all"][0, columns] = out.sum(axis=(0, 1))
    day["topic"][:, columns] = out.sum(axis=1)
    day["format"][:, columns] = out.sum(axis=0)
    extra = {"paid_impressions": s.C_PAID_IMPRESSIONS, "paid_reads": s.C_PAID_READS}
    for name, counter in (_TRAFFIC | extra).items():
        day["topic"][:, MEASURE[name]] = counters[:, :, counter].sum(axis=1)
        day["format"][:, MEASURE[name]] = counters[:, :, counter].sum(axis=0)
    reactions = counters[:, :, list(_REACTIONS)].sum(axis=2)
    day["topic"][:, MEASURE["reactions"]] = reactions.sum(axis=1)
    day["format"][:, MEASURE["reactions"]] = reactions.sum(axis=0)
    reads = counters[:, :, s.C_READS].sum(axis=1).astype(float)
    level = day["all"][0]
    level[MEASURE["topic_entropy"]] = _entropy(reads)
    level[MEASURE["topic_coverage"]] = _entropy(out[:, :, N_NOTES].sum(axis=1))
    level[MEASURE["note_age"]] = _median(ages)
    level[MEASURE["similarity"]] = _repeat_chance(themes)


def _entropy(counts: Float) -> float:
    """Entropy of shares over its maximum; NaN without any."""
    total = counts.sum()
    if not total:
        return float("nan")
    shares = counts[counts > 0] / total
    return float(-(shares * np.log(shares)).sum() / np.log(len(counts)))


def _median(counts: npt.NDArray[np.int64]) -> float:
    """Median of a histogram of whole days, interpolated within the day; NaN without any."""
    total = int(counts.sum())
    if not total:
        return float("nan")
    running = np.cumsum(counts)
    at = int(np.searchsorted(running, total / 2))
    before = float(running[at] - counts[at])
    return at + (total / 2 - before) / float(counts[at])


def _repeat_chance(counts: npt.NDArray[np.int64]) -> float:
    """Chance that two different items fall into one cell; NaN for fewer than two."""
    total = int(counts.sum())
    if total < 2:
        return float("nan")
    same: int = int((counts * (counts - 1)).sum())
    return same / (total * (total - 1))


def _orders(community: Community, day: Day) -> None:
    state = community.state
    orders = state.orders_of(community.world_day)
    paid = orders["paid"].astype(np.int64)
    value = paid + orders["subsidy"]
    here = orders["on_platform"] == 1
    brand = state.brands["focal"][state.products["brand"][orders["product"]]] > 0
    columns: dict[str, npt.NDArray[Any]] = {
        "orders": here,
        "units": here * orders["units"],
        "gmv": here * value,
        "paid": here * paid,
        "listed": here * (paid + orders["discount"]),
        "coupon_orders": here & (orders["coupon"] >= 0),
        "new_orders": here & (orders["repeat"] == 0),
        "click_orders": here & (orders["note"] != 0),
        "orders_elsewhere": ~here,
        "gmv_elsewhere": ~here * value,
        "brand_orders": brand,
        "brand_gmv": brand * value,
    }
    assert list(columns) == [m.key for m in ORDER_MEASURES]
    buyer = orders["member"]
    codes = {
        "all": np.zeros(len(orders), np.int64),
        "tier": state.members["tier"][buyer],
        "stage": state.profiles["stage"][buyer],
        "fan_class": state.profiles["fan_class"][buyer],
        "surface": orders["surface"],
        "topic": state.products["topic"][orders["product"]],
        "traffic": np.isin(orders["surface"], s.PAID).astype(np.int64),
    }
    for breakdown, code in codes.items():
        size = len(BREAKDOWNS[breakdown])
        known = code < size
        for name, values in columns.items():
            sums = np.bincount(code[known], weights=values[known], minlength=size)
            day[breakdown][:, MEASURE[name]] = sums
    day["all"][0, MEASURE["buyers"]] = len(np.unique(buyer))


_ADS = ("feed_ads", "search_ads", "boost")
_PLACEMENT = ("creator_fee", "agency_fee", "platform_fee", "production")
_TRADE = (
    "goods",
    "goods_elsewhere",
    "commission",
    "commission_back",
    "delivery",
    "return_delivery",
    "refund",
    "refund_elsewhere",
)
"""Kinds that come with a sale and are no cost of marketing."""


def _ledger(community: Community, day: Day) -> None:
    rows = community.ledger.between(community.world_day, community.world_day)
    amount, debit, credit = rows["amount"], rows["debit"], rows["credit"]

    def total(*kinds: str, payer: str = "", payee: str = "") -> float:
        keep = np.isin(rows["what"], [kind_code(kind) for kind in kinds])
        if payer:
            keep &= debit == account_code(payer)
        if payee:
            keep &= credit == account_code(payee)
        return float(amount[keep].sum())

    def spent(payer: str) -> float:
        keep = (debit == account_code(payer)) & ~np.isin(rows["what"], [kind_code(kind) for kind in _TRADE])
        return float(amount[keep].sum())

    def net(account: str) -> float:
        code = account_code(account)
        return float(amount[credit == code].sum() - amount[debit == code].sum())

    values = {
        "ad_revenue": total(*_ADS, payee="platform"),
        "commission_revenue": total("commission") - total("commission_back"),
        "fee_revenue": total("platform_fee", payee="platform"),
        "membership_revenue": total("membership", payee="platform"),
        "platform_cost": spent("platform") - total("subsidy_back", payee="platform"),
        "brand_cost": spent("brand") - total("subsidy_back", payee="brand"),
        "brands_cost": spent("brands") - total("subsidy_back", payee="brands"),
        "placement_cost": total(*_PLACEMENT),
        "coupon_cost": total("discount_subsidy") - total("subsidy_back"),
        "join_spend": total("join_cost", "referral"),
        "creator_revenue": float(amount[credit == account_code("creators")].sum()),
        "platform_net": net("platform"),
        "brand_net": net("brand"),
        "merchants_net": net("merchants"),
    }
    assert list(values) == [m.key for m in LEDGER_MEASURES]
    for name, value in values.items():
        day["all"][0, MEASURE[name]] = value


def gini(values: Float) -> float:
    """Gini coefficient of values that are not negative; NaN where they are all zero."""
    ordered = np.sort(values)
    total = float(ordered.sum())
    if not total:
        return float("nan")
    ranks = np.arange(1, len(ordered) + 1)
    return float(2.0 * (ranks * ordered).sum() / (len(ordered) * total) - (len(ordered) + 1) / len(ordered))


def gini_of_numbers(numbers: npt.NDArray[np.int64], zeros: int) -> float:
    """`gini` of whole numbers, given how many there are of each, and of so many zeros more; NaN where they are all zero."""
    number = np.zeros(max(1, len(numbers)), np.int64)
    number[: len(numbers)] = numbers
    number[0] += zeros
    size, total = int(number.sum()), float((number * np.arange(len(number))).sum())
    if not total:
        return float("nan")
    last = np.cumsum(number).astype(float)
    rank_sum = number * (last - number + 1 + last) / 2.0
    return float(2.0 * (rank_sum * np.arange(len(number))).sum() / (size * total) - (size + 1) / size)


def _weighted_mean(values: npt.NDArray[Any], weights: npt.NDArray[Any]) -> float:
    total = float(weights.sum())
    return float((values.astype(float) * weights).sum()) / total if total else float("nan")


def _world(community: Community, day: Day) -> None:
    state = community.state
    brands, products, creators, merchants = state.brands, state.products, state.creators, state.merchants
    usual = products["sales"].astype(float)
    usual = usual / usual.sum() if usual.sum() > 0 else np.full(len(usual), np.nan)
    sold = merchants["open"][products["merchant"]] > 0
    members = int(day["all"][0, MEASURE["members"]])
    world = community.config.world
    known = float(sample_followers(SMALL_CREATOR, world.members, world.weight))
    size = len(creators)
    numbers, fake, income = np.zeros(len(state.members) + 1, np.int64), np.empty(size), np.empty(size)
    price, tiers = np.empty(size, np.float32), np.empty((2, size), np.int32)
    found = authors(state.members.rows, creators.rows, known, numbers, fake, income, price, tiers)
    numbers = numbers[: found[A_MOST] + 1]
    income, price = income[: found[A_PAID]], price[: found[A_KNOWN]]
    reach = float((numbers * np.arange(len(numbers))).sum())
    values = {
        "awareness": float(brands["awareness"][0]) if len(brands) else np.nan,
        "sentiment": float(brands["sentiment"][0]) if len(brands) else np.nan,
        "crisis": float(community.clock["crisis"][0]),
        "follower_gini": gini_of_numbers(numbers, max(0, members - size)),
        "income_gini": gini(income) if len(income) else np.nan,
        "creators": float(found[A_ACTIVE]),
        "posters_month": float(found[A_POSTERS]),
        "fake_followers": float(fake.sum()) / reach if reach else 0.0,
        "shops": float((merchants["open"] == 1).sum()),
        "products": float((sold & (products["delisted"] == 0)).sum()),
        "out_of_stock": float((sold & (products["stock"] <= 0)).sum()),
        "price_level": float((usual * products["reference_price"] / np.maximum(1, products["price"])).sum()),
        "rating": float((usual * products["rating"]).sum()),
        "in_groups": float(state.groups["members"].sum()),
        # each as many as the real creators of its size that it stands for
        "koc": float(creator_weight(tiers[0, : found[A_KOC]], world.members, world.weight).sum()),
        "top_creators": float(creator_weight(tiers[1, : found[A_TOP]], world.members, world.weight).sum()),
        **_placements(community),
        "group_activity": _weighted_mean(state.groups["activity"], state.groups["members"]),
        "asking_price": float(price.mean()) if len(price) else np.nan,
    }
    for name, value in values.items():
        day["all"][0, MEASURE[name]] = value


def _placements(community: Community) -> dict[str, float]:
    """Followers of the creators whose placements appeared in the last 28 days: their sum, and everybody once."""
    contracts = community.state.contracts
    recent = (contracts["status"] == 2) & (contracts["day"] > community.world_day - 28)
    if not recent.any():
        return {"placement_followers": 0.0, "placement_audience": 0.0}
    creators = np.unique(contracts["creator"][recent])
    total, once = audience(community.delta, community.state.creators["member"][creators].astype(np.int64))
    return {"placement_followers": float(total), "placement_audience": float(once)}
