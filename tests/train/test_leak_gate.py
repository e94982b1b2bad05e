"""The leak gate: what a version says of itself, and what is looked for where it says nothing."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dprep.base.problem import Error
from dprep.store.versions import Version, open_version
from dprep.train.data.leak_gate import Findings, as_text, gate
from dprep.train.settings import Settings
from tests.train.versions import check_step, written

SETTINGS = Settings()
TEXTS = ["where is my parcel", "give me the money back", "包裹在哪里", "it never came"]


def mails(*texts: str, **more: Any) -> list[dict[str, Any]]:
    return [{"text": text, "label": "a", **more} for text in texts]


def counts(found: Findings) -> dict[str, dict[str, int]]:
    return {leak.part: {kind: n for kind, n in leak.counts.items() if n} for leak in found.leaks}


def checked(folder: Path, parameters: dict[str, Any], *pairs: Any, **manifest: Any) -> Version:
    """A version of 100 test rows whose texts have nothing in common, whatever its check says."""
    parts = {"train": mails(*TEXTS), "test": mails(*(f"other {n}" for n in range(100)))}
    return written(folder, parts, steps=[check_step(parameters, *pairs)], **manifest)


def test_more_leaks_than_allowed_stop_the_run_with_counts_rows_and_cure(tmp_path: Path) -> None:
    version = checked(tmp_path / "v", {"leak": "report"}, ("test", "train", 100, (1, 2, 3)))

    with pytest.raises(Error) as error:
        gate(version, SETTINGS)

    (problem,) = error.value.problems
    assert problem.code == "train-leak"
    assert "6 of 100 rows of `test` (1 exact, 2 child, 3 near)" in problem.sentence
    assert "6 % where 1 % are allowed" in problem.sentence
    assert "`test-0` and `train-0`" in problem.help
    assert '`unit = ["twins"]`' in problem.help
    assert error.value.exit_code == 1


def test_as_many_as_allowed_pass_and_are_told(tmp_path: Path) -> None:
    version = checked(tmp_path / "v", {"leak": "report"}, ("test", "train", 100, (1, 0, 0)))

    found = gate(version, SETTINGS)

    assert counts(found) == {"test": {"exact": 1}}
    assert found.warnings == ()
    told = json.loads(json.dumps(found.to_json()))
    assert told["parts"][0]["share"] == 0.01
    assert as_text(told) == "1 of 100 rows of `test` (1 exact) have a twin in train (by the version's own check)\n"
    gate(version, replace(SETTINGS, max_leaked_share=0.01))
    with pytest.raises(Error):
        gate(version, replace(SETTINGS, max_leaked_share=0.0))


def test_leaks_that_were_taken_out_of_train_are_none(tmp_path: Path) -> None:
    version = checked(tmp_path / "v", {"leak": "drop-from-train"}, ("train", "test", 90, (40, 0, 0)))

    assert counts(gate(version, SETTINGS)) == {"test": {}}


def test_leaks_between_parts_to_judge_on_are_no_matter_of_training(tmp_path: Path) -> None:
    pairs = (("validation", "train", 1, (0, 0, 0)), ("test", "train", 100, (0, 0, 0)), ("test", "validation", 100, (90, 0, 0)))
    version = checked(tmp_path / "v", {"leak": "report"}, *pairs)

    assert counts(gate(version, SETTINGS)) == {"test": {}}


@pytest.mark.parametrize("case", ["no check", "a step behind it", "some rows only", "extends", "train rows counted"])
def test_a_check_that_does_not_answer_is_not_believed(case: str, tmp_path: Path) -> None:
    step = check_step({"leak": "report"}, ("test", "train", 2, (0, 0, 0)))
    behind = {"name": "html", "op": "clean.html", "parameters": {}, "parts": None, "when": None, "notes": step["notes"]}
    base = {"dataset": "old", "version": "v1", "got": "f" * 32, "rows": 1, "shards": {}, "licenses": []}
    changed: dict[str, dict[str, Any]] = {
        "no check": {"steps": []},
        "a step behind it": {"steps": [step, behind]},
        "some rows only": {"steps": [{**step, "parts": ["train"]}]},
        "extends": {"steps": [step], "extends": base},
        "train rows counted": {"steps": [check_step({"leak": "report"}, ("train", "test", 4, (1, 0, 0)))]},
    }
    parts = {"train": mails(*TEXTS), "test": mails("new", TEXTS[0])}
    version = written(tmp_path / "v", parts, **changed[case])

    with pytest.raises(Error, match=r"1 of 2 rows of `test` \(1 exact\)"):
        gate(version, SETTINGS)
    found = gate(version, replace(SETTINGS, max_leaked_share=0.5))

    assert counts(found) == {"test": {"exact": 1}}
    (warning,) = found.warnings
    assert (warning.code, warning.severity) == ("train-unchecked-leaks", "warning")
    assert "`test`" in warning.sentence
    assert ("old@v1" in warning.sentence) == (case == "extends")


def test_texts_are_equal_but_for_case_width_and_spaces(tmp_path: Path) -> None:
    parts = {
        "train": mails(*TEXTS),
        "test": mails("  WHERE is my \n parcel", "ｗｈｅｒｅ is my parcel", "包裹在哪里", "包裹在那里"),
    }
    version = written(tmp_path / "v", parts)

    assert counts(gate(version, replace(SETTINGS, max_leaked_share=1.0))) == {"test": {"exact": 3}}


def test_rows_without_text_are_no_twins(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": mails("", *TEXTS), "test": mails("", " ", "new")})

    assert counts(gate(version, SETTINGS)) == {"test": {}}


def test_relatives_across_parts_are_leaks(tmp_path: Path) -> None:
    """A variant of a test row in train, one of a train row in test, two of one row that is gone; one that is equal too."""
    train = [
        {"id": "a", "text": "one", "label": "x", "parent": None},
        {"id": "b2", "text": "two, said otherwise", "label": "x", "parent": "b"},
        {"id": "c1", "text": "three, the first", "label": "x", "parent": "c"},
        {"id": "d", "text": "nobody's", "label": "x", "parent": None},
    ]
    test = [
        {"id": "a2", "text": "one, said otherwise", "label": "x", "parent": "a"},
        {"id": "b", "text": "two", "label": "x", "parent": None},
        {"id": "c2", "text": "three, the second", "label": "x", "parent": "c"},
        {"id": "e", "text": "alone", "label": "x", "parent": None},
        {"id": "e2", "text": "alone, said otherwise", "label": "x", "parent": "e"},
        {"id": "a3", "text": "one", "label": "x", "parent": "a"},
    ]
    version = written(tmp_path / "v", {"train": train, "test": test})

    with pytest.raises(Error, match=r"4 of 6 rows of `test` \(1 exact, 3 child\)") as error:
        gate(version, SETTINGS)

    help = error.value.problems[0].help
    assert "`a2` and `a`" in help
    assert "`b` and `b2`" in help
    assert "`c2` and `c1`" in help


@pytest.mark.parametrize(
    ("task", "row", "other"),
    [
        ("tagging", {"tokens": ["EU", "rejects"], "tags": ["B", "O"]}, {"tokens": ["EU", "wants"], "tags": ["B", "O"]}),
        (
            "chat",
            {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]},
            {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "what?"}]},
        ),
        ("seq2seq", {"source": "hi", "target": "salut"}, {"source": "hi", "target": "bonjour"}),
        (
            "qa",
            {"context": "c", "question": "who?", "answers": {"text": ["x"], "answer_start": [0]}},
            {"context": "c", "question": "why?", "answers": {"text": ["x"], "answer_start": [0]}},
        ),
    ],
)
def test_every_task_compares_its_own_texts(task: str, row: dict[str, Any], other: dict[str, Any], tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": [row], "validation": [other], "test": [row]}, task)

    found = gate(version, replace(SETTINGS, max_leaked_share=1.0))

    assert counts(found) == {"validation": {}, "test": {"exact": 1}}


def test_columns_by_other_names_are_compared(tmp_path: Path) -> None:
    rows = [{"body": "hello", "label": "a"}]
    version = written(tmp_path / "v", {"train": rows, "test": rows})

    found = gate(version, replace(SETTINGS, columns={"text": "body"}, max_leaked_share=1.0))

    assert counts(found) == {"test": {"exact": 1}}


def test_many_blocks_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"train": mails(*(f"t {n}" for n in range(50))), "test": mails(*(f"t {n}" for n in range(40, 60)))}
    version = written(tmp_path / "v", parts)
    settings = replace(SETTINGS, max_leaked_share=1.0)
    whole = gate(version, settings)

    monkeypatch.setattr("dprep.train.data.twins.AT_ONCE", 7)

    assert gate(version, settings) == whole
    assert counts(whole) == {"test": {"exact": 10}}
    assert whole.leaks[0].examples == (("test-0", "train-40"), ("test-1", "train-41"), ("test-2", "train-42"))


def test_a_version_with_train_alone_has_nothing_to_gate(tmp_path: Path) -> None:
    assert gate(written(tmp_path / "v", {"train": mails(*TEXTS)}), SETTINGS) == Findings(())


RECIPE = """
[dataset]
name = "mails"
seed = 3
task = "classification"

[[source]]
path = "mails.jsonl"

[[step]]
op = "split.stratified"
ratios = { train = 6, validation = 2, test = 2 }
stratum = ["label"]
leak = "LEAK"
"""


@pytest.mark.parametrize("leak", ["report", "drop-from-train"])
def test_what_a_real_recipe_writes_is_understood(leak: str, tmp_path: Path) -> None:
    """Ten texts stand twice each, so some of them in two parts; the truth is counted from the rows that were written."""
    from dprep import api

    texts = [f"question number {n} of many" for n in range(90)] + [f"again {n % 10}" for n in range(20)]
    rows = [json.dumps({"text": text, "label": "ab"[n % 2], "n": n}) for n, text in enumerate(texts)]
    (tmp_path / "mails.jsonl").write_text("\n".join(rows))
    (tmp_path / "recipe.toml").write_text(textwrap.dedent(RECIPE.replace("LEAK", leak)))
    ran = api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)
    version = open_version(ran.folder)

    found = gate(version, replace(SETTINGS, max_leaked_share=1.0))

    train = set(version.scan("train").collect()["text"])
    truth = {part: sum(text in train for text in version.scan(part).collect()["text"]) for part in ("validation", "test")}
    assert {leak.part: leak.leaked for leak in found.leaks} == truth
    assert {leak.by for leak in found.leaks} == {"version"}
    assert (sum(truth.values()) > 0) == (leak == "report")
