"""Each format gives back what was written."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dprep.store.formats import Reading, column_names, expand, read


def rows_of(folder: Path, name: str, data: bytes, **reading: object) -> list[dict[str, object]]:
    (folder / name).write_bytes(data)
    (file,) = expand(name, folder)
    return [row for chunk in read(file, Reading(**reading)) for row in chunk.rows.to_dicts()]  # type: ignore[arg-type]


def test_json_lines_give_their_fields(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path, "a.jsonl", b'{"body": {"html": "x"}, "n": 1}\n\n{"body": {}, "n": 2}\n', columns={"text": "body.html"}
    )

    assert rows == [{"text": "x", "n": 1}, {"text": None, "n": 2}]


def test_csv_gives_cells_with_line_breaks_in_quotes(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "a.csv", b'x,y\n1,"a\nb"\n')

    assert rows == [{"x": "1", "y": "a\nb"}]


def test_parquet_gives_its_rows(tmp_path: Path) -> None:
    pl.DataFrame({"t": ["a", "b"], "n": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    (file,) = expand("*.parquet", tmp_path)

    (chunk,) = read(file, Reading(columns={"text": "t"}, keep=()))

    assert chunk.rows.to_dicts() == [{"text": "a"}, {"text": "b"}]
    assert column_names(file, Reading()) == ["t", "n"]


def test_text_gives_its_lines(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "a.txt", b"a\r\n\nb") == [{"text": "a"}, {"text": "b"}]
