"""Rows that an index has seen: against Jaccard similarities of plain Python sets."""

from __future__ import annotations

import json
import math
import random

import polars as pl
import pytest

from dprep import api
from dprep.base.problem import Error
from dprep.base.step import Outcome, Step, run_step
from dprep.base.text import Text
from dprep.ops.dedup.against import Against

WORDS = [f"word{n}" for n in range(400)]


def sets(text: str, ngram: int = 3) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + ngram]) for i in range(len(words) - ngram + 1)}


def similarity(a: str, b: str) -> float:
    x, y = sets(a), sets(b)
    return len(x & y) / len(x | y)


@pytest.fixture
def index(tmp_path):
    """Indexes some texts and gives the folder; the texts are gone then."""

    def make(texts, **settings):
        file = tmp_path / "old.jsonl"
        file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        store = tmp_path / f"store{len(list(tmp_path.iterdir()))}"
        made = api.index("old", of=str(file), store=store, **{"shingles": "words", "ngram": 3, **settings})
        file.unlink()
        return str(made.artifact.folder)

    return make


def done(op: Against, texts: list[str]) -> Outcome:
    rows = pl.DataFrame({"id": [f"{n}" for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})
    return run_step(Step("against", "dedup.against", op), rows)


def told(op: Against, texts: list[str]) -> dict[str, tuple[str, float]]:
    """text -> the twin and the similarity, for what is dropped."""
    gone = done(op, texts).dropped
    rows = gone.select("text", "twin", "measured").iter_rows()
    return {text: (twin, json.loads(measured)["similarity"]) for text, twin, measured in rows}


def test_every_twin_is_found_and_the_most_similar_named(index):
    draw = random.Random(5)
    old = [" ".join(draw.choices(WORDS, k=60)) for _ in range(120)]
    new = [" ".join(draw.choices(WORDS, k=60)) for _ in range(60)]
    for text in draw.sample(old, 80):
        words = text.split()
        for _ in range(draw.randrange(4)):
            words[draw.randrange(60)] = "other"
        new.append(" ".join(words))
    best = {text: max(((similarity(text, o), -n) for n, o in enumerate(old))) for text in new}

    found = told(Against(index=index(old, threshold=0.7, sketch=512)), new)

    assert {t: found[t] for t in found} == {t: (f"old.jsonl:{1 - n}", s) for t, (s, n) in best.items() if s >= 0.7}
    assert 40 < len(found) < 100


def test_the_threshold_itself_is_a_twin_and_the_next_number_is_none(index):
    old, new = "a b c d e f g", "a b c d e f h"  # 4 of 6 runs of three words

    folder = index([old], threshold=0.5)

    assert told(Against(index=folder, threshold=4 / 6), [new]) == {new: ("old.jsonl:1", 4 / 6)}
    assert told(Against(index=folder, threshold=math.nextafter(4 / 6, 1)), [new]) == {}


def test_the_same_pairs_are_twins_as_in_minhash(tmp_path, index):
    draw = random.Random(9)
    old = [" ".join(draw.choices(WORDS, k=40)) for _ in range(50)]
    new = [text.replace(draw.choice(text.split()), "other") for text in old] + [" ".join(draw.choices(WORDS, k=40))]
    settings = {"threshold": 0.75, "shingles": "words", "ngram": 3}
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in [*old, *new]))
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    head = '[dataset]\nname = "d"\ntask = "text"\n[[source]]\npath = "rows.jsonl"\n'
    (tmp_path / "r.toml").write_text(head + f'[[step]]\nop = "dedup.minhash"\n{lines}')
    api.run(tmp_path / "r.toml", store=tmp_path / "s", workers=1)
    gone = api.open("d", store=tmp_path / "s").dropped().collect().get_column("text").to_list()

    assert len(gone) > 20
    assert sorted(told(Against(index=index(old, **settings)), new)) == sorted(gone)


def test_texts_without_a_letter_are_twins_of_equal_ones_only(index):
    op = Against(index=index(["!!!", "", "你好，世界"]))

    assert told(op, ["!!!", "???", "", " ", "你好 世界"]) == {
        "!!!": ("old.jsonl:1", 1.0),
        "": ("old.jsonl:2", 1.0),
        "你好 世界": ("old.jsonl:3", 1.0),
    }


def test_marked_rows_stay(index):
    op = Against(index=index(["a b c d"]), action="mark")

    kept = done(op, ["a b c d", "e f g h"]).kept

    assert kept.select("matched", "matched_similarity").rows() == [("old.jsonl:1", 1.0), (None, None)]


def test_thousands_of_rows_alike_cost_a_few_comparisons_and_a_true_twin_is_named(index):
    base = " ".join(WORDS[:300])
    old = [f"{base} number{n} end" for n in range(2000)]
    new = f"{base} another end"

    ((name, alike),) = told(Against(index=index(old, threshold=0.9)), [new]).values()

    assert alike == similarity(old[int(name.removeprefix("old.jsonl:")) - 1], new)


def test_a_near_twin_is_found_among_thousands_of_far_ones_that_share_its_keys(index):
    draw = random.Random(3)
    common = " ".join(WORDS[:200])
    own = [" ".join(f"own{draw.randrange(10**6)}" for _ in range(200)) for _ in range(1000)]
    op = Against(index=index([f"{common} {each}" for each in own], threshold=0.3, sketch=64))

    found = told(op, [f"{common} {each} again" for each in own[::100]])

    assert [twin for twin, _ in found.values()] == [f"old.jsonl:{n + 1}" for n in range(0, 1000, 100)]


def test_a_long_line_is_compared_too(index):
    long = " ".join(f"w{n}" for n in range(150_000))
    folder = index([long])

    (found,) = told(Against(index=folder), [long + " more"]).values()

    assert found == ("old.jsonl:1", 149_998 / 149_999)


def test_nothing_is_found_in_an_index_of_nothing(index):
    assert told(Against(index=index([""])), ["a b c d"]) == {}
    assert not Against(index=index(["a b c d"])).find(Text(pl.Series([], dtype=pl.String))).found.any()


def test_a_threshold_below_the_index_is_a_problem(index):
    folder = index(["a b c d"], threshold=0.8)

    Against(index=folder, threshold=0.8).check_files()
    with pytest.raises(Error, match=r"the index finds twins from 0\.8 on"):
        Against(index=folder, threshold=0.79).check_files()


def test_what_is_no_index_is_told(tmp_path):
    with pytest.raises(Error, match="is no index"):
        Against(index=str(tmp_path)).check_files()
