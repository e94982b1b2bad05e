"""Translation models that were converted for CTranslate2: the same answers, faster, and int8 without a GPU.

The folder is what `ct2-transformers-converter` writes, with the SentencePiece files of the model beside it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import xxhash

from dprep.base.problem import fail
from dprep.models.devices import ASKED
from dprep.models.transformer import unreadable
from dprep.models.translators import Wish

_PIECES = ("sentencepiece.bpe.model", "sentencepiece.model", "spiece.model", "tokenizer.model", "source.spm")
_TOO_LONG = re.compile(r"positions >= (\d+)")
_BATCH_TOKENS = 4096
_MORE = 16
_CURE = (
    "`ct2-transformers-converter --model FOLDER --output_dir NEW --copy_files source.spm target.spm` writes one for Marian; "
    "NLLB and M2M-100 have `sentencepiece.bpe.model`, T5 has `spiece.model`"
)


@dataclass(frozen=True, eq=False)
class Converted:
    """A converted model with the tokenizers of both its sides."""

    by_sentence: ClassVar[bool] = True

    name: str
    model: Any
    source: Any
    target: Any
    limit: int
    places: int
    """Tokens that the model has places for, of an answer too."""
    languages: frozenset[str]
    """The tokens that name languages, if it is a model of several."""

    def fits(self, texts: Sequence[str], wish: Wish) -> list[bool]:
        return [len(text.encode()) + 8 < self.limit or len(self._pieces(text, wish)) <= self.limit for text in texts]

    def translate(self, texts: Sequence[str], seeds: Sequence[int], wish: Wish) -> list[str | None]:
        tokens = [self._pieces(text, wish) for text in texts]
        found: list[str | None] = [None] * len(texts)
        order = sorted(range(len(texts)), key=lambda place: (-len(tokens[place]), place))
        for start in range(0, len(order), 1024):
            places = order[start : start + 1024]
            answers = self._answered([tokens[p] for p in places], [seeds[p] for p in places], wish)
            for place, answer in zip(places, answers, strict=True):
                found[place] = answer
        return found

    def _pieces(self, text: str, wish: Wish) -> list[str]:
        language = [self._language(wish.source)] if self.languages else []
        return [*language, *self.source.EncodeAsPieces(wish.prefix + text), "</s>"]

    def _language(self, code: str) -> str:
        token = next((each for each in (code, f"__{code}__") if each in self.languages), "")
        if not token:
            sentence = f"the model `{self.name}` knows no language `{code}`"
            raise fail("wrong-value", sentence, "NLLB writes `eng_Latn` and `zho_Hans`, M2M-100 `en` and `zh`")
        return token

    def _answered(self, tokens: list[list[str]], seeds: Sequence[int], wish: Wish) -> list[str | None]:
        ranks = 1 if wish.temperature else wish.rank + 1
        most = min(2 * max(map(len, tokens)) + _MORE, self.places - 1)
        settings: dict[str, Any] = {"beam_size": 1 if wish.temperature else max(wish.beams, ranks), "num_hypotheses": ranks}
        if wish.temperature:
            _seed(seeds)
            settings |= {"sampling_temperature": wish.temperature, "sampling_topk": wish.top_k}
        prefix = [[self._language(wish.target)]] * len(tokens) if self.languages else None
        told = self.model.translate_batch(
            tokens,
            target_prefix=prefix,
            max_batch_size=_BATCH_TOKENS,
            batch_type="tokens",
            max_input_length=0,
            max_decoding_length=most,
            return_end_token=True,
            **settings,
        )
        return [self._text(each.hypotheses[ranks - 1]) for each in told]

    def _text(self, pieces: list[str]) -> str | None:
        """The words of an answer; None where it was cut off before its end."""
        if not pieces or pieces[-1] != "</s>":
            return None
        plain = [piece for piece in pieces[:-1] if piece not in self.languages and piece not in ("<pad>", "<s>")]
        return str(self.target.DecodePieces(plain)).strip() or None


def _seed(seeds: Sequence[int]) -> None:
    """Drawing starts from all texts of a batch: the library has one source of chance."""
    import ctranslate2

    ctranslate2.set_random_seed(xxhash.xxh3_64_intdigest(repr(list(seeds)).encode()) >> 33)


@cache
def converted(path: str, most: int, precision: str) -> Converted:
    """The translator in a folder; most: tokens that it reads at once. Raises Error (`missing-library`, `unreadable-file`)."""
    try:
        import ctranslate2
        import sentencepiece
    except ModuleNotFoundError as fault:
        sentence = f"converted models need the library `{fault.name}`, which is not installed"
        raise fail("missing-library", sentence, "`pip install 'dprep[augment]'` provides it") from None
    folder = Path(path)
    source, target = files_of(path)
    try:
        model = ctranslate2.Translator(str(folder), compute_type=precision, **_device(ctranslate2))
        pieces, words = (sentencepiece.SentencePieceProcessor(model_proto=side.read_bytes()) for side in (source, target))
    except (RuntimeError, ValueError, OSError) as fault:
        first = (str(fault).splitlines() or [""])[0][:200]
        raise unreadable(folder, f"{type(fault).__name__}: {first}", _CURE) from None
    places = _places(model, 2 * most + _MORE + 1)
    return Converted(folder.name, model, pieces, words, min(most, places), places, _languages(folder, pieces))


def files_of(path: str) -> tuple[Path, Path]:
    """The SentencePiece files of both sides. Raises Error (`unreadable-file`) where a folder lacks what it needs."""
    folder = Path(path)
    source = next((folder / name for name in _PIECES if (folder / name).is_file()), None)
    target = folder / "target.spm" if source is not None and source.name == "source.spm" else source
    if not (folder / "model.bin").is_file():
        raise unreadable(folder, "it has no `model.bin`", _CURE)
    if source is None or target is None or not target.is_file():
        raise unreadable(folder, "it lacks the SentencePiece file of a side", _CURE)
    return source, target


def _places(model: Any, wanted: int) -> int:
    """`wanted` tokens, or as many as the model has places for: the folder does not tell, so it is tried."""
    try:
        model.translate_batch([["</s>"] * wanted], max_input_length=0, max_decoding_length=1)
    except RuntimeError as fault:
        told = _TOO_LONG.search(str(fault))
        if told is None:
            raise
        return int(told[1])
    return wanted


def _device(library: Any) -> dict[str, Any]:
    asked = os.environ.get(ASKED, "")
    if asked != "cpu" and library.get_cuda_device_count():
        return {"device": "cuda"}
    cores = os.cpu_count() or 1
    return {"device": "cpu", "inter_threads": max(1, cores // 4), "intra_threads": min(cores, 4)}


def _languages(folder: Path, pieces: Any) -> frozenset[str]:
    """Words of the vocabulary that are no pieces of text and look like languages: `__en__`, `eng_Latn`."""
    file = folder / "shared_vocabulary.json"
    words = json.loads(file.read_bytes()) if file.is_file() else []
    named = [word for word in words if isinstance(word, str) and _names_language(word)]
    return frozenset(word for word in named if pieces.PieceToId(word) == pieces.unk_id())


def _names_language(word: str) -> bool:
    inner = word.removeprefix("__").removesuffix("__")
    if word == f"__{inner}__":
        return inner.isalpha() and len(inner) <= 3
    left, _, right = word.partition("_")
    return len(left) == 3 and left.islower() and len(right) == 4 and right.istitle()
