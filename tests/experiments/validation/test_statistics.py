"""Statistics against closed forms, an independent library, and the figures published with the real data."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as hs

from experiments.validation import statistics as st
from experiments.validation.facts import bands

rng = np.random.default_rng(7)


@given(hs.lists(hs.integers(0, 10**6), min_size=2, max_size=40))
def test_structural_virality_is_the_mean_distance_of_the_tree(draws: list[int]) -> None:
    parent = [-1, *(draw % node for node, draw in enumerate(draws, 1))]
    tree = nx.Graph([(node, up) for node, up in enumerate(parent) if up >= 0])
    assert st.structural_virality(parent) == pytest.approx(nx.average_shortest_path_length(tree))


def test_the_tail_of_a_pareto_sample_has_its_exponent() -> None:
    sample = (1.0 - rng.random(400_000)) ** (-1 / 1.24)
    assert st.hill_exponent(sample) == pytest.approx(1.24, abs=0.03)


def test_the_share_of_variance_between_creators_is_found_in_groups_of_unequal_size() -> None:
    size = rng.integers(5, 60, 3_000)
    creator = np.repeat(np.arange(len(size)), size)
    y = 6.0 + np.repeat(rng.normal(0, 0.6, len(size)), size) + rng.normal(0, 0.8, len(creator))
    assert st.creator_share(creator, np.expm1(y)) == pytest.approx(0.36, abs=0.02)


def test_only_buyers_who_can_be_seen_for_so_long_count() -> None:
    customer = [1, 1, 2, 3, 3, 4, 5, 6, 7]
    day = [0, 20, 0, 0, 0, 0, 0, 0, 60]  # 3 buys twice on one day, 7 comes at the end
    assert st.repeat_curve(customer, day, weeks=(2, 4)) == pytest.approx([0.0, 1 / 6])


def test_sampling_noise_is_taken_from_the_spread_of_click_rates() -> None:
    tests, arms, shown = 3_000, 4, 4_000
    test = np.repeat(np.arange(tests), arms)
    logit = np.repeat(rng.normal(-4.0, 0.7, tests), arms) + rng.normal(0, 0.24, tests * arms)
    clicks = rng.binomial(shown, 1 / (1 + np.exp(-logit)))
    found = st.creative_tests(test, np.full(len(test), shown), clicks)
    assert found["within"] == pytest.approx(0.24, abs=0.02)
    assert found["between"] == pytest.approx(0.7, abs=0.04)


def test_real_notes_give_the_figures_of_the_table(data_folder: Path) -> None:
    notes = pd.read_csv(data_folder / "observed" / "koc_notes.csv.gz")
    image, video = (notes[notes["type"] == kind] for kind in ("normal", "video"))
    engagement = notes[["likes", "collects", "comments"]].sum(axis=1)
    found = {
        "O1": [st.log_spread(notes["likes"])],
        "O2": [st.creator_share(notes["user"], notes["likes"])],
        "O3": [st.comment_slope(notes["likes"], notes["comments"])],
        "O4": [st.top_share(image["likes"])],
        "O5": [st.hill_exponent(image["likes"])],
        "O6": [st.collect_ratio(part["likes"], part["collects"]) for part in (image, video)],
        "O7": [st.fan_slope(notes["user"], engagement, notes["fans"])],
    }
    for key, values in found.items():
        assert values == pytest.approx([band.observed for band in bands()[key]], abs=1.5e-3), key


def test_real_cascades_and_orders_give_the_figures_of_the_table(data_folder: Path) -> None:
    posts = pd.read_csv(data_folder / "observed" / "cascades.csv.gz")
    sizes = st.sizes_of(posts["cascade"])
    assert st.single_share(sizes) == pytest.approx(bands()["O8"][0].observed, abs=1e-3)
    wanted = [band.observed for band in bands()["O9"]]
    assert [st.mean_size(sizes), st.reproduction(sizes)] == pytest.approx(wanted, abs=2e-3)
    orders = pd.read_csv(
        data_folder / "observed" / "purchases.txt.gz",
        sep=r"\s+",
        header=0,
        names=["customer", "date", "units", "value"],
    )
    day = (pd.to_datetime(orders["date"].astype(str)) - pd.Timestamp("1997-01-01")).dt.days
    curve = st.repeat_curve(orders["customer"], day)
    assert curve == pytest.approx([band.observed for band in bands()["O11"]], abs=1e-3)
    assert np.all(np.diff(st.repurchase_by_number(orders["customer"], day)) > 0)
