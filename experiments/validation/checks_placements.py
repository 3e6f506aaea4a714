"""Checks of what brands pay for: placements with creators of all sizes, disclosure, commercial load, ads in the feed.

Creators are drawn at random within three sizes, so that what a larger one brings is not mixed up with why it was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.validation import statistics as st
from experiments.validation.arms import action, change, joined, total
from experiments.validation.evidence import MATURE, Evidence
from experiments.validation.registry import BASE, INF, Arm, Kept, Seed, around, contrast

LOAD = (0.30, 0.35)
"""Share of sponsored notes below which a creator's is light, and from which on heavy (G8: 30 to 40 %)."""


def placed(choose: str = "random", **keys: Any) -> Arm:
    """Placements with creators of every size from 500 followers on, of any topic, a third of the money a size."""
    usual = {
        "budget": 3e8, "on_topic": "false", "top_from": 100_000, "mid_from": 10_000, "koc_from": 500,
        "share_top": 0.34, "share_mid": 0.33, "share_koc": 0.33, "spread": 7, "lead_days": 1, "end": "'start + 14d'",
    }  # fmt: skip
    return Arm(("plan.as=brand", *action("kol_koc_mix", "promotion", choose=choose, **{**usual, **keys})))


RANDOM = placed()
BY_VALUE = placed("value")
HIDDEN = placed(disclosed="false")
HEAVY = placed(notes=8, gap=3)
USUAL = Arm(("plan.as=brand", *action("kol_koc_mix", "promotion")))


GROUPS = 40
"""Groups of placements alike in followers or price, of which interactions are averaged: one placement of a sample stands
for few real ones, and gets that share of their interactions."""


def _placements(run: Evidence) -> pd.DataFrame:
    """Every placement that is old enough: fans of its author, yuan paid to one real creator, what readers did."""
    notes, config = run.notes, run.config.world
    notes = notes[(notes["contract"] >= 0) & (notes["age"] >= MATURE) & (notes["day"] >= 0)]
    contracts = run.community.state.contracts
    price = contracts["price"][notes["contract"].to_numpy(np.int64)] * config.weight / 100.0
    return notes.assign(price=price / (notes["share"] * config.weight))


def _reach(run: Evidence) -> Kept:
    notes = _placements(run)
    return {
        "fans": notes["fans"].to_numpy(float),
        "price": notes["price"].to_numpy(float),
        "reactions": notes["reactions"].to_numpy(float),
        "share": notes["share"].to_numpy(float),
        "spent": run.total("placement_cost"),
    }


def _curve(seeds: Sequence[Seed], column: str) -> tuple[st.Float, st.Float]:
    """Logarithms of a column and of 1 + interactions of a real placement, means of groups alike in the column."""
    x, reactions, share = (joined(seeds, "base", name) for name in (column, "reactions", "share"))
    return st.of_groups(np.log(x), reactions, share, GROUPS)


@contrast(
    "E11",
    "sponsored notes of 14 days or more by creators drawn at random among those of 500 followers and more, in forty groups by"
    " followers: parabola of ln(1 + interactions of a real note) in ln(followers), its slope at the 5th and at the 95th"
    " percentile of groups (Lind and Mehlum)",
    {"base": RANDOM},
    _reach,
    ("slope among the small", (1e-3, INF)),
    ("slope among the large", (-INF, -1e-3)),
    level="macro-face",
    world="1,000,000",
    stage="placements",
)
def _inverted(seeds: Sequence[Seed]) -> Sequence[float]:
    return st.slopes_of_parabola(*_curve(seeds, "fans"))


@contrast(
    "E15",
    "as E11, groups by price: slope of ln(1 + interactions of a real note) on ln(yuan paid for it); interactions a yuan where"
    " creators are chosen by interactions a yuan, over those of creators drawn at random, at the same budget",
    {"base": RANDOM, "value": BY_VALUE},
    _reach,
    ("elasticity of engagement in spend", around(0.46)),
    ("better allocation, relative", around(0.166)),
    ("placements drawn at random", (1_000, INF)),
    world="1,000 placements",
    stage="placements",
)
def _spend(seeds: Sequence[Seed]) -> Sequence[float]:
    slope = st.slope(*_curve(seeds, "price"))
    yields = [total(seeds, arm, "reactions") / total(seeds, arm, "spent") for arm in ("base", "value")]
    return [slope, yields[1] / yields[0] - 1.0, len(joined(seeds, "base", "price"))]


def _economy(run: Evidence) -> Kept:
    names = ("placement_cost", "sponsored_reactions", "sponsored_reads")
    return {name: run.total(name) for name in names}


@contrast(
    "P4",
    "a usual campaign (kol_koc_mix at its defaults): what placements cost over interactions with them and over their reads",
    {"base": USUAL},
    _economy,
    ("yuan an interaction", (0.0, 10.0)),
    ("yuan a read", (0.0, 1.0)),
    world="1,000 placements",
    stage="placements",
)
def _prices(seeds: Sequence[Seed]) -> Sequence[float]:
    cost = total(seeds, "base", "placement_cost") / 100.0
    return [cost / total(seeds, "base", name) for name in ("sponsored_reactions", "sponsored_reads")]


def _similar(run: Evidence) -> Kept:
    """Reads of and interactions with placements, by whether readers' interest in their topic is above the median or not."""
    notes = _placements(run)
    interest = run.followers_interest(notes["author"].to_numpy(), notes["topic"].to_numpy())
    high = interest > np.median(interest)
    reads, reactions = notes["reads"].to_numpy(float), notes["reactions"].to_numpy(float)
    return {
        "high_reads": reads[high].sum(),
        "high_reactions": reactions[high].sum(),
        "low_reads": reads[~high].sum(),
        "low_reactions": reactions[~high].sum(),
        "recognised": float(notes["recognised"].sum()),
        "reads": reads.sum(),
    }


@contrast(
    "G6",
    "the same placements labelled and not: reads by who takes the note for an advertisement over all its reads; interactions"
    " a read, where followers' interest in the note's topic (similarity) is above the median, and that less the same below it",
    {"base": HIDDEN, "changed": RANDOM},
    _similar,
    ("recognition, relative", (1e-3, INF)),
    ("attitude at high similarity, relative", (1e-3, INF)),
    ("high less low similarity", (1e-3, INF)),
    level="macro-face",
    world="1,000 placements",
    stage="placements",
)
def _disclosed(seeds: Sequence[Seed]) -> Sequence[float]:
    def effect(group: str) -> float:
        rates = [
            total(seeds, arm, f"{group}_reactions") / total(seeds, arm, f"{group}_reads")
            for arm in ("base", "changed")
        ]
        return rates[1] / rates[0] - 1.0

    known = [total(seeds, arm, "recognised") / total(seeds, arm, "reads") for arm in ("base", "changed")]
    return [known[1] / known[0] - 1.0, effect("high"), effect("high") - effect("low")]


def _loads(run: Evidence) -> Kept:
    """Of each author: the share of sponsored notes at the end, and reads of and interactions with the notes of the run."""
    notes, state = run.notes[run.notes["day"] >= 0], run.community.state
    load = pd.Series(state.creators["commercial_load"], state.members["id"][state.creators["member"]])
    each = notes.groupby("author")[["reads", "reactions"]].sum()
    return {"author": each.index.to_numpy(), "load": load[each.index].to_numpy(float),
            "reads": each["reads"].to_numpy(float), "reactions": each["reactions"].to_numpy(float)}  # fmt: skip


@contrast(
    "G8",
    "creators with eight placements in three weeks against the same creators without: interactions a read of all their notes"
    " of the run, of those whose share of sponsored notes ends at 35 % or more; the same less that of those below 30 %",
    {"base": BASE, "heavy": HEAVY},
    _loads,
    ("interactions a read of the heavy, relative", (-INF, -1e-3)),
    ("heavy less light, relative", (-INF, -1e-3)),
    ("interactions a read of the heavy", (0.0, 0.03)),
    level="macro-face",
    world="1,000 placements",
    stage="placements",
)
def _load(seeds: Sequence[Seed]) -> Sequence[float]:
    sums = {(group, arm): np.zeros(2) for group in ("heavy", "light") for arm in ("base", "heavy")}
    for seed in seeds:
        heavy, base = (
            pd.DataFrame(seed["heavy"]).set_index("author"),
            pd.DataFrame(seed["base"]).set_index("author"),
        )
        both = heavy.join(base.add_suffix("_base"), how="inner")
        for group, chosen in (("heavy", both["load"] >= LOAD[1]), ("light", both["load"] < LOAD[0])):
            mine = both[chosen]
            sums[group, "heavy"] += [mine["reactions"].sum(), mine["reads"].sum()]
            sums[group, "base"] += [mine["reactions_base"].sum(), mine["reads_base"].sum()]
    rate = {key: each[0] / each[1] for key, each in sums.items()}
    relative = {group: rate[group, "heavy"] / rate[group, "base"] - 1.0 for group in ("heavy", "light")}
    return [relative["heavy"], relative["heavy"] - relative["light"], rate["heavy", "heavy"]]


# --- ads -------------------------------------------------------------------------------------------------------------------

WEEKS = 28
"""Days of a campaign."""


def ads(budget: float, *world: str) -> Arm:
    """Feed and search ads of the focal brand for four weeks."""
    return Arm(
        ("plan.as=brand", *world, *action("feed_search_ads", "promotion", budget=budget, end="'start + 28d'"))
    )


def _sold(run: Evidence) -> Kept:
    """Orders of the focal brand, here and elsewhere, during the campaign and in all, and its money for ads."""
    orders = run.daily("brand_orders")
    return {"during": orders[:WEEKS].sum(), "all": orders.sum(), "spent": run.total("brand_cost")}


@contrast(
    "E18",
    "ads of one brand for four weeks at four times the money against once: logarithm of its orders over that of its spend;"
    " in the long run with what is sold more in the four weeks after",
    {"base": ads(2e6), "changed": ads(8e6)},
    _sold,
    ("short-run elasticity", around(0.12)),
    ("long-run elasticity", around(0.24)),
    world="20,000",
    stage="campaign",
)
def _advertised(seeds: Sequence[Seed]) -> Sequence[float]:
    spend = np.log(total(seeds, "changed", "spent") / total(seeds, "base", "spent"))
    base = total(seeds, "base", "during")
    more = [total(seeds, "changed", part) - total(seeds, "base", part) for part in ("during", "all")]
    return [float(np.log1p(each / base) / spend) for each in more]


SELLERS = {
    "cheap": ("product.serum.price=79",),
    "dear": ("product.serum.price=599",),
    "unknown": ("brand.awareness=0.03",),
    "known": ("brand.awareness=0.5",),
}


def _of_sellers() -> dict[str, Arm]:
    arms = {}
    for name, world in SELLERS.items():
        arms[name] = Arm(world)
        arms[f"{name}_ads"] = ads(1e7, *world)
        arms[f"{name}_kol"] = Arm(("plan.as=brand", *world, *action("kol_koc_mix", "promotion", budget=1e7)))
    return arms


@contrast(
    "E19",
    "a brand with goods at 79 or 599 yuan, or known to 3 or 50 % of members; feed ads or placements for ten million yuan, or"
    " nothing, 28 days: logarithm of its orders over those without, one seller less the other",
    _of_sellers(),
    _sold,
    ("ads: cheap less dear", (1e-3, INF)),
    ("ads: unknown less known", (1e-3, INF)),
    ("placements: at the high price", (1e-3, INF)),
    ("placements: known less unknown", (1e-3, INF)),
    level="macro-face",
    world="20,000",
)
def _sellers(seeds: Sequence[Seed]) -> Sequence[float]:
    lift = {
        (seller, means): float(np.log1p(change(seeds, "all", seller, f"{seller}_{means}")))
        for seller in SELLERS
        for means in ("ads", "kol")
    }
    return [
        lift["cheap", "ads"] - lift["dear", "ads"],
        lift["unknown", "ads"] - lift["known", "ads"],
        lift["dear", "kol"],
        lift["known", "kol"] - lift["unknown", "kol"],
    ]
