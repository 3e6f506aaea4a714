"""Philox4x32-10: random words as a pure function of (seed, stream, key), and arrays of them.

Nothing is consumed and nothing has a state, so draws can be made in any order and on any number of threads.
The generator is that of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC
2011).
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import numpy.typing as npt

from sim._numba import njit
from sim.streams import S_DERIVE, S_SUBKEY

__all__ = ["block", "blocks", "derive_seed", "philox", "subkey", "uniforms"]

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_STREAM_SHIFT = np.uint64(24)
_BLOCK_MASK = np.uint64(0xFFFFFF)

Words = tuple[int, int, int, int]
Word = int | np.integer[Any]
"""Four uint32."""

_BLOCK_SIGNATURES = [f"UniTuple(u4,4)(u8,i8,i8,i8,i8,{n})" for n in ("i8", "Omitted(0)")]


@njit("UniTuple(u4,4)(u8,u8,u8,u8,u8,u8)", forceinline=True)
def philox(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Words:
    """Ten rounds of Philox4x32.

    Parameters
    ----------
    k0, k1
        Key, two uint32 held in uint64.
    c0, c1, c2, c3
        Counter, four uint32 held in uint64.

    Returns
    -------
    tuple of four uint32
    """
    # All in uint64, because Numba turns a mixed uint64 and int64 operation into float64.
    for _ in range(10):
        left = _MULTIPLIER_0 * c0
        right = _MULTIPLIER_1 * c2
        c0 = (right >> _HALF) ^ c1 ^ k0
        c1 = right & _LOW
        c2 = (left >> _HALF) ^ c3 ^ k1
        c3 = left & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)  # type: ignore[return-value]


@njit(_BLOCK_SIGNATURES, forceinline=True)
def block(seed: Word, stream: int, a: Word, b: Word, c: Word, n: int = 0) -> Words:
    """The four random words at one address.

    Parameters
    ----------
    seed
        uint64, the Philox key.
    stream
        Number of a registered stream (``S_<NAME>``), below 256.
    a, b, c
        Key words as the stream's row says; the low 32 bits of each count.
    n
        Block number, 24 bits.

    Returns
    -------
    tuple of four uint32
        Plain integers when called from Python.
    """
    last = ((np.uint64(stream) << _STREAM_SHIFT) | (np.uint64(n) & _BLOCK_MASK)) & _LOW
    key = np.uint64(seed)
    return philox(
        key & _LOW, key >> _HALF, np.uint64(a) & _LOW, np.uint64(b) & _LOW, np.uint64(c) & _LOW, last
    )


@njit("u8(u8,i8,i8)")
def subkey(seed: Word, stream: int, word: Word) -> int:
    """A Philox key that stands for (seed, stream, word), for addresses of four words.

    Parameters
    ----------
    seed
        uint64.
    stream
        The stream that will be drawn from with the new key.
    word
        uint32, the fourth word of the address.

    Returns
    -------
    uint64
        To be given to `block` as its seed.
    """
    w0, w1, _, _ = block(seed, S_SUBKEY, word, stream, 0, 0)
    return np.uint64(w0) | (np.uint64(w1) << _HALF)  # type: ignore[return-value]


def seed_word(seed: int) -> Any:
    """A seed as uint64, for functions compiled on demand: a Python integer would make them take an int64.

    Raises
    ------
    ValueError
        If it is not from 0 to 2**64 - 1.
    """
    if not 0 <= operator.index(seed) < 2**64:
        raise ValueError(f"a seed is an integer from 0 to 2**64 - 1, not {seed}")
    return np.uint64(operator.index(seed))


def derive_seed(seed: int, *keys: int) -> int:
    """A seed for something that hangs on a seed and some integers, such as a replicate or a synthetic graph.

    Parameters
    ----------
    seed
        From 0 to 2**64 - 1.
    *keys
        Integers from 0 to 2**64 - 1. Their order and their number count.

    Returns
    -------
    int
        From 0 to 2**64 - 1.
    """
    derived = operator.index(seed)
    for position, key in enumerate((*map(operator.index, keys), len(keys))):
        if not (0 <= key < 2**64 and 0 <= derived < 2**64):
            raise ValueError(f"seeds and keys are integers from 0 to 2**64 - 1, not {seed}, {keys}")
        w0, w1, _, _ = block(derived, S_DERIVE, key & 0xFFFFFFFF, key >> 32, position, 0)
        derived = w0 | w1 << 32
    return derived


_KEYS = "Array(u4,1,'C',readonly=True)"


@njit(f"void(u8,i8,{_KEYS},{_KEYS},{_KEYS},{_KEYS},u4[:,::1])")
def _fill(
    seed: int,
    stream: int,
    a: npt.NDArray[np.uint32],
    b: npt.NDArray[np.uint32],
    c: npt.NDArray[np.uint32],
    n: npt.NDArray[np.uint32],
    out: npt.NDArray[np.uint32],
) -> None:
    """Blocks at len(out) addresses; a key array of length 1 serves all of them."""
    step_a, step_b, step_c, step_n = int(len(a) > 1), int(len(b) > 1), int(len(c) > 1), int(len(n) > 1)
    for i in range(len(out)):
        w0, w1, w2, w3 = block(seed, stream, a[i * step_a], b[i * step_b], c[i * step_c], n[i * step_n])
        out[i, 0] = w0
        out[i, 1] = w1
        out[i, 2] = w2
        out[i, 3] = w3


def _key_array(key: Any) -> npt.NDArray[np.uint32]:
    """A key as a contiguous uint32 vector; what does not fit into 32 bits is refused."""
    values = np.atleast_1d(np.asarray(key))
    if values.ndim > 1:
        raise ValueError(f"a key is a number or a vector, not an array of shape {values.shape}")
    if values.dtype == np.uint32 or not values.size:
        return np.ascontiguousarray(values, np.uint32)
    if values.dtype.kind not in "iub":
        raise TypeError(f"a key consists of integers, not {values.dtype}")
    if int(values.min()) < 0 or int(values.max()) > 0xFFFFFFFF:
        raise ValueError("a key word lies from 0 to 2**32 - 1")
    return np.ascontiguousarray(values, dtype=np.uint32)


def blocks(seed: int, stream: int, a: Any, b: Any = 0, c: Any = 0, n: Any = 0) -> npt.NDArray[np.uint32]:
    """The random words at many addresses of one stream.

    Parameters
    ----------
    seed
        From 0 to 2**64 - 1.
    stream
        Number of a registered stream.
    a, b, c, n
        Key words and block number: integers or vectors of integers, broadcast against each other.

    Returns
    -------
    ndarray of uint32, shape (addresses, 4)

    Raises
    ------
    ValueError
        If the lengths do not agree or a key word does not fit into 32 bits.
    TypeError
        If a key is not made of integers.
    """
    keys = [_key_array(key) for key in (a, b, c, n)]
    (length,) = np.broadcast_shapes(*(key.shape for key in keys))
    out = np.empty((length, 4), np.uint32)
    _fill(seed, stream, keys[0], keys[1], keys[2], keys[3], out)
    return out


def uniforms(seed: int, stream: int, a: Any, b: Any = 0, c: Any = 0, n: Any = 0) -> npt.NDArray[np.float64]:
    """Uniform numbers in (0, 1) from the first word at many addresses; parameters as for `blocks`.

    Returns
    -------
    ndarray of float64, shape (addresses,)
        Equal to ``uniform(block(...)[0])`` at each address.
    """
    first: npt.NDArray[np.float64] = blocks(seed, stream, a, b, c, n)[:, 0].astype(np.float64)
    return (first + 0.5) * 2.0**-32
