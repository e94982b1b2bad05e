"""Eight bytes at a time: unaligned loads and the bit tricks on them. Little-endian machines only (x86-64, arm64).

Sources: Warren, "Hacker's Delight", 2nd ed., section 6-1 (find first 0-byte).
"""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import intrinsic, njit

HIGH = np.uint64(0x8080808080808080)
ONES = np.uint64(0x0101010101010101)


@intrinsic
def load8(typingctx, data, index):  # type: ignore[no-untyped-def]
    """The u64 at bytes data[index:index + 8]; the caller has made sure that they are there."""
    from llvmlite import ir
    from numba import types

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.gep(array.data, [args[1]])
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), typ=ir.IntType(64), align=1)

    return types.uint64(data, types.int64), codegen


@intrinsic
def store8(typingctx, data, index, value):  # type: ignore[no-untyped-def]
    """Write a u64 at bytes data[index:index + 8]; the caller has made sure that there is room."""
    from llvmlite import ir
    from numba import types

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.gep(array.data, [args[1]])
        builder.store(args[2], builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(data, types.int64, types.uint64), codegen


@intrinsic
def first_byte(typingctx, mask):  # type: ignore[no-untyped-def]
    """Which byte (0-7) holds the lowest set bit of `mask`; 8 where there is none."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        bits = builder.cttz(args[0], cgutils.false_bit)
        return builder.lshr(bits, ir.Constant(ir.IntType(64), 3))

    return types.int64(types.uint64), codegen


@intrinsic
def ones(typingctx, mask):  # type: ignore[no-untyped-def]
    """Number of set bits."""
    from numba import types

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


@njit(cache=True, nogil=True)
def equal(word, byte):  # type: ignore[no-untyped-def]
    """High bit of the bytes that equal `byte`; only the lowest one found is certain."""
    x = word ^ (ONES * np.uint64(byte))
    return (x - ONES) & ~x & HIGH


@njit(cache=True, nogil=True)
def below(word, byte):  # type: ignore[no-untyped-def]
    """High bit of the bytes under `byte` (at most 0x80); only the lowest one found is certain."""
    return (word - ONES * np.uint64(byte)) & ~word & HIGH
