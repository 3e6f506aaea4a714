"""Segments find whom they describe, among members only; no text can run code, crash or ask for what is
hidden.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.expressions import MAX_LENGTH
from scenarios.segments import COLUMNS, Look, SegmentBook, counted, evaluate
from sim.errors import ConfigError
from sim.state import schema as s
from tests.scenarios.desk import LIBRARY, World

WORLD = World()
DESK = WORLD.desk()
BOOK = SegmentBook.of(LIBRARY)
HERE = (WORLD.state.members["flags"] & s.ON_PLATFORM) > 0


def people(text: str) -> np.ndarray:
    return evaluate(BOOK.find(text), DESK)


def test_segments_find_those_on_the_platform() -> None:
    members, profiles = WORLD.state.members, WORLD.state.profiles
    beauty = members["interest"][:, 0] / 255.0
    expected = HERE & (members["tier"] == s.KOC) & (beauty > 0.05)
    assert np.array_equal(people("kocs and interest.beauty > 0.05"), expected)
    assert np.array_equal(
        people("tier in [koc, top] and not orders >= 1"),
        HERE & (members["tier"] >= 2) & (profiles["orders"] == 0),
    )
    assert np.array_equal(people("stage == churn_warning"), people("流失预警用户"))
    assert np.array_equal(people("用户分层 >= KOC"), people("tier >= koc"))
    assert np.array_equal(people("active < tier"), people("tier > active"))
    assert np.array_equal(people("1 <= orders <= 2"), HERE & np.isin(profiles["orders"], [1, 2]))
    assert np.array_equal(people("orders / 2 + 1 > 1.4"), people("buyers"))
    assert not people("tier == koc")[~HERE].any()


@given(
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(0, 255),
    st.floats(-0.01, 0.01),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_interests_are_compared_as_the_numbers_that_their_bytes_stand_for(
    operator: str, level: int, off: float, exact: bool
) -> None:
    number = level / 255 + (0.0 if exact else off)
    beauty = WORLD.state.members["interest"][:, 0] / 255.0
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
    compare = {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "==": np.equal,
        "!=": np.not_equal,
    }
    expected = HERE & compare[operator](beauty, number)
    assert np.array_equal(people(f"interest.beauty {operator} {number!r}"), expected)
    assert np.array_equal(people(f"{number!r} {mirrored} interest.beauty"), expected)
    assert np.array_equal(people(f"interest.beauty + 0 {operator} {number!r}"), expected)


def test_followers_are_asked_for_in_real_units() -> None:
    heads = people("followers >= 500000")
    rows = WORLD.state.creators["member"][WORLD.state.creators["followers"] >= 250]
    assert set(np.flatnonzero(heads)) == set(rows[HERE[rows]])


def test_days_of_visit_come_from_the_bits() -> None:
    bits = WORLD.state.profiles["active_days"]
    look = Look(DESK)
    assert look.column("active_days", (7.0,))[3] == bin(int(bits[3]) & 127).count("1")
    assert look.column("days_away", ())[3] == (int(bits[3]) & -int(bits[3])).bit_length() - 1


def test_a_random_share_is_nested_and_the_same_every_time() -> None:
    small, large = people("random_share(0.1)"), people("random_share(0.3)")
    assert not (small & ~large).any()
    assert small.sum() == pytest.approx(0.1 * HERE.sum(), rel=0.3)
    assert np.array_equal(small, evaluate(BOOK.find("random_share(0.1)"), World().desk()))


def test_few_people_warn_and_nobody_is_an_error() -> None:
    _, warning = counted(BOOK.find("tier == koc and orders >= 3"), DESK, "plan.actions.a")
    assert "below 50" in warning
    with pytest.raises(ConfigError, match="nobody belongs"):
        counted(BOOK.find("orders > 1000"), DESK, "plan.actions.a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("price_sensitiv", "did you mean price_sensitive"),
        ("tir == koc", "did you mean tier"),
        ("tier == kok", "did you mean koc"),
        ("interest.beuty > 0.3", "did you mean interest.beauty"),
        ("actve_days(7) > 3", "did you mean active_days"),
        ("active_days(99) > 3", "from 1 to 32"),
        ("trust > 0.5", "unknown"),
        ("profiles.trust > 0.5", "unknown"),
        ("tier", "without a comparison"),
        ("tier + 1 > 2", "no number"),
        ("orders ** 9 > 2", r"permitted are \+ - \* /"),
        ("__import__('os').system('true')", "not|no condition"),
        ("orders > 0 or (lambda: 1)()", "no condition"),
        ("[x for x in orders]", "no condition"),
        ("orders.__class__ == 1", "unknown"),
        ("orders > 'a'", "not a number"),
        ("orders > 1e400", "not a number"),
        ("orders >", "no condition"),
        ("", "no condition"),
        ("orders > 0 and " * 80 + "orders > 0", "longer than"),
        ("not " * 200 + "author", "nested deeper"),
    ],
)
def test_what_is_not_of_the_language_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        BOOK.find(text, "plan.actions.a.segment")


def test_segments_may_not_go_in_circles_or_grow_without_end() -> None:
    circle = {"a": {"en": "A", "zh": "甲", "who": "b"}, "b": {"en": "B", "zh": "乙", "who": "not a"}}
    with pytest.raises(ConfigError, match="circle"):
        SegmentBook(circle).find("a")
    chain = {f"s{i}": {"en": f"e{i}", "zh": f"z{i}", "who": f"s{i + 1} and s{i + 1}"} for i in range(20)}
    chain["s20"] = {"en": "e", "zh": "z", "who": "author"}
    with pytest.raises(ConfigError, match=r"more than|deeper"):
        SegmentBook(chain).find("s0")


SIGNS = "and or not in ( ) [ ] , == < >= + - * ** . koc ' \" 0.3 1e9 0 lambda : if else exec __class__ = None"
WORDS = st.sampled_from([*COLUMNS, *BOOK.files, *SIGNS.split()])


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join), st.binary(max_size=40).map(repr)
    )
)
def test_no_text_does_anything_but_describe_people(text: str) -> None:
    try:
        segment = BOOK.find(text, "here")
    except ConfigError as problem:
        assert str(problem)
    else:
        assert evaluate(segment, DESK).dtype == bool


@given(st.text("()[]{}-+~not ", min_size=1, max_size=MAX_LENGTH))
def test_brackets_and_signs_do_not_crash_the_parser(text: str) -> None:
    with pytest.raises(ConfigError):
        BOOK.find(text, "here")
