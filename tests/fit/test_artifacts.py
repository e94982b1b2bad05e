"""Artifacts are made once, numbered, named in recipes, and what does not fit is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dprep import api
from dprep.base.files import content_hash
from dprep.base.problem import Error, fail
from dprep.engine.why import why
from dprep.store import artifacts
from tests.fit.made import recipe, version


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a version and the stop words of its English rows."""
    version(tmp_path)
    learn(tmp_path / "store")
    return tmp_path / "store"


def learn(store: Path, **more) -> artifacts.Artifact:
    (learnt,) = api.fit("stop_words", store=store, **{"name": "common", "from_": "post@latest", "top": 3, **more})
    return learnt.artifact


def problem(step: str, folder: Path, **how):
    """The one problem of a recipe with this step at its end."""
    path = recipe(folder)
    path.write_text(path.read_text() + f"\n[[step]]\n{step}\n", encoding="utf-8")
    with pytest.raises(Error) as raised:
        api.plan(path, **how)
    (found,) = raised.value.problems
    return found


def step(words: str) -> str:
    return f'op = "filter.stop_words"\nwords = "{words}"'


def test_an_unchanged_request_is_a_look_up(store):
    again = api.fit("stop_words", store=store, name="common", from_="post@v1", top=3)[0]

    assert again.cached
    assert str(again.artifact) == "common@v1"
    assert len(artifacts.list_artifacts(store)) == 1


def test_another_request_is_the_next_version_and_the_old_one_stays(store):
    before = content_hash(str(artifacts.resolve(store, "common@v1").folder))

    second = learn(store, top=2)

    assert str(second) == "common@v2"
    assert artifacts.resolve(store, "common@latest").manifest["version"] == "v2"
    assert content_hash(str(artifacts.resolve(store, "common@v1").folder)) == before


def test_the_hash_is_of_what_was_learnt_and_not_of_when_or_what_it_is_called(store):
    one, other = learn(store), learn(store, name="frequent")

    assert one.got == other.got == content_hash(str(other.folder))
    assert one.manifest["made_from"]["rows"] == 10
    assert one.manifest["made_from"]["got"] == api.open("post", store=store).manifest["got"]


def test_a_hash_prefix_names_a_version(store):
    first, second = artifacts.resolve(store, "common@v1"), learn(store, top=1)

    assert artifacts.resolve(store, f"common@{first.got[:8]}").folder == first.folder
    assert artifacts.resolve(store, f"common@{second.got[:8]}").folder == second.folder


def test_what_breaks_off_leaves_nothing(store):
    def broken(folder: Path):
        (folder / "half").write_text("half")
        raise fail("fit-failed", "it broke", "try again")

    with pytest.raises(Error):
        artifacts.make(store, "half-made", "0" * 32, broken)

    assert artifacts.names(store) == ["common"]
    assert sorted(entry.name for entry in (store / "artifacts").iterdir()) == ["common"]


def test_a_folder_without_its_manifest_is_no_artifact(store):
    (artifacts.resolve(store, "common@v1").folder / "manifest.json").unlink()

    with pytest.raises(Error) as raised:
        artifacts.resolve(store, "common@v1")
    assert raised.value.problems[0].code == "no-such-artifact"


def test_a_recipe_names_an_artifact_by_number_hash_path_and_pin(store, tmp_path):
    got, path = artifacts.resolve(store, "common@v1").got, recipe(tmp_path)
    plain = path.read_text()
    ways = ["common@v1", "common@latest", f"common@{got[:10]}", f"common@v1#{got[:6]}", "store/artifacts/common/v1"]
    told = set()
    for way in ways:
        path.write_text(f"{plain}\n[[step]]\n{step(way)}\n")
        op = api.plan(path, store=store)[0].steps[-1].op
        assert op.words == str((store / "artifacts/common/v1").resolve())
        told.add(json.dumps(op.identity()))

    assert len(told) == 1


def test_a_version_tells_which_artifact_made_it_and_another_content_is_another_version(store, tmp_path):
    path = recipe(tmp_path)
    path.write_text(f"{path.read_text()}\n[[step]]\n{step('common@latest')}\n")
    first = api.run(path, store=store, workers=1)
    again = api.run(path, store=store, workers=1)
    learn(store, top=2)
    other = api.run(path, store=store, workers=1)

    got = artifacts.resolve(store, "common@v1").got
    assert first.manifest["steps"][-1]["parameters"]["words"] == f"common@v1#{got}"
    assert again.cached
    assert not other.cached
    assert other.manifest["asked"] != first.manifest["asked"]


def test_an_unknown_artifact_is_told_with_the_likely_one(store, tmp_path):
    found = problem(step("comon@v1"), tmp_path, store=store)

    assert (found.code, found.help) == ("no-such-artifact", "did you mean `common`?")
    assert found.place.text == 'words = "comon@v1"'


def test_an_unknown_artifact_is_told_with_the_command_that_makes_its_kind(store, tmp_path):
    asked = 'op = "filter.perplexity"\nngram = "wiki@v1"\nmax_perplexity = 9'

    help = "`dprep fit ngram wiki --from VERSION` makes one; `--store` names another store"
    assert problem(asked, tmp_path, store=store).help == help  # the list that the store holds is no help


def test_a_missing_list_is_not_taken_for_another_file_with_its_ending(store, tmp_path):
    (tmp_path / "e.txt").write_text("the\n")
    (tmp_path / "frequent-words.txt").write_text("the\n")

    assert "e.txt" not in problem(step("nope.txt"), tmp_path, store=store).help
    assert problem(step("frequent-word.txt"), tmp_path, store=store).help == "did you mean `frequent-words.txt`?"


def test_an_unknown_version_is_told_with_those_that_there_are(store, tmp_path):
    assert problem(step("common@v9"), tmp_path, store=store).help == "versions of `common`: `v1`"
    assert problem(step("common@ffff"), tmp_path, store=store).code == "no-such-version"


def test_an_artifact_of_another_kind_is_told(store, tmp_path):
    found = problem('op = "filter.outliers"\nnumber = "words"\npercentiles = "common@v1"', tmp_path, store=store)

    assert found.code == "wrong-artifact"
    assert found.sentence == "`common@v1` is an artifact of kind `stop_words`, not `percentiles`"


def test_a_content_that_is_not_what_was_pinned_is_told(store, tmp_path):
    (tmp_path / "list.txt").write_text("the\n")
    pinned = content_hash(str(tmp_path / "list.txt"))[:8]
    path = recipe(tmp_path)
    path.write_text(f"{path.read_text()}\n[[step]]\n{step(f'list.txt#{pinned}')}\n")
    assert api.check(path, store=store) == []

    (tmp_path / "list.txt").write_text("the\nof\n")

    assert problem(step(f"list.txt#{pinned}"), tmp_path, store=store).code == "artifact-changed"


def test_the_store_of_the_command_is_where_artifacts_are_looked_up(store, tmp_path):
    assert problem(step("common@v1"), tmp_path, store=tmp_path / "elsewhere").code == "no-such-artifact"


def test_a_bare_name_is_no_artifact_but_the_help_says_how_to_write_it(store, tmp_path):
    found = problem(step("common"), tmp_path, store=store)

    assert (found.code, found.help) == ("no-such-file", "the artifact of that name is `common@latest`")


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "x" * 200])
def test_hostile_names_make_no_folder(store, name):
    with pytest.raises(Error) as raised:
        learn(store, name=name)
    assert raised.value.problems[0].code in {"bad-name", "wrong-value"}


def test_why_says_that_the_latest_artifact_is_another_than_then(store, tmp_path):
    path = recipe(tmp_path)
    path.write_text(f"{path.read_text()}\n[[step]]\n{step('common@latest')}\n")  # the, is, parcel: two of them must be there
    version = api.open(str(api.run(path, store=store, workers=1).folder))
    kept = version.scan().collect().row(0, named=True)["id"]
    assert why(version, kept).notes == ()

    learn(store, top=1)

    (note,) = why(version, kept).notes
    assert note == (
        "run again, `stop_words` drops the row; in the version it is kept; "
        "code, libraries or files of `stop_words` have changed since"
    )
