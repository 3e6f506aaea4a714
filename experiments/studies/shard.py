"""What a worker does: play one cell on a block of seeds and put the results into one Arrow table, a row a run.

Importing this module loads the world; the planning side names its functions as text and stays light.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from experiments.compose import Config
from experiments.runs import Played, simulate, world_of
from experiments.studies.draws import at_draw
from experiments.studies.store import META, SCHEMA
from experiments.studies.tasks import Task
from scenarios.review import warnings
from scenarios.segments import Look, Segment, SegmentBook
from sim.errors import SeedbedError
from sim.kpis.measures import BREAKDOWNS
from sim.kpis.registry import KPIS
from sim.levers import Desk
from sim.model import Community
from sim.state import schema as s

Report = Callable[[float], None]
Float = npt.NDArray[np.float64]

KEYS = tuple(kpi.key for kpi in KPIS)
MEASURES = ("people", "days", "reads", "reactions", "minutes", "orders", "spend")
"""What is summed over the members of a frozen segment: people at the freeze; then, from that day on, visits in
days, reads, reactions, minutes, orders (here and elsewhere) and yuan paid; all in real units."""
JOINED = "joined_later"
"""The segment of those who were not members when the others were frozen."""
BOOK = pa.struct([
    ("day", pa.int16()), ("debit", pa.string()), ("credit", pa.string()), ("what", pa.string()),
    ("action", pa.string()), ("fen", pa.int64()),
])  # fmt: skip
PLACED = pa.struct([
    ("action", pa.string()), ("tier", pa.string()), ("contracts", pa.int64()), ("fen", pa.int64()),
])  # fmt: skip
ACTION = pa.struct([
    ("action", pa.string()), ("lever", pa.string()), ("payer", pa.string()), ("budget", pa.float64()),
    ("spent", pa.float64()), ("committed", pa.float64()), ("notes", pa.list_(pa.string())),
])  # fmt: skip
FEN = 100


def check(task: tuple[Mapping[str, tuple[str, Config]], int], report: Report) -> list[str]:
    """What the worlds of these cells refuse (a budget below the sample's resolution, an empty segment), a
    sentence a cell.

    Parameters
    ----------
    task
        Label and configuration of each cell, and the seed whose worlds are asked.
    """
    cells, seed = task
    bad = []
    for at, (label, config) in enumerate(cells.values()):
        try:
            community = world_of(config, seed, threads=1)[0]
            config.plan().check(Desk(community))
        except SeedbedError as error:
            bad.append(f"{label}: {error}")
        report((at + 1) / len(cells))
    return bad


def play(task: Task, report: Report) -> tuple[pa.Table, pa.Table | None, dict[str, float]]:
    """Runner of executors: a shard's runs, its panel, and where the time went in seconds."""
    rows: list[dict[str, Any]] = []
    panels: list[pa.Table] = []
    seconds = {"warm-up": 0.0, "days": 0.0}
    book = SegmentBook(task.segments)
    segments = [book.find(name) for name in task.wanted]
    for at, seed in enumerate(task.seeds):
        watch = Frozen(segments, task.freeze)
        played = simulate(
            at_draw(task.config, task.draws, seed),
            seed,
            partial(_part, report, at, len(task.seeds)),
            1,
            watch,
        )
        rows.append(row(played, task, seed, watch))
        if task.panels:
            panels.append(panel(played, task, seed))
        for what, value in played.seconds.items():
            seconds[what] += value
    return (
        table(rows, task),
        pa.concat_tables(panels).replace_schema_metadata(_meta(task)) if panels else None,
        seconds,
    )


def _part(report: Report, at: int, count: int, share: float) -> None:
    report((at + share) / count)


def by_member(community: Community) -> dict[str, npt.NDArray[Any]]:
    """What each person did on the day just played, each [persons], by the names of `MEASURES` after the first."""
    state = community.state
    profiles, n = state.profiles, len(state.members)
    orders = state.orders_of(community.world_day - 1)
    return {
        "days": (profiles["active_days"] & 1) * ((state.members["flags"] & s.ON_PLATFORM) > 0),
        "reads": profiles["day_reads"],
        "reactions": profiles["day_reactions"],
        "minutes": profiles["day_seconds"] / 60.0,
        "orders": np.bincount(orders["member"], minlength=n),
        "spend": np.bincount(orders["member"], weights=orders["paid"], minlength=n) / FEN,
    }


class Frozen:
    """Sums over segments whose membership is frozen at the dawn of one day, the same in every arm of a seed.

    Parameters
    ----------
    segments
        The segments.
    day
        Day of the run, 0 the first reported one.
    """

    def __init__(self, segments: Sequence[Segment], day: int) -> None:
        self.segments, self.day = segments, day
        self._masks: npt.NDArray[np.float32] | None = None
        self._sums = np.zeros((len(segments) + 1, len(MEASURES)))

    def __call__(self, community: Community) -> None:
        """Called before the first reported day and after every day."""
        if community.day > self.day and self._masks is not None:
            self._add(community)
        if community.day == self.day:
            look = Look(Desk(community))
            masks = [look.people(segment) for segment in self.segments]
            self._masks = np.array([*masks, ~look.here], np.float32)
            self._sums[:, 0] = self._masks.sum(axis=1, dtype=np.float64)
            self._sums[-1, 0] = 0.0

    def _add(self, community: Community) -> None:
        assert self._masks is not None
        state = community.state
        n = len(state.members)
        if n > self._masks.shape[1]:
            more = np.zeros((len(self._masks), n - self._masks.shape[1]), np.float32)
            more[-1] = 1.0
            self._masks = np.concatenate([self._masks, more], axis=1)
        here = (state.members["flags"] & s.ON_PLATFORM) > 0
        daily = by_member(community)
        for at, name in enumerate(MEASURES[1:], 1):
            self._sums[:, at] += self._masks @ np.asarray(daily[name], np.float32)
        # Whoever joins later counts once, at the end.
        self._sums[-1, 0] = float((self._masks[-1] * here).sum())

    def values(self, weight: float) -> Float:
        """Sums in real units, float64 [segments + 1, measures]; the last row is those who joined later."""
        return self._sums * weight


def row(played: Played, task: Task, seed: int, watch: Frozen) -> dict[str, Any]:
    """One run as a row."""
    community = played.community
    kpis = community.kpis
    totals = kpis.totals()
    reported = kpis.days >= 0
    weight = community.config.world.weight
    frame = community.ledger.frame(actions=played.plan.action_names or ("",))
    keys = ["day", "debit", "credit", "what", "action"]
    books = frame.sort_values(keys, kind="stable")
    return {
        "cell": task.cell,
        "seed": seed,
        **{key: totals[key] for key in KEYS},
        "daily": np.concatenate([kpis.daily(key)[reported, 0] for key in KEYS]),
        "books": books.rename(columns={"amount": "fen"})[[*keys, "fen"]],
        "segments": watch.values(weight).ravel(),
        "placed": placed(community, played.plan.action_names),
        "actions": [
            {key: line[key] for key in ("action", "lever", "payer", "budget", "spent", "committed", "notes")}
            for line in played.plan.report(Desk(community))
        ],
        "warnings": warnings(played.plan, community.config.start, community.day),
    }


def placed(community: Community, actions: Sequence[str]) -> list[dict[str, Any]]:
    """Delivered placements by action and the creator's tier: how many, and what their authors were paid (fen of
    sample money)."""
    contracts = community.state.contracts.rows
    contracts = contracts[(contracts["status"] == 2) & (contracts["action"] >= 0)]
    member = community.state.creators["member"][contracts["creator"]]
    tier = community.state.members["tier"][member]
    out = []
    for action, code in sorted(set(zip(contracts["action"].tolist(), tier.tolist(), strict=True))):
        mine = (contracts["action"] == action) & (tier == code)
        out.append(
            {
                "action": actions[action] if action < len(actions) else "",
                "tier": s.TIERS[code][0],
                "contracts": int(mine.sum()),
                "fen": int(contracts["price"][mine].sum()),
            }
        )
    return out


def table(rows: Sequence[dict[str, Any]], task: Task) -> pa.Table:
    """Rows as one Arrow table with the layout in its metadata."""
    columns: dict[str, Any] = {
        "cell": pa.array([r["cell"] for r in rows], pa.string()),
        "seed": pa.array([r["seed"] for r in rows], pa.uint64()),
    }
    for key in KEYS:
        columns[key] = pa.array([r[key] for r in rows], pa.float64())
    for key in ("daily", "segments"):
        columns[key] = _lists([pa.array(r[key], pa.float64()) for r in rows])
    books = [
        pa.StructArray.from_arrays(
            [pa.array(r["books"][f.name], f.type) for f in BOOK], fields=list(BOOK)
        )
        for r in rows
    ]  # fmt: skip
    columns["books"] = _lists(books)
    columns["placed"] = pa.array([r["placed"] for r in rows], pa.list_(PLACED))
    columns["actions"] = pa.array([r["actions"] for r in rows], pa.list_(ACTION))
    columns["warnings"] = pa.array([r["warnings"] for r in rows], pa.list_(pa.string()))
    return pa.table(columns).replace_schema_metadata(_meta(task))


def _lists(parts: Sequence[pa.Array]) -> pa.Array:
    """A list column of arrays, a list a row, without a detour over Python objects."""
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.concat_arrays(parts))


def _meta(task: Task) -> dict[bytes, bytes]:
    content = {
        "schema": SCHEMA,
        "shard": task.shard,
        "kpis": KEYS,
        "segments": [*task.wanted, JOINED],
        "measures": MEASURES,
        "days": task.config.days,
    }
    return {META: json.dumps(content).encode()}


def panel(played: Played, task: Task, seed: int) -> pa.Table:
    """Every day of the breakdowns asked for: a row a day and segment, a column a KPI (NaN where it is not known
    by that breakdown)."""
    kpis = played.community.kpis
    reported = kpis.days >= 0
    days = kpis.days[reported]
    parts = []
    for breakdown in task.panels:
        names = [name for name, _ in BREAKDOWNS[breakdown]]
        shape = (len(days), len(names))
        columns: dict[str, Any] = {
            "cell": pa.DictionaryArray.from_arrays(np.zeros(len(days) * len(names), np.int8), [task.cell]),
            "seed": pa.array(np.full(len(days) * len(names), seed, np.uint64)),
            "day": pa.array(np.repeat(days, len(names)).astype(np.int16)),
            "breakdown": pa.DictionaryArray.from_arrays(
                np.zeros(len(days) * len(names), np.int8), [breakdown]
            ),
            "segment": pa.DictionaryArray.from_arrays(
                np.tile(np.arange(len(names), dtype=np.int8), len(days)), names
            ),
        }
        for kpi in KPIS:
            known = breakdown in kpi.breakdowns
            values = kpis.daily(kpi.key, breakdown)[reported] if known else np.full(shape, np.nan)
            columns[kpi.key] = pa.array(values.ravel())
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).unify_dictionaries()
