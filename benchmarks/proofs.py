"""What the proofs of levers and shocks see, measured; and the figures of `tests/scenarios/proofs.yaml` written anew.

`python -m benchmarks.proofs [KEY ...]` prints the effect that each proof finds and the least that its runs could show;
`--refresh` stores that least effect with some room as `sees` and `side_sees`, where the effect is found and goes the way that
the file says. `--usual` plays levers at their usual size that were proved at their strong one, and stores that where it is
seen as well. `make docs` then renews the coverage table, which shows these figures.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace
from pathlib import Path

from scenarios.shocks import all_shocks
from tests.scenarios import proving
from tests.scenarios.desk import LIBRARY
from tests.scenarios.proving import LEVERS, SHOCKS, UP, Effect, Proof, Run

FILE = Path(proving.__file__).with_name("proofs.yaml")
ROOM = 1.4
"""How much more than the least effect a proof may need before it fails: other versions of a world scatter a little more."""


@dataclass(frozen=True)
class Seen:
    """What a proof finds of one KPI: ``key`` of the figure in the file, the figure stored there, the direction it must go."""

    key: str
    kpi: str
    direction: str
    stored: float
    effect: Effect

    @property
    def holds(self) -> bool:
        """Whether it is found and goes the stated way."""
        return self.effect.significant and self.effect.relative * UP[self.direction] > 0.0

    @property
    def plain(self) -> bool:
        """Whether it holds with room: the effect is larger than the least effect that will be stored."""
        return self.holds and abs(self.effect.relative) > self.room

    @property
    def room(self) -> float:
        """The least effect with some room, two digits; where a KPI does not scatter at all, next to nothing."""
        return float(f"{max(ROOM * self.effect.least, 1e-3 if self.effect.least == 0.0 else 0.0):.2g}")


def played(key: str, proof: Proof) -> list[Run]:
    """The runs of a proof with its lever or shock."""
    play = proving.with_lever if key in LEVERS else proving.with_shock
    return [play(key, proof, seed + 1) for seed in range(proof.seeds)]


def measure(key: str, usual: bool = False) -> list[Seen]:
    """What the proof of a lever or shock finds of its KPI and of its side effect, at the lever's usual size if asked for."""
    if key in LEVERS:
        proof, file = Proof(**LEVERS[key]), proving.lever_of(key).file
        kpis, harms = file.kpis, file.harms
        if usual:
            proof = replace(proof, keys={k: v for k, v in proof.keys.items() if k != "size"})
    else:
        proof, kpis, harms = Proof(**SHOCKS[key]), all_shocks(LIBRARY)[key].kpis, {}
    runs = played(key, proof)
    found = proving.compare(proof, runs, proof.kpi, proof.first, proof.last)
    out = [Seen("sees", proof.kpi, kpis[proof.kpi], proof.sees, found)]
    if proof.side:
        side = proof.of_side
        runs = played(key, side) if proof.apart else runs
        found = proving.compare(side, runs, proof.side, proof.side_first, proof.side_last)
        out.append(Seen("side_sees", proof.side, harms[proof.side], proof.side_sees, found))
    return out


def written(text: str, key: str, found: list[Seen], usual: bool = False) -> str:
    """The file with the figures of one proof put in; each proof stands on a line of its own."""
    (line,) = re.findall(rf"(?m)^  {key}: .*$", text)
    new = line
    if usual:
        own = re.search(r"\bkeys: \{[^}]*\}", new)
        assert own is not None
        new = new.replace(own[0], re.sub(r"size: high, |, size: high|size: high", "", own[0]), 1)
        new = new.replace(", keys: {}", "", 1)
    for seen in found:
        new = re.sub(rf"\b{seen.key}: [\d.e+-]+", f"{seen.key}: {seen.room:g}", new, count=1)
    return text.replace(line, new)


def main() -> int:
    """Measure, print, and store if asked to; 1 if a proof does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", nargs="*", help="levers and shocks; all of them if left out")
    parser.add_argument("--refresh", action="store_true", help="store the figures")
    parser.add_argument(
        "--usual", action="store_true", help="try levers at their usual size, and store where it is seen"
    )
    asked = parser.parse_args()
    failed = 0
    strong = [key for key in LEVERS if LEVERS[key].get("keys", {}).get("size") == "high"]
    for key in asked.keys or (strong if asked.usual else [*LEVERS, *SHOCKS]):
        if key not in LEVERS and key not in SHOCKS:
            parser.error(f"{key}: there is no such proof in {FILE.name}")
        found = measure(key, asked.usual)
        for seen in found:
            verdict = "" if seen.holds else "  NOT FOUND"
            print(
                f"{key:24} {seen.kpi:22} {seen.effect.relative:+10.3g}  least {seen.effect.least:8.2g}"
                f"  stored {seen.stored:8.2g}{verdict}",
                flush=True,
            )
        failed += not asked.usual and not all(seen.holds for seen in found)
        if asked.usual and all(seen.plain for seen in found):
            FILE.write_text(written(FILE.read_text("utf-8"), key, found, usual=True), "utf-8")
        elif asked.refresh and not asked.usual and all(seen.holds for seen in found):
            FILE.write_text(written(FILE.read_text("utf-8"), key, found), "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
