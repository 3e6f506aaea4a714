"""The space that is searched: keys of the configuration with their ranges or choices, and points in it.

Axes are written as in a sweep (``key=interval(a, b)``, ``key=a,b,c``); a point is set straight into the resolved
configuration, which is then checked as any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Glob, IntervalSweep, Override

from experiments.compose import Config, restored
from experiments.folder import content_id, identity
from experiments.studies.cells import parsed
from scenarios.lever_files import LeverSpec, Parameter, lever_spec
from scenarios.library import Library
from scenarios.records import unknown
from sim.errors import ConfigError

UNSURE = ("weak", "assumption")
"""Evidence marks of defaults that a sensitivity analysis varies."""
COMMENT = re.compile(
    r"^(?P<key>\w+):\s*(?P<value>-?[0-9.e+]+)\s*#[^|]*\|\s*(?P<low>-?[0-9.e+]+) to (?P<high>-?[0-9.e+]+)\s*\|(?P<source>.*)$"
)
"""A number of a YAML file beside which unit, range and source stand."""
Value = float | int | str | bool


@dataclass(frozen=True)
class Axis:
    """One key and what it may be.

    Attributes
    ----------
    key
        Dotted key.
    low, high
        Ends of its range; equal for choices.
    choices
        What it may be, where that is a list.
    whole
        Whether it is a whole number.
    evidence
        Mark of the default that it varies; empty if it is a choice of the plan.
    """

    key: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[Value, ...] = ()
    whole: bool = False
    evidence: str = ""

    def at(self, place: float) -> Value:
        """Its value at a place from 0 to 1."""
        if self.choices:
            return self.choices[min(int(place * len(self.choices)), len(self.choices) - 1)]
        value = self.low + (self.high - self.low) * place
        return round(value) if self.whole else float(f"{value:.6g}")

    @property
    def written(self) -> str:
        """Its range as text."""
        if self.choices:
            return ", ".join(str(c) for c in self.choices)
        return f"{self.low:g} to {self.high:g}"


def divided(words: Sequence[str]) -> tuple[list[Axis], list[str]]:
    """The axes among overrides, and the other words.

    Raises
    ------
    ConfigError
        For an axis that is no list of values and no interval.
    """
    axes, rest = [], []
    for override in parsed(words):
        if override.is_sweep_override():
            axes.append(_axis(override))
        else:
            rest.append(override.input_line or "")
    return axes, rest


def _axis(override: Override) -> Axis:
    value: Any = override.value()
    key = override.key_or_group
    if isinstance(value, Glob):
        raise ConfigError(f"{override.input_line}: write the choices out, {key}=a,b")
    if isinstance(value, IntervalSweep):
        low, high = value.start, value.end
        if low is None or high is None or not low < high:
            raise ConfigError(f"{override.input_line}: an interval needs two ends, interval(0, 1)")
        return Axis(key, float(low), float(high), whole=isinstance(low, int) and isinstance(high, int))
    return Axis(key, choices=tuple(_plain(text) for text in override.sweep_string_iterator()))


def _plain(text: str) -> Value:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return {"true": True, "false": False}.get(text, text.strip("'\""))


def placed(config: Config, point: Mapping[str, Value], allow_code: bool = False) -> Config:
    """A configuration with some keys set.

    Raises
    ------
    ConfigError
        For a key that there is not, and for what the configuration refuses.
    """
    values = deepcopy(config.resolved)
    for key, value in point.items():
        at: Any = values
        *path, last = key.split(".")
        for part in path:
            if not isinstance(at, dict) or part not in at:
                raise unknown(f"{key}: key", part, at if isinstance(at, dict) else [])
            at = at[part]
        if not isinstance(at, dict) or (last not in at and not key.startswith("plan.actions.")):
            raise unknown(f"{key}: key", last, at if isinstance(at, dict) else [])
        at[last] = value
    return restored({**values, "study": {}}, config.directories, allow_code=allow_code)


def key_of(config: Config) -> str:
    """Content id of a configuration's cell."""
    return content_id(identity(config.resolved))


def uncertain(config: Config) -> list[Axis]:
    """Strengths of all actions, and every number of their levers whose evidence is weak or an assumption."""
    plan = config.resolved["plan"]
    axes = []
    for name, action in sorted(plan["actions"].items()):
        where = f"plan.actions.{name}"
        axes.append(Axis(f"{where}.strength", 0.5, 1.0, evidence="execution"))
        spec = _spec(plan, action["lever"])
        for key, rule in spec.file.parameters.items():
            axis = _of_parameter(f"{where}.{key}", rule)
            if axis is not None and key not in action:
                axes.append(axis)
        if spec.file.changes:
            axes.append(Axis(f"{where}.size", choices=("low", "default", "high"), evidence="range"))
    return axes


def _spec(plan: Mapping[str, Any], key: str) -> LeverSpec:
    data = dict(plan["levers"][key])
    return lever_spec(key, str(data.pop("group")), data)


def _of_parameter(key: str, rule: Parameter) -> Axis | None:
    """An uncertain number, a factor of two about its default at most, so that what is tried stays plausible."""
    default = rule.default
    if (
        rule.evidence not in UNSURE
        or isinstance(default, (bool, str))
        or rule.low is None
        or rule.high is None
    ):
        return None
    low, high = max(rule.low, default / 2), min(rule.high, default * 2)
    if not low < high:
        return None
    return Axis(key, low, high, whole=isinstance(default, int), evidence=rule.evidence)


def assumed_of(group: str, name: str, library: Library) -> list[Axis]:
    """Numbers of a file of `conf/<group>` that are marked an assumption and have a range worth trying."""
    axes = []
    for line in library.path(group, name).read_text("utf-8").splitlines():
        match = COMMENT.match(line)
        if match and "assumption" in match["source"]:
            low, high = float(match["low"]), float(match["high"])
            if low < high:
                axes.append(Axis(f"{group}.{match['key']}", low, high, evidence="assumption"))
    return axes
