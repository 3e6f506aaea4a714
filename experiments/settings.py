"""What stands outside the groups of the world: the keys of the root, of a scenario's file and of a study's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from scenarios.records import unknown
from sim.bounds import check, within
from sim.errors import ConfigError
from sim.kpis.measures import BREAKDOWNS


@dataclass(frozen=True)
class CellFile:
    """One named cell of a study's file: its names and the overrides that make it."""

    en: str = ""
    zh: str = ""
    set: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StudyConfig:
    """A file of `conf/study`: which cells, on which seeds, what is kept of them, how sure an interval is.

    Attributes
    ----------
    name, en, zh
        Name of the study's folder, and its question in two languages.
    set
        Overrides that all cells share.
    axes
        Key -> values in Hydra's sweep grammar; the cells are their product.
    cells
        Named cells, in addition to the product.
    baseline
        Label of the cell that others are compared with; ``none`` adds one without any plan.
    seeds
        ``0:32`` (the last one excluded) or ``1,5,9``; ``replicates`` seeds from ``seed`` on if empty.
    executor, address, workers
        ``serial``, ``pool`` or ``ray``; address of a Ray cluster; processes, 0 for all processors.
    segments
        Segments by whose membership, frozen when the first action starts, effects are reported.
    panels
        Breakdowns of which every day is kept.
    block, points
        Seeds of a shard (0: by their number); values that stand for an interval.
    posterior, draw_seeds
        Fitted platform, by name or file, over whose draws the study is played, and seeds at each draw.
    """

    name: str = "sweep"
    en: str = ""
    zh: str = ""
    set: list[str] = field(default_factory=list)
    axes: dict[str, str] = field(default_factory=dict)
    cells: dict[str, CellFile] = field(default_factory=dict)
    baseline: str = ""
    seeds: str = ""
    replicates: int = within(10, 1, 100_000)
    confidence: float = within(0.95, 0.5, 0.999)
    executor: str = "pool"
    address: str = ""
    workers: int = within(0, 0, 256)
    segments: list[str] = field(default_factory=list)
    panels: list[str] = field(default_factory=list)
    block: int = within(0, 0, 10_000)
    points: int = within(5, 2, 1_000)
    posterior: str = ""
    draw_seeds: int = within(2, 1, 1_000)

    def __post_init__(self) -> None:
        check("study", self)
        for breakdown in self.panels:
            if breakdown not in BREAKDOWNS:
                raise unknown("study.panels", breakdown, BREAKDOWNS)


@dataclass(frozen=True)
class ScenarioConfig:
    """What a scenario is called and when it plays."""

    name: str = "baseline"
    en: str = ""
    zh: str = ""
    start: str = "2025-10-08"
    days: int = 45


@dataclass(frozen=True)
class TopConfig:
    """The keys that stand outside every group; dates are text in YAML."""

    seed: int = within(1, 0, 2**64 - 1)
    days: int = within(45, 1, 3650)
    start: str = "2025-10-08"
    warmup_days: int = within(28, 0, 400)
    engine: str = "kernels"
    threads: int = within(0, 0, 256)
    lang: str = "auto"
    out: str = "seedbed-runs"
    agents: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check("", self)
        if self.lang not in ("auto", "en", "zh"):
            raise ConfigError(f"lang={self.lang} is unknown; permitted are en, zh, auto")
        try:
            date.fromisoformat(self.start)
        except ValueError:
            raise ConfigError(f"start={self.start} is not a date; write it as 2025-10-08") from None
