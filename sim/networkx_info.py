"""What NetworkX asks about the compiled backend whenever it is imported; so this imports nothing.

The entry points ``networkx.backends`` and ``networkx.backend_info`` in pyproject.toml name `sim.graph.backend` and
`backend_info`. The functions themselves are in `sim.graph.backend`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["FUNCTIONS", "NAME", "backend_info"]

NAME = "seedbed"
"""The word for ``backend=`` and ``NETWORKX_BACKEND_PRIORITY``."""

FUNCTIONS: dict[str, str] = {
    "average_clustering": "",
    "clustering": "",
    "connected_components": "",
    "core_number": "",
    "degree_assortativity_coefficient": "Sums over arcs, without a matrix of all pairs of degrees.",
    "degree_centrality": "",
    "in_degree_centrality": "",
    "is_connected": "",
    "is_strongly_connected": "",
    "is_weakly_connected": "",
    "number_connected_components": "",
    "number_strongly_connected_components": "",
    "number_weakly_connected_components": "",
    "out_degree_centrality": "",
    "overall_reciprocity": "",
    "pagerank": "Runs on several threads; the scores do not depend on their number.",
    "reciprocity": "",
    "strongly_connected_components": "",
    "weakly_connected_components": "",
}
"""Functions of NetworkX that run on compiled kernels, each with a remark for its documentation."""


def backend_info() -> dict[str, Any]:
    """The backend as NetworkX lists it and adds it to the documentation of its functions."""
    return {
        "backend_name": NAME,
        "project": "seedbed",
        "package": "sim.graph",
        "short_summary": "Compiled kernels on the compressed rows of a FollowerGraph.",
        "functions": {
            name: {"additional_docs": remark} if remark else {} for name, remark in FUNCTIONS.items()
        },
    }
