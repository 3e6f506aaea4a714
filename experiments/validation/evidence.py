"""A run as evidence: the tables that the statistics ask for, each with its sampling frame, taken from a played world.

What is sampled is as the facts' own data were: small creators' notes that are old enough, reshare cascades with the author as
root, first-time buyers. Followers are those of the real world; counts of a note are (`docs/scale.md`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.validation import statistics as st
from experiments.validation.diary import Diary
from sim.model import Community
from sim.scale import real_followers
from sim.state import schema as s

Float = npt.NDArray[np.float64]

MATURE = 14
"""Days after which a note counts: by then it has left discovery (C8)."""
SMALL = (69.0, 8_955.0)
"""Followers of the creators behind O1 to O7."""
ROOTS = (34.0, 26_700.0)
"""Followers of the middle nine tenths of the roots behind O8 and O9."""
UNDER = 10_000.0
"""Followers below which the accounts of O13 lie."""
NOT_ORGANIC = s.SPONSORED | s.FAKE


@dataclass
class Watch:
    """Shown the community before the first day and after each; keeps what leaves no trace in its tables.

    Attributes
    ----------
    orders
        Parts of [member, day, bought before, bought here] of each day's orders.
    by_age
        Reactions by the age of the note in days, float64 [ages].
    """

    orders: list[npt.NDArray[Any]] = field(default_factory=list)
    by_age: Float = field(default_factory=lambda: np.zeros(400))
    followers: npt.NDArray[Any] | None = None

    def __call__(self, community: Community) -> None:
        """Look at the day that has just been played."""
        if self.followers is None:  # before the first day
            self.followers = community.state.creators["followers"].copy()
            return
        state, day = community.state, community.world_day - 1
        orders = state.orders_of(day)
        columns = (
            state.members["id"][orders["member"]],
            orders["day"],
            orders["repeat"],
            orders["on_platform"],
        )
        self.orders.append(np.stack([np.asarray(c, np.int64) for c in columns], axis=1))
        totals = state.note_history["day_totals"]
        reacted = totals[:, [s.C_LIKES, s.C_COLLECTS, s.C_COMMENTS, s.C_SHARES]].sum(axis=1)
        shown = np.flatnonzero(reacted)
        age = np.clip(day - state.notes["day"][shown].astype(np.int64), 0, len(self.by_age) - 1)
        self.by_age += np.bincount(age, weights=reacted[shown], minlength=len(self.by_age))


class Evidence:
    """One played world.

    Parameters
    ----------
    community
        Played to its last day.
    watch
        That has seen each of its days.
    diary
        Kept of it in campaigns, whose runs are compared person by person.
    """

    def __init__(self, community: Community, watch: Watch, diary: Diary | None = None) -> None:
        self.community = community
        self.watch = watch
        self.diary = diary or Diary()
        self.config = community.config
        self.days = community.day

    # --- figures -----------------------------------------------------------------------------------------------------------

    def total(self, measure: str, last: int | None = None) -> float:
        """A daily measure summed over the reported days, or over the ``last`` of them."""
        values = self.daily(measure)
        return float(np.nansum(values[-last:] if last else values))

    def ratio(self, top: str, bottom: str) -> float:
        """One measure over another, both summed over the reported days."""
        below = self.total(bottom)
        return self.total(top) / below if below else st.NAN

    def daily(self, measure: str) -> Float:
        """A daily measure on the reported days, float64 [days]."""
        kpis = self.community.kpis
        return np.asarray(kpis.measure(measure)[kpis.days >= 0, 0], float)

    def by(self, measure: str, breakdown: str) -> Float:
        """A measure by the segments of a breakdown, summed over the reported days, float64 [segments]."""
        kpis = self.community.kpis
        return np.asarray(np.nansum(kpis.measure(measure, breakdown)[kpis.days >= 0], axis=0))

    def retained(self) -> Float:
        """Share of the joiners who visit 1, 7 and 30 days later."""
        return np.array([self.ratio(f"kept_{day}", f"cohort_{day}") for day in (1, 7, 30)])

    # --- notes -------------------------------------------------------------------------------------------------------------

    @cached_property
    def notes(self) -> pd.DataFrame:
        """Every note with its author's followers in the real world (``fans``), its age at the end, ``engagement`` and, with
        shares, ``reactions``."""
        frame = self.community.notes_frame()
        world = self.config.world
        frame["fans"] = real_followers(frame["author_followers"], world.members, world.weight)
        frame["age"] = self.days - frame["day"]
        frame["video"] = frame["format"] == s.VIDEO
        frame["image"] = frame["format"] == s.IMAGE_TEXT
        frame["engagement"] = frame["likes"] + frame["collects"] + frame["comments"]
        frame["reactions"] = frame["engagement"] + frame["shares"]
        return frame

    @cached_property
    def mature(self) -> pd.DataFrame:
        """Organic notes that were written during the warm-up or the run and are old enough."""
        kept = self.notes["day"] >= -self.config.warmup_days
        kept &= (self.notes["age"] >= MATURE) & (self.notes["flags"] & NOT_ORGANIC == 0)
        return self.notes[kept]

    @cached_property
    def small(self) -> pd.DataFrame:
        """Of them, those of small creators, as behind O1 to O7."""
        return self.mature[self.mature["fans"].between(*SMALL)]

    @cached_property
    def under(self) -> pd.DataFrame:
        """Of them, those of accounts with some and fewer than 10,000 followers, as behind O13."""
        return self.mature[self.mature["fans"].between(SMALL[0], UNDER)]

    @property
    def half_life(self) -> float:
        """Hours within which half of the reactions come that a note gets while it is in discovery.

        Notes appear throughout a day, so the days of their calendar end half a day, one and a half days and so on after them.
        """
        share = np.cumsum(self.watch.by_age[:MATURE])
        if not share[-1]:
            return st.NAN
        ends = np.concatenate([[0.0], np.arange(MATURE) + 0.5]) * 24.0
        return float(np.interp(0.5, np.concatenate([[0.0], share / share[-1]]), ends))

    # --- cascades ----------------------------------------------------------------------------------------------------------

    @cached_property
    def cascade_sizes(self) -> Float:
        """Author and resharers of each note, float64 [notes]; authors as followed as the roots behind O8 and O9."""
        roots = self.mature[self.mature["fans"].between(*ROOTS)]
        return np.asarray(1.0 + roots["shares"], float)

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """Every arc along which a note was passed on."""
        return self.community.cascades_frame()

    def trees(self, least: int = 100) -> list[npt.NDArray[np.int64]]:
        """Reshare trees of the notes that ``least`` members or more have reshared: parent of each node, the author first.

        Who came upon the note by itself hangs on the author; who got it from somebody, on that one.
        """
        big = self.mature[self.mature["shares"] >= least - 1]
        passed = self.arcs[self.arcs["passed_on"] == 1]
        passed = passed[passed["note"].isin(big["key"])]
        out = []
        for key, shares in zip(big["key"], big["shares"], strict=True):
            mine = passed[passed["note"] == key]
            place: dict[int, int] = {}
            parent = [-1]
            alone = max(0, int(shares) - len(mine))
            parent += [0] * alone
            roots = iter(range(1, alone + 1))
            for source, target in zip(mine["source"], mine["target"], strict=True):
                if int(source) not in place:
                    place[int(source)] = next(roots, 0)
                place[int(target)] = len(parent)
                parent.append(place[int(source)])
            out.append(np.array(parent, np.int64))
        return out

    @cached_property
    def virality(self) -> Float:
        """Structural virality of each large reshare tree."""
        return np.array([st.structural_virality(tree) for tree in self.trees()])

    def first_hop(self) -> float:
        """Share of resharers who did not get the note from another resharer."""
        shares = float(self.mature["shares"].sum())
        passed = self.arcs[(self.arcs["passed_on"] == 1) & self.arcs["note"].isin(self.mature["key"])]
        return 1.0 - len(passed) / shares if shares else st.NAN

    def topic_pull(self) -> float:
        """Interest of those who read a passed-on note in its topic, over that of all members (C5)."""
        reads = self.arcs[self.arcs["read"] == 1].merge(
            self.notes[["key", "topic"]], left_on="note", right_on="key"
        )
        if len(reads) < st.LEAST:
            return st.NAN
        members = self.community.state.members
        rows = self.rows_of(reads["target"])
        topics = reads["topic"].to_numpy(np.int64)
        theirs = members["interest"][rows, topics].astype(float)
        usual = members["interest"].mean(axis=0)[topics]
        return float(theirs.mean() / usual.mean())

    def rows_of(self, ids: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Rows of members with these ids, int64 [n]."""
        known = self.community.state.members["id"]
        order = np.argsort(known)
        return np.asarray(order[np.searchsorted(known[order], np.asarray(ids))], np.int64)

    # --- people and orders -------------------------------------------------------------------------------------------------

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Orders of the reported days by members who had never bought before them: member and day."""
        rows = np.concatenate([np.zeros((0, 4), np.int64), *self.watch.orders])
        frame = pd.DataFrame(rows, columns=["member", "day", "repeat", "here"])
        new = frame.loc[frame["repeat"] == 0, "member"].unique()
        return frame[frame["member"].isin(new)]

    @property
    def bought_before(self) -> float:
        """Share of the orders placed here whose buyers had bought before."""
        rows = np.concatenate([np.zeros((0, 4), np.int64), *self.watch.orders])
        here = rows[rows[:, 3] == 1]
        return float(here[:, 2].mean()) if len(here) else st.NAN

    def repeat(self, weeks: tuple[int, ...]) -> Float:
        """Share of first-time buyers with a second purchase, by weeks."""
        last = float(self.community.world_day - 1)
        return st.repeat_curve(self.orders["member"], self.orders["day"], weeks, last)

    def followers_interest(self, authors: npt.ArrayLike, topics: npt.ArrayLike) -> Float:
        """Mean interest of authors' followers in a topic, 0 to 1; 0 where nobody follows (float64 [notes])."""
        interest = self.community.state.members["interest"]
        offsets, followers = self.community.graph.into
        out = np.zeros(len(np.asarray(topics)))
        for place, (row, topic) in enumerate(zip(self.rows_of(authors), np.asarray(topics), strict=True)):
            theirs = followers[offsets[row] : offsets[row + 1]]
            if len(theirs):
                out[place] = interest[theirs, topic].mean() / 255.0
        return out

    def fans(self) -> tuple[npt.NDArray[np.int64], Float]:
        """Ids of all authors and their followers in the real world."""
        state, world = self.community.state, self.config.world
        ids = state.members["id"][state.creators["member"]].astype(np.int64)
        return ids, real_followers(state.creators["followers"], world.members, world.weight)

    @cached_property
    def gains(self) -> Float:
        """Followers that each author gained over the run, in the real world."""
        start = self.watch.followers
        assert start is not None
        now = self.community.state.creators["followers"][: len(start)]
        world = self.config.world
        real = [real_followers(each, world.members, world.weight) for each in (now, start)]
        return np.asarray(real[0] - real[1])

    def path_length(self, sources: int = 40) -> float:
        """Mean length of the shortest directed paths from a few members to all whom they reach (N4)."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import shortest_path

        offsets, targets = self.community.graph.out
        size = len(offsets) - 1
        matrix = csr_array((np.ones(len(targets), np.int8), targets, offsets), shape=(size, size))
        active = np.flatnonzero(np.diff(offsets) > 0)
        chosen = active[np.linspace(0, len(active) - 1, sources).astype(int)]
        found = shortest_path(matrix, unweighted=True, indices=chosen)
        reached = found[np.isfinite(found) & (found > 0)]
        return float(reached.mean())
