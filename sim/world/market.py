"""The market of a new world: the focal brand and its products, rivals in every topic, and members who have
bought before.

Rivals are drawn by permanent ids (topic, rival, product), so that one product more of the focal brand leaves
them as they were. Stock and usual sales grow with the number of members; per member the market is the same at
any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.numerics import exp, norm_ppf
from sim.phases.deliveries import usual_restock
from sim.phases.orders.decisions import inclination, need_rate, words
from sim.phases.returns import mean_stars
from sim.randomness import S_BRAND, S_MERCHANT, S_PERSON2, S_PRODUCT, blocks, poisson, uniform, uniforms_of
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Category:
    """What products of a topic usually are: median price in yuan, return hazard outside livestreams,
    margin."""

    price: float
    returns: float
    margin: float


# Prices and margins are assumptions (half to twice, 0.25 to 0.7). Returns: K6 (12 %) unless K7 names the
# category; K7 is for livestreams, brought to ordinary sales by the odds ratio of K6 (0.40 against 0.12).
CATEGORIES: dict[str, Category] = {
    "beauty": Category(150.0, 0.12, 0.55),
    "fashion": Category(220.0, 0.20, 0.50),
    "food": Category(60.0, 0.035, 0.35),
    "home": Category(180.0, 0.05, 0.45),
    "travel": Category(400.0, 0.12, 0.20),
    "fitness": Category(160.0, 0.12, 0.45),
    "mother_baby": Category(180.0, 0.12, 0.40),
    "health": Category(150.0, 0.12, 0.55),
    "entertainment": Category(60.0, 0.12, 0.40),
    "emotion": Category(50.0, 0.12, 0.50),
    "tech": Category(500.0, 0.026, 0.20),
    "pets": Category(90.0, 0.12, 0.40),
    "education": Category(200.0, 0.12, 0.60),
    "career": Category(120.0, 0.12, 0.60),
    "photography": Category(300.0, 0.12, 0.30),
    "crafts": Category(80.0, 0.12, 0.55),
}
UNITS_A_MEMBER = 0.003
"""Units sold a member and day, here and elsewhere: the scale of stock and of first reviews (K11 and needs;
assumption)."""
REVIEW_WEEKS = 26
LIVE_ONLY = 0.04
"""Share of rivals' products sold in livestreams only (assumption, 0 to 0.1)."""
ATTRACTION_SD = 0.5
PRICE_SD = 0.5
QUALITY_SD = 0.7
FOCAL_ID = 0x7FFF0000
CLICK_ORDERS = 0.009
"""Orders after clicks that a day of visit yields at average conditions (K11; 0.004 to 0.012)."""
NEEDS_MET = 0.75
HISTORY_ATTRIBUTE = 17
"""Attribute number of a member's buying history in the stream PERSON2."""
HISTORY_STEPS = 48
MOST_ORDERS = 60
USUAL_ORDER = 16_000.0
"""Fen of a usual order, for the spend of before (assumption; the categories' prices)."""


def rival_id(topic: int, rival: int, product: int = 0) -> int:
    """Permanent id of a rival's product, or of the rival itself with ``product`` 0."""
    return topic << 24 | rival << 12 | product


def build_market(community: Community) -> None:
    """Fill merchants, brands and products, then give members a history as buyers.

    Raises
    ------
    ConfigError
        If a product of the focal brand has an unknown topic or an impossible figure.
    """
    topics = [key for key, _ in s.TOPICS]
    brand = community.config.brand
    keys = [(topic, rival) for topic in range(s.N_TOPICS) for rival in range(brand.rivals_per_topic)]
    _build_brands(community, keys, topics.index(brand.topic))
    _build_products(community, keys, topics)
    _stock_up(community)
    _build_buyers(community)


def _normals(community: Community, stream: int, ids: Any, group: int) -> Float:
    """Two standard normals for each id, float64 [2, ids]."""
    words_of = blocks(community.seed, stream, ids, 0, 0, group)
    return np.stack([_ppf(uniforms_of(words_of[:, k])) for k in range(2)])


@njit([(nb.float64[::1],)])
def _ppf(u):  # type: ignore[no-untyped-def]
    out = np.empty(len(u))
    for j in range(len(u)):
        out[j] = norm_ppf(u[j])
    return out


@njit([(nb.float64[::1],)])
def _exp(x):  # type: ignore[no-untyped-def]
    out = np.empty(len(x))
    for j in range(len(x)):
        out[j] = exp(x[j])
    return out


def _build_brands(community: Community, keys: list[tuple[int, int]], focal_topic: int) -> None:
    """Brand 0 is the focal one; each brand has one shop, with the same row."""
    state, config = community.state, community.config
    rows = state.brands.take(1 + len(keys))
    merchants = state.merchants.take(1 + len(keys))
    ids = np.array([FOCAL_ID, *(rival_id(*key) for key in keys)], np.uint32)
    brands, shops = state.brands.array, state.merchants.array
    z = _normals(community, S_BRAND, ids, 0)
    brands["topic"][rows] = [focal_topic, *(topic for topic, _ in keys)]
    brands["focal"][rows] = np.arange(len(rows)) == 0
    known = np.array([0.2 / (0.2 + 0.8 * float(e)) for e in _exp(-z[0])])
    brands["awareness"][rows] = known
    brands["awareness"][rows[0]] = config.brand.awareness
    # the budgets of a topic's brands follow its demand; over all topics they have the configured mean
    shares = np.asarray(config.audience.topics, float)
    money = config.brand.ad_budget_week * 100.0 / config.world.weight * s.N_TOPICS * shares / shares.sum()
    brands["budget_week"][rows] = np.floor(money[brands["topic"][rows]] * _exp(0.8 * z[1] - 0.32))
    brands["budget_week"][rows[0]] = 0
    service = blocks(community.seed, S_MERCHANT, ids)[:, 0]
    shops["brand"][merchants] = rows
    shops["service"][merchants] = 0.6 + 0.35 * uniforms_of(service)
    shops["open"][merchants] = 1
    shops["entered"][merchants] = -365


def _build_products(community: Community, keys: list[tuple[int, int]], topics: list[str]) -> None:
    state, brand = community.state, community.config.brand
    each = brand.products_per_rival
    focal = len(brand.products)
    rows = state.products.take(focal + len(keys) * each)
    table = state.products.array
    own = rows[:focal]
    ids = [FOCAL_ID | k for k in range(focal)]
    for row, key, product in zip(own, ids, brand.products, strict=True):
        table["id"][row] = key
        table["topic"][row] = topics.index(product.topic)
        table["price"][row] = round(100 * product.price)
        table["margin"][row] = product.margin
        table["quality"][row] = product.quality
        table["delivery_days"][row] = product.delivery_days
        table["return_hazard"][row] = product.return_rate
    rivals = rows[focal:]
    rival_ids = np.array([rival_id(topic, rival, k) for topic, rival in keys for k in range(each)], np.uint32)
    topic = np.repeat([topic for topic, _ in keys], each)
    categories = [CATEGORIES[name] for name in topics]
    z, y = _normals(community, S_PRODUCT, rival_ids, 0), _normals(community, S_PRODUCT, rival_ids, 1)
    u = uniforms_of(blocks(community.seed, S_PRODUCT, rival_ids, 0, 0, 2))
    table["id"][rivals] = rival_ids
    table["brand"][rivals] = np.repeat(1 + np.arange(len(keys)), each)
    table["merchant"][rows] = table["brand"][rows]
    table["topic"][rivals] = topic
    median = np.array([c.price for c in categories])[topic]
    table["price"][rivals] = 100 * np.maximum(1.0, np.floor(median * _exp(PRICE_SD * z[0])))
    margin = np.array([c.margin for c in categories])[topic]
    table["margin"][rivals] = np.clip(margin + 0.06 * z[1], 0.05, 0.9)
    table["quality"][rivals] = QUALITY_SD * y[0]
    table["attraction"][rivals] = ATTRACTION_SD * y[1]
    table["return_hazard"][rivals] = np.array([c.returns for c in categories])[topic]
    table["delivery_days"][rivals] = 1.5 + 2.0 * u[:, 0]
    table["live_only"][rivals] = u[:, 1] < LIVE_ONLY
    table["reference_price"][rows] = table["price"][rows]
    table["rating"][rows] = [mean_stars(float(q)) for q in table["quality"][rows]]


def _stock_up(community: Community) -> None:
    """Usual sales, stock and first reviews by each product's share of its topic's demand."""
    config, products = community.config, community.state.products
    topic = products["topic"].astype(np.int64)
    weight = _exp(products["attraction"].astype(np.float64))
    weight[products["live_only"] == 1] *= 0.02
    shares = np.asarray(config.audience.topics, float)
    demand = config.world.members * UNITS_A_MEMBER * shares / shares.sum()
    sales = demand[topic] * weight / np.bincount(topic, weights=weight, minlength=s.N_TOPICS)[topic]
    products["sales"] = sales
    here = 1.0 - config.platform.off_platform
    weekly = 7 * here * sales
    restock = usual_restock(weekly)
    for row, product in enumerate(config.brand.products):
        restock[row] = max(1, round(product.weekly_units / config.world.weight))
    products["restock"] = restock
    products["stock"] = 2 * restock
    spread = _exp(0.6 * _normals(community, S_PRODUCT, products["id"], 3)[0])
    products["reviews"] = np.floor(7 * REVIEW_WEEKS * sales * config.platform.review_share * spread + 0.5)
    merchants = community.state.merchants
    turnover = weekly * products["price"]
    merchants["mean_gmv"] = np.bincount(products["merchant"], weights=turnover, minlength=len(merchants))


@njit([(t.MEMBERS, t.PROFILES, t.PLATFORM, nb.uint64)])
def buyers(members, profiles, platform, seed):  # type: ignore[no-untyped-def]
    """Give members the orders of a past in which they behaved as they do: a stationary renewal process.

    Each member orders after clicks at a rate given by the habit of visiting, and again when a need comes
    back. The age of the last order has a density proportional to the survival exp(-clicks x a - needs x tau x
    (1 - e^(-a / tau))); where it lies before the member joined there was none. Orders before it are Poisson
    at the rate of renewal.
    """
    tau = platform[0].need_days
    survival = np.empty(HISTORY_STEPS)
    width = np.empty(HISTORY_STEPS)
    for i in range(len(members)):
        profiles[i].last_order = -32768
        profiles[i].coupon = -1
        profiles[i].wait = platform[0].wait_base
        if (members[i].flags & (s.ON_PLATFORM | s.BOT)) != s.ON_PLATFORM:
            continue
        visits = np.float64(profiles[i].habit)
        clicks = CLICK_ORDERS * visits * exp(inclination(seed, members[i].id, platform))
        needs = need_rate(seed, members[i].id, platform) * visits * NEEDS_MET
        tenure = -np.float64(profiles[i].joined)
        total = 0.0
        age = 0.0
        step = 1.0
        for k in range(HISTORY_STEPS):  # steps grow, so that a few reach back many years
            middle = age + 0.5 * step
            survival[k] = exp(-clicks * middle - needs * tau * (1.0 - exp(-middle / tau))) * step
            width[k] = step
            total += survival[k]
            age += step
            step *= 1.16
        w0, w1, w2, w3 = words(seed, S_PERSON2, members[i].id, HISTORY_ATTRIBUTE, 0, 0)
        total += survival[HISTORY_STEPS - 1] / width[HISTORY_STEPS - 1] / max(clicks, 1e-9)
        target = uniform(w0) * total
        age = 0.0
        k = 0
        while k < HISTORY_STEPS and target >= survival[k]:
            target -= survival[k]
            age += width[k]
            k += 1
        if k == HISTORY_STEPS:
            continue
        age += width[k] * (target / survival[k])
        if age >= tenure:
            continue
        mean = min(np.float64(MOST_ORDERS), (tenure - age) / total)
        orders = np.int64(1) + poisson(w1, w2, mean)
        profiles[i].orders = orders
        profiles[i].last_order = -1 - np.int64(age)
        profiles[i].spend = np.int64(orders * USUAL_ORDER * (0.5 + uniform(w3)))


def _build_buyers(community: Community) -> None:
    """Fill orders, last order, spend and waiting of everybody on the platform."""
    state = community.state
    buyers(state.members.rows, state.profiles.rows, community.platform, np.uint64(community.seed))
