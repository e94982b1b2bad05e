"""Advice: each piece is given where it is due, and nowhere else. The pages' own examples deserve it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dprep.plan.check import check
from dprep.plan.codes import CODES
from dprep.recipe.read import read_recipe

HEAD = '[dataset]\nname = "d"\nseed = 7\ntask = "classification"\n\n[[source]]\npath = "mail.jsonl"\n\n'
CODES_OF_ADVICE = ("split-before-dedup", "copies-before-split", "clean-after-dedup", "unseeded", "part-empty")


def _step(op: str, *lines: str) -> str:
    return "\n".join(["[[step]]", f'op = "{op}"', *lines]) + "\n\n"


def _warned(*steps: str, head: str = HEAD) -> list[str]:
    Path("recipe.toml").write_text(head + "".join(steps), encoding="utf-8")
    _, problems = check(read_recipe(Path("recipe.toml")))
    assert [problem.sentence for problem in problems if problem.severity == "error"] == []
    return [problem.code for problem in problems]


CLEAN, EXACT, NEAR, SPLIT, NOISE = (
    _step(op) for op in ("clean.unicode", "dedup.exact", "dedup.minhash", "split.stratified", "augment.noise")
)
MARK = _step("dedup.minhash", 'action = "mark"')
SPLIT_TOGETHER = _step("split.stratified", 'unit = ["twins"]')
UP = _step("sample.balance", 'to = "largest"', 'classes = ["customer"]')
TAG = _step("tag.language", 'as = { lang = "language" }')
SHORT = _step("filter.length", "min_words = 1")


@pytest.mark.parametrize(
    "steps",
    [
        (EXACT, CLEAN),
        (NEAR, TAG, SHORT, CLEAN),
        (MARK, CLEAN),
        (CLEAN, EXACT, CLEAN),
        (EXACT, CLEAN, _step("dedup.exact", 'columns = ["customer"]', 'name = "other"')),
        (EXACT, _step("clean.html", 'columns = ["text", "customer"]')),
    ],
)
def test_cleaning_after_the_last_search_for_its_duplicates(steps: tuple[str, ...], inputs: Path) -> None:
    assert _warned(*steps) == ["clean-after-dedup"]


@pytest.mark.parametrize(
    "steps",
    [
        (CLEAN, EXACT),
        (CLEAN, EXACT, TAG, SHORT),
        (EXACT, CLEAN, EXACT),
        (_step("dedup.exact", 'columns = ["customer"]'), CLEAN),
        (EXACT, _step("clean.html", 'columns = ["customer"]')),
        (CLEAN, EXACT, SPLIT, NOISE),
        (CLEAN,),
    ],
)
def test_no_cleaning_makes_duplicates_that_nobody_looks_for(steps: tuple[str, ...], inputs: Path) -> None:
    assert _warned(*steps) == []


@pytest.mark.parametrize(
    "steps",
    [
        (SPLIT, EXACT),
        (SPLIT, MARK),
        (SPLIT, TAG, SHORT, NEAR),
        (EXACT, SPLIT, NEAR),
        (MARK, SPLIT, NEAR.replace("\n\n", '\nname = "again"\n\n')),
        (_step("dedup.minhash", "threshold = 0.9"), SPLIT, _step("dedup.minhash", "threshold = 0.7", 'name = "wider"')),
        (_step("dedup.exact", "when = \"lang = 'en'\""), SPLIT, _step("dedup.exact", 'name = "all"')),
        (_step("dedup.exact", 'columns = ["customer"]'), SPLIT, _step("dedup.exact", 'name = "texts"')),
        (SPLIT, _step("dedup.exact", 'parts = ["train"]')),
        (_step("split.stratified", 'unit = ["customer"]'), EXACT),
    ],
)
def test_duplicates_sought_only_after_the_split(steps: tuple[str, ...], inputs: Path) -> None:
    assert "split-before-dedup" in _warned(*steps)


@pytest.mark.parametrize(
    "steps",
    [
        (EXACT, SPLIT),
        (NEAR, SPLIT, EXACT),
        (SPLIT_TOGETHER, EXACT),
        (MARK, _step("split.stratified", 'unit = ["cluster"]'), EXACT),
        (EXACT, SPLIT, NOISE, _step("dedup.exact", 'parts = ["train"]', 'name = "variants"')),
        (SPLIT, TAG, SHORT),
    ],
)
def test_duplicates_that_cannot_stand_in_two_parts(steps: tuple[str, ...], inputs: Path) -> None:
    assert _warned(*steps) == []


def test_duplicates_in_parts_that_a_source_gives_are_no_mistake_of_order(inputs: Path) -> None:
    assert _warned(EXACT, head=HEAD.replace('"mail.jsonl"\n', '"mail.jsonl"\npart = "train"\n')) == []


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        ((UP, SPLIT), True),
        ((UP, SHORT, _step("split.stratified", 'unit = ["customer"]')), True),
        ((_step("sample.balance", 'to = "smallest"', 'mode = "down"', 'classes = ["customer"]'), SPLIT), False),
        ((_step("sample.balance", 'to = "largest"', 'action = "mark"', 'classes = ["customer"]'), SPLIT), False),
        ((SPLIT, UP), False),
    ],
)
def test_copies_before_the_split(steps: tuple[str, ...], due: bool, inputs: Path) -> None:
    assert _warned(*steps) == ["copies-before-split"] * due


@pytest.mark.parametrize(
    ("steps", "due"),
    [((SPLIT,), True), ((SPLIT, NOISE), True), ((CLEAN, NEAR, TAG, SHORT), False), ((), False)],
)
def test_chance_without_a_seed(steps: tuple[str, ...], due: bool, inputs: Path) -> None:
    assert _warned(*steps, head=HEAD.replace("seed = 7\n", "")) == ["unseeded"] * due


def test_a_split_that_draws_nothing_needs_no_seed(inputs: Path) -> None:
    head = HEAD.replace("seed = 7\n", "")

    assert _warned(_step("split.stable"), head=head) == []
    assert _warned(_step("split.stable"), _step("sample.rows", "n = 5"), head=head) == ["unseeded"]


def test_a_seed_of_zero_is_a_seed(inputs: Path) -> None:
    assert _warned(SPLIT, head=HEAD.replace("seed = 7", "seed = 0")) == []


@pytest.mark.parametrize(
    ("ratios", "due"),
    [("a = 1000, b = 1", True), ("a = 999, b = 1", False), ("a = 0.9995, b = 0.0005", True), ("a = 1, b = 1", False)],
)
def test_a_part_that_gets_next_to_nothing(ratios: str, due: bool, inputs: Path) -> None:
    assert _warned(_step("split.stratified", f"ratios = {{ {ratios} }}")) == ["part-empty"] * due


@pytest.mark.parametrize("broken", ['unit = "twins"', 'unitt = ["twins"]'])
def test_nothing_is_advised_on_what_a_broken_step_may_yet_say(broken: str, inputs: Path) -> None:
    Path("recipe.toml").write_text(HEAD + _step("split.stratified", broken) + EXACT, encoding="utf-8")

    _, problems = check(read_recipe(Path("recipe.toml")))

    assert [problem.severity for problem in problems] == ["error"]


@pytest.mark.parametrize("code", CODES_OF_ADVICE)
def test_the_example_on_its_page_deserves_it(code: str, inputs: Path) -> None:
    title, text = CODES[code]
    found = re.search(r"```toml\n(.*?)```(.*)", text, re.DOTALL)
    assert found
    example, cure = found.groups()
    head = HEAD.replace("seed = 7\n", "") if code == "unseeded" else HEAD
    if "[[step]]" not in example:
        example = '[[step]]\nop = "split.stratified"\n' + example
    if "[dataset]" in example:
        example = example[example.index("[[step]]") :]

    assert title.endswith("(Advice)")
    assert len(cure.split()) >= 4
    assert _warned(example, head=head) == [code]
