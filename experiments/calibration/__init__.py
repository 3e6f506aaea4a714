"""Calibration: named mechanisms to targets by simulated moments, with intervals and what the targets cannot tell."""
