"""Blocked words against C4's own way of matching: regular expressions over the lower-cased text."""

from __future__ import annotations

import re

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.ops.filter.blocked_words import BlockedWords

UNSPACED = ("ja", "th", "zh")


def outcome(op, *texts: str) -> tuple[list[str], list[str]]:
    done = run_step(Step("words", "filter.blocked_words", op), pl.DataFrame({"text": texts}, schema={"text": pl.String}))
    return done.kept["text"].to_list(), done.dropped["text"].to_list()


def measured(op, *texts: str) -> list[tuple[int, float]]:
    found = op.measure(Text(pl.Series(texts, dtype=pl.String)))
    return list(zip(found["hits"].to_list(), found["share"].to_list(), strict=True))


def test_all_28_lists_find_what_the_sources_expressions_find(shared):
    lists = sorted((shared / "corpora" / "res-multi-badwords").glob("*.txt"))
    assert len(lists) == 28
    terms = {
        path.stem: [line.strip().lower() for line in path.read_text("utf-8").split("\n") if line.strip()] for path in lists
    }
    everything = [term for words in terms.values() for term in words]
    texts = [
        f"{before}{term.upper()}{after}"
        for term in everything
        for before, after in (("so ", "!"), ("x", "x"), ("", "字"), ("ü", "_"))
    ]
    for path in lists:
        allowed = {"sm", "グロ", "女の子", "性"}
        listed = "|".join(re.escape(term) for term in terms[path.stem] if term not in allowed)
        pattern = re.compile(listed if path.stem in UNSPACED else rf"(?:\W|^)(?:{listed})(?:\W|$)")
        op = BlockedWords(file=str(path), edges="never" if path.stem in UNSPACED else "always")

        kept, _ = outcome(op, *texts)

        assert kept == [text for text in texts if not pattern.search(text.lower())], path.stem


def test_hits_are_leftmost_longest_and_cover_their_characters():
    op = BlockedWords(words=["坏", "坏词", "bad word", "word"])

    assert measured(op, "坏词坏", "A bad WORD, a word", "badword", "") == [(2, 1.0), (2, 12 / 18), (0, 0.0), (0, 0.0)]


def test_edges_are_asked_for_where_blanks_stand_between_words():
    assert measured(BlockedWords(words=["ass"]), "class ass", "ass字") == [(1, 3 / 9), (0, 0.0)]
    assert measured(BlockedWords(words=["ass"], edges="never"), "class ass") == [(2, 6 / 9)]
    assert measured(BlockedWords(words=["坏词"]), "这坏词啊") == [(1, 0.5)]
    assert measured(BlockedWords(words=["坏词"], edges="always"), "这坏词啊", "这 坏词，") == [(0, 0.0), (1, 2 / 5)]


def test_bounds_include_their_limits():
    assert outcome(BlockedWords(words=["x"], max_hits=1), "x y", "x x")[1] == ["x x"]
    assert outcome(BlockedWords(words=["x"], flavour="share", max_share=0.25), "x yz", "x y")[1] == ["x y"]
    assert outcome(BlockedWords(words=["x"], flavour="share"), "x" + " " * 19, "x" + " " * 18)[1] == ["x" + " " * 18]


def test_exceptions_of_the_source_are_no_blocked_words():
    assert measured(BlockedWords(words=["性", "女の子", "SM", "z"]), "性 女の子 sm z") == [(1, 1 / 10)]
    assert measured(BlockedWords(words=["性"], allowed=[]), "女性") == [(1, 0.5)]


def test_a_file_and_words_add_up(tmp_path):
    (tmp_path / "list.txt").write_text("# a comment\nDarn\n\n heck \n", encoding="utf-8")
    op = BlockedWords(file=str(tmp_path / "list.txt"), words=["drat"])

    assert [hits for hits, _ in measured(op, "darn, HECK, drat", "a comment")] == [3, 0]


def test_without_any_list_there_is_a_problem():
    with pytest.raises(Error, match="needs a list of words"):
        BlockedWords()


def test_a_hostile_text_of_a_megabyte_is_searched():
    assert measured(BlockedWords(words=["aaab", "\x00", "ß"]), "a" * 1_000_000 + "b") == [(0, 0.0)]
    assert measured(BlockedWords(words=["aaab"], edges="never"), "a" * 1_000_000 + "b") == [(1, 4 / 1_000_001)]
