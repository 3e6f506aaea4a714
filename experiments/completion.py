"""Completion in the shell: verbs here, keys and names through Hydra's own completion for bash, fish and zsh.

Hydra's scripts call ``seedbed -sc query=SHELL`` with the line in the environment and know one application
without verbs; so the verb is taken out of the line before Hydra sees it.
"""

from __future__ import annotations

import os

from experiments.cli import VERBS

LINE = "COMP_LINE"


def complete(words: list[str]) -> int:
    """Answer a completion query, or print the script that installs or removes completion.

    Parameters
    ----------
    words
        The command's words: ``-sc`` and ``query=bash``, ``install=bash`` or ``uninstall=bash``.
    """
    asked = words[1].partition("=")[0] if len(words) > 1 else ""
    line = os.environ.get(LINE, "").split(" ")
    typed = [word for word in line[1:] if word]
    finished = typed if line[-1] == "" else typed[:-1]
    if asked == "query" and not finished:
        start = typed[-1] if typed else ""
        print(" ".join(v.name for v in VERBS if v.name.startswith(start)))
        return 0
    if asked == "query" and finished[0] in {v.name for v in VERBS}:
        at = line.index(finished[0], 1)
        os.environ[LINE] = " ".join([*line[:at], *line[at + 1 :]])
    from experiments.run import hydra_application

    return hydra_application(words)
