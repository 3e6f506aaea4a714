"""Levers for which data is not enough, a module each; every module of this folder is found by itself."""
