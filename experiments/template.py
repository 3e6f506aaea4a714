"""`seedbed template`: blank sheets to fill in with data of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.figures import Lang
from experiments.folder import file_whole
from experiments.options import Options
from experiments.tables import show
from scenarios.creators import write_template
from scenarios.records import unknown
from sim.errors import ConfigError

SHEETS: dict[str, tuple[str, Callable[[Path, str], None]]] = {"creators": ("creators.xlsx", write_template)}
"""What there is a blank sheet for: its usual file name, and what writes it."""

TEXT = {
    "en": {
        "written": "A blank sheet is in {file}; then: seedbed pick --creators {file} --budget 500000",
        "there": "{file} is there already; name another file, since it may hold your data",
        "usage": "template needs the name of a sheet: {names}",
    },
    "zh": {
        "written": "空白表格已写入 {file}；填好后运行：seedbed pick --creators {file} --budget 500000",
        "there": "{file} 已存在，可能含有你的数据；请换一个文件名",
        "usage": "template 需要表格名称：{names}",
    },
}


def template(words: Sequence[str], lang: Lang) -> int:
    """Write a blank sheet; gives the exit code."""
    given = Options.read(words).words
    if not 1 <= len(given) <= 2:
        raise ConfigError(TEXT[lang]["usage"].format(names=", ".join(SHEETS)))
    if given[0] not in SHEETS:
        raise unknown("template", given[0], SHEETS)
    usual, write = SHEETS[given[0]]
    target = Path(given[1] if len(given) > 1 else usual)
    if target.exists():
        raise ConfigError(TEXT[lang]["there"].format(file=target))
    with file_whole(target) as place:
        write(place, lang)
    show(TEXT[lang]["written"].format(file=target))
    return 0
