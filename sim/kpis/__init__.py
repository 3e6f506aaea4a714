"""KPIs: a registry that says what each figure is, and a panel that gathers them day by day and segment by
segment."""

from __future__ import annotations

from sim.kpis.measures import BREAKDOWNS, MEASURES
from sim.kpis.panel import Kpis
from sim.kpis.registry import FAMILIES, KPI, KPIS, Kpi, kpi_of, kpis_markdown

__all__ = ["BREAKDOWNS", "FAMILIES", "KPI", "KPIS", "MEASURES", "Kpi", "Kpis", "kpi_of", "kpis_markdown"]
