"""`seedbed compare ... --fresh`: a plan that was selected on some seeds, estimated on others.

The best of several is partly lucky, so its effect on the seeds that chose it is too good. What fresh seeds say stands beside
every verdict that names a leader; where there are none, the verdict says so.
"""

from __future__ import annotations

from experiments.compare import lines, name_of, rows
from experiments.figures import Lang, figure, interval
from experiments.more_seeds import FRESH, played
from experiments.options import Options
from experiments.standings import Comparison, comparison
from experiments.studies import seeds as numbers
from experiments.studies.study import Study
from experiments.tables import show
from sim.kpis.registry import kpi_of

APART = 1_000_001
"""Distance of fresh seeds from the largest one that a selection may have seen."""

TEXT = {
    "en": {
        "kpi": "{plan} on {pairs} fresh seeds ({written}): {name} {value} ({interval})",
        "net": "The leading plan was selected on these seeds, so its effect is flattered; on {pairs} fresh seeds "
        "({written}) {plan} has a net contribution of {net} ({net_interval}) and moves the payer's sales by {sales} "
        "({sales_interval}).",
        "caveat": "The leading plan was selected on these seeds, so its effect is flattered; "
        "`seedbed compare ... --fresh` estimates it anew.",
    },
    "zh": {
        "kpi": "{plan} 在 {pairs} 个新种子（{written}）上：{name} {value}（{interval}）",
        "net": "领先方案是在这些种子上选出的，效果会偏乐观；在 {pairs} 个新种子（{written}）上，{plan} 的净贡献为 {net}"
        "（{net_interval}），付费方口径销售变化 {sales}（{sales_interval}）。",
        "caveat": "领先方案是在这些种子上选出的，效果会偏乐观；`seedbed compare ... --fresh` 可用新种子重估。",
    },
}


def selected(found: Comparison, lang: Lang) -> str:
    """What fresh seeds say of the leading plan, or that none have been asked; empty where nothing was selected."""
    leader = found.leader
    if leader is None or len(found.plans) < 2 or found.decided == found.baseline:
        return ""
    text = TEXT[lang]
    anew = estimated(found.study, found.baseline, leader.label)
    if anew is None:
        return text["caveat"]
    decision = anew.plans[leader.label].decision
    net, sales = decision.money.net, decision.effects[leader.sales]
    return text["net"].format(
        plan=name_of(found.study, leader.label, lang),
        pairs=len(anew.arms.seeds),
        written=numbers.written(anew.arms.seeds),
        net=figure(net.mean, "yuan", lang, signed=True),
        net_interval=interval(net.low, net.high, "yuan", lang),
        sales=figure(sales.difference, "yuan", lang, signed=True),
        sales_interval=interval(sales.low, sales.high, "yuan", lang),
    )


def estimated(study: Study, baseline: str, label: str) -> Comparison | None:
    """A plan against the baseline on seeds that no selection has seen; None where these have not all been played."""
    anew = Study(study.store, FRESH)
    if study.purpose == FRESH or not {baseline, label} <= set(anew.labels):
        return None
    if any(anew.seeds(each) != anew.planned(each) for each in (baseline, label)):
        return None
    if not set(anew.seeds(baseline)) & set(anew.seeds(label)):  # selected without pairing
        return None
    return comparison(anew, baseline, [label], common=True)


def fresh(study: Study, options: Options, lang: Lang, plan: str = "", key: str = "") -> int:
    """Play a selected plan, the leader unless one is named, and the baseline on seeds that the selection has not seen."""
    baseline = study.baseline(options.given.get("--baseline", ""))
    store = study.store
    if not plan:
        leader = comparison(study, baseline, common="--common" in options.flags).leader
        assert leader is not None
        plan = leader.label
    used = [s for b in store.manifest["batches"] if b["purpose"] != FRESH for k in b["blocks"] for s in k]
    keys = [study.cell(label).key for label in (baseline, plan)]
    count = max(10, len(study.planned(plan)))
    batches = [b for b in store.manifest["batches"] if b["purpose"] == FRESH and b["cells"] == keys]
    if not batches:
        with store.locked():
            seeds = list(range(max(used) + APART, max(used) + APART + count))
            store.plan(keys, numbers.blocks(seeds, store.manifest["block"]), FRESH)
    played(store, options, lang)
    kpi = kpi_of(key or "gmv_net")
    # The baseline has fresh seeds of every plan that was ever selected; those that both have are this plan's.
    found = comparison(Study(store, FRESH), baseline, [plan], common=True)
    effect = found.arms.effects([kpi.key], baseline, plan, found.confidence)[kpi.key]
    show(
        TEXT[lang]["kpi"].format(
            plan=study.cell(plan).name(lang),
            pairs=len(found.arms.seeds),
            written=numbers.written(found.arms.seeds),
            name=getattr(kpi, lang),
            value=figure(effect.difference, kpi.unit, lang, signed=True),
            interval=interval(effect.low, effect.high, kpi.unit, lang),
        ),
        "  ".join(rows(found, lang)[0]),
        *lines(found, lang)[:1],
    )
    return 0
