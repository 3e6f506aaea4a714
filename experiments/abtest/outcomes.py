"""What an experiment measures: an outcome a person and day, of members or of authors, day by day while a world plays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from experiments.studies.shard import by_member
from sim.model import Community
from sim.state import schema as s

Float = npt.NDArray[np.float64]
Measure = Callable[[Community], Float]


def _member(name: str) -> Measure:
    return lambda community: np.asarray(by_member(community)[name], np.float64)


def _brand_orders(community: Community) -> Float:
    orders = community.state.orders_of(community.world_day - 1)
    focal = community.state.brands["focal"][community.state.products["brand"][orders["product"]]]
    return np.bincount(orders["member"][focal > 0], minlength=len(community.state.members)).astype(np.float64)


def _author(counter: int) -> Measure:
    def measure(community: Community) -> Float:
        notes = community.state.notes
        live = notes["status"] >= s.LIVE_NOTE
        today = community.state.note_history["day_totals"][: len(live), counter]
        size = len(community.state.members)
        return np.bincount(notes["author"][live], weights=today[live], minlength=size).astype(np.float64)

    return measure


def _followers(community: Community) -> Float:
    out = np.zeros(len(community.state.members))
    creators = community.state.creators
    out[creators["member"]] = creators["followers"]
    return out


MEMBER: dict[str, tuple[Measure, str, str]] = {
    "spend": (_member("spend"), "yuan spent", "消费额（元）"),
    "orders": (_member("orders"), "orders", "订单数"),
    "brand_orders": (_brand_orders, "orders of the focal brand", "焦点品牌订单数"),
    "reads": (_member("reads"), "reads", "阅读数"),
    "reactions": (_member("reactions"), "reactions", "互动数"),
    "minutes": (_member("minutes"), "minutes", "使用分钟数"),
    "days": (_member("days"), "days of visit", "访问天数"),
}
"""Outcomes of a member: what measures them, and their names."""
CREATOR: dict[str, tuple[Measure, str, str]] = {
    "reads": (_author(s.C_READS), "reads of an author's notes", "作者笔记被阅读数"),
    "likes": (_author(s.C_LIKES), "likes of an author's notes", "作者笔记获赞数"),
    "followers": (_followers, "followers of an author", "作者粉丝数"),
}
"""Outcomes of an author."""


def measures(unit: str) -> dict[str, tuple[Measure, str, str]]:
    """Outcomes that go with a unit of `experiments.abtest.units.UNITS`."""
    return CREATOR if unit == "creator" else MEMBER
