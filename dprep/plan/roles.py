"""Which column of a file plays which part in a task, told by names and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from dprep.base.problem import Error, Problem

FEW_LABELS = 0.2
"""A column with more distinct values than this share of the rows is no label."""
LABEL_CHARACTERS = 60

TEXTS = """text content body sentence message document review comment utterance query tweet post
正文 文本 内容 评论 句子 标题 title question prompt"""
LABELS = """label labels intent category class sentiment topic target tag type stars rating score
标签 类别 分类 意图 情感"""
NUMBERS = "score rating similarity label target value 评分"
CHATS = "messages conversations conversation dialog turns"
"""What files call such columns, the likeliest first."""
PAIRS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("text_a", "text_b"),
    ("question1", "question2"),
    ("text1", "text2"),
)
SEVERAL: tuple[tuple[str, dict[str, str]], ...] = (
    ("preference", {"prompt": "prompt instruction question input", "chosen": "chosen", "rejected": "rejected"}),
    ("qa", {"context": "context passage paragraph", "question": "question", "answers": "answers"}),
    ("tagging", {"tokens": "tokens words", "tags": "tags ner_tags pos_tags labels"}),
    (
        "completion",
        {
            "prompt": "prompt instruction question 指令 问题 提问",
            "completion": "completion output response answer 输出 回答 答案",
        },
    ),
    (
        "seq2seq",
        {
            "source": "source src document dialogue article text 原文",
            "target": "target tgt summary highlights translation 摘要 译文",
        },
    ),
    ("seq2seq", {"source": "en input", "target": "zh de fr es ja output"}),
)
"""Tasks that are told by the names of several columns: task, ours -> what files call it."""

Found = tuple[str, dict[str, str], tuple[str, ...]]
"""The task, ours -> theirs, and what the user should know."""


def task_of(rows: pl.DataFrame) -> Found:
    """What the columns of `rows` are for. Raises Error where none holds text."""
    chat = _chat(rows)
    if chat is not None:
        return chat
    for task, wanted in SEVERAL:
        found = {ours: _named(rows, names.split()) for ours, names in wanted.items()}
        if all(found.values()) and len(set(found.values())) == len(found) and _fits(task, rows, found):
            return task, found, ()
    text = _text_column(rows)
    if not text:
        raise Error(
            Problem("no-text", "no column holds text", help=f"the columns are {', '.join(f'`{n}`' for n in rows.columns[:20])}")
        )
    pair = next(((a, b) for a, b in PAIRS if {a, b} <= set(rows.columns)), None)
    columns = {"text": pair[0], "text_pair": pair[1]} if pair else {"text": text}
    others = [name for name in rows.columns if name not in columns.values()]
    number = _named(rows.select(others), NUMBERS.split())
    if number and _is_measure(rows.get_column(number)):
        return "regression", {**columns, "label": number}, ()
    label = _label_column(rows.select(others))
    return ("classification", {**columns, "label": label}, ()) if label else ("text", {"text": text}, ())


def _chat(rows: pl.DataFrame) -> Found | None:
    for name in CHATS.split():
        dtype = rows.schema.get(name)
        if not isinstance(dtype, pl.List) or not isinstance(dtype.inner, pl.Struct):
            continue
        fields = {each.name for each in dtype.inner.fields}
        if {"role", "content"} <= fields:
            return "chat", {"messages": name}, ()
        if {"from", "value"} <= fields:
            note = f"`{name}` has from/value where chat wants role/content: only the first turn is taken; convert the file"
            return "text", {"text": f"{name}.0.value"}, (note,)
    return None


def _named(rows: pl.DataFrame, names: Sequence[str]) -> str:
    """The first column whose name, whatever its case, is one of `names`."""
    lower = {column.lower(): column for column in rows.columns}
    return next((lower[name] for name in names if name in lower), "")


def _fits(task: str, rows: pl.DataFrame, found: Mapping[str, str]) -> bool:
    """Whether the columns hold what the task needs."""
    types = {ours: rows.schema[theirs] for ours, theirs in found.items()}
    if task == "tagging":
        return all(dtype == pl.List(pl.String) for dtype in types.values())
    if task == "qa":
        answers = types["answers"]
        return isinstance(answers, pl.Struct) and {"text", "answer_start"} <= {each.name for each in answers.fields}
    if task == "preference":
        return all(dtype == pl.String or has_content(dtype) for dtype in types.values())
    texts = all(dtype == pl.String for dtype in types.values())
    # a few short values are a label, not an answer
    return texts and not _is_label(rows.get_column(list(found.values())[-1]))


def has_content(dtype: pl.DataType) -> bool:
    return (
        isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct) and "content" in {f.name for f in dtype.inner.fields}
    )


def _text_column(rows: pl.DataFrame) -> str:
    """The column of this meaning by its name, else the one with the longest texts; "body.text" reaches into objects."""
    lengths: dict[str, float] = {}
    for name, dtype in rows.schema.items():
        series = rows.get_column(name)
        if dtype == pl.String:
            lengths[name] = _length(series)
        elif isinstance(dtype, pl.Struct) and "." not in name:
            inner = {f"{name}.{each.name}": each for each in dtype.fields if each.dtype == pl.String}
            lengths.update({path: _length(series.struct.field(each.name)) for path, each in inner.items()})
    by_name = [name for wanted in TEXTS.split() for name in lengths if name.lower().rpartition(".")[2] == wanted]
    likely = [name for name in by_name if lengths[name] >= 0.5 * max(lengths.values())]
    return likely[0] if likely else max(lengths, key=lambda name: lengths[name], default="")


def _length(series: pl.Series) -> float:
    return float(series.str.len_chars().mean() or 0)  # type: ignore[arg-type]


def _label_column(rows: pl.DataFrame) -> str:
    """A column of few values, named like a label; else the only one of few short words."""
    named = [name for wanted in LABELS.split() for name in rows.columns if name.lower() == wanted]
    for name in named:
        if _is_label(rows.get_column(name)) or isinstance(rows.schema[name], pl.List):
            return name
    few = [name for name in rows.columns if rows.schema[name] == pl.String and _is_label(rows.get_column(name))]
    return few[0] if len(few) == 1 else ""


def _is_label(series: pl.Series) -> bool:
    values = series.drop_nulls()
    if values.dtype.is_nested() or values.dtype.is_float() or len(values) < 2:
        return False
    distinct = values.n_unique()
    short = values.dtype != pl.String or values.str.len_chars().max() <= LABEL_CHARACTERS  # type: ignore[operator]
    return bool(short and 2 <= distinct <= max(2, FEW_LABELS * len(values)))


def _is_measure(series: pl.Series) -> bool:
    """Numbers with decimals, or of many values."""
    values = series.drop_nulls()
    if values.dtype == pl.String:
        values = values.cast(pl.Float64, strict=False)
        if values.null_count():
            return False
    if not values.dtype.is_numeric() or not len(values):
        return False
    return bool((values != values.cast(pl.Float64).round(0)).any()) or values.n_unique() > max(20, FEW_LABELS * len(values))


def own_names(rows: pl.DataFrame) -> list[str]:
    """Names for the columns of a file without a header: text, label, and numbers for the others."""
    text = _text_column(rows)
    label = _label_column(rows.select(name for name in rows.columns if name != text))
    return [{text: "text", label: "label"}.get(name, f"column_{place}") for place, name in enumerate(rows.columns, 1)]
