"""Likelihoods of blocks, evened out: neighbours count a little, tables and lists as a whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.outline import CHARS, CODE, Blocks, Elements

_GROUPS = np.array([CODE[name] for name in ("table", "ul", "ol", "dl")])
_GROUP_SHARE = 0.2
_NEIGHBOUR = 0.1


@njit(cache=True, nogil=True)
def _smoothed(likely):  # type: ignore[no-untyped-def]
    made, last = likely.copy(), len(likely) - 1
    for k in range(len(likely)):
        made[k] = (1 - 2 * _NEIGHBOUR) * likely[k] + _NEIGHBOUR * (likely[max(k - 1, 0)] + likely[min(k + 1, last)])
    return made


@njit(cache=True, nogil=True)
def _one_verdict(code, parent, element, chars, likely):  # type: ignore[no-untyped-def]
    outermost = np.full(len(code), -1)
    for at in range(len(code)):
        if parent[at] >= 0:
            outermost[at] = outermost[parent[at]]
        if outermost[at] < 0:
            for each in _GROUPS:
                if code[at] == each:
                    outermost[at] = at
    weights, sizes, total = np.zeros(len(code)), np.zeros(len(code)), 0.0
    for k in range(len(element)):
        total += chars[k]
        group = outermost[element[k]] if element[k] >= 0 else -1
        if group >= 0:
            weights[group] += chars[k] * likely[k]
            sizes[group] += chars[k]
    made = likely.copy()
    for k in range(len(element)):
        group = outermost[element[k]] if element[k] >= 0 else -1
        if group >= 0 and 0 < sizes[group] < _GROUP_SHARE * total:
            made[k] = weights[group] / sizes[group]
    return made


def evened(elements: Elements, blocks: Blocks, likely: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """`likely` with a tenth of each neighbour in it, and one value for all of a table or list.

    A table or list so large that it may be the page's frame is left alone.
    """
    chars = np.ascontiguousarray(blocks.numbers[:, CHARS])
    return _one_verdict(elements.code, elements.parent, blocks.element, chars, _smoothed(likely))  # type: ignore[no-any-return]
