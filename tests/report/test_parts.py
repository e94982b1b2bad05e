"""What the chapter on parts and labels tells, against rows that are counted here."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep.report.blocks import Bars, Deck, Distributions, Notice, Prose, Table
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections import parts
from dprep.report.sections.parts.facts import Parts
from dprep.report.sections.parts.labels import Balance
from tests.report.ran import flat, ran
from tests.store.hand import manifest, write_version

COLUMN = '[[step]]\nop = "split.column"\n'


def facts_of(folder: Path, rows: Any, steps: str = "", task: str = "classification", **more: Any) -> Parts:
    found = parts.facts(ran(folder, rows, steps, task, **more))
    assert found is not None
    return found


def rows_of(counts: dict[str, int], **more: Any) -> list[dict[str, Any]]:
    """Rows of every label, no two texts alike."""
    whole = [label for label, count in counts.items() for _ in range(count)]
    return [{"text": f"text {random.Random(place).random()}", "label": label, **more} for place, label in enumerate(whole)]


def told(facts: Parts) -> list[str]:
    return [block.text for block in flat(parts.section(facts, Say()).blocks) if isinstance(block, Prose)]


def warned(facts: Parts) -> list[str]:
    return [notice.text for notice in parts.notices(facts, Say())]


def test_classes_are_counted_and_their_balance_is_told(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, rows_of({"甲": 80, "乙": 40, "丙": 20, "丁": 20}))

    assert facts.labels is not None
    assert [(each.label, each.rows) for each in facts.labels.largest] == [
        ("甲", (80,)),
        ("乙", (40,)),
        ("丁", (20,)),
        ("丙", (20,)),
    ]
    # shares 1/2, 1/4, 1/8, 1/8: an entropy of 1.75 bits
    assert facts.labels.balance == (Balance("train", 4, 160, 0, "甲", 80, "丁", 20, float(f"{2**1.75:.6g}")),)
    assert warned(facts) == []


def test_parts_are_compared_with_what_was_asked(tmp_path: Path) -> None:
    steps = '[[step]]\nop = "split.stratified"\nratios = { train = 6, test = 2 }\nstratum = ["label"]\n'
    facts = facts_of(tmp_path, rows_of({"a": 30, "b": 10}), steps)
    (split,) = facts.splits

    # 6/8 of 40 rows, 30 and 10 by class: within half a row each
    assert [(part.name, part.rows, part.share) for part in facts.parts] == [("train", 30, 0.75), ("test", 10, 0.25)]
    assert [(part.part, part.rows, part.asked, part.asked_share) for part in split.parts] == [
        ("train", 30, 30.0, 0.75),
        ("test", 10, 10.0, 0.25),
    ]
    assert facts.labels is not None
    assert facts.labels.largest[0].rows in {(22, 8), (23, 7)}
    assert "Every class is within 0.5 rows of what was asked." in told(facts)


def test_a_class_that_its_unit_holds_together_is_told_to_be_off(tmp_path: Path) -> None:
    rows = [{**row, "who": "one"} for row in rows_of({"rare": 10})] + [
        {**row, "text": row["text"] + str(place), "who": f"w{place}"} for place, row in enumerate(rows_of({"usual": 40}))
    ]
    steps = '[[step]]\nop = "split.stratified"\nratios = { train = 1, test = 1 }\nstratum = ["label"]\nunit = ["who"]\n'
    facts = facts_of(tmp_path, rows, steps)
    (split,) = facts.splits

    # ten rows in one unit: 5 too many on one side, whatever is done
    assert (split.beyond, split.off_rows, split.largest_unit) == (1, 5.0, 10)
    assert [(each.name, each.off, each.at_least) for each in split.forced] == [("rare", 5.0, 5.0)]
    tables = [block for block in parts.section(facts, Say()).blocks if isinstance(block, Table)]
    forced = next(table for table in tables if table.caption == "Classes furthest from what was asked")
    assert sorted(str(cell) for cell in forced.lines[0][1:3]) == ["0 of 5", "10 of 5"]


def test_each_label_of_a_list_counts(tmp_path: Path) -> None:
    rows = [
        {"text": "one", "label": ["x", "y"]},
        {"text": "two", "label": ["y", "y"]},
        {"text": "three", "label": []},
        {"text": "four", "label": ["z"]},
    ]
    facts = facts_of(tmp_path, rows)

    assert facts.labels is not None
    assert facts.labels.kind == "lists"
    assert [(each.label, each.rows) for each in facts.labels.largest] == [("y", (2,)), ("x", (1,)), ("z", (1,))]
    assert (facts.labels.balance[0].labelled, facts.labels.balance[0].unlabelled) == (4, 1)


def test_classes_that_are_tiny_missing_or_swamped_are_warnings(tmp_path: Path) -> None:
    rows = [*rows_of({"huge": 303, "tiny": 3}, split="train"), *rows_of({"huge": 5, "new": 2}, split="test")]
    rows = [{**row, "text": f"{place} {row['text']}"} for place, row in enumerate(rows)]
    facts = facts_of(tmp_path, rows, COLUMN)

    assert facts.labels is not None
    assert (facts.labels.tiny.count, facts.labels.tiny.names) == (1, ("tiny",))
    assert dict(facts.labels.missing)["train"].names == ("new",)
    assert dict(facts.labels.missing)["test"].names == ("tiny",)
    assert warned(facts) == [
        "1 class has fewer than 10 rows in `train`: `tiny`.",
        "1 class is not in `train`: `new`.",
        "1 class is not in `test`: `tiny`.",
        "The largest class of `train`, `huge`, has 101 times the rows of the smallest, `tiny`.",
    ]


def test_a_part_without_rows_is_a_warning(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, rows_of({"a": 12}), '[[step]]\nop = "split.stratified"\nratios = { train = 99, test = 1 }\n')

    assert [(part.part, part.rows) for part in facts.splits[0].parts] == [("train", 12), ("test", 0)]
    assert warned(facts) == ["`test` has no rows."]


def test_numbers_as_labels_have_figures_and_histograms(tmp_path: Path) -> None:
    rows = [{"text": f"row {n}", "label": float(n), "split": "train"} for n in range(1, 6)]
    rows += [{"text": f"other {n}", "label": 10.0, "split": "test"} for n in range(2)]
    facts = facts_of(tmp_path, rows, COLUMN, "regression")

    assert facts.labels is None
    assert facts.numbers is not None
    train, test = facts.numbers.parts
    # of 1 to 5: mean 3, variance 2
    assert (train.count, train.mean, train.deviation, train.least, train.median, train.most) == (5, 3.0, 1.41421, 1.0, 3.0, 5.0)
    assert (test.mean, test.deviation) == (10.0, 0.0)
    assert (sum(train.counts), test.counts[-1]) == (5, 2)
    drift = {(each.part, each.measure): each.effect for each in facts.drift}
    assert drift["test", "numbers"] == 1.0
    assert any(
        isinstance(block, Distributions) and block.title == "Labels of each part"
        for block in parts.section(facts, Say()).blocks
    )


def test_lengths_are_those_of_whole_texts(tmp_path: Path) -> None:
    lengths = [1, 2, 3, 4, 3_000]
    facts = facts_of(tmp_path, [{"text": "字" * n, "label": "a"} for n in lengths])

    (group,) = facts.lengths[0].groups
    # the sample keeps 1,000 characters of a text, and how long it was
    assert (group.rows, group.median, group.most, group.mean) == (5, 3.0, 3_000, 602.0)
    assert sum(group.counts) == 5
    edges = facts.lengths[0].edges
    for n in lengths:
        place = next(place for place, edge in enumerate(edges) if edge > n) - 1
        assert group.counts[place] == sum(1 for m in lengths if edges[place] <= m < edges[place + 1])


def test_chats_tell_their_turns_and_roles(tmp_path: Path) -> None:
    def chat(turns: int) -> dict[str, Any]:
        said = [{"role": "user" if turn % 2 == 0 else "assistant", "content": "你好"} for turn in range(turns)]
        return {"messages": [{"role": "system", "content": f"be kind {turns}"}, *said]}

    facts = facts_of(tmp_path, [chat(2), chat(4), chat(6)], task="chat")
    messages = next(length for length in facts.lengths if length.measure == "messages")

    assert (messages.groups[0].median, messages.groups[0].most) == (5.0, 7)
    # two characters a turn, and the nine of the system
    assert (facts.lengths[0].groups[0].median, facts.lengths[0].capped) == (17.0, False)
    assert facts.roles is not None
    assert facts.roles.roles == (("assistant", (6,)), ("user", (6,)), ("system", (3,)))
    assert facts.labels is None


def test_tags_are_counted_token_by_token(tmp_path: Path) -> None:
    rows = [
        {"tokens": ["Ann", "lives", "in", "北京"], "tags": ["B-PER", "O", "O", "B-LOC"]},
        {"tokens": ["no", "name"], "tags": ["O", "O"]},
    ]
    facts = facts_of(tmp_path, rows, task="tagging")

    assert facts.labels is not None
    assert (facts.labels.kind, facts.labels.column) == ("tags", "tags")
    assert [(each.label, each.rows) for each in facts.labels.largest] == [("O", (4,)), ("B-LOC", (1,)), ("B-PER", (1,))]
    assert next(each for each in facts.lengths if each.measure == "tokens").groups[0].most == 4
    assert warned(facts) == []


def test_preferences_tell_how_often_the_longer_text_was_chosen(tmp_path: Path) -> None:
    pairs = [("long answer", "short"), ("longer one", "short"), ("no", "a long one"), ("same", "size")]
    rows = [{"prompt": f"q{n}", "chosen": chosen, "rejected": rejected} for n, (chosen, rejected) in enumerate(pairs)]
    facts = facts_of(tmp_path, rows, task="preference")

    assert facts.preferences is not None
    assert facts.preferences.parts == (("train", 4, 2, 1),)
    assert "`train`: the chosen text is the longer one in 2 of 4 rows (50.0 %), and as long in 1." in told(facts)


def test_texts_with_several_labels_are_those_a_plain_count_finds(tmp_path: Path) -> None:
    draw = random.Random(5)
    texts = ["Where is my card", "where is my CARD ", "我的卡在哪里", "我的卡在哪里 ", "late", "Late", "ok", "once"]
    rows = [
        {"text": draw.choice(texts), "label": draw.choice(["a", "b", ""]), "split": draw.choice(["train", "test"])}
        for _ in range(24)
    ]
    rows += [{"text": "agreed", "label": "a", "split": "train"}] * 3
    rows += [{"text": text, "label": label, "split": "test"} for text, label in [("Straße", "a"), (" STRAßE ", "b")]]
    facts = facts_of(tmp_path, rows, COLUMN)
    labels, counts = defaultdict(set), Counter[str]()
    for row in rows:
        if row["label"]:
            labels[row["text"].lower().strip()].add(row["label"])
            counts[row["text"].lower().strip()] += 1
    against = [text for text, those in labels.items() if len(those) > 1]

    assert len(against) > 2
    assert facts.conflicts is not None
    assert (facts.conflicts.looked_at, facts.conflicts.whole) == (29, True)
    assert facts.conflicts.texts == len(against)
    assert facts.conflicts.rows == sum(counts[text] for text in against)
    assert {example.text.lower().strip(): example.count for example in facts.conflicts.examples} == {
        t: counts[t] for t in against
    }
    for example in facts.conflicts.examples:
        assert {row.label for row in example.rows} == {"a", "b"}
    assert f"{len(against)} texts have different labels in different rows." in warned(facts)


def test_equal_lists_of_labels_are_no_conflict(tmp_path: Path) -> None:
    rows = [{"text": "one", "label": ["x", "y"]}, {"text": "ONE", "label": ["y", "x"]}, {"text": "two", "label": ["x"]}]
    facts = facts_of(tmp_path, rows)

    assert facts.conflicts is not None
    assert facts.conflicts.texts == 0


def test_drift_is_told_where_labels_and_lengths_have_moved(tmp_path: Path) -> None:
    rows = [
        *({"text": f"短 {n}", "label": "ab"[n % 2], "split": "train"} for n in range(400)),
        *({"text": f"a text that is much longer {n}", "label": "a" if n % 10 else "b", "split": "test"} for n in range(200)),
    ]
    facts = facts_of(tmp_path, rows, COLUMN)
    labels, lengths = (next(each for each in facts.drift if each.measure == name) for name in ("labels", "characters"))

    # half and half against nine tenths: four tenths have moved
    assert labels.moved == pytest.approx(0.4)
    assert labels.p is not None
    assert labels.p < 1e-10
    # sum of (p - q)^2 / middle / 4 = 0.190476, less (1/400 + 1/200) / 4 for chance
    assert labels.effect == pytest.approx((0.1904762 - 0.001875) ** 0.5, abs=1e-5)
    assert lengths.effect == 1.0
    assert warned(facts) == [
        "`test` differs from `train` in the labels: effect 0.434 (medium).",
        "`test` differs from `train` in the lengths of texts: effect 1 (large).",
    ]


def test_what_only_labels_have_is_no_column_where_there_are_none(tmp_path: Path) -> None:
    rows = [{"text": f"text {n}" * (1 + n % 3), "split": "train" if n % 5 else "test"} for n in range(50)]
    facts = facts_of(tmp_path, rows, COLUMN, task="text")
    (drift,) = [
        block
        for block in parts.section(facts, Say()).blocks
        if isinstance(block, Table) and block.caption.startswith("Each part against")
    ]
    assert [column.title for column in drift.head] == ["Part", "Compared", "Effect", "Size of effect"]
    assert {len(line) for line in drift.lines} == {4}


def test_chance_alone_is_no_drift(tmp_path: Path) -> None:
    draw = random.Random(9)
    rows = [
        {"text": f"{draw.random()}", "label": f"class {draw.randrange(60)}", "split": "train" if n % 5 else "test"}
        for n in range(1_000)
    ]
    facts = facts_of(tmp_path, rows, COLUMN)
    labels = next(each for each in facts.drift if each.measure == "labels")

    # 200 rows of 60 classes are bound to be far from 800, as the eye sees it
    assert labels.moved is not None
    assert labels.chance is not None
    assert labels.moved > 0.15
    assert labels.moved == pytest.approx(labels.chance, abs=0.05)
    assert labels.p is not None
    assert labels.p > 0.001
    assert not any("differs" in text for text in warned(facts))


def test_the_p_of_labels_is_that_of_chi_square() -> None:
    import numpy as np
    from scipy.stats import chi2_contingency

    from dprep.report.sections.parts.difference import label_difference

    a, b = np.array([300, 200, 100, 400]), np.array([40, 35, 5, 20])
    moved, _, _, p = label_difference(a, b)

    assert p == pytest.approx(chi2_contingency(np.stack([a, b]), correction=False).pvalue, rel=1e-4)
    assert moved == pytest.approx(np.abs(a / a.sum() - b / b.sum()).sum() / 2, rel=1e-5)


def test_ten_thousand_labels_stay_a_page(tmp_path: Path) -> None:
    rows = [{"text": f"text {n}", "label": f"<script>标签 {n:05}</script>", "split": "train"} for n in range(10_000)]
    rows += [{"text": f"again {n}", "label": "big", "split": "test"} for n in range(50)]
    facts = facts_of(tmp_path, rows, COLUMN)
    section = parts.section(facts, Say())

    assert facts.labels is not None
    assert facts.labels.classes == 10_001
    assert (len(facts.labels.largest), len(facts.labels.rarest)) == (40, 20)
    assert facts.labels.tiny.count == 10_000
    assert len(json.dumps(asdict(facts))) < 40_000
    assert all(len(block.names) <= 40 for block in section.blocks if isinstance(block, Bars))
    assert all(len(block.lines) <= 100 for block in section.blocks if isinstance(block, Table))
    assert any(text.startswith("10,000 classes are not in `test`") for text in warned(facts))


def test_labels_that_a_model_doubts_are_those_above_the_mean_of_its_class(tmp_path: Path) -> None:
    # of label b, rows that are given b have 0.9 and 0.7: another row is suspicious from 0.8 on
    told = [
        ("b", "b", 0.9),
        ("b", "b", 0.7),
        ("a", "b", 0.85),
        ("a", "b", 0.75),
        ("a", "a", 0.6),
        ("b", "a", 0.95),
        ("a", None, None),
    ]
    frame = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(len(told))],
            "origin": [f"f:{n}" for n in range(len(told))],
            "part": "train",
            "text": [f"text {n}" for n in range(len(told))],
            "label": [label for label, _, _ in told],
            "tone": [predicted for _, predicted, _ in told],
            "score": [score for _, _, score in told],
        }
    )
    folder = write_version(
        tmp_path,
        {"train": frame},
        {},
        columns={name: str(dtype) for name, dtype in frame.schema.items()},
        steps=[
            {"name": "judge", "op": "tag.classifier", "parameters": {"classifier": "models/mine", "as": {"predicted": "tone"}}}
        ],
    )
    books = {
        "steps": [{"name": "judge", "op": "tag.classifier", "in": 7, "out": 7, "dropped": 0, "histograms": {}, "counts": {}}]
    }
    facts = parts.facts(Found.of(folder, ledger=books))

    assert facts is not None
    assert facts.doubts is not None
    assert (facts.doubts.classifier, facts.doubts.judged, facts.doubts.agreed, facts.doubts.suspicious) == ("mine", 6, 3, 2)
    assert [(pair.given, pair.predicted, pair.rows) for pair in facts.doubts.pairs] == [("a", "b", 1), ("b", "a", 1)]
    assert [(each.text, each.score) for each in facts.doubts.examples] == [("text 5", 0.95), ("text 2", 0.85)]
    (deck,) = (block for block in parts.section(facts, Say()).blocks if isinstance(block, Deck))
    assert deck.cards[0].facts[:2] == (("Label", "b"), ("Looks like", "a"))
    assert "2 labels are suspicious to `mine` (33.3 % of those it judged)." in warned(facts)


def test_a_model_of_something_else_doubts_nothing(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(4)],
            "origin": "f:1",
            "part": "train",
            "text": "text",
            "label": ["a", "b", "a", "b"],
            "predicted": ["toxic", "fine", "fine", "fine"],
            "score": [0.9] * 4,
        }
    )
    steps = [{"name": "judge", "op": "tag.classifier", "parameters": {"classifier": "mine"}}]
    columns = {name: str(dtype) for name, dtype in frame.schema.items()}
    folder = write_version(tmp_path, {"train": frame}, {}, columns=columns, steps=steps)
    books = {
        "steps": [{"name": "judge", "op": "tag.classifier", "in": 4, "out": 4, "dropped": 0, "histograms": {}, "counts": {}}]
    }
    facts = parts.facts(Found.of(folder, manifest(**json.loads((folder / "manifest.json").read_text())), books))

    assert facts is not None
    assert facts.doubts is None


def test_what_a_sample_drew_is_told_by_group(tmp_path: Path) -> None:
    steps = '[[step]]\nop = "sample.balance"\nclasses = ["label"]\nmode = "down"\nto = "smallest"\n'
    facts = facts_of(tmp_path, rows_of({"a": 30, "b": 10}), steps)
    (drawn,) = facts.drawn

    assert (drawn.rows_in, drawn.rows_out) == (40, 20)
    assert [(group.name, group.rows_in, group.rows_out) for group in drawn.groups] == [("a", 30, 10), ("b", 10, 10)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_without_labels_and_parts_have_a_chapter_too(tmp_path: Path, language: Any) -> None:
    facts = facts_of(tmp_path, [{"text": "春天来了"}, {"text": "spring has come"}], task="text")

    assert facts.parts[0].rows == 2
    assert (facts.labels, facts.numbers, facts.conflicts, facts.doubts, facts.drift) == (None, None, None, None, ())
    section = parts.section(facts, Say(language))
    assert section.title == {"en": "Parts and labels", "zh": "划分与标签"}[language]
    assert len([block for block in section.blocks if isinstance(block, Distributions)]) == 1
    assert parts.notices(facts, Say(language)) == []


def test_the_same_version_says_the_same_twice(tmp_path: Path) -> None:
    rows = [{"text": f"{n % 7} {n}", "label": f"c{n % 5}"} for n in range(60)]
    found = ran(tmp_path, rows, '[[step]]\nop = "split.stratified"\n')
    again = Found.of(found.folder)

    assert parts.facts(found) == parts.facts(again)
    facts = parts.facts(found)
    assert facts is not None
    json.dumps(asdict(facts))
    notices: list[Notice] = parts.notices(facts, Say("zh"))
    assert all(notice.anchor.startswith("parts") for notice in notices)
