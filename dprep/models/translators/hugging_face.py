"""Translation models of transformers (Marian, NLLB, M2M-100, mBART, T5) from a folder, asked in batches of like length.

What is drawn from a temperature depends on the text's own seed, not on its batch: the likeliest of the probabilities with
Gumbel noise added is a draw from them. Source: Gumbel 1954; Maddison, Tarlow, Minka 2014, "A* sampling", section 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from dprep.base.problem import fail
from dprep.models.transformer import Transformer, load, unreadable
from dprep.models.translators import Wish

KEPT_BYTES = {"cpu": 512 << 20, "cuda": 4 << 30}
"""What a batch may keep in memory of the tokens that it has seen: larger models get smaller batches."""
ROWS = 1024
"""Most texts of a batch."""
_MORE = 16
"""A translation may have twice as many tokens as the text, and so many more."""


@dataclass(frozen=True, eq=False)
class HuggingFace:
    """A model and its tokenizer."""

    by_sentence: ClassVar[bool] = True

    name: str
    loaded: Transformer

    def fits(self, texts: Sequence[str], wish: Wish) -> list[bool]:
        limit = self.loaded.limit
        return [len(text.encode()) + 8 < limit or len(ids) <= limit for text, ids in self._sized(texts, wish, limit)]

    def translate(self, texts: Sequence[str], seeds: Sequence[int], wish: Wish) -> list[str | None]:
        target = self._target(wish)
        ids = self._ids(texts, wish)
        found: list[str | None] = [None] * len(texts)
        for places in _batches([len(each) for each in ids], self._tokens() // max(1, wish.beams)):
            answers = self._generated([ids[p] for p in places], [seeds[p] for p in places], wish, target)
            for place, answer in zip(places, answers, strict=True):
                found[place] = answer
        return found

    def _tokens(self) -> int:
        """Tokens of a batch: each layer keeps a key and a value of each, for the text and for its translation."""
        config = self.loaded.model.config
        layers = getattr(config, "decoder_layers", None) or getattr(config, "num_decoder_layers", None) or 12
        return max(256, KEPT_BYTES[self.loaded.device] // (16 * int(config.d_model) * int(layers)))

    def _sized(self, texts: Sequence[str], wish: Wish, limit: int) -> Iterator[tuple[str, list[int]]]:
        """Every text, with its tokens where it may have too many."""
        long = [text for text in texts if len(text.encode()) + 8 >= limit]
        ids = iter(self._ids(long, wish) if long else [])
        for text in texts:
            yield text, next(ids) if len(text.encode()) + 8 >= limit else []

    def _ids(self, texts: Sequence[str], wish: Wish) -> list[list[int]]:
        words = self.loaded.tokenizer
        if hasattr(words, "src_lang"):
            self._language(wish.source)
            words.src_lang = wish.source
        told = words([wish.prefix + text for text in texts], return_attention_mask=False)
        return [list(each) for each in told["input_ids"]]

    def _target(self, wish: Wish) -> int | None:
        """The token that makes a model of many languages speak this one; None for a model of one pair."""
        return self._language(wish.target) if hasattr(self.loaded.tokenizer, "src_lang") else None

    def _language(self, code: str) -> int:
        words = self.loaded.tokenizer
        found = [words.convert_tokens_to_ids(each) for each in (f"__{code}__", code)]  # `en` may be a piece of a word
        known = [number for number in found if number is not None and number != words.unk_token_id]
        if not code or not known:
            sentence = f"the model `{self.name}` knows no language `{code}`"
            raise fail("wrong-value", sentence, "NLLB writes `eng_Latn` and `zho_Hans`, M2M-100 `en` and `zh`, mBART `en_XX`")
        return int(known[0])

    def _generated(
        self, ids: Sequence[Sequence[int]], seeds: Sequence[int], wish: Wish, target: int | None
    ) -> list[str | None]:
        import torch

        words, device = self.loaded.tokenizer, self.loaded.device
        batch = words.pad({"input_ids": [list(each) for each in ids]}, padding=True, return_tensors="pt").to(device)
        ranks = 1 if wish.temperature else wish.rank + 1
        most = self._room(2 * batch["input_ids"].shape[1] + _MORE)
        settings: dict[str, Any] = {
            "num_beams": 1 if wish.temperature else max(wish.beams, ranks),
            "num_return_sequences": ranks,
            "do_sample": False,
            "max_new_tokens": most,
            **({} if target is None else {"forced_bos_token_id": target}),
            **({"logits_processor": [_Draw(seeds, wish, device)]} if wish.temperature else {}),
        }
        with torch.inference_mode():
            told = self.loaded.model.generate(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], **settings)
        # after the token that every answer starts with comes the one that names its language
        chosen = told[ranks - 1 :: ranks][:, 1 if target is None else 2 :].cpu()
        ended = (chosen == self._end).any(dim=1).tolist()
        texts = words.batch_decode(chosen, skip_special_tokens=True)
        return [text.strip() or None if whole else None for text, whole in zip(texts, ended, strict=True)]

    def _room(self, wanted: int) -> int:
        """Tokens that an answer may have: never more than the model has places for. One that is as long is cut off."""
        most = getattr(self.loaded.model.config, "max_position_embeddings", None)
        return min(wanted, most - 1) if isinstance(most, int) and most > 1 else wanted

    @property
    def _end(self) -> int:
        return int(self.loaded.tokenizer.eos_token_id)


class _Draw:
    """Adds to each text's log probabilities its own Gumbel noise, so that the largest is a draw."""

    def __init__(self, seeds: Sequence[int], wish: Wish, device: str) -> None:
        import torch

        self.temperature, self.top_k, self.device = wish.temperature, wish.top_k, device
        self.chances = [torch.Generator(device).manual_seed(seed >> 1) for seed in seeds]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """scores: (texts, tokens)."""
        import torch

        scaled = scores.float() / self.temperature
        if self.top_k and self.top_k < scaled.shape[1]:
            least = scaled.topk(self.top_k, dim=1).values[:, -1:]
            scaled = scaled.masked_fill(scaled < least, float("-inf"))
        size = scaled.shape[1]
        noise = [torch.empty(size, device=self.device).exponential_(generator=chance) for chance in self.chances]
        return scaled - torch.stack(noise).log()


def _batches(sizes: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Places of texts, those of like length together, the longest first: if memory is short that shows at once."""
    order = sorted(range(len(sizes)), key=lambda place: (-sizes[place], place))
    start = 0
    while start < len(order):
        rows = max(1, min(ROWS, tokens // max(1, sizes[order[start]])))
        yield order[start : start + rows]
        start += rows


@cache
def hugging_face(path: str, most: int, dtype: str) -> HuggingFace:
    """The translator in a folder; most: tokens that it reads at once. Raises Error (`missing-library`, `unreadable-file`)."""
    loaded = load(path, "AutoModelForSeq2SeqLM", most)
    if not loaded.model.config.is_encoder_decoder or loaded.tokenizer.eos_token_id is None:
        raise unreadable(Path(path), "it is no translator", "name a folder of Marian, NLLB, M2M-100, mBART or T5")
    import torch

    loaded.model.to(getattr(torch, dtype))
    return HuggingFace(Path(path).name, loaded)
