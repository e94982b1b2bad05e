"""A preview shows what a run would do to the first rows, and says about how long the whole takes, without reading it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dprep import Error, api
from dprep.engine.preview import Preview, StepView, preview
from dprep.engine.sampling import first_rows
from tests.engine.small import RECIPE, inbox


def seen(recipe: Path, rows: int = 20) -> Preview:
    return preview(api.plan(recipe)[0], rows)


def step(found: Preview, name: str) -> StepView:
    return next(view for view in found.steps if view.name == name)


def many(folder: Path, count: int, files: int = 1) -> Path:
    """The small recipe over `count` rows of about the same size."""
    recipe = inbox(folder, RECIPE.replace("mail.jsonl", "*.jsonl"))
    (folder / "mails" / "mail.jsonl").unlink()
    for number in range(files):
        rows = range(number, count, files)
        lines = (json.dumps({"body": f"mail number {n:09d} says {n * 7919 % 1000003:09d}", "intent": "x"}) for n in rows)
        (folder / "mails" / f"{number}.jsonl").write_text("\n".join(lines) + "\n")
    return recipe


def test_each_step_shows_what_it_does_to_the_rows(tmp_path: Path) -> None:
    found = seen(inbox(tmp_path))
    assert [(view.name, view.changed, view.dropped, view.added) for view in found.steps[:6]] == [
        ("read", 0, 1, 0),
        ("unicode", 1, 0, 0),
        ("whitespace", 2, 0, 0),
        ("length", 0, 1, 0),
        ("wanted", 0, 1, 0),
        ("exact", 0, 1, 0),
    ]
    assert step(found, "unicode").lines == (
        '- {"text": "zero\\u200bwidth   in the middle"}',
        '+ {"text": "zerowidth   in the middle"}',
    )
    assert step(found, "length").lines == (
        '- {"text": "too short", "label": "delivery"}  # min_words {"words":2,"characters":9}',
    )
    assert step(found, "exact").lines[0].endswith('# duplicate {"similarity":1.0} twin mails/mail.jsonl:1')
    assert sum(step(found, "stratified").parts.values()) == 5
    assert found.sources[0].rejected[0][:2] == ("mails/mail.jsonl", 7)


def test_it_agrees_with_the_run(tmp_path: Path) -> None:
    recipe = inbox(tmp_path / "project")
    ran = api.run(recipe, store=tmp_path / "store")
    books = {entry["name"]: (entry["in"], entry["dropped"], entry["added"], entry["out"]) for entry in ran.ledger["steps"]}
    views = {view.name: (view.rows_in, view.dropped, view.added, view.out) for view in seen(recipe).steps}
    assert views == books


@pytest.mark.parametrize("action", ["mark", "weight"])
def test_only_rows_with_twins_are_shown_where_they_are_marked(tmp_path: Path, action: str) -> None:
    recipe = inbox(tmp_path, RECIPE.replace('op = "dedup.exact"\n', f'op = "dedup.exact"\naction = "{action}"\n'))
    view = step(seen(recipe), "exact")
    marked = [line for line in view.lines if line.startswith("+")]

    assert view.changed == len(marked) == (2 if action == "mark" else 1)
    assert all('"cluster_size": 2' in line for line in marked)


def test_only_as_many_rows_are_shown_as_asked(tmp_path: Path) -> None:
    found = seen(inbox(tmp_path), 3)
    assert (found.rows, found.steps[0].rows_in) == (3, 3)


def test_every_source_gives_its_share(tmp_path: Path) -> None:
    recipe = inbox(tmp_path)
    (tmp_path / "mails" / "form.csv").write_text(
        "message,topic\n" + "".join(f"a question number {n},login\n" for n in range(50))
    )
    second = '[[source]]\nname = "form"\npath = "mails/form.csv"\ncolumns = { text = "message", label = "topic" }\n\n[[step]]'
    recipe.write_text(RECIPE.replace("[[step]]", second, 1))
    found = seen(recipe, 8)
    assert [source.name for source in found.sources] == ["mail", "form"]
    assert found.rows == 8


@pytest.mark.parametrize("files", [1, 3])
def test_the_whole_is_counted_from_a_small_part(tmp_path: Path, files: int) -> None:
    estimate = seen(many(tmp_path, 60_000, files)).estimate
    assert estimate is not None
    assert estimate.rows == pytest.approx(60_000, rel=0.02)
    assert estimate.from_rows <= 2_000
    assert estimate.seconds > 0
    assert estimate.version_bytes > 60_000 * 16  # an id alone has 16 bytes of information


def test_a_parquet_file_is_counted_by_its_own_books(tmp_path: Path) -> None:
    recipe = inbox(tmp_path, RECIPE.replace("mail.jsonl", "mail.parquet"))
    pl.DataFrame({"body": [f"mail number {n}" for n in range(5_000)], "intent": "x"}).write_parquet(
        tmp_path / "mails" / "mail.parquet"
    )
    estimate = seen(recipe).estimate
    assert estimate is not None
    assert estimate.rows == 5_000


def test_records_of_several_lines_are_counted_as_records(tmp_path: Path) -> None:
    recipe = inbox(tmp_path, RECIPE.replace("mail.jsonl", "mail.csv"))
    lines = "".join(f'"mail number {n:05d}\nsays\nhello",x\n' for n in range(40_000))
    (tmp_path / "mails" / "mail.csv").write_text("body,intent\n" + lines)
    estimate = seen(recipe).estimate
    assert estimate is not None
    assert estimate.rows == pytest.approx(40_000, rel=0.02)


def test_large_rows_do_not_make_it_read_on(tmp_path: Path) -> None:
    recipe = inbox(tmp_path)
    line = json.dumps({"body": "word " * 200_000, "intent": "x"})
    (tmp_path / "mails" / "mail.jsonl").write_text(f"{line}\n" * 30)
    sample = first_rows(api.plan(recipe)[0], 2_000, 4 * 2**20)
    assert 1 <= len(sample.rows) < 30
    assert not sample.sources[0].whole


def test_no_rows_are_a_problem(tmp_path: Path) -> None:
    recipe = inbox(tmp_path)
    (tmp_path / "mails" / "mail.jsonl").write_text("\n\n")
    with pytest.raises(Error) as caught:
        seen(recipe)
    assert caught.value.problems[0].code == "no-rows"
