"""A shard of a tiny world: what it keeps agrees with the run it came from, and serial, pool and Ray agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.options import Options
from experiments.runs import simulate
from experiments.studies import shard, verbs
from experiments.studies.cells import read
from experiments.studies.store import Store
from experiments.studies.tasks import task_of

TINY = (
    "world=small world.members=300 world.represents=3e5 warmup_days=2 days=6 plan=none,launch "
    "plan.actions.boost.ramp=1 plan.actions.boost.start=start+2d plan.actions.kols.start=start+2d "
    "plan.actions.coupons.start=start+3d plan.actions.coupons.end=start+5d seeds=0:2 panels=[tier]"
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A study of a tiny world, not played."""
    options = Options.read([*TINY.split(), f"out={tmp_path_factory.mktemp('tiny')}"])
    return verbs.made(read(options), options)


def test_a_row_is_its_run(tiny: Store) -> None:
    one = next(s for s in tiny.shards() if "launch" in s.label)
    config = tiny.config(one.cell)
    task = task_of(tiny.manifest, one, config)
    assert task.freeze == 2
    runs, panel, _ = shard.play(task, lambda share: None)
    played = simulate(config, one.seeds[0], threads=1)
    totals = played.community.kpis.totals()
    record = runs.to_pylist()[0]
    assert {key: record[key] for key in ("reads", "gmv", "dau")} == {
        k: totals[k] for k in ("reads", "gmv", "dau")
    }
    daily = np.reshape(record["daily"], (len(shard.KEYS), config.days))
    reads = daily[shard.KEYS.index("reads")]
    assert reads.sum() == pytest.approx(totals["reads"])
    assert sum(b["fen"] for b in record["books"]) == played.community.ledger.frame()["amount"].sum()
    frozen = np.reshape(record["segments"], (5, len(shard.MEASURES)))
    # The four tiers and those who joined later are everybody, from the freeze on.
    assert frozen[:, shard.MEASURES.index("reads")].sum() == pytest.approx(reads[2:].sum(), rel=1e-6)
    assert panel is not None
    by_tier = panel.to_pandas().groupby("day")["reads"].sum()
    assert by_tier.to_numpy() == pytest.approx(reads)


def test_frozen_segments_are_equal_in_all_arms_and_no_plan_changes_nothing(tiny: Store) -> None:
    people = []
    for one in tiny.shards():
        if one.seeds[0] == 0:
            runs, _, _ = shard.play(task_of(tiny.manifest, one, tiny.config(one.cell)), lambda share: None)
            people.append(np.reshape(runs.to_pylist()[0]["segments"], (5, -1))[:4, 0])
    assert len(people) == 2
    assert np.array_equal(people[0], people[1])


def test_a_world_that_refuses_a_plan_is_found_before_anything_runs(tiny: Store, tmp_path: Path) -> None:
    from experiments.studies.cells import BadCells
    from experiments.studies.driver import play

    line = TINY.replace("world.represents=3e5", "world.represents=2e7")
    options = Options.read([*line.split(), f"out={tmp_path}"])
    made = verbs.made(read(options), options)
    with made.locked(), pytest.raises(BadCells) as caught:
        play(made, "serial")
    assert "1 cell cannot be played" in str(caught.value)
    assert "world.members" in str(caught.value)
    assert made.present() == set()
