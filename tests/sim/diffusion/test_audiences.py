"""Creators embedded into a graph: the right number of the right people, and overlap as stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.diffusion.audiences import embed_creators
from sim.errors import GraphError
from sim.graph import FollowerGraph, power_law_communities
from sim.graph.tastes import interests_of

SIZE = 4_000
SHARES = np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def people() -> tuple[FollowerGraph, Any]:
    """A graph and the interests it was drawn from."""
    interests, _, _ = interests_of(SHARES, SIZE, np.arange(SIZE, dtype=np.uint32), 3)
    return power_law_communities(SIZE, 10.0, topics=SHARES, seed=3), interests


def audiences(graph: FollowerGraph, count: int) -> list[set[int]]:
    """Followers of the last members."""
    offsets, followers = graph.into
    first = len(graph) - count
    return [set(followers[offsets[r] : offsets[r + 1]].tolist()) for r in range(first, len(graph))]


def test_creators_get_their_fans_and_the_rest_of_the_graph_stays(people: tuple[FollowerGraph, Any]) -> None:
    graph, interests = people
    fans = [1, 40, 900]
    mix = [[1.0, 0.0, 0.0], [0.0, 0.7, 0.0], [0.2, 0.0, 0.6]]
    made = embed_creators(graph, interests, fans, mix, [11, 12, 13], seed=5)
    assert made.followers_count()[SIZE:].tolist() == fans
    assert made.followees_count()[SIZE:].tolist() == [0, 0, 0]
    old, new = (set(zip(*(ends.tolist() for ends in g.arcs()), strict=True)) for g in (graph, made))
    assert {arc for arc in new if arc[1] < SIZE} == old
    # Who cares for none of its topics is in an audience only among the tenth to fifth who are anybody.
    cold = [u for u in audiences(made, 3)[2] if not interests[u, 0] and not interests[u, 2]]
    assert len(cold) <= 180


@pytest.mark.parametrize("overlap", [0.0, 0.2, 0.5, 1.0])
def test_overlap_is_what_was_assumed_and_what_chance_adds(
    people: tuple[FollowerGraph, Any], overlap: float
) -> None:
    graph, interests = people
    mix = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    small, large = audiences(
        embed_creators(graph, interests, [100, 300], mix, [1, 2], overlap=overlap, seed=1), 2
    )
    share = len(small & large) / 100
    caring = np.flatnonzero(interests[:, 0])
    assert all(u in caring for u in small | large)
    # By chance, as if members were chosen in proportion to their weights, one after the other.
    weight = interests[:, 0] * (1.0 + graph.followees_count())
    chance = float((1.0 - np.exp(-300 * weight / weight.sum()))[sorted(small)].mean())
    assert overlap <= share <= overlap + (1.0 - overlap) * (chance + 0.12)


def test_an_audience_depends_on_no_other_row(people: tuple[FollowerGraph, Any]) -> None:
    graph, interests = people
    mix = [[0.5, 0.2, 0.0]] * 3
    all_three = audiences(embed_creators(graph, interests, [50, 60, 70], mix, [1, 2, 3], seed=9), 3)
    without = audiences(embed_creators(graph, interests, [70, 50], mix[:2], [3, 1], seed=9), 2)
    assert without == [all_three[2], all_three[0]]
    other = audiences(embed_creators(graph, interests, [50], mix[:1], [1], seed=10), 1)
    assert other[0] != all_three[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fans": [SIZE + 1]}, "fans are from 1 to 4,000"),
        ({"fans": [0]}, "fans are from 1"),
        ({"fans": [3_999], "audience": [[0.0, 0.0, 1.0]]}, "more members care for topic 2"),
        ({"audience": [[0.9, 0.2, 0.0]]}, "a share from 0 to 1"),
        ({"overlap": 1.5}, "a share from 0 to 1"),
        ({"keys": [0]}, "distinct uint32 numbers above 0"),
    ],
)
def test_what_cannot_be_is_refused(
    people: tuple[FollowerGraph, Any], change: dict[str, Any], said: str
) -> None:
    graph, interests = people
    arguments: dict[str, Any] = {"fans": [10], "audience": [[1.0, 0.0, 0.0]], "keys": [1], **change}
    with pytest.raises(GraphError, match=said):
        embed_creators(graph, interests, **arguments)
