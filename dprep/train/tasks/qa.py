"""Extractive question answering: where in a context the answer to a question stands, or that it does not stand there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dprep.base.problem import Error, Problem
from dprep.train.task import Batch, Example, Row, Task, Unusable
from dprep.train.tasks.answer_spans import Candidate, candidates
from dprep.train.tasks.pieces import Frame, flat, pair_frame, run

if TYPE_CHECKING:
    import torch

QUESTION_SHARE = 0.5
"""Of the tokens that are not special, a question gets at most so many; the rest is for the context."""


class QuestionAnswering(Task):
    """`context`, `question` and `answers` with `text` and `answer_start` in code points; no answer: it is not in the context.

    A long context is read in windows, neighbours of which share `doc_stride` tokens; all are trained on. In a window
    without the whole answer, the answer is the first special token. Of several answers the first that is there is learnt.
    """

    name = "qa"
    models = ("encoder",)
    columns = ("context", "question", "answers")
    asks = ("context", "question")
    best = "f1"
    new_head = True
    peft_type = "QUESTION_ANS"

    def prepared(self, train: Iterable[Mapping[str, Any]]) -> None:
        """Facts: `may_be_missing`, whether train has questions without an answer. If not, something is always answered."""
        self.facts = {"may_be_missing": any(example["missing"] for example in train)}

    def auto_class(self) -> str:
        return "AutoModelForQuestionAnswering"

    def config(self) -> dict[str, Any]:
        return {"answers_may_be_missing": self.facts["may_be_missing"]} if self.facts else {}

    # rows to examples

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        """Raises Error (`train-tokenizer`) where the tokenizer cannot tell where in a text its tokens stand."""
        if not self.tokenizer.is_fast:
            sentence = "the tokenizer cannot tell where in a text its tokens stand, which task `qa` must know"
            raise Error(Problem("train-tokenizer", sentence, help="choose a model whose folder has a `tokenizer.json`"))
        whole = [n for n, row in enumerate(rows) if row.get("context") is not None and row.get("question") is not None]
        questions = self._told([rows[n]["question"] for n in whole])
        contexts = self._told([rows[n]["context"] for n in whole])
        told = {n: (question, *context) for n, (question, _), context in zip(whole, questions, contexts, strict=True)}
        for place, row in enumerate(rows):
            if place not in told:
                yield Unusable(first + place, "no_text")
            else:
                yield from self._examples(first + place, row, *told[place])

    def _told(self, texts: list[str]) -> list[tuple[list[int], Any]]:
        """For each text its ids and where they stand, (tokens, 2) in code points."""
        if not texts:
            return []
        told = self.tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets = (np.array(each, np.int64).reshape(-1, 2) for each in told["offset_mapping"])
        return list(zip(told["input_ids"], offsets, strict=True))

    def _examples(
        self, place: int, row: Row, question: list[int], context: list[int], offsets: Any
    ) -> Iterator[Example | Unusable]:
        places = self.limit - self._frame.size
        room = max(1, int(places * QUESTION_SHARE))
        cut = max(0, len(question) - room)
        if cut and self.settings.long_rows == "drop":
            yield Unusable(place, "too_long")
            return
        asked = question[:room]
        span, reason = _span(row, offsets)
        missing = span is None and not reason
        for start, end in _windows(len(context), max(1, places - len(asked)), self.settings.doc_stride):
            ids, second = self._frame.pair(asked, context[start:end])
            begin = len(self._frame.before) + len(asked) + len(self._frame.between)
            none = self._none(ids)
            inside = span is not None and start <= span[0] and span[1] < end
            first, last = (begin + span[0] - start, begin + span[1] - start) if span and inside else (none, none)
            window = np.full((len(ids), 2), -1, np.int64)
            window[begin : begin + end - start] = offsets[start:end]
            yield Example(
                row=place,
                ids={"input_ids": ids, "begins": window[:, 0].tolist(), "ends": window[:, 1].tolist()},
                numbers={"first": -1 if reason else first, "last": last, "none": none, "second": second, "missing": missing},
                cut={"question": cut} if cut else {},
                supervised=int(not reason),
                reason=reason,
            )

    def _none(self, ids: Sequence[int]) -> int:
        """Where the token stands that means that there is no answer."""
        special = self.tokenizer.cls_token_id
        return ids.index(special) if special is not None and special in ids else 0

    @cached_property
    def _frame(self) -> Frame:
        return pair_frame(self.tokenizer)

    # batches

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        """`first`, `last` (D,), places in each document, -1 where nothing is known; `none` (D,); `begins`, `ends` (T,)."""
        import torch

        singles = {name: torch.tensor([int(each[name]) for each in examples]) for name in ("first", "last", "none")}
        return {**flat(examples), **singles, **{name: torch.from_numpy(run(examples, name)) for name in ("begins", "ends")}}

    def items(self, batch: Batch) -> int:
        return int((batch["first"] >= 0).sum())

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        """For each window the mean of the losses of its first and its last token."""
        from dprep.train.computing.losses import label_losses

        starts, ends = self._logits(model, batch)
        losses = label_losses(starts, batch["first"].clamp(min=0), self.settings)
        losses = losses + label_losses(ends, batch["last"].clamp(min=0), self.settings)
        return losses.masked_fill(batch["first"] < 0, 0.0).sum() / 2

    def _logits(self, model: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """(D, longest) each, fp32; minus infinity behind the end of a window."""
        import torch

        from dprep.train.computing import documents

        output = documents.call(model, batch)
        real = documents.padded(torch.ones_like(batch["input_ids"], dtype=torch.bool), batch["lengths"], False)
        starts, ends = (each.float().masked_fill(~real, -math.inf) for each in (output.start_logits, output.end_logits))
        return starts, ends

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        """For each window its best `candidates` and `none`, the score of there being no answer in it."""
        from dprep.train.computing import documents

        if "may_be_missing" not in self.facts:  # of a model that was saved as a whole, its configuration knows
            self.facts["may_be_missing"] = bool(getattr(documents.inner(model).config, "answers_may_be_missing", True))
        starts, ends = (each.cpu().numpy() for each in self._logits(model, batch))
        lengths = batch["lengths"].tolist()
        offsets = np.stack([batch["begins"].cpu().numpy(), batch["ends"].cpu().numpy()], 1)
        said = []
        windows = np.split(offsets, np.cumsum(lengths)[:-1])
        for place, (length, none, window) in enumerate(zip(lengths, batch["none"].tolist(), windows, strict=True)):
            first, last = starts[place, :length], ends[place, :length]
            said.append({"candidates": candidates(first, last, window), "none": float(first[none] + last[none])})
        return said

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The best span of all windows, unless no window is as sure of any span as of there being none."""
        if not said:
            return {"prediction": None, "start": None, "confidence": None}
        spans: list[Candidate] = sorted({each for window in said for each in window["candidates"]}, reverse=True)
        none = min(float(window["none"]) for window in said)
        scores = [score for score, _, _ in spans] + ([none] if self.facts.get("may_be_missing", True) or not spans else [])
        best = max(range(len(scores)), key=scores.__getitem__)
        confidence = 1 / sum(math.exp(score - scores[best]) for score in scores)
        if best == len(spans):
            return {"prediction": "", "start": -1, "confidence": confidence}
        _, start, end = spans[best]
        text = row["context"][start:end]
        return {"prediction": text.strip(), "start": end - len(text.lstrip()), "confidence": confidence}

    def truth(self, row: Row) -> dict[str, Any]:
        answers = row.get("answers")
        return {} if answers is None or answers.get("text") is None else {"answers": answers}


def _span(row: Row, offsets: Any) -> tuple[tuple[int, int] | None, str]:
    """(first, last) token of the answer in the context, None where it has none; and why nothing can be learnt, or nothing."""
    answers = row.get("answers")
    if answers is None or answers.get("text") is None:
        return None, "no_label"
    told = [text for text in answers["text"] if text is not None and text.strip()]
    if not told:
        return None, ""
    for text, start in zip(answers["text"], answers.get("answer_start") or (), strict=False):
        if text and text.strip() and start is not None and start >= 0 and row["context"].startswith(text, start):
            low, high = start + len(text) - len(text.lstrip()), start + len(text.rstrip())
            touched = np.flatnonzero((offsets[:, 0] < high) & (offsets[:, 1] > low))
            if len(touched):
                return (int(touched[0]), int(touched[-1])), ""
    return None, "answer_not_there"


def _windows(tokens: int, room: int, shared: int) -> Iterator[tuple[int, int]]:
    """(start, end) of windows of at most `room` tokens; neighbours share `shared`, or half a window where that is less."""
    step = room - min(shared, room // 2)
    start = 0
    while True:
        yield start, min(start + room, tokens)
        if start + room >= tokens:
            return
        start += step
