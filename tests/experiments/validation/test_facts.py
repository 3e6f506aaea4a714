"""The tables of facts, and that no fit can read what is meant to validate."""

from __future__ import annotations

import math

import pytest

from experiments.validation.facts import EVIDENCE, ROLES, bands, facts, fittable
from sim.errors import ConfigError


def test_every_row_has_a_role_and_an_evidence_that_are_known() -> None:
    known = facts()
    assert len(known) == 88 + 13 + 27
    assert all(
        f.role in ROLES and f.evidence in EVIDENCE and f.source
        for f in known.values()
        if f.key != "G2" and f.key != "G3"
    )
    assert sum(f.role == "validation" and f.evidence == "strong" for f in known.values()) == 21


def test_bands_hold_what_was_observed() -> None:
    for parts in bands().values():
        for band in parts:
            assert math.isnan(band.low) or band.low <= band.observed <= band.high


def test_a_fit_that_reads_a_validation_row_fails() -> None:
    assert [f.key for f in fittable(["O1", "R5"])] == ["O1", "R5"]
    for key in ("O4", "N1", "H1", "E13"):
        with pytest.raises(ConfigError, match=f"{key} has the role"):
            fittable(["O1", key])
