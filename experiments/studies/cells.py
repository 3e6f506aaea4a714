"""From the words of a sweep to its cells: Hydra's sweep grammar, absent actions dropped, equal cells merged.

All cells are composed and checked before anything runs, so that every bad one is named at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, IntervalSweep, Override
from hydra.errors import OverrideParseException

from experiments.complaints import sentence
from experiments.compose import Config, action_names, compose
from experiments.folder import content_id, identity
from experiments.options import Options
from experiments.settings import StudyConfig
from scenarios.library import LEVER_GROUPS, Library
from scenarios.records import unknown
from sim.errors import ConfigError, SeedbedError

WORDS = {
    "seeds": "study.seeds",
    "executor": "study.executor",
    "executor.address": "study.address",
    "workers": "study.workers",
    "baseline": "study.baseline",
    "name": "study.name",
    "segments": "study.segments",
    "panels": "study.panels",
    "block": "study.block",
    "points": "study.points",
    "posterior": "study.posterior",
    "draw_seeds": "study.draw_seeds",
}
"""Short words of a sweep, and the keys of a study that they set."""
ACTION = "plan.actions."
PARTS = ("plan", "shock", "calendar", "product", *LEVER_GROUPS)
"""Groups that a scenario may bring, and an override may take away."""
UNSEEN = frozenset({"out", "lang"})
"""Keys that make no cell."""
MOST = 5_000


class BadCells(ConfigError):
    """Cells that cannot be played, all of them."""


@dataclass(frozen=True)
class Cell:
    """One cell: a checked configuration and what distinguishes it.

    Attributes
    ----------
    label, en, zh
        Unique label, and names in two languages (the label where there are none).
    words
        Overrides that make it.
    config
        What is played.
    """

    label: str
    words: tuple[str, ...]
    config: Config
    en: str = ""
    zh: str = ""

    @property
    def key(self) -> str:
        """Content id; equal for equal scenarios."""
        return content_id(identity(self.config.resolved))

    @property
    def idle(self) -> bool:
        """Whether its plan has no actions."""
        return not self.config.resolved["plan"]["actions"]


@dataclass(frozen=True)
class Sweep:
    """What the words of a sweep ask for.

    Attributes
    ----------
    cells
        Distinct cells, in the order in which they were first met.
    asked
        Cells before equal ones were merged.
    study
        Seeds, executor, baseline and so on.
    """

    cells: tuple[Cell, ...]
    asked: int
    study: StudyConfig
    seed: int
    out: str
    dropped: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def baseline(self) -> str:
        """Label of the baseline; empty if none is named and no single cell is without a plan."""
        return baseline_of(self.cells, self.study.baseline)


def study_words(words: Sequence[str]) -> list[str]:
    """The words with the short ones of a sweep written out, ``seeds=0:32`` as ``++study.seeds='0:32'``."""
    out = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key in WORDS:
            text = value if value[:1] in ("'", '"', "[") else "'" + value.replace("'", "\\'") + "'"
            word = f"++{WORDS[key]}={text}"
        out.append(word)
    return out


def read(options: Options) -> Sweep:
    """The cells that a command line asks for.

    Raises
    ------
    ConfigError
        For a word that cannot be read or an axis that no cell has.
    BadCells
        If some cells cannot be composed; its sentence names every one of them.
    """
    words = study_words(options.overrides)
    own = [w for w in words if w.lstrip("+").startswith(("study=", "study."))]
    library = Library.default([options.folder] if options.folder else [])
    base = compose(own, options.folder)
    study = base.study
    rest = [w for w in words if w not in own]
    axes = [f"{key}={values}" for key, values in study.axes.items()]
    overrides = parsed([*study.set, *axes, *rest])
    make = _Maker(options.folder, options.allow_code)
    found: dict[str, Cell] = {}
    bad: list[str] = []
    asked = 0
    swept, fixed = _split(overrides, library, study.points)
    if any(o.key_or_group == "seed" for o, _ in swept):
        raise ConfigError("seed is no axis of a sweep; write seeds=0:32")
    combinations = 1
    for _, values in swept:
        combinations *= len(values)
    if combinations > MOST:
        raise ConfigError(f"the axes make {combinations} cells; a sweep takes at most {MOST}")
    named = [(name, parsed(cell.set), cell) for name, cell in study.cells.items()]
    jobs: list[tuple[list[Override], tuple[tuple[Override, str], ...], str, Any]] = []
    if swept or not named:
        jobs += [(fixed, choice, "", None) for choice in _product(swept)]
    jobs += [([*fixed, *extra], (), name, cell) for name, extra, cell in named]
    used: set[str] = set()
    dropped: dict[str, tuple[str, ...]] = {}
    labels = _Labels(swept, library)
    for common, choice, name, cell in jobs:
        asked += 1
        label = name or labels.of(common, choice)
        try:
            config, kept, gone = make.cell(common, choice)
        except Exception as error:
            said = sentence(error, "en")
            if not said:
                raise
            bad.append(f"{label}: {said}")
            continue
        used |= {o.input_line or "" for o in kept}
        label = name or labels.of(common, [(o, v) for o, v in choice if o in kept])
        shown = [o for o in kept if o.key_or_group not in UNSEEN]
        made = Cell(label, tuple(make.words(shown, choice)), config, *((cell.en, cell.zh) if cell else ()))
        found.setdefault(made.key, made)
        if gone:
            dropped[found[made.key].label] = gone
    if bad:
        raise BadCells(listing(bad))
    for override, _ in [*swept, *((o, "") for o in fixed)]:
        if override.input_line not in used and override.key_or_group.startswith(ACTION):
            names = {n for c in found.values() for n in c.config.resolved["plan"]["actions"]}
            raise unknown(
                f"{override.key_or_group}: action", override.key_or_group.split(".")[2], sorted(names)
            )
    cells = _unique(_with_baseline(list(found.values()), study, fixed, make))
    asked += len(cells) - len(found)
    seed, out = cells[0].config.seed, cells[0].config.out
    return Sweep(tuple(cells), asked, study, seed, out, dropped)


def baseline_of(cells: Sequence[Any], asked: str) -> str:
    """Label of the cell to compare with.

    Raises
    ------
    ConfigError
        If the one asked for is not there; the sentence lists those that are.
    """
    labels = [cell.label for cell in cells]
    if asked:
        for label in (asked, f"plan={asked}"):
            if label in labels:
                return label
        if asked == "none":
            idle = [cell.label for cell in cells if cell.idle]
            if len(idle) == 1:
                return str(idle[0])
        raise unknown("baseline", asked, labels)
    idle = [cell.label for cell in cells if cell.idle]
    return str(idle[0]) if len(idle) == 1 else ""


def _with_baseline(cells: list[Cell], study: StudyConfig, fixed: list[Override], make: _Maker) -> list[Cell]:
    """The cells with one that has no plan in front, if the study asks for it and there is none."""
    if study.baseline != "none" or any(cell.idle for cell in cells):
        return cells
    kept = [o for o in fixed if not _of_plan(o)]
    words = [*(o.input_line or "" for o in kept), "plan=none"]
    shown = [*(o.input_line or "" for o in kept if o.key_or_group not in UNSEEN), "plan=none"]
    return [Cell("baseline", tuple(shown), make.composed(words), "Baseline", "基准"), *cells]


def _of_plan(override: Override) -> bool:
    key = override.key_or_group
    return key == "plan" or key.startswith("plan.") or key in LEVER_GROUPS


def parsed(words: Sequence[str]) -> list[Override]:
    parser = OverridesParser.create()
    out = []
    for word in words:
        try:
            out += parser.parse_overrides([word])
        except OverrideParseException:
            raise ConfigError(f"cannot read {word!r}: write key=value, or key=a,b for an axis") from None
    return out


def _split(
    overrides: Sequence[Override], library: Library, points: int
) -> tuple[list[tuple[Override, list[str]]], list[Override]]:
    """Axes with their values, and what all cells share."""
    swept: list[tuple[Override, list[str]]] = []
    fixed: list[Override] = []
    for override in overrides:
        if not override.is_sweep_override():
            fixed.append(override)
            continue
        value: Any = override.value()
        if isinstance(value, Glob):
            names = value.filter(library.names(override.key_or_group))
            if not names:
                raise ConfigError(f"{override.input_line}: nothing matches; there are "
                                  f"{', '.join(library.names(override.key_or_group)) or 'none'}")  # fmt: skip
            swept.append((override, names))
        elif isinstance(value, IntervalSweep):
            swept.append((override, _points(value, points)))
        else:
            swept.append((override, list(override.sweep_string_iterator())))
    return swept, fixed


def _points(value: IntervalSweep, count: int) -> list[str]:
    """Equally spaced values of an interval, both ends included; whole numbers where both ends are."""
    start, end = value.start, value.end
    if start is None or end is None:
        raise ConfigError("an interval needs two ends, interval(0, 1)")
    step = (end - start) / (count - 1)
    values = [start + step * i for i in range(count)]
    if isinstance(start, int) and isinstance(end, int):
        return list(dict.fromkeys(str(round(v)) for v in values))
    return [f"{v:.6g}" for v in values]


def _product(swept: Sequence[tuple[Override, list[str]]]) -> list[tuple[tuple[Override, str], ...]]:
    return list(itertools.product(*([(override, value) for value in values] for override, values in swept)))


class _Maker:
    """Composes cells, each distinct one once."""

    def __init__(self, folder: str | None, allow_code: bool) -> None:
        self.folder, self.allow_code = folder, allow_code
        self._made: dict[tuple[str, ...], Config] = {}
        self._present: dict[tuple[str, ...], set[str]] = {}

    def composed(self, words: Sequence[str]) -> Config:
        key = tuple(words)
        if key not in self._made:
            self._made[key] = compose(key, self.folder, allow_code=self.allow_code)
        return self._made[key]

    def words(self, kept: Sequence[Override], choice: Sequence[tuple[Override, str]]) -> list[str]:
        """Overrides of one cell in text: a swept one with its value."""
        chosen: dict[int, str] = {id(o): value for o, value in choice}
        return [
            f"{o.get_key_element()}={chosen[id(o)]}" if id(o) in chosen else o.input_line or "" for o in kept
        ]

    def cell(
        self, common: Sequence[Override], choice: Sequence[tuple[Override, str]]
    ) -> tuple[Config, list[Override], tuple[str, ...]]:
        """A cell's configuration, the overrides that it kept, and the axes that it dropped."""
        every = [*common, *(o for o, _ in choice)]
        touching = [o for o in every if o.key_or_group.startswith(ACTION)]
        adding = {_action(o) for o in touching if o.key_or_group.endswith(".lever")}
        others = [o for o in every if o not in touching]
        present: set[str] = set()
        if touching:
            key = tuple(self.words(others, choice))
            if key not in self._present:
                self._present[key] = action_names(key, self.folder)
            present = self._present[key] | adding
        kept = [o for o in every if o not in touching or _action(o) in present]
        gone = tuple(o.key_or_group for o in touching if _action(o) not in present)
        return self.composed(self.words(kept, choice)), kept, gone


def _action(override: Override) -> str:
    return override.key_or_group.split(".")[2]


class _Labels:
    """Short names of cells: the values of the axes, and what an override takes away from a scenario."""

    def __init__(self, swept: Sequence[tuple[Override, list[str]]], library: Library) -> None:
        self.library = library
        keys = [o.key_or_group for o, _ in swept]
        self.short = {key: _shortest(key, keys) for key in keys}

    def of(self, common: Sequence[Override], choice: Sequence[tuple[Override, str]]) -> str:
        parts = [f"{self.short[o.key_or_group]}={value}" for o, value in choice]
        chosen = {o.key_or_group: value for o, value in choice}
        given = {o.key_or_group: str(o.value()) for o in common if not o.is_sweep_override()} | chosen
        for part, brought in self._brought(given.get("scenario", "")).items():
            if part in given and given[part] != brought:
                shown = f"{part}={given[part]}"
                if shown in parts:
                    parts.remove(shown)
                parts.append(f"{shown} (instead of {brought})")
        return ", ".join(parts) or given.get("plan") or given.get("scenario") or "cell"

    def _brought(self, scenario: str) -> dict[str, str]:
        """What a scenario's own file chooses, by group."""
        if not scenario:
            return {}
        try:
            defaults = self.library.read("scenario", scenario).get("defaults") or []
        except SeedbedError:
            return {}
        found = {}
        for entry in defaults:
            for key, value in entry.items() if isinstance(entry, dict) else ():
                group = str(key).removeprefix("override").strip(" /").partition("@")[0]
                if group in PARTS and value != "none":
                    found[group] = str(value)
        return found


def _shortest(key: str, keys: Sequence[str]) -> str:
    """The fewest last words of a dotted key that tell it from the others."""
    words = key.split(".")
    for count in range(1, len(words) + 1):
        short = ".".join(words[-count:])
        if [k for k in keys if k == short or k.endswith(f".{short}")] == [key]:
            return short
    return key


def _unique(cells: Sequence[Cell]) -> list[Cell]:
    """Cells with distinct labels."""
    seen: dict[str, int] = {}
    out = []
    for cell in cells:
        seen[cell.label] = seen.get(cell.label, 0) + 1
        count = seen[cell.label]
        out.append(cell if count == 1 else replace(cell, label=f"{cell.label} #{count}"))
    return out


def listing(bad: Sequence[str], most: int = 20) -> str:
    """One sentence that names every bad cell, up to a readable number."""
    count = f"{len(bad)} cell{'s' if len(bad) > 1 else ''} cannot be played, so nothing was: "
    more = f"; and {len(bad) - most} more" if len(bad) > most else ""
    return count + "; ".join(bad[:most]) + more
