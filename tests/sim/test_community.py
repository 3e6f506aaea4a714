"""What holds for a whole world: two engines and any number of threads agree, nothing is lost, nothing leaks."""

from __future__ import annotations

import numpy as np
import pytest

from sim.agents import KOC, Member, register_agent_class
from sim.levers import INDEX, MECHANISMS, CostOffer
from sim.model import Community
from sim.phases.sessions.reactions import LIKE, READ
from sim.state import schema as s
from sim.state.tables import load_arrays, save_arrays
from tests.sim.worlds import SMALL, GraphConfig, Speaker, same, small, without


def test_engines_agree_to_the_bit():
    days = 6
    same(small(days=days), small(days=days, engine="agents"))


def test_threads_agree_to_the_bit_on_a_note_that_everybody_sees(threads):
    def hot(community):
        notes = community.state.notes
        hottest = int(np.flatnonzero(notes["status"] == s.LIVE_NOTE)[0])
        community.state.latest["listing"] = notes["listing"][hottest]
        return community

    def played(count):
        threads(count)
        community = hot(small(members=3000, threads=count))
        community.run_days(2)
        return community

    one = played(1)
    assert one.state.note_history["totals"][:, s.C_IMPRESSIONS].max() > 500
    for count in (2, 4):
        same(one, played(count))


def test_a_day_conserves_what_it_counts():
    community = small(members=1500)
    for _ in range(10):
        community.step()
        history, products = community.state.note_history, community.state.products
        # what was removed at night has left the table: count it from the totals of the day
        seen = int(community.totals[:, :, s.C_IMPRESSIONS].sum())
        assert int(community.kpis.measure("impressions")[-1, 0]) == seen
        assert 0 < int(history["day_totals"][:, s.C_IMPRESSIONS].sum()) <= seen
        creators = community.state.creators
        assert np.array_equal(creators["followers"], community.delta.followers_count[creators["member"]])
        assert int(community.delta.followers_count.sum()) == community.delta.arcs
        assert (products["stock"] >= 0).all()
        for table, column in (("members", "trust"), ("members", "fatigue"), ("profiles", "satisfaction")):
            values = community.state[table][column]
            assert values.min() >= 0 and values.max() <= 1
    assert community.ledger.arrays()
    community.ledger.close(community.world_day)


def test_impressions_are_the_sum_over_notes():
    community = small(members=1500)
    community.step()
    kept = []
    original = community.archive_notes
    community.archive_notes = lambda rows: (
        kept.append(int(community.state.note_history["day_totals"][rows][:, s.C_IMPRESSIONS].sum())),
        original(rows),
    )
    community.step()
    over_notes = int(community.state.note_history["day_totals"][:, s.C_IMPRESSIONS].sum()) + sum(kept)
    assert over_notes == int(community.totals[:, :, s.C_IMPRESSIONS].sum())


def test_a_run_resumed_from_arrays_goes_on_as_if_unbroken(tmp_path):
    whole = small(days=6)
    half = small(days=3)
    save_arrays(tmp_path / "world.npz", half.arrays())
    resumed = Community.from_arrays(half.config, 1, load_arrays(tmp_path / "world.npz"))
    resumed.run_days(3)
    same(whole, resumed)


def test_a_plan_that_says_nothing_changes_nothing():
    neutral = {m.key: 0.0 if m.stack == "add" else 1.0 for m in MECHANISMS}

    def say(desk):
        for key, value in neutral.items():
            desk.modify(key, value)

    same(small(days=5), small(days=5, policy=Speaker(say)))


@pytest.mark.parametrize("key", ["action.like", "visit.odds", "post.odds", "buy.odds", "feed.relevance"])
def test_a_severed_mechanism_has_no_effect_and_an_unsevered_one_has(key):
    def say(desk):
        desk.modify(key, 3.0)

    base = small(days=6)
    moved = small(days=6, policy=Speaker(say))
    assert not np.array_equal(base.state.profiles.rows, moved.state.profiles.rows)
    cut = small(policy=Speaker(say))
    cut.levers.severed = frozenset({key})
    cut.run_days(6)
    same(base, cut)


def test_a_note_more_leaves_nearly_all_choices_as_they_were():
    """The share of changed impressions is bounded by ten times the share the new note takes."""
    from sim.phases.writing import add_notes, note_keys

    def seen(extra):
        community = small(members=3000, days=2)
        if extra:
            creator = np.array([5])
            slot = np.zeros(1, np.int64)
            ids = community.state.members["id"][community.state.creators["member"][creator]]
            rows = add_notes(
                community,
                creator,
                community.world_day,
                slot,
                note_keys(ids, community.world_day, slot, slot + 7),
            )
            community.state.notes.array["flags"][rows] |= s.REVIEWED
        community.step()
        keys = community.state.notes["key"]
        counts = community.state.note_history["day_totals"][:, s.C_IMPRESSIONS]
        return dict(zip(keys.tolist(), counts.tolist(), strict=True))

    before, after = seen(False), seen(True)
    new = set(after) - set(before)
    assert len(new) == 1
    taken = after[new.pop()]
    total = sum(before.values())
    changed = sum(abs(after.get(k, 0) - v) for k, v in before.items())
    assert 0 < taken < 0.02 * total
    assert changed <= 10 * taken + 10


def test_a_member_more_leaves_the_others_and_nearly_all_choices_as_they_were():
    """The share of changed impressions is bounded by fifty times the new member's share of the people.

    Pools hold a share of an author's followers, so those whom the new member follows reach more, and others less. In so small
    a sample a follower stands for many.
    """
    people = 2000

    def seen(members):
        community = small(members=members, days=2)
        keys = community.state.notes["key"].tolist()
        shown = community.state.note_history["day_totals"][:, s.C_IMPRESSIONS].tolist()
        born = [community.state.members[name][:people].copy() for name in ("id", "interest")]
        return dict(zip(keys, shown, strict=True)), born

    (before, few), (after, many) = seen(people), seen(people + 1)
    for one, other in zip(few, many, strict=True):
        assert np.array_equal(one, other)
    changed = sum(abs(after.get(k, 0) - before.get(k, 0)) for k in before.keys() | after.keys())
    assert changed <= 50 * sum(before.values()) / people


def test_a_cost_is_booked_to_its_payer_and_a_warm_up_hears_no_plan():
    from dataclasses import replace

    policy = Speaker(lambda desk: desk.offer(CostOffer(0, "brand", "staff", 700, "staff")), payer="brand")
    community = Community(replace(SMALL, warmup_days=2), seed=1, policy=policy)
    community.warm_up()
    assert community.day == 0
    assert not (community.ledger.entries["action"] == 0).any()
    community.run_days(3)
    booked = community.ledger.entries
    assert int(booked["amount"][booked["action"] == 0].sum()) == 3 * 700


class Enthusiast(Member):
    """Reads and likes whatever is shown."""

    __slots__ = ()

    def react(self, note, surface, order):
        """Read for three seconds, and like."""
        return READ | LIKE | 3 << 16


class Plain(KOC):
    """A KOC who overrides a decision with the compiled one."""

    __slots__ = ()

    def react(self, note, surface, order):
        """Ask the compiled decision."""
        return super().react(note, surface, order)


def test_an_override_is_played_in_the_same_slot_and_a_faithful_one_changes_nothing():
    register_agent_class("enthusiast", Enthusiast)
    register_agent_class("plain", Plain)
    liking = small(days=2, agents={"active": "enthusiast"})
    tier = liking.totals[:, s.ACTIVE]
    assert tier[: s.SHARED, s.C_LIKES].sum() == tier[: s.SHARED, s.C_IMPRESSIONS].sum() > 0
    both = [small(days=1, agents={"all": "enthusiast"}, engine=e) for e in ("kernels", "agents")]
    same(*both)
    kernels, agents = (
        small(days=2, agents={"koc": "plain"}, engine=engine).totals.sum() for engine in ("kernels", "agents")
    )
    assert kernels == agents


def test_mesa_collects_from_columns():
    import mesa

    community = small(days=1)
    collector = mesa.DataCollector(
        model_reporters={"trust": lambda m: m.agents.agg("trust", np.mean)}, agent_reporters={"tier": "tier"}
    )
    collector.collect(community)
    frame = collector.get_model_vars_dataframe()
    assert 0 < frame["trust"].iloc[0] < 1
    assert len(community.agents) == community.audience
    assert community.steps == 1


def test_debug_runs_catch_a_phase_that_writes_what_it_does_not_declare():
    from dataclasses import replace

    from sim.config import RunConfig

    community = Community(replace(SMALL, run=RunConfig(debug=True)), seed=1)
    community.step()
    meddler = replace(community.phases[0], run=lambda c: c.state.members["trust"].fill(0), writes=("clock",))
    community.phases = (meddler, *community.phases[1:])
    with pytest.raises(RuntimeError, match="wrote to members"):
        community.step()


def test_a_person_takes_at_most_96_bytes_and_an_author_48_more():
    assert s.MEMBERS.bytes_per_row <= 32
    assert sum(table.bytes_per_row for table in (s.MEMBERS, s.PROFILES, s.LATEST)) <= 96
    assert s.CREATORS.bytes_per_row <= 48


def test_a_golden_run(golden):
    community = small(members=800, days=10)
    measures = {}
    for index, name in enumerate(s.COUNTERS):
        measures[name] = int(community.state.note_history["totals"][:, index].sum())
    measures["arcs"] = community.delta.arcs
    measures["orders"] = int(community.state.profiles["orders"].sum())
    measures["spend"] = int(community.state.profiles["spend"].sum())
    measures["trust"] = float(community.state.members["trust"].astype(float).sum())
    golden("community_800_members_10_days", measures)


def test_lever_table_stacks_by_rule_and_keeps_bounds():
    from sim.levers import Desk

    community = small()
    segment = np.zeros(len(community.state.members), bool)
    segment[:100] = True
    other = np.zeros_like(segment)
    other[50:200] = True
    community.levers.clear()
    desk = Desk(community)
    desk.modify("action.like", 2.0, segment)
    desk.modify("action.like", 3.0, other)
    desk.modify("feed.relevance", 2.0)
    desk.modify("post.quality", 0.5, segment)
    desk.modify("post.quality", 0.25, segment)
    desk.modify("visit.odds", 1e6)
    community.levers.resolve(community.state.members["cohort"])
    table, cohort = community.levers.table, community.state.members["cohort"]
    like = table[cohort, INDEX["action.like"]]
    assert like[:50].tolist() == [2.0] * 50
    assert like[50:100].tolist() == [6.0] * 50
    assert like[100:200].tolist() == [3.0] * 100
    assert (like[200:] == 1.0).all() and (cohort[200:] == 0).all()
    assert np.allclose(table[0, INDEX["feed.relevance"]], 8 / 9)
    assert table[cohort[0], INDEX["post.quality"]] == 0.75
    assert (table[:, INDEX["visit.odds"]] == 10.0).all()
    assert without(community, "levers")


@pytest.mark.parametrize("seed", [6, 2**64 - 1])
def test_any_seed_of_64_bits_makes_a_world(seed):
    community = small(seed=seed, members=200, days=1)
    assert community.delta.arcs > 200


def test_a_graph_from_a_file_says_who_the_members_are(tmp_path):
    rng = np.random.default_rng(1)
    arcs = {(int(u), int(v)) for u, v in rng.integers(0, 300, (3000, 2)) if u != v}
    path = tmp_path / "follows.txt"
    path.write_text("7 7 7\n" + "".join(f"{u} {v} {u}\n" for u, v in sorted(arcs)))
    told = GraphConfig(kind="edges", path=str(path), self_loops="drop", columns=["0", "1"])
    community = small(graph=told, warmup_days=0)
    assert community.config.world.members == 300 and community.delta.arcs == len(arcs)
    community.run_days(2)
    again = Community.from_arrays(small(graph=community.config.graph).config, 1, community.arrays())
    assert again.config.world.members == 300
    same(community, again)
