"""Activities 活动: challenges, lotteries, events; who takes part, what that does while they run, and how they end.

Members hear of what is offered on the day after a visit and take part by a keyed draw. Those who do visit and
write more while it runs; in the week after, less. Prizes are paid at the end, and some who met stay in touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.accounts import ACCOUNTS, account_code
from sim.levers import ActivityOffer, Change
from sim.levers.mechanisms import M_POST, M_VISIT
from sim.numerics import sigmoids
from sim.phases.base import Phase
from sim.randomness import S_ACTIVITY, S_NOTE, blocks, uniforms, uniforms_of
from sim.state import schema as s

if TYPE_CHECKING:
    from sim.model import Community

LIKING = 2.0
"""Log-odds of taking part where a topic is the whole of one's interests, against half of them (assumption, 0.5 to 4)."""
SLUMP_DAYS = 7
"""Days of rest after an activity (assumption, 3 to 14)."""
TOPIC_BLOCK = 5
"""Block of a note's attributes that says whether it is about its author's activity."""


def row_of(community: Community, offer: ActivityOffer) -> int:
    """Row of an offered activity, entered on its first day."""
    table = community.state.activities
    known = np.flatnonzero(
        (table["action"] == offer.action) & (table["wave"] == offer.wave) & (table["end"] > 0)
    )
    if len(known):
        return int(known[0])
    row = int(table.take(1)[0])
    record = table.array[row]
    for name in (
        "action",
        "wave",
        "topic",
        "visits",
        "posting",
        "on_topic",
        "slump",
        "ties",
        "joy",
        "winners",
        "prize",
    ):
        record[name] = getattr(offer, name)
    record["start"], record["end"] = community.world_day, offer.last
    record["payer"] = account_code(offer.payer)
    return row


def invite(community: Community, offer: ActivityOffer, busy: npt.NDArray[np.bool_]) -> None:
    """Let those who hear of an activity take part; places are given by a keyed priority. Marks them in ``busy``."""
    state = community.state
    row = row_of(community, offer)
    members, profiles = state.members, state.profiles
    usable = (members["flags"] & (s.ON_PLATFORM | s.BOT)) == s.ON_PLATFORM
    heard = np.flatnonzero(offer.segment & usable & ~busy & ((profiles["active_days"] & 1) > 0))
    if not len(heard):
        return
    logit = np.full(len(heard), float(offer.appeal))
    if offer.topic >= 0:
        logit += LIKING * (np.sqrt(members["interest"][heard, offer.topic] / 255.0) - 0.5)
    ids = members["id"][heard]
    key = (offer.action & 0xFFFF) << 16 | (offer.wave & 0xFFFF)
    words = blocks(community.seed, S_ACTIVITY, ids, key, community.world_day)
    takes = uniforms_of(words[:, 0]) < sigmoids(logit)
    rows, queue = heard[takes], words[takes, 1]
    activity = state.activities.array[row]
    if offer.capacity >= 0:
        places = max(0, offer.capacity - int(activity["participants"]))
        rows = rows[np.lexsort((ids[takes], queue))][:places]
    activity["participants"] += len(rows)
    busy[rows] = True
    parts = state.participants.take(len(rows))
    state.participants.array["member"][parts] = np.sort(rows)
    state.participants.array["activity"][parts] = row
    joy = np.float32(activity["joy"])
    profiles.array["satisfaction"][rows] = np.clip(profiles["satisfaction"][rows] + joy, 0.0, 1.0)
    community.count("activity_participants", len(rows))


def members_of(community: Community, row: int) -> npt.NDArray[np.int64]:
    """Rows of those who take part in an activity, ascending."""
    parts = community.state.participants
    mine = (parts["activity"] == row) & parts.taken
    return np.sort(parts["member"][mine].astype(np.int64))


def settle(community: Community, row: int) -> None:
    """End an activity: pay the prizes, and let some of those who met follow each other."""
    state = community.state
    record = state.activities.array[row]
    record["settled"] = 1
    rows = members_of(community, row)
    if not len(rows):
        return
    key = (int(record["action"]) & 0xFFFF) << 16 | (int(record["wave"]) & 0xFFFF)
    words = blocks(community.seed, S_ACTIVITY, state.members["id"][rows], key, int(record["end"]) + 1)
    prizes = int(np.count_nonzero(uniforms_of(words[:, 2]) < record["winners"])) * int(record["prize"])
    payer = ACCOUNTS[int(record["payer"])].key
    if prizes:
        community.ledger.book(community.world_day, payer, "members", "reward", prizes, int(record["action"]))
    order = rows[np.lexsort((rows, words[:, 1]))]
    meets = uniforms_of(words[np.lexsort((rows, words[:, 1])), 3]) < record["ties"]
    pairs = np.flatnonzero(meets[:-1])
    one, other = order[pairs], order[pairs + 1]
    if len(pairs):
        community.follows_today += [(one, other), (other, one)]


def run(community: Community) -> None:
    """Hear, take part, and end; what taking part does goes into the table of levers."""
    state, day = community.state, community.world_day
    table = state.activities
    offers = [o for o in community.levers.offers if isinstance(o, ActivityOffer)]
    if not offers and not len(table):
        return
    for row in np.flatnonzero((table["end"] > 0) & (table["end"] < day) & (table["settled"] == 0)).tolist():
        settle(community, row)
    for row in np.flatnonzero((table["end"] > 0) & (table["end"] + SLUMP_DAYS < day)).tolist():
        parts = state.participants
        parts.release(np.flatnonzero((parts["activity"] == row) & parts.taken))
        table.release(np.array([row]))
    busy = np.zeros(len(state.members), bool)
    parts = state.participants
    busy[parts["member"][parts.taken]] = True
    for offer in sorted(offers, key=lambda o: (o.action, o.wave)):
        invite(community, offer, busy)
    for row in np.flatnonzero(table["end"] > 0).tolist():
        record = table.array[row]
        mask = np.zeros(len(state.members), bool)
        mask[members_of(community, row)] = True
        if not mask.any():
            continue
        segment, action = community.levers.segment_row(mask), int(record["action"])
        if day <= record["end"]:
            community.levers.changes.append(Change(M_VISIT, segment, float(record["visits"]), action))
            community.levers.changes.append(Change(M_POST, segment, float(record["posting"]), action))
        else:
            community.levers.changes.append(Change(M_VISIT, segment, float(record["slump"]), action))


def on_topic(community: Community, rows: npt.NDArray[np.int64]) -> None:
    """Let authors who take part in an activity write about it: new notes of ``rows`` may change their topic."""
    state, day = community.state, community.world_day
    table = state.activities
    running = np.flatnonzero((table["end"] >= day) & (table["start"] <= day) & (table["topic"] >= 0))
    running = running[table["on_topic"][running] > 0.0]
    if not len(running) or not len(rows):
        return
    notes = state.notes.array
    part = np.full(len(state.members), -1, np.int64)
    for row in running.tolist():
        part[members_of(community, row)] = row
    own = part[notes["author"][rows]]
    keys = notes["key"][rows]
    low, high = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)
    about = (own >= 0) & (
        uniforms(community.seed, S_NOTE, high, low, 0, TOPIC_BLOCK) < table["on_topic"][own]
    )
    notes["topic"][rows[about]] = table["topic"][own[about]]
    community.count("activity_notes", int(about.sum()))


PHASE = Phase(
    name="activities",
    when="dawn",
    reads=("members", "profiles", "levers"),
    writes=("activities", "participants", "profiles.satisfaction", "levers", "follows", "ledger"),
    run=run,
    equation=(
        "logit P(takes part | was here yesterday) = appeal + 2 (sqrt(interest) - 0.5); while it runs odds of visits x visits"
        " and of posting x posting; in the week after odds of visits x slump"
    ),
    facts=("assumption",),
    test="tests/sim/phases/test_activities.py::test_without_the_phase_nobody_takes_part",
    en="Activities",
    zh="活动",
)
