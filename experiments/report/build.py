"""`seedbed report`: from a comparison to one HTML file, in the order in which a decision asks.

The same study gives the same bytes: nothing of the day, the machine that renders or the order of folders enters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.chinese import spoken
from experiments.compare import TEXT as COMPARE
from experiments.compare import goals, name_of, rows
from experiments.compare import title as title_of
from experiments.compare import verdict as verdict_of
from experiments.comparison import mean_interval
from experiments.figures import Lang, change, figure, figures, interval
from experiments.fresh import selected
from experiments.options import Options, setting
from experiments.report.blocks import Block, chart, number, paragraph, table
from experiments.report.doubt import Doubt
from experiments.report.pictures import Pictures, able
from experiments.report.words import TEXT
from experiments.standings import ENGAGEMENT, Comparison, Standing, comparison
from experiments.studies import seeds as numbers
from experiments.studies.study import FEN, Study
from experiments.validation.pages import report_blocks
from sim.accounts import ACCOUNTS
from sim.errors import DataError
from sim.kpis.registry import kpi_of
from sim.state import schema as s

FUNNEL = ("impressions", "reads", "clicks", "baskets", "orders", "gmv_net")
TEMPLATE = Path(__file__).parent / "templates"
MOST_CHARTED = 6
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
"""What the name of a sheet may not hold."""
LONGEST_NAME = 31


def report(words: Sequence[str], lang: Lang) -> int:
    """Write the report of a study."""
    from experiments.studies.verbs import named
    from experiments.tables import show

    options = Options.of("report", words)
    if "--png" in options.flags and not able(lang):
        raise DataError(
            "no font of this machine has Chinese characters, so there can be no pictures: install one (the package "
            "fonts-noto-cjk of Debian and Ubuntu, google-noto-sans-cjk-fonts of Fedora), take lang=en, or leave out --png; "
            "the page itself needs no font here"
        )
    store = named(options, "report", lang)
    study = Study(store)
    found = comparison(study, options.given.get("--baseline", ""), common="--common" in options.flags)
    target = Path(setting(options, "to", str(store.path / f"report.{lang}.html")))
    parts, anew = sections(found, lang), selected(found, lang)
    target.write_text(page(found, parts, anew, lang), "utf-8")
    written = [target, *export(found, parts, target)]
    if "--png" in options.flags:
        pictures = Pictures(target.with_suffix(""), lang)
        for part in parts:
            for block in part["blocks"]:
                pictures.draw(block)
        written += pictures.written
    show(verdict_of(found, lang), *filter(None, [anew]), *(str(path) for path in written))
    return 0


def html(found: Comparison, lang: Lang) -> str:
    """The page of a comparison."""
    return page(found, sections(found, lang), selected(found, lang), lang)


def sections(found: Comparison, lang: Lang) -> list[dict[str, Any]]:
    """The page's sections: a title and blocks each."""
    text, made, doubt = TEXT[lang], _Page(found, lang), Doubt(found, lang)
    return [
        {"title": text["plans"], "blocks": made.plans()},
        {"title": text["damages"], "blocks": made.damages()},
        {"title": text["spend"], "blocks": made.spend()},
        {"title": text["over_time"], "blocks": made.over_time()},
        {"title": text["sure"], "blocks": doubt.sure()},
        {"title": text["naive"], "blocks": doubt.naive()},
        {"title": text["validation"], "blocks": report_blocks(lang)},
        {"title": text["provenance"], "blocks": made.provenance()},
    ]


def page(found: Comparison, parts: Sequence[dict[str, Any]], anew: str, lang: Lang) -> str:
    """Sections as HTML, with the verdict, what fresh seeds say of it and the questions that they answer in front."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True)
    answered = {"which", *(block.get("answer") for part in parts for block in part["blocks"])}
    return environment.get_template("report.html").render(
        lang=lang,
        title=title_of(found, lang),
        verdict=verdict_of(found, lang),
        selected=anew,
        asked=TEXT[lang]["asked"],
        questions=[(key, asked) for key, asked in TEXT[lang]["questions"].items() if key in answered],
        sections=parts,
    )


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
        remarks = [
            (self.name(label), w)
            for label, p in self.found.plans.items()
            for w in spoken(p.warnings, self.lang)
        ]
        return [
            paragraph(amount, "how_much"),
            table(title, head, rows(self.found, self.lang), "table"),
            *([{"kind": "list", "pairs": remarks, "answer": ""}] if remarks else []),
            *(paragraph(line) for line in goals(self.found, self.lang)),
            chart(self.text["net"], "intervals", nets, "yuan", lang=self.lang),
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
        blocks = [paragraph(none, "suffers")]
        if body:
            blocks.append(table(self.text["damages"], self.text["damage_head"], body))
        return blocks

    def spend(self) -> list[Block]:
        out = []
        for label, plan in self.found.plans.items():
            money = plan.decision.money
            out.append(
                paragraph(
                    self.text["cost"].format(
                        plan=self.name(label),
                        payer=self.text["parties"].get(money.payer, money.payer),
                        cost=figure(money.cost.mean, "yuan", self.lang),
                        interval=" – ".join(figures([money.cost.low, money.cost.high], "yuan", self.lang)),
                        roi=number(money.roi),
                        roi_interval=f"{number(money.roi_low)} – {number(money.roi_high)}",
                    ),
                    "cost" if plan is self.leader else "",
                )
            )
        money = self.leader.decision.money
        for day, ratio in money.horizons.items():
            out.append(paragraph(self.text["horizon"].format(day=day, value=number(ratio.value))))
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
        return [table(title, head, body), chart(title, "bars", drawn, "yuan", lang=self.lang)]

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
        return [table(title, self.text["tiers"], body)]

    def over_time(self) -> list[Block]:
        out = []
        for key in (ENGAGEMENT, self.leader.sales):
            lines = [(self.name(label), *self.found.trajectory(label, key)) for label in self.shown]
            title = self.text["difference"].format(name=self.kpi(key))
            out.append(chart(title, "trajectories", lines, kpi_of(key).unit, lang=self.lang))
        effects = {p: self.arms.effects(FUNNEL, self.found.baseline, p) for p in self.found.plans}
        head = [COMPARE[self.lang]["head"][0], *(self.kpi(key) for key in FUNNEL)]
        body = [
            [self.name(p), *(change(effect.relative) for effect in found.values())]
            for p, found in effects.items()
        ]
        out.append(table(self.text["funnel"], head, body))
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
            out.append(chart(title, "scatter", points, axes, ("count", "yuan"), lang=self.lang))
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
        orders = {name: found["orders"] for name, found in mine.items()}
        moved = {name: effect for name, effect in orders.items() if effect.verdict in ("better", "worse")}
        plan = self.name(self.leader.label)
        whom = self.text["nobody"].format(plan=plan, count=len(orders))
        if moved:
            most, effect = max(moved.items(), key=lambda found: abs(found[1].difference))
            whom = self.text["whom"].format(
                plan=plan,
                segment=self._segment(most),
                value=figure(effect.difference, "count", self.lang, signed=True),
                interval=interval(effect.low, effect.high, "count", self.lang),
            )
        return [paragraph(whom, "whom"), table(self.text["segments"], self.text["segment_head"], body)]

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
            table(title, self.text["shapley_head"], body),
            chart(title, "intervals", rows_, "yuan", lang=self.lang),
        ]

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


def export(found: Comparison, parts: Sequence[dict[str, Any]], target: Path) -> list[Path]:
    """Beside the page: its tables as they stand in it, and effects and segments as numbers."""
    from experiments.studies.export import write_csv, write_xlsx

    tables = {"effects": found.frame()}
    segments = [
        {"plan": label, "segment": name, "measure": m, "difference": e.difference, "low": e.low, "high": e.high,
         "p_holm": e.p_holm}
        for label, by in found.segments.items() for name, effects in by.items() for m, e in effects.items()
    ]  # fmt: skip
    tables["segments"] = pd.DataFrame(segments)
    for part in parts:
        for block in part["blocks"]:
            if block["kind"] == "table":
                sheet = f"{len(tables) - 1} {FORBIDDEN.sub(' ', block['title'])}"[:LONGEST_NAME].strip()
                tables[sheet] = pd.DataFrame(block["rows"], columns=list(block["head"]))
    csv = found.study.store.path / "effects.csv"
    write_csv(csv, tables["effects"])
    xlsx = target.with_suffix(".xlsx")
    write_xlsx(xlsx, tables)
    return [csv, xlsx]
