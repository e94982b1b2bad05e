"""Leaks against all pairs compared in plain Python, and against a tool of its own: every count must be that of all pairs."""

from __future__ import annotations

import importlib.util
import itertools
import json
import random
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow.parquet as parquet
import pytest
import zstandard

from dprep import api
from dprep.base.dedup import Sets
from dprep.base.problem import Error
from dprep.engine.leaks import Leaks
from dprep.kernels.rare_first import count_members, counters, rare_postings

PARTS = ("train", "validation", "test")


def made(folder: Path, parts: dict[str, list[str]], head: str = 'task = "text"') -> str:
    """A version with these texts in these parts."""
    rows = [{"text": text, "part": part} for part, texts in parts.items() for text in texts]
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (folder / "recipe.toml").write_text(f'[dataset]\nname = "mine"\n{head}\n[[source]]\npath = "rows.jsonl"\n')
    api.run(folder / "recipe.toml", store=folder / "store", workers=1)
    return "mine"


def leaks_of(folder: Path, parts: dict[str, list[str]], against: Iterable[Path] = (), **settings: object) -> Leaks:
    name = made(folder, parts)
    return api.leaks(name, store=folder / "store", against=[str(path) for path in against], **settings)  # type: ignore[arg-type]


def counts(found: Leaks) -> dict[tuple[str, str], tuple[int, int]]:
    return {(each.part, each.against): (each.exact, each.near) for each in found.crossings}


def shingles(text: str, characters: bool, length: int) -> frozenset:
    """Of texts of plain lower-case words, or of Chinese characters, with no other characters."""
    units = text.replace(" ", "") if characters else text.split()
    size = min(length, len(units))
    return frozenset(tuple(units[i : i + size]) for i in range(len(units) - size + 1)) if units else frozenset()


def all_pairs(
    parts: dict[str, list[str]], characters: bool, length: int, least: float
) -> dict[tuple[str, str], tuple[int, int]]:
    """(part, against) -> rows with an equal text there, and others with a near twin, for the parts in their order."""
    sets = {text: shingles(text, characters, length) for texts in parts.values() for text in texts}

    def near(a: str, b: str) -> bool:
        x, y = sets[a], sets[b]
        return bool(x | y) and Fraction(len(x & y), len(x | y)) >= Fraction(str(least))

    told = {}
    for against, part in itertools.combinations(parts, 2):
        exact = [text in parts[against] for text in parts[part]]
        alike = [any(near(text, other) for other in parts[against]) for text in parts[part]]
        told[part, against] = sum(exact), sum(a and not e for a, e in zip(alike, exact, strict=True))
    return told


def families(rng: random.Random, characters: bool, longest: int) -> dict[str, list[str]]:
    """Texts, and copies of them with some words replaced, gone or added, dealt to three parts; some are equal."""
    names = [chr(0x4E00 + 31 * n) for n in range(200)] if characters else [f"w{n}" for n in range(200)]
    blank = "" if characters else " "
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for _ in range(60):
        base = rng.choices(names[: rng.choice([20, 200])], k=rng.randint(1, longest))
        for _ in range(rng.choice([1, 2, 4])):
            some = [rng.choice(names) if rng.random() < 0.04 else name for name in base if rng.random() > 0.03]
            parts[rng.choices(PARTS, [6, 2, 2])[0]].append(blank.join(some + rng.sample(names, rng.choice([0, 0, 1]))))
    parts["train"] += [parts["test"][0], parts["validation"][0]]
    parts["validation"].append(parts["test"][1])
    return {part: [text for text in texts if text] for part, texts in parts.items()}


@pytest.mark.parametrize("least", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize(("characters", "longest", "length"), [(False, 10, 1), (False, 70, 3), (True, 40, 2)])
def test_counts_are_those_of_all_pairs(tmp_path: Path, least: float, characters: bool, longest: int, length: int) -> None:
    parts = families(random.Random(f"{least} {longest} {characters}"), characters, longest)
    truth = all_pairs(parts, characters, length, least)
    kind = "characters" if characters else "words"

    found = leaks_of(tmp_path, parts, threshold=least, shingles=kind, ngram=length)

    assert counts(found) == truth
    assert sum(map(sum, truth.values())) > 5
    assert found.cut == 0
    assert found.leaking == sum(map(sum, truth.values()))


def test_examples_are_twins_the_most_alike_first(tmp_path: Path) -> None:
    parts = families(random.Random(5), characters=False, longest=20)

    found = leaks_of(tmp_path, parts, threshold=0.5, shingles="words", ngram=1, show=8)

    assert any(one.similarity < 1 for crossing in found.crossings for one in crossing.examples)
    for crossing in found.crossings:
        assert len(crossing.examples) == min(8, crossing.leaking)
        for one in crossing.examples:
            assert one.row.text in parts[crossing.part]
            assert one.twin.text in parts[crossing.against]
            a, b = set(one.row.text.split()), set(one.twin.text.split())
            assert one.similarity == pytest.approx(len(a & b) / len(a | b))
        likeness = [one.similarity for one in crossing.examples]
        assert likeness == sorted(likeness, reverse=True)
        assert likeness[-1] >= 0.5
        assert len({one.row.text for one in crossing.examples}) == len(crossing.examples)


@pytest.mark.parametrize(("near", "counted"), [("a b c d e f g h x", True), ("a b c d e f g x y", False)])
def test_a_pair_on_the_threshold_is_a_leak(tmp_path: Path, near: str, counted: bool) -> None:
    parts = {"train": ["a b c d e f g h", "something else"], "test": [near]}

    found = leaks_of(tmp_path, parts, threshold=8 / 9, shingles="words", ngram=1)

    assert counts(found) == {("test", "train"): (0, int(counted))}


def test_twins_within_a_part_are_no_leak(tmp_path: Path) -> None:
    found = leaks_of(tmp_path, {"train": ["one and the same"] * 3 + ["one and the same too"], "test": ["nothing of that kind"]})

    assert found.leaking == 0


def test_case_width_and_punctuation_make_no_other_text_but_accents_and_underscores_do(tmp_path: Path) -> None:
    train = ["OÙ est mon colis ?", "ＡＢＣ １２３", "a_b"]
    parts = {"train": train, "test": ["où est mon colis", "ou est mon colis", "abc-123", "abc 124", "a b"]}

    found = leaks_of(tmp_path, parts, shingles="words", ngram=1, threshold=1.0)

    assert counts(found) == {("test", "train"): (0, 2)}


def test_texts_without_letters_are_all_alike(tmp_path: Path) -> None:
    found = leaks_of(tmp_path, {"train": ["!!!", "…"], "test": ["???", "!!!", "yes"]})

    assert counts(found) == {("test", "train"): (1, 1)}


@pytest.mark.parametrize(
    ("texts", "settled"),
    [
        (["请问我的订单什么时候可以发货", "我想退货"], ("characters", 2)),
        (["where is my order", "i want my money back"], ("words", 1)),
        ([" ".join(f"w{n}" for n in range(40))] * 2, ("words", 3)),
    ],
)
def test_shingles_follow_the_texts(tmp_path: Path, texts: list[str], settled: tuple[str, int]) -> None:
    found = leaks_of(tmp_path, {"train": texts, "test": texts[:1]})

    assert (found.shingles, found.ngram) == settled
    assert counts(found) == {("test", "train"): (1, 0)}


def test_one_part_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    found = leaks_of(tmp_path, {"train": ["one", "one", "two"]})

    assert (found.crossings, found.leaking, found.parts) == ((), 0, {"train": 3})


def test_files_are_compared_with_every_part(tmp_path: Path) -> None:
    questions = ["how many legs has a spider", "what is the capital of france", "no text like this"]
    (tmp_path / "quiz.jsonl").write_text("\n".join(json.dumps({"question": each, "answer": "8"}) for each in questions))
    (tmp_path / "other.csv").write_text('text\n"how many legs has a dog"\nhow many legs has a spider\n')
    parts = {"train": ["How many legs has a spider?", "tea"], "test": ["what is the capital of france", "coffee"]}

    found = leaks_of(tmp_path, parts, against=[tmp_path / "quiz*.jsonl", tmp_path / "other.csv"])

    told = {(Path(part).name, against): n for (part, against), n in counts(found).items()}
    assert told == {
        ("test", "train"): (0, 0),
        ("quiz.jsonl", "train"): (0, 1),
        ("quiz.jsonl", "test"): (1, 0),
        ("other.csv", "train"): (0, 1),
        ("other.csv", "test"): (0, 0),
    }
    (example,) = next(each.examples for each in found.crossings if each.part.endswith("quiz.jsonl"))
    assert example.row.origin.endswith("quiz.jsonl:1")
    assert example.twin.origin == "rows.jsonl:1"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("absent.jsonl", None, "no-such-file"), ("numbers.jsonl", '{"count": 3}\n', "missing-column")],
)
def test_files_that_cannot_be_compared_are_problems(tmp_path: Path, name: str, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)

    with pytest.raises(Error) as caught:
        leaks_of(tmp_path, {"train": ["one"]}, against=[tmp_path / name])

    assert [problem.code for problem in caught.value.problems] == [code]


def test_more_parts_than_can_be_compared_are_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        leaks_of(tmp_path, {f"part{n}": ["one"] for n in range(65)})

    assert caught.value.problems[0].code == "too-many-parts"
    (tmp_path / "fewer").mkdir()
    assert leaks_of(tmp_path / "fewer", {f"part{n}": ["one"] for n in range(64)}).leaking == 64 * 63 // 2


def test_several_text_columns_are_compared_together(tmp_path: Path) -> None:
    rows = [
        {"prompt": "why", "completion": "because it is so", "part": "train"},
        {"prompt": "why", "completion": "nobody knows that", "part": "test"},
        {"prompt": "why", "completion": "because it is so", "part": "test"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "recipe.toml").write_text('[dataset]\nname = "mine"\ntask = "completion"\n[[source]]\npath = "rows.jsonl"\n')
    api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)

    found = api.leaks("mine", store=tmp_path / "store")

    assert counts(found) == {("test", "train"): (1, 0)}
    assert found.crossings[0].examples[0].row.text == "why\nbecause it is so"


def answered(folder: Path) -> str:
    """A version of questions with answers; and `quiz.jsonl`, which asks one of them."""
    rows = [
        {"prompt": "how many legs does a spider have in all", "completion": "eight of them, four on either side of its body"},
        {"prompt": "why is the sky blue at noon and red at night", "completion": "as the air scatters short waves the most"},
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "quiz.jsonl").write_text(json.dumps({"question": "How many legs does a spider have in all"}))
    (folder / "recipe.toml").write_text('[dataset]\nname = "mine"\ntask = "completion"\n[[source]]\npath = "rows.jsonl"\n')
    api.run(folder / "recipe.toml", store=folder / "store", workers=1)
    return str(folder / "quiz.jsonl")


@pytest.mark.parametrize("indexed", [False, True])
def test_a_question_is_found_in_the_column_that_asks_it(tmp_path: Path, indexed: bool) -> None:
    against = answered(tmp_path)
    if indexed:
        api.index("quiz", kind="benchmark", of=against, store=tmp_path / "store")
        against = "quiz@v1"

    whole = api.leaks("mine", store=tmp_path / "store", against=[against])
    asked = api.leaks("mine", store=tmp_path / "store", against=[against], columns=["prompt"])

    assert (whole.leaking, whole.columns, len(whole.asking)) == (0, ("prompt", "completion"), 1)
    assert (asked.leaking, asked.columns) == (1, ("prompt",))


def test_a_file_with_the_columns_of_the_version_needs_no_note(tmp_path: Path) -> None:
    answered(tmp_path)

    assert api.leaks("mine", store=tmp_path / "store", against=[str(tmp_path / "rows.jsonl")]).asking == ()


def test_a_column_that_holds_no_text_is_a_problem(tmp_path: Path) -> None:
    against = answered(tmp_path)

    with pytest.raises(Error) as caught:
        api.leaks("mine", store=tmp_path / "store", against=[against], columns=["promt"])

    assert caught.value.problems[0].code == "missing-column"


def test_a_common_frame_hides_no_twin(tmp_path: Path) -> None:
    """Five thousand texts share all words but one: more than are compared under one key."""
    frame = [f"your order {n} has been shipped" for n in range(5000)]
    parts = {"train": frame, "test": ["your order 77 has now been shipped", "your order 9999 has been shipped"]}

    found = leaks_of(tmp_path, parts, shingles="words", ngram=1, threshold=0.85)

    assert counts(found) == {("test", "train"): (0, 1)}
    assert found.crossings[0].examples[0].twin.text == "your order 77 has been shipped"


@pytest.mark.parametrize("least", [0.1, 0.5, 0.8, 1.0])
def test_any_two_sets_that_are_alike_share_a_key(least: float) -> None:
    rng = random.Random(11)
    members = []
    for _ in range(40):
        base = [rng.getrandbits(64) for _ in range(rng.choice([3, 24, 30, 200]))]
        for _ in range(4):
            members.append(frozenset([x for x in base if rng.random() > 0.08] + [rng.getrandbits(64)]))
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in members])]).astype(np.int64)
    sets = Sets(offsets, np.array([x for each in members for x in sorted(each)], np.uint64))
    counts = counters(len(sets.hashes))
    count_members(sets.hashes, counts)

    postings = rare_postings(sets, least, counts)

    keys: dict[int, set[int]] = {row: set() for row in range(len(members))}
    for row, key in zip(postings.rows.tolist(), postings.keys.tolist(), strict=True):
        keys[row].add(key)
    alike = [
        (i, j)
        for i, j in itertools.combinations(range(len(members)), 2)
        if len(members[i] & members[j]) >= Fraction(str(least)) * len(members[i] | members[j])
    ]
    assert all(keys[i] & keys[j] for i, j in alike)
    assert alike or least == 1.0


@pytest.fixture(scope="module")
def leak(shared: Path) -> ModuleType:
    """The tool by which splits are judged."""
    spec = importlib.util.spec_from_file_location("leak", shared / "tools" / "leak.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "field", "kind"),
    [("cls-en-smsspam/SMSSpamCollection.zst", 1, ("word", 1)), ("cls-zh-thucnews-titles/dev.txt.zst", 0, ("char", 2))],
)
def test_counts_are_those_of_the_tool_that_judges_splits(
    shared: Path, leak: ModuleType, tmp_path: Path, name: str, field: int, kind: tuple[str, int]
) -> None:
    lines = zstandard.ZstdDecompressor().stream_reader((shared / "corpora" / name).open("rb")).read().decode().splitlines()
    texts = [line.split("\t")[field] for line in lines if "\t" in line]
    parts = {"train": texts[: len(texts) * 3 // 4], "test": texts[len(texts) * 3 // 4 :]}
    assert leak.choose(texts) == kind
    truth = sum(best is not None for best in leak.leaking(parts["test"], parts["train"], 0.8, *kind))

    found = leaks_of(tmp_path, parts, threshold=0.8)

    assert found.leaking == truth > 0


CHAT = [{"role": "user", "content": "why"}, {"role": "assistant", "content": "because it is so and will be"}]
SAME = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because it is so and will be."}]
OTHER = [{"role": "user", "content": "why"}, {"role": "assistant", "content": "nobody in this house knows it"}]


@pytest.mark.parametrize(
    ("task", "rows", "near"),
    [
        ("chat", [{"messages": CHAT}, {"messages": OTHER}, {"messages": SAME}], 1),
        (
            "preference",
            [{"prompt": "p", "chosen": a, "rejected": b} for a, b in ((CHAT, OTHER), (OTHER, CHAT), (SAME, OTHER))],
            2,  # as sets of words, what is chosen and what is rejected are one
        ),
        ("tagging", [{"tokens": each, "tags": ["O", "O"]} for each in (["see", "Rome"], ["see", "Paris"], ["SEE", "rome"])], 1),
        (
            "classification",
            [{"text": "a cat", "text_pair": each, "label": "x"} for each in ("an animal", "no dog at all", "an animal!")],
            1,
        ),
    ],
)
def test_the_texts_of_every_task_are_compared(tmp_path: Path, task: str, rows: list[dict], near: int) -> None:
    parts = ["train", "test", "test"]
    (tmp_path / "rows.jsonl").write_text(
        "\n".join(json.dumps({**row, "part": part}) for row, part in zip(rows, parts, strict=True))
    )
    (tmp_path / "recipe.toml").write_text(f'[dataset]\nname = "mine"\ntask = "{task}"\n[[source]]\npath = "rows.jsonl"\n')
    api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)

    found = api.leaks("mine", store=tmp_path / "store", shingles="words", ngram=1)

    assert counts(found) == {("test", "train"): (0, near)}


def test_neither_row_groups_nor_the_order_of_rows_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = families(random.Random(8), characters=False, longest=30)
    mixed = {part: random.Random(1).sample(texts, len(texts)) for part, texts in parts.items()}
    (tmp_path / "whole").mkdir()
    (tmp_path / "pieces").mkdir()
    whole = leaks_of(tmp_path / "whole", parts, threshold=0.6)

    monkeypatch.setattr("dprep.engine.writing.GROUP_ROWS", 7)
    pieces = leaks_of(tmp_path / "pieces", mixed, threshold=0.6)

    shard = tmp_path / "pieces" / "store" / "datasets" / "mine" / "v1" / "data" / "train-00000-of-00001.parquet"
    assert parquet.read_metadata(shard).num_row_groups > 9
    assert counts(pieces) == counts(whole)
    likeness = [[[one.similarity for one in each.examples] for each in found.crossings] for found in (whole, pieces)]
    assert likeness[0] == likeness[1]
    assert whole.leaking > 10
