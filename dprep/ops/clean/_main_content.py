"""Which blocks of a page are its content: decision trees over what the page's tree says of each block.

The trees are grown by benchmarks/_html_model.py on pages with marked pieces; `_HASH` pins their file, so that another forest is
another revision of the operator.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from dprep.kernels.blocks import measures
from dprep.kernels.evened import evened
from dprep.kernels.forest import Forest, likelihoods
from dprep.kernels.markup import without
from dprep.kernels.outline import outline

Favor = Literal["precision", "balanced", "recall"]

LEAST: dict[Favor, float] = {"precision": 0.75, "balanced": 0.6, "recall": 0.35}
"""The likelihood from which a block is content. On sites left out of the growing 0.5 and 0.6 do about equally well."""

_FILE = Path(__file__).with_name("_main_content.npz")
_HASH = "b00e2ff5b328cb660c1c9e8ffe69e04d0448b7923ec1a072cdfd0f5f557d6acf"


def main_markup(markup: bytes, favor: Favor) -> bytes:
    """A serialized page less the blocks that are not its content; empty where none is."""
    elements, blocks = outline(markup)
    if not len(blocks.start):
        return b""
    likely = likelihoods(measures(elements, blocks, markup), _forest())
    gone = evened(elements, blocks, likely) < LEAST[favor]
    return b"" if gone.all() else without(markup, blocks.start[gone], blocks.stop[gone])


@cache
def _forest() -> Forest:
    packed = _FILE.read_bytes()
    if hashlib.sha256(packed).hexdigest() != _HASH:
        raise RuntimeError(f"{_FILE.name} is not the file that this version was made with")
    with np.load(io.BytesIO(packed), allow_pickle=False) as held:
        nodes = {field: held[field] for field in Forest._fields[:-1]}
        return Forest(**nodes, bias=float(held["bias"]))
