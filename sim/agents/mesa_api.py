"""Mesa as this project uses it: the one place that knows what its versions do differently.

Mesa 3.3 (Python 3.11) keeps the agent set in `mesa.agent`, 3.5 (Python 3.12 and newer) in `mesa.agentset`.
Everything else in `sim` takes Mesa's classes from here.
"""

from __future__ import annotations

import multiprocessing
from importlib import import_module
from importlib.util import find_spec

_start_method = multiprocessing.get_start_method(allow_none=True)
import mesa  # noqa: E402

# Importing Mesa forces "spawn" upon the whole process; how a user starts processes is the user's own affair.
if multiprocessing.get_start_method(allow_none=True) != _start_method:
    multiprocessing.set_start_method(_start_method, force=True)

__all__ = ["Agent", "AgentSet", "GroupBy", "Model"]

_sets = import_module("mesa.agentset" if find_spec("mesa.agentset") else "mesa.agent")

Model = mesa.Model
Agent = mesa.Agent
AgentSet = _sets.AgentSet
GroupBy = _sets.GroupBy
