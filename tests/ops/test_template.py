from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep import api
from dprep.base.problem import Error
from dprep.ops.augment._rendering import Words, parsed
from dprep.ops.augment.template import Template
from dprep.store.versions import open_version
from tests.ops.pools import luck_of, made, made_columns, pool_of, rows_of, variants

NOTHING = Words((), {})


def filled(template: str, **columns: object) -> str | None:
    """A template filled from one row."""
    rows = pl.DataFrame({name: [value] for name, value in columns.items()})
    return rows.select(parsed(template, "template").text(rows.schema, NOTHING)).item()


# ------------------------------------------------------------------------------------------------ templates


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{a}", "x"),
        ("{a}{b}{a}", "xyx"),
        ("{{a}} {a}", "{a} x"),
        ("{{{a}}}", "{x}"),
        ("}}{{ {b}", "}{ y"),
        ("{n}|{f}|{t}", "7|0.5|true"),
        ("{l} {l}", "p, q p, q"),
        ("{o}", '{"k":1}'),
        ("{名}", "值"),
        ("{a b.c}", "z"),
        ("a {a!r:>10}", "odd"),
        ("%s {0} $a", "%s zero $a"),
    ],
)
def test_a_template_is_filled_as_it_says(template, expected):
    columns = {
        "a": "x",
        "b": "y",
        "n": 7,
        "f": 0.5,
        "t": True,
        "l": ["p", "q"],
        "o": {"k": 1},
        "名": "值",
        "a b.c": "z",
        "0": "zero",
    }
    if "!r" in template:  # no format: it is the name of a column
        assert filled(template, **{"a!r:>10": "odd"}) == "a odd"
    else:
        assert filled(template, **columns) == expected


@pytest.mark.parametrize("hostile", ["{b}", "{{", "}", "{choices}", "{a}", "\\1 $1 %s {0}", "\u202e\x00", "{{b}}"])
def test_what_a_column_says_is_not_read_again(hostile):
    assert filled("<{a}|{b}>", a=hostile, b="secret") == f"<{hostile}|secret>"


@given(st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_values_stand_in_their_places(a, b):
    assert filled("[{a}]{{}}[{b}]", a=a, b=b) == f"[{a}]{{}}[{b}]"


def test_a_null_in_a_named_column_makes_no_text():
    assert filled("{a} {b}", a="x", b=None) is None


@pytest.mark.parametrize("template", ["{", "}", "{a", "a}", "{a{b}}", "{}", "{{}", "{a}}", "x {"])
def test_a_brace_that_stands_alone_is_a_problem(template):
    with pytest.raises(Error, match="wrong-value"):
        parsed(template, "template")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"template": "no column"}, "names no column"),
        ({"template": ()}, "names no column"),
        ({"template": ["{text}", "nothing"]}, "names no column"),
        ({"template": "{text}", "answer": "{choices}"}, "`answer` has `{choices}`"),
        ({"template": "{text}", "intro": "{"}, "`intro` has a `{`"),
    ],
)
def test_templates_that_cannot_be_used_are_problems(told, sentence):
    with pytest.raises(Error, match=re.escape(sentence)):
        Template(**told)


def test_every_column_that_is_named_is_read():
    op = Template(template=["{a} {choices}", "{b}"], answer="{c}", intro="{d}")
    assert set(op.reads()) == {"a", "b", "c", "d"}


# ------------------------------------------------------------------------------------------------ rows


def mail() -> pl.DataFrame:
    return rows_of(text=["win now", "see you", "buy it", "六点见", "unlabelled"], label=["spam", "ham", "spam", "ham", None])


def test_prompt_and_completion_are_new_columns_beside_the_old(tmp_path):
    op = Template(template="“{text}” spam?", answer="{label}!", names={"spam": "yes", "other": "x"})
    found = variants(op, mail(), tmp_path)

    assert made(found, "prompt") == ["“win now” spam?", "“see you” spam?", "“buy it” spam?", "“六点见” spam?", None]
    assert made(found, "completion") == ["yes!", "ham!", "yes!", "ham!", None]
    assert found.select("text", "label").equals(mail().select("text", "label"))


def test_variants_take_templates_in_turn(tmp_path):
    op = Template(template=["1 {text}", "2 {text}"])
    told = [made(variants(op, mail(), tmp_path, number), "prompt")[0] for number in (1, 2, 3, 4)]

    assert op.variants == 2
    assert told == ["1 win now", "2 win now", "1 win now", "2 win now"]
    assert Template(template=["1 {text}", "2 {text}"], variants=5).variants == 5
    assert "variants" not in Template(template=["1 {text}"], per_class_target=9).model_fields_set
    assert Template(**Template(template=["1 {text}", "2 {text}"]).parameters()) == Template(template=["1 {text}", "2 {text}"])


def test_choices_are_all_answers_in_order(tmp_path):
    op = Template(template="{text} ({choices})", names={"spam": "yes"})
    assert made(variants(op, mail(), tmp_path), "prompt")[0] == "win now (ham, yes)"


def test_too_many_choices_are_a_problem(tmp_path):
    rows = rows_of(text=["t"] * 1001, label=[f"l{n}" for n in range(1001)])
    with pytest.raises(Error, match="more than 1,000 answers"):
        pool_of(Template(template="{text} {choices}"), rows, tmp_path)


def test_several_labels_are_named_one_by_one(tmp_path):
    rows = rows_of(text=["a", "b"], label=[["x", "y"], ["z"]])
    op = Template(template="{text}", names={"x": "ex"})
    pool = pool_of(op, rows.with_columns(label=pl.lit("one")), tmp_path)
    assert made(op.mixed(made_columns(op, rows), luck_of(rows), 1, pool), "completion") == ["ex, y", "z"]


# ------------------------------------------------------------------------------------------------ examples


def intents(count: int = 60) -> pl.DataFrame:
    """Rows of 4 classes; every third is a twin of the one before it."""
    texts = [f"request number {n} about thing {n * 7}" for n in range(count)]
    texts = [texts[n - 1].upper() + "!" if n % 3 == 2 else each for n, each in enumerate(texts)]
    return rows_of(text=texts, label=[f"class{n // 3 % 4}" for n in range(count)])


def told(prompt: str) -> list[tuple[str, str]]:
    """Text and label of each part of a prompt."""
    return re.findall(r"<(.*?)>=(\w*)", prompt)


@pytest.mark.parametrize("shots", [1, 3, 4, 6, 8])
def test_examples_are_balanced_and_never_the_row_or_its_twin(tmp_path, shots):
    rows = intents()
    label = dict(rows.select("text", "label").iter_rows())
    op = Template(template="<{text}>=", joint="", shots=shots)
    for text, prompt in zip(rows["text"], made(variants(op, rows, tmp_path), "prompt"), strict=True):
        *examples, (last, nothing) = told(prompt)
        assert (last, nothing) == (text, "")
        assert len(examples) == shots
        assert len({each for each, _ in examples}) == shots
        assert all(label[each] == answer for each, answer in examples)
        assert not any(each.lower().rstrip("!") == text.lower().rstrip("!") for each, _ in examples)
        times = Counter(answer for _, answer in examples)
        assert max(times.values()) - min(times.get(f"class{n}", 0) for n in range(4)) <= 1


def test_rows_and_variants_get_other_examples_in_another_order(tmp_path):
    op = Template(template="<{text}>=", joint="", shots=4, variants=2)
    found = [made(variants(op, intents(), tmp_path, number), "prompt") for number in (1, 2)]

    assert all(a != b for a, b in zip(*found, strict=True))
    assert len({tuple(answer for _, answer in told(prompt)) for prompt in found[0]}) > 10


def test_a_class_with_nothing_to_give_is_passed_over(tmp_path):
    rows = rows_of(text=["a b", "c d", "e f", "g h"], label=["x", "y", "y", None])
    op = Template(template="<{text}>=", joint="", shots=4)
    found = [told(prompt)[:-1] for prompt in made(variants(op, rows, tmp_path), "prompt")[:3]]

    assert sorted(found[0]) == [("c d", "y"), ("e f", "y")]
    assert sorted(found[1]) == [("a b", "x"), ("e f", "y")]


def test_rows_of_no_class_are_no_class_of_their_own(tmp_path):
    labels = ["x", "x", "x", "y", "y", "y", None, None, None]
    rows = rows_of(text=[f"text{n} word{n}" for n in range(9)], label=labels)
    op = Template(template="<{text}>=", answer="{label}", joint="", shots=2)
    for prompt in made(variants(op, rows, tmp_path), "prompt")[:6]:
        assert sorted(answer for _, answer in told(prompt)[:-1]) == ["x", "y"]


def test_without_classes_examples_are_drawn_from_all(tmp_path):
    rows = rows_of(source=[f"line {n} word{n}" for n in range(9)], target=[f"t{n}" for n in range(9)])
    op = Template(template="<{source}>=", answer="{target}", joint="", shots=5)
    for own, prompt in enumerate(made(variants(op, rows, tmp_path), "prompt")):
        examples = told(prompt)[:-1]
        assert len({text for text, _ in examples}) == 5
        assert all(text == f"line {answer[1:]} word{answer[1:]}" and answer != f"t{own}" for text, answer in examples)


def test_intro_and_what_stands_between_are_as_written(tmp_path):
    rows = rows_of(text=["a b", "c d"], label=["x", "y"])
    op = Template(template="T {text}\nL", intro="Do {choices}", shots=2, joint=": ", between="\n--\n")

    assert made(variants(op, rows, tmp_path), "prompt")[0] == "Do x, y\n--\nT c d\nL: y\n--\nT a b\nL"


def test_a_chat_has_its_turns(tmp_path):
    rows = rows_of(text=["a b", "c d"], label=["x", "y"])
    op = Template(template="T {text}", intro="Do it", shots=2, output="chat")

    assert made(variants(op, rows, tmp_path), "messages")[0] == [
        {"role": "system", "content": "Do it"},
        {"role": "user", "content": "T c d"},
        {"role": "assistant", "content": "y"},
        {"role": "user", "content": "T a b"},
        {"role": "assistant", "content": "x"},
    ]


@pytest.mark.parametrize("output", ["completion", "chat"])
def test_a_row_alone_gets_what_it_gets_among_all(tmp_path, output):
    rows = intents()
    op = Template(template="{text}", shots=3, output=output)
    pool, luck = pool_of(op, rows, tmp_path), luck_of(rows, 1)
    whole = op.mixed(made_columns(op, rows), luck, 1, pool)

    alone = pl.concat([op.mixed(made_columns(op, rows[n : n + 1]), luck[n : n + 1], 1, pool) for n in range(0, 60, 9)])
    assert alone.equals(whole.gather_every(9))


def test_a_labelled_file_becomes_a_set_of_completions(tmp_path: Path):
    with (tmp_path / "mail.csv").open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(["body", "kind"])
        write.writerows([f'{"win" if n % 2 else "see"} {{label}} {n}, "再见"', "spam" if n % 2 else "ham"] for n in range(60))
    (tmp_path / "mail.toml").write_text(
        """
[dataset]
name = "mail"
seed = 7
task = "classification"

[[source]]
path = "mail.csv"
columns = { text = "body", label = "kind" }

[[step]]
op = "split.stratified"
ratios = { train = 4, test = 1 }
stratum = ["label"]

[[step]]
op = "augment.template"
name = "prompts"
template = ["{text}\\nSpam?", "{choices}: {text}"]
names = { spam = "yes", ham = "no" }
shots = 2

[[step]]
op = "augment.template"
name = "tests"
parts = ["test"]
before_split = "accepted"
template = "{text}\\nSpam?"
names = { spam = "yes", ham = "no" }

[[step]]
op = "filter.where"
condition = "prompt IS NOT NULL"
""",
        encoding="utf-8",
    )
    version = open_version(api.run(tmp_path / "mail.toml", store=tmp_path / "store", workers=1).folder)
    rows = version.scan().collect()

    assert sorted(rows.group_by("part").len().iter_rows()) == [("test", 12), ("train", 96)]
    for prompt, completion, text, part, variant in rows.select("prompt", "completion", "text", "part", "variant").iter_rows():
        assert completion == ("yes" if text.startswith("win") else "no")
        end = f"no, yes: {text}" if variant == 2 else f"{text}\nSpam?"
        assert prompt.endswith(end)
        assert len(prompt.split("\n\n")) == (3 if part == "train" else 1)
    train = set(rows.filter(pl.col("part") == "train")["text"])
    shown = {each for prompt in rows["prompt"] for each in re.findall(r'(?:win|see) \{label\} \d+, "再见"', prompt)}
    assert shown - train == set(rows.filter(pl.col("part") == "test")["text"])
