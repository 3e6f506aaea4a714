"""Eight at a time: loops that a compiler leaves scalar, written for vector registers in LLVM's own words.

Descents of keyed trees depend on one another level by level, so eight are taken side by side in registers; and where a
value falls among sorted edges is found for eight values at once. They change no result: `tests/sim/test_lanes.py` holds
them to plain loops. LLVM lowers them to whatever registers the machine has.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

__all__ = ["LANES", "MAX_LEVELS", "count_edges", "descend", "descend_plainly"]

LANES = 8
HALF = 4
"""Lanes of one vector: two of four wait for each other less than one of eight."""
COLD = 3
"""First level whose children, which lie side by side, are fetched while it is not yet known which of them is next."""
LEVEL_BITS = 21
LEVELS_A_WORD, MAX_LEVELS = 3, 12


def descend_plainly(pairs: Any, words: Any, level: Any, until: Any) -> None:
    """Descend eight keyed trees of sums, each from a node at one level to one at another.

    Level l goes left iff ``bits * (left + right) < left * 2**21``, with the 21 bits from 21 (l mod 3) on of word l // 3.

    Parameters
    ----------
    pairs
        uint64 [nodes], the two children of each node (the left one in the low half), all trees in a row.
    words
        uint64 [6, 8]: four random words a lane; its node, 1 at the root, which is written; where the lane's tree begins.
    level, until
        Levels at which the nodes lie and shall lie, from 0 to 12, the same for all lanes.
    """
    mask = (1 << LEVEL_BITS) - 1
    for lane in range(LANES):
        node, base = int(words[4, lane]), int(words[5, lane])
        for step in range(int(level), int(until)):
            pair = int(pairs[base + node])
            left, right = pair & 0xFFFFFFFF, pair >> 32
            bits = int(words[step // LEVELS_A_WORD, lane]) >> LEVEL_BITS * (step % LEVELS_A_WORD) & mask
            node = node << 1 | (bits * (left + right) >= left << LEVEL_BITS)
        words[4, lane] = node


if config.DISABLE_JIT:  # interpreted, for a debugger
    descend = descend_plainly

    def count_edges(values: Any, edges: Any, out: Any) -> None:
        """Of each of eight values, how many edges do not lie above it."""
        out[:] = (values[:, None] >= edges[None, :]).sum(axis=1)

else:
    from llvmlite import ir  # type: ignore[import-untyped]

    WORD, INDEX = ir.IntType(64), ir.IntType(32)
    VECTOR = ir.VectorType(WORD, HALF)

    def _all(value: int) -> Any:
        return ir.Constant(VECTOR, [value] * HALF)

    def _load(builder: Any, data: Any, place: int, kind: Any) -> Any:
        """A vector from ``place`` of an array on."""
        start = builder.gep(data, [ir.Constant(WORD, place)])
        return builder.load(builder.bitcast(start, kind.as_pointer()), align=8)

    def _store(builder: Any, value: Any, data: Any, place: int) -> None:
        start = builder.gep(data, [ir.Constant(WORD, place)])
        builder.store(value, builder.bitcast(start, value.type.as_pointer()), align=8)

    def _gather(builder: Any, data: Any, places: Any) -> Any:
        """Words at the places of a vector, one load each: as fast as a gather where there is one, and portable."""
        found = ir.Constant(VECTOR, ir.Undefined)
        for lane in range(HALF):
            at = ir.Constant(INDEX, lane)
            word = builder.load(builder.gep(data, [builder.extract_element(places, at)]))
            found = builder.insert_element(found, word, at)
        return found

    def _fetch(builder: Any, data: Any, places: Any) -> None:
        """Ask for the cache lines of words that will be read soon."""
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, INDEX, INDEX, INDEX])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        read, keep, data_cache = (ir.Constant(INDEX, value) for value in (0, 3, 1))
        for lane in range(HALF):
            start = builder.gep(data, [builder.extract_element(places, ir.Constant(INDEX, lane))])
            builder.call(hint, [builder.bitcast(start, byte), read, keep, data_cache])

    @intrinsic
    def descend(typingctx, pairs, words, level, until):  # type: ignore[no-untyped-def]
        """`descend_plainly` with all lanes in registers."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            trees = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            data = context.make_array(signature.args[1])(context, builder, arguments[1]).data
            halves = range(0, LANES, HALF)
            nodes = [
                cgutils.alloca_once_value(builder, _load(builder, data, 4 * LANES + first, VECTOR))
                for first in halves
            ]
            bases = [_load(builder, data, 5 * LANES + first, VECTOR) for first in halves]
            for step in range(MAX_LEVELS):
                here = ir.Constant(WORD, step)
                begun = builder.icmp_signed("<=", arguments[2], here)
                with builder.if_then(builder.and_(begun, builder.icmp_signed(">", arguments[3], here))):
                    part, turn = divmod(step, LEVELS_A_WORD)
                    for first, node_of, base in zip(halves, nodes, bases, strict=True):
                        node = builder.load(node_of)
                        pair = _gather(builder, trees, builder.add(base, node))
                        if step >= COLD:
                            _fetch(builder, trees, builder.add(base, builder.shl(node, _all(1))))
                        word = _load(builder, data, part * LANES + first, VECTOR)
                        bits = builder.and_(
                            builder.lshr(word, _all(LEVEL_BITS * turn)), _all((1 << LEVEL_BITS) - 1)
                        )
                        left = builder.and_(pair, _all(0xFFFFFFFF))
                        total = builder.add(left, builder.lshr(pair, _all(32)))
                        right = builder.icmp_unsigned(
                            ">=", builder.mul(bits, total), builder.shl(left, _all(LEVEL_BITS))
                        )
                        builder.store(
                            builder.or_(builder.shl(node, _all(1)), builder.zext(right, VECTOR)), node_of
                        )
            for first, node_of in zip(halves, nodes, strict=True):
                _store(builder, builder.load(node_of), data, 4 * LANES + first)
            return context.get_dummy_value()

        return types.void(pairs, words, types.int64, types.int64), generate

    @intrinsic
    def count_edges(typingctx, values, edges, out):  # type: ignore[no-untyped-def]
        """Of each of eight values, how many of sixteen edges do not lie above it.

        Parameters
        ----------
        values, edges
            int64 or float64 [8] and [16], of the same dtype.
        out
            int64 [8], written.
        """
        real = values.dtype == types.float64

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            value_data, edge_data, out_data = (
                context.make_array(kind)(context, builder, array).data
                for kind, array in zip(signature.args, arguments, strict=True)
            )
            kind = ir.VectorType(ir.DoubleType() if real else WORD, LANES)
            counted = ir.VectorType(WORD, LANES)
            value = _load(builder, value_data, 0, kind)
            count = ir.Constant(counted, [0] * LANES)
            for place in range(16):
                edge = builder.load(builder.gep(edge_data, [ir.Constant(WORD, place)]))
                one = builder.insert_element(ir.Constant(kind, ir.Undefined), edge, ir.Constant(INDEX, 0))
                spread = builder.shuffle_vector(
                    one, one, ir.Constant(ir.VectorType(INDEX, LANES), [0] * LANES)
                )
                above = (
                    builder.fcmp_ordered(">=", value, spread)
                    if real
                    else builder.icmp_signed(">=", value, spread)
                )
                count = builder.add(count, builder.zext(above, counted))
            _store(builder, count, out_data, 0)
            return context.get_dummy_value()

        return types.void(values, edges, out), generate
