"""Records that outlive the rows they come from: notes that have left the platform, and a sample of members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.state import schema as s

if TYPE_CHECKING:
    import pandas as pd

    from sim.model import Community

NOTE_COLUMNS = (
    "key",
    "day",
    "slot",
    "topic",
    "format",
    "purpose",
    "flags",
    "status",
    "product",
    "contract",
    "share",
    "rung",
    "quality",
    "cover",
    "novelty",
)


class NoteArchive:
    """Final records of notes that were removed."""

    def __init__(self) -> None:
        self._parts: list[dict[str, npt.NDArray[Any]]] = []

    def add(self, community: Community, rows: npt.NDArray[Any]) -> None:
        """Copy what is to be kept of these rows."""
        self._parts.append(note_records(community, rows))

    def frame(self, community: Community) -> pd.DataFrame:
        """All notes: archived ones and those still on the platform, one row a note."""
        import pandas as pd

        status = community.state.notes["status"]
        rows = np.flatnonzero((status == s.LIVE_NOTE) | (status == s.SEARCH_ONLY) | (status == s.PLANNED))
        frames = [pd.DataFrame(part) for part in [*self._parts, note_records(community, rows)]]
        return pd.concat(frames, ignore_index=True)


def note_records(community: Community, rows: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """Columns of notes with their author's id, tier and followers at this moment, and their counters."""
    notes = community.state.notes.array
    members = community.state.members
    creators = community.state.creators
    out: dict[str, npt.NDArray[Any]] = {name: notes[name][rows].copy() for name in NOTE_COLUMNS}
    out["day"] = out["day"] - community.config.warmup_days
    author = notes["author"][rows]
    out["author"] = members["id"][author]
    out["author_tier"] = members["tier"][author]
    out["author_followers"] = creators["followers"][notes["creator"][rows]]
    totals = community.state.note_history.array["totals"][rows]
    for index, name in enumerate(s.COUNTERS):
        out[name] = totals[:, index].copy()
    return out


def members_frame(community: Community, sample: int = 10_000) -> pd.DataFrame:
    """Members and profiles of at most ``sample`` people, evenly over the rows, codes as numbers."""
    import pandas as pd

    size = len(community.state.members)
    rows = np.unique(np.linspace(0, size - 1, min(sample, size)).astype(np.int64))
    columns: dict[str, Any] = {}
    for table in ("members", "profiles"):
        source = community.state[table]
        for name in source.schema.dtype.names or ():
            values = source[name][rows]
            if values.ndim == 1:
                columns[name] = values
            else:
                for index, (topic, _) in enumerate(s.TOPICS):
                    columns[f"interest.{topic}"] = values[:, index] / 255.0
    return pd.DataFrame(columns)
