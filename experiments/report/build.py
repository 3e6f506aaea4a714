"""`seedbed report`: from a comparison to one HTML file, in the order in which a decision asks.

The same study gives the same bytes: nothing of the day, the machine that renders or the order of folders enters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.compare import ENGAGEMENT, Comparison, Standing, comparison, name_of, percent, rows
from experiments.compare import TEXT as COMPARE
from experiments.compare import title as title_of
from experiments.compare import verdict as verdict_of
from experiments.comparison import mean_interval
from experiments.figures import Lang, change, figure, figures, interval
from experiments.options import Options, setting
from experiments.report import charts
from experiments.report.pictures import Pictures
from experiments.report.resolution import unseen
from experiments.report.words import TEXT
from experiments.studies import seeds as numbers
from experiments.studies.study import FEN, Study
from scenarios.lever_files import lever_spec, marked
from sim.accounts import ACCOUNTS, KINDS
from sim.errors import DataError
from sim.kpis.registry import kpi_of
from sim.state import schema as s

Block = dict[str, Any]
FUNNEL = ("impressions", "reads", "clicks", "baskets", "orders", "gmv_net")
TEMPLATE = Path(__file__).parent / "templates"
MOST_CHARTED = 6


def report(words: Sequence[str], lang: Lang) -> int:
    """Write the report of a study."""
    from experiments.studies.verbs import named
    from experiments.tables import show

    options = Options.read(words, flags=("--common", "--png"), values=("--baseline",))
    store = named(options, "report", lang)
    study = Study(store)
    found = comparison(study, options.given.get("--baseline", ""), common="--common" in options.flags)
    target = Path(setting(options, "to", str(store.path / f"report.{lang}.html")))
    parts = sections(found, lang)
    target.write_text(page(found, parts, lang), "utf-8")
    written = [target, *export(found, store.path)]
    if "--png" in options.flags:
        pictures = Pictures(target.with_suffix(""), lang)
        if not pictures.able:
            raise DataError(
                "no font of this machine has Chinese characters, so there are no pictures; take lang=en"
            )
        for part in parts:
            for block in part["blocks"]:
                pictures.draw(block)
        written += pictures.written
    show(verdict_of(found, lang), *(str(path) for path in written))
    return 0


def html(found: Comparison, lang: Lang) -> str:
    """The page of a comparison."""
    return page(found, sections(found, lang), lang)


def sections(found: Comparison, lang: Lang) -> list[dict[str, Any]]:
    """The page's sections: a title and blocks each."""
    text, made = TEXT[lang], _Page(found, lang)
    return [
        {"title": text["plans"], "blocks": made.plans()},
        {"title": text["damages"], "blocks": made.damages()},
        {"title": text["spend"], "blocks": made.spend()},
        {"title": text["over_time"], "blocks": made.over_time()},
        {"title": text["sure"], "blocks": made.sure()},
        {"title": text["naive"], "blocks": made.naive()},
        {"title": text["provenance"], "blocks": made.provenance()},
    ]


def page(found: Comparison, parts: Sequence[dict[str, Any]], lang: Lang) -> str:
    """Sections as HTML, with the questions that they answer in front."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True)
    answered = {"which", *(block.get("answer") for part in parts for block in part["blocks"])}
    return environment.get_template("report.html").render(
        lang=lang,
        title=title_of(found, lang),
        verdict=verdict_of(found, lang),
        asked=TEXT[lang]["asked"],
        questions=[(key, asked) for key, asked in TEXT[lang]["questions"].items() if key in answered],
        sections=parts,
    )


def _table(title: str, head: Sequence[str], body: Sequence[Sequence[str]], answer: str = "") -> Block:
    return {"kind": "table", "title": title, "head": head, "rows": body, "answer": answer}


def _text(text: str, answer: str = "", dim: bool = False) -> Block:
    return {"kind": "text", "text": text, "answer": answer, "dim": dim}


def _chart(title: str, kind: str, *given: Any, lang: Lang) -> Block:
    """A chart, as SVG and as what it was drawn from, by the name of its function in `charts` and `pictures`."""
    drawn = getattr(charts, kind)(*given, title, lang)
    return {"kind": "chart", "title": title, "svg": drawn, "drawn": (kind, *given)}


class _Page:
    """The blocks of each section."""

    def __init__(self, found: Comparison, lang: Lang) -> None:
        self.found, self.lang, self.text = found, lang, TEXT[lang]
        self.study, self.arms = found.study, found.arms
        assert found.leader is not None
        self.leader: Standing = found.leader
        self.shown = list(found.plans)[:MOST_CHARTED]

    def name(self, label: str) -> str:
        return name_of(self.study, label, self.lang)

    def kpi(self, key: str) -> str:
        return str(getattr(kpi_of(key), self.lang))

    def plans(self) -> list[Block]:
        effects = self.leader.decision.effects
        sales, reads = effects[self.leader.sales], effects[ENGAGEMENT]
        amount = self.text["amount"].format(
            plan=self.name(self.leader.label),
            sales=figure(sales.difference, "yuan", self.lang, signed=True),
            sales_interval=interval(sales.low, sales.high, "yuan", self.lang),
            relative=change(sales.relative),
            reads=change(reads.relative),
            reads_interval=interval(reads.low, reads.high, "count", self.lang),
        )
        nets = [
            (self.name(label), p.decision.money.net.mean, p.decision.money.net.low, p.decision.money.net.high)
            for label, p in self.found.plans.items()
        ]
        head = COMPARE[self.lang]["head"]
        title = title_of(self.found, self.lang)
        return [
            _text(amount, "how_much"),
            _table(title, head, rows(self.found, self.lang), "table"),
            _chart(self.text["net"], "intervals", nets, "yuan", lang=self.lang),
        ]

    def damages(self) -> list[Block]:
        body: list[list[str]] = []
        worst: dict[str, int] = {}
        for label, plan in self.found.plans.items():
            for key, effect in plan.decision.damage.items():
                mean, _, _ = self.found.trajectory(label, key)
                signed = np.where(np.isfinite(mean), mean * np.sign(effect.difference), -np.inf)
                day = int(signed.argmax())
                worst.setdefault(label, day)
                unit = kpi_of(key).unit
                body.append([
                    self.name(label), self.kpi(key), figure(effect.difference, unit, self.lang, signed=True),
                    change(effect.relative), interval(effect.low, effect.high, unit, self.lang),
                    f"{effect.p_holm:.3g}", f"{effect.p_bh:.3g}", str(day),
                ])  # fmt: skip
        none = self.text["no_damage"].format(
            plan=self.name(self.leader.label), count=len(self.leader.decision.watched)
        )
        mine = self.leader.decision.damage
        if mine:
            listed = ", ".join(f"{self.kpi(k)} {change(e.relative)}" for k, e in list(mine.items())[:4])
            none = self.text["suffers"].format(
                plan=self.name(self.leader.label), list=listed, day=worst[self.leader.label]
            )
        table = _table(self.text["damages"], self.text["damage_head"], body)
        return [_text(none, "suffers"), *([table] if body else [])]

    def spend(self) -> list[Block]:
        out = []
        for label, plan in self.found.plans.items():
            money = plan.decision.money
            out.append(
                _text(
                    self.text["cost"].format(
                        plan=self.name(label),
                        payer=self.text["parties"].get(money.payer, money.payer),
                        cost=figure(money.cost.mean, "yuan", self.lang),
                        interval=" – ".join(figures([money.cost.low, money.cost.high], "yuan", self.lang)),
                        roi=_number(money.roi),
                        roi_interval=f"{_number(money.roi_low)} – {_number(money.roi_high)}",
                    ),
                    "cost" if plan is self.leader else "",
                )
            )
        money = self.leader.decision.money
        for day, ratio in money.horizons.items():
            out.append(_text(self.text["horizon"].format(day=day, value=_number(ratio.value))))
        return out + self._by_week() + self._by_tier()

    def _by_week(self) -> list[Block]:
        label = self.leader.label
        books = self.arms.books[label]
        spent = books[books["action"].astype(str) != ""]
        if not len(spent):
            return []
        scale = self.arms.weight / FEN / len(self.arms.seeds)
        frame = pd.DataFrame({
            "action": spent["action"].astype(str), "to": spent["credit"].astype(str),
            "week": spent["day"] // 7, "yuan": spent["fen"] * scale,
        })  # fmt: skip
        pivot = frame.pivot_table("yuan", ["action", "to"], "week", "sum", fill_value=0.0)
        names = {a.key: getattr(a, self.lang) for a in ACCOUNTS}
        weeks = [self.text["week"].format(number=int(w) + 1) for w in pivot.columns]
        body = [
            [str(index[0]), names[index[1]], *figures([*row, row.sum()], "yuan", self.lang)]
            for index, row in zip(pivot.index, pivot.to_numpy(), strict=True)
        ]
        totals = frame.groupby("action")["yuan"].sum()
        drawn = [(str(action), float(yuan)) for action, yuan in totals.items()]
        title = self.text["by_week"].format(plan=self.name(label))
        head = [*self.text["spend_head"][:2], *weeks, self.text["spend_head"][2]]
        return [_table(title, head, body), _chart(title, "bars", drawn, "yuan", lang=self.lang)]

    def _by_tier(self) -> list[Block]:
        placed = self.study.placed(self.leader.label)
        if not len(placed):
            return []
        tiers = dict(s.TIERS)
        sums = placed.groupby(["action", "tier"], observed=True)[["contracts", "fen"]].sum()
        seeds = len(self.arms.seeds)
        body = [
            [str(index[0]), tiers[index[1]] if self.lang == "zh" else str(index[1]), f"{count / seeds:.1f}",
             figure(fen / seeds * self.arms.weight / FEN, "yuan", self.lang)]
            for index, (count, fen) in zip(sums.index, sums.to_numpy(), strict=True)
        ]  # fmt: skip
        title = self.text["by_tier"].format(plan=self.name(self.leader.label))
        return [_table(title, self.text["tiers"], body)]

    def over_time(self) -> list[Block]:
        out = []
        for key in (ENGAGEMENT, self.leader.sales):
            lines = [(self.name(label), *self.found.trajectory(label, key)) for label in self.shown]
            title = self.text["difference"].format(name=self.kpi(key))
            out.append(_chart(title, "trajectories", lines, kpi_of(key).unit, lang=self.lang))
        effects = {p: self.arms.effects(FUNNEL, self.found.baseline, p) for p in self.found.plans}
        head = [COMPARE[self.lang]["head"][0], *(self.kpi(key) for key in FUNNEL)]
        body = [
            [self.name(p), *(change(effect.relative) for effect in found.values())]
            for p, found in effects.items()
        ]
        out.append(_table(self.text["funnel"], head, body))
        out += self._segments()
        if len(self.found.plans) > 1:
            points = []
            for label, plan in self.found.plans.items():
                found = plan.decision.effects
                points.append(
                    (
                        self.name(label),
                        found[ENGAGEMENT].difference,
                        found[plan.sales].difference,
                        plan.pareto,
                    )
                )
            axes = (self.kpi(ENGAGEMENT), self.kpi(self.leader.sales))
            title = self.text["pareto"]
            out.append(_chart(title, "scatter", points, axes, ("count", "yuan"), lang=self.lang))
        return out + self._shapley()

    def _segment(self, name: str) -> str:
        if name in self.text:
            return str(self.text[name])
        return str(self.study.manifest["segments"]["files"].get(name, {}).get(self.lang) or name)

    def _segments(self) -> list[Block]:
        body = []
        for label, by_segment in self.found.segments.items():
            for name, effects in by_segment.items():
                row = [self.name(label), self._segment(name)]
                for measure, unit in (("reads", "count"), ("orders", "count"), ("spend", "yuan")):
                    effect = effects[measure]
                    row.append(figure(effect.difference, unit, self.lang, signed=True))
                    row.append(interval(effect.low, effect.high, unit, self.lang))
                body.append(row)
        mine = self.found.segments[self.leader.label]
        most = max(mine, key=lambda name: abs(mine[name]["orders"].difference))
        effect = mine[most]["orders"]
        whom = self.text["whom"].format(
            plan=self.name(self.leader.label),
            segment=self._segment(most),
            value=figure(effect.difference, "count", self.lang, signed=True),
            interval=interval(effect.low, effect.high, "count", self.lang),
        )
        return [_text(whom, "whom"), _table(self.text["segments"], self.text["segment_head"], body)]

    def _shapley(self) -> list[Block]:
        """Shares of the leader's actions, where its coalitions have been played."""
        from experiments.more_seeds import attribution, known_coalitions

        names = known_coalitions(self.study, self.leader.label)
        if not names:
            return []
        found = attribution(Study(self.study.store, "shapley"), names, "gmv_net")
        rows_, body = [], []
        for name, values in found.items():
            low, high, _ = mean_interval(values, self.found.confidence)
            rows_.append((name, float(values.mean()), low, high))
            body.append([
                name, figure(float(values.mean()), "yuan", self.lang, signed=True),
                interval(low, high, "yuan", self.lang),
            ])  # fmt: skip
        title = self.text["shapley"]
        return [
            _table(title, self.text["shapley_head"], body),
            _chart(title, "intervals", rows_, "yuan", lang=self.lang),
        ]

    def sure(self) -> list[Block]:
        leader, money = self.leader, self.leader.decision.money
        low, high = figures([money.net.low, money.net.high], "yuan", self.lang, signed=True)
        surety = self.text["surety"].format(
            pairs=len(self.arms.seeds),
            best=percent(leader.best),
            loss=percent(leader.loss.value),
            low=low,
            high=high,
            saved=figure(leader.decision.effects[leader.sales].saved, "", self.lang),
        )
        share, listed = assumed(self.study, leader)
        out = [
            _text(surety, "how_sure"),
            _text(self.text["assumed"].format(share=percent(share), list=listed or "–"), "assumptions"),
        ]
        flip = self._flips()
        out += [
            _text(flip, "change"),
            _text(
                self.text["sample"].format(weight=figure(self.arms.weight, "", self.lang)) + self._unseen(),
                "scale",
            ),
            _text(self.text["not"], "not_modelled"),
        ]
        warned = [(self.name(label), w) for label, p in self.found.plans.items() for w in p.warnings]
        if warned:
            out.append({"kind": "list", "pairs": warned, "answer": ""})
        return out

    def _unseen(self) -> str:
        world = self.study.config(self.leader.label).community.world
        facts = unseen(world.members, self.arms.days, self.lang)
        return str(self.text["unseen"].format(list=self.text["and"].join(facts))) if facts else ""

    def _flips(self) -> str:
        """The sentence about the figure that must change least for the leading plan's net contribution to change sign."""
        money = self.leader.decision.money
        names = {word.key: getattr(word, self.lang) for word in KINDS}
        parts = {names[kind]: amount for kind, amount in money.flows.items() if amount}
        parts |= {
            self.text["cost_of"].format(name=name): -cost for name, cost in money.by_action.items() if cost
        }
        # Multiplied by 1 - net / amount, the amount would take the net contribution to 0.
        factors = {name: 1.0 - money.net.mean / amount for name, amount in parts.items()}
        factors = {name: factor for name, factor in factors.items() if factor >= 0.0}
        if not factors or not money.net.mean:
            return str(self.text["no_switch"])
        name = min(factors, key=lambda n: abs(factors[n] - 1.0))
        now, then = figures([parts[name], parts[name] * factors[name]], "yuan", self.lang, signed=True)
        flip: str = self.text["flip"].format(
            name=name, change=change(factors[name] - 1.0), now=now, then=then,
            sign=self.text["above" if money.net.mean < 0 else "below"],
        )  # fmt: skip
        if name == names["goods"] and money.payer == "brand":
            flip += self._margin(factors[name])
        if math.isfinite(money.roi) and money.roi > 0.0:
            flip += self.text["switch"].format(
                factor=f"{100 / money.roi:.0f}%", inverse=f"{100 * money.roi:.0f}%"
            )
        return flip

    def _margin(self, factor: float) -> str:
        products = self.study.config(self.leader.label).resolved["product"]
        margins = [float(p["margin"]) for p in products.values()] if isinstance(products, dict) else []
        if not margins:
            return ""
        margin = sum(margins) / len(margins)
        switched = 1.0 - (1.0 - margin) * factor
        return str(self.text["margin"].format(now=f"{margin:.0%}", then=f"{switched:.0%}"))

    def naive(self) -> list[Block]:
        body = []
        for label, plan in self.found.plans.items():
            key = plan.sales
            effect = plan.decision.effects[key]
            daily = self.arms.daily[label][key]
            span_ = min(7, daily.shape[1] // 2) or 1
            first, last = daily[:, :span_].sum(axis=1).mean(), daily[:, -span_:].sum(axis=1).mean()
            before, after = (self.arms.totals[arm][key].to_numpy() for arm in (self.found.baseline, label))
            wide = 1.96 * math.sqrt((before.var(ddof=1) + after.var(ddof=1)) / len(before))
            base = effect.baseline or float("nan")
            body.append([
                self.name(label),
                f"{change(effect.relative)} ({change(effect.low / base)} – {change(effect.high / base)})",
                change((last - first) / first) if first else "–",
                f"{change(effect.relative)} "
                f"({change((effect.difference - wide) / base)} – {change((effect.difference + wide) / base)})",
                self._correlated(label, key, base),
            ])  # fmt: skip
        return [
            _table(self.text["naive_title"], self.text["naive_head"], body, "naive"),
            _text(self.text["naive_note"], dim=True),
        ]

    def _correlated(self, label: str, key: str, base: float) -> str:
        """What the correlation of daily sales with daily spend would have said, as a share of the baseline."""
        from experiments.abtest.estimators import correlation

        daily = self.arms.daily[label][key].mean(axis=0)
        books = self.arms.books[label]
        acted = books[books["action"].astype(str) != ""]
        spent = np.bincount(acted["day"], weights=acted["fen"], minlength=len(daily)).astype(np.float64)
        guess = correlation(daily, spent[: len(daily)])
        scale = len(daily) / base
        if not math.isfinite(guess.low):
            return "–"
        return f"{change(guess.value * scale)} ({change(guess.low * scale)} – {change(guess.high * scale)})"

    def provenance(self) -> list[Block]:
        manifest, text = self.study.manifest, self.text
        git = manifest.get("git") or {}
        versions = ", ".join(f"{k} {v}" for k, v in sorted(manifest["versions"].items()))
        items = [
            (text["study"], f"{manifest['name']} {manifest['id']}"),
            (text["seeds"], numbers.written(self.arms.seeds)),
            (text["code"], ", ".join([manifest["code"], *manifest.get("codes", [])])),
            (text["commit"], f"{git.get('commit', '–')}{' +' if git.get('dirty') else ''}"),
            (text["versions"], versions),
            (text["machine"], ", ".join(str(v) for v in manifest["machine"].values())),
            (text["segment_frozen"], str(manifest["freeze"])),
        ]
        items += [(text["made"].format(label=c.label), " ".join(c.words)) for c in self.study.cells]
        return [{"kind": "list", "pairs": items, "answer": "provenance"}]


def assumed(study: Study, standing: Standing) -> tuple[float, str]:
    """Share of a plan's money that goes through numbers marked weak or assumption, and the levers with their
    shares: each action's share of such marks among its lever's numbers, weighted by what the action costs."""
    plan = study.config(standing.label).resolved["plan"]
    spent = study.actions(standing.label).groupby("action", observed=True)["spent"].mean()
    weights, shares = [], []
    for name, action in plan["actions"].items():
        data = dict(plan["levers"][action["lever"]])
        spec = lever_spec(action["lever"], str(data.pop("group")), data)
        marks = [record.evidence in ("weak", "assumption") for record in marked(spec.file)]
        if marks:
            share = sum(marks) / len(marks)
            weights.append(max(float(spent.get(name, 0.0)), 1e-9))
            shares.append((name, share))
    if not weights:
        return float("nan"), ""
    total = sum(w * share for w, (_, share) in zip(weights, shares, strict=True)) / sum(weights)
    return total, ", ".join(f"{name} {percent(share)}" for name, share in shares)


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−") if math.isfinite(value) else "–"


def export(found: Comparison, folder: Path) -> list[Path]:
    """Every table as CSV and XLSX beside the report."""
    from experiments.studies.export import write_csv, write_xlsx

    tables = {"effects": found.frame()}
    segments = [
        {"plan": label, "segment": name, "measure": m, "difference": e.difference, "low": e.low, "high": e.high,
         "p_holm": e.p_holm}
        for label, by in found.segments.items() for name, effects in by.items() for m, e in effects.items()
    ]  # fmt: skip
    tables["segments"] = pd.DataFrame(segments)
    csv = folder / "effects.csv"
    write_csv(csv, tables["effects"])
    xlsx = folder / "tables.xlsx"
    write_xlsx(xlsx, tables)
    return [csv, xlsx]
