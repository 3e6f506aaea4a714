"""`seedbed run`: one scenario, one seed, with live progress; then the levels reached and a folder that holds
everything.

It is a Hydra application: ``--cfg``, ``--info``, ``--multirun`` and completion work as in any other. One run
shows levels, not effects: what a plan changes takes a baseline that shares its seeds (`seedbed demo`).
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from experiments import folder
from experiments.compose import ROOT, Config, addable, checked, complaint, searching
from experiments.figures import Lang
from experiments.options import Options
from experiments.origin import Origin
from experiments.progress import bar
from scenarios.library import shipped
from scenarios.review import warnings
from sim.errors import SeedbedError

log = logging.getLogger("seedbed")

MEMBERS_SAMPLE = 10_000
"""Most members in the sample that a run keeps."""


def run(words: Sequence[str], lang: Lang) -> int:
    """Play what the words ask for; gives the exit code."""
    options = Options.read(words, strict=False)
    with searching(options.folder) as directories:
        failed: list[Exception] = []

        def task(composed: DictConfig) -> None:
            # Kept until Hydra is done, which would print a line of its own about it.
            if not failed:
                try:
                    origin = Origin.of(HydraConfig.get())
                    play(checked(composed, directories, origin, allow_code=options.allow_code), lang)
                except Exception as error:
                    failed.append(error)

        try:
            hydra_application(options.rest, task)
            if failed:
                raise failed[0]
            return 0
        except SeedbedError:
            raise
        except Exception as error:
            overrides = [word for word in options.rest if not word.startswith("-")]
            raise complaint(error, overrides, directories) from error


def hydra_application(words: Sequence[str], task: Any = None) -> int:
    """Hydra's own command line over our configuration."""
    application = hydra.main(config_path=str(shipped()), config_name=ROOT, version_base="1.3")(
        task or (lambda composed: None)
    )
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [argv[0], *map(addable, words)]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us as exceptions, not as Hydra's own text
    try:
        application()
    finally:
        sys.argv = argv
        if full is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full
    return 0


def play(config: Config, lang: Lang) -> Path:
    """Play one configuration with its seed, print the levels, and keep everything in a folder, which is
    returned.

    Raises
    ------
    SeedbedError
        For what the user can put right.
    """
    import seedbed
    from experiments import runs
    from experiments.levels import show_levels

    seed = config.seed
    identity = folder.content_id(folder.identity(config.resolved), seed, folder.code_version())
    name = f"{config.scenario.name}-{config.resolved['plan']['name']}-seed{seed}-{identity}"
    target = Path(config.out) / name
    with folder.written_whole(target) as place:
        OmegaConf.save(OmegaConf.create(config.resolved), place / "config.yaml")
        with _logged(place / "run.log"):
            log.info("seedbed %s, code %s, run %s", seedbed.__version__, folder.code_version(), identity)
            with bar(f"{config.scenario.name}, seed {seed}", lang) as advance:
                played = runs.simulate(config, seed, advance)
            log.info("world %s", "taken from the cache" if played.found else "warmed")
            for what, seconds in played.seconds.items():
                log.info("%s: %.1f s", what, seconds)
            start = time.perf_counter()
            _write(place, config, played, identity)
            log.info("written in %.1f s", time.perf_counter() - start)
    show_levels(config, played, target, lang)
    return target


def _write(place: Path, config: Config, played: Any, identity: str) -> None:
    from sim.levers import Desk
    from sim.records import members_frame

    community, seed = played.community, config.seed
    frames = {
        "kpis": community.kpis.frame(),
        "ledger": community.ledger.frame(actions=played.plan.action_names),
        "notes": community.notes_frame(),
        "cascades": community.cascades_frame(),
        "members": members_frame(community, MEMBERS_SAMPLE),
    }
    for name, frame in frames.items():
        frame.to_parquet(place / f"{name}.parquet", compression="zstd", index=False)
    summary = {
        "run": identity,
        "label": "one run, not an effect",
        "scenario": config.scenario.name,
        "plan": config.resolved["plan"]["name"],
        "seed": seed,
        "days": config.days,
        "weight": community.config.world.weight,
        "totals": community.kpis.totals(),
        "actions": played.plan.report(Desk(community)),
        "warnings": warnings(played.plan, config.community.start, config.days),
    }
    folder.write_json(place / "summary.json", summary)
    rows = {name: len(frame) for name, frame in frames.items()}
    folder.write_json(
        place / "manifest.json",
        folder.manifest(config.resolved, seed, run=identity, seconds=played.seconds, rows=rows),
    )


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Everything at level INFO goes into a file while it lasts."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = True
        handler.close()
