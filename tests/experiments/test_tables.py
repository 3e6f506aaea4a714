"""Tables off a terminal: whole, plain, and aligned also with Chinese characters."""

from __future__ import annotations

import io

from rich.cells import cell_len
from rich.text import Text

from experiments.tables import show, table, verdict


def test_a_piped_table_is_plain_and_nothing_is_cut() -> None:
    out = io.StringIO()
    long = "x" * 300
    rows = [("商品交易总额", Text("¥1.2亿"), verdict("better", "变好")), (long, "¥3", "")]
    show(
        table([("指标", "left"), ("value", "right"), ("verdict", "left")], rows),
        "word " * 100,
        file=out,
    )
    text = out.getvalue()
    assert long in text
    assert "…" not in text
    assert "\x1b" not in text
    assert "word word" in text
    assert len([line for line in text.splitlines() if "word" in line]) == 1
    ends = [
        cell_len(text[text.rindex("\n", 0, end) : end])
        for end in (text.index("亿") + 1, text.index("¥3") + 2)
    ]
    assert ends[0] == ends[1]
    assert all(line == line.rstrip() for line in text.splitlines())
