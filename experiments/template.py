"""`seedbed template`: blank sheets to fill in with data of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from experiments.data.schema import SHEETS as KINDS
from experiments.data.schema import SheetKind
from experiments.figures import Lang
from experiments.folder import file_whole
from experiments.options import Options
from experiments.tables import show
from scenarios.creators import write_template
from scenarios.records import unknown
from scenarios.sheets import Rule, write_blank
from sim.errors import ConfigError


def blank(kind: SheetKind, path: Path, lang: str) -> None:
    """Write a blank sheet of a kind that `seedbed data import` reads."""
    rules = [
        Rule(place, "list", field.words)
        if field.words
        else Rule(place, "share" if field.kind == "share" else "number")
        for place, field in enumerate(kind.fields)
        if field.kind not in ("id", "date")
    ]
    columns = [field.column for field in kind.fields]
    write_blank(path, lang, kind.zh if lang == "zh" else kind.key, columns, rules)


PICK = "seedbed pick --creators {file} --budget 500000"
SHEETS: dict[str, tuple[Callable[[Path, str], None], str]] = {
    kind.key: (partial(blank, kind), f"seedbed data import {kind.key} {{file}}") for kind in KINDS
} | {"creators": (write_template, PICK)}
"""What there is a blank sheet for: what writes it, and the command that reads it once it is filled in."""

TEXT = {
    "en": {
        "written": "A blank sheet is in {file}; then: {next}",
        "there": "{file} is there already; name another file, since it may hold your data",
        "usage": "template needs the name of a sheet: {names}",
    },
    "zh": {
        "written": "空白表格已写入 {file}；填好后运行：{next}",
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
    write, then = SHEETS[given[0]]
    target = Path(given[1] if len(given) > 1 else f"{given[0]}.xlsx")
    if target.exists():
        raise ConfigError(TEXT[lang]["there"].format(file=target))
    with file_whole(target) as place:
        write(place, lang)
    show(TEXT[lang]["written"].format(file=target, next=then.format(file=target)))
    return 0
