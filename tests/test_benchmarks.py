"""The yardsticks of the benchmarks, against worlds whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.studies import order_coupling


@pytest.mark.parametrize("of", ["gmv", "orders"])
def test_the_ceiling_of_pairing_is_what_perfectly_coupled_orders_show(of: str) -> None:
    rng = np.random.default_rng(1)
    base, plan = [], []
    for demand in rng.gamma(25.0, 8.0, 4000):  # worlds differ, and answer in proportion
        kept = rng.gamma(4.0, 50.0, rng.poisson(demand))
        base.append(kept)
        plan.append(np.concatenate([0.97 * kept, rng.gamma(4.0, 50.0, rng.poisson(0.3 * demand))]))
    sums = np.array([[len(o) if of == "orders" else o.sum() for o in arm] for arm in (base, plan)], float)
    assert order_coupling(base, plan, of) == pytest.approx((sums[1] - sums[0]).var(), rel=0.1)
