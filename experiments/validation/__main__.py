"""``python -m experiments.validation [tier]`` plays the shipped default and stores what it shows, for docs and reports."""

import sys

from experiments.validation.judge import record
from experiments.validation.pages import STORED
from experiments.validation.verb import run, tier, write

if __name__ == "__main__":
    stages = tier(sys.argv[1] if len(sys.argv) > 1 else "full")
    results, about = run(stages)
    write(STORED, record(results, about))
