"""Drawing the people of a world: members and prospects, their profiles, and those who write.

Every trait comes from the stream of persons by the member's id, so a person is the same in every scenario and
whatever else the world contains. Traits begin near the stationary state of the phases that move them later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.graph.popularity import popularity_quantile
from sim.numerics import exp, log, log1p, norm_ppf
from sim.phases.adaptation import LEFT_SHARE
from sim.phases.orders.decisions import words
from sim.phases.transitions import ACTIVE_FROM, POSTING_RATE, first_stage, limits, recent_days, visits_of
from sim.phases.wellbeing import usual_trust
from sim.population import (
    FATIGUE_OF_A_VISIT,
    HABITUAL_FACTOR,
    HABITUAL_SHARE,
    POINTS,
    RATE_SD,
    USUAL_SATISFACTION,
    balance,
    posting_tilt,
)
from sim.randomness import S_PERSON, blocks, categorical, normal, uniform, uniform53, uniforms_of
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba
Float = npt.NDArray[np.float64]

ELASTICITY = -2.62
"""Mean own price elasticity (K1, strong)."""
ELASTICITY_SD = 0.4
"""Standard deviation of the logarithm of its size between people (assumption, 0.2 to 0.6)."""
ELASTICITY_BY_INCOME = (1.15, 1.0, 0.85, 0.7)
"""Size of the elasticity by income band, relative (assumption: who has more minds prices less)."""
MALE_TASTE = (0.3, 0.4, 0.9, 1.0, 1.0, 1.8, 0.4, 0.8, 1.3, 0.7, 2.0, 1.0, 1.1, 1.3, 1.3, 0.9)
"""Interest of men in each topic relative to everybody's; women's follow, so that means hold (assumption)."""
SKILL_OF_POPULAR = 0.5
"""Correlation of skill with popularity's normal score (assumption, 0.3 to 0.7)."""
QUIET_POPULARITY = 0.05
"""Popularity of people who never write, relative to authors of the same rank (assumption, 0.01 to 0.2)."""
PRICE_SD = 0.6
"""Standard deviation of the logarithm of asking prices around the market's (P1, weak)."""
LONGEST = 2000
"""Days before the world's beginning on which the earliest members joined."""

# Groups of traits: block numbers of the stream of persons.
G_DEMOGRAPHIC, G_STATUS, G_VISIT, G_MONEY, G_WRITING, G_WRITING2, G_TENURE, G_RELATION = range(8)
G_INTEREST = 8  # to 15, two topics a block
G_HISTORY = 16  # to 23, four days a block


@njit
def _gamma(shape, u, z):  # type: ignore[no-untyped-def]
    """Gamma number of a small shape: the cube of a normal (Wilson and Hilferty) at shape + 1, times u**(1 /
    shape)."""
    k = shape + 1.0
    root = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * k**0.5)
    return k * max(root, 0.02) ** 3 * exp(log(u) / shape)


@njit
def _interests(members, i, seed, shapes):  # type: ignore[no-untyped-def]
    """Shares of interest, Dirichlet with the given shapes (to the accuracy of `_gamma`), in 255ths that sum
    to 255."""
    weight = np.empty(s.N_TOPICS)
    total = 0.0
    for k in range(s.N_TOPICS // 2):
        w0, w1, w2, w3 = words(seed, S_PERSON, members[i].id, 0, 0, G_INTEREST + k)
        weight[2 * k] = _gamma(shapes[2 * k], uniform(w0), norm_ppf(uniform(w1)))
        weight[2 * k + 1] = _gamma(shapes[2 * k + 1], uniform(w2), norm_ppf(uniform(w3)))
        total += weight[2 * k] + weight[2 * k + 1]
    left = np.int64(255)
    for k in range(s.N_TOPICS):
        weight[k] = weight[k] / total * 255.0
        whole = np.int64(weight[k])
        members[i].interest[k] = whole
        weight[k] -= whole
        left -= whole
    for _ in range(left):  # the largest remainders, the first of equal ones
        best = 0
        for k in range(1, s.N_TOPICS):
            if weight[k] > weight[best]:
                best = k
        members[i].interest[best] += 1
        weight[best] -= 1.0


@njit
def _history(members, profiles, i, seed, visit, away):  # type: ignore[no-untyped-def]
    """Visits of the last 32 days, bit 0 yesterday: the last one ``away`` days ago, earlier ones by chance."""
    bits = np.uint32(0)
    for k in range(8):
        drawn = words(seed, S_PERSON, members[i].id, 0, 0, G_HISTORY + k)
        for j in range(4):
            day = 4 * k + j
            if day == away or (day > away and uniform(drawn[j]) < visit):
                bits |= np.uint32(1) << np.uint32(day)
    age = -np.int64(profiles[i].joined)
    if age < 32:
        bits &= (np.uint32(1) << np.uint32(age)) - np.uint32(1)
    return bits


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.PLATFORM,
            nb.float64[:, ::1],
            nb.float64[:, ::1],
            nb.float64[:, ::1],
            nb.float64[::1],
            nb.uint64,
            nb.int64,
            nb.int64,
        )
    ]
)
def draw_people(members, profiles, platform, cuts, shapes, grid, settings, seed, first, last):  # type: ignore[no-untyped-def]
    """Fill the rows ``first`` to ``last`` of both tables; ``members[i].id`` and ``profiles[i].creator`` stand
    already.

    Parameters
    ----------
    cuts
        float64 [6, 6], running shares of gender, age, city, income, occupation, region; rows padded with 1.
    shapes
        float64 [2, topics], Dirichlet shapes of women and men.
    grid
        float64 [5, points], the `Balance` of the population.
    settings
        float64: number of members, share of outsiders who have been here, days until gone, share of bots,
        awareness of the focal brand.
    """
    count = np.int64(settings[0])
    for i in range(first, last):
        me = np.int64(members[i].id)
        here = i < count
        d0, d1, d2, d3 = words(seed, S_PERSON, me, 0, 0, G_DEMOGRAPHIC)
        o0, o1, o2, _ = words(seed, S_PERSON, me, 0, 0, G_STATUS)
        gender = categorical(d0, cuts[0])
        income = categorical(d3, cuts[3])
        packed = gender | categorical(d1, cuts[1]) << 1 | categorical(d2, cuts[2]) << 4 | income << 6
        profiles[i].demographics = packed | categorical(o0, cuts[4]) << 8 | categorical(o1, cuts[5]) << 14
        _interests(members, i, seed, shapes[gender])

        w0, w1, _, _ = words(seed, S_PERSON, me, 0, 0, G_VISIT)
        u = uniform53(w0, w1)
        running = grid[3] if here else grid[4]
        k = 0
        while k < POINTS - 1 and running[k] <= u:
            k += 1
        below = running[k - 1] if k else 0.0
        part = (u - below) / max(running[k] - below, 1e-300)
        step = grid[0, 1] - grid[0, 0]
        profiles[i].propensity = grid[0, k] + (part - 0.5) * step
        visit = grid[1, k]

        w0, w1, _, _ = words(seed, S_PERSON, me, 0, 0, G_MONEY)
        taste = exp(ELASTICITY_SD * normal(w0, w1) - 0.5 * ELASTICITY_SD * ELASTICITY_SD)
        profiles[i].price_sensitivity = ELASTICITY * taste * ELASTICITY_BY_INCOME[income] / settings[5]

        t0, t1, t2, t3 = words(seed, S_PERSON, me, 0, 0, G_TENURE)
        members[i].trust = usual_trust(seed, me, visit, platform[0].trust_ads)
        profiles[i].satisfaction = USUAL_SATISFACTION + 0.25 * (uniform(t2) - 0.5)
        profiles[i].points = np.int64(uniform(t1) * platform[0].points_first_level)
        profiles[i].group = -1
        profiles[i].coupon = -1
        profiles[i].last_order = -32768
        if uniform(o2) < settings[3]:
            members[i].flags |= s.BOT
        r0, _, _, _ = words(seed, S_PERSON, me, 0, 0, G_RELATION)
        u = uniform(r0)
        if u < settings[4]:
            profiles[i].aips = 3 if u < 0.1 * settings[4] else (2 if u < 0.35 * settings[4] else 1)
        if not here:
            gone = uniform(t0) < settings[1]
            profiles[i].stage = s.GONE if gone else s.PROSPECT
            profiles[i].joined = -60 if gone else -32768
            continue
        members[i].flags |= s.ON_PLATFORM
        # how long ago the last visit was: geometric, below the limit from which a member is gone
        miss = log1p(-visit)
        away = np.int64(log1p(-uniform(t3) * (1.0 - exp(settings[2] * miss))) / miss)
        away = min(away, np.int64(settings[2]) - 1)
        age = max(away, np.int64(-log(uniform(t0)) * grid[2, k]))
        if age > LONGEST:
            age = np.int64(LONGEST)
        profiles[i].joined = -1 - age
        profiles[i].active_days = _history(members, profiles, i, seed, visit, away)
        profiles[i].habit = visit
        members[i].fatigue = FATIGUE_OF_A_VISIT * visit
        profiles[i].stage = first_stage(profiles, i)
        profiles[i].fan_class = 1 if visits_of(profiles[i].active_days) >= 8 else 0


@njit(
    [
        (
            t.MEMBERS,
            t.PROFILES,
            t.CREATORS,
            nb.float64[::1],
            nb.float64[:, ::1],
            nb.uint64,
            nb.float64,
            nb.int64,
            nb.int64,
        )
    ]
)
def draw_creators(members, profiles, creators, ranks, grid, seed, scale, first, last):  # type: ignore[no-untyped-def]
    """Fill the rows ``first`` to ``last`` of the creators; ``creators[c].member`` stands already.

    Parameters
    ----------
    ranks
        float64 [persons], popularity ranks in (0, 1).
    grid
        float64 [5, points], the `Balance` of the population.
    scale
        Notes a day of an author of usual kind.
    """
    step = grid[0, 1] - grid[0, 0]
    for c in range(first, last):
        i = np.int64(creators[c].member)
        me = np.int64(members[i].id)
        a0, a1, a2, a3 = words(seed, S_PERSON, me, 0, 0, G_WRITING)
        b0, b1, b2, b3 = words(seed, S_PERSON, me, 0, 0, G_WRITING2)
        _, r1, r2, _ = words(seed, S_PERSON, me, 0, 0, G_RELATION)
        score = norm_ppf(ranks[i])
        rest = (1.0 - SKILL_OF_POPULAR * SKILL_OF_POPULAR) ** 0.5
        creators[c].skill = SKILL_OF_POPULAR * score + rest * normal(a0, a1)
        at = np.int64((profiles[i].propensity - grid[0, 0]) / step + 0.5)
        rate = scale * posting_tilt(grid[1, min(max(at, 0), POINTS - 1)])
        rate *= exp(RATE_SD * normal(a2, a3) - 0.5 * RATE_SD * RATE_SD)
        # the popular are more often habitual authors: density 3 u**2 on top of the share
        if uniform(b0) < HABITUAL_SHARE * 3.0 * ranks[i] * ranks[i]:
            rate *= HABITUAL_FACTOR
        creators[c].post_rate = rate
        creators[c].effort = 0.85 + 0.3 * uniform(b1)
        creators[c].left = 1 if uniform(b2) < LEFT_SHARE else 0
        u = uniform(b3)
        # a tenth of authors has bought a good part of the following shown (G3; G4 is a stress value)
        bought = 0.05 * u / 0.9 if u < 0.9 else 0.1 + 4.0 * (u - 0.9)
        creators[c].fake_share = np.int64(bought * s.FAKE_UNIT)
        creators[c].price_level = exp(PRICE_SD * normal(r1, r2))
        creators[c].reward_mean = -1.0
        main = 0
        second = 1
        for k in range(s.N_TOPICS):
            if members[i].interest[k] > members[i].interest[main]:
                main = k
        if main == 1:
            second = 0
        for k in range(s.N_TOPICS):
            if k != main and members[i].interest[k] > members[i].interest[second]:
                second = k
        creators[c].verticals[0] = main
        creators[c].verticals[1] = second


def _cuts(audience: Any) -> Float:
    """Running shares of the six demographics, float64 [6, 6]."""
    out = np.ones((6, 6))
    for row, name in enumerate(("gender", "age_band", "city_tier", "income_band", "occupation", "region")):
        shares = np.array(getattr(audience, name), float)
        out[row, : len(shares)] = np.cumsum(shares / shares.sum())
        out[row, len(shares) - 1 :] = 1.0
    return out


def _shapes(audience: Any) -> Float:
    """Dirichlet shapes of interests of women and men, float64 [2, topics], whose mean over people is as
    configured."""
    topics = np.array(audience.topics, float)
    topics = np.maximum(topics / topics.sum(), 1e-4)
    women, men = np.array(audience.gender, float) / np.sum(audience.gender)
    taste = np.array(MALE_TASTE)
    other = np.maximum(0.05, (1.0 - men * taste) / max(women, 1e-9)) if women > 0 else np.ones(s.N_TOPICS)
    if women == 0:
        taste = np.ones(s.N_TOPICS)
    shapes = np.stack([topics * other, topics * taste])
    return np.ascontiguousarray(audience.interest_concentration * shapes / shapes.sum(axis=1, keepdims=True))


def _ranks(seed: int, ids: npt.NDArray[np.uint32], followers: npt.NDArray[Any] | None) -> Float:
    """Popularity ranks in (0, 1): drawn by id, or for members those of the followers they have."""
    drawn = blocks(seed, S_PERSON, ids, 0, 0, G_MONEY).astype(np.uint64)
    ranks: Float = ((drawn[:, 2] << np.uint64(20)) + (drawn[:, 3] >> np.uint64(12)) + 0.5) * 2.0**-52
    if followers is not None and len(followers):
        order = np.lexsort((ranks[: len(followers)], followers))
        ranks[order] = (np.arange(len(followers)) + 0.5) / len(followers)
    return ranks


def build_people(community: Community, followers: npt.NDArray[Any] | None = None) -> Float:
    """Draw everybody: fill the tables members, profiles and creators.

    Rows are members first, then the people outside: prospects, and some who have been here and left. Who
    writes is decided by a keyed draw, a little more often for the popular.

    Parameters
    ----------
    community
        A world whose state is still empty.
    followers
        Followers of each member in a graph that is given, int [members]; their order then decides who is
        popular, and with it who is skilled and who writes. None where the graph is generated afterwards.

    Returns
    -------
    ndarray of float64, shape (persons,)
        Popularity: attractiveness to followers, power law with the configured exponent (N1); 0 outside.
    """
    config, state, seed = community.config, community.state, community.seed
    audience, platform = config.audience, config.platform
    size = config.world.members
    people = size + round(config.world.prospects * size)
    for table in (state.members, state.profiles, state.latest):
        table.take(people - len(table))
    state.latest["listing"] = -1
    members, profiles, creators = state.members, state.profiles, state.creators
    ids = np.arange(people, dtype=np.uint32)
    members["id"] = ids
    ranks = _ranks(seed, ids, followers)
    population = balance(
        platform, config.world.prospects, authors=max(audience.posters * (1.0 - LEFT_SHARE), 1e-6)
    )
    grid = np.stack(
        [population.inclination, population.visit, population.stay, population.inside, population.outside]
    )
    lapsed = population.hazard / (population.hazard + platform.lapse_rate)
    income = np.array(audience.income_band, float)
    usual = float(income @ np.array(ELASTICITY_BY_INCOME) / income.sum())
    awareness = config.brand.awareness
    settings = np.array([size, lapsed, platform.gone_after, audience.bots, awareness, usual])
    cuts, shapes = _cuts(audience), _shapes(audience)
    key = np.uint64(seed)
    by_rows(
        community.threads,
        people,
        lambda a, b: draw_people(
            members.array, profiles.array, community.platform, cuts, shapes, grid, settings, key, a, b
        ),
    )
    chance = audience.posters + 1.2 * audience.posters * (1.0 - audience.posters) * (ranks - 0.5)
    writes = uniforms_of(blocks(seed, S_PERSON, ids, 0, 0, G_STATUS)[:, 3]) < chance
    rows = np.flatnonzero(writes)
    profiles["creator"] = -1
    creators.take(len(rows))
    creators["member"] = rows
    profiles.array["creator"][rows] = np.arange(len(rows))
    by_rows(
        community.threads,
        len(rows),
        lambda a, b: draw_creators(
            members.array, profiles.array, creators.array, ranks, grid, key, population.post_scale, a, b
        ),
    )
    popularity = popularity_quantile(ranks, config.graph.exponent)
    popularity[~writes] *= QUIET_POPULARITY
    popularity[(members["flags"] & s.ON_PLATFORM) == 0] = 0.0
    return popularity


def assign_tiers(community: Community) -> None:
    """First tiers, from followers in real units and from habits; the transitions phase moves them later.

    Top creators have 500,000 real followers or more and have not stopped writing; KOC have 1,000 or more,
    write at least once in two months and are not without skill; active users visit at least twelve days in
    28.
    """
    state = community.state
    members, profiles, creators = state.members, state.profiles, state.creators
    here = (members["flags"] & s.ON_PLATFORM) > 0
    tier = np.where(here & (recent_days(profiles["active_days"]) >= ACTIVE_FROM), s.ACTIVE, s.ORDINARY)
    koc, top = limits(community)
    writes = (creators["left"] == 0) & here[creators["member"]]
    followers = creators["followers"]
    able = (creators["skill"] > -1.0) & (creators["post_rate"] >= POSTING_RATE)
    tier[creators["member"][writes & able & (followers >= koc)]] = s.KOC
    tier[creators["member"][writes & (followers >= top)]] = s.TOP
    members["tier"] = tier
