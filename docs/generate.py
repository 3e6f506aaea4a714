"""Renew what the code says in these pages: `make docs`; with `--check`, only name what is not current.

Some pages come from the code as a whole. In others a part does, between `<!-- NAME: generated -->` and
`<!-- NAME: end -->`, and the rest is written by hand. Two tables below say which function writes what.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).parent

WHOLE = {
    "cli.md": "experiments.cli_page:cli_markdown",
    "kpis.md": "sim.kpis:kpis_markdown",
    "levers.md": "scenarios.catalogue:levers_markdown",
    "validation.md": "experiments.validation.pages:validation_markdown",
}
"""Page -> the function, without arguments, that returns its text."""

PARTS = {
    "sheets": "experiments.data.schema:sheets_markdown",
    "parameters": "experiments.parameters:parameters_markdown",
    "streams": "sim.streams:streams_markdown",
    "phases": "sim.phases:phases_markdown",
    "tables": "sim.state.schema:tables_markdown",
}
"""Name of a generated part -> the function, without arguments, that returns its text."""

PART = re.compile(
    r"(?P<head><!-- (?P<name>[\w-]+): generated -->\n)(?P<body>.*?)(?P<end><!-- (?P=name): end -->)",
    re.DOTALL,
)


def text_of(source: str) -> str:
    """What the function ``module:name`` says."""
    module, function = source.split(":")
    text: str = getattr(import_module(module), function)()
    return text.strip()


def renewed(page: str) -> str:
    """The text of a page with its generated parts as they should be now.

    Raises
    ------
    KeyError
        If the page has a part that `PARTS` does not list.
    """
    return PART.sub(lambda part: f"{part['head']}\n{text_of(PARTS[part['name']])}\n\n{part['end']}", page)


def main(arguments: list[str] | None = None) -> int:
    """Renew or check all pages; 1 if a check finds a page that is not current, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing and name the pages that would move"
    )
    check = parser.parse_args(arguments).check
    new = {DOCS / name: text_of(source) + "\n" for name, source in WHOLE.items()}
    for path in sorted(DOCS.rglob("*.md")):
        new.setdefault(path, renewed(path.read_text(encoding="utf-8")))
    moved = [
        path for path, text in new.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    state = "is not current: run make docs" if check else "renewed"
    for path in moved:
        print(f"docs/{path.relative_to(DOCS).as_posix()} {state}")
        if not check:
            path.write_text(new[path], encoding="utf-8")
    return 1 if check and moved else 0


if __name__ == "__main__":
    sys.exit(main())
