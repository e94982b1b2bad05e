"""What `dprep why` says of copies that were dropped, marked, weighted or cut, and of rows that an index has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dprep import Error, api
from dprep.engine.why import Life, why
from dprep.store.versions import Version
from tests.engine.growing import made, project

FOX = "the quick brown fox jumps over the lazy dog by the old river bank in may"
ROWS = [
    {"text": FOX},
    {"text": FOX.replace("may", "june")},
    {"text": "a door stands open in the rain and nobody comes to close it"},
    {"text": FOX.replace("may", "spring")},
    {"text": "请问我的订单什么时候可以发货"},
]
MINHASH = '[[step]]\nop = "dedup.minhash"\nshingles = "words"\nngram = 2\nthreshold = 0.7\n'


def version(folder: Path, steps: str, rows: list[dict[str, str]] = ROWS) -> Version:
    return made(project(folder, rows), ["old.jsonl"], steps)


def said(life: Life, step: str) -> str:
    return "\n".join("\n".join([event.what, *event.lines]) for event in life.events if event.step == step)


def test_a_marked_row_shows_the_row_that_would_stay_and_how_alike_they_are(tmp_path: Path) -> None:
    marked = version(tmp_path, MINHASH + 'action = "mark"\n')
    first = why(marked, "old.jsonl:1")

    told = said(why(marked, "old.jsonl:2"), "minhash")
    # 14 of 16 pairs of words are in both
    assert told.startswith(f"marked: one of 3 twins, cluster `{first.id}`, similarity 0.875; the one that would stay:")
    assert f"old.jsonl:1, {first.id}" in told
    assert said(first, "minhash") == f"marked: one of 3 twins, cluster `{first.id}`, and the one that would stay"
    assert said(why(marked, "old.jsonl:5"), "minhash") == "marked: it has no twin"


def test_a_weighted_row_tells_its_weight_and_its_copies_how_alike_they_are(tmp_path: Path) -> None:
    weighted = version(tmp_path, MINHASH + 'action = "weight"\nweights = { 1 = 1, 3 = 2 }\n')
    life = why(weighted, "old.jsonl:1")

    assert said(life, "minhash") == "kept: the one that stays of 3 twins, weight 2"
    assert said(life, "copies").count("dropped by minhash: duplicate, similarity 0.875") == 2


def test_a_row_that_would_lose_too_much_is_told_with_the_bound(tmp_path: Path) -> None:
    rows = [{"text": f"{FOX}\na"}, {"text": f"{FOX}\n下雨"}]
    cut = version(tmp_path, '[[step]]\nop = "dedup.lines"\nmax_removed = 0.5\n', rows)

    # 73 of 75 characters: the line and its end
    assert "removed 0.9733 > 0.5, left 2" in said(why(cut, "old.jsonl:2"), "lines")


def test_a_row_of_an_index_is_shown_where_its_version_is_there(tmp_path: Path) -> None:
    store = tmp_path / "store"
    base = version(tmp_path, "")
    api.index("seen", of=str(base), store=store, threshold=0.7, shingles="words", ngram=2)
    rows = [{"text": FOX.replace("may", "winter")}, {"text": "something else stands here"}]
    (tmp_path / "new.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    against = '[[step]]\nop = "dedup.against"\nindex = "seen@v1"\n'
    dropped = made(tmp_path, ["new.jsonl"], against, name="later")
    marked = made(tmp_path, ["new.jsonl"], against + 'action = "mark"\n', name="marked")
    first = why(base, "old.jsonl:1").id

    told = said(why(dropped, "new.jsonl:1"), "against")
    assert told.startswith(f"dropped: seen: similarity 0.875; it matches a row of `{base}`:\n")
    assert f"old.jsonl:1, {first}" in told
    assert FOX in told
    assert said(why(dropped, "new.jsonl:2"), "against") == "kept: it matches nothing"
    assert said(why(marked, "new.jsonl:1"), "against") == f'marked: matched = "{first}", matched_similarity = 0.875'


def test_a_question_of_a_benchmark_is_named_with_the_words_that_are_its(tmp_path: Path) -> None:
    project(tmp_path, [{"text": f"read this: {FOX}!"}])
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "quiz.jsonl").write_text(json.dumps({"question": FOX}) + "\n", encoding="utf-8")
    api.index("quiz", kind="benchmark", of=str(tmp_path / "tests" / "quiz.jsonl"), store=tmp_path / "store")
    clean = made(tmp_path, ["old.jsonl"], '[[step]]\nop = "dedup.decontaminate"\nindex = "quiz@v1"\n')

    told = said(why(clean, "old.jsonl:1"), "decontaminate")
    assert told == f'dropped: contaminated: overlap 1, benchmark "quiz", words "{FOX}"; it matches `quiz:1`'


def test_a_row_that_went_with_an_older_increment_is_told_in_the_newest(tmp_path: Path) -> None:
    project(tmp_path, ROWS[:2], [{"text": "snow fell on the mountain at night"}])
    (tmp_path / "third.jsonl").write_text(json.dumps({"text": "another one of these rows"}) + "\n", encoding="utf-8")
    base = made(tmp_path, ["old.jsonl"], MINHASH)
    made(tmp_path, ["new.jsonl"], MINHASH, extends="pages@v1")
    newest = made(tmp_path, ["third.jsonl"], MINHASH, extends="pages@v2")

    there, here = why(base, "old.jsonl:2"), why(newest, "old.jsonl:2")
    assert here.fate == "dropped by `minhash`: duplicate, when `pages@v1` was made"
    assert (here.version, here.id, here.events) == ("pages@v3", there.id, there.events)
    with pytest.raises(Error) as caught:
        why(newest, "old.jsonl:77")
    assert "`pages@v3` has no row" in caught.value.problems[0].sentence
