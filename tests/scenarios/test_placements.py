"""Placements: prices of creators, the split of the budget, who is asked, what is booked, what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from scenarios.behaviours.kol_koc_mix import ID_MASK, LEDGER, KolKocMix, contract_id
from scenarios.placements import premium, quotes, usual_price
from scenarios.plan_files import resolve
from scenarios.plans import Plan, build_plan
from sim.errors import ConfigError
from sim.levers import ContractOffer, Desk
from sim.scale import real_followers
from tests.scenarios.desk import LIBRARY, WEIGHT, World

START = date(2025, 10, 13)


def kols(**keys: Any) -> Plan:
    action = {"lever": "kol_koc_mix", "budget": 2_000_000, **keys}
    return build_plan(resolve({"plan": {"as": "brand", "actions": {"kols": action}}}, LIBRARY), START, 45)


def answer(world: World, accept: Any = lambda offer: True) -> list[ContractOffer]:
    """Creators answer today's offers, as the posting phase would, and the day ends."""
    offers = world.offers(ContractOffer)
    taken = [offer for offer in offers if accept(offer)]
    rows = world.state.contracts.take(len(taken))
    for row, offer in zip(rows, taken, strict=True):
        record = world.state.contracts.array[row]
        record["id"], record["action"], record["price"], record["status"] = (
            offer.id,
            offer.action,
            offer.price,
            1,
        )
    world.end_day()
    return offers


def band(world: World, offer: ContractOffer) -> str:
    """The size of the creator that an offer goes to, by the shipped bands."""
    real = float(real_followers(world.state.creators["followers"][offer.creator], world.audience, WEIGHT))
    return "top" if round(real) >= 500_000 else "mid" if round(real) >= 50_000 else "koc"


def test_prices_follow_p1_and_p2() -> None:
    assert usual_price(3_000) == pytest.approx(425, rel=0.01)
    assert usual_price(3e6) == pytest.approx(150_000, rel=0.01)
    many = quotes(1, np.arange(4_000), np.full(4_000, 250), 10_000, WEIGHT)
    logs = np.log(many.price)
    assert many.followers[0] == 500_000 and many.stands_for[0] == 1.0
    assert np.exp(logs.mean()) == pytest.approx(usual_price(500_000), rel=0.05)
    assert logs.std() == pytest.approx(0.6, rel=0.05)
    assert premium("video", "beauty", True) == pytest.approx(1.4 * 1.3 * 1.2)
    assert premium("image_text", "food", False) == 1.0


def test_a_price_belongs_to_the_creator_not_to_the_list() -> None:
    one = quotes(1, [7, 8, 9], [50, 60, 70], 10_000, WEIGHT, action=3)
    other = quotes(1, [9, 7], [70, 50], 10_000, WEIGHT, action=3)
    assert other.price.tolist() == [one.price[2], one.price[0]]
    assert np.array_equal(one.price, np.round(one.price, 2))
    assert quotes(1, [7], [50], 10_000, WEIGHT, action=4).price[0] != one.price[0]
    small = quotes(1, [7], [3], 10_000, WEIGHT)
    assert small.followers[0] == 3 and small.stands_for[0] == WEIGHT  # personal ties stay as they are


def test_a_sample_contract_stands_for_as_many_real_ones_as_its_creator() -> None:
    counts = np.array([10, 50, 150, 400])
    quote = quotes(1, counts, counts, 10_000, WEIGHT)
    assert quote.followers * quote.stands_for == pytest.approx(counts * WEIGHT, rel=0.01)


def test_the_budget_is_split_by_size_and_never_exceeded() -> None:
    for keys in ({}, {"share_top": 1.0, "share_mid": 0.0, "share_koc": 0.0}, {"format": "video", "notes": 2}):
        world, it = World(20_000), kols(**keys)
        it.dawn(world.desk())
        offers = answer(world)
        it.dawn(world.desk())
        made = it.actions[0].memory["contracts"]
        money = made[:, 3:7].sum(axis=1)
        assert len(offers) > 3 and money.sum() <= 2_000_000 * 100 / WEIGHT
        assert made[:, LEDGER.index("state")].tolist()[: len(offers)] == [1] * len(offers)
        if not keys:
            shares = np.bincount(made[:, LEDGER.index("band")], money, 3) / money.sum()
            assert shares == pytest.approx([0.1, 0.3, 0.6], abs=0.1)
        if "share_top" in keys:
            assert {band(world, offer) for offer in offers if offer.price > money.max() / 3} == {"top"}


def test_those_who_refuse_are_not_asked_again_and_others_are() -> None:
    world, it = World(20_000), kols()
    it.dawn(world.desk())
    first = answer(world, accept=lambda offer: offer.id % 2 == 0)
    it.dawn(world.desk())
    second = answer(world)
    assert second and not {o.creator for o in first} & {o.creator for o in second}
    it.dawn(world.desk())
    committed = it.report(world.desk())[0]
    assert committed["committed"] <= 2_000_000 and committed["unspent"] >= 0
    assert committed["committed"] > 1_700_000


def test_fees_and_production_are_booked_for_those_who_accepted_only() -> None:
    world, it = World(20_000), kols()
    it.dawn(world.desk())
    offers = answer(world, accept=lambda offer: offer.id % 2 == 0)
    it.dawn(world.desk())
    answer(world)
    taken = [offer for offer in offers if offer.id % 2 == 0]
    agency = world.ledger.amount(0, 99, debit="brand", credit="agencies", what="agency_fee")
    assert agency == pytest.approx(0.25 * sum(o.price for o in taken), abs=len(taken))
    assert world.ledger.amount(0, 99, credit="platform", what="platform_fee") > 0
    produced = [o for o in taken if band(world, o) != "koc"]
    making = world.ledger.amount(0, 99, credit="producers", what="production")
    assert bool(making) == bool(produced)
    assert {o.production > 0 for o in produced} <= {True}
    assert {o.production for o in taken if band(world, o) == "koc"} <= {0.0}


def test_who_is_asked_can_be_seen_and_follows_the_rule() -> None:
    world = World(20_000)
    followers = world.state.creators["followers"]
    world.state.creators["left"][-20:] = 1
    chosen = {}
    for rule in ("followers", "engagement", "value"):
        it = kols(choose=rule, share_top=0.0, share_mid=0.0, share_koc=1.0, budget=300_000)
        it.dawn(world.desk())
        chosen[rule] = [o.creator for o in world.offers(ContractOffer)]
    assert np.mean(followers[chosen["followers"]]) > np.mean(followers[chosen["engagement"]])
    assert len({tuple(c) for c in chosen.values()}) == 3
    for rows in chosen.values():
        assert (world.state.creators["left"][rows] == 0).all()
        assert (world.state.creators["verticals"][rows] == 0).any(axis=1).all()


def test_a_contract_is_known_by_action_and_creator() -> None:
    assert contract_id("kols", 5) == contract_id("kols", 5) != contract_id("wave2", 5)
    assert 0 <= contract_id("kols", 5) <= ID_MASK
    one, other = World(20_000), World(20_000)
    kols().dawn(one.desk())
    boosted = {
        "kols": {"lever": "kol_koc_mix", "budget": 2_000_000},
        "boost": {"lever": "quality_boost", "assumed": True},
    }
    it = build_plan(resolve({"plan": {"as": "brand", "actions": boosted}}, LIBRARY), START, 45)
    it.dawn(other.desk())
    ids = [{o.id: (o.creator, o.price, o.day) for o in w.offers(ContractOffer)} for w in (one, other)]
    assert ids[0] == ids[1] and [a.row for a in it.actions] == [0, 1]


def test_notes_are_spread_and_weak_teamwork_is_late() -> None:
    days = {}
    for execution in (1.0, 0.5):
        world, it = World(20_000), kols(execution=execution, spread=10, lead_days=3)
        it.dawn(world.desk())
        days[execution] = [o.day - world.world_day for o in world.offers(ContractOffer)]
    assert min(days[1.0]) >= 3 and max(days[1.0]) <= 13 and len(set(days[1.0])) > 4
    assert min(days[0.5]) >= 6


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"budget": 40}, r"budget=40 yuan is less than one contract.*followers alone asks about"),
        (
            {"budget": 1_000},
            r"less than one contract of this sample, which stands for \d+ yuan; .*world\.members=\d+",
        ),
        ({"share_top": 0.5}, "must sum to 1"),
        ({"product": 4}, r"the brand has 1 product"),
    ],
)
def test_what_the_sample_cannot_answer_is_refused(keys: dict[str, Any], message: str) -> None:
    world, it = World(20_000), kols(**keys)
    with pytest.raises(ConfigError, match=message):
        it.dawn(world.desk())


def test_a_sample_without_any_creator_to_ask_is_refused() -> None:
    world, it = World(20_000), kols(budget=20_000)
    world.state.creators["followers"] = 4
    with pytest.raises(ConfigError, match=r"less than one contract of this sample"):
        it.dawn(world.desk())


def test_a_band_without_creators_hands_its_share_down() -> None:
    world, it = World(20_000), kols()
    world.state.creators["followers"] = np.minimum(world.state.creators["followers"], 60)
    it.dawn(world.desk())
    offers = answer(world)
    assert "no top creator" in " ".join(it.report(world.desk())[0]["notes"])
    assert {band(world, o) for o in offers} == {"koc"}
    assert sum(o.price for o in offers) > 0.5 * 2_000_000 * 100 / WEIGHT


def test_the_lever_asks_for_visible_columns_only() -> None:
    seen = set()

    class Watched(Desk):
        def visible(self, column: str) -> Any:
            seen.add(column)
            return super().visible(column)

    it = kols(segment="followers > 100")
    it.dawn(Watched(World(20_000)))  # type: ignore[arg-type]
    hidden = {"members.trust", "creators.skill", "creators.fake_share", "creators.effort"}
    assert seen and not seen & hidden
    assert isinstance(it.actions[0].lever, KolKocMix)


@pytest.mark.parametrize(
    "rule",
    ["imm", pytest.param("celf++", marks=pytest.mark.slow), pytest.param("pagerank", marks=pytest.mark.slow)],
)
def test_a_rule_of_selection_chooses_within_each_size(rule: str) -> None:
    """By what spreads over the follower graph, which may be anybody but those with most followers."""
    from sim.graph import GraphDelta, power_law_communities

    chosen = {}
    for name in (rule, "followers"):
        world = World(20_000)
        popularity = np.zeros(20_000)
        creators = world.state.creators
        popularity[creators["member"]] = creators["followers"]
        world.delta = GraphDelta(power_law_communities(20_000, 8.0, popularity=popularity, seed=3))
        it = kols(choose=name)
        it.dawn(world.desk())
        offers = answer(world)
        made = it.actions[0].memory["contracts"]
        assert made[:, 3:7].sum() <= 2_000_000 * 100 / WEIGHT
        assert {band(world, offer) for offer in offers} == {"top", "mid", "koc"}
        chosen[name] = {offer.creator for offer in offers}
        again = kols(choose=name)
        again.dawn(world.desk())
        assert again.actions[0].memory["contracts"][:, 1].tolist() == made[:, 1].tolist()
    assert chosen[rule] != chosen["followers"]
