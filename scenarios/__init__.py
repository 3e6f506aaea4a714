"""What changes the world: levers, actions, plans, shocks, segments and calendars.

Built on `sim` alone; `experiments` is built on this package.
"""
