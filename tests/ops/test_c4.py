"""C4's rules against datatrove 0.10.1: its verdicts on texts written for the purpose are in data/c4_quality.jsonl, its sentence
counts of single lines in data/line_sentences.jsonl; and against the rules as regular expressions, on any text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.step import Step, run_step
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.line_rules import LineRules, judged
from dprep.kernels.line_sentences import chinese_sentences, english_sentences
from dprep.ops._c4 import POLICY, line_rules
from dprep.ops.clean.c4_lines import C4Lines
from dprep.ops.filter.c4 import C4
from tests.ops.strange import batches, edited

DATA = Path(__file__).parent / "data"
REASONS = {"lorem_ipsum": "max_lorem_ipsum", "curly_bracket": "max_curly_brackets", "too_few_sentences": "min_sentences"}
FIVE = "It is one. It is two. It is three. It is four. It is five."


def read(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").split("\n") if line]


def outcome(op, *texts: str) -> tuple[list[str], list[tuple[str, str]]]:
    done = run_step(Step("c4", "filter.c4", op), pl.DataFrame({"text": texts}, schema={"text": pl.String}))
    return done.kept["text"].to_list(), list(zip(done.dropped["text"], done.dropped["reason"], strict=True))


@pytest.mark.parametrize("terminal", [True, False])
def test_filter_then_clean_is_what_datatrove_does_in_one_go(terminal):
    told = [row for row in read("c4_quality.jsonl") if row["terminal"] is terminal]
    flavour = "datatrove" if terminal else "fineweb"
    texts = [row["text"] for row in told]

    kept, dropped = outcome(C4(flavour=flavour, settled=False), *texts)
    rewritten = edited(C4Lines(flavour=flavour, settled=False), *kept)

    assert dropped == [(row["text"], REASONS[row["reason"]]) for row in told if not row["keep"]]
    assert rewritten == [row["out"] for row in told if row["keep"]]


@pytest.mark.parametrize("row", read("line_sentences.jsonl"), ids=lambda row: repr(row["line"]))
def test_sentences_are_counted_as_spacy_counts_them(row):
    count = english_sentences if row["language"] == "en" else chinese_sentences
    offsets, data = buffers(pl.Series(["before it. ", row["line"], "After."]))

    assert count(data, offsets[1:2], offsets[2:3]).tolist() == [row["sentences"]]


def by_hand(text: str, rules: LineRules) -> str:
    """The line rules, one pass, as Python says them."""
    kept = []
    for line in text.splitlines():
        line = line.strip()
        words = line.split()
        if any(len(word) > rules.longest_word for word in words):
            continue
        line = re.sub(r"\[[0-9]*\]|\[edit\]|\[citation needed\]", "", line)
        low = re.sub("[A-Z]", lambda found: found[0].lower(), line)
        good = (not rules.ends or line.endswith(rules.ends)) and not (rules.refused_ends and line.endswith(rules.refused_ends))
        good &= len(words) >= rules.fewest_words and rules.fewest_characters <= len(line) <= rules.most_characters
        if good and "javascript" not in low and not any(phrase in low for phrase in rules.phrases):
            kept.append(line)
    return "\n".join(kept).strip()


PIECES = ["a", "word", "[1]", "[edit]", "[", "]", "[12", " ", "  ", "\n", "\r\n", "\x85", "\u2028", "\x1c", "\u3000", "\xa0"]
PIECES += [
    ".",
    "...",
    "!",
    '"',
    "'",
    "JavaScript",
    "javascripts",
    "use cookies",
    "use  cookies",
    "{",
    "中文",
    "。",
    "é",
    "👍🏽",
    "\x1f",
]
lines = st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), max_size=5)
some_rules = st.builds(
    LineRules,
    longest_word=st.sampled_from([1, 4, 1000]),
    fewest_words=st.integers(0, 4),
    fewest_characters=st.sampled_from([0, 5]),
    most_characters=st.sampled_from([12, 1000]),
    citations=st.just(True),
    settled=st.just(False),
    javascript=st.just(True),
    ends=st.sampled_from([(), (".", "?", "!", '"', "'"), ("。", "……")]),
    refused_ends=st.sampled_from([(), ("...",)]),
    phrases=st.just(POLICY),
)


@given(st.one_of(lines, batches), some_rules)
@settings(max_examples=150, deadline=None)
def test_lines_are_judged_as_python_would(rows, rules):
    kept = judged(*buffers(pl.Series(rows, dtype=pl.String)), rules)

    assert from_buffers(kept.offsets, kept.data).to_list() == [by_hand(row, rules) for row in rows]


@given(lines, some_rules)
@settings(max_examples=60, deadline=None)
def test_a_settled_text_is_settled(rows, rules):
    settled = rules._replace(settled=True)
    once = judged(*buffers(pl.Series(rows, dtype=pl.String)), settled)
    more = judged(once.offsets, once.data, settled)

    assert more.data.tolist() == once.data.tolist()


@given(lines, some_rules)
@settings(max_examples=40, deadline=None)
def test_every_line_is_counted_once(rows, rules):
    kept = judged(*buffers(pl.Series(rows, dtype=pl.String)), rules)

    assert kept.counts[:, :7].sum(axis=1).tolist() == [len(row.splitlines()) for row in rows]
    assert np.diff(kept.rows).tolist() == kept.counts[:, 0].tolist()


def test_each_bound_includes_its_limit():
    two = FIVE + "\nlorem ipsum is here.\nlorem ipsum is here."

    assert outcome(C4(max_lorem_ipsum=2), two)[0] == [two]
    assert outcome(C4(max_lorem_ipsum=1), two)[1] == [(two, "max_lorem_ipsum")]
    assert outcome(C4(min_sentences=5), FIVE)[0] == [FIVE]
    assert outcome(C4(min_sentences=6), FIVE)[1] == [(FIVE, "min_sentences")]
    assert outcome(C4(min_lines=1), FIVE)[0] == [FIVE]
    assert outcome(C4(min_lines=2), FIVE)[1] == [(FIVE, "min_lines")]


def test_what_a_recipe_sets_wins_over_its_flavour():
    op = C4(flavour="zh", min_lines=1)

    assert (op.fewest_characters, op.min_lines, op.max_lorem_ipsum, op.language) == (5, 1, None, "zh")
    assert C4Lines(flavour="dolma", longest_word=3).longest_word == 3
    assert C4Lines() == C4Lines(flavour="datatrove")


def test_the_chinese_flavour_keeps_lines_of_5_to_500_characters_that_end_well():
    rows = ["四个字。", "有五个字。", "长" * 499 + "。", "长" * 500 + "。", "没有句号的一行", "冒号也算结尾：", "有□的一行。"]

    assert edited(C4Lines(flavour="zh"), *rows) == ["", rows[1], rows[2], "", "", rows[5], ""]


def test_dolma_looks_at_all_lines():
    assert outcome(C4(flavour="dolma"), "x", "{", "javascript")[0] == ["x"]
    assert outcome(C4(flavour="dolma", everywhere=False), "{")[0] == ["{"]


def test_counts_tell_why_lines_went():
    text = Text(pl.Series(["No end\nToo few.\nUse JavaScript, please do.\nYour privacy policy is here.\nIt is good.[1]"]))
    op = C4Lines()

    counts = {name: series.to_list() for name, series in op.counts(text, op.edit(text)).items()}

    assert counts == {
        "no_end": [1],
        "few_words": [1],
        "long_word": [0],
        "length": [0],
        "javascript": [1],
        "phrase": [1],
        "citation": [1],
    }


def test_a_line_of_a_megabyte_and_an_empty_block_pass():
    long = "word " * 200_000 + "end."

    assert edited(C4Lines(), long) == [long]
    assert edited(C4Lines()) == []
    assert outcome(C4(), long)[1] == [(long, "min_sentences")]


def test_the_line_rules_of_both_operators_cannot_drift_apart():
    """`filter.c4` foresees what `clean.c4_lines` does: every parameter of the lines is the same there, in every flavour."""
    lines, documents = C4Lines.model_fields, C4.model_fields
    assert set(lines) - set(documents) == set()
    for name, field in lines.items():
        other = documents[name]
        assert (field.annotation, field.metadata, field.default) == (other.annotation, other.metadata, other.default), name
        assert field.description == other.description, name
    for flavour in C4Lines.flavours:
        assert line_rules(C4Lines(flavour=flavour)) == line_rules(C4(flavour=flavour))
