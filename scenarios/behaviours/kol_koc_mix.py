"""L74 KOL+KOC组合投放: a budget split over head, middle and small creators, who are asked, priced and
contracted.

Choice rests on what an agency can see: followers in real units, interactions on public notes, topics,
prices asked. True skill and bought followers stay hidden, which is how a budget is wasted; creators may
refuse, and then others are asked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.levers import Lever
from scenarios.placements import Quotes, asked, premium, standing, usual_price
from scenarios.registry import behaviour
from scenarios.segments import on_platform
from sim.errors import ConfigError
from sim.levers import ContractOffer
from sim.randomness import S_LEVER, derive_seed, uniforms
from sim.scale import creator_weight, sample_followers
from sim.state import schema as s

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk

BANDS = ("top", "mid", "koc")
FORMATS = [en for en, _ in s.FORMATS]
PURPOSES = [en for en, _ in s.PURPOSES]
ID_MASK = 2**31 - 1
PENDING, ACCEPTED, REFUSED = range(3)
SPREADING = ("imm", "opim", "celf++", "discount", "pagerank", "k-core", "random")
"""Rules of choice that are `sim.diffusion`'s."""
EPSILON = 0.3
"""How far IMM and OPIM-C may fall short of what greedy choice is sure of."""
LEDGER = ("id", "member", "band", "price", "agency", "platform", "production", "state")
"""Columns of `Action.memory["contracts"]`, int64; money in fen of sample money."""
MONEY = slice(LEDGER.index("price"), LEDGER.index("production") + 1)
INTERACTIONS = [s.C_LIKES, s.C_COLLECTS, s.C_COMMENTS, s.C_SHARES, s.C_FOLLOWS]
MOST_LEARNT = 5.0
"""How many times better than usual own experience may find a creator (assumption, 2 to 10)."""
Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Market:
    """Creators who can be asked: rows and member ids, band (0 top, 1 mid, 2 koc), costs in fen of sample
    money, rank.
    """

    creator: Int
    member: Int
    band: Int
    price: Int
    agency: Int
    platform: Int
    production: Int
    rank: Int
    quotes: Quotes

    @property
    def cost(self) -> Int:
        """All that one contract costs, fen."""
        return self.price + self.agency + self.platform + self.production


@behaviour("kol_koc_mix")
class KolKocMix(Lever):
    """Asks creators on its first days, until the budget is placed."""

    def check(self, desk: Desk, action: Action) -> None:
        """Refuse shares that are not a whole, and a budget below one contract of the sample (rule 9)."""
        name = f"plan.actions.{action.spec.name}"
        total = sum(action[f"share_{band}"] for band in BANDS)
        if abs(total - 1.0) > 1e-6:
            raise ConfigError(f"{name}: share_top, share_mid and share_koc must sum to 1, not {total:g}")
        budget = action.budget_fen(desk)
        if budget is None:
            raise ConfigError(f"{name}.budget is missing: placements need a sum in yuan")
        if len(desk.visible("candidates.member")) and not len(desk.candidates(action["format"])[0]):
            raise ConfigError(f"{name}.format={action['format']}: no creator of the sheet sells such notes")
        market = self.market(desk, action)
        for code, band in enumerate(BANDS):
            if action[f"share_{band}"] > 0.0 and not np.any(market.band == code):
                action.notes.append(
                    f"{name}: this sample has no {band} creator to ask; the share goes to smaller ones"
                )
        allowed = np.array(
            [sum(action[f"share_{b}"] for b in BANDS[: code + 1]) for code in range(len(BANDS))]
        )
        within = market.cost <= budget * allowed[market.band]
        if not within.any():
            raise ConfigError(self.too_small(desk, action, market))

    def too_small(self, desk: Desk, action: Action, market: Market) -> str:
        """The sentence for a budget that buys nothing: what it would need."""
        spec = action.spec
        budget = spec.budget or 0.0
        shares = [band for band in BANDS if action[f"share_{band}"] > 0.0]
        followers = float(action[f"{shares[-1]}_from"])
        fees = 1.0 + action["agency_fee"] + action["platform_fee"]
        one = usual_price(followers) * action["notes"] * fees
        represents = desk.audience * desk.weight
        members = desk.audience
        while members < represents:
            weight = represents / members
            here = float(creator_weight(sample_followers(followers, members, weight), members, weight))
            if one * here <= budget:
                break
            members *= 2
        text = f"plan.actions.{spec.name}.budget={budget:.0f} yuan is less than one contract of this sample"
        if len(market.cost):
            text += f", which stands for {market.cost.min() * desk.weight / 100.0:.0f} yuan"
        if one > budget:
            return f"{text}; a creator with {followers:.0f} followers alone asks about {one:.0f}"
        return f"{text}; it needs about world.members={members}, or a larger budget"

    # --- the market -----------------------------------------------------------------------------------------

    def market(self, desk: Desk, action: Action) -> Market:
        """Who can be asked, and at what price; the season is that of the action's start."""
        followers, stands_for = desk.once(
            "standing", lambda: standing(desk.visible("creators.followers"), desk.audience, desk.weight)
        )
        rows = self.candidates(desk, action)
        floors = [float(action[f"{band}_from"]) for band in BANDS]
        listed, fans, sold = desk.candidates(action["format"])
        if len(listed):
            # Each is one real creator, who asks what the list says; none is too small to be asked.
            followers, stands_for = followers.copy(), stands_for.copy()
            followers[listed], stands_for[listed] = fans, 1.0
            floors[-1] = 0.0
        band = np.select([followers[rows] >= floor for floor in floors], [0, 1, 2], -1)
        rows, band = rows[band >= 0], band[band >= 0]
        ids = desk.visible("members.id")[desk.visible("creators.member")[rows]].astype(np.int64)
        topic = s.TOPICS[int(desk.visible("products.topic")[self.product(desk, action)])][0]
        peak = action.calendar is not None and action.calendar.peak(action.spec.start)
        factor = premium(action["format"], topic, peak)
        prices = asked(desk.seed, ids, followers[rows], action.key, factor)
        if len(listed):
            sold_at = np.zeros(len(followers))
            sold_at[listed] = sold
            prices = sold_at[rows]
        # One contract of the sample stands for as many real ones as the creator does, at the sample's scale
        # of money.
        scale = stands_for[rows] * action["notes"] * 100.0 / desk.weight
        making = action["production_video"] if action["format"] == "video" else action["production_image"]
        produced = (band < BANDS.index("koc")) & (action["production"] > 0.0)
        price = _fen(prices * scale)
        market = Market(
            creator=rows,
            member=ids,
            band=band.astype(np.int64),
            price=price,
            agency=_fen(price * action["agency_fee"]),
            platform=_fen(price * action["platform_fee"]),
            production=_fen(scale * making * produced),
            rank=np.arange(len(rows)),
            quotes=Quotes(followers[rows], stands_for[rows], prices),
        )
        return replace(market, rank=self.rank(desk, action, market))

    def candidates(self, desk: Desk, action: Action) -> Int:
        """Rows of creators who write, are here, belong to the segment and, if asked for, write about the
        product's topic; where the world was given a list of creators, those of the list who sell the format.
        """
        given = len(desk.visible("candidates.member")) > 0
        about = action["on_topic"] and not given
        topic = int(desk.visible("products.topic")[self.product(desk, action)]) if about else -1
        rows = desk.once(("writers", topic), lambda: writers(desk, topic))
        if given:
            rows = np.intersect1d(rows, desk.candidates(action["format"])[0])
        people = action.people(desk)
        return rows if people is None else rows[people[desk.visible("creators.member")[rows]]]

    def product(self, desk: Desk, action: Action) -> int:
        """Row of the product that is shown."""
        focal = np.flatnonzero(desk.visible("brands.focal"))[0]
        own = np.flatnonzero(desk.visible("products.brand") == focal)
        number = int(action["product"])
        if number > len(own):
            raise ConfigError(
                f"plan.actions.{action.spec.name}.product={number}: the brand has {len(own)} product(s)"
            )
        return int(own[number - 1])

    def rank(self, desk: Desk, action: Action, market: Market) -> Int:
        """Place of each candidate by the rule of choice, 0 first; ties by member id."""
        rule, asked = action["choose"], market.quotes
        score = asked.followers
        if rule in ("value", "engagement"):
            per = asked.followers if rule == "engagement" else asked.price
            score = self.engagement(desk, action, market.creator) / np.maximum(per, 1e-9)
        score = score * self.experience(desk, action, market.creator)
        order = np.lexsort((market.member, -score))
        if rule in SPREADING:
            first = self.spreaders(desk, action, market)
            order = np.concatenate([first, order[~np.isin(order, first)]])
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return rank

    def spreaders(self, desk: Desk, action: Action, market: Market) -> Int:
        """Candidates in the order in which a rule of `sim.diffusion` chooses them: band by band, each with its money.

        The rule knows who follows whom, and takes arcs to pass on by weighted cascade (an assumption: no agency sees who
        passes on what).
        """
        from sim.diffusion import select_seed_members

        graph, budget = desk.follows(), action.budget_fen(desk) or 0
        rows = desk.visible("creators.member")[market.creator]
        place = {int(row): at for at, row in enumerate(rows)}
        chosen: list[int] = []
        for code, band in enumerate(BANDS):
            cost = {int(rows[i]): float(max(1, market.cost[i])) for i in np.flatnonzero(market.band == code)}
            money = float(budget * action[f"share_{band}"])
            if cost and money >= min(cost.values()):
                found = select_seed_members(
                    graph, budget=money, prices=cost, rule=action["choose"], epsilon=EPSILON, runs=1,
                    seed=derive_seed(desk.seed, action.key, code),
                )  # fmt: skip
                chosen += [place[int(row)] for row in found.rows]
        return np.array(chosen, np.int64)

    def engagement(self, desk: Desk, action: Action, rows: Int) -> npt.NDArray[np.float64]:
        """Interactions a note on the public notes of creators; few notes are drawn to the mean of all.

        ``operator.depth`` weighs collects and comments against likes and follows.
        """

        def of_all() -> npt.NDArray[np.float64]:
            status = desk.visible("notes.status")
            live = np.flatnonzero((status == s.LIVE_NOTE) | (status == s.SEARCH_ONLY))
            totals, share = self.interactions(desk, action, live)
            author = desk.visible("notes.creator")[live]
            size = len(desk.visible("creators.member"))
            sums = np.bincount(author, totals, size)
            counts = np.bincount(author, share, size)
            mean = totals.sum() / share.sum() if len(totals) else 0.0
            rate: npt.NDArray[np.float64] = (sums + mean) / (counts + 1.0)
            return rate

        return desk.once(("engagement", action.operations["depth"]), of_all)[rows]

    def experience(self, desk: Desk, action: Action, rows: Int) -> npt.NDArray[np.float64]:
        """What creators' notes for the brand have brought against the mean of all such notes, as far as the operator
        learns from it (``operator.learning``); 1 for who has written none."""
        learning = action.operations["learning"]

        def of_all() -> npt.NDArray[np.float64]:
            written = desk.visible("notes.status") != s.FREE  # a row given back names contract 0
            notes = np.flatnonzero(written & (desk.visible("notes.contract") >= 0))
            factor = np.ones(len(desk.visible("creators.member")))
            if learning > 0.0 and len(notes):
                brought, share = self.interactions(desk, action, notes)
                author = desk.visible("notes.creator")[notes]
                count = np.bincount(author, share, len(factor))
                sums = np.bincount(author, brought, len(factor))
                mean = np.divide(sums, count, out=np.zeros(len(factor)), where=count > 0)
                ratio = np.minimum(MOST_LEARNT, (mean + 1.0) / (brought.sum() / share.sum() + 1.0))
                factor = np.where(count > 0, 1.0 + learning * (ratio - 1.0), 1.0)
            return factor

        return desk.once(("experience", learning, action.operations["depth"]), of_all)[rows]

    def interactions(
        self, desk: Desk, action: Action, notes: Int
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Interactions that some notes have had, as the operator weighs them, and how much of a real note's each shows."""
        depth = action.operations["depth"]
        weights = np.array([1.0 - depth, 1.0 + depth, 1.0 + depth, 1.0, 1.0 - depth])
        weighed: npt.NDArray[np.float64] = (
            desk.visible("note_history.totals")[notes][:, INTERACTIONS] @ weights
        )
        return weighed, desk.visible("notes.share")[notes].astype(np.float64)

    def result(self, desk: Desk, action: Action) -> float:
        """Interactions of its delivered notes for each fen spent."""
        mine = np.flatnonzero(desk.visible("contracts.action") == action.row)
        notes = np.flatnonzero(np.isin(desk.visible("notes.contract"), mine))
        spent = action.spent(desk)
        if not len(notes) or spent <= 0:
            return float("nan")
        return float(self.interactions(desk, action, notes)[0].sum()) / spent

    # --- asking ---------------------------------------------------------------------------------------------

    def dawn(self, desk: Desk, action: Action, day: int) -> None:
        """Ask creators while money is left, for as many days as there are rounds."""
        if day < action["rounds"]:
            self.ask(desk, action, day)
        self.modify(desk, action, day)
        self.pay(desk, action, day)

    def ask(self, desk: Desk, action: Action, day: int) -> None:
        """One round: from the largest band down; what a band leaves goes to the next."""
        budget = action.budget_fen(desk) or 0
        made = self.made(action)
        kept = made[made[:, LEDGER.index("state")] != REFUSED]
        committed = kept[:, MONEY].sum(axis=1)
        if committed.sum() >= budget:
            return
        market = self.market(desk, action)
        fresh = ~np.isin(market.member, made[:, LEDGER.index("member")])
        taken = set(made[:, LEDGER.index("id")].tolist())
        taken |= desk.once("contracts", lambda: set(desk.visible("contracts.id").tolist()))
        allowance = 0.0
        new: list[Int] = []
        for code, band in enumerate(BANDS):
            allowance += budget * action[f"share_{band}"]
            up_to_here = int(committed[kept[:, LEDGER.index("band")] <= code].sum()) + sum(
                int(n[MONEY].sum()) for n in new
            )
            chosen = _affordable(market, fresh & (market.band == code), int(allowance) - up_to_here)
            new += self.offers(desk, action, market, chosen, taken)
        if new:
            action.memory["contracts"] = np.vstack([made, *new])

    def offers(
        self, desk: Desk, action: Action, market: Market, chosen: list[int], taken: set[int]
    ) -> list[Int]:
        """Offer a contract to each of those chosen; their rows for the memory. ``taken`` are numbers in use."""
        if not chosen:
            return []
        slow = 1.0 + 2.0 * (1.0 - action.execution)
        spread = uniforms(desk.seed, S_LEVER, action.key, 0, market.member[chosen]) * action["spread"]
        product = self.product(desk, action)
        rows = []
        for at, i in enumerate(chosen):
            member = int(market.member[i])
            number = contract_id(action.spec.name, member)
            while number in taken:
                number = (number + 1) & ID_MASK
            taken.add(number)
            desk.offer(
                ContractOffer(
                    id=number,
                    action=action.row,
                    creator=int(market.creator[i]),
                    product=product,
                    notes=int(action["notes"]),
                    day=desk.world_day + int(action["lead_days"] * slow + spread[at]),
                    gap=int(action["gap"]),
                    format=FORMATS.index(action["format"]),
                    purpose=PURPOSES.index(action["purpose"]),
                    price=int(market.price[i]),
                    disclosed=bool(action["disclosed"]),
                    production=action["production"] * action.execution * (market.production[i] > 0),
                    share=float(market.quotes.stands_for[i]) / desk.weight,
                )
            )
            money = [market.price[i], market.agency[i], market.platform[i], market.production[i]]
            rows.append(np.array([number, member, market.band[i], *money, PENDING], np.int64))
        return rows

    def made(self, action: Action) -> Int:
        """All contracts offered so far, int64 [contracts, columns of `LEDGER`]."""
        return action.memory.get("contracts", np.zeros((0, len(LEDGER)), np.int64))

    def committed(self, desk: Desk, action: Action) -> int:
        """All that accepted contracts cost, delivered or not."""
        made = self.made(action)
        kept = made[made[:, LEDGER.index("state")] == ACCEPTED]
        return max(int(kept[:, MONEY].sum()), action.spent(desk))

    def settle(self, desk: Desk, action: Action, day: int) -> None:
        """See who accepted yesterday, and book fees and production for those; creators are paid when they
        deliver.
        """
        made = self.made(action).copy()
        state = LEDGER.index("state")
        pending = np.flatnonzero(made[:, state] == PENDING)
        if not len(pending):
            return
        mine = desk.visible("contracts.id")[desk.visible("contracts.action") == action.row]
        accepted = np.isin(made[pending, LEDGER.index("id")], mine.astype(np.int64))
        made[pending, state] = np.where(accepted, ACCEPTED, REFUSED)
        action.memory["contracts"] = made
        booked = made[pending[accepted]]
        payees: tuple[tuple[str, str, str], ...] = (
            ("agency", "agencies", "agency_fee"),
            ("platform", "platform", "platform_fee"),
            ("production", "producers", "production"),
        )
        for column, account, what in payees:
            action.pay_fen(desk, int(booked[:, LEDGER.index(column)].sum()), account, what)


def writers(desk: Desk, topic: int) -> Int:
    """Rows of creators who write and are here, about a topic (-1: any)."""
    fits = (desk.visible("creators.left") == 0) & on_platform(desk)[desk.visible("creators.member")]
    if topic >= 0:
        verticals = desk.visible("creators.verticals")
        about = verticals[:, 0] == topic
        for column in range(1, verticals.shape[1]):
            about |= verticals[:, column] == topic
        fits &= about
    return np.flatnonzero(fits).astype(np.int64)


def contract_id(action: str, member: int) -> int:
    """A contract's permanent number below 2**31, from the action's name and the creator's member id."""
    digest = hashlib.blake2s(f"{action}|{member}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") & ID_MASK


def _fen(values: Any) -> Int:
    return np.floor(np.asarray(values, float) + 0.5).astype(np.int64)


def _affordable(market: Market, open_: npt.NDArray[np.bool_], money: int) -> list[int]:
    """Candidates in their order for as long as there is money for one more, dearer ones passed over."""
    rows = np.flatnonzero(open_)
    rows = rows[np.argsort(market.rank[rows], kind="stable")]
    cost = market.cost
    chosen: list[int] = []
    while len(rows):
        rows = rows[cost[rows] <= money]
        # As many from the front as the money reaches for; then the rest is looked through for what still
        # fits.
        sums = np.cumsum(cost[rows])
        count = int(np.searchsorted(sums, money, side="right"))
        if count == 0:
            break
        chosen += [int(i) for i in rows[:count]]
        money -= int(sums[count - 1])
        rows = rows[count:]
    return chosen
