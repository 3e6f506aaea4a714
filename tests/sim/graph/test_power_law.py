"""The default graph has the shape of a real one, and a choice hangs on who chooses and who can be chosen, not
on rows.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim._numba import njit, set_threads
from sim.errors import GraphError
from sim.graph import GraphDelta, describe, draw_popularity, power_law_communities
from sim.graph.choice import build_trees, choose_all
from sim.graph.statistics import gini
from sim.randomness import S_DIFFUSE, block, uniform


def arcs_by_id(graph, ids):
    """Arcs as one sorted number each."""
    u = np.repeat(np.arange(len(ids)), graph.followees_count())
    return np.sort(ids[u].astype(np.int64) << 32 | ids[graph.followees])


@pytest.fixture(scope="module")
def graph():
    return power_law_communities(50_000, 20, seed=3)


def test_it_has_the_shape_of_a_real_one(graph):
    found = describe(graph, sources=20, sample=1000)
    assert found.mean_followees == pytest.approx(20, rel=0.05)
    assert 2.0 <= found.follower_exponent <= 3.0  # N1
    assert found.reciprocity == pytest.approx(0.08, abs=0.01)  # N2
    assert 4.0 <= found.mean_distance <= 5.0  # N4
    assert 0.85 <= found.follower_gini <= 0.97  # N5
    assert found.clustering > 0.05
    assert found.largest_weak > 0.99
    assert found.most_followers < 0.25 * len(graph)
    assert graph.nbytes <= 10 * graph.number_of_edges()


def test_rows_are_ascending_and_the_directions_agree(graph):
    for offsets, targets in (graph.out, graph.into):
        inside = np.ones(len(targets), bool)
        inside[offsets[:-1][np.diff(offsets) > 0]] = False
        assert (np.diff(targets)[inside[1:]] > 0).all()
    assert np.array_equal(graph.to_scipy().T.tocsr().indices, graph.followers)
    assert not graph.to_scipy().diagonal().any()


def test_without_follow_backs_and_triangles_there_are_fewer():
    options = {"popularity": np.ones(10_000), "circle": 0.0, "reciprocity": 0.0, "seed": 3}
    plain = power_law_communities(10_000, 20, closure=0.0, **options)
    closed = power_law_communities(10_000, 20, closure=0.5, **options)
    found, other = describe(plain, 5, 1000), describe(closed, 5, 1000)
    assert found.reciprocity < 0.02
    assert other.clustering > 1.5 * found.clustering
    assert found.mean_followees == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize("topics", [1, 40])
def test_followees_are_of_one_s_own_community(topics):
    labels = np.arange(6000) % topics
    graph = power_law_communities(
        6000, 10, topics=labels, popularity=np.ones(6000), mixing=0.2, closure=0.0, reciprocity=0.0, seed=1
    )
    u = np.repeat(np.arange(6000), graph.followees_count())
    own = (labels[u] == labels[graph.followees]).mean()
    assert own == pytest.approx(0.8 + 0.2 / topics, abs=0.02)


def test_interests_share_out_the_choices():
    interests = np.zeros((4000, 3), np.uint8)
    interests[:, 0] = 200
    interests[:1000, 1] = 201
    graph = power_law_communities(
        4000,
        10,
        topics=interests,
        popularity=np.ones(4000),
        mixing=0.0,
        circle=0.0,
        closure=0.0,
        reciprocity=0.0,
        seed=1,
    )
    rows = graph.followees[: graph.followees_offsets[1000]]
    assert (rows < 1000).mean() == pytest.approx(0.5, abs=0.03)
    assert (graph.followees[graph.followees_offsets[1000] :] >= 1000).all()


def test_the_same_on_any_number_of_threads():
    found = []
    try:
        for threads in (1, 2, 4):
            set_threads(threads)
            found.append(power_law_communities(12_000, 8, seed=5))
    finally:
        set_threads()
    for other in found[1:]:
        assert np.array_equal(found[0].followees, other.followees)
        assert np.array_equal(found[0].followers, other.followers)


def test_the_order_of_rows_does_not_matter():
    ids = np.random.default_rng(1).choice(2**31, 3000, replace=False).astype(np.uint32)
    weights = draw_popularity(ids, seed=2)
    turn = np.random.default_rng(2).permutation(3000)
    one = power_law_communities(3000, 12, popularity=weights, ids=ids, seed=2)
    other = power_law_communities(3000, 12, popularity=weights[turn], ids=ids[turn], seed=2)
    assert np.array_equal(arcs_by_id(one, ids), arcs_by_id(other, ids[turn]))


def test_one_more_member_leaves_nearly_all_arcs():
    ids = np.arange(8001, dtype=np.uint32)
    with_ = power_law_communities(8001, 15, seed=4)
    for left_out in (8000, 17):
        others = np.delete(ids, left_out)
        without = power_law_communities(8000, 15, ids=others, seed=4)
        before, after = arcs_by_id(without, others), arcs_by_id(with_, ids)
        of_the_new = (after >> 32 == left_out) | (after & 0xFFFFFFFF == left_out)
        changed = np.setdiff1d(before, after).size + np.setdiff1d(after[~of_the_new], before).size
        assert changed <= 0.01 * before.size


def test_another_seed_is_another_graph():
    one, other = (power_law_communities(2000, 10, seed=seed) for seed in (1, 2))
    assert (one.to_scipy() != other.to_scipy()).nnz > 10_000


def choices(topic, weights, ids, draws):
    trees = build_trees((topic,), (int(topic.max()) + 1,), weights, ids)
    lanes = np.zeros((draws, 5), np.int64)
    lanes[:, 0] = trees.roots[0]
    lanes[:, 1] = np.arange(draws)
    lanes[:, 3] = np.arange(draws)
    found = np.full(draws, -9, np.int32)
    choose_all(trees.nodes, lanes, np.empty((draws, 4), np.uint32), draws, 7, 21, found)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_choices_are_in_proportion_to_weights(size):
    weights = np.random.default_rng(size).pareto(1.0, 2 * size) + 0.01
    if size > 2:
        weights[size // 2] = 0.0
    topic = np.arange(2 * size, dtype=np.int32) % 2
    found = choices(topic, weights, np.arange(2 * size, dtype=np.uint32), 200_000)
    expected = np.where(topic == 0, weights, 0.0)
    expected /= expected.sum()
    share = np.bincount(found, minlength=2 * size) / len(found)
    assert (np.abs(share - expected) < 5 * np.sqrt(expected / len(found)) + 1e-5).all()


def test_a_new_candidate_changes_few_choices():
    ids = np.arange(2001, dtype=np.uint32)
    weights = draw_popularity(ids, seed=8)
    weights[1000] = weights.mean()
    topic = np.zeros(2001, np.int32)
    with_ = choices(topic, weights, ids, 200_000)
    weights[1000] = 0.0
    without = choices(topic, weights, ids, 200_000)
    ideal = (with_ == 1000).mean()
    assert (with_ != without).mean() <= 10 * ideal


def test_who_has_no_popularity_or_no_followees_has_none():
    weights, means = np.ones(500), np.full(500, 8.0)
    weights[:100] = 0.0
    means[50:150] = 0.0
    graph = power_law_communities(500, means, popularity=weights, reciprocity=0.0, seed=1)
    assert not graph.followers_count()[:100].any()
    assert not graph.followees_count()[50:150].any()
    assert GraphDelta(graph).followers_count[100:].min() >= 0


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_tiny_graphs(size):
    graph = power_law_communities(size, 3, seed=1)
    assert len(graph) == size
    assert (graph.followees_count() < max(size, 1)).all()


def test_popularity_has_its_tail_and_inequality():
    drawn = np.sort(draw_popularity(np.arange(200_000, dtype=np.uint32), exponent=2.5))
    tail = drawn[-2000:]
    assert 1 + 1 / np.log(tail / tail[0]).mean() == pytest.approx(2.5, abs=0.15)  # Hill's estimator
    assert gini(drawn) > 0.85


@pytest.mark.parametrize(
    "options",
    [
        {"reciprocity": 1.5},
        {"closure": 1.1},
        {"mixing": -0.1},
        {"mean_followees": -1.0},
        {"mean_followees": np.ones(3)},
        {"exponent": 1.0},
        {"popularity": np.full(10, -1.0)},
        {"popularity": np.ones(9)},
        {"ids": np.arange(9, dtype=np.uint32)},
        {"topics": np.ones((10, 16))},
        {"topics": np.full(10, 5000)},
    ],
)
def test_a_wrong_parameter_is_refused(options):
    with pytest.raises(GraphError):
        power_law_communities(10, **options)


@njit
def reverse_reachable(offsets, targets, size, runs, seed):
    """Random reverse-reachable sets of the weighted cascade: who could have reached a random member."""
    starts = np.zeros(runs + 1, np.int64)
    found = np.empty(1 << 22, np.int32)
    seen = np.full(size, -1, np.int64)
    stop = 0
    for run in range(runs):
        head = stop
        found[stop] = run * 7919 % size
        seen[found[stop]] = run
        stop += 1
        while head < stop:
            u = found[head]
            head += 1
            for i in range(offsets[u], offsets[u + 1]):
                v = targets[i]
                w0, _, _, _ = block(seed, S_DIFFUSE, run, u, v, 0)
                if uniform(w0) * (offsets[u + 1] - offsets[u]) < 1.0 and seen[v] != run:
                    seen[v] = run
                    found[stop] = v
                    stop += 1
        starts[run + 1] = stop
    return starts, found[:stop]


def covered(sets, chosen, size):
    inside = np.zeros(size, bool)
    inside[chosen] = True
    return np.logical_or.reduceat(inside[sets[1]], sets[0][:-1])


def test_it_separates_the_best_first_spreaders_from_the_most_followed():
    size, members = 20_000, 50
    differences = []
    for seed in range(3):
        graph = power_law_communities(size, 15, seed=seed)
        sample, fresh = (reverse_reachable(*graph.out, size, 20_000, 2 * seed + i) for i in range(2))
        of_entry = np.repeat(np.arange(20_000), np.diff(sample[0]))
        alive = np.ones(20_000, bool)
        greedy = []
        for _ in range(members):
            greedy.append(np.bincount(sample[1][alive[of_entry]], minlength=size).argmax())
            alive[of_entry[sample[1] == greedy[-1]]] = False
        followed = np.argsort(-graph.followers_count(), kind="stable")[:members]
        gain = covered(fresh, greedy, size).astype(int) - covered(fresh, followed, size)
        differences.append(
            (gain.mean(), gain.std() / np.sqrt(len(gain)), covered(fresh, followed, size).mean())
        )
    mean, error, base = np.array(differences).T
    assert mean.mean() > 4 * np.sqrt((error**2).sum()) / len(error)
    assert mean.mean() > 0.01 * base.mean()
