"""New rows behind a deduplicated version leave the same rows as one run over old and new ones."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from dprep import api
from dprep.engine.why import why
from dprep.store.versions import Version
from tests.engine.growing import made, project

MINHASH = """
[[step]]
op = "dedup.minhash"
threshold = 0.6
shingles = "words"
ngram = 2
recall = 0.999
keep = "first"
chain = false
"""
AGAINST = """
[[step]]
op = "dedup.against"
index = "seen@v1"
"""
WORDS = [a + b for a in ("ra", "mo", "ti", "lu", "se", "ko") for b in ("n", "st", "lem", "dor", "vi", "pa", "gur", "zen")]


def crawled(seed: int, rows: int) -> list[dict[str, Any]]:
    """Texts of 12 words; every second one is one of the last 60 texts with up to four words changed."""
    chance = random.Random(seed)
    texts: list[list[str]] = []
    for _ in range(rows):
        words = (
            list(chance.choice(texts[-60:])) if texts and chance.random() < 0.5 else [chance.choice(WORDS) for _ in range(12)]
        )
        for _ in range(chance.randrange(5)):
            words[chance.randrange(12)] = chance.choice(WORDS)
        texts.append(words)
    return [{"text": " ".join(words), "n": number} for number, words in enumerate(texts)]


def left(texts: list[str]) -> list[str]:
    """The texts that are no twin of one that is kept before them, by the definition."""
    kept: list[tuple[str, set[tuple[str, str]]]] = []
    for text in texts:
        words = text.split()
        pairs = set(itertools.pairwise(words))
        if all(len(pairs & other) < 0.6 * len(pairs | other) for _, other in kept):
            kept.append((text, pairs))
    return [text for text, _ in kept]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Version]:
    """A folder with 240 old and 60 new texts, and the version of the new ones behind the deduplicated old ones."""
    texts = crawled(4, 300)
    folder = project(tmp_path_factory.mktemp("incremental"), texts[:240], texts[240:])
    made(folder, ["old.jsonl"], MINHASH)
    api.index("seen", of="pages@v1", store=folder / "store", threshold=0.6, shingles="words", ngram=2)
    return folder, made(folder, ["new.jsonl"], AGAINST + MINHASH, extends="pages@v1")


def test_the_same_rows_stay_as_in_a_full_run(grown: tuple[Path, Version]) -> None:
    folder, extended = grown
    whole = made(folder, ["old.jsonl", "new.jsonl"], MINHASH, name="whole")

    assert set(extended.scan().collect()["id"]) == set(whole.scan().collect()["id"])
    assert extended.manifest["got"] == whole.manifest["got"]


def test_they_are_those_that_the_definition_leaves(grown: tuple[Path, Version]) -> None:
    _, extended = grown

    assert extended.scan().collect()["text"].to_list() == left([row["text"] for row in crawled(4, 300)])


def test_twins_of_old_rows_and_of_new_rows_leave_by_their_own_doors(grown: tuple[Path, Version]) -> None:
    _, extended = grown
    dropped = extended.dropped().collect()
    kept = extended.scan().select("id", "origin").collect().iter_rows()
    old = {id for id, origin in kept if origin.startswith("old.jsonl")}

    by_step = {name: rows for (name,), rows in dropped.group_by("step")}
    assert set(by_step) == {"against", "minhash"}
    assert set(by_step["against"]["twin"]) <= old
    assert not set(by_step["minhash"]["twin"]) & old
    assert sum(len(rows) for rows in by_step.values()) == 60 - (
        len(extended.scan().collect()) - extended.manifest["extends"]["rows"]
    )


def test_an_old_row_tells_which_new_ones_were_dropped_for_it(grown: tuple[Path, Version]) -> None:
    _, extended = grown
    twin = extended.dropped("against").collect()["twin"][0]

    told = {event.step: event.what for event in why(extended, twin).events}

    assert told["extends"] == "came with `pages@v1`, as it stands"
    assert "dropped as its copies" in told["copies"]


def test_an_index_of_an_earlier_version_is_warned_of(grown: tuple[Path, Version]) -> None:
    folder, extended = grown
    path = folder / "third.toml"
    path.write_text(
        f'[dataset]\nname = "pages"\nseed = 3\nextends = "{extended}"\n[[source]]\npath = "new.jsonl"\n{AGAINST}{MINHASH}',
        encoding="utf-8",
    )

    (problem,) = api.check(path, store=folder / "store")

    assert (problem.code, problem.severity) == ("extends-without-against", "warning")
    assert problem.sentence == "step `against` knows the rows of `pages@v1`, not all those of `pages@v2`"


def test_with_the_index_there_is_no_advice(grown: tuple[Path, Version]) -> None:
    folder, _ = grown

    assert api.check(sorted(folder.glob("pages-*.toml"))[-1], store=folder / "store") == []
