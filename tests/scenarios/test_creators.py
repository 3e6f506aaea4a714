"""Sheets of creators: three formats, two languages, and every mistake with its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.compose import compose
from experiments.runs import world_of
from scenarios.creators import COLUMNS, read_creators, write_template
from sim.errors import ConfigError, DataError
from sim.state.schema import TOPICS

ROWS: list[list[Any]] = [
    ["小鹿", 32000, "beauty", 1500, 2600, 0.5, "beauty 0.6, 穿搭 0.2"],
    ["Ann", 900_000, "美食", None, 90_000.5, None, None],
]


def sheet(path: Path, rows: list[list[Any]], lang: str = "en", extra: str = "") -> Path:
    """Write rows in the format of the file's ending."""
    names = [column.zh if lang == "zh" else column.key for column in COLUMNS]
    frame = pd.DataFrame(
        [[*row, *(["x"] if extra else [])] for row in rows], columns=names + [extra] * bool(extra)
    )
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    return path


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_all_formats_and_languages_say_the_same(tmp_path: Path, ending: str, lang: str) -> None:
    found = read_creators(sheet(tmp_path / f"my{ending}", ROWS, lang, extra="备注"))
    first, second = found.creators
    assert (first.name, first.fans, first.category) == ("小鹿", 32000.0, 0)
    assert first.prices == {"image": 1500.0, "video": 2600.0}
    assert first.active_share == 0.5 and first.audience == {0: 0.6, 1: 0.2}
    assert (second.category, second.prices, second.active_share) == (2, {"video": 90_000.5}, None)
    assert second.audience == {}
    assert [c.row for c in found.creators] == ([1, 2] if ending == ".parquet" else [2, 3])
    assert found.unused == ("备注",)


def test_spreadsheets_of_chinese_systems_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes("昵称,粉丝量,领域,图文价格\n\n小鹿,100,美妆,5\n".encode("gb18030"))
    (found,) = read_creators(file).creators
    assert (found.name, found.row, found.prices) == ("小鹿", 3, {"image": 5.0})


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (1, "3.2万", "row 3: fans '3.2万' is not a plain number; write 32000"),
        (3, "1.5w", "row 3: price_image '1.5w' is not a plain number; write 15000"),
        (4, "￥2,600元", "row 3: price_video '￥2,600元' is not a plain number; write 2600"),
        (1, "many", "row 3: fans 'many' is not a plain number"),
        (1, -5, "row 3: fans '-5' is not a plain number|row 3: fans -5 is out of bounds"),
        (1, None, "row 3: the number of fans of 'Ann' is missing"),
        (0, None, "row 3: the name is missing"),
        (0, "小鹿", "row 3: '小鹿' is listed twice, first in row 2"),
        (2, "beuty", "row 3: category 'beuty' is unknown; did you mean beauty"),
        (2, None, "row 3: category is missing"),
        (5, "45%", "row 3: active_share '45%' is not a plain number; write 0.45"),
        (5, 45, "row 3: active_share 45.* is out of bounds: it must be from 0 to 1"),
        (5, 0, "row 3: active_share 0 leaves 'Ann' nobody"),
        (6, "beauty", "row 3: audience 'beauty' is not a list of categories with shares"),
        (6, "beauty 0.8, food 0.4", "row 3: audience: shares sum to 1.2"),
        (4, None, "row 3: 'Ann' has no price"),
    ],
)
def test_a_mistake_names_its_row(tmp_path: Path, column: int, value: Any, said: str) -> None:
    rows = [list(ROWS[0]), list(ROWS[1])]
    rows[1][column] = value
    with pytest.raises(DataError, match=said):
        read_creators(sheet(tmp_path / "my.csv", rows))


def test_what_is_no_sheet_is_refused(tmp_path: Path) -> None:
    cases = {
        "none.csv": (None, "there is no such file"),
        "empty.csv": (b"", "is empty; the first row names the columns"),
        "heading.csv": (b"name,fans,category,price_image\n", "there is no creator in it"),
        "lacks.csv": (b"name,fans,price_image\na,1,1\n", "there is no column category"),
        "free.csv": (b"name,fans,category\na,1,food\n", "there is no column price_image"),
        "twice.csv": ("name,达人,fans,category,price_image\n".encode(), "two columns hold name: name, 达人"),
        "binary.csv": (b"\xff\xfe\x00\x01", "neither UTF-8 nor GB 18030|save it as CSV UTF-8"),
        "bad.xlsx": (b"no workbook", "not a sound XLSX"),
        "bad.parquet": (b"no parquet", "not a sound Parquet"),
        "sheet.ods": (b"x", "ends in .csv, .xlsx, .parquet"),
    }
    for name, (content, said) in cases.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=said):
            read_creators(tmp_path / name)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_the_blank_sheet_is_one_that_can_be_read_once_filled_in(tmp_path: Path, ending: str) -> None:
    for lang in ("en", "zh"):
        file = tmp_path / f"{lang}{ending}"
        write_template(file, lang)
        with pytest.raises(DataError, match="there is no creator in it"):
            read_creators(file)
        if ending == ".xlsx":
            from openpyxl import load_workbook

            book = load_workbook(file)
            book.worksheets[0].append(ROWS[0])
            book.save(file)
        else:
            with file.open("a", encoding="utf-8") as out:
                out.write('小鹿,32000,beauty,1500,2600,0.5,"beauty 0.6, 穿搭 0.2"\n')
        (found,) = read_creators(file).creators
        assert (found.name, found.audience) == ("小鹿", {0: 0.6, 1: 0.2})


def test_creators_of_a_sheet_live_in_the_world_and_placements_ask_them(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [f"one {i}", 40_000 * (i + 1), "beauty", 900.0 + i, None, 0.5, None] for i in range(6)
    ]
    path = sheet(tmp_path / "my.csv", [*rows, ["Ann", 300_000, "food", None, 5_000, 0.5, "food 0.5"]])
    words = ["world=small", "world.members=1500", "world.represents=3e6", "warmup_days=0", "days=8", "plan=placements",
             "plan.actions.kols.budget=3000", f"creators={path}"]  # fmt: skip
    config = compose(words)
    community, _ = world_of(config, 1, threads=1, plan=config.plan())
    state = community.state
    member = state.candidates["member"]
    assert len(set(member.tolist())) == 7
    # A member stands for 2,000 people, so they have 10 to 75 fans; who plays one may have been drawn as a fan of itself.
    fans = community.delta.followers_count[member]
    assert fans == pytest.approx([10, 20, 30, 40, 50, 60, 75], abs=1)
    interest = state.members["interest"][:, [key for key, _ in TOPICS].index("food")]
    followers = community.delta.graph_view().predecessors(int(member[6]))
    assert interest[list(followers)].mean() > 1.2 * interest[:1500].mean()
    community.run_days(8)
    contracts = state.contracts.rows
    asked = state.creators["member"][contracts["creator"]]
    assert len(contracts) and set(asked.tolist()) <= set(member[:6].tolist())  # Ann sells no image notes
    # What one real note costs, in fen of sample money.
    price = {int(m): round((900.0 + i) * 100 / 2_000) for i, m in enumerate(member[:6])}
    assert contracts["price"].tolist() == [price[int(m)] for m in asked]
    # Equal sheets are equal configurations, wherever they lie.
    other = compose([*words[:-1], f"creators={path.rename(tmp_path / 'other.csv')}"])
    assert other.resolved == config.resolved
    with pytest.raises(
        ConfigError, match=r"'one 0' has 20,000 active fans, below the resolution .* set world.members="
    ):
        compose([*words[:-1], "world.represents=3e7", f"creators={tmp_path / 'other.csv'}"])
    images = sheet(tmp_path / "images.csv", rows)
    played = compose([*words[:-1], "plan.actions.kols.format=video", f"creators={images}"])
    with pytest.raises(ConfigError, match="no creator of the sheet sells such notes"):
        world_of(played, 1, threads=1, plan=played.plan())[0].run_days(1)
    with pytest.raises(DataError, match="no such file"):
        compose([*words[:-1], "creators=nowhere.csv"])
