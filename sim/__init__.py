"""The world itself: people, notes, the follower graph, kernels, money and KPIs.

Nothing here knows of scenarios or experiments; both are built on top of this package. The package
module itself imports nothing, so that `import sim` is free and the parts are loaded by name.
"""
