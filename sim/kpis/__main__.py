"""`python -m sim.kpis > docs/kpis.md` writes the reference of KPIs."""

from sim.kpis.registry import kpis_markdown

print(kpis_markdown(), end="")
