"""`python -m experiments` is the `seedbed` command, for those who have not installed the script."""

import sys

from experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
