"""What a data file seems to hold: format, columns, task and language, guessed from its first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base.columns import SYSTEM_COLUMNS
from dprep.base.problem import Error, Problem
from dprep.plan.roles import has_content, own_names, task_of
from dprep.plan.sniff import delimiter_of, encoding_of, has_header, not_text, sniffed_format
from dprep.store.formats import FORMATS, File, Reading, detect_format, expand, read
from dprep.store.formats import kinds as k
from dprep.store.formats.streams import open_bytes

ROWS, BYTES = 1_000, 4 * 2**20
"""How much of the file is looked at."""

_TAG = re.compile(r"</?(?:p|div|br|a|span|table|html|body|li|td|h[1-6])\b[^>]*>", re.IGNORECASE)
_WORD = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]|[^\W_]+")


@dataclass(frozen=True)
class Guess:
    """What a recipe for the file would say."""

    pattern: str
    files: int
    format: str
    """Empty where the name says it."""
    options: dict[str, object]
    encoding: str
    """Empty for UTF-8."""
    task: str
    columns: dict[str, str]
    """Ours -> theirs."""
    key: str = ""
    """A column of theirs that tells the rows apart."""
    texts: tuple[str, ...] = ()
    """Column paths of the texts, as steps name them."""
    language: str = ""
    html: bool = False
    words: float = 0
    """Words of a text, median."""
    labels: int = 0
    """Different labels seen; 0 where a row may have several."""
    notes: tuple[str, ...] = field(default=())


def guess(pattern: str, root: Path) -> Guess:
    """What the files of `pattern` seem to hold. Raises Error where they cannot be read."""
    files = _files(pattern, root)
    file = files[0]
    stated, options = _reading(file)
    encoding = encoding_of(file, stated or detect_format(file.name))
    rows = _first(file, Reading(stated, encoding, options=options))
    if options.get("header") is False:
        names = own_names(rows)
        options["column_names"] = names
        rows = rows.rename(dict(zip(rows.columns, names, strict=True)))
    task, columns, notes = task_of(rows)
    texts = _texts(task, columns, rows)
    seen = _sample_texts(rows, columns, texts)
    key, more = _system_columns(rows, columns)
    label = rows.get_column(columns["label"]) if columns.get("label") in rows.columns else pl.Series([], dtype=pl.String)
    return Guess(
        pattern=pattern,
        files=len(files),
        format=stated,
        options=options,
        encoding=encoding,
        task=task,
        columns={**columns, **more},
        key=key,
        texts=texts,
        language=_language(seen),
        html=sum(bool(_TAG.search(text)) for text in seen) > 0.3 * len(seen) > 0,
        words=_median([len(_WORD.findall(text)) for text in seen]),
        labels=0 if label.dtype.is_nested() else label.n_unique(),
        notes=notes,
    )


def _files(pattern: str, root: Path) -> list[File]:
    """The files of `pattern`. Raises Error where there are none, or where the first one holds no text."""
    files = expand(pattern, root)
    if not files and Path(root, pattern).is_dir():
        sentence = f"the folder `{pattern}` holds no file whose name tells a format that dprep reads"
        raise Error(Problem("no-such-file", sentence, help=f"name the files in it, as in `{pattern.rstrip('/')}/*`"))
    if not files:
        help = "give a file, a folder or a glob such as `data/*.jsonl`"
        raise Error(Problem("no-such-file", f"no file matches `{pattern}`", help=help))
    file = files[0]
    if Path(file.path).is_dir() or detect_format(file.name) in {"parquet", "arrow", "warc"}:
        return files
    found = not_text(file)
    if found:
        cure = "unpack it, and name a file inside" if "archive" in found else f"dprep reads {', '.join(FORMATS[:-2])}"
        raise Error(Problem("unreadable-file", f"`{file.name}` is {found}: it holds no rows of text", help=cure))
    return files


def _reading(file: File) -> tuple[str, dict[str, object]]:
    """The format where the name does not say it, and the options that the file needs."""
    named = detect_format(file.name)
    if Path(file.path).is_dir() or named in {"parquet", "arrow", "warc", "html", "markdown"}:
        return "", {}
    stated = sniffed_format(file, named)
    kind = stated or named
    options: dict[str, object] = {}
    if kind in {"csv", "tsv"}:
        delimiter = delimiter_of(file, "\t" if kind == "tsv" else ",")
        if delimiter != ("\t" if kind == "tsv" else ","):
            options["delimiter"] = delimiter
        if not has_header(file, delimiter):
            options["header"] = False
    return stated, options


def _first(file: File, reading: Reading) -> pl.DataFrame:
    """The first rows of the file, columns in their own names and types."""
    for chunk in read(file, reading, (0, -1), ROWS, BYTES):
        if len(chunk.rows):
            kinds = {name: chunk.kinds.get(name) or k.kind_of_type(chunk.rows.schema[name]) for name in chunk.rows.columns}
            return pl.DataFrame([k.settle(chunk.rows.get_column(name), kind, kind).alias(name) for name, kind in kinds.items()])
    with open_bytes(file) as stream:
        empty = not stream.read(1)
    what = "is empty" if empty else "holds no record that can be read"
    raise Error(Problem("no-rows", f"`{file.name}` {what}", help="`dprep init` needs a few rows to look at"), 1)


def _system_columns(rows: pl.DataFrame, columns: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The file's key if its `id` is one, and new names for columns that are called as dprep calls its own."""
    key, renamed = "", {}
    for name in rows.columns:
        if name not in SYSTEM_COLUMNS or name in columns.values():
            continue
        series = rows.get_column(name)
        if name == "id" and not series.dtype.is_nested() and not series.null_count() and series.n_unique() == len(series):
            key = name
        else:
            renamed[f"file_{name}"] = name
    return key, renamed


def _texts(task: str, columns: Mapping[str, str], rows: pl.DataFrame) -> tuple[str, ...]:
    if task == "chat":
        return ("messages.content",)
    ours = [name for name in columns if name not in {"label", "answers", "tags"}]
    return tuple(f"{name}.content" if has_content(rows.schema.get(columns[name], pl.String())) else name for name in ours)


def _sample_texts(rows: pl.DataFrame, columns: Mapping[str, str], texts: Sequence[str]) -> list[str]:
    """A few hundred texts as people read them."""
    found: list[str] = []
    for path in texts:
        values = _values(rows, columns[path.partition(".")[0]])
        found += [text for value in values[:100] if (text := _flat(value)).strip()]
    return found


def _values(rows: pl.DataFrame, theirs: str) -> list[Any]:
    """The values at a path of theirs."""
    if theirs in rows.columns:
        return rows.get_column(theirs).to_list()
    head, *rest = theirs.split(".")
    values = rows.get_column(head).to_list() if head in rows.columns else []
    for step in rest:
        values = [_inner(value, step) for value in values]
    return values


def _inner(value: Any, step: str) -> Any:
    if isinstance(value, list):
        return value[int(step)] if step.isdigit() and int(step) < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _flat(value: Any) -> str:
    """Every text in a value, joined by blanks."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _flat(value.get("content"))
    return " ".join(map(_flat, value)) if isinstance(value, list) else ""


def _language(texts: Sequence[str]) -> str:
    """The language of most of the texts; empty where they do not agree."""
    from dprep.base.text import Text
    from dprep.models.langid import identifier

    long = sorted(texts, key=len)[-50:]
    found = Counter(Text(pl.Series(long, dtype=pl.String)).once(identifier(200)).languages)
    language, count = found.most_common(1)[0] if found else ("", 0)
    return language if count > 0.6 * len(long) else ""


def _median(numbers: Sequence[int]) -> float:
    return float(sorted(numbers)[len(numbers) // 2]) if numbers else 0.0
