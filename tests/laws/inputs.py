"""Rows for the laws: generated text, the operator's own examples and real rows of the corpora, mixed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from dprep.base import rowdiff
from dprep.base.columns import ColumnPath
from tests.laws.subject import Setting, Subject

CORPORA = Path(__file__).resolve().parents[2] / "corpora"

_ODD = st.text(
    alphabet="ab 1.\t\n\r\x00\x07\x85\u00a0\u3000\u200b\u200d\ufeff\u202e\u2066\u0301\ufe0f"
    "中文，。！あア한국اللهאבéßİıﬁ👩🏽🔬🇨🇳1️⃣©&<>/;\"'\\#\ud7ff\ue000\U000e0041"
)
_LONG = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=8), st.integers(500, 3000))
_BLANK = st.sampled_from(["", " ", "\n", "\t \n", "\u3000", "\u200b"])
DIRT = (
    "<p>Hello <b>world</b> &amp; all &lt;x&gt;</p>",
    "cafÃ© â€œquotedâ€\x9d",
    "Ｆｕｌｌ－ｗｉｄｔｈ　ｆｏｒｍｓ",
    "line one\r\nline two\x0b\x0cline three",
    "see https://example.com/a?b=1 or mail someone@example.com, call 555-0100",
    "请把订单号发给我，谢谢！😀👨‍👩‍👧",
)


@dataclass(frozen=True)
class Trial:
    """A setting and the rows to try it on."""

    setting: Setting
    rows: pl.DataFrame
    order: list[int]
    """A permutation of the rows."""

    def __repr__(self) -> str:
        """What a person needs to try it by hand."""
        shown = rowdiff.render(rowdiff.Line(" ", row) for row in self.rows.drop("id", "origin").to_dicts())
        return f"{self.setting.step.op!r} on\n{shown}"


@cache
def corpora_texts() -> tuple[str, ...]:
    """Up to 300 texts of the committed corpora, picked evenly; without them, the README's lines."""
    texts = []
    for file in sorted((CORPORA / "support").glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            try:
                texts += _strings(json.loads(line))
            except ValueError:  # broken on purpose: readers are not under test here
                continue
    texts = sorted({text[:2000] for text in texts if len(text) > 20}) or [__doc__ or "a text"]
    return tuple(random.Random(7).sample(texts, min(300, len(texts))))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for each in inner for text in _strings(each)]


def texts() -> st.SearchStrategy[str | None]:
    """One text; None keeps the text of the example row. The order of the choices is how they shrink."""
    real = st.sampled_from(corpora_texts())
    return st.one_of(st.none(), _BLANK, st.none(), real, st.text(), _ODD, st.none(), st.sampled_from(DIRT), _LONG, real)


@st.composite
def trials(draw: st.DrawFn, subject: Subject) -> Trial:
    """Rows shaped as the examples' rows, each with its own or another text; some come twice."""
    setting = draw(st.sampled_from(subject.settings))
    picks = draw(st.lists(st.tuples(st.integers(0, len(setting.rows) - 1), texts()), max_size=16))
    picks += draw(st.lists(st.sampled_from(picks), max_size=4)) if picks else []
    order = draw(st.permutations(range(len(picks))))
    return Trial(setting, _filled(setting, picks), order)


def fixed_rows(setting: Setting) -> pl.DataFrame:
    """The example's rows as they are, then with other texts: always the same ones, for comparing processes."""
    own = [(place, None) for place in range(len(setting.rows))]
    texts = [*DIRT, *corpora_texts()[:20]]
    return _filled(setting, [*own, *((n % len(own), text) for n, text in enumerate(texts))])


def _filled(setting: Setting, picks: list[tuple[int, str | None]]) -> pl.DataFrame:
    rows = setting.rows[[place for place, _ in picks]] if picks else setting.rows.clear()
    rows = rows.with_columns(
        id=pl.Series([f"{n:032x}" for n in range(1, len(picks) + 1)], dtype=pl.String),
        origin=pl.Series([f"law:{n}" for n in range(1, len(picks) + 1)], dtype=pl.String),
    )
    drawn = pl.Series([text for _, text in picks], dtype=pl.String)
    for path in map(ColumnPath.parse, setting.text_columns):
        flat = path.flat(rows)
        rows = path.replaced(rows, drawn.gather(flat.get_column("row")).fill_null(flat.get_column("text")))
    return rows if "said" not in rows.columns else _with_said(rows, drawn)


def _with_said(rows: pl.DataFrame, drawn: pl.Series) -> pl.DataFrame:
    """Rows with a drawn text are given one new row each: of its own words, or of other words altogether."""
    others = corpora_texts()
    said = [[f"{text} too" if n % 2 else others[n % len(others)]] for n, text in enumerate(drawn.to_list())]
    column = rows.get_column("said")
    return rows.with_columns(pl.Series("said", said, dtype=column.dtype).zip_with(drawn.is_not_null(), column))
