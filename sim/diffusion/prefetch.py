"""A hint to the processor: a value will be read soon, so fetch its cache line while other work goes on.

A cascade reads the graph at random places; asking for the rows of members that wait in the queue a few places ahead
made it 1.6 times as fast on a million members (`benchmarks/README.md`). It changes no result.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import config
from numba.extending import intrinsic

__all__ = ["prefetch"]

if config.DISABLE_JIT:  # interpreted, for a debugger: there is nothing to hint

    def prefetch(array: Any, index: Any) -> None:
        """Do nothing."""

else:

    @intrinsic
    def prefetch(typingctx, array, index):  # type: ignore[no-untyped-def]
        """Fetch the cache line of ``array.flat[index]`` of a C-contiguous array, for reading."""
        from llvmlite import ir  # type: ignore[import-untyped]

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            byte = ir.IntType(8).as_pointer()
            place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
            word = ir.IntType(32)
            hint = builder.module.declare_intrinsic(
                "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, word, word, word])
            )
            read, keep, data_cache = (ir.Constant(word, value) for value in (0, 3, 1))
            builder.call(hint, [place, read, keep, data_cache])
            return context.get_dummy_value()

        return types.void(array, types.int64), generate
