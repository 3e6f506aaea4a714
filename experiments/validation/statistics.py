"""Statistics of notes, cascades, cohorts and orders, each a plain function of arrays or of one table.

A run and real data are measured by the same functions, so that a difference between them is never one of definition. They
know nothing of a simulation: `experiments.validation.evidence` brings a run into these tables, an importer somebody's data.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Float = npt.NDArray[np.float64]
Values = npt.ArrayLike

NAN = float("nan")
LEAST = 5
"""Values below which a statistic of a distribution is not given."""


@contextmanager
def quiet() -> Iterator[None]:
    """Say nothing where a run is too small for a number: it is NaN, and judged as such."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def log_spread(likes: Values) -> float:
    """Standard deviation of ln(1 + likes) over notes (O1)."""
    logs = np.log1p(_numbers(likes))
    return float(logs.std(ddof=1)) if len(logs) >= LEAST else NAN


def creator_share(creator: npt.ArrayLike, likes: Values, least: int = 5) -> float:
    """Share of the variance of ln(1 + likes) that lies between creators (O2).

    The intraclass correlation of a one-way model with random effects, ICC(1), for groups of unequal size.

    Parameters
    ----------
    creator
        Author of each note, any dtype [notes].
    likes
        Likes of each note, [notes].
    least
        Notes of a creator from which the creator counts.
    """
    table = pd.DataFrame({"creator": np.asarray(creator), "y": np.log1p(_numbers(likes))})
    groups = table.groupby("creator")["y"].agg(["count", "mean", "var"])
    groups = groups[groups["count"] >= max(least, 2)]
    if len(groups) < LEAST:
        return NAN
    n, mean = groups["count"].to_numpy(float), groups["mean"].to_numpy(float)
    total, k = n.sum(), len(n)
    between = float((n * (mean - (n * mean).sum() / total) ** 2).sum() / (k - 1))
    within = float(((n - 1) * groups["var"].to_numpy(float)).sum() / (total - k))
    size = float((total - (n**2).sum() / total) / (k - 1))
    bottom = between + (size - 1.0) * within
    return (between - within) / bottom if bottom > 0 else NAN


def comment_slope(likes: Values, comments: Values, least: int = 10) -> float:
    """Slope of ln(1 + comments) on ln(likes) among notes with ``least`` likes or more, by least squares (O3)."""
    x, y = _numbers(likes), _numbers(comments)
    kept = x >= least
    return slope(np.log(np.maximum(x[kept], 1.0)), np.log1p(y[kept]))


def top_share(values: Values, share: float = 0.1) -> float:
    """Part of the sum that the largest ``share`` of the values hold, 0..1 (O4)."""
    ordered = np.sort(_numbers(values))[::-1]
    total = float(ordered.sum())
    count = max(1, round(share * len(ordered)))
    return float(ordered[:count].sum()) / total if total > 0 and len(ordered) >= LEAST else NAN


def hill_exponent(values: Values, share: float = 0.05) -> float:
    """Tail exponent of the survival function by Hill's estimator on the largest ``share`` of the positive values (O5)."""
    ordered = _numbers(values)
    ordered = np.sort(ordered[ordered > 0])[::-1]
    count = int(share * len(ordered))
    if count < LEAST or len(ordered) <= count:
        return NAN
    mean = float(np.log(ordered[:count] / ordered[count]).mean())
    return 1.0 / mean if mean > 0 else NAN


def collect_ratio(likes: Values, collects: Values, least: int = 10) -> float:
    """Median of collects per like among notes with ``least`` likes or more (O6, E9)."""
    return median_ratio(collects, likes, least)


def median_ratio(top: Values, bottom: Values, least: float = 1) -> float:
    """Median of ``top / bottom`` among rows whose bottom is ``least`` or more (O13)."""
    a, b = _numbers(top), _numbers(bottom)
    kept = b >= least
    return float(np.median(a[kept] / b[kept])) if kept.sum() >= LEAST else NAN


def fan_slope(creator: npt.ArrayLike, engagement: Values, fans: Values) -> float:
    """Elasticity of engagement in followers, creator by creator (O7).

    The slope of ln(1 + median engagement of a creator's notes) on ln(fans); creators without fans are left out.
    """
    table = pd.DataFrame(
        {"creator": np.asarray(creator), "engagement": _numbers(engagement), "fans": _numbers(fans)}
    )
    each = table.groupby("creator").median()
    each = each[each["fans"] > 0]
    return slope(np.log(each["fans"].to_numpy(float)), np.log1p(each["engagement"].to_numpy(float)))


def slope(x: Values, y: Values) -> float:
    """Slope of ``y`` on ``x`` by least squares; NaN for fewer than five points or none that differ."""
    a, b = _numbers(x), _numbers(y)
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    return float(np.polyfit(a, b, 1)[0]) if len(a) >= LEAST and np.ptp(a) > 0 else NAN


# --- cascades ------------------------------------------------------------------------------------------------------------


def sizes_of(cascade: npt.ArrayLike) -> Float:
    """Size of each cascade, float64 [cascades], from one row for each post in it, the root included."""
    return np.asarray(pd.Series(np.asarray(cascade)).value_counts(sort=False), float)


def single_share(sizes: Values) -> float:
    """Share of cascades that are nothing but their root (O8)."""
    values = _numbers(sizes)
    return float((values <= 1).mean()) if len(values) else NAN


def mean_size(sizes: Values) -> float:
    """Mean size of a cascade, root included (O9)."""
    values = _numbers(sizes)
    return float(values.mean()) if len(values) else NAN


def reproduction(sizes: Values) -> float:
    """Mean number of direct and indirect successors that a post has, 1 - 1 / mean size (O9; a Galton-Watson process)."""
    mean = mean_size(sizes)
    return 1.0 - 1.0 / mean if mean > 0 else NAN


def structural_virality(parent: npt.ArrayLike) -> float:
    """Mean distance between the nodes of one tree (Goel, Anderson, Hofman and Watts 2016; Wiener index over pairs) (O10).

    Parameters
    ----------
    parent
        int [nodes], index of each node's parent, which stands before it; -1 for the root, which is node 0.

    Returns
    -------
    float
        2 for a large star, more the deeper the tree; NaN for a single node.
    """
    up = np.asarray(parent, np.int64)
    n = len(up)
    if n < 2:
        return NAN
    below = np.ones(n)
    for node in range(n - 1, 0, -1):
        below[up[node]] += below[node]
    # an edge lies on the path of every pair that it parts
    return float((below[1:] * (n - below[1:])).sum() / (n * (n - 1) / 2))


# --- people and orders ---------------------------------------------------------------------------------------------------


def repeat_curve(
    customer: npt.ArrayLike,
    day: Values,
    weeks: Sequence[int] = (4, 8, 13, 26),
    end: float | None = None,
) -> Float:
    """Share of first-time buyers with a second purchase on a later day, by weeks since the first (O11).

    Parameters
    ----------
    customer, day
        Buyer and day of each purchase, [purchases]; a buyer's earliest day is the first purchase.
    weeks
        Weeks after it.
    end
        Last day of observation; only buyers who can be seen for all the weeks count. The last purchase's day if None.

    Returns
    -------
    ndarray of float64, shape (weeks,)
        NaN where fewer than five buyers can be seen for so long.
    """
    table = pd.DataFrame({"customer": np.asarray(customer), "day": _numbers(day)})
    table = table.drop_duplicates().sort_values(["customer", "day"])
    order = table.groupby("customer").cumcount()
    first = table[order == 0].set_index("customer")["day"]
    second = table[order == 1].set_index("customer")["day"].reindex(first.index)
    last = float(table["day"].max()) if end is None and len(table) else float(end or 0.0)
    gap = (second - first).to_numpy(float)
    seen = last - first.to_numpy(float)
    out = []
    for week in weeks:
        kept = seen >= 7 * week
        out.append(float((gap[kept] <= 7 * week).mean()) if kept.sum() >= LEAST else NAN)
    return np.array(out)


def repurchase_by_number(customer: npt.ArrayLike, day: Values, numbers: Sequence[int] = (1, 2, 3)) -> Float:
    """Chance of one more purchase, on a later day, after the n-th, float64 [numbers]."""
    table = pd.DataFrame({"customer": np.asarray(customer), "day": _numbers(day)}).drop_duplicates()
    counts = table.groupby("customer").size().to_numpy()
    reached = [int((counts >= n).sum()) for n in numbers]
    more = [int((counts > n).sum()) for n in numbers]
    return np.array([m / r if r >= LEAST else NAN for m, r in zip(more, reached, strict=True)])


def power_of_retention(days: Values, kept: Values) -> float:
    """Exponent b of retention proportional to days to the power -b, by least squares on logarithms (R4)."""
    x, y = _numbers(days), _numbers(kept)
    known = (x > 0) & (y > 0)
    if known.sum() < 2:
        return NAN
    return -float(np.polyfit(np.log(x[known]), np.log(y[known]), 1)[0])


def gini(values: Values) -> float:
    """Gini coefficient of values that are not negative (N5)."""
    ordered = np.sort(_numbers(values))
    total = float(ordered.sum())
    if not total:
        return NAN
    n = len(ordered)
    return float(2.0 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n)


# --- creative tests ------------------------------------------------------------------------------------------------------


def creative_tests(test: npt.ArrayLike, impressions: Values, clicks: Values) -> dict[str, float]:
    """Click rates of tests of several creatives shown side by side (O12).

    Parameters
    ----------
    test
        Which test each creative belongs to, [creatives].
    impressions, clicks
        Of each creative, [creatives].

    Returns
    -------
    dict
        ``ctr`` pooled; ``between``, standard deviation over tests of the logit of their rate; ``within``, that of a creative's
        logit within its test, and of both what is left after sampling noise (the delta method's variance
        1 / (clicks (1 - rate))); ``significant``, share of tests in which a chi-square test at 5 % finds a difference.
    """
    table = pd.DataFrame({"test": np.asarray(test), "n": _numbers(impressions), "x": _numbers(clicks)}).query(
        "n > 0"
    )
    whole = table.groupby("test")[["n", "x"]].sum()
    whole = whole[whole["x"] > 0]
    if len(whole) < LEAST:
        return dict.fromkeys(("ctr", "between", "within", "significant"), NAN)
    rate, noise = _logit(whole["x"].to_numpy(float), whole["n"].to_numpy(float))
    inside = table[table["test"].isin(whole.index)].copy()
    y, own = _logit(inside["x"].to_numpy(float), inside["n"].to_numpy(float))
    inside["y"], inside["noise"] = y, own
    groups = inside.groupby("test")
    arms = groups.size()
    freedom = float((arms - 1).sum())
    squares = float(((inside["y"] - groups["y"].transform("mean")) ** 2).sum())
    expected = float((inside["noise"] * (1.0 - 1.0 / groups["y"].transform("size"))).sum())
    return {
        "ctr": float(table["x"].sum() / table["n"].sum()),
        "between": float(np.sqrt(max(0.0, rate.var(ddof=1) - noise.mean()))),
        "within": float(np.sqrt(max(0.0, squares - expected) / freedom)) if freedom > 0 else NAN,
        "significant": float(np.mean([_differ(part) for _, part in groups])),
    }


def _logit(clicks: Float, impressions: Float) -> tuple[Float, Float]:
    """Logit of a click rate and its sampling variance; half a click is added to both sides."""
    a, b = clicks + 0.5, impressions - clicks + 0.5
    return np.log(a / b), 1.0 / a + 1.0 / b


def _differ(part: Any) -> bool:
    """Whether the click rates of one test differ at 5 %."""
    from scipy.stats import chi2

    n, x = part["n"].to_numpy(float), part["x"].to_numpy(float)
    rate = x.sum() / n.sum()
    if len(n) < 2 or not 0 < rate < 1:
        return False
    statistic = float(((x - n * rate) ** 2 / (n * rate * (1.0 - rate))).sum())
    return statistic > float(chi2.ppf(0.95, len(n) - 1))


def slopes_of_parabola(x: Values, y: Values, at: float = 0.05) -> list[float]:
    """Slopes of the parabola of ``y`` in ``x`` at the quantiles ``at`` and ``1 - at`` of ``x`` (E11).

    An inverted U rises at the first and falls at the second (Lind and Mehlum 2010); the square alone does not say so.
    """
    a, b = _numbers(x), _numbers(y)
    if len(a) < LEAST or len(np.unique(a)) < 3:
        return [NAN, NAN]
    middle = a.mean()
    square, line, _ = np.polyfit(a - middle, b, 2)
    return [float(line + 2.0 * square * (np.quantile(a, q) - middle)) for q in (at, 1.0 - at)]


def of_groups(x: Values, total: Values, weight: Values, groups: int) -> tuple[Float, Float]:
    """Means of ``x`` and ``ln(1 + sum of total / sum of weight)`` of groups of equal size in the order of ``x``."""
    order = np.argsort(_numbers(x), kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    a, b, c = (_numbers(values) for values in (x, total, weight))
    return (
        np.array([a[part].mean() for part in parts]),
        np.array([np.log1p(b[part].sum() / c[part].sum()) for part in parts]),
    )


def _numbers(values: Values) -> Float:
    return np.asarray(values, np.float64)
