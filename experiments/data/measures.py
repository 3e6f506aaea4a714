"""Named statistics of plain tables: what imported data say, and what a run must say to be like them.

A statistic is a function of one table in the columns of `experiments.data.schema`; a run is brought into the same tables, so
that both are measured alike. How far a figure of the data may be off by chance is told by drawing its clusters anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.validation import statistics as st

Float = npt.NDArray[np.float64]
DRAWS = 100
"""Times that clusters are drawn anew."""
FEWEST = 5
"""Clusters below which nothing is said of chance."""


@dataclass(frozen=True)
class Statistic:
    """One number that a table says.

    Attributes
    ----------
    key, en, zh
        Key and names.
    sheet
        Kind of the table.
    of
        The function; NaN where the table does not suffice.
    low, high
        What it can be at all.
    facts
        Rows of the tables of facts that it is the statistic of.
    unit
        ``share`` or empty.
    """

    key: str
    en: str
    zh: str
    sheet: str
    of: Callable[[pd.DataFrame], float]
    low: float = 0.0
    high: float = float("inf")
    facts: tuple[str, ...] = ()
    unit: str = ""


def _format(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["type"] == name]


def _engagement(frame: pd.DataFrame) -> pd.Series:
    """Likes, collects and comments, as the public row counts them."""
    return frame[["likes", "collects", "comments"]].sum(axis=1)


def _known(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.dropna(subset=list(columns))


def _day(frame: pd.DataFrame) -> pd.Series:
    """Days since the first one, whole."""
    time = frame["time"].dt.normalize()
    days: pd.Series = (time - time.min()).dt.days
    return days


def _repeat(week: int) -> Callable[[pd.DataFrame], float]:
    def share(frame: pd.DataFrame) -> float:
        return float(st.repeat_curve(frame["customer"], _day(frame), (week,))[0])

    return share


def _retained(day: int) -> Callable[[pd.DataFrame], float]:
    def share(frame: pd.DataFrame) -> float:
        mine = frame[frame["day"] == day]
        people = float(mine["people"].sum())
        return float((mine["people"] * mine["retained"]).sum()) / people if people else float("nan")

    return share


def _collects(kind: str) -> Callable[[pd.DataFrame], float]:
    def ratio(frame: pd.DataFrame) -> float:
        mine = _known(_format(frame, kind), "collects")
        return st.collect_ratio(mine["likes"], mine["collects"])

    return ratio


def _ratio(top: str, bottom: str, factor: float = 1.0) -> Callable[[pd.DataFrame], float]:
    """Ratio of sums over the rows that have both."""

    def ratio(frame: pd.DataFrame) -> float:
        both = _known(frame, top, bottom)
        total = float(both[bottom].sum())
        return factor * float(both[top].sum()) / total if total else float("nan")

    return ratio


def _median(top: str, bottom: str) -> Callable[[pd.DataFrame], float]:
    def ratio(frame: pd.DataFrame) -> float:
        both = _known(frame, top, bottom)
        return st.median_ratio(both[top], both[bottom])

    return ratio


def _images(of: Callable[[pd.Series], float]) -> Callable[[pd.DataFrame], float]:
    return lambda notes: of(_format(notes, "image")["likes"])


# fmt: off
STATISTICS: tuple[Statistic, ...] = (
    Statistic("likes_spread", "sd of ln(1 + likes) over notes", "ln(1+点赞) 的标准差", "notes",
              lambda f: st.log_spread(f["likes"]), high=10.0, facts=("O1",)),
    Statistic("likes_between_creators", "share of that variance between creators", "其中创作者之间的方差占比", "notes",
              lambda f: st.creator_share(f["creator"], f["likes"]), -1.0, 1.0, ("O2",), "share"),
    Statistic("comment_slope", "slope of ln(1 + comments) on ln(likes)", "ln(1+评论) 对 ln(点赞) 的斜率", "notes",
              lambda f: st.comment_slope(_known(f, "comments")["likes"], _known(f, "comments")["comments"]),
              -5.0, 5.0, ("O3",)),
    Statistic("likes_top_tenth", "top 10 % of image notes' share of likes", "图文笔记前 10% 的点赞占比", "notes",
              _images(st.top_share), 0.0, 1.0, ("O4",), "share"),
    Statistic("likes_tail", "Hill exponent of image notes' likes", "图文笔记点赞的 Hill 指数", "notes",
              _images(st.hill_exponent), high=20.0, facts=("O5",)),
    *(Statistic(f"collects_per_like_{kind}", f"median collects per like, {kind} notes", f"{zh}笔记收藏/点赞中位数", "notes",
                _collects(kind), high=50.0, facts=("O6",)) for kind, zh in (("image", "图文"), ("video", "视频"))),
    Statistic("fan_slope", "elasticity of engagement in fans, by creator", "互动对粉丝数的弹性（创作者层面）", "notes",
              lambda f: st.fan_slope(f["creator"], _engagement(f), f["fans"]), -5.0, 5.0, ("O7",)),
    Statistic("reads_per_impression", "median reads per impression of a note", "单篇点击率中位数", "notes",
              _median("reads", "impressions"), 0.0, 1.0, ("O13",), "share"),
    Statistic("likes_per_read", "median likes per read of a note", "单篇点赞率中位数", "notes",
              _median("likes", "reads"), 0.0, 1.0, ("O13",), "share"),
    Statistic("collects_per_read", "median collects per read of a note", "单篇收藏率中位数", "notes",
              _median("collects", "reads"), 0.0, 1.0, ("O13",), "share"),
    Statistic("follows_per_read", "new fans per read, pooled", "阅读转粉率", "notes",
              _ratio("follows", "reads"), 0.0, 1.0, ("O13",), "share"),
    Statistic("cascades_of_one", "share of cascades of size 1", "规模为 1 的转发链占比", "cascades",
              lambda f: st.single_share(st.sizes_of(f["cascade"])), 0.0, 1.0, ("O8",), "share"),
    Statistic("cascade_size", "mean cascade size", "转发链平均规模", "cascades",
              lambda f: st.mean_size(st.sizes_of(f["cascade"])), 1.0, facts=("O9",)),
    *(Statistic(f"repeat_week_{week}", f"share with a second purchase by week {week}", f"{week} 周内复购占比", "orders",
                _repeat(week), 0.0, 1.0, ("O11",), "share") for week in (4, 8, 13, 26)),
    *(Statistic(f"retention_d{day}", f"D{day} retention", f"{day} 日留存率", "cohorts",
                _retained(day), 0.0, 1.0, ("R2",), "share") for day in (1, 7, 30)),
    Statistic("stickiness", "DAU / MAU", "用户粘性", "daily", _ratio("dau", "mau"), 0.0, 1.0, ("R5",), "share"),
    Statistic("read_rate", "reads per impression", "点击率 CTR", "daily", _ratio("reads", "impressions"),
              0.0, 1.0, ("E7",), "share"),
    *(Statistic(f"{what}_per_1000_reads", f"{what} per 1,000 reads", f"千次阅读{zh}", "daily",
                _ratio(what, "reads", 1000.0), high=1000.0, facts=facts)
      for what, zh, facts in (("likes", "点赞", ("E9",)), ("collects", "收藏", ("E9",)), ("comments", "评论", ("E9",)),
                              ("follows", "涨粉", ("E9",)), ("orders", "订单", ()))),
    Statistic("minutes_per_user", "minutes a visitor and day", "人均使用时长（分钟）", "daily",
              lambda f: float(f["minutes_per_user"].mean()), 0.0, 1440.0, ("R7",)),
)
# fmt: on
"""All statistics, by sheet."""

STATISTIC = {statistic.key: statistic for statistic in STATISTICS}

CLUSTERS = {
    "notes": "creator",
    "cascades": "cascade",
    "orders": "customer",
    "cohorts": "joined",
    "daily": "date",
}
"""What rows of a table belong together, and what is drawn anew as a whole."""


@dataclass(frozen=True)
class Measured:
    """A statistic of data: its value, its standard error over clusters, rows and clusters."""

    statistic: Statistic
    value: float
    sd: float
    rows: int
    clusters: int


def measured(frame: pd.DataFrame, sheet: str, seed: int = 1, draws: int = DRAWS) -> list[Measured]:
    """Every statistic that a table suffices for.

    Parameters
    ----------
    frame
        In the columns of the sheet's schema.
    sheet
        Its kind.
    seed, draws
        Of the bootstrap over clusters (Efron and Tibshirani 1993, chapter 8): whole creators, customers, cascades, cohorts or
        days are drawn with replacement.

    Returns
    -------
    list of Measured
        Standard errors are NaN with fewer than `FEWEST` clusters.
    """
    mine = [s for s in STATISTICS if s.sheet == sheet]
    values = {s.key: s.of(frame) for s in mine}
    mine = [s for s in mine if np.isfinite(values[s.key])]
    if not mine:
        return []
    column = CLUSTERS[sheet]
    codes = pd.factorize(frame[column])[0]
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rng = np.random.default_rng(seed)
    drawn = np.full((draws, len(mine)), np.nan)
    for i in range(draws if len(sizes) >= FEWEST else 0):
        chosen = rng.integers(0, len(sizes), len(sizes))
        rows = np.concatenate([order[starts[c] : starts[c] + sizes[c]] for c in chosen])
        again = frame.iloc[rows].copy()
        if sheet in ("notes", "cascades", "orders"):  # one drawn twice counts as two
            again[column] = np.repeat(np.arange(len(chosen)), sizes[chosen])
        drawn[i] = [s.of(again) for s in mine]
    spread = np.nanstd(drawn, axis=0, ddof=1) if len(sizes) >= FEWEST else np.full(len(mine), np.nan)
    return [
        Measured(s, values[s.key], float(sd), len(frame), len(sizes))
        for s, sd in zip(mine, spread, strict=True)
    ]
