"""Sixteen numbers compared at once: a loop that a compiler leaves scalar, written for vector registers in LLVM's words."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import config
from numba.extending import intrinsic

__all__ = ["WIDTH", "first_at_most"]

WIDTH = 16

if config.DISABLE_JIT:  # interpreted, for a debugger

    def first_at_most(numbers: Any, begin: Any, level: Any) -> int:
        """How many of `WIDTH` numbers from a place on stand before the first that is not above a level."""
        return int((numbers[begin : begin + WIDTH] <= level).argmax())

else:

    @intrinsic
    def first_at_most(typingctx, numbers, begin, level):  # type: ignore[no-untyped-def]
        """How many of `WIDTH` numbers from a place on stand before the first that is not above a level.

        Parameters
        ----------
        numbers
            uint32, C-contiguous, with `WIDTH` numbers from ``begin`` on, at least one of them not above the level.
        begin
            int64.
        level
            uint32.

        Returns
        -------
        int64
        """
        from llvmlite import ir  # type: ignore[import-untyped]

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            word, index = ir.IntType(32), ir.IntType(64)
            vector, bits = ir.VectorType(word, WIDTH), ir.IntType(WIDTH)
            start = builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer())
            one = builder.insert_element(
                ir.Constant(vector, ir.Undefined), arguments[2], ir.Constant(word, 0)
            )
            levels = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(word, WIDTH), [0] * WIDTH))
            below = builder.icmp_unsigned("<=", builder.load(start, align=4), levels)
            first = builder.cttz(builder.bitcast(below, bits), ir.Constant(ir.IntType(1), 1))
            return builder.zext(first, index)

        return types.int64(numbers, types.int64, types.uint32), generate
