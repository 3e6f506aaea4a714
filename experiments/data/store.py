"""Where one's own data is kept: a folder of Parquet files under hashed ids, and a key file that joins names back.

An id is an HMAC-SHA256 of a name under a random key, cut to 64 bits: without the key nobody can tell whom it stands for,
not even by trying names. Key and names lie in one file beside the folder, readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.data.read import Table
from experiments.data.schema import SHEETS, SheetKind, sheet_kind
from experiments.folder import file_hash, file_whole, write_json
from sim.errors import DataError

FOLDER = "seedbed-data"
MANIFEST = "data.json"
LAYOUT = 1
DIGITS = 16
OWNER_ONLY = 0o600


@dataclass
class KeyFile:
    """A secret, and the names that were hashed with it.

    Attributes
    ----------
    path
        Where it lies.
    secret
        32 random bytes.
    names
        Sort of id -> hash -> name.
    """

    path: Path
    secret: bytes
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, make: bool) -> KeyFile:
        """The key file at a path.

        Parameters
        ----------
        path
            Where it is, or is to be.
        make
            Whether one that is missing is made (when first written).

        Raises
        ------
        DataError
            If it is missing and not to be made, or is no key file.
        """
        if not path.exists():
            if make:
                return cls(path, secrets.token_bytes(32))
            raise DataError(
                f"{path}: there is no such key file; key=FILE names the one that the data was imported with"
            )
        try:
            content = json.loads(path.read_text("utf-8"))
            secret = bytes.fromhex(content["secret"])
            names = {str(sort): dict(known) for sort, known in content["names"].items()}
            if len(secret) != 32:
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DataError(f"{path}: this is not a key file of seedbed data") from None
        return cls(path, secret, names)

    @property
    def mark(self) -> str:
        """What tells this key from others and gives nothing of it away."""
        return hashlib.sha256(b"mark" + self.secret).hexdigest()[:DIGITS]

    def hashed(self, sort: str, values: Sequence[str | None]) -> list[str | None]:
        """Names as ids, which are remembered."""
        known = self.names.setdefault(sort, {})
        made: dict[str, str] = {}
        for name in {v for v in values if v is not None}:
            digest = hmac.new(self.secret, f"{sort}\0{name}".encode(), hashlib.sha256).hexdigest()[:DIGITS]
            made[name] = digest
            known[digest] = name
        return [None if v is None else made[v] for v in values]

    def write(self) -> None:
        """Write it whole, readable by its owner alone from the first byte on."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        content = json.dumps(
            {"secret": self.secret.hex(), "names": self.names}, ensure_ascii=False, sort_keys=True
        )
        temporary.unlink(missing_ok=True)
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)


def key_path(store: Path) -> Path:
    """Where a store's key file is unless another is named: beside the folder, so that a copy of that has no names."""
    return store.with_name(f"{store.name}.key")


class DataStore:
    """A folder of imported sheets.

    Parameters
    ----------
    path
        The folder; it need not exist yet.

    Raises
    ------
    DataError
        If it is something else, or of another layout.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: dict[str, Any] = {"layout": LAYOUT, "key": "", "sheets": {}}
        file = path / MANIFEST
        if path.is_dir() and any(path.iterdir()) and not file.is_file():
            raise DataError(
                f"{path} holds something else than imported data (there is no {MANIFEST}); choose another out="
            )
        if file.is_file():
            try:
                self.manifest = json.loads(file.read_text("utf-8"))
                layout = self.manifest["layout"]
            except (ValueError, KeyError, TypeError):
                raise DataError(f"{file} cannot be read") from None
            if layout != LAYOUT:
                raise DataError(f"{file} has layout {layout}; this version of seedbed reads layout {LAYOUT}")

    @property
    def kinds(self) -> list[SheetKind]:
        """Kinds of sheets that are there."""
        return [kind for kind in SHEETS if kind.key in self.manifest["sheets"]]

    def file(self, kind: str) -> Path:
        """Where a kind's rows are."""
        return self.path / f"{kind}.parquet"

    def write(self, table: Table, sources: Sequence[Path], key: KeyFile) -> Path:
        """Keep a checked sheet under hashed ids, in place of an earlier one of its kind; gives the list of what was left out.

        Raises
        ------
        DataError
            If the store was made with another key.
        OSError
            If it cannot be written.
        """
        if self.manifest["key"] not in ("", key.mark):
            raise DataError(
                f"{self.path} was made with another key than {key.path}, so its ids would not join; name that one with "
                "key=FILE, or choose another out="
            )
        frame = table.frame.copy()
        for rule in table.kind.fields:
            if rule.kind == "id":
                frame[rule.key] = key.hashed(rule.names, list(frame[rule.key]))
        self.path.mkdir(parents=True, exist_ok=True)
        key.write()  # first: data whose key is lost could never be joined again
        with file_whole(self.file(table.kind.key)) as place:
            frame.to_parquet(place, index=False)
        left_out = self.path / f"{table.kind.key}_left_out.csv"
        lines = [(*line, "row") for line in table.lost] + [(*line, "cell") for line in table.blank]
        with file_whole(left_out) as place:
            pd.DataFrame(lines, columns=["row", "column", "reason", "原因", "left_out"]).to_csv(
                place, index=False, encoding="utf-8-sig"
            )
        times = _span(frame, table.kind)
        self.manifest["key"] = key.mark
        self.manifest["sheets"][table.kind.key] = {
            "rows": len(frame),
            "left_out": len(table.lost),
            "first": times[0],
            "last": times[1],
            "sources": [{"name": path.name, "sha256": file_hash(path)} for path in sources],
            "imported": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with file_whole(self.path / MANIFEST) as place:
            write_json(place, self.manifest)
        return left_out

    def frame(self, kind: str) -> pd.DataFrame | None:
        """A kind's rows; None if there are none.

        Raises
        ------
        DataError
            If its file is damaged.
        """
        if kind not in self.manifest["sheets"]:
            return None
        try:
            return pd.read_parquet(self.file(kind))
        except (OSError, ValueError) as error:
            raise DataError(
                f"{self.file(kind)} cannot be read; import it again ({' '.join(str(error).split())[:80]})"
            ) from None

    def named(self, kind: str, key: KeyFile) -> pd.DataFrame:
        """A kind's rows with the names in place of ids.

        Raises
        ------
        DataError
            If there are none, or the key is another one.
        """
        frame = self.frame(kind)
        if frame is None:
            raise DataError(
                f"{self.path} holds no {kind}; there are: {', '.join(self.manifest['sheets']) or 'none'}"
            )
        if self.manifest["key"] != key.mark:
            raise DataError(f"{key.path} is not the key that {self.path} was made with")
        for rule in sheet_kind(kind).fields:
            if rule.kind == "id":
                known: Mapping[str, str] = key.names.get(rule.names, {})
                frame[rule.key] = frame[rule.key].map(lambda code, known=known: known.get(code, code))
        return frame


def _span(frame: pd.DataFrame, kind: SheetKind) -> tuple[str, str]:
    """First and last day, empty without dates."""
    for rule in kind.fields:
        if rule.kind == "date" and frame[rule.key].notna().any():
            return str(frame[rule.key].min())[:10], str(frame[rule.key].max())[:10]
    return "", ""
