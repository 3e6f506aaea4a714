"""How sure a report is, what would change its answer, and what simpler methods and experiments would have said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from experiments.compare import name_of, percent
from experiments.drift import drift_lines
from experiments.figures import Lang, change, figure, figures
from experiments.owed import owed
from experiments.report.blocks import Block, paragraph, table
from experiments.report.resolution import unseen
from experiments.report.words import TEXT
from experiments.standings import Comparison, Standing
from experiments.studies.study import Study
from scenarios.lever_files import lever_spec, marked
from sim.accounts import KINDS


class Doubt:
    """The blocks of the sections that doubt a comparison.

    Parameters
    ----------
    found
        The comparison.
    lang
        Language of the page.
    """

    def __init__(self, found: Comparison, lang: Lang) -> None:
        self.found, self.lang, self.text = found, lang, TEXT[lang]
        self.study, self.arms = found.study, found.arms
        assert found.leader is not None
        self.leader: Standing = found.leader

    def name(self, label: str) -> str:
        """A cell's name."""
        return name_of(self.study, label, self.lang)

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
            paragraph(surety, "how_sure"),
            *([paragraph(owed(self.found, leader.label, self.lang), "")] if self.arms.draws else []),
            paragraph(self.text["assumed"].format(share=percent(share), list=listed or "–"), "assumptions"),
        ]
        flip = self._flips()
        out += [
            paragraph(flip, "change"),
            paragraph(
                self.text["sample"].format(weight=figure(self.arms.weight, "", self.lang)) + self._unseen(),
                "scale",
            ),
            *(paragraph(line) for line in drift_lines(self.lang)),
            paragraph(self.text["not"], "not_modelled"),
        ]
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
            table(self.text["naive_title"], self.text["naive_head"], body, "naive"),
            paragraph(self.text["naive_note"], dim=True),
            *self._experiments(),
        ]

    def _experiments(self) -> list[Block]:
        """What experiments would have said, where `seedbed abtest --study` has played them."""
        from experiments.abtest import words
        from experiments.abtest.kept import kept

        out: list[Block] = []
        for found in kept(self.study.store.path):
            named = replace(found, cell=self.name(found.cell))
            title = f"{self.text['experiment']}{words.title(named, self.lang)}"
            out += [table(title, words.TEXT[self.lang]["head"], words.rows(found, self.lang))]
            out += [paragraph(sentence) for sentence in words.truths(found, self.lang)]
        return [*out, paragraph(words.TEXT[self.lang]["note"], dim=True)] if out else []

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
