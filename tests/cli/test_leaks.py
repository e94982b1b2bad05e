"""`dprep leaks`: what it prints, what it gives to programs, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli

HOSTILE = "\x1b[31mred\x1b[0m \u202eback\u202c\x07 two\nlines `code` [bold]"


def call(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def version(rows: list[tuple[str, str]], name: str = "mails") -> str:
    """A version with these (part, text)."""
    Path(f"{name}.jsonl").write_text("\n".join(json.dumps({"text": text, "part": part}) for part, text in rows))
    Path("recipe.toml").write_text(f'[dataset]\nname = "{name}"\ntask = "text"\n[[source]]\npath = "{name}.jsonl"\n')
    call("run", "recipe.toml", "--quiet")
    return f"{name}@v1"


MAILS = [
    ("train", "where is my order"),
    ("train", "i want my money back"),
    ("train", "the parcel came yesterday and is broken"),
    ("validation", "where is my order"),
    ("test", "Where is my order?"),
    ("test", "please close my account"),
    ("test", "the parcel came yesterday and it is broken"),
]


def test_a_table_and_the_worst_twins_are_shown(here: Path) -> None:
    lines = call("leaks", version(MAILS), code=1).stdout.splitlines()

    assert lines[0] == "mails@v1: 7 rows (train 3, validation 1, test 3)"
    assert lines[1] == "twins share 0.8 of their runs of 1 word"
    assert [line.split() for line in lines[3:7]] == [
        ["part", "in", "rows", "exact", "twin", "near", "twin", "share"],
        ["validation", "train", "1", "1", "0", "100.00", "%"],
        ["test", "train", "3", "0", "2", "66.67", "%"],
        ["test", "validation", "3", "0", "1", "33.33", "%"],
    ]
    shown = lines[lines.index("test in train") + 1 :][:4]
    assert [line.split()[0] for line in shown[::2]] == ["1.000", "0.875"]
    assert shown[0].endswith(' mails.jsonl:5  "Where is my order?"')
    assert shown[1].endswith(' mails.jsonl:1  "where is my order"')


def test_questions_compared_with_whole_rows_are_noted(here: Path) -> None:
    rows = [{"prompt": "how many legs does a spider have in all", "completion": "eight, four on either side of its body"}]
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    Path("quiz.jsonl").write_text(json.dumps({"question": "How many legs does a spider have in all?"}))
    Path("qa.toml").write_text('[dataset]\nname = "qa"\ntask = "completion"\n[[source]]\npath = "rows.jsonl"\n')
    call("run", "qa.toml", "--quiet")

    told = call("leaks", "qa", "--against", "quiz.jsonl").stdout.splitlines()[-1]
    assert told.startswith("note: questions of quiz.jsonl were compared with prompt and completion together; --columns prompt")
    assert "note" not in call("leaks", "qa", "--against", "quiz.jsonl", "--columns", "prompt", code=1).stdout


def test_programs_get_one_object(here: Path) -> None:
    found = json.loads(call("leaks", version(MAILS), "--json", "--show", 1, code=1).stdout)

    assert set(found) == {
        *("version", "threshold", "shingles", "ngram", "parts", "benchmarks"),
        *("crossings", "leaking", "compared", "columns", "asking", "cut"),
    }
    assert found["parts"] == {"train": 3, "validation": 1, "test": 3}
    assert [(c["part"], c["against"], c["exact"], c["near"], c["share"]) for c in found["crossings"]] == [
        ("validation", "train", 1, 0, 1.0),
        ("test", "train", 0, 2, 0.666667),
        ("test", "validation", 0, 1, 0.333333),
    ]
    (example,) = found["crossings"][1]["examples"]
    assert example["row"]["text"] == "Where is my order?"
    assert example["twin"]["origin"] == "mails.jsonl:1"


def test_without_leaks_the_exit_code_is_0(here: Path) -> None:
    name = version([("train", "one thing"), ("test", "something else")])

    assert "no row has a twin elsewhere" in call("leaks", name).stdout
    assert json.loads(call("leaks", name, "--json").stdout)["leaking"] == 0


def test_one_part_is_no_fault(here: Path) -> None:
    name = version([("train", "one thing"), ("train", "one thing")])

    assert call("leaks", name).stdout == "mails@v1: 2 rows (train 2)\none part: nothing to compare\n"


def test_a_benchmark_is_named_by_its_file(here: Path) -> None:
    name = version([("train", "谁写了《红楼梦》"), ("train", "今天天气很好")])
    Path("quiz.jsonl").write_text(json.dumps({"question": "谁写了红楼梦？"}))

    lines = call("leaks", name, "--against", "quiz.jsonl", code=1).stdout.splitlines()

    assert lines[0] == "mails@v1: 2 rows (train 2); 1 benchmark with 1 row"
    assert lines[1] == "twins share 0.8 of their runs of 2 characters"
    assert lines[4].split() == ["quiz.jsonl", "train", "1", "0", "1", "100.00", "%"]
    assert '  1.000  quiz.jsonl:1  "谁写了红楼梦？"' in lines


def test_texts_and_names_cannot_fool_a_terminal(here: Path) -> None:
    name = version([("train", HOSTILE), ("test", HOSTILE)])
    Path("\x1b[2Jquiz.jsonl").write_text(json.dumps({"text": HOSTILE}))

    shown = call("leaks", name, "--against", "*quiz.jsonl", code=1).stdout

    assert "quiz.jsonl" in shown
    assert not set(shown) & set("\x1b\x07\u202e\u202c")
    assert all(line.count('"') in {0, 2} for line in shown.splitlines())


def test_long_texts_are_cut(here: Path) -> None:
    name = version([("train", "word " * 200_000), ("test", "word " * 200_000)])

    shown = call("leaks", name, code=1).stdout

    assert max(map(len, shown.splitlines())) < 300
    assert '…"' in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nobody"], "no-such-dataset"),
        (["mails", "--against", "absent.jsonl"], "no-such-file"),
        (["mails", "--threshold", "0"], "wrong-command"),
        (["mails", "--shingles", "letters"], "wrong-command"),
        ([], "missing-argument"),
    ],
)
def test_mistakes_are_problems(here: Path, words: list[str], code: str) -> None:
    version([("train", "one thing")])

    assert call("leaks", *words, code=2).stderr.startswith(f"error[{code}]: ")


def test_an_index_of_benchmarks_is_compared_by_its_own_shingles(here: Path) -> None:
    name = version([("train", "Who wrote the book about the white whale?"), ("test", "i want my money back")])
    questions = ["who wrote the book about the white whale", "who wrote the book about the white whale", "what is a spider"]
    Path("quiz.jsonl").write_text("\n".join(json.dumps({"question": each}) for each in questions))
    Path("more.jsonl").write_text(json.dumps({"text": "I want my money back!"}))
    call("index", "tests", "--kind", "benchmark", "--of", "quiz.jsonl", "--of", "more.jsonl", "--quiet")

    found = json.loads(call("leaks", name, "--against", "tests@v1", "--json", code=1).stdout)

    assert (found["shingles"], found["ngram"]) == ("characters", 5)
    assert found["benchmarks"] == {"quiz": 2, "more": 1}
    told = {(c["part"], c["against"]): (c["exact"], c["near"]) for c in found["crossings"]}
    assert told == {
        ("test", "train"): (0, 0),
        ("quiz", "train"): (0, 1),
        ("quiz", "test"): (0, 0),
        ("more", "train"): (0, 0),
        ("more", "test"): (0, 1),
    }
    shown = call("leaks", name, "--against", "tests@v1", code=1).stdout
    assert "  1.000  quiz:1\n" in shown
    refused = call("leaks", name, "--against", "tests@v1", "--shingles", "words", code=2).stderr
    assert refused.startswith("error[wrong-value]: `tests@v1` holds runs of 5 characters")


def test_an_index_of_rows_tells_exact_twins(here: Path) -> None:
    name = version([("train", "where is my order"), ("train", "i want my money back"), ("train", "nothing like it")])
    Path("old.jsonl").write_text(
        "\n".join(json.dumps({"text": each}) for each in ("where is my order", "I want my money back"))
    )
    call("index", "old", "--of", "old.jsonl", "--quiet")

    found = json.loads(call("leaks", name, "--against", "old@v1", "--json", code=1).stdout)

    assert [(c["part"], c["against"], c["exact"], c["near"]) for c in found["crossings"]] == [("old@v1", "train", 1, 1)]
    assert found["crossings"][0]["examples"][0]["row"]["id"] == "old.jsonl:1"
    assert call("leaks", name, "--against", "gone@v1", code=2).stderr.startswith("error[no-such-artifact]: ")
