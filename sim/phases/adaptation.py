"""Adaptation: once a week authors, shops and brands react to what they have seen.

Authors compare the response to their notes with what they are used to, so a change moves them for a while and
then becomes usual. Rival brands move money to where it came back; shops without sales close and others open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import types as t
from sim._numba import njit
from sim.levers import mechanisms as lv
from sim.numerics import expm1, log
from sim.phases.base import Phase
from sim.phases.orders.decisions import words
from sim.randomness import S_ADAPT, S_MERCHANT, binomial, blocks, uniform, uniforms_of
from sim.state import schema as s
from sim.threads import by_rows

if TYPE_CHECKING:
    from sim.model import Community

nb = t.numba

STOPPING = 0.004
"""Share of authors who stop writing in a usual week (assumption, 0.001 to 0.02)."""
RESUMING = 0.036
"""Share of those who have stopped that begin again in a week (assumption, 0.01 to 0.1)."""
LEFT_SHARE = STOPPING / (STOPPING + RESUMING)
"""Share of authors who have stopped, where both are in balance."""
EFFORT_RATE = 0.3
"""Share of the way to the effort aimed at that is gone in a week (assumption, 0.1 to 0.6)."""
EFFORT_REWARD = 1.5
"""Effort of whoever has written nothing yet for each unit of the log of interactions a note above the usual (assumption, 0.5
to 3; I1, I2: recognition moves newcomers most)."""
LEARNT = 5.0
"""Notes written at which half of that is left (assumption, 2 to 20)."""
EFFORT_INCOME = 0.3
"""Effort for income doubled against the mean, about (assumption, 0.1 to 0.6)."""
BEST_SKILL = 3.0
"""Skill, in sd, at which nothing is learnt any more (assumption, 2 to 4)."""
GETTING_USED = 0.15
"""Weekly step of the memory of what is usual (assumption, 0.05 to 0.3)."""
LOAD_KEPT = 0.85
"""Share of the running share of sponsored notes that is left after a week (definition: a memory of six
weeks)."""
SMALL_MONEY = 10_000.0
"""Income in fen below which changes do not count (assumption: 100 yuan)."""
PRICE_STEP = 0.05
"""Weekly change of asking prices as income moves (assumption, 0.02 to 0.1)."""
BUDGET_STEP = 0.15
"""Share of a brand's weekly ad budget that moves with its return, at most (assumption, 0.05 to 0.3)."""
CLOSING = 0.05
"""Chance a week that a shop closes which sells next to nothing (assumption, 0.02 to 0.2)."""
OPENING = 0.03
"""Chance a week that a closed shop's place is taken by a new one (assumption, 0.01 to 0.1)."""
NEXT_TO_NOTHING = 0.05
"""Sales against the mean of open shops below which a shop may close (assumption, 0.01 to 0.1)."""

STOPPED, RESUMED = range(2)


@njit(
    [
        (
            t.MEMBERS,
            t.CREATORS,
            t.LEVERS,
            t.CLOCK,
            nb.int64[::1],
            nb.int64[::1],
            nb.int64,
            nb.int64,
        )
    ]
)
def adapt_creators(members, creators, levers, clock, written, response, first, last):  # type: ignore[no-untyped-def]
    """One week of a range of authors; returns how many stopped and resumed, int64 [2].

    Parameters
    ----------
    written, response
        int64 [creators], notes of the last seven days that are still up, and the interactions they got.
    """
    counts = np.zeros(2, np.int64)
    week = clock[0].day // 7
    for c in range(first, last):
        i = np.int64(creators[c].member)
        flags = members[i].flags
        w0, w1, w2, w3 = words(clock[0].seed, S_ADAPT, members[i].id, week, 0, 0)
        creators[c].commercial_load *= LOAD_KEPT
        if creators[c].notes_month:
            creators[c].notes_month = binomial(w2, w3, creators[c].notes_month, 0.75)
        income = np.float64(creators[c].income)
        usual = np.float64(creators[c].income_mean)
        richer = (income - usual) / (income + usual + SMALL_MONEY)
        creators[c].income_mean = usual + 0.25 * (income - usual)
        creators[c].income = 0
        cohort = members[i].cohort
        asking = (1.0 + PRICE_STEP * richer) * levers[cohort, lv.M_ASKING]
        creators[c].price_level = min(4.0, max(0.25, creators[c].price_level * asking))
        if not flags & s.ON_PLATFORM:
            continue
        surprise = 0.0
        if written[c] > 0:
            reward = log(1.0 + response[c] / written[c])
            if creators[c].reward_mean < 0.0:
                creators[c].reward_mean = reward
            surprise = min(2.0, max(-2.0, reward - creators[c].reward_mean))
            creators[c].reward_mean += GETTING_USED * surprise
        moved = EFFORT_REWARD / (1.0 + creators[c].written / LEARNT)
        aim = 1.0 + moved * surprise + EFFORT_INCOME * richer + levers[cohort, lv.M_EFFORT]
        effort = creators[c].effort + EFFORT_RATE * (aim - creators[c].effort)
        creators[c].effort = min(2.0, max(0.0, effort))
        # whoever is good already learns less
        creators[c].skill += levers[cohort, lv.M_GROWTH] * max(0.0, 1.0 - creators[c].skill / BEST_SKILL)
        if creators[c].left:
            if uniform(w1) < RESUMING:
                creators[c].left = 0
                creators[c].effort = 1.0
                counts[RESUMED] += 1
            continue
        rate = STOPPING * (1.0 + max(0.0, -surprise) + max(0.0, 1.0 - effort) + max(0.0, -richer))
        # rivals win over the largest first (X1)
        pull = clock[0].outside * levers[cohort, lv.M_POACH]
        rate *= 1.0 + pull * (4.0 if members[i].tier == s.TOP else 1.0)
        chance = -expm1(-rate)
        if uniform(w0) * (chance + (1.0 - chance) * levers[cohort, lv.M_CREATOR_STAY]) < chance:
            creators[c].left = 1
            counts[STOPPED] += 1
    return counts


def _responses(community: Community) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Notes of the last seven days that nobody commissioned and the interactions they got, by creator, int64 [creators]
    each."""
    state = community.state
    notes, size = state.notes, len(state.creators)
    status = notes["status"]
    recent = (notes["day"] > community.world_day - 7) & ((status == s.LIVE_NOTE) | (status == s.SEARCH_ONLY))
    rows = np.flatnonzero(recent & (notes["contract"] < 0))
    creator = notes["creator"][rows]
    totals = state.note_history["totals"][rows].astype(np.int64)
    got = totals[:, [s.C_LIKES, s.C_COLLECTS, s.C_COMMENTS, s.C_SHARES, s.C_FOLLOWS]].sum(axis=1)
    response = np.zeros(size, np.int64)
    np.add.at(response, creator, got)
    return np.bincount(creator, minlength=size).astype(np.int64), response


def share_revenue(community: Community) -> None:
    """Pay authors their share (``creator.share``) of the week's advertising revenue, by the reads of their recent notes."""
    share = float(community.levers.table[0, lv.M_REVENUE_SHARE])
    if share <= 0.0:
        return
    state, day = community.state, community.world_day
    revenue = community.ledger.amount(day - 6, day, credit="platform", what=("feed_ads", "search_ads"))
    recent = (state.notes["day"] > day - 7) & (state.notes["status"] == s.LIVE_NOTE)
    rows = np.flatnonzero(recent)
    reads = np.zeros(len(state.creators))
    np.add.at(reads, state.notes["creator"][rows], state.note_history["totals"][rows, s.C_READS])
    if not reads.sum():
        return
    paid = np.floor(share * revenue * reads / reads.sum()).astype(np.int64)
    actions = [c.action for c in community.levers.changes if c.mechanism == lv.M_REVENUE_SHARE]
    action = actions[0] if actions else -1
    payer = community.policy.payers[action] if actions and community.policy is not None else "platform"
    community.ledger.book(day, payer, "creators", "reward", int(paid.sum()), action)
    state.creators["income"] += paid.astype(np.int32)


def shift_budgets(community: Community) -> None:
    """Move rival brands' ad money to those whose ads brought back more than others'.

    What all of them spend together stays: the market's size is given, its division is not. The focal brand's
    own plan decides about its money.
    """
    brands = community.state.brands
    rows = np.flatnonzero((brands["focal"] == 0) & (brands["budget_week"] > 0))
    spent = brands["spent_week"][rows].astype(float)
    earned = brands["earned_week"][rows].astype(float)
    if len(rows) and spent.sum() > 0:
        known = spent > 0
        roi = np.where(known, earned / np.maximum(spent, 1.0), 0.0)
        usual = float(earned[known].sum() / spent.sum())
        better = np.where(known, (roi - usual) / (roi + usual + 1e-9), 0.0)
        money = brands["budget_week"][rows].astype(float)
        wanted = money * (1.0 + BUDGET_STEP * better)
        following = wanted * (money.sum() / wanted.sum())
        brands.array["budget_week"][rows] = np.floor(following)
        community.count("advertisers", int(known.sum()))
        community.count("reinvesting", int((following >= money)[known].sum()))
        community.count("satisfied_advertisers", int((earned >= spent)[known].sum()))
    brands["spent_week"] = 0
    brands["earned_week"] = 0


def open_and_close(community: Community) -> None:
    """Close shops that sell next to nothing, and let others open in their place; the focal brand's shop
    stays."""
    state = community.state
    shops = state.merchants
    if not len(shops):
        return
    shops["mean_gmv"] += np.float32(0.1) * (shops["weekly_gmv"] - shops["mean_gmv"])
    shops["weekly_gmv"] = 0
    week = community.world_day // 7
    rows = np.arange(len(shops))
    u = uniforms_of(blocks(community.seed, S_MERCHANT, rows.astype(np.uint32), 1 + week))
    focal = state.brands["focal"][shops["brand"]] == 1
    open_now = shops["open"] == 1
    usual = float(shops["mean_gmv"][open_now].mean()) if open_now.any() else 0.0
    closes = open_now & ~focal & (shops["mean_gmv"] < NEXT_TO_NOTHING * usual) & (u[:, 0] < CLOSING)
    opens = ~open_now & (u[:, 1] < OPENING)
    shops["open"][closes] = 0
    shops["open"][opens] = 1
    shops["entered"][opens] = community.world_day
    shops["mean_gmv"][opens] = 0.5 * usual
    community.count("merchant_exits", int(closes.sum()))
    community.count("merchant_entries", int(opens.sum()))


def run(community: Community) -> None:
    """Let everybody look back on the week."""
    state = community.state
    share_revenue(community)
    written, response = _responses(community)
    parts = by_rows(
        community.threads,
        len(state.creators),
        lambda first, last: adapt_creators(
            state.members.array,
            state.creators.array,
            community.levers.table,
            community.clock,
            written,
            response,
            first,
            last,
        ),
    )
    community.count("creator_exits", int(np.sum(parts, axis=0)[STOPPED]))
    shift_budgets(community)
    open_and_close(community)


PHASE = Phase(
    name="adaptation",
    when="weekly",
    reads=("members", "notes", "note_history", "levers", "clock"),
    writes=("creators", "brands", "merchants", "ledger"),
    run=run,
    equation=(
        "effort += 0.3 (1 + 1.5 (ln interactions a note - usual) / (1 + notes written / 5) + 0.3 (income against mean) - effort);"
        " P(stop) = 1 - exp(-0.004 (1 + disappointments) (1 + rivals)) at odds / creator.stay;"
        " budgets x (1 + 0.15 (ROI against mean))"
    ),
    facts=("I1", "I2", "G8", "X1", "P1", "H13", "assumption"),
    test="tests/sim/phases/test_adaptation.py::test_without_adaptation_effort_never_moves",
    en="Weekly adaptation",
    zh="周度调整",
)
