"""Claims of the documents S1 and S3, held against what their authors could see: before and after, in a year that grows.

The paired effect of the same programme, against the same year without it, stands beside each. Nothing is fitted to a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from experiments.validation import statistics as st
from experiments.validation.evidence import MATURE, Evidence
from experiments.validation.registry import INF, Arm, Band, Compare, Kept, Seed, check, contrast

HALF = 200
"""Days of the year before the programme begins."""
GROWS = ("platform.growth=1.5", "world.prospects=1.5")
"""A growing year: newcomers for each one who leaves, and people who may still come (R6: by about a sixth)."""
HIT = 1_000
"""Interactions of a hit (C11)."""
UP, DOWN = (1e-3, INF), (-INF, -1e-3)
YEAR = Arm(GROWS)
MEASURES = (
    "visitors", "visitors_month", "participants", "seconds", "impressions", "reads", "likes", "collects", "comments", "shares",
    "clicks", "click_orders", "orders", "gmv", "notes", "returns", "deliveries", "search_impressions", "completions",
    "hits_small", "note_age", "topic_entropy", "cohort_1", "kept_1", "cohort_7", "kept_7", "advertisers", "reinvesting",
    "satisfied_advertisers", "placement_cost", "contracts_delivered",
)  # fmt: skip
LATER = f"'start + {HALF}d'"
FROM_HALF = f"before: the first {HALF} days of a growing year; after: the other {HALF}, with"


def programme(*levers: tuple[str, str], **more: str) -> Arm:
    """Levers that begin in the middle of a growing year."""
    words: list[str] = [*GROWS, "plan.as=platform"]
    groups: dict[str, list[str]] = {}
    for group, lever in levers:
        groups.setdefault(group, []).append(lever)
        words.append(f"+plan.actions.{lever}.start={LATER}")
    words += [f"+plan.actions.{key.replace('__', '.')}={value}" for key, value in more.items()]
    return Arm((*words, *(f"{group}=[{','.join(names)}]" for group, names in groups.items())))


TIERS = programme(("incentive", "tier_strategy"))
LINKED = programme(("promotion", "note_product_link"))
S3 = programme(
    ("content", "quality_boost"),
    ("content", "search_optimisation"),
    ("content", "content_formats"),
    ("content", "creative_testing"),
    ("content", "series_ip"),
    ("experience", "personalised_feed"),
    ("experience", "interface_design"),
    ("experience", "ranking_weights"),
    ("experience", "quality_assurance"),
    ("incentive", "newcomer_tasks"),
    ("incentive", "co_creation"),
    ("promotion", "closed_loop"),
    ("promotion", "note_product_link"),
    ("promotion", "feed_search_ads"),
    feed_search_ads__search_share="0.5",
)
S3_SAYS = (
    "what S3 reports of one year, done together: boost, search, formats, creative tests, series, personal feed, path, ranking,"
    " goods, tasks, co-creation, closed loop, links, ads"
)


def _year(run: Evidence) -> Kept:
    """Daily measures of the year; followers of the series' authors; reads of and interactions with videos and picture notes."""
    kept: dict[str, object] = {name: run.daily(name) for name in MEASURES}
    notes = run.notes
    late = notes[notes["day"] >= HALF]
    for form in ("image", "video"):
        mine = late[late[form]]
        kept[form] = np.array([len(mine), mine["reads"].sum(), mine["reactions"].sum()], float)
        early = notes[(notes["day"] >= 0) & (notes["day"] < HALF) & notes[form]]
        kept[f"{form}_before"] = float(len(early))
    placed = notes[(notes["contract"] >= 0) & (notes["age"] >= MATURE)]
    share = placed["share"]  # of a real note's interactions that the sample's shows
    hit = placed["reactions"] >= HIT * share
    for half, chosen in (("before", placed["day"] < HALF), ("after", placed["day"] >= HALF)):
        kept[f"placed_{half}"] = np.array([share[chosen].sum(), (share * hit)[chosen].sum()], float)
    kept["series"] = np.unique(placed["author"])
    kept["exposure"] = float((placed["impressions"] / share).max()) if len(placed) else st.NAN
    kept["fans"] = run.fans()
    return kept


def halves(seeds: Sequence[Seed], arm: str, top: str, bottom: str = "") -> tuple[float, float]:
    """A ratio of daily measures before and after the middle of the year; the mean of the first where no second is named.

    ``top`` may name several measures, separated by blanks.
    """
    sums = np.zeros((2, 2))
    for seed in seeds:
        kept = seed[arm]
        above = np.sum([kept[name] for name in top.split()], axis=0)
        below = kept[bottom] if bottom else np.ones(len(above))
        sums += [
            [np.nansum(above[:HALF]), np.nansum(below[:HALF])],
            [np.nansum(above[HALF:]), np.nansum(below[HALF:])],
        ]
    return sums[0, 0] / sums[0, 1], sums[1, 0] / sums[1, 1]


def estimates(seeds: Sequence[Seed], top: str, bottom: str = "") -> tuple[float, float]:
    """Relative change from before to after with the programme, and its relative effect in the second half, paired."""
    before, after = halves(seeds, "programme", top, bottom)
    without = halves(seeds, "base", top, bottom)[1]
    return after / before - 1.0, after / without - 1.0


def both(name: str, band: Band = UP, paired: Band = UP) -> tuple[tuple[str, Band], tuple[str, Band]]:
    """Names and bands of a claim's two numbers."""
    return (f"{name}, before/after", band), (f"{name}, paired", paired)


def claimed(value: float) -> Band:
    """0.4 to 1.2 times a claim."""
    low, high = sorted((0.4 * value, 1.2 * value))
    return low, high


INTERACTIONS = "likes collects comments shares"
ARMS = {"base": YEAR, "programme": S3}


def claim(
    key: str, frame: str, *named: tuple[str, Band], arms: Mapping[str, Arm] = ARMS
) -> Callable[[Compare], Compare]:
    """Register a claim, checked by a growing year with a programme in its second half and the same year without."""
    return contrast(key, frame, arms, _year, *named, world="20,000 x 400", stage="year")


@claim(
    "H1",
    f"{FROM_HALF} tiered operations: seconds a visitor, interactions a read, orders that a click led to over clicks; each"
    " 0.4 to 1.2 times the claim, conversion before time before interaction",
    *both("time", claimed(0.35)),
    *both("interaction", claimed(0.28)),
    *both("conversion", claimed(0.42)),
    ("conversion less time, before/after", UP),
    ("time less interaction, before/after", UP),
    arms={"base": YEAR, "programme": TIERS},
)
def _tiered(seeds: Sequence[Seed]) -> Sequence[float]:
    time = estimates(seeds, "seconds", "visitors")
    interaction = estimates(seeds, INTERACTIONS, "reads")
    conversion = estimates(seeds, "click_orders", "clicks")
    return [*time, *interaction, *conversion, conversion[0] - time[0], time[0] - interaction[0]]


@claim(
    "H2",
    f"{FROM_HALF} product links in notes: product clicks a read (what teams spend on talking is not in this world)",
    *both("click rate", claimed(0.15)),
    arms={"base": YEAR, "programme": LINKED},
)
def _linked(seeds: Sequence[Seed]) -> Sequence[float]:
    return estimates(seeds, "clicks", "reads")


def _campaigns(second: str, group: str = "promotion") -> Arm:
    """Placements with heads in the first half of a growing year, and something else in the second."""
    heads = ("share_top=0.7", "share_mid=0.3", "share_koc=0", "top_from=200000")
    first = ("+plan.actions.first.lever=kol_koc_mix", "+plan.actions.first.start='start + 20d'",
             "+plan.actions.first.end='start + 80d'")  # fmt: skip
    words = [*GROWS, "plan.as=brand", *first, *(f"+plan.actions.first.{each}" for each in heads)]
    words += [f"+plan.actions.second.lever={second}", f"+plan.actions.second.start='start + {HALF + 20}d'",
              f"+plan.actions.second.end='start + {HALF + 80}d'"]  # fmt: skip
    if second == "kol_koc_mix":
        words += [f"+plan.actions.second.{each}" for each in heads]
    money = [f"+plan.actions.{name}.budget=2e7" for name in ("first", "second")]
    return Arm((*words, *money))


@claim(
    "H3",
    f"before: placements with heads in the first {HALF} days of a growing year; after: the matrix of middle creators in the"
    " others, beside heads again: cost of a delivered note, share of placements of 14 days or more with 1,000 interactions",
    *both("cost a note", claimed(-0.20), DOWN),
    *both("hit rate", claimed(1.0)),
    arms={"base": _campaigns("kol_koc_mix"), "programme": _campaigns("mid_tier_matrix")},
)
def _matrix(seeds: Sequence[Seed]) -> Sequence[float]:
    def rate(arm: str, half: str) -> float:
        count, hits = np.sum([seed[arm][f"placed_{half}"] for seed in seeds], axis=0)
        return float(hits / count)

    after = rate("programme", "after")
    hits = after / rate("programme", "before") - 1.0, after / rate("base", "after") - 1.0
    return [*estimates(seeds, "placement_cost", "contracts_delivered"), *hits]


@claim(
    "H4",
    f"{FROM_HALF} a series ({S3_SAYS}): followers of the series' authors (no brand has an account here) at the end against the"
    " same people's in the run without; impressions of its best note, which pools end at platform.pool_top",
    ("followers, paired", claimed(0.30)),
    ("impressions of a note", claimed(1e6)),
)
def _series(seeds: Sequence[Seed]) -> Sequence[float]:
    fans = np.zeros(2)
    for seed in seeds:
        authors = seed["programme"]["series"]
        for place, arm in enumerate(("base", "programme")):
            ids, followers = seed[arm]["fans"]
            fans[place] += followers[np.isin(ids, authors)].sum()
    return [fans[1] / fans[0] - 1.0, max(seed["programme"]["exposure"] for seed in seeds)]


@claim(
    "H7",
    f"{FROM_HALF} {S3_SAYS}: notes that pass 1,000 interactions (10,000 are rarer than a sample can show), median age of what"
    " is shown, variety of topics read",
    *both("hits"),
    *both("life of notes"),
    *both("variety"),
)
def _top_notes(seeds: Sequence[Seed]) -> Sequence[float]:
    return [v for name in ("hits_small", "note_age", "topic_entropy") for v in estimates(seeds, name)]


@claim(
    "H8",
    f"{FROM_HALF} {S3_SAYS}: joiners who come again after one and after seven days; the best four weeks after over the best"
    " before, and paired",
    *both("D1"),
    *both("D7"),
)
def _peaks(seeds: Sequence[Seed]) -> Sequence[float]:
    out: list[float] = []
    for day in (1, 7):
        kept, cohort = (
            np.sum([seed["programme"][f"{n}_{day}"] for seed in seeds], axis=0) for n in ("kept", "cohort")
        )
        weeks = [
            part.reshape(-1, 28).sum(axis=1) for part in (kept[HALF - 196 : HALF], cohort[HALF - 196 : HALF])
        ]
        later = [part.reshape(-1, 28).sum(axis=1) for part in (kept[-196:], cohort[-196:])]
        best = [float((part[0] / part[1]).max()) for part in (weeks, later)]
        out += [best[1] / best[0] - 1.0, estimates(seeds, f"kept_{day}", f"cohort_{day}")[1]]
    return out


@claim(
    "H9",
    f"{FROM_HALF} {S3_SAYS}: monthly visitors, seconds a visitor, interactions, share of visitors who react, notes",
    *both("monthly visitors"),
    *both("time"),
    *both("interactions"),
    *both("share who react"),
    *both("notes"),
)
def _growth(seeds: Sequence[Seed]) -> Sequence[float]:
    asked = (
        ("visitors_month", ""),
        ("seconds", "visitors"),
        (INTERACTIONS, ""),
        ("participants", "visitors"),
        ("notes", ""),
    )
    return [v for top, bottom in asked for v in estimates(seeds, top, bottom)]


@claim(
    "H10",
    f"{FROM_HALF} {S3_SAYS}: impressions in search over all",
    *both("search share"),
)
def _found(seeds: Sequence[Seed]) -> Sequence[float]:
    return estimates(seeds, "search_impressions", "impressions")


@claim(
    "H11",
    f"{FROM_HALF} {S3_SAYS}: share of videos among notes, notes read or watched to the end over reads, interactions a read of"
    " videos over those of picture notes in the second half",
    *both("share of videos"),
    *both("completion"),
    ("video over image-text", UP),
)
def _videos(seeds: Sequence[Seed]) -> Sequence[float]:
    def share(arm: str, half: str = "") -> float:
        video, image = (
            np.sum([np.atleast_1d(seed[arm][f"{form}{half}"])[0] for seed in seeds])
            for form in ("video", "image")
        )
        return float(video / (video + image))

    rate = []
    for form in ("video", "image"):
        _, reads, reactions = np.sum([seed["programme"][form] for seed in seeds], axis=0)
        rate.append(reactions / reads)
    now = share("programme")
    shares = now / share("programme", "_before") - 1.0, now / share("base") - 1.0
    return [*shares, *estimates(seeds, "completions", "reads"), rate[0] / rate[1] - 1.0]


@claim(
    "H12",
    f"{FROM_HALF} {S3_SAYS}: returned over delivered parcels, below the 10 to 15 % of K6; value of orders; orders that a click"
    " led to over clicks (a shorter path)",
    ("return rate after", (0.0, 0.10)),
    *both("GMV"),
    *both("conversion"),
)
def _sales(seeds: Sequence[Seed]) -> Sequence[float]:
    returned = halves(seeds, "programme", "returns", "deliveries")[1]
    return [returned, *estimates(seeds, "gmv"), *estimates(seeds, "click_orders", "clicks")]


@claim(
    "H13",
    f"{FROM_HALF} {S3_SAYS}: advertisers whose ads earned their cost, and who spend as much again, over all (feed and search"
    " are balanced by the plan itself)",
    *both("satisfied"),
    *both("re-investment"),
)
def _advertisers(seeds: Sequence[Seed]) -> Sequence[float]:
    return [
        v for top in ("satisfied_advertisers", "reinvesting") for v in estimates(seeds, top, "advertisers")
    ]


@claim(
    "H14",
    f"{FROM_HALF} {S3_SAYS}: interactions a read, reads an impression, notes read to the end over reads",
    *both("interaction rate"),
    *both("click-through"),
    *both("completion"),
)
def _scripts(seeds: Sequence[Seed]) -> Sequence[float]:
    asked = ((INTERACTIONS, "reads"), ("reads", "impressions"), ("completions", "reads"))
    return [v for top, bottom in asked for v in estimates(seeds, top, bottom)]


@claim(
    "H15",
    f"{FROM_HALF} {S3_SAYS}: impressions, seconds a visitor",
    *both("exposure"),
    *both("dwell time"),
)
def _exposure(seeds: Sequence[Seed]) -> Sequence[float]:
    return [*estimates(seeds, "impressions"), *estimates(seeds, "seconds", "visitors")]


@check(
    "H27",
    "the baseline shows the problems that S0 states: Gini of followers, poor notes over notes, yuan of acquisition a joiner",
    ("Gini of followers", (0.5, 1.0)),
    ("low-quality share of notes", (0.01, 0.5)),
    ("yuan a joiner", (1.0, INF)),
    level="macro-face",
)
def _problems(run: Evidence) -> Sequence[float]:
    gini = float(np.nanmean(run.daily("follower_gini")))
    return [gini, run.ratio("low_quality_notes", "notes"), run.ratio("join_spend", "joined") / 100.0]
