"""What the guides and the ready scenarios promise, tried as a new user would: every command in its order, in a folder of
one's own, in a tiny world."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.compose import compose
from experiments.figures import figure
from experiments.runs import world_of
from sim.kpis import KPI
from sim.kpis.collect import measure_day
from sim.kpis.measures import MEASURE

ROOT = Path(__file__).parents[2]
TINY = ["world.members=400", "world.represents=4e5", "warmup_days=2", "threads=1"]
LESS = {"run": TINY, "check": TINY, "sweep": [*TINY, "executor=serial"]}
SCENARIOS = {
    "platform_year": pytest.mark.slow,
    "tiered_operations": (),
    "festival_campaign": (),
    "media_year": pytest.mark.slow,
    "fan_operations": (),
    "crisis_drill": (),
}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def blocks(page: str, language: str) -> list[str]:
    """Blocks of code of a page, in their order."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def follow(page: str) -> None:
    """Give all commands of a page, smaller where they play something."""
    for line in "".join(blocks(page, "console")).splitlines():
        if line.startswith("$ seedbed "):
            words = line.removeprefix("$ seedbed ").replace("seeds=0:8", "seeds=0:2").split()
            assert main([*words, *LESS.get(words[0], ())]) == 0, line


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks) for name, marks in SCENARIOS.items()])
def test_a_ready_scenario_ends_with_a_readable_table(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", f"scenario={name}", "world=small", *TINY]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    rows = [line.rsplit(maxsplit=3) for line in lines if line.startswith(" ") and line.strip()[-1:].isalnum()]
    assert "One run, not an effect" in out and "nan" not in out
    assert max(map(len, lines[: lines.index("")])) <= 120
    assert {KPI[key].en for key in ("dau", "gmv", "trust")} <= {row[0].strip() for row in rows}
    (folder,) = (tmp_path / "seedbed-runs").iterdir()
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["actions"] and any(row["spent"] > 0 for row in summary["actions"])


def test_the_guide_to_a_first_plan_holds(capsys: pytest.CaptureFixture[str]) -> None:
    follow("write_a_plan.md")
    out = capsys.readouterr().out
    assert "2 pairs" in out and "GMV" in out


def test_the_guide_to_a_lever_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written, parameters = blocks("write_a_lever.md", "yaml")
    folder = tmp_path / "conf" / "experience"
    folder.mkdir(parents=True)
    (folder / "dark_mode.yaml").write_text(written, "utf-8")
    follow("write_a_lever.md")
    assert "Dark mode" in capsys.readouterr().out
    own = written.replace("dark_mode:", "gentle_mode:").rstrip()
    lines = [own, "  kind: behaviour", "  behaviour: gentle", parameters.rstrip()]
    (folder / "gentle_mode.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    (code,) = blocks("write_a_lever.md", "python")
    script = tmp_path / "gentle.py"
    script.write_text(code.replace('"world=small"', json.dumps(["world=small", *TINY])[1:-1]), "utf-8")
    runpy.run_path(str(script))
    assert "minutes_per_user" in capsys.readouterr().out


def test_segments_are_listed_with_their_people_and_their_money(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segments", *TINY]) == 0
    out = capsys.readouterr().out
    head = next(line for line in out.splitlines() if "name" in line)
    assert head.split() == ["name", "meaning", "who", "people", "share", "spent", "so", "far"]
    shares = {
        line.split()[0]: float(found[1])
        for line in out.splitlines()
        if (found := re.search(r" ([\d.]+)% +(?:¥|–)", line))
    }
    assert set(shares) == {path.stem for path in (ROOT / "conf" / "segment").glob("*.yaml")}
    assert all(0.0 <= share <= 100.0 for share in shares.values()) and shares["young_members"] > 0.0
    config = compose(["world=small", *TINY])
    # as the KPIs count them, not by heads of the sample
    day = measure_day(world_of(config, config.seed)[0])["all"][0]
    counted = {name: float(day[MEASURE[name]]) for name in ("koc", "top_creators")}
    people = {
        line.split()[0]: line.split()[-3]
        for line in out.splitlines()
        if line.strip().startswith(("kocs", "top_"))
    }
    assert people == {"kocs": figure(counted["koc"]), "top_creators": figure(counted["top_creators"])}
    assert counted["koc"] > 0.0
    assert main(["segments", "price", "lang=zh", *TINY]) == 0
    assert "人数" in capsys.readouterr().out
