"""Which well-known facts a world of a given size and length is too small to show, so that a report can say so.

The least worlds are those at which each fact can be measured at all (a share of feed traffic by followers needs heads with
hundreds of thousands of them; a hangover after a subsidy needs days after its end).
"""

from __future__ import annotations

from typing import NamedTuple

from experiments.figures import Lang


class Fact(NamedTuple):
    """A fact, by its id in the list of stylised facts, and the least world that can show it."""

    id: str
    en: str
    zh: str
    members: int
    days: int = 0


FACTS = (
    Fact("N4", "short paths between members", "用户之间的短路径", 50_000),
    Fact(
        "N11",
        "half of the feed's traffic goes to creators under 1,000 followers",
        "一半推荐流量流向千粉以下创作者",
        1_000_000,
    ),
    Fact("N12", "few accounts break out", "极少账号爆发式涨粉", 1_000_000),
    Fact("C4", "most passing on ends after one step", "转发大多止于一层", 50_000),
    Fact("C5", "spread depends on the match of topics", "传播取决于话题匹配", 50_000),
    Fact(
        "E11",
        "sponsored engagement rises, then falls with followers",
        "商业笔记互动随粉丝数先升后降",
        1_000_000,
    ),
    Fact(
        "R12", "ad load costs more in the long run than in a month", "广告负载的长期代价大于当月", 20_000, 400
    ),
    Fact(
        "I4",
        "retention falls below its old level after a subsidy ends",
        "补贴结束后留存低于原水平",
        20_000,
        200,
    ),
    Fact("P10", "decisions take from a month to more than two", "决策周期长达一至两个多月", 20_000, 400),
    Fact(
        "K3",
        "coupons work through visits, of buyers who do not redeem too",
        "优惠券主要通过带来访问起效",
        20_000,
        200,
    ),
    Fact("G1", "moderation works over half a year", "治理在半年内见效", 20_000, 200),
)


def unseen(members: int, days: int, lang: Lang) -> list[str]:
    """Facts that a world of some members and days cannot show, as words with their least world."""
    out = []
    for fact in FACTS:
        if members >= fact.members and days >= fact.days:
            continue
        needs = [f"{fact.members:,}"] if members < fact.members else []
        if days < fact.days:
            needs.append(f"{fact.days} {'days' if lang == 'en' else '天'}")
        out.append(f"{fact.en if lang == 'en' else fact.zh} ({', '.join(needs)})")
    return out
