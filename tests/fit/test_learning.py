"""What is learnt: stop words and percentiles counted by hand, a tokenizer that can be used; from the rows asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dprep import api
from dprep.base.problem import Error
from dprep.fit.kinds import KINDS, page, parameters_of
from tests.fit.made import TEXTS, recipe, version


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("learning")
    version(made)
    return made


def learn(folder: Path, kind: str, **asked):
    (learnt,) = api.fit(kind, store=folder / "store", **{"name": kind, "from_": "post@latest", **asked})
    return learnt.artifact


def listed(artifact) -> list[str]:
    return (artifact.folder / "words.txt").read_text(encoding="utf-8").splitlines()


def test_stop_words_are_those_of_most_texts_counted_once_per_text(folder):
    artifact = learn(folder, "stop_words", top=5)

    # the: 6 texts (twice in one, once in capitals); is, parcel: 4; then 2 each, by code point
    assert listed(artifact) == ["the", "is", "parcel", "jacket", "my"]
    shares = json.loads((artifact.folder / "shares.json").read_bytes())["shares"]
    assert (shares["the"], shares["parcel"], shares["is"]) == (0.6, 0.4, 0.4)


def test_numbers_are_no_stop_words_unless_asked(folder):
    assert "2024" not in listed(learn(folder, "stop_words", top=100))
    assert "2024" in listed(learn(folder, "stop_words", top=100, letters_only=False))


def test_a_condition_chooses_the_rows(folder):
    artifact = learn(folder, "stop_words", when="weight >= 7", top=100)

    assert artifact.manifest["made_from"]["rows"] == 3
    assert set(listed(artifact)) == set("包裹在哪里我的路上谢")


def test_a_sample_is_drawn_by_luck_and_its_size_is_told(folder):
    one, same, other = (learn(folder, "stop_words", name=f"s{n}", sample=4, seed=seed) for n, seed in enumerate((1, 1, 2)))

    assert one.manifest["made_from"] | {"version": ""} == same.manifest["made_from"] | {"version": ""}
    assert one.manifest["made_from"]["sampled"] == 4
    assert listed(one) == listed(same) != listed(other)


@pytest.mark.parametrize("sample", [1, 4, 9, 10, 11])
def test_as_many_rows_are_drawn_as_asked(folder, sample):
    artifact = learn(folder, "percentiles", name=f"drawn{sample}", sample=sample)

    assert artifact.manifest["details"]["numbers"]["weight"] == min(sample, len(TEXTS))


def test_percentiles_agree_with_scipy(folder):
    artifact = learn(folder, "percentiles")
    told = json.loads((artifact.folder / "percentiles.json").read_bytes())["numbers"]
    weights = np.arange(len(TEXTS), dtype=float)

    assert set(told) == {"weight", "words"}
    assert told["weight"]["count"] == len(TEXTS)
    assert told["weight"]["median"] == np.median(weights)
    assert told["weight"]["mad"] == stats.median_abs_deviation(weights)
    for point, value in told["weight"]["percentiles"]:
        assert value == pytest.approx(stats.scoreatpercentile(weights, point))


def test_percentiles_of_what_a_filter_measures(folder):
    artifact = learn(folder, "percentiles", name="measured", measures=[{"op": "filter.length"}])
    told = json.loads((artifact.folder / "percentiles.json").read_bytes())["numbers"]

    assert set(told) == {"filter.length.words", "filter.length.characters"}
    # words by hand: 4 4 6 4 4 6 6, and 5 7 2 han characters
    assert told["filter.length.words"]["median"] == 4.5
    assert told["filter.length.words"]["percentiles"][0] == [0, 2.0]


def test_a_tokenizer_gives_back_the_text_and_the_same_bytes_again(folder):
    sentencepiece = pytest.importorskip("sentencepiece")
    asked = {"vocab_size": 80, "normalization": "identity", "character_coverage": 1.0}
    one, again = (learn(folder, "tokenizer", name=name, **asked) for name in ("one", "again"))
    model = sentencepiece.SentencePieceProcessor(model_file=str(one.folder / "tokenizer.model"))

    assert one.got == again.got
    assert one.manifest["details"]["lines"] == len(TEXTS)
    assert one.manifest["details"]["characters"] == sum(map(len, TEXTS))
    assert model.GetPieceSize() == one.manifest["details"]["vocab_size"]
    assert [model.Decode(model.Encode(text)) for text in TEXTS] == TEXTS


def test_a_vocabulary_too_small_for_the_characters_is_told(folder):
    pytest.importorskip("sentencepiece")
    with pytest.raises(Error) as raised:
        learn(folder, "tokenizer", vocab_size=8)
    (problem,) = raised.value.problems

    assert problem.code == "fit-failed"
    assert "raise `vocab_size`" in problem.help


def test_long_lines_are_learnt_from_too(tmp_path):
    pytest.importorskip("sentencepiece")
    version(tmp_path, ["na " * 40_000, "x\0y"])

    artifact = learn(tmp_path, "tokenizer", vocab_size=12)

    assert artifact.manifest["details"]["characters"] == 120_000 - 1 + 3


def test_no_more_text_is_learnt_from_than_asked(folder):
    pytest.importorskip("sentencepiece")
    details = learn(folder, "tokenizer", name="few", vocab_size=60, megabytes=sum(len(t.encode()) for t in TEXTS) / 2e6)

    assert details.manifest["details"]["texts"] == len(TEXTS) // 2


def test_a_recipe_is_run_up_to_a_step_and_what_follows_may_name_what_is_not_there(tmp_path):
    path = recipe(tmp_path)
    path.write_text(path.read_text() + '\n[[step]]\nop = "filter.stop_words"\nwords = "common@latest"\n')
    (learnt,) = api.fit("stop_words", store=tmp_path / "store", name="common", from_=str(path), until="length")

    assert learnt.artifact.manifest["made_from"]["rows"] == len(TEXTS)
    assert not (tmp_path / "store/datasets").exists()
    assert api.run(path, store=tmp_path / "store", workers=1).manifest["version"] == "v1"


def test_a_recipe_without_until_makes_its_version(tmp_path):
    (learnt,) = api.fit("stop_words", store=tmp_path / "store", name="common", from_=str(recipe(tmp_path)))

    assert learnt.artifact.manifest["made_from"]["version"] == "v1"
    assert api.open("post", store=tmp_path / "store").manifest["rows"]["out"] == len(TEXTS)


def test_a_file_of_fits_makes_them_all_and_tells_all_that_is_wrong(tmp_path):
    recipe(tmp_path)
    file = tmp_path / "fits.toml"
    good = '[[fit]]\nkind = "{kind}"\nname = "{kind}"\nfrom = "recipe.toml"\n\n'
    file.write_text(good.format(kind="stop_words") + good.format(kind="percentiles"))
    made = api.fit(file, store=tmp_path / "store")
    assert [str(each.artifact) for each in made] == ["stop_words@v1", "percentiles@v1"]

    file.write_text(good.format(kind="stop_word") + good.format(kind="stop_words") + "tops = 3\nseed = -1\n")
    with pytest.raises(Error) as raised:
        api.fit(file, store=tmp_path / "store")
    found = {(problem.code, problem.place.line) for problem in raised.value.problems}
    assert found == {("unknown-kind", 2), ("unknown-parameter", 11), ("wrong-value", 12)}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from_": "pots@latest"}, "no-such-dataset"),
        ({"columns": ["texts"]}, "missing-column"),
        ({"columns": ["a[b"]}, "bad-column-path"),
        ({"when": "weights > 1"}, "missing-column"),
        ({"when": "weight >"}, "bad-condition"),
        ({"when": "weight > 1000"}, "no-rows"),
        ({"part": "test"}, "no-such-part"),
        ({"until": "length"}, "wrong-value"),
        ({"min_share": 1.0}, "fit-failed"),
        ({"top": 0}, "wrong-value"),
        ({"from_": "nowhere.toml"}, "no-such-file"),
    ],
)
def test_what_is_wrong_is_a_problem(folder, asked, code):
    with pytest.raises(Error) as raised:
        learn(folder, "stop_words", **asked)

    assert [problem.code for problem in raised.value.problems] == [code]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_page_with_its_parameters(kind):
    told = page(kind)

    assert "**Chinese.**" in told
    assert all(f"| `{field.alias or name}` |" in told for name, field in parameters_of(kind).model_fields.items())


def test_a_fit_may_be_made_with_another_artifact_and_depends_on_its_content(folder):
    pytest.importorskip("sentencepiece")
    tokens = {"op": "tag.tokens", "tokenizer": "few-pieces@v1"}
    pieces = learn(folder, "tokenizer", name="few-pieces", vocab_size=60)
    first = learn(folder, "percentiles", name="tokens", measures=[tokens])
    learn(folder, "tokenizer", name="few-pieces", vocab_size=60, normalization="identity")
    other = learn(folder, "percentiles", name="tokens", measures=[{**tokens, "tokenizer": "few-pieces@latest"}])

    assert first.manifest["parameters"]["measures"][0]["tokenizer"] == f"few-pieces@v1#{pieces.got}"
    assert first.manifest["details"]["numbers"] == {"tag.tokens.tokens": len(TEXTS)}
    assert str(other) == "tokens@v2"


def test_a_fit_of_a_file_may_name_what_the_one_before_it_made(tmp_path):
    pytest.importorskip("sentencepiece")
    recipe(tmp_path)
    (tmp_path / "fits.toml").write_text(
        '[[fit]]\nkind = "tokenizer"\nname = "pieces"\nfrom = "recipe.toml"\nvocab_size = 60\n\n'
        '[[fit]]\nkind = "percentiles"\nname = "usual"\nfrom = "post@latest"\n'
        'measures = [{ op = "tag.tokens", tokenizer = "pieces@latest" }]\n'
    )

    assert [str(each.artifact) for each in api.fit(tmp_path / "fits.toml", store=tmp_path / "store")] == [
        "pieces@v1",
        "usual@v1",
    ]


def test_a_file_that_a_fit_names_must_be_there(folder):
    for named, code in (("nothing@v1", "no-such-artifact"), ("nothing.model", "no-such-file")):
        with pytest.raises(Error) as raised:
            learn(folder, "percentiles", measures=[{"op": "tag.tokens", "tokenizer": named}])
        assert raised.value.problems[0].code == code


@pytest.mark.parametrize(
    "table", [{}, {"op": "filter.lenght"}, {"op": "clean.unicode"}, {"op": "filter.length", "min_words": -1}]
)
def test_a_measure_that_is_none_is_told(folder, table):
    with pytest.raises(Error) as raised:
        learn(folder, "percentiles", measures=[table])
    assert raised.value.problems[0].code in {"unknown-operator", "wrong-value"}
