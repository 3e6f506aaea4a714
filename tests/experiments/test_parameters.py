"""The page of parameters says all that the configuration has, and no better than its sources."""

from __future__ import annotations

from dataclasses import fields

import pytest

from experiments.parameters import evidence_of, parameters
from sim.platform import PlatformConfig


def test_every_level_of_the_platform_is_listed_with_unit_source_and_evidence() -> None:
    listed = {row.key: row for row in parameters() if row.file == "platform/xiaohongshu.yaml"}
    assert {field.name for field in fields(PlatformConfig) if field.type == "float"} <= set(listed)
    assert all(row.unit and row.source and row.evidence for row in listed.values())


@pytest.mark.parametrize(
    ("source", "evidence"),
    [
        ("E4 (weak): 0.70 to 0.80; E5", "weak"),
        ("R5 (medium), R2 (weak)", "weak"),
        ("N3 (strong) gives 122; 15 is an assumption", "assumption"),
        ("median in 8-15k: H19 (S1)", "documents"),
        ("where results go", "setting"),
    ],
)
def test_a_parameter_rests_on_the_weakest_evidence_it_names(source: str, evidence: str) -> None:
    assert evidence_of(source) == evidence
