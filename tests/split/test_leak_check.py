"""Twins and leaks by the definition that splits are judged by, written down again here in plain Python, every pair compared."""

from __future__ import annotations

import itertools
import json
import random
import re
import statistics
import unicodedata
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from dprep import api
from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.engine import compare
from dprep.engine.memory import run_rows
from dprep.engine.run import Ran
from dprep.ops.dedup.leaks import AcrossParts
from dprep.ops.dedup.twins import Twins

LEAST = Fraction("0.8")


def normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower()))


def shape(texts: list[str]) -> tuple[str, int]:
    """What shingles are, by all texts."""
    letters = [c for text in texts for c in text if c.isalpha()]
    chinese = sum("\u3400" <= c <= "\u9fff" or "\u3040" <= c <= "\u30ff" for c in letters)
    if chinese > 0.3 * len(letters):
        return "char", 2
    return ("word", 1) if statistics.median(len(normal(text).split()) for text in texts) < 20 else ("word", 3)


def shingles(text: str, kind: str, length: int) -> frozenset[Any]:
    units = normal(text).split() if kind == "word" else normal(text).replace(" ", "")
    return frozenset(tuple(units[i : i + length]) for i in range(max(1, len(units) - length + 1)))


def alike(a: frozenset[Any], b: frozenset[Any], least: Fraction = LEAST) -> bool:
    return Fraction(len(a & b), len(a | b)) >= least


def leaking(test: list[str], train: list[str], kind: tuple[str, int]) -> int:
    """Rows of test with a near twin in train. Those that are alike share one of any fifth of their shingles and one more."""
    sets = [shingles(text, *kind) for text in train]
    counts: dict[Any, int] = defaultdict(int)
    for each in sets:
        for one in each:
            counts[one] += 1
    holders = defaultdict(list)
    for place, each in enumerate(sets):
        for one in each:
            holders[one].append(place)
    found = 0
    for text in test:
        own = shingles(text, *kind)
        rare = sorted(own, key=lambda one: counts[one])[: len(own) - -(-4 * len(own) // 5) + 1]
        near = {place for one in rare for place in holders.get(one, ())}
        found += any(alike(own, sets[place]) for place in near)
    return found


def rows_of(texts: list[str], **columns: list[Any]) -> pl.DataFrame:
    ids = [f"{n:032x}" for n in range(len(texts))]
    return pl.DataFrame({"id": ids, "origin": [f"rows:{n}" for n in range(len(texts))], "text": texts, **columns})


def clusters(texts: list[str], op: Twins, block_rows: int = 64) -> list[int]:
    found = run_rows([Step("twins", "dedup.twins", op)], rows_of(texts), block_rows)
    return [int(name, 16) for name in found.rows.get_column("cluster")]


def components(texts: list[str], kind: tuple[str, int], least: Fraction) -> list[int]:
    sets, label = [shingles(text, *kind) for text in texts], list(range(len(texts)))
    for a, b in itertools.combinations(range(len(texts)), 2):
        if label[a] != label[b] and alike(sets[a], sets[b], least):
            old, new = max(label[a], label[b]), min(label[a], label[b])
            label = [new if each == old else each for each in label]
    return label


def family_texts(rng: random.Random, names: list[str], blank: str, longest: int) -> list[str]:
    texts = ["", "!!", "—", "a_b", "a b", "é e", "e e\u0301", "ﬁ fi"]
    for _ in range(40):
        base = rng.choices(names[: rng.choice([20, len(names)])], k=rng.randint(1, longest))
        texts.append(blank.join(base))
        for _ in range(3):
            texts.append(blank.join(rng.choice(names) if rng.random() < 0.05 else name for name in base if rng.random() > 0.04))
    rng.shuffle(texts)
    return texts


@pytest.mark.parametrize("least", ["0.5", "0.8", "0.95"])
@pytest.mark.parametrize("kind", [("word", 1), ("word", 3), ("char", 2)])
def test_clusters_are_those_of_all_pairs(least: str, kind: tuple[str, int]) -> None:
    rng = random.Random(f"{least} {kind}")
    names = [f"w{n}" for n in range(200)] if kind[0] == "word" else [chr(0x4E00 + 31 * n) for n in range(200)]
    texts = family_texts(rng, names, " " if kind[0] == "word" else "", 12 if kind == ("word", 1) else 50)
    words = "words" if kind[0] == "word" else "characters"

    op = Twins(threshold=float(least), shingles=words, ngram=kind[1], action="mark")

    truth = components(texts, kind, Fraction(least))
    assert clusters(texts, op) == truth
    assert 10 < len(set(truth)) < len(texts) - 10


def test_in_buckets_too_large_for_every_pair_at_once_no_twin_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "THOROUGH", 3)  # as if 4 texts were 4,097: leaders first, then what they have left
    rng = random.Random(4)
    words = [f"w{n}" for n in range(13)]  # so few that every key is shared by many
    texts = [" ".join(sorted(rng.sample(words, rng.randint(5, 7)))) for _ in range(400)]

    found = clusters(texts, Twins(threshold=0.83, shingles="words", ngram=1, action="mark"))

    assert found == components(texts, ("word", 1), Fraction("0.83"))
    assert len(set(found)) < len(found) - 50


def test_near_the_limits_both_readings_count() -> None:
    words = [f"w{n}" for n in range(400)]
    texts = [" ".join(words[20 * n : 20 * n + 20]) for n in range(9)]
    texts += [" ".join(reversed(words[20 * n : 20 * n + 20])) for n in range(3)]  # the same words, no three in a row

    assert clusters(texts, Twins(action="mark"))[9:] == [0, 1, 2]
    assert clusters(texts, Twins(action="mark", shingles="words", ngram=3))[9:] == [9, 10, 11]


def version(folder: Path, rows: list[dict[str, Any]], steps: str, task: str = "text") -> Ran:
    """What a run of these steps makes of the rows."""
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    head = f'[dataset]\nname = "mine"\nseed = 5\ntask = "{task}"\n[[source]]\npath = "rows.jsonl"\n'
    (folder / "recipe.toml").write_text(head + steps)
    return api.run(folder / "recipe.toml", store=folder / "store", workers=1)


def told(ran: Ran) -> dict[str, Any]:
    """The notes of the check."""
    notes: dict[str, Any] = next(step for step in ran.manifest["steps"] if step["op"] == "dedup.leaks")["notes"]
    return notes


def part_texts(ran: Ran) -> dict[str, list[str]]:
    rows = pl.concat([pl.read_parquet(file) for file in sorted((ran.folder / "data").glob("*.parquet"))], how="diagonal")
    return {str(part): frame.get_column("text").to_list() for (part,), frame in rows.group_by("part")}


SPLIT = '[[step]]\nop = "split.stratified"\n'
HALVES = SPLIT + "ratios = { train = 1, test = 1 }\n"


@pytest.mark.parametrize(
    ("name", "field"), [("cls-en-smsspam/SMSSpamCollection.zst", 1), ("cls-zh-thucnews-titles/dev.txt.zst", 0)]
)
def test_no_twin_is_parted_and_a_plain_split_is_counted(shared: Path, tmp_path: Path, name: str, field: int) -> None:
    lines = zstandard.ZstdDecompressor().stream_reader((shared / "corpora" / name).open("rb")).read().decode().split("\n")
    rows = [{"text": line.split("\t")[field]} for line in lines if "\t" in line]
    kind = shape([row["text"] for row in rows])
    (tmp_path / "plain").mkdir()

    twins = version(tmp_path, rows, SPLIT + 'unit = ["twins"]\n')
    plain = version(tmp_path / "plain", rows, HALVES + 'leak_check = "near"\n')

    parts = part_texts(twins)
    assert leaking(parts["test"], parts["train"], kind) == 0
    assert leaking(parts["validation"], parts["train"], kind) == 0
    assert told(twins)["leaks"] == 0
    parts = part_texts(plain)
    counted = next(pair for pair in told(plain)["pairs"] if (pair["part"], pair["against"]) == ("test", "train"))
    assert counted["exact"] + counted["near"] == leaking(parts["test"], parts["train"], kind) > 0


CLEAN = '[[step]]\nop = "clean.whitespace"\n'
PAIRS = [{"text": f"text number {n}{blanks}here"} for n in range(40) for blanks in (" ", "   ")]


def test_twins_that_a_later_step_makes_are_counted(tmp_path: Path) -> None:
    ran = version(tmp_path, PAIRS, HALVES + CLEAN)

    parts = part_texts(ran)
    (pair,) = told(ran)["pairs"]
    assert pair["exact"] == sum(text in parts["train"] for text in parts["test"]) > 5
    assert pair["near"] == pair["child"] == 0
    assert {example["why"] for example in pair["examples"]} == {"leak.exact"}
    assert ran.ledger["steps"][-1]["name"] == "leaks"
    assert ran.ledger["steps"][-1]["dropped"] == 0


def test_a_run_that_may_not_leak_fails_and_says_where(tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        version(tmp_path, PAIRS, HALVES + 'leak = "fail"\n' + CLEAN)

    (problem,) = caught.value.problems
    assert (problem.code, caught.value.exit_code) == ("leaks", 1)
    assert re.search(r"^\d+ rows are in one part and have a twin in another: \d+ exact of `test` in `train`$", problem.sentence)
    assert "rows.jsonl:" in problem.help
    assert "drop-from-train" in problem.help


def test_leaks_leave_train_and_name_their_twin(tmp_path: Path) -> None:
    ran = version(tmp_path, PAIRS, HALVES + 'leak = "drop-from-train"\n' + CLEAN)

    parts = part_texts(ran)
    gone = pl.read_parquet(next((ran.folder / "dropped").glob("*-leaks.parquet")))
    assert not set(parts["train"]) & set(parts["test"])
    assert len(parts["test"]) == 40
    assert len(gone) == 40 - len(parts["train"]) > 5
    assert set(gone.get_column("reason")) == {"leak.exact"}
    data = pl.concat([pl.read_parquet(file) for file in (ran.folder / "data").glob("*.parquet")], how="diagonal")
    twins = gone.join(data, left_on="twin", right_on="id", suffix="_twin")
    assert len(twins) == len(gone)
    assert (twins.get_column("text") == twins.get_column("text_twin")).all()
    assert set(twins.get_column("part_twin")) == {"test"}


def test_children_leak_into_the_part_of_their_parents_and_siblings() -> None:
    ids = [f"{n:032x}" for n in range(6)]
    rows = rows_of(
        [f"nothing alike {n} {n}{n}" for n in range(6)],
        part=["train", "test", "train", "test", "train", "test"],
        parent=[None, ids[0], None, None, ids[5], "f" * 32],  # 5 is made from a row that is gone
    )

    found = [
        run_rows([Step("leaks", "dedup.leaks", AcrossParts(check="exact"))], rows, block_rows).dropped["leaks"]
        for block_rows in (50_000, 2)
    ]

    for gone in found:
        assert gone.select("id", "reason", "twin").rows() == [(ids[0], "leak.child", ids[1]), (ids[4], "leak.child", ids[5])]


@pytest.mark.parametrize(
    ("settings", "leak", "check"),
    [
        ("", "report", "exact"),
        ('unit = ["twins"]\n', "fail", "near"),
        ('leak_check = "near"\n', "report", "near"),
        ('unit = ["twins"]\nleak = "report"\nleak_check = "exact"\n', "report", "exact"),
        ('leak = "drop-from-train"\n', "drop-from-train", "exact"),
    ],
)
def test_what_the_split_says_is_what_the_check_does(tmp_path: Path, settings: str, leak: str, check: str) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "recipe.toml").write_text(
        f'[dataset]\nname = "mine"\nseed = 5\ntask = "text"\n[[source]]\npath = "rows.jsonl"\n{SPLIT}{settings}'
    )

    last = api.plan(tmp_path / "recipe.toml")[0].steps[-1]

    assert isinstance(last.op, AcrossParts)
    assert (last.name, last.op.leak, last.op.check) == ("leaks", leak, check)


def test_a_recipe_without_a_split_has_no_check(tmp_path: Path) -> None:
    ran = version(tmp_path, [{"text": "a"}, {"text": "b"}], CLEAN)

    assert [step["name"] for step in ran.manifest["steps"]] == ["whitespace"]
