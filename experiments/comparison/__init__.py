"""What a plan changed, how sure, and which plan is best: statistics of runs paired by seed.

Nothing here reads files or knows what a KPI is: arrays of one value a seed go in, estimates with intervals
come out.
"""

from experiments.comparison.intervals import mean_interval, mean_intervals, t_quantile
from experiments.comparison.paired import (
    Effect,
    Float,
    Verdict,
    bands,
    corrected,
    paired,
    paired_many,
    ratio_interval,
)

__all__ = [
    "Effect",
    "Float",
    "Verdict",
    "bands",
    "corrected",
    "mean_interval",
    "mean_intervals",
    "paired",
    "paired_many",
    "ratio_interval",
    "t_quantile",
]
