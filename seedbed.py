"""The short import: `import seedbed` gives the simulator's public names, each loaded when it is first used.

The code lives in `sim`, `scenarios` and `experiments`; nothing is defined here, so that importing this module
costs nothing and `seedbed.KOC` is the same object as `sim.agents.KOC`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.compose import compose as load_config
    from experiments.studies.study import Study, open_study
    from sim.agents import KOC, ActiveUser, Member, OrdinaryUser, TopCreator
    from sim.graph import FollowerGraph
    from sim.model import Community

__version__ = "0.1.0"

__all__ = [
    "KOC",
    "ActiveUser",
    "Community",
    "FollowerGraph",
    "Member",
    "OrdinaryUser",
    "Study",
    "TopCreator",
    "__version__",
    "load_config",
    "open_study",
]

_HOME = {
    "Community": ("sim.model", "Community"),
    "Member": ("sim.agents", "Member"),
    "OrdinaryUser": ("sim.agents", "OrdinaryUser"),
    "ActiveUser": ("sim.agents", "ActiveUser"),
    "KOC": ("sim.agents", "KOC"),
    "TopCreator": ("sim.agents", "TopCreator"),
    "FollowerGraph": ("sim.graph", "FollowerGraph"),
    "load_config": ("experiments.compose", "compose"),
    "open_study": ("experiments.studies.study", "open_study"),
    "Study": ("experiments.studies.study", "Study"),
}
"""Public name -> the module it lives in and its name there."""


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'seedbed' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, original = _HOME[name]
    value = getattr(import_module(module), original)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
