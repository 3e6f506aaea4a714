"""Small worlds and plans that several tests play."""

from __future__ import annotations

from dataclasses import replace

from sim.config import CommunityConfig, GraphConfig, RunConfig, WorldConfig
from sim.model import Community

SMALL = CommunityConfig(
    world=WorldConfig(members=600, represents=600_000, groups_per_1000=13.0), warmup_days=0
)


def small(seed=1, policy=None, engine="kernels", threads=1, members=600, days=0, **changes):
    """A world of a few hundred members, played for some days."""
    config = replace(
        SMALL,
        world=replace(SMALL.world, members=members),
        run=RunConfig(engine=engine, threads=threads),
        **changes,
    )
    community = Community(config, seed=seed, policy=policy)
    community.run_days(days)
    return community


class Speaker:
    """A plan of one sentence: calls a function with the desk every dawn."""

    def __init__(self, say, payer="platform"):
        self.say = say
        self.payer = payer

    action_names = ["action"]

    @property
    def payers(self):
        return [self.payer]

    def dawn(self, desk):
        self.say(desk)


def same(first, second):
    """Assert that two communities are equal in every array."""
    a, b = first.arrays(), second.arrays()
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype == b[name].dtype, name
        for field in a[name].dtype.names or (None,):  # by field: padding between fields may hold anything
            one, two = (a[name], b[name]) if field is None else (a[name][field], b[name][field])
            assert one.tobytes() == two.tobytes(), f"{name} {field or ''}"


def without(community, phase):
    """Take a phase out of a community's day."""
    assert phase in [p.name for p in community.phases]
    community.phases = tuple(p for p in community.phases if p.name != phase)
    return community


def speak(community):
    """Play the part of a dawn in which the plan speaks and what it says is resolved."""
    for phase in community.phases:
        if phase.name in ("levers", "activities", "messages", "membership", "cohorts"):
            phase.run(community)


__all__ = ["SMALL", "GraphConfig", "Speaker", "same", "small", "speak", "without"]
