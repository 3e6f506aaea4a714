"""Addressed randomness: the published generator, one value an address, and samplers with the right laws."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

import sim.randomness as randomness
from sim import streams
from sim._numba import njit
from sim.randomness import (
    NEVER,
    S_ATTEND,
    S_REACT,
    S_TASTE,
    STREAMS,
    bernoulli,
    binomial,
    block,
    blocks,
    categorical,
    derive_seed,
    exponential,
    geometric,
    lognormal,
    normal,
    philox,
    poisson,
    streams_markdown,
    subkey,
    uniform,
    uniform53,
    uniforms,
)

DOCS = Path(__file__).parents[2] / "docs"
WORD = st.integers(0, 2**32 - 1)
SEED = st.integers(0, 2**64 - 1)
TOP = 2**32 - 1

# ------------------------------------------------------------------------------------------ the generator


def philox_in_words(key: tuple[int, int], counter: tuple[int, ...]) -> tuple[int, ...]:
    """The published recurrence, in plain integers."""
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        left, right = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = right >> 32 ^ c1 ^ k0, right & TOP, left >> 32 ^ c3 ^ k1, left & TOP
        k0, k1 = k0 + 0x9E3779B9 & TOP, k1 + 0xBB67AE85 & TOP
    return c0, c1, c2, c3


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((TOP, TOP), (TOP, TOP, TOP, TOP), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_known_answers_of_random123(key, counter, words):
    assert philox(*key, *counter) == words
    assert philox_in_words(key, counter) == words


@given(SEED, st.integers(0, 255), WORD, WORD, WORD, st.integers(0, 2**24 - 1))
def test_an_address_is_laid_out_as_documented(seed, stream, a, b, c, n):
    key, counter = (seed & TOP, seed >> 32), (a, b, c, stream << 24 | n)
    assert block(seed, stream, a, b, c, n) == philox_in_words(key, counter)


def test_the_type_of_an_argument_does_not_matter():
    plain = block(5, S_ATTEND, 7, 8, 9, 0)
    assert (
        block(np.uint64(5), np.uint8(S_ATTEND), np.uint32(7), np.int32(8), np.uint64(9), np.int64(0)) == plain
    )
    assert block(5, S_ATTEND, 7, 8, 9) == plain
    assert block(5, S_ATTEND, 7 + 2**32, 8 - 2**32, 9, 2**24) == plain  # only the low bits count
    assert all(type(word) is int for word in plain)
    assert len(block.signatures) == 2  # nothing was compiled for the other types


@given(SEED, st.lists(WORD, min_size=1, max_size=5), WORD)
def test_arrays_of_draws_are_the_single_draws(seed, members, day):
    words = blocks(seed, S_REACT, members, day, 3, n=2)
    assert words.dtype == np.uint32
    assert words.tolist() == [list(block(seed, S_REACT, member, day, 3, 2)) for member in members]
    assert uniforms(seed, S_REACT, np.array(members, np.uint32), day, 3, 2).tolist() == [
        uniform(w0) for w0, _, _, _ in words.tolist()
    ]


def test_keys_of_arrays_are_checked():
    assert blocks(1, 2, []).shape == (0, 4)
    assert blocks(1, 2, 3).shape == (1, 4)
    ids = np.arange(6, dtype=np.uint32)
    ids.flags.writeable = False
    assert np.array_equal(blocks(1, 2, ids[::2]), blocks(1, 2, [0, 2, 4]))
    with pytest.raises(ValueError, match="2\\*\\*32"):
        blocks(1, 2, [-1])
    with pytest.raises(ValueError, match="2\\*\\*32"):
        blocks(1, 2, [2**32])
    with pytest.raises(TypeError, match="integers"):
        blocks(1, 2, [0.5])
    with pytest.raises(ValueError, match="shape"):
        blocks(1, 2, [[1]])
    with pytest.raises(ValueError):
        blocks(1, 2, [1, 2], [1, 2, 3])


# ------------------------------------------------------------------------------------------- the register


def test_every_stream_has_a_number_of_its_own():
    ids = [stream.id for stream in STREAMS.values()]
    assert len(set(ids)) == len(ids)
    assert all(0 <= number < 256 for number in ids)
    constants = {name: value for name, value in vars(randomness).items() if name.startswith("S_")}
    assert constants == {f"S_{name}": stream.id for name, stream in STREAMS.items()}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ((STREAMS["ATTEND"].id, "NEW", "member", ""), "already registered as ATTEND"),
        ((255, "ATTEND", "member", ""), "already registered as ATTEND"),
        ((256, "NEW", "member", ""), "outside 0 to 255"),
        ((255, "NEW", "a, b, c, d", ""), "at most three words"),
    ],
)
def test_a_wrong_row_is_refused(row, complaint):
    with pytest.raises(ValueError, match=complaint):
        streams._stream(*row)
    assert "NEW" not in STREAMS


def test_the_page_lists_the_streams_as_they_are():
    page = (DOCS / "randomness.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- streams: generated -->\n\n(.*?)\n<!-- streams: end -->", page, re.DOTALL)
    assert table == streams_markdown(), "docs/randomness.md is not current: run make docs"


# ------------------------------------------------------------------------------------------- independence


@given(SEED, WORD, st.integers(0, 2**31), st.integers(0, 2000), st.integers(0, 255), st.integers(0, 4))
def test_neighbouring_addresses_are_unrelated(seed, c, member, day, stream, which):
    """Equal draws among 128 bits would come by chance once in 2**128; close ones show a weak generator."""
    here = [seed, stream, member, day, c]
    there = [value + (position == which) for position, value in enumerate(here)]
    there[0] %= 2**64
    there[1] %= 256
    assert block(*here) == block(*here)
    differing = sum((a ^ b).bit_count() for a, b in zip(block(*here), block(*there), strict=True))
    assert 24 <= differing <= 104  # 64 +- 7 standard deviations


def test_each_bit_of_an_address_turns_half_of_the_bits():
    trials = 400
    sources = np.random.default_rng(0).integers(0, 2**32, (trials, 3), dtype=np.uint32)
    base = blocks(9, 40, *sources.T)
    shares = [
        np.bitwise_count(base ^ blocks(9 ^ seed_bit, 40 ^ stream_bit, *(sources ^ key_bits).T, n_bit)).mean()
        / 32
        for seed_bit, stream_bit, key_bits, n_bit in one_bit_changes()
    ]
    assert len(shares) == 64 + 8 + 96 + 24
    # 51,200 bits each: standard deviation 0.0022, and the largest of 192 stays below five of them.
    assert np.max(np.abs(np.array(shares) - 0.5)) < 0.011


def one_bit_changes():
    """Masks (seed, stream, (a, b, c), n) that each turn one bit of the address."""
    none = np.zeros(3, np.uint32)
    for bit in range(64):
        yield 1 << bit, 0, none, 0
    for bit in range(8):
        yield 0, 1 << bit, none, 0
    for word in range(3):
        for bit in range(32):
            mask = none.copy()
            mask[word] = 1 << bit
            yield 0, 0, mask, 0
    for bit in range(24):
        yield 0, 0, none, 1 << bit


PAIRS = {
    "streams": lambda ids: (blocks(1, 40, ids, 5), blocks(1, 41, ids, 5)),
    "ids": lambda ids: (blocks(1, 40, ids, 5), blocks(1, 40, ids + 1, 5)),
    "days": lambda ids: (blocks(1, 40, ids, 5), blocks(1, 40, ids, 6)),
    "blocks": lambda ids: (blocks(1, 40, ids, 5, 0, 0), blocks(1, 40, ids, 5, 0, 1)),
    "seeds": lambda ids: (blocks(1, 40, ids, 5), blocks(2, 40, ids, 5)),
    "swapped keys": lambda ids: (blocks(1, 40, ids, 70000), blocks(1, 40, 70000, ids)),
    "words": lambda ids: (blocks(1, 40, ids, 5), np.roll(blocks(1, 40, ids, 5), 1, axis=1)),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_draws_are_independent_across(pair):
    size = 50_000
    x, y = PAIRS[pair](np.arange(size, dtype=np.uint32))
    correlations = [np.corrcoef(x[:, w], y[:, w])[0, 1] for w in range(4)]
    assert np.max(np.abs(correlations)) < 4.5 / math.sqrt(size)
    # The top three bits of both together, and the lowest three, fill their 64 cells evenly.
    for shift in (29, 0):
        cells = (x >> shift & 7) * 8 + (y >> shift & 7)
        counts = np.bincount(cells.ravel(), minlength=64)
        assert stats.chisquare(counts).pvalue > 1e-4


def test_no_two_addresses_share_a_block():
    ids = np.arange(5_000, dtype=np.uint32)
    words = [blocks(3, stream, ids, day) for stream in (40, 41, 43) for day in range(10)]
    wide = np.concatenate(words).view([("high", np.uint64), ("low", np.uint64)]).ravel()
    assert len(np.unique(wide)) == len(wide) == 150_000


def test_a_subkey_makes_room_for_a_fourth_word():
    keys = [subkey(1, S_TASTE, 0), subkey(1, S_TASTE, 1), subkey(1, S_REACT, 0), subkey(2, S_TASTE, 0)]
    assert len({*keys, 1, 2}) == 6
    assert len({block(key, S_TASTE, 7, 8, 9) for key in keys}) == 4
    w0, w1, _, _ = block(1, randomness.S_SUBKEY, 5, S_TASTE, 0)
    assert subkey(1, S_TASTE, 5) == w0 | w1 << 32


def test_derived_seeds_differ_by_value_order_and_number():
    seeds = [
        derive_seed(1), derive_seed(1, 0), derive_seed(1, 0, 0), derive_seed(1, 2, 3), derive_seed(1, 3, 2),
        derive_seed(2, 2, 3), derive_seed(1, 2**63), derive_seed(2**64 - 1, 0),
    ]  # fmt: skip
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert derive_seed(1, 2, 3) == derive_seed(np.int64(1), np.uint8(2), 3)
    for wrong in (-1, 2**64):
        with pytest.raises(ValueError, match="from 0 to"):
            derive_seed(1, wrong)
        with pytest.raises(ValueError, match="from 0 to"):
            derive_seed(wrong)


# ------------------------------------------------------------------------------------------------ samplers

SIZE = 4_000
WORDS: list[list[int]] = blocks(11, 40, np.arange(SIZE, dtype=np.uint32)).tolist()
PAIRS_OF_WORDS = [(w0, w1) for w0, w1, _, _ in WORDS]


@njit
def draws_in_compiled_code(seed, count, cumulative, out):
    """One of each sampler, by words that never leave compiled code."""
    for i in range(count):
        w0, w1, w2, w3 = block(seed, 40, np.uint32(i), 0, 0, 0)
        out[i, 0] = uniform(w0)
        out[i, 1] = uniform53(w0, w1)
        out[i, 2] = bernoulli(w0, 0.3)
        out[i, 3] = categorical(w0, cumulative)
        out[i, 4] = normal(w0, w1)
        out[i, 5] = lognormal(w2, w3, 1.0, 0.5)
        out[i, 6] = exponential(w3)
        out[i, 7] = geometric(w0, w1, 0.2)
        out[i, 8] = poisson(w0, w1, 7.5)
        out[i, 9] = binomial(w0, w1, 20, 0.7)


def test_compiled_and_called_from_python_are_the_same():
    cumulative = np.array([0.2, 0.2, 0.7, 1.0])
    compiled = np.empty((200, 10))
    draws_in_compiled_code(11, 200, cumulative, compiled)
    for row, (w0, w1, w2, w3) in zip(compiled.tolist(), WORDS, strict=False):
        assert row == [
            uniform(w0), uniform53(w0, w1), bernoulli(w0, 0.3), categorical(w0, cumulative), normal(w0, w1),
            lognormal(w2, w3, 1.0, 0.5), exponential(w3), geometric(w0, w1, 0.2), poisson(w0, w1, 7.5),
            binomial(w0, w1, 20, 0.7),
        ]  # fmt: skip


def test_uniform_numbers_stay_inside_the_open_interval():
    assert uniform(0) == 2.0**-33
    assert uniform(TOP) == 1.0 - 2.0**-33
    assert uniform53(0, 0) == 2.0**-53
    assert uniform53(TOP, TOP) == 1.0 - 2.0**-53
    assert uniform53(TOP, 0) > uniform53(TOP - 1, TOP)


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (lambda w: uniform(w[0]), stats.uniform),
        (lambda w: uniform53(w[0], w[1]), stats.uniform),
        (lambda w: normal(w[0], w[1]), stats.norm),
        (lambda w: lognormal(w[2], w[3], 1.0, 0.5), stats.lognorm(0.5, scale=math.e)),
        (lambda w: exponential(w[2]), stats.expon),
    ],
    ids=["uniform", "uniform53", "normal", "lognormal", "exponential"],
)
def test_continuous_draws_follow_their_law(draw, law):
    assert stats.kstest([draw(w) for w in WORDS], law.cdf).pvalue > 0.001


def counts_fit(draws: list[int], cells: np.ndarray, probabilities: np.ndarray) -> bool:
    """Chi-square of the draws, with cells expected below five lumped together."""
    observed = np.array([draws.count(cell) for cell in cells])
    expected = len(draws) * probabilities
    full = expected >= 5
    observed = np.append(observed[full], len(draws) - observed[full].sum())
    expected = np.append(expected[full], max(len(draws) - expected[full].sum(), 1e-9))
    return bool(stats.chisquare(observed, expected).pvalue > 0.001)


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (lambda w0, w1: int(bernoulli(w0, 0.3)), stats.bernoulli(0.3)),
        (lambda w0, w1: geometric(w0, w1, 0.2), stats.geom(0.2)),
        (lambda w0, w1: poisson(w0, w1, 0.7), stats.poisson(0.7)),
        (lambda w0, w1: poisson(w0, w1, 150.0), stats.poisson(150.0)),
        (lambda w0, w1: binomial(w0, w1, 12, 0.4), stats.binom(12, 0.4)),
        (lambda w0, w1: binomial(w0, w1, 900, 0.8), stats.binom(900, 0.8)),
    ],
    ids=["bernoulli", "geometric", "poisson small", "poisson large", "binomial small", "binomial large"],
)
def test_counts_follow_their_law(draw, law):
    cells = np.arange(int(law.ppf(1e-9)), int(law.isf(1e-9)) + 1)
    assert counts_fit([draw(*words) for words in PAIRS_OF_WORDS], cells, law.pmf(cells))


def test_a_category_comes_as_often_as_its_weight():
    weights = np.array([2.0, 0.0, 5.0, 3.0])
    draws = [categorical(w0, np.cumsum(weights)) for w0, _ in PAIRS_OF_WORDS]
    assert 1 not in draws
    assert counts_fit(draws, np.arange(4), weights / weights.sum())
    assert categorical(0, np.array([0.0, 1.0])) == 1
    assert categorical(TOP, np.array([1.0, 1.0])) == 0
    assert categorical(5, np.zeros(3)) == -1


@pytest.mark.parametrize("mean", [1e-9, 0.3, 5.0, 84.0, 85.0, 1e3, 3e5])
def test_a_poisson_number_is_the_exact_quantile(mean):
    law = stats.poisson(mean)
    for w0, w1 in [*PAIRS_OF_WORDS[:200], (0, 0), (TOP, TOP), (TOP, 0), (0, TOP)]:
        u, k = uniform53(w0, w1), poisson(w0, w1, mean)
        assert law.cdf(k - 1) <= u * (1 + 1e-10)  # the distribution function passes u at k
        assert law.sf(k) <= (1 - u) * (1 + 1e-10) + 1e-12


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.5), (10, 1e-9), (40, 0.3), (1000, 0.5), (1000, 0.999), (10**6, 0.2)]
)
def test_a_binomial_number_is_the_exact_quantile(n, p):
    law = stats.binom(n, p)
    for w0, w1 in [*PAIRS_OF_WORDS[:200], (0, 0), (TOP, TOP)]:
        u, k = uniform53(w0, w1), binomial(w0, w1, n, p)
        assert 0 <= k <= n
        assert law.cdf(k - 1) <= u * (1 + 1e-10) + 1e-12
        assert law.sf(k) <= (1 - u) * (1 + 1e-10) + 1e-12


def test_counts_with_an_enormous_mean_are_quick_and_close():
    for w0, w1 in [*PAIRS_OF_WORDS[:50], (0, 0)]:
        u = uniform53(w0, w1)
        for mean in (0.99e9, 2e9):
            assert abs(poisson(w0, w1, mean) - stats.poisson.ppf(u, mean)) <= 1
        assert abs(binomial(w0, w1, 10**10, 0.7) - stats.binom.ppf(u, 10**10, 0.7)) <= 1
    assert poisson(5, 5, 1e300) == poisson(5, 5, math.inf) == NEVER


@example(TOP, 4294963200, 1.25, 1.125)
@given(WORD, WORD, st.floats(1e-3, 300.0), st.floats(1.0, 2.0))
def test_a_parameter_that_rises_never_lowers_a_draw(w0, w1, mean, factor):
    """Two scenarios that share a draw never differ against the direction of their parameters."""
    assert poisson(w0, w1, mean) <= poisson(w0, w1, mean * factor)
    p = mean / 600
    assert binomial(w0, w1, 50, p) <= binomial(w0, w1, 50, min(0.5, p * factor))
    assert geometric(w0, w1, p) >= geometric(w0, w1, min(1.0, p * factor))
    assert bernoulli(w0, p) <= bernoulli(w0, p * factor)


@given(WORD, WORD)
def test_degenerate_parameters(w0, w1):
    assert not bernoulli(w0, 0.0)
    assert bernoulli(w0, 1.0)
    assert geometric(w0, w1, 1.0) == 1
    assert geometric(w0, w1, 0.0) == NEVER
    assert 1 <= geometric(w0, w1, 1e-300) <= NEVER
    assert poisson(w0, w1, 0.0) == poisson(w0, w1, -1.0) == poisson(w0, w1, math.nan) == 0
    assert binomial(w0, w1, 0, 0.5) == binomial(w0, w1, 5, 0.0) == 0
    assert binomial(w0, w1, 5, 1.0) == 5
    assert math.isfinite(normal(w0, w1))
    assert exponential(w0) > 0.0
