"""Is it true? Facts that nobody here made, the statistics that show them, and the checks of a run against them."""
