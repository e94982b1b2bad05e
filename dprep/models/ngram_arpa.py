"""ARPA files: n-gram models as text, plain or gzipped, as KenLM and SRILM write them.

    \\data\\
    ngram 1=4
    ngram 2=3

    \\1-grams:
    -1.2<TAB>word<TAB>-0.3      log10 probability, words, log10 back-off (missing: 0)
    ...
    \\end\\
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import Error, fail

F32 = npt.NDArray[np.float32]
NO_UNKNOWN = -100.0
"""log10 probability of a word not in a model that has no `<unk>`. Source: KenLM, lm/config.cc (unknown_missing_logprob)."""
NEVER = -99.0
"""What stands for the log10 of 0, the probability of `<s>`. Source: SRILM, ngram-format(5)."""
HIGHEST_ORDER = 6
"""More words than this no table holds (KenLM, as it is built by default, stops at 6 too)."""
_SECTION = re.compile(rb"\\(\d+)-grams:")
_COUNT = re.compile(rb"ngram\s+(\d+)\s*=\s*(\d+)")


@dataclass(frozen=True)
class Grams:
    """The n-grams of one order."""

    words: npt.NDArray[np.int32]  # (n-grams, order): numbers in the vocabulary
    probabilities: F32  # (n-grams,) log10
    backoffs: F32  # (n-grams,) log10


@dataclass(frozen=True)
class Arpa:
    """A model as its file has it. Words 0 to 2 are `<unk>`, `<s>`, `</s>`, whether the file has them or not."""

    vocabulary: pl.Series  # (words,)
    grams: tuple[Grams, ...]  # one per order; those of order 1 are in the order of the vocabulary


def bad_arpa(path: Path, why: str) -> Error:
    """What a user is told of a file that is no ARPA file."""
    return fail(
        "unreadable-file", f"`{path.name}` is no n-gram model that can be read: {why}", "give an ARPA file, plain or .gz"
    )


def read_arpa(path: Path) -> Arpa:
    """The model in `path`. Raises Error (`unreadable-file`) where the file breaks the format."""
    try:
        with cast(BinaryIO, gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as file:
            return _parsed(path, file)
    except (UnicodeDecodeError, pl.exceptions.PolarsError, EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise bad_arpa(path, "it is damaged, or no UTF-8 text") from fault


def _parsed(path: Path, file: BinaryIO) -> Arpa:
    counts = _header(path, file)
    tables = list(_sections(path, file, counts))
    vocabulary, numbers = _vocabulary(path, tables[0])
    lookup = pl.DataFrame({"word": tables[0]["word_0"], "number": numbers}).unique("word", keep="last")
    grams = [_unigrams(tables[0], numbers, len(vocabulary))]
    for table in tables[1:]:
        grams.append(_numbered(path, table, lookup))
    return Arpa(vocabulary, tuple(grams))


def _header(path: Path, file: BinaryIO) -> list[int]:
    """How many n-grams of each order are promised; `file` stands behind the first section's title."""
    counts: list[int] = []
    for number, line in enumerate(file):
        if number > 1000 or len(line) > 100_000:
            break
        if found := _COUNT.match(line.strip()):
            if int(found[1]) != len(counts) + 1:
                raise bad_arpa(path, "its `ngram N=` lines do not count from 1")
            counts.append(int(found[2]))
        elif (section := _SECTION.match(line.strip())) and counts and int(section[1]) == 1:
            if len(counts) > HIGHEST_ORDER:
                raise bad_arpa(path, f"its order is {len(counts)}, and the highest is {HIGHEST_ORDER}")
            return counts
    raise bad_arpa(path, "it has no `\\data\\` with `ngram 1=` and no `\\1-grams:`")


def _sections(path: Path, file: BinaryIO, counts: list[int]) -> Iterator[pl.DataFrame]:
    """The lines of each order, as columns `probability`, `word_0` …, `backoff`."""
    for order, count in enumerate(counts, start=1):
        lines: list[str] = []
        ending = b""
        for raw in file:
            stripped = raw.strip(b" \t\r\n")
            if not stripped:
                continue
            if stripped.startswith(b"\\") and (stripped == b"\\end\\" or _SECTION.fullmatch(stripped)):
                ending = stripped
                break
            lines.append(stripped.decode())
        if len(lines) != count:
            raise bad_arpa(path, f"it promises {count:,} n-grams of order {order} and has {len(lines):,}")
        if ending != (b"\\end\\" if order == len(counts) else b"\\%d-grams:" % (order + 1)):
            raise bad_arpa(path, f"what follows the n-grams of order {order} is not the next section")
        yield _fields(path, pl.Series(lines, dtype=pl.String), order)


def _fields(path: Path, lines: pl.Series, order: int) -> pl.DataFrame:
    parts = lines.str.replace_all("\t", " ", literal=True).str.splitn(" ", 2).struct.unnest()
    rest = parts["field_1"].str.split_exact(" ", order).struct.unnest()
    table = pl.DataFrame(
        {
            "probability": parts["field_0"].cast(pl.Float64, strict=False),
            **{f"word_{k}": rest[f"field_{k}"] for k in range(order)},
            "backoff": rest[f"field_{order}"].fill_null("0").cast(pl.Float64, strict=False),
        }
    )
    if any(table[name].null_count() or (table[name] == "").any() for name in table.columns if name.startswith("word")):
        raise bad_arpa(path, f"an n-gram of order {order} has too few words")
    numbers = table.select("probability", "backoff")
    if sum(numbers.null_count().row(0)) or not numbers.select(pl.all().is_finite().all()).row(0) == (True, True):
        raise bad_arpa(path, f"an n-gram of order {order} has no number where its probability or back-off stands")
    if len(table) and (table["probability"] > 0).any():
        raise bad_arpa(path, f"an n-gram of order {order} has a log probability over 0")
    return table


def _vocabulary(path: Path, table: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Every word once, `<unk>`, `<s>`, `</s>` first, and the number of each word of `table`."""
    words = table["word_0"].replace({"<UNK>": "<unk>"})
    if words.n_unique() < len(words):
        raise bad_arpa(path, "a word stands twice among its 1-grams")
    missing = {"<s>", "</s>"} - set(words.filter(words.is_in(["<s>", "</s>"])))
    if missing:
        raise bad_arpa(path, f"its 1-grams lack `{min(missing)}`")
    special = pl.Series(["<unk>", "<s>", "</s>"])
    others = words.filter(~words.is_in(special.implode()))
    vocabulary = pl.concat([special, others])
    numbers = pl.DataFrame({"w": words}).join(
        pl.DataFrame({"w": vocabulary}).with_row_index("n"), on="w", how="left", maintain_order="left"
    )["n"]
    return vocabulary, numbers.cast(pl.Int32)


def _unigrams(table: pl.DataFrame, numbers: pl.Series, words: int) -> Grams:
    probabilities, backoffs = np.full(words, NO_UNKNOWN, np.float32), np.zeros(words, np.float32)
    at = numbers.to_numpy()
    probabilities[at] = table["probability"].to_numpy()
    backoffs[at] = table["backoff"].to_numpy()
    return Grams(np.arange(words, dtype=np.int32)[:, None], probabilities, backoffs)


def _numbered(path: Path, table: pl.DataFrame, lookup: pl.DataFrame) -> Grams:
    names = [name for name in table.columns if name.startswith("word")]
    columns = []
    for name in names:
        found = table.select(word=name).join(lookup, on="word", how="left", maintain_order="left")["number"]
        if found.null_count():
            raise bad_arpa(path, f"an n-gram of order {len(names)} has a word that is not among the 1-grams")
        columns.append(found.to_numpy())
    words = np.stack(columns, axis=1).astype(np.int32)
    return Grams(words, table["probability"].to_numpy().astype(np.float32), table["backoff"].to_numpy().astype(np.float32))


def write_arpa(path: Path, model: Arpa) -> None:
    """Write `model`, plain. Numbers have seven decimals; the highest order has no back-offs."""
    with path.open("wb") as file:
        file.write(b"\\data\\\n")
        for order, grams in enumerate(model.grams, start=1):
            file.write(b"ngram %d=%d\n" % (order, len(grams.words)))
        for order, grams in enumerate(model.grams, start=1):
            file.write(b"\n\\%d-grams:\n" % order)
            _write_order(file, model.vocabulary, grams, with_backoff=order < len(model.grams))
        file.write(b"\n\\end\\\n")


def _write_order(file: BinaryIO, vocabulary: pl.Series, grams: Grams, with_backoff: bool) -> None:
    for start in range(0, len(grams.words), 1_000_000):
        part = slice(start, start + 1_000_000)
        words = [vocabulary.gather(column).alias(f"w{k}") for k, column in enumerate(grams.words[part].T)]
        frame = pl.DataFrame(
            {"p": grams.probabilities[part].astype(np.float64), "b": grams.backoffs[part].astype(np.float64)}
        ).with_columns(pl.concat_str(words, separator=" ").alias("words"))
        columns = ["p", "words", "b"] if with_backoff else ["p", "words"]
        frame.select(columns).write_csv(
            file, include_header=False, separator="\t", quote_style="never", float_precision=7, float_scientific=False
        )
