"""Members as Mesa agents: the answers of Mesa's own agent set, overrides, one protocol run in three ways."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import weakref

import mesa
import numpy as np
import pytest

from sim._numba import njit
from sim.agents import (
    DECISIONS,
    KOC,
    TIER_CLASSES,
    ActiveUser,
    AgentError,
    Member,
    Members,
    OrdinaryUser,
    TopCreator,
    agent_classes,
    call_view,
    overridden,
    python_tiers,
    rebind,
    register_agent_class,
)
from sim.agents.attributes import ATTRIBUTES
from sim.agents.mesa_api import AgentSet
from sim.errors import ConfigError
from sim.graph import FollowerGraph, GraphDelta
from sim.randomness import S_OVERRIDE, block, uniform53
from sim.state import schema as s
from sim.state.tables import State

pytestmark = pytest.mark.mesa
SIZE = 1000


def people(seed):
    """1,000 people, one in ten not on the platform; the top tiers have written."""
    rng = np.random.default_rng(seed)
    state = State()
    for name, rows in (("members", SIZE), ("profiles", SIZE), ("creators", SIZE // 4)):
        getattr(state, name).take(rows)
    members, profiles = state.members, state.profiles
    members["id"] = 5_000 + rng.permutation(SIZE)
    members["flags"] = np.where(rng.random(SIZE) < 0.9, s.ON_PLATFORM, 0)
    members["tier"] = rng.choice(4, SIZE, p=[0.6, 0.25, 0.1, 0.05])
    members["trust"] = rng.random(SIZE).round(1)
    members["interest"][:, 0] = 255
    profiles["stage"] = rng.integers(1, s.N_STAGES, SIZE)
    profiles["spend"] = rng.integers(0, 2**32, SIZE)
    profiles["demographics"] = rng.integers(0, 4, SIZE) << s.DEMOGRAPHIC_BITS["city_tier"][0]
    profiles["creator"] = -1
    authors = np.flatnonzero(members["tier"] >= s.KOC)
    profiles["creator"][authors] = np.arange(len(authors))
    state.creators["member"][: len(authors)] = authors
    state.creators["skill"] = rng.normal(size=SIZE // 4)
    state.clock.array["seed"] = seed
    state.clock.array["day"] = 40
    return state


class Town(mesa.Model):
    """The smallest model that carries members."""

    def __init__(self, seed=7, classes=TIER_CLASSES):
        super().__init__(rng=seed)
        self.state = people(seed)
        rng = np.random.default_rng(seed)
        arcs = rng.integers(0, SIZE, (2, 5 * SIZE))
        self.delta = GraphDelta(FollowerGraph.from_edges(*arcs, size=SIZE))
        self.agent_classes = classes
        self.bulk_methods = {}
        self.asked = []
        self._members = Members(self)

    agents = property(lambda self: self._members)
    agents_by_type = property(lambda self: self._members.by_type())
    agent_types = property(lambda self: list(self._members.by_type()))

    def decide(self, name, row, *arguments):
        self.asked.append((name, row, *arguments))
        return 1

    def step(self):
        self.state.clock.array["day"] += 1
        self.agents.set("fatigue", self.steps / 10)


@pytest.fixture
def town():
    return Town()


class Plain(mesa.Agent):
    """A real Mesa agent with the values of one member, for comparison."""

    def __init__(self, model, member):
        super().__init__(model)
        for name in ("trust", "tier", "city_tier", "spend", "follower_count"):
            setattr(self, name, getattr(member, name))
        self.key = member.unique_id
        if member.creator >= 0:
            self.skill = member.skill

    def double(self, by=2):
        return self.trust * by


class Doubling(Member):
    __slots__ = ()
    key = ATTRIBUTES["unique_id"]

    def double(self, by=2):
        return self.trust * by


QUESTIONS = {
    "len": len,
    "order": lambda a: [x.key for x in a],
    "slice": lambda a: [x.key for x in a.to_list()[3:7]],
    "select": lambda a: [x.key for x in a.select(lambda x: x.trust > 0.5)],
    "select few": lambda a: [x.key for x in a.select(lambda x: x.tier == "koc", at_most=5)],
    "select share": lambda a: [x.key for x in a.select(at_most=0.25)],
    "select none": lambda a: len(a.select(lambda x: False)),
    "select nothing": lambda a: [x.key for x in a.select()],
    "get": lambda a: list(a.get("trust")),
    "get several": lambda a: a.get(["tier", "spend", "trust"]),
    "get default": lambda a: list(a.get("skill", handle_missing="default", default_value=-1.0)),
    "get unknown": lambda a: a.get("nothing", "default", 3),
    "get mixed": lambda a: a.get(["skill", "nothing", "tier"], "default", None),
    "mean": lambda a: a.agg("trust", np.mean),
    "several": lambda a: a.agg("spend", [min, max, sum, len]),
    "sorted": lambda a: [x.key for x in a.sort("trust")],
    "ascending": lambda a: [x.key for x in a.sort("tier", ascending=True)],
    "by function": lambda a: [x.key for x in a.sort(lambda x: (x.city_tier, -x.spend))],
    "groups": lambda a: a.groupby("tier").count(),
    "group order": lambda a: list(a.groupby("trust").groups),
    "group members": lambda a: {k: [x.key for x in g] for k, g in a.groupby("city_tier")},
    "group agg": lambda a: a.groupby("tier").agg("spend", max),
    "group lists": lambda a: a.groupby(lambda x: x.spend % 3, result_type="list").agg("trust", sum),
    "group map": lambda a: a.groupby("tier").map(lambda g: len(g)),
    "group method": lambda a: a.groupby("city_tier").map("agg", "follower_count", max),
    "map": lambda a: a.map("double", by=3),
    "map function": lambda a: a.map(lambda x, y: x.trust + y, 1),
    "index": lambda a: a.index(a.to_list()[17]),
}


@pytest.mark.filterwarnings("ignore:AgentSet.__getitem__")
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_the_one_that_mesas_own_agent_set_gives(question):
    ours = Town(classes=agent_classes({"all": "Doubling"}))
    theirs = mesa.Model()
    # Held here: the set itself holds its agents weakly.
    plain = [Plain(theirs, member) for member in ours.agents]
    plain_set = AgentSet(plain, random=theirs.random)
    if not hasattr(plain_set, "to_list"):
        plain_set.to_list = lambda: list(plain_set)
    expected, answer = QUESTIONS[question](plain_set), QUESTIONS[question](ours.agents)
    assert type(answer) is type(expected) or isinstance(answer, float)
    assert answer == expected


register_agent_class("Doubling", Doubling)


def test_nothing_of_mesas_agent_set_is_left_to_mesa():
    bookkeeping = {"__class_getitem__", "__init_subclass__", "__subclasshook__", "__class__"}
    for name in dir(AgentSet):
        theirs = getattr(AgentSet, name)
        if name in bookkeeping or not callable(theirs) or theirs is getattr(object, name, None):
            continue
        home = next(cls for cls in Members.__mro__ if name in vars(cls))
        assert home.__module__.startswith("sim.agents"), name


def test_a_view_reads_and_writes_the_columns(town):
    state = town.state
    row = int(np.flatnonzero((state.members["tier"] == s.TOP) & (state.members["flags"] == 1))[0])
    member = town.agents.view(row)
    assert type(member) is TopCreator
    assert member.unique_id == state.members["id"][row]
    assert member.trust == float(state.members["trust"][row])
    assert member.skill == float(state.creators["skill"][state.profiles["creator"][row]])
    assert member.city_tier == s.CITY_TIERS[state.profiles["demographics"][row] >> 4 & 3][0]
    assert member.interests == {"beauty": 1.0}
    member.trust, member.effort, member.stage, member.fan_class = 0.25, 1.5, "advocacy", "忠诚粉丝"
    assert state.members["trust"][row] == 0.25
    assert state.creators["effort"][state.profiles["creator"][row]] == 1.5
    assert state.profiles["stage"][row] == s.ADVOCACY
    assert member.fan_class == "loyal"
    member.interests = {"food": 2, "旅行": 1, "pets": 1e-9}
    assert state.members["interest"][row].sum() == 255
    assert member.interests == {"food": 170 / 255, "travel": 85 / 255}
    member.tier = "koc"
    assert type(member) is TopCreator
    assert type(town.agents.view(row)) is KOC


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("trust", 1.5, ValueError, "from 0 to 1"),
        ("trust", float("nan"), ValueError, "from 0 to 1"),
        ("trust", "high", TypeError, "is a number"),
        ("points", 70_000, ValueError, "from 0 to 65535"),
        ("points", -1, ValueError, "from 0 to 65535"),
        ("points", 2.5, ValueError, "whole number"),
        ("tier", "boss", ValueError, "ordinary, active, koc, top"),
        ("tier", 4, ValueError, "ordinary, active, koc, top"),
        ("interests", {"chess": 1}, ValueError, "no topic 'chess'"),
        ("unique_id", 3, AttributeError, "cannot be set"),
        ("city_tier", "tier_1", AttributeError, "born with"),
        ("followers", [1], AttributeError, "cannot be set"),
        ("on_platform", False, AttributeError, "churn"),
        ("mood", 1, AttributeError, "unique_id in a dictionary"),
        ("react", 1, AttributeError, "unique_id in a dictionary"),
        ("skill", 1, AttributeError, "never written"),
    ],
)
def test_what_a_column_cannot_hold_is_refused_in_words(town, name, value, error, words):
    member = town.agents.select(agent_type=OrdinaryUser)[0]
    before = town.state.members.array.tobytes(), town.state.profiles.array.tobytes()
    with pytest.raises(error, match=words):
        setattr(member, name, value)
    if name not in ("mood", "react"):
        with pytest.raises(error, match=words):
            town.agents.set(name, value)
    assert before == (town.state.members.array.tobytes(), town.state.profiles.array.tobytes())


def test_followers_are_those_of_now(town):
    member = town.agents.view(3)
    assert sorted(member.followers) == sorted(town.delta.graph_view().predecessors(3))
    gone, new = member.followers[0], next(r for r in range(SIZE) if r != 3 and r not in member.followers)
    town.delta.apply([new], [3], [gone], [3])
    assert new in member.followers and gone not in member.followers
    assert len(member.followers) == member.follower_count
    assert 3 in town.agents.view(new).followees
    fans = town.agents.at(member.followers)
    assert fans.get("unique_id").tolist() == town.state.members["id"][member.followers].tolist()


def test_views_are_equal_by_model_and_row_and_keep_no_model_alive(town):
    a, b = town.agents.view(5), town.agents.view(5)
    assert a == b and hash(a) == hash(b) and len({a, b}) == 1
    assert a != Town().agents.view(5)
    for refused in (a.remove, lambda: KOC.create_agents(town, 3)):
        with pytest.raises(AgentError, match="people"):
            refused()
    with pytest.raises(AttributeError, match=r"self\.draw"):
        a.random.random()
    other = Town()
    other.agents.do(lambda member: None)
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None


def test_the_models_own_list_is_live_and_only_a_copy_can_be_changed(town):
    agents, fixed = town.agents, town.agents.copy()
    out = int(np.flatnonzero(town.state.members["flags"] == 0)[0])
    stranger, first = agents.view(out), agents[0]
    town.state.members["flags"][out] = s.ON_PLATFORM
    assert len(agents) == len(fixed) + 1 and stranger in agents and stranger not in fixed
    for change in (
        lambda: agents.add(stranger),
        lambda: agents.remove(first),
        lambda: agents.discard(first),
        agents.clear,
        agents.pop,
        lambda: agents.shuffle(inplace=True),
        lambda: agents.select(at_most=3, inplace=True),
    ):
        with pytest.raises(AgentError, match=r"model.agents.copy\(\)"):
            change()
    fixed.add(stranger)
    fixed.remove(first)
    assert stranger in fixed and first not in fixed and fixed[-1] == stranger
    with pytest.raises(KeyError):
        fixed.remove(first)
    assert fixed.select(at_most=3, inplace=True) is fixed and len(fixed) == 3


def test_sets_of_members_behave_as_sets(town):
    everybody = town.agents
    koc, trusting = everybody.select(agent_type=KOC), everybody.select(everybody.get("trust") > 0.5)
    a, b = set(koc), set(trusting)
    for ours, theirs in (
        (koc & trusting, a & b),
        (koc | trusting, a | b),
        (koc - trusting, a - b),
        (koc ^ trusting, a ^ b),
        (koc & b, a & b),
        (koc | b, a | b),
        (a - trusting, a - b),
    ):
        assert isinstance(ours, Members) and set(ours) == theirs and len(ours) == len(theirs)
    assert koc <= everybody and koc < everybody and everybody >= koc and everybody > koc
    assert koc == a and koc == koc.shuffle() and koc != trusting and koc & trusting != koc
    assert koc.isdisjoint(everybody.select(agent_type=ActiveUser)) and not koc.isdisjoint(everybody)
    assert list(reversed(koc)) == list(koc)[::-1] and koc.count(koc[0]) == 1
    changed = copy.copy(koc)
    changed |= trusting
    changed -= koc
    assert changed == b - a
    assert Members(town, [5, 3, 5]).rows.tolist() == [5, 3]
    with pytest.raises(AgentError, match="from 0 to 999"):
        Members(town, [1000])


def test_conditions_on_arrays_and_zero_copy_columns(town):
    agents = town.agents
    assert agents.select(agents.get("trust") > 0.5, at_most=9).get("trust").min() > 0.5
    assert np.shares_memory(agents.column("trust"), town.state.members.array)
    assert agents.column("creators.followers").dtype == np.int32
    agents.column("trust")[agents.rows] = 0.5
    assert agents.agg("trust", [min, max]) == [0.5, 0.5]
    agents.set("trust", np.linspace(0, 1, len(agents)))
    assert agents[-1].trust == 1.0
    # Nothing wraps round: the column itself is unsigned.
    assert (agents.get("spend") - 2**40).max() < 0
    with pytest.raises(AgentError, match=r"index whole columns by \.rows"):
        agents.select(agents.column("trust") > 0.5)
    with pytest.raises(AttributeError, match="never written"):
        agents.get("skill")
    assert len(agents.select(agent_type=(KOC, TopCreator)).get("skill"))
    assert agents.by_id(agents[4].unique_id) == agents[4]


def test_a_shuffle_is_addressed_and_leaves_the_models_generator_alone(town):
    before = town.random.getstate()
    first, second = town.agents.shuffle(), town.agents.shuffle()
    assert set(first) == set(town.agents) and list(first) != list(second)
    assert list(Town().agents.shuffle()) != list(town.agents) and town.random.getstate() == before
    again = Town()
    missing = first.rows[10]
    again.state.members["flags"][missing] = 0
    assert again.agents.shuffle().rows.tolist() == [row for row in first.rows.tolist() if row != missing]
    again.state.clock.array["day"] += 1
    assert again.agents.shuffle().rows.tolist() != first.rows.tolist()
    order = []
    Town().agents.shuffle_do(lambda member: order.append(member.row))
    assert order == first.rows.tolist()


def test_do_by_name_goes_to_the_kernel_unless_a_class_has_its_own(town):
    calls = []
    town.bulk_methods["engage"] = lambda members, pace: calls.append((len(members), pace))
    assert town.agents.do("engage", pace=2) is town.agents
    town.agents.shuffle_do("engage", 3)
    assert calls == [(len(town.agents), 2), (len(town.agents), 3)]

    class Eager(KOC):
        __slots__ = ()
        done = 0

        def engage(self, pace):
            Eager.done += pace

    town.agent_classes = (*TIER_CLASSES[:2], Eager, TIER_CLASSES[3])
    koc = town.agents.select(agent_type=KOC)
    koc.do("engage", 1)
    assert Eager.done == len(koc) and len(calls) == 2


def test_a_data_collector_sees_an_ordinary_model(town):
    collector = mesa.DataCollector(
        model_reporters={
            "people": lambda m: len(m.agents),
            "fatigue": lambda m: m.agents.agg("fatigue", max),
        },
        agent_reporters={"trust": "trust", "tier": lambda member: member.tier},
        agenttype_reporters={KOC: {"skill": "skill"}, Member: {"fans": "follower_count"}},
    )
    for _ in range(2):
        town.step()
        collector.collect(town)
    koc = town.agents_by_type[KOC]
    assert town.agent_types == list(town.agents_by_type)
    assert collector.get_model_vars_dataframe()["fatigue"].tolist() == pytest.approx([0.1, 0.2])
    frame = collector.get_agent_vars_dataframe().xs(2, level="Step")
    assert frame.index.tolist() == town.agents.get("unique_id").tolist()
    assert frame["trust"].tolist() == town.agents.get("trust").tolist()
    of_type = collector.get_agenttype_vars_dataframe(KOC).xs(1, level="Step")
    assert of_type["skill"].tolist() == koc.get("skill").tolist()
    assert len(collector.get_agenttype_vars_dataframe(Member)) == 2 * len(town.agents)


def test_sets_and_views_can_be_pickled_with_their_model(town):
    koc, first = pickle.loads(pickle.dumps((town.agents.select(agent_type=KOC), town.agents[0])))
    assert koc.model is first.model and koc.model is not town
    assert koc.rows.tolist() == town.agents.select(agent_type=KOC).rows.tolist()
    assert koc.model.agents[0] == first and first.trust == town.agents[0].trust


# ---------------------------------------------------------------------- overrides


class TiredKoc(KOC):
    """Writes nothing when weary."""

    __slots__ = ()

    def plan_posts(self):
        return 0 if self.fatigue > 0.5 else super().plan_posts()


class Sceptic(Member):
    """For any tier."""

    __slots__ = ()

    def react(self, note, surface, order):
        return 0


register_agent_class("tired_koc", TiredKoc)
register_agent_class("sceptic", Sceptic)


def test_overrides_are_found_and_the_rest_asks_the_model(town):
    assert list(overridden(TiredKoc)) == ["plan_posts"]
    assert not any(overridden(cls) for cls in TIER_CLASSES)
    classes = agent_classes({"koc": "tired_koc", "all": "sceptic"})
    assert [list(overridden(cls)) for cls in classes] == [["react"], ["react"], ["plan_posts"], ["react"]]
    assert all(issubclass(cls, tier) for cls, tier in zip(classes, TIER_CLASSES, strict=True))
    assert classes == agent_classes({"all": "sceptic", "koc": "tired_koc"})
    assert python_tiers(agent_classes({"koc": "tired_koc"})).tolist() == [False, False, True, False]
    town.agent_classes = classes
    member = town.agents.select(agent_type=TiredKoc)[0]
    member.fatigue = 0.9
    assert member.plan_posts() == 0 and not town.asked
    member.fatigue = 0.1
    assert member.plan_posts() == 1 and town.asked == [("plan_posts", member.row)]
    for name, arguments in zip(DECISIONS, ((), (), (4,), (9, 0, 4), ()), strict=True):
        getattr(member, name)(*arguments)
        assert town.asked[-1] == (name, member.row, *arguments)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"boss": "sceptic"}, "agents.boss is unknown: permitted are ordinary, active, koc, top, all"),
        ({"koc": "nobody"}, "agents.koc='nobody' is not a registered agent class: registered are .*sceptic"),
        ({"koc": "os.path"}, "would import code from outside"),
        ({"top": "tired_koc"}, "TiredKoc is a kind of KOC and cannot stand for the tier top"),
    ],
)
def test_a_config_names_registered_classes_only(chosen, words):
    with pytest.raises(ConfigError, match=words):
        agent_classes(chosen)


def test_an_import_needs_the_flag_and_a_registered_name_is_kept():
    assert agent_classes({"koc": "sim.agents.tiers.KOC"}, allow_import=True)[s.KOC] is KOC
    for name in ("sim.agents.tiers.Nobody", "no.such.module", "os.path"):
        with pytest.raises(ConfigError, match=name):
            agent_classes({"koc": name}, allow_import=True)
    with pytest.raises(ConfigError, match="is taken by"):
        register_agent_class("tired_koc", Sceptic)
    with pytest.raises(ConfigError, match="must derive from Member"):
        register_agent_class("text", str)


def test_a_draw_has_an_address(town):
    member = town.agents.view(8)
    seed, key = 7, int(town.state.members["id"][8])
    w0, w1, _, _ = block(seed, S_OVERRIDE, key, 40 << 8, 3, 12)
    assert member.draw(12, 3) == uniform53(w0, w1)
    mood = member.draw("mood")
    assert 0 < mood < 1 and member.draw("mood") == mood
    others = {member.draw("mood", 1), member.draw("luck"), town.agents.view(9).draw("mood")}
    town.state.clock.array["slot"] = 1
    assert len(others | {mood, member.draw("mood")}) == 5
    with pytest.raises(ValueError, match="below"):
        member.draw(1 << 24)


@njit
def weigh(values, i, k):
    """A decision: float arithmetic and single precision, which interpreted code would do differently."""
    return np.int64(values[i] * np.float32(0.3) * 1e7) + k


@njit
def rounds(values, i):
    """An inner protocol."""
    total = 0
    for k in range(3):
        total += weigh(values, i, k)
    return total


@njit
def protocol(values, i):
    return rounds(values, i) + weigh(values, i, 10)


def test_one_protocol_runs_compiled_interpreted_and_with_an_override(town):
    values = np.random.default_rng(1).random(50).astype(np.float32)
    plain = rebind(protocol, {}, protocols=["rounds"])
    assert all(plain(values, i) == protocol(values, i) for i in range(50))

    class Weighing(Member):
        __slots__ = ()

        def choose(self, order):
            return self.row * 100 + order

    town.agent_classes = (Weighing,) * 4
    ask = call_view(town, "choose", lambda values, i, k: (i, k), pack=lambda answer, *_: answer + 1)
    inside = rebind(protocol, {"weigh": ask}, protocols=["rounds"])
    assert inside(values, 2) == 4 * 201 + 0 + 1 + 2 + 10
    assert inside is rebind(protocol, {"weigh": ask}, protocols=["rounds"])
    outside = rebind(protocol, {"weigh": ask})
    assert outside(values, 2) == rounds(values, 2) + 211
    assert plain(values, 2) == protocol(values, 2)
    with pytest.raises(AgentError, match="calls nothing named wiegh"):
        rebind(protocol, {"wiegh": ask})
    with pytest.raises(AgentError, match="no decision 'weigh'"):
        call_view(town, "weigh", lambda *a: a)
    Weighing.choose = lambda self, order: None
    with pytest.raises(
        AgentError, match=r"Weighing.choose must return an integer or a truth value, not None"
    ):
        inside(values, 2)
    gone = weakref.ref(ask)
    del ask, inside, outside
    gc.collect()
    assert gone() is None


def test_importing_the_agents_leaves_the_start_method_of_processes_alone():
    code = (
        "import multiprocessing as m; m.set_start_method('forkserver'); import sim.agents; "
        "assert m.get_start_method() == 'forkserver'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
