"""The page of commands, `docs/cli.md`: verbs in their groups, and the options of each."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.cli import GROUPS, TEXT, VERBS
from experiments.verb_options import COMMON, OPTIONS, VerbOption


def cli_markdown() -> str:
    """The verbs as a Markdown page, a table a group, in both languages."""
    text = TEXT["en"]
    lines = [
        "# Commands",
        "",
        "Generated from `experiments/cli.py` and `experiments/verb_options.py`; do not edit. A line is",
        "`seedbed VERB [key=value ...]`: the first word is the verb, the others choose and override. Verbs that compose a world",
        "take any key of the configuration; `seedbed run --cfg job` prints them all. `seedbed VERB --help` explains a verb and",
        "its options.",
        f"{text['hydra']}",
        "Exit codes: 0; 2 for what you can put right, said in one sentence; 130 for an interrupt; 1 for an error of ours.",
    ]
    for group, names in GROUPS.items():
        lines += ["", f"## {' '.join(names)}", "", "| verb | does | 用途 | example |", "|---|---|---|---|"]
        for verb in VERBS:
            if verb.group == group:
                lines.append(f"| `{verb.name}` | {verb.en} | {verb.zh} | `{verb.example}` |")
    lines += [
        "",
        "## Options 选项",
        "",
        "What a value is where none is given stands behind the semicolon. Of every verb:",
    ]
    lines += _options_markdown(COMMON)
    for verb in VERBS:
        if OPTIONS[verb.name]:
            lines += ["", f"### {verb.name}", *_options_markdown(OPTIONS[verb.name])]
    return "\n".join(lines) + "\n"


def _options_markdown(options: Sequence[VerbOption]) -> list[str]:
    rows = [
        f"| `{option.written}` | {option.en} | {option.zh} |".replace(
            option.written, option.written.replace("|", "\\|")
        )
        for option in options
    ]
    return ["", "| option | what it is | 说明 |", "|---|---|---|", *rows]
