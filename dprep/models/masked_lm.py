"""Masked language models from folders: words of texts hidden, and other words drawn for them. Many texts at a time.

A text is cut into tokens once. A word that shares no token with its neighbours can be hidden: by one mask, for which only
tokens that are whole words of its script are drawn, or in Chinese by a mask per character where the model has a token per
character. Masks of one word are filled from the left, each seeing those before. Texts that are longer than the model reads are
shown to it in windows around the masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.models.transformer import TOKENS, Transformer, batches, load, settings_of, unreadable
from dprep.models.vocabularies import HAN, NONE, Vocabulary, script_of, vocabulary

Ints = npt.NDArray[np.int64]

_MADE_FOR = ("MaskedLM", "ForPreTraining", "WithLMHead", "LMHeadModel")
_HEADS = ("cls", "lm_head", "predictions", "generator_predictions", "vocab_transform", "head")
"""What models call the layers that come after the encoder and look at each token apart."""
_ROOM = 2**29
"""Numbers of logits that may be held at once."""
_LEAST = 8


@dataclass(frozen=True, eq=False)
class Tokens:
    """A text in tokens: token t is text[starts[t]:ends[t]], blanks left out."""

    ids: Ints
    starts: Ints
    ends: Ints


@dataclass(eq=False)
class Hole:
    """A word that is hidden, and what is drawn for it."""

    word: str
    first: int
    """The word is the tokens from `first` up to `end`."""
    end: int
    draws: tuple[float, ...]
    """For each mask a number from 0 to 1 (less) that decides."""
    script: int = NONE
    begins: bool = True
    """The token says that a word begins with it."""
    place: int = -1
    """Of its first mask in the text with masks."""
    found: str | None = ""
    """What has been drawn so far; None: there is nothing to draw."""

    @property
    def masks(self) -> int:
        return len(self.draws)


@dataclass(frozen=True)
class Wish:
    """How words are drawn."""

    top_k: int
    temperature: float
    without: frozenset[str] = frozenset()
    """Words, in lower case, that are never drawn."""
    followers: dict[str, str] | None = None
    """What characters may be next in a Chinese word of several masks (`han_words.followers`); None: any."""


@dataclass(frozen=True, eq=False)
class _Window:
    ids: list[int]
    masks: list[tuple[Hole, int]]
    """Holes whose next mask is here, and where."""


@dataclass(frozen=True, eq=False)
class MaskedLM:
    """A model that fills masks."""

    transformer: Transformer
    vocabulary: Vocabulary
    before: tuple[int, ...]
    after: tuple[int, ...]
    """The special tokens around a text."""
    _allowed: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def characters(self) -> frozenset[str]:
        """The Chinese characters that are tokens."""
        return frozenset(self.vocabulary.surfaces[token] for token in np.flatnonzero(self.vocabulary.scripts == HAN))

    def read(self, texts: Sequence[str]) -> list[Tokens]:
        """The texts in tokens."""
        # a blank before the first word makes it a token like those of the other words
        lead = " " if self.vocabulary.style == "Ġ" else ""
        told = self.transformer.tokenizer([lead + text for text in texts], add_special_tokens=False, verbose=False)
        return [_trimmed(lead + text, each, len(lead)) for text, each in zip(texts, told.encodings, strict=True)]

    def reached(self, tokens: Tokens, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """(first, end) of the tokens of each stretch, with the mark before it that may stand alone; (-1, -1) where it shares a
        token with what is beside it."""
        first = np.searchsorted(tokens.ends, starts, side="right")
        end = np.searchsorted(tokens.starts, ends, side="left")
        size = len(tokens.ids)
        whole = (first < end) & (first < size)
        inside, last = np.where(whole, first, 0), np.where(whole, end - 1, 0)
        if size:
            whole &= (tokens.starts[inside] == starts) & (tokens.ends[last] == ends)
        if self.vocabulary.style == "##" and size:
            follower = tokens.ids[np.minimum(end, size - 1)]
            whole &= self.vocabulary.begins[tokens.ids[inside]] & ((end >= size) | self.vocabulary.begins[follower])
        if size:
            first = first - (whole & (first > 0) & self.vocabulary.marks[tokens.ids[np.maximum(inside - 1, 0)]])
        return np.where(whole, first, -1), np.where(whole, end, -1)

    def masks_for(self, word: str, tokens: Tokens, first: int) -> int:
        """How many masks hide a word that starts with token `first`; 0: the model has no words for it."""
        script = script_of(word)
        if script == NONE or not (self.vocabulary.scripts == script).any():
            return 0
        if script == HAN:
            return len(word) if self.vocabulary.single_han else 1
        return int(self.vocabulary.begins[tokens.ids[first]])

    def fill(self, texts: Sequence[tuple[Tokens, list[Hole]]], wish: Wish) -> None:
        """Draw other words for all holes (in the order of their places): `found` says which."""
        masked = [self._masked(tokens, holes) for tokens, holes in texts]
        most = max((hole.masks for _, holes in texts for hole in holes), default=0)
        for step in range(most):
            windows = [
                window
                for ids, (_, holes) in zip(masked, texts, strict=True)
                for window in self._windows(ids, [hole for hole in holes if step < hole.masks and hole.found is not None], step)
            ]
            drawn = self._asked(windows, wish, step)
            for ids, (_, holes) in zip(masked, texts, strict=True):
                for hole in holes:
                    if step < hole.masks and hole.found is not None:
                        _take(ids, hole, drawn[id(hole)], step, self.vocabulary)

    def _masked(self, tokens: Tokens, holes: list[Hole]) -> list[int]:
        """The ids of a text with masks in its holes."""
        ids: list[int] = []
        at = 0
        for hole in holes:
            ids += tokens.ids[at : hole.first].tolist()
            hole.place, hole.script = len(ids), script_of(hole.word)
            hole.begins = bool(self.vocabulary.begins[tokens.ids[hole.first]])
            ids += [self.transformer.tokenizer.mask_token_id] * hole.masks
            at = hole.end
        ids += tokens.ids[at:].tolist()
        return ids

    def _windows(self, ids: list[int], holes: list[Hole], step: int) -> Iterator[_Window]:
        """As many windows as it takes to show every hole, with a quarter of a window or the text's end on both sides."""
        limit = self.transformer.limit - len(self.before) - len(self.after)
        margin, at = limit // 4, 0
        while at < len(holes):
            start = max(0, min(holes[at].place + step - margin, len(ids) - limit))
            end = min(len(ids), start + limit)
            reach = end if end == len(ids) else end - margin
            some = [hole for hole in holes[at:] if hole.place + step < reach]
            shift = len(self.before) - start + step
            yield _Window([*self.before, *ids[start:end], *self.after], [(hole, hole.place + shift) for hole in some])
            at += len(some)

    def _asked(self, windows: list[_Window], wish: Wish, step: int) -> dict[int, int]:
        """The token drawn for each hole, by its `id`; -1: none."""
        import torch

        found: dict[int, int] = {}
        where = self.transformer
        tokens = min(TOKENS[where.device], max(1024, 4 * _ROOM // len(self.vocabulary.surfaces)))
        left = where.tokenizer.padding_side == "left"
        with torch.inference_mode():
            for length, places in batches([len(window.ids) for window in windows], tokens):
                some = [windows[place] for place in places]
                matrix, mask = where.padded([window.ids for window in some], length)
                flat = [
                    row * length + place + (length - len(window.ids) if left else 0)
                    for row, window in enumerate(some)
                    for _, place in window.masks
                ]
                holes = [hole for window in some for hole, _ in window.masks]
                scores = _scores(where.model, matrix.to(where.device), mask.to(where.device), flat)
                drawn = self._drawn(scores, holes, wish, step)
                found.update(zip(map(id, holes), drawn, strict=True))
        return found

    def _drawn(self, scores: Any, holes: list[Hole], wish: Wish, step: int) -> list[int]:
        """The token drawn for each hole from its scores (holes, tokens)."""
        import torch

        groups = [self._choices(hole, wish, scores) for hole in holes]
        kinds = {key: place for place, key in enumerate(dict.fromkeys(groups))}
        allowed = torch.stack([self._allowed[key] for key in kinds])
        scores = scores.masked_fill(~allowed[[kinds[key] for key in groups]], float("-inf"))
        for row, hole in enumerate(holes):
            banned = self._banned(hole, step)
            if banned:
                scores[row, banned] = float("-inf")
        values, ids = scores.topk(min(wish.top_k, scores.shape[1]), dim=1)
        draws = np.array([hole.draws[step] for hole in holes])
        return _picked(values.double().cpu().numpy(), ids.cpu().numpy(), draws, wish.temperature)

    def _choices(self, hole: Hole, wish: Wish, scores: Any) -> Any:
        """The key in `_allowed` of the tokens that may stand in a hole's next mask."""
        start = f"{hole.masks}{hole.found}" if wish.followers is not None and hole.masks > 1 else ""
        key = (hole.script, hole.begins, hole.masks > 1, wish.without, start)
        if key not in self._allowed:
            found = np.zeros(scores.shape[1], np.bool_)
            known = self.vocabulary.scripts == hole.script
            found[: len(known)] = known & (self.vocabulary.begins == hole.begins)
            if start and wish.followers is not None:
                self._narrow(found, wish.followers.get(start, ""))
            if hole.masks == 1 and wish.without:
                found[
                    [token for word in wish.without for token in self.vocabulary.same.get(word, ()) if token < len(found)]
                ] = False
            self._allowed[key] = _on(found, scores.device)
        return key

    def _narrow(self, allowed: npt.NDArray[np.bool_], characters: str) -> None:
        """Take from `allowed` all tokens but those of the characters."""
        tokens = [token for character in characters for token in self.vocabulary.same.get(character, ())]
        kept = np.zeros(len(allowed), np.bool_)
        kept[[token for token in tokens if token < len(allowed)]] = True
        allowed &= kept

    def _banned(self, hole: Hole, step: int) -> list[int]:
        """Tokens that would give the hidden word again."""
        if hole.masks == 1:
            return self.vocabulary.same.get(hole.word.lower(), [])
        again = step == hole.masks - 1 and hole.found == hole.word[:-1]
        return self.vocabulary.same.get(hole.word[-1], []) if again else []


def _trimmed(text: str, encoding: Any, lead: int) -> Tokens:
    """What a tokenizer says of a text that begins with `lead` blanks that are not the text's."""
    ids, places = np.array(encoding.ids, np.int64), np.array(encoding.offsets, np.int64).reshape(-1, 2)
    starts, ends = places[:, 0], places[:, 1]
    blank = np.array([character.isspace() for character in text], np.bool_)
    # where the next character that is no blank stands, from each place on
    following = np.minimum.accumulate(np.where(blank, len(text), np.arange(len(text)))[::-1])[::-1]
    if len(text):
        starts = np.minimum(following[np.minimum(starts, len(text) - 1)], ends)
    return Tokens(ids, starts - lead, ends - lead)


def _on(array: npt.NDArray[np.bool_], device: Any) -> Any:
    import torch

    return torch.from_numpy(array).to(device)


def _take(ids: list[int], hole: Hole, token: int, step: int, known: Vocabulary) -> None:
    if token < 0:
        hole.found = None
        return
    ids[hole.place + step] = token
    hole.found = (hole.found or "") + known.surfaces[token]


def _picked(values: npt.NDArray[np.float64], ids: Ints, draws: npt.NDArray[np.float64], temperature: float) -> list[int]:
    """The id that each row's draw falls on, by softmax of its values; -1 where all of them are minus infinity."""
    best = values[:, :1]
    there = np.isfinite(best[:, 0])
    weights = np.exp((values - np.where(there[:, None], best, 0.0)) / temperature)
    sums = np.cumsum(weights, axis=1)
    place = (sums <= draws[:, None] * sums[:, -1:]).sum(axis=1)
    # a draw of nearly one may be rounded up to the sum: the last token with any weight is meant
    place = np.minimum(place, (weights > 0).sum(axis=1) - 1)
    return [int(ids[row, place[row]]) if there[row] else -1 for row in range(len(ids))]


def _scores(model: Any, ids: Any, mask: Any, flat: list[int]) -> Any:
    """(masks, vocabulary): what the model says of the tokens at the places `flat` of the batch.

    The layers after the encoder are by far the widest, so they are shown the masked places only.
    """
    chosen: list[int] = flat
    head = next((getattr(model, name) for name in _HEADS if hasattr(getattr(model, name, None), "forward")), None)

    def narrowed(_: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden = given[0]
        return (hidden.reshape(-1, hidden.shape[-1])[chosen][None], *given[1:])

    hook = head.register_forward_pre_hook(narrowed) if head is not None else None
    try:
        logits = model(input_ids=ids, attention_mask=mask).logits
    finally:
        if hook is not None:
            hook.remove()
    return (logits[0] if hook is not None else logits.reshape(-1, logits.shape[-1])[chosen]).float()


@cache
def masked_lm(path: str) -> MaskedLM:
    """The model in a folder. Raises Error (`missing-library`, `unreadable-file`)."""
    check(path)
    loaded = load(path, "AutoModelForMaskedLM", 1_000_000)
    tokenizer, folder = loaded.tokenizer, Path(path)
    if tokenizer.mask_token_id is None:
        raise unreadable(folder, "its tokenizer has no token for masks")
    if not tokenizer.is_fast:
        raise unreadable(folder, "its tokenizer does not tell where tokens stand", "save it with a `tokenizer.json`")
    ids = tokenizer(tokenizer.mask_token)["input_ids"]
    if ids.count(tokenizer.mask_token_id) != 1:
        raise unreadable(folder, "its tokenizer does not know its own token for masks")
    place = ids.index(tokenizer.mask_token_id)
    if loaded.limit < _LEAST + len(ids):
        raise unreadable(folder, f"it reads only {loaded.limit} tokens")
    size = min(len(tokenizer), loaded.model.config.vocab_size)
    known = vocabulary(
        tokenizer.convert_ids_to_tokens(range(size)), [each for each in tokenizer.all_special_ids if each < size]
    )
    if (known.scripts == NONE).all():
        raise unreadable(folder, "its vocabulary holds no word")
    return MaskedLM(loaded, known, tuple(ids[:place]), tuple(ids[place + 1 :]))


def check(path: str) -> None:
    """Raise Error where a folder holds no model that fills masks. Reads its configuration only."""
    made = settings_of(Path(path) / "config.json").get("architectures") or ["nothing"]
    if (Path(path) / "config.json").is_file() and not any(str(made[0]).endswith(end) for end in _MADE_FOR):
        help = "name a model with a head for masked words, such as `BertForMaskedLM`"
        raise unreadable(Path(path), f"it was saved as `{str(made[0])[:60]}`, which fills no masks", help)
