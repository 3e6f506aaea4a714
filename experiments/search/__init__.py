"""Which settings matter, and which are best: sensitivity of a plan's effect, and search over plans.

Needs the extra ``search`` (``pip install "seedbed[search]"``).
"""
