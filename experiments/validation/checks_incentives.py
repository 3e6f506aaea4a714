"""Checks of incentives: what awards, badges, coupons and the end of a subsidy do, each by runs that differ in nothing else.

Who is concerned is fixed before the first day, by what they are in both runs; what they do is counted in both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.validation import statistics as st
from experiments.validation.arms import action, change, total
from experiments.validation.evidence import Evidence
from experiments.validation.registry import BASE, INF, Arm, Kept, Seed, around, contrast
from sim.state import schema as s

WEEK, MONTH = 7, 28
NEAR, FAR = 0.6, 0.2
"""Share of the way to the next level from which on a member is near it, and up to which far from it."""
CART_AIPS = (2, 3)
"""AIPS codes of interest and true interest: who has looked at the brand's goods and not bought them yet."""
LOYAL = 2
"""Fan class from which on a member is of high value."""
NOT_OWN = s.SPONSORED | s.FAKE


# --- recognition -----------------------------------------------------------------------------------------------------------


def _authors(run: Evidence) -> Kept:
    """Notes of the reported days of authors and of new ones, their quality, and whether they keep to the main topic."""
    notes = run.notes[run.notes["flags"] & NOT_OWN == 0]
    first = notes.groupby("author")["day"].transform("min")
    written = notes[notes["day"] >= 0]
    new = written["author"].isin(notes.loc[(first >= -MONTH) & (first < 0), "author"])
    past = notes[notes["day"] < 0].groupby("author")["topic"].agg(lambda t: t.mode().iloc[0])
    return {
        "notes": float(len(written)),
        "new_notes": float(new.sum()),
        "old_notes": float((~new).sum()),
        "key": written["key"].to_numpy(),
        "quality": written["quality"].to_numpy(float),
        "kept_topic": (written["topic"] == written["author"].map(past)).to_numpy(float),
    }


def _of_both(seeds: Sequence[Seed], name: str) -> npt.NDArray[np.float64]:
    """Mean in both arms over the notes that are written in both: the same authors on the same occasions, float64 [2]."""
    sums, count = np.zeros(2), 0
    for seed in seeds:
        arms = [seed[arm] for arm in ("base", "changed")]
        both, *at = np.intersect1d(*(arm["key"] for arm in arms), return_indices=True)
        sums += [arm[name][rows].sum() for arm, rows in zip(arms, at, strict=True)]
        count += len(both)
    return sums / count


@contrast(
    "I2",
    "odds of likes and comments x 2, standing for awards by peers, 28 days: notes of everybody; notes of authors who first wrote"
    " in the four weeks before over those of others; of the notes that are written with and without, so that who writes more"
    " does not count, their quality (for length, which notes here have not), and the part on the author's most frequent topic"
    " of the past",
    {"base": BASE, "changed": Arm(change={"action.like": 2.0, "action.comment": 2.0})},
    _authors,
    ("notes, relative", (1e-3, INF)),
    ("quality a note, sd", (1e-3, INF)),
    ("newcomers' notes over others', relative", (1e-3, INF)),
    ("notes on the usual topic, relative", (1e-3, INF)),
    level="macro-face",
    world="20,000",
)
def _awards(seeds: Sequence[Seed]) -> Sequence[float]:
    quality, topic = (_of_both(seeds, name) for name in ("quality", "kept_topic"))
    newcomers = (1.0 + change(seeds, "new_notes")) / (1.0 + change(seeds, "old_notes")) - 1.0
    return [change(seeds, "notes"), quality[1] - quality[0], newcomers, topic[1] / topic[0] - 1.0]


def _climb(run: Evidence) -> Kept:
    """Days of visit, by week, of those who start near a level; whether they have reached it; who starts far from one."""
    diary = run.diary
    here, way = diary.start["here"], diary.start["way"]
    near = here & (way >= NEAR) & (way < 1.0)
    level = diary.start["level"]
    end = diary.levels[-WEEK - 1][: len(level)] > level
    return {
        "first": diary.days_of_visit(0, 2 * WEEK)[near],
        "last": diary.days_of_visit(len(diary.visits) - WEEK, len(diary.visits))[near],
        "reached": end[near],
        "all": diary.days_of_visit(0, len(diary.visits))[near],
        "far": diary.days_of_visit(0, 2 * WEEK)[here & (way <= FAR)],
    }


@contrast(
    "I3",
    "visit.goal 4 against 1 (a badge at each level): days of visit of those who start with 60 % of the way behind them, in"
    " the first two weeks; in the last week, of those of them who have passed the level a week before in both runs, over"
    " the first gain; share of them who come on as many days in both runs",
    {"base": BASE, "changed": Arm(change={"visit.goal": 4.0})},
    _climb,
    ("visits before the threshold, relative", (1e-3, INF)),
    ("the same of those far from it", (-0.01, 0.01)),
    ("gain after it over gain before", (-INF, 0.5)),
    ("unaffected", (0.05, 0.95)),
    level="macro-face",
    world="20,000",
    stage="campaign",
)
def _badges(seeds: Sequence[Seed]) -> Sequence[float]:
    before, after, same = np.zeros(2), np.zeros(2), []
    for seed in seeds:
        base, changed = seed["base"], seed["changed"]
        both = base["reached"] & changed["reached"]
        before += [base["first"].sum(), changed["first"].sum()]
        after += [base["last"][both].sum(), changed["last"][both].sum()]
        same.append(float(np.mean(base["all"] == changed["all"])))
    gain = before[1] / before[0] - 1.0
    return [gain, change(seeds, "far"), (after[1] / after[0] - 1.0) / gain, float(np.mean(same))]


# --- coupons ---------------------------------------------------------------------------------------------------------------

CART_WORLD = ("brand.awareness=0.6",)
"""A brand that many know, so that many have looked at its goods."""
CART_COUPON = (
    "plan.as=platform",
    *action(
        "coupons",
        "incentive",
        depth=0.13,
        topic="beauty",
        segment="'aips >= interest and aips < purchase'",
        payer="platform",
        end="'start + 7d'",
        valid_days=7,
        budget=1e12,
    ),
)
BEAUTY = 0
"""Code of the focal brand's category."""


def _of(people: npt.NDArray[np.bool_], frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a diary by some of the members of the start."""
    return frame[frame["member"].isin(np.flatnonzero(people))]


def _cart(run: Evidence) -> Kept:
    """Of those who start with an interest in a beauty brand: purchases in the week, and what they do a month later."""
    diary = run.diary
    cart = diary.start["here"] & np.isin(diary.start["aips"], CART_AIPS)
    orders, clicks = (_of(cart, frame) for frame in (diary.orders, diary.clicks))
    here = orders[orders["here"] > 0]
    soon = here[(here["day"] < WEEK) & (here["topic"] == BEAUTY)]
    later = here[here["day"].between(MONTH, 2 * MONTH - 1)]
    bought = np.zeros(len(cart), bool)
    bought[soon["member"]] = True
    held: npt.NDArray[np.bool_] = np.any([day[: len(cart)] for day in diary.holders[:WEEK]], axis=0)
    return {
        "bought": bought[cart],
        "held": held[cart],
        "views": float((clicks["day"].between(MONTH, 2 * MONTH - 1) & (clicks["topic"] == BEAUTY)).sum()),
        "paid": float(later["paid"].sum()),
        "listed": float(later["listed"].sum()),
        "others": float((later["topic"] != BEAUTY).sum()),
    }


@contrast(
    "K2",
    "13 % off beauty goods for a week, to those who start with an interest in a beauty brand that 60 % know and have not bought"
    " from it (the world has no cart: nothing waits in one): buyers of beauty goods here among all of them, and among those"
    " who took the coupon, in that week; in the days 28 to 55 product clicks on beauty notes, price paid over list price,"
    " orders of other goods, by all of them",
    {"base": Arm(CART_WORLD), "changed": Arm((*CART_WORLD, *CART_COUPON))},
    _cart,
    ("buyers, relative (intention to treat)", around(1.16)),
    ("buyers among takers, relative", around(1.73)),
    ("views a month later, relative", (1e-3, INF)),
    ("cart additions a month later, relative", around(0.65)),
    ("price paid a month later, relative", around(-0.0385)[::-1]),
    ("orders at others a month later, relative", (1e-3, INF)),
    world="20,000",
    stage="campaign",
)
def _cart_coupon(seeds: Sequence[Seed]) -> Sequence[float]:
    takers = np.zeros(2)
    for seed in seeds:
        held = seed["changed"]["held"]
        takers += [seed["base"]["bought"][held].sum(), seed["changed"]["bought"][held].sum()]

    def price(arm: str) -> float:
        return total(seeds, arm, "paid") / total(seeds, arm, "listed")

    return [
        change(seeds, "bought"),
        takers[1] / takers[0] - 1.0,
        change(seeds, "views"),
        st.NAN,
        price("changed") / price("base") - 1.0,
        change(seeds, "others"),
    ]


PLATFORM_COUPON = (
    "plan.as=platform",
    *action("coupons", "incentive", depth=0.13, payer="platform", end="'start + 28d'", budget=1e12),
)
SUBSIDY = (
    "plan.as=platform",
    *action("coupons", "incentive", depth=0.3, payer="platform", end="'start + 28d'", budget=1e12),
)


def _spending(run: Evidence) -> Kept:
    """Of each member of the start: fen paid here in four weeks, days of visit, whether a coupon was used, fan class."""
    diary = run.diary
    size, here = len(diary.start["here"]), diary.start["here"]
    orders = diary.orders
    orders = orders[(orders["here"] > 0) & (orders["day"] < MONTH) & (orders["member"] < size)]
    paid = np.bincount(orders["member"], orders["paid"], size)
    used = np.bincount(orders["member"], orders["coupon"], size) > 0
    return {
        "paid": paid[here],
        "visits": diary.days_of_visit(0, MONTH)[here],
        "used": used[here],
        "high": diary.start["fan_class"][here] >= LOYAL,
    }


@contrast(
    "K3",
    "weekly coupons of 13 % by the platform to everybody for four weeks: what members of the start pay here; its part from"
    " those who never redeem, and from redeemers by coming more often; days of visit; rise among loyal and high-value fans"
    " less that among others",
    {"base": BASE, "changed": Arm(PLATFORM_COUPON)},
    _spending,
    ("revenue, relative", (1e-3, INF)),
    ("part of it from visits and non-redeemers", (0.5, INF)),
    ("visits, relative", (1e-3, INF)),
    ("high-value less others, relative", (1e-3, INF)),
    level="macro-face",
    world="20,000 x 200",
    stage="campaign",
)
def _coupon_path(seeds: Sequence[Seed]) -> Sequence[float]:
    gain, unredeemed = 0.0, 0.0
    redeemers = np.zeros(3)  # fen paid without coupons, days of visit without and with them
    rise = {high: np.zeros(2) for high in (True, False)}
    for seed in seeds:
        base, changed = seed["base"], seed["changed"]
        more, used = changed["paid"] - base["paid"], changed["used"]
        gain += more.sum()
        unredeemed += more[~used].sum()
        redeemers += [kept[used].sum() for kept in (base["paid"], base["visits"], changed["visits"])]
        for high, sums in rise.items():
            sums += [kept["paid"][base["high"] == high].sum() for kept in (base, changed)]
    by_visits = redeemers[0] * (redeemers[2] / redeemers[1] - 1.0)
    high, others = (sums[1] / sums[0] - 1.0 for sums in rise.values())
    part = (unredeemed + by_visits) / gain
    return [change(seeds, "paid"), part, change(seeds, "visits"), high - others]


def _after(run: Evidence) -> Kept:
    """Days of visit of the members of the start in the week from the third day after the subsidy, and in the weeks after."""
    diary = run.diary
    here = diary.start["here"]
    third = MONTH + 2
    return {
        "week": float(diary.days_of_visit(third, third + WEEK)[here].sum()),
        "during": float(diary.days_of_visit(0, MONTH)[here].sum()),
    }


@contrast(
    "I4",
    "weekly coupons of 30 % by the platform to everybody for four weeks, then none: days of visit of the members of the"
    " start from the third day after the end for a week, against a run without (which stands for before)",
    {"base": BASE, "changed": Arm(SUBSIDY)},
    _after,
    ("visits while it lasts, relative", (1e-3, INF)),
    ("visits from the third day after its end, relative", (-INF, -1e-3)),
    level="macro-face",
    world="20,000 x 200",
    stage="campaign",
)
def _hangover(seeds: Sequence[Seed]) -> Sequence[float]:
    return [change(seeds, "during"), change(seeds, "week")]
