"""A study to read: `open_study` gives pandas frames with named axes, and SQL over the same files.

Every frame is indexed by ``cell`` (its label) and ``seed``; figures are in real units, money in yuan unless a column
says fen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from experiments.arms import Arms
from experiments.compose import Config
from experiments.economics import COLUMNS
from experiments.studies import seeds as numbers
from experiments.studies.cells import baseline_of
from experiments.studies.draws import draws_by_seed
from experiments.studies.store import META, CellRecord, Shard, Store
from scenarios.records import unknown
from sim.errors import DataError

Float = npt.NDArray[np.float64]
FEN = 100.0


class Incomplete(DataError):
    """Runs that a comparison needs are missing."""


def open_study(path: str | Path, purpose: str = "study") -> Study:
    """A study by its folder.

    Parameters
    ----------
    path
        The folder.
    purpose
        Which of its batches: those of the ``study`` itself, or fresh ones that a search has planned.

    Raises
    ------
    DataError
        If it holds no study, or one of another layout.
    """
    return Study(Store(Path(path)), purpose)


class Study:
    """Cells by seeds, read when asked for.

    Parameters
    ----------
    store
        Where it lies.
    purpose
        Which batches of seeds to read.
    """

    def __init__(self, store: Store, purpose: str = "study") -> None:
        self.store, self.purpose = store, purpose
        self._tables: dict[str, pa.Table] = {}
        self._configs: dict[str, Config] = {}

    @property
    def manifest(self) -> dict[str, Any]:
        """Arguments, cells, batches, code, versions, machine."""
        return self.store.manifest

    @cached_property
    def cells(self) -> list[CellRecord]:
        """Cells that were planned for this purpose, in order."""
        planned = {s.cell for s in self._shards}
        return [cell for cell in self.store.cells if cell.key in planned]

    @property
    def labels(self) -> list[str]:
        """Labels of the cells, in order."""
        return [cell.label for cell in self.cells]

    def cell(self, label: str) -> CellRecord:
        """A cell by its label, its key, its name in either language, or its place from 1.

        Raises
        ------
        ConfigError
            If there is none; the sentence lists them.
        """
        for at, cell in enumerate(self.cells, 1):
            if label in (cell.label, cell.key, cell.en, cell.zh, str(at), cell.label.removeprefix("plan=")):
                return cell
        raise unknown("cell", label, self.labels)

    def config(self, label: str) -> Config:
        """A cell's configuration."""
        key = self.cell(label).key
        if key not in self._configs:
            self._configs[key] = self.store.config(key, allow_code=True)
        return self._configs[key]

    @cached_property
    def _shards(self) -> list[Shard]:
        return self.store.shards(self.purpose)

    def planned(self, label: str) -> list[int]:
        """Seeds that are planned for a cell."""
        key = self.cell(label).key
        return sorted({seed for s in self._shards if s.cell == key for seed in s.seeds})

    def seeds(self, label: str) -> list[int]:
        """Seeds of a cell that have been played."""
        there = self.store.present()
        key = self.cell(label).key
        return sorted({n for s in self._shards if s.cell == key and s.id in there for n in s.seeds})

    def paired_seeds(self, labels: Sequence[str], common: bool = False) -> list[int]:
        """Seeds that all of some cells have.

        Parameters
        ----------
        labels
            Cells.
        common
            Take those that all have, and leave out the others.

        Raises
        ------
        Incomplete
            If runs are missing or seeds are unequal, unless ``common`` is set.
        """
        played = {label: set(self.seeds(label)) for label in labels}
        shared = set.intersection(*played.values()) if played else set()
        if not common:
            for label in labels:
                gone = sorted(set(self.planned(label)) - played[label])
                if gone:
                    failed = len(self.store.quarantined())
                    why = f" ({failed} shards failed)" if failed else ""
                    raise Incomplete(
                        f"{label} lacks seeds {numbers.written(gone)}{why}: seedbed resume {self.store.path} "
                        "plays them, --common compares the seeds that all cells have"
                    )
            if len({frozenset(seeds) for seeds in played.values()}) > 1:
                listed = "; ".join(f"{label}: {numbers.written(seeds)}" for label, seeds in played.items())
                raise Incomplete(
                    f"cells have unequal seeds ({listed}): --common compares those that all have"
                )
        if not shared:
            raise Incomplete(f"the cells share no seed that has been played: {', '.join(labels)}")
        return sorted(shared)

    def baseline(self, asked: str = "") -> str:
        """Label of the baseline: the one asked for, else the study's own.

        Raises
        ------
        ConfigError
            If there is none; the sentence lists the cells.
        """
        if asked:
            for cell in self.cells:
                if asked in (cell.label, cell.key, cell.en, cell.zh):
                    return cell.label
            return baseline_of(self.cells, asked)
        found = self.manifest.get("baseline") or baseline_of(self.cells, "")
        if not found:
            raise unknown("the study has no baseline; --baseline LABEL: label", "", self.labels)
        return str(found)

    # ------------------------------------------------------------------ tables

    def table(self, label: str) -> pa.Table:
        """All runs of a cell that have been played, by seed."""
        key = self.cell(label).key
        if key not in self._tables:
            there = self.store.present()
            parts = [self.store.read(s) for s in self._shards if s.cell == key and s.id in there]
            if not parts:
                raise Incomplete(f"nothing has been played of {label}: seedbed resume {self.store.path}")
            table = pa.concat_tables(parts).combine_chunks()
            seeds = table["seed"].to_numpy()
            self._tables[key] = (
                table if (seeds[1:] > seeds[:-1]).all() else table.sort_by("seed").combine_chunks()
            )
        return self._tables[key]

    def layout(self, label: str) -> dict[str, Any]:
        """What the nested columns of a cell's runs hold: ``kpis``, ``segments``, ``measures``, ``days``."""
        layout: dict[str, Any] = json.loads(self.table(label).schema.metadata[META])
        return layout

    def runs(self, labels: Iterable[str] | None = None) -> pd.DataFrame:
        """KPIs over the reported days: index (cell, seed), a column a KPI."""
        frames = {}
        for label in self._wanted(labels):
            table = self.table(label)
            frame: pd.DataFrame = table.select(["seed", *self.layout(label)["kpis"]]).to_pandas()
            frames[self.cell(label).label] = frame.set_index("seed")
        return pd.concat(frames, names=["cell", "seed"])

    def daily(self, kpi: str, labels: Iterable[str] | None = None) -> pd.DataFrame:
        """One KPI day by day: index (cell, seed), a column a day of the run."""
        frames = {}
        for label in self._wanted(labels):
            values = self._daily(label, kpi)
            index = pd.Index(self.table(label)["seed"].to_numpy(), name="seed")
            frames[self.cell(label).label] = pd.DataFrame(values, index=index)
        frame = pd.concat(frames, names=["cell", "seed"])
        frame.columns.name = "day"
        return frame

    def _daily(self, label: str, kpi: str) -> Float:
        layout = self.layout(label)
        if kpi not in layout["kpis"]:
            raise unknown("kpi", kpi, layout["kpis"])
        column = self.table(label)["daily"].combine_chunks()
        cube = np.asarray(column.flatten()).reshape(len(column), len(layout["kpis"]), layout["days"])
        return np.asarray(cube[:, layout["kpis"].index(kpi)], np.float64)

    def segments(self, labels: Iterable[str] | None = None) -> pd.DataFrame:
        """Sums over segments whose membership is frozen before the first action: index (cell, seed, segment)."""
        frames = {}
        for label in self._wanted(labels):
            layout, table = self.layout(label), self.table(label)
            column = table["segments"].combine_chunks()
            values = np.asarray(column.flatten()).reshape(-1, len(layout["measures"]))
            index = pd.MultiIndex.from_product([table["seed"].to_numpy(), layout["segments"]])
            index.names = ["seed", "segment"]
            frame = pd.DataFrame(values, index=index, columns=layout["measures"])
            frames[self.cell(label).label] = frame
        return pd.concat(frames, names=["cell"])

    def books(self, label: str) -> pd.DataFrame:
        """A cell's ledger, fen of sample money: columns `experiments.economics.COLUMNS`."""
        return self._nested(label, "books")[list(COLUMNS)]

    def placed(self, label: str) -> pd.DataFrame:
        """Delivered placements by seed, action and the creator's tier; ``fen`` is what authors were paid."""
        return self._nested(label, "placed")

    def actions(self, label: str) -> pd.DataFrame:
        """What each action was given and spent, in yuan, by seed."""
        return self._nested(label, "actions")

    def warnings(self, label: str) -> list[str]:
        """Distinct warnings of a cell's runs, in the order of seeds."""
        lines = [w for row in self.table(label)["warnings"].to_pylist() for w in row]
        notes = [n for row in self.table(label)["actions"].to_pylist() for a in row for n in a["notes"]]
        return list(dict.fromkeys([*lines, *notes]))

    def _nested(self, label: str, name: str) -> pd.DataFrame:
        table = self.table(label)
        column = table[name].combine_chunks()
        lengths = np.diff(np.asarray(column.offsets))
        fields = column.flatten()
        data: dict[str, Any] = {"seed": np.repeat(table["seed"].to_numpy(), lengths)}
        for at, part in enumerate(fields.type):
            values = fields.field(at)
            if pa.types.is_string(part.type):
                values = values.dictionary_encode()
            data[part.name] = values.to_pandas()
        return pd.DataFrame(data)

    def mix_panel(self, plan: str, kpi: str = "gmv") -> pd.DataFrame:
        """A panel for marketing-mix estimators with the true effect in it, see `experiments.studies.export.mix_panel`."""
        from experiments.studies.export import mix_panel

        return mix_panel(self, plan, kpi)

    def panel(self, breakdown: str) -> pd.DataFrame:
        """Every day of a breakdown: columns cell, seed, day, segment, and a column a KPI that it knows.

        Raises
        ------
        DataError
            If the study did not keep it.
        """
        if breakdown not in self.manifest["panels"]:
            there = ", ".join(self.manifest["panels"]) or "none"
            raise DataError(f"{self.store.path} kept no panel by {breakdown} (kept: {there}); "
                            f"sweep with panels=[{breakdown}]")  # fmt: skip
        frame = self.sql(f"select * exclude breakdown from panel where breakdown = '{breakdown}'")
        known = frame.notna().any()
        kept: pd.DataFrame = frame.loc[:, known]
        return kept

    def _wanted(self, labels: Iterable[str] | None) -> list[str]:
        return self.labels if labels is None else list(labels)

    # ------------------------------------------------------------------ SQL

    def connection(self) -> Any:
        """A DuckDB connection with the views ``cells``, ``runs``, ``daily``, ``books``, ``placed`` and, where panels
        were kept, ``panel``."""
        import duckdb

        there = self.store.present()
        done = [s for s in self._shards if s.id in there]
        if not done:
            raise Incomplete(f"nothing has been played: seedbed resume {self.store.path}")
        con = duckdb.connect()
        cells = pd.DataFrame({"cell": [c.key for c in self.cells], "label": self.labels})
        con.register("cells", cells)
        layout = self.layout(self.labels[0])
        kpis, days = layout["kpis"], layout["days"]
        files = [str(self.store.file(s.id)) for s in done]
        con.from_parquet(files).create_view("shards")
        plain = ", ".join(f'"{key}"' for key in kpis)
        con.execute(
            f"create view runs as select label, cell, seed, {plain} from shards join cells using (cell)"
        )
        by_day = ", ".join(
            f'unnest(daily[{at * days + 1}:{(at + 1) * days}]) as "{key}"' for at, key in enumerate(kpis)
        )
        con.execute(
            f"create view daily as select label, cell, seed, unnest(range({days})) as day, {by_day} "
            "from shards join cells using (cell)"
        )
        for name in ("books", "placed"):
            con.execute(
                f"create view {name} as select label, cell, seed, unnest({name}, recursive := true) "
                "from shards join cells using (cell)"
            )
        panels = [str(self.store.panel_file(s.id)) for s in done]
        if self.manifest["panels"]:
            con.from_parquet(panels).create_view("panels")
            con.execute("create view panel as select label, * from panels join cells using (cell)")
        return con

    def sql(self, query: str) -> pd.DataFrame:
        """The answer to a query over the views of `connection`."""
        frame: pd.DataFrame = self.connection().sql(query).df()
        return frame

    # ------------------------------------------------------------------ comparison

    def arms(self, labels: Sequence[str], common: bool = False) -> Arms:
        """Cells paired by seed.

        Raises
        ------
        Incomplete
            As `paired_seeds`.
        DataError
            If their worlds differ in size or their runs in length.
        """
        records = [self.cell(label) for label in labels]
        for what, values in (
            ("weight", {r.weight for r in records}),
            ("length in days", {r.days for r in records}),
        ):
            if len(values) > 1:
                shown = ", ".join(f"{v:g}" for v in sorted(values))
                raise DataError(f"cells of different {what} ({shown}) have no common difference")
        seeds = self.paired_seeds(labels, common)
        totals, books, daily, first = {}, {}, {}, {}
        for label in labels:
            frame = self.runs([label]).droplevel("cell")
            at = np.flatnonzero(frame.index.isin(seeds))
            totals[label] = frame.iloc[at]
            ledger = self.books(label)
            books[label] = ledger[ledger["seed"].isin(seeds)] if len(at) < len(frame) else ledger
            layout = self.layout(label)
            column = self.table(label)["daily"].combine_chunks()
            cube = np.asarray(column.flatten()).reshape(len(column), len(layout["kpis"]), layout["days"])
            daily[label] = {key: cube[at, i] for i, key in enumerate(layout["kpis"])}
            first[label] = self.first_day(label)
        draws = self.draws(seeds)
        return Arms(seeds, totals, books, records[0].weight, records[0].days, daily, first, draws)

    def draws(self, seeds: Sequence[int]) -> list[int]:
        """Draw of the parameters at which each seed was played; empty where they are taken for known."""
        return draws_by_seed(self.manifest.get("draws", {}), seeds)

    def first_day(self, label: str) -> int:
        """Day of the run on which a cell's first action starts."""
        config = self.config(label)
        starts = [(spec.start - config.community.start).days for spec in config.plan()]
        return max(0, min(starts, default=0))
