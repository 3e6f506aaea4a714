"""Runs, studies, comparisons, reports and the command line.

This module imports nothing: `seedbed --help` passes through it and must answer at once.
"""
