"""Arrays as bare pointers, for kernels of many small functions: numba counts references of arrays at every call, not of these.

`p[i]` reads and writes unchecked, from the array's first element on. The caller keeps the array alive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import intrinsic


@intrinsic
def pointer(typingctx, array):  # type: ignore[no-untyped-def]
    """The address of a contiguous array's first element, typed."""
    from numba import types

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), codegen  # type: ignore[no-untyped-call]


@intrinsic
def eight_bytes(typingctx, data, index):  # type: ignore[no-untyped-def]
    """The u64 at bytes data[index:index + 8], little end first."""
    from llvmlite import ir
    from numba import types

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        place = builder.gep(args[0], [args[1]], source_etype=ir.IntType(8))
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), typ=ir.IntType(64), align=1)

    return types.uint64(data, types.int64), codegen


def readable(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same array as a read-only view: so numba compiles once for arrays that are and that are not."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
