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


def test_the_lines_of_the_readme_run_and_are_the_same_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    english, chinese = (
        re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        for name in ("README.md", "README.zh-CN.md")
    )
    assert len(english) == 1
    code = [re.sub(r"\s+#.*", "", text).strip().splitlines() for text in (*english, *chinese)]
    assert code[0] == code[1] and len(code[0]) <= 10
    monkeypatch.chdir(ROOT)
    scope: dict[str, object] = {}
    exec(english[0], scope)  # its own text
    frame, trust, arcs = capsys.readouterr().out.strip().rsplit("\n", 2)
    assert scope["community"].day == 14  # type: ignore[attr-defined]
    assert "kpi" in frame and 0.0 < float(trust) < 1.0 and int(arcs) > 10_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_of_the_project_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []
