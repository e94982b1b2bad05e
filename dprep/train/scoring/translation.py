"""Scores of texts that were written: BLEU, chrF, ROUGE and exact match, and how surprised the model is by the reference.

BLEU and chrF are of the corpus: sums of matches over all rows, with the definitions and settings of sacrebleu 2 (BLEU:
tokenizer by script, exponential smoothing; chrF2: six orders, no spaces). ROUGE is the mean of the F1 of each row, without
stemming; Chinese counts by characters.
Source: Papineni et al. 2002; Popović 2015; Lin 2004; Post 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from dprep.train.scoring.intervals import Floats
from dprep.train.scoring.kind import Bools, Summed, batches, ratio, texts
from dprep.train.scoring.language import COLUMNS, surprise, surprise_metrics
from dprep.train.scoring.ngrams import bleu_counts, bleu_score, bleu_tokenizer, chrf_counts, chrf_score
from dprep.train.scoring.texts import longest_common, pieces, shared

SURPRISE = len(COLUMNS)
BLEU, CHRF, ROUGE = slice(4, 14), slice(14, 32), slice(32, 35)
EXACT, ROWS, WIDTH = 35, 36, 37
WRITTEN = ("bleu", "chrf", "rouge1", "rouge2", "rougeL", "exact_match")


class Translation(Summed):
    """`target` against `prediction`, and `nll`, `tokens` where there are some. A row without a prediction wrote nothing."""

    columns = ("target", "prediction")
    names = (*WRITTEN, "perplexity", "nll")
    truth: ClassVar[str] = "target"

    def __init__(self, rows: int, labels: Sequence[str] = (), seed: int = 0, resamples: int = 0) -> None:
        super().__init__(rows, labels, seed, resamples)
        self._tokenizer = ""

    def statistics(self, batch: pa.RecordBatch) -> Floats:
        """(rows, 37), or (rows, 4) where nothing was written."""
        if self.truth not in batch.schema.names or "prediction" not in batch.schema.names:
            return surprise(batch)
        found = np.zeros((batch.num_rows, WIDTH))
        found[:, :SURPRISE] = surprise(batch)
        wanted, said = texts(batch, self.truth), texts(batch, "prediction")
        # once for all rows: one corpus score needs one tokenizer
        self._tokenizer = self._tokenizer or bleu_tokenizer(wanted)
        for row, (target, text) in enumerate(zip(wanted, said, strict=True)):
            found[row, BLEU] = bleu_counts(text, target, self._tokenizer)
            found[row, CHRF] = chrf_counts(text, target)
            found[row, ROUGE] = rouge(text, target)
            found[row, EXACT] = text.strip() == target.strip()
        found[:, ROWS] = 1
        return found

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        found = {} if sums.shape[1] == SURPRISE else self._written(sums)
        surprised = surprise_metrics(sums[:, :SURPRISE])
        return {**found, **{name: surprised[name] for name in ("perplexity", "nll")}}

    def more(self, total: Floats, resampled: Floats) -> dict[str, Any]:
        if not self._tokenizer:
            return {}
        return {"definitions": {"bleu": f"tok:{self._tokenizer}|smooth:exp", "chrf": "nc:6|nw:0|space:no|beta:2"}}

    def right(self, table: pa.Table) -> Bools | None:
        if self.truth not in table.column_names or "prediction" not in table.column_names:
            return None
        pairs = [(texts(batch, self.truth), texts(batch, "prediction")) for batch in batches(table)]
        return np.asarray([one.strip() == two.strip() for pair in pairs for one, two in zip(*pair, strict=True)], np.bool_)

    def _written(self, sums: Floats) -> dict[str, Floats]:
        rows = sums[:, ROWS]
        rouges = (ratio(each, rows, np.nan) for each in sums[:, ROUGE].T)
        exact = ratio(sums[:, EXACT], rows, np.nan)
        return dict(zip(WRITTEN, (bleu_score(sums[:, BLEU]), chrf_score(sums[:, CHRF]), *rouges, exact), strict=True))


class Spoken(Translation):
    """`nll` and `tokens`; and, where the rows were also answered, `prediction` against `reference`."""

    columns = ("nll", "tokens")
    truth = "reference"


def rouge(said: str, target: str) -> tuple[float, float, float]:
    """F1 of words, of pairs of words, and of the longest common subsequence."""
    one, other = pieces(said), pieces(target)
    pairs, others = list(pairwise(one)), list(pairwise(other))
    return (
        _f1(shared(one, other), len(one), len(other)),
        _f1(shared(pairs, others), len(pairs), len(others)),
        _f1(longest_common(one, other), len(one), len(other)),
    )


def _f1(hits: int, said: int, wanted: int) -> float:
    return 2 * hits / (said + wanted) if hits else 0.0
