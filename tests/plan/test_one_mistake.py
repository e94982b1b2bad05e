"""One mistake is one problem: what follows from it is not told as well, and it hides nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dprep.base.problem import Problem
from dprep.plan.check import check
from dprep.recipe.read import read_recipe

GOOD = """\
[dataset]
name = "mail"
seed = 7
task = "classification"
license = "cc0-1.0"
description = "letters"
ops = "ops"

[[source]]
name = "letters"
path = "tickets.jsonl"
format = "jsonl"
columns = { text = "body.html", label = "intent" }
types = { label = "string" }
constants = { origin_of = "here" }
encoding = "utf-8"
license = "cc0-1.0"
id = "id"
part = "train"
max_rejected = 0.1
max_row = 1000000

[[source]]
name = "tables"
path = "table.csv"
header = true
delimiter = ";"
quote = "'"
keep = []

[[step]]
op = "clean.html"
name = "html"
columns = ["text"]
when = "origin_of = 'here'"
on_error = "drop"

[[step]]
op = "tag.language"
characters = 100
as = { lang = "language" }

[[step]]
op = "filter.where"
condition = "language = 'en' AND lang_score > 0.1"

[[step]]
op = "tag.topics"
names = ["money"]
least = 0.4

[[step]]
op = "filter.where"
name = "rich"
condition = "money > 0.1"

[[step]]
op = "dedup.minhash"
threshold = 0.8
action = "mark"
keep = "longest"

[[step]]
op = "filter.where"
name = "alone"
condition = "cluster_size < 9"

[[step]]
op = "split.stratified"
parts = ["train"]
ratios = { train = 8, dev = 1 }
stratum = ["label"]
unit = ["cluster"]

[[step]]
op = "filter.length"
parts = ["dev"]
min_words = 1

[[step]]
op = "augment.noise"
share = 0.5

[train]
model = "x"
"""
LINES = GOOD.splitlines()
SAYING = [number for number, line in enumerate(LINES) if " = " in line and not line.startswith("model")]
TYPED = [number for number in SAYING if not LINES[number].startswith(("name", "op ", "license", "description"))]
ANOTHER = '\n[[step]]\nop = "filter.length"\nname = "another"\nmin_words = -1\n'


def _problems(lines: list[str], more: str = "") -> list[Problem]:
    Path("recipe.toml").write_text("\n".join(lines) + more, encoding="utf-8")
    return check(read_recipe(Path("recipe.toml")))[1]


def _shown(problems: list[Problem]) -> str:
    return "\n\n".join(problem.render() for problem in problems)


def _harmed(number: int, line: str) -> None:
    """The recipe with one line that is wrong has one problem, on that line; a second mistake is told beside it."""
    lines = [*LINES[:number], line, *LINES[number + 1 :]]
    alone, beside = _problems(lines), _problems(lines, ANOTHER)

    assert len(alone) == 1, _shown(alone)
    assert alone[0].severity == "error"
    assert alone[0].place is not None
    assert alone[0].place.line == number + 1
    assert [problem.code for problem in beside] == [alone[0].code, "wrong-value"], _shown(beside)


def test_the_recipe_itself_has_no_problem(inputs: Path) -> None:
    assert _shown(_problems(LINES)) == ""


@pytest.mark.parametrize("number", SAYING, ids=[f"{number}-{LINES[number].split()[0]}" for number in SAYING])
def test_a_misspelt_key_is_one_problem(number: int, inputs: Path) -> None:
    key, equals, value = LINES[number].partition(" = ")

    _harmed(number, key + key[-1] + equals + value)


@pytest.mark.parametrize("number", SAYING, ids=[f"{number}-{LINES[number].split()[0]}" for number in SAYING])
def test_a_value_of_the_wrong_type_is_one_problem(number: int, inputs: Path) -> None:
    _harmed(number, LINES[number].partition(" = ")[0] + " = [[['?']]]")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"clean.html"', '"clean.htlm"'),
        ('"tag.language"', '"tag.langage"'),
        ('"tag.language"', '"clean.language"'),
        ('"tag.topics"', '"tag.topcs"'),
        ('"dedup.minhash"', '"dedup.minhsh"'),
        ('"dedup.minhash"', '"dedupe.minhash"'),
        ('"split.stratified"', '"split.stratifed"'),
        ('"augment.noise"', '"augment.nose"'),
        ('"mail"', '"../mail"'),
        ('"classification"', '"clasification"'),
        ('"ops"', '"opps"'),
        ('"tickets.jsonl"', '"tikets.jsonl"'),
        ('"jsonl"', '"jsonk"'),
        ('"table.csv"', '"tables.csv"'),
        ("characters = 100", "characters = 0"),
        ("0.8", "8"),
        ('"mark"', '"makr"'),
        ('"longest"', '"longst"'),
        ("least = 0.4", 'least = "x"'),
        ("dev = 1", "dev = 0"),
        ('"dev"]', '"deb"]'),
        ('stratum = ["label"]', 'stratum = ["lable"]'),
        ('stratum = ["label"]', 'stratum = ["intent"]'),
        ("origin_of = 'here'", "origin_of = 'here"),
        ('["text"]', '["txt"]'),
        ('["money"]', "[3]"),
        ("as = { lang =", "as = { lagn ="),
    ],
)
def test_a_wrong_value_is_one_problem(right: str, wrong: str, inputs: Path) -> None:
    number = next(number for number, line in enumerate(LINES) if right in line)

    _harmed(number, LINES[number].replace(right, wrong, 1))


@pytest.mark.parametrize(("header", "wrong"), [("[dataset]", "[datset]"), ("[train]", "[trian]")])
def test_a_misspelt_section_is_one_problem(header: str, wrong: str, inputs: Path) -> None:
    number = LINES.index(header)

    _harmed(number, wrong)


def test_misspelt_sources_are_one_problem(inputs: Path) -> None:
    lines = [line.replace("[[source]]", "[[sorce]]") for line in LINES]

    assert [problem.code for problem in _problems(lines)] == ["unknown-key"]


def test_a_missing_root_is_one_problem(inputs: Path) -> None:
    Path("recipe.toml").write_text(GOOD + ANOTHER, encoding="utf-8")

    _, problems = check(read_recipe(Path("recipe.toml"), Path("nowhere")))

    assert [problem.code for problem in problems] == ["no-such-folder", "wrong-value"]


def test_an_override_that_is_wrong_hides_nothing(inputs: Path) -> None:
    Path("recipe.toml").write_text(GOOD, encoding="utf-8")

    _, problems = check(read_recipe(Path("recipe.toml"), overrides=["step.minhash.threshold=8", "step.nose.share=1"]))

    assert {problem.code for problem in problems} == {"wrong-value", "bad-override"}
    assert len(problems) == 2
