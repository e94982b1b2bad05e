"""An n-gram language model, for perplexity: which words (characters, pieces) follow which, learnt from the texts.

Writes `model.arpa` (KenLM and SRILM read it), `model.json` and `tables/`, which the operators map into memory. `tag.perplexity`
and `filter.perplexity` use it. Learn it from texts that you would want more of: a clean part of the data, or an encyclopaedia.

Interpolated modified Kneser-Ney; the numbers are those of KenLM's `lmplz` on the same tokens. Each line is a sentence. Of
texts with more than `max_tokens` tokens a sample of whole texts is learnt from, chosen by their own hashes; learning takes
about 150 bytes of memory per token at order 5. The same texts in the same order give the same bytes.

`held_out` of the texts, chosen by their hashes, are not learnt from; how surprised the model is by them is kept as 99
percentiles, so that `max_percentile = 60` means something. With fewer than 20 such texts there are no percentiles.

**Chinese.** `word` takes every han character as a word, so no segmenter is needed and mixed text works. `character` does the
same to Latin letters, which then cost little: such a model, or one of pieces, does not tell English from Chinese.

Source: Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling"; Heafield et al. 2013,
"Scalable Modified Kneser-Ney Language Model Estimation".
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Le, Lt, MinLen
from pydantic import Strict

from dprep.base.artifact import Made
from dprep.base.operator import File
from dprep.base.problem import fail
from dprep.base.text import Text, buffers
from dprep.fit.kinds import Fit, Rows
from dprep.kernels.ngram_lm import token_hashes
from dprep.models import ngram as models
from dprep.models.ngram_arpa import Arpa, write_arpa
from dprep.models.ngram_train import Corpus, learn_model, read_corpus, read_pieces
from dprep.store.commit import write_file

LIBRARIES = ("polars", "numpy")
FEWEST_HELD_OUT = 20
"""Texts, below which percentiles would be noise."""


class Ngram(Fit):
    order: Annotated[int, Ge(2), Le(6)] = 5
    """Words in the longest n-gram. 3 makes a smaller and faster model that is nearly as good a judge."""
    unit: Literal["word", "character", "token"] = "word"
    """What a token is: words (han and kana characters singly), characters, or what blanks separate."""
    tokenizer: Annotated[File, Made("tokenizer")] | None = None
    """A SentencePiece model: its pieces are the tokens instead of `unit`."""
    lowercase: bool = True
    """Learn from, and judge, texts in lower case."""
    min_count: Annotated[int, Ge(1)] = 1
    """Tokens that occur less often are unknown ones. Of unknown ones nothing is learnt: they stay improbable."""
    prune: Annotated[tuple[Annotated[int, Ge(0)], ...], Strict(False), MinLen(1)] = (0,)
    """Per order from 1 on: n-grams that occur at most so often are left out; the last number holds for all higher orders. As
    with KenLM, the first is 0 and none is less than the one before it: `[0, 0, 1]`."""
    max_tokens: Annotated[int, Ge(1_000), Le(1_000_000_000)] = 20_000_000
    """Most tokens that are learnt from. 20 million take about 3 GB of memory at order 5."""
    held_out: Annotated[float, Ge(0), Lt(1)] = 0.05
    """Share of the texts that is judged instead of learnt from."""


def learn(rows: Rows, asked: Ngram, folder: Path) -> dict[str, Any]:
    """Learn the model; details: n-grams of each order, tokens and texts learnt from and kept apart."""
    if asked.prune[0] != 0 or any(a > b for a, b in zip(asked.prune, asked.prune[1:], strict=False)):
        raise fail("fit-failed", "`prune` must start with 0 and never fall", "write it as `prune = [0, 0, 1]`")
    if asked.tokenizer is not None:
        write_file(folder / models.PIECES, _tokenizer_bytes(asked.tokenizer), durable=True)
    corpus = _corpus(rows, asked, folder)
    arpa = learn_model(corpus, asked.order, asked.prune, asked.min_count)
    write_arpa(folder / models.ARPA, arpa)
    models.save_tables(models.compiled(arpa), folder / models.TABLES)
    unit = models.PIECE_UNIT if asked.tokenizer is not None else asked.unit
    about = {"unit": unit, "lowercase": asked.lowercase, "percentiles": []}
    write_file(folder / models.MODEL, json.dumps(about), durable=True)
    held_out = _perplexities(rows, asked, folder)
    about["percentiles"] = _percentiles(held_out)
    write_file(folder / models.MODEL, json.dumps(about), durable=True)
    return _details(arpa, corpus, held_out)


def _tokenizer_bytes(path: str) -> bytes:
    try:
        return models.piece_file(path).read_bytes()
    except OSError as fault:
        help = "name a SentencePiece `.model` file, or an artifact of `dprep fit tokenizer`"
        raise fail("unreadable-file", f"the tokenizer `{Path(path).name}` cannot be read", help) from fault


def _corpus(rows: Rows, asked: Ngram, folder: Path) -> Corpus:
    texts = (series.str.to_lowercase() if asked.lowercase else series for series in _texts(rows, asked, held_out=False))
    if asked.tokenizer is None:
        return read_corpus(texts, asked.unit, asked.max_tokens)
    file = folder / models.PIECES
    processor = models.piece_processor(file)
    names = [processor.id_to_piece(n) for n in range(processor.get_piece_size())]
    return read_pieces(texts, partial(models.piece_sentences, file), names, processor.unk_id(), asked.max_tokens)


def _texts(rows: Rows, asked: Ngram, held_out: bool) -> Iterator[pl.Series]:
    limit = np.uint64(int(asked.held_out * 2.0**64))
    for series in rows.texts():
        # other bits than those by which a sample of texts is chosen
        mine = token_hashes(buffers(series)) * np.uint64(0x9E3779B97F4A7C15) < limit
        yield series.filter(pl.Series(mine == held_out, dtype=pl.Boolean))


def _perplexities(rows: Rows, asked: Ngram, folder: Path) -> np.ndarray:
    """Those of the texts kept apart, rising."""
    model = models.opened(folder)
    found = [model.scores(Text(series)).perplexity for series in _texts(rows, asked, held_out=True)]
    perplexities = np.concatenate(found or [np.zeros(0)])
    return np.sort(perplexities[~np.isnan(perplexities)])


def _percentiles(perplexities: np.ndarray) -> list[float]:
    if len(perplexities) < FEWEST_HELD_OUT:
        return []
    return [round(float(p), 3) for p in np.percentile(perplexities, np.arange(1, 100))]


def _details(arpa: Arpa, corpus: Corpus, held_out: np.ndarray) -> dict[str, Any]:
    points = _percentiles(held_out)
    few = f"none: {len(held_out)} {'text' if len(held_out) == 1 else 'texts'} kept apart, {FEWEST_HELD_OUT} are needed"
    return {
        "ngrams": [len(grams.words) for grams in arpa.grams],
        "tokens": corpus.tokens,
        "texts": corpus.texts,
        "texts_held_out": len(held_out),
        "perplexity_held_out": {str(p): points[p - 1] for p in (30, 50, 60)} if points else few,
    }
