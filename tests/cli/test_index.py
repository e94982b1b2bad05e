"""`dprep index` as it is typed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli


def call(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"text": f"the parcel {n} is lost", "question": "how many words does this question have, all in all, if you count?"}
        for n in range(3)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_alone_it_lists_the_kinds_and_what_there_is(here):
    assert [line.split()[0] for line in call("index").stdout.splitlines()[:2]] == ["rows", "benchmark"]

    call("index", "seen", "--of", "rows.jsonl", "--quiet")

    assert "seen@v1" in call("index").stdout


def test_a_kind_alone_shows_its_page(here):
    assert call("index", "--kind", "benchmark").stdout.startswith("# dprep index --kind benchmark\n")


def test_it_tells_what_was_indexed_and_how_a_recipe_names_it(here):
    told = call("index", "seen", "--of", "rows.jsonl", "--set", "threshold=0.7", "--set", "shingles=words").stdout

    assert "seen@v1, made in" in told
    assert [line.split() for line in told.splitlines() if line.startswith("rows ")] == [["rows", "3"]]
    assert '"seen@v1", or pinned to its content: "seen@v1#' in told
    again = call("index", "seen", "--of", "rows.jsonl", "--set", "threshold=0.7", "--set", "shingles=words").stdout
    assert "as before: nothing has changed" in again


def test_programs_get_json(here):
    told = json.loads(call("index", "tests", "--kind", "benchmark", "--of", "rows.jsonl", "--json").stdout)

    assert (told["artifact"], told["version"], told["kind"], told["cached"]) == ("tests", "v1", "benchmark", False)
    assert told["details"]["items"] == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("seen",), "an index needs rows: `--of`"),
        (("--of", "rows.jsonl"), "an index needs a name"),
        (("seen", "--of", "none.jsonl"), "`--of none.jsonl` means no file"),
        (("seen", "--of", "rows.jsonl", "--set", "ngrams=2"), "did you mean `ngram`?"),
        (("seen", "--of", "rows.jsonl", "--set", "ngram"), "names no key and value"),
        (("--kind", "rowz"), "did you mean `rows`?"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(here, words, sentence):
    told = call("index", *words, code=2)

    assert sentence in told.output
    assert "Traceback" not in told.output


def test_why_names_the_row_that_was_seen(here):
    call("index", "seen", "--of", "rows.jsonl", "--quiet")
    step = '[[step]]\nop = "dedup.against"\nindex = "seen@v1"\n'
    (here / "r.toml").write_text(f'[dataset]\nname = "post"\n[[source]]\npath = "rows.jsonl"\n{step}')
    call("run", "r.toml", "--workers", "1", "--quiet")

    assert "dropped: seen: similarity 1; it matches `rows.jsonl:2`" in call("why", "post", "rows.jsonl:2").stdout
