"""Figures of an operator's own work, which no phase can count: a plan reports them through its desk."""

from __future__ import annotations

PLAN_FIGURES = {
    "launches": "actions that began",
    "launch_delay": "days by which they were late",
    "adjustments": "rules that acted",
    "adjustment_delay": "days from what they acted upon",
    "detections": "crises that were noticed",
    "detection_delay": "days that took",
    "execution": "mean execution of the actions that are on",
}
"""What a plan may report of its operator's work, by `sim.levers.Desk.record`."""
UNSEEN = {"execution"}
"""Figures of a plan that are unknown, rather than nothing, on a day on which it says nothing."""
