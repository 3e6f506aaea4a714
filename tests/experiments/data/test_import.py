"""Sheets of one's own: formats, encodings, units, every kind of useless row with its reason, and ids that give nobody away."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.data.read import Table, read_table
from experiments.data.schema import SHEETS, sheet_kind
from experiments.data.store import DataStore, KeyFile
from sim.errors import ConfigError, DataError

NOTES = sheet_kind("notes")
TODAY = date(2025, 6, 1)


def read(path: Path, content: str | bytes, kind: str = "notes", own: Path | None = None) -> Table:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(sheet_kind(kind), [path], own, TODAY)


def reasons(table: Table) -> list[tuple[int, str, str]]:
    return [(row, column, english) for row, column, english, _ in table.lost]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_units_and_dates_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = (
        "博主,类型,发布时间,点赞数(万),收藏,曝光量,阅读量,粉丝\n"
        '小鹿,图文,2025年3月1日 20:15,1.2,３２０,15万,"19,000",3.2万\n'
        "阿周,视频,2025/3/2,0.01,-,1亿+,暂无,8w\n"
    )
    found = read(tmp_path / "a.csv", text.encode(encoding))
    first, second = found.frame.to_dict("records")
    assert (first["creator"], first["type"], first["time"]) == (
        "小鹿",
        "image",
        pd.Timestamp("2025-03-01 20:15"),
    )
    assert (first["likes"], first["collects"], first["impressions"], first["reads"]) == (
        12000,
        320,
        150_000,
        19_000,
    )
    assert (second["likes"], second["impressions"], second["fans"], second["row"]) == (100, 1e8, 80000, 3)
    assert np.isnan(second["collects"]) and np.isnan(second["reads"]) and not found.lost
    assert ("fans: 2 figures were written in 万 or 亿 and are rounded") in {en for en, _ in found.remarks}


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".csv.gz"])
def test_all_formats_say_the_same(tmp_path: Path, ending: str) -> None:
    times = pd.to_datetime(["2025-03-01 08:00", "2025-03-02 21:30"])
    frame = pd.DataFrame({"creator": ["a", "b"], "time": times, "likes": [3, 4], "memo": ["x", "y"]})
    path = tmp_path / f"notes{ending}"
    if ending == ".xlsx":
        frame.to_excel(path, index=False)
    elif ending == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    found = read_table(NOTES, [path], today=TODAY)
    assert found.frame["likes"].tolist() == [3, 4] and found.unused == ("memo",)
    assert found.frame["time"].tolist() == frame["time"].tolist()


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("20250301", "2025-03-01"),
        ("2025.3.1", "2025-03-01"),
        ("2025-03-01T08:30:05.2+08:00", "2025-03-01 08:30:05"),
        ("1740789005000", "2025-03-01 08:30:05"),
        ("1740789005", "2025-03-01 08:30:05"),
    ],
)
def test_ways_to_write_a_day(tmp_path: Path, cell: str, time: str) -> None:
    found = read(tmp_path / "a.csv", f"creator,time,likes\na,{cell},1\n")
    assert found.frame["time"].tolist() == [pd.Timestamp(time)]


def test_every_useless_row_is_named_with_its_reason(tmp_path: Path) -> None:
    good = "".join(f"n{i},a,image,2025-03-0{i},{i},,\n" for i in range(1, 10))
    bad = (
        "n1,a,image,2025-03-01,1,,\n"  # 11: written twice
        "n2,a,image,2025-03-02,99,,\n"  # 12: says otherwise of n2, and is the later one
        "x1,a,image,2031-01-01,1,,\n"
        "x2,a,image,03/01/2025,1,,\n"
        "x3,,image,2025-03-01,1,,\n"
        "x4,a,image,2025-03-01,many,,\n"
        "x5,a,image,2025-03-01,-3,,\n"
        "x6,a,image,2025-03-01,2.5,,\n"
        "x7,a,image,2025-03-01,1,10,20\n"
        "x8,a,podcast,2025-03-01,1,,\n"  # 20: kept, without its type
    )
    found = read(tmp_path / "a.csv", "id,creator,type,time,likes,impressions,reads\n" + good + bad)
    assert reasons(found) == [
        (13, "time", "2031-01-01 is in the future (today is 2025-06-01)"),
        (14, "time", "'03/01/2025' is not a date; write it as 2025-03-01"),
        (15, "creator", "is missing"),
        (16, "likes", "'many' is not a number"),
        (17, "likes", "-3 is outside 0 to 1e+12"),
        (18, "likes", "2.5 is not a whole number"),
        (19, "", "reads 20 is above impressions 10"),
        (3, "", "has the same note as row 12, which says otherwise and is kept"),
        (11, "", "is the same as row 2"),
    ]
    assert [line[:3] for line in found.blank] == [
        (20, "type", "'podcast' is unknown; permitted are: image, video, live")
    ]
    assert len(found.frame) == 10 and found.rows == 19
    assert found.frame.set_index("note")["likes"]["n2"] == 99


def test_per_cent_and_fraction(tmp_path: Path) -> None:
    head = "cohort,day,people,留存率\n"
    rows = [f"2025-03-0{i},1,100," for i in range(1, 6)]

    def retained(*cells: str) -> list[float]:
        text = head + "\n".join(row + cell for row, cell in zip(rows, cells, strict=False))
        return list(read(tmp_path / "c.csv", text, "cohorts").frame["retained"])

    assert retained("0.45", "1", "0") == [0.45, 1.0, 0.0]
    assert retained("45%", "0.45") == [0.45, 0.45]
    assert retained("45", "38.5", "0") == [0.45, 0.385, 0.0]
    own = tmp_path / "own.yaml"
    own.write_text("retained: {unit: percent}\n")
    found = read(tmp_path / "c.csv", head + rows[0] + "45\n" + rows[1] + "0.9\n", "cohorts", own)
    assert found.frame["retained"].tolist() == pytest.approx([0.45, 0.009])
    with pytest.raises(DataError, match=r"only 2 of 5 rows.*retained 45 is above 1 among fractions"):
        retained("45", "45", "0.4", "0.3", "45")
    orders = "customer,time,paid\na,2025-03-01,12%\nb,2025-03-01,3\nc,2025-03-01,4\n"
    assert reasons(read(tmp_path / "o.csv", orders, "orders")) == [
        (2, "paid", "12% is per cent, where a number is needed")
    ]


def test_a_mapping_of_ones_own_names_columns_words_and_units(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "notes:\n  likes: {names: 赞赞, unit: 万}\n  creator: [谁]\nwords: {type: {image: [tuwen]}}\n",
        "utf-8",
    )
    text = "谁,作者,type,time,赞赞,likes\na,z,tuwen,2025-03-01,1.5,7\n"
    (row,) = read(tmp_path / "a.csv", text, own=own).frame.to_dict("records")
    assert (row["creator"], row["likes"], row["type"]) == ("a", 15000, "image")
    for content, said in (
        ("lieks: x", "did you mean likes"),
        ("likes: {names: x, unit: dozens}", "unit 'dozens'"),
    ):
        own.write_text(content)
        with pytest.raises(ConfigError, match=said):
            read(tmp_path / "a.csv", text, own=own)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; the first row names the columns"),
        (b"creator,time,likes\n", "there is no row below its heading"),
        (
            b"creator,time\na,2025-03-01\n",
            r"there is no column likes \(.*\) among: creator, time; name it with map=",
        ),
        (
            "creator,time,likes,点赞\na,2025-03-01,1,2\n".encode(),
            "several columns hold likes: likes, 点赞; say which",
        ),
        (b"creator,time,likes\na,2031-01-01,1\nb,2025-01-01,x\n", "only 0 of 2 rows can be used"),
        (b"\xff\xfe\x00\x01", "neither UTF-8 nor GB 18030"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    tmp_path: Path,
    content: bytes,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path / "a.csv", content)
    monkeypatch.chdir(tmp_path)
    assert main(["data", "import", "notes", "a.csv", "lang=en"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "seedbed-data").exists()


def test_ids_are_hashed_and_one_file_joins_them_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.csv").write_text("creator,time,likes\n小鹿,2025-03-01,1\n阿周,2025-03-02,2\n", "utf-8")
    Path("c.csv").write_text("name,fans\n小鹿,500\n", "utf-8")
    assert (
        main(["data", "import", "notes", "n.csv"]) == 0 and main(["data", "import", "creators", "c.csv"]) == 0
    )
    store = DataStore(Path("seedbed-data"))
    notes, creators = store.frame("notes"), store.frame("creators")
    assert notes is not None and creators is not None
    assert notes["creator"][0] == creators["creator"][0] != notes["creator"][1]
    assert all(len(code) == 16 and int(code, 16) >= 0 for code in notes["creator"])
    kept = b"".join(path.read_bytes() for path in Path("seedbed-data").iterdir())
    assert "小鹿".encode() not in kept
    key = Path("seedbed-data.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert main(["data", "names", "notes", "back.csv"]) == 0
    assert pd.read_csv("back.csv")["creator"].tolist() == ["小鹿", "阿周"]
    # another key gives other ids, and data of two keys never mix
    assert main(["data", "import", "notes", "n.csv", "out=other"]) == 0
    other = DataStore(Path("other")).frame("notes")
    assert other is not None and set(other["creator"]).isdisjoint(notes["creator"])
    with pytest.raises(DataError, match="another key"):
        store.write(
            read_table(NOTES, [Path("n.csv")]), [Path("n.csv")], KeyFile.open(Path("third.key"), make=True)
        )
    with pytest.raises(DataError, match="is not the key"):
        store.named("notes", KeyFile.open(Path("other.key"), make=False))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", [kind.key for kind in SHEETS if kind.key != "creators"])
def test_a_blank_sheet_is_one_that_can_be_imported_once_filled_in(
    tmp_path: Path, kind: str, lang: str
) -> None:
    from openpyxl import load_workbook

    path = tmp_path / f"{kind}.xlsx"
    assert main(["template", kind, str(path), f"lang={lang}"]) == 0
    book = load_workbook(path)
    example: list[Any] = [field.example for field in sheet_kind(kind).fields]
    book.worksheets[0].append(example)
    book.save(path)
    found = read_table(sheet_kind(kind), [path])
    assert len(found.frame) == 1 and not found.lost and not found.blank and not found.unused


def test_real_exports_can_be_imported(data_folder: Path) -> None:
    folder = data_folder / "observed"
    notes = read_table(NOTES, [folder / "koc_notes.csv.gz"])
    assert len(notes.frame) == 16_005 and notes.frame["creator"].nunique() == 107
    creators = read_table(sheet_kind("creators"), [folder / "koc_creators.csv"])
    assert len(creators.frame) == 101
    assert creators.blank[0][:3] == (36, "price_image", "'找不到' is not a number")
    assert 0.0 < creators.frame["active_share"].median() < 1.0
    orders = read_table(sheet_kind("orders"), [folder / "purchases.txt.gz"])
    assert len(orders.frame) == 69_659 and orders.frame["customer"].nunique() == 23_570
    cascades = read_table(sheet_kind("cascades"), [folder / "cascades.csv.gz"])
    assert cascades.frame["cascade"].nunique() == 3_333 and len(cascades.frame) == 10_504
