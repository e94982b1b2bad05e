from __future__ import annotations

import polars as pl
import pytest

from dprep.base.step import Step, run_step
from dprep.ops.filter.where import Where

ROWS = pl.DataFrame(
    {
        "text": ["hello", "你好世界", "", "refund please"],
        "label": ["greeting", "greeting", None, "refund"],
        "score": [0.5, 0.9, None, 0.1],
        "mail": [{"from": "a"}, {"from": "b"}, {"from": "a"}, {"from": None}],
    }
)


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("label = 'greeting'", [0, 1]),
        ("label <> 'greeting'", [3]),
        ("label IS NULL OR score > 0.8", [1, 2]),
        ("LENGTH(text) BETWEEN 1 AND 5", [0, 1]),
        ("text LIKE '%好%' AND NOT score < 0.2", [1]),
        ("label IN ('refund', 'other')", [3]),
        ("REGEXP_LIKE(text, '^h')", [0]),
    ],
)
def test_rows_stay_where_the_condition_is_true(condition, kept):
    done = run_step(Step("where", "filter.where", Where(condition=condition)), ROWS)

    assert done.kept.equals(ROWS[kept])
    assert done.dropped["reason"].to_list() == ["condition"] * (4 - len(kept))
    assert set(done.dropped["measured"]) == {'{"holds":0}'}


def test_it_names_the_columns_it_reads():
    assert Where(condition="label = 'x' AND LENGTH(text) > 3").reads() == ("label", "text")


def test_a_column_called_holds_is_no_trouble():
    rows = pl.DataFrame({"text": ["a", "b"], "holds": [1, 0]})

    assert run_step(Step("where", "filter.where", Where(condition="holds = 0")), rows).kept["text"].to_list() == ["b"]


def test_a_constant_condition_keeps_or_drops_all():
    assert len(run_step(Step("where", "filter.where", Where(condition="1 = 1")), ROWS).kept) == 4
    assert len(run_step(Step("where", "filter.where", Where(condition="1 = 2")), ROWS).kept) == 0
