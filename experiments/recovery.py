"""`seedbed tiers`: how well an operator who sees only what can be seen recovers the true tiers of members.

Four ways to sort people are tried on the same warmed worlds (rules of thumb, scores by quantiles, k-means, Ward's
hierarchical clustering) and scored against the tiers that the world itself keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.compose import compose
from experiments.figures import Lang, share
from experiments.options import Options, setting
from experiments.studies import seeds as numbers
from experiments.tables import show, sides, table
from scenarios.segments import Look
from sim.levers import Desk
from sim.state import schema as s

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
FEATURES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("followers", ()), ("notes_month", ()), ("active_days", (28.0,)), ("orders", ()), ("spend", ()), ("brand_exposures", ()),
)  # fmt: skip
"""What an operator sees of a member: words of segments, with their arguments."""
SAMPLE = 1_500
"""Members on whom Ward's tree is grown; the others go to the nearest centre."""
RULES = (500_000.0, 1_000.0, 12.0)
"""Followers of a top creator (assumption, 100,000 to 1,000,000), of a KOC (P1: brands pay from here on), and days of visit
in 28 of an active user (assumption, 8 to 20)."""
QUANTILES = (0.70, 0.93, 0.995)
"""Shares of members below active, KOC and top creator in the ranking by scores (assumption)."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Tiers recovered from {features} visible figures of {members} members in {worlds} worlds",
        "head": ("method", "adjusted Rand index", "right", *(f"found of {key}" for key, _ in s.TIERS)),
        "methods": {
            "rules": "rules of thumb", "scores": "scores by quantiles", "kmeans": "k-means", "ward": "Ward's clustering",
        },
        "note": "1 is a perfect recovery, 0 is chance. Clusters are matched with tiers so that most members are right.",
    },
    "zh": {
        "title": "由 {features} 个可见指标还原 {members} 名用户的分层（{worlds} 个世界）",
        "head": ("方法", "调整兰德指数", "正确率", *(f"识别出的{zh}" for _, zh in s.TIERS)),
        "methods": {"rules": "经验规则", "scores": "分位打分", "kmeans": "K 均值聚类", "ward": "Ward 层次聚类"},
        "note": "1 为完全还原，0 为随机水平。聚类与分层按正确人数最多的方式对应。",
    },
}  # fmt: skip


def rules(features: Float) -> Int:
    """Tiers by thresholds of followers and visits, int64 [members]."""
    top, koc, days = RULES
    followers, notes, active = features[:, 0], features[:, 1], features[:, 2]
    tier = np.where(active >= days, 1, 0)
    tier = np.where((followers >= koc) & (notes > 0.0), 2, tier)
    return np.asarray(np.where(followers >= top, 3, tier), np.int64)


def scores(features: Float) -> Int:
    """Tiers by the sum of every figure's rank, cut at `QUANTILES`."""
    ranks = np.argsort(np.argsort(features, axis=0, kind="stable"), axis=0) / max(len(features) - 1, 1)
    # Members with equal figures get equal ranks, or the order of rows would decide.
    for column in range(features.shape[1]):
        _, at = np.unique(features[:, column], return_inverse=True)
        sums = np.bincount(at, weights=ranks[:, column]) / np.bincount(at)
        ranks[:, column] = sums[at]
    total = ranks.sum(axis=1)
    return np.asarray(np.searchsorted(np.quantile(total, QUANTILES), total, side="right"), np.int64)


def _standard(features: Float) -> Float:
    logs = np.log1p(np.maximum(features, 0.0))
    return np.asarray((logs - logs.mean(axis=0)) / np.maximum(logs.std(axis=0), 1e-9))


def kmeans(features: Float) -> Int:
    """Four clusters of k-means on standardised logarithms (SciPy; started as k-means++ with a fixed seed)."""
    from scipy.cluster.vq import kmeans2

    _, labels = kmeans2(_standard(features), len(s.TIERS), minit="++", rng=1)
    return np.asarray(labels, np.int64)


def ward(features: Float) -> Int:
    """Four clusters of Ward's tree, grown on a sample (SciPy)."""
    from scipy.cluster.hierarchy import fcluster, linkage

    points = _standard(features)
    chosen = np.random.default_rng(1).permutation(len(points))[:SAMPLE]
    labels = fcluster(linkage(points[chosen], "ward"), len(s.TIERS), "maxclust") - 1
    centres = np.array([points[chosen][labels == k].mean(axis=0) for k in np.unique(labels)])
    distance = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(distance.argmin(axis=1), np.int64)


METHODS: dict[str, Callable[[Float], Int]] = {
    "rules": rules,
    "scores": scores,
    "kmeans": kmeans,
    "ward": ward,
}


def adjusted_rand(a: Int, b: Int) -> float:
    """Agreement of two divisions beyond chance (Hubert and Arabie 1985): 1 for equal ones, 0 on average for random ones."""
    table_ = _crossed(a, b)
    pairs = (table_ * (table_ - 1) / 2).sum()
    rows, columns = ((t * (t - 1) / 2).sum() for t in (table_.sum(axis=1), table_.sum(axis=0)))
    n = table_.sum()
    expected = rows * columns / (n * (n - 1) / 2)
    most = (rows + columns) / 2
    return float((pairs - expected) / (most - expected)) if most != expected else 1.0


def _crossed(a: Int, b: Int) -> Float:
    out = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(out, (a, b), 1.0)
    return out


def matched(found: Int, true: Int) -> Int:
    """Clusters renamed to the tiers with which most members are right."""
    from scipy.optimize import linear_sum_assignment

    crossed = _crossed(found, true)
    name = crossed.argmax(axis=1)
    clusters, tiers = linear_sum_assignment(-crossed)
    name[clusters] = tiers
    return np.asarray(name[found], np.int64)


def tiers(words: Sequence[str], lang: Lang) -> int:
    """Warm worlds, sort their members, print the scores."""
    from experiments.runs import world_of

    options = Options.read(words)
    rest = [word for word in options.overrides if not word.startswith("seeds=")]
    config = compose(rest, options.folder, allow_code=options.allow_code)
    seeds = numbers.parse(setting(options, "seeds", "0:3"))
    results: dict[str, list[list[float]]] = {name: [] for name in METHODS}
    members = 0
    for seed in seeds:
        community, _ = world_of(config, seed)
        look = Look(Desk(community))
        features = np.stack([np.asarray(look.column(*f), float)[look.here] for f in FEATURES], axis=1)
        true = community.state.members["tier"][look.here].astype(np.int64)
        members = len(true)
        for name, method in METHODS.items():
            found = method(features)
            named = found if name in ("rules", "scores") else matched(found, true)
            recalls = [
                float((named[true == t] == t).mean()) if (true == t).any() else float("nan")
                for t in range(len(s.TIERS))
            ]
            results[name].append([adjusted_rand(found, true), float((named == true).mean()), *recalls])
    text = TEXT[lang]
    rows = []
    for name, values in results.items():
        mean = np.nanmean(np.array(values), axis=0)
        rows.append([text["methods"][name], f"{mean[0]:.2f}", *(share(v) for v in mean[1:])])
    show(
        text["title"].format(features=len(FEATURES), members=f"{members:,}", worlds=len(seeds)),
        table(list(zip(text["head"], sides(len(text["head"])), strict=True)), rows),
        text["note"],
    )
    return 0
