"""The shipped YAML: one truth with the dataclasses, sources beside every number, nothing that could run
code.
"""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from typing import Any

import pytest
import yaml

from scenarios.calendars import build_calendar
from scenarios.catalogue import find
from scenarios.lever_files import EVIDENCE, lever_spec
from scenarios.library import LEVER_GROUPS, read_yaml
from scenarios.plan_files import resolve
from scenarios.plans import build_plan
from scenarios.records import typed
from scenarios.registry import all_levers, behaviours
from scenarios.segments import COLUMNS, SegmentBook
from scenarios.shocks import OPERATOR, all_shocks, build_shocks
from sim.bounds import BOUNDS
from sim.config import AudienceConfig, BrandConfig, GraphConfig, PlatformConfig, WorldConfig
from sim.levers import OFFER_PHASES
from tests.scenarios.desk import CONF, LIBRARY

HAN = re.compile("[\u4e00-\u9fff]")

FILES = sorted(CONF.rglob("*.yaml"))
GROUPS = [
    ("world", "community", WorldConfig),
    ("audience", "documents_2023", AudienceConfig),
    ("graph", "power_law", GraphConfig),
    ("platform", "xiaohongshu", PlatformConfig),
]


@pytest.mark.parametrize(("group", "name", "cls"), GROUPS)
def test_the_default_choice_of_a_group_is_the_default_of_its_dataclass(
    group: str, name: str, cls: Any
) -> None:
    assert LIBRARY.read(group, name) == asdict(cls())


def test_the_focal_brand_and_its_product_are_the_defaults_of_their_dataclasses() -> None:
    brand = LIBRARY.read("brand", "focal") | {"products": list(LIBRARY.read("product", "serum").values())}
    assert brand == asdict(BrandConfig())


@pytest.mark.parametrize(("group", "name", "cls"), GROUPS)
def test_every_choice_of_a_group_is_valid(group: str, name: str, cls: Any) -> None:
    for choice in LIBRARY.names(group):
        values = LIBRARY.read(group, choice)
        if group == "graph" and choice == "edges":
            values = values | {"path": "arcs.txt"}
        assert typed(cls, values, group).name == choice


@pytest.mark.parametrize(("group", "name", "cls"), GROUPS)
def test_a_range_worth_trying_is_one_that_is_allowed(group: str, name: str, cls: Any) -> None:
    bounds = {rule.name: rule.metadata.get(BOUNDS) for rule in fields(cls)}
    written = re.findall(
        r"^(\w+): .*?\| ([-\d.,e]+) to ([-\d.,e]+)", LIBRARY.path(group, name).read_text("utf-8"), re.M
    )
    assert len(written) >= 3
    for key, low, high in written:
        first, last = (float(word.replace(",", "")) for word in (low, high))
        assert bounds[key][0] <= first < last <= bounds[key][1], key


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_file_opens_with_a_sentence_and_runs_no_code(path: Any) -> None:
    text = path.read_text("utf-8")
    assert re.match(r"# .+[.:,].*\n", text)
    assert "@package" not in text and "_target_" not in text
    read_yaml(path)


@pytest.mark.parametrize("group", ["world", "audience", "graph", "platform", "brand", "product", "study"])
def test_every_number_has_its_unit_and_its_source_beside_it(group: str) -> None:
    for name in LIBRARY.names(group):
        for line in LIBRARY.path(group, name).read_text("utf-8").splitlines():
            if re.match(r"\s*\w+: \[?[-\d]", line) and not line.startswith("topics:"):
                assert line.count(" | ") >= 1, f"{group}/{name}: {line}"


def test_every_lever_is_complete() -> None:
    levers = all_levers(LIBRARY)
    assert sorted(lever.file.id for lever in levers) == sorted(f"L{number:02d}" for number in range(1, 101))
    assert {lever.group for lever in levers} <= set(LEVER_GROUPS)
    for lever in levers:
        assert lever.file.en and lever.file.zh and lever.file.kpis and lever.file.side_effects
        assert lever.file.expected and HAN.search(lever.file.expected_zh), lever.key
        assert HAN.search(lever.file.side_effects_zh), lever.key
        assert lever.file.side_effects_zh.startswith("无，因为") != bool(lever.file.harms), lever.key
        # a class only where the lever is a behaviour, and only where its file does not say all
        assert not lever.file.behaviour or lever.file.kind == "behaviour"
        assert not lever.file.behaviour or lever.file.behaviour in behaviours()
        assert bool(lever.file.parts) == (lever.file.kind == "bundle")
        assert lever.file.changes or lever.file.offers or lever.file.parts
        assert set(lever.file.offers) <= set(OFFER_PHASES)
        assert lever.assumed <= 1.0
        for record in [*lever.file.parameters.values(), *lever.file.costs, *lever.file.changes]:
            assert record.evidence in EVIDENCE and record.source


def test_levers_are_found_by_words_of_both_languages_and_by_number() -> None:
    assert [lever.key for lever in find(LIBRARY, ["优惠券"])] == ["coupons"]
    assert [lever.key for lever in find(LIBRARY, ["placements", "koc"])] == ["kol_koc_mix"]
    assert [lever.key for lever in find(LIBRARY, ["L12"])] == ["quality_boost"]
    assert not find(LIBRARY, ["no such word"])


def test_no_two_levers_do_the_same_to_the_same_people() -> None:
    users: dict[Any, list[str]] = {}
    for lever in all_levers(LIBRARY):
        if not lever.file.alias_of:
            for move in set(lever.moves()):
                users.setdefault(move, []).append(lever.key)
    assert {move: keys for move, keys in users.items() if len(keys) > 1} == {}


def blocks(page: str) -> list[Any]:
    """The YAML that a page of the documentation shows."""
    text = (CONF.parent / "docs" / page).read_text("utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def test_the_guides_show_a_lever_and_a_plan_that_are_valid() -> None:
    from datetime import date

    lever, keys = blocks("write_a_lever.md")
    data = lever["dark_mode"]
    assert lever_spec("dark_mode", "experience", data).file.kind == "mechanism"
    assert "below" in lever_spec("gentle_mode", "experience", {**data, **keys}).file.parameters
    (plan,) = blocks("write_a_plan.md")
    assert len(build_plan(resolve({"plan": plan}, LIBRARY), date(2025, 3, 3), 45).actions) == 2


def test_every_segment_parses_and_has_two_names() -> None:
    book = SegmentBook.of(LIBRARY)
    for name, file in book.files.items():
        assert name not in COLUMNS and file.en and file.zh
        assert book.find(name).expression == book.find(file.zh).expression == book.find(file.en).expression


def test_calendars_and_shocks_are_valid() -> None:
    from datetime import date

    for name in LIBRARY.names("calendar"):
        build_calendar(LIBRARY.read("calendar", name))
    shocks = all_shocks(LIBRARY)
    assert {file.id for file in shocks.values()} == {f"X{number}" for number in range(1, 16)}
    levers = LIBRARY.levers()
    for name, file in shocks.items():
        assert file.kpis and set(file.mitigation) <= set(levers), name
        assert file.expected and HAN.search(file.expected_zh), name
        built = build_shocks(LIBRARY.read("shock", name), date(2025, 10, 8), 45)
        assert file.kind == OPERATOR if not built else built[0].start == 10


VALIDATION = (
    "N4 N8 N10 N11 N12 C4 C5 C10 E6 E8 E11 E14 E15 E18 E19 "
    "R3 R4 R9 R12 R13 I2 I3 I4 P4 P7 K2 K3 K5 K8 G6 G7 G8"
)


def test_no_default_rests_on_a_fact_that_is_kept_for_validation() -> None:
    facts = re.compile(r"\b(" + "|".join(VALIDATION.split()) + r")\b")
    for group in ("world", "audience", "graph", "platform", "brand", "product", "calendar"):
        for name in LIBRARY.names(group):
            for line in LIBRARY.path(group, name).read_text("utf-8").splitlines():
                if facts.search(line) and not line.startswith("#"):
                    assert "assumption" in line and "check" in line, f"{group}/{name}: {line}"
    for lever in all_levers(LIBRARY):
        for record in [*lever.file.parameters.values(), *lever.file.costs, *lever.file.changes]:
            assert not facts.search(record.source), f"{lever.key}: {record.source}"
