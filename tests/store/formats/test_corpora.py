"""Published data sets are read whole: as many records as their authors say."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dprep.store.formats import Chunk, Reading, expand, read

SHARED = Path(os.environ.get("DPREP_SHARED", Path(__file__).parents[4] / "shared")) / "corpora"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpora are not here; set DPREP_SHARED")


def chunks_of(pattern: str, **reading: object) -> list[Chunk]:
    return [chunk for file in expand(pattern, SHARED) for chunk in read(file, Reading(**reading))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "reading", "records"),
    [
        ("cls-en-banking77/*.csv.zst", {}, 10_003 + 3_080),
        ("cls-en-agnews/test.csv.zst", {"options": {"header": False}}, 7_600),
        ("cls-en-smsspam/SMSSpamCollection.zst", {"format": "tsv", "options": {"header": False}}, 5_574),
        ("cls-en-clinc150/data_full.json.zst", {"options": {"record": "train", "column_names": ["text", "label"]}}, 15_000),
        ("cls-zh-thucnews-titles/dev.txt.zst", {"format": "tsv", "options": {"header": False}}, 10_000),
        ("qa-multi-xquad/*.json.zst", {"format": "squad", "required": ("question", "context")}, 12 * 1_190),
        ("sft-en-alpaca/*", {}, 52_002),
    ],
)
def test_a_published_data_set_has_its_records(pattern: str, reading: dict[str, object], records: int) -> None:
    chunks = chunks_of(pattern, **reading)

    assert [r for chunk in chunks for r in chunk.rejected] == []
    assert sum(chunk.rows.height for chunk in chunks) == records


def test_a_published_file_that_is_no_json_gives_its_records_and_its_fault() -> None:
    *_, last = chunks_of("sft-zh-alpaca/broken_part.json.zst")

    assert last.fault.startswith("`sft-zh-alpaca/broken_part.json.zst` broke off after record 2,801: a comma stands before")


def test_answers_stand_where_they_say() -> None:
    rows = [
        row
        for chunk in chunks_of("qa-multi-xquad/xquad.zh.json.zst", format="squad", columns={})
        for row in chunk.rows.to_dicts()
    ]

    assert rows
    for row in rows:
        answers = json.loads(row["answers"])
        for text, start in zip(answers["text"], answers["answer_start"], strict=True):
            assert row["context"][start : start + len(text)] == text
