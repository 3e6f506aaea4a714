"""The catalogue of levers: what `seedbed levers` lists and shows, and the generated page `docs/levers.md`.

The page holds one table of coverage (lever, mechanism or offer, phase, KPI, test, evidence), one of the
mechanisms and of the operator's qualities, and one of the offers, so that a claim about a lever can be
followed to the line of the model that carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scenarios.lever_files import EVIDENCE, LeverSpec, MechanismChange, marked, neutral
from scenarios.library import KINDS, Library, read_yaml, shipped
from scenarios.operations import QUALITIES, mechanism
from scenarios.registry import all_levers
from scenarios.shocks import ShockChange, all_shocks
from sim.levers import MECHANISMS, OFFER_PHASES

ARROWS = {"up": "↑", "down": "↓"}
PROOFS = "tests/scenarios/proofs.yaml"
"""What each lever's test plays, beside the tests of a checkout."""
TEST = "tests/scenarios/test_proofs.py::test_a_lever_moves_its_kpi"
SHOCK_TEST = "tests/scenarios/test_proofs.py::test_a_shock_shows_where_it_says"


def find(library: Library, words: Sequence[str]) -> list[LeverSpec]:
    """Levers whose key, number, names, strategy kind, effect or side effects hold every word; one alone if a
    word is its key or number.
    """
    kinds = dict(KINDS)
    levers = all_levers(library)
    exact = [lever for lever in levers if words and words[-1] in (lever.key, lever.file.id)]
    if exact:
        return exact
    found = []
    for lever in levers:
        file = lever.file
        texts = (lever.key, file.id, file.en, file.zh, lever.group, kinds[lever.group], file.expected)
        prose = (file.expected_zh, file.side_effects, file.side_effects_zh, file.owner)
        searched = " ".join((*texts, *prose, *file.kpis)).lower()
        if all(word.lower() in searched for word in words):
            found.append(lever)
    return found


def evidence_of(lever: LeverSpec, word: Callable[[str], str] = str) -> str:
    """The evidence marks of a lever's numbers, each in the reader's ``word`` with how many bear it, best first."""
    marks = [record.evidence for record in marked(lever.file)]
    return ", ".join(f"{marks.count(mark)} {word(mark)}" for mark in EVIDENCE if mark in marks)


def size_of(change: MechanismChange | ShockChange) -> str:
    """A change in one word: ``x 0.85`` or ``+ 0.1``."""
    if neutral(change.mechanism) == 1.0:
        return f"× {change.default:g}"
    return f"{change.default:+g}"


def ways_of(lever: LeverSpec) -> list[tuple[str, str]]:
    """Mechanisms and offers by which a lever acts, with the phase that owns each."""
    ways = [
        (f"`{change.mechanism}` {size_of(change)}", mechanism(change.mechanism).phase)
        for change in lever.file.changes
        if not change.side
    ]
    ways += [(f"`{offer}`", OFFER_PHASES[offer]) for offer in lever.file.offers]
    ways += [(f"`{part}`", "its parts") for part in lever.file.parts]
    return ways


def directed(kpis: Mapping[str, str]) -> str:
    """KPIs with an arrow each."""
    return ", ".join(f"{kpi} {ARROWS[direction]}" for kpi, direction in kpis.items())


def proofs() -> dict[str, Any]:
    """What the tests of a checkout declare: ``worlds``, ``levers``, ``shocks``; nothing where there are no tests."""
    path = shipped().parent / PROOFS
    return read_yaml(path) if path.is_file() else {"worlds": {}, "levers": {}, "shocks": {}}


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_row(header), "|" + "---|" * len(header), *(_row(row) for row in rows)]


def levers_markdown() -> str:
    """The page `docs/levers.md`."""
    levers = sorted(all_levers(Library((shipped(),))), key=lambda lever: int(lever.file.id.lstrip("L") or 0))
    proof = proofs()
    shocks = all_shocks(Library((shipped(),)))
    proved = sum(lever.key in proof["levers"] for lever in levers)
    strong = sum(
        _size(proof["levers"][lever.key]) == "high" for lever in levers if lever.key in proof["levers"]
    )
    struck = len({file.id for key, file in shocks.items() if key in proof["shocks"]})
    rows = []
    for lever in levers:
        file = lever.file
        ways = ways_of(lever)
        assumed = "" if lever.assumed != lever.assumed else f"{lever.assumed:.0%}"
        rows.append(
            (
                file.id,
                f"[`{lever.key}`](../conf/{lever.group}/{lever.key}.yaml)",
                f"{file.en} {file.zh}",
                file.kind,
                "; ".join(way for way, _ in ways),
                ", ".join(dict.fromkeys(phase for _, phase in ways)),
                directed(file.kpis),
                directed(file.harms) or file.side_effects,
                _proof(proof["levers"].get(lever.key), proof["worlds"]),
                evidence_of(lever),
                assumed,
            )
        )
    header = (
        "id", "lever", "name", "kind", "mechanism or offer", "phase", "KPIs", "side effects show in",
        "test", "evidence", "assumed",
    )  # fmt: skip
    lines = [
        "# Levers",
        "",
        f"Generated from `conf/`, `sim/levers` and `{PROOFS}`; do not edit. Each lever acts on mechanisms of the "
        "world or makes offers to its people; what that does to a KPI is the world's doing. The test of a lever is "
        f"`{TEST}` with its key; it plays the members x days x pairs given here and fails if the effect "
        "that it could just see is larger than declared. *assumed* is the share of a lever's numbers that rest on "
        "an assumption.",
        "",
        f"{len(levers)} levers, {proved} of them with a test; {len({file.id for file in shocks.values()})} shocks, "
        f"{struck} of them with a test.",
        "",
        f"{strong} of the {proved} tests of levers play the lever at its strong size (`size: high`, the upper end of its "
        f"range) and {proved - strong} at its usual one: they prove that a lever acts where it says and can be seen to, not "
        "that its usual size would be seen in so small a world.",
        "",
        *_table(header, rows),
        "",
        "## Shocks",
        "",
        f"What happens without anybody's plan; the test is `{SHOCK_TEST}` with the shock's key.",
        "",
        *_shocks(shocks, proof),
        "",
        "## Mechanisms",
        "",
        "What plans can move, with the value without any plan and the bounds that nothing leaves. *multiply* takes "
        "factors, *add* amounts, *odds* factors on the odds of a share.",
        "",
        *_mechanisms(MECHANISMS, levers),
        "",
        "## Qualities of the operator",
        "",
        "What process levers move, and what a plan may say about its operator under `operations`.",
        "",
        *_mechanisms(QUALITIES, levers),
    ]
    return "\n".join(lines) + "\n"


def _mechanisms(rules: Sequence[Any], levers: Sequence[LeverSpec]) -> list[str]:
    users: dict[str, list[str]] = {}
    for lever in levers:
        for change in lever.file.changes:
            users.setdefault(change.mechanism, []).append(lever.file.id)
    header = (
        "mechanism",
        "name",
        "unit",
        "default",
        "bounds",
        "stacking",
        "scope",
        "phase",
        "source",
        "evidence",
        "levers",
    )
    return _table(
        header,
        [
            (
                f"`{rule.key}`",
                f"{rule.en} {rule.zh}",
                rule.unit,
                f"{rule.default:g}",
                f"{rule.low:g} to {rule.high:g}",
                rule.stack,
                rule.scope,
                rule.phase,
                rule.source,
                rule.evidence,
                ", ".join(dict.fromkeys(users.get(rule.key, []))),
            )
            for rule in rules
        ],
    )


def _size(proof: Mapping[str, Any]) -> str:
    """The size at which a test plays a lever."""
    return str(proof.get("keys", {}).get("size", "default"))


def _proof(proof: Mapping[str, Any] | None, worlds: Mapping[str, Any]) -> str:
    """What a test plays: KPI, size of the lever where it is not the usual one, members, days, pairs, the least effect that
    it sees; the side effect, if it shows."""
    if not proof:
        return ""
    world = worlds[proof.get("world", "small")]
    size = {"high": "strong, ", "low": "weak, "}.get(_size(proof), "")
    played = f"{world['members']} x {proof['days']} d x {proof['seeds']}"
    text = f"{proof['kpi']}, {size}{played}, sees {proof['sees']:.1%}"
    if proof.get("side"):
        apart = {key: proof[f"side_{key}"] for key in ("world", "days", "seeds") if proof.get(f"side_{key}")}
        own = {"world": "small", **proof, **apart}
        members = worlds[own["world"]]["members"]
        size = f", {members} x {own['days']} d x {own['seeds']}" if apart else ""
        text += f"; {proof['side']}{size}, sees {proof['side_sees']:.1%}"
    return text + (" (slow)" if proof.get("slow") else "")


def _shocks(found: Mapping[str, Any], proof: Mapping[str, Any]) -> list[str]:
    """The table of shocks."""
    rows = []
    for key, file in sorted(found.items(), key=lambda pair: (int(pair[1].id[1:]), pair[0])):
        sized = [*file.changes, *([file.range] if file.range else [])]
        marks = [record.evidence for record in sized]
        rows.append(
            (
                file.id,
                f"[`{key}`](../conf/shock/{key}.yaml)",
                f"{file.en} {file.zh}",
                file.kind,
                "; ".join(f"`{c.mechanism}` {size_of(c)}" for c in file.changes),
                directed(file.kpis),
                ", ".join(file.mitigation),
                _proof(proof["shocks"].get(key), proof["worlds"]),
                f"{marks.count('assumption') / len(marks):.0%}" if marks else "",
            )
        )
    header = ("id", "shock", "name", "kind", "mechanisms", "shows in", "levers against it", "test", "assumed")
    return _table(header, rows)
