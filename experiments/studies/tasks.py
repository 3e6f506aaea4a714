"""What a worker is told about a shard: a function of the manifest alone, so that a resumed study asks the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.compose import Config
from experiments.studies.store import Shard
from scenarios.library import Library
from scenarios.segments import SegmentBook
from sim.state import schema as s

TIERS = {f"tier_{key}": {"en": key.capitalize(), "zh": zh, "who": f"tier == {key}"} for key, zh in s.TIERS}
"""Segments of a study that names none."""


@dataclass(frozen=True)
class Task:
    """What a worker is given.

    Attributes
    ----------
    shard, cell
        Ids.
    config
        What is played.
    seeds
        On these.
    segments
        Segment name -> its file; those that others refer to included.
    wanted, freeze
        Names of the segments wanted, and the day of the run on which membership is frozen.
    panels
        Breakdowns of which every day is kept.
    draws
        Draws of the parameters (`experiments.studies.draws`); empty where they are taken for known.
    """

    shard: str
    cell: str
    config: Config
    seeds: tuple[int, ...]
    segments: dict[str, dict[str, Any]]
    wanted: tuple[str, ...]
    freeze: int
    panels: tuple[str, ...]
    draws: Mapping[str, Any] = field(default_factory=dict)


def segments_of(wanted: Sequence[str], library: Library) -> dict[str, Any]:
    """The segments of a study: names in order, and every file that they refer to.

    Returns
    -------
    dict
        ``names`` and ``files``.

    Raises
    ------
    ConfigError
        For an unknown name or an expression that cannot be read.
    """
    if not wanted:
        return {"names": list(TIERS), "files": TIERS}
    book = SegmentBook.of(library)
    names = [book.find(name, "study.segments").name for name in wanted]
    used = {part for name in names for part in book.used_by(name)}
    return {"names": names, "files": {name: library.read("segment", name) for name in sorted(used)}}


def freeze_day(configs: Iterable[Config]) -> int:
    """Day of the run on which segments are frozen: that of the earliest action of any cell, until which all
    arms of a seed are equal; 0 where worlds differ from the start."""
    first = [
        (spec.start - config.community.start).days
        for config in configs
        for spec in config.plan()
        if spec.strength > 0.0
    ]
    return max(0, min(first, default=0))


def task_of(manifest: Mapping[str, Any], shard: Shard, config: Config) -> Task:
    """The task of a shard."""
    segments = manifest["segments"]
    return Task(
        shard.id,
        shard.cell,
        config,
        shard.seeds,
        segments["files"],
        tuple(segments["names"]),
        manifest["freeze"],
        tuple(manifest["panels"]),
        manifest.get("draws", {}),
    )
