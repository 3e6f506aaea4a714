"""The pages: generated parts are current, and links between files lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_generated_pages_and_parts_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate["main"](["--check"]) == 0, capsys.readouterr().out


def test_every_generated_part_has_its_place() -> None:
    parts = [part["name"] for page in PAGES for part in generate["PART"].finditer(page.read_text("utf-8"))]
    assert sorted(parts) == sorted(generate["PARTS"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_of_the_project_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []
