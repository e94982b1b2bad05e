"""Scores of language models: how surprised they are, for a token, a character or a byte.

Sums of negative log-probabilities (natural logarithm) are divided by sums of tokens, so that a long row counts for its length.
"""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from dprep.train.scoring.intervals import Floats
from dprep.train.scoring.kind import Summed, floats, ratio

COLUMNS = ("nll", "tokens", "characters", "bytes")


class Language(Summed):
    """`nll`, `tokens` and, of task `text`, `characters` and `bytes`. A row without supervised tokens counts for nothing."""

    columns = ("nll", "tokens")
    names = ("perplexity", "nll", "bits_per_character", "bits_per_byte")

    def statistics(self, batch: pa.RecordBatch) -> Floats:
        return surprise(batch)

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        return surprise_metrics(sums)


def surprise(batch: pa.RecordBatch) -> Floats:
    """The columns that there are (rows, 4); zeros for the others and for rows whose sum is unknown."""
    found = np.zeros((batch.num_rows, len(COLUMNS)))
    for place, name in enumerate(COLUMNS):
        if name in batch.schema.names:
            found[:, place] = floats(batch, name)
    found[np.isnan(found).any(1)] = 0
    return found


def surprise_metrics(sums: Floats) -> dict[str, Floats]:
    """sums (samples, 4)."""
    nll, tokens, characters, size = sums.T
    each = ratio(nll, tokens, np.nan)
    with np.errstate(over="ignore"):
        found = {"perplexity": np.exp(each), "nll": each}
    found["bits_per_character"] = ratio(nll / math.log(2), characters, np.nan)
    found["bits_per_byte"] = ratio(nll / math.log(2), size, np.nan)
    return found
