"""Tagging: each token of a row gets a tag, such as `B-person` of named entities."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dprep.base.problem import fail
from dprep.train.task import Batch, Example, Row, Task, Unusable
from dprep.train.tasks.classification import label_names, padding
from dprep.train.tasks.pieces import Frame, bare, flat, frame, run

if TYPE_CHECKING:
    import torch

IGNORE = -100
OUTSIDE = "O"
"""The tag of a token that the model was not asked for: one that is no piece, or one of a row that is left out."""
_SPACE = "▁"


class Tagging(Task):
    """`tokens` and `tags` are lists of the same length. The first piece of a token carries its tag, the others carry none.

    Each token is cut into pieces by itself, as if it stood behind a space; a token that begins with a Chinese character or
    a kana, as if it stood behind the last one. A row that is too long becomes several examples, and loses nothing. A token
    without any piece, such as a lone variation selector, is told `O`.
    """

    name = "tagging"
    models = ("encoder", "decoder")
    columns = ("tokens", "tags")
    asks = ("tokens",)
    best = "span_f1"
    new_head = True
    peft_type = "TOKEN_CLS"

    @classmethod
    def find_labels(cls, rows: Iterable[Row]) -> tuple[str, ...]:
        """Raises Error (`train-labels`) where there is nothing to choose between."""
        found = {str(tag) for row in rows for tag in row.get("tags") or () if tag is not None}
        if len(found) < 2:
            told = f"every tag of train is `{min(found)}`" if found else "no row of train has tags"
            raise fail("train-labels", f"{told}, so that there is nothing to learn", "see the column `tags` of the version")
        return tuple(sorted(found))

    def prepared(self, train: Iterable[Mapping[str, Any]]) -> None:
        """Facts: `counts`, tokens of each tag."""
        counts = np.zeros(len(self.labels), np.int64)
        for example in train:
            labels = np.asarray(example["labels"], np.int64)
            counts += np.bincount(labels[labels >= 0], minlength=len(counts))
        self.facts = {"counts": counts.tolist()}

    def auto_class(self) -> str:
        return "AutoModelForTokenClassification"

    def config(self) -> dict[str, Any]:
        return {**label_names(self.labels), **padding(self.tokenizer)}

    # rows to examples

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        places = {tag: place for place, tag in enumerate(self.labels)}
        pieces = self._pieces(rows)
        for place, row in enumerate(rows, first):
            tokens, tags = row.get("tokens"), row.get("tags")
            own = [pieces[told] for told in self._as_read(tokens or ())]
            if not any(own):
                yield Unusable(place, "no_tokens")
            elif tags is not None and len(tags) != len(own):
                yield Unusable(place, "tags_do_not_fit")
            else:
                yield from self._examples(
                    place, own, [IGNORE] * len(own) if tags is None else _places(tags, places), tags is None
                )

    def _examples(self, row: int, own: list[list[int]], tags: list[int], untagged: bool) -> Iterator[Example | Unusable]:
        room = max(1, self.limit - self._frame.size)
        cut = sum(max(0, len(each) - room) for each in own)
        windows = list(_windows([each[:room] for each in own], room))
        if self.settings.long_rows == "drop" and (cut or len(windows) > 1):
            yield Unusable(row, "too_long")
            return
        asked = any(tag >= 0 for tag, each in zip(tags, own, strict=True) if each)
        reason = "" if asked else "no_label" if untagged else "label_not_in_train"
        for start, end in windows:
            yield self._example(row, [each[:room] for each in own[start:end]], tags[start:end], start, cut, reason)

    def _example(self, row: int, own: list[list[int]], tags: list[int], start: int, cut: int, reason: str) -> Example:
        """One window, which begins with the token `start` of its row."""
        labels: list[int] = []
        words: list[int] = []
        for place, (each, tag) in enumerate(zip(own, tags, strict=True), start):
            if each:
                labels += [tag, *[IGNORE] * (len(each) - 1)]
                words += [place, *[-1] * (len(each) - 1)]
        around = self._frame
        before, after = len(around.before), len(around.after)
        return Example(
            row=row,
            ids={
                "input_ids": around.around([piece for each in own for piece in each]),
                "labels": [*[IGNORE] * before, *labels, *[IGNORE] * after],
                "words": [*[-1] * before, *words, *[-1] * after],
            },
            cut={"text": cut} if cut else {},
            supervised=sum(label >= 0 for label in labels),
            reason=reason,
        )

    @cached_property
    def _frame(self) -> Frame:
        return frame(self.tokenizer)

    @cached_property
    def _glue(self) -> str:
        """What a word must begin with to be cut as it is in a sentence: a space for tokenizers on bytes, else nothing."""
        one, spaced, both = bare(self.tokenizer, ["a", " a", "a a"])
        return " " if both == one + spaced != one + one else ""

    def _without_space(self, ids: list[int]) -> list[int]:
        """The pieces of a word as it is cut inside a sentence of Chinese, where SentencePiece sees no space before it."""
        first = self.tokenizer.convert_ids_to_tokens(ids[0]) if ids else ""
        if first == _SPACE:
            return ids[1:] or ids
        bare_first = self.tokenizer.convert_tokens_to_ids(first[1:]) if first.startswith(_SPACE) else None
        return ids if bare_first in {None, self.tokenizer.unk_token_id} else [bare_first, *ids[1:]]

    def _as_read(self, tokens: Sequence[Any]) -> list[str]:
        return ["" if not token else token if _is_cjk(token[0]) else self._glue + token for token in tokens]

    def _pieces(self, rows: Sequence[Row]) -> dict[str, list[int]]:
        """Token -> its pieces; each is cut once."""
        told = list(dict.fromkeys(token for row in rows for token in self._as_read(row.get("tokens") or ())))
        found = dict(zip(told, bare(self.tokenizer, told), strict=True))
        return {token: self._without_space(ids) if token and _is_cjk(token[0]) else ids for token, ids in found.items()} | {
            "": []
        }

    # batches

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        """`labels` (T,), -100 where there is none; `words` (T,), the token that a first piece begins, else -1."""
        import torch

        return {**flat(examples), **{name: torch.from_numpy(run(examples, name)) for name in ("labels", "words")}}

    def items(self, batch: Batch) -> int:
        return int((batch["labels"] >= 0).sum())

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        from dprep.train.computing import documents
        from dprep.train.computing.confidence import HEARD, of_tags
        from dprep.train.computing.losses import balanced, label_losses

        logits = documents.flat(documents.call(model, batch).logits, batch["lengths"])
        if HEARD in batch:
            batch[HEARD].append(of_tags(logits, batch["labels"], batch["lengths"]))
        weights = None
        if self.settings.class_weights == "balanced":
            weights = logits.new_tensor(balanced(self.facts["counts"])).float()
        losses = label_losses(logits, batch["labels"].clamp(min=0), self.settings, weights)
        return losses.masked_fill(batch["labels"] < 0, 0.0).sum()

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        """For each window `words`, places in the row, and what is said of them."""
        from dprep.train.computing import documents

        best = documents.flat(documents.call(model, batch).logits, batch["lengths"]).argmax(-1).cpu().numpy()
        words = batch["words"].cpu().numpy()
        ends = np.cumsum(batch["lengths"].cpu().numpy())[:-1]
        windows = zip(np.split(best, ends), np.split(words, ends), strict=True)
        return [_told(self.labels, tags, places) for tags, places in windows]

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        tags = [OUTSIDE] * len(row.get("tokens") or ())
        for window in said:
            for place, tag in zip(window["words"], window["tags"], strict=True):
                tags[place] = tag
        return {"prediction": tags}

    def truth(self, row: Row) -> dict[str, Any]:
        tags = row.get("tags")
        if tags is None or len(tags) != len(row.get("tokens") or ()):
            return {}
        return {"tags": [OUTSIDE if tag is None else str(tag) for tag in tags]}


def _told(labels: Sequence[str], tags: Any, words: Any) -> dict[str, Any]:
    asked = words >= 0
    return {"words": words[asked].tolist(), "tags": [labels[tag] for tag in tags[asked]]}


def _places(tags: Sequence[Any], places: Mapping[str, int]) -> list[int]:
    return [IGNORE if tag is None else places.get(str(tag), IGNORE) for tag in tags]


def _windows(own: Sequence[Sequence[int]], room: int) -> Iterator[tuple[int, int]]:
    """(start, end) of runs of tokens whose pieces fit, as many in each as can be; each token is in one."""
    start, used = 0, 0
    for place, each in enumerate(own):
        if used + len(each) > room:
            yield start, place
            start, used = place, 0
        used += len(each)
    if used:
        yield start, len(own)


def _is_cjk(character: str) -> bool:
    return ord(character) >= 0x2E80 and unicodedata.name(character, "").startswith(("CJK ", "HIRAGANA ", "KATAKANA "))
