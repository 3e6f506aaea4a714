"""Points of the parameters that have been played: planned in batches on seeds that all share, and kept in a file.

What has been played is never played again, so a calibration that was interrupted goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.calibration.play import BASE, Point
from experiments.calibration.targets import Task
from experiments.compose import Config
from experiments.folder import content_id
from experiments.pool import Job, pool, serial
from experiments.search.space import placed
from sim.errors import DataError

Float = npt.NDArray[np.float64]
RUNNER = "experiments.calibration.play:play"


class Points:
    """Plays points and remembers their moments.

    Parameters
    ----------
    task
        What is asked.
    configs
        Configuration of each arm, the base under ``BASE``.
    file
        Where moments are kept, a line a point and seed.
    workers
        Processes; 1 plays here.
    tell
        Told how many of a batch's runs are done, and of how many.
    """

    def __init__(
        self,
        task: Task,
        configs: Mapping[str, Config],
        file: Path,
        workers: int,
        tell: Callable[[int, int], None],
    ) -> None:
        self.task, self.configs, self.file, self.workers, self.tell = task, configs, file, workers, tell
        self.known: dict[str, list[float]] = {}
        self.runs = 0
        with suppress(FileNotFoundError):
            for line in file.read_text("utf-8").splitlines():
                with suppress(ValueError):  # a line that an interrupt cut short
                    record: dict[str, Any] = json.loads(line)
                    self.known[record["key"]] = [float("nan") if v is None else v for v in record["moments"]]

    def play(self, places: Float, seeds: Sequence[int]) -> Float:
        """Moments at places, float64 [places, seeds, targets].

        Raises
        ------
        DataError
            If a run failed.
        """
        values = [{p.key: p.at(x) for p, x in zip(self.task.parameters, row, strict=True)} for row in places]
        keys = [[content_id({"values": v, "seed": seed}) for seed in seeds] for v in values]
        jobs: list[Job] = []
        for row, mine in zip(values, keys, strict=True):
            missing = [(seed, key) for seed, key in zip(seeds, mine, strict=True) if key not in self.known]
            if not missing:
                continue
            point = {f"platform.{name}": value for name, value in row.items()}
            arms = {arm: placed(config, point) for arm, config in self.configs.items()}
            jobs += [Job(key, key, RUNNER, Point(arms, seed, self.task.targets)) for seed, key in missing]
        if jobs:
            self._run(jobs)
        found = [[self.known[key] for key in mine] for mine in keys]
        return np.array(found, np.float64).reshape(len(places), len(seeds), len(self.task.targets))

    def _run(self, jobs: Sequence[Job]) -> None:
        outcomes = serial(jobs) if self.workers == 1 else pool(jobs, self.workers or None)
        with self.file.open("a", encoding="utf-8") as stream:
            for done, outcome in enumerate(outcomes, start=1):
                if outcome.error:
                    raise DataError(f"a run of the calibration failed: {outcome.error}")
                moments = [float(v) for v in outcome.value]
                self.known[outcome.job.key] = moments
                line = {"key": outcome.job.key, "moments": [v if np.isfinite(v) else None for v in moments]}
                stream.write(json.dumps(line) + "\n")
                stream.flush()
                self.runs += 1
                self.tell(done, len(jobs))


__all__ = ["BASE", "Points"]
