"""The scores of a task: which there are, which is best, and what a file of predictions comes to, with 95 % intervals.

A score is of rows with their truth and what a model said (`predictions/<part>.parquet` of a run). Rows are read portion by
portion, so that memory does not grow with their number (numbers of regression are kept: 40 bytes a row).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem, did_you_mean, fail

if TYPE_CHECKING:
    import pyarrow as pa

    from dprep.train.scoring.kind import Kind

KINDS = {
    "classification": ("classes", "Classes"),
    "regression": ("numbers", "Numbers"),
    "tagging": ("spans", "Spans"),
    "qa": ("answers", "Answers"),
    "seq2seq": ("translation", "Translation"),
    "chat": ("translation", "Spoken"),
    "completion": ("translation", "Spoken"),
    "text": ("language", "Language"),
    "preference": ("preferences", "Preferences"),
}
"""Task -> file and class of what scores it."""
BEST = {
    "classification": "f1_macro",
    "regression": "rmse",
    "tagging": "span_f1",
    "qa": "f1",
    "seq2seq": "chrf",
    "chat": "perplexity",
    "completion": "perplexity",
    "text": "perplexity",
    "preference": "accuracy",
}
SMALLER_IS_BETTER = frozenset(
    ("hamming_loss", "ece", "brier", "mse", "rmse", "mae", "perplexity", "nll", "bits_per_character", "bits_per_byte")
)
RESAMPLES = 1000
PORTION = 1024
"""Rows read at once."""


def kind(task: str) -> type[Kind]:
    """What scores a task. Raises Error (`train-task`)."""
    if task not in KINDS:
        help = did_you_mean(task, KINDS) or f"the tasks are {', '.join(f'`{each}`' for each in KINDS)}"
        raise Error(Problem("train-task", f"there is no task `{task}`", help=help))
    file, name = KINDS[task]
    found: type[Kind] = getattr(import_module(f"dprep.train.scoring.{file}"), name)
    return found


def names(task: str) -> tuple[str, ...]:
    """The scores that a task can have; some need more than others (`bleu` of chats: answers)."""
    return kind(task).names


def best(task: str) -> str:
    """The score that the best checkpoint is chosen by, where the recipe names none."""
    kind(task)
    return BEST[task]


def larger_is_better(metric: str) -> bool:
    """Whether more of a score is better."""
    return metric not in SMALLER_IS_BETTER


def score(
    task: str, predictions: pa.Table, *, labels: Sequence[str] = (), seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """The scores of a table of predictions, as JSON.

    labels: those of the model, in its order; resamples: 0 for scores without intervals. Same table, seed and resamples: same
    result. Gives `rows`, `unanswered`, `metrics` (name -> `value`, `low`, `high`), `interval` (how they were made), and by task
    `per_class`, `confusion`, `calibration`, `unseen_labels`, `definitions`. Raises Error (`train-task`, `train-predictions`).
    """
    from dprep.train.scoring.kind import batches

    return _score(task, predictions.num_rows, predictions.column_names, batches(predictions, PORTION), labels, seed, resamples)


def score_file(
    task: str, path: Path, *, labels: Sequence[str] = (), seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """As `score`, of a parquet file, which is read portion by portion."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = [*kind(task).columns, *OPTIONAL]
    try:
        with pq.ParquetFile(path) as file:
            have = [name for name in file.schema_arrow.names if name in wanted]
            rows = file.metadata.num_rows
            return _score(task, rows, have, file.iter_batches(PORTION, columns=have), labels, seed, resamples)
    except (OSError, pa.ArrowInvalid) as fault:
        raise fail("train-predictions", f"`{path.name}` cannot be read: {fault}", "`dprep evaluate` writes it anew") from None


OPTIONAL = ("prediction", "reference", "confidence", "probabilities", "nll", "tokens", "characters", "bytes")
"""Columns that are read where there are some."""


def _score(
    task: str,
    rows: int,
    have: Sequence[str],
    portions: Iterable[pa.RecordBatch],
    labels: Sequence[str],
    seed: int,
    resamples: int,
) -> dict[str, Any]:
    from dprep.train.scoring.kind import check_columns

    check_columns(have, kind(task), task)
    found = kind(task)(rows, labels, seed, resamples)
    said = next((name for name in ("prediction", "margin", "nll") if name in kind(task).columns), "nll")
    unanswered = 0
    for portion in portions:
        unanswered += portion.column(said).null_count
        found.add(portion)
    how = {"method": "percentile bootstrap over rows", "level": 0.95, "resamples": resamples, "seed": seed}
    return {"task": task, "rows": rows, "unanswered": unanswered, "interval": how, **found.finish()}
