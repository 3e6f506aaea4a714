"""Arguments that all diffusion models share, checked once."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.csr import Int32
from sim.philox import seed_word

__all__ = ["Arguments", "check_runs", "distinct_rows"]

MOST_RUNS = 2**31 - 1


class Arguments(NamedTuple):
    """Checked arguments: rows of the seed members, seed as uint64, limit of steps, longest row of followers."""

    seeds: Int32
    seed: Any
    limit: int
    longest: int

    @classmethod
    def check(
        cls,
        graph: FollowerGraph,
        seed_members: Iterable[Any],
        runs: int,
        seed: int,
        max_steps: int | None,
        first_run: int = 0,
    ) -> Arguments:
        """Check what a caller gave.

        Raises
        ------
        GraphError
            If the graph is empty, a seed member is unknown, named twice or missing, or a number is out of bounds.
        """
        size = len(graph)
        if not size:
            raise GraphError("the graph has no member")
        rows = distinct_rows(graph, seed_members, "seed member")
        if not len(rows):
            raise GraphError("there is no seed member")
        check_runs(runs, first_run)
        limit = size if max_steps is None else operator.index(max_steps)
        if limit < 0:
            raise GraphError(f"max_steps is 0 or more, not {max_steps}")
        try:
            word = seed_word(seed)
        except ValueError as error:
            raise GraphError(str(error)) from None
        longest = int(graph.followers_count().max())
        return cls(rows, word, min(limit, size), longest)


def check_runs(runs: int, first_run: int = 0) -> None:
    """Refuse numbers of runs that are no runs."""
    if not (
        operator.index(runs) >= 1 and operator.index(first_run) >= 0 and first_run + runs <= MOST_RUNS + 1
    ):
        raise GraphError(
            f"runs is at least 1 and first_run at least 0, below 2**31 together; not {runs}, {first_run}"
        )


def distinct_rows(graph: FollowerGraph, members: Iterable[Any], what: str) -> Int32:
    """Rows of members by label, in their order.

    Raises
    ------
    GraphError
        If one is unknown or named twice.
    """
    labels = list(members)
    rows = graph.rows_of(labels)
    values, first, counts = np.unique(rows, return_index=True, return_counts=True)
    if len(values) < len(rows):
        twice = labels[int(first[np.argmax(counts)])]
        raise GraphError(f"{what} {twice!r} is named {counts.max()} times")
    return rows
