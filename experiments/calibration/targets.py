"""What a calibration is asked for: a YAML file of targets and parameters, checked before anything is played.

A target is a KPI or a statistic of `experiments.data.measures` (a level, or one point of a curve), or an elasticity: how much
a KPI answers where a second arm differs. A parameter is a number of the platform, in a range.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from experiments.data.measures import STATISTIC
from experiments.search.space import COMMENT
from experiments.validation.facts import fittable
from scenarios.library import Library, read_yaml
from scenarios.records import number, unknown
from sim.bounds import BOUNDS
from sim.config import PlatformConfig
from sim.errors import ConfigError
from sim.kpis.registry import KPI

USES = ("fit", "check")
TOP = ("name", "set", "seeds", "parameters", "targets", "arms")
TARGET = ("of", "value", "sd", "low", "high", "use", "fact", "arm")
MOST_PARAMETERS = 12
FAR = 3.0
"""Standard errors beyond which two figures of one statistic contradict each other."""
RISING = (("repeat_week_4", "repeat_week_8", "repeat_week_13", "repeat_week_26"),
          ("retention_d30", "retention_d7", "retention_d1"))  # fmt: skip
"""Statistics that cannot but rise from one to the next."""
MOVED_BY: dict[str, tuple[str, ...]] = {
    "read_rate": ("read_discovery",),
    "likes_per_1000_reads": ("like_logit",),
    "collects_per_1000_reads": ("collect_logit",),
    "comments_per_1000_reads": ("comment_logit",),
    "follows_per_1000_reads": ("follow_logit",),
    "orders_per_1000_reads": ("click_logit",),
    "stickiness": ("visit_logit",),
    "minutes_per_user": ("impressions_mean",),
    "retention_d1": ("visit_novelty",),
    "retention_d7": ("visit_novelty_days",),
    "retention_d30": ("visit_sd",),
    "reads_per_impression": ("read_discovery",),
    "likes_per_read": ("like_logit",),
    "collects_per_read": ("collect_logit",),
    "follows_per_read": ("follow_logit",),
    "cascades_of_one": ("share_logit",),
    "cascade_size": ("pass_on",),
    "repeat_week_4": ("need_median",),
    "repeat_week_13": ("need_sd",),
    "repeat_week_26": ("need_days",),
}
"""Statistic -> platform numbers that are fitted where the file names none."""


@dataclass(frozen=True)
class Target:
    """One figure that the world must show.

    Attributes
    ----------
    key
        Its name in the file.
    of
        Statistic or KPI.
    value, sd
        The figure and its standard error, in the statistic's unit.
    use
        ``fit``, or ``check``: shown beside the fit and never read by it.
    arm, change
        For an elasticity: the arm that differs, and by which share its cause does.
    fact
        Public row that it is; empty for data of one's own.
    """

    key: str
    of: str
    value: float
    sd: float
    use: str = "fit"
    arm: str = ""
    change: float = 0.0
    fact: str = ""

    @property
    def family(self) -> str:
        """What it is left out with: the KPI's family, or the statistic's sheet."""
        return KPI[self.of].family if self.of in KPI else STATISTIC[self.of].sheet


@dataclass(frozen=True)
class Free:
    """One number that is fitted: its key in the platform's file and its prior, uniform from ``low`` to ``high``."""

    key: str
    low: float
    high: float

    def at(self, place: float) -> float:
        """Its value at a place from 0 to 1."""
        return float(f"{self.low + (self.high - self.low) * place:.7g}")

    def place(self, value: float) -> float:
        """Where a value lies, 0 to 1 in the range."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Task:
    """All that a file asks for.

    Attributes
    ----------
    name
        Of the profile that is written.
    targets, parameters
        Figures and free numbers.
    words
        Overrides of the world that is played.
    arms
        Arm -> overrides in addition.
    seeds
        As in a sweep.
    """

    name: str
    targets: tuple[Target, ...]
    parameters: tuple[Free, ...]
    words: tuple[str, ...] = ()
    arms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seeds: str = "0:2"

    @property
    def fitted(self) -> tuple[Target, ...]:
        """Targets that are fitted."""
        return tuple(t for t in self.targets if t.use == "fit")

    @property
    def checks(self) -> tuple[Target, ...]:
        """Targets that are only looked at."""
        return tuple(t for t in self.targets if t.use == "check")


def read_task(path: Path, library: Library, platform: str) -> Task:
    """Read a file of targets.

    Parameters
    ----------
    path
        The file.
    library, platform
        Where the platform's file lies that gives parameters their usual ranges, and its name.

    Raises
    ------
    ConfigError
        For what cannot be read, a target or parameter that does not exist, wrong units, contradictions, a row that is not
        to be fitted, or more parameters than targets.
    """
    if not path.is_file():
        raise ConfigError(
            f"there is no file {path}; seedbed data targets {path.name} writes one from your own data"
        )
    content = read_yaml(path)
    for key in content:
        if key not in TOP:
            raise unknown(f"{path}: key", key, TOP)
    arms = {str(name): _arm(path, name, arm) for name, arm in _mapping(path, "arms", content).items()}
    targets = tuple(_target(path, str(k), t, arms) for k, t in _mapping(path, "targets", content).items())
    if not any(t.use == "fit" for t in targets):
        raise ConfigError(
            f"{path}: targets: there is none to fit; write for example read_rate: {{value: 0.08, sd: 0.01}}"
        )
    _consistent(path, targets)
    fittable(fact for t in targets if t.use == "fit" for fact in _facts(t))
    file = library.path("platform", platform)
    asked = _mapping(path, "parameters", content)
    if not asked:
        usual = [p for t in targets if t.use == "fit" for p in MOVED_BY.get(t.of, ())]
        asked = dict.fromkeys(usual)
    if not asked:
        raise ConfigError(
            f"{path}: parameters: name what is to be fitted, for example read_discovery: [-3, -2.2]"
        )
    parameters = tuple(_parameter(path, str(k), v, file) for k, v in asked.items())
    count = sum(t.use == "fit" for t in targets)
    if len(parameters) > min(MOST_PARAMETERS, count):
        raise ConfigError(
            f"{path}: {len(parameters)} parameters cannot be fitted to {count} targets; there must be at least as many targets, "
            f"and at most {MOST_PARAMETERS} parameters"
        )
    name = str(content.get("name") or path.stem)
    if not re.fullmatch(r"[a-z0-9_]{1,40}", name):
        raise ConfigError(f"{path}: name={name!r} must be of small letters, digits and underscores")
    words = [str(w) for w in content.get("set") or ()]
    return Task(
        name,
        targets,
        parameters,
        tuple(words),
        {k: v[0] for k, v in arms.items()},
        str(content.get("seeds", "0:2")),
    )


def _mapping(path: Path, key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    value = content.get(key) or {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{path}: {key} must hold keys with values, not {value!r}")
    return value


def _arm(path: Path, name: str, arm: Any) -> tuple[tuple[str, ...], float]:
    where = f"{path}: arms.{name}"
    if not isinstance(arm, Mapping) or set(arm) != {"set", "change"}:
        raise ConfigError(f"{where} must be {{set: [overrides], change: share by which the cause differs}}")
    change = number(arm["change"], f"{where}.change", -0.95, 20.0)
    if not change:
        raise ConfigError(f"{where}.change=0 makes no elasticity")
    return tuple(str(w) for w in arm["set"]), change


def _target(path: Path, key: str, value: Any, arms: Mapping[str, tuple[tuple[str, ...], float]]) -> Target:
    where = f"{path}: targets.{key}"
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must be {{value: FIGURE, sd: ITS ERROR}} or {{low: , high: }}")
    for name in value:
        if name not in TARGET:
            raise unknown(f"{where}: key", name, TARGET)
    of, arm = str(value.get("of", key)), str(value.get("arm", ""))
    if of not in KPI and of not in STATISTIC:
        raise unknown(f"{where}: target", of, [*STATISTIC, *KPI])
    if arm and (arm not in arms or of not in KPI):
        if of not in KPI:
            raise ConfigError(f"{where}: an elasticity is of a KPI; {of} is a statistic")
        raise unknown(f"{where}: arm", arm, arms)
    use = str(value.get("use", "fit"))
    if use not in USES:
        raise unknown(f"{where}: use", use, USES)
    low, high = (-100.0, 100.0) if arm else _possible(of)
    share = not arm and _is_share(of)
    ends = {
        k: _figure(f"{where}.{k}", value[k], low, high, share) for k in ("value", "low", "high") if k in value
    }
    if "low" in ends and "high" in ends:
        if not ends["low"] < ends["high"]:
            raise ConfigError(f"{where}: low must be below high")
        middle = ends.get("value", (ends["low"] + ends["high"]) / 2)
        sd = (ends["high"] - ends["low"]) / 4  # a band is taken for 95 %
    elif "value" in ends and "sd" in value:
        middle = ends["value"]
        sd = _figure(f"{where}.sd", value["sd"], 0.0, math.inf, share)
        if sd <= 0.0:
            raise ConfigError(f"{where}.sd must be above 0: how far may the world be off?")
    else:
        raise ConfigError(f"{where} needs value and sd, or low and high")
    return Target(key, of, middle, sd, use, arm, arms[arm][1] if arm else 0.0, str(value.get("fact", "")))


def _possible(of: str) -> tuple[float, float]:
    if of in STATISTIC:
        return STATISTIC[of].low, STATISTIC[of].high
    return (0.0, 1.0) if KPI[of].unit == "share" else (-math.inf, math.inf)


def _is_share(of: str) -> bool:
    return (STATISTIC[of].unit if of in STATISTIC else KPI[of].unit) == "share"


def _figure(where: str, value: Any, low: float, high: float, share: bool) -> float:
    """A number, or ``8%`` where it is a share."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(-?[\d.]+)\s*%\s*", value)
        if not match or not share:
            raise ConfigError(f"{where}={value!r} is not a number{' (8% or 0.08)' if share else ''}")
        value = float(match[1]) / 100.0
    if isinstance(value, (int, float)) and share and high == 1.0 and 1.0 < value <= 100.0:
        raise ConfigError(
            f"{where}={value:g} is out of bounds: it is a share from 0 to 1; write {value / 100:g} or {value:g}%"
        )
    return number(value, where, low, high)


def _facts(target: Target) -> Sequence[str]:
    """Public rows that fitting a target would read."""
    if target.fact:
        return (target.fact,)
    return STATISTIC[target.of].facts if target.of in STATISTIC else ()


def _consistent(path: Path, targets: Sequence[Target]) -> None:
    """Refuse figures that no world can show together."""
    levels = [t for t in targets if t.use == "fit" and not t.arm]
    for at, one in enumerate(levels):
        for other in levels[at + 1 :]:
            if one.of == other.of and abs(one.value - other.value) > FAR * math.hypot(one.sd, other.sd):
                raise ConfigError(
                    f"{path}: {one.key} and {other.key} contradict each other: {one.of} cannot be {one.value:g} and "
                    f"{other.value:g}"
                )
    named = {t.of: t for t in levels}
    for chain in RISING:
        known = [named[k] for k in chain if k in named]
        for one, other in pairwise(known):
            if one.value - other.value > FAR * math.hypot(one.sd, other.sd):
                raise ConfigError(
                    f"{path}: {one.key} and {other.key} contradict each other: {one.of} {one.value:g} cannot be above "
                    f"{other.of} {other.value:g}"
                )


def _parameter(path: Path, key: str, value: Any, file: Path) -> Free:
    key = key.removeprefix("platform.")
    where = f"{path}: parameters.{key}"
    rules = {rule.name: rule for rule in fields(PlatformConfig) if rule.type == "float"}
    if key not in rules:
        raise unknown(f"{where}: parameter", key, rules)
    if value is None:
        for line in file.read_text("utf-8").splitlines():
            match = COMMENT.match(line)
            if match and match["key"] == key:
                return Free(key, float(match["low"]), float(match["high"]))
        raise ConfigError(f"{where} has no range beside it in {file.name}; write {key}: [low, high]")
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise ConfigError(f"{where} must be [low, high], or empty for the range beside it in {file.name}")
    low, high = rules[key].metadata[BOUNDS]
    ends = [number(v, where, low, high) for v in value]
    if not ends[0] < ends[1]:
        raise ConfigError(f"{where}: low must be below high")
    return Free(key, ends[0], ends[1])
