"""Lines and paragraphs against counters in plain Python, and what is compared against CCNet's own regular expressions."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import orjson
import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.dedup_spans import DedupSpans
from dprep.base.step import Step
from dprep.engine import span_cuts, spread
from dprep.engine.memory import Result, run_rows
from dprep.kernels import units
from dprep.ops.dedup.lines import Lines
from dprep.ops.dedup.paragraphs import Paragraphs


def ran(op: DedupSpans, texts: Sequence[str], block_rows: int = 50_000) -> Result:
    rows = pl.DataFrame(
        {"id": [f"{n:032x}" for n in range(len(texts))], "origin": [f"t:{n}" for n in range(len(texts))], "text": texts},
        schema={"id": pl.String, "origin": pl.String, "text": pl.String},
    )
    return run_rows([Step("s", "dedup.lines", op)], rows, block_rows=block_rows)


def left(op: DedupSpans, texts: Sequence[str], block_rows: int = 50_000) -> dict[int, str]:
    """What is left of each text that is kept, by its number."""
    result = ran(op, texts, block_rows)
    return {int(id, 16): text for id, text in result.rows.select("id", "text").iter_rows()}


def solid(text: str) -> bool:
    """Whether there is a letter or a digit."""
    return any(c.isalnum() for c in text)


def lines_left(texts: Sequence[str], keep: str, least: int, within: bool, length: int) -> dict[int, str]:
    """The rule in plain Python, lines compared without the blanks at their ends."""
    split = [text.split("\n") for text in texts]
    met: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, lines in enumerate(split):
        for at, line in enumerate(lines):
            if solid(line) and len(line.strip()) >= length:
                met[line.strip()].append((number, at))
    gone: set[tuple[int, int]] = set()
    for places in met.values():
        times = len(places) if within else len({number for number, _ in places})
        stays = {places[0]} if within else {place for place in places if place[0] == places[0][0]}
        if times >= least:
            gone.update(place for place in places if keep == "none" or place not in stays)
    rest = {}
    for number, lines in enumerate(split):
        kept = "\n".join(line for at, line in enumerate(lines) if (number, at) not in gone)
        if solid(kept) or not any(place[0] == number for place in gone):
            rest[number] = kept
    return rest


@pytest.fixture(params=[False, True], ids=["at once", "in stretches"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as it is, once with a stretch of three lines and parts of four records."""
    if request.param:
        monkeypatch.setattr(units, "AT_ONCE", 3)
        monkeypatch.setattr(spread, "_PART_ROWS", 4)
        monkeypatch.setattr(span_cuts, "_AT_ONCE", 5)


@pytest.mark.parametrize("seed", range(40))
def test_lines_are_cut_as_counted(pieces: None, seed: int) -> None:
    chance = random.Random(seed)
    pool = ["a line", "another line", "b", "", "  ", "中文的一行", "a line ", "\ta line", "x y z", "---"]
    texts = ["\n".join(chance.choice(pool) for _ in range(chance.randint(0, 7))) for _ in range(chance.randint(1, 14))]
    keep, least, within = chance.choice(["first", "none"]), chance.choice([2, 2, 3, 5]), chance.random() < 0.5
    length = chance.choice([1, 2, 6])
    op = Lines(keep=keep, min_documents=least, within=within, min_length=length, normalize="none")
    truth = lines_left(texts, keep, least, within, length)

    assert left(op, texts) == truth
    assert left(op, texts, block_rows=2) == truth


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.sampled_from(["ab", "ab ", "\u3000ab", "b\x00", "👍👍", "1", "\u202eab", "\r", ""]), max_size=6), max_size=6
    )
)
def test_hostile_lines_are_cut_as_counted(rows: list[list[str]]) -> None:
    texts = ["\n".join(lines) for lines in rows]

    op = Lines(min_length=1, normalize="none")

    assert left(op, texts, block_rows=2) == lines_left(texts, "first", 2, False, 1)


def ccnet(line: str) -> str:
    """As facebookresearch/cc_net normalises a line, written anew; the full-width 1 in its list of signs left out."""
    line = re.sub(r"\d", "0", line.strip().lower())
    line = re.sub("[，。、„”“«»」「《》´∶：？！（）；–—．～’…━〈〉【】％►]", "", line)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", line)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Page 12 of 345 pages", "PAGE 78 of 901 pages"),
        ("“Quoted” — with: signs…", "Quoted  with: signs"),
        ("转载请注明出处，谢谢！", "转载请注明出处谢谢"),
        ("ÉCOLE élémentaire à Paris", "école élémentaire À PARIS"),
        ("école élémentaire", "ecole elementaire"),
        ("a line, with comma", "a line with comma"),
        ("第１２页，共３０页的内容", "第34页共56页的内容"),
        ("a control\x07 character", "a control character"),
        ("hyphen-ated words here", "hyphenated words here"),
        ("繁體中文的一行文字在此", "繁体中文的一行文字在此"),
    ],
)
def test_lines_are_the_same_where_ccnet_has_them_the_same(one: str, other: str) -> None:
    same = re.sub(r"\s+", " ", ccnet(one)) == re.sub(r"\s+", " ", ccnet(other))

    assert (1 not in left(Lines(min_length=1), [one, other])) == same
    assert 1 in left(Lines(min_length=1, normalize="none"), [one, other])


def test_lines_of_real_pages_are_the_same_where_ccnet_has_them_the_same(shared: Path) -> None:
    packed = next((shared / "corpora" / "dup-en-pep-revisions").glob("*.jsonl.zst"))
    with packed.open("rb") as file:
        raw = zstandard.ZstdDecompressor().stream_reader(file).read(3_000_000).split(b"\n")[:-1]
    texts = [str(orjson.loads(line)["text"]) for line in raw][:60]
    seen: dict[str, int] = {}
    removed = 0
    for number, text in enumerate(texts):
        for line in text.split("\n"):
            key = re.sub(r"\s+", " ", ccnet(line)).strip()
            if len(line.strip()) >= 10 and solid(line):
                removed += seen.setdefault(key, number) != number

    entry = ran(Lines(min_left=0), texts, block_rows=9).ledger.to_json()["steps"][-1]

    assert removed > 100
    assert entry["counts"]["lines"] == removed


@pytest.mark.parametrize(("length", "cut"), [(11, True), (12, False)])
def test_a_line_shorter_than_asked_is_never_cut(length: int, cut: bool) -> None:
    texts = ["eleven char\none", " eleven char \ntwo"]
    assert left(Lines(min_length=length), texts)[1] == ("two" if cut else texts[1])


@pytest.mark.parametrize(("words", "cut"), [(3, True), (4, False)])
def test_a_line_of_fewer_words_than_asked_is_never_cut(words: int, cut: bool) -> None:
    texts = ["three short-words\n是的呀", "three short-words\n是的呀\nmore"]
    assert left(Lines(min_words=words, min_length=1), texts)[1] == ("more" if cut else texts[1])


def test_rules_of_dashes_and_brackets_stay() -> None:
    texts = ["-------------------\n}\none", "-------------------\n}\ntwo"]
    assert left(Lines(min_length=1), texts) == dict(enumerate(texts))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("repeated line\nb", "b"),
        ("a\nrepeated line", "a"),
        ("a\nrepeated line\n", "a\n"),
        ("a\r\nrepeated line\r\nb\r\n", "a\r\nb\r\n"),
        ("a\r\nrepeated line", "a"),
        ("a\nrepeated line\nREPEATED LINE\nb", "a\nb"),
        ("a\nrepeated line\nrepeated line", "a"),
        ("a\n\nrepeated line\n\nb", "a\n\n\nb"),
    ],
)
def test_a_line_goes_with_its_break(text: str, rest: str) -> None:
    assert left(Lines(), ["repeated line", text])[1] == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("repeated\nparagraph\n\nb", "b"),
        ("a\n\nrepeated paragraph", "a"),
        ("a\n\nrepeated\nparagraph\n", "a\n"),
        ("a\r\n\r\nrepeated\r\nparagraph\r\n", "a\r\n"),
        ("a\n\n \t\nrepeated paragraph\n\u3000\nb", "a\n\n \t\nb"),
        ("\n\na\n\n\nrepeated paragraph\n\n", "\n\na\n"),
        ("a\nrepeated paragraph", "a\nrepeated paragraph"),
        ("a \n\nrepeated paragraph\n\nRepeated paragraph", "a "),
    ],
)
def test_a_paragraph_goes_with_what_parts_it_from_the_next(text: str, rest: str) -> None:
    assert left(Paragraphs(), ["repeated paragraph", text])[1] == rest


def test_paragraphs_of_several_rows_are_counted_as_lines_are() -> None:
    texts = ["first paragraph\n\nshared paragraph", "shared\nparagraph", "own one here\n\nShared  paragraph\n\nlast one here"]

    assert left(Paragraphs(), texts) == {0: texts[0], 2: "own one here\n\nlast one here"}
    assert left(Paragraphs(keep="none"), texts) == {0: "first paragraph", 2: "own one here\n\nlast one here"}
    assert left(Paragraphs(min_documents=4), texts) == dict(enumerate(texts))


def test_what_is_left_and_what_goes_are_bounds_with_reasons() -> None:
    shared_line = "this line is shared"  # 19 characters, a feed behind it
    texts = [shared_line, f"{shared_line}\nabc", f"{shared_line}\n{'d' * 20}", f"{shared_line}\n{'e' * 21}"]

    result = ran(Lines(min_left=4, max_removed=0.49), texts)

    gone = result.dropped["s"]
    assert gone.select("text", "reason").rows() == [(texts[1], "min_left"), (texts[2], "max_removed")]
    assert [orjson.loads(measured) for measured in gone.get_column("measured")] == [
        {"removed": pytest.approx(20 / 23), "left": 3},
        {"removed": 0.5, "left": 20},
    ]
    assert result.rows.get_column("text").to_list() == [shared_line, "e" * 21]
    entry = result.ledger.to_json()["steps"][-1]
    assert (entry["changed"], entry["counts"]) == (1, {"lines": 1, "characters": 20})


def test_turns_and_columns_of_a_row_are_one_document() -> None:
    rows = pl.DataFrame(
        {
            "id": ["0" * 32, "1" * 32],
            "origin": ["t:1", "t:2"],
            "question": ["the same line\nwhy", "how"],
            "answer": ["the same line\nthus", "so\nthe same line"],
        }
    )

    result = run_rows([Step("s", "dedup.lines", Lines(), columns=("question", "answer"))], rows)

    assert result.rows.select("question", "answer").rows() == [("the same line\nwhy", "the same line\nthus"), ("how", "so")]


def test_a_line_that_a_row_repeats_is_cut_there_too_if_every_occurrence_counts() -> None:
    texts = ["say it again\nsay it again\nand so on", "something else"]

    assert left(Lines(), texts) == dict(enumerate(texts))
    assert left(Lines(within=True), texts)[0] == "say it again\nand so on"
