"""Probabilities of arcs, from what a caller writes ("wc", a number, an array) to the tables that cascades read.

An array has one number an arc, in the order of `FollowerGraph.arcs`: that of `FollowerGraph.followees`.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.diffusion.arc import topic_chance
from sim.diffusion.live import (
    BLOCK,
    FULL,
    GUIDE,
    STRONG,
    TABLE,
    ArcTable,
    EvenArcs,
    HeededArcs,
    KeyedArcs,
    LiveArcs,
    PickedArcs,
    RowArcs,
)
from sim.errors import GraphError
from sim.graph import FollowerGraph
from sim.graph.csr import Float64, Int32, Int64
from sim.philox import block
from sim.streams import S_STRENGTH

__all__ = ["Draws", "Probability", "Weight", "arcs_back", "arcs_forward", "heeded", "topic_match"]

Draws: TypeAlias = Literal["member", "arc"]
Probability: TypeAlias = float | Literal["wc", "trivalency"] | npt.NDArray[Any]
"""A number for all arcs; "wc": 1 / number of accounts that the follower follows (Kempe, Kleinberg and Tardos 2003);
"trivalency": 0.1, 0.01 or 0.001, a third of the arcs each (Chen, Wang and Wang 2010); or an array, one number an arc."""
Weight: TypeAlias = Literal["uniform"] | npt.NDArray[Any]
"""Weights of the linear threshold model: "uniform", 1 / number of accounts that the follower follows, or one an arc."""

TRIVALENCY = (0.1, 0.01, 0.001)
NAMES = ("wc", "trivalency")

_kept: WeakKeyDictionary[FollowerGraph, dict[Any, LiveArcs]] = WeakKeyDictionary()
"""Tables made for graphs that are still in use, so that the next call finds them."""


def topic_match(graph: FollowerGraph, interests: npt.NDArray[Any], topic: int, pass_on: float) -> Float64:
    """Probabilities by how much a note's topic means to the follower, as in the model's sharing phase.

    Parameters
    ----------
    graph
        Who follows whom.
    interests
        Interests of each member, [n, topics]: uint8 shares of 255 as in the model's table, or floats from 0 to 1.
    topic
        Column of the note's topic.
    pass_on
        The platform's probability at an interest of 0.3, as ``platform.pass_on``.

    Returns
    -------
    float64[m]
        min(1, pass_on (0.4 + 2 interest)) of each arc, to be given as ``probability``.
    """
    values = np.asarray(interests)
    if values.ndim != 2 or len(values) != len(graph) or not 0 <= topic < values.shape[1]:
        raise GraphError(
            f"interests have shape {values.shape}; {len(graph):,} members and a column {topic} are needed"
        )
    if not pass_on >= 0.0:
        raise GraphError(f"pass_on is 0 or more, not {pass_on}")
    own = (
        values[:, topic] * (1.0 / 255.0) if values.dtype == np.uint8 else values[:, topic].astype(np.float64)
    )
    chances = topic_chance(float(pass_on), own)
    follower, _ = graph.arcs()
    return cast(Float64, chances[follower])


def checked(graph: FollowerGraph, values: Any, what: str = "probability") -> Float64:
    """An array of one number an arc, each from 0 to 1.

    Raises
    ------
    GraphError
        If the shape is another, or a number is not from 0 to 1; the first such arc is named.
    """
    array = np.asarray(values, np.float64)
    arcs = len(graph.followees)
    if array.shape != (arcs,):
        raise GraphError(
            f"{what} has shape {array.shape}; a number, or one for each of {arcs:,} arcs, is needed"
        )
    wrong = ~((array >= 0.0) & (array <= 1.0))
    if wrong.any():
        first = int(np.argmax(wrong))
        u = int(np.searchsorted(graph.followees_offsets, first, side="right")) - 1
        ends = graph.labels_of([u, graph.followees[first]])
        raise GraphError(
            f"{what} of arc {first:,} ({ends[0]!r} follows {ends[1]!r}) is {array[first]}; it must be from 0 to 1"
        )
    return array


def chances(graph: FollowerGraph, probability: Probability) -> float | Float64:
    """A probability as a number or one number an arc."""
    if isinstance(probability, str):
        if probability not in NAMES:
            raise GraphError(
                f'probability "{probability}" is unknown; it is a number, an array or one of {", ".join(NAMES)}'
            )
        if probability == "wc":
            count = graph.followees_count()
            return np.repeat(1.0 / np.maximum(count, 1), count)
        strengths = np.empty(len(graph.followees))
        _strengths(*graph.out, strengths)
        return strengths
    if np.ndim(probability) == 0:
        number = float(probability)
        if not 0.0 <= number <= 1.0:
            raise GraphError(f"probability is {number:g}; it must be from 0 to 1")
        return number
    return checked(graph, probability)


def arcs_forward(
    graph: FollowerGraph,
    probability: Probability,
    draws: Draws = "member",
    ids: npt.NDArray[np.uint32] | None = None,
) -> LiveArcs:
    """Tables of arcs along influence, from followee to follower.

    Parameters
    ----------
    graph
        Who follows whom.
    probability
        See `Probability`.
    draws
        "member" decides a member's arcs together, which is fast; "arc" one by one, keyed by both ends' ids.
    ids
        uint32[n], permanent ids for "arc"; row numbers if None.

    Raises
    ------
    GraphError
        If the graph is empty, a probability is outside [0, 1], or a name is unknown.
    """
    if not len(graph):
        raise GraphError("the graph has no member")
    if draws == "arc":
        return _keyed(graph, probability, ids)
    if draws != "member":
        raise GraphError(f'draws is "member" or "arc", not {draws!r}')
    return _kept_or_made(graph, ("forward", probability), lambda: _forward(graph, probability))


def arcs_back(graph: FollowerGraph, probability: Probability) -> LiveArcs:
    """Tables of arcs against influence, from follower to followee, for reverse-reachable sets."""
    if not len(graph):
        raise GraphError("the graph has no member")
    return _kept_or_made(graph, ("back", probability), lambda: _back(graph, probability))


def heeded(graph: FollowerGraph, weight: Weight) -> tuple[PickedArcs, HeededArcs]:
    """Tables of the linear threshold model's live-edge form, along influence and against it.

    Raises
    ------
    GraphError
        If the graph is empty, a weight is not from 0 to 1, or those of a follower sum to more than 1.
    """
    if not len(graph):
        raise GraphError("the graph has no member")
    cumulative = np.empty(0)
    if not isinstance(weight, str):
        weights = checked(graph, weight, "weight")
        cumulative = np.empty(len(weights))
        totals = np.empty(len(graph))
        _running_sums(graph.followees_offsets, weights, cumulative, totals)
        if (totals > 1.0 + 1e-9).any():
            first = int(np.argmax(totals > 1.0 + 1e-9))
            raise GraphError(
                f"weights of the accounts that {graph.labels_of([first])[0]!r} follows sum to {totals[first]:.6g}; "
                "the linear threshold model allows at most 1"
            )
    elif weight != "uniform":
        raise GraphError(f'weight is "uniform" or an array, not {weight!r}')
    return PickedArcs(*graph.into, *graph.out, cumulative), HeededArcs(*graph.out, cumulative)


def turned_to_followers(graph: FollowerGraph, values: Float64) -> Float64:
    """Values of arcs from the order of `FollowerGraph.followees` to that of `FollowerGraph.followers`."""
    turned = np.empty(len(values))
    _turn(*graph.out, graph.followers_offsets, values, turned)
    return turned


def _kept_or_made(graph: FollowerGraph, key: tuple[str, Probability], make: Any) -> LiveArcs:
    if not isinstance(key[1], str | float | int):
        return cast(LiveArcs, make())
    tables = _kept.setdefault(graph, {})
    if key not in tables:
        tables.clear()  # the last ones only: a table takes as much memory as the graph
        tables[key] = make()
    return tables[key]


def _forward(graph: FollowerGraph, probability: Probability) -> LiveArcs:
    if isinstance(probability, str) and probability == "wc":
        by_follower = 1.0 / np.maximum(graph.followees_count(), 1)
        return _table(*graph.into, by_follower, True)
    values = chances(graph, probability)
    if isinstance(values, float):
        return _even(*graph.into, values)
    return _table(*graph.into, turned_to_followers(graph, values), False)


def _back(graph: FollowerGraph, probability: Probability) -> LiveArcs:
    if isinstance(probability, str) and probability == "wc":
        lengths = np.arange(int(graph.followees_count().max()) + 1)
        with np.errstate(divide="ignore"):
            return RowArcs(*graph.out, 1.0 / np.log1p(-1.0 / np.maximum(lengths, 1)))
    values = chances(graph, probability)
    return _even(*graph.out, values) if isinstance(values, float) else _table(*graph.out, values, False)


def _even(offsets: Int64, targets: Int32, probability: float) -> EvenArcs:
    if probability == 0.0:  # no word is as large as certainty, so nothing would ever be skipped
        return EvenArcs(
            np.zeros_like(offsets), targets, np.zeros(TABLE, np.uint32), np.zeros(GUIDE, np.uint16)
        )
    exact = np.rint((1.0 - probability) ** np.arange(1.0, TABLE + 1.0) * FULL)
    survival = np.minimum(exact, FULL - 1).astype(np.uint32)
    width = FULL // GUIDE
    last_words = np.arange(GUIDE, dtype=np.int64) * width + width - 1
    guide = np.searchsorted(-survival.astype(np.int64), -last_words).astype(np.uint16)
    return EvenArcs(offsets, targets, survival, guide)


def _keyed(graph: FollowerGraph, probability: Probability, ids: npt.NDArray[np.uint32] | None) -> KeyedArcs:
    names = np.arange(len(graph), dtype=np.uint32) if ids is None else np.ascontiguousarray(ids, np.uint32)
    if names.shape != (len(graph),):
        raise GraphError(f"ids need one number for each of {len(graph):,} members, not shape {names.shape}")
    values = chances(graph, probability)
    if isinstance(values, float):
        return KeyedArcs(*graph.into, names, np.array([values]))
    return KeyedArcs(*graph.into, names, turned_to_followers(graph, values))


def _table(offsets: Int64, targets: Int32, values: Float64, by_target: bool) -> ArcTable:
    if len(targets) >= FULL:
        raise GraphError(f"{len(targets):,} arcs are more than 2**32: give one probability for all")
    records = np.empty((len(offsets) - 1, 4), np.uint32)
    arcs = np.zeros(2 * len(targets) + BLOCK, np.uint32)
    least = np.zeros(len(targets) // BLOCK + 2, np.uint32)
    _fill_table(offsets, targets, values, by_target, records, arcs, least)
    return ArcTable(records, arcs, least)


@njit
def _fill_table(offsets, targets, values, by_target, records, arcs, least):  # type: ignore[no-untyped-def]
    """Strong arcs first, then weak ones with their survival; arcs of probability 0 are left out."""
    full = np.float64(FULL)
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        strong, weak = 0, 0
        for i in range(start, end):
            chance = values[targets[i]] if by_target else values[i]
            strong += chance > STRONG
            weak += chance > 0.0 and not chance > STRONG
        records[row, 0], records[row, 1], records[row, 2] = start, strong, weak
        records[row, 3] = np.uint32(FULL - 1)
        first = 2 * start
        begin, length = 2 * (start + strong), min(BLOCK, weak)
        nth, place, survived = 0, 0, 1.0
        for i in range(start, end):
            chance = values[targets[i]] if by_target else values[i]
            if chance > STRONG:
                arcs[first] = np.uint32(min(np.rint(chance * full), full - 1.0))
                arcs[first + strong] = targets[i]
                first += 1
            elif chance > 0.0:
                survived *= 1.0 - chance
                number = np.uint32(min(np.rint(survived * full), full - 1.0))
                arcs[begin + place] = number
                arcs[begin + length + place] = targets[i]
                place += 1
                if place == length:
                    if nth:
                        least[start // BLOCK + nth] = number
                    else:
                        records[row, 3] = number
                    weak -= length
                    begin, length = begin + 2 * length, min(BLOCK, weak)
                    nth, place, survived = nth + 1, 0, 1.0


@njit
def _turn(offsets, targets, into_offsets, values, turned):  # type: ignore[no-untyped-def]
    """Values of arcs from the order of followees to that of followers."""
    cursor = into_offsets[:-1].copy()
    for u in range(len(offsets) - 1):
        for i in range(offsets[u], offsets[u + 1]):
            v = targets[i]
            turned[cursor[v]] = values[i]
            cursor[v] += 1


@njit
def _running_sums(offsets, weights, cumulative, totals):  # type: ignore[no-untyped-def]
    for u in range(len(offsets) - 1):
        total = 0.0
        for i in range(offsets[u], offsets[u + 1]):
            total += weights[i]
            cumulative[i] = total
        totals[u] = total


@njit
def _strengths(offsets, targets, out):  # type: ignore[no-untyped-def]
    """A third of the arcs each; the strength belongs to the arc, whatever the seed of the runs."""
    for u in range(len(offsets) - 1):
        for i in range(offsets[u], offsets[u + 1]):
            w0, _, _, _ = block(0, S_STRENGTH, u, np.int64(targets[i]), 0, 0)
            out[i] = TRIVALENCY[np.int64(w0) % 3]
