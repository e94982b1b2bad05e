"""The likeliest spans of a window, as a head for question answering scores them."""

from __future__ import annotations

from typing import Any

import numpy as np

Candidate = tuple[float, int, int]
"""Score (sum of two logits), start and end in the context, in code points."""
BEST = 20
"""Starts and ends that are looked at, and spans that are kept."""
LONGEST = 30
"""Tokens of an answer at most: the number that is usual for SQuAD. Longer ones are never said."""


def candidates(starts: Any, ends: Any, offsets: Any) -> list[Candidate]:
    """The best spans, the best first. starts, ends: (tokens,) logits; offsets: (tokens, 2), -1 where no context stands."""
    context = np.flatnonzero((offsets[:, 0] >= 0) & (offsets[:, 1] > offsets[:, 0]))
    first, last = (context[np.argsort(-logits[context], kind="stable")[:BEST]] for logits in (starts, ends))
    one, two = (each.ravel() for each in np.meshgrid(first, last, indexing="ij"))
    fits = (two >= one) & (two - one < LONGEST)
    one, two = one[fits], two[fits]
    scores = starts[one].astype(np.float64) + ends[two]
    order = np.argsort(-scores, kind="stable")[:BEST]
    return [(float(scores[n]), int(offsets[one[n], 0]), int(offsets[two[n], 1])) for n in order]
