"""What checks that compare arms share: overrides for a plan of one lever, and what is kept of seeds put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.validation import statistics as st
from experiments.validation.registry import Seed


def action(lever: str, group: str, **keys: Any) -> tuple[str, ...]:
    """Overrides for a plan of one lever with some of its keys set."""
    return f"{group}=[{lever}]", *(f"+plan.actions.{lever}.{name}={value}" for name, value in keys.items())


def total(seeds: Sequence[Seed], arm: str, name: str) -> float:
    """Sum over seeds of a number, or of the numbers of an array, that is kept of an arm."""
    return np.float64(sum(np.sum(seed[arm][name]) for seed in seeds))


def joined(seeds: Sequence[Seed], arm: str, name: str) -> npt.NDArray[Any]:
    """An array that is kept of an arm, of all seeds one after the other."""
    return np.concatenate([seed[arm][name] for seed in seeds])


def change(seeds: Sequence[Seed], name: str, base: str = "base", other: str = "changed") -> float:
    """Relative change of a number from one arm to another, summed over seeds before it is divided; NaN from nothing."""
    below = total(seeds, base, name)
    return total(seeds, other, name) / below - 1.0 if below else st.NAN
