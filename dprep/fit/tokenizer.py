"""A SentencePiece tokenizer: the pieces into which words fall, learnt from the texts.

Writes `tokenizer.model`, which SentencePiece and the Hugging Face converters read, and `tokenizer.vocab` (piece and score per
line) to look at. `tag.tokens` counts its tokens; n-gram models can be learnt on its pieces.

One thread trains, on the texts in their order, so the same rows give the same bytes. All the text is held in memory several
times over (tried with `unigram`: 6 bytes per byte of English, 15 of Chinese) and `unigram` takes some seconds per MB, so at
most `megabytes` of text are learnt from, every so-many-th text of the rows. Lines are texts to SentencePiece; a line over 4,000
characters is cut there.

A vocabulary larger than the texts support comes out smaller, and the manifest says how large it is.

**Chinese.** Works without word boundaries. Keep `character_coverage` at 0.9995 for Chinese and Japanese: rare characters become
unknown instead of filling the vocabulary, or bytes with `byte_fallback`. For alphabets set it to 1.0.

Source: Kudo and Richardson 2018, "SentencePiece", arXiv 1808.06226; the coverage figures are from google/sentencepiece
README.md.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Le

from dprep.base.problem import Error, fail
from dprep.fit.kinds import Fit, Rows
from dprep.models.tokenizers import library
from dprep.store.commit import write_file

LIBRARIES = ("sentencepiece",)
LONGEST = 4_000
"""Characters of a line; SentencePiece would leave longer lines out without a word."""
_BYTES = 4 * LONGEST + 16
_FEW = re.compile(r"smaller than required_chars\. \d+ vs (\d+)")


class Tokenizer(Fit):
    vocab_size: Annotated[int, Ge(8), Le(1_000_000)] = 8_000
    """Pieces, with the special ones."""
    model_type: Literal["unigram", "bpe"] = "unigram"
    """How pieces are chosen: by likelihood from the top, or by merging pairs from the bottom."""
    character_coverage: Annotated[float, Gt(0.9), Le(1)] = 0.9995
    """Share of all characters that get pieces; 0.9995 for Chinese and Japanese, 1.0 for alphabets."""
    megabytes: Annotated[float, Gt(0), Le(10_000)] = 50.0
    """Most text that is learnt from, in millions of bytes."""
    byte_fallback: bool = False
    """Spell unknown characters as bytes, so that nothing is unknown. Takes 256 pieces."""
    normalization: Literal["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"] = "nmt_nfkc"
    """What is done to the text first; `_cf` also folds case, `identity` does nothing."""


def learn(rows: Rows, asked: Tokenizer, folder: Path) -> dict[str, Any]:
    """Train on the texts; details: the size that came out; texts, lines and characters read."""
    sentencepiece, model = library("sentencepiece"), io.BytesIO()
    lines = _Lines(rows, asked.megabytes * 1e6)
    try:
        sentencepiece.SentencePieceTrainer.Train(
            sentence_iterator=iter(lines),
            model_writer=model,
            vocab_size=asked.vocab_size,
            model_type=asked.model_type,
            character_coverage=asked.character_coverage,
            byte_fallback=asked.byte_fallback,
            normalization_rule_name=asked.normalization,
            hard_vocab_limit=False,
            max_sentence_length=_BYTES,
            input_sentence_size=0,
            shuffle_input_sentence=False,
            num_threads=1,
            minloglevel=2,
        )
    except (RuntimeError, ValueError) as fault:
        raise _worded(str(fault), asked) from fault
    finished = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    size = finished.GetPieceSize()
    vocabulary = "".join(f"{finished.IdToPiece(i)}\t{finished.GetScore(i):g}\n" for i in range(size))
    write_file(folder / "tokenizer.model", model.getvalue(), durable=True)
    write_file(folder / "tokenizer.vocab", vocabulary, durable=True)
    return {"vocab_size": size, "texts": lines.texts, "lines": lines.count, "characters": lines.characters}


def _worded(fault: str, asked: Tokenizer) -> Error:
    """What SentencePiece complains about, as a problem."""
    few = _FEW.search(fault)
    if few:
        sentence = f"the texts need {int(few[1]):,} pieces for their characters alone, and `vocab_size` is {asked.vocab_size:,}"
        return fail("fit-failed", sentence, "raise `vocab_size`, or lower `character_coverage`")
    told = " ".join(fault.split())[-200:]
    return fail("fit-failed", f"SentencePiece learnt no tokenizer: {told}", "give more text, or another `vocab_size`")


class _Lines:
    """The lines of the texts, cut where they are too long, counted as they go by.

    Of more than `most_bytes` of text, texts are taken at even distances.
    """

    def __init__(self, rows: Rows, most_bytes: float) -> None:
        self.rows = rows
        self.share = min(1.0, most_bytes / max(1, sum(int(block.str.len_bytes().sum()) for block in rows.texts())))
        self.texts = self.count = self.characters = 0

    def _taken(self) -> Iterator[pl.Series]:
        before = 0
        for block in self.rows.texts():
            steps = np.floor(np.arange(before, before + len(block) + 1) * self.share)
            before += len(block)
            taken = block.filter(pl.Series(np.diff(steps) > 0))
            self.texts += len(taken)
            yield taken

    def __iter__(self) -> Iterator[str]:
        for block in self._taken():
            lines = block.str.split("\n").explode().str.strip_chars()
            for line in lines.filter(lines != "").to_list():
                for start in range(0, len(line), LONGEST):
                    self.count += 1
                    self.characters += min(LONGEST, len(line) - start)
                    yield line[start : start + LONGEST].replace("\0", " ")
