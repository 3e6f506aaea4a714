"""`seedbed data`: import one's own sheets, list what is there, join names back, and turn statistics into targets.

Nothing leaves the machine: no part of this opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.data.read import read_table
from experiments.data.schema import SHEETS, sheet_kind
from experiments.data.store import FOLDER, DataStore, KeyFile, key_path
from experiments.data.words import TEXT
from experiments.figures import Lang
from experiments.folder import file_whole
from experiments.options import Options, setting
from experiments.tables import Side, show, table
from scenarios.records import unknown
from sim.errors import ConfigError, DataError

WORDS = ("map", "out", "key", "lang")
SHOWN = 10
"""Rows whose reason is printed; a file has all."""


def data(words: Sequence[str], lang: Lang) -> int:
    """Do what the first word says."""
    options = Options.read(words)
    for word in options.overrides:
        name = word.partition("=")[0]
        if name not in WORDS:
            raise unknown("option", name, WORDS)
    todo = options.words[0] if options.words else ""
    if not todo:
        raise ConfigError(TEXT[lang]["usage"].format(kinds=", ".join(k.key for k in SHEETS)))
    if todo not in _TASKS:
        raise unknown("data", todo, _TASKS)
    return _TASKS[todo](options, options.words[1:], lang)


def _store(options: Options) -> DataStore:
    return DataStore(Path(setting(options, "out", FOLDER)))


def _key(options: Options, store: DataStore, make: bool) -> KeyFile:
    given = setting(options, "key", "")
    return KeyFile.open(Path(given) if given else key_path(store.path), make)


def _import(options: Options, words: Sequence[str], lang: Lang) -> int:
    text = TEXT[lang]
    if len(words) < 2:
        raise ConfigError(text["usage"].format(kinds=", ".join(k.key for k in SHEETS)))
    kind = sheet_kind(words[0])
    store = _store(options)
    own = setting(options, "map", "")
    paths = [Path(word) for word in words[1:]]
    found = read_table(kind, paths, Path(own) if own else None)
    key = _key(options, store, make=True)
    left_out = store.write(found, paths, key)
    lines = [
        text["kept"].format(
            kind=kind.zh if lang == "zh" else kind.en,
            kept=f"{len(found.frame):,}",
            rows=f"{found.rows:,}",
            store=store.path,
        )
    ]
    for name, problems in (("lost", found.lost), ("blank", found.blank)):
        if problems:
            lines.append(text[name].format(count=f"{len(problems):,}"))
            for row, column, english, chinese in problems[:SHOWN]:
                what = f"{column} {chinese if lang == 'zh' else english}".strip()
                lines.append(text["row"].format(row=row, what=what))
            if len(problems) > SHOWN:
                lines.append(text["more"].format(count=f"{len(problems) - SHOWN:,}", file=left_out))
    lines += [remark[lang == "zh"] for remark in found.remarks]
    if found.unused:
        lines.append(text["unused"].format(names=", ".join(found.unused)))
    if any(field.kind == "id" for field in kind.fields):
        lines.append(text["key"].format(file=key.path))
    show(*lines)
    return 0


def _show(options: Options, words: Sequence[str], lang: Lang) -> int:
    text = TEXT[lang]
    store = _store(options)
    rows = []
    for kind in store.kinds:
        sheet = store.manifest["sheets"][kind.key]
        sources = ", ".join(source["name"] for source in sheet["sources"])
        name = f"{kind.key} {kind.zh}" if lang == "zh" else kind.key
        rows.append(
            [name, f"{sheet['rows']:,}", sheet["first"], sheet["last"], f"{sheet['left_out']:,}", sources]
        )
    if not rows:
        show(text["none"].format(store=store.path))
        return 0
    sides: list[Side] = ["left", "right", "left", "left", "right", "left"]
    show(table(list(zip(text["head"], sides, strict=True)), rows))
    return 0


def _names(options: Options, words: Sequence[str], lang: Lang) -> int:
    if len(words) != 2:
        raise ConfigError(TEXT[lang]["usage"].format(kinds=", ".join(k.key for k in SHEETS)))
    store = _store(options)
    target = Path(words[1])
    frame = store.named(sheet_kind(words[0]).key, _key(options, store, make=False))
    with file_whole(target) as place:
        frame.to_csv(place, index=False, encoding="utf-8-sig")
        place.chmod(0o600)
    show(TEXT[lang]["names"].format(rows=f"{len(frame):,}", file=target))
    return 0


def _targets(options: Options, words: Sequence[str], lang: Lang) -> int:
    from experiments.data.targets import statistics_of, write_targets

    text = TEXT[lang]
    if len(words) != 1 or not words[0].endswith((".yaml", ".yml")):
        raise ConfigError(text["usage"].format(kinds=", ".join(k.key for k in SHEETS)))
    store = _store(options)
    found = statistics_of(store)
    if not found:
        raise DataError(text["nothing"].format(store=store.path))
    write_targets(Path(words[0]), store, found)
    rows = [
        [one.statistic.zh if lang == "zh" else one.statistic.en, f"{one.value:.4g}", f"{one.sd:.2g}",
         f"{one.statistic.sheet} ({one.rows:,})"]
        for one in found
    ]  # fmt: skip
    sides: list[Side] = ["left", "right", "right", "left"]
    show(
        table(list(zip(text["measured"], sides, strict=True)), rows),
        text["targets"].format(count=len(found), file=words[0]),
    )
    return 0


_TASKS: dict[str, Callable[[Options, Sequence[str], Lang], int]] = {
    "import": _import,
    "show": _show,
    "names": _names,
    "targets": _targets,
}
