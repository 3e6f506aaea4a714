"""The report of a study answers what a decision asks, in both languages, with the same bytes every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import seedbed
from experiments import compare as comparing
from experiments.cli import main
from experiments.figures import change, figure
from experiments.report import build, pictures
from experiments.report.words import TEXT
from experiments.standings import comparison
from experiments.studies.export import harmless, write_csv, write_xlsx
from sim.kpis.registry import kpi_of

LINE = (
    "world=small world.members=300 world.represents=3e5 warmup_days=2 days=12 plan=none,launch "
    "plan.actions.boost.ramp=1 plan.actions.coupons.depth=0.1,0.3 seeds=0:4 executor=serial name=told lang=en"
)
ANSWERS = {
    "which", "how_much", "how_sure", "cost", "whom", "suffers", "change", "assumptions", "naive", "not_modelled",
    "table", "scale", "provenance",
}  # fmt: skip
"""Which plan, how much better, how sure, at what cost, for whom, what suffers, what would flip the decision, what rests
on assumptions, what simpler methods say, what is left out; and the table, the sample and the origin."""


class _Answers(HTMLParser):
    """Text of every element that is marked as an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "rect", "line", "circle", "polygon", "polyline"):
            self._open.append((tag, dict(attributes).get("data-answer") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, name in self._open:
            if name and data.strip():
                self.found[name] = self.found.get(name, "") + data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three cells and four seeds of a tiny world."""
    out = tmp_path_factory.mktemp("report")
    assert main(["sweep", *LINE.split(), f"out={out}"]) == 0
    return next(out.iterdir())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_answers_ten_questions_and_needs_nothing_else(folder: Path, lang: build.Lang) -> None:
    assert main(["report", str(folder), f"lang={lang}"]) == 0
    page = (folder / f"report.{lang}.html").read_text("utf-8")
    answers = _Answers()
    answers.feed(page)
    assert set(answers.found) == ANSWERS
    assert all(len(text) > 5 for text in answers.found.values())
    figures_in = ("how_much", "how_sure", "cost", "whom", "change", "naive")
    assert all(re.search(r"\d", answers.found[name]) for name in figures_in)
    assert "plan=launch, depth=0." in answers.found["table"]
    assert "1,000,000" in answers.found["scale"]  # facts that a world of 300 members cannot show
    assert not re.search(r'src\s*=|href\s*=\s*"[^#]|@import|url\(', page)
    assert page.count("<svg") == page.count('role="img"') >= 4
    assert build.html(comparison(seedbed.open_study(folder)), lang) == page


@pytest.mark.parametrize(
    "study",
    [
        "placement_mix",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("coupon_depth", "tier_programmes")),
    ],
)
def test_each_ready_study_answers_its_questions(study: str, tmp_path: Path) -> None:
    world = ["world=small", "world.members=800", "warmup_days=2", "days=8"]  # large enough for a top creator
    words = [f"study={study}", *world, "seeds=0:2", "executor=serial", "segments=[students]", "lang=en"]
    assert main(["sweep", *words, f"out={tmp_path}"]) == 0
    folder = next(tmp_path.iterdir())
    for lang in ("en", "zh"):
        assert main(["report", str(folder), f"lang={lang}"]) == 0
        answers = _Answers()
        page = (folder / f"report.{lang}.html").read_text("utf-8")
        answers.feed(page)
        assert set(answers.found) == ANSWERS
        assert "?:" not in page and "？：" not in page  # a study's name may be a question
        cells = seedbed.open_study(folder).cells
        assert len(cells) >= 5
        assert all(cell.name(lang) in answers.found["table"] for cell in cells[1:])
        for question, parts in _expected(folder, lang).items():
            assert all(part in answers.found[question] for part in parts), (question, parts)


def _expected(folder: Path, lang: build.Lang) -> dict[str, list[str]]:
    """What a reader must find under each question, from the comparison itself."""
    found = comparison(seedbed.open_study(folder))
    leader = found.leader
    assert leader is not None
    name, decision = found.study.cell(leader.label).name(lang), leader.decision
    sales, money = decision.effects[leader.sales], decision.money
    hurt = next(iter(decision.damage), "")
    orders = [by["orders"] for by in found.segments[leader.label].values()]
    moved = [effect.difference for effect in orders if effect.verdict in ("better", "worse")]
    most = figure(max(moved, key=abs), "count", lang, signed=True) if moved else ""
    nobody = TEXT[lang]["nobody"].format(plan=name, count=len(orders))
    return {
        "which": [comparing.verdict(found, lang)],
        "how_much": [name, figure(sales.difference, "yuan", lang, signed=True), change(sales.relative)],
        "cost": [name, figure(money.cost.mean, "yuan", lang)],
        "whom": [name, most] if moved else [nobody],
        "suffers": [name, getattr(kpi_of(hurt), lang) if hurt else str(len(decision.watched))],
        "how_sure": [str(len(found.arms.seeds)), comparing.percent(leader.best)],
        "naive": [name, change(sales.relative)],
        "provenance": [found.study.manifest["code"], "0:2"],
    }


@pytest.mark.slow
def test_what_experiments_on_a_plan_would_have_said_is_in_the_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "abtest",
        "--study",
        str(folder),
        "--cell",
        "plan=launch, depth=0.3",
        "executor=serial",
        "lang=en",
    ]
    design = ["unit=member", "measure=orders", "assignments=2", "before=2", "seeds=0:2"]
    before = build.html(comparison(seedbed.open_study(folder)), "en")
    assert main([*words, *design]) == 0
    said = capsys.readouterr().out
    assert "its report shows it" in said
    page = build.html(comparison(seedbed.open_study(folder)), "en")
    assert "An experiment inside the world: plan=launch, depth=0.3: orders a member and day" in page
    assert "difference in differences" in page and "difference in differences" not in before
    assert "true total effect (everybody has the plan, less nobody)" in page
    assert "双重差分" in build.html(comparison(seedbed.open_study(folder)), "zh")
    # Asked again, it takes its own place.
    assert main([*words, *design]) == 0
    assert len(list((folder / "abtests").iterdir())) == 1
    for more, why in (
        (["plan=none"], "the plan and the world are those of plan=launch, depth=0.3"),
        (["--cell", "plan=none"], "this plan has no actions"),
    ):
        assert main([*words, *more]) == 2
        assert why in capsys.readouterr().err


def test_every_table_and_chart_as_a_picture(folder: Path) -> None:
    assert main(["report", str(folder), "lang=en", "--png"]) == 0
    page = (folder / "report.en.html").read_text("utf-8")
    drawn = list((folder / "report.en").glob("*.png"))
    assert len(drawn) == page.count("<table") + page.count("<svg")


def test_pictures_in_chinese_without_a_font_name_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    page = folder / "report.zh.html"
    page.unlink(missing_ok=True)
    assert main(["report", str(folder), "lang=zh", "--png"]) == 2
    assert "fonts-noto-cjk" in capsys.readouterr().err
    assert not page.exists() and not page.with_suffix("").exists()  # nothing half-written


def test_tables_for_spreadsheets_run_no_formula(folder: Path, tmp_path: Path) -> None:
    assert main(["report", str(folder), "lang=en"]) == 0
    page = (folder / "report.en.html").read_text("utf-8")
    sheets = pd.read_excel(folder / "report.en.xlsx", sheet_name=None)
    assert list(sheets)[:2] == ["effects", "segments"] and len(sheets) == 2 + page.count("<table")
    assert list(list(sheets.values())[2].columns) == list(comparing.TEXT["en"]["head"])
    assert harmless("=1+1") == "'=1+1" and harmless("+1+cmd|x") == "'+1+cmd|x" and harmless("-1") == "-1"
    assert [harmless(said) for said in ("+¥782k", "+0.340 pp", "+¥8.8M to +¥29.7M")] == [
        "+¥782k", "+0.340 pp", "+¥8.8M to +¥29.7M"
    ]  # fmt: skip
    frame = pd.DataFrame({"=cmd": ["=SUM(A1)", "@x", "fine"], "n": [1, -2, 3]})
    write_csv(tmp_path / "a.csv", frame)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf'=cmd,n")
    write_xlsx(tmp_path / "a.xlsx", {"x": frame})
    assert pd.read_excel(tmp_path / "a.xlsx")["'=cmd"].tolist() == ["'=SUM(A1)", "'@x", "fine"]


def test_text_of_a_study_is_escaped(folder: Path) -> None:
    study = seedbed.open_study(folder)
    study.store.manifest["en"] = "<script>alert(1)</script>"
    page = build.html(comparison(study), "en")
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_panel_with_the_true_effect(folder: Path) -> None:
    study = seedbed.open_study(folder)
    panel = study.mix_panel(study.labels[1])
    assert len(panel) == 4 * 12
    assert {"spend.boost", "spend.coupons", "spend.kols"} <= set(panel.columns)
    assert (panel["gmv"] - panel["baseline"]).to_numpy() == pytest.approx(panel["effect"].to_numpy())
    assert panel["spend.kols"].sum() > 0


def test_a_study_goes_to_other_programs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = seedbed.open_study(folder)
    to = {end: tmp_path / f"runs.{end}" for end in ("csv", "xlsx", "parquet")}
    words = [word for end, file in to.items() for word in (f"--{end}", str(file))]
    assert main(["export", str(folder), *words]) == 0
    runs = study.runs()
    for frame in (pd.read_csv(to["csv"]), pd.read_excel(to["xlsx"]), pd.read_parquet(to["parquet"])):
        assert frame.set_index(["cell", "seed"])["gmv"].to_numpy() == pytest.approx(runs["gmv"].to_numpy())
    assert main(["export", str(folder), "what=mix", "--cell", study.labels[1]]) == 0
    mix = pd.read_csv(folder / "mix.csv")
    assert mix["effect"].to_numpy() == pytest.approx(study.mix_panel(study.labels[1])["effect"].to_numpy())
    assert main(["export", str(folder), "what=segments", "--cell", "plan=none"]) == 0
    assert set(pd.read_csv(folder / "segments.csv")["cell"]) == {"plan=none"}
    capsys.readouterr()
    for wrong, said in ((["what=lunch"], "permitted are: mix, runs, segments"), (["--csv", "a.txt"], "must end in .csv"),
                        (["--kpi", "lunch"], "lunch")):  # fmt: skip
        assert main(["export", str(folder), *wrong, "lang=en"]) == 2
        assert said in capsys.readouterr().err
