"""The report of a study: one self-contained HTML file that answers what a decision needs."""
