"""The folder of a study: a manifest first, then one Parquet file a shard, written whole or not at all.

What is to be played is the planned shards less those on disk, so a study survives ``kill -9`` at any moment. One
process at a time writes; readers need no lock, since a file with a final name is whole.

::

    manifest.json      what the study is: cells, batches of seeds, code, versions, machine
    cells/KEY.yaml     resolved configuration of each cell
    shards/ID.parquet  a row a run: KPIs, days, books, segments
    panels/ID.parquet  a row a day and segment, where a study asks for panels
    quarantine/ID.json why a shard failed, with the worker's traceback
    log.jsonl          what happened when
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from omegaconf import OmegaConf

from experiments.compose import Config, restored
from experiments.folder import (
    code_version,
    content_id,
    file_synced,
    identity,
    manifest,
    write_json,
    written_whole,
)
from sim.errors import DataError

SCHEMA = 1
"""Version of the layout on disk; a reader refuses any other."""
META = b"seedbed"
NAME = "manifest.json"
NOT_KEPT = frozenset({"out", "lang", "seed", "threads", "study"})
"""Keys of a configuration that a cell does not depend on; equal cells are equal files."""


class StudyLocked(DataError):
    """Another process works on the study."""


@dataclass(frozen=True)
class Shard:
    """One cell on a block of seeds.

    Attributes
    ----------
    id
        Content id: resolved configuration, seeds, code version.
    cell, label
        Key and label of the cell.
    seeds
        In ascending order.
    """

    id: str
    cell: str
    label: str
    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        """How messages call it."""
        from experiments.studies.seeds import written

        return f"{self.label}, seeds {written(self.seeds)}"


@dataclass(frozen=True)
class CellRecord:
    """What the manifest says of a cell."""

    key: str
    label: str
    en: str
    zh: str
    words: tuple[str, ...]
    idle: bool
    days: int
    weight: float
    party: str

    def name(self, lang: str) -> str:
        """Its name in a language, else its label."""
        return (self.zh if lang == "zh" else self.en) or self.label


class Store:
    """A study's folder.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    DataError
        If it holds no study, or one of another layout.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: dict[str, Any] = _manifest(path)

    # ------------------------------------------------------------------ making

    @classmethod
    def create(cls, target: Path, content: Mapping[str, Any], configs: Mapping[str, Config]) -> Store:
        """A new study with its manifest and its cells; one that is there already is opened as it is."""
        if (target / NAME).is_file():
            return cls(target)
        with written_whole(target) as place:
            for part in ("cells", "shards"):
                (place / part).mkdir()
            for key, config in configs.items():
                _write_cell(place, key, config)
            origin = manifest({}, 0)
            del origin["seed"], origin["configuration"]
            write_json(place / NAME, {"schema": SCHEMA, **origin, **content})
        return cls(target)

    def add(self, cells: Sequence[Mapping[str, Any]], configs: Mapping[str, Config]) -> None:
        """Add cells that are not there yet; under the lock."""
        known = {cell["key"] for cell in self.manifest["cells"]}
        for key, config in configs.items():
            if key not in known:
                _write_cell(self.path, key, config)
        self._rewrite(cells=[*self.manifest["cells"], *(dict(c) for c in cells if c["key"] not in known)])

    def plan(self, cells: Sequence[str], blocks: Sequence[Sequence[int]], purpose: str = "study") -> None:
        """Plan these cells on these blocks of seeds as well; under the lock."""
        batch = {"purpose": purpose, "cells": list(cells), "blocks": [list(b) for b in blocks]}
        if batch not in self.manifest["batches"]:
            self._rewrite(batches=[*self.manifest["batches"], batch])

    def note(self, **values: Any) -> None:
        """Keep more in the manifest; under the lock."""
        self._rewrite(**values)

    def _rewrite(self, **values: Any) -> None:
        self.manifest = {**self.manifest, **values}
        temporary = self.path / f".{NAME}.{os.getpid()}.part"
        write_json(temporary, self.manifest)
        file_synced(temporary, self.path / NAME)

    # ------------------------------------------------------------------ what it is

    @property
    def cells(self) -> list[CellRecord]:
        """All cells, in the order of the sweep."""
        return [CellRecord(**{**cell, "words": tuple(cell["words"])}) for cell in self.manifest["cells"]]

    def config(self, key: str, allow_code: bool = False) -> Config:
        """A cell's configuration as it was composed.

        Raises
        ------
        DataError
            If its file is not what its key says.
        """
        path = self.path / "cells" / f"{key}.yaml"
        try:
            # Compiled where PyYAML has it: a report reads dozens of cells. The key tells if anything was read otherwise.
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            values: Any = yaml.load(path.read_text("utf-8"), loader)
            if not isinstance(values, dict):
                raise ValueError("it does not hold keys with values")
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise DataError(f"{path} cannot be read: {error}") from None
        if content_id(identity(values)) != key:
            raise DataError(f"{path} has been changed: it is not the configuration that was played")
        return restored({**values, "study": {}}, allow_code=allow_code)

    def shards(self, purpose: str | None = None) -> list[Shard]:
        """Planned shards, seed-major, so that a seed's warmed world serves all cells in turn."""
        records = {cell.key: cell for cell in self.cells}
        code = self.manifest["code"]
        found: dict[str, Shard] = {}
        for batch in self.manifest["batches"]:
            if purpose is not None and batch["purpose"] != purpose:
                continue
            for block in batch["blocks"]:
                for key in batch["cells"]:
                    name = content_id({"cell": key, "seeds": list(block), "code": code})
                    found.setdefault(name, Shard(name, key, records[key].label, tuple(block)))
        return list(found.values())

    # ------------------------------------------------------------------ shards on disk

    def file(self, shard: str) -> Path:
        """Where a shard's runs are."""
        return self.path / "shards" / f"{shard}.parquet"

    def panel_file(self, shard: str) -> Path:
        """Where a shard's panel is."""
        return self.path / "panels" / f"{shard}.parquet"

    def present(self) -> set[str]:
        """Ids of the shards on disk."""
        return {path.stem for path in (self.path / "shards").glob("*.parquet") if path.name[0] != "."}

    def missing(self) -> list[Shard]:
        """Planned shards that are not on disk."""
        there = self.present()
        return [shard for shard in self.shards() if shard.id not in there]

    def write(self, shard: Shard, runs: pa.Table, panel: pa.Table | None = None) -> None:
        """Keep a shard's results; the file of runs comes last, and with it the shard counts as played."""
        if panel is not None:
            (self.path / "panels").mkdir(exist_ok=True)
            _write_table(self.panel_file(shard.id), panel)
        _write_table(self.file(shard.id), runs)
        with suppress(FileNotFoundError):
            (self.path / "quarantine" / f"{shard.id}.json").unlink()

    def read(self, shard: Shard, columns: Sequence[str] | None = None) -> pa.Table:
        """A shard's runs, checked against the checksums of their pages.

        Raises
        ------
        DataError
            If the file is corrupt, of another layout, or not this shard's.
        """
        return _read_table(self.file(shard.id), shard, columns, self.path)

    def damaged(self) -> list[Shard]:
        """Shards on disk that cannot be read; they are set aside, so that they count as missing."""
        out = []
        there = self.present()
        for shard in self.shards():
            if shard.id not in there:
                continue
            try:
                self.read(shard)
            except DataError:
                self.file(shard.id).replace(self.file(shard.id).with_suffix(".damaged"))
                out.append(shard)
        return out

    def quarantine(self, shard: Shard, reason: str, trace: str = "", attempts: int = 1) -> None:
        """Note why a shard failed."""
        (self.path / "quarantine").mkdir(exist_ok=True)
        content = {
            "cell": shard.label,
            "seeds": list(shard.seeds),
            "reason": reason,
            "trace": trace,
            "attempts": attempts,
        }
        write_json(self.path / "quarantine" / f"{shard.id}.json", content)

    def quarantined(self) -> dict[str, dict[str, Any]]:
        """Shard id -> why it failed, for those that still are missing."""
        out = {}
        there = self.present()
        for path in sorted((self.path / "quarantine").glob("*.json")):
            if path.stem not in there:
                out[path.stem] = json.loads(path.read_text("utf-8"))
        return out

    # ------------------------------------------------------------------ one writer

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While it lasts, nobody else writes; what a killed writer left half-written is removed.

        Raises
        ------
        StudyLocked
            If another process has the lock.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StudyLocked(f"{self.path} is being worked on by another process; wait for it") from None
        try:
            self.manifest = _manifest(self.path)
            for part in [*self.path.glob(".*.part"), *self.path.glob("*/.*.part")]:
                part.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def log(self, what: str, **more: Any) -> None:
        """Append a line to the log; a log that cannot be written is done without."""
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": what, **more}
        with suppress(OSError), (self.path / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")

    def same_code(self) -> bool:
        """Whether the present code is the one that the study was planned with."""
        return bool(self.manifest["code"] == code_version())


def _manifest(path: Path) -> dict[str, Any]:
    try:
        content = json.loads((path / NAME).read_text("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path} holds no study: there is no {NAME}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path / NAME} cannot be read: {error}") from None
    if content.get("schema") != SCHEMA:
        raise DataError(
            f"{path / NAME} has layout {content.get('schema')}; this version of seedbed reads layout {SCHEMA}"
        )
    return dict(content)


def _write_cell(place: Path, key: str, config: Config) -> None:
    temporary = place / "cells" / f".{key}.{os.getpid()}.part"
    kept = {name: value for name, value in config.resolved.items() if name not in NOT_KEPT}
    OmegaConf.save(OmegaConf.create(kept), temporary)  # JSON would lose keys that are numbers
    file_synced(temporary, place / "cells" / f"{key}.yaml")


def _write_table(path: Path, table: pa.Table) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        file_synced(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _read_table(path: Path, shard: Shard, columns: Sequence[str] | None, study: Path) -> pa.Table:
    cure = f"seedbed resume {study} plays it again"
    try:
        table = pq.read_table(
            path, columns=columns, page_checksum_verification=True, partitioning=None, use_threads=False
        )
    except FileNotFoundError:
        raise DataError(f"{path} ({shard.name}) is missing; {cure}") from None
    except (OSError, pa.ArrowException, ValueError) as error:
        detail = " ".join(str(error).split())
        raise DataError(f"{path} ({shard.name}) is corrupt; {cure} ({detail[:120]})") from None
    meta = json.loads((table.schema.metadata or {}).get(META, b"{}"))
    if meta.get("schema") != SCHEMA:
        raise DataError(f"{path} has layout {meta.get('schema')}; this version reads layout {SCHEMA}")
    if meta.get("shard") != shard.id or table.num_rows != len(shard.seeds):
        raise DataError(f"{path} is not the shard it should be ({shard.name}); {cure}")
    return table


def studies_in(folders: Iterable[Path]) -> list[Store]:
    """All readable studies below these folders, the newest first."""
    found = []
    for folder in folders:
        for path in sorted(folder.glob(f"*/{NAME}")):
            with suppress(DataError):
                found.append(Store(path.parent))
    return sorted(found, key=lambda s: str(s.manifest.get("written")), reverse=True)


def find(name: str, out: Path) -> Store:
    """A study by its folder, its name or the start of either.

    Raises
    ------
    DataError
        If there is none, or several; the sentence lists them.
    """
    if (Path(name) / NAME).is_file():
        return Store(Path(name))
    known = studies_in([out])
    match = [s for s in known if s.path.name == name or s.manifest["name"] == name]
    match = match or [s for s in known if s.path.name.startswith(name)]
    if len(match) == 1 or (match and len({s.manifest["name"] for s in match}) == 1 and name):
        return match[0]
    listed = ", ".join(s.path.name for s in (match or known)) or "none"
    what = "several studies match" if match else "there is no study"
    raise DataError(f"{what} {name!r} in {out}; there are: {listed}")
