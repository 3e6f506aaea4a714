"""The panel: measures by day, breakdown and segment in plain arrays, and KPIs computed from them when asked.

Measures stay in sample units; figures that are reported are in real units (people, yuan) unless told
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import ConfigError
from sim.kpis.collect import measure_day
from sim.kpis.measures import BREAKDOWNS, MEASURE, MEASURES
from sim.kpis.registry import KPI_CODES, KPIS, Kpi, kpi_of, terms

if TYPE_CHECKING:
    from sim.model import Community

Float = npt.NDArray[np.float64]


class Kpis:
    """The figures of one run.

    Parameters
    ----------
    community
        The world; its weight turns sample figures into real ones. A snapshot's figures are taken over if it
        has some.

    Attributes
    ----------
    days
        int64 [days], days of the run so far: 0 is the first reported one, those of the warm-up are negative.
    """

    def __init__(self, community: Community) -> None:
        self._weight = community.config.world.weight
        self._n = 0
        self._days = np.zeros(32, np.int64)
        self._data: dict[str, Float] = {
            name: np.full((32, len(segments), len(MEASURES)), np.nan) for name, segments in BREAKDOWNS.items()
        }
        loaded = getattr(community, "_loaded_kpis", None)
        if loaded:
            self.load(loaded)

    @property
    def days(self) -> npt.NDArray[np.int64]:
        return self._days[: self._n]

    # ------------------------------------------------------------------ collecting

    def collect(self, community: Community) -> None:
        """Gather the running day's measures; called once, by the books at dusk."""
        if self._n and community.day <= self._days[self._n - 1]:
            raise ConfigError(f"the figures of day {community.day} were gathered already")
        if self._n == len(self._days):
            self._days = np.concatenate([self._days, np.zeros_like(self._days)])
            for name, table in self._data.items():
                self._data[name] = np.concatenate([table, np.full_like(table, np.nan)])
        for name, values in measure_day(community).items():
            self._data[name][self._n] = values
        self._days[self._n] = community.day
        self._n += 1

    def start(self) -> None:
        """Called when the warm-up ends; its days are kept, for observers, and reported only when asked
        for."""

    # ------------------------------------------------------------------ reading

    @staticmethod
    def code(key: str) -> int:
        """Number of a KPI, what the noise of its observation is keyed by."""
        kpi_of(key)
        return KPI_CODES[key]

    def measure(self, name: str, breakdown: str = "all") -> Float:
        """A measure by day and segment, float64 [days, segments], sample units; NaN where it is not known."""
        if name not in MEASURE:
            raise ConfigError(f"unknown measure {name!r}; there are: {', '.join(MEASURE)}")
        return self._table(breakdown)[:, :, MEASURE[name]]

    def _table(self, breakdown: str) -> Float:
        if breakdown not in self._data:
            raise ConfigError(f"unknown breakdown {breakdown!r}; there are: {', '.join(BREAKDOWNS)}")
        table: Float = self._data[breakdown][: self._n]
        return table

    def daily(self, key: str, breakdown: str = "all", real: bool = True) -> Float:
        """A KPI by day and segment, float64 [days, segments]; NaN where it is not known."""
        kpi = kpi_of(key)
        table = self._table(breakdown)
        value = _combine(table, kpi.numerator)
        if kpi.denominator:
            value = _divide(value, _combine(table, kpi.denominator))
        return value * self._scale(kpi, real)

    def series(
        self, key: str, breakdown: str = "all", real: bool = True, warmup: bool = False
    ) -> pd.DataFrame:
        """A KPI with days as the index and segments as columns."""
        names = [segment for segment, _ in BREAKDOWNS[breakdown]] if breakdown in BREAKDOWNS else []
        frame = pd.DataFrame(self.daily(key, breakdown, real), index=self.days.copy(), columns=names)
        frame.index.name = "day"
        return frame if warmup else frame[frame.index >= 0]

    def on_day(self, key: str, day: int) -> float | None:
        """The figure of one day in real units, or None where there is none."""
        at = int(np.searchsorted(self.days, day))
        if at >= self._n or self._days[at] != day:
            return None
        value = float(self.daily(key)[at, 0])
        return None if np.isnan(value) else value

    def totals(
        self,
        first_day: int = 0,
        last_day: int | None = None,
        breakdown: str = "all",
        segment: str = "all",
        real: bool = True,
        keys: Iterable[str] | None = None,
    ) -> dict[str, float]:
        """Every KPI over the days first_day..last_day, both included, by its own rule of adding up.

        Parameters
        ----------
        first_day, last_day
            Days of the run; to the last one there is if None.
        breakdown, segment
            Which segment.
        real
            Real units (people, yuan); otherwise sample units (members, fen).
        keys
            KPIs wanted; all if None.

        Returns
        -------
        dict
            Key to figure; NaN where it is not known.
        """
        table = self._table(breakdown)
        segments = [name for name, _ in BREAKDOWNS[breakdown]]
        if segment not in segments:
            raise ConfigError(f"unknown segment {segment!r} of {breakdown}; there are: {', '.join(segments)}")
        last = int(self._days[self._n - 1]) if last_day is None and self._n else (last_day or 0)
        inside = (self.days >= first_day) & (self.days <= last)
        rows = table[inside, segments.index(segment)]
        wanted = KPIS if keys is None else [kpi_of(key) for key in keys]
        return {kpi.key: _over_days(kpi, rows) * self._scale(kpi, real) for kpi in wanted}

    def frame(
        self, breakdowns: Iterable[str] | None = None, real: bool = True, warmup: bool = False
    ) -> pd.DataFrame:
        """Daily figures, one row a day, segment and KPI.

        Returns
        -------
        DataFrame
            Columns ``day``, ``breakdown``, ``segment``, ``kpi``, ``value``; figures that are not known are
            left out.
        """
        days = self.days
        shown = np.ones(self._n, bool) if warmup else days >= 0
        parts: list[pd.DataFrame] = []
        for breakdown in BREAKDOWNS if breakdowns is None else breakdowns:
            names = np.array([segment for segment, _ in BREAKDOWNS[breakdown]], object)
            for kpi in KPIS:
                if breakdown != "all" and breakdown not in kpi.breakdowns:
                    continue
                values = self.daily(kpi.key, breakdown, real)[shown]
                at, segment = np.nonzero(~np.isnan(values))
                columns: dict[str, Any] = {
                    "day": days[shown][at],
                    "breakdown": breakdown,
                    "segment": names[segment],
                    "kpi": kpi.key,
                    "value": values[at, segment],
                }
                parts.append(pd.DataFrame(columns))
        frame = pd.concat(parts, ignore_index=True)
        for column in ("breakdown", "segment", "kpi"):
            frame[column] = frame[column].astype("category")
        return frame.sort_values(["day", "breakdown", "segment", "kpi"], ignore_index=True)

    def _scale(self, kpi: Kpi, real: bool) -> float:
        if not real:
            return kpi.factor
        scale = kpi.factor * (self._weight if kpi.scale == "weight" else 1.0)
        return scale / 100.0 if kpi.money else scale

    # ------------------------------------------------------------------ snapshots

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All measures as plain arrays, with the names of their columns."""
        out: dict[str, npt.NDArray[Any]] = {name: self._table(name).copy() for name in BREAKDOWNS}
        out["days"] = self.days.copy()
        out["measures"] = np.array([measure.key for measure in MEASURES])
        return out

    def load(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take over what `arrays` gave, by the names of measures."""
        self._n = len(arrays["days"])
        room = max(32, 2 * self._n)
        self._days = np.zeros(room, np.int64)
        self._days[: self._n] = arrays["days"]
        stored = [str(name) for name in arrays["measures"]]
        source = [at for at, name in enumerate(stored) if name in MEASURE]
        target = [MEASURE[stored[at]] for at in source]
        for name, segments in BREAKDOWNS.items():
            table = np.full((room, len(segments), len(MEASURES)), np.nan)
            table[: self._n, :, target] = arrays[name][:, :, source]
            self._data[name] = table


def _combine(table: Float, formula: str) -> Float:
    """A formula of measures, over the last axis of ``table``."""
    total = np.zeros(table.shape[:-1])
    for sign, name in terms(formula):
        total = total + sign * table[..., MEASURE[name]]
    return total


def _divide(top: Float, bottom: Float) -> Float:
    """top / bottom, NaN where bottom is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom == 0, np.nan, top / bottom))


def _over_days(kpi: Kpi, rows: Float) -> float:
    """One segment's KPI over the days of ``rows``, float64 [days, measures], without its scale."""
    if not len(rows):
        return float("nan")
    top = _combine(rows, kpi.numerator)
    if kpi.how == "ratio":
        bottom = _combine(rows, kpi.denominator)
        return float(_divide(np.asarray(top.sum()), np.asarray(bottom.sum())))
    if kpi.how == "sum":
        return float(top.sum())
    if kpi.how == "last":
        return float(top[-1])
    known = top[~np.isnan(top)]
    return float(known.mean()) if len(known) else float("nan")
