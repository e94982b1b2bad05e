"""An index of test questions, by which rows that hold some of them are found.

`dedup.decontaminate` uses it: `dprep index benchmarks --kind benchmark --of 'tests/*.jsonl'`. Every file is a benchmark and has
its name without the endings; every row is an item, called `gsm8k_test:17` by its line, or by the column `key`. A version is one
benchmark. Text is taken from those of the columns `passage`, `context`, `premise`, `question`, `prompt`, `problem`,
`instruction`, `input`, `query`, `turns`, `text` and `sentence` that a file has; `columns` names others, such as the answers.

Kept are hashes of all runs of `ngram` words of every column. An item without a column that long is known by its longer columns
as a whole, if they have `min_words` words; shorter items cannot be told from common phrases, and are counted as `too_short`.

Runs that stand in more than `max_items` items of one benchmark are its template ("Sort the following words alphabetically …")
and would accuse every text of the kind: they are left out, and counted as `template_runs`. Items that consist of them alone are
counted as `template_items`; only `method = "exact"` and `"minhash"` find those.

**Chinese.** Every han and kana character is a word, so 13 words are 13 characters, about eight words of a segmenter.

Source: 13 words and the 10: Brown et al. 2020, "Language Models are Few-Shot Learners", arXiv 2005.14165, appendix C, where
the 10 counts training texts; the same source has 8 as the shortest run. open-r1 uses 8 (huggingface/open-r1#416).
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le, MinLen

from dprep.base.operator import Words
from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.fit.index_kinds import Index
from dprep.fit.index_segments import Shape, write_segment
from dprep.fit.index_sources import APART, Choice, Named, Unit
from dprep.kernels.item_ngrams import word_counts, word_runs
from dprep.kernels.sketch import bands_for
from dprep.models.index_arrays import save, save_names
from dprep.models.row_index import FORMAT, SETTINGS
from dprep.ops.dedup._normal import compared

USUAL = (
    "passage",
    "context",
    "premise",
    "question",
    "prompt",
    "problem",
    "instruction",
    "input",
    "query",
    "turns",
    "text",
    "sentence",
)
_SKETCH = 256


class BenchmarkIndex(Index):
    kind: ClassVar[str] = "benchmark"

    columns: Words = ()
    """The texts of an item. Without it: those named above that the file has."""
    key: Annotated[str, MinLen(1)] | None = None
    """The column that names the items. Without it: the line, or the id in a version."""
    ngram: Annotated[int, Ge(2), Le(64)] = 13
    """Words in a run."""
    min_words: Annotated[int, Ge(1), Le(64)] = 8
    """An item with fewer words is left out."""
    max_items: Annotated[int, Ge(1), Le(1_000_000)] = 10
    """A run that more items of one benchmark share is a template."""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.6
    """The smallest Jaccard similarity that `method = "minhash"` can be asked for."""
    shingles: Literal["words", "characters"] = "characters"
    """What a shingle of `method = "minhash"` is a run of."""
    shingle: Annotated[int, Ge(1), Le(64)] = 5
    """Words or characters in such a shingle."""

    def choice(self) -> Choice:
        return Choice(self.columns, USUAL, self.key or "", self.part, self.when, self.column_names, apart=True)


def write_benchmark(asked: BenchmarkIndex, units: Sequence[Unit], folder: Path, tell: Callable[[int], None]) -> dict[str, Any]:
    """Write what `models.benchmark_index` reads; gives the details of the manifest. Holds all items in memory."""
    benchmarks, first = list[dict[str, Any]](), 0
    names, texts = list[pl.Series](), list[pl.Series]()
    called = _called([unit.origin for unit in units])
    for done, (unit, name) in enumerate(zip(units, called, strict=True)):
        tell(done)
        blocks = list(unit.blocks())
        if not benchmarks or benchmarks[-1]["name"] != name:  # the shards of a version are one benchmark
            benchmarks.append({"name": name, "first": first})
        names += [name + ":" + (block.names if asked.key else block.names.str.split(":").list.last()) for block in blocks]
        texts += [block.texts for block in blocks]
        first += sum(len(block.texts) for block in blocks)
    if not first:
        raise fail("no-rows", "there is no item to index", "look at `of`, `part` and `when`")
    whole = Named(pl.concat(names), pl.concat(texts))
    firsts = np.array([each["first"] for each in benchmarks], np.int64)
    counts = _write_runs(asked, whole.texts, firsts, folder)
    save_names(folder / "names", whole.names)
    lengths = counts.pop("lengths")
    settings = {"format": FORMAT, "ngram": asked.ngram, "lengths": lengths, "benchmarks": benchmarks}
    settings["rows"] = _write_rows(asked, whole, folder)
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1), encoding="utf-8")
    return {"items": first, "benchmarks": len(benchmarks), **counts}


def _called(origins: Sequence[str]) -> list[str]:
    """The names of benchmarks: the file's without endings, with its folder where two are alike."""
    paths = [PurePath(origin) for origin in origins]
    stems = [path.name.partition(".")[0] or path.name for path in paths]
    alike = {stem for stem in stems if len({origin for origin, each in zip(origins, stems, strict=True) if each == stem}) > 1}
    return [(path.parent / stem).as_posix() if stem in alike else stem for path, stem in zip(paths, stems, strict=True)]


def _write_runs(asked: BenchmarkIndex, texts: pl.Series, firsts: npt.NDArray[np.int64], folder: Path) -> dict[str, Any]:
    """The runs of all items, and which items have each."""
    columns = texts.to_frame("text").with_row_index("item").with_columns(pl.col("text").str.split(APART)).explode("text")
    text, item = Text(columns.get_column("text")), columns.get_column("item").to_numpy().astype(np.int64)
    words = word_counts(text.buffers)
    long = words >= asked.ngram
    has_long = np.zeros(len(texts), np.bool_)
    has_long[item[long]] = True
    whole = ~long & (words >= asked.min_words) & ~has_long[item]
    lengths = np.where(long, asked.ngram, np.where(whole, words, 0))
    runs = word_runs(text.buffers, lengths)
    shortest = lengths[lengths > 0].min(initial=asked.ngram)
    table = pl.DataFrame({"run": runs.hashes, "item": item[runs.rows]}).unique()
    benchmark = np.searchsorted(firsts, table.get_column("item").to_numpy(), side="right")
    table = table.with_columns(benchmark=benchmark)
    common = table.group_by("run", "benchmark").agg(pl.len()).filter(pl.col("len") > asked.max_items)
    told = table.join(common, on=["run", "benchmark"], how="anti").sort("run", "item")
    groups = told.group_by("run", maintain_order=True).agg(pl.len())
    sizes = np.bincount(told.get_column("item").to_numpy(), minlength=len(texts))
    save(folder / "runs.u64", groups.get_column("run").to_numpy())
    save(folder / "run-starts.u64", np.unique(word_runs(text.buffers, np.where(lengths > 0, shortest, 0)).hashes))
    save(folder / "run-items.i64", np.concatenate([[0], np.cumsum(groups.get_column("len").to_numpy())]))
    save(folder / "items.u32", told.get_column("item").to_numpy())
    save(folder / "sizes.i64", sizes)
    had = np.bincount(table.get_column("item").to_numpy(), minlength=len(texts)) > 0
    return {
        "lengths": sorted({int(length) for length in lengths[lengths > 0]}),
        "ngram": asked.ngram,
        "runs": len(groups),
        "too_short": int((~had).sum()),
        "template_runs": common.get_column("run").n_unique(),
        "template_items": int((had & (sizes == 0)).sum()),
    }


def _write_rows(asked: BenchmarkIndex, whole: Named, folder: Path) -> dict[str, Any]:
    """The items as rows; their content is compared by letters and digits only."""
    rows = Named(whole.names, whole.texts.str.replace_all(APART, "\n", literal=True))
    bands, width = bands_for(asked.threshold, _SKETCH)
    content = compared(rows.texts, "letters")
    write_segment(folder / "segments" / "items", iter([(rows, content)]), Shape(asked.shingles, asked.shingle, bands, width))
    told = {"shingles": asked.shingles, "ngram": asked.shingle, "threshold": asked.threshold}
    return {**told, "bands": bands, "width": width, "segments": ["items"]}
