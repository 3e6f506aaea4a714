"""Checks of attention: the follower graph, who writes, how notes are shown and reacted to, how they are passed on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.validation import statistics as st
from experiments.validation.evidence import SMALL, Evidence
from experiments.validation.registry import INF, Figures, around, check, observed, trial
from sim.state import schema as s

SMALL_NOTES = "organic notes of 14 days or more by creators with 69 to 8,955 followers (real)"
ROOT_NOTES = (
    "organic notes of 14 days or more whose authors have 34 to 26,700 followers; size is author and resharers"
)
MONTH = 30

# --- the graph and the writers ---------------------------------------------------------------------------------------------


@check("N4", "shortest directed paths from 40 members to all whom they reach", ("mean path", (4.0, 5.0)))
def _paths(run: Evidence) -> Sequence[float]:
    return [run.path_length()]


@check(
    "N8",
    "notes of the reported days, by author",
    ("share of the top 3 % of posters", around(0.25)),
    ("share by one-time posters", around(0.27)),
)
def _posters(run: Evidence) -> Sequence[float]:
    notes = run.notes[run.notes["day"] >= 0]
    counts = notes.groupby("author").size().to_numpy(float)
    return [st.top_share(counts, 0.03), float(counts[counts == 1].sum() / counts.sum())]


@check(
    "N7",
    "a forum's 90-9-1, where N9 has 31 % of monthly visitors here: members by notes of the reported days",
    ("notes of the top 1 %", around(0.747)),
    ("notes of the next 9 %", around(0.24)),
    ("notes of the others", around(0.013)),
)
def _pyramid(run: Evidence) -> Sequence[float]:
    counts = run.notes[run.notes["day"] >= 0].groupby("author").size().to_numpy(float)
    everybody = np.zeros(max(run.community.audience, len(counts)))
    everybody[: len(counts)] = counts
    top, ten = (st.top_share(everybody, share) for share in (0.01, 0.10))
    return [top, ten - top, 1.0 - ten]


@check(
    "N9",
    "authors of the last 30 days over members who visited within them; notes over daily visitors",
    ("monthly posters", (0.25, 0.33)),
    ("notes a daily visitor", around(0.03)),
)
def _supply(run: Evidence) -> Sequence[float]:
    recent = run.notes[(run.notes["day"] >= run.days - MONTH) & (run.notes["day"] < run.days)]
    month = run.community.kpis.measure("visitors_month")[-1, 0]
    return [recent["author"].nunique() / float(month), run.ratio("notes_written", "visitors")]


@check("N10", "sponsored notes over notes", ("brand notes", (0.0, 0.10)), level="empirical output")
def _brand_notes(run: Evidence) -> Sequence[float]:
    return [run.ratio("sponsored_notes", "notes")]


@check(
    "N11",
    "impressions of notes by creators under 1,000 followers (real) over all impressions of notes of the reported days",
    ("traffic of small creators", (0.375, 0.70)),
    world="1,000,000",
)
def _small_traffic(run: Evidence) -> Sequence[float]:
    notes = run.notes[run.notes["day"] >= 0]
    return [float(notes.loc[notes["fans"] < 1_000, "impressions"].sum() / notes["impressions"].sum())]


@check(
    "N12",
    "authors who gain more than 0.07 % of the people represented in a year, by the pace of the run, over members",
    ("such authors", (0.0, 1e-4)),
    world="1,000,000",
)
def _breakouts(run: Evidence) -> Sequence[float]:
    limit = 7e-4 * run.config.world.represents * run.days / 365.0
    return [float((run.gains > limit).sum() / run.community.audience)]


# --- cascades --------------------------------------------------------------------------------------------------------------


@check(
    "C4",
    "resharers of notes of 14 days or more; minutes from one's share to the next",
    ("within one hop", (0.90, 1.0)),
    ("median lag, minutes", (0.0, 120.0)),
)
def _depth(run: Evidence) -> Sequence[float]:
    passed = run.arcs[run.arcs["passed_on"] == 1]
    lag = float(passed["minutes"].median()) if len(passed) >= st.LEAST else st.NAN
    return [run.first_hop(), lag]


@check(
    "C5",
    "interest in the note's topic of those who read what was passed on, over all members'",
    ("readers' interest, times the usual", (1.05, INF)),
    level="micro-face",
)
def _topics(run: Evidence) -> Sequence[float]:
    return [run.topic_pull()]


@check("C7", "reactions to notes in discovery by their age", ("half-life in the feed, hours", (12.0, 48.0)))
def _half_life(run: Evidence) -> Sequence[float]:
    return [run.half_life]


@check("C8", "as C7: the burst; the long tail is a default", ("half-life in the feed, hours", (24.0, 48.0)))
def _burst(run: Evidence) -> Sequence[float]:
    return [run.half_life]


@check(
    "C11",
    "notes of the run by their own interactions",
    ("share of notes with 1,000 or more", (1e-6, 0.05)),
    ("of them, with 10,000 or more", (0.0, 0.5)),
    level="macro-face",
    world="1,000,000",
)
def _hits(run: Evidence) -> Sequence[float]:
    reactions = run.mature["reactions"]
    small = float((reactions >= 1_000).mean())
    return [small, float((reactions >= 10_000).mean()) / small if small else st.NAN]


ADOPTIONS = "all adoptions on other platforms, O8 and O9 resharers here: organic notes of 14 days or more, author and resharers"


@check("C1", ADOPTIONS, ("cascades of one or two", (0.90, 1.0)))
def _tiny(run: Evidence) -> Sequence[float]:
    return [float((run.mature["shares"] <= 1).mean())]


@check("C2", ADOPTIONS, ("mean size", around(1.3)), ("share of 100 or more", (1e-4, 1e-3)))
def _mean_size(run: Evidence) -> Sequence[float]:
    size = 1.0 + run.mature["shares"]
    return [float(size.mean()), float((size >= 100).mean())]


@observed("O8", ROOT_NOTES, "cascades of size one")
def _single(run: Evidence) -> Sequence[float]:
    return [st.single_share(run.cascade_sizes)]


@observed("O9", ROOT_NOTES, "mean size", "effective reproduction")
def _size(run: Evidence) -> Sequence[float]:
    return [st.mean_size(run.cascade_sizes), st.reproduction(run.cascade_sizes)]


@observed("O10", "reshare trees of 100 or more", "median virality", "90th percentile", world="1,000,000")
def _virality(run: Evidence) -> Sequence[float]:
    found = run.virality
    return (
        [float(np.median(found)), float(np.quantile(found, 0.9))] if len(found) >= st.LEAST else [st.NAN] * 2
    )


# --- notes -----------------------------------------------------------------------------------------------------------------


@observed("O1", SMALL_NOTES, "sd of ln(1 + likes)", world="1,000,000")
def _spread(run: Evidence) -> Sequence[float]:
    return [st.log_spread(run.small["likes"])]


@observed("O2", f"{SMALL_NOTES} with five such notes or more", "share of variance between creators")
def _between(run: Evidence) -> Sequence[float]:
    return [st.creator_share(run.small["author"], run.small["likes"])]


@observed("O3", f"{SMALL_NOTES}, ten likes or more", "slope of comments on likes", world="1,000,000")
def _comments(run: Evidence) -> Sequence[float]:
    return [st.comment_slope(run.small["likes"], run.small["comments"])]


@observed("O4", f"{SMALL_NOTES}, image-text", "likes of the top tenth", world="1,000,000")
def _top(run: Evidence) -> Sequence[float]:
    return [st.top_share(run.small.loc[run.small["image"], "likes"])]


@observed("O5", f"{SMALL_NOTES}, image-text, any like", "Hill exponent", world="1,000,000")
def _tail(run: Evidence) -> Sequence[float]:
    return [st.hill_exponent(run.small.loc[run.small["image"], "likes"])]


@observed(
    "O6",
    f"{SMALL_NOTES}, ten likes or more",
    "collects a like, image-text",
    "collects a like, video",
    world="1,000,000",
    more=[("image-text over video", (2.0, INF))],
)
def _kept(run: Evidence) -> Sequence[float]:
    notes = run.small
    image, video = (
        st.collect_ratio(notes.loc[notes[kind], "likes"], notes.loc[notes[kind], "collects"])
        for kind in ("image", "video")
    )
    return [image, video, image / video]


@observed("O7", SMALL_NOTES, "elasticity of engagement in followers", world="1,000,000")
def _fans(run: Evidence) -> Sequence[float]:
    return [st.fan_slope(run.small["author"], run.small["engagement"], run.small["fans"])]


@observed(
    "O12",
    "notes with 200 impressions or more, standing for the tests; execution of cover and title within one subject",
    "click rate",
    "sd between tests, logit",
    "sd within a test, logit",
)
def _creatives(run: Evidence) -> Sequence[float]:
    from sim.phases.distribution.ranking import COVER_APPEAL
    from sim.phases.writing import COVER

    shown = run.mature[run.mature["impressions"] >= 200]
    reads, shows = shown["reads"].to_numpy(float), shown["impressions"].to_numpy(float)
    logit = np.log((reads + 0.5) / (shows - reads + 0.5))
    noise = 1.0 / (reads + 0.5) + 1.0 / (shows - reads + 0.5)
    return [reads.sum() / shows.sum(), float(np.sqrt(logit.var() - noise.mean())), COVER_APPEAL * COVER]


@observed(
    "O13",
    "organic notes of 14 days or more, authors of 69 to 10,000 followers, 20 impressions or reads and more",
    "median cover click rate",
    "median likes a read",
    "median collects a read",
    "new followers a read, pooled",
)
def _funnel(run: Evidence) -> Sequence[float]:
    notes = run.under
    return [
        st.median_ratio(notes["reads"], notes["impressions"], 20),
        st.median_ratio(notes["likes"], notes["reads"], 20),
        st.median_ratio(notes["collects"], notes["reads"], 20),
        float(notes["follows"].sum() / max(notes["reads"].sum(), 1)),
    ]


@check(
    "E4",
    "impressions by surface over all",
    ("discovery", (0.68, 0.80)),
    ("search", around(0.20)),
    ("following", around(0.10)),
)
def _surfaces(run: Evidence) -> Sequence[float]:
    shown = run.by("impressions", "surface")
    share = shown / shown.sum()
    return [share[s.DISCOVERY], share[s.SEARCH], share[s.FOLLOWING]]


@check("E7", "reads over impressions in discovery", ("click-through", (0.05, 0.10)))
def _clicks(run: Evidence) -> Sequence[float]:
    return [float(run.by("reads", "surface")[s.DISCOVERY] / run.by("impressions", "surface")[s.DISCOVERY])]


@check("E8", "likes, collects, comments and shares over reads", ("interaction rate", (0.03, 0.05)))
def _interaction(run: Evidence) -> Sequence[float]:
    done = sum(run.total(each) for each in ("likes", "collects", "comments", "shares"))
    return [done / run.total("reads")]


@check(
    "E9",
    "all notes, pooled",
    ("collects a like", (0.35, 0.60)),
    ("comments a like", (0.08, 0.15)),
    ("new followers a thousand likes", (120.0, 300.0)),
)
def _mix(run: Evidence) -> Sequence[float]:
    ratio = run.ratio
    return [ratio("collects", "likes"), ratio("comments", "likes"), 1_000.0 * ratio("follows", "likes")]


@check(
    "E14",
    f"authors of {SMALL[0]:.0f} followers or more: slope of engagement a follower on followers, both in logs",
    ("slope", (-INF, -1e-9)),
    level="macro-face",
)
def _falling(run: Evidence) -> Sequence[float]:
    notes = run.mature[run.mature["fans"] >= SMALL[0]]
    return [st.fan_slope(notes["author"], notes["engagement"], notes["fans"]) - 1.0]


@check(
    "E13",
    f"another platform, whose feed is the follower graph; authors of {SMALL[0]:.0f} followers or more: slopes on ln(followers)",
    ("likes a follower, logs", (-INF, -1e-9)),
    ("shares over all interactions", (1e-9, INF)),
    level="macro-face",
)
def _other_feed(run: Evidence) -> Sequence[float]:
    notes = run.mature[run.mature["fans"] >= SMALL[0]]
    each = notes.groupby("author").agg({"reactions": "sum", "shares": "sum", "fans": "median"})
    each = each[each["reactions"] > 0]
    part = each["shares"] / each["reactions"]
    likes = st.fan_slope(notes["author"], notes["likes"], notes["fans"]) - 1.0
    return [likes, st.slope(np.log(each["fans"]), part)]


@check(
    "K11",
    "reads of 1,000 impressions in discovery; product clicks over all reads; orders that a click led to over clicks",
    ("reads", around(80.0)),
    ("product clicks a read", around(0.02)),
    ("orders a click", around(0.03)),
)
def _chain(run: Evidence) -> Sequence[float]:
    ratio = run.ratio
    return [1_000.0 * _clicks(run)[0], ratio("clicks", "reads"), ratio("click_orders", "clicks")]


# --- what a change of the feed does ----------------------------------------------------------------------------------------


@trial(
    "R13",
    "feed.relevance 0 against the default: change of reads an impression and of product clicks, 28 days",
    {"feed.relevance": 0.0},
    ("click-through, relative", (-0.753, -0.01)),
    ("product clicks, relative", (-0.811, -0.01)),
    level="macro-face",
)
def _impersonal(base: Figures, changed: Figures) -> Sequence[float]:
    rate = [f["reads"] / f["impressions"] for f in (base, changed)]
    return [rate[1] / rate[0] - 1.0, changed["clicks"] / base["clicks"] - 1.0]


@trial(
    "C10",
    "post.themes 3 (crowded themes) against 1: median age of what is shown, 28 days",
    {"post.themes": 3.0},
    ("life of notes, relative", (-0.625, -0.375)),
)
def _crowded(base: Figures, changed: Figures) -> Sequence[float]:
    return [changed["note_age"] / base["note_age"] - 1.0]


@trial(
    "G7",
    "post.fake 10 against 1: share of impressions that show notes of low quality, 28 days",
    {"post.fake": 10.0},
    ("low quality shown, relative", (0.01, INF)),
    level="macro-face",
)
def _flood(base: Figures, changed: Figures) -> Sequence[float]:
    return [changed["low_quality_impressions"] / base["low_quality_impressions"] - 1.0]
