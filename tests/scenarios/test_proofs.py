"""Every lever and every shock, played in pairs: it moves a KPI of its own in the stated direction, through its own links
alone, and its payer bears what it costs.

`proofs.yaml` says what is played and the least effect that must be visible; a proof that could not see as little fails.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from scenarios.lever_files import PERSPECTIVES, LeverSpec
from scenarios.operations import PREFIX, QUALITIES, Operations
from scenarios.registry import all_levers
from scenarios.shocks import OPERATOR, all_shocks
from sim.accounts import ACTION_COSTS, account_code
from sim.levers import CostOffer, Desk
from sim.model import Community
from sim.state.schema import TOP
from tests.scenarios import proving
from tests.scenarios.desk import LIBRARY
from tests.scenarios.proving import LEVERS, MONEY, SHOCKS, UP, Proof, Run

KEYS = sorted(lever.key for lever in all_levers(LIBRARY))
THROUGH = {
    "ActivityOffer": {"visit.odds", "post.odds"},
    "MembershipOffer": {"visit.odds"},
    "MessageOffer": {"visit.odds"},
}
"""Mechanisms that the phase of an offer moves in the name of its action."""


def cases(written: dict[str, Any]) -> list[Any]:
    """Keys with their marks."""
    return [
        pytest.param(key, marks=pytest.mark.slow) if written[key].get("slow") else key
        for key in sorted(written)
    ]


def declared(lever: LeverSpec) -> set[str]:
    """Everything through which a lever says that it acts."""
    file = lever.file
    parts = [declared(proving.lever_of(part)) for part in file.parts]
    ways = {change.mechanism for change in file.changes} | set(file.offers)
    return ways.union(*parts, *(THROUGH.get(offer, set()) for offer in file.offers))


def expect(
    proof: Proof, runs: list[Run], kpi: str, direction: str, sees: float, first: int, last: int
) -> None:
    """Fail unless the KPI moves that way, significantly, in runs that could have seen the least effect."""
    found = proving.compare(proof, runs, kpi, first, last)
    assert found.least <= sees, f"{kpi}: these runs see {found.least:.3g}, not {sees:g}"
    assert found.significant and found.relative * UP[direction] > 0.0, f"{kpi}: {found}"


def test_every_lever_and_every_shock_has_its_proof() -> None:
    assert sorted(LEVERS) == KEYS
    assert [key for key in KEYS if proving.lever_of(key).file.harms and not LEVERS[key].get("side")] == []
    assert sorted(SHOCKS) == sorted(all_shocks(LIBRARY))


@pytest.mark.parametrize("key", cases(LEVERS))
def test_a_lever_moves_its_kpi(key: str) -> None:
    proof, lever = Proof(**LEVERS[key]), proving.lever_of(key)
    runs = [proving.with_lever(key, proof, seed + 1) for seed in range(proof.seeds)]
    expect(proof, runs, proof.kpi, lever.file.kpis[proof.kpi], proof.sees, proof.first, proof.last)
    if proof.side and not proof.apart:
        side_shows(lever, proof, runs)
    assert runs[0].ways and runs[0].ways <= declared(lever)
    its_payer_pays(lever, runs[0])


def side_shows(lever: LeverSpec, proof: Proof, runs: list[Run]) -> None:
    """The side effect goes the way that the lever says."""
    direction = lever.file.harms[proof.side]
    expect(proof, runs, proof.side, direction, proof.side_sees, proof.side_first, proof.side_last)


@pytest.mark.slow
@pytest.mark.parametrize("key", [key for key in sorted(LEVERS) if Proof(**LEVERS[key]).apart])
def test_a_side_effect_shows_in_larger_runs(key: str) -> None:
    proof = Proof(**LEVERS[key]).of_side
    runs = [proving.with_lever(key, proof, seed + 1) for seed in range(proof.seeds)]
    side_shows(proving.lever_of(key), proof, runs)


def its_payer_pays(lever: LeverSpec, run: Run) -> None:
    """What the lever costs is booked, to its payer alone."""
    community = run.community
    plan: Any = community.policy
    rows = [row for row, name in enumerate(plan.action_names) if name.split(".")[0] == "own"]
    entries = community.ledger.entries
    own = entries[np.isin(entries["action"], rows) & np.isin(entries["what"], ACTION_COSTS)]
    payers = {account_code(plan.payers[row]) for row in rows}
    given = own[~np.isin(own["credit"], list(payers))]
    assert set(given["debit"].tolist()) <= payers
    if lever.file.costs:
        assert own["amount"].sum() > 0
    payer = PERSPECTIVES[LEVERS[lever.key].get("keys", {}).get("payer", lever.file.payer)]
    assert lever.file.parts or payers == {account_code(payer)}


@pytest.mark.parametrize("key", cases(SHOCKS))
def test_a_shock_shows_where_it_says(key: str) -> None:
    proof, file = Proof(**SHOCKS[key]), all_shocks(LIBRARY)[key]
    runs = [proving.with_shock(key, proof, seed + 1) for seed in range(proof.seeds)]
    expect(proof, runs, proof.kpi, file.kpis[proof.kpi], proof.sees, proof.first, proof.last)


ALL = {
    key: {"lever": key, "ramp": 0, "segment": "everyone", **LEVERS.get(key, {}).get("keys", {})}
    for key in KEYS
    if not proving.lever_of(key).file.parts
}
"""All levers at once, as their proofs play them."""
TOGETHER = Proof(kpi="dau", sees=1.0, days=2)


def said(key: str, severed: frozenset[str] = frozenset(), **keys: Any) -> list[Any]:
    """What a lever tells the world at three dawns of its life: values in force, offers, qualities of the operator.

    The world hears a plan through nothing else, so that where this is silence, all that follows is equal to the bit.
    """
    proof = Proof(**LEVERS[key])
    parts = proving.lever_of(key).file.parts
    at_once = {part: {"ramp": 0} for part in parts} or {"ramp": 0}
    plan = proving.plan_of(
        Proof("dau", 1.0, days=30), {"own": {"lever": key, **at_once, **proof.keys, **keys}}
    )
    community, heard = listening(), []
    plan.severed = community.levers.severed = severed
    usual = community.levers.base
    for day in (0, 1, 8):
        community.levers.clear()
        plan.start = proving.START + timedelta(days=day)
        for action in plan.actions:
            action.alarm = 1.0
        plan.watch = lambda *_: None  # type: ignore[method-assign]  # the alarm is raised here
        plan.dawn(Desk(community))
        community.levers.resolve(community.state.members["cohort"].copy())
        heard += [(day, row) for row in community.levers.table if not np.array_equal(row, usual)]
        heard += [(day, offer) for offer in community.levers.offers]
        usually, now = Operations(), plan.operations(plan.start)
        names = [quality.key.removeprefix(PREFIX) for quality in QUALITIES]
        heard += [(day, name) for name in names if now[name] != usually[name]]
    return heard


@cache
def listening() -> Community:
    """A warmed world to speak to; so small a one has no head creators, so that a few are made some."""
    arrays = {k: v.copy() for k, v in proving.warmed("small", 1).items()}
    community = Community.from_arrays(proving.config("small"), 1, arrays, None, proving.CHINA)
    creators = community.state.creators
    heads = creators["member"][np.argsort(creators["followers"], kind="stable")[-10:]]
    community.state.members.array["tier"][heads] = TOP
    return community


@pytest.mark.parametrize("key", KEYS)
def test_a_lever_speaks_with_strength_and_through_its_own_links_alone(key: str) -> None:
    assert said(key)
    assert not said(key, strength=0)
    ways = frozenset(declared(proving.lever_of(key)))
    assert all(isinstance(what, CostOffer) for _, what in said(key, severed=ways))


def test_levers_of_no_strength_change_nothing_bit_for_bit() -> None:
    none = proving.play(TOGETHER, 1, {})
    idle = proving.play(TOGETHER, 1, {key: {**keys, "strength": 0} for key, keys in ALL.items()})
    assert not proving.moved(none.community, idle.community)


def test_with_its_links_cut_no_lever_does_anything() -> None:
    ways = frozenset(way for key in ALL for way in declared(proving.lever_of(key)))
    none = proving.play(TOGETHER, 1, {})
    cut = proving.play(TOGETHER, 1, ALL, severed=ways)
    whole = proving.play(TOGETHER, 1, ALL)
    assert all(name.startswith(MONEY) for name in proving.moved(none.community, cut.community))
    assert "table/members" in proving.moved(none.community, whole.community)


def test_a_shock_of_no_size_changes_nothing_bit_for_bit() -> None:
    none = proving.play(TOGETHER, 1, {})
    sized = {key: {"size": 0.0} for key, file in all_shocks(LIBRARY).items() if file.kind != OPERATOR}
    asked = Proof(kpi="dau", sees=1.0, days=2, shocks=sized)
    assert not proving.moved(none.community, proving.play(asked, 1, {}).community)
