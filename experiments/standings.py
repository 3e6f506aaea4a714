"""Plans of a study beside its baseline as a value: effects, money, chances and segments, from which every form is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from experiments.arms import Arms
from experiments.comparison import Effect, bands, corrected, paired_many
from experiments.comparison.best import Share, pareto, reached, share_of, standing
from experiments.decision import SALES, Decision, decisions
from experiments.studies.study import Study
from sim.errors import ConfigError
from sim.kpis.registry import kpi_of

ENGAGEMENT = "reads"
SEGMENT_MEASURES = ("reads", "orders", "spend")


@dataclass(frozen=True)
class Standing:
    """One plan among the others.

    Attributes
    ----------
    label
        Its cell.
    decision
        Effects, damage, money.
    best, regret
        Chance that its net contribution is the highest of all, doing nothing included; expected shortfall in yuan.
    pareto
        Whether no plan beats it in engagement, sales, cost and trust at once.
    goals, each_goal
        Chance of meeting all its goals, None if it has none; that of each, by its KPI and condition.
    loss, p10
        Chance that it loses money on one seed, and the tenth percentile of net contribution over seeds, yuan.
    warnings
        What its runs warned of.
    """

    label: str
    decision: Decision
    best: float
    regret: float
    pareto: bool
    goals: Share | None
    each_goal: dict[tuple[str, str], Share]
    loss: Share
    p10: float
    warnings: tuple[str, ...]

    @property
    def sales(self) -> str:
        """KPI that its party means by sales."""
        return SALES.get(self.decision.money.payer, "gmv_net")


@dataclass(frozen=True)
class Comparison:
    """Plans of a study against its baseline.

    Attributes
    ----------
    study, baseline
        What was compared with what.
    arms
        The results that everything rests on.
    plans
        A standing a plan, in the order of the study.
    segments
        Effects by segment: plan -> segment -> measure -> effect, in real units.
    """

    study: Study
    baseline: str
    arms: Arms
    plans: dict[str, Standing]
    segments: dict[str, dict[str, dict[str, Effect]]] = field(default_factory=dict)
    confidence: float = 0.95

    @property
    def leader(self) -> Standing | None:
        """The plan with the highest chance of the best net contribution, if there is a plan."""
        return max(self.plans.values(), key=lambda s: (s.best, -s.regret), default=None)

    @property
    def idle(self) -> float:
        """Chance that doing nothing has the best net contribution of all."""
        return max(0.0, 1.0 - sum(plan.best for plan in self.plans.values()))

    @property
    def decided(self) -> str:
        """Label of the plan to take: that of the leader if its net contribution is above zero beyond doubt, or
        that of the baseline if no plan's is; empty where nothing can be told."""
        leader = self.leader
        if leader is None:
            return ""
        if leader.decision.money.net.low > 0 and leader.best >= self.confidence:
            return leader.label
        if all(s.decision.money.net.high < 0 for s in self.plans.values()) or self.idle >= self.confidence:
            return self.baseline
        return ""

    def trajectory(self, plan: str, kpi: str) -> tuple[Any, Any, Any]:
        """Mean paired difference by day with its pointwise band, each float64 [days]."""
        return bands(
            self.arms.daily[plan][kpi] - self.arms.daily[self.baseline][kpi], self.confidence, self.arms.draws
        )

    def frame(self) -> pd.DataFrame:
        """All effects as a table: a row a plan and KPI."""
        rows = []
        for label, standing_ in self.plans.items():
            for key, effect in {**standing_.decision.watched, **standing_.decision.effects}.items():
                rows.append(
                    {
                        "plan": label,
                        "kpi": key,
                        "baseline": effect.baseline,
                        "level": effect.plan,
                        "difference": effect.difference,
                        "low": effect.low,
                        "high": effect.high,
                        "relative": effect.relative,
                        "p": effect.p,
                        "p_holm": standing_.decision.watched.get(key, effect).p_holm,
                        "p_bh": standing_.decision.watched.get(key, effect).p_bh,
                        "pairs": effect.pairs,
                        "method": effect.method,
                        "pairing_saves": effect.saved,
                        "verdict": effect.verdict,
                    }
                )
        return pd.DataFrame(rows)


def comparison(
    study: Study, baseline: str = "", plans: Sequence[str] = (), common: bool = False
) -> Comparison:
    """Compare plans of a study with its baseline.

    Parameters
    ----------
    study
        The study.
    baseline
        Label of a cell; the study's own if empty.
    plans
        Labels; all other cells if empty.
    common
        Compare the seeds that all cells have, although some are missing.

    Raises
    ------
    ConfigError, DataError
        For a missing baseline, and as `Study.arms`.
    """
    against = study.baseline(baseline)
    chosen = [study.cell(p).label for p in plans] or [label for label in study.labels if label != against]
    if not chosen:
        raise ConfigError(f"{study.store.path} has no cell beside the baseline {against}")
    confidence = float(study.manifest["confidence"])
    arms = study.arms([against, *chosen], common)
    parties = {label: study.cell(label).party for label in chosen}
    found = decisions(arms, against, parties, arms.days, confidence)
    nets = np.stack([np.zeros(len(arms.seeds)), *(found[label].money.nets for label in chosen)], axis=1)
    standings = standing(nets, arms.draws)
    front = pareto([[0.0] * 4, *(_criteria(found[label]) for label in chosen)])
    out = {}
    for at, label in enumerate(chosen, 1):
        aims = {kpi_of(k).key: text for k, text in study.config(label).resolved["plan"]["goals"].items()}
        every, each = reached(aims, {k: arms.totals[label][k].to_numpy() for k in aims})
        net = found[label].money.nets
        out[label] = Standing(
            label,
            found[label],
            float(standings.best[at]),
            float(standings.regret[at]),
            bool(front[at]),
            every,
            {(key, aims[key]): share for key, share in each.items()},
            share_of(net < 0),
            float(np.percentile(net, 10)),
            tuple(study.warnings(label)),
        )
    segments = {label: _by_segment(study, against, label, arms.seeds, confidence) for label in chosen}
    return Comparison(study, against, arms, out, segments, confidence)


def _criteria(decision: Decision) -> list[float]:
    """Engagement, sales, cost, trust, as differences of which more is better."""
    sales = SALES.get(decision.money.payer, "gmv_net")
    effects = decision.effects
    return [
        effects[ENGAGEMENT].difference,
        effects[sales].difference,
        -decision.money.cost.mean,
        effects["trust"].difference,
    ]


def _by_segment(
    study: Study, baseline: str, plan: str, seeds: Sequence[int], confidence: float
) -> dict[str, dict[str, Effect]]:
    """Effects by frozen segment, corrected over segments and measures."""
    frames = {label: study.segments([label]).droplevel("cell") for label in (baseline, plan)}
    names = list(frames[plan].index.get_level_values("segment").unique())
    keys = [(name, measure) for name in names for measure in SEGMENT_MEASURES]
    # All at once, so that seeds are drawn again once for all of them.
    before, after = (
        np.hstack([f.xs(name, level="segment").loc[list(seeds), list(SEGMENT_MEASURES)] for name in names])
        for f in frames.values()
    )
    found = paired_many(before, after, [1] * len(keys), confidence, study.draws(seeds))
    fixed = dict(zip(keys, corrected(found), strict=True))
    return {name: {m: fixed[name, m] for m in SEGMENT_MEASURES} for name in names}
