"""The peers' side of `benchmarks.diffusion`, in an environment of its own that has no seedbed: reads a graph, prints JSON.

Only documented calls are used. Arcs are given along influence, numbered from 0, as each library asks for them.
"""

from __future__ import annotations

import array
import json
import random
import sys
import time
from typing import Any

import numpy as np


def timed(work: Any, repeats: int) -> tuple[float, list[float]]:
    """Median seconds of a call, and what the calls returned."""
    seconds, values = [], []
    for _ in range(repeats):
        begin = time.perf_counter()
        values.append(work())
        seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds)), values


def cynetdiff(graph: Any, seeds: list[int], repeats: dict[str, int]) -> dict[str, Any]:
    """Simulations a second and mean spread of CyNetDiff; resetting a model is not counted."""
    from cynetdiff.models import IndependentCascadeModel, LinearThresholdModel

    offsets, targets = graph["followers_offsets"], graph["followers"]
    chances = 1.0 / np.diff(graph["followees_offsets"])[targets]
    starts = array.array("I", offsets[:-1].astype(np.uint32).tobytes())
    edges = array.array("I", targets.astype(np.uint32).tobytes())
    weights = array.array("f", chances.astype(np.float32).tobytes())
    rng = np.random.default_rng(0)
    models = {
        "ic wc": IndependentCascadeModel(starts, edges, activation_probs=weights, rng=rng),
        "ic 0.01": IndependentCascadeModel(starts, edges, activation_prob=0.01, rng=rng),
        "lt": LinearThresholdModel(starts, edges, influence=weights, rng=rng),
    }
    out = {}
    for name, model in models.items():
        model.set_seeds(seeds)
        seconds, sizes = [], []
        for _ in range(repeats[name]):
            model.reset_model()
            begin = time.perf_counter()
            model.advance_until_completion()
            seconds.append(time.perf_counter() - begin)
            sizes.append(model.get_num_activated_nodes())
        out[name] = {"rate": 1.0 / float(np.median(seconds)), "mean": float(np.mean(sizes))}
    return out


def pynetim(graph: Any, k: int, epsilon: float, repeats: int) -> dict[str, Any]:
    """Seconds of pynetim's IMM, its choice; building the graph is not counted."""
    from pynetim import IMGraph, IMMAlgorithm

    offsets, targets = graph["followers_offsets"], graph["followers"]
    sources = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    chances = (1.0 / np.diff(graph["followees_offsets"])[targets]).tolist()
    # renumber=False: otherwise it changes the numbers of members without a word.
    made = IMGraph(
        list(zip(sources.tolist(), targets.tolist(), strict=True)), weights=chances, renumber=False
    )
    seconds, choices = timed(lambda: IMMAlgorithm(made, "IC", epsilon=epsilon, random_seed=1).run(k), repeats)
    return {"imm": {"seconds": seconds, "members": sorted(int(v) for v in choices[0])}}


def slow(graph: Any, seeds: list[int]) -> dict[str, Any]:
    """One weighted cascade each by NDlib and EoN, and one run of NDlib's thresholds, for the reader; NDlib needs `six`, which
    it does not ask for. EoN has no linear threshold model."""
    import EoN
    import ndlib.models.epidemics as epidemics
    import ndlib.models.ModelConfig as model_config
    import networkx as nx

    offsets, targets = graph["followers_offsets"], graph["followers"]
    sources = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    followees = np.diff(graph["followees_offsets"])
    directed = nx.DiGraph()
    directed.add_nodes_from(range(len(offsets) - 1))
    directed.add_edges_from(zip(sources.tolist(), targets.tolist(), strict=True))
    out = {}
    begin = time.perf_counter()
    run = EoN.discrete_SIR(
        directed,
        lambda u, v: random.random() * followees[v] < 1.0,
        args=(),
        initial_infecteds=seeds,
    )
    out["ic wc by EoN"] = {"rate": 1.0 / (time.perf_counter() - begin), "mean": float(run[3][-1])}
    model = epidemics.IndependentCascadesModel(directed)
    config = model_config.Configuration()
    config.add_model_initial_configuration("Infected", seeds)
    for u, v in zip(sources.tolist(), targets.tolist(), strict=True):
        config.add_edge_configuration("threshold", (u, v), 1.0 / followees[v])
    model.set_initial_status(config)
    begin = time.perf_counter()
    while True:
        step = model.iteration(node_status=False)
        if step["node_count"][1] == 0:
            break
    out["ic wc by NDlib"] = {
        "rate": 1.0 / (time.perf_counter() - begin),
        "mean": float(step["node_count"][2]),
    }
    out["lt by NDlib"] = ndlib_thresholds(directed, seeds)
    return out


def ndlib_thresholds(directed: Any, seeds: list[int]) -> dict[str, float]:
    """One run of NDlib's ThresholdModel: a member is reached once its share of reached followees is its threshold or more.

    With followees of equal weight that is the linear threshold model, given thresholds drawn evenly from 0 to 1. The library
    draws none for each run: they are handed over, drawn here, and a run with others needs a configuration anew.
    """
    import ndlib.models.epidemics as epidemics
    import ndlib.models.ModelConfig as model_config

    model = epidemics.ThresholdModel(directed)
    config = model_config.Configuration()
    config.add_model_initial_configuration("Infected", seeds)
    rng = random.Random(1)
    for member in directed.nodes:
        config.add_node_configuration(
            "threshold", member, 1.0 - rng.random()
        )  # above 0: nobody is reached by nobody
    model.set_initial_status(config)
    begin = time.perf_counter()
    reached = -1
    while True:
        step = model.iteration(node_status=False)
        if step["node_count"][1] == reached:
            break
        reached = step["node_count"][1]
    return {"rate": 1.0 / (time.perf_counter() - begin), "mean": float(reached)}


def main() -> None:
    """``diffusion_peers.py GRAPH.npz PEER SEEDS...``: measure one peer."""
    graph = np.load(sys.argv[1])
    peer, large = sys.argv[2], len(graph["followers_offsets"]) > 500_000
    seeds = [int(word) for word in sys.argv[3:]]
    if peer == "cynetdiff":
        found = cynetdiff(
            graph, seeds, {"ic wc": 15 if large else 60, "ic 0.01": 400, "lt": 3 if large else 9}
        )
    elif peer == "pynetim":
        found = pynetim(graph, len(seeds), 0.5, 3)
    else:
        found = slow(graph, seeds)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
