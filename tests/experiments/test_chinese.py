"""Every sentence that a verb can end with has its Chinese form, and every Chinese form its sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from experiments.chinese import SENTENCES, longest, parts, translated
from experiments.chinese.sources import SOURCES
from experiments.chinese.terms import PHASES, term
from experiments.complaints import in_chinese
from experiments.lever_pages import show_lever
from scenarios.action_specs import COMMON
from scenarios.lever_files import LeverSpec, marked
from scenarios.library import Library, shipped
from scenarios.operations import QUALITIES
from scenarios.registry import all_levers
from scenarios.review_texts import TEXTS
from scenarios.segments import SegmentBook
from sim.errors import SeedbedError
from sim.graph.arcs import LOOPS
from sim.kpis.registry import KPIS
from sim.levers import MECHANISMS, OFFER_PHASES
from sim.state.schema import TABLES

ROOT = Path(__file__).parents[2]
HAN = re.compile("[\u4e00-\u9fff]")
PYTHON = (
    "sim/accounts.py", "sim/diffusion/adoption.py", "sim/diffusion/epidemics.py",
    "sim/graph/centrality.py", "sim/graph/convert.py", "sim/graph/delta.py", "sim/graph/generators.py",
    "sim/graph/popularity.py", "sim/graph/power_law.py", "sim/graph/statistics.py", "sim/graph/tastes.py",
    "sim/graph/writers.py", "sim/graph/xml_writing.py", "sim/kpis/", "sim/levers/desk.py",
    "sim/levers/mechanisms.py",
)  # fmt: skip
"""Where only a programmer can go wrong: no verb hands on what its user wrote."""
MADE = (
    "an agent class", "agent class", "the agent class", "followers and followees", "there are x followers", "self_loops is",
    "with a size", "arc x has", "x members need as many", "arc attribute x has",
)  # fmt: skip
"""What only a programmer can hand over, in files that verbs use too."""
PASSED_ON = {"x: x", "x: x ", "x: xx", "x; x would fit, so its unit may be wrong by x"}
"""Sentences of others with something before or behind them."""
FILLED = {
    **dict.fromkeys(("hint", "at_once", "unit", "_advice(text)", "about", "why"), ""),
    "' (8% or 0.08)' if share else ''": "",
    "noun": "column",
    "cure": "seedbed resume x plays it again",
    "kind": "is out of bounds",
    "what": "{what}",
    "count": "2 cells cannot be played, so nothing was: ",
}
"""Expressions in sentences that are parts of them, with a value that makes a sentence."""
WHAT = ("there is no study", "rival")
"""What ``{what}`` stands for, here or there."""


def errors() -> set[str]:
    """Names of `SeedbedError` and all that derive from it, besides those of agents written in Python and of the books."""
    import experiments.calibration.fit
    import experiments.studies.driver
    import experiments.studies.study  # noqa: F401

    found, new = {"SeedbedError"}, [SeedbedError]
    while new:
        new = [sub for one in new for sub in one.__subclasses__()]
        found |= {one.__name__ for one in new}
    return found - {"AgentError", "LedgerError"}


def text_of(node: ast.expr) -> str | None:
    """A sentence as it may read, something in every slot; None where it is made elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        said = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                said += FILLED.get(ast.unparse(part.value), "x")
            else:
                said += text_of(part) or ""
        return said
    if isinstance(node, ast.BinOp):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "strip" in node.func.attr:
        inner = text_of(node.func.value)
        return None if inner is None else inner.strip(" .")
    return None


@cache
def sources() -> list[tuple[str, ast.Module]]:
    """The files of the packages, from the folder of the project on, and what they say."""
    files = [
        file
        for package in ("sim", "scenarios", "experiments")
        for file in sorted((ROOT / package).rglob("*.py"))
    ]
    return [(file.relative_to(ROOT).as_posix(), ast.parse(file.read_text("utf-8"))) for file in files]


def raised() -> Iterator[tuple[str, str]]:
    """Where a sentence is made, and the sentence."""
    names = errors()
    for place, tree in sources():
        if place.startswith(PYTHON):
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called = ast.unparse(node.func)
            if called in names or called == "self.fail":
                said = text_of(node.args[0])
                if said:
                    yield f"{place}:{node.lineno}", f"x: 'x' {said}" if called == "self.fail" else said


def test_no_sentence_lacks_its_chinese_form() -> None:
    sentences = ((place, " ".join(said.split())) for place, said in raised() if said not in PASSED_ON)
    lacking = {
        place: said
        for place, said in sentences
        if not said.startswith(MADE) and not any(translated(said.replace("{what}", what)) for what in WHAT)
    }
    assert not lacking


def test_no_unit_and_no_row_of_a_table_stays_english() -> None:
    said = {kpi.unit for kpi in KPIS} | {table.row for table in TABLES}
    assert not {text for text in said if re.search("[a-z]", text) and term(text, "zh") == text}


NAMES = {"imm", "opim", "celf++", "pagerank", "k-core"}
"""Choices that are proper names."""


def words_of(lever: LeverSpec) -> set[str]:
    """Short words of a lever's file that its page says in the reader's language."""
    file = lever.file
    sized = [s for s in (file.ramp, file.cadence, file.budget) if s is not None]
    said = {file.owner, *file.offers, *(record.evidence for record in marked(file))}
    said |= {record.unit for record in (*sized, *file.parameters.values())}
    return said | {cost.per for cost in file.costs} | {c for p in file.parameters.values() for c in p.choices}


def test_a_levers_page_holds_no_english_word(capsys: pytest.CaptureFixture[str]) -> None:
    library = Library((shipped(),))
    book = SegmentBook.of(library)
    phases = {row.phase for row in (*MECHANISMS, *QUALITIES)} | set(OFFER_PHASES.values())
    assert phases <= set(PHASES)
    documented = re.findall(r"\(`(\w+)`\) \| (\S+) \|", (ROOT / "docs/phases.md").read_text("utf-8"))
    assert {(key, zh) for key, zh in documented if key in PHASES} == set(PHASES.items()) - {("plan", "方案")}
    for lever in all_levers(library):
        words = words_of(lever) - NAMES - {"", "0..1"}
        assert all(HAN.search(term(word, "zh")) for word in words), lever.key
        show_lever(lever, book, "zh")
        cells = {
            re.sub(r"^\d+ ", "", cell) for cell in re.split(r"\s{2,}|, (?=\d)| \(", capsys.readouterr().out)
        }
        ledger = {key for cost in lever.file.costs for key in (cost.what, cost.account)}
        keys = {lever.key, *lever.file.parameters, "ramp", "cadence", "budget", "strength", *COMMON}
        assert not (cells & (words | ledger | phases)) - keys, lever.key


def test_every_source_of_a_lever_has_its_chinese_form_and_no_other_has() -> None:
    said = {record.source for lever in all_levers(Library((shipped(),))) for record in marked(lever.file)}
    assert set(SOURCES) == {text for text in said if re.search("[a-z]", text)}


def test_no_chinese_form_outlives_its_sentence() -> None:
    source = "\n".join(
        str(node.value)
        for place, tree in sources()
        if not place.startswith("experiments/chinese/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    pieces = {
        english: [piece.strip() for piece in re.split("[,;:(]| from ", longest(english))]
        for english in SENTENCES
    }
    assert not [
        english for english, said in pieces.items() if any(len(p) > 4 and p not in source for p in said)
    ]
    for english, chinese in SENTENCES.items():
        assert {slot for _, slot in parts(chinese) if slot} <= {slot for _, slot in parts(english)}, english
        sample = "".join(text + ("" if slot is None else "x") for text, slot in parts(english))
        assert translated(sample) is not None, english
    assert in_chinese("something new") == "错误：something new"


def test_sentences_within_sentences_are_said_in_chinese_too() -> None:
    assert translated(
        "2 cells cannot be played, so nothing was: a: plan 'x' is unknown; did you mean y or z? permitted are: y, z; "
        "b: seed must be a whole number from 0 to 1, not 'x'; and 1 more"
    ) == (
        "有 2 个方案无法运行，因此全部未运行：a: plan 'x' 不存在；是否想用 y 或 z？可选：y, z；"
        "b: seed 应为 0 到 1 的整数，而不是 'x'；另有 1 个"
    )
    found = translated(f"a.txt, row 3: 2 follows itself (1 of 4 do); {LOOPS}")
    assert (
        found is not None
        and found.startswith("a.txt 第 3 行：2 关注了自己")
        and "命令行用 --self-loops drop" in found
    )


def test_what_a_study_warns_of_is_said_in_chinese_too() -> None:
    for key, (_, english, chinese) in TEXTS.items():
        if key not in ("refused", "said"):  # these say what somebody else says
            slots = {slot: f"<{slot}>" for _, slot in parts(english) if slot}
            assert translated(english.format(**slots)) == chinese.format(**slots), key
    assert (
        translated("plan.actions.a: strength 0 changes nothing") == "plan.actions.a：力度为 0，不产生任何变化"
    )
