"""From overrides to a checked configuration, and the sentence for whatever is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.complaints import sentence
from experiments.compose import compose
from sim.config import CommunityConfig
from sim.errors import ConfigError, SeedbedError


def test_the_defaults_compose_into_frozen_dataclasses() -> None:
    config = compose()
    assert isinstance(config.community, CommunityConfig)
    assert config.community.world.members == 10_000
    assert (config.seed, config.days, config.scenario.name) == (1, 45, "baseline")
    assert config.resolved["plan"]["actions"] == {}
    with pytest.raises(AttributeError):
        config.community.world.members = 3  # type: ignore[misc]


def test_overrides_reach_the_world_and_the_plan() -> None:
    config = compose(
        ["scenario=double_eleven", "world=small", "world.members=1e3", "start=2025-10-20", "engine=agents",
         "threads=1", "plan.actions.coupons.depth=0.1", "content=[quality_boost]"]
    )  # fmt: skip
    assert config.community.world.members == 1_000
    assert config.community.start == date(2025, 10, 20)
    assert (config.community.run.engine, config.community.run.threads) == ("agents", 1)
    assert config.resolved["plan"]["actions"]["coupons"]["depth"] == 0.1
    assert "quality_boost" in config.resolved["plan"]["actions"]
    assert "coupons" in config.resolved["plan"]["levers"]
    assert "content" not in config.resolved
    names = config.plan().action_names
    assert names == sorted(["boost", "coupons", "kols", "quality_boost"])


WRONG = [
    (["wrold.members=5"], "key 'wrold.members' is unknown; did you mean world.members?"),
    (["world.membrs=5"], "did you mean world.members? permitted are: groups_per_1000, initial_notes"),
    (["+world.colour=red"], "world: key 'colour' is unknown"),
    (["+colour=red"], "key 'colour' is unknown"),
    (["seed=abc"], "seed must be a whole number from 0 to 18446744073709551615, not 'abc'"),
    (["world.members=1.5"], "world.members must be a whole number from 10 to 200000000, not '1.5'"),
    (["world.members=null"], "world.members must be a whole number from 10 to 200000000, not null"),
    (["platform.gate=high"], "platform.gate must be a number from 0 to 100, not 'high'"),
    (["audience.gender=3"], "audience.gender must be a list"),
    (["audience.gender=[1]"], "audience.gender needs 2 shares"),
    (["world.members=3"], "world.members=3 is out of bounds: it must be from 10"),
    (["platform.gate=-1"], "platform.gate=-1.0 is out of bounds: it must be from 0 to 1"),
    (["days=0"], "days=0 is out of bounds: it must be from 1 to 3650"),
    (["seed=-1"], "seed=-1 is out of bounds"),
    (["start=tomorrow"], "start=tomorrow is not a date; write it as 2025-10-08"),
    (["engine=magic"], "engine='magic' is unknown; permitted are kernels, agents"),
    (["lang=fr"], "lang=fr is unknown; permitted are en, zh, auto"),
    (["graph=edges"], "graph.path is empty"),
    (["scenario=double_elven"], "scenario 'double_elven' is unknown; did you mean double_eleven?"),
    (["plan=lunch"], "plan 'lunch' is unknown; did you mean launch?"),
    (["plan=../config"], "plan '../config' is unknown"),
    (["world=5"], "world '5' is unknown; permitted are: community"),
    (["product=[serum,serun]"], "product 'serun' is unknown; did you mean serum?"),
    (["content=[quality_bost]"], "content 'quality_bost' is unknown; did you mean quality_boost?"),
    (["+plan.actions.a.lever=cupons"], "did you mean coupons"),
    (["scenario=double_eleven", "+plan.actions.coupons.segment=kocz"], "did you mean kocs"),
    (["~world"], "world must hold keys with values"),
    (["days=${nope}"], "nope"),
    (["world.members=1,2"], "world.members=1,2 gives several values"),
    (["world.members=[1"], "cannot read 'world.members=[1': write key=value"),
    (["world"], "cannot read 'world': write key=value"),
    (["=5"], "cannot read '=5'"),
    (["+agents.koc=os.system"], "agents names code to be run; add --allow-code"),
]


@pytest.mark.parametrize(("overrides", "said"), WRONG, ids=[" ".join(o) for o, _ in WRONG])
def test_a_wrong_configuration_is_one_sentence(overrides: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compose(overrides)
    assert said in sentence(caught.value, "en")
    chinese = sentence(caught.value, "zh")
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
    assert "\n" not in chinese


def test_code_from_a_configuration_needs_permission() -> None:
    config = compose(["+agents.koc=mine.MyKOC"], allow_code=True)
    assert config.community.agents == {"koc": "mine.MyKOC"}


def test_a_folder_of_ones_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine" / "world").mkdir(parents=True)
    (tmp_path / "conf" / "world").mkdir(parents=True)
    small = compose(["world=small"]).resolved["world"]
    for place, members in (("mine", 111), ("conf", 222)):
        text = "\n".join(f"{key}: {value}" for key, value in {**small, "members": members}.items())
        (tmp_path / place / "world" / "tiny.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert compose(["world=tiny"]).community.world.members == 222
    assert compose(["world=tiny"], "mine").community.world.members == 111
    assert compose(["world=small"], "mine").community.world.members == 2_000
    with pytest.raises(ConfigError, match="there is no folder"):
        compose([], tmp_path / "absent")


def test_a_wrong_value_in_a_file_of_ones_own_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "world/tiny": "members: many\nname: x",
        "plan/spring": "name: spring\nactions: {wave: {lever: coupons, depth: 3}}",
        "segment/ours": "en: x\nzh: x\nwho: age >> 3",
        "scenario/odd": "defaults: [{override /world@_global_.world: tiny}]\nname: x\nstart: soon\ndays: 3",
    }.items():
        file = tmp_path / "conf" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for words, says in (
        (["world=tiny"], "conf/world/tiny.yaml: world.members must be a whole number from 10"),
        (["plan=spring"], "conf/plan/spring.yaml: plan.actions.wave.depth=3 is out of bounds"),
        (
            ["incentive=[coupons]", "plan.actions.coupons.segment=ours"],
            "conf/segment/ours.yaml: segment ours: 'age",
        ),
        (["scenario=odd", "world=small"], "conf/scenario/odd.yaml: start=soon is not a date"),
        (["plan=spring", "plan.actions.wave.depth=4"], "plan.actions.wave.depth=4 is out of bounds"),
    ):
        with pytest.raises(ConfigError) as caught:
            compose(words)
        assert sentence(caught.value, "en").startswith(says)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"members: [1\n", "broken.yaml"),
        (b"\tmembers: 1\n", "broken.yaml"),
        (b"\xff\xfe\x00", "broken.yaml"),
        (b"just text", "world: key 'just text' is unknown"),
        (b"- 1\n", "world must hold keys with values, not [1]"),
    ],
)
def test_a_broken_file_of_ones_own_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "broken.yaml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        compose(["world=broken"], tmp_path)
    assert said in sentence(caught.value, "en")


KEYS = st.sampled_from(
    [
        "seed",
        "days",
        "start",
        "warmup_days",
        "world.members",
        "world.represents",
        "graph.path",
        "graph",
        "plan",
        "scenario",
        "plan.actions",
        "plan.actions.coupons.depth",
        "platform.gate",
        "audience.gender",
        "content",
        "brand.products",
        "run",
        "lang",
        "out",
        "engine",
        "nonsense",
        "world..x",
        "hydra.run.dir",
        "calendar",
        "study.replicates",
    ]
)
ODD = ["null", "true", "[]", "{}", "[1,2]", "{a: 1}", "???", "${seed}", "${", "'", "launch", "../x", "1e400"]
VALUES = st.one_of(st.integers().map(str), st.floats().map(str), st.sampled_from(ODD), st.text(max_size=12))
OVERRIDES = st.builds("{}{}={}".format, st.sampled_from(["", "", "+", "++", "~"]), KEYS, VALUES)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=True), st.text(max_size=5)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
ACTION = st.dictionaries(
    st.sampled_from(["lever", "start", "end", "segment", "strength", "depth", "budget"]), DATA, max_size=4
)
PLAN_KEYS = [
    "name",
    "en",
    "as",
    "brand",
    "products",
    "budget",
    "budgets",
    "execution",
    "goals",
    "operations",
    "rules",
]
PLANS = st.one_of(
    DATA,
    st.dictionaries(st.sampled_from(PLAN_KEYS), DATA, max_size=3),
    st.dictionaries(st.sampled_from(["a", "b.c"]), ACTION).map(
        lambda actions: {"actions": {name: {"lever": "coupons", **keys} for name, keys in actions.items()}}
    ),
)


@settings(max_examples=40, deadline=None)
@given(PLANS)
def test_any_plan_of_a_file_gives_a_configuration_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, plan: Any
) -> None:
    folder = tmp_path_factory.mktemp("plans")
    (folder / "plan").mkdir()
    (folder / "plan" / "own.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    try:
        config = compose(["plan=own"], folder)
    except SeedbedError as error:
        assert sentence(error, "en").strip() and "\n" not in sentence(error, "en")
    else:
        assert config.days >= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "plan must hold keys with values, not ['a']"),
        ("rules: [a]\n", "plan.rules must hold keys with values, not ['a']"),
        ("products: serum\n", "plan.products must be a list"),
    ],
)
def test_a_plan_that_is_no_plan_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "own.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        compose(["plan=own"], tmp_path)
    assert str(refused.value).endswith(f"own.yaml: {said}")


def test_a_plan_without_a_name_is_called_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "own.yaml").write_text("actions: {wave: {lever: coupons, budget: 1000000}}\n")
    assert compose(["plan=own"], tmp_path).resolved["plan"]["name"] == "own"


@settings(max_examples=60, deadline=None)
@given(st.lists(OVERRIDES, max_size=3))
def test_any_override_gives_a_configuration_or_a_sentence(overrides: list[str]) -> None:
    try:
        config = compose(overrides)
    except SeedbedError as error:
        assert sentence(error, "en").strip()
        assert "\n" not in sentence(error, "en")
    else:
        assert config.days >= 1
