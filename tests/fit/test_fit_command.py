"""`dprep fit` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli
from dprep.fit.kinds import KINDS
from tests.fit.made import recipe


def call(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    recipe(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_words_it_lists_the_kinds_and_what_there_is(here):
    assert [line.split()[0] for line in call("fit").stdout.splitlines()[: len(KINDS)]] == list(KINDS)

    call("fit", "stop_words", "common", "--from", "recipe.toml", "--quiet")

    assert "common@v1" in call("fit").stdout


def test_a_kind_alone_shows_its_page(here):
    assert call("fit", "stop_words").stdout.startswith("# dprep fit stop_words\n")


def test_it_tells_what_was_learnt_and_how_a_recipe_names_it(here):
    told = call("fit", "stop_words", "common", "--from", "recipe.toml", "--set", "top=2").stdout

    assert "common@v1, made in" in told
    assert "post@v1: 10 rows" in told
    assert '"common@v1", or pinned to its content: "common@v1#' in told
    assert "as before" in call("fit", "stop_words", "common", "--from", "post@v1", "--set", "top=2").stdout


def test_programs_get_json(here):
    (told,) = json.loads(call("fit", "percentiles", "usual", "--from", "recipe.toml", "--json").stdout)

    assert (told["artifact"], told["version"], told["kind"], told["cached"]) == ("usual", "v1", "percentiles", False)
    assert told["details"]["numbers"] == {"weight": 10, "words": 10}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("stopwords", "common", "--from", "recipe.toml"), 2, "did you mean `stop_words`?"),
        (("stop_words", "common"), 2, "needs `from`"),
        (("stop_words", "--from", "recipe.toml"), 2, "needs `name`"),
        (("stop_words", "common", "--from", "recipe.toml", "--set", "topp=2"), 2, "did you mean `top`?"),
        (("stop_words", "common", "--from", "recipe.toml", "--set", "top"), 2, "names no key and value"),
        (("stop_words", "common", "--from", "recipe.toml", "--set", "until=nothing"), 2, "no step `nothing`"),
        (("fits.toml", "common"), 2, "a file of fits says names"),
        (("fits.toml",), 2, "there is no file `fits.toml`"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(here, words, code, sentence):
    told = call("fit", *words, code=code)

    assert sentence in told.output
    assert "Traceback" not in told.output
