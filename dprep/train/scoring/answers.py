"""Scores of extractive question answering: exact match and F1 over words, the best of several golden answers.

Answers are compared as SQuAD does (Rajpurkar et al. 2016): lower case, no punctuation, no English articles. Where a golden
answer is Chinese the pieces are its characters (words of other scripts stay whole, as CMRC 2018 and MLQA segment them) and F1
is that of the two bags of pieces. A question without an answer is right when the model says the empty string; a row that it
was not asked, never.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from dprep.train.scoring.intervals import Floats
from dprep.train.scoring.kind import Bools, Summed, batches, ratio
from dprep.train.scoring.texts import is_chinese, mixed_pieces, plain_words, shared


class Answers(Summed):
    """`answers` {text[], answer_start[]} against `prediction`, a string; empty where nothing is answered."""

    columns = ("answers", "prediction")
    names = ("exact_match", "f1", "answerable_exact_match", "answerable_f1", "unanswerable_accuracy")

    def statistics(self, batch: pa.RecordBatch) -> Floats:
        """(rows, 6): one, exact, F1; and whether there is an answer, exact and F1 if so."""
        golds = [_golden(answers) for answers in batch.column("answers").to_pylist()]
        said = batch.column("prediction").to_pylist()
        scores = np.asarray([_score(gold, each) for gold, each in zip(golds, said, strict=True)], np.float64).reshape(-1, 2)
        there = np.asarray([[float(bool(gold))] for gold in golds]).reshape(-1, 1)
        return np.concatenate([np.ones((len(scores), 1)), scores, there, scores * there], 1)

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        rows, there = sums[:, 0], sums[:, 3]
        apart = np.where(rows > there, there, 0)  # where every question has an answer there is nothing to tell apart
        return {
            "exact_match": ratio(sums[:, 1], rows, np.nan),
            "f1": ratio(sums[:, 2], rows, np.nan),
            "answerable_exact_match": ratio(sums[:, 4], apart, np.nan),
            "answerable_f1": ratio(sums[:, 5], apart, np.nan),
            "unanswerable_accuracy": ratio(sums[:, 1] - sums[:, 4], rows - there, np.nan),
        }

    def right(self, table: pa.Table) -> Bools:
        return np.concatenate([self.statistics(batch)[:, 1] > 0 for batch in batches(table)] or [np.zeros(0, np.bool_)])


def _golden(answers: Any) -> list[str]:
    """The golden answers of a row that say something."""
    found = (answers or {}).get("text") or []
    return [each for each in found if each and each.strip()]


def _score(golds: list[str], said: str | None) -> tuple[float, float]:
    """Exact match and F1 against the golden answer that fits best."""
    if said is None:
        return 0.0, 0.0
    if not golds:
        nothing = float(not said.strip())
        return nothing, nothing
    both = [_against(gold, said) for gold in golds]
    return max(each[0] for each in both), max(each[1] for each in both)


def _against(gold: str, said: str) -> tuple[float, float]:
    split = mixed_pieces if is_chinese(gold) else plain_words
    wanted, given = split(gold), split(said)
    if not wanted or not given:
        return float(wanted == given), float(wanted == given)
    return float(wanted == given), 2 * shared(wanted, given) / (len(wanted) + len(given))
