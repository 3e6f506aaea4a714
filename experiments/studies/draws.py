"""A study over a posterior: each block of seeds is played at one draw of the calibrated parameters, the same in every cell.

A pair so shares its seed and its parameters, and the spread of its difference over draws is what is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.compose import Config
from experiments.folder import file_hash
from experiments.settings import StudyConfig
from scenarios.library import Library

MOST = 200
"""Draws that a study keeps; more seeds begin again at the first."""


def draws_of(study: StudyConfig, library: Library) -> dict[str, Any]:
    """What the manifest says of the draws of a study; empty where its parameters are taken for known.

    ``study.posterior`` is a file, or the name of a platform that was fitted.

    Raises
    ------
    DataError
        If ``study.posterior`` names no posterior.
    """
    if not study.posterior:
        return {}
    from experiments.calibration.profile import read_draws

    path = Path(study.posterior)
    if not path.exists() and study.posterior in library.names("platform"):
        path = library.path("platform", study.posterior)
    frame = read_draws(path)
    return {
        "source": study.posterior,
        "sha256": file_hash(path) if path.is_file() else "",
        "seeds": study.draw_seeds,
        "keys": [f"platform.{name}" for name in frame],
        "values": frame.to_numpy(float)[:MOST].tolist(),
    }


def draw_of(draws: Mapping[str, Any], seed: int) -> int:
    """Which draw a seed is played at."""
    return int(seed) // int(draws["seeds"]) % len(draws["values"])


def draws_by_seed(draws: Mapping[str, Any], seeds: Sequence[int]) -> list[int]:
    """The draw of each seed; empty where there are none."""
    return [draw_of(draws, seed) for seed in seeds] if draws else []


def at_draw(config: Config, draws: Mapping[str, Any], seed: int) -> Config:
    """A configuration with the parameters of a seed's draw."""
    if not draws:
        return config
    from experiments.search.space import placed

    values = draws["values"][draw_of(draws, seed)]
    return placed(config, dict(zip(draws["keys"], values, strict=True)), allow_code=True)
