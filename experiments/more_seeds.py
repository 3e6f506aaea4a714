"""Questions of `seedbed compare` that play more runs: until precise enough, which action did it, anew on fresh seeds.

All of them plan batches of seeds in the same study and play them as a sweep does, so that each can be stopped and
gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.comparison import mean_interval, paired
from experiments.comparison.sequential import BLOCK, Precision, look
from experiments.comparison.shapley import EXACT, Coalition, coalitions, sampled, shares
from experiments.compose import Config, restored
from experiments.figures import Lang, figure, interval
from experiments.folder import content_id, identity
from experiments.options import Options
from experiments.studies import executors
from experiments.studies import seeds as numbers
from experiments.studies.store import Store
from experiments.studies.study import Study
from experiments.studies.verbs import worked_on
from experiments.tables import Side, show, table
from sim.errors import ConfigError, DataError
from sim.kpis.registry import kpi_of

MOST = 1_000
FRESH, SHAPLEY = "fresh", "shapley"

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "until": "{plan}: {name} {value} ({interval}), enough after {pairs} pairs; "
        "without pairing about {independent} would have been needed",
        "not": "{plan}: {name} {value} ({interval}) after {pairs} pairs: not yet as precise as asked, and no more "
        "than {most} seeds were allowed",
        "shapley": ("action", "share of the effect", "interval", "per cent"),
        "sum": "all together",
        "title": "Which action of {plan} brought how much {name}: {kind}, {pairs} seeds",
        "exact": "all {count} coalitions",
        "sampled": "{count} sampled orders",
        "unspent": "A removed action's money stays unspent.",
        "moved": "A removed action's money goes to the others in proportion.",
    },
    "zh": {
        "until": "{plan}：{name} {value}（{interval}），{pairs} 对种子已足够；若不配对约需 {independent} 对",
        "not": "{plan}：{name} {value}（{interval}），{pairs} 对种子后仍未达到要求的精度，且最多允许 {most} 个种子",
        "shapley": ("动作", "对效果的贡献", "区间", "百分比"),
        "sum": "合计",
        "title": "{plan} 的 {name} 由哪个动作带来：{kind}，{pairs} 个种子",
        "exact": "全部 {count} 个组合",
        "sampled": "{count} 个抽样次序",
        "unspent": "被移除动作的预算不花。",
        "moved": "被移除动作的预算按比例转给其他动作。",
    },
}


def answered(study: Study, options: Options, lang: Lang) -> int | None:
    """Answer the special question that the options ask; None if they ask none."""
    values = options.given
    executors.asked(options)  # refused before anything is planned
    if "--until" in values:
        return until(study, options, lang)
    if "--best" in values:
        from experiments.ranking import best

        return best(study, options, lang)
    if "--shapley" in values:
        return explained(study, options, lang)
    if "--fresh" in options.flags:
        from experiments.fresh import fresh

        return fresh(study, options, lang)
    return None


def played(store: Store, options: Options, lang: Lang) -> None:
    """Play what is planned.

    Raises
    ------
    DataError
        If a shard failed: a missing pair would bias the rest.
    """
    who, workers, address = executors.asked(options, store.manifest.get("executor", "pool"))
    progress = worked_on(store, who, workers, address, lang, options)
    if progress.failed:
        raise DataError(next(iter(progress.failed.values())))


def more(store: Store, cells: Sequence[str], count: int, purpose: str, first: int) -> list[int]:
    """Plan ``count`` seeds for cells, the next that no batch of the purpose has; gives them."""
    with store.locked():
        used = {
            seed
            for batch in store.manifest["batches"]
            if batch["purpose"] in (purpose, "study")
            for block in batch["blocks"]
            for seed in block
        }
        start = max(max(used, default=-1) + 1, first)
        seeds = list(range(start, start + count))
        store.plan(cells, numbers.blocks(seeds, store.manifest["block"]), purpose)
    return seeds


def values_of(study: Study, label: str, kpi: str) -> npt.NDArray[np.float64]:
    """A KPI of a cell, one value a seed."""
    return np.asarray(study.runs([label])[kpi], np.float64)


def until(study: Study, options: Options, lang: Lang) -> int:
    """Add blocks of seeds to all cells until every plan's effect on one KPI is precise enough."""
    asked = Precision.read(options.given["--until"])
    kpi = kpi_of(asked.kpi)
    most = whole_number(options, "--most", MOST)
    baseline = study.baseline(options.given.get("--baseline", ""))
    confidence = float(study.manifest["confidence"])
    store = study.store
    if store.manifest.get("draws"):
        raise ConfigError(
            "--until asks for seeds until chance is small, which leaves unknown parameters as they are; add draws with "
            f"seedbed extend {store.path}"
        )
    keys = [cell.key for cell in study.cells]
    played(store, options, lang)
    while True:
        study = Study(store)
        seeds = study.paired_seeds(study.labels)
        plans = [label for label in study.labels if label != baseline]
        before = values_of(study, baseline, kpi.key)
        looks = {p: look(before, values_of(study, p, kpi.key), asked, confidence) for p in plans}
        if all(found.enough for found in looks.values()) or len(seeds) >= most:
            break
        # Looks stand at multiples of the block, wherever the study began.
        count = min(BLOCK - len(seeds) % BLOCK, most - len(seeds))
        more(store, keys, count, "study", 0)
        played(store, options, lang)
    for plan in plans:
        effect = paired(before, values_of(study, plan, kpi.key), kpi.better, confidence)
        line = TEXT[lang]["until" if looks[plan].enough else "not"]
        show(
            line.format(
                plan=study.cell(plan).name(lang),
                name=getattr(kpi, lang),
                value=figure(effect.difference, kpi.unit, lang, signed=True),
                interval=interval(effect.low, effect.high, kpi.unit, lang),
                pairs=looks[plan].pairs,
                independent=looks[plan].independent,
                most=most,
            )
        )
    return 0


def explained(study: Study, options: Options, lang: Lang) -> int:
    """Print which action of a plan brought what."""
    label = study.cell(options.given["--shapley"]).label
    kpi = kpi_of(options.given.get("--kpi", "gmv_net"))
    store = study.store
    names = planned_coalitions(store, study, label, "--reallocate" in options.flags)
    played(store, options, lang)
    parts = Study(store, SHAPLEY)
    found = attribution(parts, names, kpi.key)
    draws = parts.draws(parts.paired_seeds(parts.labels))
    words = TEXT[lang]
    total = sum(found.values())
    assert isinstance(total, np.ndarray)
    whole = float(total.mean())
    rows = []
    for name, values in [*found.items(), (words["sum"], total)]:
        low, high, _ = mean_interval(values, float(study.manifest["confidence"]), draws)
        rows.append(
            [
                name,
                figure(float(values.mean()), kpi.unit, lang, signed=True),
                interval(low, high, kpi.unit, lang),
                figure(float(values.mean()) / whole, "share", lang) if whole else "–",
            ]
        )
    actions = len(found)
    kind = words["exact"].format(count=2**actions) if actions <= EXACT else words["sampled"].format(count=20)
    sides: list[Side] = ["left", "right", "right", "right"]
    show(
        words["title"].format(
            plan=study.cell(label).name(lang), name=getattr(kpi, lang), kind=kind, pairs=len(total)
        ),
        table(list(zip(words["shapley"], sides, strict=True)), rows),
        words["moved" if "--reallocate" in options.flags else "unspent"],
    )
    return 0


def planned_coalitions(
    store: Store, study: Study, label: str, reallocate: bool = False
) -> dict[Coalition, str]:
    """Plan a plan's coalitions on the study's seeds; gives the label of each coalition's cell."""
    whole = study.config(label)
    actions = sorted(whole.resolved["plan"]["actions"])
    if not actions:
        raise ConfigError(f"--shapley {label}: this plan has no actions")
    names: dict[Coalition, str] = {}
    records: list[dict[str, Any]] = []
    configs: dict[str, Config] = {}
    cell = study.cell(label)
    for coalition in coalitions(actions):
        config = reduced(whole, coalition, reallocate)
        key = content_id(identity(config.resolved))
        short = "+".join(sorted(coalition)) or "none"
        names[coalition] = f"{label} with {short}" + (" (money moved)" if reallocate else "")
        configs[key] = config
        records.append({
            "key": key, "label": names[coalition], "en": "", "zh": "", "words": [], "idle": not coalition,
            "days": cell.days, "weight": cell.weight, "party": cell.party,
        })  # fmt: skip
    with store.locked():
        store.add(records, configs)
        known = {c.key: c.label for c in store.cells}
        names = {c: known[r["key"]] for c, r in zip(names, records, strict=True)}
        seeds = study.planned(label)
        store.plan([str(r["key"]) for r in records], numbers.blocks(seeds, store.manifest["block"]), SHAPLEY)
    return names


def known_coalitions(study: Study, label: str) -> dict[Coalition, str]:
    """Labels of the coalitions of a plan, if all of them have been played on the study's seeds; else empty."""
    store = study.store
    planned = {key for b in store.manifest["batches"] if b["purpose"] == SHAPLEY for key in b["cells"]}
    if not planned:
        return {}
    whole = study.config(label)
    known = {c.key: c.label for c in store.cells if c.key in planned}
    names: dict[Coalition, str] = {}
    for coalition in coalitions(sorted(whole.resolved["plan"]["actions"])):
        key = content_id(identity(reduced(whole, coalition).resolved))
        if key not in known:
            return {}
        names[coalition] = known[key]
    read = Study(store, SHAPLEY)
    wanted = set(study.planned(label))
    return names if all(wanted <= set(read.seeds(name)) for name in names.values()) else {}


def reduced(config: Config, coalition: Coalition, reallocate: bool = False) -> Config:
    """A plan with only some of its actions: the others have strength 0, which changes nothing, bit for bit, and
    spends nothing; their dates stay, since others may refer to them."""
    values = deepcopy(config.resolved)
    actions = values["plan"]["actions"]
    budgets = {name: a.get("budget") for name, a in actions.items()}
    freed = sum(b for name, b in budgets.items() if b and name not in coalition)
    kept = sum(b for name, b in budgets.items() if b and name in coalition)
    for name, action in actions.items():
        if name not in coalition:
            action["strength"] = 0.0
        elif reallocate and budgets[name] and kept:
            action["budget"] = budgets[name] * (1.0 + freed / kept)
    return restored({**values, "study": {}}, config.directories, allow_code=True)


def attribution(study: Study, names: dict[Coalition, str], kpi: str) -> dict[str, npt.NDArray[np.float64]]:
    """Each action's share of the plan's effect on a KPI, one value a seed."""
    actions = sorted(frozenset[str]().union(*names))
    values = {coalition: values_of(study, label, kpi) for coalition, label in names.items()}
    orders = None if len(actions) <= EXACT else sampled(actions)
    return shares(values, actions, orders)


def whole_number(options: Options, name: str, default: int) -> int:
    """An option that counts something, at least 2.

    Raises
    ------
    ConfigError
        If it is no such number.
    """
    text = options.given.get(name, str(default))
    if not text.isdigit() or int(text) < 2:
        raise ConfigError(f"{name} must be a whole number of at least 2, not '{text}'")
    return int(text)
