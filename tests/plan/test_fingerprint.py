"""`asked` changes exactly if the version would."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from dprep.plan import fingerprint
from dprep.plan.check import check
from dprep.plan.fingerprint import asked, revision, stage_key
from dprep.plan.model import Plan
from dprep.recipe.read import read_recipe

RECIPE = """\
[dataset]
name = "mail"
seed = 7
task = "classification"
ops = "own"

[[source]]
path = "mail.jsonl"

[[step]]
op = "filter.short"
min_words = 2

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 8, test = 2 }

[train]
model = "x"
"""
OPERATOR = '''\
"""Drop short texts."""
import polars as pl
from dprep.base.operator import Filter
class Short(Filter):
    min_words: int = 1
    """Fewest words."""
    def measure(self, text):
        return {"words": text.series.str.count_matches(" ") + 1}
'''


@pytest.fixture
def folder(inputs: Path) -> Path:
    (inputs / "own/filter").mkdir(parents=True)
    (inputs / "own/filter/short.py").write_text(OPERATOR)
    return inputs


def _plan(text: str = RECIPE, path: str = "recipe.toml", *overrides: str) -> Plan:
    Path(path).write_text(text)
    plan, problems = check(read_recipe(Path(path), overrides=overrides))
    assert plan is not None, "\n".join(problem.render() for problem in problems)
    return plan


def _asked(text: str = RECIPE, *overrides: str) -> str:
    return asked(_plan(text, "recipe.toml", *overrides), ["f" * 32])


def test_it_is_32_hex_digits_and_stays_the_same(folder: Path) -> None:
    assert re.fullmatch("[0-9a-f]{32}", _asked())
    assert _asked() == _asked()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('[[step]]\nop = "dedup', '# a comment\n\n\n[[step]]\nop   =   "dedup'),
        ('[train]\nmodel = "x"', '[train]\nmodel = "y"\nmore = 3'),
        ('[train]\nmodel = "x"\n', ""),
        ("min_words = 2", "min_words = 0x2"),
        ("ratios = { train = 8, test = 2 }", "ratios = { train = 8.0, test = 2 }\nkeys = 1".replace("\nkeys = 1", "")),
        ('path = "mail.jsonl"', 'path = "./mail.*l"'),
        ('op = "dedup.exact"', 'op = "dedup.exact"\nkeep = "first"'),
    ],
    ids=["comment", "train", "no-train", "spelling", "float", "path", "default"],
)
def test_what_makes_no_other_version_does_not_count(old: str, new: str, folder: Path) -> None:
    assert old in RECIPE
    assert _asked(RECIPE.replace(old, new)) == _asked()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("min_words = 2", "min_words = 3"),
        ("seed = 7", "seed = 8"),
        ('op = "dedup.exact"', 'op = "dedup.exact"\nname = "other"'),
        ('op = "dedup.exact"', 'op = "dedup.exact"\nwhen = "score > 0"'),
        ('op = "dedup.exact"', 'op = "dedup.exact"\ncolumns = ["text", "label"]'),
        ('op = "dedup.exact"', 'op = "dedup.exact"\non_error = "drop"'),
        ("train = 8, test = 2", "test = 2, train = 8"),
        ('path = "mail.jsonl"', 'path = "mail.jsonl"\nkeep = []'),
        ('path = "mail.jsonl"', 'path = "mail.jsonl"\nmax_rejected = 3'),
        ('path = "mail.jsonl"', 'path = "mail.jsonl"\nname = "inbox"'),
        ('path = "mail.jsonl"', 'path = "mail.jsonl"\nconstants = { year = 2024 }'),
    ],
)
def test_what_makes_another_version_counts(old: str, new: str, folder: Path) -> None:
    assert old in RECIPE
    assert _asked(RECIPE.replace(old, new, 1)) != _asked()


def test_an_override_counts_as_if_it_were_written(folder: Path) -> None:
    assert _asked(RECIPE, "step.short.min_words=3") == _asked(RECIPE.replace("min_words = 2", "min_words = 3"))


def test_inputs_count_and_places_do_not(folder: Path) -> None:
    shutil.copytree(folder, folder / "elsewhere", ignore=shutil.ignore_patterns("elsewhere"))
    here, there = _plan(), _plan(RECIPE, "elsewhere/recipe.toml")

    assert asked(here, ["a" * 32]) != asked(here, ["b" * 32])
    assert asked(here, ["a" * 32]) == asked(there, ["a" * 32])


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('"""Fewest words."""', '"""The least number of words."""', True),
        ('"""Drop short texts."""', '"""Drop texts."""', True),
        ("class Short", "# a comment\n\n\nclass Short", True),
        ('.count_matches(" ") + 1', ".count_matches( ' ' )  +  1", True),
        ("+ 1", "+ 2", False),
        ("+ 1", '+ "1"', False),
        ("min_words: int = 1", "min_words: int = 0", False),
    ],
)
def test_an_operators_revision_follows_its_code(old: str, new: str, same: bool, folder: Path) -> None:
    before = revision("filter.short", folder / "own")
    assert old in OPERATOR

    (folder / "own/filter/short.py").write_text(OPERATOR.replace(old, new, 1))

    assert (revision("filter.short", folder / "own") == before) is same


def test_an_edited_kernel_changes_the_operators_that_use_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = revision("dedup.exact"), revision("clean.whitespace")
    kernel = sys.modules["dprep.kernels.hashing"]
    copy = tmp_path / "hashing.py"
    copy.write_text(Path(kernel.__file__ or "").read_text() + "\nEDITED = 1\n")
    monkeypatch.setattr(kernel, "__file__", str(copy))

    after = revision("dedup.exact"), revision("clean.whitespace")

    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


def test_a_librarys_version_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = revision("filter.where")
    monkeypatch.setattr(fingerprint, "_version", lambda library: f"{library} 99")

    assert revision("filter.where") != before


def test_a_late_change_keeps_the_keys_of_earlier_stages(folder: Path) -> None:
    before, after = _plan(), _plan(RECIPE.replace("test = 2", "test = 3"))
    inputs = ["a" * 32]

    assert stage_key(before, inputs, 2) == stage_key(after, inputs, 2)
    assert stage_key(before, inputs, 3) != stage_key(after, inputs, 3)
    assert stage_key(before, inputs, 4) == asked(before, inputs)  # the fourth looks for leaks
    assert len({stage_key(before, inputs, n) for n in range(5)}) == 5
