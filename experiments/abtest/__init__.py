"""Experiments inside the world: what an A/B test of a plan would have said, beside what the plan really does."""
