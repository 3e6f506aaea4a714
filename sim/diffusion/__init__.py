"""Diffusion over the follower graph: cascades, thresholds, epidemics, adoption, and the choice of first spreaders.

All models have one call shape, ``model(graph, seed_members, ..., runs=..., seed=...)``, and answer with a `Spread`. The
function that decides one arc is the one that sharing in the community uses (`sim.diffusion.arc`). Names are loaded when
they are first used: the community needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.diffusion.adoption import SeedingValue, bass, bass_curve, seeding_value
    from sim.diffusion.cascades import independent_cascade, platform_mix
    from sim.diffusion.epidemics import epidemic
    from sim.diffusion.influence import Guarantee
    from sim.diffusion.probability import topic_match
    from sim.diffusion.selection import RULES, Selection, select_seed_members
    from sim.diffusion.spread import Cascades, Spread
    from sim.diffusion.thresholds import complex_contagion, linear_threshold

_HOME = {
    "RULES": "selection",
    "Cascades": "spread",
    "Guarantee": "influence",
    "SeedingValue": "adoption",
    "Selection": "selection",
    "Spread": "spread",
    "bass": "adoption",
    "bass_curve": "adoption",
    "complex_contagion": "thresholds",
    "epidemic": "epidemics",
    "independent_cascade": "cascades",
    "linear_threshold": "thresholds",
    "platform_mix": "cascades",
    "seeding_value": "adoption",
    "select_seed_members": "selection",
    "topic_match": "probability",
}
"""Public name -> the module it lives in."""

__all__ = [
    "RULES",
    "Cascades",
    "Guarantee",
    "SeedingValue",
    "Selection",
    "Spread",
    "bass",
    "bass_curve",
    "complex_contagion",
    "epidemic",
    "independent_cascade",
    "linear_threshold",
    "platform_mix",
    "seeding_value",
    "select_seed_members",
    "topic_match",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sim.diffusion' has no attribute {name!r}")
    value = getattr(import_module(f"sim.diffusion.{_HOME[name]}"), name)
    globals()[name] = value
    return value
