"""From overrides to a checked configuration: Hydra composes the YAML of `conf/`, OmegaConf fills frozen
dataclasses.

A user's own folder (``--config-dir``) comes first, then ``./conf``, then what the package ships, so that a
plan or a product of one's own is one file beside one's data. Whatever is wrong raises one readable sentence.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.errors import MissingConfigException, OverrideParseException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments.complaints import plain, translate
from experiments.origin import Origin
from experiments.settings import ScenarioConfig, StudyConfig, TopConfig
from scenarios.calendars import YearCalendar, build_calendar
from scenarios.creators import candidates_of, read_creators
from scenarios.library import LEVER_GROUPS, Library, shipped
from scenarios.plan_files import named_actions, resolve
from scenarios.plans import Plan, build_plan
from scenarios.records import typed, unknown
from sim.config import (
    AudienceConfig,
    BrandConfig,
    Candidate,
    CommunityConfig,
    GraphConfig,
    PlatformConfig,
    RunConfig,
    WorldConfig,
)
from sim.errors import ConfigError

T = TypeVar("T")

ROOT = "config"
"""Name of the file that composition starts from."""
OPEN = ("agents", "platform.mechanisms")
"""Mappings whose keys are the user's to choose."""


GROUPS = frozenset({
    "world", "audience", "graph", "platform", "brand", "run", "product", "calendar", "plan", "shock",
    "scenario", "study", "segment", "creators", *LEVER_GROUPS,
})  # fmt: skip
TOP_KEYS = tuple(f.name for f in fields(TopConfig))


@dataclass(frozen=True)
class Config:
    """A whole configuration, checked.

    Attributes
    ----------
    community
        What the world is made of.
    seed, days, lang, out
        Random seed, reported days, language asked for, folder that results go to.
    scenario, study
        Names and dates; replicates and workers.
    resolved
        Everything as plain data, resolved: what is stored and hashed, and what plan, shocks and calendar are
        built from.
    directories
        Folders of YAML, in the order in which they are searched.
    """

    community: CommunityConfig
    seed: int
    days: int
    lang: str
    out: str
    scenario: ScenarioConfig
    study: StudyConfig
    resolved: dict[str, Any]
    directories: tuple[Path, ...]

    @property
    def library(self) -> Library:
        """The shelf of YAML files that plans refer to."""
        return Library(self.directories)

    def calendar(self) -> YearCalendar:
        """The calendar, which holds no state."""
        return _calendar(pickle.dumps(_group(self.resolved, "calendar")))

    def plan(self) -> Plan:
        """The plan, new: it holds the state of one run."""
        calendar = pickle.dumps(_group(self.resolved, "calendar"))
        plan = pickle.dumps(self.resolved["plan"])
        return deepcopy(_plan(plan, calendar, self.community.start, self.days))


@lru_cache(maxsize=8)
def _calendar(data: bytes) -> YearCalendar:
    """Checking a calendar takes longer than playing a day of a small world, so it is done once a process."""
    return build_calendar(pickle.loads(data))


@lru_cache(maxsize=8)
def _plan(data: bytes, calendar: bytes, start: date, days: int) -> Plan:
    return build_plan(pickle.loads(data), start, days, _calendar(calendar))


def compose(
    overrides: Sequence[str] = (), folder: str | Path | None = None, *, allow_code: bool = False
) -> Config:
    """A configuration from overrides such as ``scenario=double_eleven`` or ``world.members=20000``.

    Parameters
    ----------
    overrides
        In Hydra's grammar.
    folder
        A folder of one's own YAML files, searched first.
    allow_code
        Permit ``agents`` to name classes that are then imported.

    Raises
    ------
    ConfigError
        For an unknown key or name, a wrong type, a value out of bounds, a file that is not YAML.
    """
    with searching(folder) as directories:
        try:
            composed, origin = _composed(overrides)
        except Exception as error:
            raise complaint(error, overrides, directories) from error
    return checked(composed, directories, origin, allow_code=allow_code)


def action_names(overrides: Sequence[str], folder: str | Path | None = None) -> set[str]:
    """Names of the actions that overrides compose, whether or not they could be played.

    Raises
    ------
    ConfigError
        As `compose`, for what cannot be composed.
    """
    with searching(folder) as directories:
        try:
            values: Any = OmegaConf.to_container(_composed(overrides)[0], resolve=True)
        except Exception as error:
            raise complaint(error, overrides, directories) from error
    return set(named_actions(values))


def _composed(overrides: Sequence[str]) -> tuple[DictConfig, Origin]:
    """What Hydra composes, in the application that runs or in one of its own, and where it comes from."""
    words = [addable(word) for word in overrides]
    if GlobalHydra.instance().is_initialized():
        composed = hydra_compose(ROOT, words, return_hydra_config=True)
    else:
        with initialize_config_dir(str(shipped()), version_base="1.3"):
            composed = hydra_compose(ROOT, words, return_hydra_config=True)
    origin = Origin.of(composed.hydra)
    with open_dict(composed):
        del composed["hydra"]
    return composed, origin


def addable(override: str) -> str:
    """The override with Hydra's ``++`` where it sets a key of an action, which need not stand in the plan's
    file.

    Which keys an action may have, its lever says; `scenarios.plans` checks them.
    """
    return f"++{override}" if override.startswith("plan.actions.") else override


class _OwnFolders(SearchPathPlugin):
    """Puts the folders in `_folders` before the shipped one."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for path in _folders:
            search_path.prepend("seedbed", f"file://{path}", SearchPathQuery(provider="main"))


_folders: list[Path] = []


@contextmanager
def searching(folder: str | Path | None) -> Iterator[tuple[Path, ...]]:
    """While it lasts, Hydra looks into the user's folders first; gives all folders in order.

    Raises
    ------
    ConfigError
        If the folder does not exist.
    """
    if folder is not None and not Path(folder).is_dir():
        raise ConfigError(f"there is no folder {folder}")
    directories = Library.default([folder] if folder is not None else []).directories
    Plugins.instance().register(_OwnFolders)
    before = list(_folders)
    _folders[:] = [d for d in directories if d != shipped().resolve()]
    try:
        yield directories
    finally:
        _folders[:] = before


def checked(
    composed: DictConfig, directories: tuple[Path, ...], origin: Origin, *, allow_code: bool = False
) -> Config:
    """The typed configuration of what Hydra composed.

    Raises
    ------
    ConfigError
        As `compose`; with the file that the key stands in, unless the command line has set it.
    """
    try:
        return _checked(composed, directories, origin, allow_code)
    except ConfigError as error:
        file = origin.file_of(str(error), Library(directories))
        raise (type(error)(f"{file}: {error}") if file else error) from None


def _checked(composed: DictConfig, directories: tuple[Path, ...], origin: Origin, allow_code: bool) -> Config:
    try:
        values: Any = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except Exception as error:
        raise translate(error) or error from None
    values.pop("hydra", None)
    for key in values:
        if key not in GROUPS and key not in TOP_KEYS:
            raise unknown("key", key, [*GROUPS, *TOP_KEYS])
    if isinstance(values["plan"], Mapping):  # called as its file is, unless it says otherwise
        values["plan"] = {"name": str(origin.choices.get("plan", "none")), **values["plan"]}
    values["plan"] = resolve(values, Library(directories))
    if values.get("creators"):
        # What the sheet says, in place of where it lies: equal sheets are equal worlds, wherever they are read.
        sheet = read_creators(str(values["creators"]))
        values["creators"] = [
            asdict(one) for one in candidates_of(sheet, float(values["graph"]["within_topic"]))
        ]
    for group in LEVER_GROUPS:
        values.pop(group, None)
    return restored(values, directories, allow_code=allow_code)


def restored(
    values: dict[str, Any], directories: tuple[Path, ...] = (), *, allow_code: bool = False
) -> Config:
    """The typed configuration of values that are resolved already, such as a study has stored.

    Raises
    ------
    ConfigError
        As `compose`.
    """
    top = _typed(TopConfig, {k: v for k, v in values.items() if k in TOP_KEYS})
    if top.agents and not allow_code:
        raise ConfigError("agents names code to be run; add --allow-code if you trust this configuration")
    scenario = _typed(ScenarioConfig, _group(values, "scenario", ScenarioConfig), "scenario")
    community = CommunityConfig(
        world=_typed(WorldConfig, _group(values, "world"), "world"),
        audience=_typed(AudienceConfig, _group(values, "audience"), "audience"),
        graph=_typed(GraphConfig, _group(values, "graph"), "graph"),
        platform=_typed(PlatformConfig, _group(values, "platform"), "platform"),
        brand=_typed(BrandConfig, _group(values, "brand"), "brand"),
        run=_typed(RunConfig, _group(values, "run"), "run"),
        start=date.fromisoformat(top.start),
        warmup_days=top.warmup_days,
        agents=dict(top.agents),
        candidates=tuple(map(_candidate, values.get("creators") or ())),
    )
    study = _typed(StudyConfig, _group(values, "study"), "study")
    config = Config(community, top.seed, top.days, top.lang, top.out, scenario, study, values, directories)
    _check_goods(values["plan"], community.brand)
    calendar = config.calendar()
    calendar.check(
        community.start - timedelta(days=top.warmup_days), community.start + timedelta(days=top.days)
    )
    config.plan()
    return config


def _candidate(values: Mapping[str, Any]) -> Candidate:
    """A creator as it was resolved from a sheet; JSON and YAML may have made text of topics."""
    audience = {int(topic): float(share) for topic, share in values["audience"].items()}
    return Candidate(**{**values, "audience": audience})


def _check_goods(plan: Mapping[str, Any], brand: BrandConfig) -> None:
    """A plan that names a brand and products means those of this configuration."""
    if plan["brand"] and plan["brand"] != brand.name:
        raise unknown("plan.brand", plan["brand"], [brand.name])
    for name in plan["products"]:
        known = [product.name for product in brand.products]
        if name not in known:
            raise unknown("plan.products", name, known)


def _group(values: Mapping[str, Any], name: str, kind: type[Any] | None = None) -> Mapping[str, Any]:
    """A group's values, those of a dataclass's fields only if one is given."""
    group = values.get(name)
    if not isinstance(group, Mapping):
        raise ConfigError(f"{name} must hold keys with values, not {group!r}")
    if kind is None:
        return group
    known = {f.name for f in fields(kind)}
    return {key: value for key, value in group.items() if key in known}


def _typed(kind: type[T], values: Mapping[str, Any], place: str = "") -> T:
    """`scenarios.records.typed`, which takes 1e5 for a whole number too."""
    hints = get_type_hints(kind)
    whole = {
        key: int(value)
        if hints.get(key) is int and isinstance(value, float) and value.is_integer()
        else value
        for key, value in values.items()
    }
    try:
        return typed(kind, whole, place)
    except ConfigError as error:
        raise ConfigError(plain(str(error))) from None


def complaint(error: Exception, overrides: Sequence[str], directories: Iterable[Path]) -> Exception:
    """A sentence about what Hydra could not compose; the error itself if it is none of the user's doing."""
    text = str(error)
    if isinstance(error, OverrideParseException):
        return ConfigError(_unreadable(error.override))
    library = Library(tuple(directories))
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        group, value = override.key_or_group, override.value()
        if not group:
            return ConfigError(_unreadable(override.input_line or ""))
        for name in value if isinstance(value, list) else [value]:
            if library.names(group) and not override.is_sweep_override():
                if name not in library.names(group):
                    return unknown(group, name, library.names(group))
                try:
                    library.read(group, str(name))
                except ConfigError as broken:
                    return broken
    named = re.search(r"Could not (?:find|load) '([^']+)/([^'/]+)'", text)
    if named and isinstance(error, MissingConfigException):
        return unknown(named[1], named[2], library.names(named[1]))
    named = re.search(r"Could not override '([^']+)'", text)
    if named:
        return _unknown_key(named[1], str(getattr(error.__cause__, "full_key", None) or named[1]))
    named = re.search(r"Ambiguous value for argument '([^']+)'", text)
    if named:
        return ConfigError(
            f"{named[1]} gives several values; one run takes one (a list is written [1,2]; run -m tries each)"
        )
    return translate(error) or error


def _unreadable(override: str) -> str:
    return f"cannot read {override!r}: write key=value, and quote a value with special signs, key='a, b'"


def _unknown_key(key: str, full_key: str) -> ConfigError:
    """An unknown key, with those at its place and the nearest of all."""
    values: Any = OmegaConf.to_container(_composed([])[0])
    known = dict(_flat(values))
    place = full_key.rpartition(".")[0]
    if known.get(place) == {} and place in OPEN:
        return ConfigError(f"key {full_key!r} does not exist yet; add it with +{full_key}=...")
    while place and place not in known:
        place = place.rpartition(".")[0]
    prefix = f"{place}." if place else ""
    here = {k.removeprefix(prefix).partition(".")[0] for k in known if k.startswith(prefix)}
    near = get_close_matches(key, list(known), 1, 0.8)  # wrold.members: the place is wrong, not the name
    if near:
        return ConfigError(
            f"key {key!r} is unknown; did you mean {near[0]}? permitted are: {', '.join(sorted(here))}"
        )
    return unknown("key", key, here)


def _flat(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All dotted keys of nested mappings, with what they hold."""
    for key, value in values.items():
        yield f"{prefix}{key}", value
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
