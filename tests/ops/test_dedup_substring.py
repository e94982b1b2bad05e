"""Passages against all windows compared in plain Python, and against a suffix array; on made texts and on real ones."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import orjson
import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.step import Step
from dprep.engine import span_cuts, spread
from dprep.engine.memory import Result, run_rows
from dprep.kernels import window_cuts, windows
from dprep.ops.dedup.substring import Substring


def ran(op: Substring, texts: Sequence[str], block_rows: int = 50_000, **more: int) -> Result:
    rows = pl.DataFrame(
        {"id": [f"{n:032x}" for n in range(len(texts))], "origin": [f"t:{n}" for n in range(len(texts))], "text": texts},
        schema={"id": pl.String, "origin": pl.String, "text": pl.String},
    )
    return run_rows([Step("s", "dedup.substring", op)], rows, block_rows=block_rows, **more)


def left(op: Substring, texts: Sequence[str], block_rows: int = 50_000) -> dict[int, str]:
    """What is left of each text that is kept, by its number."""
    result = ran(op, texts, block_rows)
    return {int(id, 16): text for id, text in result.rows.select("id", "text").iter_rows()}


def words(text: str) -> list[str]:
    return re.findall(r"[\u4e00-\u9fff]|[a-z0-9]+", text.lower())


def repeated_by_all_windows(texts: Sequence[Sequence], length: int, keep: str) -> list[set[int]]:
    """Of each text the places that repeats cover: every window is looked up among all windows."""
    met: dict[object, list[tuple[int, int, int]]] = defaultdict(list)
    base = 0
    for number, text in enumerate(texts):
        for at in range(len(text) - length + 1):
            window = text[at : at + length]
            met[window if isinstance(window, bytes) else tuple(window)].append((base + at, number, at))
        base += len(text)
    covered: list[set[int]] = [set() for _ in texts]
    for places in met.values():
        for place, number, at in places:
            others = places[:1] if keep == "first" else places
            apart = (place - other[0] if keep == "first" else abs(place - other[0]) for other in others)
            if any(distance >= length for distance in apart):
                covered[number].update(range(at, at + length))
    return covered


def repeated_by_suffix_array(texts: Sequence[bytes], length: int) -> list[set[int]]:
    """The same for `keep = "first"`, from the sorted suffixes of all texts: neighbours that share `length` bytes are equal."""
    whole = b"".join(texts)
    ends = [end for text, stop in zip(texts, _ends(texts), strict=True) for end in [stop] * len(text)]
    suffixes = sorted((at for at in range(len(whole)) if at + length <= ends[at]), key=lambda at: whole[at : at + length])
    covered: list[set[int]] = [set() for _ in texts]
    owner = [number for number, text in enumerate(texts) for _ in text]
    starts = [stop - len(text) for text, stop in zip(texts, _ends(texts), strict=True)]
    group: list[int] = []
    for at in [*suffixes, -1]:
        if group and at >= 0 and whole[at : at + length] == whole[group[0] : group[0] + length]:
            group.append(at)
            continue
        first = min(group, default=0)
        for place in group:
            if place - first >= length:
                start = place - starts[owner[place]]
                covered[owner[place]].update(range(start, start + length))
        group = [at]
    return covered


def _ends(texts: Sequence[bytes]) -> Iterator[int]:
    end = 0
    for text in texts:
        end += len(text)
        yield end


def without(text: bytes, covered: set[int]) -> str:
    """`text` without the runs of covered bytes, characters that are covered in part left whole."""
    runs: list[list[int]] = []
    for place in sorted(covered):
        if runs and runs[-1][1] == place:
            runs[-1][1] += 1
        else:
            runs.append([place, place + 1])
    whole = [0, *(at for at in range(1, len(text)) if text[at] & 0xC0 != 0x80), len(text)]
    gone: set[int] = set()
    for start, stop in runs:
        for a, b in pairwise(dict.fromkeys(whole)):
            if start <= a and b <= stop:
                gone.update(range(a, b))
    return bytes(byte for at, byte in enumerate(text) if at not in gone).decode()


def expected(texts: Sequence[str], covered: Sequence[set[int]]) -> dict[int, str]:
    rest = {number: without(text.encode(), gone) for number, (text, gone) in enumerate(zip(texts, covered, strict=True))}
    return {n: text for n, text in rest.items() if not covered[n] or re.search(r"[^\W_]", text)}


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text takes several pieces, every block several stretches, every sort several parts."""
    monkeypatch.setattr(windows, "PIECE", 7)
    monkeypatch.setattr(windows, "AT_ONCE", 10)
    monkeypatch.setattr(window_cuts, "PIECE", 5)
    monkeypatch.setattr(spread, "_PART_ROWS", 4)
    monkeypatch.setattr(span_cuts, "_AT_ONCE", 5)


def made_texts(seed: int) -> tuple[list[str], int, str]:
    """Texts of few letters, put together from pieces that come again; a length, and what is kept."""
    chance = random.Random(seed)
    letters = chance.choice(["ab", "abc中", "中文字", "a", "é中🙂"])
    pool = ["".join(chance.choice(letters) for _ in range(chance.randint(0, 40))) for _ in range(6)]

    def piece() -> str:
        own = "".join(chance.choice("xyz文") for _ in range(5))
        return chance.choice(pool) if chance.random() < 0.5 else own

    texts = ["".join(piece() for _ in range(chance.randint(0, 5))) for _ in range(chance.randint(1, 15))]
    return texts, chance.choice([5, 6, 8, 13, 20]), chance.choice(["first", "none"])


@pytest.mark.parametrize("seed", range(12))
def test_bytes_are_cut_as_all_windows_say(seed: int) -> None:
    texts, length, keep = made_texts(seed)
    truth = expected(texts, repeated_by_all_windows([t.encode() for t in texts], length, keep))

    assert left(Substring(length=length, keep=keep), texts) == truth
    assert left(Substring(length=length, keep=keep), texts, block_rows=2) == truth


@pytest.mark.parametrize("seed", range(100, 112))
def test_pieces_stretches_and_parts_do_not_matter(small_pieces: None, seed: int) -> None:
    texts, length, keep = made_texts(seed)
    truth = expected(texts, repeated_by_all_windows([t.encode() for t in texts], length, keep))

    assert left(Substring(length=length, keep=keep), texts) == truth
    assert left(Substring(length=length, keep=keep), texts, block_rows=3) == truth


@pytest.mark.parametrize("seed", range(200, 212))
def test_words_are_cut_as_all_windows_say(small_pieces: None, seed: int) -> None:
    chance = random.Random(seed)
    own, glue = chance.choice([["a", "b"], ["foo", "Bar", "中", "文字"]]), [" ", ", ", "。", "\n", " - ", "! "]
    pool = [chance.choice(glue).join(chance.choice(own) for _ in range(chance.randint(0, 15))) for _ in range(6)]
    texts = [
        chance.choice(glue).join(
            chance.choice(pool) if chance.random() < 0.5 else " ".join(chance.choice("qwer") for _ in range(3))
            for _ in range(chance.randint(0, 5))
        )
        for _ in range(chance.randint(1, 12))
    ]
    length, keep = chance.choice([5, 6, 8]), chance.choice(["first", "none"])
    tokens = [words(text) for text in texts]
    covered = repeated_by_all_windows(tokens, length, keep)
    rest = {n: [w for at, w in enumerate(t) if at not in covered[n]] for n, t in enumerate(tokens)}
    truth = {n: kept for n, kept in rest.items() if kept or not covered[n]}

    found = left(Substring(length=length, keep=keep, unit="words"), texts)

    assert {n: words(text) for n, text in found.items()} == truth


def real_texts(shared: Path, name: str) -> list[str]:
    packed = next((shared / "corpora" / name).glob("*.jsonl.zst"))
    with packed.open("rb") as file:
        lines = zstandard.ZstdDecompressor().stream_reader(file).read(6_000_000).split(b"\n")[:-1]
    return [str(orjson.loads(line)["text"]) for line in lines if line.strip()]


@pytest.mark.parametrize(("name", "length"), [("dup-en-pep-revisions", 100), ("raw-zh-laws", 60), ("dup-en-licence-rules", 40)])
def test_real_texts_are_cut_as_a_suffix_array_says(shared: Path, name: str, length: int) -> None:
    texts = [text[:4000] for text in real_texts(shared, name)][:60]
    covered = repeated_by_suffix_array([text.encode() for text in texts], length)

    assert sum(map(bool, covered)) > 5, "too few repeats to test anything"
    assert left(Substring(length=length), texts, block_rows=16) == expected(texts, covered)


def test_chinese_words_are_cut_as_all_windows_say(shared: Path) -> None:
    texts = [text[:1500] for text in real_texts(shared, "raw-zh-laws")][:60]
    tokens = [words(re.sub(r"[^\u4e00-\u9fffA-Za-z0-9]", " ", text)) for text in texts]
    plain = [
        n for n, text in enumerate(texts) if all(c.isascii() or "\u4e00" <= c <= "\u9fff" or not c.isalnum() for c in text)
    ]
    texts, tokens = [texts[n] for n in plain], [tokens[n] for n in plain]
    covered = repeated_by_all_windows(tokens, 15, "first")
    assert sum(map(bool, covered)) > 5, "too few repeats to test anything"

    found = left(Substring(length=15, unit="words"), texts)

    rest = {n: [w for at, w in enumerate(t) if at not in covered[n]] for n, t in enumerate(tokens)}
    assert {n: words(text) for n, text in found.items()} == {n: kept for n, kept in rest.items() if kept or not covered[n]}


@pytest.mark.parametrize("extra", [0, 1])
def test_a_repeat_is_as_long_as_asked_or_longer(extra: int) -> None:
    passage = "0123456789abcdefghij"[: 15 + extra]
    texts = [f"one {passage} two", f"ONE!{passage}!TWO"]

    found = left(Substring(length=16), texts)

    assert found == {0: texts[0], 1: "ONE!!TWO" if extra else texts[1]}


def test_a_run_that_overlaps_only_itself_is_no_repeat() -> None:
    assert left(Substring(length=20), ["a" * 39, "xy" * 19]) == {0: "a" * 39, 1: "xy" * 19}
    assert left(Substring(length=20), ["a" * 60]) == {0: "a" * 20}
    assert left(Substring(length=20, keep="none"), ["a" * 60 + "rest"]) == {0: "rest"}


def test_no_cut_splits_a_character() -> None:
    # 出 and 山 share their first byte, 出 and 人 their last
    texts = ["甲乙丙丁戊出来", "子乙丙丁戊山去"]

    found = left(Substring(length=13), texts)

    assert found == {0: texts[0], 1: "子山去"}


def test_words_go_with_the_signs_behind_them() -> None:
    texts = [
        "Before: one two three four five. After",
        "Now “One, two, three,\nfour five!” he said.",
        "一二三四五六。七",
        "零一二三四五六！八",
    ]

    found = left(Substring(length=5, unit="words"), texts)

    assert found == {0: texts[0], 1: "Now he said.", 2: texts[2], 3: "零八"}


def test_rows_of_which_too_little_is_left_are_dropped_as_they_were() -> None:
    passage = "a passage of some length that stands twice"
    result = ran(
        Substring(length=20, min_left=4, max_removed=0.8),
        [passage, f"{passage} xyz", f"{passage} 12345678", f"{passage} {'z' * 40}"],
    )

    gone = result.dropped["s"].select("text", "reason", "measured").rows()
    assert [(text, reason) for text, reason, _ in gone] == [
        (f"{passage} xyz", "min_left"),
        (f"{passage} 12345678", "max_removed"),
    ]
    assert orjson.loads(gone[0][2]) == {"removed": pytest.approx(42 / 46), "left": 3}
    # the blank stood behind the passage before; of forty z the last twenty stand for themselves what the first say
    assert result.rows.get_column("text").to_list() == [passage, "z" * 20]
    entry = result.ledger.to_json()["steps"][-1]
    assert (entry["changed"], entry["dropped"], entry["counts"]) == (1, 2, {"passages": 2, "characters": 43 + 20})


def test_every_turn_of_a_chat_is_a_text_of_its_own() -> None:
    said = "this sentence stands in two turns of two chats"
    chats = [
        [{"role": "user", "content": said}, {"role": "assistant", "content": "yes"}],
        [{"role": "user", "content": "no"}, {"role": "assistant", "content": f"well: {said}"}],
    ]
    rows = pl.DataFrame({"id": ["0" * 32, "1" * 32], "origin": ["c:1", "c:2"], "messages": chats})

    result = run_rows([Step("s", "dedup.substring", Substring(length=20), columns=("messages.content",))], rows)

    assert [[turn["content"] for turn in chat] for chat in result.rows.get_column("messages")] == [
        [said, "yes"],
        ["no", "well: "],
    ]


def test_rows_that_the_step_is_not_for_are_neither_read_nor_cut() -> None:
    said = "this sentence stands in three rows of the input"
    rows = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(4)],
            "origin": ["t"] * 4,
            "text": [said, said + " b", said + " c", "d"],
            "n": [0, 1, 1, 0],
        }
    )

    result = run_rows([Step("s", "dedup.substring", Substring(length=20), when="n = 1")], rows, block_rows=3)

    assert result.rows.get_column("text").to_list() == [said, said + " b", "c", "d"]


@settings(max_examples=40)
@given(st.lists(st.text(alphabet="ab\x00\n\u0301\u202e🙂中", max_size=60), max_size=8))
def test_hostile_texts_are_cut_as_all_windows_say(texts: list[str]) -> None:
    truth = expected(texts, repeated_by_all_windows([t.encode() for t in texts], 6, "first"))

    assert left(Substring(length=6), texts, block_rows=2) == truth
    assert set(left(Substring(length=6, unit="words"), texts)) <= set(range(len(texts)))


def test_several_workers_cut_the_same(shared: Path) -> None:
    texts = [text[:4000] for text in real_texts(shared, "dup-en-pep-revisions")][:60]

    alone, together = ran(Substring(), texts, block_rows=10), ran(Substring(), texts, block_rows=7, workers=2)

    assert alone.rows.equals(together.rows)
