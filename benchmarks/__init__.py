"""Speed and memory, against the machine's own limit; figures with machine and date stand in `README.md`."""
