"""Where the tokens of documents stand: one behind the other, in a rectangle, and in the order that attention wants them.

All is worked out on the host from the lengths, once for a batch: asking a GPU for a number would make it wait.
"""

from __future__ import annotations

from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

_KEPT = "_dprep_layout"


class Layout:
    """The documents of a batch. lengths: tokens of each, at least one."""

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.longest = int(self.lengths.max())
        self.tokens = int(self.lengths.sum())
        self._sent: dict[tuple[str, torch.device], Tensor] = {}

    @cached_property
    def groups(self) -> list[tuple[int, int]]:
        """(how many documents, of what length), ascending: so do packed documents stand."""
        return [(len(list(same)), length) for length, same in groupby(np.sort(self.lengths).tolist())]

    def places(self, device: torch.device) -> Tensor:
        """(tokens,) each token's place in a rectangle (documents, longest), read row by row."""
        return self._on(device, "places")

    def order(self, device: torch.device) -> Tensor:
        """(tokens,) which token stands where once documents are sorted by length."""
        return self._on(device, "order")

    def back(self, device: torch.device) -> Tensor:
        """(tokens,) `order` undone."""
        return self._on(device, "back")

    def positions(self, device: torch.device) -> Tensor:
        """(tokens,) place of each token in its document, from 0, documents sorted by length."""
        return self._on(device, "positions")

    def bounds(self, device: torch.device) -> Tensor:
        """(documents + 1,) int32: where each document begins and ends, documents sorted by length."""
        return self._on(device, "bounds")

    def _on(self, device: torch.device, name: str) -> Tensor:
        if (name, device) not in self._sent:
            here = torch.from_numpy(getattr(self, "_" + name))
            self._sent[name, device] = here.to(device, non_blocking=True)
        return self._sent[name, device]

    @cached_property
    def _starts(self) -> npt.NDArray[np.int64]:
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        within = np.arange(self.tokens) - np.repeat(self._starts, self.lengths)
        return np.repeat(np.arange(len(self.lengths)) * self.longest, self.lengths) + within

    @cached_property
    def _bounds(self) -> npt.NDArray[np.int32]:
        return np.concatenate([[0], np.cumsum(np.sort(self.lengths))]).astype(np.int32)

    @cached_property
    def _positions(self) -> npt.NDArray[np.int64]:
        by_length = np.sort(self.lengths)
        return np.arange(self.tokens) - np.repeat(np.cumsum(by_length) - by_length, by_length)

    @cached_property
    def _order(self) -> npt.NDArray[np.int64]:
        by_length = np.argsort(self.lengths, kind="stable")
        return np.repeat(self._starts[by_length], self.lengths[by_length]) + self._positions

    @cached_property
    def _back(self) -> npt.NDArray[np.int64]:
        back = np.empty(self.tokens, np.int64)
        back[self._order] = np.arange(self.tokens)
        return back


def layout_of(lengths: Tensor) -> Layout:
    """The layout of documents of some lengths; kept with the tensor, so that a batch asks a GPU at most once."""
    kept: Layout | None = getattr(lengths, _KEPT, None)
    if kept is None:
        kept = Layout(lengths.tolist())
        setattr(lengths, _KEPT, kept)
    return kept


def padded(values: Tensor, lengths: Tensor, fill: float) -> Tensor:
    """(tokens, ...) -> (documents, longest, ...), `fill` behind the end of each document."""
    layout = layout_of(lengths)
    shape = (len(layout.lengths), layout.longest, *values.shape[1:])
    rectangle = values.new_full((shape[0] * shape[1], *shape[2:]), fill)
    return rectangle.index_copy(0, layout.places(values.device), values).reshape(shape)


def flat(values: Tensor, lengths: Tensor) -> Tensor:
    """(documents, longest, ...) -> (tokens, ...): what `padded` did, undone."""
    return values.flatten(0, 1).index_select(0, layout_of(lengths).places(values.device))


def mask(lengths: Tensor, device: torch.device) -> Tensor:
    """(documents, longest) int64, 1 where a document has a token."""
    layout = layout_of(lengths)
    flags = torch.zeros(len(layout.lengths) * layout.longest, dtype=torch.long, device=device)
    return flags.index_fill(0, layout.places(device), 1).reshape(len(layout.lengths), layout.longest)
