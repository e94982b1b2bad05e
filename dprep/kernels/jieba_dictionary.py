"""jieba's word list and probabilities as arrays, read from the installed jieba package (0.42.1; extra `zh`).

Source: jieba/__init__.py, jieba/finalseg/__init__.py, jieba/dict.txt.
"""

from __future__ import annotations

import importlib.util
import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.problem import fail
from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer
from dprep.kernels.utf8 import code_point, width

Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HAN_FIRST, HAN_END = 0x4E00, 0x9FD6
_NEVER = -3.14e100  # jieba's logarithm of zero
_STATES = "BEMS"  # word begin, end, middle, single; jieba breaks ties by this order of its letters
BEGIN, END, MIDDLE, SINGLE = range(4)
_BITS = 21  # of a code point, and of a node's number
_ROOTS = 0x10000
OUTSIDE, SIGN, LATIN, FIGURE, HAN = range(5)


class Dictionary(NamedTuple):
    """jieba's word list as a tree of characters, and its tables for words that are not in it."""

    kinds: npt.NDArray[np.uint8]  # (128,): what an ASCII character is
    roots: npt.NDArray[np.int32]  # (0x10000,): the node of a first character, -1 where no word starts with it
    edges: npt.NDArray[np.uint64]
    """Hash table, a power of two of slots: parent node + 1, character and child node packed; 0 is free. The root is node 0."""
    weights: Floats  # (nodes,): log(frequency) - log(sum of frequencies); 0.0 where no word ends
    rest: float  # the weight of a character that is no word
    start: Floats  # (4,): log probability of the first character's state
    moves: Floats  # (4 * 4,): log probability from state to state
    emit: Floats  # (han characters * 4,): log probability of the character in each state


@njit(cache=True, nogil=True, inline="always")
def child_of(edges, mask, node, point):  # type: ignore[no-untyped-def]
    """The node that `point` leads to from `node`; -1 where none."""
    wanted = np.uint64(node + 1) << np.uint64(_BITS) | np.uint64(point)
    slot = np.int64(wanted * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & mask
    found = np.int64(-1)
    while edges[slot]:
        if edges[slot] >> np.uint64(_BITS) == wanted:
            found = np.int64(edges[slot] & np.uint64((1 << _BITS) - 1))
            break
        slot = (slot + 1) & mask
    return found


@njit(cache=True, nogil=True)
def _add_edge(edges, mask, node, point, child):  # type: ignore[no-untyped-def]
    key = np.uint64(node + 1) << np.uint64(_BITS) | np.uint64(point)
    slot = np.int64(key * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & mask
    while edges[slot]:
        slot = (slot + 1) & mask
    edges[slot] = key << np.uint64(_BITS) | np.uint64(child)


@njit(cache=True, nogil=True)
def _grow(data, edges_array, frequencies):  # type: ignore[no-untyped-def]
    """Read `word frequency tag` lines into the tree: the number of nodes and the sum of frequencies, repeats counted."""
    edges, mask = pointer(edges_array), len(edges_array) - 1
    nodes, i, end, total = 1, 0, len(data), 0
    while i < end:
        node = 0
        while i < end and data[i] != 0x20:
            point = code_point(data, i)
            child = child_of(edges, mask, node, point)
            if child < 0:
                child = nodes
                nodes += 1
                _add_edge(edges, mask, node, point, child)
            node = child
            i += width(data[i])
        i += 1
        frequency = 0
        while i < end and 0x30 <= data[i] <= 0x39:
            frequency = frequency * 10 + int(data[i]) - 0x30
            i += 1
        frequencies[node] = frequency
        total += frequency
        while i < end and data[i] != 0x0A:
            i += 1
        i += 1
    return nodes, total


@njit(cache=True, nogil=True)
def _fill_roots(edges, roots):  # type: ignore[no-untyped-def]
    for point in range(_ROOTS):
        roots[point] = child_of(edges, len(edges) - 1, 0, point)


def jieba_folder() -> Path:
    found = importlib.util.find_spec("jieba")
    if found is None or not found.submodule_search_locations:
        sentence = "Chinese words need the library `jieba`, which is not installed"
        raise fail("missing-library", sentence, '`pip install "dprep[zh]"` installs it')
    return Path(next(iter(found.submodule_search_locations)))


def _table(package: Path, name: str) -> dict[str, Any]:
    """One of jieba's probability tables, without importing jieba, which would set up logging and temporary files."""
    spec = importlib.util.spec_from_file_location(f"dprep_jieba_{name}", package / "finalseg" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    table: dict[str, Any] = module.P
    return table


def _emissions(package: Path) -> Floats:
    emit = np.full((HAN_END - HAN_FIRST, 4), _NEVER)
    for state, probabilities in _table(package, "prob_emit").items():
        for character, value in probabilities.items():
            if HAN_FIRST <= ord(character) < HAN_END:
                emit[ord(character) - HAN_FIRST, _STATES.index(state)] = value
    return emit.ravel()


def _transitions(package: Path) -> tuple[Floats, Floats]:
    start, moves = _table(package, "prob_start"), _table(package, "prob_trans")
    pairs = [moves[one].get(two, _NEVER) for one in _STATES for two in _STATES]
    return np.array([start[state] for state in _STATES]), np.array(pairs)


def _ascii_kinds() -> npt.NDArray[np.uint8]:
    kinds = np.full(128, OUTSIDE, np.uint8)
    for code in range(128):
        if chr(code).isalpha():
            kinds[code] = LATIN
        elif chr(code).isdigit():
            kinds[code] = FIGURE
    kinds[[ord(c) for c in "+#&._%-"]] = SIGN
    return kinds


@cache
def dictionary() -> Dictionary:
    """jieba's tables, made once per process (0.3 s)."""
    package = jieba_folder()
    data = np.frombuffer((package / "dict.txt").read_bytes(), np.uint8)
    characters = int(np.count_nonzero((data & 0xC0) != 0x80))
    lines = int(np.count_nonzero(data == 0x0A)) + 1
    frequencies = np.zeros(characters, np.int64)
    slots = 1 << (2 * lines).bit_length()
    edges = np.zeros(slots, np.uint64)
    nodes, sum_ = _grow(data, edges, frequencies)
    total = math.log(sum_)
    weights = np.array([math.log(count) - total if count else 0.0 for count in frequencies[:nodes].tolist()])
    roots = np.empty(_ROOTS, np.int32)
    _fill_roots(edges, roots)
    return Dictionary(_ascii_kinds(), roots, edges, weights, 0.0 - total, *_transitions(package), _emissions(package))
